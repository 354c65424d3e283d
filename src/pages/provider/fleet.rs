//! A provider's vehicles: what they are, how full they are, who booked them, and the form that makes and changes them.
//!
//! [`Fleet`] is the container: it asks the cluster and acts. The rest shows what it holds.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::api_service::endpoints::fleet::Vehicle;
use crate::api_service::endpoints::listed::{Listed, Partial};
use crate::api_service::endpoints::removal::Removal;
use crate::api_service::endpoints::wire::path_part;
use crate::api_service::{ApiError, ApiService};
use crate::components::seats::{SeatPlan, vehicle_name};
use crate::components::unique::unique_by;
use crate::hooks::{Remote, use_partial, use_query_value};
use crate::i18n::errors::error_text;
use crate::i18n::fleet::{FleetText, fleet};
use crate::i18n::{Lang, use_lang};
use crate::store::notice::NoticeStore;
use crate::store::session::Session;

use super::bookings::{SeatBooking, SeatLabels, labelled, taken_seats};

/// Vehicles change by the provider's own hand.
const VEHICLES_PAUSE_MS: u32 = 30_000;
/// A seat that is booked is seen as taken within this time.
const SEATS_PAUSE_MS: u32 = 5_000;
const BOOKINGS_PAUSE_MS: u32 = 10_000;

/// `?edit=` of a vehicle that does not exist yet.
pub(super) const NEW: &str = "new";

/// A handle to the page's state: copy it freely.
#[derive(Clone, Copy)]
pub struct Fleet {
    pub(super) api: ApiService,
    pub(super) session: Session,
    pub(super) notices: NoticeStore,
    pub lang: Signal<Lang>,
    pub vehicles: Remote<Vec<Vehicle>>,
    /// The seats of the chosen vehicle.
    pub plan: Remote<SeatPlan>,
    /// Newest first.
    pub bookings: Remote<Vec<SeatBooking>>,
    /// In the URL: a link, a reload and the back button lead to the same place.
    pub vehicle_id: Memo<Option<String>>,
    /// The vehicle in the form, in the URL too: [`NEW`], or an id.
    pub edited: Memo<Option<String>>,
    /// Seats that are taken, by vehicle; `None` while the reservations are not known.
    pub(super) taken: Memo<Option<Vec<(String, u32)>>>,
    /// The vehicle that is being published, unpublished or deleted.
    pub busy: RwSignal<Option<String>>,
    /// The reservation that is being cancelled.
    pub cancelling: RwSignal<Option<String>>,
    pub(super) navigate: Callback<(String, NavigateOptions)>,
}

impl Fleet {
    pub fn new() -> Self {
        let vehicle_id = use_query_value("vehicle");
        let navigate = use_navigate();
        let session = expect_context::<Session>();
        let plan = use_partial(SEATS_PAUSE_MS, move |api| {
            let chosen = vehicle_id.get_untracked();
            async move {
                let Some(vehicle_id) = chosen else { return Ok(Partial::whole(SeatPlan::default())) };
                let seats = api.own_seats(&vehicle_id).await?;
                Ok(seats.map(|seats| SeatPlan::new(vehicle_id, seats)))
            }
        });
        Effect::watch(move || vehicle_id.get(), move |_, _, _| plan.restart(), false);
        let labels = StoredValue::new_local(SeatLabels::default());
        let bookings = use_partial(BOOKINGS_PAUSE_MS, move |api| async move {
            let Listed { entries: mut reservations, unreadable } = api.reservations().await?;
            // The older backend may give those of others too.
            let own = session.user_id().unwrap_or_default();
            reservations.retain(|reservation| reservation.provider_id == own);
            let value = labelled(api, labels, reservations).await;
            Ok(Partial { value, unreadable: unreadable.into_iter().collect() })
        });
        Self {
            api: expect_context(),
            session,
            notices: expect_context(),
            lang: use_lang(),
            vehicles: use_partial(VEHICLES_PAUSE_MS, move |api| async move {
                let Some(provider) = session.user_id() else { return Ok(Partial::whole(Vec::new())) };
                Ok(api.vehicles_of(&provider).await?.map(each_once))
            }),
            plan,
            bookings,
            vehicle_id,
            edited: use_query_value("edit"),
            taken: Memo::new(move |_| bookings.value().with(|bookings| bookings.as_deref().map(taken_seats))),
            busy: RwSignal::new(None),
            cancelling: RwSignal::new(None),
            navigate: Callback::new(move |(to, options): (String, NavigateOptions)| navigate(&to, options)),
        }
    }

