//! Everything that falls due: one heap, whose stale entries are dropped when they surface.
//!
//! An entry is never taken out when its reason goes away (an attempt that was answered in time): it is compared with
//! what it stands for when it comes to the top. Setting a timer costs a push, cancelling one costs nothing.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::ids::{AttemptId, CallId, NodeId, OriginId};
use super::policy::{SPARE_TIMERS, TIMERS_PER_ITEM};
use super::time::Timestamp;

/// What falls due. The order decides between those that fall due together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// An attempt is hedged, falls silent, or times out.
    Attempt(AttemptId),
    /// A call that waits goes on, or its deadline passes.
    Call(CallId),
    /// The lease of a node's health check is over.
    Lease(NodeId),
    /// A node is to be checked.
    Probe(NodeId),
    /// A node's hold ends: it may be chosen again.
    Hold(NodeId),
    /// Calls wait for an origin that does not answer.
    Origin(OriginId),
    /// The one prober of an outage.
    Outage,
    /// A control fetch is over, or due.
    Control,
    /// The operator's requirement ends.
    Requirement,
    /// The others are looked at once more, because the home is slow.
    Look,
}

/// The heap.
#[derive(Debug, Default)]
pub(crate) struct Timers(BinaryHeap<Reverse<(Timestamp, Timer)>>);

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

    /// When the first entry, live or stale, is due.
    pub fn first_at(&self) -> Option<Timestamp> {
        self.first().map(|(at, _)| at)
    }

    /// Whether most entries no longer stand for anything. `under_way`: how many calls, attempts and nodes there are.
    /// Deadlines of calls that were answered in time lie far ahead: a burst of them is swept out at once.
    pub fn are_mostly_stale(&self, under_way: usize) -> bool {
        self.len() > SPARE_TIMERS + TIMERS_PER_ITEM * under_way
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
