//! One node: its state, what it was last heard to say, and every rule that moves it from state to state.

use std::sync::Arc;
use std::time::Duration;

use super::AttemptId;
use super::figures::{Check, Class, Figures};
use super::outcome::Outcome;
use super::policy::Policy;
use super::random::Random;
use super::time::Timestamp;

/// Identity of a node for the life of the page. Never used again for another node, unlike its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

/// The state of a node, as `failover/mod.rs` draws it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeState {
    /// Nothing is known yet. Usable.
    Unknown,
    /// It answered. Usable.
    Healthy,
    /// It failed once and is being checked. Used only as a last resort.
    Suspect,
    /// The check failed too. Used only when nothing else is left.
    Failed,
    /// It was failed and is being tried again. Not used.
    Probing,
    /// It answers again and is watched for a while. Usable, but nobody returns to it yet.
    Recovering,
}

impl NodeState {
    /// The word that tests and exports know the state by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Healthy => "healthy",
            Self::Suspect => "suspect",
            Self::Failed => "failed",
            Self::Probing => "probing",
            Self::Recovering => "recovering",
        }
    }

    /// Whether new requests may be sent to it without a second thought.
    pub const fn usable(self) -> bool {
        matches!(self, Self::Unknown | Self::Healthy | Self::Recovering)
    }
}

/// Why a node is not trusted, or why a request went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureReason {
    /// Refused, reset, broken off, CORS, TLS or name: a browser does not tell these apart.
    Network,
    /// No whole answer within the time allowed.
    TimedOut,
    /// Pending far longer than this node usually takes, though its timeout has not passed.
    Silent,
    /// A status that says so.
    Status(u16),
    /// The body was not what was asked for.
    Malformed,
    /// 503: it asked for no more work.
    Draining,
    /// Marked by hand or by a caller.
    Marked,
}

/// What a node does in the Raft group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Leader,
    Follower,
    Candidate,
    Learner,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Leader, Self::Follower, Self::Candidate, Self::Learner];

    /// As a health body names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Leader => "leader",
            Self::Follower => "follower",
            Self::Candidate => "candidate",
            Self::Learner => "learner",
        }
    }
}

/// What a node's backend can do beyond the older one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    pub idempotency_key: bool,
    pub min_index: bool,
    pub event_id: bool,
}

/// What a node says of itself in its health body. Every field is optional: the older backend says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthReport {
    pub role: Option<Role>,
    pub term: Option<u64>,
    pub leader_id: Option<u64>,
    pub node_id: Option<u64>,
    pub commit_index: Option<u64>,
    pub last_applied: Option<u64>,
    pub quorum: Option<bool>,
    pub cluster_id: Option<Arc<str>>,
    pub version: Option<Arc<str>>,
    pub features: Features,
}

/// A health check under way. Leased: a probe that is never answered for ends with its timeout.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    pub id: AttemptId,
    pub started: Timestamp,
    pub lease_until: Timestamp,
}

/// A state with what only that state knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Unknown,
    Healthy,
    /// `back_to_recovering` keeps the end of the watch that the suspicion interrupted.
    Suspect {
        back_to_recovering: Option<Timestamp>,
    },
    Failed,
    Probing {
        successes: u32,
    },
    Recovering {
        stable_at: Timestamp,
    },
}

