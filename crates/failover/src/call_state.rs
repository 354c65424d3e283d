//! A call under way: where it was sent, what came of it, what it may still do, and what it waits for.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use super::call::{CallFailure, CallResult, CallSpec, Trace, TraceStep, Why};
use super::ids::{AttemptId, CallId, NodeId, OriginId};
use super::node::Node;
use super::outcome::{FailureReason, Outcome, Replay};
use super::policy::{Policy, SPARE_BUFFERS};
use super::time::Timestamp;

/// What a call that sends nothing now waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Waits {
    /// For a point in time; then whichever node is chosen.
    Until(Timestamp),
    /// For a point in time; then this node again, with the same key.
    ToAskAgain { at: Timestamp, node: NodeId },
    /// For room at this origin.
    ForOrigin(OriginId),
    /// For a leader to be elected: until one is known, or the next node is asked.
    ForLeader(Timestamp),
    /// Until any node answers again.
    ForTheCluster,
    /// For what the recheck of all nodes finds.
    ForRecheck,
}

/// What a call may still do beside its first attempt.
#[derive(Debug, Default, Hash)]
pub(crate) struct Retries {
    /// Completed rounds over all nodes.
    pub rounds: u32,
    /// The exponent of the next pause.
    backoffs: u32,
    /// The one retry after an error was made.
    pub error_retried: bool,
    /// The one rescue from a node that is not trusted any more was made.
    pub rescued: bool,
    /// The first move, which may be free, was made.
    pub moved: bool,
    /// What comes next is no retry: the call waits for an election, or was called by a node that came back.
    pub next_is_free: bool,
    /// The retry budget refused it a move.
    budget_refused: bool,
    /// How long nodes that asked to be left alone (429, 503) have made it wait so far.
    pub held_for: Duration,
}

/// The search of a call for the leader.
#[derive(Debug, Default, Hash)]
pub(crate) struct LeaderSearch {
    /// Hops to a node that another one named.
    hops: u32,
    /// Every node has denied that it leads: a pause comes before each further one.
    paused: bool,
    /// Who has named whom: the same words a second time are no news.
    named: Vec<(NodeId, NodeId)>,
}

impl LeaderSearch {
    /// Whether every node has denied that it leads, so that a pause comes before each further one.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// `from` names `leader`: whether the call goes there at once. It does so for news, a few times at first, and once
    /// after each pause.
    pub fn follows(&mut self, from: NodeId, leader: NodeId, policy: &Policy) -> bool {
        let allowed = self.is_paused() || self.hops < policy.leader_hops;
        if !allowed || self.named.contains(&(from, leader)) {
            return false;
        }
        self.named.push((from, leader));
        self.hops += 1;
        true
    }

    /// The longest pause before the next node is asked, by a call that was sent `attempts` times so far.
    pub fn next_pause(&mut self, attempts: u32, policy: &Policy) -> Duration {
        let beyond_the_first = attempts.saturating_sub(policy.hops_a_pause.saturating_sub(1));
        let doublings = (beyond_the_first / policy.hops_a_pause.max(1)).min(16);
        self.paused = true;
        policy.election_pause_first.saturating_mul(1 << doublings).min(policy.election_pause_max)
    }
}

/// What the attempts of a call have shown so far.
#[derive(Debug, Default, Hash)]
pub(crate) struct Findings {
    /// A node was behind the read index.
    pub met_stale: bool,
    /// Every node was behind the read index: the next attempt asks without it.
    pub ignore_read_index: bool,
    /// The last attempt that brought an answer, which is handed over when nothing better comes.
    last_answer: Option<AttemptId>,
    pub last_reason: Option<FailureReason>,
    /// The last node that answered said that it is not the leader.
    no_leader: bool,
    /// A write may have been applied by this node, though it did not say so.
    maybe_applied: Option<Arc<str>>,
}

/// A call under way.
#[derive(Debug)]
pub(crate) struct Call {
    pub id: CallId,
    pub spec: CallSpec,
    pub submitted: Timestamp,
    pub deadline: Timestamp,
    /// How long it may take, when nothing sleeps.
    length: Duration,
    /// Attempts that are out now. More than one only while a hedge or a rescue is under way.
    pub live: Vec<AttemptId>,
    /// Nodes tried in this round.
    pub tried: Vec<NodeId>,
    pub trace: Trace,
    /// The attempt that was sent beside a slow one.
    pub hedge: Option<AttemptId>,
    /// Where it goes first in place of its home: that one is slow, or this one is on trial.
    pub sampled: Option<NodeId>,
    pub retries: Retries,
    pub leader_search: LeaderSearch,
    pub findings: Findings,
    pub waits: Option<Waits>,
}

