//! What an answer means: for the node that gave it, and for the call that asked.

use std::sync::Arc;
use std::time::Duration;

/// Why a node is not trusted, or why a request went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureReason {
    /// Refused, reset, broken off, CORS, TLS or name: a browser does not tell these apart.
    Network,
    /// No whole answer within the time allowed.
    TimedOut,
    /// Pending far longer than this node usually takes, though its timeout has not passed.
    Silent,
    /// A status that says so.
    Status(u16),
    /// The body was not what was asked for.
    Malformed,
    /// 503: it asked for no more work.
    Draining,
    /// Marked by hand or by a caller.
    Marked,
    /// Too many of its requests fail, whatever its checks say.
    LowSuccessRate,
    /// The browser did not send it: nothing is known of the node.
    Unsendable,
}

/// Whether a request may be sent a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Replay {
    /// Doing it twice is the same as doing it once: every GET, login, stop, cancel, publish, unpublish, DELETE.
    Repeatable,
    /// Carries an idempotency key that the backend honours: the same key may be sent again, anywhere.
    Keyed,
    /// Must not be sent twice: after a failure nobody knows whether it was applied.
    Once,
}

/// What a browser refuses to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsendable {
    /// A name or a value that no header may have.
    Header,
    /// An address, or another part of the request.
    Request,
}

/// What came back from one attempt, read to the end of its body and not yet judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `fetch` failed: refused, reset, CORS, TLS or the name; a browser does not tell which.
    NetworkError,
    /// Headers came, the body broke off.
    Truncated,
    /// Nothing was sent, and nothing would be to any other node.
    Unsendable(Unsendable),
    /// A whole answer.
    Answer(Answer),
}

/// How long a node asks to be left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter {
    /// From now on.
    pub wait: Duration,
    /// Whether it is written as the standard says: whole seconds, or an HTTP date. Only such a one proves that whoever
    /// wrote it knows that nothing was applied.
    pub standard: bool,
}

impl RetryAfter {
    /// Written as the standard says.
    pub const fn standard(wait: Duration) -> Self {
        Self { wait, standard: true }
    }

    /// Understood, although the standard does not know it: a decimal fraction.
    pub const fn lenient(wait: Duration) -> Self {
        Self { wait, standard: false }
    }
}

/// The parts of a whole answer that routing depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// `Retry-After`, when it could be read.
    pub retry_after: Option<RetryAfter>,
    /// The node says that it is not the leader (503 or 421 with `error:"not_leader"`, or the older phrase in a 5xx).
    pub not_leader: bool,
    /// The leader's URL, and its own id, when the node named them.
    pub leader_url: Option<Arc<str>>,
    pub leader_id: Option<u64>,
    /// 409 with `error:"key_in_progress"`.
    pub key_in_progress: bool,
    /// A 2xx whose body is not what was asked for.
    pub malformed: bool,
    /// How much of the log the node had applied, if it said so.
    pub raft_index: Option<u64>,
    /// From the request to the end of the answer, when it was measured closer to the network than the core's clock is.
    pub took: Option<Duration>,
}

/// The class of an answer. Routing knows these and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 2xx with a good body, or a 4xx that is the caller's business: the node is alive, the answer is final.
    Delivered,
    /// The node is alive but not the leader; nothing was applied.
    NotLeader { leader_url: Option<Arc<str>>, leader_id: Option<u64> },
    /// A request with this key is being applied right now: ask again.
    KeyInProgress,
    /// 425: the node has not applied enough of the log yet.
    Stale,
    /// 429: leave the node alone for a while.
    Throttled { asked: Option<RetryAfter> },
    /// 503: the node wants no work. With a standard Retry-After nothing was applied.
    Draining { asked: Option<RetryAfter> },
    /// 500, or a body that does not parse: perhaps one handler, perhaps the node.
    Error { reason: FailureReason },
    /// It was not sent: this says nothing about the node.
    Unsendable(Unsendable),
    /// The node failed: network, timeout, 502, 504, another 5xx, a body that broke off.
    Failure { reason: FailureReason },
}

