//! Booking a seat: the departures on offer, the seats of the chosen one, and what the person has booked.
//!
//! [`Booking`] is the container: it asks the cluster and acts. The rest shows what it holds.

use futures_util::future::join_all;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::search::{Offer, Search, Sort};
use super::surroundings::Surroundings;
use crate::api_service::endpoints::fleet::{Seat, Vehicle};
use crate::api_service::endpoints::reservations::{NewReservation, Reservation};
use crate::api_service::endpoints::wire::TimeStamp;
use crate::api_service::{ActionKey, ApiError, ApiService};
use crate::components::reservations::newest_first;
use crate::components::seats::{SeatPlan, description, vehicle_name};
use crate::components::unique::unique_by;
use crate::hooks::{Remote, use_query_value, use_remote};
use crate::i18n::booking::{BookingText, booking};
use crate::i18n::errors::error_text;
use crate::i18n::{Lang, format, use_lang};
use crate::store::notice::NoticeStore;
use crate::store::session::Session;

/// Departures rarely change.
const VEHICLES_PAUSE_MS: u32 = 30_000;
/// A seat that somebody else takes is seen as taken within this time.
const SEATS_PAUSE_MS: u32 = 5_000;
const RESERVATIONS_PAUSE_MS: u32 = 15_000;

/// A reservation with the names of what is reserved.
#[derive(Clone, Debug, PartialEq)]
pub struct BookedSeat {
    pub reservation: Reservation,
    pub vehicle: String,
    /// Make, model and plate.
    pub details: String,
    pub seat: String,
}

/// The vehicles that can be booked, each once.
fn on_offer(mut vehicles: Vec<Vehicle>) -> Vec<Vehicle> {
    vehicles.retain(|vehicle| vehicle.published);
    unique_by(vehicles, |vehicle| vehicle.id.clone())
}

/// A handle to the page's state: copy it freely.
#[derive(Clone, Copy)]
pub struct Booking {
    api: ApiService,
    session: Session,
    notices: NoticeStore,
    pub lang: Signal<Lang>,
    pub vehicles: Remote<Vec<Vehicle>>,
    pub surroundings: Remote<Surroundings>,
    /// What is looked for; in the URL once it is settled.
    pub search: RwSignal<Search>,
    pub plan: Remote<SeatPlan>,
    pub mine: Remote<Vec<BookedSeat>>,
    /// In the URL, so that a link, a reload and the back button lead to the same place.
    pub vehicle_id: Memo<Option<String>>,
    pub seat_id: Memo<Option<String>>,
    /// The seat that is being booked.
    pub booking: RwSignal<Option<String>>,
    /// The reservation that is being cancelled.
    pub cancelling: RwSignal<Option<String>>,
    open_action: StoredValue<ActionKey, LocalStorage>,
    navigate: Callback<(String, NavigateOptions)>,
}

impl Booking {
    pub fn new() -> Self {
        let vehicle_id = use_query_value("vehicle");
        let seat_id = use_query_value("seat");
        let navigate = use_navigate();
        let search = searched();
        let session = expect_context::<Session>();
        let plan = use_remote(SEATS_PAUSE_MS, move |api| {
            let chosen = vehicle_id.get_untracked();
            async move {
                let Some(vehicle_id) = chosen else { return Ok(SeatPlan::default()) };
                let seats = api.seats(&vehicle_id).await?.entries;
                Ok(SeatPlan::new(vehicle_id, seats))
            }
        });
        Effect::watch(move || vehicle_id.get(), move |_, _, _| plan.restart(), false);
        let names = StoredValue::new_local(Names::default());
        let mine = use_remote(RESERVATIONS_PAUSE_MS, move |api| async move {
            let Some(user) = session.user_id() else { return Ok(Vec::new()) };
            let reservations = api.reservations_of(&user).await?.entries;
            Ok(named(api, names, reservations).await)
        });
        let vehicles = use_remote(VEHICLES_PAUSE_MS, |api| async move { Ok(on_offer(api.vehicles().await?.entries)) });
        let surroundings = use_remote(VEHICLES_PAUSE_MS, move |api| {
            let known = vehicles.value().with_untracked(|known| known.clone().unwrap_or_default());
            async move { Ok(Surroundings::of(api, &known).await) }
        });
        let ids = Memo::new(move |_| {
            let id = |vehicle: &Vehicle| vehicle.id.clone();
            vehicles.value().with(|vehicles| vehicles.iter().flatten().map(id).collect::<Vec<_>>())
        });
        Effect::watch(move || ids.get(), move |_, _, _| surroundings.refresh(), false);
        Self {
            api: expect_context(),
            session,
            notices: expect_context(),
            lang: use_lang(),
            vehicles,
            surroundings,
            search,
            plan,
            mine,
            vehicle_id,
            seat_id,
            booking: RwSignal::new(None),
            cancelling: RwSignal::new(None),
            open_action: StoredValue::new_local(ActionKey::default()),
            navigate: Callback::new(move |(to, options): (String, NavigateOptions)| navigate(&to, options)),
        }
    }

