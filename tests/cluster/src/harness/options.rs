//! How a cluster is started, and why it could not do what it was asked.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::client::ClientError;
use crate::api::Writes;
use crate::peers::PeerError;
use crate::peers::secret::SecretError;
use crate::vcube::Way;

/// How to start a cluster.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    /// Number of nodes.
    pub nodes: usize,
    /// The ports that clients use, one a node; free ones when `None`.
    pub ports: Option<Vec<u16>>,
    /// What followers do with writes.
    pub writes: Writes,
    /// Whether the nodes answer as an older backend: see [`crate::older`].
    pub older: bool,
    /// Where the nodes keep their data, one folder a node; a temporary folder when `None`, removed at the end.
    pub data_dir: Option<PathBuf>,
    /// Puts a fault-injecting proxy before every node.
    pub with_proxies: bool,
    /// Puts ways between the nodes that can be cut one by one.
    pub with_links: bool,
    /// How the nodes tell each other of reservations.
    pub broadcast: Way,
    /// How long tokens are valid, in seconds, to the second; the node's defaults when `None`.
    pub token_ttl_secs: Option<u64>,
    /// Addresses of proxies whose `X-Forwarded-For` the nodes believe.
    pub trusted_proxies: Vec<IpAddr>,
    /// Shortest and longest election timeout, in milliseconds; the node's defaults when `None`.
    pub election_ms: Option<(u64, u64)>,
    /// Log entries between two snapshots; the node's default when `None`.
    pub snapshot_every: Option<u64>,
    /// The `vcube-node` program; looked for when `None`: the variable `VCUBE_NODE`, then beside this program.
    pub binary: Option<PathBuf>,
}

impl Default for ClusterOptions {
    fn default() -> Self {
        Self {
            nodes: 3,
            ports: None,
            writes: Writes::default(),
            older: false,
            data_dir: None,
            with_proxies: false,
            with_links: false,
            broadcast: Way::default(),
            token_ttl_secs: None,
            trusted_proxies: Vec::new(),
            election_ms: None,
            snapshot_every: None,
            binary: None,
        }
    }
}

/// Why a cluster could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error(
        "vcube-node was not found: build it with `cargo build -p reference-cluster`, or set VCUBE_NODE to its path"
    )]
    NoBinary,
    #[error("{given} ports for {nodes} nodes")]
    Ports { given: usize, nodes: usize },
    #[error("there is no node {0}")]
    NoSuchNode(usize),
    #[error("node {0} does not run")]
    NotRunning(usize),
    #[error("node {0} has no proxy: start the cluster with `with_proxies`")]
    NoProxy(usize),
    #[error("there is no way from node {from} to node {to} to cut: start the cluster with `with_links`")]
    NoLink { from: usize, to: usize },
    #[error("node {node} ended: {status}; its log ends with:\n{log}")]
    Ended { node: usize, status: String, log: String },
    #[error("gave up waiting for {what} after {waited:?}; the logs of the nodes end with:\n{logs}")]
    TooLong { what: String, waited: Duration, logs: String },
    #[error("no signal for node {node}: {error}")]
    Signal { node: usize, error: rustix::io::Errno },
    #[error("{0}")]
    Client(#[from] ClientError),
    #[error("{0}")]
    Secret(#[from] SecretError),
    #[error("a node does not tell its private port: {0}")]
    Peer(#[from] PeerError),
}
