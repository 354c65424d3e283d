//! A call from its submission to its completion.

use std::rc::Rc;
use std::time::Duration;

use super::call::{Attempt, Call, Pause};
use super::node::{FailureReason, NodeId};
use super::outcome::{Outcome, Replay, Reply, Verdict, verdict};
use super::snapshot::ClusterMode;
use super::time::Timestamp;
use super::{
    Action, AttemptId, CallFailure, CallId, CallResult, CallSpec, Completion, Failover, JournalEvent, TraceStep,
};

impl Failover {
    pub(super) fn submit(&mut self, id: CallId, spec: CallSpec, now: Timestamp) {
        let call = Call::new(id, spec, now, &self.policy);
        if self.nodes.is_empty() {
            self.complete(call, CallResult::Failed(CallFailure::NoNodes), now);
            return;
        }
        if matches!(self.mode(), ClusterMode::Outage { .. }) {
            self.outage_turn = self.outage_turn.wrapping_add(1);
        }
        self.go_on(call, now);
    }

    /// The caller turned away: nobody is to blame, and nothing more is sent.
    pub(super) fn cancel(&mut self, id: CallId, _now: Timestamp) {
        if let Some(call) = self.calls.remove(&id) {
            self.abandon(&call.live);
        }
    }

    pub(super) fn attempt_ended(&mut self, id: AttemptId, reply: &Reply, now: Timestamp) {
        // Unknown means given up already: its answer comes too late to matter.
        let Some(attempt) = self.attempts.remove(&id) else { return };
        let answered = matches!(reply, Reply::Answer(_));
        self.judge(id, attempt, &Outcome::of(reply), answered, now);
    }

    /// Draws the consequences of an attempt's end, first for its node, then for its call.
    fn judge(&mut self, id: AttemptId, attempt: Attempt, outcome: &Outcome, answered: bool, now: Timestamp) {
        let Some(mut call) = self.calls.remove(&attempt.call) else { return };
        self.mover_waited = Some(now.since(call.submitted));
        let url = self.node_heard(&call, attempt, outcome, now);
        call.note(id, &url, outcome, answered, now);
        if let (Some(reason), true) = (outcome.reason(), *outcome != Outcome::Stale) {
            let waited = now.since(attempt.started);
            self.record(now, JournalEvent::AttemptFailed { call: call.id, node: url, reason, waited });
        }
        // The rescue that a judgement of the node may have started needs the call back in its place.
        match verdict(outcome, call.spec.replay) {
            Verdict::Return => self.complete(call, CallResult::Answered { attempt: id }, now),
            Verdict::OutcomeUnknown => {
                let result = call.failure(now);
                self.complete(call, result, now);
            }
            Verdict::AskAgain => {
                let until = now + self.backoff(&mut call);
                call.pause = Some(Pause { until, same_node: Some(attempt.node) });
                self.calls.insert(call.id, call);
            }
            Verdict::FindLeader => self.find_leader(call, attempt.node, outcome, now),
            Verdict::OneRetryElsewhere if call.error_retried => {
                self.complete(call, CallResult::Answered { attempt: id }, now);
            }
            Verdict::OneRetryElsewhere => {
                call.error_retried = true;
                self.go_on(call, now);
            }
            Verdict::NextNode => self.go_on(call, now),
        }
    }

    /// Tells the node of the end of a request to it. Returns its URL, also when it is no longer in the list.
    fn node_heard(&mut self, call: &Call, attempt: Attempt, outcome: &Outcome, now: Timestamp) -> Rc<str> {
        let Some(index) = self.index_of(attempt.node) else {
            let step = call.trace.iter().rev().find(|step| call.live.contains(&step.attempt));
            return step.map_or_else(|| Rc::from(""), |step| Rc::clone(&step.node));
        };
        let spec = call.spec;
        let took = now.since(attempt.started);
        let current_epoch = self.nodes[index].epoch == attempt.epoch;
        self.change_node(index, now, |node, policy, random| {
            node.pending = node.pending.saturating_sub(1);
            if *outcome == Outcome::Delivered {
                node.measured(spec.class(), spec.slow, took, now);
            }
            if current_epoch {
                node.request_ended(outcome, now, policy, random);
            }
        });
        Rc::clone(&self.nodes[index].url)
    }

