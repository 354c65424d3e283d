//! Raft between the nodes: JSON over HTTP under `/raft/`, on the node's one port.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use openraft::error::{InstallSnapshotError, NetworkError, RPCError, RaftError, RemoteError, Unreachable};
use openraft::network::{Backoff, RPCOption, RaftNetwork, RaftNetworkFactory};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, InstallSnapshotRequest, InstallSnapshotResponse, VoteRequest,
    VoteResponse,
};
use openraft::{BasicNode, Raft as OpenRaft};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::meters::{Meters, Timings};
use crate::store::{NodeId, TypeConfig};

/// A snapshot chunk or a batch of entries, as JSON, stays well below this.
const BODY_LIMIT_BYTES: usize = 64 << 20;
/// How long a peer that refused a connection is left alone. Short: it may be restarting.
const UNREACHABLE_PAUSE: Duration = Duration::from_millis(200);

type Answer<T, E> = Result<T, RPCError<NodeId, BasicNode, RaftError<NodeId, E>>>;

/// Makes a connection for each peer.
pub struct Network {
    client: reqwest::Client,
    meters: Arc<Meters>,
    peers: BTreeMap<NodeId, String>,
}

impl Network {
    /// `peers` says where the nodes are now; the membership in the log says where they were when the cluster was made.
    pub fn new(peers: BTreeMap<NodeId, String>, meters: Arc<Meters>) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder().no_proxy().connect_timeout(Duration::from_millis(500)).build()?;
        Ok(Self { client, meters, peers })
    }
}

impl RaftNetworkFactory<TypeConfig> for Network {
    type Network = PeerLink;

    async fn new_client(&mut self, target: NodeId, node: &BasicNode) -> PeerLink {
        let url = self.peers.get(&target).unwrap_or(&node.addr).clone();
        PeerLink { client: self.client.clone(), meters: self.meters.clone(), target, url }
    }
}

/// The way to one peer.
pub struct PeerLink {
    client: reqwest::Client,
    meters: Arc<Meters>,
    target: NodeId,
    url: String,
}

impl PeerLink {
    async fn send<Req, Resp, E>(&self, what: &str, request: &Req, option: &RPCOption) -> Answer<Resp, E>
    where
        Req: Serialize,
        Resp: DeserializeOwned,
        E: std::error::Error + DeserializeOwned,
    {
        let url = format!("{}/raft/{what}", self.url);
        let sent = self.client.post(url).json(request).timeout(option.hard_ttl()).send().await;
        let response = sent.map_err(|error| {
            if error.is_connect() {
                RPCError::Unreachable(Unreachable::new(&error))
            } else {
                RPCError::Network(NetworkError::new(&error))
            }
        })?;
        let result: Result<Resp, RaftError<NodeId, E>> =
            response.json().await.map_err(|error| RPCError::Network(NetworkError::new(&error)))?;
        result.map_err(|error| RPCError::RemoteError(RemoteError::new(self.target, error)))
    }
}

impl RaftNetwork<TypeConfig> for PeerLink {
    async fn append_entries(
        &mut self,
        rpc: AppendEntriesRequest<TypeConfig>,
        option: RPCOption,
    ) -> Answer<AppendEntriesResponse<NodeId>, openraft::error::Infallible> {
        self.meters.append_request();
        self.send("append", &rpc, &option).await
    }

    async fn install_snapshot(
        &mut self,
        rpc: InstallSnapshotRequest<TypeConfig>,
        option: RPCOption,
    ) -> Answer<InstallSnapshotResponse<NodeId>, InstallSnapshotError> {
        self.send("snapshot", &rpc, &option).await
    }

    async fn vote(
        &mut self,
        rpc: VoteRequest<NodeId>,
        option: RPCOption,
    ) -> Answer<VoteResponse<NodeId>, openraft::error::Infallible> {
        self.meters.vote_request();
        self.send("vote", &rpc, &option).await
    }

    fn backoff(&self) -> Backoff {
        Backoff::new(std::iter::repeat(UNREACHABLE_PAUSE))
    }
}

#[derive(Clone)]
struct Receiver {
    raft: OpenRaft<TypeConfig>,
    meters: Arc<Meters>,
}

/// What the peers call. No cross-origin headers: a browser page has no business here.
pub fn routes(raft: OpenRaft<TypeConfig>, meters: Arc<Meters>) -> Router {
    Router::new()
        .route("/raft/append", post(append))
        .route("/raft/snapshot", post(snapshot))
        .route("/raft/vote", post(vote))
        .route("/raft/timings", get(timings))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .with_state(Receiver { raft, meters })
}

type Reply<T, E = openraft::error::Infallible> = Json<Result<T, RaftError<NodeId, E>>>;

async fn append(
    State(receiver): State<Receiver>,
    Json(rpc): Json<AppendEntriesRequest<TypeConfig>>,
) -> Reply<AppendEntriesResponse<NodeId>> {
    receiver.meters.append_request();
    let answer = receiver.raft.append_entries(rpc).await;
    if matches!(answer, Ok(AppendEntriesResponse::Success | AppendEntriesResponse::PartialSuccess(_))) {
        receiver.meters.heard_leader();
    }
    Json(answer)
}

async fn snapshot(
    State(receiver): State<Receiver>,
    Json(rpc): Json<InstallSnapshotRequest<TypeConfig>>,
) -> Reply<InstallSnapshotResponse<NodeId>, InstallSnapshotError> {
    Json(receiver.raft.install_snapshot(rpc).await)
}

async fn vote(State(receiver): State<Receiver>, Json(rpc): Json<VoteRequest<NodeId>>) -> Reply<VoteResponse<NodeId>> {
    receiver.meters.vote_request();
    Json(receiver.raft.vote(rpc).await)
}

/// What this node measured, for a node that answers for the whole cluster.
async fn timings(State(receiver): State<Receiver>) -> Json<Timings> {
    Json(receiver.meters.timings())
}
