//! What this node measured.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};

use super::{App, Node};
use crate::clock;
use crate::meters::mean_points;
use crate::wire::{Dashboard, Point, RaftMetrics, ReservationMetrics};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/metrics/raft/current", get(raft))
        .route("/api/metrics/reservations/current", get(reservations))
        .route("/api/metrics/dashboard", get(dashboard))
        .route("/api/metrics/raft/chart-data", get(raft_chart))
        .route("/api/metrics/reservations/chart-data", get(reservations_chart))
        .route("/api/metrics/throughput/history", get(throughput))
        .route("/api/metrics/latency/history", get(latency))
        .route("/api/metrics/vcube/overhead/history", get(overhead))
        .route("/api/metrics/vcube/compaction/history", get(compaction))
}

impl Node {
    pub fn raft_metrics(&self) -> RaftMetrics {
        let standing = self.standing();
        RaftMetrics {
            current_term: standing.term,
            current_leader: standing.leader,
            node_state: standing.role.to_uppercase(),
            vote_request_count: self.meters.vote_request_count(),
            append_entries_count: self.meters.append_entries_count(),
            leader_election_count: self.meters.election_count(),
            timestamp: clock::now_ms(),
        }
    }
}

async fn raft(State(app): State<App>) -> Json<RaftMetrics> {
    Json(app.raft_metrics())
}

async fn reservations(State(app): State<App>) -> Json<ReservationMetrics> {
    Json(app.meters.reservation_metrics())
}

async fn dashboard(State(app): State<App>) -> Json<Dashboard> {
    Json(Dashboard { raft: app.raft_metrics(), reservations: app.meters.reservation_metrics() })
}

async fn raft_chart(State(app): State<App>) -> Json<Vec<Point>> {
    Json(mean_points(&app.meters.timings().consensus))
}

async fn reservations_chart(State(app): State<App>) -> Json<Vec<Point>> {
    Json(app.meters.charts().reservations.into())
}

async fn throughput(State(app): State<App>) -> Json<Vec<f64>> {
    Json(app.meters.charts().throughput.iter().map(|point| point.value).collect())
}

/// Milliseconds from broadcast to delivery of the last messages delivered here.
async fn latency(State(app): State<App>) -> Json<Vec<f64>> {
    Json(app.vcube.latency_history())
}

/// Percent of the bytes sent to the other nodes that are causal metadata, for each second in which a message was sent.
async fn overhead(State(app): State<App>) -> Json<Vec<f64>> {
    Json(app.vcube.overhead_history())
}

/// Entries removed at each compaction of this node's log.
async fn compaction(State(app): State<App>) -> Json<Vec<u64>> {
    Json(app.meters.compactions())
}
