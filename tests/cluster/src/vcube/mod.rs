//! Causal broadcast between the nodes: each one tells the others of every reservation that was made through it, and
//! every node delivers in causal order.
//!
//! It goes over VCube's trees ([`tree`], the rules; [`branches`], between the nodes), in an order kept by barriers
//! ([`order`]). A cluster may be started with the plain way instead, each node to each other one with vector clocks
//! ([`causal`], [`exchange`]): that is what the trees are compared with, and [`figures`] has both sides of it.
//!
//! The delivery time of a message is the difference of two wall clocks, the origin's and the receiver's, less the offset
//! of the one from the other that the diagnosis has measured.

mod branches;
mod causal;
mod exchange;
mod figures;
pub mod mark;
pub mod order;
pub mod tree;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;
use tokio::time::interval;

use crate::api::App;
use crate::clock;
use crate::diagnosis::Diagnosis;
use crate::store::NodeId;
use crate::wire::{BroadcastFigures, Delivery};
use branches::Branches;
use exchange::AllToAll;
use figures::Figures;

/// Deliveries that a listener may be behind.
const DELIVERIES_WAITING: usize = 256;
/// A node that had nothing to tell for this long says that it is there: a little later the more there are who do.
const BEACON_AFTER: Duration = Duration::from_secs(2);
const BEACON_LATER_A_NODE: Duration = Duration::from_millis(250);
/// How often what takes time is looked at.
const TICK: Duration = Duration::from_millis(250);

/// What a message tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum Content {
    /// Nothing but that the node is there, sent when there was nothing else for a while.
    Beacon,
    /// A reservation was made through the node.
    Reservation { provider_id: String, vehicle_id: String, seat_id: String },
    /// A reservation of a performance test was made through the node.
    Trial { provider_id: String },
}

/// How messages get to the other nodes: the same way on all nodes of a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Way {
    /// Over VCube's trees, with causal barriers.
    #[default]
    Tree,
    /// From each node to each other one, with vector clocks.
    VectorClock,
}

/// What is broadcast, with the time of the origin's clock, epoch milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct News {
    sent_ms: f64,
    content: Content,
}

/// This node's side of the broadcast.
pub struct Vcube {
    me: NodeId,
    start: u64,
    diagnosis: Arc<Diagnosis>,
    inner: Mutex<Inner>,
    /// The sequence of the last own message, or how often there was something new to send.
    sent: watch::Sender<u64>,
    deliveries: broadcast::Sender<Delivered>,
}

/// A message that was delivered here.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Nothing for this node's own messages, which are delivered here at once.
    pub told: Option<Delivery>,
    pub content: Content,
}

struct Inner {
    side: Side,
    last_sent: Instant,
    figures: Figures,
}

enum Side {
    Tree(Branches),
    VectorClock(AllToAll),
}

/// Epoch milliseconds, with fractions.
fn precise_now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64() * 1_000.0)
}

/// Bytes of `value` as JSON.
fn json_length(value: &impl Serialize) -> u64 {
    serde_json::to_vec(value).map_or(0, |json| json.len() as u64)
}

impl Vcube {
    /// Node `me`, started for the `start`th time; the diagnosis knows the others.
    pub fn new(me: NodeId, start: u64, way: Way, diagnosis: Arc<Diagnosis>) -> Self {
        let side = match way {
            Way::Tree => Side::Tree(Branches::new(me, start, diagnosis.ids().to_vec())),
            Way::VectorClock => Side::VectorClock(AllToAll::new(me, start, diagnosis.ids().to_vec())),
        };
        let inner = Inner { side, last_sent: Instant::now(), figures: Figures::default() };
        let (sent, deliveries) = (watch::Sender::new(0), broadcast::Sender::new(DELIVERIES_WAITING));
        Self { me, start, diagnosis, inner: Mutex::new(inner), sent, deliveries }
    }

    // A poisoned lock means that a request panicked: the order itself is changed in one step at a time.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Which start of this node it is.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Tells all other nodes; they hear of it soon after.
    pub fn broadcast(&self, content: Content) {
        let mut inner = self.inner();
        inner.last_sent = Instant::now();
        let news = News { sent_ms: precise_now_ms(), content: content.clone() };
        let Inner { side, figures, .. } = &mut *inner;
        match side {
            Side::Tree(branches) => branches.broadcast(news, figures),
            Side::VectorClock(all) => all.broadcast(news, figures),
        }
        // Under the lock, so that listeners hear in the order of the deliveries. Nobody may be listening.
        let _ = self.deliveries.send(Delivered { told: None, content });
        drop(inner);
        self.wake();
    }

