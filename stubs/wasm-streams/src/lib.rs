//! In place of `wasm-streams`, which Leptos needs for server functions. This application has none, and nothing here is
//! ever called; but the classes that the real crate offers to scripts would be in what every browser loads, 2 KB of it.

use futures_core::Stream;
use futures_util::future::{Ready, ready};
use futures_util::stream::{Once, once};
use wasm_bindgen::{JsCast, JsValue};

/// A stream that cannot be read.
pub struct ReadableStream(web_sys::ReadableStream);

/// What reading it gives.
pub type IntoStream = Once<Ready<Result<JsValue, JsValue>>>;

impl ReadableStream {
    /// Holds a stream of the browser.
    pub const fn from_raw(raw: web_sys::ReadableStream) -> Self {
        Self(raw)
    }

    /// Holds none.
    pub fn from_stream<S>(_: S) -> Self
    where
        S: Stream<Item = Result<JsValue, JsValue>> + 'static,
    {
        Self(JsValue::UNDEFINED.unchecked_into())
    }

    /// The stream of the browser.
    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.0
    }

    /// One error: nothing here reads streams this way.
    pub fn into_stream(self) -> IntoStream {
        once(ready(Err(JsValue::from_str("streams of server functions are not supported"))))
    }
}
