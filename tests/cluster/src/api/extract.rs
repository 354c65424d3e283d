//! What the handlers take out of a request.

use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::{App, Node};
use crate::auth;
use crate::store::state::Caller;
use crate::wire::Role;

impl Node {
    /// Who sent these headers: nobody, somebody, or a token that is not valid.
    pub fn caller(&self, headers: &HeaderMap) -> Result<Option<Caller>, ApiError> {
        let Some(header) = headers.get(AUTHORIZATION) else { return Ok(None) };
        let token = header.to_str().ok().and_then(|text| text.strip_prefix("Bearer ")).ok_or(ApiError::LoginNeeded)?;
        let identity = self.state.read(|state| state.identity.clone()).ok_or(ApiError::Starting)?;
        auth::read_token(&identity, token).map(Some).map_err(ApiError::TokenRefused)
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

/// A JSON body; what is wrong with it is said in the answer.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let bytes = axum::body::Bytes::from_request(request, app).await.map_err(|_| ApiError::TooLarge)?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| ApiError::Invalid(format!("The body: {error}.")))
    }
}
