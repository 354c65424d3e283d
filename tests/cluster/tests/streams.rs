//! Streams of events: resumed on any node with nothing lost and nothing twice.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::time::{Duration, Instant};

use reference_cluster::wire::{Gap, Reservation, ReservationEvent};
use reference_cluster::{Client, ClusterOptions, EventStream, Fault, StreamItem};
use reqwest::Method;
use support::{cluster, cluster_with, login};

const RESERVATIONS: &str = "/api/metrics/reservations/events/stream";
const ALL: [&str; 3] = ["/api/metrics/raft/events/stream", RESERVATIONS, "/api/metrics/vcube/events/stream"];

fn committed(item: &StreamItem) -> Option<String> {
    item.json::<ReservationEvent>().unwrap().reservation.map(|reservation| reservation.id)
}

/// Books the first free seat that a try gets, at whichever node answers.
async fn book_somewhere(user: &Client, urls: &[String], label: &str) -> Reservation {
    let wanted = user.wanted_seat("v-mtl-trb", label).await;
    for (attempt, url) in urls.iter().cycle().take(300).enumerate() {
        let wanted = match &wanted {
            Ok(wanted) => wanted.clone(),
            Err(_) => match user.at(url.clone()).wanted_seat("v-mtl-trb", label).await {
                Ok(wanted) => wanted,
                Err(_) => continue,
            },
        };
        match user.at(url.clone()).book(&wanted, Some(label)).await {
            Ok(answer) if answer.status == 201 => return answer.json().unwrap(),
            _ if attempt < 299 => tokio::time::sleep(Duration::from_millis(20)).await,
            other => panic!("{label}: {other:?}"),
        }
    }
    panic!("{label} was not booked");
}

#[tokio::test]
async fn a_stream_tells_each_reservation_with_the_metrics_of_the_node_and_without_its_owner() {
    let cluster = cluster().await;
    let user = login(&cluster, 1, "user").await;
    let mut stream = EventStream::open(&user, RESERVATIONS, None).await.unwrap();
    let first = stream.next_event().await.unwrap().unwrap();
    assert!(first.id.is_some() && committed(&first).is_none(), "the metrics of now: {first:?}");
    let booked = user.book_any("v-mtl-qc").await.unwrap();
    let event = stream.next_event().await.unwrap().unwrap();
    assert!(event.id > first.id);
    let told: ReservationEvent = event.json().unwrap();
    assert_eq!(told.metrics.total_reservations, 1, "the request that made it is counted");
    let reservation = told.reservation.unwrap();
    assert_eq!((reservation.id, reservation.seat_id), (booked.id, booked.seat_id));
    assert!(!event.data.contains("userId"), "{}", event.data);
}

#[tokio::test]
async fn a_stream_resumes_on_another_node_after_its_node_is_killed_with_nothing_lost_and_nothing_twice() {
    let cluster = cluster().await;
    let (urls, mut node) = (cluster.urls(), cluster.wait_for_leader().await.unwrap());
    let user = login(&cluster, node, "user").await;
    let labels: Vec<_> = (1..=12).flat_map(|row| ["A", "B", "C", "D"].map(|seat| format!("{row}{seat}"))).collect();
    let writer = {
        let (user, urls, labels) = (user.clone(), urls.clone(), labels.clone());
        tokio::spawn(async move {
            let mut ids = Vec::new();
            for label in &labels {
                ids.push(book_somewhere(&user, &urls, label).await.id);
            }
            ids
        })
    };
    let mut stream = EventStream::open(&user.at(urls[node].clone()), RESERVATIONS, None).await.unwrap();
    let (mut last, mut told, mut kills) = (0, Vec::new(), 0);
    while told.len() < labels.len() {
        match stream.next_event().await {
            Ok(Some(item)) => {
                assert_eq!(item.event, None, "no gap");
                assert!(item.id.unwrap() > last || told.is_empty(), "twice, or out of order: {item:?} after {last}");
                last = item.id.unwrap();
                told.extend(committed(&item));
            }
            broken => {
                let dead = node;
                node = (node + 1) % 3;
                println!("node {dead} is gone ({broken:?}); on at node {node} after {last}");
                stream = EventStream::open(&user.at(urls[node].clone()), RESERVATIONS, Some(last)).await.unwrap();
                cluster.restart(dead).await.unwrap();
                continue;
            }
        }
        if told.len() >= 12 * (kills + 1) && kills < 3 {
            kills += 1;
            cluster.wait_for_leader().await.unwrap();
            cluster.kill(node).unwrap();
        }
    }
    assert_eq!(kills, 3);
    assert_eq!(told, writer.await.unwrap());
}

