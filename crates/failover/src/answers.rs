//! An attempt ended: what its outcome means for the node that was asked, and then for the call.

use std::sync::Arc;

use super::Failover;
use super::attempts::Attempt;
use super::call::{CallFailure, CallResult, Target};
use super::call_state::{Call, Waits};
use super::ids::{AttemptId, NodeId};
use super::journal::JournalEvent;
use super::outcome::{FailureReason, Outcome, Reply, Verdict, verdict};
use super::snapshot::Counter;
use super::stats::Class;
use super::time::Timestamp;

impl Failover {
    pub(crate) fn attempt_ended(&mut self, id: AttemptId, reply: &Reply, now: Timestamp) {
        // Unknown means given up already: its answer comes too late to matter.
        let Some(attempt) = self.attempts.remove(&id) else { return };
        if let Reply::Answer(answer) = reply {
            self.network_works(now);
            // A write may have been forwarded: its index is the leader's, not that of the node that answered.
            if let Some(index) = self.nodes.index_of(attempt.node).filter(|_| attempt.class == Class::Read) {
                self.nodes[index].reported.has_applied(answer.raft_index);
            }
            let for_leader = self.calls.get(&attempt.call).is_some_and(|call| call.spec.target == Target::Leader);
            if for_leader && (200..300).contains(&answer.status) {
                self.home.wrote(attempt.node);
            }
        }
        self.judge(id, attempt, &Outcome::of(reply), matches!(reply, Reply::Answer(_)), now);
    }

    /// Draws the consequences of an attempt's end, first for its node, then for its call.
    pub(crate) fn judge(&mut self, id: AttemptId, attempt: Attempt, outcome: &Outcome, answered: bool, now: Timestamp) {
        self.origins.request_returned(attempt.origin, id);
        // Taken out first: the rescue that the node's judgement may start is for the others.
        let call = if attempt.lost { None } else { self.calls.remove(&attempt.call) };
        if let Some(call) = &call {
            self.home.caller_waited(now.since(call.submitted));
        }
        self.judge_node(&attempt, outcome, now);
        let Some(mut call) = call else { return };
        let url = call.trace.find(id).map_or_else(|| Arc::from(""), |step| Arc::clone(&step.node));
        let ours = !self.is_foreign(attempt.node);
        call.attempt_ended(id, &url, outcome, answered && ours, now);
        if let Some(reason) = outcome.reason().filter(|_| *outcome != Outcome::Stale)
            && self.takes_journal_line(attempt.node)
        {
            let waited = now.since(attempt.started);
            self.record(now, JournalEvent::AttemptFailed { call: call.id, node: url, reason, waited });
        }
        self.follow_verdict(call, id, attempt.node, outcome, now);
    }

    /// Does with the call what the table of outcomes says.
    fn follow_verdict(&mut self, mut call: Call, id: AttemptId, node: NodeId, outcome: &Outcome, now: Timestamp) {
        match verdict(outcome, call.spec.replay) {
            // It was sent before the node was found to be of another cluster: what it reads there is not what was asked for.
            Verdict::Return if call.spec.read && self.is_foreign(node) => {
                call.make_next_move_free();
                self.go_on(call, now);
            }
            Verdict::Return => self.answer(call, id, now),
            Verdict::OutcomeUnknown => {
                let result = call.failure(now);
                self.complete(call, result, now);
            }
            Verdict::CannotBeSent(what) => {
                self.complete(call, CallResult::Failed(CallFailure::Unsendable(what)), now);
            }
            Verdict::AskAgain => {
                let at = now + self.backoff(&mut call);
                self.wait(call, Waits::ToAskAgain { at, node });
            }
            Verdict::FindLeader => self.find_leader(call, node, outcome, now),
            Verdict::OneRetryElsewhere if call.retries.error_retried => {
                self.complete(call, CallResult::Answered { attempt: id }, now);
            }
            Verdict::OneRetryElsewhere => {
                call.retry_after_error();
                self.go_on(call, now);
            }
            // It was not asked for an index, and says that it is behind one all the same: what it says is the answer.
            Verdict::NextNode
                if *outcome == Outcome::Stale && call.findings.ignore_read_index && call.live.is_empty() =>
            {
                self.answer(call, id, now);
            }
            Verdict::NextNode => self.go_on(call, now),
        }
    }

    /// This attempt brought what the caller asked for.
    fn answer(&mut self, call: Call, id: AttemptId, now: Timestamp) {
        self.budgets.call_answered(call.attempts() == 1);
        if call.hedge == Some(id) {
            self.counters.add(Counter::HedgeWon);
        }
        self.complete(call, CallResult::Answered { attempt: id }, now);
    }

    /// Draws the consequences of the end of a request for its node.
    fn judge_node(&mut self, attempt: &Attempt, outcome: &Outcome, now: Timestamp) {
        let Some(index) = self.nodes.index_of(attempt.node) else { return };
        let took = now.since(attempt.started);
        let blame = self.may_blame(attempt.node, outcome, now);
        self.change_node(index, now, |node, cx| {
            node.traffic.returned();
            if *outcome == Outcome::Delivered {
                node.stats.request_took(attempt.class, attempt.slow, took, now, cx.policy);
            }
            if !blame || !attempt.is_of_epoch(node.health.epoch) {
                return;
            }
            let stale = cx.policy.generations && node.health.is_of_older_generation(attempt.started);
            if outcome.is_failure() && stale {
                return;
            }
            // As with silence: a node that answers others is not dead, whatever became of this request. Without a quorum
            // every write times out, and reads go on.
            let timed_out = *outcome == Outcome::Failure { reason: FailureReason::TimedOut };
            if timed_out
                && (node.traffic.answered_since(attempt.started) || node.reported.explains_silence(attempt.class))
            {
                node.request_counts_against_it(cx);
            } else {
                node.request_ended(attempt.started, outcome, cx);
            }
        });
        self.refresh_waiting(index, attempt.started);
        if outcome.is_failure() {
            self.judge_success_rate(index, now);
        } else if self.nodes[index].tally.has_proved_itself(&self.policy) {
            self.trust_again(index, now);
        }
        if *outcome == Outcome::Delivered && attempt.class == Class::Read {
            self.judge_slowness(now);
        }
    }

    /// Whether the journal takes one more line about requests that failed at this node.
    pub(crate) fn takes_journal_line(&mut self, node: NodeId) -> bool {
        self.nodes.index_of(node).is_none_or(|index| self.nodes[index].take_journal_line())
    }
}
