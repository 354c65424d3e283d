//! How the nodes reach each other: on a private port of each node, with a secret that they share.
//!
//! Raft, the diagnosis, the broadcast and writes that a follower passes on go this way and no other. The private port
//! listens on the loopback interface unless it is told otherwise, and on any free port: a node asks each peer for its
//! number at the peer's public address ([`door::PORT_PATH`]). Requests and answers both carry a proof of the secret
//! ([`secret`]), so that neither a stranger who finds the port nor a program that took the port of a dead node is
//! believed. Nothing is encrypted: where others can read the network, TLS or a tunnel belongs before the private port.

pub mod door;
pub mod secret;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::Url;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::store::NodeId;
use door::{NONCE, PORT_PATH, PROOF, PrivatePort};
use secret::{Request, Secret};

/// A connection that is not made within this is not made.
const CONNECT_LIMIT: Duration = Duration::from_millis(500);
/// A peer that does not name its private port within this is asked again.
const PORT_LIMIT: Duration = Duration::from_secs(1);
/// How long a request waits for the private port of its peer to be known. Short: the peer may be gone for good.
const PORT_WAIT: Duration = Duration::from_millis(100);
/// Pause before a peer is asked for its private port again. Short: it may be restarting.
const PORT_AGAIN: Duration = Duration::from_millis(100);

/// Where the nodes are, as each of them is told at its start.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Where the nodes serve the contract, for each other to find.
    pub public: BTreeMap<NodeId, String>,
    /// Where the private ports are, for nodes that need not be asked: behind a balancer, or behind TLS.
    pub private: BTreeMap<NodeId, String>,
}

/// Why a peer gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// Nothing was delivered.
    #[error("not reached: {0}")]
    NotReached(String),
    /// The request may have been delivered.
    #[error("no answer: {0}")]
    Lost(String),
    /// It came from something that is not the peer.
    #[error("answered {0} without the secret of this cluster")]
    Stranger(StatusCode),
    #[error("answered {0}")]
    Refused(StatusCode),
    #[error("the body is not as agreed: {0}")]
    Json(#[from] serde_json::Error),
}

/// A whole answer of a peer, whatever its status.
pub struct PeerAnswer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl PeerAnswer {
    /// # Errors
    /// When the status is no 2xx, or the body not the JSON of a `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, PeerError> {
        if !self.status.is_success() {
            return Err(PeerError::Refused(self.status));
        }
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// A request to a peer.
pub struct Ask<'a> {
    pub method: Method,
    /// Path and query.
    pub path: &'a str,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl<'a> Ask<'a> {
    fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// A JSON body.
    pub fn post(path: &'a str, body: Bytes) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Self { method: Method::POST, path, headers, body }
    }
}

/// The ways from this node to every other one.
pub struct Peers {
    me: NodeId,
    client: reqwest::Client,
    secret: Secret,
    links: BTreeMap<NodeId, Link>,
}

struct Link {
    public: String,
    /// Where the private port is, once it is known.
    private: watch::Sender<Option<String>>,
    /// Told at the start: not to be asked for.
    fixed: bool,
}

