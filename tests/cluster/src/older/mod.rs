//! A backend as it was before this one: `vcube-node --older`.
//!
//! One layer around the whole API translates requests on their way in and answers on their way out; no handler knows of
//! it. Requests are identified by `X-User-Id` and `X-User-Role` instead of a token, every extension of the contract is
//! taken out, and answers have the older shapes: what each of them looks like is in [`answer`], and a test holds each.

mod answer;
mod request;
mod stream;
mod times;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderName, Method};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::cors::{Any, CorsLayer};

use crate::api::App;

/// Where a caller says who they are, percent-encoded if need be.
pub const X_USER_ID: HeaderName = HeaderName::from_static("x-user-id");
/// Where a caller says what they may do. This is no authentication: whoever asks is believed.
pub const X_USER_ROLE: HeaderName = HeaderName::from_static("x-user-role");

/// How long a browser may keep the answer to a preflight: the default of the framework that the older backend uses.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(1_800);

/// What a request asks for, kept until its answer is translated.
struct Call {
    method: Method,
    /// With every id in braces; nothing for an address that is not served.
    route: Option<String>,
    path: String,
}

impl Call {
    fn of(request: &Request) -> Self {
        Self {
            method: request.method().clone(),
            route: request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()),
            path: request.uri().path().to_owned(),
        }
    }

    /// Method and route, to be matched.
    fn parts(&self) -> (&str, &str) {
        (self.method.as_str(), self.route.as_deref().unwrap_or(""))
    }
}

struct Translator {
    app: App,
    /// Bookings answered so far.
    bookings: AtomicU64,
}

/// `routes` as an older backend serves them.
pub fn translated(routes: Router<App>, app: App) -> Router<App> {
    let translator = Arc::new(Translator { app, bookings: AtomicU64::new(0) });
    routes.layer(from_fn_with_state(translator, translate)).layer(cors())
}

fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, X_USER_ID, X_USER_ROLE])
        .max_age(PREFLIGHT_MAX_AGE)
}

async fn translate(State(translator): State<Arc<Translator>>, request: Request, next: Next) -> Response {
    let call = Call::of(&request);
    let answered = match request::as_of_now(&translator.app, &call, request).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    answer::as_it_was(&call, answered, &translator.bookings).await
}