#[tokio::test]
async fn what_a_node_missed_and_got_as_a_snapshot_is_told_to_a_stream_that_resumes_there() {
    let cluster = cluster_with(ClusterOptions { snapshot_every: Some(10), ..ClusterOptions::default() }).await;
    let away = support::follower(&cluster).await;
    let user = login(&cluster, away, "user").await;
    let mut stream = EventStream::open(&user, RESERVATIONS, None).await.unwrap();
    let seen = stream.next_event().await.unwrap().unwrap().id;
    cluster.kill(away).unwrap();
    let mut booked = Vec::new();
    for _ in 0..30 {
        booked.push(user.at(cluster.url((away + 1) % 3)).book_any("v-mtl-qc").await.unwrap().id);
    }
    cluster.restart(away).await.unwrap();
    let mut stream = EventStream::open(&user, RESERVATIONS, seen).await.unwrap();
    for id in booked {
        assert_eq!(committed(&stream.next_event().await.unwrap().unwrap()), Some(id));
    }
}

#[tokio::test]
async fn a_reader_without_headers_resumes_by_query_and_a_bad_id_is_400() {
    let cluster = cluster().await;
    let user = login(&cluster, 0, "user").await;
    let before = user.get("/api/health").await.unwrap().raft_index().unwrap();
    let booked = user.book_any("v-mtl-qc").await.unwrap();
    let path = format!("{RESERVATIONS}?lastEventId={before}");
    let mut stream = EventStream::open(&user.at(cluster.url(2)), &path, None).await.unwrap();
    assert_eq!(committed(&stream.next_event().await.unwrap().unwrap()), Some(booked.id));
    assert_eq!(user.get(&format!("{RESERVATIONS}?lastEventId=yesterday")).await.unwrap().status, 400);
}

#[tokio::test]
async fn an_id_that_the_cluster_never_gave_is_answered_with_a_gap_and_the_stream_goes_on() {
    let cluster = cluster().await;
    let user = login(&cluster, 0, "user").await;
    let mut stream = EventStream::open(&user, RESERVATIONS, Some(1_000_000)).await.unwrap();
    let gap = stream.next_event().await.unwrap().unwrap();
    assert_eq!(gap.event.as_deref(), Some("gap"));
    let index = gap.json::<Gap>().unwrap().index;
    assert!(index > 0 && gap.id == Some(index));
    let booked = user.book_any("v-mtl-qc").await.unwrap();
    assert_eq!(committed(&stream.next_event().await.unwrap().unwrap()), Some(booked.id));
}

#[tokio::test]
async fn what_is_no_longer_held_is_answered_with_a_gap_on_every_node() {
    let cluster = cluster().await;
    let user = login(&cluster, cluster.wait_for_leader().await.unwrap(), "user").await;
    let before = user.get("/api/health").await.unwrap().raft_index().unwrap();
    // One more than a node holds. A seat is booked and freed again and again, by a few at a time.
    let mut bookers = tokio::task::JoinSet::new();
    for booker in 0..7 {
        let user = user.clone();
        bookers.spawn(async move {
            let wanted = user.wanted_seat("v-mtl-qc", &format!("{}A", booker + 1)).await.unwrap();
            for _ in 0..143 {
                let booked: Reservation = user.book(&wanted, None).await.unwrap().success().unwrap().json().unwrap();
                user.delete(&format!("/reservations/{}", booked.id)).await.unwrap().success().unwrap();
            }
        });
    }
    while let Some(done) = bookers.join_next().await {
        done.unwrap();
    }
    let index = user.get("/api/health").await.unwrap().raft_index().unwrap();
    for (node, url) in cluster.urls().into_iter().enumerate() {
        cluster.wait_applied(node, index).await.unwrap();
        let mut stream = EventStream::open(&user.at(url), RESERVATIONS, Some(before)).await.unwrap();
        let gap = stream.next_event().await.unwrap().unwrap();
        assert_eq!((gap.event.as_deref(), gap.json::<Gap>().unwrap().index >= index), (Some("gap"), true));
    }
}

