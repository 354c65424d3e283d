//! The journal: a ring of typed events that says who failed, why, and what was done about it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::Failover;
use super::ids::CallId;
use super::node::{FailureReason, NodeState};
use super::policy::JOURNAL_CAPACITY;
use super::snapshot::Actor;
use super::time::Timestamp;

/// One line of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Counts up from 0 for the life of the page; a gap means that older lines were dropped.
    pub sequence: u64,
    pub at: Timestamp,
    pub event: JournalEvent,
}

/// What happened. Nodes are named by their URL: an index changes its meaning when the list is edited.
#[derive(Clone, Debug, PartialEq)]
pub enum JournalEvent {
    /// A request to `node` failed after `waited`.
    AttemptFailed { call: CallId, node: Arc<str>, reason: FailureReason, waited: Duration },
    /// A request went on from one node to the next, `waited` after it was submitted.
    RequestMoved { call: CallId, from: Arc<str>, to: Arc<str>, reason: FailureReason, waited: Duration },
    /// A request was sent on to the leader: the node was well, but not the leader.
    LeaderHop { call: CallId, from: Arc<str>, to: Arc<str> },
    /// A request ended without an answer, `waited` after it was submitted.
    CallFailed { call: CallId, waited: Duration, attempts: u32 },
    /// A node changed its state.
    NodeChanged { node: Arc<str>, from: NodeState, to: NodeState, reason: Option<FailureReason> },
    /// The node in use changed.
    CurrentChanged { from: Arc<str>, to: Arc<str>, by: Actor, waited: Option<Duration> },
    /// The Raft leader changed.
    LeaderChanged { node: Arc<str>, term: u64 },
    /// The operator chose a node (`Some`) or went back to the automatic choice (`None`).
    PreferenceChanged { node: Option<Arc<str>> },
    /// The operator reset failures: of one node, or of all (`None`).
    FailuresReset { node: Option<Arc<str>> },
    /// The page was woken `by` too late (the machine slept, or the page was frozen): nobody is blamed for what happened
    /// meanwhile, and calls under way have that much more time.
    ClockJumped { by: Duration },
    /// The wall clock was set, or the machine slept: it stands `by` further `forward`, or back. No deadline moves.
    WallClockMoved { by: Duration, forward: bool },
    /// Every node has failed.
    OutageBegan,
    /// A node answered again after an outage of `lasted`.
    OutageEnded { lasted: Duration },
    /// Neither a node nor the page's own origin can be reached: it is the person's network, and no node is blamed.
    LocalFaultBegan,
    /// Something was reached again.
    LocalFaultEnded { lasted: Duration },
    /// A read waited longer than usual for `from` and was sent to `to` as well.
    Hedged { call: CallId, from: Arc<str>, to: Arc<str> },
    /// A call may not be sent on: too much of what this client sends are repeats already.
    BudgetRefused { call: CallId },
    /// The operator requires one node (`Some`), or no longer does (`None`).
    RequirementChanged { node: Option<Arc<str>> },
    /// `node` works, and takes `latency` where `than` takes `other`. `kept`: the operator chose it, so it is not left.
    FoundSlow { node: Arc<str>, latency: Duration, than: Arc<str>, other: Duration, kept: bool },
    /// `node` is about as fast as the others again.
    NoLongerSlow { node: Arc<str>, than: Option<Arc<str>> },
    /// Of a hundred requests to `node` only `percent` go well, where `usual` do at the others: it is passed over.
    LowSuccessRate { node: Arc<str>, percent: u32, usual: u32 },
    /// Every node that answers is behind what the page has seen. The freshest is `node`, which has applied `freshest`.
    ReadIndexGivenUp { node: Arc<str>, freshest: u64 },
    /// `node` belongs to another `cluster` than the one that the page is in: nothing is sent there.
    ForeignNode { node: Arc<str>, cluster: Arc<str> },
    /// `node` belongs to the cluster that the page is in.
    NoLongerForeign { node: Arc<str> },
    /// The operator said that the `cluster` of `node` is the right one: the page is in that one from now on.
    ClusterFollowed { node: Arc<str>, cluster: Arc<str> },
    /// The address `node` leads to the same node as `first`, which comes before it in the list.
    SameNode { node: Arc<str>, first: Arc<str> },
    /// Several requests in a row went well at `node`: it is trusted again.
    SuccessRateRestored { node: Arc<str> },
}

