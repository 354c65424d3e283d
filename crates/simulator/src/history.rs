//! What was asked and answered, and what must hold of it.

use std::collections::BTreeMap;

use failover::{CallId, Duration};

use crate::cluster::Cluster;
use crate::{Micros, percentile, secs};

/// A call that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    pub client: usize,
    pub call: CallId,
    pub write: bool,
    pub submitted: Micros,
    pub waited: Micros,
    pub attempts: usize,
    /// The index of the log that the answer names.
    pub index: Option<u64>,
    /// The answer was marked as older than something shown before.
    pub stale: bool,
    pub failed: bool,
    /// Nobody knows whether it was applied, and the caller was told so.
    pub unknown: bool,
    /// It failed although a node that could serve it was well all the time.
    pub failed_needlessly: bool,
}

impl Default for Operation {
    fn default() -> Self {
        Self {
            client: 0,
            call: CallId(0),
            write: false,
            submitted: 0,
            waited: 0,
            attempts: 0,
            index: None,
            stale: false,
            failed: false,
            unknown: false,
            failed_needlessly: false,
        }
    }
}

#[derive(Default)]
pub struct History {
    pub reads: u64,
    pub writes: u64,
    pub failed_reads: u64,
    pub failed_writes: u64,
    pub needless_failures: u64,
    pub stale_reads: u64,
    pub doubled: u64,
    pub lost: u64,
    pub attempts: u64,
    pub probes: u64,
    /// Microseconds that each answered read, and each answered write, waited.
    pub read_waits: Vec<u32>,
    pub write_waits: Vec<u32>,
    /// Requests and probes sent in each second of the run.
    pub sent_per_second: Vec<u32>,
    /// Calls submitted in each second of the run.
    pub offered_per_second: Vec<u32>,
    /// The first of the things that must not be.
    pub violations: Vec<String>,
    /// What was asked and told of seats.
    pub seats: Vec<histories::Operation>,
    acknowledged: BTreeMap<(usize, u64), u64>,
}

impl History {
    pub fn violation(&mut self, what: String) {
        if self.violations.len() < 20 {
            self.violations.push(what);
        }
    }

    pub fn sent(&mut self, now: Micros, probe: bool) {
        if probe {
            self.probes += 1;
        } else {
            self.attempts += 1;
        }
        count(&mut self.sent_per_second, now);
    }

    pub fn ended(&mut self, operation: Operation, once: bool) {
        count(&mut self.offered_per_second, operation.submitted);
        let waited = u32::try_from(operation.waited).unwrap_or(u32::MAX);
        if operation.write {
            self.writes += 1;
            self.failed_writes += u64::from(operation.failed);
            if !operation.failed {
                self.write_waits.push(waited);
            }
        } else {
            self.reads += 1;
            self.failed_reads += u64::from(operation.failed);
            self.stale_reads += u64::from(operation.stale);
            if !operation.failed {
                self.read_waits.push(waited);
            }
        }
        if let (true, Some(index), false) = (operation.write, operation.index, operation.failed) {
            self.acknowledged.insert((operation.client, operation.call.0), index);
        }
        if operation.failed_needlessly {
            self.needless_failures += 1;
            self.violation(format!(
                "client {}: call {} ({}) failed after {} ms and {} attempts though a usable node was there all the time",
                operation.client,
                operation.call.0,
                if operation.write { "write" } else { "read" },
                operation.waited / 1_000,
                operation.attempts,
            ));
        }
        let _ = once;
    }

    /// No acknowledged write is missing from the log, and none is in it twice.
    pub fn check_log(&mut self, cluster: &Cluster) {
        let mut applied: BTreeMap<(usize, u64), (u64, u64)> = BTreeMap::new();
        for (position, entry) in cluster.log.iter().enumerate() {
            let (times, index) = applied.entry((entry.client, entry.call.0)).or_default();
            *times += 1;
            *index = position as u64 + 1;
        }
        let doubled: Vec<_> = applied.iter().filter(|(_, (times, _))| *times > 1).map(|(call, _)| *call).collect();
        self.doubled = doubled.len() as u64;
        let lost: Vec<_> = self.acknowledged.keys().filter(|call| !applied.contains_key(call)).copied().collect();
        self.lost = lost.len() as u64;
        doubled.iter().for_each(|call| self.violation(format!("write {call:?} was applied twice")));
        lost.iter().for_each(|call| self.violation(format!("write {call:?} was acknowledged and is lost")));
    }

    pub fn read_percentile(&mut self, per_mille: f64) -> Duration {
        self.read_waits.sort_unstable();
        percentile(&self.read_waits, per_mille)
    }

    pub fn write_percentile(&mut self, per_mille: f64) -> Duration {
        self.write_waits.sort_unstable();
        percentile(&self.write_waits, per_mille)
    }

    /// Requests and probes sent from second `from` up to, not including, second `to`.
    pub fn sent_between(&self, from: usize, to: usize) -> u64 {
        sum(&self.sent_per_second, from, to)
    }

    pub fn offered_between(&self, from: usize, to: usize) -> u64 {
        sum(&self.offered_per_second, from, to)
    }
}

fn count(seconds: &mut Vec<u32>, at: Micros) {
    let second = (at / secs(1)) as usize;
    if seconds.len() <= second {
        seconds.resize(second + 1, 0);
    }
    seconds[second] += 1;
}

fn sum(seconds: &[u32], from: usize, to: usize) -> u64 {
    seconds.iter().take(to).skip(from).map(|count| u64::from(*count)).sum()
}
