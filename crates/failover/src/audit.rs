//! What must hold between any two events. For tests: nothing here decides anything.

use super::Failover;
use super::node::NodeState;
use super::time::Timestamp;

impl Failover {
    /// What is thought of the node at `index`, without all else that a snapshot tells; `None` when there is no such node.
    pub fn state_at(&self, index: usize) -> Option<NodeState> {
        self.nodes.get(index).map(|node| node.state())
    }

    /// The first invariant that does not hold at `now`, in words. Looks at everything: for tests only.
    ///
    /// # Errors
    /// The invariant.
    pub fn audit(&self, now: Timestamp) -> Result<(), &'static str> {
        let usable = self.nodes.iter().filter(|node| node.usable()).count();
        let suspects = self.nodes.iter().filter(|node| node.suspect()).count();
        let out = |index: usize| self.attempts.values().filter(|attempt| attempt.node == self.nodes[index].id).count();
        let pending_agrees =
            (0..self.nodes.len()).all(|index| self.nodes[index].traffic.pending as usize == out(index));
        let probes = self.nodes.iter().filter_map(|node| node.probes.in_flight.map(|probe| (probe.id, node.id)));
        let live = self.calls.values().flat_map(|call| call.live.iter().map(move |id| (*id, call.id)));
        let lost = self.attempts.values().filter(|attempt| attempt.lost).count();
        let rules = [
            (self.next_wakeup() == self.earliest_due(now), "the next wake-up is the earliest thing that is due"),
            (self.next_wakeup().is_none_or(|at| at > now), "nothing that is due is left undone"),
            ((usable, suspects) == (self.view.usable, self.view.suspects), "the view counts the nodes as they are"),
            (self.identities_agree(), "a node is foreign, or the same as an earlier one, because of what it names"),
            (pending_agrees, "a node's pending count is the number of its attempts"),
            (
                probes.clone().count() == self.probes.in_flight()
                    && probes.clone().all(|(probe, node)| self.probes.contains(probe, node)),
                "every probe in flight belongs to one node, and no node has two",
            ),
            (self.probes.in_flight() <= self.policy.probes_in_flight, "probes in flight are bounded"),
            (
                live.clone().all(|(id, call)| self.attempts.get(&id).is_some_and(|own| own.call == call && !own.lost)),
                "a call's live attempts are out for it",
            ),
            (live.count() + lost == self.attempts.len(), "every attempt that is out has a call, or has lost it"),
            (
                self.calls.values().all(|call| !call.live.is_empty() || call.waits.is_some()),
                "a call that has not ended is out, or waits for something",
            ),
            (
                self.timers.len() <= 512 + 16 * (self.calls.len() + self.attempts.len() + self.nodes.len()),
                "stale timers are swept out",
            ),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(rule),
            None => self.audit_origins(),
        }
    }

    fn audit_origins(&self) -> Result<(), &'static str> {
        self.origins.ids().try_for_each(|origin| {
            let here = self.nodes.iter().filter(|node| node.origin == origin && node.probes.in_flight.is_some());
            self.origins.audit(origin, here.count(), &self.policy)
        })
    }

    /// The earliest of everything that falls due after `now`, found by looking at everything.
    fn earliest_due(&self, now: Timestamp) -> Option<Timestamp> {
        let attempts = self.attempts.values().map(|attempt| attempt.due());
        let calls = self.calls.values().filter_map(|call| call.due());
        let leases = self.nodes.iter().filter_map(|node| node.probes.in_flight.map(|probe| probe.lease_until));
        let probes = (0..self.nodes.len()).filter_map(|index| self.probe_due_at(index));
        let holds = self.nodes.iter().flat_map(|node| node.holds()).filter(|at| *at > now);
        let origins = self.origins.ids().filter_map(|origin| self.origin_due(origin, now));
        let own = self.outage.next_try().into_iter().chain(self.choices.required_until()).chain(self.local_fault.due());
        let own = own.chain(self.slowness.due());
        attempts.chain(calls).chain(leases).chain(probes).chain(holds).chain(origins).chain(own).min()
    }
}
