//! Every refusal of this API: `{error, message}` and a status.

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::auth::AuthError;
use crate::store::NodeId;

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("{0}")]
    Invalid(String),
    /// Understood, and more or less than this node does.
    #[error("{0}")]
    OutOfBounds(String),
    #[error("Log in first.")]
    LoginNeeded,
    #[error("Your session is over; log in again.")]
    TokenRefused(#[source] AuthError),
    #[error("Your role does not allow this.")]
    Forbidden,
    #[error("{0}")]
    NotFound(&'static str),
    #[error("This address does not take this method.")]
    MethodNotAllowed,
    #[error("A request with this Idempotency-Key is still being worked on.")]
    KeyInProgress,
    #[error("This Idempotency-Key was used for another request; make a new one.")]
    KeyReused,
    #[error("This node has applied log index {applied}, not yet {wanted}.")]
    IndexNotReached { wanted: u64, applied: u64 },
    #[error("The request is larger than this node takes.")]
    TooLarge,
    /// The write was not applied.
    #[error("This node is not the leader.")]
    NotLeader { leader: Option<(NodeId, String)> },
    /// As the older backend says it.
    #[error("This node is not the leader")]
    NotLeaderLegacy,
    /// The write was not applied.
    #[error("The cluster has no leader at the moment; try again.")]
    NoLeader,
    /// The cluster has not written its first entry yet.
    #[error("The cluster is starting; try again.")]
    Starting,
    /// The write may or may not be applied.
    #[error("The outcome of this request is not known.")]
    OutcomeUnknown,
    #[error("This node serves as many streams as it can; try another one.")]
    TooManyStreams,
    #[error("This node failed: {0}")]
    Internal(String),
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl ApiError {
    fn parts(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid"),
            Self::OutOfBounds(_) => (StatusCode::UNPROCESSABLE_ENTITY, "out_of_bounds"),
            Self::LoginNeeded | Self::TokenRefused(_) => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::KeyInProgress => (StatusCode::CONFLICT, "key_in_progress"),
            Self::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "key_reused"),
            Self::IndexNotReached { .. } => (StatusCode::TOO_EARLY, "index_not_reached"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::NotLeader { .. } => (StatusCode::SERVICE_UNAVAILABLE, "not_leader"),
            Self::NotLeaderLegacy => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            Self::NoLeader => (StatusCode::SERVICE_UNAVAILABLE, "no_leader"),
            Self::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
            Self::OutcomeUnknown => (StatusCode::GATEWAY_TIMEOUT, "outcome_unknown"),
            Self::TooManyStreams => (StatusCode::SERVICE_UNAVAILABLE, "too_many_streams"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    fn body(&self, error: &str) -> Value {
        let mut body = json!({ "error": error, "message": self.to_string() });
        if let Self::NotLeader { leader } = self {
            body["leaderId"] = json!(leader.as_ref().map(|(id, _)| id));
            body["leaderUrl"] = json!(leader.as_ref().map(|(_, url)| url));
        }
        body
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, error) = self.parts();
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::warn!(%self, "answering with an error");
        }
        let mut response = (status, Json(self.body(error))).into_response();
        if matches!(self, Self::NoLeader | Self::Starting | Self::TooManyStreams) {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if matches!(self, Self::NotLeader { .. }) {
            response.extensions_mut().insert(NotApplied);
        }
        response
    }
}

/// Marks an answer that says that the write went nowhere, so that it may be tried again.
#[derive(Clone, Copy, Debug)]
pub struct NotApplied;
