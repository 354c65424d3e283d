//! Health, Raft status, and what this node thinks of the others.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use openraft::ServerState;

use super::error::ApiError;
use super::extract::Admin;
use super::{App, Node};
use crate::wire::{ClusterView, Elected, Health, Peer, PeerView, RaftStatus};
use crate::{clock, diagnosis, handover};

/// The extensions of the contract that are here.
const FEATURES: [&str; 5] = ["idempotency-key", "min-index", "event-id", "cluster-view", "cluster-elect"];
/// A node that has not heard from a quorum for this long says so. Longer than an ordinary election.
const QUORUM_SILENCE: Duration = Duration::from_secs(2);

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/health", get(health))
        .route("/api/raft/status", get(status))
        .route("/api/cluster/view", get(view))
        .route("/api/cluster/elect", post(elect))
}

/// What Raft says of this node at one moment.
pub struct Standing {
    pub role: &'static str,
    pub term: u64,
    pub leader: Option<u64>,
    pub commit_index: u64,
    pub last_applied: u64,
    pub quorum: bool,
}

impl Node {
    pub fn standing(&self) -> Standing {
        let metrics = self.raft.metrics();
        let metrics = metrics.borrow();
        let role = match metrics.state {
            ServerState::Leader => "leader",
            ServerState::Follower => "follower",
            ServerState::Candidate => "candidate",
            ServerState::Learner | ServerState::Shutdown => "learner",
        };
        let alone = self.peers.len() == 1;
        // A leader that was just elected or restarted says no until its followers have answered it.
        let silence = match metrics.state {
            ServerState::Leader => metrics.millis_since_quorum_ack.map(Duration::from_millis),
            _ => metrics.current_leader.and_then(|_| self.meters.since_leader_contact()),
        };
        let last_applied = self.state.applied_index();
        Standing {
            role,
            term: metrics.current_term,
            leader: metrics.current_leader,
            commit_index: self.commit_index.load(Ordering::Relaxed).max(last_applied),
            last_applied,
            quorum: alone || silence.is_some_and(|silence| silence < QUORUM_SILENCE),
        }
    }
}

async fn health(State(app): State<App>) -> Json<Health> {
    let standing = app.standing();
    Json(Health {
        status: "UP".into(),
        features: FEATURES.map(str::to_owned).into(),
        node_id: app.id,
        cluster_id: app.state.read(|state| state.identity.as_ref().map(|identity| identity.cluster_id.clone())),
        version: env!("CARGO_PKG_VERSION").into(),
        role: standing.role.into(),
        term: standing.term,
        leader_id: standing.leader,
        commit_index: standing.commit_index,
        last_applied: standing.last_applied,
        quorum: standing.quorum,
    })
}

async fn status(State(app): State<App>) -> Json<RaftStatus> {
    let standing = app.standing();
    let others = app.public_urls.iter().filter(|(id, _)| **id != app.id);
    Json(RaftStatus {
        node_id: app.id,
        state: standing.role.to_uppercase(),
        current_term: standing.term,
        current_leader: standing.leader,
        commit_index: standing.commit_index,
        last_applied: standing.last_applied,
        peers: others.map(|(id, url)| Peer { node_id: *id, url: url.clone() }).collect(),
    })
}

/// Answers once this node leads.
async fn elect(State(app): State<App>, _: Admin) -> Result<(StatusCode, Json<Elected>), ApiError> {
    // It goes on when whoever asked has gone.
    let led = tokio::spawn(async move { handover::lead(&app).await }).await;
    let term = led.map_err(|error| ApiError::Internal(error.to_string()))??;
    Ok((StatusCode::ACCEPTED, Json(Elected { term })))
}

async fn view(State(app): State<App>) -> Json<ClusterView> {
    Json(app.cluster_view())
}

impl Node {
    /// What this node thinks of every other one now.
    pub fn cluster_view(&self) -> ClusterView {
        let standing = self.standing();
        let peer = |(id, watched): (u64, diagnosis::Watched)| PeerView {
            node_id: id,
            url: self.public_urls.get(&id).cloned().unwrap_or_default(),
            state: watched.state,
            since: clock::iso(watched.since_ms),
            counter: watched.counter,
            tested_by: watched.tested_by,
            heard_from: watched.heard_from,
            age_ms: watched.age.map(|age| age.as_millis() as u64),
            round_trip_ms: watched.round_trip_ms,
            clock_offset_ms: watched.clock_offset_ms,
        };
        ClusterView {
            node_id: self.id,
            term: standing.term,
            leader_id: standing.leader,
            quorum: standing.quorum,
            peers: self.diagnosis.all().into_iter().map(peer).collect(),
            tests: self.diagnosis.tests(),
            interval: diagnosis::TEST_EVERY.as_millis() as u64,
            broadcast: self.vcube.figures(),
        }
    }
}
