//! What the operator can do: choose a node, go back to the automatic choice, reset failures, change the figures.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Failover;
use super::ids::NodeId;
use super::journal::JournalEvent;
use super::node::{FailureReason, NodeState};
use super::policy::Policy;
use super::time::Timestamp;
use super::timers::Timer;

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

/// What the operator chose.
#[derive(Debug, Default, Hash)]
pub(crate) struct Choices {
    /// The preferred home; `None` while the choice is automatic.
    pub preferred: Option<NodeId>,
    /// The one node that requests may go to, and until when.
    required: Option<(NodeId, Timestamp)>,
    last_reset: Option<Timestamp>,
}

impl Choices {
    /// Answers whether there was a preference.
    pub fn clear_preference(&mut self) -> bool {
        self.preferred.take().is_some()
    }

    /// The required node, whether or not its time has passed.
    pub fn required_node(&self) -> Option<NodeId> {
        self.required.map(|(id, _)| id)
    }

    pub fn required_until(&self) -> Option<Timestamp> {
        self.required.map(|(_, until)| until)
    }

    /// The required node and until when, while that time has not passed.
    pub fn required(&self, now: Timestamp) -> Option<(NodeId, Timestamp)> {
        self.required.filter(|(_, until)| *until > now)
    }
}

impl Failover {
    /// The node becomes the preferred home at once, for the next request. Evidence against it stays.
    ///
    /// # Errors
    /// When the list has no node at `index`.
    pub fn switch_to_node(&mut self, index: usize, now: Timestamp) -> Result<(), SwitchError> {
        let id = self.checked(index)?;
        self.home.operator_acts();
        self.choices.preferred = Some(id);
        self.choices.required = None;
        self.nodes[index].flapping.forget();
        self.nodes[index].pace.forget();
        self.refresh_view(now);
        let node = Arc::clone(&self.nodes[index].url);
        self.record(now, JournalEvent::PreferenceChanged { node: Some(node) });
        if !self.nodes[index].usable() {
            self.ask_for_probe(index, now);
        }
        self.finish(now);
        Ok(())
    }

    /// Back to the automatic choice.
    pub fn clear_preference(&mut self, now: Timestamp) {
        if self.choices.clear_preference() {
            self.home.operator_acts();
            self.refresh_view(now);
            self.record(now, JournalEvent::PreferenceChanged { node: None });
            self.finish(now);
        }
    }

    /// The node that the operator chose; `None` while the choice is automatic.
    pub fn preferred_url(&self) -> Option<&Arc<str>> {
        self.preferred().map(|index| &self.nodes[index].url)
    }

    /// The index of the node that the operator chose.
    pub(crate) fn preferred(&self) -> Option<usize> {
        self.choices.preferred.and_then(|id| self.nodes.index_of(id))
    }

    /// Requires one node, for diagnosis: every request goes to it and to no other, whatever comes of it. Ends by itself
    /// after [`Policy::requirement_lasts`], with [`Failover::clear_requirement`], or with a switch.
    ///
    /// # Errors
    /// When the list has no node at `index`.
    pub fn require_node(&mut self, index: usize, now: Timestamp) -> Result<(), SwitchError> {
        let id = self.checked(index)?;
        let until = now + self.policy.requirement_lasts;
        self.home.operator_acts();
        self.choices.required = Some((id, until));
        self.timers.set(until, Timer::Requirement);
        self.refresh_view(now);
        let node = Arc::clone(&self.nodes[index].url);
        self.record(now, JournalEvent::RequirementChanged { node: Some(node) });
        self.finish(now);
        Ok(())
    }

    /// Requests may go to every node again.
    pub fn clear_requirement(&mut self, now: Timestamp) {
        if self.choices.required.is_some() {
            self.home.operator_acts();
            self.requirement_ended(now);
            self.finish(now);
        }
    }

    pub(crate) fn requirement_ended(&mut self, now: Timestamp) {
        self.choices.required = None;
        self.refresh_view(now);
        self.record(now, JournalEvent::RequirementChanged { node: None });
    }

    /// The index of the node that the operator requires, if any.
    pub(crate) fn requirement(&self, now: Timestamp) -> Option<usize> {
        let (id, _) = self.choices.required(now)?;
        self.nodes.index_of(id)
    }

    /// Clears failures and penalties of every node; those that had failed are suspects until checked. Answers how many
    /// nodes were not well. Keeps the preference, the read index and the histograms.
    ///
    /// # Errors
    /// When the last reset was less than [`Policy::reset_pause`] ago.
    pub fn reset_failed_nodes(&mut self, now: Timestamp) -> Result<usize, TooSoon> {
        let wait = self.choices.last_reset.map(|last| self.policy.reset_pause.saturating_sub(now.since(last)));
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            return Err(TooSoon { wait });
        }
        self.choices.last_reset = Some(now);
        self.home.operator_acts();
        self.record(now, JournalEvent::FailuresReset { node: None });
        let failing = self.nodes.iter().filter(|node| !matches!(node.state(), NodeState::Unknown | NodeState::Healthy));
        let count = failing.count();
        for index in 0..self.nodes.len() {
            self.reset_at(index, now);
        }
        self.finish(now);
        Ok(count)
    }

    /// Clears failures and penalties of one node, which is a suspect until checked if it had failed. There is no pause
    /// between two such resets.
    ///
    /// # Errors
    /// When the list has no node at `index`.
    pub fn reset_node(&mut self, index: usize, now: Timestamp) -> Result<(), SwitchError> {
        self.checked(index)?;
        self.home.operator_acts();
        let node = Arc::clone(&self.nodes[index].url);
        self.record(now, JournalEvent::FailuresReset { node: Some(node) });
        self.reset_at(index, now);
        self.finish(now);
        Ok(())
    }

    fn reset_at(&mut self, index: usize, now: Timestamp) {
        self.abort_probe(index);
        self.change_node(index, now, |node, cx| node.reset(cx));
    }

    /// A caller knows better: the node is failed until it proves otherwise.
    ///
    /// # Errors
    /// When the list has no node at `index`.
    pub fn mark_node_as_failed(&mut self, index: usize, now: Timestamp) -> Result<(), SwitchError> {
        self.checked(index)?;
        self.change_node(index, now, |node, cx| node.fail(FailureReason::Marked, cx));
        self.finish(now);
        Ok(())
    }

    /// The node that requests would go on to from the one in use; `None` when no other is usable.
    pub fn next_healthy_node(&self, now: Timestamp) -> Option<usize> {
        let home = self.home();
        let mut others = self.nodes.own_order.iter().copied().filter(|index| Some(*index) != home);
        others.find(|index| self.nodes[*index].usable() && !self.nodes[*index].held(now))
    }

    /// Other figures, while running. What is under way keeps those that it began with; a health check that would be later
    /// than the new interval allows comes earlier.
    pub fn set_policy(&mut self, policy: Policy, now: Timestamp) {
        let interval = policy.health_check_interval;
        let low = interval.saturating_mul(policy.health_check_jitter_low_percent) / 100;
        self.replace_policy(policy);
        for index in 0..self.nodes.len() {
            let at = now + self.random.between(low, interval);
            self.nodes[index].probes.bring_forward(at);
        }
        self.arm_all_probes();
        self.refresh_view(now);
        self.finish(now);
    }

    pub(crate) fn checked(&self, index: usize) -> Result<NodeId, SwitchError> {
        self.node_at(index).ok_or(SwitchError::OutOfRange { index, nodes: self.nodes.len() })
    }
}
