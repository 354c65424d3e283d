//! Runs the tests that this node was asked for, and gives up the ones of nodes that are gone.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::config::TestConfig;
use super::load::{Load, Person, provider_id, vehicle_id};
use crate::anywhere::WriteFailure;
use crate::api::{App, Node};
use crate::auth::{self, AuthError};
use crate::clock;
use crate::store::state::{Account, Action, Caller, Command};
use crate::store::trial::{Phase, Report, Runner, Second, Trial, TrialAction};
use crate::wire::{Role, VehicleDraft};

/// What one of the people of a test does has failed when it has no answer by then.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(6);
/// A look at the tests at least this often.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How often the last figures are tried to be written; each time takes as long as a write may.
const LAST_REPORTS: usize = 3;
/// Writes under way at once while a test is prepared.
const PREPARED_AT_ONCE: usize = 16;
/// Tokens outlive their test by this.
const TOKEN_GRACE_SECS: u64 = 120;

/// Why a test could not be run.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("its people could not be made: {0}")]
    Write(#[from] WriteFailure),
    #[error("its people could not be made: answered {0}")]
    Refused(u16),
    #[error("its people have no tokens: {0}")]
    Tokens(#[from] AuthError),
    #[error("the cluster has no key to sign tokens with")]
    NoIdentity,
    #[error("a task ended: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// A test as the one who looks after it sees it.
struct Seen {
    id: String,
    runner: Runner,
    config: TestConfig,
}

impl Node {
    pub fn as_runner(&self) -> Runner {
        Runner { node: self.id, started: self.vcube.start() }
    }

    fn running_test(&self) -> Option<Seen> {
        let seen = |trial: &Trial| Seen { id: trial.id.clone(), runner: trial.runner, config: trial.config.clone() };
        self.state.read(|state| state.trial.as_deref().filter(|trial| trial.running()).map(seen))
    }

    async fn write_of_trial(&self, action: TrialAction) -> Result<u16, WriteFailure> {
        let command = Command { at_ms: clock::now_ms(), by: None, key: None, action: Action::Trial(Box::new(action)) };
        Ok(self.write_anywhere(command).await?.reply.status)
    }

    /// Until it is over: it is tried as long as the test counts as running.
    async fn end_test(&self, id: &str, phase: Phase) {
        while self.running_test().is_some_and(|test| test.id == id) {
            match self.write_of_trial(TrialAction::End { id: id.to_owned(), phase }).await {
                Ok(_) => return,
                Err(error) => tracing::info!(%error, id, "the end of a test is not written yet"),
            }
            sleep(LOOK_AGAIN).await;
        }
    }
}

/// Looks after the tests for ever: begins those of this node, ends those whose node is gone.
pub async fn look_after(app: App) {
    let mut applied = app.state.applied();
    let mut runs: JoinSet<()> = JoinSet::new();
    let mut begun = String::new();
    loop {
        // Either is fine: something was applied, or time to look again.
        let _ = timeout(LOOK_AGAIN, applied.changed()).await;
        while runs.try_join_next().is_some() {}
        let Some(test) = app.running_test() else { continue };
        if test.runner == app.as_runner() {
            if test.id != begun {
                begun.clone_from(&test.id);
                runs.spawn(run(app.clone(), test.id, test.config));
            } else if runs.is_empty() {
                app.end_test(&test.id, Phase::Failed).await;
            }
            continue;
        }
        let restarted = test.runner.node == app.id;
        let gone = app.leader() == Some(app.id) && app.diagnosis.is_faulty(test.runner.node);
        if restarted || gone {
            tracing::info!(id = test.id, node = test.runner.node, "the node that ran a test is gone");
            app.end_test(&test.id, Phase::Aborted).await;
        }
    }
}

async fn run(app: App, id: String, config: TestConfig) {
    let phase = tokio::select! {
        ended = conduct(&app, &id, &config) => ended.unwrap_or_else(|error| {
            tracing::warn!(%error, id, "a performance test failed");
            Phase::Failed
        }),
        () = told_to_stop(&app, &id) => Phase::Stopped,
    };
    app.end_test(&id, phase).await;
}

async fn conduct(app: &App, id: &str, config: &TestConfig) -> Result<Phase, RunError> {
    let people = prepare(app, id, config).await?;
    let load = Load::new(app.clone(), id.to_owned(), config.clone(), people);
    let wanted = Duration::from_secs_f64(config.test_duration_minutes * 60.0);
    let started = Instant::now();
    let mut load_tasks = JoinSet::new();
    load_tasks.spawn(load.clone().pace());
    load_tasks.spawn(load.clone().listen());
    load_tasks.spawn(load.clone().subscribe());
    let mut second = interval(Duration::from_secs(1).min(wanted));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    second.tick().await;
    load.second_over();
    let mut reporter = Reporter { app, id, load: &load, wanted, unwritten: Vec::new(), written: 0 };
    reporter.say(started.elapsed()).await;
    while started.elapsed() < wanted {
        second.tick().await;
        load.second_over();
        reporter.unwritten.push(load.tally.take_second());
        reporter.say(started.elapsed()).await;
    }
    load_tasks.shutdown().await;
    for _ in 0..LAST_REPORTS {
        if reporter.unwritten.is_empty() {
            break;
        }
        reporter.say(wanted).await;
    }
    Ok(Phase::Completed)
}

/// Returns once somebody wants the test to stop, or another node gave it up.
async fn told_to_stop(app: &Node, id: &str) {
    let mut applied = app.state.applied();
    let goes_on = || {
        let wanted = |trial: &Trial| trial.id == id && trial.running() && !trial.stopping;
        app.state.read(|state| state.trial.as_deref().is_some_and(wanted))
    };
    while goes_on() {
        let _ = timeout(LOOK_AGAIN, applied.changed()).await;
    }
}

/// Puts the progress of a test into the log.
struct Reporter<'a> {
    app: &'a Node,
    id: &'a str,
    load: &'a Load,
    wanted: Duration,
    /// Seconds that the log may not have.
    unwritten: Vec<Second>,
    /// Seconds that it has.
    written: usize,
}

impl Reporter<'_> {
    async fn say(&mut self, elapsed: Duration) {
        let share = elapsed.as_secs_f64() / self.wanted.as_secs_f64();
        let report = Report {
            id: self.id.to_owned(),
            progress: (share * 1_000.0).round().min(1_000.0) / 10.0,
            duration: (elapsed.min(self.wanted).as_secs_f64() * 10.0).round() / 10.0,
            seconds: self.unwritten.clone(),
            first: self.written,
            counts: self.load.tally.counts(),
        };
        match self.app.write_of_trial(TrialAction::Report(report)).await {
            Ok(_) => self.written += std::mem::take(&mut self.unwritten).len(),
            // The next one says it again.
            Err(error) => tracing::info!(%error, id = self.id, "the progress of a test is not written yet"),
        }
    }
}

