//! A call from its submission to its completion: where it is sent, what it waits for, when it is given up.

use std::sync::Arc;
use std::time::Duration;

use super::Failover;
use super::call::{CallFailure, CallResult, CallSpec, Completion, Why};
use super::call_state::{Call, Waits};
use super::event::Action;
use super::ids::CallId;
use super::journal::JournalEvent;
use super::snapshot::{ClusterMode, Counter};
use super::time::Timestamp;
use super::timers::Timer;

impl Failover {
    pub(crate) fn submit(&mut self, id: CallId, spec: CallSpec, now: Timestamp) {
        let mut call = Call::new(id, spec, self.buffers.take(), now, &self.policy);
        if self.nodes.len() == 1 {
            // There is no second opinion to be had.
            call.forget_tried();
        }
        if self.nodes.is_empty() {
            self.complete(call, CallResult::Failed(CallFailure::NoNodes), now);
            return;
        }
        if matches!(self.mode(), ClusterMode::Outage { .. }) {
            self.outage.next_request_turn();
        }
        if !call.spec.background {
            self.make_overdue_checks(now);
            if self.recheck.no_usable_node() {
                self.recheck_again(now);
            }
        }
        let sampled = self.on_trial(&call, now).or_else(|| self.sampled_elsewhere(&call, now));
        call.sample(sampled);
        self.go_on(call, now);
    }

    /// The caller turned away: nobody is to blame, and nothing more is sent.
    pub(crate) fn cancel(&mut self, id: CallId) {
        if let Some(call) = self.calls.remove(&id) {
            self.abandon(&call.live);
            self.buffers.recycle(call);
        }
    }

    /// Sends the call to the next node, lets it wait, or ends it.
    pub(crate) fn go_on(&mut self, mut call: Call, now: Timestamp) {
        if !call.live.is_empty() && !self.should_retry_elsewhere(&call, now) {
            // What is still out may bring the answer.
            self.requeue(call);
            return;
        }
        if now >= call.deadline {
            self.give_up(call, now);
            return;
        }
        if self.parks(&call) {
            self.wait(call, Waits::ForTheCluster);
            return;
        }
        match self.choose(&call, now) {
            Some(index) if call.trace.is_empty() => self.start_or_queue(call, index, Why::First, now),
            Some(index) => self.send_on(call, index, Why::Moved, now),
            None if call.findings.met_stale && !call.findings.ignore_read_index => {
                // Every node is behind: the freshest answer is better than none, and is marked.
                self.give_up_read_index(now);
                call.drop_read_index();
                // Every node was well: what comes next is no retry.
                call.make_next_move_free();
                self.go_on(call, now);
            }
            None => self.nowhere_to_go(call, now),
        }
    }

    /// Every node that may be asked was asked.
    fn nowhere_to_go(&mut self, mut call: Call, now: Timestamp) {
        // The failure that brought the call here may have been that of the last usable node.
        self.notice_no_usable_node(now);
        let alone = self.choices.required_node().is_some() || self.local_fault.since().is_some();
        if !alone {
            self.recheck_again(now);
        }
        let hold = self.shortest_hold(&call, now);
        let out_of_rounds =
            call.retries.rounds + 1 >= self.policy.rounds && hold.is_none() && !call.retries.next_is_free;
        if self.recheck_pending() && !alone {
            self.wait_for_recheck(call);
        } else if self.attempts_exhausted(&call) || alone || self.nodes.is_empty() {
            self.give_up(call, now);
        } else if call.leader_search.is_paused() && self.view.usable > 0 {
            // Others are well and say that they do not lead: there will be another leader, or the same one again.
            call.forget_tried();
            self.wait_for_leader(call, now);
        } else if out_of_rounds {
            self.give_up(call, now);
        } else {
            self.pause_for_round(call, hold, now);
        }
    }

    /// Whether a call with attempts out should not rely on them: none is with a usable node, and another is there.
    fn should_retry_elsewhere(&self, call: &Call, now: Timestamp) -> bool {
        !self.may_be_answered(call) && self.choose(call, now).is_some_and(|index| self.nodes[index].may_answer())
    }

    /// How long until the first of the nodes that asked to be left alone may be asked again. At most what is left of
    /// the patience of a person.
    fn shortest_hold(&self, call: &Call, now: Timestamp) -> Option<Duration> {
        let holds = self.nodes.iter().filter(|node| node.usable()).filter_map(|node| node.held_until);
        let patience = self.policy.retry_after_person.saturating_sub(call.retries.held_for);
        let shortest = holds.filter(|until| *until > now).min().map(|until| until.since(now).min(patience));
        shortest.filter(|wait| !wait.is_zero())
    }

    /// Waits before every node may be tried again; ends the call when its deadline comes first.
    pub(crate) fn pause_for_round(&mut self, mut call: Call, hold: Option<Duration>, now: Timestamp) {
        let backoff = self.backoff(&mut call);
        let hold = hold.unwrap_or_default();
        call.begin_round(hold);
        self.pause(call, hold.max(backoff), now);
    }

