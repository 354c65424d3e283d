//! One call of a page: what it is, which nodes it tried, and how it ended.

use std::rc::Rc;
use std::time::Duration;

use super::node::{Class, FailureReason, NodeId};
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
    /// Seconds are normal: a long silence says nothing about the node.
    pub slow: bool,
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
        slow: false,
        deadline: None,
        attempt_timeout: None,
    };

    /// A change, which the leader serves.
    pub const fn write(replay: Replay) -> Self {
        Self { replay, target: Target::Leader, ..Self::READ }
    }

    pub(super) fn class(&self) -> Class {
        match self.target {
            Target::AnyNode => Class::Read,
            Target::Leader => Class::Write,
        }
    }

    fn deadline(&self, policy: &Policy) -> Duration {
        self.deadline.unwrap_or(match self.target {
            Target::AnyNode => policy.read_deadline,
            Target::Leader => policy.write_deadline,
        })
    }
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    pub result: CallResult,
    /// Every attempt that was sent, in order.
    pub trace: Vec<TraceStep>,
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
    /// The call's deadline passed.
    TimedOut,
    /// A write that may or may not have been applied, last sent to `node`.
    OutcomeUnknown { node: Rc<str> },
}

/// One attempt of a call, for the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceStep {
    pub attempt: AttemptId,
    pub node: Rc<str>,
    /// After the call was submitted.
    pub started_after: Duration,
    /// `None` while it is under way, or when it was given up because another attempt answered first.
    pub ended_after: Option<Duration>,
    /// Why it was not the answer, if it was not.
    pub reason: Option<FailureReason>,
}

/// An attempt under way. It carries its own node and that node's epoch: a late failure blames nobody else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub call: CallId,
    pub node: NodeId,
    pub epoch: u32,
    pub started: Timestamp,
    pub timeout_at: Timestamp,
    /// When the node is suspected if it has not answered anything since `started`. Cleared once acted on.
    pub silent_at: Option<Timestamp>,
}

/// When and where a call that sends nothing now goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause {
    pub until: Timestamp,
    /// This node, with the same key; otherwise whichever is chosen then.
    pub same_node: Option<NodeId>,
}

/// A call under way.
#[derive(Debug)]
pub(super) struct Call {
    pub id: CallId,
    pub spec: CallSpec,
    pub submitted: Timestamp,
    pub deadline: Timestamp,
    /// Attempts that are out now. More than one only while a rescue is under way.
    pub live: Vec<AttemptId>,
    /// Nodes tried in this round.
    pub tried: Vec<NodeId>,
    pub round: u32,
    pub backoffs: u32,
    pub leader_hops: u32,
    pub error_retried: bool,
    pub rescued: bool,
    /// Every node said that it is behind the read index: the next attempt asks without it.
    pub ignore_read_index: bool,
    pub pause: Option<Pause>,
    /// The last attempt that ended with something to show: the answer when nothing better comes.
    pub last_answer: Option<AttemptId>,
    pub last_reason: Option<FailureReason>,
    /// A write may have been applied by this node, though it did not say so.
    pub maybe_applied: Option<Rc<str>>,
    pub trace: Vec<TraceStep>,
}

impl Call {
    pub fn new(id: CallId, spec: CallSpec, now: Timestamp, policy: &Policy) -> Self {
        Self {
            id,
            spec,
            submitted: now,
            deadline: now + spec.deadline(policy),
            live: Vec::new(),
            tried: Vec::new(),
            round: 1,
            backoffs: 0,
            leader_hops: 0,
            error_retried: false,
            rescued: false,
            ignore_read_index: false,
            pause: None,
            last_answer: None,
            last_reason: None,
            maybe_applied: None,
            trace: Vec::new(),
        }
    }

    pub fn attempts(&self) -> u32 {
        u32::try_from(self.trace.len()).unwrap_or(u32::MAX)
    }

    /// Notes what an attempt that did not answer the call leaves behind.
    pub fn note(&mut self, attempt: AttemptId, node: &Rc<str>, outcome: &Outcome, answered: bool, now: Timestamp) {
        self.last_reason = outcome.reason().or(self.last_reason);
        if answered {
            self.last_answer = Some(attempt);
        }
        let applied_perhaps = matches!(outcome, Outcome::Failure { .. } | Outcome::KeyInProgress)
            || matches!(outcome, Outcome::Draining { wait: None });
        if applied_perhaps && self.spec.replay != Replay::Repeatable {
            self.maybe_applied = Some(Rc::clone(node));
        }
        self.close(attempt, outcome.reason(), now);
    }

    /// Ends an attempt's line in the trace.
    pub fn close(&mut self, attempt: AttemptId, reason: Option<FailureReason>, now: Timestamp) {
        self.live.retain(|live| *live != attempt);
        let waited = now.since(self.submitted);
        if let Some(step) = self.trace.iter_mut().find(|step| step.attempt == attempt) {
            step.ended_after = Some(waited);
            step.reason = reason;
        }
    }

    /// How the call ends when no attempt is left that could answer it.
    pub fn failure(&self, now: Timestamp) -> CallResult {
        if let Some(node) = &self.maybe_applied {
            return CallResult::Failed(CallFailure::OutcomeUnknown { node: Rc::clone(node) });
        }
        if let Some(attempt) = self.last_answer {
            return CallResult::Answered { attempt };
        }
        let late = now >= self.deadline || self.last_reason == Some(FailureReason::TimedOut);
        CallResult::Failed(if late { CallFailure::TimedOut } else { CallFailure::Unreachable })
    }
}
