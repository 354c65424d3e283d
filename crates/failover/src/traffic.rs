//! The requests that are out to one node, and how the latest of them ended.

use super::policy::Policy;
use super::stats::{Class, Stats};
use super::time::Timestamp;

#[derive(Debug, Default, Hash)]
pub(crate) struct Traffic {
    /// Attempts that are out to the node.
    pub pending: u32,
    /// Whether the latest request succeeded, whatever the health checks say; `None` before the first.
    pub latest_succeeded: Option<bool>,
    /// When the node last answered a request or a health check of its current epoch.
    pub last_success: Option<Timestamp>,
    /// The oldest attempt without an answer, when the node has answered nothing since it began; with its class.
    waiting_since: Option<(Timestamp, Class)>,
}

impl Traffic {
    /// An attempt was sent. One that is declared slow says nothing by its silence.
    pub fn sent(&mut self, class: Class, slow: bool, now: Timestamp) {
        self.pending += 1;
        if !slow && self.waiting_since.is_none() {
            self.waiting_since = Some((now, class));
        }
    }

    /// An attempt is not out any more.
    pub fn returned(&mut self) {
        self.pending = self.pending.saturating_sub(1);
    }

    /// The node gave a sign of life.
    pub fn answered(&mut self, now: Timestamp) {
        self.last_success = Some(now);
        self.waiting_since = None;
    }

    /// A request ended, well or not.
    pub fn latest_ended(&mut self, success: bool) {
        self.latest_succeeded = Some(success);
    }

    /// Nothing is known any more of how requests end here.
    pub fn forget_latest(&mut self) {
        self.latest_succeeded = None;
    }

    /// Whether the oldest attempt without an answer is the one that began at `started`.
    pub fn waits_since(&self, started: Timestamp) -> bool {
        self.waiting_since.is_some_and(|(since, _)| since == started)
    }

    /// The attempts that are out were looked through: this is the oldest one without an answer.
    pub fn set_waiting(&mut self, oldest: Option<(Timestamp, Class)>) {
        self.waiting_since = oldest;
    }

    /// A new epoch began: what is out from before says nothing by its silence.
    pub fn stop_waiting(&mut self) {
        self.waiting_since = None;
    }

    /// Whether the node has answered anything since `started`.
    pub fn answered_since(&self, started: Timestamp) -> bool {
        self.last_success.is_some_and(|at| at > started)
    }

    /// Whether an attempt has waited for longer than a hedge would.
    pub fn is_slow(&self, now: Timestamp, stats: &Stats, policy: &Policy) -> bool {
        self.waiting_since.is_some_and(|(since, class)| now.since(since) > stats.hedge_delay(class, policy))
    }
}
