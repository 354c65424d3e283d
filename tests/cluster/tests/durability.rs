//! What was acknowledged stays, whatever dies.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::time::{Duration, Instant};

use reference_cluster::wire::Reservation;
use reference_cluster::{Client, ClusterOptions};
use support::{cluster, cluster_with, follower, login};

async fn reserved(client: &Client) -> Vec<String> {
    let mut ids: Vec<_> = client.reservations().await.unwrap().into_iter().map(|one| one.id).collect();
    ids.sort();
    ids
}

async fn book(client: &Client, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(client.book_any("v-mtl-qc").await.unwrap().id);
    }
    ids
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

#[tokio::test]
async fn a_booking_is_read_back_from_every_node() {
    let cluster = cluster().await;
    let user = login(&cluster, 0, "user").await;
    let wanted = user.wanted_seat("v-mtl-qc", "1A").await.unwrap();
    let answer = user.book(&wanted, None).await.unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text);
    let booked: Reservation = answer.json().unwrap();
    for url in cluster.urls() {
        let there = user.at(url);
        assert_eq!(there.reservations().await.unwrap(), vec![booked.clone()]);
        assert!(!there.seats("v-mtl-qc").await.unwrap()[0].available);
    }
}

#[tokio::test]
async fn a_killed_leader_loses_no_acknowledged_booking_and_a_new_leader_serves() {
    let cluster = cluster().await;
    let user = login(&cluster, 0, "user").await;
    let leader = cluster.wait_for_leader().await.unwrap();
    let mut booked = book(&user.at(cluster.url(leader)), 10).await;
    let survivor = user.at(cluster.url((leader + 1) % 3));
    let wanted = survivor.wanted_seat("v-qc-mtl", "1A").await.unwrap();
    cluster.kill(leader).unwrap();
    let started = Instant::now();
    let answer = survivor.book(&wanted, None).await.unwrap().success().unwrap();
    let took = started.elapsed();
    println!("the first booking after the leader was killed took {took:?}");
    assert!(took < Duration::from_secs(4), "{took:?}");
    booked.push(answer.json::<Reservation>().unwrap().id);
    assert_eq!(reserved(&survivor).await, sorted(booked));
    assert_ne!(cluster.wait_for_leader().await.unwrap(), leader);
}

#[tokio::test]
async fn a_restarted_node_catches_up_from_its_disk_and_its_peers() {
    let cluster = cluster().await;
    let away = follower(&cluster).await;
    let user = login(&cluster, away, "user").await;
    let mut booked = book(&user, 3).await;
    cluster.kill(away).unwrap();
    let present = user.at(cluster.url((away + 1) % 3));
    booked.extend(book(&present, 3).await);
    cluster.restart(away).await.unwrap();
    cluster.wait_until_serving(away).await.unwrap();
    assert_eq!(reserved(&user).await, sorted(booked));
}

#[tokio::test]
async fn a_node_that_was_away_for_long_catches_up_from_a_snapshot() {
    let cluster = cluster_with(ClusterOptions { snapshot_every: Some(20), ..ClusterOptions::default() }).await;
    let away = follower(&cluster).await;
    let user = login(&cluster, away, "user").await;
    cluster.kill(away).unwrap();
    let present = user.at(cluster.url((away + 1) % 3));
    // Enough that the log which the absent node needs is gone.
    let mut booked = book(&present, 50).await;
    cluster.restart(away).await.unwrap();
    cluster.wait_until_serving(away).await.unwrap();
    assert_eq!(reserved(&user).await, sorted(booked.clone()));
    // And starts from it.
    cluster.restart(away).await.unwrap();
    cluster.wait_until_serving(away).await.unwrap();
    booked.extend(book(&user, 1).await);
    assert_eq!(reserved(&user).await, sorted(booked));
}

#[tokio::test]
async fn all_nodes_killed_at_once_and_restarted_keep_everything() {
    let cluster = cluster_with(ClusterOptions { snapshot_every: Some(8), ..ClusterOptions::default() }).await;
    let user = login(&cluster, 0, "user").await;
    let booked = book(&user, 20).await;
    let identity = cluster.health(0).await.unwrap().cluster_id;
    for i in 0..3 {
        cluster.kill(i).unwrap();
    }
    for i in 0..3 {
        cluster.restart(i).await.unwrap();
    }
    for (i, url) in cluster.urls().into_iter().enumerate() {
        assert_eq!(cluster.wait_until_serving(i).await.unwrap().cluster_id, identity);
        // The token of before is still good: the key that signs it is kept as well.
        assert_eq!(reserved(&user.at(url)).await, sorted(booked.clone()));
    }
}

#[tokio::test]
async fn data_outlive_the_cluster_in_a_named_folder() {
    let folder = tempfile::tempdir().unwrap();
    let options = ClusterOptions { data_dir: Some(folder.path().to_owned()), ..ClusterOptions::default() };
    let first = cluster_with(options.clone()).await;
    let booked = book(&login(&first, 0, "user").await, 2).await;
    let started = Instant::now();
    first.stop().await.unwrap();
    println!("three nodes took {:?} to end", started.elapsed());
    assert!(started.elapsed() < Duration::from_secs(4), "SIGTERM is a clean and quick end");
    drop(first);
    let second = cluster_with(options).await;
    assert_eq!(reserved(&login(&second, 0, "user").await).await, sorted(booked));
}

