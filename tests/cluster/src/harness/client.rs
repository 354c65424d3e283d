//! A plain client of one node: it never goes to another one by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::older::{X_USER_ID, X_USER_ROLE};
use crate::seed::demo_account;
use crate::wire::{LoginAnswer, NewReservation, Reservation, Role, Seat, Vehicle};

/// Longer than a node holds a write.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Encoded in an identity header; what is not ASCII is too.
const NOT_IN_HEADERS: &AsciiSet = &CONTROLS.add(b'%');

/// Why there is no answer, or not the one that was expected.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("no answer: {0}")]
    Http(#[from] reqwest::Error),
    #[error("the body of a {status} cannot be read: {error}: {text}")]
    Body { status: u16, text: String, error: serde_json::Error },
    #[error("answered {status}: {text}")]
    Refused { status: u16, text: String },
    #[error("there is no demo account `{0}`")]
    NoSuchAccount(String),
    #[error("no seat is free in vehicle {0}")]
    NoFreeSeat(String),
}

/// A client of one node, logged in or not.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    /// Sent with every request once somebody is logged in.
    pub token: Option<String>,
    /// Who is logged in; empty for nobody.
    pub user_id: String,
    /// What an older backend, which gives no token, is told of whoever is logged in.
    role: Option<Role>,
    /// The highest log index seen, at any node.
    seen: Arc<AtomicU64>,
}

/// A whole answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON of type `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        let failed = |error| ClientError::Body { status: self.status, text: self.text.clone(), error };
        serde_json::from_str(&self.text).map_err(failed)
    }

    /// The body as untyped JSON; null when it is none.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The log index that the answer stands on.
    pub fn raft_index(&self) -> Option<u64> {
        self.header("x-raft-index")?.parse().ok()
    }

    /// This answer when its status is 2xx.
    pub fn success(self) -> Result<Self, ClientError> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        Err(ClientError::Refused { status: self.status, text: self.text })
    }
}

impl Client {
    pub fn new(base: impl Into<String>) -> Result<Self, ClientError> {
        Self::with_timeout(base, TIMEOUT)
    }

    /// `timeout` is for a whole answer, body included.
    pub fn with_timeout(base: impl Into<String>, timeout: Duration) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder().no_proxy().timeout(timeout).build()?;
        Ok(Self { http, base: base.into(), token: None, user_id: String::new(), role: None, seen: Arc::default() })
    }

    /// This person at another node, having seen what they saw here.
    pub fn at(&self, base: impl Into<String>) -> Self {
        Self { base: base.into(), ..self.clone() }
    }

    /// Where the node is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Logs in and keeps the token.
    pub async fn login(&mut self, email: &str, password: &str) -> Result<LoginAnswer, ClientError> {
        let body = serde_json::json!({ "email": email, "password": password });
        let answer: LoginAnswer = self.post("/api/auth/login", &body).await?.success()?.json()?;
        self.token = answer.token.clone();
        self.user_id = answer.user_id.clone();
        self.role = answer.token.is_none().then_some(answer.role);
        Ok(answer)
    }

    /// Whoever this is says so in `X-User-Id` and `X-User-Role`, as an older backend wants it.
    #[must_use]
    pub fn identified(self, user_id: &str, role: Role) -> Self {
        Self { token: None, user_id: user_id.to_owned(), role: Some(role), ..self }
    }

    /// Logs in with a demo account: `admin`, `provider`, `provider2`, `user`, `user2` or `researcher`.
    pub async fn login_demo(mut self, id: &str) -> Result<Self, ClientError> {
        let account = demo_account(id).ok_or_else(|| ClientError::NoSuchAccount(id.to_owned()))?;
        self.login(account.email, account.password).await?;
        Ok(self)
    }

    /// A request to be sent with [`Client::send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.identify(self.http.request(method, format!("{}{path}", self.base)))
    }

    /// The request with what says who is logged in.
    pub(super) fn identify(&self, request: RequestBuilder) -> RequestBuilder {
        match (&self.token, self.role) {
            (Some(token), _) => request.bearer_auth(token),
            (None, Some(role)) => {
                let id = utf8_percent_encode(&self.user_id, NOT_IN_HEADERS).to_string();
                request.header(X_USER_ID, id).header(X_USER_ROLE, role.as_str())
            }
            (None, None) => request,
        }
    }

    /// Sends and reads the whole answer.
    pub async fn send(&self, request: RequestBuilder) -> Result<Answer, ClientError> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = Answer { status, headers, text: response.text().await? };
        self.seen.fetch_max(answer.raft_index().unwrap_or(0), Ordering::Relaxed);
        Ok(answer)
    }

    pub async fn get(&self, path: &str) -> Result<Answer, ClientError> {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &impl Serialize) -> Result<Answer, ClientError> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &impl Serialize) -> Result<Answer, ClientError> {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Result<Answer, ClientError> {
        self.send(self.request(Method::DELETE, path)).await
    }

    pub async fn vehicle(&self, id: &str) -> Result<Vehicle, ClientError> {
        self.get_fresh(&format!("/api/integrated/vehicles/{id}")).await?.success()?.json()
    }

    pub async fn seats(&self, vehicle: &str) -> Result<Vec<Seat>, ClientError> {
        self.get_fresh(&format!("/api/integrated/vehicles/{vehicle}/seats")).await?.success()?.json()
    }

    /// The request that books a seat for whoever is logged in.
    pub async fn wanted_seat(&self, vehicle: &str, label: &str) -> Result<NewReservation, ClientError> {
        let vehicle = self.vehicle(vehicle).await?;
        Ok(NewReservation {
            user_id: self.user_id.clone(),
            provider_id: vehicle.provider_id,
            seat_id: format!("{}-{label}", vehicle.id),
            vehicle_id: vehicle.id,
        })
    }

    /// Books, under `key` when there is one; the answer may be a refusal.
    pub async fn book(&self, wanted: &NewReservation, key: Option<&str>) -> Result<Answer, ClientError> {
        let request = self.request(Method::POST, "/reservations/").json(wanted);
        self.send(match key {
            Some(key) => request.header("Idempotency-Key", key),
            None => request,
        })
        .await
    }

    /// Books the first free seat of `vehicle`.
    pub async fn book_any(&self, vehicle: &str) -> Result<Reservation, ClientError> {
        let free = self.seats(vehicle).await?.into_iter().find(|seat| seat.available);
        let label = free.ok_or_else(|| ClientError::NoFreeSeat(vehicle.to_owned()))?.label;
        let wanted = self.wanted_seat(vehicle, &label).await?;
        self.book(&wanted, None).await?.success()?.json()
    }

    /// The reservations of whoever is logged in, newest first.
    pub async fn reservations(&self) -> Result<Vec<Reservation>, ClientError> {
        self.get_fresh(&format!("/reservations/byUser/{}", self.user_id)).await?.success()?.json()
    }

    /// Reads once the node has applied everything this client has seen; asked again while it has not.
    pub async fn get_fresh(&self, path: &str) -> Result<Answer, ClientError> {
        let started = Instant::now();
        loop {
            let index = self.seen.load(Ordering::Relaxed);
            let answer = self.send(self.request(Method::GET, path).header("X-Raft-Min-Index", index)).await?;
            if answer.status != 425 || started.elapsed() > TIMEOUT {
                return Ok(answer);
            }
        }
    }
}
