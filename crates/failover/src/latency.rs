//! How long answers take: log-linear histograms with eight buckets to the octave (error ≤ 12.5 %).

use std::time::Duration;

use super::policy::{STATS_WINDOW, WINDOW_SAMPLES};
use super::time::{Timestamp, micros_of};

/// Sub-buckets per octave, as a power of two.
const SUB_BITS: u32 = 3;
/// Microseconds up to 2^33 (over two hours) have a bucket of their own; more falls into the last.
const BUCKETS: usize = (33 - SUB_BITS as usize) * (1 << SUB_BITS) + (1 << SUB_BITS);

/// Counts of durations, of a fixed size whatever is counted. It takes no memory until something is.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    counts: Option<Box<[u32; BUCKETS]>>,
    total: u32,
}

impl Histogram {
    pub fn record(&mut self, duration: Duration) {
        let bucket = bucket_of(micros_of(duration));
        let counts = self.counts.get_or_insert_with(|| Box::new([0; BUCKETS]));
        counts[bucket] = counts[bucket].saturating_add(1);
        self.total = self.total.saturating_add(1);
    }

    /// The number of durations recorded.
    pub fn samples(&self) -> u32 {
        self.total
    }

    /// The duration that `percent` of the recorded ones do not exceed; `None` while nothing was recorded.
    pub fn percentile(&self, percent: u32) -> Option<Duration> {
        percentile(&[self], percent)
    }

    /// Forgets everything and keeps the memory for it.
    fn clear(&mut self) {
        if let Some(counts) = &mut self.counts {
            counts.fill(0);
        }
        self.total = 0;
    }
}

/// The percentile of several histograms taken together.
fn percentile(histograms: &[&Histogram], percent: u32) -> Option<Duration> {
    let total: u64 = histograms.iter().map(|histogram| u64::from(histogram.total)).sum();
    if total == 0 {
        return None;
    }
    // Rounded up: the 95th percentile of three samples is the third.
    let rank = (total * u64::from(percent.min(100))).div_ceil(100).max(1);
    let mut seen = 0_u64;
    for bucket in 0..BUCKETS {
        let counts = histograms.iter().filter_map(|histogram| histogram.counts.as_ref());
        seen += counts.map(|counts| u64::from(counts[bucket])).sum::<u64>();
        if seen >= rank {
            return Some(Duration::from_micros(upper_bound(bucket)));
        }
    }
    None
}

/// How long one kind of request takes at one node, since the page began and in the last 30 to 60 s.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    lifetime: Histogram,
    /// The window that is being filled, and the one before.
    windows: [Histogram; 2],
    window_began: Timestamp,
    p95: Option<Duration>,
}

impl Latency {
    pub fn record(&mut self, took: Duration, now: Timestamp) {
        let turned = self.turn(now);
        self.lifetime.record(took);
        self.windows[0].record(took);
        let samples = self.lifetime.samples();
        if turned || samples <= WINDOW_SAMPLES || samples.is_multiple_of(8) {
            self.p95 = self.steering().percentile(95);
        }
    }

    /// Every answer since the page began.
    pub fn lifetime(&self) -> &Histogram {
        &self.lifetime
    }

    /// The percentile of the last 30 to 60 s in which this node was asked.
    pub fn lately(&self, percent: u32) -> Option<Duration> {
        percentile(&[&self.windows[0], &self.windows[1]], percent)
    }

    /// The 95th percentile that steers hedges and suspicion; `None` until `samples` answers were measured.
    pub fn p95(&self, samples: u32) -> Option<Duration> {
        self.p95.filter(|_| self.lifetime.samples() >= samples)
    }

    /// What p95 is worked out from: the last window if it is full enough, else the present one, else everything.
    fn steering(&self) -> &Histogram {
        let [filling, last] = &self.windows;
        match (filling.samples() >= WINDOW_SAMPLES, last.samples() >= WINDOW_SAMPLES) {
            (_, true) => last,
            (true, false) => filling,
            (false, false) => &self.lifetime,
        }
    }

    /// Begins a new window when the present one is over.
    fn turn(&mut self, now: Timestamp) -> bool {
        let age = now.since(self.window_began);
        if age < STATS_WINDOW {
            return false;
        }
        self.window_began = now;
        self.windows.swap(0, 1);
        self.windows[0].clear();
        if age >= STATS_WINDOW.saturating_mul(2) {
            self.windows[1].clear();
        }
        true
    }
}

/// How many requests and health checks succeeded in the last 30 to 60 s.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rate {
    /// The window that is being filled, and the one before: successes and failures.
    windows: [(u32, u32); 2],
    window_began: Timestamp,
}

impl Rate {
    pub fn record(&mut self, success: bool, now: Timestamp) {
        let age = now.since(self.window_began);
        if age >= STATS_WINDOW {
            let before = if age >= STATS_WINDOW.saturating_mul(2) { (0, 0) } else { self.windows[0] };
            self.windows = [(0, 0), before];
            self.window_began = now;
        }
        let (successes, failures) = &mut self.windows[0];
        let count = if success { successes } else { failures };
        *count = count.saturating_add(1);
    }

    /// Of a hundred that ended, how many succeeded; `None` while nothing ended. Rounded down: 100 means all.
    pub fn percent(&self) -> Option<u32> {
        let [(well, ill), (well_before, ill_before)] = self.windows.map(|(a, b)| (u64::from(a), u64::from(b)));
        let (successes, all) = (well + well_before, well + well_before + ill + ill_before);
        (successes * 100).checked_div(all).and_then(|percent| u32::try_from(percent).ok())
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
            let read = histogram.percentile(50).map(micros_of).unwrap_or_default();
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

    #[test]
    fn what_steers_follows_the_node_and_what_is_shown_keeps_its_life() {
        let mut latency = Latency::default();
        let at = |ms: u64| Timestamp::from_millis(ms);
        (0..100).for_each(|n| latency.record(Duration::from_millis(20), at(n * 100)));
        assert!(latency.p95(16) < Some(Duration::from_millis(24)));
        (0..200).for_each(|n| latency.record(Duration::from_millis(200), at(40_000 + n * 100)));
        (0..100).for_each(|n| latency.record(Duration::from_millis(200), at(70_000 + n * 100)));
        assert!(latency.p95(16) > Some(Duration::from_millis(199)), "{:?}", latency.p95(16));
        assert!(latency.lately(50) > Some(Duration::from_millis(199)));
        assert_eq!(latency.lifetime().samples(), 400);
    }
}
