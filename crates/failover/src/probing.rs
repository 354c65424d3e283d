//! Health checks: when each node is due, how many are out at once, and what a check leads to.

use std::collections::VecDeque;
use std::time::Duration;

use super::Failover;
use super::event::Action;
use super::ids::{AttemptId, NodeId};
use super::node::{EndedCheck, NodeState};
use super::outcome::{FailureReason, Outcome, Reply};
use super::probe_schedule::{NextProbe, Probe};
use super::report::HealthReport;
use super::snapshot::Counter;
use super::time::Timestamp;
use super::timers::Timer;

/// The health checks that are out, and those that wait for room.
#[derive(Debug, Default, Hash)]
pub(crate) struct ProbesInFlight {
    out: Vec<(AttemptId, NodeId)>,
    /// Nodes that are due for a check when there is room for one.
    waiting: VecDeque<NodeId>,
    /// Checks that began while this event is handled.
    begun: usize,
}

impl ProbesInFlight {
    pub fn any_in_flight(&self) -> bool {
        !self.out.is_empty()
    }

    pub fn in_flight(&self) -> usize {
        self.out.len()
    }

    pub fn contains(&self, probe: AttemptId, node: NodeId) -> bool {
        self.out.contains(&(probe, node))
    }

    pub fn event_handled(&mut self) {
        self.begun = 0;
    }

    fn node_of(&self, probe: AttemptId) -> Option<NodeId> {
        self.out.iter().find(|(id, _)| *id == probe).map(|(_, node)| *node)
    }
}

impl Failover {
    /// Asks for a check of every node, now. A check that is under way already counts.
    pub fn ask_for_round(&mut self, now: Timestamp) {
        for index in 0..self.nodes.len() {
            self.ask_for_probe(index, now);
        }
        self.finish(now);
    }

    /// Asks for a check of one node, now. An index out of range asks for nothing.
    pub fn ask_for_probe_of(&mut self, index: usize, now: Timestamp) {
        if index < self.nodes.len() {
            self.ask_for_probe(index, now);
            self.finish(now);
        }
    }

    /// Whether a check of `node` is under way or asked for.
    pub fn probe_expected(&self, node: NodeId) -> bool {
        self.nodes.index_of(node).is_some_and(|index| self.nodes[index].probes.is_expected())
    }

    pub(crate) fn ask_for_probe(&mut self, index: usize, now: Timestamp) {
        self.nodes[index].probes.ask(NextProbe::At(now));
        self.arm_probe(index);
    }

    /// The first round: at once for a few nodes, spread for many.
    pub(crate) fn plan_first_probe(&mut self, index: usize, now: Timestamp) {
        let spread = if self.nodes.len() > self.policy.eager_nodes {
            self.random.between(Duration::ZERO, self.policy.first_round_spread)
        } else {
            Duration::ZERO
        };
        self.nodes[index].probes.follow(NextProbe::At(now + spread));
        self.arm_probe(index);
    }

    pub(crate) fn probe_ended(&mut self, id: AttemptId, reply: &Reply, report: Option<HealthReport>, now: Timestamp) {
        let Some(index) = self.probes.node_of(id).and_then(|node| self.nodes.index_of(node)) else { return };
        if matches!(reply, Reply::Answer(_)) {
            self.network_works(now);
        }
        let measured = match reply {
            Reply::Answer(answer) => answer.took,
            _ => None,
        };
        self.conclude_probe(index, &outcome_of_check(reply), report, measured, now);
    }

    /// `measured`: how long the answer took, where that is known better than by when the core heard of it.
    fn conclude_probe(
        &mut self,
        index: usize,
        outcome: &Outcome,
        report: Option<HealthReport>,
        measured: Option<Duration>,
        now: Timestamp,
    ) {
        let Some(probe) = self.take_probe(index) else { return };
        let node = self.nodes[index].id;
        let heard = now.since(probe.started);
        let took = measured.map_or(heard, |measured| measured.min(heard));
        let may_blame = self.may_blame(node, outcome, now);
        self.change_node(index, now, |node, cx| {
            node.check_ended(EndedCheck { began: probe.started, outcome, report, took, may_blame }, cx);
        });
        self.settle_identity(index, now);
        self.review_slow_node(index, now);
        self.judge_slowness(now);
        if !self.page.visible && self.page.watch_hidden {
            let interval = self.policy.hidden_check_interval;
            let low = interval.saturating_mul(self.policy.health_check_jitter_low_percent) / 100;
            let at = now + self.random.between(low, interval);
            self.nodes[index].probes.postpone(at);
            self.arm_probe(index);
        }
        if let Some(check) = self.nodes[index].stats.checks.back() {
            self.actions.push_back(Action::CheckEnded { node, check: *check });
        }
        self.start_waiting_probes(now);
    }

