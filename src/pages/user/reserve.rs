//! Booking the chosen seats: a key and a call for each of them, and what is said of all.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::booking::Booking;
use crate::api_service::endpoints::fleet::Seat;
use crate::api_service::endpoints::reservations::{NewReservation, Reservation};
use crate::api_service::{ActionKey, ApiError, ApiService};
use crate::components::seats::vehicle_name;
use crate::i18n::Lang;
use crate::i18n::booking::{BookingText, booking};
use crate::i18n::errors::error_text;
use crate::i18n::template::Counted;

/// So many seats are booked at a time: as many requests as a browser makes to one node.
const AT_A_TIME: usize = 6;

/// The keys of bookings whose outcome is not known, by the seat.
#[derive(Default)]
pub struct SeatKeys(BTreeMap<String, ActionKey>);

impl SeatKeys {
    fn key_for(&mut self, reservation: &NewReservation, api: ApiService) -> Arc<str> {
        self.0.entry(reservation.seat_id.clone()).or_default().key_for(reservation, api)
    }
}

/// A seat that is being booked, with the key of that.
type Wanted = (Seat, NewReservation, Arc<str>);

/// What came of the bookings of several seats.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    booked: Vec<Seat>,
    /// Somebody else was faster.
    taken: Vec<Seat>,
    /// Nobody knows.
    unknown: Vec<Seat>,
    /// Not booked, for a reason that several may share.
    failed: Vec<(ApiError, Vec<Seat>)>,
}

impl Outcome {
    fn of(results: impl IntoIterator<Item = (Seat, Result<Reservation, ApiError>)>) -> Self {
        let mut outcome = Self::default();
        for (seat, result) in results {
            match result {
                Ok(_) => outcome.booked.push(seat),
                Err(ApiError::Refused { status: 409, .. }) => outcome.taken.push(seat),
                Err(ApiError::OutcomeUnknown { .. } | ApiError::TimedOut { .. }) => outcome.unknown.push(seat),
                // The session ended: its page says so, and leads back here with the same seats.
                Err(ApiError::Unauthorized { .. } | ApiError::Cancelled) => {}
                Err(error) => match outcome.failed.iter_mut().find(|(known, _)| *known == error) {
                    Some((_, seats)) => seats.push(seat),
                    None => outcome.failed.push((error, vec![seat])),
                },
            }
        }
        outcome
    }
}

impl Booking {
    fn text(self) -> &'static BookingText {
        booking(self.words())
    }

    /// The language, which is asked for also after the page was left.
    fn words(self) -> Lang {
        self.lang.try_get_untracked().unwrap_or_default()
    }

    /// Books the chosen seats, each once, however often this is called while it lasts.
    pub fn reserve(self) {
        if self.reserving.get_untracked() {
            return;
        }
        let (vehicle, seats) = untrack(|| (self.chosen_vehicle(), self.chosen_seats()));
        let (Some(vehicle), Some(user_id), false) = (vehicle, self.session.user_id(), seats.is_empty()) else {
            return self.notices.info(self.text().choose_seat_first);
        };
        let reservation = |seat: &Seat| NewReservation {
            user_id: user_id.clone(),
            provider_id: vehicle.provider_id.clone(),
            vehicle_id: vehicle.id.clone(),
            seat_id: seat.id.clone(),
        };
        let wanted = self.keys.try_update_value(|keys| {
            let with_key = |seat: Seat| {
                let reservation = reservation(&seat);
                let key = keys.key_for(&reservation, self.api);
                (seat, reservation, key)
            };
            seats.into_iter().map(with_key).collect::<Vec<Wanted>>()
        });
        let Some(wanted) = wanted else { return };
        self.reserving.set(true);
        spawn_local(async move {
            let outcome = self.outcome_of(wanted).await;
            self.tell(outcome, vehicle_name(&vehicle)).await;
            self.reserving.try_set(false);
        });
    }

    async fn outcome_of(self, wanted: Vec<Wanted>) -> Outcome {
        let mut results = Vec::with_capacity(wanted.len());
        for some in wanted.chunks(AT_A_TIME) {
            let calls = some.iter().cloned().map(async |(seat, reservation, key)| {
                (seat, self.session.checked(self.api.reserve(reservation, &key).await))
            });
            results.extend(join_all(calls).await);
        }
        Outcome::of(results)
    }

    /// Tells what came of it. The notices outlive the page, so that a person who went on knows too.
    async fn tell(self, outcome: Outcome, vehicle: String) {
        let text = self.text();
        let Outcome { booked, taken, unknown, failed } = outcome;
        let several =
            booked.len() + taken.len() + unknown.len() + failed.iter().map(|(_, seats)| seats.len()).sum::<usize>() > 1;
        self.settled(&booked);
        self.settled(&taken);
        if !booked.is_empty() {
            self.notices.success(self.of_seats(text.booked, &booked).fill([&labels(&booked), &vehicle]));
        }
        if !taken.is_empty() {
            self.notices.error(self.of_seats(text.seat_taken, &taken).fill([&labels(&taken)]));
        }
        for (error, seats) in failed {
            let why = error_text(self.words(), &error);
            // Of a single seat it is clear which one it is.
            let which = several.then(|| self.of_seats(text.not_booked, &seats).fill([&labels(&seats), &why]));
            self.notices.error(which.unwrap_or(why));
        }
        if !unknown.is_empty() {
            self.find_out(unknown, vehicle).await;
        }
        self.refresh();
    }

    /// Looks for the seats among the person's reservations, and says what is known then.
    async fn find_out(self, seats: Vec<Seat>, vehicle: String) {
        let text = self.text();
        let Some(user) = self.session.user_id() else { return };
        let listed = match self.api.reservations_of(&user).await {
            Ok(listed) => listed.entries,
            // The session ended meanwhile: what was booked in it is nobody else's to know.
            Err(ApiError::Cancelled) => return,
            Err(_) => Vec::new(),
        };
        let (held, missing): (Vec<Seat>, Vec<Seat>) = seats.into_iter().partition(|seat| holds(&listed, &seat.id));
        if !held.is_empty() {
            self.settled(&held);
            self.notices.success(self.of_seats(text.booked_after_all, &held).fill([&labels(&held), &vehicle]));
            self.refresh();
        }
        if missing.is_empty() {
            return;
        }
        // Not there does not mean that it will not be: the write may still be on its way.
        let words = self.of_seats(text.unknown, &missing).fill([&labels(&missing), &vehicle]);
        let again = move || {
            let (seats, vehicle) = (missing.clone(), vehicle.clone());
            spawn_local(async move { self.find_out(seats, vehicle).await });
        };
        self.notices.error_with_action(words, text.check, again);
    }

    /// The outcome is known: the next booking of these seats is another action.
    fn settled(self, seats: &[Seat]) {
        self.keys.try_update_value(|keys| {
            for seat in seats {
                keys.0.remove(&seat.id);
            }
        });
        if !seats.is_empty() {
            self.let_go_of(seats);
        }
    }

    fn of_seats<const N: usize>(self, text: Counted<N>, seats: &[Seat]) -> crate::i18n::template::Template<N> {
        text.of(self.words(), seats.len())
    }
}

