//! One call of a page: what it is, which nodes it tried, and how it ended.

use std::sync::Arc;
use std::time::Duration;

use super::figures::Class;
use super::node::{FailureReason, NodeId};
use super::outcome::{Outcome, Replay};
use super::policy::Policy;
use super::time::Timestamp;
use super::{AttemptId, CallId};

/// Which nodes can serve a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Every node serves it.
    AnyNode,
    /// The leader serves it; another node forwards it or says that it is not the leader.
    Leader,
}

/// What an endpoint declares of itself, with the caller's own limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallSpec {
    pub replay: Replay,
    pub target: Target,
    /// A GET: may be sent to a second node when the first is slow, and its time counts among the reads.
    pub read: bool,
    /// Seconds are normal: a long silence says nothing about the node.
    pub slow: bool,
    /// Nobody waits for it: it is not sent while no node answers.
    pub background: bool,
    /// Sent with headers of its own, so that a browser may ask for permission first.
    pub with_headers: bool,
    /// Go to another node than this one, if there is one: for a second opinion.
    pub avoid: Option<NodeId>,
    /// The whole call. `None`: the policy's figure for reads or writes.
    pub deadline: Option<Duration>,
    /// One attempt. `None`: the policy's figure.
    pub attempt_timeout: Option<Duration>,
}

impl CallSpec {
    /// A GET that every node can serve.
    pub const READ: Self = Self {
        replay: Replay::Repeatable,
        target: Target::AnyNode,
        read: true,
        slow: false,
        background: false,
        with_headers: false,
        avoid: None,
        deadline: None,
        attempt_timeout: None,
    };

    /// A change, which the leader serves.
    pub const fn write(replay: Replay) -> Self {
        Self { replay, target: Target::Leader, read: false, ..Self::READ }
    }

    pub(super) fn class(&self) -> Class {
        if self.read { Class::Read } else { Class::Write }
    }

    fn deadline(&self, policy: &Policy) -> Duration {
        self.deadline.unwrap_or(match self.class() {
            Class::Read => policy.read_deadline,
            Class::Write => policy.write_deadline,
        })
    }
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    pub result: CallResult,
    /// Every attempt that was sent, in order.
    pub trace: Trace,
    /// From submission to the end.
    pub waited: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallResult {
    /// What this attempt brought back is the answer.
    Answered {
        attempt: AttemptId,
    },
    Failed(CallFailure),
}

/// Why there is no answer to hand over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// The list of nodes is empty.
    NoNodes,
    /// No node could be reached.
    Unreachable,
    /// The node that the operator requires could not serve the call, and no other was asked.
    RequiredNode { node: Arc<str> },
    /// The call's deadline passed.
    TimedOut,
    /// A write that may or may not have been applied, last sent to `node`.
    OutcomeUnknown { node: Arc<str> },
}

/// One attempt of a call, for the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceStep {
    pub attempt: AttemptId,
    pub node: Arc<str>,
    pub why: Why,
    /// After the call was submitted.
    pub started_after: Duration,
    /// `None` while it is under way, or when it was given up because another attempt answered first.
    pub ended_after: Option<Duration>,
    /// Why it was not the answer, if it was not.
    pub reason: Option<FailureReason>,
}

/// The attempts of a call, in the order in which they began. Nearly every call has one: it needs no list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    first: Option<TraceStep>,
    more: Vec<TraceStep>,
}

impl Trace {
    pub fn push(&mut self, step: TraceStep) {
        match self.first {
            None => self.first = Some(step),
            Some(_) => self.more.push(step),
        }
    }

    pub fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.len()
    }

    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &TraceStep> {
        self.first.iter().chain(&self.more)
    }

    pub fn last(&self) -> Option<&TraceStep> {
        self.more.last().or(self.first.as_ref())
    }

    pub(super) fn find_mut(&mut self, attempt: AttemptId) -> Option<&mut TraceStep> {
        self.first.iter_mut().chain(&mut self.more).find(|step| step.attempt == attempt)
    }
}

impl FromIterator<TraceStep> for Trace {
    fn from_iter<I: IntoIterator<Item = TraceStep>>(steps: I) -> Self {
        let mut trace = Self::default();
        steps.into_iter().for_each(|step| trace.push(step));
        trace
    }
}

/// Why an attempt was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    First,
    /// The attempt before it failed, or its node could not serve the call.
    Moved,
    /// The node of the attempt before it is not trusted any more.
    Rescued,
    /// The node of the attempt before it is slower than usual.
    Hedged,
    /// The node asked before was not the leader.
    LeaderHop,
    /// The key was being applied there: asked again.
    AskedAgain,
}

/// An attempt under way. It carries its own node and that node's epoch: a late failure blames nobody else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub call: CallId,
    pub node: NodeId,
    pub epoch: u32,
    pub class: Class,
    pub slow: bool,
    pub started: Timestamp,
    pub timeout_at: Timestamp,
    /// When the node is suspected if it has not answered anything since `started`. Cleared once acted on.
    pub silent_at: Option<Timestamp>,
    /// When the call is sent to a second node as well. Cleared once acted on.
    pub hedge_at: Option<Timestamp>,
    /// The origin among whose requests with headers it counts, and whether headers came back.
    pub origin: Option<u32>,
    pub headers: bool,
    /// Its call was answered by another attempt: it is listened to for what it says about its node.
    pub lost: bool,
}

