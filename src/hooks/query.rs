//! What the address of the page says behind its question mark.

use leptos::prelude::*;
use leptos_router::hooks::use_url;

/// The value of `name` in the query of the page; followed by what reads it.
///
/// Read from the text of the query: the map that `leptos_router` 0.8 makes of it decodes every value twice, so that an
/// encoded `&` in the way back after a login, or in an id, would end it.
///
/// # Panics
/// Outside of a router: a mistake of the caller, not of the world.
pub fn use_query_value(name: &'static str) -> Memo<Option<String>> {
    let url = use_url();
    Memo::new(move |_| url.with(|url| value_in(url.search(), name)))
}

/// The value of `name` in a query, decoded: a plus is a space, and a percent sign that begins no byte is one.
pub fn value_in(search: &str, name: &str) -> Option<String> {
    web_sys::UrlSearchParams::new_with_str(search).ok()?.get(name)
}

/// Every value of `name` in the query of the page, in their order; followed by what reads them.
///
/// # Panics
/// Outside of a router: a mistake of the caller, not of the world.
pub fn use_query_values(name: &'static str) -> Memo<Vec<String>> {
    let url = use_url();
    Memo::new(move |_| url.with(|url| values_in(url.search(), name)))
}

fn values_in(search: &str, name: &str) -> Vec<String> {
    let query = web_sys::UrlSearchParams::new_with_str(search);
    let values = query.map(|query| query.get_all(name)).unwrap_or_default();
    values.iter().filter_map(|value| value.as_string()).collect()
}
