//! The diagnosis on real clusters, held against the figures of VCube in intervals: nodes that are killed, stopped and
//! cut off in one direction.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::time::{Duration, Instant};

use reference_cluster::wire::{ClusterView, PeerState};
use reference_cluster::{Client, Cluster, ClusterOptions};
use support::cluster_with;
use tokio::sync::RwLock;

/// Between two tests.
const INTERVAL: Duration = Duration::from_secs(1);
/// Missed tests that make a node faulty.
const MISSES: f64 = 3.0;
/// What a machine that is busy with many nodes may add, in intervals: the phase of the first test, the wait for the last.
const SLACK: f64 = 2.0;
const PATIENCE: Duration = Duration::from_secs(30);

/// Held for reading by those who may run beside others.
static MACHINE: RwLock<()> = RwLock::const_new(());

struct Nodes {
    cluster: Cluster,
    clients: Vec<Client>,
}

impl Nodes {
    async fn start(nodes: usize) -> Self {
        // Raft waits longer than elsewhere: sixteen nodes are much for one machine, and who leads makes no difference.
        let election_ms = Some(if nodes > 8 { (4_000, 8_000) } else { (1_500, 3_000) });
        let options = ClusterOptions { nodes, with_links: true, election_ms, ..ClusterOptions::default() };
        let cluster = cluster_with(options).await;
        let client = |i| Client::with_timeout(cluster.url(i), Duration::from_secs(2)).unwrap();
        Self { clients: (0..nodes).map(client).collect(), cluster }
    }

    fn len(&self) -> usize {
        self.clients.len()
    }

    async fn view(&self, node: usize) -> Option<ClusterView> {
        self.clients[node].get("/api/cluster/view").await.ok()?.success().ok()?.json().ok()
    }

