//! The HTTP contract of a node, one file a domain.

mod admin;
mod cluster;
pub(crate) mod error;
pub(crate) mod extract;
mod fleet;
mod identity;
mod metrics;
mod performance;
mod reservations;
mod streams;
mod table;
mod write;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;
use tower_http::cors::{Any, CorsLayer};

use crate::diagnosis::Diagnosis;
use crate::handover::Handover;
use crate::meters::Meters;
use crate::older::{self, X_USER_ID, X_USER_ROLE};
use crate::passwords::Passwords;
use crate::peers::Peers;
use crate::performance::subscribers::Subscribers;
use crate::places::Places;
use crate::store::{NodeId, Raft, SharedState};
use crate::vcube::Vcube;
use error::ApiError;
pub(crate) use streams::LAST_EVENT_ID;
pub use streams::places as stream_places;
pub use table::ROUTES;

pub const X_RAFT_INDEX: HeaderName = HeaderName::from_static("x-raft-index");
pub const X_RAFT_MIN_INDEX: HeaderName = HeaderName::from_static("x-raft-min-index");
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How long a read waits for the index it asked for.
const MIN_INDEX_WAIT: Duration = Duration::from_millis(200);
/// How long a browser may keep the answer to a preflight.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(7_200);

/// What a follower does with a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Writes {
    /// Passes it to the leader, holding it through an election.
    #[default]
    Forward,
    /// Says who the leader is.
    Hint,
    /// Only says that it is not the leader, as the older backend does.
    Legacy,
}

/// What the handlers share.
pub struct Node {
    pub id: NodeId,
    /// The ways to the other nodes.
    pub peers: Arc<Peers>,
    /// Where clients reach the nodes.
    pub public_urls: BTreeMap<NodeId, String>,
    pub writes: Writes,
    /// Answers as a backend did that knows none of the extensions.
    pub older: bool,
    pub token_ttl_secs: u64,
    pub token_leeway_secs: u64,
    pub raft: Raft,
    pub state: SharedState,
    pub commit_index: Arc<AtomicU64>,
    pub meters: Arc<Meters>,
    pub vcube: Vcube,
    pub diagnosis: Arc<Diagnosis>,
    pub handover: Handover,
    pub subscribers: Arc<Subscribers>,
    pub passwords: Passwords,
    /// The streams that are open.
    pub streams: Arc<Places>,
    /// Proxies that say truly for whom they ask.
    pub trusted_proxies: Vec<IpAddr>,
    /// True once the node was told to end.
    pub ending: watch::Receiver<bool>,
    /// Keys of the writes under way here, by their owners, with their fingerprints.
    pub keys_in_progress: Mutex<HashMap<(String, String), String>>,
}

pub type App = Arc<Node>;

/// Every route of the contract.
pub fn routes(app: App) -> Router {
    let routes = Router::new()
        .merge(identity::routes())
        .merge(cluster::routes())
        .merge(metrics::routes())
        .merge(streams::routes())
        .merge(fleet::routes())
        .merge(reservations::routes())
        .merge(admin::routes())
        .merge(performance::routes())
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn_with_state(app.clone(), write::to_the_leader))
        .layer(from_fn_with_state(app.clone(), freshness));
    let routes = if app.older { older::translated(routes, app.clone()) } else { routes.layer(cors()) };
    routes.with_state(app)
}

async fn no_such_path() -> ApiError {
    ApiError::NotFound("There is nothing at this address.")
}

async fn no_such_method() -> ApiError {
    ApiError::MethodNotAllowed
}

fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            IDEMPOTENCY_KEY,
            X_RAFT_MIN_INDEX,
            X_USER_ID,
            X_USER_ROLE,
            LAST_EVENT_ID,
        ])
        .expose_headers([X_RAFT_INDEX, RETRY_AFTER])
        .max_age(PREFLIGHT_MAX_AGE)
}

/// Holds a read until this node has applied the index it asks for, and says which index the answer stands on.
async fn freshness(State(app): State<App>, request: Request, next: Next) -> Response {
    let authenticated = request.headers().contains_key(AUTHORIZATION);
    let fresh = match wanted_index(&request) {
        Ok(Some(wanted)) => fresh_enough(&app, wanted).await,
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    let mut response = match fresh {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    let headers = response.headers_mut();
    // An answer that came through the leader has the leader's index.
    headers.entry(X_RAFT_INDEX).or_insert_with(|| HeaderValue::from(app.state.applied_index()));
    if authenticated {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// The index that a read asks for, in its header or its query.
fn wanted_index(request: &Request) -> Result<Option<u64>, ApiError> {
    if request.method() != Method::GET {
        return Ok(None);
    }
    let header = request.headers().get(X_RAFT_MIN_INDEX).map(|value| value.to_str().unwrap_or("?"));
    let query = request.uri().query().unwrap_or("");
    let wanted = header.or_else(|| query.split('&').find_map(|pair| pair.strip_prefix("minIndex=")));
    let parsed = wanted.map(str::parse).transpose();
    parsed.map_err(|_| ApiError::Invalid("The minimum index must be a number.".into()))
}

async fn fresh_enough(app: &Node, wanted: u64) -> Result<(), ApiError> {
    if app.state.wait_applied(wanted, MIN_INDEX_WAIT).await {
        return Ok(());
    }
    Err(ApiError::IndexNotReached { wanted, applied: app.state.applied_index() })
}

/// A JSON answer made of an entry's reply.
fn answer(status: u16, body: serde_json::Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, axum::Json(body)).into_response()
}
