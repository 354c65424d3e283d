//! What a person can be told about a call that gave no result. Routing has its own classes (`failover::Outcome`).

use std::fmt;
use std::sync::Arc;

use super::decode::DecodeError;
use super::failover::{Duration, Unsendable};

/// Why a call gave no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// No node could be reached; `tried` attempts were made.
    Unreachable { tried: u32 },
    /// The browser refuses to send the call, whatever the node: a header, or another part of it.
    Unsendable { what: Unsendable },
    /// The call's whole time passed without an answer.
    TimedOut { waited: Duration },
    /// No node that answered is the leader, until the time had passed: nothing was applied.
    NoLeader,
    /// A write was sent, and nobody knows whether it was applied. `node` is where it was sent last.
    OutcomeUnknown { node: Option<Arc<str>> },
    /// 401: wrong credentials at login, a session that is over anywhere else.
    Unauthorized { message: Option<String> },
    /// Another 4xx, in the node's own words. Show `message` as text, never as HTML.
    Refused { status: u16, code: Option<String>, message: Option<String> },
    /// A 5xx that every retry ran into.
    Server { status: u16 },
    /// 429, or 503 with Retry-After: the cluster asks for patience.
    Throttled { wait: Option<Duration> },
    /// The answer is not what the contract says. `path` is the endpoint, `detail` names the field.
    Decode { path: String, detail: String },
    /// The one node that the operator requires could not serve the call, and no other was asked.
    RequiredNode { node: Arc<str> },
    /// The list of nodes is empty.
    NoNodes,
    /// The caller cancelled the call, or the session that it was submitted in has ended: nobody waits for it.
    Cancelled,
}

impl ApiError {
    /// The answer of `path` cannot be read.
    pub fn unreadable(path: &str, error: &DecodeError) -> Self {
        Self::Decode { path: path.to_owned(), detail: error.to_string() }
    }

    /// Whether the cluster says that there is no such thing: by the code of the contract, which is more than a 404.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Refused { status: 404, code: Some(code), .. } if code == "not_found")
    }

    /// The answer of `path` is a web page, a part of an answer, or nothing.
    pub fn not_json(path: &str) -> Self {
        Self::Decode { path: path.to_owned(), detail: "the body is not JSON".to_owned() }
    }

    /// A stable name for scripts and exports.
    pub const fn class(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "Unreachable",
            Self::Unsendable { .. } => "Unsendable",
            Self::TimedOut { .. } => "TimedOut",
            Self::NoLeader => "NoLeader",
            Self::OutcomeUnknown { .. } => "OutcomeUnknown",
            Self::Unauthorized { .. } => "Unauthorized",
            Self::Refused { .. } => "Refused",
            Self::Server { .. } => "Server",
            Self::Throttled { .. } => "Throttled",
            Self::Decode { .. } => "Decode",
            Self::RequiredNode { .. } => "RequiredNode",
            Self::NoNodes => "NoNodes",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// For logs and scripts, in English. What a person reads comes from `i18n`.
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { tried } => write!(f, "no node could be reached ({tried} attempts)"),
            Self::Unsendable { what: Unsendable::Header } => f.write_str("the browser refuses a header of the request"),
            Self::Unsendable { what: Unsendable::Request } => f.write_str("the browser refuses to make the request"),
            Self::TimedOut { waited } => write!(f, "no answer within {} ms", waited.as_millis()),
            Self::NoLeader => f.write_str("no leader found; nothing was applied"),
            Self::OutcomeUnknown { node: Some(node) } => {
                write!(f, "the write may or may not have been applied; it was last sent to {node}")
            }
            Self::OutcomeUnknown { node: None } => f.write_str("the write may or may not have been applied"),
            Self::Unauthorized { message } => write!(f, "unauthorized: {}", message.as_deref().unwrap_or("401")),
            Self::Refused { status, message, .. } => {
                write!(f, "refused with status {status}: {}", message.as_deref().unwrap_or("no reason given"))
            }
            Self::Server { status } => write!(f, "the cluster answered with status {status}"),
            Self::Throttled { wait: Some(wait) } => write!(f, "asked to wait {} s", wait.as_secs()),
            Self::Throttled { wait: None } => f.write_str("asked to wait"),
            Self::Decode { path, detail } => write!(f, "{path}: the answer is not as agreed: {detail}"),
            Self::RequiredNode { node } => {
                write!(f, "{node} could not serve the call; it is required, so no other node was asked")
            }
            Self::NoNodes => f.write_str("the list of nodes is empty"),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}
