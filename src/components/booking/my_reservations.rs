//! What the person has booked, newest first, with the way to cancel.

use crate::ui::*;

use super::{BookedSeat, Booking};
use crate::components::reservations::{self, Row, RowKey};
use crate::components::section::data_section;
use crate::i18n::booking::booking;

pub fn my_reservations(state: Booking) -> AnyView {
    let lang = state.lang;
    let mine = state.mine;
    let asked = RwSignal::new(None::<BookedSeat>);
    let entries = Memo::new(move |_| mine.value().with(|mine| mine.clone().unwrap_or_default()));
    let none = |lang| booking(lang).no_reservations;
    let named = |booked: &BookedSeat| (booked.seat.clone(), booked.vehicle.clone());
    let content = view! {
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
    let reservation = &booked.reservation;
    RowKey { reservation: reservation.id.clone(), status: reservation.status.as_str(), seat: booked.seat.clone() }
}

fn row(state: Booking, asked: RwSignal<Option<BookedSeat>>, booked: BookedSeat) -> Row {
    let lang = state.lang;
    let id = booked.reservation.id.clone();
    let busy = Memo::new(move |_| state.cancelling.with(|cancelling| cancelling.as_ref() == Some(&id)));
    let holds = booked.holds();
    let words = move || {
        let text = booking(lang.get());
        match (holds, busy.get()) {
            (true, true) => text.cancelling,
            (true, false) => text.cancel,
            (false, _) => text.remove,
        }
    };
    let key = key(&booked);
    let (vehicle, seat) = (booked.vehicle.clone(), booked.seat.clone());
    let label = {
        let vehicle = vehicle.clone();
        move || format!("{} – {}, {vehicle}", words(), (booking(lang.get()).seat)(&seat))
    };
    let (status, created_at) = (booked.reservation.status, booked.reservation.created_at.map(|at| at.0));
    let button = view! {
        <button
            type="button"
            class="btn btn-small"
            data-testid=if holds { "cancel" } else { "remove" }
            aria-label=label
            aria-busy=move || busy.get().then_some("true")
            on:click=move |_| if holds { asked.set(Some(booked.clone())) } else { state.remove(booked.clone()) }
        >
            {words}
        </button>
    };
    Row { key, vehicle: vehicle.into(), client: None, status, created_at, action: Some(button.into_any()) }
}
