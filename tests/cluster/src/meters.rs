//! What this node counted and measured since it started.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

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
    last_leader_contact: Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Bookings {
    successful: u64,
    failed: u64,
    redirected: u64,
    all: Sum,
    /// Since the last sample.
    recent: Sum,
}

/// A number of measurements and their total, in milliseconds.
#[derive(Clone, Copy, Default)]
struct Sum {
    count: u64,
    total_ms: f64,
}

impl Sum {
    fn add(&mut self, took: Duration) {
        self.count += 1;
        self.total_ms += took.as_secs_f64() * 1_000.0;
    }

    fn mean(self) -> Option<f64> {
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
    /// Mean ms of the booking requests answered in the second; seconds without any have no point.
    pub processing: VecDeque<Point>,
    /// Mean ms from proposal to applied of the writes in the second; seconds without any have no point.
    pub consensus: VecDeque<Point>,
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
        bookings.recent.add(took);
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

    /// Mean time in ms of this node's answers to booking requests.
    pub fn mean_processing_ms(&self) -> Option<f64> {
        lock(&self.bookings).all.mean()
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
        let processing = std::mem::take(&mut lock(&self.bookings).recent).mean();
        let consensus = std::mem::take(&mut *lock(&self.consensus)).mean();
        let reservations = self.applied_reservations.load(Ordering::Relaxed);
        let operations = self.applied_operations.load(Ordering::Relaxed);
        let mut charts = lock(&self.charts);
        let new_reservations = reservations - charts.reservations_seen;
        let new_operations = operations - charts.operations_seen;
        charts.reservations_seen = reservations;
        charts.operations_seen = operations;
        keep(&mut charts.reservations, timestamp, Some(new_reservations as f64));
        keep(&mut charts.throughput, timestamp, Some(new_operations as f64));
        keep(&mut charts.processing, timestamp, processing);
        keep(&mut charts.consensus, timestamp, consensus);
    }
}

fn keep(points: &mut VecDeque<Point>, timestamp: u64, value: Option<f64>) {
    if let Some(value) = value {
        points.push_back(Point { timestamp, value });
        if points.len() > POINTS_KEPT {
            points.pop_front();
        }
    }
}
