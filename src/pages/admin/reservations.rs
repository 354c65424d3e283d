//! The reservations of the cluster by status, asked for when somebody wants to see them.

use futures_util::future::join;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::api_service::ApiError;
use crate::api_service::endpoints::fleet::Vehicle;
use crate::api_service::endpoints::reservations::{Reservation, ReservationStatus};
use crate::api_service::endpoints::wire::path_part;
use crate::components::figures::figures;
use crate::components::reservations::{Row, RowKey, by_status, newest_first, table};
use crate::components::seats::{description, vehicle_name};
use crate::components::section::data_section;
use crate::hooks::{use_partial, use_query_value};
use crate::i18n::admin::admin;
use crate::i18n::booking::booking;
use crate::i18n::{Lang, format, use_lang};
use crate::routes::AppRoute;

/// Nobody waits for a reservation of somebody else.
const PAUSE_MS: u32 = 30_000;

/// A reservation with what is known of its vehicle.
#[derive(Clone, Debug, PartialEq)]
struct Listed {
    reservation: Reservation,
    vehicle: String,
    details: String,
}

/// What the section shows.
#[derive(Clone, Debug, Default, PartialEq)]
struct All {
    /// Newest first.
    reservations: Vec<Listed>,
    /// Vehicles on offer; `None` where nobody said.
    vehicles: Option<u64>,
}

/// `reservations` with the names of those of their vehicles that are known.
fn listed(reservations: Vec<Reservation>, vehicles: &[Vehicle]) -> Vec<Listed> {
    let with_vehicle = |reservation: Reservation| {
        let vehicle = vehicles.iter().find(|vehicle| vehicle.id == reservation.vehicle_id);
        Listed {
            vehicle: vehicle.map_or_else(|| reservation.vehicle_id.clone(), vehicle_name),
            details: vehicle.map(description).unwrap_or_default(),
            reservation,
        }
    };
    newest_first(reservations).into_iter().map(with_vehicle).collect()
}

/// Those of a status, by the word of the contract; all without one.
fn of_status(all: &[Listed], status: Option<&str>) -> Vec<Listed> {
    let is = |listed: &&Listed| status.is_none_or(|status| listed.reservation.status.as_str() == status);
    all.iter().filter(is).cloned().collect()
}

/// A disclosure: closed, and nothing asked, until somebody opens it or a link names a status.
pub fn reservations() -> impl IntoView {
    let lang = use_lang();
    let status = use_query_value("status");
    let open = RwSignal::new(status.with_untracked(Option::is_some));
    let toggled = move |event: web_sys::Event| {
        let details: web_sys::Element = event_target(&event);
        open.set(details.has_attribute("open"));
    };
    view! {
        <details class="why" data-testid="reservations-toggle" open=open.get_untracked() on:toggle=toggled>
            <summary>{move || admin(lang.get()).show_reservations}</summary>
            {move || open.get().then(|| section(lang, status))}
        </details>
    }
}

fn section(lang: Signal<Lang>, status: Memo<Option<String>>) -> impl IntoView {
    let remote = use_partial(PAUSE_MS, |api| async move {
        let (reservations, vehicles) = join(api.reservations(), api.vehicles()).await;
        // Without the vehicles the list still says something.
        let vehicles = vehicles.ok();
        let known = vehicles.as_ref().map_or(&[][..], |vehicles| &vehicles.entries);
        let count = vehicles.as_ref().map(|vehicles| vehicles.entries.len() as u64);
        let mut all =
            reservations?.map(|reservations| All { reservations: listed(reservations, known), vehicles: count });
        all.unreadable.extend(vehicles.and_then(|vehicles| vehicles.unreadable).map(|some| some.of("vehicles")));
        Ok::<_, ApiError>(all)
    });
    let value = remote.value();
    let entries = Memo::new(move |_| {
        let status = status.get();
        value.with(|all| all.as_ref().map(|all| of_status(&all.reservations, status.as_deref())).unwrap_or_default())
    });
    let counts = move || {
        value.with(|all| by_status(all.iter().flat_map(|all| &all.reservations).map(|listed| &listed.reservation)))
    };
    let statistics = move || {
        let number = |count: u64| Signal::derive(move || format::integer(lang.get(), count));
        let vehicles = value.with(|all| all.as_ref().and_then(|all| all.vehicles));
        let vehicles = move || vehicles.map_or_else(|| format::ABSENT.to_owned(), |n| format::integer(lang.get(), n));
        let offered = Signal::derive(move || admin(lang.get()).vehicles_on_offer.to_owned());
        let mut list = vec![(offered, Signal::derive(vehicles))];
        list.extend(counts().into_iter().map(|(status, count)| {
            let name = Signal::derive(move || (booking(lang.get()).status)(&status).to_owned());
            (name, number(count as u64))
        }));
        figures(list)
    };
    let row = |listed: Listed| {
        let Listed { reservation, vehicle, details } = listed;
        Row {
            seat: reservation.seat_id.clone(),
            reservation,
            vehicle: vehicle.into(),
            details: details.into(),
            action: None,
        }
    };
    let key = |listed: &Listed| RowKey::of(&listed.reservation, &listed.vehicle);
    let content = view! {
        <div class="stack">
            {statistics} {filter(lang, status, Signal::derive(counts))}
            {table(lang, entries.into(), |lang| admin(lang).none_of_status, true, key, row)}
        </div>
    };
    data_section("all-reservations", move || admin(lang.get()).all_reservations.to_owned(), remote, content)
}

/// The choice of a status; it is in the URL.
fn filter(
    lang: Signal<Lang>,
    chosen: Memo<Option<String>>,
    counts: Signal<Vec<(ReservationStatus, usize)>>,
) -> impl IntoView {
    let navigate = use_navigate();
    let choose = move |event| {
        let status: String = event_target_value(&event);
        let query = if status.is_empty() { status } else { format!("?status={}", path_part(&status)) };
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        navigate(&format!("{}{query}", AppRoute::Admin.path()), options);
    };
    let options = move || {
        let chosen = chosen.get().unwrap_or_default();
        let option = |(status, _): (ReservationStatus, usize)| {
            let word = status.as_str().to_owned();
            let selected = word == chosen;
            view! {
                <option value=word selected=selected>
                    {(booking(lang.get()).status)(&status).to_owned()}
                </option>
            }
        };
        counts.get().into_iter().map(option).collect_view()
    };
    view! {
        <label>
            <span class="field-label">{move || booking(lang.get()).status_column}</span>
            <select class="select-small" data-testid="reservations-status" on:change=choose>
                <option value="">{move || admin(lang.get()).every_status}</option>
                {options}
            </select>
        </label>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_leaves_out_the_others_and_an_unknown_vehicle_keeps_its_id() {
        let reservation = |id: &str, status: &str| Reservation {
            id: id.to_owned(),
            user_id: "u".into(),
            provider_id: "p".into(),
            vehicle_id: "v".into(),
            seat_id: "s".into(),
            status: status.to_owned().into(),
            created_at: None,
        };
        let all = listed(vec![reservation("1", "COMMITTED"), reservation("2", "CANCELLED")], &[]);
        let ids = |status| {
            let found = of_status(&all, status);
            found.into_iter().map(|listed| listed.reservation.id).collect::<String>()
        };
        assert_eq!((ids(None), ids(Some("CANCELLED")), ids(Some("PENDING"))), ("21".into(), "2".into(), String::new()));
        assert_eq!(all[0].vehicle, "v");
    }
}
