//! Performance tests: asked for, stopped and read on any node.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::App;
use super::error::ApiError;
use super::extract::{Body, Researcher};
use super::write::Write;
use crate::performance::config::{OutOfBounds, WantedPreset, WantedSubscriptions, WantedTest};
use crate::store::state::Action;
use crate::store::trial::{Figures, Phase, Trial, TrialAction};
use crate::{auth, clock};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/performance-test/run", post(run))
        .route("/api/performance-test/quick-test", post(quick))
        .route("/api/performance-test/stress-test", post(stress))
        .route("/api/performance-test/stop", post(stop))
        .route("/api/performance-test/status", get(status))
        .route("/api/performance-test/current-results", get(results))
        .route("/api/performance-test/subscriptions/start", post(subscribe))
        .route("/api/performance-test/subscriptions/stop", post(unsubscribe))
        .route("/api/performance-test/subscriptions/metrics", get(subscriptions))
}

impl From<OutOfBounds> for ApiError {
    fn from(error: OutOfBounds) -> Self {
        Self::OutOfBounds(error.to_string())
    }
}

/// This node leads, or the write would not be here: it will run the test.
async fn start(app: &App, write: Write, by: Researcher, wanted: WantedTest) -> Result<Response, ApiError> {
    let config = wanted.checked(app.peers.len())?;
    let start = TrialAction::Start { id: auth::random_id("pt-"), runner: app.as_runner(), config };
    app.propose(write, Some(by.0), Action::Trial(Box::new(start))).await
}

async fn run(
    State(app): State<App>,
    write: Write,
    by: Researcher,
    Body(wanted): Body<WantedTest>,
) -> Result<Response, ApiError> {
    start(&app, write, by, wanted).await
}

type PresetQuery = Result<Query<WantedPreset>, QueryRejection>;

fn preset(query: PresetQuery) -> Result<WantedPreset, ApiError> {
    query.map(|Query(preset)| preset).map_err(|error| ApiError::Invalid(format!("The query: {error}.")))
}

async fn quick(State(app): State<App>, write: Write, by: Researcher, query: PresetQuery) -> Result<Response, ApiError> {
    let wanted = WantedTest::quick(preset(query)?, app.peers.len());
    start(&app, write, by, wanted).await
}

async fn stress(
    State(app): State<App>,
    write: Write,
    by: Researcher,
    query: PresetQuery,
) -> Result<Response, ApiError> {
    let wanted = WantedTest::stress(preset(query)?, app.peers.len());
    start(&app, write, by, wanted).await
}

async fn stop(State(app): State<App>, write: Write, by: Researcher) -> Result<Response, ApiError> {
    app.propose(write, Some(by.0), Action::Trial(Box::new(TrialAction::Stop))).await
}

async fn status(State(app): State<App>, _: Researcher) -> Json<Value> {
    Json(app.state.read(|state| match &state.trial {
        None => json!({ "running": false }),
        Some(trial) => json!({
            "running": trial.running(),
            "testId": trial.id,
            "progress": trial.progress,
            "phase": trial.phase,
            "stopping": trial.stopping && trial.running(),
            "startedAt": clock::iso(trial.started_ms),
            "node": trial.runner.node,
        }),
    }))
}

/// What the test that runs, or ran last, measured; with nothing in it when there was none.
async fn results(State(app): State<App>, _: Researcher) -> Json<Value> {
    Json(app.state.read(|state| match state.trial.as_deref() {
        Some(trial) => shown(trial),
        None => json!({
            "testId": null,
            "configuration": null,
            "completed": false,
            "duration": null,
            "metrics": metrics(&Figures::default()),
        }),
    }))
}

fn shown(trial: &Trial) -> Value {
    json!({
        "testId": trial.id,
        "configuration": trial.config,
        // Stopped or aborted tests are not: `phase` tells.
        "completed": trial.phase == Phase::Completed,
        "duration": trial.figures.duration,
        "phase": trial.phase,
        "startedAt": clock::iso(trial.started_ms),
        "node": trial.runner.node,
        "counts": trial.figures.counts,
        "metrics": metrics(&trial.figures),
    })
}

/// Percents of nothing are null.
fn metrics(figures: &Figures) -> Value {
    let counts = &figures.counts;
    let percent = |part: u64, of: u64| (of > 0).then(|| (part as f64 * 10_000.0 / of as f64).round() / 100.0);
    json!({
        "vcubeLatency": figures.vcube_latency,
        "raftConsensusTime": figures.raft_consensus_time,
        "throughput": figures.throughput,
        "successRate": percent(counts.committed, counts.attempted),
        "conflictRate": percent(counts.conflicts, counts.attempted),
        "hotProducerEfficiency": percent(counts.hot_committed, counts.hot_attempted),
        "securityValidations": counts.security_validations,
    })
}

async fn subscribe(
    State(app): State<App>,
    write: Write,
    by: Researcher,
    Body(wanted): Body<WantedSubscriptions>,
) -> Result<Response, ApiError> {
    let config = wanted.checked()?;
    app.propose(write, Some(by.0), Action::Subscribe(Some((auth::random_id("s-"), config)))).await
}

async fn unsubscribe(State(app): State<App>, write: Write, by: Researcher) -> Result<Response, ApiError> {
    app.propose(write, Some(by.0), Action::Subscribe(None)).await
}

async fn subscriptions(State(app): State<App>, _: Researcher) -> Json<Value> {
    let Some(wanted) = app.state.read(|state| state.subscriptions.clone()) else {
        return Json(json!({ "active": false, "subscriptionCount": 0, "deliveredCount": 0 }));
    };
    let told = app.told_to_subscribers().await;
    Json(json!({
        "active": true,
        "subscriptionCount": told.subscribers,
        "deliveredCount": told.told,
        "startedAt": clock::iso(wanted.started_ms),
        "configuration": wanted.config,
    }))
}