    /// The node was well, but not the leader: nothing was applied and nobody is to blame.
    fn find_leader(&mut self, mut call: Call, from: NodeId, outcome: &Outcome, now: Timestamp) {
        let hint = self.hinted_leader(outcome);
        if let Some(index) = hint
            && call.leader_hops < self.policy.leader_hops
            && self.nodes[index].id != from
            && self.nodes[index].state().usable()
            && call.live.is_empty()
        {
            call.leader_hops += 1;
            self.record_hop(&call, from, index, now);
            self.start_attempt(call, index, now);
            return;
        }
        if let Some(index) = self.choose(&call, now).filter(|_| call.live.is_empty()) {
            self.record_hop(&call, from, index, now);
            self.start_attempt(call, index, now);
            return;
        }
        // Nobody is the leader: an election is under way. The deadline bounds the wait.
        self.pause_for_round(call, None, now);
    }

    /// The node that the answer names as leader. A hint is followed only when it maps to a node of the list.
    fn hinted_leader(&self, outcome: &Outcome) -> Option<usize> {
        let Outcome::NotLeader { leader_url, leader_id } = outcome else { return None };
        let by_url = leader_url.as_ref().and_then(|url| self.nodes.iter().position(|node| node.url == *url));
        let by_id = || {
            let named = |id: u64| {
                self.nodes.iter().position(|node| node.health.as_ref().is_some_and(|own| own.node_id == Some(id)))
            };
            leader_id.and_then(named)
        };
        by_url.or_else(by_id)
    }

    fn record_hop(&mut self, call: &Call, from: NodeId, to: usize, now: Timestamp) {
        if let Some(from) = self.index_of(from) {
            let event = JournalEvent::LeaderHop {
                call: call.id,
                from: Rc::clone(&self.nodes[from].url),
                to: Rc::clone(&self.nodes[to].url),
            };
            self.record(now, event);
        }
    }

    /// Sends the call to the next node, lets it wait, or ends it.
    fn go_on(&mut self, mut call: Call, now: Timestamp) {
        if !call.live.is_empty() && !self.worth_another(&call, now) {
            // What is still out may bring the answer.
            self.calls.insert(call.id, call);
            return;
        }
        if now >= call.deadline {
            let result = call.failure(now);
            self.complete(call, result, now);
            return;
        }
        match self.choose(&call, now) {
            Some(index) => {
                self.record_move(&call, index, now);
                self.start_attempt(call, index, now);
            }
            None if self.all_stale(&call) => {
                // Every node is behind: the freshest answer is better than none, and is marked.
                call.ignore_read_index = true;
                call.tried.clear();
                self.go_on(call, now);
            }
            None => {
                let wait = self.shortest_hold(now);
                let outage = !matches!(self.mode(), ClusterMode::Normal | ClusterMode::Degraded);
                let last_chance = call.attempts() >= if outage { 2 } else { u32::MAX };
                let out_of_rounds = call.round >= self.policy.rounds && wait.is_none();
                if last_chance || out_of_rounds || matches!(self.mode(), ClusterMode::Outage { .. }) {
                    let result = call.failure(now);
                    self.complete(call, result, now);
                } else {
                    self.pause_for_round(call, wait, now);
                }
            }
        }
    }

    /// Whether a call with attempts out should not rely on them: none is with a usable node, and another is there.
    fn worth_another(&self, call: &Call, now: Timestamp) -> bool {
        let usable = |index: usize| self.nodes[index].state().usable();
        let nodes = call.live.iter().filter_map(|id| self.attempts.get(id)).map(|attempt| attempt.node);
        let hopeful = nodes.filter_map(|node| self.index_of(node)).any(usable);
        !hopeful && self.choose(call, now).is_some_and(usable)
    }

    fn all_stale(&self, call: &Call) -> bool {
        call.last_reason == Some(FailureReason::Status(425)) && !call.ignore_read_index
    }

