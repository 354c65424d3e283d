//! Answers on their way out: each in the shape that it had.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::{Call, stream, times};
use crate::api::X_RAFT_INDEX;

/// What an older backend does not say.
const UNSAID: [HeaderName; 4] =
    [X_RAFT_INDEX, CACHE_CONTROL, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS];

/// The answer to `call` as an older backend gives it. `bookings` counts those that were answered.
pub(super) async fn as_it_was(call: &Call, answer: Response, bookings: &AtomicU64) -> Response {
    let (mut parts, body) = answer.into_parts();
    for name in UNSAID {
        parts.headers.remove(name);
    }
    if call.path.ends_with("/events/stream") && parts.status.is_success() {
        return Response::from_parts(parts, stream::plain(body));
    }
    let read = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let json = serde_json::from_slice::<Value>(&read).ok();
    let (status, translated) = match (json, parts.status.is_success()) {
        (Some(json), true) => successful(call, parts.status, json, bookings),
        (json, false) => refused(call, parts.status, json.unwrap_or_default()),
        (None, true) => return Response::from_parts(parts, Body::from(read)),
    };
    let mut answer = match translated {
        Some(json) => (status, Json(json)).into_response(),
        None => status.into_response(),
    };
    if let Some(after) = parts.headers.remove(RETRY_AFTER) {
        answer.headers_mut().insert(RETRY_AFTER, after);
    }
    answer
}

/// Status and body; no body for nothing.
type Shape = (StatusCode, Option<Value>);

fn successful(call: &Call, status: StatusCode, json: Value, bookings: &AtomicU64) -> Shape {
    let body = match call.parts() {
        (_, "/api/health") => json!({ "status": "UP" }),
        ("POST", "/api/auth/login") => without(json, &["token", "userName"]),
        ("POST", "/api/auth/register/user" | "/api/auth/register/provider") => {
            return (StatusCode::OK, Some(json!({ "success": true, "message": json["message"] })));
        }
        ("GET", "/api/raft/status") => without(json, &["peers"]),
        ("GET", "/api/integrated/vehicles/{id}/seats") => each(json, seat),
        (_, route) if route.starts_with("/api/integrated/") && route.contains("vehicles") => each(json, vehicle),
        ("POST", "/reservations/" | "/reservations") => return (status, booked(bookings)),
        ("GET", route) if route.starts_with("/reservations") => each(json, reservation),
        ("GET", "/api/performance-test/status") => test_status(&json),
        ("GET", "/api/performance-test/current-results") => test_results(&json),
        _ => json,
    };
    (status, Some(body))
}

/// As the framework of the older backend answers, but for logins and registrations, which its own code refuses.
fn refused(call: &Call, status: StatusCode, json: Value) -> Shape {
    let message = json.get("message").cloned().unwrap_or_default();
    match (call.parts(), status) {
        (("POST", "/api/auth/login"), StatusCode::UNAUTHORIZED) => {
            return (status, Some(json!({ "success": false, "message": message })));
        }
        (("POST", route), StatusCode::BAD_REQUEST | StatusCode::CONFLICT)
            if route.starts_with("/api/auth/register/") =>
        {
            return (StatusCode::OK, Some(json!({ "success": false, "message": message })));
        }
        _ => {}
    }
    // It knows nothing of outcomes, nor of answers in time.
    let status = if status == StatusCode::GATEWAY_TIMEOUT { StatusCode::INTERNAL_SERVER_ERROR } else { status };
    let mut body = json!({
        "timestamp": times::stamp(),
        "status": status.as_u16(),
        "error": status.canonical_reason().unwrap_or("None"),
        "path": call.path,
    });
    let from_the_framework =
        [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED];
    if !from_the_framework.contains(&status) {
        body["message"] = message;
    }
    (status, Some(body))
}

/// Changes one object, or each of a list.
fn each(json: Value, change: fn(&mut Map<String, Value>)) -> Value {
    match json {
        Value::Array(items) => items.into_iter().map(|item| each(item, change)).collect(),
        Value::Object(mut fields) => {
            change(&mut fields);
            Value::Object(fields)
        }
        other => other,
    }
}

fn without(json: Value, names: &[&str]) -> Value {
    match json {
        Value::Object(mut fields) => {
            fields.retain(|name, _| !names.contains(&name.as_str()));
            Value::Object(fields)
        }
        other => other,
    }
}

/// A seat has a number, and is reserved or not.
fn seat(seat: &mut Map<String, Value>) {
    if let Some(label) = seat.remove("label") {
        seat.insert("seatNumber".into(), label);
    }
    if let Some(available) = seat.remove("available") {
        seat.insert("isReserved".into(), json!(available == json!(false)));
    }
}

/// A false `published` is left out, the price is a text, and the departure has no zone.
fn vehicle(vehicle: &mut Map<String, Value>) {
    if vehicle.get("published") == Some(&json!(false)) {
        vehicle.remove("published");
    }
    if let Some(price) = vehicle.get_mut("price")
        && let Some(number) = price.as_f64()
    {
        *price = json!(format!("{number:.2}"));
    }
    without_zone(vehicle, "departureTime");
}

fn reservation(reservation: &mut Map<String, Value>) {
    if let Some(status) = reservation.get_mut("status")
        && *status == json!("COMMITTED")
    {
        *status = json!("CONFIRMED");
    }
    without_zone(reservation, "createdAt");
}

fn without_zone(fields: &mut Map<String, Value>, name: &str) {
    if let Some(time) = fields.get_mut(name)
        && let Some(local) = time.as_str().and_then(times::to_local)
    {
        *time = Value::String(local);
    }
}

/// Some such backends answer nothing, some that it went well: here they take turns.
fn booked(bookings: &AtomicU64) -> Option<Value> {
    let before = bookings.fetch_add(1, Ordering::Relaxed);
    (!before.is_multiple_of(2)).then(|| json!({ "success": true }))
}

fn test_status(status: &Value) -> Value {
    let mut body = json!({ "isRunning": status["running"] });
    for name in ["testId", "progress"] {
        if let Some(value) = status.get(name) {
            body[name] = value.clone();
        }
    }
    body
}

/// Single numbers, of the last second that was measured; 0 for what was not. Shares are fractions, times milliseconds.
fn test_results(results: &Value) -> Value {
    let metrics = &results["metrics"];
    let last = |name: &str| metrics[name].as_array().and_then(|all| all.last()).and_then(Value::as_f64).unwrap_or(0.0);
    json!({
        "vcubeLatency": last("vcubeLatency"),
        "raftConsensusTime": last("raftConsensusTime"),
        "throughput": last("throughput"),
        "successRate": metrics["successRate"].as_f64().map_or(0.0, |percent| percent / 100.0),
        "duration": results["duration"].as_f64().map_or(0, |seconds| (seconds * 1_000.0).round() as u64),
        "completed": results["completed"],
        "testId": results["testId"],
        "configuration": results["configuration"],
    })
}
