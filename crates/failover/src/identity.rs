//! Identity: which cluster the page is in, and which addresses lead to one node.
//!
//! The page *joins* the cluster that most nodes name. A node that names another one is *foreign*: it may be well, and what
//! it says is shown, but neither calls nor streams go there. Only the operator changes the cluster, with
//! [`Failover::follow_cluster`]; the read index is dropped with it, and never otherwise. Several addresses that name one
//! node id are one node: counted once, loaded as one, and no second opinion of each other. An address that names changing
//! ids is that of a balancer, and the same as nobody. A backend that names nothing is taken as it is.

use std::sync::Arc;

use super::Failover;
use super::call_state::Call;
use super::event::Action;
use super::ids::NodeId;
use super::journal::JournalEvent;
use super::levers::SwitchError;
use super::node::Node;
use super::policy::IdentityPolicy;
use super::time::Timestamp;

/// The cluster that the page is in.
#[derive(Debug, Default, Hash)]
pub(crate) struct Membership {
    joined: Option<Arc<str>>,
    /// Whether `joined` is that of the present list, and nodes are measured by it.
    settled: bool,
    /// Since when the list has had its present nodes.
    listed: Timestamp,
    /// Any node of the list has named a cluster.
    named: bool,
}

/// Who a node says that it is: the same cluster and the same id mean the same node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Name {
    node: u64,
    cluster: Option<Arc<str>>,
}

/// What follows from who one node says that it is.
#[derive(Debug, Default, Hash)]
pub(crate) struct Identity {
    /// It names another cluster than the one that the page is in.
    foreign: bool,
    /// The first node of the list that has the same name.
    same_as: Option<NodeId>,
    /// By which it is compared with the others; `None` for a balancer.
    name: Option<Name>,
    last_id: Option<u64>,
    /// How many times in a row it has named the last id.
    repeats: u32,
    /// It has named several ids of late: it stands for several nodes.
    balancer: bool,
}

impl Identity {
    pub fn is_foreign(&self) -> bool {
        self.foreign
    }

    pub fn same_as(&self) -> Option<NodeId> {
        self.same_as
    }

    pub fn is_balancer(&self) -> bool {
        self.balancer
    }

    /// The node named its id in a health check.
    pub fn names(&mut self, id: Option<u64>, policy: &IdentityPolicy) {
        let Some(id) = id else { return };
        match self.last_id.replace(id) {
            Some(last) if last != id => {
                self.balancer = true;
                self.repeats = 1;
            }
            _ => {
                self.repeats = self.repeats.saturating_add(1);
                self.balancer &= self.repeats < policy.steady_names;
            }
        }
    }
}

impl Node {
    /// The cluster that it names.
    fn cluster(&self) -> Option<&Arc<str>> {
        self.reported.health.as_ref()?.cluster_id.as_ref()
    }

    fn own_name(&self) -> Option<Name> {
        let node = self.reported.health.as_ref()?.node_id.filter(|_| !self.identity.balancer)?;
        Some(Name { node, cluster: self.cluster().cloned() })
    }

    /// The first address of this node in the list.
    fn physical(&self) -> NodeId {
        self.identity.same_as.unwrap_or(self.id)
    }
}

impl Failover {
    /// The cluster that the page is in; `None` while no node has named any.
    pub fn cluster(&self) -> Option<&Arc<str>> {
        self.membership.joined.as_ref()
    }

    /// Whether this node names another cluster than the one that the page is in.
    pub fn is_foreign(&self, node: NodeId) -> bool {
        self.nodes.index_of(node).is_some_and(|index| self.nodes[index].identity.foreign)
    }

    /// The page was in this cluster before it was loaded again: nodes are measured by it from the first check on.
    pub fn resume_cluster(&mut self, cluster: &str, now: Timestamp) {
        self.join(Arc::from(cluster), now);
        self.finish(now);
    }

    /// The operator says that the cluster which the node at `index` names is the right one. What the page has seen of the
    /// other one's log means nothing there. A node that names no other cluster changes nothing.
    ///
    /// # Errors
    /// When the list has no node at `index`.
    pub fn follow_cluster(&mut self, index: usize, now: Timestamp) -> Result<(), SwitchError> {
        self.checked(index)?;
        let node = &self.nodes[index];
        let Some(cluster) = node.cluster().filter(|_| node.identity.foreign).cloned() else { return Ok(()) };
        let event = JournalEvent::ClusterFollowed { node: Arc::clone(&node.url), cluster: Arc::clone(&cluster) };
        self.home.operator_acts();
        self.record(now, event);
        self.join(cluster, now);
        self.finish(now);
        Ok(())
    }

    /// The only place that changes the cluster.
    fn join(&mut self, cluster: Arc<str>, now: Timestamp) {
        self.membership.settled = true;
        let before = self.membership.joined.replace(Arc::clone(&cluster));
        if before.is_some_and(|before| before != cluster) {
            self.nodes.iter_mut().for_each(|node| node.reported.is_current());
            self.actions.push_back(Action::ForgetReadIndex);
        }
        self.revision.advance();
        // All of them first: whoever waits for one must not be sent on to the next, which is foreign too.
        let left: Vec<usize> = (0..self.nodes.len()).filter(|index| self.judge_cluster(*index, now)).collect();
        left.into_iter().for_each(|index| self.leave_foreign_node(index, now));
    }

