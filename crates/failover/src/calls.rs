//! A call from its submission to its completion.

use std::sync::Arc;
use std::time::Duration;

use super::call::{Attempt, Call, Waits, Why};
use super::figures::Class;
use super::node::{FailureReason, NodeId};
use super::outcome::{Outcome, Replay, Reply, Verdict, verdict};
use super::policy::{LINES_AN_EPISODE, SPARE_BUFFERS};
use super::snapshot::ClusterMode;
use super::time::Timestamp;
use super::timers::Timer;
use super::{Action, AttemptId, CallFailure, CallId, CallResult, CallSpec, Completion, Failover, JournalEvent};

impl Failover {
    pub(super) fn submit(&mut self, id: CallId, spec: CallSpec, now: Timestamp) {
        let buffers = self.spare_buffers.pop().unwrap_or_default();
        let mut call = Call::new(id, spec, buffers, now, &self.policy);
        if self.nodes.len() == 1 {
            // There is no second opinion to be had.
            call.tried.clear();
        }
        if self.nodes.is_empty() {
            self.complete(call, CallResult::Failed(CallFailure::NoNodes), now);
            return;
        }
        if matches!(self.mode(), ClusterMode::Outage { .. }) {
            self.outage_turn = self.outage_turn.wrapping_add(1);
        }
        if !call.spec.background {
            self.make_up_for_checks(now);
            if self.darkness.is_some() {
                self.look_again(now);
            }
        }
        self.go_on(call, now);
    }

    /// The caller turned away: nobody is to blame, and nothing more is sent.
    pub(super) fn cancel(&mut self, id: CallId, now: Timestamp) {
        if let Some(call) = self.calls.remove(&id) {
            self.abandon(&call.live, now);
            self.recycle(call);
        }
    }

    /// Keeps the buffers of a call that has ended: as many as are in use at once, within reason.
    fn recycle(&mut self, call: Call) {
        if self.spare_buffers.len() < SPARE_BUFFERS {
            self.spare_buffers.push(call.into_buffers());
        }
    }

    pub(super) fn attempt_ended(&mut self, id: AttemptId, reply: &Reply, now: Timestamp) {
        // Unknown means given up already: its answer comes too late to matter.
        let Some(attempt) = self.attempts.remove(&id) else { return };
        if let Reply::Answer(answer) = reply {
            self.network_works(now);
            // A write may have been forwarded: its index is the leader's, not that of the node that answered.
            if let Some(index) = self.index_of(attempt.node).filter(|_| attempt.class == Class::Read) {
                self.nodes[index].has_applied(answer.raft_index);
            }
        }
        self.judge(id, attempt, &Outcome::of(reply), matches!(reply, Reply::Answer(_)), now);
    }

