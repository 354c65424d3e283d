//! What this node counted and measured since it started.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::store::state::Effect;
use crate::wire::{Point, ReservationMetrics};

/// Points kept for each chart: five minutes of one a second.
const POINTS_KEPT: usize = 300;

/// How a booking request ended on this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booking {
    Successful,
    Failed,
    /// Passed to the leader, or its sender was told where the leader is.
    Redirected,
}

#[derive(Default)]
pub struct Meters {
    vote_requests: AtomicU64,
    append_requests: AtomicU64,
    elections: AtomicU64,
    applied_operations: AtomicU64,
    applied_reservations: AtomicU64,
    bookings: Mutex<Bookings>,
    consensus: Mutex<Sum>,
    charts: Mutex<Charts>,
    timings: Mutex<Timings>,
    compactions: Mutex<VecDeque<u64>>,
    last_leader_contact: Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Bookings {
    successful: u64,
    failed: u64,
    redirected: u64,
    all: Sum,
    /// Those that were not redirected: over the whole cluster each request is counted once.
    handled: Sum,
    /// Requests that were not redirected, since the last sample.
    recent: Sum,
}

/// A number of measurements and their total, in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Sum {
    count: u64,
    total_ms: f64,
}

/// The measurements of one second.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Second {
    /// Epoch milliseconds of its end.
    timestamp: u64,
    sum: Sum,
}

/// The times that a node measured, for the others to add theirs to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Timings {
    /// Booking requests handled since the start.
    pub handled: Sum,
    /// Booking requests handled, by second; seconds without any are left out.
    pub processing: VecDeque<Second>,
    /// Writes from proposal to applied, by second; seconds without any are left out.
    pub consensus: VecDeque<Second>,
}

impl Timings {
    /// Adds what another node measured.
    pub fn merge(&mut self, other: Self) {
        self.handled.merge(other.handled);
        self.processing.extend(other.processing);
        self.consensus.extend(other.consensus);
    }
}

/// Mean times of a chart, one point for each second in which any node measured something, oldest first.
pub fn mean_points(seconds: &VecDeque<Second>) -> Vec<Point> {
    let mut by_second: BTreeMap<u64, Sum> = BTreeMap::new();
    for second in seconds {
        by_second.entry(second.timestamp / 1_000 * 1_000).or_default().merge(second.sum);
    }
    by_second.into_iter().filter_map(|(timestamp, sum)| Some(Point { timestamp, value: sum.mean()? })).collect()
}

impl Sum {
    fn add(&mut self, took: Duration) {
        self.count += 1;
        self.total_ms += took.as_secs_f64() * 1_000.0;
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.total_ms += other.total_ms;
    }

    /// In milliseconds; nothing of nothing.
    pub fn mean(self) -> Option<f64> {
        (self.count > 0).then(|| self.total_ms / self.count as f64)
    }
}

/// Samples of one a second.
#[derive(Clone, Debug, Default)]
pub struct Charts {
    /// Reservations committed in the second.
    pub reservations: VecDeque<Point>,
    /// Operations committed in the second.
    pub throughput: VecDeque<Point>,
    reservations_seen: u64,
    operations_seen: u64,
}