impl Attempt {
    /// When something is due for it.
    pub fn due(&self) -> Timestamp {
        let first = self.timeout_at;
        [self.silent_at, self.hedge_at].into_iter().flatten().fold(first, Timestamp::min)
    }
}

/// What a call that sends nothing now waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    /// For a point in time; then whichever node is chosen.
    Until(Timestamp),
    /// For a point in time; then this node again, with the same key.
    ToAskAgain { at: Timestamp, node: NodeId },
    /// For room at this origin.
    ForOrigin(u32),
    /// Until any node answers again.
    ForTheCluster,
    /// Until the look at all nodes has found one that answers, or none.
    ForALook,
}

/// A call under way.
#[derive(Debug)]
pub(super) struct Call {
    pub id: CallId,
    pub spec: CallSpec,
    pub submitted: Timestamp,
    pub deadline: Timestamp,
    /// Attempts that are out now. More than one only while a hedge or a rescue is under way.
    pub live: Vec<AttemptId>,
    /// Nodes tried in this round.
    pub tried: Vec<NodeId>,
    pub round: u32,
    pub backoffs: u32,
    pub leader_hops: u32,
    pub error_retried: bool,
    pub rescued: bool,
    /// The attempt that was sent beside a slow one.
    pub hedge: Option<AttemptId>,
    /// The first move, which may be free, was made.
    pub moved: bool,
    /// What comes next is no retry: the call waits for an election.
    pub next_is_free: bool,
    pub budget_refused: bool,
    /// How long a `Retry-After` has made it wait so far.
    pub held_for: Duration,
    /// A node was behind the read index.
    pub met_stale: bool,
    /// Every node said that it is behind the read index: the next attempt asks without it.
    pub ignore_read_index: bool,
    pub waits: Option<Waits>,
    /// The last attempt that ended with something to show: the answer when nothing better comes.
    pub last_answer: Option<AttemptId>,
    pub last_reason: Option<FailureReason>,
    /// A write may have been applied by this node, though it did not say so.
    pub maybe_applied: Option<Arc<str>>,
    pub trace: Trace,
}

/// The buffers of a call that has ended, for the next one: in steady state nothing is allocated.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    live: Vec<AttemptId>,
    tried: Vec<NodeId>,
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
            live,
            tried,
            round: 1,
            backoffs: 0,
            leader_hops: 0,
            error_retried: false,
            rescued: false,
            hedge: None,
            moved: false,
            next_is_free: false,
            budget_refused: false,
            held_for: Duration::ZERO,
            met_stale: false,
            ignore_read_index: false,
            waits: None,
            last_answer: None,
            last_reason: None,
            maybe_applied: None,
            trace: Trace::default(),
        }
    }

    /// What is left of a call that has ended.
    pub fn into_buffers(self) -> Buffers {
        let Self { mut live, mut tried, .. } = self;
        live.clear();
        tried.clear();
        Buffers { live, tried }
    }

    pub fn attempts(&self) -> u32 {
        u32::try_from(self.trace.len()).unwrap_or(u32::MAX)
    }

    /// When something is due for a call that waits. While an attempt is out, that attempt's time is the call's.
    pub fn due(&self) -> Option<Timestamp> {
        match self.waits {
            Some(Waits::Until(at) | Waits::ToAskAgain { at, .. }) => Some(at.min(self.deadline)),
            Some(Waits::ForOrigin(_) | Waits::ForTheCluster | Waits::ForALook) => Some(self.deadline),
            None => None,
        }
    }

    /// Whether it may be sent anywhere while an earlier attempt is still out.
    pub fn may_run_twice(&self) -> bool {
        self.spec.replay != Replay::Once
    }

    /// Notes what an attempt that did not answer the call leaves behind.
    pub fn note(&mut self, attempt: AttemptId, node: &Arc<str>, outcome: &Outcome, answered: bool, now: Timestamp) {
        self.last_reason = outcome.reason().or(self.last_reason);
        self.met_stale |= *outcome == Outcome::Stale;
        if answered {
            self.last_answer = Some(attempt);
        }
        let applied_perhaps = matches!(outcome, Outcome::Failure { .. } | Outcome::KeyInProgress)
            || matches!(outcome, Outcome::Draining { wait: None });
        if applied_perhaps && self.spec.replay != Replay::Repeatable {
            self.maybe_applied = Some(Arc::clone(node));
        }
        self.close(attempt, outcome.reason(), now);
    }

    /// Ends an attempt's line in the trace.
    pub fn close(&mut self, attempt: AttemptId, reason: Option<FailureReason>, now: Timestamp) {
        self.live.retain(|live| *live != attempt);
        let waited = now.since(self.submitted);
        if let Some(step) = self.trace.find_mut(attempt) {
            step.ended_after = Some(waited);
            step.reason = reason;
        }
    }

    /// How the call ends when no attempt is left that could answer it.
    pub fn failure(&self, now: Timestamp) -> CallResult {
        if let Some(node) = &self.maybe_applied {
            return CallResult::Failed(CallFailure::OutcomeUnknown { node: Arc::clone(node) });
        }
        if let Some(attempt) = self.last_answer {
            return CallResult::Answered { attempt };
        }
        let late = now >= self.deadline || self.last_reason == Some(FailureReason::TimedOut);
        CallResult::Failed(if late { CallFailure::TimedOut } else { CallFailure::Unreachable })
    }
}
