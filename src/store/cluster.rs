//! What pages know of the cluster: the failover's own snapshot, cut into signals.
//!
//! One writer, called at most once a frame however many changes come in. A signal is
//! written only when its value changed, so that a round of probes touches only the rows that it changed.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;

use crate::api_service::ApiService;
use crate::api_service::Timestamp;
use crate::api_service::failover::journal::Entry;
use crate::api_service::failover::node::{NodeState, Role};
use crate::api_service::failover::snapshot::{ClusterMode, ClusterSnapshot, Move, NodeSnapshot, Requirement};

/// Changes that come in within one frame of a 60 Hz screen are shown together. A timer, not an animation frame:
/// the page's title must be right in a hidden tab too.
const COALESCE: Duration = Duration::from_millis(16);

/// With more nodes than this a round of checks brings hundreds of changes a second: they are shown in larger lots, and
/// still within a tenth of a second.
const MANY: usize = 64;
const COALESCE_MANY: Duration = Duration::from_millis(64);

/// The figures of the cluster as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// Nodes that are healthy and of this cluster. Several addresses of one node count once, here and below.
    pub healthy: usize,
    pub total: usize,
    /// Addresses in the list.
    pub listed: usize,
    /// Addresses that lead to nodes of another cluster.
    pub foreign: usize,
    /// Nodes that new requests may be sent to.
    pub usable: usize,
    pub failed: usize,
    /// Whether any node that can be used says that it reaches a majority; `None` while none says anything of it.
    pub quorum: Option<bool>,
    /// The node that the next read goes to.
    pub current: Option<usize>,
    pub current_role: Option<Role>,
    /// The node that the operator chose.
    pub preferred: Option<usize>,
    pub preferred_state: Option<NodeState>,
    /// The highest Raft term that any node reported.
    pub term: Option<u64>,
    /// The highest commit index that any node reported.
    pub highest_commit: Option<u64>,
    pub mode: ClusterMode,
    pub last_move: Option<Move>,
    /// Since when it is the person's own network that does not answer.
    pub local_fault: Option<Timestamp>,
    /// The one node that requests go to, while the operator requires it.
    pub required: Option<Requirement>,
}

/// Whether a node counts among the healthy ones of this cluster.
fn is_healthy(node: &NodeSnapshot) -> bool {
    node.state == NodeState::Healthy && !node.foreign
}

impl Overview {
    /// What is known before any node was counted.
    fn without_nodes(summary: &ClusterSnapshot) -> Self {
        Self {
            healthy: 0,
            total: 0,
            listed: 0,
            foreign: 0,
            usable: 0,
            failed: 0,
            quorum: None,
            current: summary.current,
            current_role: None,
            preferred: summary.preferred,
            preferred_state: None,
            term: None,
            highest_commit: None,
            mode: summary.mode,
            last_move: summary.last_move,
            local_fault: summary.local_fault,
            required: summary.required,
        }
    }

    /// Takes in one node, in the order of the configuration.
    fn count(&mut self, node: &NodeSnapshot, summary: &ClusterSnapshot) {
        let report = node.health.as_ref().filter(|_| !node.foreign);
        let index = Some(self.listed);
        self.listed += 1;
        self.total += usize::from(node.same_as.is_none());
        self.healthy += usize::from(node.same_as.is_none() && is_healthy(node));
        self.failed += usize::from(node.same_as.is_none() && node.state == NodeState::Failed);
        self.foreign += usize::from(node.foreign);
        if node.state.usable() && !node.foreign {
            self.usable += 1;
            self.quorum = self.quorum.max(report.and_then(|report| report.quorum));
        }
        if index == summary.current {
            self.current_role = report.and_then(|report| report.role);
        }
        if index == summary.preferred {
            self.preferred_state = Some(node.state);
        }
        self.term = self.term.max(report.and_then(|report| report.term));
        self.highest_commit = self.highest_commit.max(report.and_then(|report| report.commit_index));
    }

