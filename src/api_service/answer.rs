//! Reads the parts of an answer that routing depends on: the error codes of the contract, and health bodies.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::ApiError;
use super::failover::{Answer, Features, HealthReport, Reply, Role};
use super::lenient;
use super::request::Expected;
use super::transport::{Body, Response, TransportError};
use super::{address, decode};

/// What the older backend says when a write reaches a node that is not the leader.
const OLDER_NOT_LEADER: &str = "This node is not the leader";

/// The body of an answer that is not a success.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ErrorBody {
    /// Of an answer of 2xx: `false` is a refusal all the same.
    #[serde(deserialize_with = "lenient::or_none")]
    success: Option<bool>,
    /// The code of the contract, or whatever a framework calls the status.
    #[serde(deserialize_with = "lenient::or_none")]
    error: Option<String>,
    #[serde(deserialize_with = "lenient::or_none")]
    message: Option<String>,
    #[serde(deserialize_with = "lenient::or_none")]
    leader_url: Option<String>,
    #[serde(deserialize_with = "lenient::or_none")]
    leader_id: Option<u64>,
}

/// What a node says of itself in a health answer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct HealthBody {
    #[serde(deserialize_with = "lenient::or_none")]
    role: Option<String>,
    #[serde(deserialize_with = "lenient::or_none")]
    term: Option<u64>,
    #[serde(deserialize_with = "lenient::or_none")]
    leader_id: Option<u64>,
    #[serde(deserialize_with = "lenient::or_none")]
    node_id: Option<u64>,
    #[serde(deserialize_with = "lenient::or_none")]
    commit_index: Option<u64>,
    #[serde(deserialize_with = "lenient::or_none")]
    last_applied: Option<u64>,
    #[serde(deserialize_with = "lenient::or_none")]
    quorum: Option<bool>,
    #[serde(deserialize_with = "lenient::or_none")]
    features: Option<Vec<Value>>,
    #[serde(deserialize_with = "lenient::or_none")]
    cluster_id: Option<String>,
    #[serde(deserialize_with = "lenient::or_none")]
    version: Option<String>,
}

impl ErrorBody {
    /// The code, when it can be one of the contract's, which are written `not_found`. What is decided on a code is
    /// never decided on the "Not Found" of a framework that has no such route.
    fn code(&self) -> Option<&str> {
        let is_code = |code: &str| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        self.error.as_deref().filter(|code| !code.is_empty() && is_code(code))
    }

    fn refused(self, status: u16) -> ApiError {
        let message = self.message.as_deref().filter(|message| !message.trim().is_empty());
        let message = message.map(|message| bounded(message.to_owned()));
        ApiError::Refused { status, code: self.code().map(str::to_owned), message }
    }
}

/// Characters of a text of a node that are kept: it stays in notices, in the monitor and in exports.
const TEXT_AT_MOST: usize = 300;

