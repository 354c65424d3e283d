//! Which node a request goes to, and how much of the cluster there is to choose from.

use std::cmp::Reverse;

use super::Failover;
use super::call::Target;
use super::call_state::Call;
use super::ids::NodeId;
use super::node::{Node, NodeState, Role};
use super::policy::Order;
use super::snapshot::ClusterMode;
use super::time::Timestamp;

/// How fit a node is for a request: lower is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fitness {
    Good,
    /// An attempt waits for it for longer than usual, or its origin does not answer.
    Slow,
    /// Another node is far faster.
    LeftAsSlow,
    /// Recovering, or flapping: works, but nobody returns to it yet.
    Watched,
    /// Was behind the read index a moment ago, and would most likely say so again.
    Stale,
    /// Works, but too many of its requests fail.
    LowSuccessRate,
    /// Works, but said that it has no quorum, and this is a write.
    NoQuorum,
    /// Asked to be left alone.
    Held,
    /// It failed, and has just answered a check.
    AnsweredOnce,
    Suspect,
    /// Only when nothing else is left.
    Failed,
    /// It belongs to another cluster: never.
    Foreign,
}

/// What was worked out from all nodes when one of them last changed: an event that changes none looks at none.
#[derive(Clone, Copy, Debug, Default, Hash)]
pub(crate) struct View {
    home: Option<usize>,
    leader: Option<usize>,
    pub usable: usize,
    pub suspects: usize,
    /// Nodes that failed and have answered once since.
    pub answered_once: usize,
    /// Usable nodes of which too many requests fail.
    pub low: usize,
    /// Nodes that are well, in another cluster.
    pub foreign: usize,
    /// Addresses that lead to a node which is in the list already.
    pub shared: usize,
}

impl View {
    /// Whether every node has failed and none has answered since.
    pub fn nobody_answers(&self) -> bool {
        self.usable + self.suspects + self.answered_once == 0
    }
}

impl Failover {
    /// The node that the next read goes to; `None` only when there is no node at all.
    pub fn current(&self) -> Option<usize> {
        self.home()
    }

    /// The node that the next read goes to: the client's home.
    pub(crate) fn home(&self) -> Option<usize> {
        self.view.home
    }

    /// The leader, as the node with the highest term says: itself, or the node it names.
    pub(crate) fn leader(&self) -> Option<usize> {
        self.view.leader
    }

    pub(crate) fn mode(&self) -> ClusterMode {
        if self.view.usable == self.nodes.len() {
            ClusterMode::Normal
        } else if self.view.usable > 0 {
            ClusterMode::Degraded
        } else if self.view.suspects > 0 {
            ClusterMode::Panic
        } else if self.view.foreign > 0 {
            ClusterMode::Foreign
        } else {
            let since = self.outage.since().unwrap_or(Timestamp::ZERO);
            ClusterMode::Outage { since, next_try: self.outage.next_try() }
        }
    }

    /// Looks at every node.
    pub(crate) fn view_of_all(&self, now: Timestamp) -> View {
        let count = |of: fn(&Node) -> bool| self.nodes.iter().filter(|node| of(node)).count();
        let home = match self.requirement(now) {
            Some(required) => Some(required),
            None => self.sequence().min_by_key(|index| {
                let node = &self.nodes[*index];
                let fitness = self.own_fitness(node, Target::AnyNode, now);
                // A node that is watched may be kept, and is not returned to.
                (fitness, fitness == Fitness::Watched && self.home.current != Some(node.id))
            }),
        };
        View {
            home,
            leader: self.find_leader_in_reports(),
            usable: count(Node::usable),
            suspects: count(Node::suspect),
            answered_once: count(Node::answered_once),
            low: count(|node| node.tally.is_low()),
            foreign: count(|node| node.identity.is_foreign() && node.state().usable()),
            shared: count(|node| node.identity.same_as().is_some()),
        }
    }

    /// The next node for `call`, or `None` when every node that may be asked was tried in this round.
    pub(crate) fn choose(&self, call: &Call, now: Timestamp) -> Option<usize> {
        if self.attempts_exhausted(call) {
            return None;
        }
        let untried = |index: &usize| !call.tried.contains(&self.nodes[*index].id);
        if let Some(required) = self.requirement(now) {
            return Some(required).filter(untried).filter(|index| !self.nodes[*index].identity.is_foreign());
        }
        if let Some(first) = call.sampled.and_then(|id| self.nodes.index_of(id))
            && call.trace.is_empty()
            && self.nodes[first].usable()
        {
            return Some(first);
        }
        if call.findings.ignore_read_index {
            return self.freshest(call, now);
        }
        if let Some(expected) = self.expected(call).filter(untried)
            && matches!(self.fitness(expected, call, now), Fitness::Good | Fitness::Watched)
        {
            return Some(expected);
        }
        self.best_of_all(call, now)
    }

    /// How fit the node at `index` is for this call.
    pub(crate) fn fitness(&self, index: usize, call: &Call, now: Timestamp) -> Fitness {
        let node = &self.nodes[index];
        match self.own_fitness(node, call.spec.target, now) {
            // Every other node would only pass a write on to the leader: if that is slow, they all are.
            Fitness::Good if call.spec.target == Target::AnyNode && node.slow(now, &self.policy) => Fitness::Slow,
            Fitness::Good if call.spec.with_headers && self.origin_stalled(node.origin, now) => Fitness::Slow,
            Fitness::Good | Fitness::Watched
                if call.spec.read && !call.findings.ignore_read_index && node.reported.is_stale(now) =>
            {
                Fitness::Stale
            }
            fitness => fitness,
        }
    }