    /// The preferred node when another one serves in its place.
    pub fn preferred_but_unavailable(&self) -> Option<usize> {
        self.preferred.filter(|&preferred| self.current != Some(preferred))
    }
}

/// The signal of one node. Keyed by URL: it outlives a change of the node's place in the list.
#[derive(Clone, Debug)]
pub struct NodeHandle {
    pub url: Arc<str>,
    snapshot: RwSignal<NodeSnapshot>,
}

impl PartialEq for NodeHandle {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url
    }
}

impl NodeHandle {
    /// A reader of part of the node's snapshot, that notifies only when this part changed.
    pub fn part<T>(&self, read: impl Fn(&NodeSnapshot) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        let snapshot = self.snapshot;
        Memo::new(move |_| snapshot.with(|node| read(node)))
    }

    /// A reader of part of the node's snapshot together with something else that is read in the same place.
    pub fn part_with<A, T>(
        &self,
        also: impl Fn() -> A + Send + Sync + 'static,
        read: fn(&NodeSnapshot, A) -> T,
    ) -> Memo<T>
    where
        A: 'static,
        T: PartialEq + Send + Sync + 'static,
    {
        let snapshot = self.snapshot;
        Memo::new(move |_| {
            let also = also();
            snapshot.with(|node| read(node, also))
        })
    }

    /// Reads the node's snapshot now, and again whenever it changes when called in a reactive place.
    pub fn with<T>(&self, read: impl FnOnce(&NodeSnapshot) -> T) -> T {
        self.snapshot.with(read)
    }

    fn write(&self, node: NodeSnapshot) {
        if self.snapshot.with_untracked(|shown| *shown != node) {
            self.snapshot.set(node);
        }
    }

    /// Reads the node's snapshot without following it.
    pub fn with_untracked<T>(&self, read: impl FnOnce(&NodeSnapshot) -> T) -> T {
        self.snapshot.with_untracked(read)
    }
}

/// The cluster as pages see it. A handle: copy it freely, find it with `expect_context`.
#[derive(Clone, Copy)]
pub struct ClusterStore {
    overview: RwSignal<Overview>,
    nodes: RwSignal<Vec<NodeHandle>>,
    states: RwSignal<Vec<NodeState>>,
    journal: RwSignal<Vec<Entry>>,
    readers: Readers,
    /// Up to where the core's changes were taken in, and how long its journal was then.
    seen: StoredValue<(u64, u64)>,
    /// The scope in which signals of nodes live: that of the store, not of the row that first shows them.
    owner: StoredValue<Option<Owner>>,
}

/// The signals of the store for those who read them.
#[derive(Clone, Copy)]
struct Readers {
    overview: Signal<Overview>,
    nodes: Signal<Vec<NodeHandle>>,
    states: Signal<Vec<NodeState>>,
    journal: Signal<Vec<Entry>>,
}

impl ClusterStore {
    /// A store that follows `api` until the current owner is cleaned up.
    pub fn follow(api: ApiService) -> Self {
        let overview = RwSignal::new(Overview::without_nodes(&api.snapshot()));
        let (nodes, states) = (RwSignal::new(Vec::new()), RwSignal::new(Vec::new()));
        let journal = RwSignal::new(Vec::new());
        let readers =
            Readers { overview: overview.into(), nodes: nodes.into(), states: states.into(), journal: journal.into() };
        let store = Self {
            overview,
            nodes,
            states,
            journal,
            readers,
            seen: StoredValue::new((0, 0)),
            owner: StoredValue::new(Owner::current()),
        };
        store.take_in(api);
        let scheduled = Rc::new(Cell::new(false));
        let subscription = api.on_change(move || {
            if scheduled.replace(true) {
                return;
            }
            let scheduled = Rc::clone(&scheduled);
            set_timeout(
                move || {
                    scheduled.set(false);
                    // The timer may outlive the store by one frame.
                    if !store.overview.is_disposed() {
                        store.take_in(api);
                    }
                },
                if store.nodes.with_untracked(Vec::len) > MANY { COALESCE_MANY } else { COALESCE },
            );
        });
        StoredValue::new_local(subscription);
        store
    }