/// One node of the list.
#[derive(Debug)]
pub struct Node {
    pub(super) id: NodeId,
    /// Its place in this client's own random order.
    pub(super) rank: u64,
    pub(super) url: Arc<str>,
    pub(super) epoch: u32,
    phase: Phase,
    pub(super) since: Timestamp,
    pub(super) reason: Option<FailureReason>,
    pub(super) probe: Option<Probe>,
    pub(super) next_probe: Option<Timestamp>,
    /// Somebody asked for this check: it is due whatever the page's visibility or the outage's rotation.
    pub(super) probe_asked: bool,
    /// Tries since it failed: the exponent of the pause before the next one.
    tries: u32,
    /// Returns that did not last: the exponent of the watch before it is healthy again.
    relapses: u32,
    /// When it last became healthy after a failure.
    recovered_at: Option<Timestamp>,
    errors_in_a_row: u32,
    /// Confirming probes that said "well" while requests said "failed", with no request answered in between.
    contradictions: u32,
    pub(super) held_until: Option<Timestamp>,
    pub(super) health: Option<HealthReport>,
    pub(super) pending: u32,
    /// The core's revision when something that a snapshot shows of it last changed.
    pub(super) changed_at: u64,
    pub(super) figures: Figures,
    /// Whether the latest request to it went well; `None` before the first.
    pub(super) latest_request: Option<bool>,
    /// The oldest attempt that has no answer while nothing else was answered since it began, and its class.
    pub(super) waiting_since: Option<(Timestamp, Class)>,
    /// The highest index of the log that it is known to have applied.
    pub(super) applied: u64,
    /// It was behind the read index a moment ago.
    stale_until: Option<Timestamp>,
    /// Departures from it, each soon after the last could be taken back: the exponent of its hold.
    flaps: u32,
    /// Not returned to before then.
    pub(super) return_after: Option<Timestamp>,
    /// Grows when a report changes what routing goes by.
    reports: u32,
    /// Lines about failed requests in the journal since its state last changed.
    pub(super) lines: u32,
    /// Index of its origin.
    pub(super) origin: u32,
    /// Calls wait for what its next check says.
    pub(super) looked_for: bool,
    /// Due, but waiting for room among the probes in flight.
    pub(super) probe_waits: bool,
    /// The time for which its next probe's timer was last set.
    pub(super) probe_armed: Option<Timestamp>,
    pub(super) last_checked: Option<Timestamp>,
    pub(super) last_success: Option<Timestamp>,
}

impl Node {
    pub(super) fn new(id: NodeId, url: Arc<str>, origin: u32, rank: u64, now: Timestamp) -> Self {
        Self {
            id,
            rank,
            url,
            epoch: 0,
            phase: Phase::Unknown,
            since: now,
            reason: None,
            probe: None,
            next_probe: None,
            probe_asked: false,
            tries: 0,
            relapses: 0,
            recovered_at: None,
            errors_in_a_row: 0,
            contradictions: 0,
            held_until: None,
            health: None,
            pending: 0,
            changed_at: 0,
            figures: Figures::new(),
            latest_request: None,
            waiting_since: None,
            applied: 0,
            stale_until: None,
            flaps: 0,
            return_after: None,
            reports: 0,
            lines: 0,
            origin,
            looked_for: false,
            probe_waits: false,
            probe_armed: None,
            last_checked: None,
            last_success: None,
        }
    }

    pub fn state(&self) -> NodeState {
        match self.phase {
            Phase::Unknown => NodeState::Unknown,
            Phase::Healthy => NodeState::Healthy,
            Phase::Suspect { .. } => NodeState::Suspect,
            Phase::Failed => NodeState::Failed,
            Phase::Probing { .. } => NodeState::Probing,
            Phase::Recovering { .. } => NodeState::Recovering,
        }
    }

    /// Whether it asked to be left alone (429, 503) and that time has not passed.
    pub(super) fn held(&self, now: Timestamp) -> bool {
        self.held_until.is_some_and(|until| until > now)
    }

    /// Whether it was behind the read index a moment ago.
    pub(super) fn stale(&self, now: Timestamp) -> bool {
        self.stale_until.is_some_and(|until| until > now)
    }

    /// Whether an attempt waits for it for longer than a hedge would, with no success since it began.
    pub(super) fn slow(&self, now: Timestamp, policy: &Policy) -> bool {
        self.waiting_since.is_some_and(|(since, class)| now.since(since) > self.figures.hedge_delay(class, policy))
    }

    /// Whether a call may move here without paying for it. A probe says that the node is well only as long as no
    /// request has said otherwise.
    pub(super) fn welcomes_movers(&self) -> bool {
        self.latest_request.unwrap_or(self.phase == Phase::Healthy)
    }

    /// Whether its silence about a request of this class is explained: without a quorum no write is answered.
    pub(super) fn has_no_quorum_for(&self, class: Class) -> bool {
        class == Class::Write && self.health.as_ref().is_some_and(|health| health.quorum == Some(false))
    }

    /// The part of the node that decides where requests go.
    pub(super) fn standing(&self) -> (NodeState, bool, Option<Timestamp>, Option<Timestamp>, u32) {
        (self.state(), self.answered_once(), self.held_until, self.return_after, self.reports)
    }

