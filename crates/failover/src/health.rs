//! The state of one node, and every transition of the picture in the crate's documentation.
//!
//! A transition answers when the node is to be checked next. Whoever makes one hands in what it depends on: the time,
//! the figures of the policy, and the source of chance.

use std::time::Duration;

use super::outcome::FailureReason;
use super::policy::Policy;
use super::probe_schedule::NextProbe;
use super::random::Random;
use super::time::Timestamp;

/// What the core thinks of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// What every transition depends on.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub now: Timestamp,
    pub policy: &'a Policy,
    pub random: &'a mut Random,
}

/// A state with what only that state knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// The state of one node, with what its next transition depends on.
#[derive(Debug, Hash)]
pub(crate) struct Health {
    phase: Phase,
    /// When it entered its state.
    pub since: Timestamp,
    /// Why it is not healthy.
    pub reason: Option<FailureReason>,
    /// What is under way from an older epoch changes nothing about the node any more.
    pub epoch: u32,
    /// When the request or health check began whose success last cleared a suspicion: with it a *generation* began. What
    /// was sent before then and fails later says nothing about the node as it is now.
    generation_began: Option<Timestamp>,
    /// Tries since it failed: the exponent of the pause before the next one.
    tries: u32,
    /// Returns that did not last: the exponent of the watch before it is healthy again.
    relapses: u32,
    /// When it last became healthy after a failure.
    recovered_at: Option<Timestamp>,
    errors_in_a_row: u32,
    /// Confirming checks that said "well" while requests said "failed", with no request answered in between.
    contradictions: u32,
}

