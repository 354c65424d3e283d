//! The seats of the chosen vehicle, as in the vehicle: two, the aisle, two.

use leptos::prelude::*;
use leptos_router::components::A;

use super::fleet::{Fleet, link};
use crate::api_service::endpoints::fleet::Seat;
use crate::components::seats::SeatPlan;
use crate::components::section::data_section;
use crate::i18n::booking::booking;
use crate::i18n::fleet::fleet;

/// Nothing while no vehicle is chosen.
pub fn seat_list(state: Fleet) -> impl IntoView {
    let lang = state.lang;
    let title = move || {
        let name = state.vehicle_id.get().map(|id| state.name_of(&id)).unwrap_or_default();
        fleet(lang.get()).seats.fill([&name])
    };
    let seats = Memo::new(move |_| {
        let chosen = state.vehicle_id.get().unwrap_or_default();
        let of_chosen = |plan: &SeatPlan| if plan.vehicle_id == chosen { plan.seats.clone() } else { Vec::new() };
        state.plan.value().with(|plan| plan.as_ref().map(of_chosen).unwrap_or_default())
    });
    let summary = move || {
        let (free, total) = seats.with(|seats| (seats.iter().filter(|seat| seat.available).count(), seats.len()));
        if total == 0 {
            booking(lang.get()).no_seats.to_owned()
        } else {
            (fleet(lang.get()).seats_summary)(free, total)
        }
    };
    let keys =
        move || seats.with(|seats| seats.iter().map(|seat| (seat.id.clone(), seat.label.clone())).collect::<Vec<_>>());
    let content = view! {
        <p class="muted" data-testid="seats-summary">
            {summary}
        </p>
        <ul class="seats seats-list">
            <For each=keys key=|seat| seat.clone() let:seat>
                {seat_view(state, seats, seat)}
            </For>
        </ul>
        <p>
            <A
                href=move || link(None, state.edited.get().as_deref())
                scroll=false
                attr:class="btn btn-small"
                attr:data-testid="close-seats"
            >
                {move || fleet(lang.get()).close_seats}
            </A>
        </p>
    };
    let section = data_section("seats", title, state.plan, content);
    view! { <div hidden=move || state.vehicle_id.with(Option::is_none)>{section}</div> }
}

fn seat_view(state: Fleet, seats: Memo<Vec<Seat>>, (id, label): (String, String)) -> impl IntoView {
    let lang = state.lang;
    let own = id.clone();
    let available = Memo::new(move |_| seats.with(|seats| seats.iter().any(|seat| seat.id == own && seat.available)));
    let words = move || {
        let text = booking(lang.get());
        if available.get() { text.free } else { text.taken }
    };
    view! {
        <li class="seat" data-testid="seat" data-seat-id=id data-available=move || available.get().to_string()>
            <span class="seat-label">{label}</span>
            <span class="seat-state">{words}</span>
        </li>
    }
}
