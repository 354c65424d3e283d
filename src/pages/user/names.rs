//! The names of what a person has booked.

use futures_util::future::join_all;
use leptos::prelude::*;

use crate::api_service::ApiService;
use crate::api_service::endpoints::reservations::Reservation;
use crate::components::reservations::newest_first;
use crate::components::seats::{description, vehicle_name};

/// A reservation with the names of what is reserved.
#[derive(Clone, Debug, PartialEq)]
pub struct BookedSeat {
    pub reservation: Reservation,
    pub vehicle: String,
    /// Make, model and plate.
    pub details: String,
    pub seat: String,
}

/// Names that were looked up before: they do not change while the page is open.
#[derive(Clone, Default)]
pub struct Names(Vec<VehicleNames>);

#[derive(Clone)]
struct VehicleNames {
    id: String,
    name: String,
    details: String,
    /// Id and label.
    seats: Vec<(String, String)>,
}

/// `reservations`, newest first, with the names of their vehicles and seats. What cannot be looked up keeps its id.
pub async fn named(
    api: ApiService,
    names: StoredValue<Names, LocalStorage>,
    reservations: Vec<Reservation>,
) -> Vec<BookedSeat> {
    let known = names.try_get_value().unwrap_or_default();
    let mut unknown: Vec<&str> = reservations.iter().map(|reservation| reservation.vehicle_id.as_str()).collect();
    unknown.sort_unstable();
    unknown.dedup();
    unknown.retain(|id| known.0.iter().all(|vehicle| vehicle.id != *id));
    let looked_up = join_all(unknown.into_iter().map(|id| names_of(api, id))).await;
    names.try_update_value(|names| names.0.extend(looked_up.into_iter().flatten()));
    let known = names.try_get_value().unwrap_or(known);
    newest_first(reservations)
        .into_iter()
        .map(|reservation| {
            let vehicle = known.0.iter().find(|vehicle| vehicle.id == reservation.vehicle_id);
            let seat = vehicle.and_then(|vehicle| vehicle.seats.iter().find(|(id, _)| *id == reservation.seat_id));
            BookedSeat {
                vehicle: vehicle.map_or_else(|| reservation.vehicle_id.clone(), |vehicle| vehicle.name.clone()),
                details: vehicle.map(|vehicle| vehicle.details.clone()).unwrap_or_default(),
                seat: seat.map_or_else(|| reservation.seat_id.clone(), |(_, label)| label.clone()),
                reservation,
            }
        })
        .collect()
}

async fn names_of(api: ApiService, vehicle_id: &str) -> Option<VehicleNames> {
    let (vehicle, seats) = futures_util::future::join(api.vehicle(vehicle_id), api.seats(vehicle_id)).await;
    let seats = seats.ok()?.entries.into_iter().map(|seat| (seat.id, seat.label)).collect();
    let details = vehicle.as_ref().map(description).unwrap_or_default();
    let name = vehicle.map_or_else(|_| vehicle_id.to_owned(), |vehicle| vehicle_name(&vehicle));
    Some(VehicleNames { id: vehicle_id.to_owned(), name, details, seats })
}