fn bounded(text: String) -> String {
    match text.char_indices().nth(TEXT_AT_MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A body of which nothing has to be there. One that is not JSON, or no object, says nothing, which is no error here:
/// the status counts.
fn said<T: DeserializeOwned + Default>(body: &Body) -> T {
    body.json().and_then(|value| decode::from_value(value).ok()).unwrap_or_default()
}

/// What came back, as the core wants to know it.
pub(super) fn reply(result: &Result<Response, TransportError>, expected: Expected) -> Reply {
    let response = match result {
        Ok(response) => response,
        Err(TransportError::Network) => return Reply::NetworkError,
        Err(TransportError::Unsendable(what)) => return Reply::Unsendable(*what),
        Err(TransportError::Truncated) => return Reply::Truncated,
    };
    let mut answer = Answer {
        status: response.status,
        retry_after: response.retry_after,
        raft_index: response.raft_index,
        took: response.took,
        ..Answer::default()
    };
    match response.status {
        200..=299 => answer.malformed = !expected.admits(&response.body),
        409 | 421 | 500..=599 => {
            let body: ErrorBody = said(&response.body);
            let code = body.code();
            answer.key_in_progress = response.status == 409 && code == Some("key_in_progress");
            answer.not_leader = (matches!(response.status, 421 | 503) && code == Some("not_leader"))
                || (response.status >= 500 && names_no_leader(&response.body));
            if answer.not_leader {
                let url = body.leader_url.and_then(|url| address::node_url(&url).ok());
                answer.leader_url = url.map(|url| Arc::from(url.as_str()));
                answer.leader_id = body.leader_id;
            }
        }
        _ => {}
    }
    Reply::Answer(answer)
}

/// Whether the older backend's words stand anywhere in the body, whatever its framework puts around them.
fn names_no_leader(body: &Body) -> bool {
    fn within(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains(OLDER_NOT_LEADER),
            Value::Array(entries) => entries.iter().any(within),
            Value::Object(fields) => fields.values().any(within),
            _ => false,
        }
    }
    match body {
        Body::Json(value) => within(value),
        Body::Other(text) => text.contains(OLDER_NOT_LEADER),
    }
}

/// The answer's error as a person can be told it; `None` for a success. The older backend refuses with a 200 whose body
/// says `success: false`, and why.
pub(super) fn refusal(response: &Response) -> Option<ApiError> {
    match response.status {
        status @ 200..=299 => {
            let body: ErrorBody = said(&response.body);
            (body.success == Some(false)).then(|| body.refused(status))
        }
        401 => Some(ApiError::Unauthorized { message: said::<ErrorBody>(&response.body).message.map(bounded) }),
        429 => Some(ApiError::Throttled { wait: response.retry_after.map(|asked| asked.wait) }),
        503 if response.retry_after.is_some() => {
            Some(ApiError::Throttled { wait: response.retry_after.map(|asked| asked.wait) })
        }
        status @ 500..=599 => Some(ApiError::Server { status }),
        status => Some(said::<ErrorBody>(&response.body).refused(status)),
    }
}

/// What a healthy node says of itself. The older backend says only `{"status":"UP"}`, or nothing that can be read:
/// then nothing is known, which is no failure.
pub(super) fn health_report(response: &Response) -> Option<HealthReport> {
    if !(200..300).contains(&response.status) {
        return None;
    }
    response.body.json()?;
    let body: HealthBody = said(&response.body);
    let features = body.features.unwrap_or_default();
    let named = |feature: &str| features.iter().any(|name| name == feature);
    Some(HealthReport {
        role: body.role.and_then(|name| Role::ALL.into_iter().find(|role| role.as_str() == name)),
        term: body.term,
        leader_id: body.leader_id,
        node_id: body.node_id,
        commit_index: body.commit_index,
        last_applied: body.last_applied,
        quorum: body.quorum,
        features: Features {
            idempotency_key: named("idempotency-key"),
            min_index: named("min-index"),
            event_id: named("event-id"),
        },
        cluster_id: body.cluster_id.map(|id| Arc::from(bounded(id))),
        version: body.version.map(|version| Arc::from(bounded(version))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classed(status: u16, body: &str) -> Answer {
        let response = Response { status, body: body.into(), ..Response::default() };
        match reply(&Ok(response), Expected::Json) {
            Reply::Answer(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_three_ways_of_not_being_the_leader_are_understood() {
        let hinted = classed(503, r#"{"error":"not_leader","leaderId":2,"leaderUrl":"http://LOCALHOST:8082/"}"#);
        assert!(hinted.not_leader);
        assert_eq!(hinted.leader_url.as_deref(), Some("http://localhost:8082"));
        assert_eq!(hinted.leader_id, Some(2));
        assert!(classed(421, r#"{"error":"not_leader"}"#).not_leader);
        assert!(classed(500, "java.lang.IllegalStateException: This node is not the leader").not_leader);
        assert!(!classed(503, r#"{"error":"draining"}"#).not_leader);
    }

    #[test]
    fn a_success_that_is_a_web_page_is_malformed() {
        assert!(classed(200, "<!doctype html><title>404</title>").malformed);
        assert!(!classed(200, "[]").malformed);
    }

    #[test]
    fn the_older_health_body_tells_nothing_and_is_no_failure() {
        let response = Response { status: 200, body: r#"{"status":"UP"}"#.into(), ..Response::default() };
        assert_eq!(health_report(&response), Some(HealthReport::default()));
        let page = Response { status: 200, body: "<html>".into(), ..Response::default() };
        assert_eq!(health_report(&page), None);
    }

    #[test]
    fn one_field_of_a_health_answer_that_cannot_be_read_leaves_the_others() {
        let body = r#"{"role":"leader","term":"7","nodeId":"node-2","quorum":"yes","features":["min-index",7]}"#;
        let response = Response { status: 200, body: body.into(), ..Response::default() };
        let report = health_report(&response).unwrap_or_default();
        assert_eq!(
            (report.role, report.term, report.node_id, report.quorum),
            (Some(Role::Leader), Some(7), None, None)
        );
        assert!(report.features.min_index && !report.features.event_id);
    }

    #[test]
    fn what_is_kept_of_a_text_of_a_node_has_an_end() {
        let long = "é".repeat(100_000);
        let body = format!(r#"{{"clusterId":"{long}","version":"1","error":"x","message":"{long}"}}"#);
        let response = |status| Response { status, body: body.as_str().into(), ..Response::default() };
        let report = health_report(&response(200)).unwrap_or_default();
        assert_eq!(report.cluster_id.map(|id| id.chars().count()), Some(TEXT_AT_MOST + 1));
        assert_eq!(report.version.as_deref(), Some("1"));
        let Some(ApiError::Refused { message: Some(message), .. }) = refusal(&response(400)) else { panic!("a 400") };
        assert_eq!(message.chars().count(), TEXT_AT_MOST + 1);
    }

    #[test]
    fn the_name_that_a_framework_gives_a_status_is_no_code() {
        let refused = |status, body: &str| refusal(&Response { status, body: body.into(), ..Response::default() });
        let code = |code: Option<&str>| {
            let code = code.map(str::to_owned);
            Some(ApiError::Refused { status: 404, code, message: None })
        };
        assert_eq!(refused(404, r#"{"error":"not_found"}"#), code(Some("not_found")));
        assert_eq!(refused(404, r#"{"timestamp":1,"status":404,"error":"Not Found","path":"/x"}"#), code(None));
        assert_eq!(refused(404, r#"{"error":"","message":" "}"#), code(None));
    }

    #[test]
    fn a_success_that_says_it_is_none_is_a_refusal_in_the_words_of_the_server() {
        let refused = |body: &str| refusal(&Response { status: 200, body: body.into(), ..Response::default() });
        let message = Some("password too short".to_owned());
        let expected = Some(ApiError::Refused { status: 200, code: None, message });
        assert_eq!(refused(r#"{"success":false,"message":"password too short"}"#), expected);
        assert_eq!((refused(r#"{"success":true}"#), refused("[]"), refused("")), (None, None, None));
    }

    #[test]
    fn the_older_words_are_found_in_whatever_a_framework_puts_around_them() {
        assert!(classed(500, r#"{"status":500,"message":"java.x: This node is not the leader"}"#).not_leader);
        assert!(classed(503, r#"{"errors":[{"detail":"This node is not the leader."}]}"#).not_leader);
        assert!(!classed(500, r#"{"message":"This node is the leader"}"#).not_leader);
    }
}
