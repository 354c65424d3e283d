//! What a page may show of the core: plain values, copied out, never a second opinion.

use std::sync::Arc;
use std::time::Duration;

use super::Failover;
use super::node::{FailureReason, Node, NodeState};
use super::policy::Policy;
use super::report::HealthReport;
use super::stats::Check;
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
    /// When the person's own network is thought to have gone down: no node is blamed since.
    pub local_fault: Option<Timestamp>,
    /// What the browser says of the network. A hint, no verdict.
    pub online: bool,
    /// The one node that requests go to, while the operator requires it.
    pub required: Option<Requirement>,
    pub counters: Counters,
    /// The cluster that the page is in; `None` while no node has named any.
    pub cluster: Option<Arc<str>>,
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
    /// Requests sent to nodes: repeats are included, health checks are not.
    pub attempts: u64,
    /// Health checks.
    pub probes: u64,
    /// Second attempts beside a slow one.
    pub hedges: u64,
    /// Second attempts that answered first.
    pub hedges_won: u64,
    /// Second attempts that were not sent for want of a token.
    pub hedges_refused: u64,
    /// Requests that were sent on from a node that failed.
    pub moves: u64,
    /// Moves from a node that had not answered yet.
    pub rescues: u64,
    /// Calls that had to wait or end because the retry budget was empty.
    pub budget_refused: u64,
}

/// What [`Counters`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counter {
    Attempt,
    Probe,
    Hedge,
    HedgeWon,
    HedgeRefused,
    Move,
    Rescue,
    BudgetRefused,
}

impl Counters {
    pub(crate) fn add(&mut self, counter: Counter) {
        let count = match counter {
            Counter::Attempt => &mut self.attempts,
            Counter::Probe => &mut self.probes,
            Counter::Hedge => &mut self.hedges,
            Counter::HedgeWon => &mut self.hedges_won,
            Counter::HedgeRefused => &mut self.hedges_refused,
            Counter::Move => &mut self.moves,
            Counter::Rescue => &mut self.rescues,
            Counter::BudgetRefused => &mut self.budget_refused,
        };
        *count += 1;
    }
}

/// Grows with every change that a snapshot or the journal shows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Revision(u64);

impl Revision {
    /// Something changed. Answers the new revision.
    pub fn advance(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }

    /// The next revision, for a change that is shown together with the next one.
    pub fn upcoming(self) -> u64 {
        self.0 + 1
    }
}

impl ClusterSnapshot {
    /// How many nodes are healthy, for "2/3 healthy". Several addresses of one node count once, a node of another cluster
    /// does not count.
    pub fn healthy(&self) -> usize {
        let healthy = |node: &&NodeSnapshot| node.state == NodeState::Healthy && !node.foreign;
        let first = |node: &NodeSnapshot| node.same_as.unwrap_or(node.index);
        let counted = self.nodes.iter().filter(healthy).enumerate();
        let once = counted.filter(|(place, node)| {
            node.same_as.is_none()
                || !self.nodes.iter().filter(healthy).take(*place).any(|other| first(other) == first(node))
        });
        once.count()
    }

    /// How many nodes there are: several addresses of one node count once.
    pub fn total(&self) -> usize {
        self.nodes.iter().filter(|node| node.same_as.is_none()).count()
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
    /// Figures of the last 30 to 60 s in which the node was asked.
    pub lately: Lately,
    /// When the last health check of this node ended.
    pub last_checked: Option<Timestamp>,
    /// When this node last answered anything at all.
    pub last_seen: Option<Timestamp>,
    /// The last checks, oldest first, at most [`super::policy::CHECKS_KEPT`].
    pub checks: Vec<Check>,
    /// Requests and health checks that this node answered.
    pub successes: u64,
    /// Requests and health checks that this node failed.
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
    /// Another node is far faster: it is left for that one, unless the operator chose it.
    pub slower: Option<SlowerThan>,
    /// It was left too often lately, and is not returned to before then.
    pub returns_after: Option<Timestamp>,
    /// It names another cluster than the one that the page is in: neither calls nor streams go there.
    pub foreign: bool,
    /// The place in the list of the first address that leads to this same node.
    pub same_as: Option<usize>,
    /// It names changing node ids: a balancer, which stands for several nodes.
    pub balancer: bool,
}

/// How much slower a node is than another one, when that was last found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowerThan {
    pub latency: Duration,
    /// The place of the faster node in the list.
    pub than: usize,
    /// How long that one takes.
    pub other: Duration,
}

