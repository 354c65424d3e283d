//! Causal broadcast between the nodes: each one tells the others of every reservation that was made through it, and
//! every node delivers in causal order.
//!
//! A plain vector-clock broadcast, each node to each other one; the VCube topology comes later. The delivery time of a
//! message is the difference of two wall clocks, the origin's and the receiver's: it is exact when all nodes run on one
//! machine, and elsewhere it is as good as the clocks agree. Nothing is kept for a node that is away for longer than
//! [`KEPT_FOR`]: it joins again from where the others are.

mod causal;
mod exchange;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, watch};

use crate::clock;
use crate::store::NodeId;
use crate::wire::Delivery;
use causal::Causal;
pub use causal::{Message, Sender};
pub use exchange::{beacon, routes, send_to};

/// Deliveries that a listener may be behind.
const DELIVERIES_WAITING: usize = 256;
/// Own messages kept for the nodes that have not taken them yet: at most so many, and at most so long.
const KEPT: usize = 512;
const KEPT_FOR: Duration = Duration::from_secs(5);
/// Figures kept for each history.
const FIGURES_KEPT: usize = 300;

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

/// This node's side of the broadcast.
pub struct Vcube {
    me: NodeId,
    inner: Mutex<Inner>,
    /// The sequence of the last own message.
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
    causal: Causal<Content>,
    /// Own messages, oldest first.
    kept: VecDeque<(Instant, Message<Content>)>,
    last_sent: Instant,
    /// Milliseconds from broadcast to delivery, oldest first.
    latencies: VecDeque<f64>,
    /// Percent of the bytes sent that are causal metadata, one figure for each second in which something was sent.
    overheads: VecDeque<f64>,
    metadata_bytes: u64,
    bytes: u64,
}

fn keep(figures: &mut VecDeque<f64>, figure: f64) {
    figures.push_back(figure);
    if figures.len() > FIGURES_KEPT {
        figures.pop_front();
    }
}

/// Epoch milliseconds, with fractions.
fn precise_now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64() * 1_000.0)
}

impl Vcube {
    pub fn new(me: NodeId) -> Self {
        let inner = Inner {
            causal: Causal::new(me, clock::now_ms()),
            kept: VecDeque::new(),
            last_sent: Instant::now(),
            latencies: VecDeque::new(),
            overheads: VecDeque::new(),
            metadata_bytes: 0,
            bytes: 0,
        };
        let (sent, deliveries) = (watch::Sender::new(0), broadcast::Sender::new(DELIVERIES_WAITING));
        Self { me, inner: Mutex::new(inner), sent, deliveries }
    }

    // A poisoned lock means that a request panicked: the order itself is changed in one step at a time.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// When this node started, epoch milliseconds.
    pub fn started(&self) -> u64 {
        self.inner().causal.started()
    }

    /// Tells all other nodes; they hear of it soon after.
    pub fn broadcast(&self, content: Content) {
        let mut inner = self.inner();
        let stamp = inner.causal.stamp();
        let sequence = stamp.sequence;
        inner.last_sent = Instant::now();
        inner.kept.push_back((Instant::now(), Message { stamp, sent_ms: precise_now_ms(), content: content.clone() }));
        // Under the lock, so that listeners hear in the order of the deliveries. Nobody may be listening.
        let _ = self.deliveries.send(Delivered { told: None, content });
        if inner.kept.len() > KEPT {
            inner.kept.pop_front();
        }
        drop(inner);
        self.sent.send_replace(sequence);
    }

    /// What is delivered here from now on.
    pub fn deliveries(&self) -> broadcast::Receiver<Delivered> {
        self.deliveries.subscribe()
    }

    /// Milliseconds from broadcast to delivery of the last messages of other nodes, oldest first.
    pub fn latency_history(&self) -> Vec<f64> {
        self.inner().latencies.iter().copied().collect()
    }

    /// Percent of the bytes sent to the other nodes that are causal metadata, oldest first.
    pub fn overhead_history(&self) -> Vec<f64> {
        self.inner().overheads.iter().copied().collect()
    }

    /// Adds a figure of the bytes sent since the last call, and delivers what has waited for too long. Call it once a
    /// second.
    pub fn sample(&self) {
        let mut inner = self.inner();
        let (metadata, bytes) = (std::mem::take(&mut inner.metadata_bytes), std::mem::take(&mut inner.bytes));
        if bytes > 0 {
            keep(&mut inner.overheads, metadata as f64 * 100.0 / bytes as f64);
        }
        self.deliver(&mut inner);
    }

    fn receive(&self, from: Sender, messages: Vec<Message<Content>>) -> u64 {
        let mut inner = self.inner();
        let received = inner.causal.receive(from, messages, Instant::now());
        self.deliver(&mut inner);
        received
    }

    /// Under the lock, so that listeners hear in the order of the deliveries.
    fn deliver(&self, inner: &mut Inner) {
        let waived = inner.causal.waived();
        for (origin, message) in inner.causal.deliver(Instant::now()) {
            let latency_ms = (precise_now_ms() - message.sent_ms).max(0.0);
            keep(&mut inner.latencies, latency_ms);
            let sequence = message.stamp.sequence;
            let mut clock: std::collections::BTreeMap<_, _> =
                message.stamp.clock.into_iter().map(|(node, mark)| (node, mark.count)).collect();
            clock.insert(origin, sequence);
            let told = Some(Delivery { origin, sequence, latency_ms, clock, timestamp: clock::now_ms() });
            // Nobody may be listening.
            let _ = self.deliveries.send(Delivered { told, content: message.content });
        }
        if inner.causal.waived() > waived {
            tracing::info!("a message was delivered without some that it depends on, which never came");
        }
    }
}
