//! What comes near the screen: it may be time to load it.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::Array;
use leptos::html::Span;
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

/// Half a screen ahead: a person who scrolls finds it there.
const REACH: &str = "50% 0px";

/// Calls `arrived` once: when `place` comes near the part of the page that is seen, and after `latest` in any case,
/// since a page may be printed, or searched, without being scrolled.
pub fn when_near(place: NodeRef<Span>, latest: Duration, arrived: Box<dyn Fn()>) {
    let arrived = Rc::new(RefCell::new(Some(arrived)));
    let at_last = Rc::clone(&arrived);
    if let Ok(timer) = set_timeout_with_handle(move || call_once(&at_last), latest) {
        on_cleanup(move || timer.clear());
    }
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        let arrived = Rc::clone(&arrived);
        let seen = Closure::<dyn FnMut(Array)>::new(move |changes: Array| {
            let is_near = |change: JsValue| change.unchecked_into::<IntersectionObserverEntry>().is_intersecting();
            if changes.iter().any(is_near) {
                call_once(&arrived);
            }
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(REACH);
        // A browser without it waits for `latest`.
        if let Ok(observer) = IntersectionObserver::new_with_options(seen.as_ref().unchecked_ref(), &options) {
            observer.observe(&place);
            let observing = StoredValue::new_local((observer, seen));
            on_cleanup(move || observing.with_value(|(observer, _)| observer.disconnect()));
        }
    });
}

fn call_once(arrived: &RefCell<Option<Box<dyn Fn()>>>) {
    let first = arrived.borrow_mut().take();
    if let Some(first) = first {
        first();
    }
}
