//! What this node thinks of every other one, from tests that it makes itself.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::time::{MissedTickBehavior, interval};

use crate::api::App;
use crate::clock;
use crate::peers::PeerError;
use crate::store::NodeId;
use crate::wire::PeerState;

/// Time between two tests of a peer.
const TEST_EVERY: Duration = Duration::from_secs(1);
/// A peer that has not answered by then has failed the test.
const TEST_LIMIT: Duration = Duration::from_millis(500);
/// Tests failed one after the other that make a peer faulty; before that it is suspect.
const FAULTY_AFTER: u32 = 3;

/// What the tests of one peer came to.
#[derive(Clone, Copy, Debug)]
pub struct Watched {
    pub state: PeerState,
    /// Epoch milliseconds of the last change of the state.
    pub since_ms: u64,
    /// Of the last test, in milliseconds; nothing when it failed.
    pub round_trip_ms: Option<f64>,
    misses: u32,
}

/// The peers as this node sees them.
pub struct Diagnosis(Mutex<BTreeMap<NodeId, Watched>>);

impl Diagnosis {
    pub fn new(peers: impl Iterator<Item = NodeId>) -> Self {
        let unknown = Watched { state: PeerState::Unknown, since_ms: clock::now_ms(), round_trip_ms: None, misses: 0 };
        Self(Mutex::new(peers.map(|peer| (peer, unknown)).collect()))
    }

    fn watched(&self) -> MutexGuard<'_, BTreeMap<NodeId, Watched>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub fn all(&self) -> BTreeMap<NodeId, Watched> {
        self.watched().clone()
    }

    pub fn is_faulty(&self, peer: NodeId) -> bool {
        self.watched().get(&peer).is_some_and(|watched| watched.state == PeerState::Faulty)
    }

    /// Takes note of a test: its round trip, or nothing when it failed.
    fn tested(&self, peer: NodeId, round_trip: Option<Duration>) {
        let mut all = self.watched();
        let Some(watched) = all.get_mut(&peer) else { return };
        watched.round_trip_ms = round_trip.map(|took| took.as_secs_f64() * 1_000.0);
        watched.misses = if round_trip.is_some() { 0 } else { watched.misses + 1 };
        let state = match watched.misses {
            0 => PeerState::Correct,
            misses if misses < FAULTY_AFTER => PeerState::Suspect,
            _ => PeerState::Faulty,
        };
        if state != watched.state {
            tracing::info!(peer, ?state, "the diagnosis of a peer changed");
            (watched.state, watched.since_ms) = (state, clock::now_ms());
        }
    }
}

/// Who answers.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pong {
    node_id: NodeId,
}

/// What the peers call.
pub fn routes() -> Router<App> {
    Router::new().route("/raft/ping", get(pong))
}

async fn pong(State(app): State<App>) -> Json<Pong> {
    Json(Pong { node_id: app.id })
}

/// Tests one peer for ever.
pub async fn test(app: App, peer: NodeId) {
    let mut every = interval(TEST_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        let started = Instant::now();
        let answered: Result<Pong, PeerError> = app.peers.get(peer, "/raft/ping", TEST_LIMIT).await;
        let passed = answered.is_ok_and(|pong| pong.node_id == peer);
        app.diagnosis.tested(peer, passed.then(|| started.elapsed()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_miss_makes_suspect_three_make_faulty_and_one_answer_makes_correct() {
        let diagnosis = Diagnosis::new([1].into_iter());
        let state = |diagnosis: &Diagnosis| diagnosis.all().get(&1).map(|watched| watched.state);
        assert_eq!(state(&diagnosis), Some(PeerState::Unknown));
        let expected = [PeerState::Suspect, PeerState::Suspect, PeerState::Faulty, PeerState::Faulty];
        for expected in expected {
            diagnosis.tested(1, None);
            assert_eq!(state(&diagnosis), Some(expected));
        }
        assert!(diagnosis.is_faulty(1) && !diagnosis.is_faulty(2));
        diagnosis.tested(1, Some(Duration::from_micros(1_500)));
        assert_eq!(state(&diagnosis), Some(PeerState::Correct));
        assert_eq!(diagnosis.all().get(&1).and_then(|watched| watched.round_trip_ms), Some(1.5));
    }
}