    /// Ends the check's hold on its node, its origin and the room in flight.
    fn take_probe(&mut self, index: usize) -> Option<Probe> {
        let node = &mut self.nodes[index];
        let probe = node.probes.take()?;
        self.origins.probe_ended(node.origin);
        self.probes.out.retain(|(id, _)| *id != probe.id);
        Some(probe)
    }

    /// Cancels a check that nobody waits for.
    pub(crate) fn abort_probe(&mut self, index: usize) {
        if let Some(probe) = self.take_probe(index) {
            self.actions.push_back(Action::AbortProbe { probe: probe.id });
        }
    }

    /// A check's lease is over: an answer that never comes is an answer too.
    pub(crate) fn lease_is_over(&mut self, node: NodeId, now: Timestamp) {
        let Some(index) = self.nodes.index_of(node) else { return };
        let Some(probe) = self.nodes[index].probes.in_flight.filter(|probe| probe.lease_until <= now) else { return };
        self.actions.push_back(Action::AbortProbe { probe: probe.id });
        self.conclude_probe(index, &Outcome::Failure { reason: FailureReason::TimedOut }, None, None, now);
    }

    pub(crate) fn probe_is_due(&mut self, node: NodeId, now: Timestamp) {
        let Some(index) = self.nodes.index_of(node) else { return };
        if self.probes.begun >= self.policy.probes_at_once {
            self.nodes[index].probes.follow(NextProbe::At(now + self.policy.probe_pause));
            self.arm_probe(index);
        } else if self.room_for_probe(index) {
            self.start_probe(index, now);
        } else {
            self.nodes[index].probes.set_waits_for_room(true);
            self.probes.waiting.push_back(node);
        }
    }

    fn room_for_probe(&self, index: usize) -> bool {
        let to_origin = self.origins.probes(self.nodes[index].origin);
        self.probes.in_flight() < self.policy.probes_in_flight && to_origin < self.policy.origin_probes
    }

    /// A check ended: the next of those that wait for room begins. Its timeout begins now too, so that waiting does
    /// not make a node look slow.
    pub(crate) fn start_waiting_probes(&mut self, now: Timestamp) {
        for _ in 0..self.probes.waiting.len() {
            if self.probes.in_flight() >= self.policy.probes_in_flight {
                return;
            }
            let Some(node) = self.probes.waiting.pop_front() else { return };
            let Some(index) = self.nodes.index_of(node) else { continue };
            self.nodes[index].probes.set_waits_for_room(false);
            match self.probe_due_at(index) {
                Some(due) if due <= now => self.probe_is_due(node, now),
                _ => self.arm_probe(index),
            }
        }
    }

    fn start_probe(&mut self, index: usize, now: Timestamp) {
        let id = self.attempt_ids.issue();
        self.change_node(index, now, |node, cx| node.check_started(id, cx));
        let node = &self.nodes[index];
        self.origins.probe_started(node.origin);
        self.probes.out.push((id, node.id));
        self.probes.begun += 1;
        self.timers.set(now + self.policy.probe_timeout, Timer::Lease(node.id));
        self.counters.add(Counter::Probe);
        self.actions.push_back(Action::StartProbe { probe: id, node: node.id, url: node.url.clone() });
    }

    /// When the node at `index` is to be checked, if it may be checked at all.
    pub(crate) fn probe_due_at(&self, index: usize) -> Option<Timestamp> {
        let node = &self.nodes[index];
        let waits_for_its_turn = self.outage.is_on() && node.state() == NodeState::Failed;
        let watched = self.page.visible || self.page.watch_hidden;
        node.probes.due(watched && !waits_for_its_turn && self.local_fault.since().is_none())
    }

    /// Sets the timer of a node's next check, when that changed.
    pub(crate) fn arm_probe(&mut self, index: usize) {
        let due = self.probe_due_at(index);
        let node = &mut self.nodes[index];
        if let Some(at) = node.probes.arm(due) {
            self.timers.set(at, Timer::Probe(node.id));
        }
    }

    /// Who may be checked has changed for all nodes.
    pub(crate) fn arm_all_probes(&mut self) {
        (0..self.nodes.len()).for_each(|index| self.arm_probe(index));
    }
}

/// What a reply to a health check means: whatever a node has to say about the path, it is alive.
fn outcome_of_check(reply: &Reply) -> Outcome {
    match reply {
        Reply::Answer(answer) if (400..500).contains(&answer.status) && answer.status != 429 => Outcome::Delivered,
        Reply::Answer(answer) if (300..400).contains(&answer.status) => {
            Outcome::Failure { reason: FailureReason::Status(answer.status) }
        }
        reply => Outcome::of(reply),
    }
}
