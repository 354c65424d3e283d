//! The private port: what the nodes ask of each other, for those who prove the secret of the cluster.

use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::secret::{self, Secret};
use crate::api::App;
use crate::store::NodeId;
use crate::{anywhere, api, diagnosis, handover, performance, raft_net, vcube};

/// Random, and covered by [`PROOF`].
pub const NONCE: HeaderName = HeaderName::from_static("x-cluster-nonce");
/// What shows that the sender of a request, or of an answer, knows the secret.
pub const PROOF: HeaderName = HeaderName::from_static("x-cluster-proof");

/// Where a node tells its peers which port is its private one. The one thing between nodes on the public port.
pub const PORT_PATH: &str = "/.well-known/vcube-private-port";

/// A snapshot chunk or a batch of entries, as JSON, stays well below this.
const BODY_LIMIT_BYTES: usize = 64 << 20;
/// Nothing is sent to the public port by a peer.
const PUBLIC_BODY_LIMIT_BYTES: usize = 0;

/// Marks a request that another node of the cluster sent.
#[derive(Clone, Copy, Debug)]
pub struct FromNode;

/// The answer at [`PORT_PATH`].
#[derive(Debug, Serialize, Deserialize)]
pub struct PrivatePort {
    pub port: u16,
}

#[derive(Clone)]
struct Doorkeeper {
    me: NodeId,
    secret: Secret,
    body_limit: usize,
}

/// Everything that the private port serves: `/raft/…`, and the writes that a follower passes on.
pub fn private_routes(app: &App, secret: Secret) -> Router {
    let passed_on = api::routes(app.clone()).layer(from_fn(writes_only));
    let keeper = Doorkeeper { me: app.id, secret, body_limit: BODY_LIMIT_BYTES };
    Router::new()
        .merge(diagnosis::routes())
        .merge(vcube::routes())
        .merge(anywhere::routes())
        .merge(handover::routes())
        .merge(performance::entry::routes())
        .merge(performance::subscribers::routes())
        .with_state(app.clone())
        .merge(raft_net::routes(app.raft.clone(), app.meters.clone()))
        .fallback_service(passed_on)
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .layer(from_fn_with_state(keeper, admit))
}

/// Tells peers, and nobody else, that `port` is this node's private one.
pub fn public_routes(me: NodeId, secret: Secret, port: u16) -> Router {
    let keeper = Doorkeeper { me, secret, body_limit: PUBLIC_BODY_LIMIT_BYTES };
    let told = get(move || async move { Json(PrivatePort { port }) });
    Router::new().route(PORT_PATH, told).layer(from_fn_with_state(keeper, admit))
}

/// Lets nodes in that know the secret, and proves to them that this one does.
async fn admit(State(keeper): State<Doorkeeper>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let (Some(proof), Some(nonce)) = (parts.headers.get(PROOF).cloned(), parts.headers.get(NONCE)) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let Ok(body) = to_bytes(body, keeper.body_limit).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let signed = secret::Request {
        to: keeper.me,
        method: parts.method.as_str(),
        path: parts.uri.path_and_query().map_or("/", |path| path.as_str()),
        nonce: nonce.to_str().unwrap_or(""),
        body: &body,
    };
    if !keeper.secret.proves_request(&proof, &signed) {
        tracing::warn!(path = parts.uri.path(), "a request without the secret of this cluster was refused");
        return StatusCode::UNAUTHORIZED.into_response();
    }
    parts.extensions.insert(FromNode);
    let (mut parts, body) = next.run(Request::from_parts(parts, Body::from(body))).await.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let answer = keeper.secret.of_answer(proof.to_str().unwrap_or(""), parts.status, &body);
    if let Ok(answer) = HeaderValue::try_from(answer) {
        parts.headers.insert(PROOF, answer);
    }
    Response::from_parts(parts, Body::from(body))
}

/// Nodes pass writes on, and read nothing of the contract from each other: a stream would never be whole.
async fn writes_only(request: Request, next: Next) -> Response {
    if [Method::POST, Method::PUT, Method::DELETE].contains(request.method()) {
        return next.run(request).await;
    }
    StatusCode::METHOD_NOT_ALLOWED.into_response()
}
