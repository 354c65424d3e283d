//! What one more request costs a node: its latency, which rises at once and falls slowly (peak EWMA, as in Finagle),
//! times the requests that it already has.

use std::time::Duration;

use super::policy::Policy;
use super::time::{Timestamp, micros_of};

/// The moving average of a node's latency.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Load {
    micros: u64,
    at: Timestamp,
}

impl Load {
    /// Takes in an answer that took this long. Without `exp`, on which platforms disagree: the weight of the past after `dt` is
    /// `decay / (decay + dt)`, which falls like `e^(-dt/decay)` at first and more slowly later.
    pub fn measured(&mut self, took: Duration, now: Timestamp, policy: &Policy) {
        let took = micros_of(took);
        if took >= self.micros {
            self.micros = took;
        } else {
            // A difference of an hour times a thousand seconds fits into 64 bits; longer pauses forget all but all.
            let passed = micros_of(now.since(self.at)).clamp(1, 1_000_000_000);
            let whole = micros_of(policy.ewma_decay).saturating_add(passed);
            self.micros -= (self.micros - took).saturating_mul(passed) / whole;
        }
        self.at = now;
    }

    /// The cost of one more request beside `pending` others: lower is better.
    pub fn cost(&self, pending: u32) -> u64 {
        // A node that was never measured costs as if it answered in a microsecond: it deserves a try.
        self.micros.max(1).saturating_mul(u64::from(pending) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_answer_counts_at_once_and_is_forgotten_slowly() {
        let policy = Policy::default();
        let mut load = Load::default();
        load.measured(Duration::from_millis(20), Timestamp::from_millis(0), &policy);
        load.measured(Duration::from_millis(400), Timestamp::from_millis(10), &policy);
        assert_eq!(load.cost(0), 400_000);
        load.measured(Duration::from_millis(20), Timestamp::from_millis(110), &policy);
        assert!((390_000..400_000).contains(&load.cost(0)), "{}", load.cost(0));
        for second in 1..60 {
            load.measured(Duration::from_millis(20), Timestamp::from_millis(110 + second * 1_000), &policy);
        }
        assert!(load.cost(0) < 30_000, "{}", load.cost(0));
    }

    #[test]
    fn what_waits_multiplies_the_cost() {
        let mut load = Load::default();
        load.measured(Duration::from_millis(20), Timestamp::ZERO, &Policy::default());
        assert_eq!(load.cost(2), 3 * load.cost(0));
    }
}