    /// Waits until what all of `who` say is so; gives the time that took, in intervals.
    async fn until(&self, what: &str, who: &[usize], so: impl Fn(usize, &ClusterView) -> bool) -> f64 {
        let started = Instant::now();
        let mut last = Vec::new();
        let mut left: Vec<usize> = who.to_vec();
        while started.elapsed() < PATIENCE {
            last.clear();
            let mut not_yet = Vec::new();
            for node in left {
                match self.view(node).await {
                    Some(view) if so(node, &view) => {}
                    view => {
                        not_yet.push(node);
                        last.push((node, view.map(|view| states(&view))));
                    }
                }
            }
            if not_yet.is_empty() {
                return started.elapsed().as_secs_f64() / INTERVAL.as_secs_f64();
            }
            left = not_yet;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{} nodes: gave up waiting until {what}: {last:?}", self.len());
    }

    /// How many tests all of `who` make an interval.
    async fn tests(&self, who: &[usize]) -> usize {
        let mut tests = 0;
        for node in who {
            tests += self.view(*node).await.unwrap().tests.len();
        }
        tests
    }
}

fn states(view: &ClusterView) -> Vec<(u64, PeerState, i64)> {
    view.peers.iter().map(|peer| (peer.node_id, peer.state, peer.counter)).collect()
}

fn sees(view: &ClusterView, node: usize, state: PeerState) -> bool {
    view.peers.iter().any(|peer| peer.node_id == node as u64 && peer.state == state)
}

/// Everybody but `faulty` sees these as faulty and all others as correct.
fn sees_just(view: &ClusterView, faulty: &[usize]) -> bool {
    view.peers.iter().all(|peer| {
        let expected = if faulty.contains(&(peer.node_id as usize)) { PeerState::Faulty } else { PeerState::Correct };
        peer.state == expected
    })
}

/// One node is killed and, where a majority remains, another one stopped; both come back; one is cut off from another.
struct Figures {
    nodes: usize,
    killed: usize,
    stopped: Option<usize>,
    all_correct: usize,
    with_faulty: usize,
    /// Who cannot reach whom, of those that test each other.
    cut: (usize, usize),
}

async fn hold(figures: Figures) {
    let Figures { nodes, killed, stopped, all_correct, with_faulty, cut } = figures;
    let cube = Nodes::start(nodes).await;
    let rounds = f64::from(nodes.next_power_of_two().ilog2());
    let bound = MISSES + rounds + SLACK;
    let everybody: Vec<_> = (0..nodes).collect();
    cube.until("all see all as correct", &everybody, |_, view| sees_just(view, &[])).await;
    assert_eq!(cube.tests(&everybody).await, all_correct, "{nodes} nodes: tests an interval, all correct");

    let faulty: Vec<_> = [Some(killed), stopped].into_iter().flatten().collect();
    let others: Vec<_> = everybody.iter().copied().filter(|node| !faulty.contains(node)).collect();
    let counter = |view: &ClusterView| view.peers.iter().find(|peer| peer.node_id == killed as u64).unwrap().counter;
    let before = counter(&cube.view(others[0]).await.unwrap());
    cube.cluster.kill(killed).unwrap();
    stopped.into_iter().for_each(|node| cube.cluster.pause(node).unwrap());
    let known = cube.until("all know who is away", &others, |_, view| sees_just(view, &faulty)).await;
    let tests = cube.tests(&others).await;
    println!("{nodes} nodes: all know of {faulty:?} after {known:.1} intervals, of at most {bound}; {tests} tests");
    assert!(known <= bound, "{nodes} nodes: {known:.1} intervals until all know, of at most {bound}");
    assert_eq!(tests, with_faulty, "{nodes} nodes without {faulty:?}: tests an interval");

    cube.cluster.restart(killed).await.unwrap();
    stopped.into_iter().for_each(|node| cube.cluster.resume(node).unwrap());
    let back = cube.until("all are back", &everybody, |_, view| sees_just(view, &[])).await;
    println!("{nodes} nodes: all see all as correct {back:.1} intervals after the restart");
    assert!(back <= 1.0 + rounds + SLACK, "{nodes} nodes: back after {back:.1} intervals");
    let after = counter(&cube.view(others[0]).await.unwrap());
    assert!(after >= before + 2 && after % 2 == 0, "its own counter outlives the restart: {before}, {after}");

    let (from, to) = cut;
    cube.cluster.cut(from, to).unwrap();
    // Whoever else tests it hears of it and says better; the one that is not reached cannot know.
    let seen = |node: usize, view: &ClusterView| {
        if node == from { sees(view, to, PeerState::Faulty) } else { sees_just(view, &[]) }
    };
    let named = cube.until("a one-way cut is seen on the one side alone", &everybody, seen).await;
    println!("{nodes} nodes: {from} no longer reaches {to}: seen by it alone after {named:.1} intervals");
    assert!(named <= MISSES + rounds + SLACK, "{nodes} nodes: cut seen after {named:.1} intervals");
    cube.cluster.heal(from, to).unwrap();
    let healed = cube.until("the cut is gone", &everybody, |_, view| sees_just(view, &[])).await;
    assert!(healed <= 1.0 + rounds + SLACK, "{nodes} nodes: healed after {healed:.1} intervals");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_keep_to_the_figures() {
    let (_beside, cut) = (MACHINE.read().await, (0, 1));
    hold(Figures { nodes: 3, killed: 2, stopped: None, all_correct: 5, with_faulty: 3, cut }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_nodes_keep_to_the_figures() {
    let (_beside, cut) = (MACHINE.read().await, (1, 0));
    hold(Figures { nodes: 5, killed: 3, stopped: Some(4), all_correct: 13, with_faulty: 8, cut }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_nodes_keep_to_the_figures() {
    let (_beside, cut) = (MACHINE.read().await, (0, 4));
    hold(Figures { nodes: 8, killed: 5, stopped: Some(2), all_correct: 24, with_faulty: 22, cut }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_nodes_keep_to_the_figures() {
    let (_alone, cut) = (MACHINE.write().await, (3, 11));
    hold(Figures { nodes: 16, killed: 13, stopped: Some(6), all_correct: 64, with_faulty: 62, cut }).await;
}
