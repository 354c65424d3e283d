//! The browser's transport: `fetch` with an AbortController.

use std::pin::pin;

use futures_util::future::{Either, LocalBoxFuture, select};
use gloo_net::http::{self, RequestBuilder};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, PerformanceEntry, ReadableStreamDefaultReader, RequestCache, RequestCredentials,
    RequestRedirect,
};

use super::runtime::{Page, performance};
use crate::api_service::failover::{Duration, Unsendable};
use crate::api_service::retry_after;
use crate::api_service::transport::{Cache, Method, Request, Response, Runtime, Transport, TransportError};

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
            // Without a controller the request cannot be aborted, but it can be made.
            let mut guard = AbortOnDrop(AbortController::new().ok());
            // Only a request that may be a health check.
            let measured_from =
                performance().filter(|_| request.cache == Cache::Bypassed).map(|performance| performance.now());
            let sent = built(&request, guard.0.as_ref()).map_err(TransportError::Unsendable)?;
            let url = sent.url();
            let answer = fetched(sent).await.map_err(|_| TransportError::Network)?;
            headers_came();
            let headers = answer.headers();
            let status = answer.status();
            let patience = (status >= 400).then(|| headers.get("Retry-After")).flatten();
            let index = headers.get("X-Raft-Index");
            let kept = !headers.get("Cache-Control").is_some_and(|says| says.to_ascii_lowercase().contains("no-store"));
            // The guard stays until here: the driver's timer covers the body as well, and one that is too long is aborted.
            let body = text_of(&answer, request.body_at_most).await.ok_or(TransportError::Truncated)?;
            guard.0 = None;
            let took = measured_from.and_then(|began_ms| measured(&url, began_ms));
            Ok(Response { kept, took, ..response(status, body, patience, index) })
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
        kept: false,
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
    builder = match request.cache {
        Cache::Allowed => builder,
        Cache::Confirmed => builder.cache(RequestCache::NoCache),
        Cache::Bypassed => builder.cache(RequestCache::NoStore),
    };
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
pub(super) fn builder(url: &str, controller: Option<&AbortController>) -> RequestBuilder {
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
pub(super) async fn fetched(request: http::Request) -> Result<http::Response, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let answer = JsFuture::from(window.fetch_with_request(&request.into())).await?;
    Ok(answer.dyn_into::<web_sys::Response>()?.into())
}

/// Status and text of a file of the page's own origin, asked for past what a cache believes to be fresh. `None` when
/// nothing answers within `timeout`, or the text breaks off. `early`: the name of a property of the window that holds the
/// promise of an answer which the page's own script has asked for already; it is used once.
pub async fn own_file(path: &str, early: Option<&str>, timeout: Duration) -> Option<(u16, String)> {
    let guard = AbortOnDrop(AbortController::new().ok());
    let asked = async {
        let answer = match early.and_then(asked_early) {
            Some(promise) => JsFuture::from(promise).await.ok()?.dyn_into::<web_sys::Response>().ok()?.into(),
            None => {
                let signal = guard.0.as_ref().map(AbortController::signal);
                let request = RequestBuilder::new(path).cache(RequestCache::NoCache).abort_signal(signal.as_ref());
                fetched(request.build().ok()?).await.ok()?
            }
        };
        let status = answer.status();
        text_of(&answer, Request::BODY_AT_MOST).await.map(|text| (status, text))
    };
    match select(pin!(asked), Page::default().sleep(timeout)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => None,
    }
}

/// The promise that the page's own script has left on the window under `name`.
fn asked_early(name: &str) -> Option<Promise> {
    let (window, name) = (web_sys::window()?, JsValue::from_str(name));
    let promise = js_sys::Reflect::get(&window, &name).ok()?.dyn_into().ok()?;
    // Fails only for a property that cannot be taken away: its answer would be read twice, which the browser refuses.
    let _ = js_sys::Reflect::delete_property(&window, &name);
    Some(promise)
}
