//! Where the people of a test come in: any node takes what they do, checks their token and puts it through the log.

use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::api::{App, Node};
use crate::auth;
use crate::clock;
use crate::peers::{Ask, PeerError};
use crate::store::NodeId;
use crate::store::state::{Action, Command, RequestKey};
use crate::vcube::Content;

/// Something that one of the people of a test wants done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Wish {
    pub test: String,
    pub key: Option<String>,
    pub action: Action,
}

/// What became of it. Whatever the outcome, the token was checked.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Fulfilled {
    /// As the contract has it; 504 when there is no answer.
    pub status: u16,
    pub consensus_ms: Option<f64>,
}

impl Fulfilled {
    fn refused(status: u16) -> Self {
        Self { status, consensus_ms: None }
    }
}

/// What the peers call.
pub fn routes() -> Router<App> {
    Router::new().route("/raft/trial", post(fulfil))
}

async fn fulfil(State(app): State<App>, headers: HeaderMap, Json(wish): Json<Wish>) -> Json<Fulfilled> {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("");
    let token = header.strip_prefix("Bearer ").unwrap_or("");
    Json(app.fulfil(token, wish).await)
}

impl Node {
    /// Does it at `node`, which may be this one.
    pub async fn fulfil_at(&self, node: NodeId, token: &str, wish: Wish) -> Fulfilled {
        if node == self.id {
            return self.fulfil(token, wish).await;
        }
        self.fulfilled(node, token, &wish).await.unwrap_or_else(|error| {
            tracing::debug!(%error, node, "a node did not take part in a performance test");
            Fulfilled::refused(504)
        })
    }

    async fn fulfilled(&self, node: NodeId, token: &str, wish: &Wish) -> Result<Fulfilled, PeerError> {
        let mut ask = Ask::post("/raft/trial", serde_json::to_vec(wish)?.into());
        if let Ok(bearer) = HeaderValue::try_from(format!("Bearer {token}")) {
            ask.headers.insert(AUTHORIZATION, bearer);
        }
        self.peers.ask(node, ask, super::run::ANSWER_LIMIT).await?.json()
    }

    async fn fulfil(&self, token: &str, wish: Wish) -> Fulfilled {
        let Some(identity) = self.state.read(|state| state.identity.clone()) else { return Fulfilled::refused(503) };
        let Ok(caller) = auth::read_token(&identity, token, self.token_leeway_secs) else {
            return Fulfilled::refused(401);
        };
        let booked = match &wish.action {
            Action::Reserve { wanted, .. } => Some(Content::Trial { provider_id: wanted.provider_id.clone() }),
            _ => None,
        };
        // Under a key of its own each wish is another one, so that nothing has to tell them apart.
        let key = wish.key.map(|key| RequestKey { key, fingerprint: String::new() });
        let action = Action::InTrial { test: wish.test, action: Box::new(wish.action) };
        let command = Command { at_ms: clock::now_ms(), by: Some(caller), key, action };
        match self.write_anywhere(command).await {
            Ok(written) => {
                let status = written.reply.status;
                if let Some(content) = booked.filter(|_| status == 201) {
                    self.vcube.broadcast(content);
                }
                let counts = (200..300).contains(&status);
                Fulfilled { status, consensus_ms: counts.then_some(written.consensus_ms) }
            }
            Err(_) => Fulfilled::refused(504),
        }
    }
}