/// A node's figures of the last 30 to 60 s in which it was asked. Percentiles are those of reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lately {
    pub p50: Option<Duration>,
    pub p95: Option<Duration>,
    pub p99: Option<Duration>,
    /// Requests and health checks that succeeded, of a hundred that ended.
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
    /// No node is usable, and one is well and belongs to another cluster: the operator has to say which is the right one.
    Foreign,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Actor {
    #[default]
    Automatic,
    Operator,
}

impl Failover {
    /// Everything that a page shows, copied out.
    pub fn snapshot(&self, now: Timestamp) -> ClusterSnapshot {
        self.snapshot_of(now, |_| true)
    }

    /// What changed after `revision`: with a thousand nodes a page must not copy all of them for each answer.
    pub fn changes_since(&self, revision: u64, now: Timestamp) -> Changes {
        let list_changed = self.nodes.changed_at > revision;
        let snapshot = self.snapshot_of(now, |node| list_changed || node.changed_at > revision);
        Changes { revision: self.revision(), list_changed, snapshot }
    }

    /// Grows with every change that [`Failover::snapshot`] or [`Failover::journal`] shows.
    pub fn revision(&self) -> u64 {
        self.revision.0
    }

    fn snapshot_of_node(&self, index: usize, node: &Node, now: Timestamp) -> NodeSnapshot {
        let slower = node.pace.slower().and_then(|slower| {
            let than = self.nodes.index_of(slower.than)?;
            Some(SlowerThan { latency: slower.latency, than, other: slower.other })
        });
        let same_as = node.identity.same_as().and_then(|first| self.nodes.index_of(first));
        NodeSnapshot { slower, same_as, ..node.snapshot(index, &self.policy, now) }
    }

    fn snapshot_of(&self, now: Timestamp, wanted: impl Fn(&Node) -> bool) -> ClusterSnapshot {
        let nodes = self.nodes.iter().enumerate().filter(|(_, node)| wanted(node));
        let required = self.choices.required(now);
        ClusterSnapshot {
            taken_at: now,
            nodes: nodes.map(|(index, node)| self.snapshot_of_node(index, node, now)).collect(),
            current: self.home(),
            preferred: self.preferred(),
            leader: self.leader(),
            mode: self.mode(),
            last_move: self.home.last_move(&self.nodes),
            local_fault: self.local_fault.since(),
            online: self.page.online,
            required: required.and_then(|(id, until)| Some(Requirement { index: self.nodes.index_of(id)?, until })),
            counters: self.counters,
            cluster: self.cluster().cloned(),
        }
    }
}

impl Node {
    /// What a page may show of this node, which is at `index` of the list, by itself.
    fn snapshot(&self, index: usize, policy: &Policy, now: Timestamp) -> NodeSnapshot {
        let stats = &self.stats;
        let reads = stats.reads.lifetime();
        NodeSnapshot {
            index,
            url: Arc::clone(&self.url),
            state: self.shown_state(),
            since: self.health.since,
            reason: self.shown_reason(),
            latency: stats.latency,
            p50: reads.percentile(50),
            p95: reads.percentile(95),
            p99: reads.percentile(99),
            lately: Lately {
                p50: stats.reads.lately(50),
                p95: stats.reads.lately(95),
                p99: stats.reads.lately(99),
                success_percent: stats.rate.percent(),
            },
            last_checked: self.probes.last_ended,
            last_seen: stats.last_seen,
            checks: stats.checks.iter().copied().collect(),
            successes: stats.successes,
            failures: stats.failures,
            latest_request: self.traffic.latest_succeeded,
            pending: self.traffic.pending,
            health: self.reported.health.clone(),
            throttled_until: self.held_until,
            next_probe_at: self.probes.next,
            stale: self.reported.is_stale(now),
            slow: self.slow(now, policy),
            slower: None,
            returns_after: self.flapping.return_after.filter(|at| *at > now),
            foreign: self.identity.is_foreign(),
            same_as: None,
            balancer: self.identity.is_balancer(),
        }
    }
}
