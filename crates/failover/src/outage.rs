//! Every node is failed: a single prober goes round, background work is parked, and the first answer ends it.

use std::time::Duration;

use super::Failover;
use super::call_state::{Call, Waits};
use super::journal::JournalEvent;
use super::node::NodeState;
use super::snapshot::ClusterMode;
use super::time::Timestamp;
use super::timers::Timer;

/// A time in which every node is failed.
#[derive(Clone, Copy, Debug, Hash)]
struct Period {
    since: Timestamp,
    /// When the prober checks the next node.
    next_try: Timestamp,
    tries: u32,
    /// The index of the node that the prober checks next.
    next_node: usize,
}

#[derive(Debug, Default, Hash)]
pub(crate) struct Outage {
    period: Option<Period>,
    /// Requests take turns over the nodes, so that one that came back is found.
    request_turn: usize,
    /// Calls that wait until any node answers, at most. Zero: none to look for.
    parked: usize,
}

impl Outage {
    pub fn is_on(&self) -> bool {
        self.period.is_some()
    }

    pub fn since(&self) -> Option<Timestamp> {
        self.period.map(|period| period.since)
    }

    pub fn next_try(&self) -> Option<Timestamp> {
        self.period.map(|period| period.next_try)
    }

    /// A request begins: it is the next node's turn.
    pub fn next_request_turn(&mut self) {
        self.request_turn = self.request_turn.wrapping_add(1);
    }

    /// How many turns of requests come before that of the node at `index` of `count`.
    pub fn turns_until(&self, index: usize, count: usize) -> usize {
        let count = count.max(1);
        (index + count - self.request_turn % count) % count
    }

    pub fn call_parked(&mut self) {
        self.parked += 1;
    }
}

impl Failover {
    /// Notes the beginning and the end of an outage.
    pub(crate) fn settle_outage(&mut self, now: Timestamp) {
        let down = matches!(self.mode(), ClusterMode::Outage { .. }) && !self.nodes.is_empty();
        match (down, self.outage.period) {
            (true, None) => {
                let first = self.random.between(self.policy.outage_probe_first / 2, self.policy.outage_probe_first);
                self.outage.period = Some(Period { since: now, next_try: now + first, tries: 1, next_node: 0 });
                self.timers.set(now + first, Timer::Outage);
                self.arm_all_probes();
                self.record(now, JournalEvent::OutageBegan);
            }
            (false, Some(period)) => {
                self.outage.period = None;
                // Those that waited for the prober's turn are due again, each at a moment of its own.
                for index in 0..self.nodes.len() {
                    let jitter = self.random.between(Duration::ZERO, self.policy.reprobe_first);
                    self.nodes[index].probes.postpone(now + jitter);
                }
                self.arm_all_probes();
                self.record(now, JournalEvent::OutageEnded { lasted: now.since(period.since) });
            }
            _ => {}
        }
    }

    /// The prober's time has come: the next node is checked.
    pub(crate) fn outage_probe_is_due(&mut self, now: Timestamp) {
        let count = self.nodes.len();
        let Some(mut period) = self.outage.period.filter(|_| count > 0) else { return };
        let pause = self.policy.outage_probe_first.saturating_mul(1 << period.tries.min(16));
        let pause = pause.min(self.policy.outage_probe_max);
        period.tries += 1;
        period.next_try = now + self.random.between(pause / 2, pause);
        self.timers.set(period.next_try, Timer::Outage);
        let waits = |index: &usize| {
            let node = &self.nodes[*index];
            node.state() == NodeState::Failed && node.probes.in_flight.is_none()
        };
        let next = (0..count).map(|step| (period.next_node + step) % count).find(waits);
        if let Some(index) = next.filter(|_| self.page.visible) {
            period.next_node = (index + 1) % count;
            self.ask_for_probe(index, now);
        }
        self.outage.period = Some(period);
    }

    /// Whether the call is parked: nobody waits for it, and no node answers.
    pub(crate) fn parks(&self, call: &Call) -> bool {
        call.spec.background && self.nothing_is_reached()
    }

    fn nothing_is_reached(&self) -> bool {
        self.view.nobody_answers() || self.local_fault.since().is_some()
    }

    /// Lets background work begin again, each call at a moment of its own, once a node has answered.
    pub(crate) fn release_parked(&mut self, now: Timestamp) {
        if self.outage.parked == 0 || self.nothing_is_reached() {
            return;
        }
        self.outage.parked = 0;
        let parked = self.calls.values_mut().filter(|call| call.waits == Some(Waits::ForTheCluster));
        for call in parked {
            let until = now + self.random.between(Duration::ZERO, self.policy.release_within);
            call.wait(Waits::Until(until));
            self.timers.set(until.min(call.deadline), Timer::Call(call.id));
        }
    }
}
