//! Whether somebody can see the page.

use leptos::prelude::*;
use web_sys::VisibilityState;

#[derive(Clone, Copy)]
struct PageVisibility(Signal<bool>);

/// Watches the page once for all that stand below.
pub fn provide_visibility() -> Signal<bool> {
    let visible = watch();
    provide_context(PageVisibility(visible));
    visible
}

/// Whether the page is shown: `false` in a tab that is in the background.
pub fn use_visibility() -> Signal<bool> {
    use_context::<PageVisibility>().map_or_else(watch, |known| known.0)
}

fn watch() -> Signal<bool> {
    let visible = RwSignal::new(is_visible());
    // The event is sent to the document, and bubbles up to the window.
    let listener = window_event_listener_untyped("visibilitychange", move |_| visible.set(is_visible()));
    on_cleanup(move || listener.remove());
    Signal::derive(move || visible.get())
}

fn is_visible() -> bool {
    document().visibility_state() != VisibilityState::Hidden
}
