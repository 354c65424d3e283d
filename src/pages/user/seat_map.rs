//! The seats of the chosen vehicle, as in the vehicle: two, the aisle, two. Each can be chosen beside others. One tab
//! stop, arrow keys between free seats.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::booking::Booking;
use super::departures::bring_into_view;
use super::names::BookedSeat;
use super::reserve::labels;
use crate::api_service::endpoints::fleet::Seat;
use crate::components::seats::{SeatPlan, vehicle_name};
use crate::components::section::data_section;
use crate::i18n::booking::{BookingText, booking};
use crate::i18n::format::Currency;

/// Seats of a row, as the sheet lays them out.
const IN_A_ROW: usize = 4;

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
    // The seat that Tab leads to: the one that had the focus last, else a chosen one, else the first that is free.
    let visited = RwSignal::new(None::<String>);
    let tab_stop = Memo::new(move |_| {
        let chosen = state.chosen_seats();
        seats.with(|seats| {
            let is_free = |id: &String| seats.iter().any(|seat| seat.id == *id && seat.available);
            let first_free = || seats.iter().find(|seat| seat.available).map(|seat| seat.id.clone());
            visited.get().filter(is_free).or_else(|| Some(chosen.first()?.id.clone())).or_else(first_free)
        })
    });
    let on_key = move |event: KeyboardEvent| {
        let free: Vec<bool> = seats.with_untracked(|seats| seats.iter().map(|seat| seat.available).collect());
        if let Some(input) = next_input(&event, &free) {
            event.prevent_default();
            // The seat is in the page: focusing it cannot fail.
            let _ = input.focus();
        }
    };
    let content = view! {
        <p class="muted" data-testid="seats-summary">
            {move || summary(state, seats)}
        </p>
        <div class="seats" role="group" aria-labelledby="seats-title" on:keydown=on_key>
            <For each=move || seats.with(|seats| ids(seats)) key=|seat| seat.clone() let:seat>
                {seat_view(state, seats, (visited, tab_stop), seat)}
            </For>
        </div>
        {reserve_bar(state, seats)}
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

fn seat_view(
    state: Booking,
    seats: Memo<Vec<Seat>>,
    (visited, tab_stop): (RwSignal<Option<String>>, Memo<Option<String>>),
    (id, label): (String, String),
) -> impl IntoView {
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
    let chosen = Memo::new(move |_| state.chosen_seats().iter().any(|seat| seat.id == this));
    let (picked, reached, stop) = (id.clone(), id.clone(), id.clone());
    let words = move || {
        let text = booking(lang.get());
        match (available.get(), mine.get()) {
            // A seat that has just been booked may still be free in the plan.
            (_, true) => text.mine,
            (true, false) => text.free,
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
                type="checkbox"
                name="seat"
                class="seat-input"
                disabled=move || !available.get()
                tabindex=move || if tab_stop.with(|at| at.as_ref() == Some(&stop)) { "0" } else { "-1" }
                prop:checked=chosen
                on:focus=move |_| visited.set(Some(reached.clone()))
                on:change=move |event| state.choose_seat(&picked, event_target_checked(&event))
            />
            <span class="seat-label">{label}</span>
            <span class="seat-state">{words}</span>
        </label>
    }
}

/// The input of the seat that the key leads to.
fn next_input(event: &KeyboardEvent, free: &[bool]) -> Option<web_sys::HtmlElement> {
    let plan = event.current_target()?.dyn_into::<web_sys::Element>().ok()?;
    let inputs = plan.query_selector_all("input").ok()?;
    let from = (0..inputs.length())
        .find(|at| inputs.get(*at).as_deref() == event.target().as_ref().and_then(|target| target.dyn_ref()))?;
    let to = moved(from as usize, &event.key(), free)?;
    inputs.get(u32::try_from(to).ok()?)?.dyn_into().ok()
}

/// The place of the next free seat in the direction of the key; `None` when there is none, or the key leads nowhere.
fn moved(from: usize, key: &str, free: &[bool]) -> Option<usize> {
    let is_free = |at: &usize| free.get(*at).copied().unwrap_or_default();
    match key {
        "ArrowRight" => (from + 1..free.len()).find(is_free),
        "ArrowLeft" => (0..from).rev().find(is_free),
        "ArrowDown" => (from + IN_A_ROW..free.len()).step_by(IN_A_ROW).find(is_free),
        "ArrowUp" => (from % IN_A_ROW..from).step_by(IN_A_ROW).rev().find(is_free),
        "Home" => (0..free.len()).find(is_free),
        "End" => (0..free.len()).rev().find(is_free),
        _ => None,
    }
}

/// Stays at the lower end of the screen: what is chosen is booked without scrolling, and on a phone the way to the other
/// parts of the page is there too.
fn reserve_bar(state: Booking, seats: Memo<Vec<Seat>>) -> impl IntoView {
    let lang = state.lang;
    let chosen = Memo::new(move |_| state.chosen_seats());
    let none = Memo::new(move |_| chosen.with(Vec::is_empty));
    let busy = state.reserving;
    let words = move || {
        let lang = lang.get();
        let text = booking(lang);
        chosen.with(|chosen| match (busy.get(), chosen.len()) {
            (true, _) => text.reserving.to_owned(),
            (false, 0) => text.reserve.to_owned(),
            (false, count) => text.reserve_seats.of(lang, count).fill([&labels(chosen)]),
        })
    };
    let currency = use_context::<Currency>().unwrap_or_default();
    // Of a single seat the list of departures says the price.
    let total = Memo::new(move |_| {
        let count = chosen.with(Vec::len);
        let price = state.chosen_vehicle()?.price.filter(|_| count > 1)?;
        Some(booking(lang.get()).total_price.fill([&currency.price(lang.get(), price * count as f64)]))
    });
    let jump = move |id: &'static str, to: &'static str, words: fn(&BookingText) -> &'static str| {
        view! {
            <button type="button" class="btn btn-small" data-testid=id on:click=move |_| bring_into_view(to)>
                {move || words(booking(lang.get()))}
            </button>
        }
    };
    view! {
        <div class="reserve-bar" hidden=move || seats.with(Vec::is_empty)>
            <button
                type="button"
                class="btn btn-primary"
                data-testid="reserve"
                aria-busy=move || busy.get().then_some("true")
                aria-disabled=move || (none.get() && !busy.get()).then_some("true")
                title=move || none.get().then(|| booking(lang.get()).choose_seat_first)
                on:click=move |_| state.reserve()
            >
                {words}
            </button>
            <span data-testid="reserve-total" hidden=move || total.with(Option::is_none)>
                {total}
            </span>
            <span class="reserve-jumps">
                {jump("to-departures", "vehicles-title", |text| text.to_departures)}
                {jump("to-reservations", "reservations-title", |text| text.mine_title)}
            </span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrow_keys_lead_to_the_next_free_seat_of_the_row_or_the_column_and_nowhere_beyond_the_last() {
        let free = [true, false, true, true, false, true, true, true, true, true];
        let from = |from, key| moved(from, key, &free);
        assert_eq!((from(0, "ArrowRight"), from(2, "ArrowLeft"), from(9, "ArrowRight")), (Some(2), Some(0), None));
        assert_eq!((from(0, "ArrowDown"), from(8, "ArrowUp"), from(2, "ArrowUp")), (Some(8), Some(0), None));
        assert_eq!((from(7, "Home"), from(0, "End"), from(0, "Enter")), (Some(0), Some(9), None));
    }
}
