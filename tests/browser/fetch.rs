//! The transport on the browser's own fetch. The test page's own server is the node that answers.

use futures_util::future::{Either, ready, select};
use vcube_raft_frontend::api_service::failover::Duration;
use vcube_raft_frontend::api_service::fetch::{Fetch, Page};
use vcube_raft_frontend::api_service::transport::{Host, Method, Request, Transport, TransportError};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

/// A port of the loopback range on which nobody listens and which Chromium does not refuse by itself.
const NOBODY: &str = "http://127.0.0.1:48123";

pub fn get(url: &str) -> Request {
    Request { method: Method::Get, url: url.to_owned(), headers: Vec::new(), body: None, no_store: true }
}

pub fn origin() -> String {
    web_sys::window().and_then(|window| window.location().origin().ok()).expect("tests run in a page")
}

#[wasm_bindgen_test]
async fn an_answer_is_read_to_its_end() {
    let response = Fetch.send(get(&format!("{}/", origin()))).await.expect("the test server answers");
    assert_eq!(response.status, 200);
    let body = response.body.to_string();
    assert!(body.contains("</html>") || body.len() > 100, "{body}");
}

#[wasm_bindgen_test]
async fn a_missing_page_is_an_answer_and_no_error() {
    let response = Fetch.send(get(&format!("{}/no/such/page", origin()))).await.expect("the test server answers");
    assert_eq!(response.status, 404);
}

#[wasm_bindgen_test]
async fn a_refused_connection_is_a_network_error() {
    assert_eq!(Fetch.send(get(NOBODY)).await, Err(TransportError::Network));
}

#[wasm_bindgen_test]
async fn a_url_that_is_none_is_an_error_and_no_panic() {
    assert_eq!(Fetch.send(get("http://[::zz]/")).await, Err(TransportError::Network));
}

#[wasm_bindgen_test]
async fn dropping_a_request_aborts_its_fetch() {
    // The page's own fetch, seen through a wrapper that keeps the signal of this request and leaves it unanswered. What
    // else the page asks for, the test runner's own requests among them, goes on.
    let script = "(() => { const real = window.fetch; window.seenSignals = []; window.fetch = (request, init) => { \
                  if (!String(request.url ?? request).endsWith('/?dropped')) return real(request, init); \
                  window.seenSignals.push(request.signal ?? init.signal); \
                  return new Promise(() => {}); }; return () => { window.fetch = real; }; })()";
    let restore: js_sys::Function = js_sys::eval(script).ok().and_then(|f| f.dyn_into().ok()).expect("a function");
    let seen = || {
        let state = js_sys::eval("window.seenSignals.map(signal => signal.aborted).join()");
        state.ok().and_then(|state| state.as_string()).unwrap_or_default()
    };
    let sending = Fetch.send(get(&format!("{}/?dropped", origin())));
    let Either::Right((_, sending)) = select(sending, Page::default().sleep(Duration::ZERO)).await else {
        panic!("nothing answers");
    };
    let before = seen();
    drop(sending);
    let after = seen();
    restore.call0(&JsValue::NULL).expect("fetch is put back");
    assert_eq!((before.as_str(), after.as_str()), ("false", "true"));
}

#[wasm_bindgen_test]
async fn an_answer_takes_as_long_as_the_network_and_not_as_long_as_the_page_was_busy() {
    let sending = Fetch.send(get(&format!("{}/?measured", origin())));
    let Either::Right((_, sending)) = select(sending, ready(())).await else { panic!("no answer is there at once") };
    js_sys::eval("{ const end = performance.now() + 600; while (performance.now() < end); }").expect("it waits");
    let took = sending.await.ok().and_then(|response| response.took);
    assert!(took.is_some_and(|took| took < Duration::from_millis(500)), "{took:?}");
}

#[wasm_bindgen_test]
async fn measuring_goes_on_when_the_browser_keeps_no_more_of_it() {
    let url = format!("{}/?many", origin());
    let full = "performance.setResourceTimingBufferSize(performance.getEntriesByType('resource').length)";
    js_sys::eval(full).expect("no room is left");
    let mut measured = Vec::new();
    for _ in 0..4 {
        measured.push(Fetch.send(get(&url)).await.ok().and_then(|response| response.took).is_some());
    }
    js_sys::eval("performance.setResourceTimingBufferSize(250)").expect("as it was");
    assert!(!measured[0] && measured.contains(&true), "{measured:?}");
}

#[wasm_bindgen_test]
async fn the_clock_goes_on_by_what_a_timer_waited() {
    let page = Page::default();
    let before = page.now();
    page.sleep(Duration::from_millis(30)).await;
    let waited = page.now().since(before);
    assert!(waited >= Duration::from_millis(30), "{waited:?}");
}

#[wasm_bindgen_test]
fn two_keys_are_never_the_same() {
    let page = Page::default();
    let keys: std::collections::BTreeSet<u128> = (0..1_000).map(|_| page.random()).collect();
    assert_eq!(keys.len(), 1_000);
    assert!(keys.iter().any(|key| key >> 120 != 0), "all 128 bits are used");
}
