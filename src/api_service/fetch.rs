//! The browser's transport: `fetch` with an AbortController, and the page's clock and timers.
//! With `check_worker` and `stream` the only place under `api_service` that names the browser.

use std::cell::Cell;

use futures_util::future::{Either, LocalBoxFuture, select};
use gloo_net::http::{self, RequestBuilder};
use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, PerformanceEntry, ReadableStreamDefaultReader, RequestCache, RequestCredentials,
    RequestMode, RequestRedirect,
};

use super::failover::{Duration, NodeUrl, Timestamp, Unsendable};
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
    // A request of this mode has to follow redirects, or is none.
    let request = builder(&address::at(base, "/api/health"), guard.0.as_ref())
        .cache(RequestCache::NoStore)
        .mode(RequestMode::NoCors)
        .redirect(RequestRedirect::Follow)
        .build();
    let Ok(request) = request else { return Reach::Nothing };
    match select(Box::pin(fetched(request)), Page::default().sleep(timeout)).await {
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
            let sent = built(&request, guard.0.as_ref()).map_err(TransportError::Unsendable)?;
            let url = sent.url();
            let answer = fetched(sent).await.map_err(|_| TransportError::Network)?;
            headers_came();
            let headers = answer.headers();
            let status = answer.status();
            let patience = (status >= 400).then(|| headers.get("Retry-After")).flatten();
            let index = headers.get("X-Raft-Index");
            // The guard stays until here: the driver's timer covers the body as well, and one that is too long is aborted.
            let body = text_of(&answer, request.body_at_most).await.ok_or(TransportError::Truncated)?;
            guard.0 = None;
            let took = measured_from.and_then(|began_ms| measured(&url, began_ms));
            Ok(Response { took, ..response(status, body, patience, index) })
        })
    }
}

/// The body to its end; `None` when it breaks off, or has more than `most` bytes.
async fn text_of(answer: &http::Response, most: usize) -> Option<String> {
    let mut bytes = Vec::new();
    if let Some(body) = answer.body() {
        let reader = ReadableStreamDefaultReader::new(&body).ok()?;
        while let Some(chunk) = next_chunk(&reader).await.ok()? {
            if bytes.len().saturating_add(chunk.length() as usize) > most {
                return None;
            }
            bytes.extend(chunk.to_vec());
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    // As `Response.text()` does, which has no limit.
    Some(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

/// The next bytes of a body; `Ok(None)` at its end.
///
/// # Errors
/// When it breaks off.
pub(super) async fn next_chunk(reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, JsValue> {
    let read = JsFuture::from(reader.read()).await?;
    let value = js_sys::Reflect::get(&read, &JsValue::from_str("value"))?;
    Ok(value.dyn_into().ok())
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
    let request = built(request, controller).map_err(|_| JsValue::from_str("the browser refuses the request"))?;
    fetched(request).await
}

/// The request as the browser takes it.
///
/// # Errors
/// When it takes none such: what `URL` or `Headers` refuse.
fn built(request: &Request, controller: Option<&AbortController>) -> Result<http::Request, Unsendable> {
    let mut builder = builder(&request.url, controller).method(match request.method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Delete => http::Method::DELETE,
    });
    if request.no_store {
        builder = builder.cache(RequestCache::NoStore);
    }
    if !request.headers.is_empty() {
        // gloo-net's own would panic at a value that the browser refuses.
        let headers = Headers::new().map_err(|_| Unsendable::Header)?;
        for (name, value) in &request.headers {
            headers.set(name, value).map_err(|_| Unsendable::Header)?;
        }
        builder = builder.headers(http::Headers::from_raw(headers));
    }
    let request = match &request.body {
        Some(body) => builder.body(&**body),
        None => builder.build(),
    };
    request.map_err(|_| Unsendable::Request)
}

/// What every request to a node asks of the browser.
fn builder(url: &str, controller: Option<&AbortController>) -> RequestBuilder {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let signal = controller.map(AbortController::signal);
    let builder = RequestBuilder::new(address)
        // Nodes know a caller by the headers that we send, never by a cookie.
        .credentials(RequestCredentials::Omit)
        // What is sent, a password or a token, is for this node and for no other that it names.
        .redirect(RequestRedirect::Error)
        .abort_signal(signal.as_ref());
    // A query that stands in the address would get a `&` at its end.
    let decoded = |text: &str| js_sys::decode_uri_component(text).map_or_else(|_| text.to_owned(), String::from);
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.fold(builder, |builder, (name, value)| builder.query([(&*decoded(name), decoded(value))]))
}

/// What comes back for `request`: the browser's own promise, which a wrapper that an extension puts around `fetch` may
/// reject with anything. gloo-net would panic at what is no error.
async fn fetched(request: http::Request) -> Result<http::Response, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let answer = JsFuture::from(window.fetch_with_request(&request.into())).await?;
    Ok(answer.dyn_into::<web_sys::Response>()?.into())
}

/// The text of a file of the page's own origin; `None` when it is not there or nothing answers.
pub async fn own_file(path: &str) -> Option<String> {
    let answer = fetched(RequestBuilder::new(path).build().ok()?).await.ok()?;
    if answer.ok() { text_of(&answer, Request::BODY_AT_MOST).await } else { None }
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

impl Host for Page {
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
