//! Which node a request goes to, and how much of the cluster there is to choose from.

use super::Failover;
use super::call::{Call, Target};
use super::node::{Node, NodeState, Role};
use super::policy::Order;
use super::snapshot::ClusterMode;
use super::time::Timestamp;

/// How gladly a request is given to a node: lower is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fitness {
    Good,
    /// Watched after a failure: works, but nobody returns to it yet.
    Recovering,
    /// Works, but said that it has no quorum, and this is a write.
    NoQuorum,
    Suspect,
    /// Asked to be left alone.
    Held,
    /// Only when nothing else is left.
    Failed,
}

fn fitness(node: &Node, target: Target, now: Timestamp) -> Fitness {
    let no_quorum =
        || target == Target::Leader && node.health.as_ref().is_some_and(|health| health.quorum == Some(false));
    match node.state() {
        NodeState::Failed | NodeState::Probing => Fitness::Failed,
        NodeState::Suspect => Fitness::Suspect,
        _ if node.held(now) => Fitness::Held,
        _ if no_quorum() => Fitness::NoQuorum,
        NodeState::Recovering => Fitness::Recovering,
        NodeState::Unknown | NodeState::Healthy => Fitness::Good,
    }
}

impl Failover {
    /// This client's order of preference: the operator's choice, the primary, then its own random order.
    /// A node may come twice; the first place counts.
    fn sequence(&self) -> impl Iterator<Item = usize> + '_ {
        let primary = match self.policy.order {
            Order::Listed => self.nodes.first().map(|_| 0),
            Order::Spread => None,
        };
        let preferred = self.preferred.and_then(|id| self.index_of(id));
        preferred.into_iter().chain(primary).chain(self.own_order.iter().copied())
    }

    /// The node that the next read goes to: the client's home.
    pub(super) fn home(&self, now: Timestamp) -> Option<usize> {
        self.sequence().min_by_key(|index| fitness(&self.nodes[*index], Target::AnyNode, now))
    }

    /// The next node for `call`, or `None` when every node that may be asked was tried in this round.
    pub(super) fn choose(&self, call: &Call, now: Timestamp) -> Option<usize> {
        if call.attempts() >= self.attempts_allowed() {
            return None;
        }
        let untried = |index: &usize| !call.tried.contains(&self.nodes[*index].id);
        if call.spec.target == Target::Leader
            && let Some(leader) = self.leader()
            && untried(&leader)
            && fitness(&self.nodes[leader], Target::Leader, now) <= Fitness::Recovering
        {
            return Some(leader);
        }
        let mode = self.mode();
        let outage = matches!(mode, ClusterMode::Outage { .. });
        // While another node works, a failed one is not worth the wait: a further round over the others is.
        let desperate = !matches!(mode, ClusterMode::Normal | ClusterMode::Degraded);
        let worth_it =
            |index: &usize| desperate || fitness(&self.nodes[*index], call.spec.target, now) < Fitness::Failed;
        self.sequence().filter(untried).filter(worth_it).min_by_key(|index| {
            let node = &self.nodes[*index];
            // In an outage a node that gave a sign of life is the likeliest to answer; the others take turns.
            let turn = if outage && !node.answered_once() { self.outage_turn(*index) + 1 } else { 0 };
            (fitness(node, call.spec.target, now), turn)
        })
    }

    /// How many attempts a call may make altogether, given the state of the cluster.
    fn attempts_allowed(&self) -> u32 {
        match self.mode() {
            ClusterMode::Normal | ClusterMode::Degraded => u32::MAX,
            // Everything is down or about to be: more attempts would only add load.
            ClusterMode::Panic => 2,
            ClusterMode::Outage { .. } => 1,
        }
    }

    pub(super) fn mode(&self) -> ClusterMode {
        let mut usable = 0;
        let mut suspects = 0;
        for node in &self.nodes {
            match node.state() {
                state if state.usable() => usable += 1,
                NodeState::Suspect => suspects += 1,
                _ => {}
            }
        }
        if usable == self.nodes.len() {
            ClusterMode::Normal
        } else if usable > 0 {
            ClusterMode::Degraded
        } else if suspects > 0 {
            ClusterMode::Panic
        } else {
            let since = self.outage.as_ref().map_or(Timestamp::ZERO, |outage| outage.since);
            ClusterMode::Outage { since, next_try: self.outage.as_ref().map(|outage| outage.next_try) }
        }
    }

    /// The leader, as the node with the highest term says: itself, or the node it names.
    pub(super) fn leader(&self) -> Option<usize> {
        let claims = self.nodes.iter().enumerate().filter_map(|(index, node)| Some((index, node.health.as_ref()?)));
        let claimed = claims
            .filter(|(_, health)| health.role == Some(Role::Leader))
            .max_by_key(|(_, health)| health.term)
            .map(|(index, health)| (health.term, index));
        let named =
            self.nodes.iter().filter_map(|node| node.health.as_ref()).max_by_key(|health| health.term).and_then(
                |health| {
                    let leader_id = health.leader_id?;
                    let index = self
                        .nodes
                        .iter()
                        .position(|node| node.health.as_ref().is_some_and(|own| own.node_id == Some(leader_id)))?;
                    // A node that was named in an older term, or that denied it since, is not the leader.
                    let denied = self.nodes[index]
                        .health
                        .as_ref()
                        .is_some_and(|own| own.role != Some(Role::Leader) && own.term >= health.term);
                    (!denied).then_some((health.term, index))
                },
            );
        claimed.max(named).map(|(_, index)| index)
    }
}
