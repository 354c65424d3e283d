//! A performance test as the cluster agrees on it: its configuration, its progress, what it measured, and a state of its
//! own in which its people book. Nothing of it is ever seen in the real state.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::NodeId;
use super::checks::Rules;
use super::state::{Command, Effect, Reply, State};
use crate::performance::config::{SubscriptionConfig, TestConfig};

/// Figures kept of each kind: one a second over the longest test.
pub(super) const SECONDS_KEPT: usize = 1_800;

/// Where a test is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Its people, vehicles and seats are made.
    Preparing,
    Running,
    /// It ran for the time that was asked.
    Completed,
    /// Somebody stopped it.
    Stopped,
    /// The node that ran it is gone. What was measured until then is there.
    Aborted,
    /// It could not be run.
    Failed,
}

impl Phase {
    pub fn over(self) -> bool {
        !matches!(self, Self::Preparing | Self::Running)
    }
}

/// The process that runs a test: a node that was started again is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runner {
    pub node: NodeId,
    /// Which start of the node it is.
    pub started: u64,
}

/// Counted since the load began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Bookings that came to an end.
    pub attempted: u64,
    pub committed: u64,
    /// Refused because somebody else had the seat.
    pub conflicts: u64,
    /// Neither committed nor refused for the seat: no leader, no answer, another refusal.
    pub failed: u64,
    /// Seats given back, so that there are some to book.
    pub freed: u64,
    /// Bookings sent again because their answer was lost on purpose.
    pub retried: u64,
    /// Bookings that came to an end at hot providers, and those of them that were committed.
    pub hot_attempted: u64,
    pub hot_committed: u64,
    /// Tokens that were checked.
    pub security_validations: u64,
    pub subscriptions: u64,
    /// Reservations told to subscribers.
    pub told_to_subscribers: u64,
}

/// What one second came to. A mean of nothing is nothing.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Second {
    pub consensus_ms: Option<f64>,
    pub vcube_ms: Option<f64>,
    /// Writes committed for the test.
    pub committed: f64,
}

/// What a test measured.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Mean milliseconds of a write through Raft, of each second with any.
    pub raft_consensus_time: VecDeque<f64>,
    /// Mean milliseconds of a causal delivery at the node that runs the test, of each second with any.
    pub vcube_latency: VecDeque<f64>,
    /// Writes committed in each second.
    pub throughput: VecDeque<f64>,
    pub counts: Counts,
    /// Of the load, in seconds.
    pub duration: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trial {
    pub id: String,
    pub runner: Runner,
    pub config: TestConfig,
    pub started_ms: u64,
    pub phase: Phase,
    pub stopping: bool,
    /// Percent of the asked time.
    pub progress: f64,
    pub figures: Figures,
    /// Seconds reported so far.
    reported: usize,
    sandbox: Option<Box<State>>,
}

/// What becomes of a test. None of it counts as throughput but what its people do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum TrialAction {
    Start {
        id: String,
        runner: Runner,
        config: TestConfig,
    },
    Report(Report),
    /// The runner will end it.
    Stop,
    End {
        id: String,
        phase: Phase,
    },
}

/// What the runner says once a second.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    pub id: String,
    pub progress: f64,
    pub duration: f64,
    /// Those that the log may not have yet, and the number of the first of them, counted from 0.
    pub seconds: Vec<Second>,
    pub first: usize,
    pub counts: Counts,
}

/// Subscriptions beside any test, as the cluster agrees on them; each node runs its share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subscriptions {
    pub id: String,
    pub config: SubscriptionConfig,
    pub started_ms: u64,
}

fn keep(figures: &mut VecDeque<f64>, figure: Option<f64>) {
    // Thousandths are enough, and shorter in the log.
    figures.extend(figure.map(|figure| (figure * 1_000.0).round() / 1_000.0));
    if figures.len() > SECONDS_KEPT {
        figures.pop_front();
    }
}

impl Trial {
    pub fn running(&self) -> bool {
        !self.phase.over()
    }

    fn report(&mut self, report: Report) {
        self.phase = Phase::Running;
        self.progress = report.progress;
        self.figures.duration = report.duration;
        self.figures.counts = report.counts;
        // A report whose outcome was not known is sent again: nothing of it may count twice.
        for second in report.seconds.into_iter().skip(self.reported.saturating_sub(report.first)) {
            self.reported += 1;
            keep(&mut self.figures.raft_consensus_time, second.consensus_ms);
            keep(&mut self.figures.vcube_latency, second.vcube_ms);
            keep(&mut self.figures.throughput, Some(second.committed));
        }
    }
}

