//! Book a seat, see and cancel what one has booked.

use leptos::prelude::*;

use crate::components::booking::{Booking, departures, my_reservations, seat_map};
use crate::components::page::Page;
use crate::i18n::booking::booking;

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
