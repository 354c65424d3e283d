//! What was measured at one node: how long it takes, how often it succeeds, and what its health checks found.
//!
//! It outlives the node's failures: what was measured is true whatever the epoch.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::latency::{Latency, Rate};
use super::load::Load;
use super::outcome::FailureReason;
use super::pace::Recent;
use super::policy::{ANSWERS_REMEMBERED, CHECKS_KEPT, Policy, WINDOW_SAMPLES};
use super::time::{Timestamp, micros_of};

/// Which latency figures an answer belongs to: a write goes through consensus, a read does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    Read,
    Write,
}

/// A health check that has ended: when, and how long the answer took or why there was none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    pub at: Timestamp,
    pub result: Result<Duration, FailureReason>,
}

#[derive(Debug)]
pub(crate) struct Stats {
    /// Requests and health checks since the page began.
    pub successes: u64,
    pub failures: u64,
    /// Requests and health checks of the last 30 to 60 s.
    pub rate: Rate,
    /// How long the last answer took.
    pub latency: Option<Duration>,
    /// When the last answer came.
    pub last_seen: Option<Timestamp>,
    pub reads: Latency,
    pub writes: Latency,
    /// The last reads, one by one.
    pub recent_reads: Recent,
    pub load: Load,
    /// The last health checks, oldest first, at most [`CHECKS_KEPT`].
    pub checks: VecDeque<Check>,
}

impl Hash for Stats {
    /// Figures that steer by their size: which power of two they reach, and how many there are up to those that count.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            successes: _,
            failures: _,
            rate: _,
            latency: _,
            last_seen: _,
            reads,
            writes,
            recent_reads,
            load,
            checks: _,
        } = self;
        let size = |duration: Option<Duration>| duration.map(|duration| micros_of(duration).max(1).ilog2());
        for latency in [reads, writes] {
            (latency.lifetime().samples().min(WINDOW_SAMPLES), size(latency.p95(ANSWERS_REMEMBERED as u32)))
                .hash(state);
        }
        (size(recent_reads.median()), load.cost(0).ilog2() / 4).hash(state);
    }
}

impl Stats {
    /// Nothing measured yet. There is room already for every check that is kept, so that a check allocates nothing.
    pub fn new() -> Self {
        Self {
            successes: 0,
            failures: 0,
            rate: Rate::default(),
            latency: None,
            last_seen: None,
            reads: Latency::default(),
            writes: Latency::default(),
            recent_reads: Recent::default(),
            load: Load::default(),
            checks: VecDeque::with_capacity(CHECKS_KEPT),
        }
    }

    /// A request or a health check counts for or against the node.
    pub fn counted(&mut self, success: bool, now: Timestamp) {
        self.rate.record(success, now);
        if success {
            self.successes += 1;
        } else {
            self.failures += 1;
        }
    }

    /// A request was answered after `took`. `slow`: it was declared so, and says nothing about what is usual.
    pub fn request_took(&mut self, class: Class, slow: bool, took: Duration, now: Timestamp, policy: &Policy) {
        self.last_seen = Some(now);
        self.latency = Some(took);
        match (class, slow) {
            (_, true) => {}
            (Class::Read, false) => {
                self.reads.record(took, now);
                self.recent_reads.record(took, now);
                self.load.measured(took, now, policy);
            }
            (Class::Write, false) => self.writes.record(took, now),
        }
    }

    /// Takes in a health check that has ended.
    pub fn checked(&mut self, check: Check, policy: &Policy) {
        if self.checks.len() == CHECKS_KEPT {
            self.checks.pop_front();
        }
        self.checks.push_back(check);
        if let Ok(took) = check.result {
            self.last_seen = Some(check.at);
            self.latency = Some(took);
            self.load.measured(took, check.at, policy);
        }
    }

    /// The checks that were answered, and how long each took; the newest first.
    pub fn answered_checks(&self) -> impl Iterator<Item = (Timestamp, Duration)> + '_ {
        self.checks.iter().rev().filter_map(|check| Some((check.at, check.result.ok()?)))
    }

    /// The silence after which the node is suspected.
    pub fn silence(&self, class: Class, policy: &Policy) -> Duration {
        let usual = match self.of(class).p95(policy.silence_samples) {
            Some(p95) => policy.silence_floor.max(p95.saturating_mul(policy.silence_p95_factor)),
            None => policy.silence_unmeasured,
        };
        match class {
            // What a node answers once it goes on again counts as its latency: it must not make the next stop longer.
            Class::Read => usual.min(policy.silence_unmeasured),
            Class::Write => usual,
        }
    }

    /// The silence after which a read is sent to a second node as well.
    pub fn hedge_delay(&self, class: Class, policy: &Policy) -> Duration {
        match self.of(class).p95(policy.silence_samples) {
            Some(p95) => p95.clamp(policy.hedge_low, policy.hedge_high),
            None => policy.hedge_unmeasured,
        }
    }

    fn of(&self, class: Class) -> &Latency {
        match class {
            Class::Read => &self.reads,
            Class::Write => &self.writes,
        }
    }
}