    /// How long until the first of the nodes that asked to be left alone may be asked again.
    fn shortest_hold(&self, now: Timestamp) -> Option<Duration> {
        let holds = self.nodes.iter().filter(|node| node.state().usable()).filter_map(|node| node.held_until);
        holds.filter(|until| *until > now).min().map(|until| until.since(now).min(self.policy.retry_after_person))
    }

    /// Waits before every node may be tried again; ends the call when its deadline comes first.
    fn pause_for_round(&mut self, mut call: Call, at_least: Option<Duration>, now: Timestamp) {
        let backoff = self.backoff(&mut call);
        let until = now + at_least.unwrap_or_default().max(backoff);
        if until >= call.deadline && call.live.is_empty() {
            let result = call.failure(now);
            self.complete(call, result, now);
            return;
        }
        call.round += 1;
        call.tried.clear();
        call.pause = Some(Pause { until, same_node: None });
        self.calls.insert(call.id, call);
    }

    /// The next pause of this call: doubling, with jitter.
    fn backoff(&mut self, call: &mut Call) -> Duration {
        let pause = self.policy.backoff_first.saturating_mul(1 << call.backoffs.min(16)).min(self.policy.backoff_max);
        call.backoffs += 1;
        self.random.between(pause / 2, pause)
    }

    fn record_move(&mut self, call: &Call, to: usize, now: Timestamp) {
        let (Some(reason), Some(last)) = (call.last_reason, call.trace.last()) else { return };
        let event = JournalEvent::RequestMoved {
            call: call.id,
            from: Rc::clone(&last.node),
            to: Rc::clone(&self.nodes[to].url),
            reason,
            waited: now.since(call.submitted),
        };
        self.record(now, event);
    }

    fn start_attempt(&mut self, mut call: Call, index: usize, now: Timestamp) {
        let id = self.attempt_id();
        let left = call.deadline.since(now);
        let timeout = call.spec.attempt_timeout.unwrap_or(self.policy.attempt_timeout).min(left);
        let silence = self.nodes[index].silence(call.spec.class(), &self.policy);
        let node = &mut self.nodes[index];
        node.pending += 1;
        self.attempts.insert(
            id,
            Attempt {
                call: call.id,
                node: node.id,
                epoch: node.epoch,
                started: now,
                timeout_at: now + timeout,
                silent_at: (!call.spec.slow).then_some(now + silence),
            },
        );
        call.live.push(id);
        call.tried.push(node.id);
        call.pause = None;
        call.trace.push(TraceStep {
            attempt: id,
            node: Rc::clone(&node.url),
            started_after: now.since(call.submitted),
            ended_after: None,
            reason: None,
        });
        self.actions.push_back(Action::StartAttempt {
            call: call.id,
            attempt: id,
            node: node.id,
            url: Rc::clone(&node.url),
            ignore_read_index: call.ignore_read_index,
        });
        self.calls.insert(call.id, call);
    }

    fn complete(&mut self, call: Call, result: CallResult, now: Timestamp) {
        self.abandon(&call.live);
        let waited = now.since(call.submitted);
        if matches!(result, CallResult::Failed(_)) {
            let event = JournalEvent::CallFailed { call: call.id, waited, attempts: call.attempts() };
            self.record(now, event);
        }
        let completion = Completion { result, trace: call.trace, waited };
        self.actions.push_back(Action::Complete { call: call.id, completion });
    }

    /// Gives up attempts that nobody waits for: no blame, no latency.
    fn abandon(&mut self, attempts: &[AttemptId]) {
        for id in attempts {
            if let Some(attempt) = self.attempts.remove(id) {
                if let Some(index) = self.index_of(attempt.node) {
                    self.nodes[index].pending = self.nodes[index].pending.saturating_sub(1);
                }
                self.actions.push_back(Action::AbortAttempt { attempt: *id });
            }
        }
    }