    /// A check of the node at `index` ended: what follows from who it says that it is.
    pub(crate) fn settle_identity(&mut self, index: usize, now: Timestamp) {
        self.compare_names(index, now);
        self.membership.named |= self.nodes[index].cluster().is_some();
        if !self.membership.settled && self.membership.named {
            self.join_majority(now);
        }
        if self.judge_cluster(index, now) {
            self.leave_foreign_node(index, now);
        }
    }

    /// The list was edited. One without any of the nodes from before is a new start: the operator made it so.
    pub(crate) fn identities_are_listed_anew(&mut self, all_new: bool, now: Timestamp) {
        if all_new {
            self.membership.settled = false;
            self.membership.named = false;
            self.membership.listed = now;
        }
        for index in 0..self.nodes.len() {
            let first = self.first_named(index);
            self.nodes[index].identity.same_as = first;
        }
    }

    /// Joins the cluster that most nodes name, the first in the list of equals.
    fn join_majority(&mut self, now: Timestamp) {
        let waited = now.since(self.membership.listed) >= self.policy.identity.join_within;
        if !waited && self.nodes.iter().any(|node| node.probes.last_ended.is_none()) {
            return;
        }
        let named = || self.nodes.iter().filter(|node| node.identity.same_as.is_none()).filter_map(Node::cluster);
        let mut most: Option<(usize, &Arc<str>)> = None;
        for cluster in named() {
            let count = named().filter(|other| *other == cluster).count();
            if most.is_none_or(|(known, _)| count > known) {
                most = Some((count, cluster));
            }
        }
        if let Some(cluster) = most.map(|(_, cluster)| Arc::clone(cluster)) {
            self.join(cluster, now);
        }
    }

    /// Whether the node at `index` is found to be foreign now, and was not before.
    fn judge_cluster(&mut self, index: usize, now: Timestamp) -> bool {
        let node = &self.nodes[index];
        let joined = self.membership.joined.as_ref().filter(|_| self.membership.settled);
        let foreign = matches!((joined, node.cluster()), (Some(joined), Some(named)) if joined != named);
        if foreign == node.identity.foreign {
            return false;
        }
        let url = Arc::clone(&node.url);
        let named = node.cluster().cloned();
        self.change_node(index, now, |node, _| node.identity.foreign = foreign);
        match named.filter(|_| foreign) {
            Some(cluster) => self.record(now, JournalEvent::ForeignNode { node: url, cluster }),
            None => self.record(now, JournalEvent::NoLongerForeign { node: url }),
        }
        foreign
    }

    /// Whoever waits for the node at `index`, or for a socket to it, asks elsewhere.
    fn leave_foreign_node(&mut self, index: usize, now: Timestamp) {
        let (id, origin) = (self.nodes[index].id, self.nodes[index].origin);
        self.origins.distrust(origin);
        self.rescue_calls_on(id, now);
    }

    /// Finds the addresses that lead to the node at `index`, when it names itself differently than before.
    fn compare_names(&mut self, index: usize, now: Timestamp) {
        let name = self.nodes[index].own_name();
        if self.nodes[index].identity.name == name {
            return;
        }
        let before = std::mem::replace(&mut self.nodes[index].identity.name, name.clone());
        for other in 0..self.nodes.len() {
            let its = &self.nodes[other].identity.name;
            if other != index && (its.is_none() || (*its != before && *its != name)) {
                continue;
            }
            let first = self.first_named(other);
            if self.nodes[other].identity.same_as == first {
                continue;
            }
            self.change_node(other, now, |node, _| node.identity.same_as = first);
            if let Some(first) = first.and_then(|id| self.nodes.index_of(id)) {
                let (node, first) = (Arc::clone(&self.nodes[other].url), Arc::clone(&self.nodes[first].url));
                self.record(now, JournalEvent::SameNode { node, first });
            }
        }
    }

    /// The node before the one at `index` that has the same name.
    fn first_named(&self, index: usize) -> Option<NodeId> {
        let name = self.nodes[index].identity.name.as_ref()?;
        self.nodes[..index].iter().find(|node| node.identity.name.as_ref() == Some(name)).map(|node| node.id)
    }

    /// Whether what follows from names does follow from them. For audits.
    pub(crate) fn identities_agree(&self) -> bool {
        let joined = self.membership.joined.as_ref().filter(|_| self.membership.settled);
        let stranger = |node: &Node| node.cluster().is_some_and(|named| joined.is_some_and(|joined| named != joined));
        let mut nodes = self.nodes.iter().enumerate();
        nodes.all(|(index, node)| {
            node.identity.foreign == stranger(node) && node.identity.same_as == self.first_named(index)
        })
    }

    /// Whether two entries of the list are one node.
    pub(crate) fn is_one_node(&self, one: NodeId, other: NodeId) -> bool {
        let physical = |id| self.nodes.index_of(id).map_or(id, |index| self.nodes[index].physical());
        one == other || physical(one) == physical(other)
    }

    /// Whether `call` was sent to this very node already, by another of its addresses: asking it again is no second
    /// opinion.
    pub(crate) fn was_asked_by_another_address(&self, index: usize, call: &Call) -> bool {
        let id = self.nodes[index].id;
        self.view.shared > 0 && call.tried.iter().any(|tried| *tried != id && self.is_one_node(*tried, id))
    }

    /// Requests that wait for the node at `index`, at whichever of its addresses.
    pub(crate) fn pending_at(&self, index: usize) -> u32 {
        let node = &self.nodes[index];
        if self.view.shared == 0 {
            return node.traffic.pending;
        }
        self.nodes.iter().filter(|other| other.physical() == node.physical()).map(|other| other.traffic.pending).sum()
    }
}
