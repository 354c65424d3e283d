//! What the person has booked, newest first, with the way to cancel.

use leptos::prelude::*;

use super::booking::Booking;
use super::names::BookedSeat;
use crate::api_service::endpoints::reservations::ReservationStatus;
use crate::components::figures::figures;
use crate::components::reservations::{self, Row, RowKey};
use crate::components::section::data_section;
use crate::i18n::booking::{BookingText, booking};
use crate::i18n::format;

pub fn my_reservations(state: Booking) -> impl IntoView {
    let lang = state.lang;
    let mine = state.mine;
    let asked = RwSignal::new(None::<BookedSeat>);
    let entries = Memo::new(move |_| mine.value().with(|mine| mine.clone().unwrap_or_default()));
    let none = |lang| booking(lang).no_reservations;
    let named = |booked: &BookedSeat| (booked.seat.clone(), booked.vehicle.clone());
    let counted = move |wanted: Option<ReservationStatus>| {
        Signal::derive(move || {
            let count = mine.value().with(|mine| {
                let is =
                    |booked: &&BookedSeat| wanted.as_ref().is_none_or(|wanted| booked.reservation.status == *wanted);
                mine.as_ref().map(|mine| mine.iter().filter(is).count() as u64)
            });
            count.map_or_else(|| format::ABSENT.to_owned(), |count| format::integer(lang.get(), count))
        })
    };
    let name =
        move |words: fn(&BookingText) -> &'static str| Signal::derive(move || words(booking(lang.get())).to_owned());
    let own = figures(vec![
        (name(|text| text.total), counted(None)),
        (name(|text| text.confirmed), counted(Some(ReservationStatus::Committed))),
        (name(|text| text.cancelled_count), counted(Some(ReservationStatus::Cancelled))),
    ]);
    let content = view! {
        <div data-testid="own-figures" hidden=move || entries.with(Vec::is_empty)>
            {own}
        </div>
        {reservations::table(lang, entries.into(), none, false, key, move |booked| row(state, asked, booked))}
        {reservations::cancel_dialog(
            lang,
            asked,
            named,
            |lang| booking(lang).cancel_effect,
            false,
            move |booked| state.cancel(booked),
        )}
    };
    data_section("reservations", move || booking(lang.get()).mine_title.to_owned(), mine, content)
}

fn key(booked: &BookedSeat) -> RowKey {
    RowKey::of(&booked.reservation, &booked.seat)
}

fn row(state: Booking, asked: RwSignal<Option<BookedSeat>>, booked: BookedSeat) -> Row {
    let lang = state.lang;
    let id = booked.reservation.id.clone();
    let busy = Memo::new(move |_| state.cancelling.with(|cancelling| cancelling.as_ref() == Some(&id)));
    let holds = booked.reservation.holds();
    let words = move || {
        let text = booking(lang.get());
        match (holds, busy.get()) {
            (true, true) => text.cancelling,
            (true, false) => text.cancel,
            (false, _) => text.remove,
        }
    };
    let BookedSeat { reservation, vehicle, details, seat } = booked.clone();
    let provider = reservation.provider_id.clone();
    let details = Signal::derive(move || {
        let parts =
            state.company_of(&provider).into_iter().chain(Some(details.clone()).filter(|text| !text.is_empty()));
        parts.collect::<Vec<_>>().join(" · ")
    });
    let label = {
        let (vehicle, seat) = (vehicle.clone(), seat.clone());
        move || format!("{} – {}, {vehicle}", words(), booking(lang.get()).seat.fill([&seat]))
    };
    let button = view! {
        <button
            type="button"
            class="btn btn-small btn-destroys"
            data-testid=if holds { "cancel" } else { "remove" }
            aria-label=label
            aria-busy=move || busy.get().then_some("true")
            on:click=move |_| if holds { asked.set(Some(booked.clone())) } else { state.remove(booked.clone()) }
        >
            {words}
        </button>
    };
    Row { reservation, seat, vehicle: vehicle.into(), details, action: Some(button.into_any()) }
}
