//! A node that is left again soon after it could be returned to is flapping: each return comes later than the last.

use std::time::Duration;

use super::policy::Policy;
use super::time::Timestamp;

/// How often one node was left lately, and until when nobody returns to it.
#[derive(Debug, Default, Hash)]
pub(crate) struct Flapping {
    /// Departures that each followed soon after the last one could be undone: the exponent of the hold.
    repeats: u32,
    /// Nobody returns to the node before then.
    pub return_after: Option<Timestamp>,
}

impl Flapping {
    /// Clients leave the node because it is not well.
    pub fn left(&mut self, now: Timestamp, policy: &Policy) {
        let memory = policy.flap_memory.max(self.hold(policy));
        let again = self.return_after.is_some_and(|at| now.since(at) < memory);
        self.repeats = if again { self.repeats.saturating_add(1) } else { 0 };
        self.return_after = Some(now + self.hold(policy));
    }

    /// The operator chose the node: a hold is for clients that were moved, not for those who choose.
    pub fn forget(&mut self) {
        self.repeats = 0;
        self.return_after = None;
    }

    /// Whether nobody returns to the node yet.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.return_after.is_some_and(|at| at > now)
    }

    fn hold(&self, policy: &Policy) -> Duration {
        match self.repeats.checked_sub(1) {
            None => Duration::ZERO,
            Some(doublings) => policy.flap_hold_first.saturating_mul(1 << doublings.min(16)).min(policy.flap_hold_max),
        }
    }
}
