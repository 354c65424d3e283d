//! The fields above the departures: place, day, order. What they say is in the URL once it is settled.

use leptos::prelude::*;

use super::booking::Booking;
use super::search::Sort;
use crate::i18n::booking::{BookingText, booking};

const fn words(text: &BookingText, sort: Sort) -> &'static str {
    match sort {
        Sort::Listed => text.sort_listed,
        Sort::Time => text.sort_time,
        Sort::Price => text.sort_price,
        Sort::FreeSeats => text.sort_free,
    }
}

pub fn search_form(state: Booking) -> impl IntoView {
    let lang = state.lang;
    let search = state.search;
    let options = move || {
        let chosen = search.with_untracked(|search| search.sort);
        let option = |sort: Sort| {
            view! {
                <option value=sort.as_str() selected=sort == chosen>
                    {words(booking(lang.get()), sort)}
                </option>
            }
        };
        Sort::ALL.map(option).into_iter().collect_view()
    };
    view! {
        <form
            class="departure-search"
            role="search"
            data-testid="departure-search"
            aria-label=move || booking(lang.get()).search
            on:submit=move |event| {
                event.prevent_default();
                state.note_in_url();
            }
        >
            <label>
                <span class="field-label">{move || booking(lang.get()).search_place}</span>
                <input
                    type="search"
                    class="input"
                    data-testid="search-place"
                    autocomplete="off"
                    prop:value=move || search.with(|search| search.place.clone())
                    on:input=move |event| search.update(|search| search.place = event_target_value(&event))
                    on:change=move |_| state.note_in_url()
                />
            </label>
            <label>
                <span class="field-label">{move || booking(lang.get()).search_day}</span>
                <input
                    type="date"
                    class="input"
                    data-testid="search-day"
                    prop:value=move || search.with(|search| search.day.clone())
                    on:change=move |event| {
                        search.update(|search| search.day = event_target_value(&event));
                        state.note_in_url();
                    }
                />
            </label>
            <label>
                <span class="field-label">{move || booking(lang.get()).sort}</span>
                <select
                    class="input"
                    data-testid="search-sort"
                    prop:value=move || search.with(|search| search.sort.as_str())
                    on:change=move |event| {
                        search.update(|search| search.sort = Sort::parse(&event_target_value(&event)));
                        state.note_in_url();
                    }
                >
                    {options}
                </select>
            </label>
        </form>
    }
}
