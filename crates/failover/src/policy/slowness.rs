//! Figures of relative slowness: when a home that works is left for a faster node, and when it is returned to.

use std::time::Duration;

/// When a home that works is left all the same, and when it is returned to.
#[derive(Clone, Debug, PartialEq)]
pub struct SlownessPolicy {
    /// A home is left when it takes more than this many times as long as the fastest usable node: less is the ordinary
    /// difference between two machines, or between two data centres.
    pub factor: u32,
    /// … and at least this much longer: three times a millisecond is nothing that a person feels.
    pub margin: Duration,
    /// It has to be so for this long: one garbage collection is over by then.
    pub lasts: Duration,
    /// Answers of the other node from which on it counts, and how old they may be.
    pub fresh_answers: usize,
    pub fresh_within: Duration,
    /// A home that was left is well again when it takes at most this many percent of the other's time, or at most
    /// `return_margin` longer: half of what it is left for, so that it does not go to and fro. It has to be so for as long as
    /// a flapping node is not returned to.
    pub return_percent: u32,
    pub return_margin: Duration,
    /// The comparison is made at most this often: sorting sixteen answers for each event would be felt with many events.
    pub judged_every: Duration,
    /// A home that takes longer than this, while nothing fresh is known of the others, has them looked at …
    pub look_from: Duration,
    /// … once in this time, for this long, and not again for that long: the checks find out, not a person's reads.
    pub look_every: Duration,
    pub look_for: Duration,
    pub look_pause: Duration,
    /// Nodes that are looked at so: the first of this client's own order.
    pub look_at: usize,
    /// Every so many reads of a home that was not chosen by hand one goes elsewhere, while the home takes at least
    /// `margin`: a node whose health page is quick and whose work is not shows itself only so. A hundred readers pay for
    /// three.
    pub sample_every: u64,
}

impl Default for SlownessPolicy {
    fn default() -> Self {
        let ms = Duration::from_millis;
        Self {
            factor: 3,
            margin: ms(50),
            lasts: ms(2_000),
            fresh_answers: 3,
            fresh_within: ms(10_000),
            return_percent: 150,
            return_margin: ms(25),
            judged_every: ms(250),
            look_from: ms(100),
            look_every: ms(1_000),
            look_for: ms(5_000),
            look_pause: ms(60_000),
            look_at: 8,
            sample_every: 32,
        }
    }
}

impl SlownessPolicy {
    /// The relations between these figures, each with its words.
    pub(super) fn relations(&self) -> [(bool, &'static str); 3] {
        [
            (
                self.return_percent >= 100 && self.return_percent < self.factor.saturating_mul(100),
                "a home returns before it would be left again: 100 ≤ return_percent < 100 · factor",
            ),
            (self.return_margin < self.margin, "a home returns before it would be left again: return_margin < margin"),
            (
                self.sample_every > 1 && self.fresh_answers > 0 && !self.look_every.is_zero(),
                "sample_every > 1, fresh_answers > 0, look_every > 0",
            ),
        ]
    }
}
