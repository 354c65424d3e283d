//! Identities. None is ever used twice, unlike an index, which changes its meaning when the list of nodes is edited.

use std::hash::{Hash, Hasher};

/// A node, for the life of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

/// A call. Given by the driver, which never uses one twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// An attempt, a health check or a control fetch. Given by the core, which never uses one twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttemptId(pub u64);

impl Hash for AttemptId {
    /// An `i128`, by which the search through every interleaving knows an attempt.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_i128(self.0.into());
    }
}

/// An origin (scheme, host and port), which several nodes may share behind a reverse proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct OriginId(pub(crate) u32);

/// The source of attempt ids: they count up, so that a younger attempt has the larger id.
#[derive(Debug, Default)]
pub(crate) struct AttemptIds {
    next: u64,
}

impl AttemptIds {
    pub fn issue(&mut self) -> AttemptId {
        let id = AttemptId(self.next);
        self.next += 1;
        id
    }
}
