//! How long answers take: a log-linear histogram with eight buckets to the octave (error ≤ 12.5 %).

use std::time::Duration;

/// Sub-buckets per octave, as a power of two.
const SUB_BITS: u32 = 3;
/// Microseconds up to 2^33 (over two hours) have a bucket of their own; more falls into the last.
const BUCKETS: usize = (33 - SUB_BITS as usize) * (1 << SUB_BITS) + (1 << SUB_BITS);

/// Counts of durations. A fixed size, whatever it counts.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Box<[u32; BUCKETS]>,
    total: u32,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: Box::new([0; BUCKETS]), total: 0 }
    }
}

impl Histogram {
    pub fn record(&mut self, duration: Duration) {
        let bucket = bucket_of(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
        self.counts[bucket] = self.counts[bucket].saturating_add(1);
        self.total = self.total.saturating_add(1);
    }

    /// How many durations were recorded.
    pub fn samples(&self) -> u32 {
        self.total
    }

    /// The duration that `percent` of the recorded ones do not exceed; `None` while nothing was recorded.
    pub fn percentile(&self, percent: u32) -> Option<Duration> {
        if self.total == 0 {
            return None;
        }
        // Rounded up: the 95th percentile of three samples is the third.
        let rank = (u64::from(self.total) * u64::from(percent.min(100))).div_ceil(100).max(1);
        let mut seen = 0_u64;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= rank {
                return Some(Duration::from_micros(upper_bound(bucket)));
            }
        }
        None
    }
}

fn bucket_of(micros: u64) -> usize {
    let small = 1_u64 << SUB_BITS;
    if micros < small {
        return micros as usize;
    }
    let octave = 63 - micros.leading_zeros() - SUB_BITS;
    let sub = (micros >> octave) - small;
    let bucket = (u64::from(octave) + 1) * small + sub;
    (bucket as usize).min(BUCKETS - 1)
}

/// The largest number of microseconds that falls into `bucket`.
fn upper_bound(bucket: usize) -> u64 {
    let small = 1_u64 << SUB_BITS;
    let bucket = bucket as u64;
    if bucket < small {
        return bucket;
    }
    let octave = bucket / small - 1;
    let sub = bucket % small;
    ((small + sub + 1) << octave) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_off_by_at_most_an_eighth() {
        for micros in [1_u64, 7, 8, 9, 100, 999, 20_000, 1_234_567, 60_000_000] {
            let mut histogram = Histogram::default();
            histogram.record(Duration::from_micros(micros));
            let read = histogram.percentile(50).map(|d| d.as_micros() as u64).unwrap_or_default();
            assert!(read >= micros && read <= micros + micros / 8 + 1, "{micros} µs read as {read} µs");
        }
    }

    #[test]
    fn the_median_and_the_tail_are_told_apart() {
        let mut histogram = Histogram::default();
        for _ in 0..94 {
            histogram.record(Duration::from_millis(20));
        }
        for _ in 0..6 {
            histogram.record(Duration::from_millis(900));
        }
        let p50 = histogram.percentile(50).unwrap_or_default();
        let p95 = histogram.percentile(95).unwrap_or_default();
        assert!(p50 < Duration::from_millis(23), "{p50:?}");
        assert!(p95 > Duration::from_millis(899), "{p95:?}");
    }

    #[test]
    fn an_endless_wait_has_a_bucket_too() {
        let mut histogram = Histogram::default();
        histogram.record(Duration::MAX);
        assert!(histogram.percentile(99) > Some(Duration::from_secs(3_600)));
    }
}
