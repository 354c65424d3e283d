//! Health checks: when each node is due, how many are out at once, and what a check leads to.

use std::time::Duration;

use super::node::{FailureReason, HealthReport, NodeId, NodeState};
use super::outcome::{Outcome, Reply};
use super::time::Timestamp;
use super::timers::Timer;
use super::{Action, AttemptId, Failover};

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
        self.index_of(node).is_some_and(|index| self.nodes[index].probe.is_some() || self.nodes[index].probe_asked)
    }

    pub(super) fn ask_for_probe(&mut self, index: usize, now: Timestamp) {
        let node = &mut self.nodes[index];
        if node.probe.is_none() {
            node.next_probe = Some(now);
            node.probe_asked = true;
            self.arm_probe(index);
        }
    }

    /// The first round: at once for a few nodes, spread for many.
    pub(super) fn plan_first_probe(&mut self, index: usize, now: Timestamp) {
        let spread = if self.nodes.len() > self.policy.eager_nodes {
            self.random.between(Duration::ZERO, self.policy.first_round_spread)
        } else {
            Duration::ZERO
        };
        self.nodes[index].next_probe = Some(now + spread);
        self.arm_probe(index);
    }

    pub(super) fn probe_ended(&mut self, id: AttemptId, reply: &Reply, report: Option<HealthReport>, now: Timestamp) {
        let probe = self.probes.iter().find(|(probe, _)| *probe == id);
        let Some(index) = probe.and_then(|(_, node)| self.index_of(*node)) else { return };
        if matches!(reply, Reply::Answer(_)) {
            self.network_works(now);
        }
        let measured = match reply {
            Reply::Answer(answer) => answer.took,
            _ => None,
        };
        let outcome = match reply {
            // Whatever it has to say about the path, it is alive.
            Reply::Answer(answer) if (400..500).contains(&answer.status) && answer.status != 429 => Outcome::Delivered,
            Reply::Answer(answer) if (300..400).contains(&answer.status) => {
                Outcome::Failure { reason: FailureReason::Status(answer.status) }
            }
            reply => Outcome::of(reply),
        };
        self.conclude_probe(index, &outcome, report, measured, now);
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
        let blame = self.may_blame(node, outcome, now);
        self.change_node(index, now, |node, policy, random| {
            node.probe_ended(outcome, report, took, blame, now, policy, random);
        });
        if !self.visible && self.watch_hidden {
            let interval = self.policy.hidden_check_interval;
            let low = interval.saturating_mul(self.policy.health_check_jitter_low_percent) / 100;
            let jittered = self.random.between(low, interval);
            let node = &mut self.nodes[index];
            node.next_probe = node.next_probe.map(|due| due.max(now + jittered));
            self.arm_probe(index);
        }
        if let Some(check) = self.nodes[index].figures.checks.back() {
            self.actions.push_back(Action::CheckEnded { node, check: *check });
        }
        self.start_waiting_probes(now);
    }

    /// Ends the probe's hold on its node, its origin and the room in flight.
    fn take_probe(&mut self, index: usize) -> Option<super::node::Probe> {
        let node = &mut self.nodes[index];
        let probe = node.probe.take()?;
        node.looked_for = false;
        let origin = &mut self.origins[node.origin as usize];
        origin.probes = origin.probes.saturating_sub(1);
        self.probes.retain(|(id, _)| *id != probe.id);
        Some(probe)
    }

    /// Takes a probe back that nobody waits for.
    pub(super) fn abort_probe(&mut self, index: usize) {
        if let Some(probe) = self.take_probe(index) {
            self.actions.push_back(Action::AbortProbe { probe: probe.id });
        }
    }

    /// A probe's lease is over: an answer that never comes is an answer too.
    pub(super) fn lease_is_over(&mut self, node: NodeId, now: Timestamp) {
        let Some(index) = self.index_of(node) else { return };
        let Some(probe) = self.nodes[index].probe.filter(|probe| probe.lease_until <= now) else { return };
        self.actions.push_back(Action::AbortProbe { probe: probe.id });
        self.conclude_probe(index, &Outcome::Failure { reason: FailureReason::TimedOut }, None, None, now);
    }

    pub(super) fn probe_is_due(&mut self, node: NodeId, now: Timestamp) {
        let Some(index) = self.index_of(node) else { return };
        if self.probes_begun >= self.policy.probes_at_once {
            self.nodes[index].next_probe = Some(now + self.policy.probe_pause);
            self.arm_probe(index);
        } else if self.room_for_probe(index) {
            self.start_probe(index, now);
        } else {
            self.nodes[index].probe_waits = true;
            self.waiting_probes.push_back(node);
        }
    }

    fn room_for_probe(&self, index: usize) -> bool {
        let origin = &self.origins[self.nodes[index].origin as usize];
        self.probes.len() < self.policy.probes_in_flight && origin.probes < self.policy.origin_probes
    }

    /// A probe ended: the next of those that wait for room begins. Its timeout begins now too, so that waiting does
    /// not make a node look slow.
    pub(super) fn start_waiting_probes(&mut self, now: Timestamp) {
        for _ in 0..self.waiting_probes.len() {
            if self.probes.len() >= self.policy.probes_in_flight {
                return;
            }
            let Some(node) = self.waiting_probes.pop_front() else { return };
            let Some(index) = self.index_of(node) else { continue };
            self.nodes[index].probe_waits = false;
            match self.probe_due_at(index) {
                Some(due) if due <= now => self.probe_is_due(node, now),
                _ => self.arm_probe(index),
            }
        }
    }

    fn start_probe(&mut self, index: usize, now: Timestamp) {
        let id = self.attempt_id();
        self.change_node(index, now, |node, policy, _| node.probe_started(id, now, policy));
        let node = &self.nodes[index];
        self.origins[node.origin as usize].probes += 1;
        self.probes.push((id, node.id));
        self.probes_begun += 1;
        self.timers.set(now + self.policy.probe_timeout, Timer::Lease(node.id));
        self.counters.probes += 1;
        self.actions.push_back(Action::StartProbe { probe: id, node: node.id, url: node.url.clone() });
    }

    /// When the node at `index` is to be checked, if it may be checked at all.
    pub(super) fn probe_due_at(&self, index: usize) -> Option<Timestamp> {
        let node = &self.nodes[index];
        let waits_for_its_turn = self.outage.is_some() && node.state() == NodeState::Failed;
        let pointless = self.local_fault_since().is_some();
        let watched = self.visible || self.watch_hidden;
        let allowed = node.probe_asked || (watched && !waits_for_its_turn && !pointless);
        if allowed && node.probe.is_none() && !node.probe_waits { node.next_probe } else { None }
    }

    /// Sets the timer of a node's next check, when that changed.
    pub(super) fn arm_probe(&mut self, index: usize) {
        let due = self.probe_due_at(index);
        let node = &mut self.nodes[index];
        if node.probe_armed != due {
            node.probe_armed = due;
            if let Some(at) = due {
                self.timers.set(at, Timer::Probe(node.id));
            }
        }
    }

    /// Who may be checked has changed for all nodes.
    pub(super) fn arm_all_probes(&mut self) {
        (0..self.nodes.len()).for_each(|index| self.arm_probe(index));
    }

    pub(super) fn visibility_changed(&mut self, visible: bool, now: Timestamp) {
        if visible == self.visible {
            return;
        }
        self.visible = visible;
        self.revision += 1;
        if visible {
            for index in 0..self.nodes.len() {
                let jitter = self.random.between(Duration::ZERO, self.policy.visible_jitter);
                self.nodes[index].next_probe = Some(now + jitter);
            }
        } else if self.watch_hidden {
            self.plan_hidden_checks(now);
        }
        self.arm_all_probes();
    }

    /// A hidden page checks nothing by itself. When somebody asks it all the same, the checks that are overdue of nodes
    /// that are not well are made up for: else it would lose one node after the other, and find none again.
    pub(super) fn make_up_for_checks(&mut self, now: Timestamp) {
        if self.visible || self.outage.is_some() {
            return;
        }
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            if !node.state().usable() && node.next_probe.is_some_and(|due| due <= now) {
                self.ask_for_probe(index, now);
            }
        }
    }

    /// Whether this page checks nodes while it is hidden, for alerts. At most one tab of a browser should.
    pub fn watch_while_hidden(&mut self, watch: bool, now: Timestamp) {
        self.watch_hidden = watch;
        if watch && !self.visible {
            self.plan_hidden_checks(now);
        }
        self.arm_all_probes();
        self.finish(now);
    }

    fn plan_hidden_checks(&mut self, now: Timestamp) {
        for index in 0..self.nodes.len() {
            let at = now + self.random.between(Duration::ZERO, self.policy.hidden_check_interval);
            let node = &mut self.nodes[index];
            node.next_probe = Some(node.next_probe.map_or(at, |due| due.max(at)));
        }
    }
}