impl Peers {
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(me: NodeId, addresses: Addresses, secret: Secret) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .build()?;
        let link = |(id, public): (NodeId, String)| {
            let known = addresses.private.get(&id).cloned();
            (id, Link { public, fixed: known.is_some(), private: watch::Sender::new(known) })
        };
        let links = addresses.public.clone().into_iter().map(link).collect();
        Ok(Self { me, client, secret, links })
    }

    /// Every node of the cluster, this one included, in ascending order.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> {
        self.links.keys().copied()
    }

    /// Every node but this one.
    pub fn others(&self) -> impl Iterator<Item = NodeId> {
        self.ids().filter(|id| *id != self.me)
    }

    /// How many nodes the cluster has.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// What a peer has at `path`.
    ///
    /// # Errors
    /// When it is not reached, does not answer within `limit`, or not with a 2xx and the JSON of a `T`.
    pub async fn get<T: DeserializeOwned>(&self, peer: NodeId, path: &str, limit: Duration) -> Result<T, PeerError> {
        self.ask(peer, Ask::get(path), limit).await?.json()
    }

    /// What a peer answers to `body`, sent as JSON.
    ///
    /// # Errors
    /// As [`Peers::get`].
    pub async fn post<T: DeserializeOwned>(
        &self,
        peer: NodeId,
        path: &str,
        body: &impl Serialize,
        limit: Duration,
    ) -> Result<T, PeerError> {
        let body = serde_json::to_vec(body)?.into();
        self.ask(peer, Ask::post(path, body), limit).await?.json()
    }

    /// The whole answer of a peer. An answer without a proof of the secret is no answer.
    ///
    /// # Errors
    /// When it is not reached, or does not answer within `limit`.
    pub async fn ask(&self, peer: NodeId, ask: Ask<'_>, limit: Duration) -> Result<PeerAnswer, PeerError> {
        let started = Instant::now();
        let link = self.links.get(&peer).ok_or_else(|| PeerError::NotReached(format!("there is no node {peer}")))?;
        let mut private = link.private.subscribe();
        let base = match timeout(limit.min(PORT_WAIT), private.wait_for(Option::is_some)).await {
            Ok(Ok(known)) => known.clone().unwrap_or_default(),
            _ => return Err(PeerError::NotReached("its private port is not known".into())),
        };
        let left = limit.saturating_sub(started.elapsed());
        let answer = self.ask_at(peer, &base, ask, left).await;
        // It was started again and has another port now. Silence says nothing of the kind: it may be stopped, or busy.
        if matches!(answer, Err(PeerError::NotReached(_) | PeerError::Stranger(_))) && !link.fixed {
            link.private.send_if_modified(|now| now.take_if(|now| *now == base).is_some());
        }
        answer
    }

    async fn ask_at(&self, to: NodeId, base: &str, ask: Ask<'_>, limit: Duration) -> Result<PeerAnswer, PeerError> {
        let nonce = format!("{:032x}", rand::random::<u128>());
        let signed = Request { to, method: ask.method.as_str(), path: ask.path, nonce: &nonce, body: &ask.body };
        let proof = self.secret.of_request(&signed);
        let request = self
            .client
            .request(ask.method, format!("{base}{}", ask.path))
            .headers(ask.headers)
            .header(NONCE, nonce)
            .header(PROOF, proof.as_str())
            .body(ask.body)
            .timeout(limit);
        let response = request.send().await.map_err(|error| {
            let connects = error.is_connect();
            let text = error.without_url().to_string();
            if connects { PeerError::NotReached(text) } else { PeerError::Lost(text) }
        })?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(|error| PeerError::Lost(error.without_url().to_string()))?;
        let believed = headers.get(PROOF).is_some_and(|sent| self.secret.proves_answer(sent, &proof, status, &body));
        if !believed {
            return Err(PeerError::Stranger(status));
        }
        Ok(PeerAnswer { status, headers, body })
    }

    /// Keeps the private port of `peer` known, for ever.
    pub async fn keep_known(&self, peer: NodeId) {
        let Some(link) = self.links.get(&peer).filter(|link| !link.fixed) else { return };
        let mut private = link.private.subscribe();
        loop {
            if private.wait_for(Option::is_none).await.is_err() {
                return;
            }
            match self.find(peer).await {
                Ok(url) => drop(link.private.send_replace(Some(url))),
                Err(error) => {
                    tracing::debug!(%error, peer, "a peer does not tell its private port");
                    sleep(PORT_AGAIN).await;
                }
            }
        }
    }

    /// The base URL of a peer's private port, which the peer is asked for.
    ///
    /// # Errors
    /// When it does not answer, or cannot prove the secret.
    pub async fn find(&self, peer: NodeId) -> Result<String, PeerError> {
        let link = self.links.get(&peer).ok_or_else(|| PeerError::NotReached(format!("there is no node {peer}")))?;
        let public = link.public.as_str();
        let answer = self.ask_at(peer, public, Ask::get(PORT_PATH), PORT_LIMIT).await?;
        let PrivatePort { port } = answer.json()?;
        let mut url = Url::parse(public).map_err(|error| PeerError::NotReached(error.to_string()))?;
        if url.set_port(Some(port)).is_err() {
            return Err(PeerError::NotReached(format!("{public} cannot have a port")));
        }
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }
}
