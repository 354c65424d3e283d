//! The life of a demonstration.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::time::{Duration, Instant};

use reference_cluster::traffic;
use reference_cluster::wire::{Reservation, ReservationStatus};
use support::{cluster, login};

#[tokio::test]
async fn travellers_book_and_cancel_under_accounts_of_their_own_and_go_on_when_a_node_dies() {
    let cluster = cluster().await;
    let admin = login(&cluster, 1, "admin").await;
    let reservations = async || -> Vec<Reservation> {
        admin.get_fresh("/reservations/").await.unwrap().success().unwrap().json().unwrap()
    };
    let wait_for = async |what: &str, holds: &dyn Fn(&[Reservation]) -> bool| -> Vec<Reservation> {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let all = reservations().await;
            if holds(&all) {
                return all;
            }
            assert!(Instant::now() < until, "{what}: {all:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let life = tokio::spawn(traffic::run(cluster.urls(), 5..20));
    let cancelled = |all: &[Reservation]| all.iter().any(|one| one.status == ReservationStatus::Cancelled);
    let first = wait_for("ten bookings and a cancellation", &|all| all.len() > 10 && cancelled(all)).await;
    assert!(first.iter().all(|one| one.user_id.starts_with("u-")), "a demo account was used");

    cluster.kill(0).unwrap();
    let before = first.len();
    wait_for("bookings after a node died", &|all| all.len() > before + 5).await;
    life.abort();
}
