//! The trees between the nodes: JSON over HTTP on the private port.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::figures::Figures;
use super::order::Clock;
use super::tree::{Outcome, Packet, Repair, Tree};
use super::{Arrived, Deliveries, News, Side, Vcube, causal, json_length};
use crate::api::{App, Node};
use crate::peers::{Ask, PeerError};
use crate::store::NodeId;
use crate::wire::Delivery;

/// Packets sent at once.
const BATCH: usize = 128;
/// A peer that does not take packets within this is passed over for them.
const SEND_LIMIT: Duration = Duration::from_secs(1);

/// This node's side of the trees: the rules, and what waits to be sent.
pub(super) struct Branches {
    /// The nodes by their places in the cube.
    ids: Vec<NodeId>,
    me: usize,
    began: Instant,
    tree: Tree<News>,
    waiting: BTreeMap<usize, VecDeque<Packet<News>>>,
}

/// From one node to another. Nodes are places in the cube here.
#[derive(Debug, Serialize, Deserialize)]
struct Packets {
    from: usize,
    packets: Vec<Packet<News>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Repaired {
    from: usize,
    repair: Repair<News>,
}

/// What the peers call.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/raft/vcube/tree", post(take))
        .route("/raft/vcube/missing", post(missing))
        .route("/raft/vcube/repair", post(repair))
}

/// Answers with what there is to be said to the sender at once.
async fn take(State(app): State<App>, Json(sent): Json<Packets>) -> Json<Packets> {
    let (from, place) = (sent.from, app.vcube.place());
    app.vcube.received(sent);
    let packets = app.vcube.at_tree(|branches, _| branches.take_waiting(from)).unwrap_or_default();
    Json(Packets { from: place, packets })
}

/// What a node lacks that is as far as it says.
async fn missing(State(app): State<App>, Json(clock): Json<Clock>) -> Json<Repaired> {
    let from = app.vcube.place();
    let found = app.vcube.at_tree(|branches, _| branches.tree.missing(&clock, branches.now()));
    let repair = found.unwrap_or_else(|| Repair { messages: Vec::new(), gone: Clock::new() });
    Json(Repaired { from, repair })
}

async fn repair(State(app): State<App>, Json(repaired): Json<Repaired>) -> Json<()> {
    app.vcube.repaired(repaired);
    Json(())
}

impl Branches {
    pub fn new(me: NodeId, start: u64, ids: Vec<NodeId>) -> Self {
        let me = ids.iter().position(|id| *id == me).unwrap_or(0);
        let tree = Tree::new(me, ids.len(), start);
        Self { ids, me, began: Instant::now(), tree, waiting: BTreeMap::new() }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn act(&mut self, outcome: Outcome<News>, figures: &mut Figures) {
        for (to, packet) in outcome.packets {
            self.waiting.entry(to).or_default().push_back(packet);
        }
        outcome.finished.into_iter().for_each(|(_, sent)| figures.finished(self.me, sent));
    }

    pub fn broadcast(&mut self, news: News, figures: &mut Figures) {
        let others = self.tree.delivered().iter().filter(|(node, _)| **node != self.me);
        let clock = others.map(|(node, mark)| (self.ids.get(*node).copied().unwrap_or(0), *mark)).collect();
        let (stamp, outcome) = self.tree.broadcast(news, self.now());
        let vector_clock = causal::Stamp { sequence: stamp.mark.count, clock };
        figures.made(json_length(&stamp), json_length(&vector_clock));
        self.act(outcome, figures);
    }

    pub fn tick(&mut self, figures: &mut Figures) {
        let outcome = self.tree.tick(self.now());
        self.act(outcome, figures);
    }

    pub fn deliver(&mut self) -> Deliveries {
        let (waived, now) = (self.tree.waived(), self.now());
        let id = |place: usize| self.ids.get(place).copied().unwrap_or(0);
        let arrived = self.tree.deliver(now).into_iter().map(|arrived| {
            let stamp = arrived.message.stamp;
            let (origin, sequence) = (id(stamp.origin), stamp.mark.count);
            let mut clock: BTreeMap<_, _> =
                stamp.after.into_iter().map(|(node, mark)| (id(node), mark.count)).collect();
            clock.insert(origin, sequence);
            let (via, hops) = (id(arrived.from), arrived.hops);
            let told = Delivery { origin, sequence, latency_ms: 0.0, clock, timestamp: 0, via, hops };
            Arrived { told, news: arrived.message.content }
        });
        (arrived.collect(), self.tree.waived() > waived)
    }

    fn take_waiting(&mut self, to: usize) -> Vec<Packet<News>> {
        let Some(waiting) = self.waiting.get_mut(&to) else { return Vec::new() };
        waiting.drain(..waiting.len().min(BATCH)).collect()
    }
}

impl Vcube {
    /// This node's place in the cube.
    fn place(&self) -> usize {
        self.diagnosis.ids().iter().position(|id| *id == self.me).unwrap_or(0)
    }

