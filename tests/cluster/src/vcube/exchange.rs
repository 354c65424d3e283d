//! From each node to each other one, with vector clocks: what the trees are compared with. JSON over HTTP on the private
//! port.
//!
//! Nothing is kept for a node that is away for longer than [`KEPT_FOR`]: it joins again from where the others are.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use super::causal::{Causal, Message, Sender};
use super::figures::Figures;
use super::tree::Sent;
use super::{Arrived, Deliveries, News, Side, json_length};
use crate::api::{App, Node};
use crate::peers::{Ask, PeerError};
use crate::store::NodeId;
use crate::wire::Delivery;

/// Own messages kept for the nodes that have not taken them yet: at most so many, and at most so long.
const KEPT: usize = 512;
const KEPT_FOR: Duration = Duration::from_secs(5);
/// Messages sent at once.
const BATCH: usize = 64;
/// A peer that does not take a batch within this is tried again.
const SEND_LIMIT: Duration = Duration::from_secs(1);
const SEND_AGAIN: Duration = Duration::from_millis(200);

/// This node's side of it.
pub(super) struct AllToAll {
    me: NodeId,
    causal: Causal<News>,
    /// Own messages, oldest first.
    kept: VecDeque<(Instant, Message<News>)>,
    last: u64,
    /// The nodes by their places in the cube.
    ids: Vec<NodeId>,
    /// Own messages that some nodes have taken, with who has, by their sequence.
    taken: BTreeMap<u64, Vec<NodeId>>,
}

#[derive(Serialize, Deserialize)]
struct Batch {
    from: Sender,
    messages: Vec<Message<News>>,
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
    let mut inner = app.vcube.inner();
    let Side::VectorClock(all) = &mut inner.side else { return Json(Taken { received: u64::MAX }) };
    let received = all.causal.receive(batch.from, batch.messages, Instant::now());
    app.vcube.deliver(&mut inner);
    Json(Taken { received })
}

impl AllToAll {
    pub fn new(me: NodeId, start: u64, ids: Vec<NodeId>) -> Self {
        let (kept, taken) = (VecDeque::new(), BTreeMap::new());
        Self { me, causal: Causal::new(me, start), kept, last: 0, ids, taken }
    }

    pub fn broadcast(&mut self, news: News, figures: &mut Figures) {
        let stamp = self.causal.stamp();
        let bytes = json_length(&stamp);
        figures.made(bytes, bytes);
        self.last = stamp.sequence;
        self.kept.push_back((Instant::now(), Message { stamp, content: news }));
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
    }

    pub fn deliver(&mut self) -> Deliveries {
        let waived = self.causal.waived();
        let arrived = self.causal.deliver(Instant::now()).into_iter().map(|(origin, message)| {
            let sequence = message.stamp.sequence;
            let mut clock: BTreeMap<_, _> =
                message.stamp.clock.into_iter().map(|(node, mark)| (node, mark.count)).collect();
            clock.insert(origin, sequence);
            let told = Delivery { origin, sequence, latency_ms: 0.0, clock, timestamp: 0, via: origin, hops: Some(1) };
            Arrived { told, news: message.content }
        });
        (arrived.collect(), self.causal.waived() > waived)
    }

    /// Another node has taken the messages after the `after`th, up to the `received`th.
    fn taken_by(&mut self, peer: NodeId, after: u64, received: u64, figures: &mut Figures) {
        for sequence in after + 1..=received.min(self.last) {
            let taken = self.taken.entry(sequence).or_default();
            taken.push(peer);
            if taken.len() + 1 == self.ids.len() {
                let place = |id: NodeId| self.ids.iter().position(|other| *other == id).unwrap_or(0);
                let root = place(self.me);
                let tree: Vec<_> = taken.iter().map(|peer| (root, place(*peer))).collect();
                figures.finished(root, Sent { messages: tree.len() as u32, tree });
                self.taken.remove(&sequence);
            }
        }
        let oldest = self.kept.front().map_or(self.last, |(_, message)| message.stamp.sequence);
        self.taken.retain(|sequence, _| *sequence >= oldest);
    }

    /// The messages after `after` that are still kept, and after which one they begin.
    fn batch(&mut self, after: u64) -> Batch {
        while self.kept.front().is_some_and(|(at, _)| at.elapsed() > KEPT_FOR) {
            self.kept.pop_front();
        }
        let newer = self.kept.iter().map(|(_, message)| message).filter(|message| message.stamp.sequence > after);
        let messages: Vec<_> = newer.take(BATCH).cloned().collect();
        // Without any, all that was sent is either taken or forgotten.
        let after = messages.first().map_or(self.last, |first| first.stamp.sequence - 1);
        Batch { from: Sender { origin: self.me, start: self.causal.start(), after }, messages }
    }
}

/// Sends everything to one peer, in order, for ever.
pub async fn send_to(app: App, peer: NodeId) {
    let mut sent = app.vcube.sent.subscribe();
    let mut after = 0;
    loop {
        sent.borrow_and_update();
        let batch = match &mut app.vcube.inner().side {
            Side::VectorClock(all) => all.batch(after),
            Side::Tree(_) => return,
        };
        after = batch.from.after;
        if batch.messages.is_empty() {
            if sent.changed().await.is_err() {
                return;
            }
            continue;
        }
        match send(&app, peer, &batch).await {
            Ok(taken) if taken.received > after => {
                let inner = &mut *app.vcube.inner();
                if let Side::VectorClock(all) = &mut inner.side {
                    all.taken_by(peer, after, taken.received, &mut inner.figures);
                }
                after = taken.received;
            }
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
    let stamps = batch.messages.iter().map(|message| json_length(&message.stamp));
    // A message that could not be delivered counts as sent.
    let metadata = stamps.sum::<u64>() + json_length(&batch.from);
    app.vcube.inner().figures.sent(metadata, body.len() as u64);
    let answer = app.peers.ask(peer, Ask::post("/raft/vcube", body.into()), SEND_LIMIT).await?;
    answer.json()
}
