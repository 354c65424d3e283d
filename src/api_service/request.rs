//! What an endpoint declares of a call, before a node is chosen for it.

use std::rc::Rc;
use std::sync::Arc;

use super::failover::{CallSpec, Duration, NodeId, Replay, Target};
use super::transport::{Body, Method};

/// Who may see the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Carries nothing that says who asks.
    Public,
    /// Carries the token, to nodes of the list only.
    Authenticated,
}

/// A write's protection against being applied twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Doing it twice is doing it once.
    Harmless,
    /// Applied at most once with a key that the backend honours; sent only once without.
    NeedsKey,
    /// Sent once, whatever the backend honours.
    Never,
}

/// What the body of a success must be. Anything else, such as the page of a proxy, is no success: another node is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Json,
    /// JSON, or nothing at all: the status says enough.
    JsonOrNothing,
    Anything,
}

impl Expected {
    pub(super) fn admits(self, body: &Body) -> bool {
        match (self, body) {
            (_, Body::Json(_)) | (Self::Anything, Body::Other(_)) => true,
            (Self::JsonOrNothing, Body::Other(text)) => text.trim().is_empty(),
            (Self::Json, Body::Other(_)) => false,
        }
    }
}

/// A call as an endpoint describes it.
#[derive(Clone, Debug)]
pub struct ApiRequest {
    pub method: Method,
    /// Begins with `/`; the node's base URL goes before it.
    pub path: Rc<str>,
    pub body: Option<Rc<str>>,
    pub access: Access,
    pub repeat: Repeat,
    pub target: Target,
    /// Seconds are normal.
    pub slow: bool,
    pub expected: Expected,
    pub deadline: Option<Duration>,
    /// The key of this user action. Made by the service when a key is wanted and none was given.
    pub idempotency_key: Option<Arc<str>>,
    /// Sent beside the service's own.
    pub headers: Vec<(Rc<str>, Rc<str>)>,
    /// Go to another node than this one, if there is one.
    pub avoid: Option<NodeId>,
}

impl ApiRequest {
    /// A GET that every node serves.
    pub fn read(path: impl Into<Rc<str>>, access: Access) -> Self {
        Self {
            method: Method::Get,
            path: path.into(),
            body: None,
            access,
            repeat: Repeat::Harmless,
            target: Target::AnyNode,
            slow: false,
            expected: Expected::Json,
            deadline: None,
            idempotency_key: None,
            headers: Vec::new(),
            avoid: None,
        }
    }

    /// A change, which the leader serves.
    pub fn write(method: Method, path: impl Into<Rc<str>>, body: Option<String>, repeat: Repeat) -> Self {
        Self {
            method,
            body: body.map(Rc::from),
            repeat,
            target: Target::Leader,
            ..Self::read(path, Access::Authenticated)
        }
    }

    /// The same call, sent without saying who asks.
    pub fn public(self) -> Self {
        Self { access: Access::Public, ..self }
    }

    /// The same call, whose answer may be empty or anything else.
    pub fn any_body(self) -> Self {
        Self { expected: Expected::Anything, ..self }
    }

    /// The same call, whose answer may be empty.
    pub fn or_nothing(self) -> Self {
        Self { expected: Expected::JsonOrNothing, ..self }
    }

    /// Overrides what the endpoint declares: `Some(true)` sends a key and allows repeats, `Some(false)` neither.
    pub fn idempotent(&mut self, choice: Option<bool>, new_key: impl FnOnce() -> Arc<str>) {
        match choice {
            None => {}
            Some(true) if self.method == Method::Get => {}
            Some(true) => {
                self.repeat = Repeat::NeedsKey;
                self.idempotency_key = Some(new_key());
            }
            Some(false) => self.repeat = Repeat::Never,
        }
    }

    pub(super) fn spec(&self) -> CallSpec {
        let replay = match (self.repeat, &self.idempotency_key) {
            (Repeat::Harmless, _) => Replay::Repeatable,
            (Repeat::NeedsKey, Some(_)) => Replay::Keyed,
            (Repeat::NeedsKey, None) | (Repeat::Never, _) => Replay::Once,
        };
        CallSpec {
            replay,
            target: self.target,
            read: self.method == Method::Get,
            slow: self.slow,
            background: false,
            with_headers: self.access == Access::Authenticated || self.body.is_some() || !self.headers.is_empty(),
            avoid: self.avoid,
            deadline: self.deadline,
            attempt_timeout: None,
        }
    }
}
