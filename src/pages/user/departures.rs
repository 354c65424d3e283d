//! The vehicles on offer: one is chosen.

use leptos::prelude::*;

use super::booking::Booking;
use crate::api_service::endpoints::fleet::Vehicle;
use crate::api_service::endpoints::wire::TimeStamp;
use crate::components::seats::vehicle_name;
use crate::components::section::data_section;
use crate::i18n::booking::booking;
use crate::i18n::{Lang, format};

pub fn departures(state: Booking) -> impl IntoView {
    let lang = state.lang;
    let vehicles = state.vehicles;
    let list = move || vehicles.value().with(|vehicles| vehicles.clone().unwrap_or_default());
    let empty = move || vehicles.value().with(|vehicles| vehicles.as_ref().is_some_and(Vec::is_empty));
    let content = view! {
        <p hidden=move || !empty()>{move || booking(lang.get()).no_vehicles}</p>
        <ul class="departures">
            <For each=list key=|vehicle| vehicle.clone_key() let:vehicle>
                {departure(state, vehicle)}
            </For>
        </ul>
    };
    data_section("vehicles", move || booking(lang.get()).vehicles.to_owned(), vehicles, content)
}

impl Vehicle {
    /// Another key is another row: whatever the provider edited shows.
    fn clone_key(&self) -> (String, String, Option<String>, Option<String>) {
        let price = self.price.map(|price| price.to_string());
        (self.id.clone(), vehicle_name(self), self.departure_time.clone(), price)
    }
}

fn departure(state: Booking, vehicle: Vehicle) -> impl IntoView {
    let lang = state.lang;
    let id = vehicle.id.clone();
    let chosen = Memo::new(move |_| state.vehicle_id.with(|chosen| chosen.as_ref() == Some(&id)));
    let details = {
        let vehicle = vehicle.clone();
        move || details(lang.get(), &vehicle)
    };
    view! {
        <li>
            <a
                class="departure"
                href=Booking::vehicle_link(&vehicle.id)
                data-testid="vehicle"
                data-vehicle-id=vehicle.id.clone()
                aria-current=move || chosen.get().then_some("true")
            >
                <strong>{vehicle_name(&vehicle)}</strong>
                <span class="muted">{details}</span>
                <span class="departure-choice">
                    {move || {
                        let text = booking(lang.get());
                        if chosen.get() { text.chosen } else { text.choose_vehicle }
                    }}
                </span>
            </a>
        </li>
    }
}

/// "départ 5 mai 2026, 10:20 · Autocar · 48 places · prix 42,00".
fn details(lang: Lang, vehicle: &Vehicle) -> String {
    let text = booking(lang);
    let mut parts = Vec::new();
    parts.extend(vehicle.departure_time.as_deref().map(|time| {
        let at = TimeStamp::parse(time).map(|at| format::date_time(lang, at.0));
        // Free text of the provider is shown as it was written.
        text.departure_at.fill([at.as_deref().unwrap_or(time)])
    }));
    let name = vehicle.name.trim();
    let has_route = vehicle.departure.is_some() && vehicle.destination.is_some();
    parts.extend((has_route && !name.is_empty()).then(|| name.to_owned()));
    parts.push((text.seats_in_all)(vehicle.capacity));
    parts.extend(vehicle.price.map(|price| text.price.fill([&format::price(lang, price)])));
    parts.join(" · ")
}