    /// The language, also when the page has been left.
    pub(super) fn lang_now(self) -> Lang {
        self.lang.try_get_untracked().unwrap_or_default()
    }

    pub(super) fn text(self) -> &'static FleetText {
        fleet(self.lang_now())
    }

    /// The vehicle of this id, when it is the provider's.
    pub(super) fn vehicle(self, id: &str) -> Option<Vehicle> {
        self.vehicles.value().with(|vehicles| vehicles.iter().flatten().find(|vehicle| vehicle.id == id).cloned())
    }

    /// What the vehicle of this id is called.
    pub(super) fn name_of(self, id: &str) -> String {
        self.vehicle(id).as_ref().map_or_else(|| id.to_owned(), title)
    }

    /// How many seats of the vehicle are taken; `None` while that is not known.
    pub(super) fn taken_of(self, id: &str) -> Option<u32> {
        let of =
            |taken: &Vec<(String, u32)>| taken.iter().find(|(vehicle, _)| vehicle == id).map_or(0, |(_, count)| *count);
        self.taken.with(|taken| taken.as_ref().map(of))
    }

    pub(super) fn go(self, vehicle: Option<&str>, edit: Option<&str>) {
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        // The page may have been left.
        self.navigate.try_run((link(vehicle, edit), options));
    }

    /// Closes the form. The seats that are shown stay.
    pub(super) fn close_form(self) {
        if let Some(vehicle) = self.vehicle_id.try_get_untracked() {
            self.go(vehicle.as_deref(), None);
        }
    }

    pub(super) fn refresh(self) {
        self.vehicles.refresh();
        self.bookings.refresh();
        self.plan.refresh();
    }

    /// Takes the vehicle for an action; `false` while another one is under way.
    pub(super) fn begin(self, id: &str) -> bool {
        // The page may have been left: an undo works from anywhere.
        match self.busy.try_get_untracked() {
            Some(Some(_)) => false,
            _ => {
                self.busy.try_set(Some(id.to_owned()));
                true
            }
        }
    }

    /// Offers the vehicle to users, or takes it from the offer.
    pub fn set_published(self, id: String, name: String, published: bool) {
        if !self.begin(&id) {
            return;
        }
        spawn_local(async move {
            let result = self.session.checked(self.api.set_vehicle_published(&id, published).await);
            let text = self.text();
            match result {
                Ok(()) => {
                    let words = if published { text.now_published } else { text.now_unpublished };
                    let said = words.fill([&name]);
                    self.notices.with_undo(said, move || self.set_published(id.clone(), name.clone(), !published));
                }
                Err(error) => self.failed(&error, &name),
            }
            self.refresh();
            self.busy.try_set(None);
        });
    }

    /// Deletes the vehicle. The person was asked before.
    pub fn delete(self, vehicle: &Vehicle) {
        let (id, name) = (vehicle.id.clone(), title(vehicle));
        if !self.begin(&id) {
            return;
        }
        spawn_local(async move {
            let provider = self.session.user_id().unwrap_or_default();
            let result = self.session.checked(self.api.delete_vehicle(&id, &provider).await);
            let text = self.text();
            match &result {
                Ok(Removal::Done) => self.notices.success(text.deleted.fill([&name])),
                Ok(Removal::GoneBefore) => self.notices.info(text.already_gone.fill([&name])),
                Ok(Removal::StillListed) => self.notices.error(text.still_listed.fill([&name])),
                Err(ApiError::Refused { status: 404 | 405, code: None, message: None }) => {
                    self.notices.error(text.cannot_delete)
                }
                Err(ApiError::Refused { status: 409, .. }) => self.notices.error(text.seats_reserved.fill([&name])),
                Err(error) => self.failed(error, &name),
            }
            let gone = matches!(result, Ok(Removal::Done | Removal::GoneBefore));
            let shown = |place: Memo<Option<String>>| place.try_get_untracked().flatten();
            let (seats, form) = (shown(self.vehicle_id), shown(self.edited));
            let is_it = |place: &Option<String>| place.as_ref() == Some(&id);
            if gone && (is_it(&seats) || is_it(&form)) {
                let keep = |place: Option<String>| place.filter(|place| *place != id);
                self.go(keep(seats).as_deref(), keep(form).as_deref());
            }
            self.refresh();
            self.busy.try_set(None);
        });
    }

    /// Cancels a reservation of a vehicle of the provider. The person was asked before.
    pub fn cancel(self, booked: &SeatBooking, vehicle: String) {
        if self.cancelling.get_untracked().is_some() {
            return;
        }
        let (id, seat) = (booked.reservation.id.clone(), booked.seat.clone());
        self.cancelling.set(Some(id.clone()));
        spawn_local(async move {
            let result = self.session.checked(self.api.cancel_reservation(&id, None).await);
            let text = crate::i18n::booking::booking(self.lang_now());
            match result {
                Ok(Removal::GoneBefore) => self.notices.info(text.cancelled_before.fill([&seat, &vehicle])),
                Ok(_) => self.notices.success(text.cancelled.fill([&seat, &vehicle])),
                Err(ApiError::Refused { status: 404 | 405, code: None, message: None }) => {
                    self.notices.error(text.cannot_cancel)
                }
                Err(error) => self.failed(&error, &vehicle),
            }
            self.refresh();
            self.cancelling.try_set(None);
        });
    }

    /// Says why an action came to nothing, or that nobody knows whether it did.
    pub(super) fn failed(self, error: &ApiError, name: &str) {
        let text = self.text();
        match error {
            ApiError::OutcomeUnknown { .. } | ApiError::TimedOut { .. } => {
                self.notices.error_with_action(text.unknown.fill([name]), text.check, move || self.refresh());
            }
            // The session ended: its page says so. Or nobody waits any more.
            ApiError::Unauthorized { .. } | ApiError::Cancelled => {}
            error => self.notices.error(error_text(self.lang_now(), error)),
        }
    }
}

