//! How often the monitor refreshes: what can be picked, and how it is kept.

use codee::string::FromToStringCodec;
use leptos::prelude::*;
use leptos_use_storage::use_local_storage;

use crate::storage::{self, Area};

/// Under this name the picked interval is kept in the browser.
const STORAGE_KEY: &str = "vcube.monitor.interval";

/// Seconds that can be picked.
pub const CHOICES: [u32; 4] = [5, 10, 30, 60];

/// What was picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub on: bool,
    /// Seconds between the end of a refresh and the next. Kept while it is off.
    pub seconds: u32,
}

/// What was picked in this browser before, else the interval of the configuration. What is picked from now on is kept.
pub fn use_interval(monitor_refresh_ms: u32) -> RwSignal<Interval> {
    let (kept, keep, _) = use_local_storage::<String, FromToStringCodec>(STORAGE_KEY);
    let kept = kept.with_untracked(|kept| Interval::from_stored(kept));
    let interval = RwSignal::new(kept.unwrap_or_else(|| Interval::from_config(monitor_refresh_ms)));
    Effect::watch(move || interval.get(), move |picked, _, _| keep.set(picked.to_stored()), false);
    interval
}

/// Forgets what was picked: the interval of the configuration holds again.
pub fn forget_interval() {
    storage::remove(Area::Local, STORAGE_KEY);
}

impl Interval {
    /// The pause between two refreshes in milliseconds; 0 while it is off.
    pub const fn pause_ms(self) -> u32 {
        if self.on { self.seconds * 1_000 } else { 0 }
    }

    /// The interval of the configuration, rounded up to whole seconds.
    pub fn from_config(monitor_refresh_ms: u32) -> Self {
        Self { on: true, seconds: monitor_refresh_ms.div_ceil(1_000).max(1) }
    }

    /// Reads what [`Interval::to_stored`] wrote; anything else counts as not stored.
    pub fn from_stored(text: &str) -> Option<Self> {
        let (on, seconds) = match text.strip_prefix("off ") {
            Some(seconds) => (false, seconds),
            None => (true, text),
        };
        let seconds = seconds.parse().ok().filter(|seconds| (1..=3_600).contains(seconds))?;
        Some(Self { on, seconds })
    }

    pub fn to_stored(self) -> String {
        if self.on { self.seconds.to_string() } else { format!("off {}", self.seconds) }
    }

    /// The choices offered: the usual ones, and the one in use when it is another.
    pub fn offered(self) -> Vec<u32> {
        let mut offered = CHOICES.to_vec();
        if !offered.contains(&self.seconds) {
            let place = offered.iter().position(|known| *known > self.seconds).unwrap_or(offered.len());
            offered.insert(place, self.seconds);
        }
        offered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_picked_is_read_back_as_it_was_kept() {
        for picked in [Interval { on: true, seconds: 30 }, Interval { on: false, seconds: 5 }] {
            assert_eq!(Interval::from_stored(&picked.to_stored()), Some(picked));
        }
    }

    #[test]
    fn a_kept_value_that_makes_no_sense_counts_as_none() {
        for text in ["", "0", "-5", "soon", "off", "off x", "99999999999"] {
            assert_eq!(Interval::from_stored(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_unusual_interval_of_the_configuration_can_be_picked_too() {
        assert_eq!(Interval::from_config(15_000).offered(), [5, 10, 15, 30, 60]);
        assert_eq!(Interval::from_config(10_000).offered(), CHOICES);
    }
}