// A poisoned lock only means that some request panicked while counting.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Meters {
    pub fn vote_request(&self) {
        self.vote_requests.fetch_add(1, Ordering::Relaxed);
    }

    pub fn append_request(&self) {
        self.append_requests.fetch_add(1, Ordering::Relaxed);
    }

    /// A leader that counts as such for this node has just been heard.
    pub fn heard_leader(&self) {
        *lock(&self.last_leader_contact) = Some(Instant::now());
    }

    pub fn since_leader_contact(&self) -> Option<Duration> {
        lock(&self.last_leader_contact).map(|at| at.elapsed())
    }

    pub fn election_ended(&self) {
        self.elections.fetch_add(1, Ordering::Relaxed);
    }

    /// An entry was applied here.
    pub fn applied(&self, effect: Effect) {
        if effect != Effect::Nothing {
            self.applied_operations.fetch_add(1, Ordering::Relaxed);
        }
        if effect == Effect::Reserved {
            self.applied_reservations.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// So many entries were removed from the log.
    pub fn compacted(&self, entries: u64) {
        keep(&mut lock(&self.compactions), entries);
    }

    /// Entries removed at each compaction of the log, oldest first.
    pub fn compactions(&self) -> Vec<u64> {
        lock(&self.compactions).iter().copied().collect()
    }

    /// A write went through Raft from here.
    pub fn consensus(&self, took: Duration) {
        lock(&self.consensus).add(took);
    }

    /// A booking request was answered.
    pub fn booking(&self, booking: Booking, took: Duration) {
        let mut bookings = lock(&self.bookings);
        match booking {
            Booking::Successful => bookings.successful += 1,
            Booking::Failed => bookings.failed += 1,
            Booking::Redirected => bookings.redirected += 1,
        }
        bookings.all.add(took);
        if booking != Booking::Redirected {
            bookings.handled.add(took);
            bookings.recent.add(took);
        }
    }

    pub fn vote_request_count(&self) -> u64 {
        self.vote_requests.load(Ordering::Relaxed)
    }

    pub fn append_entries_count(&self) -> u64 {
        self.append_requests.load(Ordering::Relaxed)
    }

    pub fn election_count(&self) -> u64 {
        self.elections.load(Ordering::Relaxed)
    }

    pub fn timings(&self) -> Timings {
        let handled = lock(&self.bookings).handled;
        Timings { handled, ..lock(&self.timings).clone() }
    }

    pub fn reservation_metrics(&self) -> ReservationMetrics {
        let bookings = lock(&self.bookings);
        let total = bookings.all.count;
        let percent = |part: u64| (total > 0).then(|| part as f64 * 100.0 / total as f64);
        ReservationMetrics {
            total_reservations: total,
            successful_reservations: bookings.successful,
            failed_reservations: bookings.failed,
            redirected_reservations: bookings.redirected,
            average_processing_time_ms: bookings.all.mean(),
            success_rate: percent(bookings.successful),
            redirection_rate: percent(bookings.redirected),
            timestamp: clock::now_ms(),
        }
    }

    pub fn charts(&self) -> Charts {
        lock(&self.charts).clone()
    }

    /// Adds one point to every chart. Call it once a second.
    pub fn sample(&self) {
        let timestamp = clock::now_ms();
        let processing = std::mem::take(&mut lock(&self.bookings).recent);
        let consensus = std::mem::take(&mut *lock(&self.consensus));
        let reservations = self.applied_reservations.load(Ordering::Relaxed);
        let operations = self.applied_operations.load(Ordering::Relaxed);
        let mut charts = lock(&self.charts);
        let new_reservations = reservations - charts.reservations_seen;
        let new_operations = operations - charts.operations_seen;
        charts.reservations_seen = reservations;
        charts.operations_seen = operations;
        keep(&mut charts.reservations, Point { timestamp, value: new_reservations as f64 });
        keep(&mut charts.throughput, Point { timestamp, value: new_operations as f64 });
        let mut timings = lock(&self.timings);
        if processing.count > 0 {
            keep(&mut timings.processing, Second { timestamp, sum: processing });
        }
        if consensus.count > 0 {
            keep(&mut timings.consensus, Second { timestamp, sum: consensus });
        }
    }
}

fn keep<T>(points: &mut VecDeque<T>, point: T) {
    points.push_back(point);
    if points.len() > POINTS_KEPT {
        points.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_nodes_measured_in_one_second_is_one_point() {
        let second = |timestamp, count, total_ms| Second { timestamp, sum: Sum { count, total_ms } };
        let mut here = Timings { processing: [second(1_100, 1, 10.0)].into(), ..Timings::default() };
        here.merge(Timings { processing: [second(1_900, 3, 6.0), second(2_900, 1, 5.0)].into(), ..Timings::default() });
        let expected = [Point { timestamp: 1_000, value: 4.0 }, Point { timestamp: 2_000, value: 5.0 }];
        assert_eq!(mean_points(&here.processing), expected);
    }

    #[test]
    fn the_mean_of_nothing_is_nothing() {
        let meters = Meters::default();
        assert_eq!(meters.reservation_metrics().success_rate, None);
        meters.booking(Booking::Successful, Duration::from_millis(4));
        meters.booking(Booking::Redirected, Duration::from_millis(8));
        let metrics = meters.reservation_metrics();
        assert_eq!((metrics.success_rate, metrics.average_processing_time_ms), (Some(50.0), Some(6.0)));
        assert_eq!(meters.timings().handled.mean(), Some(4.0));
    }
}
