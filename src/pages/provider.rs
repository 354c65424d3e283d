//! A provider's vehicles, their seats, and who booked them.

use leptos::prelude::*;

use crate::components::fleet::{Fleet, bookings_table, new_vehicle, seat_list, vehicle_form, vehicles};
use crate::components::page::Page;
use crate::i18n::fleet::fleet;

#[component]
pub fn ProviderPage() -> impl IntoView {
    let state = Fleet::new();
    let lang = state.lang;
    view! {
        <Page name="provider" title=Signal::derive(move || fleet(lang.get()).title.to_owned())>
            {new_vehicle(state)}
            {vehicle_form(state)}
            {vehicles(state)}
            {seat_list(state)}
            {bookings_table(state)}
        </Page>
    }
}