    fn pause(&mut self, call: Call, pause: Duration, now: Timestamp) {
        let until = now + pause;
        if until >= call.deadline && call.live.is_empty() {
            self.give_up(call, now);
        } else {
            self.wait(call, Waits::Until(until));
        }
    }

    /// The next pause of this call: doubling, with jitter.
    pub(crate) fn backoff(&mut self, call: &mut Call) -> Duration {
        let most = call.next_backoff(&self.policy);
        self.random.between(most / 2, most)
    }

    /// Moves a call to a further node, if it may: the first move is free when the node there is known to be well,
    /// everything else is paid for. Who cannot pay waits until others have succeeded.
    pub(crate) fn send_on(&mut self, mut call: Call, index: usize, why: Why, now: Timestamp) {
        let origin = self.nodes[index].origin;
        if call.spec.with_headers && !self.origin_has_room(origin) {
            self.wait_for_origin(call, origin, now);
            return;
        }
        if call.take_free_move(&self.nodes[index]) || self.budgets.retries.take() {
            call.moved();
            self.counters.add(Counter::Move);
            self.record_move(&call, index, now);
            self.start_attempt(call, index, why, now);
            return;
        }
        if call.refuse_move() {
            self.counters.add(Counter::BudgetRefused);
            self.record(now, JournalEvent::BudgetRefused { call: call.id });
        }
        if !call.live.is_empty() {
            // What becomes of its node may give another occasion.
            call.undo_rescue();
            self.requeue(call);
            return;
        }
        let backoff = self.backoff(&mut call);
        if now + backoff >= call.deadline && self.nodes[index].may_answer() {
            // Who has waited for that long is not turned away unasked.
            self.start_attempt(call, index, why, now);
        } else {
            self.pause(call, backoff, now);
        }
    }

    /// Sends the call there, as soon as its origin has room.
    pub(crate) fn start_or_queue(&mut self, call: Call, index: usize, why: Why, now: Timestamp) {
        let origin = self.nodes[index].origin;
        if call.spec.with_headers && !self.origin_has_room(origin) {
            self.wait_for_origin(call, origin, now);
        } else {
            self.start_attempt(call, index, why, now);
        }
    }

    fn record_move(&mut self, call: &Call, to: usize, now: Timestamp) {
        let (Some(reason), Some(last)) = (call.findings.last_reason, call.trace.last()) else { return };
        let from = self.attempts.get(&last.attempt).map(|attempt| attempt.node).or(call.tried.last().copied());
        if from.is_some_and(|node| !self.takes_journal_line(node)) {
            return;
        }
        let event = JournalEvent::RequestMoved {
            call: call.id,
            from: Arc::clone(&last.node),
            to: Arc::clone(&self.nodes[to].url),
            reason,
            waited: now.since(call.submitted),
        };
        self.record(now, event);
    }

    pub(crate) fn wait(&mut self, mut call: Call, waits: Waits) {
        call.wait(waits);
        self.requeue(call);
    }

    /// Keeps the call, with a timer when nothing that is out will wake it.
    pub(crate) fn requeue(&mut self, call: Call) {
        if let Some(at) = call.due() {
            self.timers.set(at, Timer::Call(call.id));
        }
        if call.waits == Some(Waits::ForTheCluster) {
            self.outage.call_parked();
        }
        self.calls.insert(call.id, call);
    }

    /// What a call waited for has come, or its deadline has.
    pub(crate) fn call_is_due(&mut self, id: CallId, now: Timestamp) {
        let Some(mut call) = self.calls.remove(&id) else { return };
        let waited_for = call.stop_waiting();
        if call.deadline <= now {
            self.give_up(call, now);
            return;
        }
        if let Some(Waits::ToAskAgain { node, .. }) = waited_for
            && let Some(index) = self.nodes.index_of(node)
            && call.live.is_empty()
            && self.nodes[index].usable()
        {
            self.start_or_queue(call, index, Why::AskedAgain, now);
            return;
        }
        self.go_on(call, now);
    }

    /// No attempt is left that could answer the call, or no time.
    pub(crate) fn give_up(&mut self, mut call: Call, now: Timestamp) {
        call.give_up_on_live_attempts();
        let mut result = call.failure(now);
        if let Some(required) = self.requirement(now)
            && matches!(
                result,
                CallResult::Failed(CallFailure::Unreachable | CallFailure::TimedOut | CallFailure::NoLeader)
            )
        {
            let node = Arc::clone(&self.nodes[required].url);
            result = CallResult::Failed(CallFailure::RequiredNode { node });
        }
        self.complete(call, result, now);
    }

    pub(crate) fn complete(&mut self, mut call: Call, result: CallResult, now: Timestamp) {
        if matches!(result, CallResult::Answered { .. }) {
            self.keep_losers(&call.live, now);
        } else {
            self.abandon(&call.live);
        }
        let waited = now.since(call.submitted);
        if matches!(result, CallResult::Failed(_)) {
            let event = JournalEvent::CallFailed { call: call.id, waited, attempts: call.attempts() };
            self.record(now, event);
        }
        let completion = Completion { result, trace: call.take_trace(), waited };
        self.actions.push_back(Action::Complete { call: call.id, completion });
        self.buffers.recycle(call);
    }
}