    /// The one writer. Only what changed is copied, and signals whose value did not change are left alone.
    fn take_in(self, api: ApiService) {
        let (revision, recorded) = self.seen.get_value();
        let mut changes = api.changes_since(revision);
        let length = api.journal_length();
        self.seen.set_value((changes.revision, length));
        let changed = std::mem::take(&mut changes.snapshot.nodes);
        let known = self.nodes.get_untracked();
        if changes.list_changed || known.is_empty() {
            let handles: Vec<NodeHandle> = changed.into_iter().map(|node| self.write_node(&known, node)).collect();
            if handles != known {
                self.nodes.set(handles);
            }
        } else {
            for node in changed {
                if let Some(handle) = known.get(node.index) {
                    handle.write(node);
                }
            }
        }
        self.summarise(&changes.snapshot);
        if length != recorded {
            self.journal.set(api.journal_since(0));
        }
    }

    /// The figures of the whole, from the nodes as they are known here.
    fn summarise(self, summary: &ClusterSnapshot) {
        let mut overview = Overview::without_nodes(summary);
        let mut states = Vec::new();
        // The first addresses of nodes of which another address is healthy.
        let mut well_elsewhere = Vec::new();
        self.nodes.with_untracked(|nodes| {
            states.reserve(nodes.len());
            for node in nodes {
                node.with_untracked(|node| {
                    overview.count(node, summary);
                    states.push(node.state);
                    well_elsewhere.extend(node.same_as.filter(|_| is_healthy(node)));
                });
            }
        });
        well_elsewhere.sort_unstable();
        well_elsewhere.dedup();
        let others = well_elsewhere.iter().filter(|first| states.get(**first) != Some(&NodeState::Healthy));
        overview.healthy += others.count();
        if self.overview.with_untracked(|known| *known != overview) {
            self.overview.set(overview);
        }
        if self.states.with_untracked(|known| *known != states) {
            self.states.set(states);
        }
    }

    fn write_node(self, known: &[NodeHandle], node: NodeSnapshot) -> NodeHandle {
        if let Some(handle) = known.iter().find(|handle| *handle.url == *node.url) {
            handle.write(node);
            return handle.clone();
        }
        let url = Arc::from(&*node.url);
        let make = || RwSignal::new(node);
        let snapshot = match self.owner.get_value() {
            Some(owner) => owner.with(make),
            None => make(),
        };
        NodeHandle { url, snapshot }
    }

    /// The figures of the cluster as a whole.
    pub const fn overview(self) -> Signal<Overview> {
        self.readers.overview
    }

    /// A part of the overview, that notifies only when this part changed.
    pub fn part<T>(self, read: impl Fn(&Overview) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        let overview = self.overview;
        Memo::new(move |_| overview.with(|overview| read(overview)))
    }

    /// The nodes in the order of the configuration. Notifies when the list changes, not when a node does.
    pub const fn nodes(self) -> Signal<Vec<NodeHandle>> {
        self.readers.nodes
    }

    /// The state of each node, in the order of the configuration.
    pub const fn states(self) -> Signal<Vec<NodeState>> {
        self.readers.states
    }

    /// The node at `index` now.
    pub fn node(self, index: usize) -> Option<NodeHandle> {
        self.nodes.with_untracked(|nodes| nodes.get(index).cloned())
    }

    /// The URLs of the nodes now, in the order of the configuration.
    pub fn urls(self) -> Vec<Arc<str>> {
        self.nodes.with(|nodes| nodes.iter().map(|node| Arc::clone(&node.url)).collect())
    }

    /// The journal, oldest first.
    pub const fn journal(self) -> Signal<Vec<Entry>> {
        self.readers.journal
    }
}
