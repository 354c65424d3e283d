//! One node: its state, what it was last heard to say, and every rule that moves it from state to state.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use super::AttemptId;
use super::latency::Histogram;
use super::outcome::Outcome;
use super::policy::{CHECKS_KEPT, Policy};
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
    pub cluster_id: Option<Rc<str>>,
    pub version: Option<Rc<str>>,
    pub features: Features,
}

/// One health check, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    pub at: Timestamp,
    pub result: Result<Duration, FailureReason>,
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

/// Which latency figures an answer belongs to: a write goes through consensus, a read does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Read,
    Write,
}

/// One node of the list.
#[derive(Debug)]
pub struct Node {
    pub(super) id: NodeId,
    /// Its place in this client's own random order.
    pub(super) rank: u64,
    pub(super) url: Rc<str>,
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
    pub(super) successes: u64,
    pub(super) failures: u64,
    pub(super) latency: Option<Duration>,
    pub(super) reads: Histogram,
    pub(super) writes: Histogram,
    pub(super) last_checked: Option<Timestamp>,
    pub(super) last_seen: Option<Timestamp>,
    pub(super) last_success: Option<Timestamp>,
    pub(super) checks: VecDeque<Check>,
}

impl Node {
    pub(super) fn new(id: NodeId, url: Rc<str>, rank: u64, now: Timestamp) -> Self {
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
            successes: 0,
            failures: 0,
            latency: None,
            reads: Histogram::default(),
            writes: Histogram::default(),
            last_checked: None,
            last_seen: None,
            last_success: None,
            checks: VecDeque::with_capacity(CHECKS_KEPT),
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

    /// Whether a first sign of life after a failure was seen: where an outage will most likely end.
    pub(super) fn answered_once(&self) -> bool {
        matches!(self.phase, Phase::Probing { successes } if successes > 0)
    }

    /// After how long without an answer this node is suspected.
    pub(super) fn silence(&self, class: Class, policy: &Policy) -> Duration {
        let histogram = self.histogram(class);
        match histogram.percentile(95) {
            Some(p95) if histogram.samples() >= policy.silence_samples => {
                policy.silence_floor.max(p95.saturating_mul(policy.silence_p95_factor))
            }
            _ => policy.silence_unmeasured,
        }
    }

    fn histogram(&self, class: Class) -> &Histogram {
        match class {
            Class::Read => &self.reads,
            Class::Write => &self.writes,
        }
    }

    /// Notes how long a request took. Latency is true whatever the epoch.
    pub(super) fn measured(&mut self, class: Class, slow: bool, took: Duration, now: Timestamp) {
        self.last_seen = Some(now);
        self.latency = Some(took);
        match (class, slow) {
            // A call declared slow says nothing about what is usual.
            (_, true) => {}
            (Class::Read, false) => self.reads.record(took),
            (Class::Write, false) => self.writes.record(took),
        }
    }

    /// A request of the current epoch ended with `outcome`.
    pub(super) fn request_ended(&mut self, outcome: &Outcome, now: Timestamp, policy: &Policy, random: &mut Random) {
        match outcome {
            Outcome::Delivered | Outcome::KeyInProgress => {
                self.successes += 1;
                self.errors_in_a_row = 0;
                self.contradictions = 0;
                self.succeeded(now, policy, random);
            }
            // The node answered in order: neither praise nor blame.
            Outcome::NotLeader { .. } => self.forget_leadership(),
            Outcome::Stale => {}
            Outcome::Throttled { wait } | Outcome::Draining { wait } => self.hold(*wait, now, policy),
            Outcome::Error { reason } => {
                self.failures += 1;
                self.errors_in_a_row += 1;
                if self.errors_in_a_row >= policy.errors_until_suspect {
                    self.failed_once(*reason, now, policy, random);
                }
            }
            Outcome::Failure { reason } => {
                self.failures += 1;
                self.failed_once(*reason, now, policy, random);
            }
        }
    }

    /// It has to be left alone for `wait`, or until it is checked again when it did not say how long.
    fn hold(&mut self, wait: Option<Duration>, now: Timestamp, policy: &Policy) {
        let wait = wait.unwrap_or(policy.reprobe_first).min(policy.retry_after_node);
        self.held_until = Some(now + wait);
        self.probe_by(now + wait);
    }

    /// It said that it is not the leader: what its last report said of that is out of date.
    fn forget_leadership(&mut self) {
        if let Some(health) = &mut self.health
            && health.role == Some(Role::Leader)
        {
            health.role = None;
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
    pub(super) fn probe_ended(
        &mut self,
        outcome: &Outcome,
        report: Option<HealthReport>,
        took: Duration,
        now: Timestamp,
        policy: &Policy,
        random: &mut Random,
    ) {
        self.last_checked = Some(now);
        let result = match outcome {
            Outcome::Failure { reason } | Outcome::Error { reason } => Err(*reason),
            _ => Ok(took),
        };
        if self.checks.len() == CHECKS_KEPT {
            self.checks.pop_front();
        }
        self.checks.push_back(Check { at: now, result });
        match result {
            Ok(took) => {
                self.successes += 1;
                self.last_seen = Some(now);
                self.latency = Some(took);
                if report.is_some() {
                    self.health = report;
                }
                match outcome {
                    Outcome::Throttled { wait } | Outcome::Draining { wait } => self.hold(*wait, now, policy),
                    _ => self.held_until = None,
                }
                if matches!(self.phase, Phase::Suspect { .. }) {
                    self.contradictions += 1;
                    if self.contradictions >= policy.errors_until_suspect {
                        // Its health page is well and its work is not: believe the work.
                        self.fail(self.reason.unwrap_or(FailureReason::Network), now, policy, random);
                        return;
                    }
                }
                self.succeeded(now, policy, random);
            }
            Err(reason) => {
                self.failures += 1;
                match self.phase {
                    Phase::Unknown | Phase::Healthy => self.failed_once(reason, now, policy, random),
                    _ => self.fail(reason, now, policy, random),
                }
            }
        }
        if self.next_probe.is_none() {
            let interval = policy.health_check_interval;
            let low = interval * policy.health_check_jitter_low_percent / 100;
            self.next_probe = Some(now + random.between(low, interval));
        }
    }

    /// A sign of life of the current epoch: a request or a probe succeeded.
    fn succeeded(&mut self, now: Timestamp, policy: &Policy, random: &mut Random) {
        self.last_success = Some(now);
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
            (_, Some(at)) if now.since(at) <= policy.stable_high * 2 => self.relapses + 1,
            _ => 0,
        };
        if !matches!(self.phase, Phase::Unknown | Phase::Healthy | Phase::Suspect { back_to_recovering: None }) {
            self.tries = self.tries.saturating_add(1);
        }
        self.reason = Some(reason);
        self.contradictions = 0;
        self.errors_in_a_row = 0;
        self.epoch += 1;
        self.enter(Phase::Failed, now);
        let pause = policy.reprobe_first.saturating_mul(1 << self.tries.min(16)).min(policy.reprobe_max);
        self.next_probe = Some(now + random.between(pause / 2, pause));
    }

    /// The operator cleared its failures: checked anew, trusted only after that. Evidence stays in the journal.
    pub(super) fn reset(&mut self, now: Timestamp, policy: &Policy, random: &mut Random) {
        self.epoch += 1;
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
        self.epoch += 1;
        self.probe = None;
        self.next_probe = Some(probe_at);
    }

    fn probe_by(&mut self, at: Timestamp) {
        self.next_probe = Some(self.next_probe.map_or(at, |planned| planned.min(at)));
    }

    fn enter(&mut self, phase: Phase, now: Timestamp) {
        let before = self.state();
        self.phase = phase;
        if self.state() != before {
            self.since = now;
        }
    }
}
