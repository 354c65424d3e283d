//! Raft between the nodes: JSON over HTTP under `/raft/`, on the private port.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
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
use crate::peers::{PeerError, Peers};
use crate::store::{NodeId, TypeConfig};

/// How long a peer that refused a connection is left alone. Short: it may be restarting.
const UNREACHABLE_PAUSE: Duration = Duration::from_millis(200);

type Answer<T, E> = Result<T, RPCError<NodeId, BasicNode, RaftError<NodeId, E>>>;

/// Makes a connection for each peer.
pub struct Network {
    /// They know where the nodes are now; the membership in the log says where they were when the cluster was made.
    pub peers: Arc<Peers>,
    pub meters: Arc<Meters>,
}

impl RaftNetworkFactory<TypeConfig> for Network {
    type Network = PeerLink;

    async fn new_client(&mut self, target: NodeId, _: &BasicNode) -> PeerLink {
        PeerLink { peers: self.peers.clone(), meters: self.meters.clone(), target }
    }
}

/// The way to one peer.
pub struct PeerLink {
    peers: Arc<Peers>,
    meters: Arc<Meters>,
    target: NodeId,
}

impl PeerLink {
    async fn send<Req, Resp, E>(&self, path: &str, request: &Req, option: &RPCOption) -> Answer<Resp, E>
    where
        Req: Serialize,
        Resp: DeserializeOwned,
        E: std::error::Error + DeserializeOwned,
    {
        let answered = self.peers.post(self.target, path, request, option.hard_ttl()).await;
        let result: Result<Resp, RaftError<NodeId, E>> = answered.map_err(|error| match error {
            PeerError::NotReached(_) | PeerError::Stranger(_) => RPCError::Unreachable(Unreachable::new(&error)),
            other => RPCError::Network(NetworkError::new(&other)),
        })?;
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
        self.send("/raft/append", &rpc, &option).await
    }

    async fn install_snapshot(
        &mut self,
        rpc: InstallSnapshotRequest<TypeConfig>,
        option: RPCOption,
    ) -> Answer<InstallSnapshotResponse<NodeId>, InstallSnapshotError> {
        self.send("/raft/snapshot", &rpc, &option).await
    }

    async fn vote(
        &mut self,
        rpc: VoteRequest<NodeId>,
        option: RPCOption,
    ) -> Answer<VoteResponse<NodeId>, openraft::error::Infallible> {
        self.meters.vote_request();
        self.send("/raft/vote", &rpc, &option).await
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

/// What the peers call.
pub fn routes(raft: OpenRaft<TypeConfig>, meters: Arc<Meters>) -> Router {
    Router::new()
        .route("/raft/append", post(append))
        .route("/raft/snapshot", post(snapshot))
        .route("/raft/vote", post(vote))
        .route("/raft/timings", get(timings))
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
