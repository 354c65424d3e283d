//! The time that ages are told from.

use leptos::prelude::*;

use super::use_polling;
use crate::api_service::{ApiService, Timestamp};

/// The service's clock, written every `period_ms` milliseconds while the page is shown.
///
/// # Panics
/// Without an [`ApiService`] in context: a mistake of the caller, not of the world.
pub fn use_now(period_ms: u32) -> Signal<Timestamp> {
    let api = expect_context::<ApiService>();
    let now = RwSignal::new(api.now());
    use_polling(period_ms, move || {
        now.set(api.now());
        std::future::ready(())
    });
    now.into()
}
