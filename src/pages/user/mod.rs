//! Book a seat, see and cancel what one has booked.

mod booking;
mod cancel;
mod departures;
mod my_reservations;
mod names;
mod reserve;
mod search;
mod search_form;
mod seat_map;
mod surroundings;

use leptos::prelude::*;

use crate::i18n::booking::booking;
use crate::shell::page::Page;
use booking::Booking;
use departures::departures;
use my_reservations::my_reservations;
use seat_map::seat_map;

#[component]
pub fn UserPage() -> impl IntoView {
    let state = Booking::new();
    let lang = state.lang;
    view! {
        <Page name="user" title=Signal::derive(move || booking(lang.get()).title.to_owned())>
            <div class="columns">{departures(state)} {seat_map(state)}</div>
            {my_reservations(state)}
        </Page>
    }
}