#[tokio::test]
async fn each_stream_says_every_five_seconds_that_it_is_there() {
    let cluster = cluster().await;
    let client = cluster.client(0).unwrap();
    let mut readers = tokio::task::JoinSet::new();
    for path in ALL {
        let client = client.clone();
        readers.spawn(async move {
            let mut stream = EventStream::open(&client, path, None).await.unwrap();
            let mut beats = Vec::new();
            while beats.len() < 3 {
                let item = stream.next_item().await.unwrap().unwrap();
                if item.comment.as_deref() == Some("heartbeat") {
                    beats.push(Instant::now());
                }
            }
            for pair in beats.windows(2) {
                let apart = pair[1].duration_since(pair[0]).as_secs_f64();
                assert!((4.0..6.5).contains(&apart), "{path}: {apart} s");
            }
        });
    }
    while let Some(done) = readers.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn the_raft_stream_tells_of_an_election_at_once() {
    let cluster = cluster().await;
    let leader = cluster.wait_for_leader().await.unwrap();
    let client = cluster.client((leader + 1) % 3).unwrap();
    let mut stream = EventStream::open(&client, ALL[0], None).await.unwrap();
    let first = stream.next_event().await.unwrap().unwrap().json::<serde_json::Value>().unwrap();
    assert_eq!(first["currentLeader"], leader);
    cluster.kill(leader).unwrap();
    loop {
        let now = stream.next_event().await.unwrap().unwrap().json::<serde_json::Value>().unwrap();
        if now["currentLeader"].as_u64().is_some_and(|now| now != leader as u64) {
            assert!(now["currentTerm"].as_u64() > first["currentTerm"].as_u64());
            return;
        }
    }
}

#[tokio::test]
async fn streams_are_for_pages_of_any_origin_are_never_stored_and_end_when_the_node_does() {
    let cluster = cluster().await;
    let client = cluster.client(0).unwrap();
    let mut open = Vec::new();
    for path in ALL {
        let stream = EventStream::open(&client, path, None).await.unwrap();
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        assert_eq!(stream.headers()["cache-control"], "no-store");
        assert!(stream.headers().contains_key("x-raft-index"));
        open.push(stream);
    }
    let preflight = client
        .request(Method::OPTIONS, RESERVATIONS)
        .header("Origin", "http://localhost:5173")
        .header("Access-Control-Request-Method", "GET")
        .header("Access-Control-Request-Headers", "last-event-id");
    let answer = client.send(preflight).await.unwrap();
    assert!(answer.header("access-control-allow-headers").unwrap().contains("last-event-id"));
    let request = client.request(Method::HEAD, RESERVATIONS).header("Origin", "http://localhost:5173");
    assert_eq!(client.send(request).await.unwrap().header("access-control-allow-origin"), Some("*"));
    assert!(cluster.health(0).await.unwrap().features.contains(&"event-id".to_owned()));
    let started = Instant::now();
    cluster.stop().await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(2), "open streams do not hold a node up: {:?}", started.elapsed());
    for stream in &mut open {
        while stream.next_item().await.unwrap().is_some() {}
    }
}

#[tokio::test]
async fn a_reader_that_does_not_read_stalls_nobody() {
    let cluster = cluster_with(ClusterOptions { with_proxies: true, ..ClusterOptions::default() }).await;
    let user = login(&cluster, 0, "user").await;
    let stream = EventStream::open(&user, RESERVATIONS, None).await.unwrap();
    cluster.fault(0, Fault::Hang).await.unwrap();
    let direct = user.at(cluster.node_url(0));
    let mut other = EventStream::open(&direct, RESERVATIONS, None).await.unwrap();
    other.next_event().await.unwrap().unwrap();
    let booked = direct.book_any("v-mtl-qc").await.unwrap();
    assert_eq!(committed(&other.next_event().await.unwrap().unwrap()), Some(booked.id));
    drop(stream);
}
