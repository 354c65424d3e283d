//! Everything that falls due: one heap, whose stale entries are dropped when they surface.
//!
//! An entry is never taken out when its reason goes away (an attempt that was answered in time): it is compared with
//! what it stands for when it comes to the top. Setting a timer costs a push, cancelling one costs nothing.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::node::NodeId;
use super::time::Timestamp;
use super::{AttemptId, CallId};

/// What falls due. The order decides between those that fall due together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// An attempt is hedged, falls silent, or times out.
    Attempt(AttemptId),
    /// A call that waits goes on, or its deadline passes.
    Call(CallId),
    /// A probe's lease is over.
    Lease(NodeId),
    /// A node is to be checked.
    Probe(NodeId),
    /// A node's hold ends: it may be chosen again.
    Hold(NodeId),
    /// Calls wait for an origin that does not answer.
    Origin(u32),
    /// The one prober of an outage.
    Outage,
    /// A control fetch is over, or due.
    Control,
    /// The operator's requirement ends.
    Requirement,
}

/// The heap.
#[derive(Debug, Default)]
pub(super) struct Timers(BinaryHeap<Reverse<(Timestamp, Timer)>>);

impl Timers {
    pub fn set(&mut self, at: Timestamp, timer: Timer) {
        self.0.push(Reverse((at, timer)));
    }

    /// The first entry, live or stale.
    pub fn first(&self) -> Option<(Timestamp, Timer)> {
        self.0.peek().map(|Reverse(entry)| *entry)
    }

    pub fn remove_first(&mut self) {
        self.0.pop();
    }

    /// How many entries there are, stale ones included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Keeps the entries that `live` says are not stale, each once.
    pub fn retain(&mut self, live: impl Fn(Timestamp, Timer) -> bool) {
        let mut entries = std::mem::take(&mut self.0).into_vec();
        entries.retain(|Reverse((at, timer))| live(*at, *timer));
        entries.sort_unstable();
        entries.dedup();
        self.0 = entries.into();
    }
}
