//! How fast one node has been lately, and whether it was left for a faster one.

use std::time::Duration;

use super::ids::NodeId;
use super::policy::{ANSWERS_REMEMBERED as REMEMBERED, Policy};
use super::time::{Timestamp, micros_of};

/// The last answers of one kind: when each came, and how long it took.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent {
    answers: [(Timestamp, Duration); REMEMBERED],
    recorded: usize,
}

impl Recent {
    pub fn record(&mut self, took: Duration, now: Timestamp) {
        self.answers[self.recorded % REMEMBERED] = (now, took);
        self.recorded += 1;
    }

    pub fn forget(&mut self) {
        self.recorded = 0;
    }

    /// The newest first.
    pub fn newest(&self) -> impl Iterator<Item = (Timestamp, Duration)> + '_ {
        let kept = self.recorded.min(REMEMBERED);
        (1..=kept).map(|back| self.answers[(self.recorded - back) % REMEMBERED])
    }

    /// The median of all that are remembered; `None` until there are [`REMEMBERED`] of them.
    pub fn median(&self) -> Option<Duration> {
        (self.recorded >= REMEMBERED).then(|| median(self.newest().map(|(_, took)| took)))?
    }
}

/// The median of at most [`REMEMBERED`] durations; of two in the middle the longer one.
pub(crate) fn median(durations: impl Iterator<Item = Duration>) -> Option<Duration> {
    let mut sorted = [0_u64; REMEMBERED];
    let mut count = 0;
    for duration in durations.take(REMEMBERED) {
        sorted[count] = micros_of(duration);
        count += 1;
    }
    let sorted = &mut sorted[..count];
    sorted.sort_unstable();
    sorted.get(count / 2).copied().map(Duration::from_micros)
}

/// The median of those that came within `within`, when they are at least `least`.
pub(crate) fn fresh_median(
    newest_first: impl Iterator<Item = (Timestamp, Duration)>,
    least: usize,
    within: Duration,
    now: Timestamp,
) -> Option<Duration> {
    let mut count = 0;
    let fresh = newest_first.take_while(|(at, _)| now.since(*at) <= within);
    let found = median(fresh.inspect(|_| count += 1).map(|(_, took)| took));
    found.filter(|_| count >= least)
}

/// A node takes far longer than another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Slower {
    pub latency: Duration,
    pub than: NodeId,
    pub other: Duration,
}

/// Whether one node was left because another is faster.
#[derive(Debug, Default, Hash)]
pub(crate) struct Pace {
    slower: Option<Slower>,
    /// Since when it has been about as fast as the others again.
    better_since: Option<Timestamp>,
    returned_at: Option<Timestamp>,
    /// Departures that each followed soon after a return: the exponent of the hold.
    repeats: u32,
}

impl Pace {
    /// It takes far longer than another one, as long as it counts as slow.
    pub fn slower(&self) -> Option<Slower> {
        self.slower
    }

    /// Clients leave it for a faster one.
    pub fn left(&mut self, slower: Slower, now: Timestamp, policy: &Policy) {
        let memory = policy.flap_memory.max(self.hold(policy));
        let again = self.returned_at.is_some_and(|at| now.since(at) < memory);
        self.repeats = if again { self.repeats.saturating_add(1) } else { 0 };
        self.slower = Some(slower);
        self.better_since = None;
    }

    /// It was compared with the others. Answers whether it may be returned to.
    pub fn compared(&mut self, is_better: bool, now: Timestamp, policy: &Policy) -> bool {
        if !is_better {
            self.better_since = None;
            return false;
        }
        let since = *self.better_since.get_or_insert(now);
        now.since(since) >= self.hold(policy)
    }

    pub fn returned(&mut self, now: Timestamp) {
        self.slower = None;
        self.returned_at = Some(now);
    }

    /// The operator chose the node, or reset it.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// For how long it has to be as fast as the others before it is returned to.
    fn hold(&self, policy: &Policy) -> Duration {
        policy.flap_hold_first.saturating_mul(1 << self.repeats.min(16)).min(policy.flap_hold_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_needs_all_sixteen_and_one_late_answer_does_not_move_it() {
        let mut recent = Recent::default();
        let at = Timestamp::from_millis;
        (0..15).for_each(|n| recent.record(Duration::from_millis(20), at(n)));
        assert_eq!(recent.median(), None);
        recent.record(Duration::from_secs(9), at(15));
        assert_eq!(recent.median(), Some(Duration::from_millis(20)));
        recent.forget();
        assert_eq!((recent.median(), recent.newest().count()), (None, 0));
    }

    #[test]
    fn only_fresh_answers_count_and_only_when_there_are_enough() {
        let mut recent = Recent::default();
        let at = Timestamp::from_millis;
        [(0, 900), (5_000, 7), (6_000, 5), (7_000, 6)]
            .into_iter()
            .for_each(|(when, took)| recent.record(Duration::from_millis(took), at(when)));
        let fresh = |least, within| {
            fresh_median(recent.newest(), least, Duration::from_millis(within), at(8_000)).map(|took| took.as_millis())
        };
        assert_eq!(fresh(3, 3_000), Some(6));
        assert_eq!(fresh(4, 3_000), None);
        assert_eq!(fresh(4, 8_000), Some(7), "of two in the middle the longer one");
    }
}
