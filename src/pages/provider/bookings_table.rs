//! The reservations on the provider's vehicles, or on the chosen one, newest first.

use leptos::prelude::*;
use leptos_router::components::A;

use super::bookings::SeatBooking;
use super::fleet::{Fleet, link};
use crate::components::reservations::{self, Row, RowKey};
use crate::components::seats::description;
use crate::components::section::data_section;
use crate::i18n::booking::booking;
use crate::i18n::fleet::fleet;

pub fn bookings_table(state: Fleet) -> impl IntoView {
    let lang = state.lang;
    let remote = state.bookings;
    let asked = RwSignal::new(None::<SeatBooking>);
    let entries = Memo::new(move |_| {
        let vehicle = state.vehicle_id.get();
        let wanted =
            |booked: &&SeatBooking| vehicle.as_ref().is_none_or(|vehicle| *vehicle == booked.reservation.vehicle_id);
        remote.value().with(|all| all.iter().flatten().filter(wanted).cloned().collect::<Vec<_>>())
    });
    let title = move || {
        let text = fleet(lang.get());
        state.vehicle_id.get().map_or_else(
            || text.reservations.to_owned(),
            |vehicle| text.reservations_of.fill([&state.name_of(&vehicle)]),
        )
    };
    let none = |lang| fleet(lang).no_reservations;
    let name = move |booked: &SeatBooking| state.name_of(&booked.reservation.vehicle_id);
    let content = view! {
        <p hidden=move || state.vehicle_id.with(Option::is_none)>
            <A href=move || link(None, state.edited.get().as_deref()) scroll=false attr:data-testid="show-all">
                {move || fleet(lang.get()).show_all}
            </A>
        </p>
        {reservations::table(lang, entries.into(), none, true, key, move |booked| row(state, asked, booked))}
        {reservations::cancel_dialog(
            lang,
            asked,
            move |booked| (booked.seat.clone(), name(booked)),
            |lang| fleet(lang).cancel_effect,
            true,
            move |booked| state.cancel(&booked, untrack(|| name(&booked))),
        )}
    };
    data_section("reservations", title, remote, content)
}

fn key(booked: &SeatBooking) -> RowKey {
    RowKey::of(&booked.reservation, &booked.seat)
}

fn row(state: Fleet, asked: RwSignal<Option<SeatBooking>>, booked: SeatBooking) -> Row {
    let lang = state.lang;
    let (id, vehicle_id) = (booked.reservation.id.clone(), booked.reservation.vehicle_id.clone());
    let busy = Memo::new(move |_| state.cancelling.with(|cancelling| cancelling.as_ref() == Some(&id)));
    let of_vehicle = vehicle_id.clone();
    let details = Signal::derive(move || state.vehicle(&of_vehicle).as_ref().map(description).unwrap_or_default());
    let vehicle = Memo::new(move |_| state.name_of(&vehicle_id));
    let SeatBooking { reservation, seat } = booked.clone();
    let label = {
        let seat = seat.clone();
        move || {
            let text = booking(lang.get());
            format!("{} – {}, {}", text.cancel, text.seat.fill([&seat]), vehicle.get())
        }
    };
    let action = reservation.holds().then(|| {
        view! {
            <button
                type="button"
                class="btn btn-small btn-destroys"
                data-testid="cancel"
                aria-label=label
                aria-busy=move || busy.get().then_some("true")
                on:click=move |_| asked.set(Some(booked.clone()))
            >
                {move || {
                    let text = booking(lang.get());
                    if busy.get() { text.cancelling } else { text.cancel }
                }}
            </button>
        }
        .into_any()
    });
    Row { reservation, seat, vehicle: vehicle.into(), details, action }
}
