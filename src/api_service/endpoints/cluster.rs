//! What one node says of itself and of the others: asked of this node and of no other.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::super::transport::Body;
use super::super::{ApiError, ApiService, address, answer, decode};
use super::wire::TimeStamp;

/// What a node thinks of every other (an extension of the contract).
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterView {
    pub node_id: Option<String>,
    pub term: Option<u64>,
    pub leader_id: Option<String>,
    pub peers: Vec<PeerView>,
}

/// What a node thinks of one other.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct PeerView {
    pub node_id: Option<String>,
    /// Where clients reach it, as far as the node knows.
    pub url: Option<String>,
    /// `correct`, `suspect`, `faulty` or `unknown`.
    pub state: Option<String>,
    pub since: Option<TimeStamp>,
    /// The node that found out.
    pub tested_by: Option<String>,
    pub round_trip_ms: Option<f64>,
}

/// What a node says of its part in Raft; the older backend says it here, and not in its health answer.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct RaftStatus {
    pub node_id: Option<String>,
    pub state: Option<String>,
    pub current_term: Option<u64>,
    pub current_leader: Option<String>,
    pub commit_index: Option<u64>,
    pub last_applied: Option<u64>,
}

/// What came of a question to one node.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeAnswer<T> {
    Yes(T),
    /// Its backend has no such route.
    Unsupported,
    /// It did not answer.
    Silent,
}

impl ApiService {
    /// What the node at `index` thinks of the others. It is asked even when it is failed: nothing is blamed on it.
    ///
    /// # Errors
    /// [`ApiError::Cancelled`] when the list has no such node; those of an answer that is none of the contract's.
    pub async fn cluster_view(self, index: usize) -> Result<NodeAnswer<ClusterView>, ApiError> {
        told(self, index, "/api/cluster/view").await
    }

    /// What the node at `index` says of its part in Raft.
    ///
    /// # Errors
    /// As [`ApiService::cluster_view`].
    pub async fn raft_status(self, index: usize) -> Result<NodeAnswer<RaftStatus>, ApiError> {
        told(self, index, "/api/raft/status").await
    }
}

async fn told<T: DeserializeOwned>(api: ApiService, index: usize, path: &str) -> Result<NodeAnswer<T>, ApiError> {
    let driver = &api.service().driver;
    let base = driver.read(|core, now| core.snapshot(now).nodes.get(index).map(|node| node.url.to_string()));
    let base = base.ok_or(ApiError::Cancelled)?;
    let Some(Ok(response)) = driver.ask(address::at(&base, path)).await else { return Ok(NodeAnswer::Silent) };
    if matches!(response.status, 404 | 405) {
        return Ok(NodeAnswer::Unsupported);
    }
    match (answer::refusal(&response), response.body) {
        (Some(refusal), _) => Err(refusal),
        (None, Body::Json(value)) => {
            decode::from_value(&value).map(NodeAnswer::Yes).map_err(|error| ApiError::unreadable(path, &error))
        }
        (None, Body::Other(_)) => Err(ApiError::not_json(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_read_with_ids_of_both_kinds_and_with_anything_missing() {
        let text = r#"{"nodeId":0,"term":3,"leaderId":"1","peers":[
            {"nodeId":1,"url":"http://b","state":"correct","since":"1970-01-01T00:00:01Z","testedBy":0,"roundTripMs":1.5},
            {"nodeId":"2","state":"faulty"}],"more":true}"#;
        let view: ClusterView = decode::from_text(text).unwrap_or_default();
        assert_eq!((view.node_id.as_deref(), view.leader_id.as_deref(), view.peers.len()), (Some("0"), Some("1"), 2));
        assert_eq!(view.peers[0].since, Some(TimeStamp(1_000.0)));
        assert_eq!(
            view.peers[1],
            PeerView { node_id: Some("2".into()), state: Some("faulty".into()), ..PeerView::default() }
        );
    }
}