    fn text(self) -> &'static BookingText {
        booking(self.lang.get_untracked())
    }

    /// The chosen vehicle, when it is on offer.
    pub fn chosen_vehicle(self) -> Option<Vehicle> {
        let id = self.vehicle_id.get()?;
        self.vehicles.value().with(|vehicles| vehicles.iter().flatten().find(|vehicle| vehicle.id == id).cloned())
    }

    /// Where a click on the vehicle leads. What is looked for goes along.
    pub fn vehicle_link(self, vehicle_id: &str) -> String {
        format!("/user?vehicle={}{}", encoded(vehicle_id), self.search.with(in_query))
    }

    /// Notes in the URL what is looked for. Not a step of its own for the back button.
    pub fn note_search(self) {
        let search = self.search.with_untracked(in_query);
        let chosen = [("vehicle", self.vehicle_id), ("seat", self.seat_id)].into_iter().filter_map(|(name, id)| {
            let id = id.get_untracked()?;
            Some(format!("&{name}={}", encoded(&id)))
        });
        let query = chosen.chain([search]).collect::<String>();
        let query = query.strip_prefix('&').map_or_else(String::new, |query| format!("?{query}"));
        self.replace_address(format!("/user{query}"));
    }

    fn replace_address(self, address: String) {
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        // The page may have been left.
        self.navigate.try_run((address, options));
    }

    /// The free seats of a vehicle: of the chosen one by its plan, which is newer.
    pub fn free_of(self, vehicle_id: &str) -> Option<usize> {
        let planned = self.plan.value().with(|plan| {
            let plan = plan.as_ref().filter(|plan| plan.vehicle_id == vehicle_id)?;
            Some(plan.seats.iter().filter(|seat| seat.available).count())
        });
        planned.or_else(|| self.surroundings.value().with(|known| known.as_ref()?.free_of(vehicle_id)))
    }

    /// The name of the company that offers a vehicle.
    pub fn company_of(self, provider_id: &str) -> Option<String> {
        self.surroundings.value().with(|known| known.as_ref()?.company_of(provider_id).map(str::to_owned))
    }

    /// The departures that are looked for, in the order that is wanted.
    pub fn found(self) -> Vec<Vehicle> {
        let search = self.search.get();
        let vehicles = self.vehicles.value().get().unwrap_or_default();
        let mut found: Vec<(Offer, Vehicle)> = vehicles
            .into_iter()
            .map(|vehicle| (self.offer(&vehicle), vehicle))
            .filter(|(offer, _)| search.finds(offer))
            .collect();
        found.sort_by(|(a, _), (b, _)| search.order(a, b));
        found.into_iter().map(|(_, vehicle)| vehicle).collect()
    }

    fn offer(self, vehicle: &Vehicle) -> Offer {
        let at = vehicle.departure_time.as_deref().and_then(TimeStamp::parse).map(|at| at.0);
        let day = at.map(|at| format::iso(at + format::zone_ms(at)).chars().take(10).collect());
        let words = [Some(&vehicle.name), vehicle.departure.as_ref(), vehicle.destination.as_ref()];
        let words = words.into_iter().flatten().cloned().chain(self.company_of(&vehicle.provider_id)).collect();
        Offer { words, day, at, price: vehicle.price, free: self.free_of(&vehicle.id) }
    }

    /// Notes the seat in the URL. Not a step of its own for the back button.
    pub fn choose_seat(self, seat_id: Option<&str>) {
        let Some(vehicle_id) = self.vehicle_id.get_untracked() else { return };
        let seat = seat_id.map(|seat| format!("&seat={}", encoded(seat))).unwrap_or_default();
        let address = untrack(|| self.vehicle_link(&vehicle_id));
        self.replace_address(format!("{address}{seat}"));
    }

    /// The chosen seat with its vehicle, when it is free.
    fn chosen(self) -> Option<(Vehicle, Seat)> {
        let (vehicle_id, seat_id) = (self.vehicle_id.get_untracked()?, self.seat_id.get_untracked()?);
        let vehicle = self
            .vehicles
            .value()
            .with_untracked(|vehicles| vehicles.iter().flatten().find(|vehicle| vehicle.id == vehicle_id).cloned())?;
        let seat = self.plan.value().with_untracked(|plan| {
            plan.as_ref()?.seats.iter().find(|seat| seat.id == seat_id && seat.available).cloned()
        })?;
        Some((vehicle, seat))
    }

    /// Books the chosen seat, once, however often this is called while it lasts.
    pub fn reserve(self) {
        if self.booking.get_untracked().is_some() {
            return;
        }
        let (Some((vehicle, seat)), Some(user_id)) = (self.chosen(), self.session.user_id()) else {
            return self.notices.info(self.text().choose_seat_first);
        };
        let reservation = NewReservation {
            user_id,
            provider_id: vehicle.provider_id.clone(),
            vehicle_id: vehicle.id.clone(),
            seat_id: seat.id.clone(),
        };
        let Some(key) = self.open_action.try_update_value(|action| action.key_for(&reservation, self.api)) else {
            return;
        };
        self.booking.set(Some(seat.id.clone()));
        spawn_local(async move {
            let result = self.session.checked(self.api.reserve(reservation, &key).await);
            self.booked(result, seat, vehicle_name(&vehicle)).await;
            self.booking.try_set(None);
        });
    }

    /// Tells what came of a booking. The notices outlive the page, so that a person who went on knows too.
    async fn booked(self, result: Result<Reservation, ApiError>, seat: Seat, vehicle: String) {
        let lang = self.lang.try_get_untracked().unwrap_or_default();
        let text = booking(lang);
        match result {
            Ok(_) => {
                self.settled();
                self.notices.success(text.booked.fill([&seat.label, &vehicle]));
            }
            Err(ApiError::Refused { status: 409, .. }) => {
                self.settled();
                self.notices.error(text.seat_taken.fill([&seat.label]));
            }
            Err(ApiError::OutcomeUnknown { .. } | ApiError::TimedOut { .. }) => self.find_out(seat, vehicle).await,
            // The session ended: its page says so, and leads back here with the same seat.
            Err(ApiError::Unauthorized { .. } | ApiError::Cancelled) => {}
            Err(error) => self.notices.error(error_text(lang, &error)),
        }
        self.refresh();
    }

    /// Looks for the booking among the person's reservations, and says what is known then.
    async fn find_out(self, seat: Seat, vehicle: String) {
        let text = booking(self.lang.try_get_untracked().unwrap_or_default());
        let Some(user) = self.session.user_id() else { return };
        let held = match self.api.reservations_of(&user).await {
            Ok(listed) => holds(&listed.entries, &seat.id),
            // The session ended meanwhile: what was booked in it is nobody else's to know.
            Err(ApiError::Cancelled) => return,
            Err(_) => false,
        };
        if held {
            self.settled();
            self.notices.success(text.booked_after_all.fill([&seat.label, &vehicle]));
            self.refresh();
            return;
        }
        // Not there does not mean that it will not be: the write may still be on its way.
        let words = text.unknown.fill([&seat.label, &vehicle]);
        let again = move || {
            let (seat, vehicle) = (seat.clone(), vehicle.clone());
            spawn_local(async move { self.find_out(seat, vehicle).await });
        };
        self.notices.error_with_action(words, text.check, again);
    }

    /// The outcome is known: the next booking is another action.
    fn settled(self) {
        self.open_action.try_update_value(ActionKey::settled);
        self.choose_seat(None);
    }

    fn refresh(self) {
        self.plan.refresh();
        self.surroundings.refresh();
        self.mine.refresh();
    }

    /// Cancels a reservation of the person.
    pub fn cancel(self, booked: BookedSeat) {
        if self.cancelling.get_untracked().is_some() {
            return;
        }
        let id = booked.reservation.id.clone();
        self.cancelling.set(Some(id.clone()));
        spawn_local(async move {
            let result = self.session.checked(self.api.cancel_reservation(&id).await);
            let lang = self.lang.try_get_untracked().unwrap_or_default();
            let text = booking(lang);
            match result {
                Ok(()) => self.notices.success(text.cancelled.fill([&booked.seat, &booked.vehicle])),
                Err(ApiError::Refused { status: 404 | 405, code: None, .. }) => self.notices.error(text.cannot_cancel),
                Err(ApiError::Unauthorized { .. } | ApiError::Cancelled) => {}
                Err(error) => self.notices.error(error_text(lang, &error)),
            }
            self.refresh();
            self.cancelling.try_set(None);
        });
    }
}

