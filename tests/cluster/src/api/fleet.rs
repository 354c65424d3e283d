//! Providers, vehicles and seats.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};

use super::App;
use super::error::ApiError;
use super::extract::{Body, LoggedIn};
use super::write::Write;
use crate::auth;
use crate::store::checks;
use crate::store::state::{Action, Caller, State as Agreed, VehicleRecord};
use crate::wire::{Provider, Role, Seat, Vehicle, VehicleDraft};

const NO_SUCH_VEHICLE: ApiError = ApiError::NotFound("There is no such vehicle.");

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/integrated/providers", get(providers))
        .route("/api/integrated/providers/{id}/vehicles", get(vehicles_of))
        .route("/api/integrated/vehicles", get(vehicles).post(create))
        .route("/api/integrated/vehicles/{id}", get(vehicle).put(update).delete(delete))
        .route("/api/integrated/vehicles/{id}/seats", get(seats))
        .route("/api/integrated/vehicles/{id}/publish", post(publish))
        .route("/api/integrated/vehicles/{id}/unpublish", post(unpublish))
}

/// With what only people who are logged in may know of them, for those.
async fn providers(State(app): State<App>, caller: Option<LoggedIn>) -> Json<Vec<Provider>> {
    let known = |text: &Option<String>| text.clone().filter(|_| caller.is_some());
    Json(app.state.read(|state| {
        let providers = state.accounts.values().filter(|account| account.role == Role::Provider);
        let view = |account: &crate::store::state::Account| Provider {
            id: account.id.clone(),
            name: account.name.clone(),
            email: known(&Some(account.email.clone())),
            role: account.role,
            phone_number: known(&account.phone),
            company_name: account.company.clone(),
        };
        providers.map(view).collect()
    }))
}

/// Whether `caller` may see this vehicle: what is not published is seen by its provider and by administrators.
fn visible(record: &VehicleRecord, caller: Option<&LoggedIn>) -> bool {
    let inside = |caller: &Caller| caller.role == Role::Admin || caller.id == record.vehicle.provider_id;
    record.vehicle.published || caller.is_some_and(|caller| inside(&caller.0))
}

/// The vehicles that `wanted` picks, the first to leave first.
fn listed(state: &Agreed, wanted: impl Fn(&VehicleRecord) -> bool) -> Vec<Vehicle> {
    let mut found: Vec<_> =
        state.vehicles.values().filter(|record| wanted(record)).map(|record| record.vehicle.clone()).collect();
    found.sort_by(|a, b| (&a.departure_time, &a.id).cmp(&(&b.departure_time, &b.id)));
    found
}

async fn vehicles(State(app): State<App>) -> Json<Vec<Vehicle>> {
    Json(app.state.read(|state| listed(state, |record| record.vehicle.published)))
}

async fn vehicles_of(
    State(app): State<App>,
    caller: Option<LoggedIn>,
    Path(provider): Path<String>,
) -> Result<Json<Vec<Vehicle>>, ApiError> {
    app.state.read(|state| {
        if !state.accounts.get(&provider).is_some_and(|account| account.role == Role::Provider) {
            return Err(ApiError::NotFound("There is no such provider."));
        }
        let of_provider = |record: &VehicleRecord| record.vehicle.provider_id == provider;
        Ok(Json(listed(state, |record| of_provider(record) && visible(record, caller.as_ref()))))
    })
}

async fn vehicle(
    State(app): State<App>,
    caller: Option<LoggedIn>,
    Path(id): Path<String>,
) -> Result<Json<Vehicle>, ApiError> {
    app.state.read(|state| {
        let record = state.vehicles.get(&id).filter(|record| visible(record, caller.as_ref()));
        record.map(|record| Json(record.vehicle.clone())).ok_or(NO_SUCH_VEHICLE)
    })
}

async fn seats(
    State(app): State<App>,
    caller: Option<LoggedIn>,
    Path(id): Path<String>,
) -> Result<Json<Vec<Seat>>, ApiError> {
    app.state.read(|state| {
        let record = state.vehicles.get(&id).filter(|record| visible(record, caller.as_ref()));
        let seats = record.ok_or(NO_SUCH_VEHICLE)?.seats.iter().map(|seat| Seat {
            id: seat.id.clone(),
            vehicle_id: id.clone(),
            label: seat.label.clone(),
            available: seat.reservation.is_none(),
        });
        Ok(Json(seats.collect()))
    })
}

fn provider(caller: LoggedIn) -> Result<Caller, ApiError> {
    if caller.0.role == Role::Provider { Ok(caller.0) } else { Err(ApiError::Forbidden) }
}

fn checked(draft: VehicleDraft, by: &Caller) -> Result<Box<VehicleDraft>, ApiError> {
    checks::vehicle(&draft)?;
    if draft.provider_id.as_ref().is_some_and(|provider| *provider != by.id) {
        return Err(ApiError::Forbidden);
    }
    Ok(Box::new(draft))
}

async fn create(
    State(app): State<App>,
    write: Write,
    caller: LoggedIn,
    Body(draft): Body<VehicleDraft>,
) -> Result<Response, ApiError> {
    let by = provider(caller)?;
    let draft = checked(draft, &by)?;
    app.propose(write, Some(by), Action::CreateVehicle { id: auth::random_id("v-"), draft }).await
}

async fn update(
    State(app): State<App>,
    write: Write,
    caller: LoggedIn,
    Path(id): Path<String>,
    Body(draft): Body<VehicleDraft>,
) -> Result<Response, ApiError> {
    let by = provider(caller)?;
    let draft = checked(draft, &by)?;
    app.propose(write, Some(by), Action::UpdateVehicle { id, draft }).await
}

async fn delete(
    State(app): State<App>,
    write: Write,
    caller: LoggedIn,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    app.propose(write, Some(provider(caller)?), Action::DeleteVehicle { id }).await
}

async fn publish(
    State(app): State<App>,
    write: Write,
    caller: LoggedIn,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    app.propose(write, Some(provider(caller)?), Action::SetPublished { id, published: true }).await
}

async fn unpublish(
    State(app): State<App>,
    write: Write,
    caller: LoggedIn,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    app.propose(write, Some(provider(caller)?), Action::SetPublished { id, published: false }).await
}
