//! Every refusal of this API: `{error, message}` and a status.

use std::time::Duration;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::auth::AuthError;
use crate::handover::NotElected;
use crate::passwords::PasswordError;
use crate::store::NodeId;
use crate::store::checks::Unfit;

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("{0}")]
    Invalid(String),
    /// This node does not lead now.
    #[error("{0}")]
    NotElected(#[from] NotElected),
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
    #[error("This address has as many streams open as a node serves it; close one.")]
    TooManyStreamsFromHere,
    #[error("The request did not come whole in time.")]
    TooSlow,
    #[error("Too many people sign in at once; try again.")]
    Busy(Duration),
    #[error("Too many wrong passwords for this account; wait before the next one.")]
    TooManyAttempts(Duration),
    /// What failed is for the log of the node alone.
    #[error("{0}")]
    Internal(String),
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<PasswordError> for ApiError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy(after) => Self::Busy(after),
            PasswordError::TooManyAttempts(after) => Self::TooManyAttempts(after),
            PasswordError::Auth(error) => error.into(),
        }
    }
}

impl From<Unfit> for ApiError {
    fn from(error: Unfit) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl ApiError {
    fn parts(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid"),
            Self::OutOfBounds(_) => (StatusCode::UNPROCESSABLE_ENTITY, "out_of_bounds"),
            Self::LoginNeeded | Self::TokenRefused(_) => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::NotElected(why) => (StatusCode::CONFLICT, why.code()),
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
            Self::TooManyStreamsFromHere => (StatusCode::TOO_MANY_REQUESTS, "too_many_streams"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too_slow"),
            Self::Busy(_) => (StatusCode::TOO_MANY_REQUESTS, "busy"),
            Self::TooManyAttempts(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    fn body(&self, error: &str) -> Value {
        if let Self::Internal(cause) = self {
            let number = format!("{:08x}", rand::random::<u32>());
            tracing::error!(number, cause, "a request failed");
            let message = format!("This node failed. Its log says why under the number {number}.");
            return json!({ "error": error, "message": message, "number": number });
        }
        let mut body = json!({ "error": error, "message": self.to_string() });
        if let Self::NotLeader { leader } = self {
            body["leaderId"] = json!(leader.as_ref().map(|(id, _)| id));
            body["leaderUrl"] = json!(leader.as_ref().map(|(_, url)| url));
        }
        body
    }

    /// After how many seconds the request may be sent again.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::NoLeader | Self::Starting | Self::TooManyStreams => Some(1),
            Self::TooManyStreamsFromHere => Some(5),
            Self::Busy(after) | Self::TooManyAttempts(after) => Some(after.as_secs_f64().ceil().max(1.0) as u64),
            _ => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, error) = self.parts();
        let mut response = (status, Json(self.body(error))).into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_failure_says_a_number_that_the_log_explains_and_nothing_of_the_inside() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        let response = tracing::subscriber::with_default(subscriber, || {
            ApiError::Internal("no such table: accounts in /var/lib".into()).into_response()
        });
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
        let said: Value = serde_json::from_slice(&body).unwrap();
        let number = said["number"].as_str().unwrap();
        assert!(said["message"].as_str().unwrap().contains(number) && !said.to_string().contains("table"), "{said}");
        let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(logged.contains(number) && logged.contains("no such table"), "{logged}");
    }
}
