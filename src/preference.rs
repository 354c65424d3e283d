//! The node that the operator prefers, for every tab of the browser and after a reload. Kept by URL: an index changes
//! its meaning when the list is edited.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;

use crate::api_service::ApiService;
use crate::storage::{self, Area};

const STORAGE_KEY: &str = "vcube.preferred";

/// Prefers the node that was preferred before, keeps every later choice, and follows what other tabs choose.
pub fn keep_preference(api: ApiService) {
    let kept = storage::read(Area::Local, STORAGE_KEY).unwrap_or_default();
    apply(api, &kept);
    let written = Rc::new(RefCell::new(kept));
    let known = Rc::clone(&written);
    let subscription = api.on_change(move || {
        // After every change of anything: a thousand nodes must not be copied each time.
        let preferred = preferred_url(api);
        if *known.borrow() == preferred {
            return;
        }
        if preferred.is_empty() {
            storage::remove(Area::Local, STORAGE_KEY);
        } else {
            storage::write(Area::Local, STORAGE_KEY, &preferred);
        }
        *known.borrow_mut() = preferred;
    });
    StoredValue::new_local(subscription);
    // Sent to the other tabs only, not to the one that wrote.
    let listener = window_event_listener(leptos::ev::storage, move |event| {
        if event.key().as_deref() == Some(STORAGE_KEY) {
            let chosen = event.new_value().unwrap_or_default();
            *written.borrow_mut() = chosen.clone();
            apply(api, &chosen);
        }
    });
    on_cleanup(move || listener.remove());
}

/// Empty while the choice is automatic.
fn preferred_url(api: ApiService) -> String {
    api.preferred_url().map_or_else(String::new, |url| url.to_string())
}

/// Makes the node at `url` the preferred one. A node that left the list, like an empty `url`, means: automatic.
fn apply(api: ApiService, url: &str) {
    if preferred_url(api) == url {
        return;
    }
    let preferred = api.find(url).is_some_and(|(index, ..)| api.switch_to_node(index).is_ok());
    if !preferred {
        api.clear_preference();
    }
}
