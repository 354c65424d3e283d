//! Every node is failed: a single prober goes round, and the first answer ends it.

use std::time::Duration;

use super::node::NodeState;
use super::snapshot::ClusterMode;
use super::time::Timestamp;
use super::timers::Timer;
use super::{Failover, JournalEvent};

/// An outage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outage {
    pub since: Timestamp,
    pub next_try: Timestamp,
    tries: u32,
    turn: usize,
}

impl Failover {
    /// Notes the beginning and the end of an outage.
    pub(super) fn settle_outage(&mut self, now: Timestamp) {
        let down = matches!(self.mode(), ClusterMode::Outage { .. }) && !self.nodes.is_empty();
        match (down, self.outage) {
            (true, None) => {
                let first = self.random.between(self.policy.outage_probe_first / 2, self.policy.outage_probe_first);
                self.outage = Some(Outage { since: now, next_try: now + first, tries: 1, turn: 0 });
                self.timers.set(now + first, Timer::Outage);
                self.arm_all_probes();
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
                self.arm_all_probes();
                self.record(now, JournalEvent::OutageEnded { lasted: now.since(outage.since) });
            }
            _ => {}
        }
    }

    /// The prober's time has come: the next node is checked.
    pub(super) fn outage_probe_is_due(&mut self, now: Timestamp) {
        let count = self.nodes.len();
        let Some(mut outage) = self.outage.filter(|_| count > 0) else { return };
        let pause = self.policy.outage_probe_first.saturating_mul(1 << outage.tries.min(16));
        let pause = pause.min(self.policy.outage_probe_max);
        outage.tries += 1;
        outage.next_try = now + self.random.between(pause / 2, pause);
        self.timers.set(outage.next_try, Timer::Outage);
        let waiting =
            |index: &usize| self.nodes[*index].state() == NodeState::Failed && self.nodes[*index].probe.is_none();
        let next = (0..count).map(|step| (outage.turn + step) % count).find(waiting).filter(|_| self.visible);
        if let Some(index) = next {
            outage.turn = (index + 1) % count;
            self.ask_for_probe(index, now);
        }
        self.outage = Some(outage);
    }

    pub(super) fn outage_timer_is_live(&self, at: Timestamp) -> bool {
        self.outage.is_some_and(|outage| outage.next_try == at)
    }

    /// In an outage requests take turns over the nodes, so that one that came back is found: how far away the
    /// turn of the node at `index` is.
    pub(super) fn outage_turn(&self, index: usize) -> usize {
        let count = self.nodes.len().max(1);
        (index + count - self.outage_turn % count) % count
    }
}
