//! What the nodes tell each other beside Raft: reservations in causal order, and what they think of one another.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reference_cluster::wire::{ClusterView, Delivery, PeerState};
use reference_cluster::{Client, Cluster, ClusterOptions, EventStream};
use support::{cluster, cluster_with, login};

const STREAM: &str = "/api/metrics/vcube/events/stream";

/// Looks again until it is so.
async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !so().await {
        assert!(started.elapsed() < Duration::from_secs(20), "timed out waiting for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn numbers(client: &Client, path: &str) -> Vec<f64> {
    client.get(path).await.unwrap().success().unwrap().json().unwrap()
}

/// Reads until `count` messages of each other node were delivered, and checks the order.
async fn read_in_causal_order(mut stream: EventStream, node: u64, count: usize) -> usize {
    let mut last: BTreeMap<u64, u64> = BTreeMap::new();
    let mut told: BTreeMap<u64, usize> = BTreeMap::new();
    // The highest message of each node that some delivered one depends on.
    let mut depended_on: BTreeMap<u64, u64> = BTreeMap::new();
    while told.len() < 2 || told.values().any(|told| *told < count) {
        let event: Delivery = stream.next_event().await.unwrap().unwrap().json().unwrap();
        assert!(event.origin != node && event.latency_ms < 10_000.0, "{event:?}");
        assert_eq!(event.clock[&event.origin], event.sequence);
        if let Some(last) = last.insert(event.origin, event.sequence) {
            assert_eq!(event.sequence, last + 1, "node {node}: {event:?}");
        }
        let needed = depended_on.get(&event.origin).copied().unwrap_or(0);
        assert!(event.sequence > needed, "node {node}: {event:?} after one that depends on it");
        for (other, seen) in event.clock.iter().filter(|(other, _)| **other != event.origin) {
            let entry = depended_on.entry(*other).or_default();
            *entry = (*entry).max(*seen);
        }
        *told.entry(event.origin).or_default() += 1;
    }
    assert!(depended_on.values().any(|count| *count > 0), "no message depends on another: nothing was tried");
    told.values().sum()
}

#[tokio::test]
async fn causal_order_is_kept_on_all_nodes_under_concurrent_bookings_on_all_nodes() {
    let cluster = cluster().await;
    let mut readers = tokio::task::JoinSet::new();
    for node in 0..3 {
        let stream = EventStream::open(&cluster.client(node).unwrap(), STREAM, None).await.unwrap();
        readers.spawn(read_in_causal_order(stream, node as u64, 20));
    }
    let mut bookers = tokio::task::JoinSet::new();
    for (node, account) in ["user", "user2", "admin"].into_iter().enumerate() {
        let client = login(&cluster, node, account).await;
        let vehicle = ["v-mtl-qc", "v-qc-mtl", "v-mtl-trb"][node];
        bookers.spawn(async move {
            for _ in 0..20 {
                client.book_any(vehicle).await.unwrap();
            }
        });
    }
    while let Some(booked) = bookers.join_next().await {
        booked.unwrap();
    }
    while let Some(read) = readers.join_next().await {
        println!("{} deliveries in causal order", read.unwrap());
    }
}

#[tokio::test]
async fn delivery_goes_on_when_nodes_are_killed_and_restarted() {
    let cluster = cluster().await;
    let client = cluster.client(0).unwrap();
    cluster.kill(1).unwrap();
    cluster.restart(1).await.unwrap();
    let mut stream = EventStream::open(&client, STREAM, None).await.unwrap();
    let mut origins = std::collections::BTreeSet::new();
    while origins.len() < 2 {
        origins.insert(stream.next_event().await.unwrap().unwrap().json::<Delivery>().unwrap().origin);
    }
    let mut back = EventStream::open(&cluster.client(1).unwrap(), STREAM, None).await.unwrap();
    let mut origins = std::collections::BTreeSet::new();
    while origins.len() < 2 {
        origins.insert(back.next_event().await.unwrap().unwrap().json::<Delivery>().unwrap().origin);
    }
}

#[tokio::test]
async fn latency_overhead_throughput_and_compaction_are_measured() {
    let cluster = cluster_with(ClusterOptions { snapshot_every: Some(20), ..ClusterOptions::default() }).await;
    let user = login(&cluster, 0, "user").await;
    for _ in 0..50 {
        user.book_any("v-mtl-qc").await.unwrap();
    }
    for (node, url) in cluster.urls().into_iter().enumerate() {
        let there = user.at(url);
        until("latencies", async || numbers(&there, "/api/metrics/latency/history").await.len() >= 2).await;
        until("overheads", async || !numbers(&there, "/api/metrics/vcube/overhead/history").await.is_empty()).await;
        until("compactions", async || !numbers(&there, "/api/metrics/vcube/compaction/history").await.is_empty()).await;
        let committed = async || numbers(&there, "/api/metrics/throughput/history").await.iter().sum::<f64>();
        until("throughput", async || committed().await >= 50.0).await;
        let latencies = numbers(&there, "/api/metrics/latency/history").await;
        assert!(latencies.len() <= 300 && latencies.iter().all(|ms| (0.0..5_000.0).contains(ms)), "{latencies:?}");
        let overheads = numbers(&there, "/api/metrics/vcube/overhead/history").await;
        assert!(overheads.iter().all(|percent| *percent > 0.0 && *percent < 100.0), "{overheads:?}");
        let removed = numbers(&there, "/api/metrics/vcube/compaction/history").await;
        println!("node {node}: last latency {:?} ms, overhead {:?} %", latencies.last(), overheads.last());
        println!("node {node}: entries removed {removed:?}");
    }
    let heard = numbers(&user.at(cluster.url(1)), "/api/metrics/latency/history").await.len();
    assert!(heard >= 50, "each reservation was told to the others: {heard}");
}

async fn view(cluster: &Cluster, node: usize) -> ClusterView {
    cluster.client(node).unwrap().get("/api/cluster/view").await.unwrap().success().unwrap().json().unwrap()
}

async fn until_seen(cluster: &Cluster, by: usize, peer: usize, state: PeerState) {
    until(&format!("node {by} to see node {peer} as {state:?}"), async || {
        let view = view(cluster, by).await;
        view.peers.iter().any(|seen| seen.node_id == peer as u64 && seen.state == state)
    })
    .await;
}

#[tokio::test]
async fn a_killed_and_a_stopped_node_are_seen_as_faulty_and_as_correct_once_they_are_back() {
    let cluster = cluster().await;
    let (killed, stopped, seer) = (0, 1, 2);
    for node in 0..3 {
        for peer in (0..3).filter(|peer| *peer != node) {
            until_seen(&cluster, node, peer, PeerState::Correct).await;
        }
    }
    // A node may know from another that a peer is correct before it has tested it itself.
    until("each peer to be measured by the node that is asked", async || {
        view(&cluster, seer).await.peers.iter().all(|peer| peer.round_trip_ms.is_some())
    })
    .await;
    let seen = view(&cluster, seer).await;
    assert_eq!((seen.node_id, seen.peers.len()), (2, 2));
    assert_eq!(seen.leader_id, Some(cluster.wait_for_leader().await.unwrap() as u64));
    for peer in &seen.peers {
        assert_eq!(peer.url, cluster.url(peer.node_id as usize));
        assert!(
            peer.tested_by == Some(2)
                && peer.age_ms.is_some()
                && peer.clock_offset_ms.unwrap().abs() < 50.0
                && peer.round_trip_ms.unwrap() > 0.0
                && peer.since.ends_with('Z'),
            "{peer:?}"
        );
    }
    cluster.kill(killed).unwrap();
    until_seen(&cluster, seer, killed, PeerState::Suspect).await;
    until_seen(&cluster, seer, killed, PeerState::Faulty).await;
    cluster.restart(killed).await.unwrap();
    until_seen(&cluster, seer, killed, PeerState::Correct).await;
    cluster.pause(stopped).unwrap();
    until_seen(&cluster, seer, stopped, PeerState::Faulty).await;
    assert!(view(&cluster, seer).await.peers.iter().any(|peer| peer.round_trip_ms.is_none()));
    cluster.resume(stopped).unwrap();
    until_seen(&cluster, seer, stopped, PeerState::Correct).await;
}

#[tokio::test]
async fn of_eight_nodes_each_tests_three_and_all_hear_of_a_killed_one_and_of_its_return() {
    // Raft waits longer than elsewhere: eight nodes are much for a busy machine.
    let election_ms = Some((1_000, 2_000));
    let cluster = cluster_with(ClusterOptions { nodes: 8, election_ms, ..ClusterOptions::default() }).await;
    for node in 0..8 {
        until("each node to test three", async || view(&cluster, node).await.tests.len() == 3).await;
        for peer in (0..8).filter(|peer| *peer != node) {
            until_seen(&cluster, node, peer, PeerState::Correct).await;
        }
    }
    let seen = view(&cluster, 0).await;
    assert_eq!(seen.tests, [1, 2, 4]);
    let heard: Vec<_> = seen.peers.iter().filter(|peer| peer.heard_from.is_some()).map(|peer| peer.node_id).collect();
    assert_eq!(heard, [3, 5, 6, 7], "of these it hears from others");
    let killed = 5;
    let mut stream = EventStream::open(&cluster.client(0).unwrap(), "/api/cluster/view/stream", None).await.unwrap();
    let first: ClusterView = stream.next_event().await.unwrap().unwrap().json().unwrap();
    assert!(first.quorum && first.peers.len() == 7, "the view comes at once");
    cluster.kill(killed).unwrap();
    let started = Instant::now();
    for node in (0..8).filter(|node| *node != killed) {
        until_seen(&cluster, node, killed, PeerState::Faulty).await;
    }
    let told = async {
        loop {
            let seen: ClusterView = stream.next_event().await.unwrap().unwrap().json().unwrap();
            if seen.peers.iter().any(|peer| peer.node_id == killed as u64 && peer.state == PeerState::Faulty) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), told).await.unwrap();
    println!("all know of the killed node after {:?}", started.elapsed());
    cluster.restart(killed).await.unwrap();
    for node in (0..8).filter(|node| *node != killed) {
        until_seen(&cluster, node, killed, PeerState::Correct).await;
        until_seen(&cluster, killed, node, PeerState::Correct).await;
    }
}
