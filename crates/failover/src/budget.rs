//! Token buckets: what a client may send beyond one attempt a request.

use super::policy::Policy;

/// The two budgets of a client.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) struct Budgets {
    /// Moves beyond each call's free first one.
    pub retries: Bucket,
    /// Second attempts beside a slow one.
    pub hedges: Bucket,
}

impl Budgets {
    pub fn new(policy: &Policy) -> Self {
        Self {
            retries: Bucket::full(policy.retry_tokens, policy.retry_refill_milli),
            hedges: Bucket::full(policy.hedge_tokens, policy.hedge_refill_milli),
        }
    }

    /// A call was answered, by its first attempt or a later one.
    pub fn call_answered(&mut self, by_first_attempt: bool) {
        self.hedges.refill();
        if by_first_attempt {
            self.retries.refill();
        }
    }
}

/// A token, in the thousandths in which a bucket counts: whole numbers behave alike on every platform.
const TOKEN: u32 = 1_000;

/// A bucket of tokens. Refilled by successes, never by time: while nothing succeeds, nothing extra is sent.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) struct Bucket {
    milli_tokens: u32,
    capacity: u32,
    refill: u32,
}

impl Bucket {
    /// A full bucket of `tokens`, which gains `refill_milli` thousandths of a token with every success.
    pub fn full(tokens: u32, refill_milli: u32) -> Self {
        let capacity = tokens.saturating_mul(TOKEN);
        Self { milli_tokens: capacity, capacity, refill: refill_milli }
    }

    /// Takes a whole token, if there is one.
    #[must_use]
    pub fn take(&mut self) -> bool {
        match self.milli_tokens.checked_sub(TOKEN) {
            Some(left) => {
                self.milli_tokens = left;
                true
            }
            None => false,
        }
    }

    /// A success was seen.
    pub fn refill(&mut self) {
        self.milli_tokens = self.milli_tokens.saturating_add(self.refill).min(self.capacity);
    }

    /// Whole tokens left.
    pub fn tokens(&self) -> u32 {
        self.milli_tokens / TOKEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_what_it_holds_and_no_more() {
        let mut bucket = Bucket::full(2, 100);
        assert!(bucket.take() && bucket.take());
        assert!(!bucket.take());
        (0..9).for_each(|_| bucket.refill());
        assert!(!bucket.take(), "nine successes are not yet a token");
        bucket.refill();
        assert!(bucket.take());
        (0..1_000).for_each(|_| bucket.refill());
        assert_eq!(bucket.tokens(), 2, "it never holds more than it began with");
    }
}
