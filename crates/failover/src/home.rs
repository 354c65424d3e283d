//! The node in use and the leader: when they change, who moved them, and how long the first caller had waited.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use super::Failover;
use super::ids::NodeId;
use super::journal::JournalEvent;
use super::list::NodeList;
use super::snapshot::{Actor, Move};
use super::time::Timestamp;

/// A move of the node in use. Nodes are named by their ids, which outlive an edit of the list.
#[derive(Clone, Copy, Debug)]
struct LastMove {
    at: Timestamp,
    from: NodeId,
    to: NodeId,
    by: Actor,
    waited: Option<Duration>,
}

/// What was last known of the node in use and of the leader.
#[derive(Debug, Default)]
pub(crate) struct Home {
    pub current: Option<NodeId>,
    leader: Option<NodeId>,
    /// The node that last applied a write. It is asked first while no report names a leader: the older backend's never do.
    pub last_writer: Option<NodeId>,
    last_move: Option<LastMove>,
    /// Who caused what happens while one event is handled.
    mover: Actor,
    /// How long the caller whose request showed it has waited.
    waited: Option<Duration>,
}

impl Home {
    /// What happens from now on, until the event is handled, is the operator's doing.
    pub fn operator_acts(&mut self) {
        self.mover = Actor::Operator;
    }

    /// Somebody has waited for `waited` when it was noticed that a node is not well.
    pub fn caller_waited(&mut self, waited: Duration) {
        self.waited = Some(waited);
    }

    /// A write was applied by `node`, or passed on by it to whoever did.
    pub fn wrote(&mut self, node: NodeId) {
        self.last_writer = Some(node);
    }

    /// A node said that it is not the leader.
    pub fn does_not_lead(&mut self, node: NodeId) {
        self.last_writer = self.last_writer.filter(|writer| *writer != node);
    }

    pub fn event_handled(&mut self) {
        self.mover = Actor::Automatic;
        self.waited = None;
    }

    /// The last move of the node in use; `None` before the first, and when a node of it has left the list.
    pub fn last_move(&self, nodes: &NodeList) -> Option<Move> {
        let LastMove { at, from, to, by, waited } = self.last_move?;
        Some(Move { at, from: nodes.index_of(from)?, to: nodes.index_of(to)?, by, waited })
    }
}

impl Hash for Home {
    /// What moved it, and who caused what, is for the reader alone.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { current, leader, last_writer, last_move: _, mover: _, waited: _ } = self;
        (current, leader, last_writer).hash(state);
    }
}

impl Failover {
    pub(crate) fn settle_leader(&mut self, now: Timestamp) {
        let leader = self.leader().map(|index| self.nodes[index].id);
        if leader == self.home.leader {
            return;
        }
        self.home.leader = leader;
        if let Some(index) = leader.and_then(|id| self.nodes.index_of(id)) {
            let terms = self.nodes.iter().filter_map(|node| node.reported.health.as_ref()?.term);
            let term = terms.max().unwrap_or_default();
            self.record(now, JournalEvent::LeaderChanged { node: Arc::clone(&self.nodes[index].url), term });
            self.wake_waiting_for_leader(self.nodes[index].id, now);
        }
    }

    pub(crate) fn settle_home(&mut self, now: Timestamp) {
        let to = self.home().map(|index| self.nodes[index].id);
        let from = self.home.current;
        if from == to {
            return;
        }
        let (by, waited) = (self.home.mover, self.home.waited);
        let left = from.filter(|id| by == Actor::Automatic && self.is_unwell(*id, now));
        self.home.current = to;
        self.revision.advance();
        if let Some(index) = left.and_then(|id| self.nodes.index_of(id)) {
            self.change_node(index, now, |node, cx| node.flapping.left(now, cx.policy));
        }
        let url = |id: NodeId| self.nodes.index_of(id).map(|index| Arc::clone(&self.nodes[index].url));
        if let (Some(from), Some(to)) = (from, to)
            && let (Some(from_url), Some(to_url)) = (url(from), url(to))
        {
            self.home.last_move = Some(LastMove { at: now, from, to, by, waited });
            self.record(now, JournalEvent::CurrentChanged { from: from_url, to: to_url, by, waited });
        }
    }
}