    /// This client's order of preference: the operator's choice, the primary, then its own random order.
    /// A node may come twice; the first place counts.
    pub(crate) fn sequence(&self) -> impl Iterator<Item = usize> + '_ {
        let primary = match self.policy.order {
            Order::Listed => self.nodes.first().map(|_| 0),
            Order::Spread => None,
        };
        self.preferred().into_iter().chain(primary).chain(self.nodes.own_order.iter().copied())
    }

    /// Whether the call has made all the attempts that it may make.
    pub(crate) fn attempts_exhausted(&self, call: &Call) -> bool {
        call.attempts() >= self.attempts_allowed()
    }

    /// How many attempts a call may make altogether, given the state of the cluster.
    fn attempts_allowed(&self) -> u32 {
        if self.local_fault.since().is_some() {
            return 1;
        }
        match self.mode() {
            ClusterMode::Normal | ClusterMode::Degraded => u32::MAX,
            // One has answered a check: the budget bounds what is sent there.
            _ if self.view.answered_once > 0 => u32::MAX,
            // Everything is down or about to be: more attempts would only add load.
            ClusterMode::Panic => 2,
            ClusterMode::Foreign | ClusterMode::Outage { .. } => 1,
        }
    }

    /// Whether a node is left for another because it is not well: what the hold of a flapping node counts.
    pub(crate) fn is_unwell(&self, node: NodeId, now: Timestamp) -> bool {
        let index = self.nodes.index_of(node);
        index.is_some_and(|index| self.own_fitness(&self.nodes[index], Target::AnyNode, now) >= Fitness::Held)
    }

    /// The part of a node's fitness that does not depend on the call.
    fn own_fitness(&self, node: &Node, target: Target, now: Timestamp) -> Fitness {
        // A flapping node is not returned to; the one in use is not left for having flapped.
        let flapping = || node.flapping.is_held(now) && self.home.current != Some(node.id);
        // Every other node would only pass a write on to the leader. A node that was chosen by hand is kept.
        let left_as_slow =
            || target == Target::AnyNode && node.pace.slower().is_some() && self.choices.preferred != Some(node.id);
        match node.state() {
            _ if node.identity.is_foreign() => Fitness::Foreign,
            NodeState::Probing if node.health.answered_once() => Fitness::AnsweredOnce,
            NodeState::Failed | NodeState::Probing => Fitness::Failed,
            NodeState::Suspect => Fitness::Suspect,
            _ if node.held(now) => Fitness::Held,
            _ if target == Target::Leader && node.reported.lacks_quorum() => Fitness::NoQuorum,
            _ if node.tally.is_low() => Fitness::LowSuccessRate,
            NodeState::Recovering => Fitness::Watched,
            NodeState::Unknown | NodeState::Healthy if flapping() => Fitness::Watched,
            NodeState::Unknown | NodeState::Healthy if left_as_slow() => Fitness::LeftAsSlow,
            NodeState::Unknown | NodeState::Healthy => Fitness::Good,
        }
    }

    /// Where the call goes when all is well: a write to the leader, everything else home. A call that leaves its node
    /// has no home among the others.
    fn expected(&self, call: &Call) -> Option<usize> {
        let last_writer = || self.nodes.index_of(self.home.last_writer?);
        let leader = self.leader().or_else(last_writer).filter(|_| call.spec.target == Target::Leader);
        leader.or_else(|| self.home().filter(|_| call.trace.is_empty()))
    }

    /// The fittest node that was not tried; of two that are equally fit the one with less to do.
    fn best_of_all(&self, call: &Call, now: Timestamp) -> Option<usize> {
        let limit = self.worst_allowed(call);
        let outage = matches!(self.mode(), ClusterMode::Outage { .. });
        let mut best: Option<((bool, Fitness, usize), usize)> = None;
        let mut second = None;
        for index in self.sequence() {
            let node = &self.nodes[index];
            if call.tried.contains(&node.id) || best.is_some_and(|(_, first)| first == index) {
                continue;
            }
            // In an outage a node that has answered once is the likeliest to answer; the others take turns.
            let turn = if outage && !node.health.answered_once() {
                self.outage.turns_until(index, self.nodes.len()) + 1
            } else {
                0
            };
            let rank = (self.was_asked_by_another_address(index, call), self.fitness(index, call, now), turn);
            if rank.1 > limit {
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
        let cost = |index: usize| self.nodes[index].stats.load.cost(self.pending_at(index));
        Some(if cost(second) < cost(first) { second } else { first })
    }

    /// Every node is behind: the one that has applied most.
    fn freshest(&self, call: &Call, now: Timestamp) -> Option<usize> {
        let limit = self.worst_allowed(call);
        let untried = self.sequence().filter(|index| !call.tried.contains(&self.nodes[*index].id));
        let allowed = untried.filter(|index| self.fitness(*index, call, now) <= limit);
        // The first of equals: `max_by_key` would take the last.
        allowed.min_by_key(|index| Reverse(self.nodes[*index].reported.applied))
    }

    /// The worst node that a call may be sent to. While one is usable, or has answered a check, suspects and failed
    /// ones get health checks only: a request that hangs there could keep a socket for minutes.
    fn worst_allowed(&self, call: &Call) -> Fitness {
        if self.view.usable == 0 {
            if self.view.answered_once > 0 { Fitness::AnsweredOnce } else { Fitness::Failed }
        } else if call.retries.held_for >= self.policy.retry_after_person {
            // It waited as long as a person can be asked to.
            Fitness::Held
        } else {
            Fitness::NoQuorum
        }
    }

    fn find_leader_in_reports(&self) -> Option<usize> {
        let reports = || {
            let nodes = self.nodes.iter().enumerate();
            let known = nodes.filter(|(_, node)| !node.identity.is_foreign());
            known.filter_map(|(index, node)| Some((index, node.reported.health.as_ref()?)))
        };
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
}
