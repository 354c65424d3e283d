//! A provider's vehicles, their seats, and who booked them.

mod bookings;
mod bookings_table;
mod draft;
mod fields;
mod fleet;
mod seat_list;
mod summary;
mod vehicle_form;
mod vehicle_row;
mod vehicles;

use leptos::prelude::*;

use crate::i18n::fleet::fleet;
use crate::shell::page::Page;
use bookings_table::bookings_table;
use fleet::Fleet;
use seat_list::seat_list;
use summary::summary;
use vehicle_form::vehicle_form;
use vehicles::{new_vehicle, vehicles};

#[component]
pub fn ProviderPage() -> impl IntoView {
    let state = Fleet::new();
    let lang = state.lang;
    view! {
        <Page name="provider" title=Signal::derive(move || fleet(lang.get()).title.to_owned())>
            {summary(state)}
            {new_vehicle(state)}
            {vehicle_form(state)}
            {vehicles(state)}
            {seat_list(state)}
            {bookings_table(state)}
        </Page>
    }
}
