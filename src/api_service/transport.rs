//! What the driver needs from the world: a way to send requests, and a clock with timers.
//! The browser's is in `fetch`; tests bring a scripted one.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use super::address;
use super::failover::{Duration, RetryAfter, Timestamp, Unsendable};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    /// The method of this name, in capitals.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Put, Self::Delete].into_iter().find(|method| method.as_str() == name)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What the browser's HTTP cache has to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// It may answer.
    Allowed,
    /// It may answer once the server has said that its answer is still right.
    Confirmed,
    /// It neither answers nor keeps the answer. Bypasses the cache of preflights too, as [`Cache::Confirmed`] does.
    Bypassed,
}

/// One HTTP request to one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    /// The node's base URL and the path.
    pub url: String,
    pub headers: Vec<(Rc<str>, Rc<str>)>,
    pub body: Option<Rc<str>>,
    pub cache: Cache,
    /// A longer body, in bytes once unpacked, is no answer: it would take the memory that the page needs to go on.
    pub body_at_most: usize,
}

impl Request {
    /// Bytes of a health answer that are read.
    pub const HEALTH_AT_MOST: usize = 64 << 10;
    /// Bytes of any other answer that are read.
    pub const BODY_AT_MOST: usize = 8 << 20;

    /// A simple request: no header of our own, so no preflight that could hang.
    pub fn simple(url: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            url: url.into(),
            headers: Vec::new(),
            body: None,
            cache: Cache::Bypassed,
            body_at_most: Self::BODY_AT_MOST,
        }
    }

    /// The health check of the node at `base`.
    pub fn health(base: &str) -> Self {
        Self { body_at_most: Self::HEALTH_AT_MOST, ..Self::simple(address::at(base, "/api/health")) }
    }
}

/// The body of an answer, parsed once, where it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Shared by all who wait for one answer.
    Json(Arc<Value>),
    /// Anything else: a web page, a part of an answer, nothing.
    Other(Arc<str>),
}

impl Body {
    /// `None` for what is not JSON.
    pub fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            Self::Other(_) => None,
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::Other("".into())
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        serde_json::from_str(text).map_or_else(|_| Self::Other(text.into()), |value| Self::Json(Arc::new(value)))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

/// The text; that of JSON without the spaces that it came with.
impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(value) => value.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// A whole answer, its body read to the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub body: Body,
    /// `Retry-After`, as a wait from now.
    pub retry_after: Option<RetryAfter>,
    /// `X-Raft-Index`.
    pub raft_index: Option<u64>,
    /// Whether an HTTP cache may keep it.
    pub kept: bool,
    /// From the request to the end of the answer, when the transport measured that itself.
    pub took: Option<Duration>,
}

/// Why there is no whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// No headers came. A browser does not tell why.
    Network,
    /// The browser refuses to send such a request, to whichever node.
    Unsendable(Unsendable),
    /// Headers came, the body broke off, or went beyond what is read.
    Truncated,
}

/// Sends requests. Dropping the future takes the request back.
pub trait Transport {
    fn send(&self, request: Request) -> LocalBoxFuture<'static, Result<Response, TransportError>>;

    /// Sends `request`, calling `headers_came` when the headers are there and the body is about to be read. A transport that
    /// cannot tell them apart does not call it.
    fn send_and_tell(
        &self,
        request: Request,
        headers_came: Box<dyn FnOnce()>,
    ) -> LocalBoxFuture<'static, Result<Response, TransportError>> {
        drop(headers_came);
        self.send(request)
    }
}

/// The clock, the timers and the chance of the place where the driver runs.
pub trait Runtime {
    /// Never goes back, and no step of the wall clock moves it. It may stand still while the machine sleeps.
    fn now(&self) -> Timestamp;
    /// Milliseconds since 1970, for showing a time of day.
    fn wall_clock_ms(&self) -> f64;
    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()>;
    fn spawn(&self, task: LocalBoxFuture<'static, ()>);
    /// Unpredictable bits, good enough for an idempotency key.
    fn random(&self) -> u128;
}