impl JournalEvent {
    /// A stable name in kebab-case, for filters, exports and `data-kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AttemptFailed { .. } => "attempt-failed",
            Self::RequestMoved { .. } => "request-moved",
            Self::LeaderHop { .. } => "leader-hop",
            Self::CallFailed { .. } => "call-failed",
            Self::NodeChanged { .. } => "node-changed",
            Self::CurrentChanged { .. } => "current-changed",
            Self::LeaderChanged { .. } => "leader-changed",
            Self::PreferenceChanged { .. } => "preference-changed",
            Self::FailuresReset { .. } => "failures-reset",
            Self::ClockJumped { .. } => "clock-jumped",
            Self::WallClockMoved { .. } => "wall-clock-moved",
            Self::OutageBegan => "outage-began",
            Self::OutageEnded { .. } => "outage-ended",
            Self::LocalFaultBegan => "local-fault-began",
            Self::LocalFaultEnded { .. } => "local-fault-ended",
            Self::Hedged { .. } => "hedged",
            Self::BudgetRefused { .. } => "budget-refused",
            Self::RequirementChanged { .. } => "requirement-changed",
            Self::FoundSlow { .. } => "found-slow",
            Self::NoLongerSlow { .. } => "no-longer-slow",
            Self::LowSuccessRate { .. } => "low-success-rate",
            Self::ReadIndexGivenUp { .. } => "read-index-given-up",
            Self::ForeignNode { .. } => "foreign-node",
            Self::NoLongerForeign { .. } => "no-longer-foreign",
            Self::ClusterFollowed { .. } => "cluster-followed",
            Self::SameNode { .. } => "same-node",
            Self::SuccessRateRestored { .. } => "success-rate-restored",
        }
    }

    /// Whether it is about a single request, not about a node or the whole: a burst brings thousands of these.
    pub fn is_of_one_request(&self) -> bool {
        matches!(
            self,
            Self::AttemptFailed { .. }
                | Self::RequestMoved { .. }
                | Self::LeaderHop { .. }
                | Self::Hedged { .. }
                | Self::BudgetRefused { .. }
        )
    }

    /// The state that a node is in from then on, if that is what happened.
    pub fn new_state(&self) -> Option<NodeState> {
        match self {
            Self::NodeChanged { to, .. } => Some(*to),
            _ => None,
        }
    }

    /// The node that the event is about, if it is about one.
    pub fn node(&self) -> Option<&Arc<str>> {
        match self {
            Self::AttemptFailed { node, .. }
            | Self::NodeChanged { node, .. }
            | Self::LeaderChanged { node, .. }
            | Self::FoundSlow { node, .. }
            | Self::NoLongerSlow { node, .. }
            | Self::LowSuccessRate { node, .. }
            | Self::ReadIndexGivenUp { node, .. }
            | Self::ForeignNode { node, .. }
            | Self::NoLongerForeign { node }
            | Self::ClusterFollowed { node, .. }
            | Self::SameNode { node, .. }
            | Self::SuccessRateRestored { node } => Some(node),
            Self::RequestMoved { from, .. } | Self::LeaderHop { from, .. } | Self::Hedged { from, .. } => Some(from),
            Self::CurrentChanged { to, .. } => Some(to),
            Self::PreferenceChanged { node } | Self::FailuresReset { node } | Self::RequirementChanged { node } => {
                node.as_ref()
            }
            Self::CallFailed { .. }
            | Self::BudgetRefused { .. }
            | Self::ClockJumped { .. }
            | Self::WallClockMoved { .. }
            | Self::OutageBegan
            | Self::OutageEnded { .. }
            | Self::LocalFaultBegan
            | Self::LocalFaultEnded { .. } => None,
        }
    }
}

/// The last [`JOURNAL_CAPACITY`] events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    next_sequence: u64,
}

impl Journal {
    pub fn record(&mut self, at: Timestamp, event: JournalEvent) {
        if self.entries.len() == JOURNAL_CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { sequence: self.next_sequence, at, event });
        self.next_sequence += 1;
    }
}

impl Failover {
    /// The events that the journal holds, oldest first.
    pub fn journal(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.journal_since(0)
    }

    /// The events from number `sequence` on, oldest first; those that the journal no longer holds are left out.
    pub fn journal_since(&self, sequence: u64) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        let Journal { entries, next_sequence } = &self.journal;
        // Numbers are consecutive, and the newest one is the last.
        let newer = usize::try_from(next_sequence.saturating_sub(sequence)).unwrap_or(usize::MAX);
        entries.range(entries.len().saturating_sub(newer)..)
    }

    /// How many events were recorded since the page began, those no longer held included.
    pub fn recorded(&self) -> u64 {
        self.journal.next_sequence
    }
}
