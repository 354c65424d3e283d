//! Booking a seat: the departures on offer, the seats of the chosen one, and what the person has booked.
//!
//! [`Booking`] is the container: it asks the cluster and acts. The rest shows what it holds.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::names::{BookedSeat, Names, named};
use super::reserve::SeatKeys;
use super::search::{Offer, Search, Sort};
use super::surroundings::Surroundings;
use crate::api_service::ApiService;
use crate::api_service::endpoints::fleet::{Seat, Vehicle};
use crate::api_service::endpoints::listed::{Listed, Partial};
use crate::api_service::endpoints::wire::TimeStamp;
use crate::components::seats::SeatPlan;
use crate::components::unique::unique_by;
use crate::hooks::{Remote, use_partial, use_query_value, use_query_values, use_remote};
use crate::i18n::{Lang, format, use_lang};
use crate::store::notice::NoticeStore;
use crate::store::session::Session;

/// Departures rarely change.
const VEHICLES_PAUSE_MS: u32 = 30_000;
/// A seat that somebody else takes is seen as taken within this time.
const SEATS_PAUSE_MS: u32 = 5_000;
const RESERVATIONS_PAUSE_MS: u32 = 15_000;

/// The vehicles that can be booked, each once.
fn on_offer(mut vehicles: Vec<Vehicle>) -> Vec<Vehicle> {
    vehicles.retain(|vehicle| vehicle.published);
    unique_by(vehicles, |vehicle| vehicle.id.clone())
}

/// A handle to the page's state: copy it freely.
#[derive(Clone, Copy)]
pub struct Booking {
    pub(super) api: ApiService,
    pub(super) session: Session,
    pub(super) notices: NoticeStore,
    pub lang: Signal<Lang>,
    pub vehicles: Remote<Vec<Vehicle>>,
    pub surroundings: Remote<Surroundings>,
    /// What is looked for; in the URL once it is settled.
    pub search: RwSignal<Search>,
    pub plan: Remote<SeatPlan>,
    pub mine: Remote<Vec<BookedSeat>>,
    /// In the URL, so that a link, a reload and the back button lead to the same place.
    pub vehicle_id: Memo<Option<String>>,
    /// The seats that are chosen, free or not, in the order of the choice; in the URL too.
    seat_ids: RwSignal<Vec<String>>,
    /// Whether a booking is under way.
    pub reserving: RwSignal<bool>,
    /// The reservation that is being cancelled.
    pub cancelling: RwSignal<Option<String>>,
    pub(super) keys: StoredValue<SeatKeys, LocalStorage>,
    navigate: Callback<(String, NavigateOptions)>,
}

impl Booking {
    pub fn new() -> Self {
        let vehicle_id = use_query_value("vehicle");
        let seat_ids = chosen_seats();
        let navigate = use_navigate();
        let search = searched();
        let session = expect_context::<Session>();
        let plan = use_partial(SEATS_PAUSE_MS, move |api| {
            let chosen = vehicle_id.get_untracked();
            async move {
                let Some(vehicle_id) = chosen else { return Ok(Partial::whole(SeatPlan::default())) };
                let seats = api.seats(&vehicle_id).await?;
                Ok(seats.map(|seats| SeatPlan::new(vehicle_id, seats)))
            }
        });
        Effect::watch(move || vehicle_id.get(), move |_, _, _| plan.restart(), false);
        let names = StoredValue::new_local(Names::default());
        let mine = use_partial(RESERVATIONS_PAUSE_MS, move |api| async move {
            let Some(user) = session.user_id() else { return Ok(Partial::whole(Vec::new())) };
            let Listed { entries, unreadable } = api.reservations_of(&user).await?;
            let value = named(api, names, entries).await;
            Ok(Partial { value, unreadable: unreadable.into_iter().collect() })
        });
        let vehicles = use_partial(VEHICLES_PAUSE_MS, |api| async move { Ok(api.vehicles().await?.map(on_offer)) });
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
            seat_ids,
            reserving: RwSignal::new(false),
            cancelling: RwSignal::new(None),
            keys: StoredValue::new_local(SeatKeys::default()),
            navigate: Callback::new(move |(to, options): (String, NavigateOptions)| navigate(&to, options)),
        }
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

    /// Notes in the URL what is looked for and what is chosen. Not a step of its own for the back button.
    pub fn note_in_url(self) {
        let (vehicle, seats) = (self.vehicle_id.try_get_untracked(), self.seat_ids.try_get_untracked());
        // The page may have been left.
        let (Some(vehicle), Some(seats)) = (vehicle, seats) else { return };
        let vehicle = vehicle.map(|id| ("vehicle", id));
        let chosen = vehicle.into_iter().chain(seats.into_iter().map(|id| ("seat", id)));
        let chosen = chosen.map(|(name, id)| format!("&{name}={}", encoded(&id)));
        let query = chosen.chain([self.search.with_untracked(in_query)]).collect::<String>();
        let query = query.strip_prefix('&').map_or_else(String::new, |query| format!("?{query}"));
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        self.navigate.try_run((format!("/user{query}"), options));
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

    /// Chooses a seat beside those that are chosen, or no longer.
    pub fn choose_seat(self, seat_id: &str, chosen: bool) {
        self.seat_ids.update(|ids| {
            ids.retain(|id| id != seat_id);
            ids.extend(chosen.then(|| seat_id.to_owned()));
        });
        self.note_in_url();
    }

    /// These seats are chosen no longer: it is known what came of them.
    pub(super) fn let_go_of(self, seats: &[Seat]) {
        let is_settled = |id: &String| seats.iter().any(|seat| seat.id == *id);
        // The page may have been left.
        if self.seat_ids.try_update(|ids| ids.retain(|id| !is_settled(id))).is_some() {
            self.note_in_url();
        }
    }

    /// The chosen seats of the chosen vehicle that are free, in the order of the choice.
    pub fn chosen_seats(self) -> Vec<Seat> {
        let (vehicle_id, ids) = (self.vehicle_id.get().unwrap_or_default(), self.seat_ids.get());
        self.plan.value().with(|plan| {
            let seats = plan.as_ref().filter(|plan| plan.vehicle_id == vehicle_id).map(|plan| plan.seats.as_slice());
            let free = |id: &String| seats?.iter().find(|seat| seat.id == *id && seat.available).cloned();
            ids.iter().filter_map(free).collect()
        })
    }

    pub(super) fn refresh(self) {
        self.plan.refresh();
        self.surroundings.refresh();
        self.mine.refresh();
    }
}

impl Default for Booking {
    fn default() -> Self {
        Self::new()
    }
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

/// The seats that the URL names, each once, followed when the address changes otherwise than by a choice.
fn chosen_seats() -> RwSignal<Vec<String>> {
    let said = use_query_values("seat");
    let said = Memo::new(move |_| unique_by(said.get(), String::clone));
    let chosen = RwSignal::new(said.get_untracked());
    Effect::watch(move || said.get(), move |said, _, _| chosen.set(said.clone()), false);
    chosen
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