impl Outcome {
    /// Classes a reply by the table of outcomes, row by row.
    pub fn of(reply: &Reply) -> Self {
        let answer = match reply {
            Reply::NetworkError | Reply::Truncated => {
                return Self::Failure { reason: FailureReason::Network };
            }
            Reply::Unsendable(what) => return Self::Unsendable(*what),
            Reply::Answer(answer) => answer,
        };
        if answer.not_leader {
            return Self::NotLeader { leader_url: answer.leader_url.clone(), leader_id: answer.leader_id };
        }
        match answer.status {
            200..=299 if answer.malformed => Self::Error { reason: FailureReason::Malformed },
            409 if answer.key_in_progress => Self::KeyInProgress,
            425 => Self::Stale,
            429 => Self::Throttled { asked: answer.retry_after },
            500 => Self::Error { reason: FailureReason::Status(500) },
            503 => Self::Draining { asked: answer.retry_after },
            status @ 501..=599 => Self::Failure { reason: FailureReason::Status(status) },
            _ => Self::Delivered,
        }
    }

    /// Why the call goes on elsewhere, for the journal.
    pub fn reason(&self) -> Option<FailureReason> {
        match self {
            Self::Delivered | Self::NotLeader { .. } | Self::KeyInProgress | Self::Unsendable(_) => None,
            Self::Stale => Some(FailureReason::Status(425)),
            Self::Throttled { .. } => Some(FailureReason::Status(429)),
            Self::Draining { .. } => Some(FailureReason::Draining),
            Self::Error { reason } | Self::Failure { reason } => Some(*reason),
        }
    }

    /// Whether it speaks against the node, in whatever way.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Self::Error { .. } | Self::Failure { .. })
    }

    /// Whether nothing can have been applied, so that even a request that must not run twice may be sent again.
    fn nothing_applied(&self) -> bool {
        matches!(self, Self::Draining { asked: Some(RetryAfter { standard: true, .. }) })
    }

    /// Whether a write may have been applied although the node did not say so.
    pub(crate) fn may_have_been_applied(&self) -> bool {
        match self {
            Self::Failure { .. } | Self::KeyInProgress => true,
            Self::Draining { .. } => !self.nothing_applied(),
            _ => false,
        }
    }
}

/// What the table says about the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Hand the answer to the caller.
    Return,
    /// Go on to the next node.
    NextNode,
    /// Go on to one other node, once in the life of the call.
    OneRetryElsewhere,
    /// Go to the leader, or look for it.
    FindLeader,
    /// Ask the same node again, with the same key, a little later.
    AskAgain,
    /// Tell the caller that the write may or may not have been applied.
    OutcomeUnknown,
    /// Tell the caller what cannot be sent.
    CannotBeSent(Unsendable),
}

/// The three right-hand columns of the table of outcomes.
pub fn verdict(outcome: &Outcome, replay: Replay) -> Verdict {
    match (outcome, replay) {
        (Outcome::Delivered, _) => Verdict::Return,
        (Outcome::NotLeader { .. }, _) => Verdict::FindLeader,
        (Outcome::Unsendable(what), _) => Verdict::CannotBeSent(*what),
        (Outcome::KeyInProgress, Replay::Keyed) => Verdict::AskAgain,
        (Outcome::KeyInProgress, _) => Verdict::Return,
        (Outcome::Error { reason: FailureReason::Malformed }, Replay::Keyed | Replay::Once) => Verdict::Return,
        (Outcome::Error { .. }, Replay::Repeatable | Replay::Keyed) => Verdict::OneRetryElsewhere,
        (Outcome::Error { .. } | Outcome::Throttled { .. }, Replay::Once) => Verdict::Return,
        (Outcome::Stale, Replay::Once) => Verdict::Return,
        (outcome, Replay::Once) if outcome.nothing_applied() => Verdict::NextNode,
        // A 503 without a standard Retry-After may come from a proxy that had passed the write on already.
        (Outcome::Draining { .. } | Outcome::Failure { .. }, Replay::Once) => Verdict::OutcomeUnknown,
        (
            Outcome::Stale | Outcome::Throttled { .. } | Outcome::Draining { .. } | Outcome::Failure { .. },
            Replay::Repeatable | Replay::Keyed,
        ) => Verdict::NextNode,
    }
}
