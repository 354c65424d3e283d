//! The browser's transport: `fetch` with an AbortController, and the page's clock and timers.
//! With `check_worker` and `stream` the only place under `api_service` that names the browser.

use std::cell::Cell;

use futures_util::future::{Either, LocalBoxFuture, select};
use gloo_net::http;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, PerformanceEntry, RequestCache, RequestCredentials, RequestInit, RequestMode};

use super::failover::{Duration, NodeUrl, Timestamp};
use super::node_test::{self, NodeTest};
use super::transport::{Host, Method, Request, Response, Transport, TransportError};
use super::{ApiService, Options, Shelf, address, retry_after};

/// The service of this page, on its own `fetch`, clock and chance.
pub fn connect(options: impl FnOnce(u64) -> Options) -> ApiService {
    let page = Page::default();
    let seed = page.random() as u64;
    let api = ApiService::new(options(seed), Box::new(Fetch), Box::new(page));
    api.keep_writes_on(Box::new(SessionShelf));
    follow_network(api);
    api
}

/// Tells the service what the browser thinks of the network. For as long as the page lives.
fn follow_network(api: ApiService) {
    let Some(window) = web_sys::window() else { return };
    if !window.navigator().on_line() {
        api.online_changed(false);
    }
    for (event, online) in [("online", true), ("offline", false)] {
        let listener = Closure::<dyn Fn()>::new(move || api.online_changed(online)).into_js_value();
        // Without the listener the hint is missing, which no rule relies on.
        let _ = window.add_event_listener_with_callback(event, listener.unchecked_ref());
    }
}

/// Writes under way, in the tab's session storage: it outlives a reload and ends with the tab.
#[derive(Clone, Copy, Debug)]
struct SessionShelf;

const PENDING_WRITES: &str = "vcube-raft.pending-writes";

fn session_storage() -> Option<web_sys::Storage> {
    // An error and `None` both mean that the browser forbids it.
    web_sys::window()?.session_storage().ok()?
}

impl Shelf for SessionShelf {
    fn load(&self) -> Option<String> {
        session_storage()?.get_item(PENDING_WRITES).ok()?
    }

    fn save(&self, text: &str) {
        if let Some(storage) = session_storage() {
            // A full storage keeps nothing: the write itself goes on.
            let _ = storage.set_item(PENDING_WRITES, text);
        }
    }
}

/// Tests a node that is not in the list, with one health check of `timeout` at most.
pub async fn test_node(url: &NodeUrl, timeout: Duration) -> NodeTest {
    node_test::test_node(&Fetch, &Page::default(), url, timeout).await
}

/// What came of a request whose answer the page asked not to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Something answers there.
    Answers,
    /// The browser made no connection, or none that it trusts.
    Nothing,
    /// Nothing came in time.
    Silent,
}

/// Asks for the health of `base` without the right to read the answer: what CORS alone forbids comes back all the same,
/// what is refused, cut off or not trusted does not.
pub async fn reach(base: &str, timeout: Duration) -> Reach {
    let guard = AbortOnDrop(AbortController::new().ok());
    let options = options(true, guard.0.as_ref());
    options.set_mode(RequestMode::NoCors);
    let url = address::at(base, "/api/health");
    let sent = Box::pin(fetched(&url, &options));
    match select(sent, Page::default().sleep(timeout)).await {
        Either::Left((Ok(_), _)) => Reach::Answers,
        Either::Left((Err(_), _)) => Reach::Nothing,
        Either::Right(_) => Reach::Silent,
    }
}

/// `fetch`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fetch;

/// Aborts the request when its future is dropped: dropping alone would leave it running.
pub(super) struct AbortOnDrop(pub(super) Option<AbortController>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

impl Transport for Fetch {
    fn send(&self, request: Request) -> LocalBoxFuture<'static, Result<Response, TransportError>> {
        self.send_and_tell(request, Box::new(|| {}))
    }

    fn send_and_tell(
        &self,
        request: Request,
        headers_came: Box<dyn FnOnce()>,
    ) -> LocalBoxFuture<'static, Result<Response, TransportError>> {
        Box::pin(async move {
            // Without a controller the request cannot be taken back, but it can be made.
            let mut guard = AbortOnDrop(AbortController::new().ok());
            // Only a request that may be a health check.
            let measured_from = performance().filter(|_| request.no_store).map(|performance| performance.now());
            let answer = send(&request, guard.0.as_ref()).await.map_err(|_| TransportError::Network)?;
            headers_came();
            let headers = answer.headers();
            let status = answer.status();
            let patience = (status >= 400).then(|| headers.get("Retry-After")).flatten();
            let index = headers.get("X-Raft-Index");
            // The guard stays until here: the driver's timer covers the body as well.
            let body = answer.text().await.map_err(|_| TransportError::Truncated)?;
            guard.0 = None;
            let took = measured_from.and_then(|began_ms| measured(&request.url, began_ms));
            Ok(Response { took, ..response(status, body, patience, index) })
        })
    }
}

