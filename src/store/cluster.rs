//! What pages know of the cluster: the failover's own snapshot, cut into signals.
//!
//! One writer ([`ClusterStore::apply`]), called at most once a frame however many changes come in. A signal is
//! written only when its value changed, so that a round of probes touches only the rows that it changed.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::ui::*;

use crate::api_service::ApiService;
use crate::api_service::failover::journal::Entry;
use crate::api_service::failover::node::{NodeState, Role};
use crate::api_service::failover::snapshot::{ClusterMode, ClusterSnapshot, Move, NodeSnapshot};

/// Changes that come in within one frame of a 60 Hz screen are shown together. A timer, not an animation frame:
/// the page's title must be right in a hidden tab too.
const COALESCE: Duration = Duration::from_millis(16);

/// The figures of the cluster as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    pub healthy: usize,
    pub total: usize,
    /// Nodes that new requests may be sent to.
    pub usable: usize,
    pub failed: usize,
    /// The nodes that answer say that no majority can be reached.
    pub no_quorum: bool,
    /// The node that the next read goes to.
    pub current: Option<usize>,
    pub current_role: Option<Role>,
    /// The node that the operator chose.
    pub preferred: Option<usize>,
    pub preferred_state: Option<NodeState>,
    /// The Raft term as reported by the leader, else the highest that any node reported.
    pub term: Option<u64>,
    /// The highest commit index that any node reported.
    pub highest_commit: Option<u64>,
    pub mode: ClusterMode,
    pub last_move: Option<Move>,
}

impl Overview {
    pub fn of(snapshot: &ClusterSnapshot) -> Self {
        let node = |index: Option<usize>| index.and_then(|index| snapshot.nodes.get(index));
        let report = |index| node(index).and_then(|node| node.health.as_ref());
        let highest_term = || snapshot.nodes.iter().filter_map(|node| node.health.as_ref()?.term).max();
        Self {
            healthy: snapshot.healthy(),
            total: snapshot.nodes.len(),
            usable: snapshot.nodes.iter().filter(|node| node.state.usable()).count(),
            failed: snapshot.nodes.iter().filter(|node| node.state == NodeState::Failed).count(),
            no_quorum: no_quorum(snapshot),
            current: snapshot.current,
            current_role: report(snapshot.current).and_then(|report| report.role),
            preferred: snapshot.preferred,
            preferred_state: node(snapshot.preferred).map(|node| node.state),
            term: report(snapshot.leader).and_then(|report| report.term).or_else(highest_term),
            highest_commit: snapshot.nodes.iter().filter_map(|node| node.health.as_ref()?.commit_index).max(),
            mode: snapshot.mode,
            last_move: snapshot.last_move,
        }
    }

    /// The preferred node when another one serves in its place.
    pub fn preferred_but_unavailable(&self) -> Option<usize> {
        self.preferred.filter(|&preferred| self.current != Some(preferred))
    }
}

/// Whether every node that answers says that it has no quorum, and at least one says so.
fn no_quorum(snapshot: &ClusterSnapshot) -> bool {
    let answering = snapshot.nodes.iter().filter(|node| node.state.usable());
    let mut quorums = answering.filter_map(|node| node.health.as_ref()?.quorum).peekable();
    quorums.peek().is_some() && quorums.all(|quorum| !quorum)
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

    /// The same, of the node together with something else that is read in the same place.
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
    /// The scope in which signals of nodes live: that of the store, not of the row that first shows them.
    owner: StoredValue<Option<Owner>>,
}

impl ClusterStore {
    /// A store that shows `snapshot` and `journal` and follows nothing.
    pub fn new(snapshot: &ClusterSnapshot, journal: Vec<Entry>) -> Self {
        let store = Self {
            overview: RwSignal::new(Overview::of(snapshot)),
            nodes: RwSignal::new(Vec::new()),
            states: RwSignal::new(Vec::new()),
            journal: RwSignal::new(journal),
            owner: StoredValue::new(Owner::current()),
        };
        store.apply_nodes(snapshot);
        store
    }

    /// A store that follows `api` until the current owner is cleaned up.
    pub fn follow(api: ApiService) -> Self {
        let store = Self::new(&api.snapshot(), api.journal());
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
                        store.apply(&api.snapshot(), api.journal());
                    }
                },
                COALESCE,
            );
        });
        StoredValue::new_local(subscription);
        store
    }

    /// The one writer. Signals whose value did not change are left alone.
    pub fn apply(self, snapshot: &ClusterSnapshot, journal: Vec<Entry>) {
        self.apply_nodes(snapshot);
        let overview = Overview::of(snapshot);
        if self.overview.with_untracked(|known| *known != overview) {
            self.overview.set(overview);
        }
        let last = |entries: &[Entry]| entries.last().map(|entry| entry.sequence);
        if self.journal.with_untracked(|known| last(known) != last(&journal)) {
            self.journal.set(journal);
        }
    }

    fn apply_nodes(self, snapshot: &ClusterSnapshot) {
        let known = self.nodes.get_untracked();
        let handles: Vec<NodeHandle> = snapshot.nodes.iter().map(|node| self.write_node(&known, node)).collect();
        if handles != known {
            self.nodes.set(handles);
        }
        let states: Vec<NodeState> = snapshot.nodes.iter().map(|node| node.state).collect();
        if self.states.with_untracked(|known| *known != states) {
            self.states.set(states);
        }
    }

    fn write_node(self, known: &[NodeHandle], node: &NodeSnapshot) -> NodeHandle {
        if let Some(handle) = known.iter().find(|handle| *handle.url == *node.url) {
            if handle.snapshot.with_untracked(|shown| shown != node) {
                handle.snapshot.set(node.clone());
            }
            return handle.clone();
        }
        let make = || RwSignal::new(node.clone());
        let snapshot = match self.owner.get_value() {
            Some(owner) => owner.with(make),
            None => make(),
        };
        NodeHandle { url: Arc::from(&*node.url), snapshot }
    }

    /// The figures of the cluster as a whole.
    pub fn overview(self) -> Signal<Overview> {
        self.overview.into()
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
    pub fn nodes(self) -> Signal<Vec<NodeHandle>> {
        self.nodes.into()
    }

    /// The state of each node, in the order of the configuration.
    pub fn states(self) -> Signal<Vec<NodeState>> {
        self.states.into()
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
    pub fn journal(self) -> Signal<Vec<Entry>> {
        self.journal.into()
    }
}
