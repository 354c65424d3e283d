//! What the operator can do: choose a node, go back to the automatic choice, reset failures, edit the list.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::node::{FailureReason, Node, NodeId, NodeState};
use super::node_url::NodeUrl;
use super::snapshot::{Actor, NodeSnapshot};
use super::time::Timestamp;
use super::{Action, Failover, JournalEvent};

/// There is no such node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchError {
    OutOfRange { index: usize, nodes: usize },
}

impl fmt::Display for SwitchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::OutOfRange { index, nodes } = self;
        write!(f, "there is no node {index}: the list has {nodes} nodes, counted from 0")
    }
}

/// A second reset came too soon after the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooSoon {
    /// How long until a reset is taken again.
    pub wait: Duration,
}

impl Failover {
    /// The node becomes the preferred home at once, for the next request. Evidence against it stays.
    pub fn switch_to_node(&mut self, index: usize, now: Timestamp) -> Result<(), SwitchError> {
        let id = self.checked(index)?;
        self.mover = Actor::Operator;
        self.preferred = Some(id);
        let node = Rc::clone(&self.nodes[index].url);
        self.record(now, JournalEvent::PreferenceChanged { node: Some(node) });
        if !self.nodes[index].state().usable() {
            self.ask_for_probe_of(index, now);
        }
        self.settle(now);
        Ok(())
    }

    /// Back to the automatic choice.
    pub fn clear_preference(&mut self, now: Timestamp) {
        if self.preferred.take().is_some() {
            self.mover = Actor::Operator;
            self.record(now, JournalEvent::PreferenceChanged { node: None });
            self.settle(now);
        }
    }

    /// Clears failures and penalties of every node; those that had failed are suspects until checked.
    /// Answers how many nodes that concerned. Keeps the preference, the read index and the histograms.
    pub fn reset_failed_nodes(&mut self, now: Timestamp) -> Result<usize, TooSoon> {
        if let Some(last) = self.last_reset {
            let since = now.since(last);
            if since < self.policy.reset_pause {
                return Err(TooSoon { wait: self.policy.reset_pause - since });
            }
        }
        self.last_reset = Some(now);
        self.mover = Actor::Operator;
        self.record(now, JournalEvent::FailuresReset { node: None });
        let failing = self.nodes.iter().filter(|node| !matches!(node.state(), NodeState::Unknown | NodeState::Healthy));
        let count = failing.count();
        for index in 0..self.nodes.len() {
            self.reset_at(index, now);
        }
        self.settle(now);
        Ok(count)
    }

    /// The same for one node, without a pause between two.
    pub fn reset_node(&mut self, index: usize, now: Timestamp) -> Result<(), SwitchError> {
        self.checked(index)?;
        self.mover = Actor::Operator;
        let node = Rc::clone(&self.nodes[index].url);
        self.record(now, JournalEvent::FailuresReset { node: Some(node) });
        self.reset_at(index, now);
        self.settle(now);
        Ok(())
    }

    fn reset_at(&mut self, index: usize, now: Timestamp) {
        if let Some(probe) = self.nodes[index].probe.take() {
            self.actions.push_back(Action::AbortProbe { probe: probe.id });
        }
        self.change_node(index, now, |node, policy, random| node.reset(now, policy, random));
    }

    /// A caller knows better: the node is failed until it proves otherwise.
    pub fn mark_node_as_failed(&mut self, index: usize, now: Timestamp) -> Result<(), SwitchError> {
        self.checked(index)?;
        self.change_node(index, now, |node, policy, random| node.fail(FailureReason::Marked, now, policy, random));
        self.settle(now);
        Ok(())
    }

    /// The node that requests would go on to from the one in use; `None` when no other is usable.
    pub fn next_healthy_node(&self, now: Timestamp) -> Option<usize> {
        let home = self.home(now);
        let others = self.own_order.iter().copied().filter(|index| Some(*index) != home);
        others.into_iter().find(|index| self.nodes[*index].state().usable() && !self.nodes[*index].held(now))
    }

    /// A new list: nodes that stay keep all they have, new ones are checked, attempts on removed ones end by themselves.
    pub fn set_nodes(&mut self, urls: &[NodeUrl], now: Timestamp) {
        self.replace_nodes(urls, now);
        self.start_due_probes(now);
        self.settle(now);
    }

    pub(super) fn replace_nodes(&mut self, urls: &[NodeUrl], now: Timestamp) {
        let mut before = std::mem::take(&mut self.nodes);
        let mut added = Vec::new();
        for (index, url) in urls.iter().enumerate() {
            let kept = before.iter().position(|node| *node.url == *url.as_str());
            self.nodes.push(match kept {
                Some(position) => before.remove(position),
                None => {
                    added.push(index);
                    let id = NodeId(self.next_node_id);
                    self.next_node_id += 1;
                    Node::new(id, Rc::from(url.as_str()), self.random.next_u64(), now)
                }
            });
        }
        for probe in before.iter().filter_map(|node| node.probe) {
            self.actions.push_back(Action::AbortProbe { probe: probe.id });
        }
        for index in added {
            self.plan_first_probe(index, now);
        }
        self.own_order = (0..self.nodes.len()).collect();
        let nodes = &self.nodes;
        self.own_order.sort_by_key(|index| nodes[*index].rank);
        if self.preferred.is_some_and(|id| self.index_of(id).is_none()) {
            self.preferred = None;
        }
        self.revision += 1;
    }

    fn checked(&self, index: usize) -> Result<NodeId, SwitchError> {
        self.node_at(index).ok_or(SwitchError::OutOfRange { index, nodes: self.nodes.len() })
    }
}

impl Node {
    pub(super) fn snapshot(&self, index: usize) -> NodeSnapshot {
        NodeSnapshot {
            index,
            url: Rc::clone(&self.url),
            state: self.state(),
            since: self.since,
            reason: self.reason,
            latency: self.latency,
            p50: self.reads.percentile(50),
            p95: self.reads.percentile(95),
            last_checked: self.last_checked,
            last_seen: self.last_seen,
            checks: self.checks.iter().copied().collect(),
            successes: self.successes,
            failures: self.failures,
            pending: self.pending,
            health: self.health.clone(),
            throttled_until: self.held_until,
            next_probe_at: self.next_probe,
        }
    }
}
