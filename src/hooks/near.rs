//! What comes near the screen: it may be time to show it.

use std::time::Duration;

use leptos::html::Span;
use leptos::prelude::*;
use leptos_use_intersection_observer::{UseIntersectionObserverOptions, use_intersection_observer_with_options};
use leptos_use_timeout_fn::use_timeout_fn;
use web_sys::IntersectionObserverEntry;

/// Half a screen ahead: a person who scrolls finds it there.
const REACH: &str = "50% 0px";

/// Whether `place` has come near the part of the page that is seen. After `latest` it has in any case, since a page may be
/// printed, or searched, without being scrolled. Once it has, it stays so.
pub fn use_near(place: NodeRef<Span>, latest: Duration) -> Memo<bool> {
    let near = RwSignal::new(false);
    let timeout = use_timeout_fn(move |()| near.set(true), latest.as_millis() as f64);
    (timeout.start)(());
    use_intersection_observer_with_options(
        place,
        move |entries, observer| {
            if entries.iter().any(IntersectionObserverEntry::is_intersecting) {
                near.set(true);
                observer.disconnect();
            }
        },
        UseIntersectionObserverOptions::default().root_margin(REACH),
    );
    Memo::new(move |_| near.get())
}
