//! Booking, listing and cancelling.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, put};
use axum::{Json, Router};

use super::App;
use super::error::ApiError;
use super::extract::{Body, LoggedIn};
use super::write::Write;
use crate::auth;
use crate::store::state::{Action, ReservationRecord};
use crate::wire::{NewReservation, Reservation, Role};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/reservations/", get(list).post(reserve))
        .route("/reservations", get(list).post(reserve))
        .route("/reservations/byUser/{user}", get(by_user))
        .route("/reservations/{id}/cancel", put(cancel))
        .route("/reservations/{id}", axum::routing::delete(delete))
}

/// The reservations that `wanted` picks, newest first.
fn listed(app: &App, wanted: impl Fn(&ReservationRecord) -> bool) -> Json<Vec<Reservation>> {
    Json(app.state.read(|state| {
        let mut found: Vec<_> = state.reservations.values().filter(|record| wanted(record)).collect();
        found.sort_by(|a, b| (b.created_ms, &b.id).cmp(&(a.created_ms, &a.id)));
        found.into_iter().map(ReservationRecord::view).collect()
    }))
}

/// All of them for an administrator, those of their vehicles for a provider.
async fn list(State(app): State<App>, LoggedIn(caller): LoggedIn) -> Result<Json<Vec<Reservation>>, ApiError> {
    match caller.role {
        Role::Admin => Ok(listed(&app, |_| true)),
        Role::Provider => Ok(listed(&app, |record| record.provider_id == caller.id)),
        Role::User | Role::Researcher => Err(ApiError::Forbidden),
    }
}

async fn by_user(
    State(app): State<App>,
    LoggedIn(caller): LoggedIn,
    Path(user): Path<String>,
) -> Result<Json<Vec<Reservation>>, ApiError> {
    if caller.role != Role::Admin && caller.id != user {
        return Err(ApiError::Forbidden);
    }
    Ok(listed(&app, |record| record.user_id == user))
}

async fn reserve(
    State(app): State<App>,
    write: Write,
    LoggedIn(caller): LoggedIn,
    Body(wanted): Body<NewReservation>,
) -> Result<Response, ApiError> {
    let action = Action::Reserve { id: auth::random_id("r-"), wanted: Box::new(wanted) };
    app.propose(write, Some(caller), action).await
}

async fn cancel(
    State(app): State<App>,
    write: Write,
    LoggedIn(caller): LoggedIn,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    app.propose(write, Some(caller), Action::CancelReservation { id }).await
}

async fn delete(
    State(app): State<App>,
    write: Write,
    LoggedIn(caller): LoggedIn,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    app.propose(write, Some(caller), Action::DeleteReservation { id }).await
}
