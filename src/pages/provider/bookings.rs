//! Reservations on the provider's vehicles, with the labels of their seats.

use futures_util::future::join_all;
use leptos::prelude::*;

use crate::api_service::endpoints::reservations::Reservation;
use crate::api_service::{ApiError, ApiService};
use crate::components::reservations::newest_first;

/// A reservation with the label of its seat.
#[derive(Clone, Debug, PartialEq)]
pub struct SeatBooking {
    pub reservation: Reservation,
    pub seat: String,
}

/// Labels that were looked up before, by vehicle and seat: each is asked for once.
#[derive(Clone, Default)]
pub struct SeatLabels(Vec<SeatLabel>);

#[derive(Clone)]
struct SeatLabel {
    vehicle: String,
    seat: String,
    label: String,
}

impl SeatLabels {
    fn of(&self, reservation: &Reservation) -> Option<&str> {
        let is = |known: &&SeatLabel| known.vehicle == reservation.vehicle_id && known.seat == reservation.seat_id;
        self.0.iter().find(is).map(|known| known.label.as_str())
    }
}

/// `reservations`, newest first, with their labels. A seat that is no longer there keeps its id.
pub async fn labelled(
    api: ApiService,
    labels: StoredValue<SeatLabels, LocalStorage>,
    reservations: Vec<Reservation>,
) -> Vec<SeatBooking> {
    let mut known = labels.try_get_value().unwrap_or_default();
    let mut missing: Vec<&str> =
        reservations.iter().filter(|r| known.of(r).is_none()).map(|r| r.vehicle_id.as_str()).collect();
    missing.sort_unstable();
    missing.dedup();
    let found = join_all(missing.into_iter().map(|vehicle| async move { (vehicle, api.own_seats(vehicle).await) }));
    for (vehicle, seats) in found.await {
        let seats = match seats {
            Ok(seats) => seats.entries,
            // The vehicle is gone: that will not change.
            Err(ApiError::Refused { .. }) => Vec::new(),
            // Asked again with the next refresh.
            Err(_) => continue,
        };
        let of_vehicle = reservations.iter().filter(|reservation| reservation.vehicle_id == vehicle);
        let new: Vec<SeatLabel> = of_vehicle
            .filter(|reservation| known.of(reservation).is_none())
            .map(|reservation| {
                let seat = &reservation.seat_id;
                let label = seats.iter().find(|known| known.id == *seat).map_or(seat, |known| &known.label);
                SeatLabel { vehicle: vehicle.to_owned(), seat: seat.clone(), label: label.clone() }
            })
            .collect();
        known.0.extend(new);
    }
    labels.try_set_value(known.clone());
    let label = |reservation: &Reservation| known.of(reservation).unwrap_or(&reservation.seat_id).to_owned();
    newest_first(reservations)
        .into_iter()
        .map(|reservation| SeatBooking { seat: label(&reservation), reservation })
        .collect()
}

/// How many different seats of each vehicle are held by a reservation.
pub fn taken_seats(bookings: &[SeatBooking]) -> Vec<(String, u32)> {
    let held = bookings.iter().map(|booked| &booked.reservation).filter(|reservation| reservation.holds());
    let mut seats: Vec<(&str, &str)> = held.map(|held| (held.vehicle_id.as_str(), held.seat_id.as_str())).collect();
    seats.sort_unstable();
    seats.dedup();
    let mut taken: Vec<(String, u32)> = Vec::new();
    for (vehicle, _) in seats {
        match taken.last_mut().filter(|(last, _)| last == vehicle) {
            Some((_, count)) => *count += 1,
            None => taken.push((vehicle.to_owned(), 1)),
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_service::endpoints::reservations::ReservationStatus;

    fn booked(vehicle: &str, seat: &str, status: ReservationStatus) -> SeatBooking {
        let text = |text: &str| text.to_owned();
        let reservation = Reservation {
            id: text("r"),
            user_id: text("u"),
            provider_id: text("p"),
            vehicle_id: text(vehicle),
            seat_id: text(seat),
            status,
            created_at: None,
        };
        SeatBooking { reservation, seat: text(seat) }
    }

    #[test]
    fn a_seat_counts_once_and_only_while_it_is_held() {
        use ReservationStatus::{Cancelled, Committed, Pending, Rejected};
        let bookings = [
            booked("b", "1", Committed),
            booked("a", "1", Committed),
            booked("a", "1", Pending),
            booked("a", "2", Pending),
            booked("a", "3", Cancelled),
            booked("c", "1", Rejected),
        ];
        assert_eq!(taken_seats(&bookings), [("a".to_owned(), 2), ("b".to_owned(), 1)]);
    }
}
