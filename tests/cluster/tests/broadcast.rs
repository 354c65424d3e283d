//! The broadcast on real clusters: nothing is lost or delivered twice while nodes are killed, stopped and cut off, and
//! what it costs beside each node telling each other one.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reference_cluster::vcube::Way;
use reference_cluster::wire::{BroadcastFigures, ClusterView, Delivery};
use reference_cluster::{Cluster, ClusterOptions, EventStream};
use support::{cluster_with, login};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

const STREAM: &str = "/api/metrics/vcube/events/stream";
const PATIENCE: Duration = Duration::from_secs(25);
/// Raft waits longer than elsewhere: eight nodes are much for a busy machine.
const ELECTION_MS: Option<(u64, u64)> = Some((1_000, 2_000));

/// Held by the one test that runs.
static MACHINE: Mutex<()> = Mutex::const_new(());

/// Deliveries by the node that made them.
#[derive(Clone, Default)]
struct Deliveries(Arc<std::sync::Mutex<BTreeMap<usize, Vec<Delivery>>>>);

impl Deliveries {
    fn of(&self, node: usize) -> Vec<Delivery> {
        self.0.lock().unwrap().get(&node).cloned().unwrap_or_default()
    }

    /// The messages of `origin` that are delivered at `node`.
    fn sequences(&self, node: usize, origin: usize) -> BTreeSet<u64> {
        self.of(node).into_iter().filter(|told| told.origin == origin as u64).map(|told| told.sequence).collect()
    }

    /// Each message once, after the previous one of its origin and after those that it depends on.
    fn assert_causal(&self, node: usize) {
        let mut last: BTreeMap<u64, u64> = BTreeMap::new();
        for told in self.of(node) {
            let before = last.insert(told.origin, told.sequence);
            assert!(before.is_none_or(|before| before + 1 == told.sequence), "node {node} after {before:?}: {told:?}");
            for (origin, count) in told.clock.iter().filter(|(origin, _)| **origin != told.origin) {
                // What was before this reader came is not known here.
                let known = last.get(origin).or((*origin == node as u64).then_some(&u64::MAX));
                assert!(
                    known.is_none_or(|known| known >= count),
                    "node {node} before one that it depends on: {told:?}"
                );
            }
        }
    }
}

/// Follows the deliveries at these nodes.
async fn follow(cluster: &Cluster, nodes: &[usize], readers: &mut JoinSet<()>) -> Deliveries {
    let deliveries = Deliveries::default();
    for &node in nodes {
        let mut stream = EventStream::open(&cluster.client(node).unwrap(), STREAM, None).await.unwrap();
        let here = deliveries.clone();
        readers.spawn(async move {
            while let Ok(Some(event)) = stream.next_event().await {
                here.0.lock().unwrap().entry(node).or_default().push(event.json().unwrap());
            }
        });
    }
    deliveries
}