/// "1A, 2B".
pub fn labels(seats: &[Seat]) -> String {
    seats.iter().map(|seat| seat.label.as_str()).collect::<Vec<_>>().join(", ")
}

/// Whether one of `reservations` holds the seat.
fn holds(reservations: &[Reservation], seat_id: &str) -> bool {
    reservations.iter().any(|reservation| reservation.seat_id == seat_id && reservation.holds())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_service::endpoints::reservations::ReservationStatus;

    fn reservation(seat_id: &str, status: ReservationStatus) -> Reservation {
        let id = |text: &str| text.to_owned();
        Reservation {
            id: id("r"),
            user_id: id("u"),
            provider_id: id("p"),
            vehicle_id: id("v"),
            seat_id: id(seat_id),
            status,
            created_at: None,
        }
    }

    #[test]
    fn a_cancelled_or_rejected_reservation_holds_no_seat() {
        let list = [
            reservation("1", ReservationStatus::Cancelled),
            reservation("2", ReservationStatus::Rejected),
            reservation("3", ReservationStatus::Pending),
            reservation("4", ReservationStatus::Committed),
        ];
        let held: Vec<bool> = ["1", "2", "3", "4", "5"].iter().map(|seat| holds(&list, seat)).collect();
        assert_eq!(held, [false, false, true, true, false]);
    }

    #[test]
    fn each_seat_has_its_own_outcome_and_a_reason_that_several_share_is_said_once() {
        let seat = |id: &str| Seat { id: id.into(), vehicle_id: "v".into(), label: id.into(), available: true };
        let taken = || ApiError::Refused { status: 409, code: None, message: None };
        let results = [
            ("1A", Ok(reservation("1A", ReservationStatus::Committed))),
            ("1B", Err(taken())),
            ("1C", Err(ApiError::OutcomeUnknown { node: None })),
            ("1D", Err(ApiError::NoNodes)),
            ("2A", Err(ApiError::Cancelled)),
            ("2B", Ok(reservation("2B", ReservationStatus::Pending))),
            ("2C", Err(ApiError::NoNodes)),
            ("2D", Err(ApiError::Server { status: 500 })),
        ];
        let outcome = Outcome::of(results.map(|(id, result)| (seat(id), result)));
        assert_eq!((labels(&outcome.booked), labels(&outcome.taken)), ("1A, 2B".into(), "1B".into()));
        assert_eq!(labels(&outcome.unknown), "1C");
        let failed: Vec<String> = outcome.failed.iter().map(|(_, seats)| labels(seats)).collect();
        assert_eq!(failed, ["1D, 2C", "2D"]);
    }
}
