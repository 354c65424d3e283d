//! How far a node has come with its messages, which both broadcasts count in the same way.

use serde::{Deserialize, Serialize};

/// A place in the messages of one node. A later start counts for more than any number of messages of an earlier one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub struct Mark {
    /// Which start of the node it is, from 1; counted on its disk. After a restart it counts messages from 1 again.
    pub start: u64,
    /// Messages it has sent since.
    pub count: u64,
}

impl Mark {
    /// The place before this one; nothing before the first message of a start.
    pub fn previous(self) -> Option<Self> {
        (self.count > 1).then(|| Self { count: self.count - 1, ..self })
    }

    pub fn next(self) -> Self {
        Self { count: self.count + 1, ..self }
    }
}

impl From<(u64, u64)> for Mark {
    fn from((start, count): (u64, u64)) -> Self {
        Self { start, count }
    }
}

impl From<Mark> for (u64, u64) {
    fn from(mark: Mark) -> Self {
        (mark.start, mark.count)
    }
}
