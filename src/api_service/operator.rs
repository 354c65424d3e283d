//! The operator's levers, and what the failover thinks of the nodes.

use std::sync::Arc;

use super::ApiService;
use super::failover::{
    Candidate, Check, Failover, NodeId, NodeState, NodeUrl, Policy, SwitchError, Target, Timestamp, TooSoon,
};

impl ApiService {
    /// The node becomes the preferred one, at once, for the next request.
    pub fn switch_to_node(self, index: usize) -> Result<(), SwitchError> {
        self.service().driver.command(|core, now| core.switch_to_node(index, now))
    }

    /// Back to the automatic choice.
    pub fn clear_preference(self) {
        self.service().driver.command(Failover::clear_preference);
    }

    /// For diagnosis: every request goes to this node and to no other, for ten minutes or until
    /// [`ApiService::clear_requirement`], a switch, or a reload.
    pub fn require_node(self, index: usize) -> Result<(), SwitchError> {
        self.service().driver.command(|core, now| core.require_node(index, now))
    }

    /// Requests may go to every node again.
    pub fn clear_requirement(self) {
        self.service().driver.command(Failover::clear_requirement);
    }

    /// The cluster that this node names is the right one: the page is in that one from now on.
    pub fn follow_cluster(self, index: usize) -> Result<(), SwitchError> {
        self.service().driver.command(|core, now| core.follow_cluster(index, now))
    }

    /// The page was in this cluster before it was loaded again.
    pub fn resume_cluster(self, cluster: &str) {
        self.service().driver.command(|core, now| core.resume_cluster(cluster, now));
    }

    /// The cluster that the page is in; `None` while no node has named any.
    pub fn cluster(self) -> Option<Arc<str>> {
        self.service().driver.read(|core, _| core.cluster().cloned())
    }

    /// A new list of nodes, at once: nodes that stay keep all that is known of them, new ones are checked, requests
    /// under way on removed ones end by themselves.
    pub fn set_nodes(self, nodes: &[NodeUrl]) {
        self.service().driver.command(|core, now| core.set_nodes(nodes, now));
    }

    /// Other figures, from the next request and the next check on.
    pub fn set_policy(self, policy: Policy) {
        self.service().driver.command(|core, now| core.set_policy(policy, now));
    }

    /// Where the next request would go, and why not elsewhere.
    pub fn explain(self, target: Target) -> Vec<Candidate> {
        self.service().driver.read(|core, now| core.explain(target, now))
    }

    /// Clears failures: failed nodes become suspects and are checked. Answers how many that concerned.
    ///
    /// # Errors
    /// [`TooSoon`] when the last reset was less than five seconds ago.
    pub fn reset_failed_nodes(self) -> Result<usize, TooSoon> {
        self.service().driver.command(Failover::reset_failed_nodes)
    }

    pub fn reset_node(self, index: usize) -> Result<(), SwitchError> {
        self.service().driver.command(|core, now| core.reset_node(index, now))
    }

    /// A caller knows better: the node is failed until it proves otherwise.
    pub fn mark_node_as_failed(self, index: usize) -> Result<(), SwitchError> {
        self.service().driver.command(|core, now| core.mark_node_as_failed(index, now))
    }

    /// The node that requests would go on to; `None` when no other is usable.
    pub fn next_healthy_node(self) -> Option<usize> {
        self.service().driver.read(Failover::next_healthy_node)
    }

    /// Checks every node once, now, and resolves when all checks ended. A check under way already counts.
    pub async fn perform_health_check(self) {
        let service = self.service();
        service.driver.command(Failover::ask_for_round);
        let nodes: Vec<_> = service.driver.read(|core, _| (0..).map_while(|index| core.node_at(index)).collect());
        service.driver.checks_of(nodes).await;
    }

    /// Checks one node now and answers with what came of it; `None` when the list was edited meanwhile.
    pub async fn probe_node(self, index: usize) -> Result<Option<Check>, SwitchError> {
        let service = self.service();
        let (node, nodes) = service.driver.read(|core, now| (core.node_at(index), core.snapshot(now).nodes.len()));
        let node = node.ok_or(SwitchError::OutOfRange { index, nodes })?;
        service.driver.command(|core, now| core.ask_for_probe_of(index, now));
        Ok(service.driver.checks_of([node]).await)
    }

    /// The node that the operator chose; `None` while the choice is automatic.
    pub fn preferred_url(self) -> Option<Arc<str>> {
        self.service().driver.read(|core, _| core.preferred_url().cloned())
    }

    /// The place in the list of the node at `url`, its state, and since when it is in it.
    pub fn find(self, url: &str) -> Option<(usize, NodeState, Timestamp)> {
        self.service().driver.read(|core, _| core.find(url))
    }

    /// Whether the node at this place of the list has said what it can do, and ids of events are not among it.
    pub(super) fn gives_no_event_ids(self, index: usize) -> bool {
        let features = |core: &Failover| core.node_at(index).and_then(|node| core.reported_features_of(node));
        self.service().driver.read(|core, _| features(core)).is_some_and(|features| !features.event_id)
    }

    /// The position of `node` in the list; `None` when it was removed.
    pub fn index_of(self, node: NodeId) -> Option<usize> {
        self.service().driver.read(|core, _| core.index_of(node))
    }

    /// Whether this page checks the nodes once a minute while it is hidden, for alerts. At most one tab should.
    pub fn watch_while_hidden(self, watch: bool) {
        self.service().driver.command(|core, now| core.watch_while_hidden(watch, now));
    }
}