    /// Whether a first sign of life after a failure was seen: where an outage will most likely end.
    pub(super) fn answered_once(&self) -> bool {
        matches!(self.phase, Phase::Probing { successes } if successes > 0)
    }

    /// Whether an attempt that is out there may well be answered.
    pub(super) fn gives_hope(&self) -> bool {
        self.state().usable() || self.answered_once()
    }

    /// An index of the log that came with an answer.
    pub(super) fn has_applied(&mut self, index: Option<u64>) {
        self.applied = self.applied.max(index.unwrap_or_default());
    }

    /// Clients leave it because it is not well. Leaving it again soon after a return makes the next return later.
    pub(super) fn departed(&mut self, now: Timestamp, policy: &Policy) {
        let again = self.return_after.is_some_and(|at| now.since(at) < policy.flap_memory.max(self.hold_of(policy)));
        self.flaps = if again { self.flaps.saturating_add(1) } else { 0 };
        self.return_after = Some(now + self.hold_of(policy));
    }

    /// The operator wants it: a hold is for clients that were moved, not for those who choose.
    pub(super) fn forget_flaps(&mut self) {
        self.flaps = 0;
        self.return_after = None;
    }

    fn hold_of(&self, policy: &Policy) -> Duration {
        match self.flaps.checked_sub(1) {
            None => Duration::ZERO,
            Some(again) => policy.flap_hold_first.saturating_mul(1 << again.min(16)).min(policy.flap_hold_max),
        }
    }

    /// A request of the current epoch ended with `outcome`.
    pub(super) fn request_ended(&mut self, outcome: &Outcome, now: Timestamp, policy: &Policy, random: &mut Random) {
        match outcome {
            Outcome::Delivered | Outcome::KeyInProgress => {
                self.latest_request = Some(true);
                self.stale_until = None;
                self.figures.counted(true, now);
                self.errors_in_a_row = 0;
                self.contradictions = 0;
                self.succeeded(now, policy, random);
            }
            // The node answered in order: neither praise nor blame.
            Outcome::NotLeader { .. } => self.forget_leadership(),
            Outcome::Stale => self.stale_until = Some(now + policy.stale_hold),
            Outcome::Throttled { wait } | Outcome::Draining { wait } => {
                self.latest_request = Some(false);
                self.hold(*wait, now, policy, random);
            }
            Outcome::Error { reason } => {
                self.latest_request = Some(false);
                self.figures.counted(false, now);
                self.errors_in_a_row += 1;
                if self.errors_in_a_row >= policy.errors_until_suspect {
                    self.failed_once(*reason, now, policy, random);
                }
            }
            Outcome::Failure { reason } => {
                self.latest_request = Some(false);
                self.figures.counted(false, now);
                self.failed_once(*reason, now, policy, random);
            }
        }
    }

    /// A request timed out while others were answered: nobody should move here for free, and that is all.
    pub(super) fn timed_out_beside_others(&mut self, now: Timestamp) {
        self.latest_request = Some(false);
        self.figures.counted(false, now);
    }

    /// It has to be left alone for `wait`, or until it is checked again when it did not say how long.
    fn hold(&mut self, wait: Option<Duration>, now: Timestamp, policy: &Policy, random: &mut Random) {
        let wait = wait.unwrap_or(policy.reprobe_first).min(policy.retry_after_node);
        let wait = wait.saturating_add(
            random.between(Duration::ZERO, wait.saturating_mul(policy.retry_after_jitter_percent) / 100),
        );
        self.held_until = Some(now + wait);
        self.probe_by(now + wait);
    }

    /// It said that it is not the leader: what its last report said of that is out of date.
    fn forget_leadership(&mut self) {
        if let Some(health) = &mut self.health
            && health.role == Some(Role::Leader)
        {
            health.role = None;
            self.reports = self.reports.wrapping_add(1);
        }
    }

    /// A health check began.
    pub(super) fn probe_started(&mut self, id: AttemptId, now: Timestamp, policy: &Policy) {
        self.probe = Some(Probe { id, started: now, lease_until: now + policy.probe_timeout });
        self.next_probe = None;
        self.probe_asked = false;
        if self.phase == Phase::Failed {
            self.enter(Phase::Probing { successes: 0 }, now);
        }
    }

