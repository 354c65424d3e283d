//! What was measured at one node: how long it takes, how often it succeeds, and what its health checks found.

use std::collections::VecDeque;
use std::time::Duration;

use super::latency::{Latency, Rate};
use super::load::Load;
use super::node::FailureReason;
use super::policy::{CHECKS_KEPT, Policy};
use super::time::Timestamp;

/// Which latency figures an answer belongs to: a write goes through consensus, a read does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Read,
    Write,
}

/// One health check, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    pub at: Timestamp,
    pub result: Result<Duration, FailureReason>,
}

/// The figures of a node. They outlive its failures: what is measured is true whatever the epoch.
#[derive(Debug)]
pub(super) struct Figures {
    pub successes: u64,
    pub failures: u64,
    pub rate: Rate,
    /// How long the last answer took, and when it came.
    pub latency: Option<Duration>,
    pub last_seen: Option<Timestamp>,
    pub reads: Latency,
    pub writes: Latency,
    pub load: Load,
    /// The last ones, oldest first.
    pub checks: VecDeque<Check>,
}

impl Figures {
    /// Nothing yet, with room for all that it keeps of health checks: a check allocates nothing.
    pub fn new() -> Self {
        Self {
            successes: 0,
            failures: 0,
            rate: Rate::default(),
            latency: None,
            last_seen: None,
            reads: Latency::default(),
            writes: Latency::default(),
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

    /// A request took so long.
    pub fn request_took(&mut self, class: Class, slow: bool, took: Duration, now: Timestamp, policy: &Policy) {
        self.last_seen = Some(now);
        self.latency = Some(took);
        match (class, slow) {
            // A call declared slow says nothing about what is usual.
            (_, true) => {}
            (Class::Read, false) => {
                self.reads.record(took, now);
                self.load.measured(took, now, policy);
            }
            (Class::Write, false) => self.writes.record(took, now),
        }
    }

    /// A health check ended.
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

    /// After how long without an answer the node is suspected.
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

    /// After how long without an answer a read is sent to a second node as well.
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
