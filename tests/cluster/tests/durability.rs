//! What was acknowledged stays, whatever dies.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use reference_cluster::wire::Reservation;
use reference_cluster::{Cluster, ClusterOptions};

async fn cluster() -> Cluster {
    Cluster::start(ClusterOptions { snapshot_every: Some(50), ..ClusterOptions::default() }).await.unwrap()
}

#[tokio::test]
async fn a_booking_is_read_back_from_every_node() {
    let cluster = cluster().await;
    let user = cluster.client(0).unwrap().login_demo("user").await.unwrap();
    let wanted = user.wanted_seat("v-mtl-qc", "1A").await.unwrap();
    let answer = user.book(&wanted, None).await.unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text);
    let booked: Reservation = answer.json().unwrap();
    for url in cluster.urls() {
        let there = user.at(url).reservations().await.unwrap();
        assert_eq!(there, vec![booked.clone()]);
    }
}

#[tokio::test]
async fn a_killed_leader_loses_no_acknowledged_booking_and_a_new_leader_serves() {
    let cluster = cluster().await;
    let user = cluster.client(0).unwrap().login_demo("user").await.unwrap();
    let leader = cluster.wait_for_leader().await.unwrap();
    let mut booked = Vec::new();
    for _ in 0..10 {
        booked.push(user.at(cluster.url(leader)).book_any("v-mtl-qc").await.unwrap().id);
    }
    cluster.kill(leader).unwrap();
    let survivor = user.at(cluster.url((leader + 1) % 3));
    let started = std::time::Instant::now();
    booked.push(survivor.book_any("v-mtl-qc").await.unwrap().id);
    println!("a booking after the leader was killed took {:?}", started.elapsed());
    let mut kept: Vec<_> = survivor.reservations().await.unwrap().into_iter().map(|one| one.id).collect();
    kept.sort();
    booked.sort();
    assert_eq!(kept, booked);
}
