//! The way of a write: to the leader, under its key, through the log.

use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use openraft::error::{ClientWriteError, RaftError};

use super::error::{ApiError, NotApplied};
use super::extract::whole_body;
use super::{App, IDEMPOTENCY_KEY, Node, Writes, X_RAFT_INDEX, answer};
use crate::meters::Booking;
use crate::peers::door::FromNode;
use crate::peers::{Ask, PeerAnswer, PeerError};
use crate::store::NodeId;
use crate::store::checks;
use crate::store::state::{Action, Caller, Command, RequestKey, key_owner};
use crate::vcube::Content;
use crate::wire::NewReservation;
use crate::{auth, clock};

/// How long a write is held while there is no leader, and how long an answer of the leader is waited for.
const HOLD: Duration = Duration::from_secs(5);
/// A look at the leader at least this often while a write is held.
const HOLD_STEP: Duration = Duration::from_millis(50);

/// Login changes nothing, so any node answers it.
const LOGIN: &str = "/api/auth/login";
/// Asked of the node that is to lead, which is not the leader.
const ELECT: &str = "/api/cluster/elect";

/// A write on its way: taken by the handlers that change something.
#[derive(Clone)]
pub struct Write {
    key: Option<RequestKey>,
}

impl FromRequestParts<App> for Write {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let missing = || ApiError::Internal("this path is not treated as a write".into());
        parts.extensions.get::<Self>().cloned().ok_or_else(missing)
    }
}

impl Node {
    /// Puts `action` through the log and gives the answer it earned.
    pub async fn propose(&self, write: Write, by: Option<Caller>, action: Action) -> Result<Response, ApiError> {
        let owner = || key_owner(by.as_ref(), &action);
        let _guard = write.key.as_ref().map(|key| KeyGuard::take(self, owner(), key)).transpose()?;
        let command = Command { at_ms: clock::now_ms(), by, key: write.key.clone(), action };
        let started = Instant::now();
        self.handover.proposable().await;
        let written = tokio::time::timeout(HOLD, self.raft.client_write(command)).await;
        match written {
            Ok(Ok(done)) => {
                self.meters.consensus(started.elapsed());
                Ok(answer(done.data.status, done.data.body))
            }
            Ok(Err(RaftError::APIError(ClientWriteError::ForwardToLeader(_)))) => {
                Err(ApiError::NotLeader { leader: self.leader_for_clients() })
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "a write ended without an outcome");
                Err(ApiError::OutcomeUnknown)
            }
            Err(_) => Err(ApiError::OutcomeUnknown),
        }
    }

    pub fn leader(&self) -> Option<NodeId> {
        self.raft.metrics().borrow().current_leader
    }

    fn leader_for_clients(&self) -> Option<(NodeId, String)> {
        let id = self.leader()?;
        Some((id, self.public_urls.get(&id)?.clone()))
    }
}

/// Holds a key while its request is under way on this node.
struct KeyGuard<'a> {
    node: &'a Node,
    /// Its owner and itself.
    key: (String, String),
}

impl<'a> KeyGuard<'a> {
    fn take(node: &'a Node, owner: String, key: &RequestKey) -> Result<Self, ApiError> {
        let mut keys = node.keys_in_progress.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let owned = (owner, key.key.clone());
        match keys.get(&owned) {
            Some(fingerprint) if *fingerprint == key.fingerprint => Err(ApiError::KeyInProgress),
            Some(_) => Err(ApiError::KeyReused),
            None => {
                keys.insert(owned.clone(), key.fingerprint.clone());
                Ok(Self { node, key: owned })
            }
        }
    }
}

impl Drop for KeyGuard<'_> {
    fn drop(&mut self) {
        self.node.keys_in_progress.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(&self.key);
    }
}

/// Whether a write there is the leader's to do. What is not of the contract goes to no other node: there it would be
/// among what the nodes ask of each other, and from a node.
fn passes_on(path: &str) -> bool {
    let of_the_contract = path.starts_with("/api/") || path == "/reservations" || path.starts_with("/reservations/");
    of_the_contract && ![LOGIN, ELECT].contains(&path)
}

/// Lets a write through on the leader, and does what [`Writes`] says on a follower.
pub async fn to_the_leader(State(app): State<App>, request: Request, next: Next) -> Response {
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    if reads || !passes_on(request.uri().path()) {
        return next.run(request).await;
    }
    let started = Instant::now();
    let books = request.method() == Method::POST && request.uri().path().trim_end_matches('/') == "/reservations";
    let from_client = request.extensions().get::<FromNode>().is_none();
    let mut booked = None;
    let (response, redirected) = match Held::read(&app, request).await {
        Ok(held) => {
            booked = (books && from_client).then(|| held.reservation()).flatten();
            held.run(&app, next).await
        }
        Err(error) => (error.into_response(), false),
    };
    if books {
        let booking = match response.status() {
            _ if redirected => Booking::Redirected,
            status if status.is_success() => Booking::Successful,
            _ => Booking::Failed,
        };
        app.meters.booking(booking, started.elapsed());
        if let Some(content) = booked.filter(|_| response.status() == StatusCode::CREATED) {
            app.vcube.broadcast(content);
        }
    }
    response
}

/// A write with its whole body, so that it can be tried more than once.
struct Held {
    parts: Parts,
    body: Bytes,
    write: Write,
}

/// What one try came to.
enum Try {
    Answered(Response),
    /// Certainly not applied.
    NotApplied,
    Unknown,
}

