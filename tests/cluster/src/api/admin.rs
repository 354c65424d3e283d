//! Figures and lists for administrators.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use tokio::task::JoinSet;

use super::extract::Admin;
use super::{App, Node};
use crate::clock;
use crate::meters::{Timings, mean_points};
use crate::wire::{AdminStats, Point, Role, TopProvider, UserRow};

/// A peer that does not answer within this is left out.
const PEER_LIMIT: Duration = Duration::from_millis(300);

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/admin/stats", get(stats))
        .route("/api/admin/users", get(users))
        .route("/api/admin/charts/reservations-per-second", get(reservations_per_second))
        .route("/api/admin/charts/processing-time", get(processing_time))
        .route("/api/admin/charts/raft-consensus", get(raft_consensus))
        .route("/api/admin/charts/reservations-by-hour", get(reservations_by_hour))
        .route("/api/admin/charts/top-providers", get(top_providers))
}

/// What all nodes in reach measured: writes are timed on whichever node led at the time.
async fn cluster_timings(app: &Node) -> Timings {
    let mut asked = JoinSet::new();
    for peer in app.peers.others() {
        let peers = app.peers.clone();
        asked.spawn(async move { peers.get::<Timings>(peer, "/raft/timings", PEER_LIMIT).await });
    }
    let mut timings = app.meters.timings();
    while let Some(answer) = asked.join_next().await {
        match answer {
            Ok(Ok(others)) => timings.merge(others),
            Ok(Err(error)) => tracing::debug!(%error, "a peer gave no timings"),
            Err(error) => tracing::warn!(%error, "asking a peer failed"),
        }
    }
    timings
}

async fn stats(State(app): State<App>, _: Admin) -> Json<AdminStats> {
    let average_processing_time = cluster_timings(&app).await.handled.mean();
    Json(app.state.read(|state| {
        let of_role = |role| state.accounts.values().filter(|account| account.role == role).count() as u64;
        let seats = || state.vehicles.values().flat_map(|record| &record.seats);
        AdminStats {
            total_users: of_role(Role::User),
            total_providers: of_role(Role::Provider),
            total_reservations: state.reservations.len() as u64,
            total_seats: seats().count() as u64,
            available_seats: seats().filter(|seat| seat.reservation.is_none()).count() as u64,
            average_processing_time,
        }
    }))
}

async fn users(State(app): State<App>, _: Admin) -> Json<Vec<UserRow>> {
    Json(app.state.read(|state| {
        let row = |account: &crate::store::state::Account| UserRow {
            id: account.id.clone(),
            email: account.email.clone(),
            name: account.name.clone(),
            role: account.role,
        };
        state.accounts.values().map(row).collect()
    }))
}

async fn reservations_per_second(State(app): State<App>, _: Admin) -> Json<Vec<Point>> {
    Json(app.meters.charts().reservations.into())
}

async fn processing_time(State(app): State<App>, _: Admin) -> Json<Vec<Point>> {
    Json(mean_points(&cluster_timings(&app).await.processing))
}

async fn raft_consensus(State(app): State<App>, _: Admin) -> Json<Vec<Point>> {
    Json(mean_points(&cluster_timings(&app).await.consensus))
}

/// How many reservations were made in each hour of the day, UTC.
async fn reservations_by_hour(State(app): State<App>, _: Admin) -> Json<BTreeMap<u64, u64>> {
    Json(app.state.read(|state| {
        let mut hours: BTreeMap<u64, u64> = (0..24).map(|hour| (hour, 0)).collect();
        for record in state.reservations.values() {
            *hours.entry(clock::hour_of_day(record.created_ms)).or_default() += 1;
        }
        hours
    }))
}

/// The ten providers with the most reservations, most first.
async fn top_providers(State(app): State<App>, _: Admin) -> Json<Vec<TopProvider>> {
    Json(app.state.read(|state| {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for record in state.reservations.values() {
            *counts.entry(&record.provider_id).or_default() += 1;
        }
        let mut top: Vec<_> = counts
            .into_iter()
            .map(|(provider, count)| TopProvider { provider_id: provider.to_owned(), reservation_count: count })
            .collect();
        top.sort_by(|a, b| b.reservation_count.cmp(&a.reservation_count).then(a.provider_id.cmp(&b.provider_id)));
        top.truncate(10);
        top
    }))
}
