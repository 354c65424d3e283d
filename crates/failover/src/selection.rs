//! Which node a request goes to, and how much of the cluster there is to choose from.

use super::Failover;
use super::call::{Call, Target};
use super::node::{Node, NodeId, NodeState, Role};
use super::policy::Order;
use super::snapshot::ClusterMode;
use super::time::Timestamp;

/// How gladly a request is given to a node: lower is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fitness {
    Good,
    /// An attempt waits for it for longer than usual, or its origin does not answer.
    Slow,
    /// Recovering, or flapping: works, but nobody returns to it yet.
    Watched,
    /// Was behind the read index a moment ago, and would most likely say so again.
    Stale,
    /// Works, but said that it has no quorum, and this is a write.
    NoQuorum,
    /// Asked to be left alone.
    Held,
    /// It failed, and has just answered a check.
    Stirring,
    Suspect,
    /// Only when nothing else is left.
    Failed,
}

/// What was worked out from all nodes when one of them last changed: an event that changes none looks at none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct View {
    pub home: Option<usize>,
    pub leader: Option<usize>,
    pub usable: usize,
    pub suspects: usize,
    /// Nodes that failed and have given a first sign of life.
    pub stirring: usize,
}

impl Failover {
    /// The node's own part of its fitness: what does not depend on the call.
    fn standing(&self, node: &Node, target: Target, now: Timestamp) -> Fitness {
        let no_quorum =
            || target == Target::Leader && node.health.as_ref().is_some_and(|health| health.quorum == Some(false));
        // A flapping node is not returned to; the one in use is not left for having flapped.
        let flapping = || node.return_after.is_some_and(|at| at > now) && self.current != Some(node.id);
        match node.state() {
            NodeState::Probing if node.answered_once() => Fitness::Stirring,
            NodeState::Failed | NodeState::Probing => Fitness::Failed,
            NodeState::Suspect => Fitness::Suspect,
            _ if node.held(now) => Fitness::Held,
            _ if no_quorum() => Fitness::NoQuorum,
            NodeState::Recovering => Fitness::Watched,
            NodeState::Unknown | NodeState::Healthy if flapping() => Fitness::Watched,
            NodeState::Unknown | NodeState::Healthy => Fitness::Good,
        }
    }

    /// How gladly this call is given to the node at `index`.
    pub(super) fn fitness(&self, index: usize, call: &Call, now: Timestamp) -> Fitness {
        let node = &self.nodes[index];
        match self.standing(node, call.spec.target, now) {
            // Every other node would only pass a write on to the leader: if that is slow, they all are.
            Fitness::Good if call.spec.target == Target::AnyNode && node.slow(now, &self.policy) => Fitness::Slow,
            Fitness::Good if call.spec.with_headers && self.origin_stalled(node.origin, now) => Fitness::Slow,
            Fitness::Good | Fitness::Watched if call.spec.read && !call.ignore_read_index && node.stale(now) => {
                Fitness::Stale
            }
            fitness => fitness,
        }
    }

