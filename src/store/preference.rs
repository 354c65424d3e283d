//! The node that the operator prefers, for every tab of the browser and after a reload. Kept by URL: an index changes
//! its meaning when the list is edited.

use codee::string::FromToStringCodec;
use leptos::prelude::*;
use leptos_use_storage::use_local_storage;

use crate::api_service::ApiService;

const STORAGE_KEY: &str = "vcube.preferred";

/// Prefers the node that was preferred before, keeps every later choice, and follows what other tabs choose.
pub fn keep_preference(api: ApiService) {
    let (kept, keep, forget) = use_local_storage::<String, FromToStringCodec>(STORAGE_KEY);
    kept.with_untracked(|kept| apply(api, kept));
    Effect::watch(move || kept.get(), move |kept, _, _| apply(api, kept), false);
    let subscription = api.on_change(move || {
        // After every change of anything: a thousand nodes must not be copied each time.
        let preferred = preferred_url(api);
        if kept.with_untracked(|kept| *kept == preferred) {
            return;
        }
        if preferred.is_empty() {
            forget();
        } else {
            keep.set(preferred);
        }
    });
    StoredValue::new_local(subscription);
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
