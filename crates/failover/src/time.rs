//! Time as the core sees it: handed in, never read from a clock.

use std::hash::{Hash, Hasher};
use std::ops::Add;
use std::time::Duration;

/// A point in time, in microseconds since an origin that the driver chose (the page's start).
///
/// It grows while the machine sleeps, so that the core can see a jump of the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// The point in time that lies `duration` before this one; the origin when there is none.
    pub const fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros_of(duration)))
    }
}

impl Hash for Timestamp {
    /// A `u128`, by which the search through every interleaving knows a point in time.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(self.0.into());
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// Saturates: a deadline too far away to be written stays the last point in time.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros_of(duration)))
    }
}

/// Whole microseconds in 64 bits, in which the core counts; what is longer than 580,000 years is that long.
pub(crate) const fn micros_of(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000).saturating_add(duration.subsec_micros() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_overflows_at_the_ends_of_time() {
        let (end, second) = (Timestamp::from_micros(u64::MAX), Duration::from_secs(1));
        assert_eq!(Timestamp::ZERO.since(Timestamp::from_millis(1)), Duration::ZERO);
        assert_eq!(end + second, end);
        assert_eq!(end + Duration::MAX, end);
        assert_eq!(Timestamp::from_millis(999).saturating_sub(second), Timestamp::ZERO);
        assert_eq!(micros_of(Duration::MAX), u64::MAX);
    }

    #[test]
    fn time_is_counted_in_whole_microseconds() {
        assert_eq!(micros_of(Duration::new(12, 345_678_999)), 12_345_678);
        assert_eq!((Timestamp::from_micros(7) + Duration::from_nanos(999)).as_micros(), 7);
        assert_eq!(Timestamp::from_micros(12_345_678).since(Timestamp::ZERO), Duration::new(12, 345_678_000));
    }
}
