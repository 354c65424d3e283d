//! The browser's console as a view of the journal: what an operator would look for there, one line an event. The
//! export has all of it.

use std::cell::Cell;

use crate::api_service::ApiService;

/// Writes events to the console from now on, as long as the page lives. A release leaves out what happens to single
/// requests: a burst of them would bury the rest.
pub fn follow(api: ApiService) {
    let written = Cell::new(0);
    let subscription = api.on_change(move || {
        for entry in api.journal_since(written.get()) {
            written.set(entry.sequence + 1);
            let detail = entry.event.is_of_one_request();
            if detail && !cfg!(debug_assertions) {
                continue;
            }
            let (kind, node) = (entry.event.kind(), entry.event.node().map_or("", |url| url));
            let state = entry.event.new_state().map_or("", |state| state.as_str());
            let write = if detail { web_sys::console::debug_4 } else { web_sys::console::info_4 };
            write(&"failover:".into(), &kind.into(), &node.into(), &state.into());
        }
    });
    // Ends with the page.
    std::mem::forget(subscription);
}