/// Waits until it is so.
async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) -> Duration {
    let started = Instant::now();
    while !so().await {
        assert!(started.elapsed() < PATIENCE, "timed out waiting for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    started.elapsed()
}

/// Nodes 0 and 1 send; 4, from whom 5 to 7 have what 0 sends, is killed; 2, from whom 3 has it, is stopped; and 1 no
/// longer reaches 0.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_delivered_twice_while_nodes_are_killed_stopped_and_cut_off() {
    let _alone = MACHINE.lock().await;
    let options = ClusterOptions { nodes: 8, with_links: true, election_ms: ELECTION_MS, ..ClusterOptions::default() };
    let cluster = cluster_with(options).await;
    let (killed, stopped) = (4, 2);
    let listeners: Vec<_> = (0..8).filter(|node| *node != killed).collect();
    let mut readers = JoinSet::new();
    let deliveries = follow(&cluster, &listeners, &mut readers).await;
    // Everybody is heard everywhere: no beacon is missed from here on.
    until("all to hear of all", async || {
        listeners.iter().all(|node| {
            (0..8).filter(|origin| origin != node).all(|origin| !deliveries.sequences(*node, origin).is_empty())
        })
    })
    .await;
    let mut bookers = JoinSet::new();
    for (node, account, vehicle) in [(0, "user", "v-mtl-qc"), (1, "user2", "v-qc-mtl")] {
        let client = login(&cluster, node, account).await;
        bookers.spawn(async move {
            let mut booked = 0;
            let started = Instant::now();
            while started.elapsed() < Duration::from_secs(4) {
                booked += usize::from(client.book_any(vehicle).await.is_ok());
            }
            booked
        });
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    cluster.kill(killed).unwrap();
    cluster.pause(stopped).unwrap();
    cluster.cut(1, 0).unwrap();
    let mut booked = 0;
    while let Some(count) = bookers.join_next().await {
        booked += count.unwrap();
    }
    // What these have sent by now is to be at all others.
    let senders = [0, 1, 3, 5, 6, 7];
    let sent = |origin: usize| listeners.iter().flat_map(|node| deliveries.sequences(*node, origin)).max().unwrap();
    let sent: BTreeMap<usize, u64> = senders.iter().map(|origin| (*origin, sent(*origin))).collect();
    let has_all = |node: usize| {
        let others = sent.iter().filter(|(origin, _)| **origin != node);
        others.into_iter().all(|(origin, last)| deliveries.sequences(node, *origin).contains(last))
    };
    let took = until("those who live to have everything", async || senders.iter().all(|node| has_all(*node))).await;
    println!("{booked} reservations; all of those who live have all messages {took:?} after the last one");
    cluster.resume(stopped).unwrap();
    let took = until("the stopped node to have everything", async || has_all(stopped)).await;
    println!("the node that was stopped has all messages {took:?} after it goes on");
    listeners.iter().for_each(|node| deliveries.assert_causal(*node));
}

/// Means over the nodes.
async fn figures(cluster: &Cluster) -> Vec<BroadcastFigures> {
    let mut figures = Vec::new();
    for node in 0..cluster.len() {
        let view: ClusterView =
            cluster.client(node).unwrap().get("/api/cluster/view").await.unwrap().success().unwrap().json().unwrap();
        figures.push(view.broadcast);
    }
    figures
}

fn mean(figures: &[BroadcastFigures], figure: impl Fn(&BroadcastFigures) -> Option<f64>) -> f64 {
    let all: Vec<_> = figures.iter().filter_map(figure).collect();
    all.iter().sum::<f64>() / all.len() as f64
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_messages_and_depth_are_measured_beside_each_node_telling_each_other_one() {
    let _alone = MACHINE.lock().await;
    println!("nodes  way          metadata bytes  of a vector clock  messages  depth");
    for (nodes, depth) in [(3, 2.0), (8, 3.0)] {
        for way in [Way::Tree, Way::VectorClock] {
            let cluster = cluster_with(ClusterOptions {
                nodes,
                broadcast: way,
                election_ms: ELECTION_MS,
                ..ClusterOptions::default()
            })
            .await;
            let mut readers = JoinSet::new();
            let deliveries = follow(&cluster, &[0], &mut readers).await;
            for round in 0..3 {
                for node in 0..nodes {
                    let account = ["user", "user2", "admin"][node % 3];
                    let client = login(&cluster, node, account).await;
                    client.book_any(["v-mtl-qc", "v-qc-mtl", "v-mtl-trb"][round]).await.unwrap();
                }
            }
            let heard =
                until("messages of all", async || (1..nodes).all(|origin| deliveries.sequences(0, origin).len() >= 3));
            heard.await;
            until("figures of all", async || {
                figures(&cluster).await.iter().all(|one| one.messages.is_some() && one.tree.len() == nodes - 1)
            })
            .await;
            let figures = figures(&cluster).await;
            let [metadata, clock] =
                [mean(&figures, |one| one.metadata_bytes), mean(&figures, |one| one.vector_clock_bytes)];
            let [messages, hops] = [mean(&figures, |one| one.messages), mean(&figures, |one| one.depth)];
            let name = &figures[0].way;
            println!("{nodes:>5}  {name:<11}  {metadata:>14.1}  {clock:>17.1}  {messages:>8.1}  {hops:>5.1}");
            assert!(figures.iter().all(|one| one.all_to_all_messages as usize == nodes - 1));
            // A node may be told twice while the nodes find each other.
            assert!(messages >= nodes as f64 - 1.0 && messages <= nodes as f64 + 1.0, "{messages} messages");
            match way {
                Way::Tree => {
                    assert!(hops <= depth && hops > 1.0, "{hops} hops");
                    assert!(nodes < 8 || metadata < clock, "barriers: {metadata} bytes, vector clocks: {clock}");
                }
                Way::VectorClock => assert!((hops - 1.0).abs() < 1e-9 && (metadata - clock).abs() < 1e-9),
            }
            let told = deliveries.of(0);
            // Of three nodes, node 0 is told by each other one itself.
            let passed_on = told.iter().any(|told| told.via != told.origin);
            assert_eq!(passed_on, way == Way::Tree && nodes > 3, "who sent it here is told");
        }
    }
}