/// Makes the providers with their vehicles and seats, and the users with their tokens.
async fn prepare(app: &App, id: &str, config: &TestConfig) -> Result<Vec<Person>, RunError> {
    let identity = app.state.read(|state| state.identity.clone()).ok_or(RunError::NoIdentity)?;
    let (mut accounts, mut vehicles, mut people) = (Vec::new(), Vec::new(), Vec::new());
    for place in 0..config.number_of_providers {
        accounts.push((None, register(person(provider_id(place), Role::Provider))));
        let by = Caller { id: provider_id(place), role: Role::Provider };
        let draft = Box::new(draft(place, config.seats_per_provider));
        vehicles.push((Some(by), Action::CreateVehicle { id: vehicle_id(place), draft }));
    }
    let ttl_secs = (config.test_duration_minutes * 60.0) as u64 + TOKEN_GRACE_SECS;
    for number in 0..config.number_of_users {
        // A name that no account outside the test can have: such a token opens nothing there.
        let account = person(format!("{id}-user-{number}"), Role::User);
        people
            .push(Person { id: account.id.clone(), token: auth::issue_token(&identity, &account.caller(), ttl_secs)? });
        accounts.push((None, register(account)));
    }
    // A vehicle is made by an account that is there.
    make(app, id, &accounts).await?;
    make(app, id, &vehicles).await?;
    Ok(people)
}

/// Has all of it done in the test, a few at a time.
async fn make(app: &App, id: &str, all: &[(Option<Caller>, Action)]) -> Result<(), RunError> {
    for part in all.chunks(PREPARED_AT_ONCE) {
        let mut writes = JoinSet::new();
        for (by, action) in part.iter().cloned() {
            let (app, action) = (app.clone(), Action::InTrial { test: id.to_owned(), action: Box::new(action) });
            let command = Command { at_ms: clock::now_ms(), by, key: None, action };
            writes.spawn(async move { app.write_anywhere(command).await });
        }
        while let Some(written) = writes.join_next().await {
            let status = written??.reply.status;
            if status != 201 {
                return Err(RunError::Refused(status));
            }
        }
    }
    Ok(())
}

fn register(account: Account) -> Action {
    Action::Register(Box::new(account))
}

/// Nobody can log in as this one: there is no password.
fn person(id: String, role: Role) -> Account {
    let (email, name) = (format!("{id}@test.invalid"), id.clone());
    let (phone, company, description) = (None, None, None);
    Account { id, email, name, role, phone, company, description, password_hash: String::new() }
}

fn draft(place: usize, seats: usize) -> VehicleDraft {
    VehicleDraft {
        name: vehicle_id(place),
        make: "Test".to_owned(),
        model: "Test".to_owned(),
        license_plate: place.to_string(),
        capacity: seats as u32,
        departure: None,
        destination: None,
        departure_time: None,
        price: None,
        published: Some(true),
        provider_id: None,
    }
}
