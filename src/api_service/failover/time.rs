//! Points in time as the core sees them: handed in, never read from a clock.

use std::ops::Add;
use std::time::Duration;

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
    #[inline(never)] // A division, and the core is full of them: in place they make the wasm larger.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// A duration in whole microseconds. In 64 bits: 128 of them cost code and time that nothing here needs.
#[inline(never)] // As above.
pub(super) const fn micros(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000).saturating_add(duration.subsec_micros() as u64)
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// Saturates: a deadline too far away to be written stays the last point in time.
    #[inline(never)] // As above.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }
}
