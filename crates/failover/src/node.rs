//! One node of the list: its health, what it said, what was measured at it, and when it is checked.
//!
//! Each of these is a struct of its own, which alone writes its fields. What happens at a node is passed on here to
//! all that it concerns.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use super::flapping::Flapping;
use super::health::{Context, Health};
use super::identity::Identity;
use super::ids::{AttemptId, NodeId, OriginId};
use super::outcome::{Outcome, RetryAfter};
use super::pace::Pace;
use super::policy::{LINES_AN_EPISODE, Policy};
use super::probe_schedule::{NextProbe, ProbeSchedule};
use super::report::{HealthReport, Reported};
use super::stats::{Check, Stats};
use super::tally::Tally;
use super::time::Timestamp;
use super::traffic::Traffic;

pub use super::health::NodeState;
pub use super::outcome::FailureReason;
pub use super::report::{Features, Role};

/// A health check that has ended.
#[derive(Debug)]
pub(crate) struct EndedCheck<'a> {
    pub began: Timestamp,
    pub outcome: &'a Outcome,
    /// What its body said, if it could be read.
    pub report: Option<HealthReport>,
    pub took: Duration,
    /// Whether the node may be blamed for a failure: not while the person's own network is down.
    pub may_blame: bool,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub id: NodeId,
    /// Normalised base URL, without a slash at its end.
    pub url: Arc<str>,
    pub origin: OriginId,
    /// Its place in this client's own random order.
    pub rank: u64,
    pub health: Health,
    pub probes: ProbeSchedule,
    pub reported: Reported,
    pub stats: Stats,
    pub traffic: Traffic,
    pub flapping: Flapping,
    pub pace: Pace,
    pub tally: Tally,
    pub identity: Identity,
    /// It asked to be left alone until then (429, 503).
    pub held_until: Option<Timestamp>,
    /// The core's revision when something that a snapshot shows of it last changed.
    pub changed_at: u64,
    /// Lines about failed requests in the journal since its state last changed.
    journal_lines: u32,
}

/// The part of a node that decides where requests go. When it changes, every node is looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Routing {
    state: NodeState,
    answered_once: bool,
    held_until: Option<Timestamp>,
    return_after: Option<Timestamp>,
    slow: bool,
    low: bool,
    routing_changes: u32,
    foreign: bool,
    same_as: Option<NodeId>,
}

impl Hash for Node {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            id,
            url: _,
            origin,
            rank: _,
            health,
            probes,
            reported,
            stats,
            traffic,
            flapping,
            pace,
            tally,
            identity,
            held_until,
            changed_at: _,
            journal_lines: _,
        } = self;
        (id, origin, health, probes, reported, stats).hash(state);
        (traffic, flapping, pace, tally, identity, held_until).hash(state);
    }
}

impl Node {
    pub fn new(id: NodeId, url: Arc<str>, origin: OriginId, rank: u64, now: Timestamp) -> Self {
        Self {
            id,
            url,
            origin,
            rank,
            health: Health::new(now),
            probes: ProbeSchedule::default(),
            reported: Reported::default(),
            stats: Stats::new(),
            traffic: Traffic::default(),
            flapping: Flapping::default(),
            pace: Pace::default(),
            tally: Tally::default(),
            identity: Identity::default(),
            held_until: None,
            changed_at: 0,
            journal_lines: 0,
        }
    }

    pub fn state(&self) -> NodeState {
        self.health.state()
    }

    /// Its state as a person is told it: a node of which too many requests fail is suspect, whatever its checks say.
    pub fn shown_state(&self) -> NodeState {
        if self.usable() && self.tally.is_low() { NodeState::Suspect } else { self.state() }
    }

    /// Why it is not healthy, as a person is told it.
    pub fn shown_reason(&self) -> Option<FailureReason> {
        if self.usable() && self.tally.is_low() { Some(FailureReason::LowSuccessRate) } else { self.health.reason }
    }

    /// Whether new requests may be sent to it without a second thought.
    pub fn usable(&self) -> bool {
        self.state().usable() && !self.identity.is_foreign()
    }

    /// Whether an attempt that is out there may well be answered.
    pub fn may_answer(&self) -> bool {
        self.usable() || self.answered_once()
    }