#[tokio::test]
async fn a_paused_leader_is_replaced_and_follows_when_it_goes_on() {
    let cluster = cluster().await;
    let leader = cluster.wait_for_leader().await.unwrap();
    let user = login(&cluster, (leader + 1) % 3, "user").await;
    let wanted = user.wanted_seat("v-qc-mtl", "1A").await.unwrap();
    cluster.pause(leader).unwrap();
    let started = Instant::now();
    // Under a key, since only then may it be sent to the next leader while the first one keeps silent.
    let answer = user.book(&wanted, Some("paused")).await.unwrap().success().unwrap();
    println!("the first booking after the leader was paused took {:?}", started.elapsed());
    let mut booked = vec![answer.json::<Reservation>().unwrap().id];
    booked.extend(book(&user, 1).await);
    assert_ne!(cluster.wait_for_leader().await.unwrap(), leader);
    cluster.resume(leader).unwrap();
    let health = cluster.wait_until_serving(leader).await.unwrap();
    assert_eq!(health.role, "follower");
    assert_eq!(reserved(&user.at(cluster.url(leader))).await, sorted(booked));
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_or_doubled_while_nodes_are_killed_in_turn() {
    let cluster = cluster_with(ClusterOptions { snapshot_every: Some(25), ..ClusterOptions::default() }).await;
    let user = login(&cluster, 0, "user").await;
    let urls = cluster.urls();
    let mut writers = tokio::task::JoinSet::new();
    for (vehicle, rows) in [("v-mtl-qc", 14), ("v-qc-mtl", 12), ("v-mtl-trb", 20)] {
        let (user, urls) = (user.clone(), urls.clone());
        let first = user.wanted_seat(vehicle, "1A").await.unwrap();
        writers.spawn(async move {
            let labels = (1..=rows).flat_map(|row| ["A", "B", "C", "D"].map(|letter| format!("{row}{letter}")));
            let mut booked = 0;
            for (number, label) in labels.enumerate() {
                let mut wanted = first.clone();
                wanted.seat_id = format!("{vehicle}-{label}");
                // The same key on one node after the other, until one answers for certain.
                for attempt in 0..200 {
                    let client = user.at(urls[(number + attempt) % 3].clone());
                    match client.book(&wanted, Some(&wanted.seat_id)).await.map(|answer| answer.status) {
                        Ok(201) => break,
                        Ok(409 | 503 | 504) | Err(_) if attempt < 199 => {}
                        other => panic!("{}: {other:?}", wanted.seat_id),
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                booked += 1;
                // Spreads the work over the kills.
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
            booked
        });
    }
    for round in 0..6 {
        cluster.kill(round % 3).unwrap();
        cluster.wait_for_leader().await.unwrap();
        cluster.restart(round % 3).await.unwrap();
        cluster.wait_until_serving(round % 3).await.unwrap();
    }
    let mut acknowledged = 0;
    while let Some(booked) = writers.join_next().await {
        acknowledged += booked.unwrap();
    }
    for url in urls {
        let kept = user.at(url).reservations().await.unwrap();
        let seats: std::collections::BTreeSet<_> = kept.iter().map(|one| &one.seat_id).collect();
        assert_eq!((kept.len(), seats.len()), (acknowledged, acknowledged));
    }
}

#[tokio::test]
async fn without_a_majority_nothing_is_accepted_and_health_says_so() {
    let cluster = cluster().await;
    let leader = cluster.wait_for_leader().await.unwrap();
    let user = login(&cluster, leader, "user").await;
    let wanted = user.wanted_seat("v-mtl-qc", "1A").await.unwrap();
    cluster.kill((leader + 1) % 3).unwrap();
    cluster.kill((leader + 2) % 3).unwrap();
    let answer = user.book(&wanted, None).await.unwrap();
    // It is in the log of one node: whether it will be applied cannot be known yet.
    assert_eq!((answer.status, answer.value()["error"].as_str()), (504, Some("outcome_unknown")));
    assert!(!cluster.health(leader).await.unwrap().quorum);
    assert_eq!(user.get("/api/integrated/vehicles").await.unwrap().status, 200, "reads go on");
}

#[tokio::test]
async fn a_node_ends_when_the_program_that_started_it_does() {
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let port = reference_cluster::harness::ports::free_port().unwrap();
    let mut node = Command::new(env!("CARGO_BIN_EXE_vcube-node"))
        .args(["--id", "0", "--listen", &format!("127.0.0.1:{port}"), "--peers", &format!("0=http://127.0.0.1:{port}")])
        .arg("--data")
        .arg(folder.path())
        .arg("--exit-with-parent")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let client = Client::new(format!("http://127.0.0.1:{port}")).unwrap();
    while client.get("/api/health").await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(node.stdin.take());
    let status = tokio::task::spawn_blocking(move || node.wait()).await.unwrap().unwrap();
    assert!(status.success(), "{status}");
}