    /// A health check of the current epoch ended.
    #[allow(clippy::too_many_arguments, reason = "what a check found, and what every transition needs")]
    pub(super) fn probe_ended(
        &mut self,
        outcome: &Outcome,
        report: Option<HealthReport>,
        took: Duration,
        blame: bool,
        now: Timestamp,
        policy: &Policy,
        random: &mut Random,
    ) {
        self.last_checked = Some(now);
        let result = match outcome {
            Outcome::Failure { reason } | Outcome::Error { reason } => Err(*reason),
            _ => Ok(took),
        };
        self.figures.checked(Check { at: now, result }, policy);
        match result {
            Ok(_) => {
                self.figures.counted(true, now);
                if let Some(report) = report {
                    self.reported(report);
                }
                if let Outcome::Throttled { wait } | Outcome::Draining { wait } = outcome {
                    self.hold(*wait, now, policy, random);
                }
                if matches!(self.phase, Phase::Suspect { .. }) {
                    self.contradictions += 1;
                    if self.contradictions >= policy.contradictions_until_failed {
                        // Its health page is well and its work is not: believe the work.
                        self.fail(self.reason.unwrap_or(FailureReason::Network), now, policy, random);
                        return;
                    }
                }
                self.succeeded(now, policy, random);
            }
            Err(reason) if !blame => self.reason = Some(reason),
            Err(reason) => {
                self.figures.counted(false, now);
                match self.phase {
                    Phase::Unknown | Phase::Healthy => self.failed_once(reason, now, policy, random),
                    _ => self.fail(reason, now, policy, random),
                }
            }
        }
        if self.next_probe.is_none() {
            let interval = policy.health_check_interval;
            let low = interval.saturating_mul(policy.health_check_jitter_low_percent) / 100;
            self.next_probe = Some(now + random.between(low, interval));
        }
    }

    fn reported(&mut self, report: HealthReport) {
        let routing =
            |report: &HealthReport| (report.role, report.term, report.leader_id, report.node_id, report.quorum);
        if self.health.as_ref().map(routing) != Some(routing(&report)) {
            self.reports = self.reports.wrapping_add(1);
        }
        self.has_applied(report.last_applied);
        self.health = Some(report);
    }

    /// A sign of life of the current epoch: a request or a probe succeeded.
    fn succeeded(&mut self, now: Timestamp, policy: &Policy, random: &mut Random) {
        self.last_success = Some(now);
        self.waiting_since = None;
        match self.phase {
            Phase::Healthy => {}
            Phase::Unknown => self.enter(Phase::Healthy, now),
            Phase::Suspect { back_to_recovering: None } => self.enter(Phase::Healthy, now),
            Phase::Suspect { back_to_recovering: Some(stable_at) } => {
                self.enter(Phase::Recovering { stable_at }, now);
                self.probe_by(now + random.between(policy.recovering_probe_low, policy.recovering_probe_high));
            }
            Phase::Failed | Phase::Probing { successes: 0 } => {
                self.enter(Phase::Probing { successes: 1 }, now);
                self.next_probe = Some(now + random.between(policy.second_probe_low, policy.second_probe_high));
            }
            Phase::Probing { .. } => {
                let watch = random.between(policy.stable_low, policy.stable_high);
                let watch = watch.saturating_mul(1 << self.relapses.min(16)).min(policy.stable_max);
                self.enter(Phase::Recovering { stable_at: now + watch }, now);
                self.next_probe = Some(now + random.between(policy.recovering_probe_low, policy.recovering_probe_high));
            }
            Phase::Recovering { stable_at } if now >= stable_at => {
                self.recovered_at = Some(now);
                self.enter(Phase::Healthy, now);
            }
            Phase::Recovering { .. } => {
                self.probe_by(now + random.between(policy.recovering_probe_low, policy.recovering_probe_high));
            }
        }
        if self.phase == Phase::Healthy {
            self.tries = 0;
            self.reason = None;
        }
    }

    /// A failure of the current epoch. The first one makes a suspect; the others belong to the same episode.
    pub(super) fn failed_once(&mut self, reason: FailureReason, now: Timestamp, policy: &Policy, random: &mut Random) {
        match self.phase {
            Phase::Unknown | Phase::Healthy => self.suspect(None, reason, now, policy, random),
            Phase::Recovering { .. } | Phase::Probing { .. } => self.fail(reason, now, policy, random),
            Phase::Suspect { .. } | Phase::Failed => {}
        }
    }

