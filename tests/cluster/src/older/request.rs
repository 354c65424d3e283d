//! Requests on their way in: the caller's headers become a token, extensions are taken out, bodies are completed.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use percent_encoding::percent_decode;
use serde_json::{Value, json};

use super::{Call, X_USER_ID, X_USER_ROLE, times};
use crate::api::error::ApiError;
use crate::api::extract::whole_body;
use crate::api::{IDEMPOTENCY_KEY, LAST_EVENT_ID, Node, X_RAFT_MIN_INDEX};
use crate::auth;
use crate::store::state::Caller;
use crate::wire::Role;

/// Nobody has to say who they are here.
const OPEN: [(&str, &str); 4] = [
    ("GET", "/api/health"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/register/user"),
    ("POST", "/api/auth/register/provider"),
];

/// What the older backend does not serve.
const MISSING: [&str; 5] = [
    "/api/cluster/view",
    "/api/cluster/view/stream",
    "/api/cluster/elect",
    "/api/admin/stats",
    "/reservations/{id}/cancel",
];

/// Extensions of the contract.
const UNKNOWN_HEADERS: [HeaderName; 4] = [AUTHORIZATION, IDEMPOTENCY_KEY, X_RAFT_MIN_INDEX, LAST_EVENT_ID];

/// The request as the handlers take it.
///
/// # Errors
/// 401 when the caller does not say who they are, 404 for what the older backend does not serve.
pub(super) async fn as_of_now(app: &Node, call: &Call, request: Request) -> Result<Request, ApiError> {
    let (mut parts, mut body) = request.into_parts();
    let caller = caller(&parts.headers);
    for name in UNKNOWN_HEADERS {
        parts.headers.remove(name);
    }
    if !OPEN.contains(&call.parts()) && call.path != "/api/health" {
        let caller = caller.ok_or(ApiError::LoginNeeded)?;
        let identity = app.state.read(|state| state.identity.clone()).ok_or(ApiError::Starting)?;
        let token = auth::issue_token(&identity, &caller, app.token_ttl_secs)?;
        let value = HeaderValue::try_from(format!("Bearer {token}"));
        parts.headers.insert(AUTHORIZATION, value.map_err(|_| ApiError::LoginNeeded)?);
    }
    if call.route.as_deref().is_some_and(|route| MISSING.contains(&route)) {
        return Err(ApiError::NotFound("There is nothing at this address."));
    }
    // What an older backend does not know in a query it does not read.
    parts.uri = call.path.parse::<Uri>().ok().filter(|_| !keeps_query(call)).unwrap_or(parts.uri);
    if matches!(call.parts(), ("POST", "/api/integrated/vehicles") | ("PUT", "/api/integrated/vehicles/{id}")) {
        let sent = whole_body(body).await?;
        parts.headers.remove(CONTENT_LENGTH);
        body = Body::from(vehicle_draft(sent));
    }
    Ok(Request::from_parts(parts, body))
}

fn keeps_query(call: &Call) -> bool {
    call.path.starts_with("/api/performance-test/")
}

/// Who these headers name; nothing when one is missing, empty or no role.
fn caller(headers: &HeaderMap) -> Option<Caller> {
    let id = text(headers.get(X_USER_ID)?);
    let role = Role::from_name(&text(headers.get(X_USER_ROLE)?))?;
    (!id.is_empty()).then_some(Caller { id, role })
}

/// The text of a header: UTF-8 once it is percent-decoded, or Latin-1, as browsers send it.
fn text(value: &HeaderValue) -> String {
    let bytes: Vec<u8> = percent_decode(value.as_bytes()).collect();
    let text =
        String::from_utf8(bytes).unwrap_or_else(|error| error.as_bytes().iter().copied().map(char::from).collect());
    text.trim().to_owned()
}

/// A vehicle as it is sent to an older backend: a missing `published` is read as false, a price may be a text, a time
/// without a zone is local. What is no JSON object is left to the handler to refuse.
fn vehicle_draft(sent: Bytes) -> Bytes {
    let Ok(Value::Object(mut draft)) = serde_json::from_slice(&sent) else { return sent };
    draft.entry("published").or_insert(json!(false));
    if let Some(price) = draft.get_mut("price")
        && let Some(number) = price.as_str().and_then(|text| text.trim().parse::<f64>().ok())
    {
        *price = json!(number);
    }
    if let Some(time) = draft.get_mut("departureTime")
        && let Some(with_zone) = time.as_str().and_then(times::to_utc)
    {
        *time = Value::String(with_zone);
    }
    serde_json::to_vec(&draft).map_or(sent, Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: &[u8], role: &str) -> Option<(String, Role)> {
        let mut headers = HeaderMap::new();
        headers.insert(X_USER_ID, HeaderValue::from_bytes(id).unwrap());
        headers.insert(X_USER_ROLE, HeaderValue::from_str(role).unwrap());
        caller(&headers).map(|caller| (caller.id, caller.role))
    }

    #[test]
    fn a_caller_is_read_percent_encoded_in_latin_1_and_in_any_case() {
        assert_eq!(named(b"u-1", "USER"), Some(("u-1".to_owned(), Role::User)));
        assert_eq!(named(b"%C5%81ukasz", "admin"), Some(("Łukasz".to_owned(), Role::Admin)));
        assert_eq!(named(b"Ren\xe9", "Provider"), Some(("René".to_owned(), Role::Provider)));
        assert_eq!(named(b" ", "USER"), None);
        assert_eq!(named(b"u-1", "KING"), None);
    }

    #[test]
    fn a_vehicle_without_published_is_not_published() {
        let read = |sent: &str| -> Value { serde_json::from_slice(&vehicle_draft(sent.to_owned().into())).unwrap() };
        assert_eq!(read(r#"{"price":"12.50"}"#), json!({ "price": 12.5, "published": false }));
        assert_eq!(read(r#"{"published":true,"price":3}"#), json!({ "price": 3, "published": true }));
        assert_eq!(vehicle_draft(Bytes::from_static(b"[")), Bytes::from_static(b"["));
    }
}