    /// Whether it failed, and has answered one check since.
    pub fn answered_once(&self) -> bool {
        self.health.answered_once() && !self.identity.is_foreign()
    }

    /// Whether it is only suspected: a last resort.
    pub fn suspect(&self) -> bool {
        self.state() == NodeState::Suspect && !self.identity.is_foreign()
    }

    /// Whether it asked to be left alone (429, 503) and that time has not passed.
    pub fn held(&self, now: Timestamp) -> bool {
        self.held_until.is_some_and(|until| until > now)
    }

    /// Whether an attempt waits for it for longer than a hedge would, with no success since it began.
    pub fn slow(&self, now: Timestamp, policy: &Policy) -> bool {
        self.traffic.is_slow(now, &self.stats, policy)
    }

    /// Whether a call may move here without paying for it. A check says that the node is well only as long as no
    /// request has said otherwise.
    pub fn takes_free_moves(&self) -> bool {
        self.traffic.latest_succeeded.unwrap_or(self.state() == NodeState::Healthy)
    }

    /// When its holds end: that which it asked for, and that of a node that flaps.
    pub fn holds(&self) -> impl Iterator<Item = Timestamp> {
        [self.held_until, self.flapping.return_after].into_iter().flatten()
    }

    pub fn routing(&self) -> Routing {
        Routing {
            state: self.state(),
            answered_once: self.answered_once(),
            held_until: self.held_until,
            return_after: self.flapping.return_after,
            slow: self.pace.slower().is_some(),
            low: self.tally.is_low(),
            routing_changes: self.reported.routing_changes,
            foreign: self.identity.is_foreign(),
            same_as: self.identity.same_as(),
        }
    }

    /// A request of the current epoch, which began at `began`, ended with `outcome`.
    pub fn request_ended(&mut self, began: Timestamp, outcome: &Outcome, cx: &mut Context<'_>) {
        match outcome {
            Outcome::Delivered | Outcome::KeyInProgress => {
                self.traffic.latest_ended(true);
                self.reported.is_current();
                self.stats.counted(true, cx.now);
                self.tally.request_ended(true, cx.now, cx.policy);
                self.health.clear_evidence();
                self.traffic.answered(cx.now);
                self.transition(|health| health.succeeded(began, cx));
            }
            // The node answered in order: neither praise nor blame.
            Outcome::Unsendable(_) => {}
            Outcome::NotLeader { .. } => self.reported.denies_leadership(),
            Outcome::Stale => self.reported.stale_until(cx.now + cx.policy.stale_hold),
            Outcome::Throttled { asked } | Outcome::Draining { asked } => {
                self.traffic.latest_ended(false);
                self.hold(*asked, cx);
            }
            Outcome::Error { reason } => {
                self.request_counts_against_it(cx);
                self.transition(|health| health.error_answered(*reason, cx));
            }
            Outcome::Failure { reason } => {
                self.request_counts_against_it(cx);
                self.transition(|health| health.request_failed(*reason, cx));
            }
        }
    }

    /// A request failed or timed out. Where the node answered others meanwhile, that is all: nobody moves here for free.
    pub fn request_counts_against_it(&mut self, cx: &Context<'_>) {
        self.traffic.latest_ended(false);
        self.stats.counted(false, cx.now);
        self.tally.request_ended(false, cx.now, cx.policy);
    }

    /// A request has had no answer for too long.
    pub fn fell_silent(&mut self, cx: &mut Context<'_>) {
        self.transition(|health| health.fell_silent(cx));
    }

    /// A health check began.
    pub fn check_started(&mut self, id: AttemptId, cx: &Context<'_>) {
        self.probes.started(id, cx.now, cx.policy);
        self.health.check_started(cx.now);
    }

