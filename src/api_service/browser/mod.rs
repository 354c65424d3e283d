//! The browser: the only folder under `api_service` that names it.

pub mod check_worker;
mod fetch;
mod runtime;
pub mod stream;

use futures_util::future::{Either, select};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{AbortController, RequestCache, RequestMode, RequestRedirect};

pub use fetch::{Fetch, own_file};
pub use runtime::Page;

use crate::api_service::failover::{Duration, NodeUrl};
use crate::api_service::transport::Runtime;
use crate::api_service::trial::{self, NodeTest};
use crate::api_service::{ApiService, Options, WriteStore, address};
use fetch::{AbortOnDrop, builder, fetched};

/// The service of this page, on its own `fetch`, clock and chance.
pub fn connect(options: impl FnOnce(u64) -> Options) -> ApiService {
    let page = Page::default();
    let seed = page.random() as u64;
    let api = ApiService::new(options(seed), Box::new(Fetch), Box::new(page));
    api.keep_writes_in(Box::new(SessionStore));
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
struct SessionStore;

const PENDING_WRITES: &str = "vcube-raft.pending-writes";

fn session_storage() -> Option<web_sys::Storage> {
    // An error and `None` both mean that the browser forbids it.
    web_sys::window()?.session_storage().ok()?
}

impl WriteStore for SessionStore {
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
    trial::test_node(&Fetch, &Page::default(), url, timeout).await
}

/// Waits for `pause_ms` milliseconds.
pub async fn pause(pause_ms: u32) {
    Page::default().sleep(Duration::from_millis(u64::from(pause_ms))).await;
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

/// Origin and path of `text` as the browser's `URL` reads it, beside `base` where it names none; `None` where it refuses.
#[cfg(target_arch = "wasm32")]
pub(super) fn url_parts(text: &str, base: &str) -> Option<(String, String)> {
    let url = web_sys::Url::new_with_base(text, base).ok()?;
    Some((url.origin(), url.pathname()))
}