impl Call {
    pub fn new(id: CallId, spec: CallSpec, buffers: Buffers, now: Timestamp, policy: &Policy) -> Self {
        let Buffers { live, mut tried } = buffers;
        tried.extend(spec.avoid);
        Self {
            id,
            spec,
            submitted: now,
            deadline: now + spec.deadline(policy),
            length: spec.deadline(policy),
            live,
            tried,
            trace: Trace::default(),
            hedge: None,
            sampled: None,
            retries: Retries::default(),
            leader_search: LeaderSearch::default(),
            findings: Findings::default(),
            waits: None,
        }
    }

    /// It goes to this node first.
    pub fn sample(&mut self, node: Option<NodeId>) {
        self.sampled = node;
    }

    /// An attempt was sent to `node`.
    pub fn sent(&mut self, attempt: AttemptId, node: &Node, why: Why, now: Timestamp) {
        self.live.push(attempt);
        self.tried.push(node.id);
        self.waits = None;
        if why == Why::Hedged {
            self.hedge = Some(attempt);
        }
        self.trace.push(TraceStep {
            attempt,
            node: Arc::clone(&node.url),
            why,
            started_after: now.since(self.submitted),
            ended_after: None,
            reason: None,
        });
    }

    /// Its deadline moves by what the page slept, in all at most by its own length.
    pub fn postpone(&mut self, by: Duration) {
        let left = self.length.saturating_mul(2).saturating_sub(self.deadline.since(self.submitted));
        self.deadline = self.deadline + by.min(left);
    }

    /// An attempt ended. `answered`: there is something to show to the caller, if nothing better comes.
    pub fn attempt_ended(
        &mut self,
        attempt: AttemptId,
        node: &Arc<str>,
        outcome: &Outcome,
        answered: bool,
        now: Timestamp,
    ) {
        let found = &mut self.findings;
        found.last_reason = outcome.reason().or(found.last_reason);
        found.met_stale |= *outcome == Outcome::Stale;
        found.no_leader = matches!(outcome, Outcome::NotLeader { .. });
        if answered {
            found.last_answer = Some(attempt);
        }
        if outcome.may_have_been_applied() && self.spec.replay != Replay::Repeatable {
            found.maybe_applied = Some(Arc::clone(node));
        }
        self.live.retain(|live| *live != attempt);
        self.trace.close(attempt, outcome.reason(), now.since(self.submitted));
    }

    pub fn attempts(&self) -> u32 {
        u32::try_from(self.trace.len()).unwrap_or(u32::MAX)
    }

    /// Whether it may be sent anywhere while an earlier attempt is still out.
    pub fn may_run_twice(&self) -> bool {
        self.spec.replay != Replay::Once
    }

    /// Whether a node that gave a sign of life could still help it: it may run twice, was sent somewhere already, and
    /// waits for nothing else.
    pub fn may_be_rescued(&self) -> bool {
        !self.retries.rescued && !self.spec.slow && self.may_run_twice() && self.waits.is_none()
    }

    /// When something is due for a call that waits. While an attempt is out, that attempt's time is the call's.
    pub fn due(&self) -> Option<Timestamp> {
        match self.waits? {
            Waits::Until(at) | Waits::ForLeader(at) | Waits::ToAskAgain { at, .. } => Some(at.min(self.deadline)),
            Waits::ForOrigin(_) | Waits::ForTheCluster | Waits::ForRecheck => Some(self.deadline),
        }
    }

    pub fn wait(&mut self, waits: Waits) {
        self.waits = Some(waits);
    }

    /// What it waited for has come.
    pub fn stop_waiting(&mut self) -> Option<Waits> {
        self.waits.take()
    }

    /// Every node may be tried again.
    pub fn forget_tried(&mut self) {
        self.tried.clear();
    }

    /// This node counts as tried.
    pub fn tried_last(&mut self, node: NodeId) {
        self.tried.push(node);
    }

    /// There is news of this node: it may be tried again.
    pub fn may_try(&mut self, node: NodeId) {
        self.tried.retain(|tried| *tried != node);
    }

