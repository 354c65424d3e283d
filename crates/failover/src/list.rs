//! The list of nodes, which can be edited while requests are under way.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::Failover;
use super::event::Action;
use super::ids::NodeId;
use super::journal::JournalEvent;
use super::node::{Node, NodeState};
use super::node_url::NodeUrl;
use super::time::Timestamp;

/// The nodes, in the order of the configuration.
#[derive(Debug, Default)]
pub(crate) struct NodeList {
    nodes: Vec<Node>,
    /// Indexes in this client's own random order.
    pub own_order: Vec<usize>,
    next_id: u32,
    /// The revision at which nodes were last added, removed or put in another order.
    pub changed_at: u64,
}

impl Deref for NodeList {
    type Target = [Node];

    fn deref(&self) -> &[Node] {
        &self.nodes
    }
}

impl DerefMut for NodeList {
    fn deref_mut(&mut self) -> &mut [Node] {
        &mut self.nodes
    }
}

impl Hash for NodeList {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { nodes, own_order, next_id, changed_at: _ } = self;
        (nodes, own_order, next_id).hash(state);
    }
}

impl NodeList {
    /// The position of `node`; `None` when it was removed.
    pub fn index_of(&self, node: NodeId) -> Option<usize> {
        // Ids are given in order: until the list is edited, the id is the index.
        match self.nodes.get(node.0 as usize) {
            Some(found) if found.id == node => Some(node.0 as usize),
            _ => self.nodes.iter().position(|found| found.id == node),
        }
    }

    /// Brings the list into the order of `urls`. Nodes that stay keep all they have; the others are made by `new_node`.
    /// A URL that comes twice counts once, at its first place. Answers the indexes of the new nodes.
    fn replace(&mut self, urls: &[NodeUrl], mut new_node: impl FnMut(NodeId, &NodeUrl) -> Node) -> Vec<usize> {
        let mut before: BTreeMap<Arc<str>, Node> =
            std::mem::take(&mut self.nodes).into_iter().map(|node| (Arc::clone(&node.url), node)).collect();
        let mut named = BTreeSet::new();
        let mut added = Vec::new();
        for url in urls.iter().filter(|url| named.insert(url.as_str())) {
            let node = before.remove(url.as_str()).unwrap_or_else(|| {
                added.push(self.nodes.len());
                let id = NodeId(self.next_id);
                self.next_id += 1;
                new_node(id, url)
            });
            self.nodes.push(node);
        }
        self.own_order.clear();
        self.own_order.extend(0..self.nodes.len());
        self.own_order.sort_by_key(|index| self.nodes[*index].rank);
        added
    }
}

impl Failover {
    /// A new list: nodes that stay keep all they have, new ones are checked, attempts on removed ones end by themselves.
    /// A URL that comes twice counts once, at its first place.
    pub fn set_nodes(&mut self, urls: &[NodeUrl], now: Timestamp) {
        self.replace_nodes(urls, now);
        self.finish(now);
    }

    /// The position of `node` in the list; `None` when it was removed.
    pub fn index_of(&self, node: NodeId) -> Option<usize> {
        self.nodes.index_of(node)
    }

    /// The node at `index` of the list.
    pub fn node_at(&self, index: usize) -> Option<NodeId> {
        self.nodes.get(index).map(|node| node.id)
    }

    /// How many nodes the list has.
    #[allow(clippy::len_without_is_empty, reason = "a failover without nodes is an error that calls report")]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The place in the list of the node at `url`, its state, and since when it is in it.
    pub fn find(&self, url: &str) -> Option<(usize, NodeState, Timestamp)> {
        let index = self.nodes.iter().position(|node| &*node.url == url)?;
        let node = &self.nodes[index];
        Some((index, node.shown_state(), node.health.since))
    }

    pub(crate) fn replace_nodes(&mut self, urls: &[NodeUrl], now: Timestamp) {
        let kept: BTreeSet<&str> = urls.iter().map(NodeUrl::as_str).collect();
        for index in (0..self.nodes.len()).rev() {
            if !kept.contains(&*self.nodes[index].url) {
                self.drop_checks_of(index);
            }
        }
        let all_new = !self.nodes.iter().any(|node| kept.contains(&*node.url));
        let (origins, random) = (&mut self.origins, &mut self.random);
        let added = self.nodes.replace(urls, |id, url| {
            Node::new(id, Arc::from(url.as_str()), origins.id_of(url), random.next_u64(), now)
        });
        for index in added {
            self.plan_first_probe(index, now);
        }
        self.identities_are_listed_anew(all_new, now);
        self.forget_choices_that_left(now);
        self.refresh_view(now);
        self.start_waiting_probes(now);
        self.nodes.changed_at = self.revision.advance();
    }

    /// A node leaves the list. Requests that are out to it end by themselves.
    fn drop_checks_of(&mut self, index: usize) {
        if self.nodes[index].probes.is_expected() {
            self.actions.push_back(Action::CheckDropped { node: self.nodes[index].id });
        }
        self.abort_probe(index);
    }

    fn forget_choices_that_left(&mut self, now: Timestamp) {
        let gone = |id: Option<NodeId>| id.is_some_and(|id| self.nodes.index_of(id).is_none());
        let (preferred_gone, required_gone) = (gone(self.choices.preferred), gone(self.choices.required_node()));
        if preferred_gone {
            self.choices.clear_preference();
            self.record(now, JournalEvent::PreferenceChanged { node: None });
        }
        if required_gone {
            self.requirement_ended(now);
        }
    }
}
