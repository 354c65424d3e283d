//! Figures of the success rate: when a node that answers is passed over because too many of its answers are errors.

use std::time::Duration;

/// When too many of a node's requests fail.
#[derive(Clone, Debug, PartialEq)]
pub struct SuccessPolicy {
    /// Requests of the last 30 s, and failures among them, from which on a rate says something: fewer are chance.
    pub requests: u32,
    pub failures: u32,
    /// A node is passed over when its rate is below that of the others by more than this many points, and by more than this
    /// many times their deviation, or that which chance gives to so few requests where that is greater: gRPC's figure,
    /// where one node does not hide in the deviation that it causes itself.
    pub margin_points: f64,
    pub deviations: f64,
    /// … or below this many percent, whatever the others do.
    pub least_percent: f64,
    /// At most one node of this many is passed over so, and at least one: were it the work that fails, all would be.
    pub one_of: usize,
    /// A node that is passed over is tried with a read after this time, which doubles with every trial that fails and every
    /// relapse, up to `trial_max` (gRPC's ejection times) …
    pub trial_after: Duration,
    pub trial_max: Duration,
    /// … and trusted again when this many requests in a row went well. Checks prove nothing: they never failed.
    pub trial_successes: u32,
}

impl Default for SuccessPolicy {
    fn default() -> Self {
        Self {
            requests: 20,
            failures: 3,
            margin_points: 5.0,
            deviations: 1.9,
            least_percent: 50.0,
            one_of: 3,
            trial_after: Duration::from_secs(30),
            trial_max: Duration::from_secs(300),
            trial_successes: 3,
        }
    }
}

impl SuccessPolicy {
    /// The relations between these figures, each with its words.
    pub(super) fn relations(&self) -> [(bool, &'static str); 2] {
        [
            (self.trial_after <= self.trial_max, "trial_after ≤ trial_max"),
            (
                self.one_of > 0 && self.trial_successes > 0 && self.failures <= self.requests,
                "one_of > 0, trial_successes > 0, failures ≤ requests",
            ),
        ]
    }
}
