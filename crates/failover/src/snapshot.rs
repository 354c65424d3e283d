//! What a page may show of the core: plain values, copied out, never a second opinion.

use std::sync::Arc;
use std::time::Duration;

use super::figures::Check;
use super::node::{FailureReason, HealthReport, NodeState};
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
    /// Since when the person's own network is thought to be down: no node is blamed meanwhile.
    pub local_fault: Option<Timestamp>,
    /// What the browser says of the network. A hint, no verdict.
    pub online: bool,
    /// The one node that requests go to, while the operator requires it.
    pub required: Option<Requirement>,
    pub counters: Counters,
}

/// What changed since a page last looked.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// To ask with the next time.
    pub revision: u64,
    /// Nodes were added, removed or put in another order: `snapshot` has all of them.
    pub list_changed: bool,
    /// With the nodes that changed only.
    pub snapshot: ClusterSnapshot,
}

/// The operator requires one node: nothing fails over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub index: usize,
    pub until: Timestamp,
}

/// What the failover has done since the page began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests sent to nodes, repeats included, probes not.
    pub attempts: u64,
    pub probes: u64,
    /// Second attempts beside a slow one, how many of them answered first, and how many were not sent for want of a
    /// token.
    pub hedges: u64,
    pub hedges_won: u64,
    pub hedges_refused: u64,
    /// Requests that were sent on from a node that failed, and among them those whose node had not answered yet.
    pub moves: u64,
    pub rescues: u64,
    /// Calls that had to wait or end because the retry budget was empty.
    pub budget_refused: u64,
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
    pub url: Arc<str>,
    pub state: NodeState,
    /// Since when the node is in this state.
    pub since: Timestamp,
    /// Why the node is not healthy; `None` while it is healthy or unknown.
    pub reason: Option<FailureReason>,
    /// How long the last successful answer took.
    pub latency: Option<Duration>,
    /// Percentiles of all successful answers to reads since the page began.
    pub p50: Option<Duration>,
    pub p95: Option<Duration>,
    pub p99: Option<Duration>,
    /// The same for the last 30 to 60 s in which the node was asked.
    pub lately: Lately,
    /// When the last health check of this node ended.
    pub last_checked: Option<Timestamp>,
    /// When this node last answered anything at all.
    pub last_seen: Option<Timestamp>,
    /// The last checks, oldest first, at most [`super::policy::CHECKS_KEPT`].
    pub checks: Vec<Check>,
    /// Requests and probes that this node answered, and that it failed.
    pub successes: u64,
    pub failures: u64,
    /// Whether the latest request went well, whatever the checks say; `None` before the first, and after a reset.
    pub latest_request: Option<bool>,
    /// Requests that wait for this node now.
    pub pending: u32,
    /// What the node last said about itself.
    pub health: Option<HealthReport>,
    /// The node asked to be left alone until then (429 or 503 with Retry-After).
    pub throttled_until: Option<Timestamp>,
    /// When the next health check of this node is due.
    pub next_probe_at: Option<Timestamp>,
    /// It was behind the read index a moment ago.
    pub stale: bool,
    /// A request waits for it for longer than usual: new ones go elsewhere.
    pub slow: bool,
    /// It was left too often lately, and is not returned to before then.
    pub returns_after: Option<Timestamp>,
}

/// A node's figures of the last 30 to 60 s in which it was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lately {
    pub p50: Option<Duration>,
    pub p95: Option<Duration>,
    pub p99: Option<Duration>,
    /// Requests and probes that succeeded, of all that ended.
    pub success_percent: Option<u32>,
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
