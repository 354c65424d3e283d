//! One attempt: from the moment it is sent to the moment nobody listens to it any more.

use std::sync::Arc;

use super::call::{Attempt, Call, TraceStep, Why};
use super::node::FailureReason;
use super::outcome::Outcome;
use super::time::Timestamp;
use super::timers::Timer;
use super::{Action, AttemptId, Failover};

impl Failover {
    pub(super) fn start_attempt(&mut self, mut call: Call, index: usize, why: Why, now: Timestamp) {
        let id = self.attempt_id();
        let class = call.spec.class();
        let left = call.deadline.since(now);
        let timeout = call.spec.attempt_timeout.unwrap_or(self.policy.attempt_timeout).min(left);
        let hedge_at = self.hedge_at(&call, index, now);
        let node = &mut self.nodes[index];
        let silence = node.figures.silence(class, &self.policy);
        node.pending += 1;
        node.changed_at = self.revision + 1;
        if !call.spec.slow && node.waiting_since.is_none() {
            node.waiting_since = Some((now, class));
        }
        let attempt = Attempt {
            call: call.id,
            node: node.id,
            epoch: node.epoch,
            class,
            slow: call.spec.slow,
            started: now,
            timeout_at: now + timeout,
            silent_at: (!call.spec.slow).then_some(now + silence),
            hedge_at,
            origin: call.spec.with_headers.then_some(node.origin),
            headers: false,
            lost: false,
        };
        call.live.push(id);
        call.tried.push(node.id);
        call.waits = None;
        call.trace.push(TraceStep {
            attempt: id,
            node: Arc::clone(&node.url),
            why,
            started_after: now.since(call.submitted),
            ended_after: None,
            reason: None,
        });
        self.actions.push_back(Action::StartAttempt {
            call: call.id,
            attempt: id,
            node: node.id,
            url: Arc::clone(&node.url),
            ignore_read_index: call.ignore_read_index,
        });
        self.counters.attempts += 1;
        if let Some(origin) = attempt.origin {
            self.attempt_is_out(id, origin);
        }
        self.timers.set(attempt.due(), Timer::Attempt(id));
        self.attempts.insert(id, attempt);
        self.calls.insert(call.id, call);
    }

    /// A hedge, a silence or a timeout is due.
    pub(super) fn attempt_is_due(&mut self, id: AttemptId, now: Timestamp) {
        let Some(attempt) = self.attempts.get_mut(&id) else { return };
        let due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        let (hedge, silent, late) = (due(attempt.hedge_at), due(attempt.silent_at), attempt.timeout_at <= now);
        if hedge {
            attempt.hedge_at = None;
        }
        if silent {
            attempt.silent_at = None;
        }
        if late {
            // Whoever waits gets its answer from elsewhere: no sense in first sending a second one.
            self.attempt_timed_out(id, silent, now);
            return;
        }
        if hedge {
            self.hedge(id, now);
        }
        if silent {
            self.attempt_fell_silent(id, now);
        }
        if let Some(attempt) = self.attempts.get(&id) {
            self.timers.set(attempt.due(), Timer::Attempt(id));
        }
    }

    fn attempt_fell_silent(&mut self, id: AttemptId, now: Timestamp) {
        let Some(attempt) = self.attempts.get(&id).copied() else { return };
        let Some(index) = self.index_of(attempt.node) else { return };
        let node = &self.nodes[index];
        let answered_since =
            node.last_success.is_some_and(|at| at > attempt.started) || node.has_no_quorum_for(attempt.class);
        let outcome = Outcome::Failure { reason: FailureReason::Silent };
        if node.epoch == attempt.epoch && !answered_since && self.may_blame(attempt.node, &outcome, now) {
            if let Some(call) = self.calls.get(&attempt.call) {
                self.mover_waited = Some(now.since(call.submitted));
            }
            self.change_node(index, now, |node, policy, random| node.fell_silent(now, policy, random));
        }
    }

    fn attempt_timed_out(&mut self, id: AttemptId, silent: bool, now: Timestamp) {
        if silent {
            self.attempt_fell_silent(id, now);
        }
        let Some(mut attempt) = self.attempts.remove(&id) else { return };
        self.actions.push_back(Action::AbortAttempt { attempt: id });
        if attempt.lost {
            // Listened to for long enough. That it was taken back is no fault of the node.
            self.let_go(id, &attempt);
            return;
        }
        let full = self.calls.get(&attempt.call).and_then(|call| call.spec.attempt_timeout);
        let full = full.unwrap_or(self.policy.attempt_timeout);
        if now.since(attempt.started) < full.min(self.policy.probe_timeout) {
            // The call's deadline cut it short: too little time to say anything about the node.
            attempt.epoch = attempt.epoch.wrapping_sub(1);
        }
        self.judge(id, attempt, &Outcome::Failure { reason: FailureReason::TimedOut }, false, now);
    }

    /// The call was answered: its other attempts are listened to for a while, for what they say about their nodes.
    pub(super) fn listen_on(&mut self, attempts: &[AttemptId], now: Timestamp) {
        for id in attempts {
            if let Some(attempt) = self.attempts.get_mut(id) {
                attempt.lost = true;
                attempt.hedge_at = None;
                attempt.timeout_at = attempt.timeout_at.min(now + self.policy.loser_grace);
                let due = attempt.due();
                self.timers.set(due, Timer::Attempt(*id));
            }
        }
    }

    /// Gives up attempts that nobody waits for: no blame, no latency.
    pub(super) fn abandon(&mut self, attempts: &[AttemptId], _now: Timestamp) {
        for id in attempts {
            if let Some(attempt) = self.attempts.remove(id) {
                self.let_go(*id, &attempt);
                self.actions.push_back(Action::AbortAttempt { attempt: *id });
            }
        }
    }

    fn let_go(&mut self, id: AttemptId, attempt: &Attempt) {
        self.attempt_is_back(id, attempt.origin);
        if let Some(index) = self.index_of(attempt.node) {
            self.nodes[index].pending = self.nodes[index].pending.saturating_sub(1);
            self.refresh_waiting(index, attempt.started);
        }
    }

    /// An attempt that began at `started` waits no more: who is now the longest to wait for this node?
    pub(super) fn refresh_waiting(&mut self, index: usize, started: Timestamp) {
        let node = &self.nodes[index];
        if node.waiting_since.is_none_or(|(since, _)| since != started) {
            return;
        }
        let (id, epoch, last_success) = (node.id, node.epoch, node.last_success);
        let waiting = self.attempts.values().filter(|attempt| attempt.node == id && attempt.epoch == epoch);
        let waiting = waiting.filter(|attempt| !attempt.slow && last_success.is_none_or(|at| at <= attempt.started));
        let oldest = waiting.min_by_key(|attempt| attempt.started).map(|attempt| (attempt.started, attempt.class));
        self.nodes[index].waiting_since = oldest;
    }
}