    fn suspect(
        &mut self,
        back_to_recovering: Option<Timestamp>,
        reason: FailureReason,
        now: Timestamp,
        policy: &Policy,
        random: &mut Random,
    ) {
        self.reason = Some(reason);
        self.enter(Phase::Suspect { back_to_recovering }, now);
        self.next_probe = Some(now + random.between(Duration::ZERO, policy.confirm_within));
    }

    /// Silent for too long: suspected, also while it is recovering.
    pub(super) fn fell_silent(&mut self, now: Timestamp, policy: &Policy, random: &mut Random) {
        match self.phase {
            Phase::Unknown | Phase::Healthy => self.suspect(None, FailureReason::Silent, now, policy, random),
            Phase::Recovering { stable_at } => {
                self.suspect(Some(stable_at), FailureReason::Silent, now, policy, random);
            }
            Phase::Suspect { .. } | Phase::Failed | Phase::Probing { .. } => {}
        }
    }

    /// The node is failed: a new epoch begins, and whatever is still under way from the old one changes nothing.
    pub(super) fn fail(&mut self, reason: FailureReason, now: Timestamp, policy: &Policy, random: &mut Random) {
        self.relapses = match (self.phase, self.recovered_at) {
            (Phase::Probing { .. } | Phase::Failed, _) => self.relapses,
            (Phase::Recovering { .. } | Phase::Suspect { back_to_recovering: Some(_) }, _) => self.relapses + 1,
            // Well for a short while only: the next watch is longer. Well for long: it starts anew.
            (_, Some(at)) if now.since(at) <= policy.stable_high.saturating_mul(2) => self.relapses + 1,
            _ => 0,
        };
        if !matches!(self.phase, Phase::Unknown | Phase::Healthy | Phase::Suspect { back_to_recovering: None }) {
            self.tries = self.tries.saturating_add(1);
        }
        self.reason = Some(reason);
        self.contradictions = 0;
        self.errors_in_a_row = 0;
        self.begin_epoch();
        self.enter(Phase::Failed, now);
        let pause = policy.reprobe_first.saturating_mul(1 << self.tries.min(16)).min(policy.reprobe_max);
        self.next_probe = Some(now + random.between(pause / 2, pause));
    }

    /// The operator cleared its failures: checked anew, trusted only after that. Evidence stays in the journal.
    pub(super) fn reset(&mut self, now: Timestamp, policy: &Policy, random: &mut Random) {
        self.begin_epoch();
        self.forget_flaps();
        self.tries = 0;
        self.relapses = 0;
        self.recovered_at = None;
        self.errors_in_a_row = 0;
        self.contradictions = 0;
        self.held_until = None;
        if !matches!(self.phase, Phase::Unknown | Phase::Healthy) {
            self.enter(Phase::Suspect { back_to_recovering: None }, now);
        }
        self.next_probe = Some(now + random.between(Duration::ZERO, policy.confirm_within));
        self.probe_asked = true;
    }

    /// The machine slept: nothing that was under way says anything about the node.
    pub(super) fn forgive(&mut self, probe_at: Timestamp) {
        self.begin_epoch();
        self.next_probe = Some(probe_at);
    }

    /// It was the person's network: nothing is known of the node any more, least of all that it failed.
    pub(super) fn absolve(&mut self, now: Timestamp) {
        self.begin_epoch();
        self.reason = None;
        self.latest_request = None;
        self.contradictions = 0;
        self.errors_in_a_row = 0;
        self.enter(Phase::Unknown, now);
    }

    /// What is under way from before changes nothing about the node any more.
    pub(super) fn begin_epoch(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        self.waiting_since = None;
    }

    fn probe_by(&mut self, at: Timestamp) {
        self.next_probe = Some(self.next_probe.map_or(at, |planned| planned.min(at)));
    }

    fn enter(&mut self, phase: Phase, now: Timestamp) {
        let before = self.state();
        self.phase = phase;
        if self.state() != before {
            self.since = now;
            self.lines = 0;
        }
    }
}
