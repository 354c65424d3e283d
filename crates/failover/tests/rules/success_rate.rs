//! Success rate: a node that answers, and whose answers are too often errors, is passed over.
//!
//! The figures are those of gRPC's outlier detection, with one difference: the rate of a node is compared with that of the
//! others. gRPC compares with that of all, where the one that is ill widens the deviation so far that it is never found
//! among three or four.

use failover::{CallSpec, NodeState, Replay, Standing, Target};

use crate::world::{Behaviour, World};

fn erring(percents: &[u64]) -> World {
    let mut world = World::healthy(percents.len());
    for (node, percent) in percents.iter().enumerate() {
        world.nodes[node] = Behaviour::Errs { percent: *percent };
    }
    world
}

fn ask(world: &mut World, spec: CallSpec, seconds: u64) {
    for _ in 0..seconds * 5 {
        world.submit(spec);
        world.advance(200);
    }
}

/// How many of the requests since `from` the node got.
fn share(world: &World, from: usize, node: usize) -> usize {
    world.seen[from..].iter().filter(|seen| seen.node == node).count()
}

/// Ten of a hundred writes that are sent once, thirty of a hundred reads: such a node was hardly ever left.
#[test]
fn a_node_that_errs_now_and_then_beside_nodes_that_do_not_is_left() {
    for (percent, spec) in [(10, CallSpec::write(Replay::Once)), (30, CallSpec::READ)] {
        let mut world = erring(&[percent, 0, 0]);
        ask(&mut world, spec, 10);
        let from = world.seen.len();
        ask(&mut world, spec, 15);
        assert_eq!(share(&world, from, 0), 0, "{percent} %");
        assert_eq!(world.state(0), NodeState::Suspect);
        assert_eq!(world.events("low-success-rate").len(), 1);
        assert_eq!(world.core.explain(Target::AnyNode, world.now)[0].standing, Standing::LowSuccessRate);
        assert_eq!(world.snapshot().healthy(), 2);
    }
}

#[test]
fn of_five_nodes_the_one_that_always_errs_is_left_although_it_widens_the_deviation() {
    let mut world = erring(&[100, 0, 0, 0, 0]);
    ask(&mut world, CallSpec::READ, 10);
    assert_ne!(world.current(), 0);
}

#[test]
fn errors_that_all_nodes_have_are_those_of_the_work() {
    let mut world = erring(&[10, 10, 10]);
    for turn in 0..300 {
        world.command(|core, now| core.switch_to_node(turn % 3, now)).expect("it exists");
        world.later(CallSpec::READ);
        world.advance(100);
    }
    assert_eq!(world.events("low-success-rate").len(), 0);
}

#[test]
fn a_few_errors_among_few_requests_are_chance() {
    let mut world = erring(&[10, 0, 0]);
    ask(&mut world, CallSpec::write(Replay::Once), 3);
    assert_eq!(world.events("low-success-rate").len(), 0);
    assert_eq!(world.current(), 0);
}

#[test]
fn at_most_a_third_of_the_nodes_is_passed_over_and_at_least_one() {
    let mut world = erring(&[40, 40, 0]);
    ask(&mut world, CallSpec::READ, 60);
    assert_eq!((0..3).filter(|node| world.state(*node) == NodeState::Suspect).count(), 1);
}

#[test]
fn checks_do_not_clear_a_low_rate_and_requests_do() {
    let mut world = erring(&[30, 0, 0]);
    ask(&mut world, CallSpec::READ, 10);
    assert_eq!(world.state(0), NodeState::Suspect);
    world.nodes[0] = Behaviour::Answers { after_ms: 5 };
    for _ in 0..3 {
        world.round();
        world.advance(10_000);
    }
    assert_eq!(world.state(0), NodeState::Suspect, "checks alone");
    let from = world.seen.len();
    for _ in 0..5 {
        world.run(CallSpec::READ);
    }
    assert_eq!(world.state(0), NodeState::Healthy);
    assert_eq!(share(&world, from, 0), 5, "three reads tried it, then it is the home again");
    assert_eq!(world.events("success-rate-restored").len(), 1);
}

/// A person pays for a trial that fails with one more request, and not again for a while.
#[test]
fn a_node_that_goes_on_erring_is_tried_ever_more_rarely() {
    let mut world = erring(&[100, 0, 0]);
    ask(&mut world, CallSpec::READ, 10);
    let from = world.seen.len();
    ask(&mut world, CallSpec::READ, 300);
    assert!((3..=12).contains(&share(&world, from, 0)), "{} reads", share(&world, from, 0));
    assert!(world.done.values().all(crate::world::answered));
}

#[test]
fn a_node_that_errs_is_used_all_the_same_when_the_others_go() {
    let mut world = erring(&[30, 0, 0]);
    ask(&mut world, CallSpec::READ, 10);
    world.kill(1);
    world.kill(2);
    ask(&mut world, CallSpec::READ, 2);
    let call = world.submit(CallSpec::READ);
    world.advance(1_000);
    assert_eq!(world.path(call)[0], 0);
}
