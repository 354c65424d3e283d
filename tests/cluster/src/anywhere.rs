//! Writes of the nodes themselves: from any node through the leader, whichever node that is.

use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use openraft::error::{ClientWriteError, RaftError};
use serde::{Deserialize, Serialize};

use crate::api::{App, Node};
use crate::peers::PeerError;
use crate::store::state::{Command, Reply};

/// How long a write is tried for.
const HOLD: Duration = Duration::from_secs(5);
/// A look at the leader at least this often while there is none.
const HOLD_STEP: Duration = Duration::from_millis(50);

/// What a write came to.
#[derive(Debug, Serialize, Deserialize)]
pub struct Written {
    pub reply: Reply,
    /// From the proposal at the leader to applied there.
    pub consensus_ms: f64,
}

/// Why a write has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteFailure {
    #[error("it was not applied: there is no leader in reach")]
    NotApplied,
    #[error("it may or may not be applied")]
    Unknown,
}

/// What the peers call.
pub fn routes() -> Router<App> {
    Router::new().route("/raft/propose", post(propose))
}

async fn propose(State(app): State<App>, Json(command): Json<Command>) -> Response {
    match app.write_here(command).await {
        Ok(written) => Json(written).into_response(),
        Err(WriteFailure::NotApplied) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(WriteFailure::Unknown) => StatusCode::GATEWAY_TIMEOUT.into_response(),
    }
}

impl Node {
    /// Puts `command` through the log, wherever the leader is.
    ///
    /// # Errors
    /// [`WriteFailure::Unknown`] only without a key: with one it is sent again until there is an answer, or no time.
    pub async fn write_anywhere(&self, command: Command) -> Result<Written, WriteFailure> {
        let deadline = Instant::now() + HOLD;
        let mut may_be_applied = false;
        loop {
            let tried = match self.leader() {
                Some(id) if id == self.id => self.write_here(command.clone()).await,
                Some(id) => self.write_there(id, &command, deadline).await,
                None => Err(WriteFailure::NotApplied),
            };
            match tried {
                Ok(written) => return Ok(written),
                Err(WriteFailure::NotApplied) => {}
                Err(WriteFailure::Unknown) => may_be_applied = true,
            }
            let again = !may_be_applied || command.key.is_some();
            if !again || Instant::now() >= deadline {
                return Err(if may_be_applied { WriteFailure::Unknown } else { WriteFailure::NotApplied });
            }
            let mut metrics = self.raft.metrics();
            // Either is fine: a change of the leader, or time to look again.
            let _ = tokio::time::timeout(HOLD_STEP, metrics.changed()).await;
        }
    }

    async fn write_here(&self, command: Command) -> Result<Written, WriteFailure> {
        self.handover.proposable().await;
        let started = Instant::now();
        match tokio::time::timeout(HOLD, self.raft.client_write(command)).await {
            Ok(Ok(done)) => {
                let took = started.elapsed();
                self.meters.consensus(took);
                Ok(Written { reply: done.data, consensus_ms: took.as_secs_f64() * 1_000.0 })
            }
            Ok(Err(RaftError::APIError(ClientWriteError::ForwardToLeader(_)))) => Err(WriteFailure::NotApplied),
            Ok(Err(_)) | Err(_) => Err(WriteFailure::Unknown),
        }
    }

    async fn write_there(&self, leader: u64, command: &Command, deadline: Instant) -> Result<Written, WriteFailure> {
        let limit = deadline.saturating_duration_since(Instant::now());
        let answered = async {
            match self.peers.post(leader, "/raft/propose", command, limit).await {
                Ok(written) => Ok(written),
                Err(PeerError::NotReached(_) | PeerError::Refused(StatusCode::SERVICE_UNAVAILABLE)) => {
                    Err(WriteFailure::NotApplied)
                }
                Err(_) => Err(WriteFailure::Unknown),
            }
        };
        let mut metrics = self.raft.metrics();
        // The leader may be stopped: as soon as there is another one its answer is not waited for.
        tokio::select! {
            outcome = answered => outcome,
            _ = metrics.wait_for(|metrics| metrics.current_leader.is_some_and(|now| now != leader)) => {
                Err(WriteFailure::Unknown)
            }
        }
    }
}
