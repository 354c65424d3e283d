//! The transport on the browser's own fetch. The test page's own server is the node that answers.

use futures_util::future::{Either, ready, select};
use vcube_raft_frontend::api_service::browser::{Fetch, Page};
use vcube_raft_frontend::api_service::failover::{Duration, Unsendable};
use vcube_raft_frontend::api_service::transport::{Cache, Method, Request, Runtime, Transport, TransportError};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

/// A port of the loopback range on which nobody listens and which Chromium does not refuse by itself.
const NOBODY: &str = "http://127.0.0.1:48123";

pub fn get(url: &str) -> Request {
    Request::simple(url)
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
    let refused = Err(TransportError::Unsendable(Unsendable::Request));
    assert_eq!(Fetch.send(get("http://[::zz]/")).await, refused);
}

/// The page's own fetch, restored when this is dropped.
struct FetchReplaced(js_sys::Function);

impl FetchReplaced {
    /// Requests whose address ends with `end` are answered by `answer`, a function of the request in JavaScript. What else
    /// the page asks for, the test runner's own requests among them, goes on.
    fn by(end: &str, answer: &str) -> Self {
        let script = format!(
            "(() => {{ const real = window.fetch; window.seen = []; window.fetch = (request, init) => {{ \
             if (!String(request.url ?? request).endsWith('{end}')) return real(request, init); \
             window.seen.push(request); return ({answer})(request); }}; return () => {{ window.fetch = real; }}; }})()"
        );
        Self(js_sys::eval(&script).ok().and_then(|restore| restore.dyn_into().ok()).expect("a function"))
    }

    /// `of` each request that was seen, in JavaScript, joined by commas.
    fn seen(of: &str) -> String {
        let state = js_sys::eval(&format!("window.seen.map(request => {of}).join()"));
        state.ok().and_then(|state| state.as_string()).unwrap_or_default()
    }
}

impl Drop for FetchReplaced {
    fn drop(&mut self) {
        self.0.call0(&JsValue::NULL).expect("fetch is restored");
    }
}

#[wasm_bindgen_test]
async fn dropping_a_request_aborts_its_fetch() {
    let _replaced = FetchReplaced::by("/?dropped=", "() => new Promise(() => {})");
    let sending = Fetch.send(get(&format!("{}/?dropped", origin())));
    let Either::Right((_, sending)) = select(sending, Page::default().sleep(Duration::ZERO)).await else {
        panic!("nothing answers");
    };
    let before = FetchReplaced::seen("request.signal.aborted");
    drop(sending);
    assert_eq!((before.as_str(), FetchReplaced::seen("request.signal.aborted").as_str()), ("false", "true"));
}

#[wasm_bindgen_test]
async fn a_request_is_for_its_node_alone_and_says_what_it_has_to_say() {
    let _replaced = FetchReplaced::by("/login?a=1&b=%C3%A9+x", "() => Promise.resolve(new Response('{}'))");
    let headers = vec![("Content-Type".into(), "application/json".into())];
    let request =
        Request { method: Method::Post, headers, body: Some("{\"x\":1}".into()), cache: Cache::Allowed, ..get("") };
    let url = format!("{}/login?a=1&b=%C3%A9%20x", origin());
    let answer = Fetch.send(Request { url, ..request }).await.expect("it is answered");
    assert!(answer.body.json().is_some());
    let sent = FetchReplaced::seen(
        "[request.method, request.redirect, request.credentials, request.cache, request.mode, \
         request.headers.get('Content-Type')].join(' ')",
    );
    assert_eq!(sent, "POST error omit default cors application/json");
}

#[wasm_bindgen_test]
async fn a_body_that_would_fill_the_memory_is_no_answer() {
    let answered = async |bytes: usize| {
        let answer = format!("() => Promise.resolve(new Response('\"' + 'x'.repeat({}) + '\"'))", bytes - 2);
        let _replaced = FetchReplaced::by("/large/api/health", &answer);
        Fetch.send(Request::health(&format!("{}/large", origin()))).await.map(|answer| answer.body.json().is_some())
    };
    assert_eq!(answered(Request::HEALTH_AT_MOST).await, Ok(true));
    assert_eq!(answered(Request::HEALTH_AT_MOST + 1).await, Err(TransportError::Truncated));
}

#[wasm_bindgen_test]
async fn what_a_wrapper_of_fetch_throws_and_what_the_browser_will_not_send_is_an_error_and_no_panic() {
    {
        let _replaced = FetchReplaced::by("/?thrown=", "() => Promise.reject('a text and no error')");
        assert_eq!(Fetch.send(get(&format!("{}/?thrown", origin()))).await, Err(TransportError::Network));
    }
    {
        let _replaced = FetchReplaced::by("/?nothing=", "() => Promise.resolve(undefined)");
        assert_eq!(Fetch.send(get(&format!("{}/?nothing", origin()))).await, Err(TransportError::Network));
    }
    let headers = vec![("X-User-Id".into(), "☃".into())];
    let request = Request { headers, ..get(&format!("{}/", origin())) };
    assert_eq!(Fetch.send(request).await, Err(TransportError::Unsendable(Unsendable::Header)));
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