impl Health {
    pub fn new(now: Timestamp) -> Self {
        Self {
            phase: Phase::Unknown,
            since: now,
            reason: None,
            epoch: 0,
            generation_began: None,
            tries: 0,
            relapses: 0,
            recovered_at: None,
            errors_in_a_row: 0,
            contradictions: 0,
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

    /// Whether it has answered once since it failed: where an outage will most likely end.
    pub fn answered_once(&self) -> bool {
        matches!(self.phase, Phase::Probing { successes } if successes > 0)
    }

    /// Whether an attempt or a check of the current epoch that began at `started` is of an older generation.
    pub fn is_of_older_generation(&self, started: Timestamp) -> bool {
        self.generation_began.is_some_and(|began| started < began)
    }

    /// A request or a health check of the current epoch, which began at `began`, succeeded.
    pub fn succeeded(&mut self, began: Timestamp, cx: &mut Context<'_>) -> NextProbe {
        let Context { now, policy, random } = cx;
        let now = *now;
        if matches!(self.phase, Phase::Suspect { .. }) {
            self.generation_began = Some(began);
        }
        let next = match self.phase {
            Phase::Healthy => NextProbe::Unchanged,
            Phase::Unknown | Phase::Suspect { back_to_recovering: None } => {
                self.enter(Phase::Healthy, now);
                NextProbe::Unchanged
            }
            Phase::Suspect { back_to_recovering: Some(stable_at) } => {
                self.enter(Phase::Recovering { stable_at }, now);
                NextProbe::By(now + random.between(policy.recovering_probe_low, policy.recovering_probe_high))
            }
            Phase::Failed | Phase::Probing { successes: 0 } => {
                self.enter(Phase::Probing { successes: 1 }, now);
                NextProbe::At(now + random.between(policy.second_probe_low, policy.second_probe_high))
            }
            Phase::Probing { .. } => {
                let watch = random.between(policy.stable_low, policy.stable_high);
                let watch = watch.saturating_mul(1 << self.relapses.min(16)).min(policy.stable_max);
                self.enter(Phase::Recovering { stable_at: now + watch }, now);
                NextProbe::At(now + random.between(policy.recovering_probe_low, policy.recovering_probe_high))
            }
            Phase::Recovering { stable_at } if now >= stable_at => {
                self.recovered_at = Some(now);
                self.enter(Phase::Healthy, now);
                NextProbe::Unchanged
            }
            Phase::Recovering { .. } => {
                NextProbe::By(now + random.between(policy.recovering_probe_low, policy.recovering_probe_high))
            }
        };
        if self.phase == Phase::Healthy {
            self.tries = 0;
            self.reason = None;
        }
        next
    }

    /// A request was answered, or a new episode begins: what earlier requests said against the node is void.
    pub fn clear_evidence(&mut self) {
        self.errors_in_a_row = 0;
        self.contradictions = 0;
    }

    /// A request was answered with an error, which may be that of one handler: several in a row are the node's.
    pub fn error_answered(&mut self, reason: FailureReason, cx: &mut Context<'_>) -> NextProbe {
        self.errors_in_a_row += 1;
        if self.errors_in_a_row < cx.policy.errors_until_suspect {
            return NextProbe::Unchanged;
        }
        self.request_failed(reason, cx)
    }

    /// A request of the current epoch failed. The first failure makes a suspect; the others belong to the same episode.
    pub fn request_failed(&mut self, reason: FailureReason, cx: &mut Context<'_>) -> NextProbe {
        match self.phase {
            Phase::Unknown | Phase::Healthy => self.suspect(None, reason, cx),
            Phase::Recovering { .. } | Phase::Probing { .. } => self.fail(reason, cx),
            Phase::Suspect { .. } | Phase::Failed => NextProbe::Unchanged,
        }
    }

    /// A request has had no answer for too long: the node is suspected, also while it is recovering.
    pub fn fell_silent(&mut self, cx: &mut Context<'_>) -> NextProbe {
        match self.phase {
            Phase::Unknown | Phase::Healthy => self.suspect(None, FailureReason::Silent, cx),
            Phase::Recovering { stable_at } => self.suspect(Some(stable_at), FailureReason::Silent, cx),
            Phase::Suspect { .. } | Phase::Failed | Phase::Probing { .. } => NextProbe::Unchanged,
        }
    }

    /// A health check began.
    pub fn check_started(&mut self, now: Timestamp) {
        if self.phase == Phase::Failed {
            self.enter(Phase::Probing { successes: 0 }, now);
        }
    }

    /// A health check of the current epoch, which began at `began`, was answered.
    pub fn check_succeeded(&mut self, began: Timestamp, cx: &mut Context<'_>) -> NextProbe {
        if matches!(self.phase, Phase::Suspect { .. }) {
            self.contradictions += 1;
            if self.contradictions >= cx.policy.contradictions_until_failed {
                // Its health page is well and its work is not: believe the work.
                return self.fail(self.reason.unwrap_or(FailureReason::Network), cx);
            }
        }
        self.succeeded(began, cx)
    }

    /// A health check of the current epoch failed.
    pub fn check_failed(&mut self, reason: FailureReason, cx: &mut Context<'_>) -> NextProbe {
        match self.phase {
            Phase::Unknown | Phase::Healthy => self.request_failed(reason, cx),
            _ => self.fail(reason, cx),
        }
    }

    /// A health check failed, for which the node may not be blamed.
    pub fn check_failed_blamelessly(&mut self, reason: FailureReason) {
        self.reason = Some(reason);
    }

    /// The node is failed, and a new epoch begins.
    pub fn fail(&mut self, reason: FailureReason, cx: &mut Context<'_>) -> NextProbe {
        let Context { now, policy, random } = cx;
        let now = *now;
        self.relapses = match (self.phase, self.recovered_at) {
            (Phase::Probing { .. } | Phase::Failed, _) => self.relapses,
            (Phase::Recovering { .. } | Phase::Suspect { back_to_recovering: Some(_) }, _) => self.relapses + 1,
            // Well for a short while only: the next watch is longer. Well for long: it starts again from the first.
            (_, Some(at)) if now.since(at) <= policy.stable_high.saturating_mul(2) => self.relapses + 1,
            _ => 0,
        };
        if !matches!(self.phase, Phase::Unknown | Phase::Healthy | Phase::Suspect { back_to_recovering: None }) {
            self.tries = self.tries.saturating_add(1);
        }
        self.reason = Some(reason);
        self.clear_evidence();
        self.begin_epoch();
        self.enter(Phase::Failed, now);
        let pause = policy.reprobe_first.saturating_mul(1 << self.tries.min(16)).min(policy.reprobe_max);
        NextProbe::At(now + random.between(pause / 2, pause))
    }

    /// The operator cleared its failures: it is checked again, and trusted only after that.
    pub fn reset(&mut self, cx: &mut Context<'_>) -> NextProbe {
        self.begin_epoch();
        self.tries = 0;
        self.relapses = 0;
        self.recovered_at = None;
        self.clear_evidence();
        if !matches!(self.phase, Phase::Unknown | Phase::Healthy) {
            self.enter(Phase::Suspect { back_to_recovering: None }, cx.now);
        }
        confirm(cx)
    }

    /// It was the person's network: nothing is known of the node any more, least of all that it failed.
    pub fn mark_unknown(&mut self, now: Timestamp) {
        self.begin_epoch();
        self.reason = None;
        self.clear_evidence();
        self.enter(Phase::Unknown, now);
    }

    /// Whatever is under way changes nothing about the node any more.
    pub fn begin_epoch(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
    }

    fn suspect(
        &mut self,
        back_to_recovering: Option<Timestamp>,
        reason: FailureReason,
        cx: &mut Context<'_>,
    ) -> NextProbe {
        self.reason = Some(reason);
        self.enter(Phase::Suspect { back_to_recovering }, cx.now);
        confirm(cx)
    }

    fn enter(&mut self, phase: Phase, now: Timestamp) {
        let before = self.state();
        self.phase = phase;
        if self.state() != before {
            self.since = now;
        }
    }
}

/// Soon, and not at the moment at which every client that saw the same checks.
fn confirm(cx: &mut Context<'_>) -> NextProbe {
    NextProbe::At(cx.now + cx.random.between(Duration::ZERO, cx.policy.confirm_within))
}