    /// Does something with the trees; nothing when the cluster does without.
    fn at_tree<T>(&self, action: impl FnOnce(&mut Branches, &mut Figures) -> T) -> Option<T> {
        let inner = &mut *self.inner();
        match &mut inner.side {
            Side::Tree(branches) => Some(action(branches, &mut inner.figures)),
            Side::VectorClock(_) => None,
        }
    }

    /// Does it, delivers what may be delivered then, and wakes those who send.
    fn change(&self, action: impl FnOnce(&mut Branches, &mut Figures)) {
        self.at_tree(action);
        self.deliver(&mut self.inner());
        self.wake();
    }

    fn received(&self, sent: Packets) {
        self.change(|branches, figures| {
            for packet in sent.packets {
                let outcome = branches.tree.receive(sent.from, packet, branches.now());
                branches.act(outcome, figures);
            }
        });
    }

    fn repaired(&self, repaired: Repaired) {
        self.change(|branches, _| branches.tree.repaired(repaired.from, repaired.repair, branches.now()));
    }

    /// A peer did not take these, nor would it take what else waits for it.
    fn not_taken(&self, peer: usize, packets: Vec<Packet<News>>) {
        self.change(|branches, figures| {
            let more = branches.waiting.remove(&peer).unwrap_or_default();
            for packet in packets.into_iter().chain(more) {
                if let Packet::Tell { .. } = packet {
                    let outcome = branches.tree.not_taken(peer, packet.id(), branches.now());
                    branches.act(outcome, figures);
                }
            }
        });
    }

    /// How far the messages of each node are delivered here, for whoever tests this node.
    pub fn clock(&self) -> Option<Clock> {
        self.at_tree(|branches, _| branches.tree.clock().cloned()).flatten()
    }
}

/// Sends to one peer what there is for it, for ever.
pub async fn send_to(app: App, peer: NodeId) {
    let Some(place) = app.diagnosis.ids().iter().position(|id| *id == peer) else { return };
    let mut sent = app.vcube.sent.subscribe();
    loop {
        sent.borrow_and_update();
        let packets = app.vcube.at_tree(|branches, _| branches.take_waiting(place)).unwrap_or_default();
        if packets.is_empty() {
            if sent.changed().await.is_err() {
                return;
            }
            continue;
        }
        let packets = Packets { from: app.vcube.place(), packets };
        match send(&app, peer, &packets).await {
            Ok(answers) => app.vcube.received(answers),
            Err(error) => {
                tracing::debug!(%error, peer, "a peer did not take what was sent to it");
                app.vcube.not_taken(place, packets.packets);
            }
        }
    }
}

async fn send(app: &Node, peer: NodeId, packets: &Packets) -> Result<Packets, PeerError> {
    let body = serde_json::to_vec(packets)?;
    let stamps = packets.packets.iter().filter_map(|packet| match packet {
        Packet::Tell { message, .. } => Some(json_length(&message.stamp)),
        Packet::Told { .. } => None,
    });
    app.vcube.inner().figures.sent(stamps.sum(), body.len() as u64);
    app.peers.ask(peer, Ask::post("/raft/vcube/tree", body.into()), SEND_LIMIT).await?.json()
}

/// Keeps the trees away from whom the diagnosis calls faulty, for ever.
pub async fn follow(app: App) {
    let mut changes = app.diagnosis.changes();
    loop {
        changes.borrow_and_update();
        let faulty: BTreeSet<usize> = app.diagnosis.faulty();
        app.vcube.change(|branches, figures| {
            let outcome = branches.tree.believe(faulty, branches.now());
            branches.act(outcome, figures);
        });
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// A peer has said how far it is: it is brought what it lacks, and asked for what this node lacks.
pub async fn compare(app: App, peer: NodeId, clock: Clock) {
    let mut wanted = None;
    let mut for_it = None;
    app.vcube.change(|branches, _| {
        let compared = branches.tree.told(&clock, branches.now());
        for_it = (!compared.for_it.is_empty()).then_some(compared.for_it);
        wanted = branches.tree.clock().filter(|_| compared.ask_it).cloned();
    });
    if let Some(repair) = for_it {
        let repaired = Repaired { from: app.vcube.place(), repair };
        if let Err(error) = app.peers.post::<()>(peer, "/raft/vcube/repair", &repaired, SEND_LIMIT).await {
            tracing::debug!(%error, peer, "a peer was not brought what it lacks");
        }
    }
    if let Some(clock) = wanted {
        match app.peers.post::<Repaired>(peer, "/raft/vcube/missing", &clock, SEND_LIMIT).await {
            Ok(repaired) => app.vcube.repaired(repaired),
            Err(error) => tracing::debug!(%error, peer, "a peer does not tell what it has"),
        }
    }
}
