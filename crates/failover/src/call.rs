//! What a page asks for, and what it gets.

use std::sync::Arc;
use std::time::Duration;

use super::ids::{AttemptId, NodeId};
use super::outcome::{Replay, Unsendable};
use super::policy::Policy;
use super::stats::Class;

pub use super::trace::{Trace, TraceStep, Why};

/// Which nodes can serve a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Every node serves it.
    AnyNode,
    /// The leader serves it; another node forwards it or says that it is not the leader.
    Leader,
}

/// What an endpoint declares of itself, with the caller's own limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

    pub(crate) fn class(&self) -> Class {
        if self.read { Class::Read } else { Class::Write }
    }

    pub(crate) fn deadline(&self, policy: &Policy) -> Duration {
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
    /// The browser refuses to send it, whatever the node: nobody is to blame.
    Unsendable(Unsendable),
    /// The call's deadline passed.
    TimedOut,
    /// Every node that answered said that it is not the leader, until the deadline: nothing was applied.
    NoLeader,
    /// A write that may or may not have been applied, last sent to `node`.
    OutcomeUnknown { node: Arc<str> },
}