impl Held {
    async fn read(app: &Node, request: Request) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let body = whole_body(body).await?;
        let key = match parts.headers.get(IDEMPOTENCY_KEY) {
            None => None,
            Some(header) => {
                let key = header.to_str().unwrap_or("");
                checks::request_key(key)?;
                // A token that is not valid is refused by the handler.
                let caller = app.caller(&parts.headers).ok().flatten().map_or_else(String::new, |caller| caller.id);
                let identity = app.state.read(|state| state.identity.clone());
                let path = parts.uri.path_and_query().map_or("", |path| path.as_str()).as_bytes();
                let method = parts.method.as_str().as_bytes();
                let fingerprint = auth::fingerprint(identity.as_ref(), [method, path, caller.as_bytes(), &body]);
                Some(RequestKey { key: key.to_owned(), fingerprint })
            }
        };
        Ok(Self { parts, body, write: Write { key } })
    }

    /// What the other nodes are told once this reservation is committed.
    fn reservation(&self) -> Option<Content> {
        let NewReservation { provider_id, vehicle_id, seat_id, .. } = serde_json::from_slice(&self.body).ok()?;
        Some(Content::Reservation { provider_id, vehicle_id, seat_id })
    }

    /// Runs the write; true when another node answered it, or was named.
    async fn run(self, app: &Node, next: Next) -> (Response, bool) {
        // Another node passed this write on: it is not passed on a second time.
        let passed_on = self.parts.extensions.get::<FromNode>().is_some();
        if passed_on || app.writes != Writes::Forward {
            let leads = app.leader() == Some(app.id);
            let response = if leads { self.here(next).await } else { refusal(app, passed_on) };
            // Leadership may have been lost on the way.
            let lost = response.extensions().get::<NotApplied>().is_some();
            return (if lost { refusal(app, passed_on) } else { response }, !leads || lost);
        }
        let deadline = Instant::now() + HOLD;
        let (mut redirected, mut may_be_applied) = (false, false);
        loop {
            let outcome = match app.leader() {
                Some(id) if id == app.id => self.try_here(next.clone()).await,
                Some(id) => {
                    redirected = true;
                    self.try_there(app, id, deadline).await
                }
                None => Try::NotApplied,
            };
            match outcome {
                Try::Answered(response) => return (response, redirected),
                Try::NotApplied => {}
                Try::Unknown => may_be_applied = true,
            }
            let again = !may_be_applied || self.write.key.is_some();
            if !again || Instant::now() >= deadline {
                let error = if may_be_applied { ApiError::OutcomeUnknown } else { ApiError::NoLeader };
                return (error.into_response(), redirected);
            }
            let mut metrics = app.raft.metrics();
            // Either is fine: a change of the leader, or time to look again.
            let _ = tokio::time::timeout(HOLD_STEP, metrics.changed()).await;
        }
    }

    async fn here(&self, next: Next) -> Response {
        let mut parts = self.parts.clone();
        parts.extensions.insert(self.write.clone());
        next.run(Request::from_parts(parts, Body::from(self.body.clone()))).await
    }

    async fn try_here(&self, next: Next) -> Try {
        let response = self.here(next).await;
        if response.extensions().get::<NotApplied>().is_some() {
            return Try::NotApplied;
        }
        if response.status() == StatusCode::GATEWAY_TIMEOUT { Try::Unknown } else { Try::Answered(response) }
    }

    async fn try_there(&self, app: &Node, leader: NodeId, deadline: Instant) -> Try {
        let path = self.parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut headers = HeaderMap::new();
        for name in [AUTHORIZATION, CONTENT_TYPE, IDEMPOTENCY_KEY] {
            if let Some(value) = self.parts.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        let ask = Ask { method: self.parts.method.clone(), path, headers, body: self.body.clone() };
        let limit = deadline.saturating_duration_since(Instant::now());
        let answered = async {
            match app.peers.ask(leader, ask, limit).await {
                Ok(answer) => relay(answer),
                Err(PeerError::NotReached(_)) => Try::NotApplied,
                Err(_) => Try::Unknown,
            }
        };
        if self.write.key.is_none() {
            return answered.await;
        }
        // With a key the next leader can be asked as soon as there is one: this one may be stopped.
        let mut metrics = app.raft.metrics();
        tokio::select! {
            outcome = answered => outcome,
            _ = metrics.wait_for(|metrics| metrics.current_leader.is_some_and(|now| now != leader)) => Try::Unknown,
        }
    }
}

/// The leader's answer, as it came.
fn relay(answer: PeerAnswer) -> Try {
    let PeerAnswer { status, headers, body } = answer;
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let said: Option<serde_json::Value> = serde_json::from_slice(&body).ok();
        if said.is_some_and(|said| said["error"] == "not_leader") {
            return Try::NotApplied;
        }
    }
    if status == StatusCode::GATEWAY_TIMEOUT {
        return Try::Unknown;
    }
    let mut response = (status, body).into_response();
    for name in [X_RAFT_INDEX, CONTENT_TYPE, RETRY_AFTER] {
        if let Some(value) = headers.get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    Try::Answered(response)
}

/// What a node that does not lead says to a write. Another node is always told who leads.
fn refusal(app: &Node, to_a_node: bool) -> Response {
    if app.writes == Writes::Legacy && !to_a_node {
        return ApiError::NotLeaderLegacy.into_response();
    }
    ApiError::NotLeader { leader: app.leader_for_clients() }.into_response()
}
