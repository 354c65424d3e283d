//! What the operator can do: choose a node, go back to the automatic choice, reset failures, edit the list.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::node::{FailureReason, Node, NodeId, NodeState};
use super::node_url::NodeUrl;
use super::policy::Policy;
use super::snapshot::{Actor, Lately, Move, NodeSnapshot};
use super::time::Timestamp;
use super::timers::Timer;
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
        self.required = None;
        self.nodes[index].forget_flaps();
        self.refresh_view(now);
        let node = Arc::clone(&self.nodes[index].url);
        self.record(now, JournalEvent::PreferenceChanged { node: Some(node) });
        if !self.nodes[index].state().usable() {
            self.ask_for_probe(index, now);
        }
        self.finish(now);
        Ok(())
    }

    /// Back to the automatic choice.
    pub fn clear_preference(&mut self, now: Timestamp) {
        if self.preferred.take().is_some() {
            self.mover = Actor::Operator;
            self.refresh_view(now);
            self.record(now, JournalEvent::PreferenceChanged { node: None });
            self.finish(now);
        }
    }

    /// Other figures, while running. What is under way keeps those that it began with; a health check that would be later
    /// than the new interval allows comes earlier.
    pub fn set_policy(&mut self, policy: Policy, now: Timestamp) {
        self.policy = policy;
        let interval = self.policy.health_check_interval;
        let low = interval.saturating_mul(self.policy.health_check_jitter_low_percent) / 100;
        for index in 0..self.nodes.len() {
            let at = now + self.random.between(low, interval);
            let node = &mut self.nodes[index];
            node.next_probe = node.next_probe.map(|due| due.min(at));
        }
        self.arm_all_probes();
        self.refresh_view(now);
        self.finish(now);
    }

    /// For diagnosis: every request goes to this node and to no other, whatever comes of it. Ends by itself after
    /// [`super::Policy::requirement_lasts`], with [`Failover::clear_requirement`], or with a switch.
    pub fn require_node(&mut self, index: usize, now: Timestamp) -> Result<(), SwitchError> {
        let id = self.checked(index)?;
        let until = now + self.policy.requirement_lasts;
        self.mover = Actor::Operator;
        self.required = Some((id, until));
        self.timers.set(until, Timer::Requirement);
        self.refresh_view(now);
        let node = Arc::clone(&self.nodes[index].url);
        self.record(now, JournalEvent::RequirementChanged { node: Some(node) });
        self.finish(now);
        Ok(())
    }

    /// Requests may go to every node again.
    pub fn clear_requirement(&mut self, now: Timestamp) {
        if self.required.is_some() {
            self.mover = Actor::Operator;
            self.requirement_ended(now);
            self.finish(now);
        }
    }

    pub(super) fn requirement_ended(&mut self, now: Timestamp) {
        self.required = None;
        self.refresh_view(now);
        self.record(now, JournalEvent::RequirementChanged { node: None });
    }

    /// The index of the node that the operator requires, if any.
    pub(super) fn requirement(&self, now: Timestamp) -> Option<usize> {
        let (id, _) = self.required.filter(|(_, until)| *until > now)?;
        self.index_of(id)
    }

    /// Clears failures and penalties of every node; those that had failed are suspects until checked.
    /// Answers how many nodes that concerned. Keeps the preference, the read index and the histograms.
    pub fn reset_failed_nodes(&mut self, now: Timestamp) -> Result<usize, TooSoon> {
        if let Some(last) = self.last_reset {
            let since = now.since(last);
            if since < self.policy.reset_pause {
                return Err(TooSoon { wait: self.policy.reset_pause.saturating_sub(since) });
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
        self.finish(now);
        Ok(count)
    }

    /// The same for one node, without a pause between two.
    pub fn reset_node(&mut self, index: usize, now: Timestamp) -> Result<(), SwitchError> {
        self.checked(index)?;
        self.mover = Actor::Operator;
        let node = Arc::clone(&self.nodes[index].url);
        self.record(now, JournalEvent::FailuresReset { node: Some(node) });
        self.reset_at(index, now);
        self.finish(now);
        Ok(())
    }

    fn reset_at(&mut self, index: usize, now: Timestamp) {
        self.abort_probe(index);
        self.change_node(index, now, |node, policy, random| node.reset(now, policy, random));
    }

    /// A caller knows better: the node is failed until it proves otherwise.
    pub fn mark_node_as_failed(&mut self, index: usize, now: Timestamp) -> Result<(), SwitchError> {
        self.checked(index)?;
        self.change_node(index, now, |node, policy, random| node.fail(FailureReason::Marked, now, policy, random));
        self.finish(now);
        Ok(())
    }

    /// The node that requests would go on to from the one in use; `None` when no other is usable.
    pub fn next_healthy_node(&self, now: Timestamp) -> Option<usize> {
        let home = self.home();
        let others = self.own_order.iter().copied().filter(|index| Some(*index) != home);
        others.into_iter().find(|index| self.nodes[*index].state().usable() && !self.nodes[*index].held(now))
    }

    /// A new list: nodes that stay keep all they have, new ones are checked, attempts on removed ones end by themselves.
    /// A URL that comes twice counts once, at its first place.
    pub fn set_nodes(&mut self, urls: &[NodeUrl], now: Timestamp) {
        self.replace_nodes(urls, now);
        self.finish(now);
    }

    pub(super) fn replace_nodes(&mut self, urls: &[NodeUrl], now: Timestamp) {
        let last_move = self.last_move.map(|last| (self.nodes[last.from].id, self.nodes[last.to].id, last));
        for index in (0..self.nodes.len()).rev() {
            if !urls.iter().any(|url| *url.as_str() == *self.nodes[index].url) {
                self.remove_node(index);
            }
        }
        let mut before: Vec<Option<Node>> = std::mem::take(&mut self.nodes).into_iter().map(Some).collect();
        let mut added = Vec::new();
        let mut named = BTreeSet::new();
        for url in urls {
            let name = url.as_str();
            if !named.insert(name) {
                continue;
            }
            // A plain search: a list is edited by hand.
            let kept = before.iter_mut().find(|node| node.as_ref().is_some_and(|node| *node.url == *name));
            let node = kept.and_then(Option::take).unwrap_or_else(|| {
                added.push(self.nodes.len());
                let id = NodeId(self.next_node_id);
                self.next_node_id += 1;
                let origin = self.origin_index(url);
                Node::new(id, Arc::from(name), origin, self.random.next_u64(), now)
            });
            self.nodes.push(node);
        }
        self.order_by_rank();
        for index in added {
            self.plan_first_probe(index, now);
        }
        self.last_move = last_move
            .and_then(|(from, to, last)| Some(Move { from: self.index_of(from)?, to: self.index_of(to)?, ..last }));
        self.forget_choices_that_left(now);
        self.refresh_view(now);
        self.start_waiting_probes(now);
        self.revision += 1;
        self.list_changed_at = self.revision;
    }

    /// This client's own order.
    fn order_by_rank(&mut self) {
        self.own_order.clear();
        self.own_order.extend(0..self.nodes.len());
        self.own_order.sort_by_key(|index| self.nodes[*index].rank);
    }

    /// Takes a node out of the list. Requests that are out to it end by themselves.
    fn remove_node(&mut self, index: usize) {
        let node = self.nodes[index].id;
        if self.probe_expected(node) {
            self.actions.push_back(Action::CheckDropped { node });
        }
        self.abort_probe(index);
        self.nodes.remove(index);
    }

    fn forget_choices_that_left(&mut self, now: Timestamp) {
        if self.preferred.is_some_and(|id| self.index_of(id).is_none()) {
            self.preferred = None;
            self.record(now, JournalEvent::PreferenceChanged { node: None });
        }
        if self.required.is_some_and(|(id, _)| self.index_of(id).is_none()) {
            self.requirement_ended(now);
        }
    }

    fn checked(&self, index: usize) -> Result<NodeId, SwitchError> {
        self.node_at(index).ok_or(SwitchError::OutOfRange { index, nodes: self.nodes.len() })
    }
}

impl Node {
    pub(super) fn snapshot(&self, index: usize, policy: &Policy, now: Timestamp) -> NodeSnapshot {
        let figures = &self.figures;
        NodeSnapshot {
            index,
            url: Arc::clone(&self.url),
            state: self.state(),
            since: self.since,
            reason: self.reason,
            latency: figures.latency,
            p50: figures.reads.lifetime().percentile(50),
            p95: figures.reads.lifetime().percentile(95),
            p99: figures.reads.lifetime().percentile(99),
            lately: Lately {
                p50: figures.reads.lately(50),
                p95: figures.reads.lately(95),
                p99: figures.reads.lately(99),
                success_percent: figures.rate.percent(),
            },
            last_checked: self.last_checked,
            last_seen: figures.last_seen,
            checks: figures.checks.iter().copied().collect(),
            successes: figures.successes,
            failures: figures.failures,
            latest_request: self.latest_request,
            pending: self.pending,
            health: self.health.clone(),
            throttled_until: self.held_until,
            next_probe_at: self.next_probe,
            stale: self.stale(now),
            slow: self.slow(now, policy),
            returns_after: self.return_after.filter(|at| *at > now),
        }
    }
}
