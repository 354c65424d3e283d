//! The browser's console as a view of the journal: what an operator would look for there, one line an event. The
//! export has all of it.

use std::cell::Cell;

use crate::api_service::ApiService;
use crate::api_service::endpoints::listed::Unreadable;

/// Writes events to the console from now on, as long as the page lives. A release leaves out what happens to single
/// requests: a burst of them would bury the rest.
pub fn follow(api: ApiService) {
    let written = Cell::new(0);
    let subscription = api.on_change(move || {
        // One call for all that happened at once: a round over a thousand nodes that hang would be a thousand calls.
        let mut lines = String::new();
        for entry in api.journal_since(written.get()) {
            written.set(entry.sequence + 1);
            if entry.event.is_of_one_request() && !cfg!(debug_assertions) {
                continue;
            }
            let (kind, node) = (entry.event.kind(), entry.event.node().map_or("", |url| url));
            let state = entry.event.new_state().map_or("", |state| state.as_str());
            for word in ["\nfailover: ", kind, " ", node, " ", state] {
                lines.push_str(word);
            }
        }
        if let Some(lines) = lines.get(1..) {
            web_sys::console::info_1(&lines.into());
        }
    });
    // Ends with the page.
    std::mem::forget(subscription);
    api.on_unreadable(|path, unreadable| {
        let Unreadable { count, total, first } = unreadable;
        web_sys::console::warn_1(&format!("{path}: {count} of {total} could not be read: {first}").into());
    });
}
