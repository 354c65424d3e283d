//! Reads the parts of an answer that routing depends on: the error codes of the contract, and health bodies.

use std::sync::Arc;

use super::error::ApiError;
use super::failover::{Answer, Features, HealthReport, NodeUrl, Reply, Role};
use super::json::{self, Value};
use super::transport::{Response, TransportError};

/// What the older backend says when a write reaches a node that is not the leader.
const OLDER_NOT_LEADER: &str = "This node is not the leader";

/// The body of an answer that is not a success. A body that is not JSON says nothing, which is no error here: the
/// status counts. Fields are read one by one: that is a third of the code that a type would be.
fn error_body(response: &Response) -> Value {
    json::parse(&response.body).unwrap_or_default()
}

/// What came back, as the core wants to know it. `json`: a success must be JSON.
pub(super) fn reply(result: &Result<Response, TransportError>, json: bool) -> Reply {
    let response = match result {
        Ok(response) => response,
        Err(TransportError::Network) => return Reply::NetworkError,
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
        200..=299 => answer.malformed = json && is_malformed(response),
        409 | 421 | 500..=599 => {
            let body = error_body(response);
            let code = body.get("error").and_then(Value::as_text);
            answer.key_in_progress = response.status == 409 && code == Some("key_in_progress");
            answer.not_leader = (matches!(response.status, 421 | 503) && code == Some("not_leader"))
                || (response.status >= 500 && response.body.contains(OLDER_NOT_LEADER));
            if answer.not_leader {
                let url = body.get("leaderUrl").and_then(Value::as_text).and_then(|url| NodeUrl::parse(url).ok());
                answer.leader_url = url.map(|url| Arc::from(url.as_str()));
                answer.leader_id = body.number("leaderId");
            }
        }
        _ => {}
    }
    Reply::Answer(answer)
}

/// Whether the body is anything but JSON: a web page, a part of an answer, nothing.
pub(super) fn is_malformed(response: &Response) -> bool {
    json::parse(&response.body).is_err()
}

/// The answer's error as a person can be told it; `None` for a success.
pub(super) fn refusal(response: &Response) -> Option<ApiError> {
    match response.status {
        200..=299 => None,
        401 => Some(ApiError::Unauthorized { message: error_body(response).text("message") }),
        429 => Some(ApiError::Throttled { wait: response.retry_after }),
        503 if response.retry_after.is_some() => Some(ApiError::Throttled { wait: response.retry_after }),
        status @ 500..=599 => Some(ApiError::Server { status }),
        status => {
            let body = error_body(response);
            Some(ApiError::Refused { status, code: body.text("error"), message: body.text("message") })
        }
    }
}

/// What a healthy node says of itself. The older backend says only `{"status":"UP"}`, or nothing that can be read:
/// then nothing is known, which is no failure.
pub(super) fn health_report(response: &Response) -> Option<HealthReport> {
    if !(200..300).contains(&response.status) {
        return None;
    }
    let body = json::parse(&response.body).ok()?;
    let named = |feature: &str| {
        body.get("features").is_some_and(|all| all.entries().iter().any(|name| name.as_text() == Some(feature)))
    };
    let number = |name: &str| body.number(name);
    let text = |name: &str| body.get(name)?.as_text().map(Arc::from);
    Some(HealthReport {
        role: body
            .get("role")
            .and_then(Value::as_text)
            .and_then(|name| Role::ALL.into_iter().find(|role| role.as_str() == name)),
        term: number("term"),
        leader_id: number("leaderId"),
        node_id: number("nodeId"),
        commit_index: number("commitIndex"),
        last_applied: number("lastApplied"),
        quorum: body.get("quorum").and_then(Value::as_bool),
        features: Features {
            idempotency_key: named("idempotency-key"),
            min_index: named("min-index"),
            event_id: named("event-id"),
        },
        cluster_id: text("clusterId"),
        version: text("version"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classed(status: u16, body: &str) -> Answer {
        let response = Response { status, body: body.into(), ..Response::default() };
        match reply(&Ok(response), true) {
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
}
