//! The seats of the chosen vehicle, as in the vehicle: two, the aisle, two. One tab stop, arrow keys between seats.

use leptos::prelude::*;

use super::booking::{BookedSeat, Booking};
use crate::api_service::endpoints::fleet::Seat;
use crate::components::seats::{SeatPlan, vehicle_name};
use crate::components::section::data_section;
use crate::i18n::booking::booking;

pub fn seat_map(state: Booking) -> impl IntoView {
    let lang = state.lang;
    let title = move || {
        let vehicle = state.chosen_vehicle();
        let name = vehicle.as_ref().map_or_else(|| "–".to_owned(), vehicle_name);
        booking(lang.get()).seats.fill([&name])
    };
    let seats = Memo::new(move |_| {
        let chosen = state.vehicle_id.get().unwrap_or_default();
        state.plan.value().with(|plan| match plan {
            // Those of another vehicle are on their way out.
            Some(SeatPlan { vehicle_id, seats }) if *vehicle_id == chosen => seats.clone(),
            _ => Vec::new(),
        })
    });
    let content = view! {
        <p class="muted" data-testid="seats-summary">
            {move || summary(state, seats)}
        </p>
        <div class="seats" role="radiogroup" aria-labelledby="seats-title">
            <For each=move || seats.with(|seats| ids(seats)) key=|seat| seat.clone() let:seat>
                {seat_view(state, seats, seat)}
            </For>
        </div>
        {reserve_button(state, seats)}
    };
    data_section("seats", title, state.plan, content)
}

/// Id and label.
fn ids(seats: &[Seat]) -> Vec<(String, String)> {
    seats.iter().map(|seat| (seat.id.clone(), seat.label.clone())).collect()
}

fn summary(state: Booking, seats: Memo<Vec<Seat>>) -> String {
    let text = booking(state.lang.get());
    if state.vehicle_id.with(Option::is_none) {
        return text.seats_hint.to_owned();
    }
    seats.with(|seats| match seats.len() {
        0 => text.no_seats.to_owned(),
        total => (text.free_of)(seats.iter().filter(|seat| seat.available).count(), total),
    })
}

fn seat_view(state: Booking, seats: Memo<Vec<Seat>>, (id, label): (String, String)) -> impl IntoView {
    let lang = state.lang;
    let of = move |id: String| move |seats: &Vec<Seat>| seats.iter().any(|seat| seat.id == id && seat.available);
    let is_available = of(id.clone());
    let available = Memo::new(move |_| seats.with(&is_available));
    let own = id.clone();
    let mine = Memo::new(move |_| {
        let held = |booked: &BookedSeat| booked.reservation.holds() && booked.reservation.seat_id == own;
        state.mine.value().with(|mine| mine.iter().flatten().any(held))
    });
    let this = id.clone();
    let chosen = Memo::new(move |_| available.get() && state.seat_id.with(|chosen| chosen.as_ref() == Some(&this)));
    let picked = id.clone();
    let words = move || {
        let text = booking(lang.get());
        match (available.get(), mine.get()) {
            (true, _) => text.free,
            (false, true) => text.mine,
            (false, false) => text.taken,
        }
    };
    view! {
        <label
            class="seat"
            data-testid="seat"
            data-seat-id=id
            data-available=move || available.get().to_string()
            data-mine=move || mine.get().to_string()
        >
            <input
                type="radio"
                name="seat"
                class="seat-input"
                disabled=move || !available.get()
                prop:checked=chosen
                on:change=move |_| state.choose_seat(Some(&picked))
            />
            <span class="seat-label">{label}</span>
            <span class="seat-state">{words}</span>
        </label>
    }
}

fn reserve_button(state: Booking, seats: Memo<Vec<Seat>>) -> impl IntoView {
    let lang = state.lang;
    let label = Memo::new(move |_| {
        let chosen = state.seat_id.get()?;
        seats.with(|seats| seats.iter().find(|seat| seat.id == chosen && seat.available).map(|seat| seat.label.clone()))
    });
    let busy = move || state.booking.with(Option::is_some);
    let words = move || {
        let text = booking(lang.get());
        match (busy(), label.get()) {
            (true, _) => text.reserving.to_owned(),
            (false, Some(label)) => text.reserve_seat.fill([&label]),
            (false, None) => text.reserve.to_owned(),
        }
    };
    view! {
        <div class="reserve-bar" hidden=move || seats.with(Vec::is_empty)>
        <button
            type="button"
            class="btn btn-primary"
            data-testid="reserve"
            aria-busy=move || busy().then_some("true")
            aria-disabled=move || (label.with(Option::is_none) && !busy()).then_some("true")
            title=move || label.with(Option::is_none).then(|| booking(lang.get()).choose_seat_first)
            on:click=move |_| state.reserve()
        >
            {words}
        </button>
        </div>
    }
}