impl Booking {
    /// Takes a reservation that holds no seat out of the list.
    pub fn remove(self, booked: BookedSeat) {
        if self.cancelling.get_untracked().is_some() {
            return;
        }
        let id = booked.reservation.id.clone();
        self.cancelling.set(Some(id.clone()));
        spawn_local(async move {
            let result = self.session.checked(self.api.delete_reservation(&id).await);
            let lang = self.lang.try_get_untracked().unwrap_or_default();
            match result {
                // Gone already is what was asked for.
                Ok(()) => self.notices.success(booking(lang).removed.fill([&booked.seat, &booked.vehicle])),
                Err(error) if error.is_gone() => {
                    self.notices.success(booking(lang).removed.fill([&booked.seat, &booked.vehicle]));
                }
                Err(ApiError::Unauthorized { .. } | ApiError::Cancelled) => {}
                Err(error) => self.notices.error(error_text(lang, &error)),
            }
            self.refresh();
            self.cancelling.try_set(None);
        });
    }
}

impl Default for Booking {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether one of `reservations` holds the seat.
fn holds(reservations: &[Reservation], seat_id: &str) -> bool {
    reservations.iter().any(|reservation| reservation.seat_id == seat_id && reservation.holds())
}

/// What the URL says is looked for, followed when the address changes otherwise than by the fields.
fn searched() -> RwSignal<Search> {
    let (place, day, sort) = (use_query_value("place"), use_query_value("day"), use_query_value("sort"));
    let said = Memo::new(move |_| Search {
        place: place.get().unwrap_or_default(),
        day: day.get().unwrap_or_default(),
        sort: Sort::parse(&sort.get().unwrap_or_default()),
    });
    let search = RwSignal::new(said.get_untracked());
    Effect::watch(move || said.get(), move |said, _, _| search.set(said.clone()), false);
    search
}

/// What is looked for as the end of a query; what is not said is left out.
fn in_query(search: &Search) -> String {
    let said = [("place", search.place.trim()), ("day", search.day.as_str()), ("sort", search.sort.as_str())];
    let said = said.into_iter().filter(|(_, value)| !value.is_empty());
    said.map(|(name, value)| format!("&{name}={}", encoded(value))).collect()
}

fn encoded(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// Names that were looked up before: they do not change while the page is open.
#[derive(Clone, Default)]
struct Names(Vec<VehicleNames>);

#[derive(Clone)]
struct VehicleNames {
    id: String,
    name: String,
    details: String,
    /// Id and label.
    seats: Vec<(String, String)>,
}

/// `reservations`, newest first, with the names of their vehicles and seats. What cannot be looked up keeps its id.
async fn named(
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
    fn a_vehicle_that_a_node_sends_twice_is_one_departure() {
        let vehicle = |id: &str, name: &str| Vehicle {
            id: id.to_owned(),
            name: name.to_owned(),
            make: None,
            model: None,
            license_plate: None,
            capacity: 48,
            published: true,
            provider_id: "p".to_owned(),
            departure: None,
            destination: None,
            departure_time: None,
            price: None,
        };
        let hidden = Vehicle { published: false, ..vehicle("2", "c") };
        let shown = on_offer(vec![vehicle("1", "a"), hidden, vehicle("1", "b"), vehicle("3", "d")]);
        assert_eq!(shown.iter().map(|vehicle| vehicle.name.as_str()).collect::<Vec<_>>(), ["a", "d"]);
    }

    #[test]
    fn a_seat_that_a_node_sends_twice_is_one_seat_of_the_plan() {
        let seat = |id: &str, label: &str| Seat {
            id: id.to_owned(),
            vehicle_id: "v".to_owned(),
            label: label.to_owned(),
            available: true,
        };
        let plan = SeatPlan::new("v".to_owned(), vec![seat("1", "1A"), seat("2", "1B"), seat("1", "1C")]);
        assert_eq!(plan.seats.iter().map(|seat| seat.label.as_str()).collect::<Vec<_>>(), ["1A", "1B"]);
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
}
