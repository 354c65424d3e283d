//! Time as the core sees it: handed in, never read from a clock.

use std::fmt;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

/// A span of time in whole microseconds; the core knows no other. One number where std's has two: every comparison and
/// every sum of the core is one instruction, and its events and figures are smaller by half.
///
/// Nothing overflows: what is too long to be written is the longest, what is negative is zero.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

impl Duration {
    pub const ZERO: Self = Self(0);
    /// The longest: 580,000 years.
    pub const MAX: Self = Self(u64::MAX);

    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Without the rest.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// Without the rest.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000
    }

    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    pub const fn saturating_mul(self, times: u32) -> Self {
        Self(self.0.saturating_mul(times as u64))
    }
}

impl Add for Duration {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Duration {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Duration {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.saturating_sub(other)
    }
}

impl Mul<u32> for Duration {
    type Output = Self;

    fn mul(self, times: u32) -> Self {
        self.saturating_mul(times)
    }
}

impl Div<u32> for Duration {
    type Output = Self;

    /// # Panics
    /// For no parts at all.
    fn div(self, parts: u32) -> Self {
        Self(self.0 / u64::from(parts))
    }
}

/// With a unit that a person reads, as std's: `310ms`.
impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::time::Duration::from(*self).fmt(f)
    }
}

/// For timers of the browser and for clocks, which count in std's.
impl From<Duration> for std::time::Duration {
    fn from(duration: Duration) -> Self {
        Self::from_micros(duration.0)
    }
}

/// A point in time, in microseconds since an origin that the driver chose (the page's start).
///
/// It grows while the machine sleeps, so that the core can see a jump of the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The origin.
    pub const ZERO: Self = Self(0);

    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    pub const fn as_micros(self) -> u64 {
        self.0
    }

    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// The time that passed since `earlier`; zero when `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// Saturates: a deadline too far away to be written stays the last point in time.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_the_longest_and_what_is_negative_is_zero() {
        let second = Duration::from_secs(1);
        assert_eq!(Duration::MAX + second, Duration::MAX);
        assert_eq!(Duration::MAX * 2, Duration::MAX);
        assert_eq!(Duration::from_secs(u64::MAX), Duration::MAX);
        assert_eq!(second - second * 2, Duration::ZERO);
        assert_eq!(Timestamp::ZERO.since(Timestamp::from_millis(1)), Duration::ZERO);
        assert_eq!(Timestamp::from_micros(u64::MAX) + second, Timestamp::from_micros(u64::MAX));
    }

    #[test]
    fn it_is_what_std_would_say_in_whole_microseconds() {
        let ours = Duration::from_micros(12_345_678);
        assert_eq!((ours.as_secs(), ours.as_millis(), ours.as_micros()), (12, 12_345, 12_345_678));
        assert_eq!(std::time::Duration::from(ours * 3 / 2), std::time::Duration::from_micros(18_518_517));
        assert_eq!(format!("{ours:?}"), "12.345678s");
    }
}