    /// A health check of the current epoch ended.
    pub fn check_ended(&mut self, check: EndedCheck<'_>, cx: &mut Context<'_>) {
        self.probes.ended(cx.now);
        let result = match check.outcome {
            Outcome::Failure { reason } | Outcome::Error { reason } => Err(*reason),
            Outcome::Unsendable(_) => Err(FailureReason::Unsendable),
            _ => Ok(check.took),
        };
        self.stats.checked(Check { at: cx.now, result }, cx.policy);
        match result {
            Ok(_) => {
                self.stats.counted(true, cx.now);
                self.tally.check_ended(true);
                if let Some(report) = check.report {
                    self.identity.names(report.node_id, &cx.policy.identity);
                    self.reported.receive(report);
                }
                if let Outcome::Throttled { asked } | Outcome::Draining { asked } = check.outcome {
                    self.hold(*asked, cx);
                }
                self.transition(|health| health.check_succeeded(check.began, cx));
                if self.state() != NodeState::Failed {
                    self.traffic.answered(cx.now);
                }
            }
            Err(reason) if !check.may_blame || reason == FailureReason::Unsendable => {
                self.health.check_failed_blamelessly(reason)
            }
            // Something younger has said since that the node is well.
            Err(_) if cx.policy.generations && self.health.is_of_older_generation(check.began) => {}
            Err(reason) => {
                self.stats.counted(false, cx.now);
                self.tally.check_ended(false);
                self.transition(|health| health.check_failed(reason, cx));
            }
        }
        if self.probes.next.is_none() {
            let interval = cx.policy.health_check_interval;
            let low = interval.saturating_mul(cx.policy.health_check_jitter_low_percent) / 100;
            self.probes.follow(NextProbe::At(cx.now + cx.random.between(low, interval)));
        }
    }

    /// The node is failed, whatever it was: a new epoch begins.
    pub fn fail(&mut self, reason: FailureReason, cx: &mut Context<'_>) {
        self.transition(|health| health.fail(reason, cx));
    }

    /// The operator cleared its failures and penalties. Evidence stays in the journal.
    pub fn reset(&mut self, cx: &mut Context<'_>) {
        self.flapping.forget();
        self.pace.forget();
        self.tally.forget();
        self.held_until = None;
        self.transition(|health| health.reset(cx));
        self.probes.mark_asked();
    }

    /// The machine slept: nothing that was under way says anything about the node, which is checked at `probe_at`.
    pub fn restart_epoch(&mut self, probe_at: Timestamp) {
        self.begin_epoch();
        self.probes.follow(NextProbe::At(probe_at));
    }

    /// It was the person's network: nothing is known of the node any more.
    pub fn mark_unknown(&mut self, now: Timestamp) {
        self.traffic.forget_latest();
        self.transition(|health| {
            health.mark_unknown(now);
            NextProbe::Unchanged
        });
    }

    /// What is under way from before changes nothing about the node any more.
    pub fn begin_epoch(&mut self) {
        self.transition(|health| {
            health.begin_epoch();
            NextProbe::Unchanged
        });
    }

    /// Something that a snapshot shows of it changed, at this revision of the core.
    pub fn changed(&mut self, revision: u64) {
        self.changed_at = revision;
    }

    /// Its state changed: the journal takes lines about its requests again.
    pub fn begin_journal_episode(&mut self) {
        self.journal_lines = 0;
    }

    /// Whether the journal takes one more line about requests that failed at this node. A thousand requests caught on
    /// one dying node must not push its story out of the ring.
    pub fn take_journal_line(&mut self) -> bool {
        self.journal_lines += 1;
        self.journal_lines <= LINES_AN_EPISODE
    }

    /// It has to be left alone, for as long as it asked, or for a while when it did not say how long.
    fn hold(&mut self, asked: Option<RetryAfter>, cx: &mut Context<'_>) {
        let (low, high) = match asked {
            Some(RetryAfter { wait, .. }) => {
                let wait = wait.min(cx.policy.retry_after_node);
                let jitter = wait.saturating_mul(cx.policy.retry_after_jitter_percent) / 100;
                (wait, wait.saturating_add(jitter))
            }
            None => {
                let wait = cx.policy.hold_unsaid;
                let jitter = wait.saturating_mul(cx.policy.hold_unsaid_jitter_percent) / 100;
                (wait.saturating_sub(jitter), wait.saturating_add(jitter))
            }
        };
        let until = cx.now + cx.random.between(low, high);
        self.held_until = Some(until);
        self.probes.follow(NextProbe::By(until));
    }

    /// Changes its health, and everything that follows: the next check, and who is waited for in a new epoch.
    fn transition(&mut self, change: impl FnOnce(&mut Health) -> NextProbe) {
        let epoch = self.health.epoch;
        let next = change(&mut self.health);
        if self.health.epoch != epoch {
            self.traffic.stop_waiting();
            self.tally.forget_window();
        }
        self.probes.follow(next);
    }
}
