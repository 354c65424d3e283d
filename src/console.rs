//! The browser's console as a view of the journal: what an operator would look for there, one line an event.

use std::cell::Cell;

use wasm_bindgen::JsValue;

use crate::api_service::ApiService;

/// Writes events to the console from now on, as long as the page lives. A release leaves out what happens to single
/// requests: a burst of them would bury the rest.
pub fn follow(api: ApiService) {
    let written = Cell::new(0);
    let subscription = api.on_change(move || {
        for entry in api.journal_since(written.get()) {
            written.set(entry.sequence + 1);
            let line = JsValue::from_str(&api.entry_json(&entry));
            if !entry.event.is_of_one_request() {
                web_sys::console::info_2(&"failover".into(), &line);
            } else if cfg!(debug_assertions) {
                web_sys::console::debug_2(&"failover".into(), &line);
            }
        }
    });
    // Ends with the page.
    std::mem::forget(subscription);
}