fn performance() -> Option<web_sys::Performance> {
    web_sys::window()?.performance()
}

/// How long the request to `url` took that this page made after `began_ms`, as the browser measured it: the page may have
/// been busy with itself when the answer came. `None` when the browser has not kept it.
fn measured(url: &str, began_ms: f64) -> Option<Duration> {
    let performance = performance()?;
    let entries = performance.get_entries_by_name(url);
    let last = entries.get(entries.length().wrapping_sub(1)).dyn_into::<PerformanceEntry>().ok();
    let last = last.filter(|entry| entry.start_time() >= began_ms);
    if last.is_none() {
        // The browser keeps 250, and no more until they are cleared.
        performance.clear_resource_timings();
    }
    last.map(|entry| Duration::from_micros((entry.duration() * 1_000.0) as u64))
}

/// An answer, with what its `Retry-After` and `X-Raft-Index` say.
pub(super) fn response(status: u16, body: String, patience: Option<String>, index: Option<String>) -> Response {
    let retry_after = patience.and_then(|text| retry_after::parse(&text, js_sys::Date::now()));
    Response {
        status,
        body: body.into(),
        retry_after,
        raft_index: index.and_then(|text| text.parse().ok()),
        took: None,
    }
}

/// Sends it. The answer's body is not read yet.
pub(super) async fn send(request: &Request, controller: Option<&AbortController>) -> Result<http::Response, JsValue> {
    let options = options(request.no_store, controller);
    if request.method != Method::Get {
        options.set_method(request.method.as_str());
    }
    if !request.headers.is_empty() {
        let headers = Headers::new()?;
        for (name, value) in &request.headers {
            headers.set(name, value)?;
        }
        options.set_headers_headers(&headers);
    }
    if let Some(body) = &request.body {
        options.set_body_opt_str(Some(body));
    }
    fetched(&request.url, &options).await
}

/// What every request to a node asks of the browser.
fn options(no_store: bool, controller: Option<&AbortController>) -> RequestInit {
    let options = RequestInit::new();
    // Nodes know a caller by the headers that we send, never by a cookie.
    options.set_credentials(RequestCredentials::Omit);
    if no_store {
        options.set_cache(RequestCache::NoStore);
    }
    if let Some(controller) = controller {
        options.set_signal(Some(&controller.signal()));
    }
    options
}

/// `fetch(url, options)`, and not gloo-net's builder: that makes a `Request` first, which the browser makes once more, and
/// making one costs as much as half of sending it.
async fn fetched(url: &str, options: &RequestInit) -> Result<http::Response, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let answer: web_sys::Response =
        JsFuture::from(window.fetch_with_str_and_init(url, options)).await?.unchecked_into();
    Ok(answer.into())
}

/// The text of a file of the page's own origin; `None` when it is not there or nothing answers.
pub async fn own_file(path: &str) -> Option<String> {
    let answer = fetched(path, &RequestInit::new()).await.ok()?;
    if answer.ok() { answer.text().await.ok() } else { None }
}

/// The page.
#[derive(Debug)]
pub struct Page {
    performance: Option<web_sys::Performance>,
    /// How far the wall clock is known to have run ahead of `performance.now()`, which pauses while the machine
    /// sleeps; in milliseconds.
    slept_ms: Cell<f64>,
    /// `Date.now() - performance.now()` when the clock was last read.
    offset_ms: Cell<f64>,
}

/// A wall clock that runs ahead by less than this was only adjusted.
const SLEEP_NOTICED_MS: f64 = 1_000.0;

impl Default for Page {
    fn default() -> Self {
        let page = Self { performance: performance(), slept_ms: Cell::new(0.0), offset_ms: Cell::new(0.0) };
        page.offset_ms.set(js_sys::Date::now() - page.monotonic_ms());
        page
    }
}

impl Page {
    fn monotonic_ms(&self) -> f64 {
        self.performance.as_ref().map_or_else(js_sys::Date::now, web_sys::Performance::now)
    }
}

impl Host for Page {
    fn now(&self) -> Timestamp {
        let monotonic = self.monotonic_ms();
        let offset = js_sys::Date::now() - monotonic;
        let ahead = offset - self.offset_ms.replace(offset);
        if ahead > SLEEP_NOTICED_MS {
            self.slept_ms.set(self.slept_ms.get() + ahead);
        }
        Timestamp::from_micros(((monotonic + self.slept_ms.get()) * 1_000.0) as u64)
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
