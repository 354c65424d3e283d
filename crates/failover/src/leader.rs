//! Looking for the leader: hops to the node that is named, and waiting for an election.
//!
//! First every node is asked, those that others name before the rest. When all have denied that they lead, an election is
//! under way, or they name each other in a circle. Then each further node is asked after a pause that grows; what a node
//! says then is followed at once if it is news. The call goes on sooner when a health check finds the leader.

use std::sync::Arc;

use super::Failover;
use super::call::Why;
use super::call_state::{Call, Waits};
use super::ids::{CallId, NodeId};
use super::journal::JournalEvent;
use super::node::Node;
use super::outcome::Outcome;
use super::time::Timestamp;

impl Failover {
    /// The node was well, but not the leader: nothing was applied and nobody is to blame.
    pub(crate) fn find_leader(&mut self, mut call: Call, from: NodeId, outcome: &Outcome, now: Timestamp) {
        let hint = self.hinted_leader(outcome);
        self.home.does_not_lead(from);
        self.check_leadership(from, hint, now);
        if self.choices.required_node().is_some() {
            self.give_up(call, now);
            return;
        }
        if let Some(index) = hint
            && self.nodes[index].id != from
            && self.nodes[index].usable()
            && !self.may_be_answered(&call)
            && call.leader_search.follows(from, self.nodes[index].id, &self.policy)
        {
            self.record_hop(&call, from, index, now);
            self.start_or_queue(call, index, Why::LeaderHop, now);
            return;
        }
        call.make_next_move_free();
        let next = self.choose(&call, now);
        if let Some(index) = next.filter(|_| !call.leader_search.is_paused() && !self.may_be_answered(&call)) {
            self.record_hop(&call, from, index, now);
            self.start_or_queue(call, index, Why::LeaderHop, now);
            return;
        }
        if next.is_none() {
            call.forget_tried();
            if self.nodes.iter().any(|node| node.id != from && node.usable()) {
                call.tried_last(from);
            }
        }
        self.wait_for_leader(call, now);
    }

    /// Every node has denied that it leads. The deadline bounds the wait.
    pub(crate) fn wait_for_leader(&mut self, mut call: Call, now: Timestamp) {
        let most = call.leader_search.next_pause(call.attempts(), &self.policy);
        let until = now + self.random.between(most.saturating_mul(3) / 4, most);
        // A write that is sent with no time left for an answer would end with an unknown outcome.
        let too_late = until + self.policy.election_pause_first >= call.deadline;
        if too_late && call.live.is_empty() {
            self.give_up(call, now);
        } else {
            self.wait(call, Waits::ForLeader(until));
        }
    }

    /// A leader is known: whoever waits for one goes on.
    pub(crate) fn wake_waiting_for_leader(&mut self, leader: NodeId, now: Timestamp) {
        let waiting = self.calls.values().filter(|call| matches!(call.waits, Some(Waits::ForLeader(_))));
        let waiting: Vec<CallId> = waiting.map(|call| call.id).collect();
        for id in waiting {
            let Some(mut call) = self.calls.remove(&id) else { continue };
            call.stop_waiting();
            call.may_try(leader);
            self.go_on(call, now);
        }
    }

    /// What the nodes last said about the leader is out of date: those concerned are checked, at most once a second.
    fn check_leadership(&mut self, from: NodeId, hint: Option<usize>, now: Timestamp) {
        for index in self.nodes.index_of(from).into_iter().chain(hint) {
            let node = &self.nodes[index];
            // A failed node that followers name may be back; or it is dead, and they have not noticed.
            let pause = if node.usable() { self.policy.probe_timeout } else { self.policy.hinted_check_pause };
            if self.page.visible && !node.probes.checked_within(pause, now) {
                self.ask_for_probe(index, now);
            }
        }
    }

    /// The node that the answer names as leader. A hint is followed only when it maps to a node of the list.
    fn hinted_leader(&self, outcome: &Outcome) -> Option<usize> {
        let Outcome::NotLeader { leader_url, leader_id } = outcome else { return None };
        let by_url = leader_url.as_ref().and_then(|url| self.nodes.iter().position(|node| node.url == *url));
        let by_id = || {
            let id = (*leader_id)?;
            let says_so = |health: &super::report::HealthReport| health.node_id == Some(id);
            let says_so =
                |node: &Node| !node.identity.is_foreign() && node.reported.health.as_ref().is_some_and(says_so);
            self.nodes.iter().position(says_so)
        };
        by_url.or_else(by_id)
    }

    fn record_hop(&mut self, call: &Call, from: NodeId, to: usize, now: Timestamp) {
        if let Some(from) = self.nodes.index_of(from) {
            let event = JournalEvent::LeaderHop {
                call: call.id,
                from: Arc::clone(&self.nodes[from].url),
                to: Arc::clone(&self.nodes[to].url),
            };
            self.record(now, event);
        }
    }
}
