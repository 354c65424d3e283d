//! The person's own network, outages with background work, clock and hidden pages.

use failover::{CallSpec, ClusterMode, Duration, Event, NodeState};

use crate::world::{Behaviour, World, answered};

const BACKGROUND: CallSpec = CallSpec { background: true, ..CallSpec::READ };

/// Nothing gets through: neither to a node nor to the page's own origin.
fn unplug(world: &mut World) {
    world.own_origin_answers = false;
    (0..world.nodes.len()).for_each(|node| world.kill(node));
}

#[test]
fn when_nothing_is_reached_it_is_the_persons_network_and_no_node_is_blamed() {
    let mut world = World::healthy(3);
    unplug(&mut world);
    world.run(CallSpec::READ);
    world.advance(2_000);
    let snapshot = world.snapshot();
    assert!(snapshot.local_fault.is_some());
    let blamed = snapshot.nodes.iter().filter(|node| matches!(node.state, NodeState::Failed | NodeState::Suspect));
    assert_eq!(blamed.count(), 0, "{:?}", world.core.journal().collect::<Vec<_>>());
    assert!(!matches!(snapshot.mode, ClusterMode::Outage { .. }));
}

#[test]
fn while_the_network_is_down_a_request_costs_one_attempt_and_the_nodes_are_left_alone() {
    let mut world = World::healthy(3);
    unplug(&mut world);
    world.run(CallSpec::READ);
    world.advance(2_000);
    let (seen, probes, controls) = (world.seen.len(), world.probes.len(), world.controls.len());
    (0..10).for_each(|_| drop(world.run(CallSpec::READ)));
    world.advance(60_000);
    assert_eq!(world.seen.len() - seen, 10);
    assert_eq!(world.probes.len(), probes);
    assert!((4..=12).contains(&(world.controls.len() - controls)), "{} controls", world.controls.len() - controls);
}

#[test]
fn the_first_answer_of_anything_ends_a_local_fault_and_every_node_is_checked() {
    let mut world = World::healthy(3);
    unplug(&mut world);
    world.run(CallSpec::READ);
    world.advance(2_000);
    (0..3).for_each(|node| world.revive(node));
    assert!(answered(&world.run(CallSpec::READ)));
    assert_eq!(world.snapshot().local_fault, None);
    world.advance(600);
    assert_eq!(world.snapshot().healthy(), 3);
    assert_eq!(world.events("local-fault-ended").len(), 1);
}

#[test]
fn two_nodes_that_really_died_are_blamed_when_the_own_origin_answers() {
    let mut world = World::healthy(3);
    (0..2).for_each(|node| world.kill(node));
    world.command(|core, now| core.ask_for_round(now));
    world.advance(500);
    assert_eq!(world.controls.len(), 1, "one control is enough");
    assert_eq!((world.state(0), world.state(1)), (NodeState::Failed, NodeState::Failed));
    assert_eq!(world.snapshot().local_fault, None);
}

#[test]
fn one_node_that_answers_outweighs_an_own_origin_that_does_not() {
    let mut world = World::healthy(3);
    world.own_origin_answers = false;
    (0..2).for_each(|node| world.kill(node));
    world.command(|core, now| core.ask_for_round(now));
    world.advance(3_000);
    assert_eq!(world.snapshot().local_fault, None);
    assert!(matches!(world.state(0), NodeState::Failed | NodeState::Probing));
}

#[test]
fn being_offline_is_a_hint_that_asks_sooner_and_decides_nothing() {
    let mut world = World::healthy(3);
    world.tell(Event::Online { online: false });
    assert!(answered(&world.run(CallSpec::READ)), "the hint may be wrong");
    world.kill(0);
    world.run(CallSpec::READ);
    assert_eq!(world.controls.len(), 1, "one failure is enough to ask");
    assert_eq!(world.snapshot().local_fault, None);
    assert!(!world.snapshot().online);
}

#[test]
fn coming_online_ends_a_local_fault_at_once() {
    let mut world = World::healthy(3);
    world.tell(Event::Online { online: false });
    unplug(&mut world);
    world.run(CallSpec::READ);
    world.advance(30_000);
    assert!(world.snapshot().local_fault.is_some());
    (0..3).for_each(|node| world.revive(node));
    world.own_origin_answers = true;
    world.tell(Event::Online { online: true });
    world.advance(600);
    assert_eq!((world.snapshot().local_fault, world.snapshot().healthy()), (None, 3));
}

#[test]
fn background_work_waits_out_an_outage_and_begins_again_spread_over_two_seconds() {
    let mut world = World::healthy(3);
    (0..3).for_each(|node| world.kill(node));
    world.run(CallSpec::READ);
    world.advance(3_000);
    assert!(matches!(world.snapshot().mode, ClusterMode::Outage { .. }));
    let before = world.seen.len();
    let patient = CallSpec { deadline: Some(Duration::from_secs(300)), ..BACKGROUND };
    let parked: Vec<_> = (0..40).map(|_| world.submit(patient)).collect();
    world.advance(20_000);
    assert_eq!(world.seen.len(), before, "none was sent");
    (0..3).for_each(|node| world.revive(node));
    world.advance(20_000);
    assert!(parked.iter().all(|call| answered(&world.done[call])));
    let first: Vec<u64> = parked.iter().filter_map(|call| world.sent_at(*call)).map(|at| at.as_millis()).collect();
    let spread = first.iter().max().zip(first.iter().min()).map_or(0, |(last, first)| last - first);
    assert!((1_000..=2_000).contains(&spread), "{spread} ms between the first and the last");
}

#[test]
fn background_work_that_waits_ends_with_its_own_deadline() {
    let mut world = World::healthy(2);
    (0..2).for_each(|node| world.kill(node));
    world.run(CallSpec::READ);
    world.advance(3_000);
    let parked = world.submit(BACKGROUND);
    world.advance(10_000);
    assert!(world.done.get(&parked).is_some_and(|completion| !answered(completion)));
    assert!(world.path(parked).is_empty());
}

#[test]
fn in_panic_a_call_is_tried_once_and_once_more() {
    let mut world = World::healthy(3);
    (0..3).for_each(|node| world.nodes[node] = Behaviour::Hangs);
    let call = world.submit(CallSpec::READ);
    world.advance(10_000);
    assert!(world.path(call).len() <= 3, "{:?}", world.path(call));
}

#[test]
fn a_hidden_page_that_is_woken_late_blames_nobody() {
    let mut world = World::healthy(3);
    world.tell(Event::Visibility { visible: false });
    world.hang(0);
    world.submit(CallSpec::READ);
    world.sleep(60_000);
    assert_eq!(world.state(0), NodeState::Healthy);
    assert!(world.events("clock-jumped").is_empty(), "a hidden page is woken late all the time");
}

#[test]
fn with_alerts_on_a_hidden_page_checks_once_a_minute() {
    let mut world = World::healthy(3);
    world.command(|core, now| core.watch_while_hidden(true, now));
    world.tell(Event::Visibility { visible: false });
    let before = world.probes.len();
    world.advance(600_000);
    let checks = world.probes.len() - before;
    assert!((28..=42).contains(&checks), "{checks} checks of three nodes in ten minutes");
}
