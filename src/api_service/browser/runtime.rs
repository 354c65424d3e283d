//! The clock, timers and chance of the page.

use std::cell::Cell;

use futures_util::future::LocalBoxFuture;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::{JsCast, JsValue};

use crate::api_service::failover::{Duration, Timestamp};
use crate::api_service::transport::Runtime;

pub(super) fn performance() -> Option<web_sys::Performance> {
    web_sys::window()?.performance()
}

/// The page.
#[derive(Debug)]
pub struct Page {
    performance: Option<web_sys::Performance>,
    /// What was last read, in milliseconds: without `performance` the wall clock stands in, which may be set back.
    last_ms: Cell<f64>,
}

impl Default for Page {
    fn default() -> Self {
        Self { performance: performance(), last_ms: Cell::new(0.0) }
    }
}

impl Page {
    fn monotonic_ms(&self) -> f64 {
        self.performance.as_ref().map_or_else(js_sys::Date::now, web_sys::Performance::now)
    }
}

impl Runtime for Page {
    fn now(&self) -> Timestamp {
        self.last_ms.set(self.monotonic_ms().max(self.last_ms.get()));
        Timestamp::from_micros((self.last_ms.get() * 1_000.0) as u64)
    }

    fn wall_clock_ms(&self) -> f64 {
        js_sys::Date::now()
    }

    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()> {
        // Rounded up: a timer that fires early would find nothing to do and be set again.
        let millis = duration.as_micros().div_ceil(1_000).min(i32::MAX as u128) as u32;
        Box::pin(TimeoutFuture::new(millis))
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        wasm_bindgen_futures::spawn_local(task);
    }

    fn random(&self) -> u128 {
        let mut bytes = [0_u8; 16];
        let crypto = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("crypto"));
        let filled = crypto
            .ok()
            .and_then(|crypto| crypto.dyn_into::<web_sys::Crypto>().ok())
            .is_some_and(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).is_ok());
        if filled {
            return u128::from_le_bytes(bytes);
        }
        // No crypto at all: 104 bits of Math.random, still unique enough for a key that lives for minutes.
        let word = || (js_sys::Math::random() * f64::from(1_u32 << 26)) as u128;
        (0..4).fold(0, |bits, _| (bits << 26) | word())
    }
}
