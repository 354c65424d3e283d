//! The provider's four figures: vehicles, those on offer, seats and taken seats.

use leptos::prelude::*;

use super::fleet::Fleet;
use crate::api_service::endpoints::fleet::Vehicle;
use crate::components::figures::figures;
use crate::i18n::fleet::{FleetText, fleet};
use crate::i18n::format;

pub fn summary(state: Fleet) -> impl IntoView {
    let lang = state.lang;
    let figure = move |name: fn(&FleetText) -> &'static str, read: fn(Fleet) -> Option<u64>| {
        let value = move || read(state).map_or_else(|| format::ABSENT.to_owned(), |n| format::integer(lang.get(), n));
        (Signal::derive(move || name(fleet(lang.get())).to_owned()), Signal::derive(value))
    };
    let list = vec![
        figure(
            |text| text.vehicles,
            |state| state.vehicles.value().with(|all| all.as_ref().map(|all| all.len() as u64)),
        ),
        figure(
            |text| text.on_offer,
            |state| {
                let published = |all: &Vec<_>| all.iter().filter(|vehicle: &&Vehicle| vehicle.published).count() as u64;
                state.vehicles.value().with(|all| all.as_ref().map(published))
            },
        ),
        figure(
            |text| text.all_seats,
            |state| {
                let seats = |all: &Vec<Vehicle>| all.iter().map(|vehicle| u64::from(vehicle.capacity)).sum();
                state.vehicles.value().with(|all| all.as_ref().map(seats))
            },
        ),
        figure(
            |text| text.taken_seats,
            |state| {
                state
                    .taken
                    .with(|taken| taken.as_ref().map(|taken| taken.iter().map(|(_, count)| u64::from(*count)).sum()))
            },
        ),
    ];
    view! { <div data-testid="provider-figures">{figures(list)}</div> }
}
