//! How the last requests of one node ended, and whether it is passed over for that.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::policy::Policy;
use super::time::Timestamp;

/// The window is kept in slots: what is older than all of them together is forgotten.
const SLOTS: usize = 6;
const SLOT: Duration = Duration::from_secs(5);
/// Answers that stand for a node which was asked too rarely of late, checks included.
const LAST: u32 = 20;

/// Successes and failures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub well: u32,
    pub ill: u32,
}

impl Count {
    pub fn all(self) -> u32 {
        self.well.saturating_add(self.ill)
    }

    /// In percent; `None` when there is nothing to count.
    pub fn rate(self) -> Option<f64> {
        (self.all() > 0).then(|| f64::from(self.well) * 100.0 / f64::from(self.all()))
    }
}

/// Too many of its requests fail.
#[derive(Clone, Copy, Debug, Hash)]
struct Low {
    /// When the next read tries it.
    trial_at: Timestamp,
    /// A read does so.
    on_trial: bool,
    successes: u32,
}

/// What became of a node's requests.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    slots: [Count; SLOTS],
    /// The number of the slot that is being filled, counted from the origin of time.
    filling: u64,
    /// The last answers, checks included: a bit each, set for a success.
    last: u32,
    known: u32,
    low: Option<Low>,
    /// When it was last trusted again, and relapses, trials that failed included: the exponent of the pause before a trial.
    trusted_again: Option<Timestamp>,
    relapses: u32,
}

impl Hash for Tally {
    /// Of the counts, whether there are enough of them to count is what matters.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { slots, filling: _, last: _, known, low, trusted_again, relapses } = self;
        let ill: u32 = slots.iter().map(|slot| slot.ill).sum();
        (ill, *known >= LAST, low, trusted_again, relapses).hash(state);
    }
}

impl Tally {
    /// A request ended.
    pub fn request_ended(&mut self, well: bool, now: Timestamp, policy: &Policy) {
        self.turn(now);
        let slot = &mut self.slots[self.filling as usize % SLOTS];
        let count = if well { &mut slot.well } else { &mut slot.ill };
        *count = count.saturating_add(1);
        self.answered(well);
        let Some(low) = self.low else { return };
        if well {
            self.low = Some(Low { trial_at: now, on_trial: false, successes: low.successes + 1 });
        } else {
            // What was sent before it was passed over is no trial.
            self.relapses = self.relapses.saturating_add(u32::from(low.on_trial));
            self.low = Some(Low { trial_at: now + self.pause(policy), on_trial: false, successes: 0 });
        }
    }

    /// Whether enough requests in a row went well since it was passed over.
    pub fn has_proved_itself(&self, policy: &Policy) -> bool {
        self.low.is_some_and(|low| low.successes >= policy.success.trial_successes)
    }

    pub fn check_ended(&mut self, well: bool) {
        self.answered(well);
    }

    fn answered(&mut self, well: bool) {
        self.last = (self.last << 1) | u32::from(well);
        self.known = (self.known + 1).min(LAST);
    }

    /// Requests of the last 25 to 30 s.
    pub fn window(&self, now: Timestamp) -> Count {
        let current = slot_number(now);
        let live =
            (current.saturating_sub(SLOTS as u64 - 1)..=self.filling).map(|slot| self.slots[slot as usize % SLOTS]);
        // A slot that was never turned to since is one of an older round.
        let live = live.take(if self.filling + SLOTS as u64 > current { SLOTS } else { 0 });
        live.fold(Count::default(), |sum, slot| Count { well: sum.well + slot.well, ill: sum.ill + slot.ill })
    }

    /// The last answers, checks included.
    pub fn last_answers(&self) -> Count {
        let known = self.last & ((1 << self.known) - 1);
        let well = known.count_ones();
        Count { well, ill: self.known - well }
    }

    /// Whether it is passed over, because too many of its requests fail.
    pub fn is_low(&self) -> bool {
        self.low.is_some()
    }

    /// Whether the next read may try it.
    pub fn trial_is_due(&self, now: Timestamp) -> bool {
        self.low.is_some_and(|low| low.trial_at <= now)
    }

    /// A read tries it: no other does until that one has ended, or must have.
    pub fn trial_began(&mut self, now: Timestamp, policy: &Policy) {
        if let Some(low) = &mut self.low {
            low.trial_at = now + policy.attempt_timeout;
            low.on_trial = true;
        }
    }

    /// It is passed over from now on.
    pub fn found_low(&mut self, now: Timestamp, policy: &Policy) {
        let recent = self.pause(policy).max(policy.success.trial_after).saturating_mul(2);
        let again = self.trusted_again.is_some_and(|at| now.since(at) < recent);
        self.relapses = if again { self.relapses.saturating_add(1) } else { 0 };
        self.low = Some(Low { trial_at: now + self.pause(policy), on_trial: false, successes: 0 });
    }

    /// Enough requests went well: it is trusted again, and what was counted before is past.
    pub fn trust(&mut self, now: Timestamp) {
        self.low = None;
        self.trusted_again = Some(now);
        self.forget_window();
    }

    /// What was counted says nothing of the node as it is now.
    pub fn forget_window(&mut self) {
        self.slots = Default::default();
        (self.last, self.known) = (0, 0);
    }

    /// The operator reset it.
    pub fn forget(&mut self) {
        *self = Self { filling: self.filling, ..Self::default() };
    }

    fn pause(&self, policy: &Policy) -> Duration {
        policy.success.trial_after.saturating_mul(1 << self.relapses.min(16)).min(policy.success.trial_max)
    }

    /// Empties the slots that time has passed over.
    fn turn(&mut self, now: Timestamp) {
        let current = slot_number(now);
        let passed = current.saturating_sub(self.filling).min(SLOTS as u64);
        for slot in 0..passed {
            self.slots[(current - slot) as usize % SLOTS] = Count::default();
        }
        self.filling = self.filling.max(current);
    }
}

fn slot_number(now: Timestamp) -> u64 {
    now.as_millis() / SLOT.as_millis() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_thirty_seconds_is_forgotten() {
        let (mut tally, policy) = (Tally::default(), Policy::default());
        let at = |seconds: u64| Timestamp::from_millis(seconds * 1_000);
        (0..10).for_each(|second| tally.request_ended(false, at(second), &policy));
        assert_eq!(tally.window(at(10)), Count { well: 0, ill: 10 });
        (20..25).for_each(|second| tally.request_ended(true, at(second), &policy));
        assert_eq!(tally.window(at(29)), Count { well: 5, ill: 10 });
        assert_eq!(tally.window(at(33)), Count { well: 5, ill: 5 });
        assert_eq!(tally.window(at(49)), Count { well: 5, ill: 0 });
        assert_eq!(tally.window(at(50)), Count::default());
        assert_eq!(tally.window(at(5_000)), Count::default());
        tally.request_ended(true, at(5_000), &policy);
        assert_eq!(tally.window(at(5_000)), Count { well: 1, ill: 0 });
        assert_eq!(tally.last_answers(), Count { well: 6, ill: 10 });
    }
}
