//! Writes on any node, once and only once.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use reference_cluster::wire::{Reservation, ReservationStatus};
use reference_cluster::{ClusterOptions, Writes};
use support::{cluster, cluster_with, follower, login};

#[tokio::test]
async fn the_same_key_on_another_node_is_applied_once() {
    let cluster = cluster().await;
    let user = login(&cluster, 0, "user").await;
    let wanted = user.wanted_seat("v-mtl-qc", "1A").await.unwrap();
    let mut answers = Vec::new();
    for url in cluster.urls() {
        let answer = user.at(url).book(&wanted, Some("key-1")).await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text);
        answers.push(answer.text);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    assert_eq!(user.reservations().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_is_known_to_the_next_leader() {
    let cluster = cluster().await;
    let leader = cluster.wait_for_leader().await.unwrap();
    let user = login(&cluster, leader, "user").await;
    let wanted = user.wanted_seat("v-mtl-qc", "2B").await.unwrap();
    let first = user.book(&wanted, Some("key-2")).await.unwrap();
    cluster.kill(leader).unwrap();
    let second = user.at(cluster.url((leader + 1) % 3)).book(&wanted, Some("key-2")).await.unwrap();
    assert_eq!((first.status, first.text), (second.status, second.text));
}

#[tokio::test]
async fn a_refusal_is_remembered_under_its_key_too() {
    let cluster = cluster().await;
    let (user, other) = (login(&cluster, 0, "user").await, login(&cluster, 1, "user2").await);
    let taken = user.wanted_seat("v-mtl-qc", "3C").await.unwrap();
    let booked: Reservation = user.book(&taken, None).await.unwrap().success().unwrap().json().unwrap();
    let wanted = other.wanted_seat("v-mtl-qc", "3C").await.unwrap();
    assert_eq!(other.book(&wanted, Some("key-3")).await.unwrap().status, 409);
    user.put(&format!("/reservations/{}/cancel", booked.id), &()).await.unwrap().success().unwrap();
    assert_eq!(other.book(&wanted, Some("key-3")).await.unwrap().status, 409, "the same request, the same answer");
    assert_eq!(other.book(&wanted, Some("key-4")).await.unwrap().status, 201);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_422_and_by_another_person_another_key() {
    let cluster = cluster().await;
    let user = login(&cluster, 0, "user").await;
    let (one, two) =
        (user.wanted_seat("v-mtl-qc", "1A").await.unwrap(), user.wanted_seat("v-mtl-qc", "1B").await.unwrap());
    assert_eq!(user.book(&one, Some("key")).await.unwrap().status, 201);
    let answer = user.at(cluster.url(1)).book(&two, Some("key")).await.unwrap();
    assert_eq!((answer.status, answer.value()["error"].as_str()), (422, Some("key_reused")));
    let admin = login(&cluster, 2, "admin").await;
    assert_eq!(admin.book(&one, Some("key")).await.unwrap().status, 409, "the seat is taken");
    assert_eq!(user.reservations().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_in_progress_is_409_and_then_gives_the_result() {
    let cluster = cluster().await;
    let leader = cluster.wait_for_leader().await.unwrap();
    let user = login(&cluster, leader, "user").await;
    let wanted = user.wanted_seat("v-mtl-qc", "1A").await.unwrap();
    // Without its followers the leader cannot finish.
    cluster.pause((leader + 1) % 3).unwrap();
    cluster.pause((leader + 2) % 3).unwrap();
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let (user, wanted) = (user.clone(), wanted.clone());
        requests.spawn(async move { user.book(&wanted, Some("slow")).await.unwrap() });
    }
    let refused = requests.join_next().await.unwrap().unwrap();
    assert_eq!((refused.status, refused.value()["error"].as_str()), (409, Some("key_in_progress")));
    cluster.resume((leader + 1) % 3).unwrap();
    cluster.resume((leader + 2) % 3).unwrap();
    let first = requests.join_next().await.unwrap().unwrap();
    let settled = user.book(&wanted, Some("slow")).await.unwrap();
    assert_eq!(settled.status, 201, "{} after {}", settled.text, first.text);
    assert_eq!(user.reservations().await.unwrap().len(), 1);
}

#[tokio::test]
async fn of_two_people_who_race_for_a_seat_one_wins() {
    let cluster = cluster().await;
    let (one, two) = (login(&cluster, 0, "user").await, login(&cluster, 1, "user2").await);
    for label in ["1A", "1B", "1C", "1D", "2A"] {
        let (a, b) =
            (one.wanted_seat("v-mtl-qc", label).await.unwrap(), two.wanted_seat("v-mtl-qc", label).await.unwrap());
        let (first, second) = tokio::join!(one.book(&a, None), two.book(&b, None));
        let mut statuses = [first.unwrap().status, second.unwrap().status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
    }
}

#[tokio::test]
async fn cancelling_frees_the_seat_and_may_be_repeated() {
    let cluster = cluster().await;
    let user = login(&cluster, 0, "user").await;
    let booked = user.book_any("v-mtl-trb").await.unwrap();
    let path = format!("/reservations/{}/cancel", booked.id);
    for url in cluster.urls() {
        let answer: Reservation = user.at(url).put(&path, &()).await.unwrap().success().unwrap().json().unwrap();
        assert_eq!(answer.status, ReservationStatus::Cancelled);
    }
    assert!(user.seats("v-mtl-trb").await.unwrap().iter().all(|seat| seat.available));
    assert_eq!(user.reservations().await.unwrap()[0].status, ReservationStatus::Cancelled);
    user.delete(&format!("/reservations/{}", booked.id)).await.unwrap().success().unwrap();
    assert!(user.reservations().await.unwrap().is_empty());
    assert_eq!(user.put(&path, &()).await.unwrap().status, 404);
}

#[tokio::test]
async fn a_follower_forwards_a_write_and_holds_it_through_an_election() {
    let cluster = cluster().await;
    let follower = follower(&cluster).await;
    let leader = cluster.leader().await.unwrap();
    let user = login(&cluster, follower, "user").await;
    user.book_any("v-mtl-qc").await.unwrap();
    let metrics = user.get("/api/metrics/reservations/current").await.unwrap().value();
    assert_eq!(metrics["redirectedReservations"], 1);
    assert_eq!(metrics["redirectionRate"], 100.0);
    let wanted = user.wanted_seat("v-mtl-qc", "9A").await.unwrap();
    cluster.kill(leader).unwrap();
    let answer = user.book(&wanted, Some("held")).await.unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text);
}

#[tokio::test]
async fn a_write_that_finds_no_leader_is_503_with_retry_after() {
    let cluster = cluster().await;
    let follower = follower(&cluster).await;
    let user = login(&cluster, follower, "user").await;
    let wanted = user.wanted_seat("v-mtl-qc", "1A").await.unwrap();
    for i in (0..3).filter(|i| *i != follower) {
        cluster.kill(i).unwrap();
    }
    let started = std::time::Instant::now();
    let answer = user.book(&wanted, Some("nobody")).await.unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{}", answer.text);
    assert_eq!(answer.value()["error"], "no_leader");
    assert!(started.elapsed().as_secs_f64() < 6.5);
}

#[tokio::test]
async fn a_follower_in_hint_mode_says_who_leads() {
    let cluster = cluster_with(ClusterOptions { writes: Writes::Hint, ..ClusterOptions::default() }).await;
    let follower = follower(&cluster).await;
    let leader = cluster.leader().await.unwrap();
    let user = login(&cluster, follower, "user").await;
    let wanted = user.wanted_seat("v-mtl-qc", "1A").await.unwrap();
    let answer = user.book(&wanted, None).await.unwrap();
    assert_eq!(answer.status, 503);
    let hint = answer.value();
    assert_eq!(hint["error"], "not_leader");
    assert_eq!(hint["leaderId"], leader);
    assert_eq!(hint["leaderUrl"], cluster.url(leader));
    assert_eq!(user.at(cluster.url(leader)).book(&wanted, None).await.unwrap().status, 201);
}

#[tokio::test]
async fn a_follower_in_legacy_mode_only_says_that_it_does_not_lead() {
    let cluster = cluster_with(ClusterOptions { writes: Writes::Legacy, ..ClusterOptions::default() }).await;
    let follower = follower(&cluster).await;
    let leader = cluster.leader().await.unwrap();
    let user = login(&cluster, follower, "user").await;
    let wanted = user.wanted_seat("v-mtl-qc", "1A").await.unwrap();
    let answer = user.book(&wanted, None).await.unwrap();
    assert!(answer.status >= 500 && answer.text.contains("This node is not the leader"), "{}", answer.text);
    assert!(!answer.text.contains("leaderUrl"));
    assert_eq!(user.at(cluster.url(leader)).book(&wanted, None).await.unwrap().status, 201);
}
