//! What travellers and providers see of a vehicle: its name, and its seats.

use super::unique::unique_by;
use crate::api_service::endpoints::fleet::{Seat, Vehicle};
use crate::i18n::template::isolated;

/// The seats of one vehicle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeatPlan {
    /// Empty while no vehicle is chosen.
    pub vehicle_id: String,
    /// Each once, in the order of the node's answer.
    pub seats: Vec<Seat>,
}

impl SeatPlan {
    /// The seats of the vehicle, as a node answered.
    pub fn new(vehicle_id: String, seats: Vec<Seat>) -> Self {
        Self { vehicle_id, seats: unique_by(seats, |seat| seat.id.clone()) }
    }
}

/// "Setra S 515 · AB-123-CD"; empty for a vehicle of which nothing is said.
pub fn description(vehicle: &Vehicle) -> String {
    let plate = vehicle.license_plate.as_deref().map(str::trim).filter(|plate| !plate.is_empty());
    let parts = make_and_model(vehicle).into_iter().chain(plate.map(str::to_owned));
    parts.map(|part| isolated(&part).into_owned()).collect::<Vec<_>>().join(" · ")
}

/// "Setra S 515"; `None` for a vehicle of which neither is said.
fn make_and_model(vehicle: &Vehicle) -> Option<String> {
    let parts = [&vehicle.make, &vehicle.model];
    let said: Vec<&str> = parts.into_iter().flatten().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// What a vehicle is called: its name, else its route, else its id.
pub fn vehicle_name(vehicle: &Vehicle) -> String {
    let route = match (&vehicle.departure, &vehicle.destination) {
        (Some(from), Some(to)) => Some(format!("{} → {}", isolated(from), isolated(to))),
        _ => None,
    };
    let named = Some(vehicle.name.trim()).filter(|name| !name.is_empty()).map(str::to_owned);
    route.or(named).unwrap_or_else(|| vehicle.id.clone())
}
