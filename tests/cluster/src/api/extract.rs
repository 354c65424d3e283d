//! What the handlers take out of a request.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, OptionalFromRequestParts, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::error::ApiError;
use super::{App, Node};
use crate::auth;
use crate::store::state::Caller;
use crate::wire::Role;

/// For whom a proxy asks.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// No body of the contract comes near this.
const BODY_LIMIT_BYTES: usize = 64 << 10;
/// Of a larger body this much is read on and thrown away: whoever is still sending when the connection closes hears of a
/// broken connection, not of the refusal.
const DISCARDED_BYTES: usize = 4 << 20;
/// A body that has not come whole by then is not waited for.
const BODY_WAIT: Duration = Duration::from_secs(10);

impl Node {
    /// Who sent these headers: nobody, somebody, or a token that is not valid.
    pub fn caller(&self, headers: &HeaderMap) -> Result<Option<Caller>, ApiError> {
        let Some(header) = headers.get(AUTHORIZATION) else { return Ok(None) };
        let token = header.to_str().ok().and_then(|text| text.strip_prefix("Bearer ")).ok_or(ApiError::LoginNeeded)?;
        let identity = self.state.read(|state| state.identity.clone()).ok_or(ApiError::Starting)?;
        auth::read_token(&identity, token, self.token_leeway_secs).map(Some).map_err(ApiError::TokenRefused)
    }
}

/// Whoever is logged in.
pub struct LoggedIn(pub Caller);

impl FromRequestParts<App> for LoggedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        app.caller(&parts.headers)?.map(Self).ok_or(ApiError::LoginNeeded)
    }
}

impl OptionalFromRequestParts<App> for LoggedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, ApiError> {
        Ok(app.caller(&parts.headers)?.map(Self))
    }
}

/// An administrator.
pub struct Admin;

impl FromRequestParts<App> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = app.caller(&parts.headers)?.ok_or(ApiError::LoginNeeded)?;
        if caller.role == Role::Admin { Ok(Self) } else { Err(ApiError::Forbidden) }
    }
}

/// Somebody who may run performance tests: an administrator or a researcher.
pub struct Researcher(pub Caller);

impl FromRequestParts<App> for Researcher {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = app.caller(&parts.headers)?.ok_or(ApiError::LoginNeeded)?;
        if matches!(caller.role, Role::Admin | Role::Researcher) { Ok(Self(caller)) } else { Err(ApiError::Forbidden) }
    }
}

/// The address that a request comes from.
#[derive(Clone, Copy, Debug)]
pub struct Reader(pub IpAddr);

impl FromRequestParts<App> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(from)| from.ip());
        let address = address.ok_or_else(|| ApiError::Internal("a request without an address".into()))?;
        if !app.trusted_proxies.contains(&address) {
            return Ok(Self(address));
        }
        // The last one is whom the proxy itself heard.
        let said = parts.headers.get_all(X_FORWARDED_FOR).iter().next_back().and_then(|value| value.to_str().ok());
        let last = said.and_then(|said| said.rsplit(',').next()).and_then(|one| one.trim().parse().ok());
        Ok(Self(last.unwrap_or(address)))
    }
}

/// A JSON body; what is wrong with it is said in the answer.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &App) -> Result<Self, ApiError> {
        let bytes = whole_body(request.into_body()).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| ApiError::Invalid(format!("The body: {error}.")))
    }
}

/// Reads a body of the contract.
///
/// # Errors
/// When it is too large, or does not come within [`BODY_WAIT`].
pub async fn whole_body(body: axum::body::Body) -> Result<Bytes, ApiError> {
    timeout(BODY_WAIT, read_and_discard(body)).await.unwrap_or(Err(ApiError::TooSlow))
}

async fn read_and_discard(body: axum::body::Body) -> Result<Bytes, ApiError> {
    let mut chunks = body.into_data_stream();
    let (mut kept, mut length) = (Vec::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| ApiError::Invalid(format!("The body broke off: {error}.")))?;
        length += chunk.len();
        if length <= BODY_LIMIT_BYTES {
            kept.extend_from_slice(&chunk);
        } else if length > BODY_LIMIT_BYTES + DISCARDED_BYTES {
            break;
        }
    }
    if length > BODY_LIMIT_BYTES { Err(ApiError::TooLarge) } else { Ok(kept.into()) }
}
