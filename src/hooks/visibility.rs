//! Whether somebody can see the page.

use leptos::prelude::*;
use leptos_use_document_visibility::use_document_visibility;
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
    let visibility = use_document_visibility();
    Signal::derive(move || visibility.get() != VisibilityState::Hidden)
}
