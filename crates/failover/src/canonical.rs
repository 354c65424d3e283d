//! The state in a canonical form: what decides how the core goes on, without what it has counted and written down on the
//! way. For the search through every interleaving, which is to see that two ways lead to the same state. For tests:
//! nothing here decides anything.
//!
//! A hasher that the search hands in makes the form. It is told what has to be written in another way there: a
//! [`Timestamp`](super::Timestamp) is handed to it as a `u128`, an [`AttemptId`](super::AttemptId) as an `i128`, and nothing else of the core is either. So
//! it can count times from now on and attempts from the oldest, without a second description of the core beside the core.
//!
//! What is added to a part of the state is part of the form by itself, since the parts derive [`Hash`]. The few that
//! do so by hand name each of their fields, and the compiler says when one is missing.

use std::hash::{Hash, Hasher};

use super::Failover;

impl Failover {
    /// Feeds everything to `state` that decides how this core goes on. The random numbers to come are left out: two cores
    /// that differ in nothing else may differ later, by jitter.
    pub fn hash_state(&self, state: &mut impl Hasher) {
        let Self {
            policy: _,
            random: _,
            nodes,
            view,
            home,
            choices,
            calls,
            attempts,
            attempt_ids: _,
            buffers: _,
            budgets,
            origins,
            probes,
            page,
            outage,
            recheck,
            local_fault,
            slowness,
            membership,
            // What is due follows from the others, as the audit says.
            timers: _,
            actions: _,
            journal: _,
            counters: _,
            revision: _,
        } = self;
        (nodes, view, home, choices, calls, attempts).hash(state);
        (budgets, origins, probes, page, outage, recheck).hash(state);
        (local_fault, slowness, membership).hash(state);
    }
}
