//! The vehicles on offer: one is chosen.

use leptos::prelude::*;

use super::booking::Booking;
use super::search::Search;
use super::search_form::search_form;
use crate::api_service::endpoints::fleet::Vehicle;
use crate::api_service::endpoints::wire::TimeStamp;
use crate::components::seats::{description, vehicle_name};
use crate::components::section::data_section;
use crate::i18n::booking::booking;
use crate::i18n::format::Currency;
use crate::i18n::template::isolated;
use crate::i18n::{Lang, format};

pub fn departures(state: Booking) -> impl IntoView {
    let lang = state.lang;
    let vehicles = state.vehicles;
    let found = Memo::new(move |_| state.found());
    let none_found = Memo::new(move |_| found.with(Vec::is_empty) && state.search.with(Search::is_narrow));
    let empty = move || vehicles.value().with(|vehicles| vehicles.as_ref().is_some_and(Vec::is_empty));
    let content = view! {
        <p hidden=move || !empty()>{move || booking(lang.get()).no_vehicles}</p>
        <div hidden=empty>{search_form(state)}</div>
        <p data-testid="none-found" hidden=move || empty() || !none_found.get()>
            {move || booking(lang.get()).none_found}
        </p>
        <ul class="departures">
            <For each=move || found.get() key=|vehicle| vehicle.clone_key() let:vehicle>
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
        move || details(lang.get(), &vehicle, state.company_of(&vehicle.provider_id))
    };
    let free = {
        let (id, capacity) = (vehicle.id.clone(), vehicle.capacity);
        move || {
            let text = booking(lang.get());
            let total = usize::try_from(capacity).unwrap_or_default();
            // A full plan of a vehicle that says no capacity is still one of that many seats.
            let count = |free: usize| (text.free_of)(free, total.max(free));
            state.free_of(&id).map_or_else(|| (text.seats_in_all)(capacity), count)
        }
    };
    let price = vehicle.price.map(|price| {
        let currency = use_context::<Currency>().unwrap_or_default();
        move || booking(lang.get()).price.fill([&currency.price(lang.get(), price)])
    });
    let link = {
        let id = vehicle.id.clone();
        move || state.vehicle_link(&id)
    };
    view! {
        <li>
            <a
                class="departure"
                href=link
                data-testid="vehicle"
                data-vehicle-id=vehicle.id.clone()
                on:click=|_| show_seats()
                aria-current=move || chosen.get().then_some("true")
            >
                <strong data-testid="vehicle-name">
                    <bdi>{vehicle_name(&vehicle)}</bdi>
                </strong>
                <span class="muted">
                    {details} <span data-testid="vehicle-seats" class="nowrap">{free}</span>
                    {price.map(|price| view! { " · " <span data-testid="vehicle-price" class="nowrap">{price}</span> })}
                </span>
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

/// Where the seats stand below the list, as on a phone, they come into view.
fn show_seats() {
    let one_column = window().match_media("(max-width: 56.1875em)").ok().flatten().is_some_and(|query| query.matches());
    if one_column {
        // After the router has gone to the departure.
        request_animation_frame(|| bring_into_view("seats-title"));
    }
}

/// Scrolls to the element of this id.
pub fn bring_into_view(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.scroll_into_view();
    }
}

/// "départ 5 mai 2026, 10:20 · Autocar · Lignes du Sud · Setra S 515 · AB-123-CD".
fn details(lang: Lang, vehicle: &Vehicle, company: Option<String>) -> String {
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
    parts.extend(company);
    parts.extend(Some(description(vehicle)).filter(|words| !words.is_empty()));
    // What follows is a seat count: the last separator is its.
    parts.into_iter().map(|part| format!("{} · ", isolated(&part))).collect()
}
