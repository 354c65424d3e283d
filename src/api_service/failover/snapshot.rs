//! What a page may show of the core: plain values, copied out, never a second opinion.

use std::rc::Rc;
use std::time::Duration;

use super::node::{Check, FailureReason, HealthReport, NodeState};
use super::time::Timestamp;

/// The whole cluster as this client sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterSnapshot {
    pub taken_at: Timestamp,
    /// In the order of the configuration.
    pub nodes: Vec<NodeSnapshot>,
    /// The node that the next read goes to. `None` only when there is no node at all.
    pub current: Option<usize>,
    /// The node that the operator chose, if any.
    pub preferred: Option<usize>,
    /// The Raft leader as last reported by a node of the list.
    pub leader: Option<usize>,
    pub mode: ClusterMode,
    /// The last move of the node in use.
    pub last_move: Option<Move>,
}

impl ClusterSnapshot {
    /// How many nodes are healthy, for "2/3 healthy".
    pub fn healthy(&self) -> usize {
        self.nodes.iter().filter(|node| node.state == NodeState::Healthy).count()
    }
}

/// One node as this client sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeSnapshot {
    /// Position in the list, from 0.
    pub index: usize,
    /// Normalised base URL, without a slash at its end.
    pub url: Rc<str>,
    pub state: NodeState,
    /// Since when the node is in this state.
    pub since: Timestamp,
    /// Why the node is not healthy; `None` while it is healthy or unknown.
    pub reason: Option<FailureReason>,
    /// How long the last successful answer took.
    pub latency: Option<Duration>,
    /// Median and 95th percentile of all successful answers of this session.
    pub p50: Option<Duration>,
    pub p95: Option<Duration>,
    /// When the last health check of this node ended.
    pub last_checked: Option<Timestamp>,
    /// When this node last answered anything at all.
    pub last_seen: Option<Timestamp>,
    /// The last checks, oldest first, at most [`super::policy::CHECKS_KEPT`].
    pub checks: Vec<Check>,
    /// Requests and probes that this node answered, and that it failed.
    pub successes: u64,
    pub failures: u64,
    /// Requests that wait for this node now.
    pub pending: u32,
    /// What the node last said about itself.
    pub health: Option<HealthReport>,
    /// The node asked to be left alone until then (429 or 503 with Retry-After).
    pub throttled_until: Option<Timestamp>,
    /// When the next health check of this node is due.
    pub next_probe_at: Option<Timestamp>,
}

/// How much of the cluster can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterMode {
    /// Every node is usable.
    Normal,
    /// At least one node is usable, at least one is not.
    Degraded,
    /// No node is usable, at least one is only suspected: health is ignored.
    Panic,
    /// Every node has failed.
    Outage { since: Timestamp, next_try: Option<Timestamp> },
}

/// A move of the node in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    pub at: Timestamp,
    pub from: usize,
    pub to: usize,
    pub by: Actor,
    /// How long the first caller waited before its request was sent to the new node. `None` when nobody waited.
    pub waited: Option<Duration>,
}

/// Who caused something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Automatic,
    Operator,
}
