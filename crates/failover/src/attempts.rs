//! One attempt: from the moment it is sent to the moment nobody waits for it any more.

use std::sync::Arc;
use std::time::Duration;

use super::Failover;
use super::call::Why;
use super::call_state::Call;
use super::event::Action;
use super::ids::{AttemptId, CallId, NodeId, OriginId};
use super::outcome::{FailureReason, Outcome};
use super::snapshot::Counter;
use super::stats::Class;
use super::time::Timestamp;
use super::timers::Timer;

/// An attempt under way. It carries its own node and that node's epoch: a late failure blames nobody else.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) struct Attempt {
    pub call: CallId,
    pub node: NodeId,
    pub epoch: u32,
    pub class: Class,
    /// Its call is declared slow.
    pub slow: bool,
    pub started: Timestamp,
    timeout_at: Timestamp,
    /// When the node is suspected if it has not answered anything since `started`. Cleared once acted on.
    silent_at: Option<Timestamp>,
    /// When the call is sent to a second node as well. Cleared once acted on.
    hedge_at: Option<Timestamp>,
    /// The origin among whose requests with headers it counts.
    pub origin: Option<OriginId>,
    /// The headers of its answer came.
    pub headers: bool,
    /// Its call was answered by another attempt: it is kept for what it says about its node.
    pub lost: bool,
}

impl Attempt {
    /// When something is due for it.
    pub fn due(&self) -> Timestamp {
        let first = self.timeout_at;
        [self.silent_at, self.hedge_at].into_iter().flatten().fold(first, Timestamp::min)
    }

    /// Nothing is due for it before this much later.
    pub fn postpone(&mut self, by: Duration) {
        self.timeout_at = self.timeout_at + by;
        for at in [&mut self.silent_at, &mut self.hedge_at].into_iter().flatten() {
            *at = *at + by;
        }
    }

    /// The headers of its answer came: the request does not hang in a preflight.
    pub fn headers_came(&mut self) {
        self.headers = true;
    }

    /// Whether it began in this epoch of its node.
    pub fn is_of_epoch(&self, epoch: u32) -> bool {
        self.epoch == epoch
    }
}

impl Failover {
    /// Sends `call` to the node at `index`.
    pub(crate) fn start_attempt(&mut self, mut call: Call, index: usize, why: Why, now: Timestamp) {
        let id = self.attempt_ids.issue();
        let class = call.spec.class();
        let left = call.deadline.since(now);
        let timeout = call.spec.attempt_timeout.unwrap_or(self.policy.attempt_timeout).min(left);
        call.sent(id, &self.nodes[index], why, now);
        let hedge_at = self.hedge_at(&call, index, now);
        let node = &mut self.nodes[index];
        let silence = node.stats.silence(class, &self.policy);
        node.traffic.sent(class, call.spec.slow, now);
        node.changed(self.revision.upcoming());
        let attempt = Attempt {
            call: call.id,
            node: node.id,
            epoch: node.health.epoch,
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
        self.actions.push_back(Action::StartAttempt {
            call: call.id,
            attempt: id,
            node: node.id,
            url: Arc::clone(&node.url),
            ignore_read_index: call.findings.ignore_read_index,
        });
        self.counters.add(Counter::Attempt);
        if let Some(origin) = attempt.origin {
            self.origins.request_sent(origin, id);
        }
        self.timers.set(attempt.due(), Timer::Attempt(id));
        self.attempts.insert(id, attempt);
        self.calls.insert(call.id, call);
    }

    /// A hedge, a silence or a timeout is due.
    pub(crate) fn attempt_is_due(&mut self, id: AttemptId, now: Timestamp) {
        let Some(attempt) = self.attempts.get_mut(&id) else { return };
        let due = |at: &mut Option<Timestamp>| at.take_if(|at| *at <= now).is_some();
        let (hedge, silent) = (due(&mut attempt.hedge_at), due(&mut attempt.silent_at));
        if attempt.timeout_at <= now {
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
        let Some(index) = self.nodes.index_of(attempt.node) else { return };
        let node = &self.nodes[index];
        let explained = node.traffic.answered_since(attempt.started) || node.reported.explains_silence(attempt.class);
        let outcome = Outcome::Failure { reason: FailureReason::Silent };
        if attempt.is_of_epoch(node.health.epoch) && !explained && self.may_blame(attempt.node, &outcome, now) {
            if let Some(call) = self.calls.get(&attempt.call) {
                self.home.caller_waited(now.since(call.submitted));
            }
            self.change_node(index, now, |node, cx| node.fell_silent(cx));
        }
    }

    fn attempt_timed_out(&mut self, id: AttemptId, silent: bool, now: Timestamp) {
        if silent {
            self.attempt_fell_silent(id, now);
        }
        let Some(mut attempt) = self.attempts.remove(&id) else { return };
        self.actions.push_back(Action::AbortAttempt { attempt: id });
        if attempt.lost {
            // It was kept for long enough. That it is cancelled is no fault of the node.
            self.release(id, &attempt);
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

    /// The call was answered: its other attempts are kept for a while, for what they say about their nodes.
    pub(crate) fn keep_losers(&mut self, attempts: &[AttemptId], now: Timestamp) {
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

    /// Cancels attempts that nobody waits for: no blame, no latency.
    pub(crate) fn abandon(&mut self, attempts: &[AttemptId]) {
        for id in attempts {
            if let Some(attempt) = self.attempts.remove(id) {
                self.release(*id, &attempt);
                self.actions.push_back(Action::AbortAttempt { attempt: *id });
            }
        }
    }

    /// Frees what a cancelled attempt held: its socket, and its place among those that wait for its node.
    fn release(&mut self, id: AttemptId, attempt: &Attempt) {
        self.origins.request_returned(attempt.origin, id);
        if let Some(index) = self.nodes.index_of(attempt.node) {
            self.nodes[index].traffic.returned();
            self.refresh_waiting(index, attempt.started);
        }
    }

    /// An attempt that began at `started` waits no more: finds the attempt that now waits longest for this node.
    pub(crate) fn refresh_waiting(&mut self, index: usize, started: Timestamp) {
        let node = &self.nodes[index];
        if !node.traffic.waits_since(started) {
            return;
        }
        let here = self.attempts.values().filter(|attempt| attempt.node == node.id);
        let waiting = here.filter(|attempt| {
            !attempt.slow && attempt.is_of_epoch(node.health.epoch) && !node.traffic.answered_since(attempt.started)
        });
        let oldest = waiting.min_by_key(|attempt| attempt.started).map(|attempt| (attempt.started, attempt.class));
        self.nodes[index].traffic.set_waiting(oldest);
    }
}