    /// Every node was tried: a further round begins after a pause, of which `hold` is what nodes asked for.
    pub fn begin_round(&mut self, hold: Duration) {
        self.retries.held_for = self.retries.held_for.saturating_add(hold);
        self.retries.rounds += 1;
        self.forget_tried();
    }

    /// Every node is behind the read index: the freshest answer is better than none.
    pub fn drop_read_index(&mut self) {
        self.findings.ignore_read_index = true;
        self.forget_tried();
    }

    /// The longest pause before the next round.
    pub fn next_backoff(&mut self, policy: &Policy) -> Duration {
        let pause = policy.backoff_first.saturating_mul(1 << self.retries.backoffs.min(16)).min(policy.backoff_max);
        self.retries.backoffs += 1;
        pause
    }

    /// The one retry after an error is made.
    pub fn retry_after_error(&mut self) {
        self.retries.error_retried = true;
    }

    /// The next move is no retry, and costs nothing.
    pub fn make_next_move_free(&mut self) {
        self.retries.next_is_free = true;
    }

    /// Whether the next move costs nothing; the one after it does. The first move of all is free where the node is well.
    pub fn take_free_move(&mut self, node: &Node) -> bool {
        std::mem::take(&mut self.retries.next_is_free) || (!self.retries.moved && node.takes_free_moves())
    }

    pub fn moved(&mut self) {
        self.retries.moved = true;
    }

    /// The retry budget refuses it a move. Answers whether that is the first time.
    pub fn refuse_move(&mut self) -> bool {
        !std::mem::replace(&mut self.retries.budget_refused, true)
    }

    /// It is sent on from a node that is not trusted any more.
    pub fn rescue(&mut self) {
        self.retries.rescued = true;
    }

    /// The rescue could not be paid for: another occasion may come.
    pub fn undo_rescue(&mut self) {
        self.retries.rescued = false;
    }

    /// The node that it waits for has been silent for too long.
    pub fn met_silence(&mut self) {
        self.findings.last_reason = Some(FailureReason::Silent);
    }

    /// The caller is told nothing more. What is still out may have been applied.
    pub fn give_up_on_live_attempts(&mut self) {
        if self.spec.replay != Replay::Repeatable
            && let Some(step) = self.trace.iter().rev().find(|step| self.live.contains(&step.attempt))
        {
            self.findings.maybe_applied = Some(Arc::clone(&step.node));
        }
    }

    /// How the call ends when no attempt is left that could answer it.
    pub fn failure(&self, now: Timestamp) -> CallResult {
        let found = &self.findings;
        if let Some(node) = &found.maybe_applied {
            return CallResult::Failed(CallFailure::OutcomeUnknown { node: Arc::clone(node) });
        }
        if found.no_leader {
            return CallResult::Failed(CallFailure::NoLeader);
        }
        if let Some(attempt) = found.last_answer {
            return CallResult::Answered { attempt };
        }
        let late = now >= self.deadline || found.last_reason == Some(FailureReason::TimedOut);
        CallResult::Failed(if late { CallFailure::TimedOut } else { CallFailure::Unreachable })
    }

    /// The trace, for whoever asked.
    pub fn take_trace(&mut self) -> Trace {
        std::mem::take(&mut self.trace)
    }
}

impl Hash for Call {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            id,
            spec,
            submitted: _,
            deadline,
            length,
            live,
            tried,
            trace,
            hedge,
            sampled,
            retries,
            leader_search,
            findings,
            waits,
        } = self;
        (id, spec, deadline, length, live, tried, trace).hash(state);
        (hedge, sampled, retries, leader_search, findings, waits).hash(state);
    }
}

/// The lists of a call that has ended, for the next one: in steady state nothing is allocated.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    live: Vec<AttemptId>,
    tried: Vec<NodeId>,
}

/// Buffers of calls that have ended, at most [`SPARE_BUFFERS`].
#[derive(Debug, Default)]
pub(crate) struct BufferPool {
    spare: Vec<Buffers>,
}

impl BufferPool {
    pub fn take(&mut self) -> Buffers {
        self.spare.pop().unwrap_or_default()
    }

    /// Keeps what is left of a call that has ended.
    pub fn recycle(&mut self, call: Call) {
        if self.spare.len() < SPARE_BUFFERS {
            let Call { mut live, mut tried, .. } = call;
            live.clear();
            tried.clear();
            self.spare.push(Buffers { live, tried });
        }
    }
}