    /// This client's order of preference: the operator's choice, the primary, then its own random order.
    /// A node may come twice; the first place counts.
    pub(super) fn sequence(&self) -> impl Iterator<Item = usize> + '_ {
        let primary = match self.policy.order {
            Order::Listed => self.nodes.first().map(|_| 0),
            Order::Spread => None,
        };
        let preferred = self.preferred.and_then(|id| self.index_of(id));
        preferred.into_iter().chain(primary).chain(self.own_order.iter().copied())
    }

    /// The node that the next read goes to: the client's home.
    pub(super) fn home(&self) -> Option<usize> {
        self.view.home
    }

    /// The leader, as the node with the highest term says: itself, or the node it names.
    pub(super) fn leader(&self) -> Option<usize> {
        self.view.leader
    }

    /// Looks at every node again. Called when the standing of one of them changed.
    pub(super) fn refresh_view(&mut self, now: Timestamp) {
        let count = |state: fn(&Node) -> bool| self.nodes.iter().filter(|node| state(node)).count();
        let home = match self.requirement(now) {
            Some(required) => Some(required),
            None => self.sequence().min_by_key(|index| {
                let node = &self.nodes[*index];
                let standing = self.standing(node, Target::AnyNode, now);
                // A node that is watched may be kept, and is not returned to.
                (standing, standing == Fitness::Watched && self.current != Some(node.id))
            }),
        };
        self.view = View {
            home,
            leader: self.find_leader_in_reports(),
            usable: count(|node| node.state().usable()),
            suspects: count(|node| node.state() == NodeState::Suspect),
            stirring: count(Node::answered_once),
        };
    }

    /// The next node for `call`, or `None` when every node that may be asked was tried in this round.
    pub(super) fn choose(&self, call: &Call, now: Timestamp) -> Option<usize> {
        if self.spent(call) {
            return None;
        }
        let untried = |index: &usize| !call.tried.contains(&self.nodes[*index].id);
        if let Some(required) = self.requirement(now) {
            return Some(required).filter(untried);
        }
        if call.ignore_read_index {
            return self.freshest(call, now);
        }
        if let Some(expected) = self.expected(call).filter(untried)
            && matches!(self.fitness(expected, call, now), Fitness::Good | Fitness::Watched)
        {
            return Some(expected);
        }
        self.best_of_all(call, now)
    }

    /// Where the call goes when all is well: a write to the leader, everything else home. A call that leaves its node
    /// has no home among the others.
    fn expected(&self, call: &Call) -> Option<usize> {
        let leader = self.leader().filter(|_| call.spec.target == Target::Leader);
        leader.or_else(|| self.home().filter(|_| call.trace.is_empty()))
    }

    /// The fittest node that was not tried; of two that are equally fit the one with less to do.
    fn best_of_all(&self, call: &Call, now: Timestamp) -> Option<usize> {
        let limit = self.worst_allowed(call);
        let outage = matches!(self.mode(), ClusterMode::Outage { .. });
        let mut best: Option<((Fitness, usize), usize)> = None;
        let mut second = None;
        for index in self.sequence() {
            let node = &self.nodes[index];
            if call.tried.contains(&node.id) || best.is_some_and(|(_, first)| first == index) {
                continue;
            }
            // In an outage a node that gave a sign of life is the likeliest to answer; the others take turns.
            let turn = if outage && !node.answered_once() { self.outage_turn(index) + 1 } else { 0 };
            let rank = (self.fitness(index, call, now), turn);
            if rank.0 > limit {
                continue;
            }
            match best {
                Some((known, _)) if rank == known && second.is_none() => second = Some(index),
                Some((known, _)) if rank >= known => {}
                _ => (best, second) = (Some((rank, index)), None),
            }
        }
        let (_, first) = best?;
        let settled = call.trace.is_empty() && Some(first) == self.home();
        let Some(second) = second.filter(|_| !settled) else { return Some(first) };
        let cost = |index: usize| self.nodes[index].figures.load.cost(self.nodes[index].pending);
        Some(if cost(second) < cost(first) { second } else { first })
    }

    /// Every node is behind: the one that has applied most.
    fn freshest(&self, call: &Call, now: Timestamp) -> Option<usize> {
        let limit = self.worst_allowed(call);
        let asked = self.sequence().filter(|index| !call.tried.contains(&self.nodes[*index].id));
        let allowed = asked.filter(|index| self.fitness(*index, call, now) <= limit);
        // The first of equals: `max_by_key` would take the last.
        allowed.min_by_key(|index| std::cmp::Reverse(self.nodes[*index].applied))
    }

    /// The worst node that a call may be sent to. While one is usable, or has answered a check, suspects and failed
    /// ones get probes only: a request that hangs there could keep a socket for minutes.
    fn worst_allowed(&self, call: &Call) -> Fitness {
        if self.view.usable == 0 {
            if self.view.stirring > 0 { Fitness::Stirring } else { Fitness::Failed }
        } else if call.held_for >= self.policy.retry_after_person {
            // It waited as long as a person can be asked to.
            Fitness::Held
        } else {
            Fitness::NoQuorum
        }
    }

    /// Whether the call has made all the attempts that it may make.
    pub(super) fn spent(&self, call: &Call) -> bool {
        call.attempts() >= self.attempts_allowed()
    }

    /// How many attempts a call may make altogether, given the state of the cluster.
    fn attempts_allowed(&self) -> u32 {
        if self.local_fault_since().is_some() {
            return 1;
        }
        match self.mode() {
            ClusterMode::Normal | ClusterMode::Degraded => u32::MAX,
            // One has answered a check: the budget bounds what is sent there.
            _ if self.view.stirring > 0 => u32::MAX,
            // Everything is down or about to be: more attempts would only add load.
            ClusterMode::Panic => 2,
            ClusterMode::Outage { .. } => 1,
        }
    }

    pub(super) fn mode(&self) -> ClusterMode {
        if self.view.usable == self.nodes.len() {
            ClusterMode::Normal
        } else if self.view.usable > 0 {
            ClusterMode::Degraded
        } else if self.view.suspects > 0 {
            ClusterMode::Panic
        } else {
            let since = self.outage.as_ref().map_or(Timestamp::ZERO, |outage| outage.since);
            ClusterMode::Outage { since, next_try: self.outage.as_ref().map(|outage| outage.next_try) }
        }
    }

    fn find_leader_in_reports(&self) -> Option<usize> {
        let reports = || self.nodes.iter().enumerate().filter_map(|(index, node)| Some((index, node.health.as_ref()?)));
        let claimed = reports()
            .filter(|(_, health)| health.role == Some(Role::Leader))
            .max_by_key(|(_, health)| health.term)
            .map(|(index, health)| (health.term, index));
        let newest = reports().map(|(_, health)| health).max_by_key(|health| health.term);
        let named = newest.and_then(|health| {
            let leader_id = health.leader_id?;
            let (index, own) = reports().find(|(_, own)| own.node_id == Some(leader_id))?;
            // A node that was named in an older term, or that denied it since, is not the leader.
            let denied = own.role != Some(Role::Leader) && own.term >= health.term;
            (!denied).then_some((health.term, index))
        });
        claimed.max(named).map(|(_, index)| index)
    }

    /// Whether a node that is not well was left for another: what the hold of a flapping node counts.
    pub(super) fn left_because_unwell(&self, node: NodeId, now: Timestamp) -> bool {
        self.index_of(node)
            .is_some_and(|index| self.standing(&self.nodes[index], Target::AnyNode, now) >= Fitness::Held)
    }
}