impl Default for Fleet {
    fn default() -> Self {
        Self::new()
    }
}

/// `vehicles`, of which a node may send one twice.
pub(super) fn each_once(vehicles: Vec<Vehicle>) -> Vec<Vehicle> {
    unique_by(vehicles, |vehicle| vehicle.id.clone())
}

/// What a provider calls a vehicle: its name, else what its passengers call it.
pub(super) fn title(vehicle: &Vehicle) -> String {
    let name = vehicle.name.trim();
    if name.is_empty() { vehicle_name(vehicle) } else { name.to_owned() }
}

/// The page with the seats of `vehicle` and `edit` in the form.
pub(super) fn link(vehicle: Option<&str>, edit: Option<&str>) -> String {
    let part = |name: &str, value: Option<&str>| value.map(|value| format!("{name}={}", path_part(value)));
    let query: Vec<String> = part("vehicle", vehicle).into_iter().chain(part("edit", edit)).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/provider{mark}{}", query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vehicle_that_a_node_sends_twice_is_one_row_of_its_provider() {
        let vehicle = |id: &str| Vehicle {
            id: id.to_owned(),
            name: String::new(),
            make: None,
            model: None,
            license_plate: None,
            capacity: 48,
            published: false,
            provider_id: "p".to_owned(),
            departure: None,
            destination: None,
            departure_time: None,
            price: None,
        };
        let rows = each_once(vec![vehicle("1"), vehicle("2"), vehicle("1")]);
        assert_eq!(rows.iter().map(|vehicle| vehicle.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn what_is_shown_is_in_the_url_and_an_id_cannot_break_out_of_it() {
        assert_eq!(link(None, None), "/provider");
        assert_eq!(link(Some("v 1&edit=2"), None), "/provider?vehicle=v%201%26edit%3D2");
        assert_eq!(link(Some("7"), Some(NEW)), "/provider?vehicle=7&edit=new");
    }
}
