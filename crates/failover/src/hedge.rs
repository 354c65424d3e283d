//! Second attempts while the first is still out: hedges of slow reads, and rescues from nodes that are not trusted.

use super::Failover;
use super::call::Why;
use super::call_state::Call;
use super::ids::{AttemptId, CallId, NodeId};
use super::journal::JournalEvent;
use super::selection::Fitness;
use super::snapshot::{ClusterMode, Counter};
use super::time::Timestamp;

impl Failover {
    /// When an attempt of `call` is to be hedged: reads only, at most once in a call.
    pub(crate) fn hedge_at(&self, call: &Call, index: usize, now: Timestamp) -> Option<Timestamp> {
        let hedged = call.spec.read && !call.spec.slow && !call.spec.background && call.hedge.is_none();
        let spare = self.nodes.len() > 1 && self.choices.required_node().is_none();
        (hedged && spare).then(|| now + self.nodes[index].stats.hedge_delay(call.spec.class(), &self.policy))
    }

    /// The read has waited longer than usual: it is sent to a second node as well, if there is a good one and a token.
    pub(crate) fn hedge(&mut self, id: AttemptId, now: Timestamp) {
        let Some(attempt) = self.attempts.get(&id).filter(|attempt| !attempt.lost) else { return };
        let Some(call) = self.calls.get(&attempt.call) else { return };
        let alone = call.live == [id] && call.hedge.is_none() && call.waits.is_none();
        let well = matches!(self.mode(), ClusterMode::Normal | ClusterMode::Degraded);
        if !alone || !well || self.local_fault.since().is_some() {
            return;
        }
        let good = |index: &usize| {
            matches!(self.fitness(*index, call, now), Fitness::Good | Fitness::Watched)
                && !self.was_asked_by_another_address(*index, call)
        };
        let Some(index) = self.choose(call, now).filter(good) else {
            // There is nobody to send it to. Should the node fall silent, it is known by then who has come back.
            self.recheck_again(now);
            return;
        };
        if call.spec.with_headers && !self.origin_has_room(self.nodes[index].origin) {
            return;
        }
        if !self.budgets.hedges.take() {
            self.counters.add(Counter::HedgeRefused);
            return;
        }
        let id = attempt.call;
        let Some(call) = self.calls.remove(&id) else { return };
        self.counters.add(Counter::Hedge);
        if let Some(last) = call.trace.last() {
            let from = last.node.clone();
            self.record(now, JournalEvent::Hedged { call: id, from, to: self.nodes[index].url.clone() });
        }
        self.start_attempt(call, index, Why::Hedged, now);
    }

    /// The node is not trusted any more: whoever waits for it and may ask elsewhere does so now, once.
    pub(crate) fn rescue_calls_on(&mut self, node: NodeId, now: Timestamp) {
        let pending = self.attempts.values().filter(|attempt| attempt.node == node && !attempt.lost);
        let waiting: Vec<CallId> = pending.map(|attempt| attempt.call).collect();
        for id in waiting {
            let Some(call) = self.calls.get(&id) else { continue };
            if !call.may_be_rescued() || self.may_be_answered(call) {
                continue;
            }
            let next = self.choose(call, now).filter(|index| self.nodes[*index].may_answer());
            if next.is_none() && self.view.usable == 0 {
                continue;
            }
            let Some(mut call) = self.calls.remove(&id) else { continue };
            call.rescue();
            if self.view.usable == 0 {
                // None is usable, one has answered once: as when it does so later, all who wait go along.
                call.make_next_move_free();
            }
            call.met_silence();
            self.home.caller_waited(now.since(call.submitted));
            self.counters.add(Counter::Rescue);
            match next {
                Some(index) => self.send_on(call, index, Why::Rescued, now),
                // It has been everywhere (looking for the leader): a further round begins.
                None => self.pause_for_round(call, None, now),
            }
        }
    }

    /// Whether an attempt of the call is out to a node that may well answer it.
    pub(crate) fn may_be_answered(&self, call: &Call) -> bool {
        let nodes = call.live.iter().filter_map(|id| self.attempts.get(id)).map(|attempt| attempt.node);
        nodes.filter_map(|node| self.nodes.index_of(node)).any(|index| self.nodes[index].may_answer())
    }
}
