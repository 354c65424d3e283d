//! What pages were told of seats, checked: bookings are linearizable a seat, and no page is shown an older state than
//! before. The runs of minutes are in [`crate::endurance`]; this one is short.

use std::path::Path;

use ::histories::report::check_and_write;
use ::histories::{Act, Operation, Violation, WriteResult, name_unanswered};
use serde_json::json;

use crate::endurance::{LOAD, Load, check, end, seats};
use crate::world::World;

/// Tabs count the time each for itself, from the wall clock at which it began: two may differ by a step of that, and by
/// what a browser rounds.
const CLOCKS_DIFFER_US: u64 = 2_000;

/// Checks everything that the tabs of a run were told of seats. What is wrong is left behind as a picture.
pub fn check_told(name: &str, loads: &[Load]) -> Vec<Operation> {
    let told = loads.iter().flat_map(|load| load.told.iter().cloned());
    let mut history: Vec<Operation> = told.map(|operation| operation.widened(CLOCKS_DIFFER_US)).collect();
    name_unanswered(&mut history);
    match check_and_write(Path::new(env!("CARGO_TARGET_TMPDIR")), name, &history) {
        Ok(checked) => println!(
            "  target 14: {} operations on {} seats are linearizable, at most {} of a seat, {} at once",
            checked.operations, checked.seats, checked.most_a_seat, checked.most_at_once
        ),
        Err(told) => panic!("{told}"),
    }
    history
}

/// Says of the last booking that somebody else was told the same seat is theirs: what a cluster does that forgets one.
fn with_a_seat_sold_twice(mut history: Vec<Operation>) -> Vec<Operation> {
    let sold = history.iter().rev().find(|one| matches!(one.act, Act::Book { result: WriteResult::Done, .. }));
    let mut again = sold.expect("a seat was booked").clone();
    again.session = "third".into();
    again.act = Act::Book { booking: "another".into(), result: WriteResult::Done };
    history.push(again);
    history
}

/// Two tabs want the same seats while the node in use dies and comes back.
#[tokio::test]
async fn what_two_tabs_are_told_while_the_node_in_use_dies_is_linearizable() {
    let world = World::start().await;
    let wanted = seats(&world, 40).await;
    world.log_in("user").await;
    let session = world.browser.run("return sessionStorage.getItem('vcube.session')").await;
    let first = world.browser.tab().await;
    let second = world.browser.open_tab().await;
    world.browser.before_every_page(&format!("sessionStorage.setItem('vcube.session', {session})")).await;
    world.open("/user").await;
    for (name, tab) in [("first", &first), ("second", &second)] {
        world.browser.take_tab(tab).await;
        world.browser.wait_for_element("[data-testid=vehicles][data-state=ready]").await;
        world.browser.run(LOAD).await;
        world.browser.run(&format!("window.beginLoad('{name}', 2, {}, 20, 200, 1e9)", json!(wanted))).await;
    }
    let booked = |count: usize| format!("return window.load.booked.length + window.load.taken.length >= {count}");
    world.browser.wait_for("bookings in peace", &booked(3)).await;
    let current = world.current().await;
    world.cluster.kill(current).expect("it runs");
    world.browser.wait_for("bookings without that node", &booked(12)).await;
    world.cluster.restart(current).await.expect("it comes back");
    world.browser.wait_for("bookings with it", &booked(20)).await;
    let mut loads = Vec::new();
    for tab in [&first, &second] {
        world.browser.take_tab(tab).await;
        loads.push(end(&world).await);
    }
    let history = check_told("two-tabs", &loads);
    check(&world, &loads).await;
    let spoilt = with_a_seat_sold_twice(history);
    assert!(matches!(::histories::check(&spoilt), Err(Violation::NotLinearizable { .. })), "a seat was sold twice");
    assert!(loads.iter().all(|load| load.told.len() > 100), "each of them is told something");
    assert!(loads.iter().any(|load| !load.taken.is_empty()), "they were in each other's way");
}