    /// The node is not trusted any more: whoever waits for it and may ask elsewhere does so now, once.
    pub(super) fn rescue_calls_on(&mut self, node: NodeId, now: Timestamp) {
        let waiting: Vec<CallId> =
            self.attempts.values().filter(|attempt| attempt.node == node).map(|attempt| attempt.call).collect();
        for id in waiting {
            let Some(call) = self.calls.get_mut(&id) else { continue };
            if call.rescued || call.spec.slow || call.spec.replay == Replay::Once || call.live.len() > 1 {
                continue;
            }
            call.rescued = true;
            let Some(mut call) = self.calls.remove(&id) else { continue };
            match self.choose(&call, now).filter(|index| self.nodes[*index].state().usable()) {
                Some(index) => {
                    call.last_reason = Some(FailureReason::Silent);
                    self.mover_waited = Some(now.since(call.submitted));
                    self.record_move(&call, index, now);
                    self.start_attempt(call, index, now);
                }
                None => {
                    self.calls.insert(id, call);
                }
            }
        }
    }

    /// Timeouts, silences, pauses and deadlines that are due.
    pub(super) fn tick_calls(&mut self, now: Timestamp) {
        let due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        let silent: Vec<AttemptId> =
            self.attempts.iter().filter(|(_, attempt)| due(attempt.silent_at)).map(|(id, _)| *id).collect();
        for id in silent {
            self.attempt_fell_silent(id, now);
        }
        let late: Vec<AttemptId> =
            self.attempts.iter().filter(|(_, attempt)| attempt.timeout_at <= now).map(|(id, _)| *id).collect();
        for id in late {
            self.attempt_timed_out(id, now);
        }
        let rested: Vec<CallId> = self
            .calls
            .values()
            .filter(|call| due(call.pause.map(|pause| pause.until)) || call.deadline <= now)
            .map(|call| call.id)
            .collect();
        for id in rested {
            let Some(mut call) = self.calls.remove(&id) else { continue };
            let same_node = call.pause.take().and_then(|pause| pause.same_node);
            if call.deadline <= now {
                self.give_up_late(call, now);
            } else if let Some(index) = same_node.and_then(|node| self.index_of(node)).filter(|_| call.live.is_empty())
            {
                self.start_attempt(call, index, now);
            } else {
                self.go_on(call, now);
            }
        }
    }

    fn attempt_fell_silent(&mut self, id: AttemptId, now: Timestamp) {
        let Some(attempt) = self.attempts.get_mut(&id) else { return };
        attempt.silent_at = None;
        let attempt = *attempt;
        let Some(index) = self.index_of(attempt.node) else { return };
        let node = &self.nodes[index];
        let answered_since = node.last_success.is_some_and(|at| at > attempt.started);
        if node.epoch == attempt.epoch && !answered_since {
            if let Some(call) = self.calls.get(&attempt.call) {
                self.mover_waited = Some(now.since(call.submitted));
            }
            self.change_node(index, now, |node, policy, random| node.fell_silent(now, policy, random));
        }
    }

    fn attempt_timed_out(&mut self, id: AttemptId, now: Timestamp) {
        let Some(mut attempt) = self.attempts.remove(&id) else { return };
        self.actions.push_back(Action::AbortAttempt { attempt: id });
        let full = self.calls.get(&attempt.call).and_then(|call| call.spec.attempt_timeout);
        let full = full.unwrap_or(self.policy.attempt_timeout);
        if now.since(attempt.started) < full.min(self.policy.probe_timeout) {
            // The call's deadline cut it short: too little time to say anything about the node.
            attempt.epoch = u32::MAX;
        }
        self.judge(id, attempt, &Outcome::Failure { reason: FailureReason::TimedOut }, false, now);
    }

    /// The deadline passed while attempts were out, or while the call waited.
    fn give_up_late(&mut self, mut call: Call, now: Timestamp) {
        if call.spec.replay != Replay::Repeatable
            && let Some(step) = call.trace.iter().rev().find(|step| call.live.contains(&step.attempt))
        {
            call.maybe_applied = Some(Rc::clone(&step.node));
        }
        let result = call.failure(now);
        self.complete(call, result, now);
    }

    pub(super) fn calls_wakeup(&self) -> Option<Timestamp> {
        let attempts =
            self.attempts.values().flat_map(|attempt| [Some(attempt.timeout_at), attempt.silent_at]).flatten();
        let calls =
            self.calls.values().flat_map(|call| [Some(call.deadline), call.pause.map(|pause| pause.until)]).flatten();
        attempts.chain(calls).min()
    }
}