    /// Draws the consequences of an attempt's end, first for its node, then for its call.
    pub(super) fn judge(&mut self, id: AttemptId, attempt: Attempt, outcome: &Outcome, answered: bool, now: Timestamp) {
        self.attempt_is_back(id, attempt.origin);
        // Taken out first: the rescue that the node's judgement may start is for the others.
        let call = if attempt.lost { None } else { self.calls.remove(&attempt.call) };
        if let Some(call) = &call {
            self.mover_waited = Some(now.since(call.submitted));
        }
        self.node_heard(&attempt, outcome, now);
        let Some(mut call) = call else { return };
        let url = call.trace.iter().find(|step| step.attempt == id).map(|step| Arc::clone(&step.node));
        let url = url.unwrap_or_else(|| Arc::from(""));
        call.note(id, &url, outcome, answered, now);
        if let (Some(reason), true) = (outcome.reason(), *outcome != Outcome::Stale) {
            let waited = now.since(attempt.started);
            if self.worth_a_line(attempt.node) {
                self.record(now, JournalEvent::AttemptFailed { call: call.id, node: url, reason, waited });
            }
        }
        match verdict(outcome, call.spec.replay) {
            Verdict::Return => self.answer(call, id, now),
            Verdict::OutcomeUnknown => {
                let result = call.failure(now);
                self.complete(call, result, now);
            }
            Verdict::AskAgain => {
                let at = now + self.backoff(&mut call);
                self.wait(call, Waits::ToAskAgain { at, node: attempt.node });
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

    /// This attempt brought what the caller asked for.
    fn answer(&mut self, call: Call, id: AttemptId, now: Timestamp) {
        self.hedge_budget.refill();
        if call.attempts() == 1 {
            self.retry_budget.refill();
        }
        if call.hedge == Some(id) {
            self.counters.hedges_won += 1;
        }
        self.complete(call, CallResult::Answered { attempt: id }, now);
    }

    /// Tells the node of the end of a request to it.
    fn node_heard(&mut self, attempt: &Attempt, outcome: &Outcome, now: Timestamp) {
        let Some(index) = self.index_of(attempt.node) else { return };
        let took = now.since(attempt.started);
        let blame = self.may_blame(attempt.node, outcome, now);
        let current_epoch = self.nodes[index].epoch == attempt.epoch;
        let attempt = *attempt;
        // As with silence: a node that answers others is not dead, whatever became of this request. Without a quorum
        // every write times out, and reads go on.
        let timed_out = matches!(outcome, Outcome::Failure { reason: FailureReason::TimedOut });
        let node = &self.nodes[index];
        let answers_others = timed_out
            && (node.last_success.is_some_and(|at| at > attempt.started) || node.has_no_quorum_for(attempt.class));
        self.change_node(index, now, |node, policy, random| {
            node.pending = node.pending.saturating_sub(1);
            if *outcome == Outcome::Delivered {
                node.figures.request_took(attempt.class, attempt.slow, took, now, policy);
            }
            if !current_epoch || !blame {
                return;
            }
            if answers_others {
                node.timed_out_beside_others(now);
            } else {
                node.request_ended(outcome, now, policy, random);
            }
        });
        self.refresh_waiting(index, attempt.started);
    }

    /// The node was well, but not the leader: nothing was applied and nobody is to blame.
    fn find_leader(&mut self, mut call: Call, from: NodeId, outcome: &Outcome, now: Timestamp) {
        let hint = self.hinted_leader(outcome);
        self.check_leadership(from, hint, now);
        if self.required.is_some() {
            self.give_up(call, now);
            return;
        }
        if let Some(index) = hint
            && call.leader_hops < self.policy.leader_hops
            && self.nodes[index].id != from
            && self.nodes[index].state().usable()
            && !self.is_hopeful(&call)
        {
            call.leader_hops += 1;
            self.record_hop(&call, from, index, now);
            self.start_or_queue(call, index, Why::LeaderHop, now);
            return;
        }
        call.next_is_free = true;
        if let Some(index) = self.choose(&call, now).filter(|_| !self.is_hopeful(&call)) {
            self.record_hop(&call, from, index, now);
            self.start_or_queue(call, index, Why::LeaderHop, now);
            return;
        }
        // Nobody is the leader: an election is under way. The deadline bounds the wait.
        self.pause_for_round(call, None, now);
    }

    /// What the nodes last said about the leader is out of date: ask those concerned, at most once a second.
    fn check_leadership(&mut self, from: NodeId, hint: Option<usize>, now: Timestamp) {
        for index in self.index_of(from).into_iter().chain(hint) {
            let checked = self.nodes[index].last_checked;
            // A failed node that followers name may be back; or it is dead, and they have not noticed.
            let usable = self.nodes[index].state().usable();
            let pause = if usable { self.policy.probe_timeout } else { self.policy.hinted_check_pause };
            if self.visible && checked.is_none_or(|at| now.since(at) >= pause) {
                self.ask_for_probe(index, now);
            }
        }
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
                from: Arc::clone(&self.nodes[from].url),
                to: Arc::clone(&self.nodes[to].url),
            };
            self.record(now, event);
        }
    }

    /// Sends the call to the next node, lets it wait, or ends it.
    pub(super) fn go_on(&mut self, mut call: Call, now: Timestamp) {
        if !call.live.is_empty() && !self.worth_another(&call, now) {
            // What is still out may bring the answer.
            self.put_back(call);
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
            None if call.met_stale && !call.ignore_read_index => {
                // Every node is behind: the freshest answer is better than none, and is marked.
                call.ignore_read_index = true;
                call.tried.clear();
                self.go_on(call, now);
            }
            None => self.nowhere_to_go(call, now),
        }
    }

    /// Every node that may be asked was asked.
    fn nowhere_to_go(&mut self, call: Call, now: Timestamp) {
        // The failure that brought the call here may have been that of the last usable node.
        self.notice_darkness(now);
        let alone = self.required.is_some() || self.local_fault_since().is_some();
        if !alone {
            self.look_again(now);
        }
        let wait = self.shortest_hold(&call, now);
        let out_of_rounds = call.round >= self.policy.rounds && wait.is_none() && !call.next_is_free;
        if self.looking() && !alone {
            self.wait_for_the_look(call);
        } else if self.spent(&call) || out_of_rounds || alone || self.nodes.is_empty() {
            self.give_up(call, now);
        } else {
            self.pause_for_round(call, wait, now);
        }
    }

    /// Whether a call with attempts out should not rely on them: none is with a usable node, and another is there.
    fn worth_another(&self, call: &Call, now: Timestamp) -> bool {
        let hope = |index: usize| self.nodes[index].gives_hope();
        !self.is_hopeful(call) && self.choose(call, now).is_some_and(hope)
    }

    /// How long until the first of the nodes that asked to be left alone may be asked again. At most what is left of
    /// the patience of a person.
    fn shortest_hold(&self, call: &Call, now: Timestamp) -> Option<Duration> {
        let holds = self.nodes.iter().filter(|node| node.state().usable()).filter_map(|node| node.held_until);
        let patience = self.policy.retry_after_person.saturating_sub(call.held_for);
        let shortest = holds.filter(|until| *until > now).min().map(|until| until.since(now).min(patience));
        shortest.filter(|wait| !wait.is_zero())
    }

    /// Waits before every node may be tried again; ends the call when its deadline comes first.
    pub(super) fn pause_for_round(&mut self, mut call: Call, hold: Option<Duration>, now: Timestamp) {
        let backoff = self.backoff(&mut call);
        call.held_for = call.held_for.saturating_add(hold.unwrap_or_default());
        call.round += 1;
        call.tried.clear();
        self.pause(call, hold.unwrap_or_default().max(backoff), now);
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
    fn backoff(&mut self, call: &mut Call) -> Duration {
        let most = if call.next_is_free { self.policy.election_pause_max } else { self.policy.backoff_max };
        let pause = self.policy.backoff_first.saturating_mul(1 << call.backoffs.min(16)).min(most);
        call.backoffs += 1;
        self.random.between(pause / 2, pause)
    }

    /// Moves a call to a further node, if it may: the first move is free when the node there is known to be well,
    /// everything else is paid for. Who cannot pay waits until others have succeeded.
    pub(super) fn send_on(&mut self, mut call: Call, index: usize, why: Why, now: Timestamp) {
        if call.spec.with_headers && !self.origin_has_room(self.nodes[index].origin) {
            self.wait_for_origin(call, self.nodes[index].origin, now);
            return;
        }
        let free = std::mem::take(&mut call.next_is_free) || (!call.moved && self.nodes[index].welcomes_movers());
        if free || self.retry_budget.take() {
            call.moved = true;
            self.counters.moves += 1;
            self.record_move(&call, index, now);
            self.start_attempt(call, index, why, now);
            return;
        }
        if !std::mem::replace(&mut call.budget_refused, true) {
            self.counters.budget_refused += 1;
            self.record(now, JournalEvent::BudgetRefused { call: call.id });
        }
        if !call.live.is_empty() {
            // What becomes of its node may give another occasion.
            call.rescued = false;
            self.put_back(call);
        } else {
            let backoff = self.backoff(&mut call);
            if now + backoff >= call.deadline && self.nodes[index].gives_hope() {
                // Who has waited for that long is not turned away unasked.
                self.start_attempt(call, index, why, now);
            } else {
                self.pause(call, backoff, now);
            }
        }
    }

    /// Sends the call there, as soon as its origin has room.
    fn start_or_queue(&mut self, call: Call, index: usize, why: Why, now: Timestamp) {
        let origin = self.nodes[index].origin;
        if call.spec.with_headers && !self.origin_has_room(origin) {
            self.wait_for_origin(call, origin, now);
        } else {
            self.start_attempt(call, index, why, now);
        }
    }

    fn record_move(&mut self, call: &Call, to: usize, now: Timestamp) {
        let (Some(reason), Some(last)) = (call.last_reason, call.trace.last()) else { return };
        let from = self.attempts.get(&last.attempt).map(|attempt| attempt.node).or(call.tried.last().copied());
        if !from.is_none_or(|node| self.worth_a_line(node)) {
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

    /// Whether the journal takes one more line about requests that failed at this node. A thousand requests caught on
    /// one dying node must not push its story out of the ring.
    fn worth_a_line(&mut self, node: NodeId) -> bool {
        let Some(index) = self.index_of(node) else { return true };
        let node = &mut self.nodes[index];
        node.lines += 1;
        node.lines <= LINES_AN_EPISODE
    }

    fn wait(&mut self, mut call: Call, waits: Waits) {
        call.waits = Some(waits);
        self.put_back(call);
    }

    /// Keeps the call, with a timer when nothing that is out will wake it.
    pub(super) fn put_back(&mut self, call: Call) {
        if let Some(at) = call.due() {
            self.timers.set(at, Timer::Call(call.id));
        }
        if call.waits == Some(Waits::ForTheCluster) {
            self.parked += 1;
        }
        self.calls.insert(call.id, call);
    }

    /// What a call waited for has come, or its deadline has.
    pub(super) fn call_is_due(&mut self, id: CallId, now: Timestamp) {
        let Some(mut call) = self.calls.remove(&id) else { return };
        let waited_for = call.waits.take();
        if call.deadline <= now {
            self.give_up(call, now);
            return;
        }
        if let Some(Waits::ToAskAgain { node, .. }) = waited_for
            && let Some(index) = self.index_of(node)
            && call.live.is_empty()
            && self.nodes[index].state().usable()
        {
            self.start_or_queue(call, index, Why::AskedAgain, now);
            return;
        }
        self.go_on(call, now);
    }

    /// No attempt is left that could answer the call, or no time.
    fn give_up(&mut self, mut call: Call, now: Timestamp) {
        if call.spec.replay != Replay::Repeatable
            && let Some(step) = call.trace.iter().rev().find(|step| call.live.contains(&step.attempt))
        {
            call.maybe_applied = Some(Arc::clone(&step.node));
        }
        let mut result = call.failure(now);
        if let Some(required) = self.requirement(now)
            && matches!(result, CallResult::Failed(CallFailure::Unreachable | CallFailure::TimedOut))
        {
            let node = Arc::clone(&self.nodes[required].url);
            result = CallResult::Failed(CallFailure::RequiredNode { node });
        }
        self.complete(call, result, now);
    }

    fn complete(&mut self, mut call: Call, result: CallResult, now: Timestamp) {
        if matches!(result, CallResult::Answered { .. }) {
            self.listen_on(&call.live, now);
        } else {
            self.abandon(&call.live, now);
        }
        let waited = now.since(call.submitted);
        if matches!(result, CallResult::Failed(_)) {
            let event = JournalEvent::CallFailed { call: call.id, waited, attempts: call.attempts() };
            self.record(now, event);
        }
        let completion = Completion { result, trace: std::mem::take(&mut call.trace), waited };
        self.actions.push_back(Action::Complete { call: call.id, completion });
        self.recycle(call);
    }
}
