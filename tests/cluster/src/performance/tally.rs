//! What the load of one test came to so far.

use std::sync::{Mutex, MutexGuard};

use crate::store::trial::{Counts, Second};

#[derive(Default)]
struct Mean {
    total: f64,
    count: u64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.total += value;
        self.count += 1;
    }

    fn take(&mut self) -> Option<f64> {
        let Self { total, count } = std::mem::take(self);
        (count > 0).then(|| total / count as f64)
    }
}

#[derive(Default)]
struct Inner {
    counts: Counts,
    consensus: Mean,
    vcube: Mean,
    committed: u64,
}

/// Counts of the whole test, and means since the last second.
#[derive(Default)]
pub struct Tally(Mutex<Inner>);

impl Tally {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.inner().counts);
    }

    /// A write of the test was committed; it took so many milliseconds at the leader.
    pub fn committed(&self, consensus_ms: f64) {
        let mut inner = self.inner();
        inner.consensus.add(consensus_ms);
        inner.committed += 1;
    }

    pub fn delivered(&self, latency_ms: f64) {
        self.inner().vcube.add(latency_ms);
    }

    pub fn counts(&self) -> Counts {
        self.inner().counts
    }

    /// What came since the last call.
    pub fn take_second(&self) -> Second {
        let mut inner = self.inner();
        let committed = std::mem::take(&mut inner.committed) as f64;
        Second { consensus_ms: inner.consensus.take(), vcube_ms: inner.vcube.take(), committed }
    }
}
