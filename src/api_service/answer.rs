//! Reads the parts of an answer that routing depends on: the error codes of the contract, and health bodies.

use std::rc::Rc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::ApiError;
use super::failover::{Answer, Features, HealthReport, NodeUrl, Reply, Role};
use super::transport::{Response, TransportError};

/// What the older backend says when a write reaches a node that is not the leader.
const OLDER_NOT_LEADER: &str = "This node is not the leader";

/// The body of an answer that is not a success. Every field may lack.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error: Option<String>,
    message: Option<String>,
    #[serde(rename = "leaderUrl")]
    leader_url: Option<String>,
    #[serde(rename = "leaderId")]
    leader_id: Option<u64>,
}

/// A body that is not JSON says nothing, which is no error here: the status counts.
fn error_body(response: &Response) -> ErrorBody {
    serde_json::from_str(&response.body).unwrap_or_default()
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
        ..Answer::default()
    };
    match response.status {
        200..=299 => answer.malformed = json && is_malformed(response),
        409 | 421 | 500..=599 => {
            let body = error_body(response);
            let code = body.error.as_deref();
            answer.key_in_progress = response.status == 409 && code == Some("key_in_progress");
            answer.not_leader = (matches!(response.status, 421 | 503) && code == Some("not_leader"))
                || (response.status >= 500 && response.body.contains(OLDER_NOT_LEADER));
            if answer.not_leader {
                let url = body.leader_url.as_deref().and_then(|url| NodeUrl::parse(url).ok());
                answer.leader_url = url.map(|url| Rc::from(url.as_str()));
                answer.leader_id = body.leader_id;
            }
        }
        _ => {}
    }
    Reply::Answer(answer)
}

/// Whether the body is anything but JSON: a web page, a part of an answer, nothing.
pub(super) fn is_malformed(response: &Response) -> bool {
    serde_json::from_str::<IgnoredAny>(&response.body).is_err()
}

/// The answer's error as a person can be told it; `None` for a success.
pub(super) fn refusal(response: &Response) -> Option<ApiError> {
    match response.status {
        200..=299 => None,
        401 => Some(ApiError::Unauthorized { message: error_body(response).message }),
        429 => Some(ApiError::Throttled { wait: response.retry_after }),
        503 if response.retry_after.is_some() => Some(ApiError::Throttled { wait: response.retry_after }),
        status @ 500..=599 => Some(ApiError::Server { status }),
        status => {
            let body = error_body(response);
            Some(ApiError::Refused { status, code: body.error, message: body.message })
        }
    }
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct HealthBody {
    role: Option<String>,
    term: Option<u64>,
    leader_id: Option<u64>,
    node_id: Option<u64>,
    commit_index: Option<u64>,
    last_applied: Option<u64>,
    quorum: Option<bool>,
    cluster_id: Option<String>,
    version: Option<String>,
    features: Vec<String>,
}

/// What a healthy node says of itself. The older backend says only `{"status":"UP"}`, or nothing that can be read:
/// then nothing is known, which is no failure.
pub(super) fn health_report(response: &Response) -> Option<HealthReport> {
    if !(200..300).contains(&response.status) {
        return None;
    }
    let body: HealthBody = serde_json::from_str(&response.body).ok()?;
    let named = |feature: &str| body.features.iter().any(|name| name == feature);
    Some(HealthReport {
        role: match body.role.as_deref() {
            Some("leader") => Some(Role::Leader),
            Some("follower") => Some(Role::Follower),
            Some("candidate") => Some(Role::Candidate),
            Some("learner") => Some(Role::Learner),
            _ => None,
        },
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
        cluster_id: body.cluster_id.map(Rc::from),
        version: body.version.map(Rc::from),
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
