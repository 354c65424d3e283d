//! What the operator can do.

use failover::{Actor, CallSpec, Duration, NodeState, Order, Policy, Replay, SwitchError, TooSoon};

use crate::world::{World, answered, urls};

#[test]
fn a_switch_counts_for_the_next_request_and_is_the_operators() {
    let mut world = World::healthy(3);
    world.command(|core, now| core.switch_to_node(1, now)).expect("node 1 exists");
    world.run(CallSpec::READ);
    assert_eq!(world.last_path(), [1]);
    let moved = world.snapshot().last_move.expect("a switch is a move");
    assert_eq!((moved.from, moved.to, moved.by), (0, 1, Actor::Operator));
}

#[test]
fn a_switch_out_of_range_is_an_error_and_changes_nothing() {
    let mut world = World::healthy(3);
    let refused = world.command(|core, now| core.switch_to_node(3, now));
    assert_eq!(refused, Err(SwitchError::OutOfRange { index: 3, nodes: 3 }));
    assert_eq!(world.snapshot().preferred, None);
}

#[test]
fn going_back_to_automatic_restores_the_order_of_the_list() {
    let mut world = World::healthy(3);
    world.command(|core, now| core.switch_to_node(2, now)).expect("node 2 exists");
    world.command(|core, now| core.clear_preference(now));
    assert_eq!((world.snapshot().preferred, world.current()), (None, 0));
}

#[test]
fn a_switch_to_a_failed_node_keeps_the_evidence_and_serves_from_another() {
    let mut world = World::healthy(3);
    world.kill(1);
    world.command(|core, now| core.ask_for_round(now));
    world.advance(500);
    assert_eq!(world.state(1), NodeState::Failed);
    world.command(|core, now| core.switch_to_node(1, now)).expect("node 1 exists");
    assert!(matches!(world.state(1), NodeState::Failed | NodeState::Probing));
    assert!(answered(&world.run(CallSpec::READ)));
    assert_eq!(world.last_path(), [0]);
}

#[test]
fn a_reset_makes_suspects_not_healthy_nodes_and_checks_them() {
    let mut world = World::healthy(3);
    world.kill(1);
    world.command(|core, now| core.ask_for_round(now));
    world.advance(500);
    assert_eq!(world.command(|core, now| core.reset_failed_nodes(now)), Ok(1));
    assert_eq!(world.state(1), NodeState::Suspect);
    world.advance(300);
    assert_eq!(world.state(1), NodeState::Failed, "it is still dead");
    world.revive(1);
    world.advance(5_000);
    assert_eq!(world.command(|core, now| core.reset_failed_nodes(now)), Ok(1));
    world.advance(300);
    assert_eq!(world.state(1), NodeState::Healthy);
}

#[test]
fn a_second_reset_within_five_seconds_says_how_long_to_wait() {
    let mut world = World::healthy(3);
    assert_eq!(world.command(|core, now| core.reset_failed_nodes(now)), Ok(0));
    world.advance(2_000);
    let refused = world.command(|core, now| core.reset_failed_nodes(now));
    assert_eq!(refused, Err(TooSoon { wait: Duration::from_secs(3) }));
    world.advance(3_000);
    assert_eq!(world.command(|core, now| core.reset_failed_nodes(now)), Ok(0));
}

#[test]
fn a_reset_keeps_the_operators_choice() {
    let mut world = World::healthy(3);
    world.command(|core, now| core.switch_to_node(2, now)).expect("node 2 exists");
    world.command(|core, now| core.reset_failed_nodes(now)).expect("the first reset");
    assert_eq!(world.snapshot().preferred, Some(2));
    world.advance(500);
    assert_eq!(world.snapshot().healthy(), 3);
}

#[test]
fn a_node_marked_by_a_caller_proves_itself_before_it_is_used_again() {
    let mut world = World::healthy(3);
    world.command(|core, now| core.mark_node_as_failed(0, now)).expect("node 0 exists");
    world.run(CallSpec::READ);
    assert_ne!(world.last_path(), [0]);
    world.advance(60_000);
    assert_eq!(world.current(), 0);
}

#[test]
fn an_edited_list_keeps_what_is_known_of_the_nodes_that_stay() {
    let mut world = World::healthy(3);
    world.command(|core, now| core.switch_to_node(2, now)).expect("node 2 exists");
    let list = urls(4);
    let edited = [list[2].clone(), list[1].clone()];
    world.command(|core, now| core.set_nodes(&edited, now));
    let snapshot = world.snapshot();
    assert_eq!(snapshot.preferred, Some(0), "the same node, at its new place");
    assert_eq!(snapshot.healthy(), 2);
    world.command(|core, now| core.set_nodes(&edited[1..], now));
    assert_eq!(world.snapshot().preferred, None);
}

#[test]
fn a_request_on_a_removed_node_ends_by_itself() {
    let mut world = World::healthy(3);
    let call = world.submit(CallSpec::READ);
    world.kill(0);
    let list = urls(3);
    world.command(|core, now| core.set_nodes(&list[1..], now));
    world.advance(100);
    assert!(answered(&world.done[&call]));
}

#[test]
fn with_the_spread_order_clients_begin_everywhere() {
    let mut begun = [0_u32; 3];
    for seed in 0..900 {
        let world = World::with(3, seed, Policy { order: Order::Spread, ..Policy::default() });
        begun[world.current()] += 1;
    }
    assert!(begun.iter().all(|clients| (240..360).contains(clients)), "{begun:?}");
}

#[test]
fn every_figure_of_the_policy_agrees_with_the_others() {
    assert_eq!(Policy::default().check(), Ok(()));
    let hasty = Policy { attempt_timeout: Duration::from_secs(11), ..Policy::default() };
    assert!(hasty.check().is_err_and(|relation| relation.contains("attempt_timeout ≤ read_deadline")));
}

#[test]
fn other_figures_hold_from_the_next_request_and_the_next_check_on() {
    let mut world = World::healthy(2);
    let policy = Policy {
        attempt_timeout: Duration::from_millis(700),
        health_check_interval: Duration::from_secs(4),
        order: Order::Listed,
        ..Policy::default()
    };
    world.command(|core, now| core.set_policy(policy, now));
    let before = world.probes.len();
    world.advance(4_100);
    assert_eq!(world.probes.len() - before, 2, "one check of each node in four seconds");
    world.hang(0);
    world.hang(1);
    let call = world.submit(CallSpec { deadline: Some(Duration::from_millis(1_000)), ..CallSpec::write(Replay::Once) });
    world.advance(750);
    assert!(world.done.contains_key(&call), "its one attempt had 700 ms");
}
