//! Second attempts while the first is still out: hedges of slow reads, and rescues from nodes that are not trusted.

use super::call::Why;
use super::node::{FailureReason, NodeId};
use super::selection::Fitness;
use super::snapshot::ClusterMode;
use super::time::Timestamp;
use super::{AttemptId, CallId, Failover, JournalEvent};

impl Failover {
    /// When an attempt of `call` is to be hedged: reads only, at most once in a call.
    pub(super) fn hedge_at(&self, call: &super::call::Call, index: usize, now: Timestamp) -> Option<Timestamp> {
        let hedged = call.spec.read && !call.spec.slow && !call.spec.background && call.hedge.is_none();
        let spare = self.nodes.len() > 1 && self.required.is_none();
        (hedged && spare).then(|| now + self.nodes[index].figures.hedge_delay(call.spec.class(), &self.policy))
    }

    /// The read has waited longer than usual: it is sent to a second node as well, if there is a good one and a token.
    pub(super) fn hedge(&mut self, id: AttemptId, now: Timestamp) {
        let Some(attempt) = self.attempts.get(&id).filter(|attempt| !attempt.lost) else { return };
        let Some(call) = self.calls.get(&attempt.call) else { return };
        let alone = call.live == [id] && call.hedge.is_none() && call.waits.is_none();
        let well = matches!(self.mode(), ClusterMode::Normal | ClusterMode::Degraded);
        if !alone || !well || self.local_fault_since().is_some() {
            return;
        }
        let good = |index: &usize| matches!(self.fitness(*index, call, now), Fitness::Good | Fitness::Watched);
        let Some(index) = self.choose(call, now).filter(good) else {
            // There is nobody to send it to. Should the node fall silent, it is known by then who has come back.
            self.look_again(now);
            return;
        };
        if call.spec.with_headers && !self.origin_has_room(self.nodes[index].origin) {
            return;
        }
        if !self.hedge_budget.take() {
            self.counters.hedges_refused += 1;
            return;
        }
        let id = attempt.call;
        let Some(mut call) = self.calls.remove(&id) else { return };
        self.counters.hedges += 1;
        call.hedge = Some(AttemptId(self.next_attempt_id));
        if let Some(last) = call.trace.last() {
            let from = last.node.clone();
            self.record(now, JournalEvent::Hedged { call: id, from, to: self.nodes[index].url.clone() });
        }
        self.start_attempt(call, index, Why::Hedged, now);
    }

    /// The node is not trusted any more: whoever waits for it and may ask elsewhere does so now, once.
    pub(super) fn rescue_calls_on(&mut self, node: NodeId, now: Timestamp) {
        let pending = self.attempts.values().filter(|attempt| attempt.node == node && !attempt.lost);
        let waiting: Vec<CallId> = pending.map(|attempt| attempt.call).collect();
        for id in waiting {
            let Some(call) = self.calls.get(&id) else { continue };
            if call.rescued || call.spec.slow || !call.may_run_twice() || call.waits.is_some() || self.is_hopeful(call)
            {
                continue;
            }
            let next = self.choose(call, now).filter(|index| self.nodes[*index].gives_hope());
            if next.is_none() && self.view.usable == 0 {
                continue;
            }
            let Some(mut call) = self.calls.remove(&id) else { continue };
            call.rescued = true;
            // None is usable, one stirs: as when it does so later, all who wait go along.
            call.next_is_free |= self.view.usable == 0;
            call.last_reason = Some(FailureReason::Silent);
            self.mover_waited = Some(now.since(call.submitted));
            self.counters.rescues += 1;
            match next {
                Some(index) => self.send_on(call, index, Why::Rescued, now),
                // It has been everywhere (looking for the leader): a further round begins.
                None => self.pause_for_round(call, None, now),
            }
        }
    }

    /// Whether an attempt that is out is with a node that can be relied on.
    pub(super) fn is_hopeful(&self, call: &super::call::Call) -> bool {
        let nodes = call.live.iter().filter_map(|id| self.attempts.get(id)).map(|attempt| attempt.node);
        nodes.filter_map(|node| self.index_of(node)).any(|index| self.nodes[index].gives_hope())
    }
}