impl State {
    /// Applies what one of the people of a test does, in the state of that test.
    pub(super) fn in_trial(&mut self, index: u64, test: &str, command: Command) -> Reply {
        let trial = self.trial.as_mut().filter(|trial| trial.id == test && trial.running());
        let Some(sandbox) = trial.and_then(|trial| trial.sandbox.as_mut()) else {
            return Reply::refused(409, "test_over", "This performance test is over.");
        };
        let mut reply = sandbox.apply_under(Rules::Trial, index, command);
        if reply.effect != Effect::Nothing {
            reply.effect = Effect::Tried;
        }
        reply
    }

    pub(super) fn trial_action(&mut self, at_ms: u64, action: TrialAction) -> Reply {
        let running = self.trial.as_mut().filter(|trial| trial.running());
        match (action, running) {
            (TrialAction::Start { .. }, Some(_)) => {
                Reply::refused(409, "test_running", "A performance test is running; stop it first, or wait for it.")
            }
            (TrialAction::Start { id, runner, config }, None) => self.start_trial(at_ms, id, runner, config),
            (TrialAction::Report(report), Some(trial)) if trial.id == report.id => {
                trial.report(report);
                Reply::quiet(json!({}))
            }
            (TrialAction::Stop, running) => {
                let id = running.map(|trial| {
                    trial.stopping = true;
                    trial.id.clone()
                });
                Reply::quiet(json!({ "stopped": id.is_some(), "testId": id }))
            }
            (TrialAction::End { id, phase }, Some(trial)) if trial.id == id => {
                trial.phase = phase;
                if phase == Phase::Completed {
                    trial.progress = 100.0;
                }
                trial.sandbox = None;
                Reply::quiet(json!({}))
            }
            (TrialAction::Report(_) | TrialAction::End { .. }, _) => {
                Reply::refused(409, "test_over", "This performance test is over.")
            }
        }
    }

    fn start_trial(&mut self, at_ms: u64, id: String, runner: Runner, config: TestConfig) -> Reply {
        let reply = Reply::quiet(json!({ "testId": id, "running": true, "configuration": config }));
        self.trial = Some(Box::new(Trial {
            id,
            runner,
            config,
            started_ms: at_ms,
            phase: Phase::Preparing,
            stopping: false,
            progress: 0.0,
            figures: Figures::default(),
            reported: 0,
            sandbox: Some(Box::default()),
        }));
        reply
    }

    pub(super) fn set_subscriptions(&mut self, at_ms: u64, wanted: Option<(String, SubscriptionConfig)>) -> Reply {
        self.subscriptions = wanted.map(|(id, config)| Subscriptions { id, config, started_ms: at_ms });
        Reply::quiet(json!({ "active": self.subscriptions.is_some() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::performance::config::{WantedPreset, WantedTest};

    #[test]
    fn a_report_that_is_sent_again_counts_once_and_one_of_another_test_not_at_all() {
        let size = WantedPreset { providers: None, seats_per_provider: None, nodes: None, users: None };
        let Ok(config) = WantedTest::quick(size, 1).checked(1) else { panic!("the preset") };
        let (id, runner) = ("a".to_owned(), Runner { node: 0, started: 1 });
        let mut state = State::default();
        state.trial_action(0, TrialAction::Start { id, runner, config });
        let mut say = |id: &str, first: usize, committed: &[f64]| {
            let second = |committed: &f64| Second { consensus_ms: None, vcube_ms: None, committed: *committed };
            let seconds = committed.iter().map(second).collect();
            let (id, counts) = (id.to_owned(), Counts::default());
            let report = Report { id, progress: 1.0, duration: 1.0, seconds, first, counts };
            state.trial_action(0, TrialAction::Report(report)).status
        };
        let statuses = [say("a", 0, &[]), say("a", 0, &[1.0]), say("a", 0, &[1.0, 2.0]), say("b", 2, &[9.0])];
        assert_eq!(statuses, [200, 200, 200, 409]);
        assert_eq!(say("a", 2, &[3.0]), 200);
        let throughput = state.trial.map(|trial| trial.figures.throughput).unwrap_or_default();
        assert_eq!(throughput, [1.0, 2.0, 3.0]);
    }
}
