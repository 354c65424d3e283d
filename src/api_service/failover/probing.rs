//! Health checks: when each node is due, who is checked in an outage, and what a check leads to.

use std::time::Duration;

use super::node::{FailureReason, HealthReport, NodeId, NodeState};
use super::outcome::{Outcome, Reply};
use super::snapshot::ClusterMode;
use super::time::Timestamp;
use super::{Action, AttemptId, Failover, JournalEvent};

/// Every node is failed: a single prober goes round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outage {
    pub since: Timestamp,
    pub next_try: Timestamp,
    tries: u32,
    turn: usize,
}

impl Failover {
    /// Asks for a check of every node, now. A check that is under way already counts.
    pub fn ask_for_round(&mut self, now: Timestamp) {
        for index in 0..self.nodes.len() {
            self.ask_for_probe(index, now);
        }
        self.start_due_probes(now);
        self.settle(now);
    }

    /// Asks for a check of one node, now. An index out of range asks for nothing.
    pub fn ask_for_probe_of(&mut self, index: usize, now: Timestamp) {
        if index < self.nodes.len() {
            self.ask_for_probe(index, now);
            self.start_due_probes(now);
            self.settle(now);
        }
    }

    fn ask_for_probe(&mut self, index: usize, now: Timestamp) {
        let node = &mut self.nodes[index];
        if node.probe.is_none() {
            node.next_probe = Some(now);
            node.probe_asked = true;
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
    }

    pub(super) fn probe_ended(&mut self, id: AttemptId, reply: &Reply, report: Option<HealthReport>, now: Timestamp) {
        let Some(index) = self.nodes.iter().position(|node| node.probe.is_some_and(|probe| probe.id == id)) else {
            return;
        };
        let outcome = match reply {
            // Whatever it has to say about the path, it is alive.
            Reply::Answer(answer) if (400..500).contains(&answer.status) && answer.status != 429 => Outcome::Delivered,
            Reply::Answer(answer) if (300..400).contains(&answer.status) => {
                Outcome::Failure { reason: FailureReason::Status(answer.status) }
            }
            reply => Outcome::of(reply),
        };
        self.conclude_probe(index, &outcome, report, now);
    }

    fn conclude_probe(&mut self, index: usize, outcome: &Outcome, report: Option<HealthReport>, now: Timestamp) {
        let Some(probe) = self.nodes[index].probe.take() else { return };
        let took = now.since(probe.started);
        self.change_node(index, now, |node, policy, random| {
            node.probe_ended(outcome, report, took, now, policy, random);
        });
        let node = &self.nodes[index];
        if let Some(check) = node.checks.back() {
            self.actions.push_back(Action::CheckEnded { node: node.id, check: *check });
        }
    }

    /// Checks whose lease is over.
    pub(super) fn tick_probes(&mut self, now: Timestamp) {
        for index in 0..self.nodes.len() {
            if let Some(probe) = self.nodes[index].probe
                && probe.lease_until <= now
            {
                self.actions.push_back(Action::AbortProbe { probe: probe.id });
                self.conclude_probe(index, &Outcome::Failure { reason: FailureReason::TimedOut }, None, now);
            }
        }
    }

    pub(super) fn start_due_probes(&mut self, now: Timestamp) {
        self.plan_outage_probe(now);
        let mut in_flight = self.nodes.iter().filter(|node| node.probe.is_some()).count();
        for index in 0..self.nodes.len() {
            if in_flight >= self.policy.probes_in_flight {
                return;
            }
            if self.probe_due_at(index).is_some_and(|due| due <= now) {
                self.start_probe(index, now);
                in_flight += 1;
            }
        }
    }

    fn start_probe(&mut self, index: usize, now: Timestamp) {
        let id = self.attempt_id();
        self.change_node(index, now, |node, policy, _| node.probe_started(id, now, policy));
        let node = &self.nodes[index];
        self.actions.push_back(Action::StartProbe { probe: id, node: node.id, url: node.url.clone() });
    }

    /// When the node at `index` is to be checked, if it may be checked at all.
    fn probe_due_at(&self, index: usize) -> Option<Timestamp> {
        let node = &self.nodes[index];
        let waits_for_its_turn = self.outage.is_some() && node.state() == NodeState::Failed;
        let allowed = node.probe_asked || (self.visible && !waits_for_its_turn);
        if allowed && node.probe.is_none() { node.next_probe } else { None }
    }

    /// While every node is failed, lets the next one be checked when its turn has come.
    fn plan_outage_probe(&mut self, now: Timestamp) {
        let count = self.nodes.len();
        let Some(outage) = &mut self.outage else { return };
        if now < outage.next_try || !self.visible || count == 0 {
            return;
        }
        let pause = self.policy.outage_probe_first.saturating_mul(1 << outage.tries.min(16));
        let pause = pause.min(self.policy.outage_probe_max);
        outage.tries += 1;
        outage.next_try = now + self.random.between(pause / 2, pause);
        let first = outage.turn;
        let candidates = (0..count).map(|step| (first + step) % count);
        let waiting =
            |index: &usize| self.nodes[*index].state() == NodeState::Failed && self.nodes[*index].probe.is_none();
        if let Some(index) = candidates.into_iter().find(waiting) {
            if let Some(outage) = &mut self.outage {
                outage.turn = (index + 1) % count;
            }
            self.ask_for_probe(index, now);
        }
    }

    /// Notes the beginning and the end of an outage.
    pub(super) fn settle_outage(&mut self, now: Timestamp) {
        let down = matches!(self.mode(), ClusterMode::Outage { .. }) && !self.nodes.is_empty();
        match (down, self.outage) {
            (true, None) => {
                let first = self.random.between(self.policy.outage_probe_first / 2, self.policy.outage_probe_first);
                self.outage = Some(Outage { since: now, next_try: now + first, tries: 1, turn: 0 });
                self.record(now, JournalEvent::OutageBegan);
            }
            (false, Some(outage)) => {
                self.outage = None;
                // Those that waited for the prober's turn are due again, each at a moment of its own.
                for index in 0..self.nodes.len() {
                    let jitter = self.random.between(Duration::ZERO, self.policy.reprobe_first);
                    let node = &mut self.nodes[index];
                    node.next_probe = node.next_probe.map(|due| due.max(now + jitter));
                }
                self.record(now, JournalEvent::OutageEnded { lasted: now.since(outage.since) });
            }
            _ => {}
        }
    }

    /// In an outage requests take turns over the nodes, so that one that came back is found: how far away the
    /// turn of the node at `index` is.
    pub(super) fn outage_turn(&self, index: usize) -> usize {
        let count = self.nodes.len().max(1);
        (index + count - self.outage_turn % count) % count
    }

    pub(super) fn visibility_changed(&mut self, visible: bool, now: Timestamp) {
        if visible == self.visible {
            return;
        }
        self.visible = visible;
        self.revision += 1;
        if !visible {
            return;
        }
        if self.armed.is_some_and(|armed| now.since(armed) > self.policy.clock_jump) {
            // A hidden page is woken rarely: what was due meanwhile says nothing about the nodes.
            self.forgive_all(now);
        }
        for index in 0..self.nodes.len() {
            let jitter = self.random.between(Duration::ZERO, self.policy.visible_jitter);
            self.nodes[index].next_probe = Some(now + jitter);
        }
    }

    pub(super) fn probes_wakeup(&self) -> Option<Timestamp> {
        let leases = self.nodes.iter().filter_map(|node| node.probe.map(|probe| probe.lease_until));
        let in_flight = leases.clone().count();
        let room = in_flight < self.policy.probes_in_flight;
        let due = (0..self.nodes.len()).filter(|_| room).filter_map(|index| self.probe_due_at(index));
        let outage = self.outage.filter(|_| self.visible).map(|outage| outage.next_try);
        leases.chain(due).chain(outage).min()
    }

    /// Whether a check of `node` is under way or asked for.
    pub fn probe_expected(&self, node: NodeId) -> bool {
        self.index_of(node).is_some_and(|index| self.nodes[index].probe.is_some() || self.nodes[index].probe_asked)
    }
}
