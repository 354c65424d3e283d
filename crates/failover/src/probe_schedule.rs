//! When one node is checked next, and the check that is under way.

use std::time::Duration;

use super::ids::AttemptId;
use super::policy::Policy;
use super::time::Timestamp;

/// A health check under way. It is leased: one that is never answered ends with its timeout.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) struct Probe {
    pub id: AttemptId,
    pub started: Timestamp,
    pub lease_until: Timestamp,
}

/// What a change of a node's health means for its next check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum NextProbe {
    /// As planned.
    Unchanged,
    /// At this time, whatever was planned.
    At(Timestamp),
    /// At this time, unless an earlier one is planned.
    By(Timestamp),
}

/// The schedule of one node's health checks.
#[derive(Debug, Default, Hash)]
pub(crate) struct ProbeSchedule {
    pub in_flight: Option<Probe>,
    /// When the next check is due. Whether it may begin then is for the page and the cluster to say.
    pub next: Option<Timestamp>,
    /// Somebody asked for the next check: it begins whatever the page's visibility or the outage's rotation.
    pub asked: bool,
    /// It is due, and waits for room among the checks in flight.
    waits_for_room: bool,
    /// The time for which a timer was last set.
    armed_for: Option<Timestamp>,
    /// Calls wait for what the next check finds.
    pub recheck_pending: bool,
    /// When the last check ended.
    pub last_ended: Option<Timestamp>,
}

impl ProbeSchedule {
    /// A check was begun.
    pub fn started(&mut self, id: AttemptId, now: Timestamp, policy: &Policy) {
        self.in_flight = Some(Probe { id, started: now, lease_until: now + policy.probe_timeout });
        self.next = None;
        self.asked = false;
    }

    /// The check under way, if any, is over: answered, timed out or cancelled.
    pub fn take(&mut self) -> Option<Probe> {
        let probe = self.in_flight.take()?;
        self.recheck_pending = false;
        Some(probe)
    }

    /// A check found something.
    pub fn ended(&mut self, now: Timestamp) {
        self.last_ended = Some(now);
    }

    pub fn follow(&mut self, next: NextProbe) {
        match next {
            NextProbe::Unchanged => {}
            NextProbe::At(at) => self.next = Some(at),
            NextProbe::By(at) => self.next = Some(self.next.map_or(at, |planned| planned.min(at))),
        }
    }

    /// Puts a planned check off until `at` at the earliest. What is not planned stays so.
    pub fn postpone(&mut self, at: Timestamp) {
        self.next = self.next.map(|planned| planned.max(at));
    }

    /// Brings a planned check forward to `at` at the latest. What is not planned stays so.
    pub fn bring_forward(&mut self, at: Timestamp) {
        self.next = self.next.map(|planned| planned.min(at));
    }

    /// Plans a check at `at`, or later when a later one is planned.
    pub fn plan_not_before(&mut self, at: Timestamp) {
        self.next = Some(self.next.map_or(at, |planned| planned.max(at)));
    }

    /// Asks for a check by `at`. One that is under way counts: then nothing changes.
    pub fn ask(&mut self, next: NextProbe) {
        if self.in_flight.is_none() {
            self.follow(next);
            self.asked = true;
        }
    }

    /// The planned check begins whatever the page's visibility.
    pub fn mark_asked(&mut self) {
        self.asked = true;
    }

    /// Calls wait for what the next check finds, or no longer.
    pub fn set_recheck_pending(&mut self, pending: bool) {
        self.recheck_pending = pending;
    }

    /// The next check waits for room, or has it.
    pub fn set_waits_for_room(&mut self, waits: bool) {
        self.waits_for_room = waits;
    }

    /// Whether a check is under way or asked for.
    pub fn is_expected(&self) -> bool {
        self.in_flight.is_some() || self.asked
    }

    /// When the next check begins. `unasked`: whether checks that nobody asked for may begin now.
    pub fn due(&self, unasked: bool) -> Option<Timestamp> {
        let allowed = (self.asked || unasked) && self.in_flight.is_none() && !self.waits_for_room;
        self.next.filter(|_| allowed)
    }

    /// Takes note that the next check begins at `due`. Answers the time when a timer has to be set for it.
    pub fn arm(&mut self, due: Option<Timestamp>) -> Option<Timestamp> {
        if self.armed_for == due {
            return None;
        }
        self.armed_for = due;
        due
    }

    /// Whether the last check ended less than `pause` ago.
    pub fn checked_within(&self, pause: Duration, now: Timestamp) -> bool {
        self.last_ended.is_some_and(|at| now.since(at) < pause)
    }
}
