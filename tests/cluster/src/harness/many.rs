//! Stand-ins for the nodes of a cluster far larger than this machine could run: each has a port of its own and answers
//! health checks, or does not. For the page's behaviour with a thousand nodes, and for nothing else.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, HeaderName, RETRY_AFTER};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use futures_util::future::{FutureExt as _, ready};
use futures_util::stream::StreamExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::ports::free_port;

/// What a stand-in does with a health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Manner {
    Healthy = 0,
    /// Accepted and never answered.
    Hanging = 1,
    /// Answered with 500.
    Failing = 2,
    /// Answered with 429, `Retry-After: 7` and `X-Raft-Index: 41`, which a page may read.
    Patient = 3,
    /// Half of the body comes.
    Truncating = 4,
}

#[derive(Debug, Default)]
struct StandIn {
    id: u64,
    manner: AtomicU8,
    checks: AtomicU64,
    taken_back: AtomicU64,
    /// What it says who it is, when told to say something else than its own number and no cluster.
    name: Mutex<Option<(u64, String)>>,
}

/// Counts a check whose client has gone before it was answered.
struct CountTakenBack(Arc<StandIn>);

impl Drop for CountTakenBack {
    fn drop(&mut self) {
        self.0.taken_back.fetch_add(1, Ordering::Relaxed);
    }
}

/// The stand-ins. Dropping it closes their ports.
pub struct ManyNodes {
    nodes: Vec<Arc<StandIn>>,
    ports: Vec<u16>,
    _tasks: JoinSet<()>,
}

impl ManyNodes {
    /// `count` healthy ones, each on a free port of the loopback interface.
    ///
    /// # Errors
    /// When a port cannot be had.
    pub async fn start(count: usize) -> std::io::Result<Self> {
        let mut tasks = JoinSet::new();
        let (mut nodes, mut ports) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for id in 0..count {
            let port = free_port()?;
            let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
            let node = Arc::new(StandIn { id: id as u64, ..StandIn::default() });
            let router = Router::new().route("/api/health", get(health)).with_state(Arc::clone(&node));
            tasks.spawn(async move {
                if let Err(error) = axum::serve(listener, router).await {
                    tracing::error!(%error, "a stand-in ended");
                }
            });
            nodes.push(node);
            ports.push(port);
        }
        Ok(Self { nodes, ports, _tasks: tasks })
    }

    pub fn urls(&self) -> Vec<String> {
        self.ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect()
    }

    /// From now on the stand-in at `index` behaves in this manner. An index out of range changes nothing.
    pub fn behave(&self, index: usize, manner: Manner) {
        if let Some(node) = self.nodes.get(index) {
            node.manner.store(manner as u8, Ordering::Relaxed);
        }
    }

    /// From now on the stand-in at `index` names this node id and this cluster. An index out of range changes nothing.
    pub fn name(&self, index: usize, id: u64, cluster: &str) {
        if let Some(node) = self.nodes.get(index) {
            *node.name.lock().unwrap_or_else(PoisonError::into_inner) = Some((id, cluster.to_owned()));
        }
    }

    /// How many health checks each has been asked for.
    pub fn checks(&self) -> Vec<u64> {
        self.nodes.iter().map(|node| node.checks.load(Ordering::Relaxed)).collect()
    }

    /// How many checks of the stand-in at `index` were taken back while it hung.
    pub fn taken_back(&self, index: usize) -> u64 {
        self.nodes.get(index).map_or(0, |node| node.taken_back.load(Ordering::Relaxed))
    }
}

async fn health(State(node): State<Arc<StandIn>>) -> axum::response::Response {
    node.checks.fetch_add(1, Ordering::Relaxed);
    let manner = node.manner.load(Ordering::Relaxed);
    if manner == Manner::Hanging as u8 {
        let _count = CountTakenBack(Arc::clone(&node));
        std::future::pending::<()>().await;
    }
    let any_origin = [(ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    if manner == Manner::Failing as u8 {
        return (axum::http::StatusCode::INTERNAL_SERVER_ERROR, any_origin, "{}").into_response();
    }
    if manner == Manner::Patient as u8 {
        let headers = [
            (RETRY_AFTER, "7"),
            (HeaderName::from_static("x-raft-index"), "41"),
            (ACCESS_CONTROL_EXPOSE_HEADERS, "Retry-After, X-Raft-Index"),
        ];
        return (axum::http::StatusCode::TOO_MANY_REQUESTS, any_origin, headers, "{}").into_response();
    }
    if manner == Manner::Truncating as u8 {
        // The other half is late, or the first would not be sent either.
        let half = ready(Ok("{\"status\":"));
        let end = tokio::time::sleep(Duration::from_millis(50)).map(|()| Err(std::io::Error::other("broken off")));
        return (any_origin, Body::from_stream(half.into_stream().chain(end.into_stream()))).into_response();
    }
    let role = if node.id == 0 { "leader" } else { "follower" };
    let (id, cluster) = match &*node.name.lock().unwrap_or_else(PoisonError::into_inner) {
        Some((id, cluster)) => (*id, Some(cluster.clone())),
        None => (node.id, None),
    };
    let mut body =
        serde_json::json!({"status": "UP", "nodeId": id, "role": role, "term": 1, "leaderId": 0, "quorum": true});
    if let Some(cluster) = cluster {
        body["clusterId"] = cluster.into();
    }
    (any_origin, Json(body)).into_response()
}
