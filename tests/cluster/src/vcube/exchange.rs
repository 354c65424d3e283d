//! The messages on their way between two nodes: JSON over HTTP on the private port.

use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::time::{interval, sleep};

use super::{Content, KEPT_FOR, Message, Sender, Vcube};
use crate::api::{App, Node};
use crate::peers::{Ask, PeerError};
use crate::store::NodeId;

/// Messages sent at once.
const BATCH: usize = 64;
/// A peer that does not take a batch within this is tried again.
const SEND_LIMIT: Duration = Duration::from_secs(1);
const SEND_AGAIN: Duration = Duration::from_millis(200);
/// A node that had nothing to tell for this long says that it is there.
const BEACON_AFTER: Duration = Duration::from_secs(2);

#[derive(Serialize, Deserialize)]
struct Batch {
    from: Sender,
    messages: Vec<Message<Content>>,
}

/// Up to which of the sender's messages nothing has to be sent again.
#[derive(Serialize, Deserialize)]
struct Taken {
    received: u64,
}

/// What the peers call.
pub fn routes() -> Router<App> {
    Router::new().route("/raft/vcube", post(take))
}

async fn take(State(app): State<App>, Json(batch): Json<Batch>) -> Json<Taken> {
    Json(Taken { received: app.vcube.receive(batch.from, batch.messages) })
}

impl Vcube {
    /// The messages after `after` that are still kept, and after which one they begin.
    fn batch(&self, after: u64) -> Batch {
        let mut inner = self.inner();
        while inner.kept.front().is_some_and(|(at, _)| at.elapsed() > KEPT_FOR) {
            inner.kept.pop_front();
        }
        let newer = inner.kept.iter().map(|(_, message)| message).filter(|message| message.stamp.sequence > after);
        let messages: Vec<_> = newer.take(BATCH).cloned().collect();
        // Without any, all that was sent is either taken or forgotten.
        let after = messages.first().map_or(*self.sent.borrow(), |first| first.stamp.sequence - 1);
        Batch { from: Sender { origin: self.me, started: inner.causal.started(), after }, messages }
    }

    fn count_bytes(&self, batch: &Batch, body: &[u8]) {
        let length = |value: serde_json::Result<Vec<u8>>| value.map_or(0, |json| json.len() as u64);
        let stamps = batch.messages.iter().map(|message| length(serde_json::to_vec(&message.stamp)));
        let metadata = stamps.sum::<u64>() + length(serde_json::to_vec(&batch.from));
        let mut inner = self.inner();
        inner.metadata_bytes += metadata;
        inner.bytes += body.len() as u64;
    }
}

/// Sends everything to one peer, in order, for ever.
pub async fn send_to(app: App, peer: NodeId) {
    let mut sent = app.vcube.sent.subscribe();
    let mut after = 0;
    loop {
        if sent.wait_for(|sent| *sent > after).await.is_err() {
            return;
        }
        let batch = app.vcube.batch(after);
        after = batch.from.after;
        if batch.messages.is_empty() {
            continue;
        }
        match send(&app, peer, &batch).await {
            Ok(taken) if taken.received > after => after = taken.received,
            Ok(_) => sleep(SEND_AGAIN).await,
            Err(error) => {
                tracing::debug!(%error, peer, "a peer did not take the messages");
                sleep(SEND_AGAIN).await;
            }
        }
    }
}

async fn send(app: &Node, peer: NodeId, batch: &Batch) -> Result<Taken, PeerError> {
    let body = serde_json::to_vec(batch)?;
    // A message that could not be delivered counts as sent.
    app.vcube.count_bytes(batch, &body);
    let answer = app.peers.ask(peer, Ask::post("/raft/vcube", body.into()), SEND_LIMIT).await?;
    answer.json()
}

/// Tells the others now and then that this node is there, so that there are figures on a quiet day too.
pub async fn beacon(app: App) {
    let mut often = interval(BEACON_AFTER / 4);
    loop {
        often.tick().await;
        let quiet_for = Instant::now().duration_since(app.vcube.inner().last_sent);
        if quiet_for >= BEACON_AFTER {
            app.vcube.broadcast(Content::Beacon);
        }
    }
}