    fn wake(&self) {
        self.sent.send_modify(|sent| *sent += 1);
    }

    /// What is delivered here from now on.
    pub fn deliveries(&self) -> broadcast::Receiver<Delivered> {
        self.deliveries.subscribe()
    }

    /// Milliseconds from broadcast to delivery of the last messages of other nodes, oldest first.
    pub fn latency_history(&self) -> Vec<f64> {
        self.inner().figures.latencies()
    }

    /// Percent of the bytes sent to the other nodes that are causal metadata, oldest first.
    pub fn overhead_history(&self) -> Vec<f64> {
        self.inner().figures.overheads()
    }

    /// How the last own messages went.
    pub fn figures(&self) -> BroadcastFigures {
        let inner = self.inner();
        let way = match inner.side {
            Side::Tree(_) => "tree",
            Side::VectorClock(_) => "vectorClock",
        };
        inner.figures.told(way, self.diagnosis.ids())
    }

    /// Adds a figure of the bytes sent since the last call. Call it once a second.
    pub fn sample(&self) {
        self.inner().figures.sample();
    }

    /// Looks at what takes time: what has waited for too long is delivered, who has not answered is told again.
    fn tick(&self) {
        let mut inner = self.inner();
        if let Inner { side: Side::Tree(branches), figures, .. } = &mut *inner {
            branches.tick(figures);
        }
        self.deliver(&mut inner);
        let quiet_for = BEACON_AFTER.max(BEACON_LATER_A_NODE * self.diagnosis.ids().len() as u32);
        let quiet = inner.last_sent.elapsed() >= quiet_for;
        drop(inner);
        self.wake();
        if quiet {
            self.broadcast(Content::Beacon);
        }
    }

    /// Under the lock, so that listeners hear in the order of the deliveries.
    fn deliver(&self, inner: &mut Inner) {
        let (arrived, waived) = match &mut inner.side {
            Side::Tree(branches) => branches.deliver(),
            Side::VectorClock(all) => all.deliver(),
        };
        for Arrived { told, news } in arrived {
            let ahead_ms = self.diagnosis.clock_offset_ms(told.origin).unwrap_or(0.0);
            let latency_ms = latency_ms(news.sent_ms, precise_now_ms(), ahead_ms);
            inner.figures.delivered(latency_ms);
            let told = Some(Delivery { latency_ms, timestamp: clock::now_ms(), ..told });
            // Nobody may be listening.
            let _ = self.deliveries.send(Delivered { told, content: news.content });
        }
        if waived {
            tracing::info!("a message was delivered without some that it depends on, which never came");
        }
    }
}

/// From when a message was sent by the clock of its origin, which is `ahead_ms` ahead of this one, until now.
fn latency_ms(sent_ms: f64, now_ms: f64, ahead_ms: f64) -> f64 {
    (now_ms - (sent_ms - ahead_ms)).max(0.0)
}

/// A message that may be delivered, and what is told of it beside the times.
struct Arrived {
    told: Delivery,
    news: News,
}

/// What of the deliveries the two ways have in common.
type Deliveries = (VecDeque<Arrived>, bool);

/// What the peers call.
pub fn routes() -> Router<App> {
    exchange::routes().merge(branches::routes())
}

/// What the broadcast does beside answering, for ever.
pub async fn run(app: App) {
    let mut tasks = JoinSet::new();
    for peer in app.peers.others() {
        let tree = matches!(app.vcube.inner().side, Side::Tree(_));
        if tree {
            tasks.spawn(branches::send_to(app.clone(), peer));
        } else {
            tasks.spawn(exchange::send_to(app.clone(), peer));
        }
    }
    tasks.spawn(branches::follow(app.clone()));
    tasks.spawn(async move {
        let mut often = interval(TICK);
        loop {
            often.tick().await;
            app.vcube.tick();
        }
    });
    while tasks.join_next().await.is_some() {}
}

pub use branches::compare;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_of_the_two_clocks_is_no_part_of_a_delivery_time() {
        for ahead_ms in [-300.0, 0.0, 2_000.0] {
            let sent_ms = 10_000.0 + ahead_ms;
            assert!((latency_ms(sent_ms, 10_004.0, ahead_ms) - 4.0).abs() < 1e-9);
        }
        assert!(latency_ms(10_000.0, 9_999.0, 0.0) >= 0.0, "what an offset is known by is not exact");
    }
}
