//! What must hold between any two events. For tests: nothing here decides anything.

use super::Failover;
use super::node::NodeState;
use super::time::Timestamp;

impl Failover {
    /// The first invariant that does not hold at `now`, in words. Looks at everything: for tests only.
    ///
    /// # Errors
    /// The invariant.
    pub fn audit(&self, now: Timestamp) -> Result<(), &'static str> {
        let usable = self.nodes.iter().filter(|node| node.state().usable()).count();
        let suspects = self.nodes.iter().filter(|node| node.state() == NodeState::Suspect).count();
        let out = |index: usize| self.attempts.values().filter(|attempt| attempt.node == self.nodes[index].id).count();
        let pending_agrees = (0..self.nodes.len()).all(|index| self.nodes[index].pending as usize == out(index));
        let probes = self.nodes.iter().filter_map(|node| node.probe.map(|probe| (probe.id, node.id)));
        let live = self.calls.values().flat_map(|call| call.live.iter().map(move |id| (*id, call.id)));
        let lost = self.attempts.values().filter(|attempt| attempt.lost).count();
        let rules = [
            (self.next_wakeup() == self.earliest_due(now), "the next wake-up is the earliest thing that is due"),
            (self.next_wakeup().is_none_or(|at| at > now), "nothing that is due is left undone"),
            ((usable, suspects) == (self.view.usable, self.view.suspects), "the view counts the nodes as they are"),
            (pending_agrees, "a node's pending count is the number of its attempts"),
            (
                probes.clone().count() == self.probes.len() && probes.clone().all(|probe| self.probes.contains(&probe)),
                "every probe in flight belongs to one node, and no node has two",
            ),
            (self.probes.len() <= self.policy.probes_in_flight, "probes in flight are bounded"),
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
        for (index, origin) in self.origins.iter().enumerate() {
            let here = |of: u32| of as usize == index;
            let probes = self.nodes.iter().filter(|node| here(node.origin) && node.probe.is_some()).count();
            if origin.probes as usize != probes || origin.probes > self.policy.origin_probes {
                return Err("an origin's probes are counted and bounded");
            }
            if !origin.is_bounded(self.policy.origin_requests) {
                return Err("an origin's requests with headers are bounded");
            }
        }
        Ok(())
    }

    /// The earliest of everything that falls due after `now`, found by looking at everything.
    fn earliest_due(&self, now: Timestamp) -> Option<Timestamp> {
        let attempts = self.attempts.values().map(|attempt| attempt.due());
        let calls = self.calls.values().filter_map(|call| call.due());
        let leases = self.nodes.iter().filter_map(|node| node.probe.map(|probe| probe.lease_until));
        let probes = (0..self.nodes.len()).filter_map(|index| self.probe_due_at(index));
        let holds = self.nodes.iter().flat_map(|node| [node.held_until, node.return_after]).flatten();
        let holds = holds.filter(|at| *at > now);
        let outage = self.outage.map(|outage| outage.next_try);
        let required = self.required.map(|(_, until)| until);
        let origins = (0..self.origins.len()).filter_map(|origin| self.origin_due(origin as u32, now));
        let own = outage.into_iter().chain(required).chain(self.control_due());
        attempts.chain(calls).chain(leases).chain(probes).chain(holds).chain(origins).chain(own).min()
    }
}
