//! Identical reads at the same time are one read.
//!
//! A read with headers cannot bypass the HTTP cache (that would bypass the preflight cache too), and there identical
//! ones wait for each other: the second would only be slower. So it joins the first, unless something may have changed
//! since the first began: a write, or who asks.

use std::rc::Rc;

use super::failover::{CallId, Duration};
use super::request::{Access, ApiRequest, Expected};
use super::transport::Method;

/// What makes two reads the same read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReadKey {
    path: Rc<str>,
    headers: Vec<(Rc<str>, Rc<str>)>,
    expected: Expected,
    deadline: Option<Duration>,
    generation: u64,
}

/// The reads that others may join.
#[derive(Debug, Default)]
pub(super) struct SharedReads {
    under_way: Vec<(ReadKey, CallId)>,
    generation: u64,
}

impl SharedReads {
    /// The key of a read that can be shared; `None` for everything else.
    pub fn key(&self, request: &ApiRequest) -> Option<ReadKey> {
        let shared =
            request.method == Method::Get && request.access == Access::Authenticated && request.avoid.is_none();
        shared.then(|| ReadKey {
            path: Rc::clone(&request.path),
            headers: request.headers.clone(),
            expected: request.expected,
            deadline: request.deadline,
            generation: self.generation,
        })
    }

    /// Whoever reads from now on must see what happens now.
    pub fn changed(&mut self) {
        self.generation += 1;
    }

    pub fn find(&self, key: &ReadKey) -> Option<CallId> {
        self.under_way.iter().find(|(known, _)| known == key).map(|(_, call)| *call)
    }

    pub fn began(&mut self, key: ReadKey, call: CallId) {
        self.under_way.push((key, call));
    }

    pub fn ended(&mut self, key: &ReadKey) {
        self.under_way.retain(|(known, _)| known != key);
    }
}
