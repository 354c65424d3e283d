//! Looking for the leader: by what nodes say, by who applied the last write, through elections and circles of hints.

use failover::{Answer, CallFailure, CallSpec, Replay, Role};

use crate::world::{Behaviour, World, answered, failure, report};

fn denies(leader: Option<usize>) -> Behaviour {
    let leader_url = leader.map(|node| format!("http://node-{node}").into());
    Behaviour::Replies {
        after_ms: 5,
        answer: Answer { status: 503, not_leader: true, leader_url, ..Answer::default() },
    }
}

/// A write cost 183 requests in its 15 s, and ended with "answer 503".
#[test]
fn hints_in_a_circle_cost_few_requests_and_end_with_no_leader() {
    for nodes in [2, 3, 5] {
        for seed in 0..20 {
            let mut world = World::with(nodes, seed, failover::Policy::default());
            world.advance(100);
            (0..nodes).for_each(|node| world.nodes[node] = denies(Some((node + 1) % nodes)));
            let write = world.run(CallSpec::write(Replay::Keyed));
            assert_eq!(failure(&write), Some(CallFailure::NoLeader));
            assert!(world.last_path().len() <= 20, "seed {seed}: {} requests", world.last_path().len());
        }
    }
}

#[test]
fn nodes_that_all_deny_without_a_hint_cost_few_requests_and_end_with_no_leader() {
    let mut world = World::healthy(3);
    (0..3).for_each(|node| world.nodes[node] = denies(None));
    let write = world.run(CallSpec::write(Replay::Once));
    assert_eq!(failure(&write), Some(CallFailure::NoLeader));
    assert!(world.last_path().len() <= 20, "{} requests", world.last_path().len());
    for node in 0..3 {
        assert!(world.last_path().iter().filter(|asked| **asked == node).count() >= 4, "they take turns");
    }
}

#[test]
fn a_single_node_that_denies_is_asked_again_after_ever_longer_pauses() {
    let mut world = World::healthy(1);
    world.nodes[0] = denies(None);
    let call = world.submit(CallSpec::write(Replay::Keyed));
    world.advance(3_000);
    assert!((4..=12).contains(&world.path(call).len()), "{} requests", world.path(call).len());
    world.revive(0);
    world.advance(2_100);
    assert!(answered(&world.done[&call]));
}

/// Nobody knows a leader at first; then one is elected, and a follower that is asked names it.
#[test]
fn what_a_node_says_after_an_election_is_followed_at_once() {
    let mut world = World::healthy(3);
    (0..3).for_each(|node| world.nodes[node] = denies(None));
    let call = world.submit(CallSpec::write(Replay::Once));
    world.advance(1_000);
    world.revive(1);
    (world.nodes[0], world.nodes[2]) = (denies(Some(1)), denies(Some(1)));
    world.advance(600);
    assert!(answered(&world.done[&call]), "{:?}", world.path(call));
}

#[test]
fn a_leader_that_a_health_check_finds_is_asked_at_once() {
    let mut world = World::healthy(3);
    (0..3).for_each(|node| world.nodes[node] = denies(None));
    let call = world.submit(CallSpec::write(Replay::Once));
    world.advance(6_000);
    assert!(!world.done.contains_key(&call));
    world.revive(2);
    world.reports[2] = Some(report(2, Role::Leader, 5, 2));
    world.command(|core, now| core.ask_for_round(now));
    world.advance(60);
    assert!(answered(&world.done[&call]), "{:?}", world.path(call));
    assert_eq!(world.path(call).last(), Some(&2));
}

/// A backend whose health says only that it is up: each write first took a refusal at the first node.
#[test]
fn whoever_applied_the_last_write_is_asked_first_until_it_denies() {
    let mut world = World::healthy(3);
    (world.nodes[0], world.nodes[1]) = (denies(None), denies(None));
    assert!(answered(&world.run(CallSpec::write(Replay::Once))));
    assert_eq!(world.last_path().last(), Some(&2));
    for _ in 0..3 {
        assert!(answered(&world.run(CallSpec::write(Replay::Once))));
        assert_eq!(world.last_path(), [2]);
    }
    world.revive(0);
    assert!(answered(&world.run(CallSpec::READ)));
    assert_eq!(world.last_path(), [0], "reads stay at home");
    world.nodes[0] = denies(None);
    // Another one is elected.
    world.nodes[2] = denies(None);
    world.revive(1);
    assert!(answered(&world.run(CallSpec::write(Replay::Once))));
    assert!(answered(&world.run(CallSpec::write(Replay::Once))));
    assert_eq!(world.last_path(), [1]);
}

/// The required node's own words, or that it could not serve the call: never a search among the others.
#[test]
fn a_required_node_that_is_not_the_leader_is_named_in_the_error() {
    let mut world = World::healthy(3);
    world.command(|core, now| core.require_node(1, now)).expect("node 1 exists");
    world.nodes[1] = denies(Some(2));
    let write = world.run(CallSpec::write(Replay::Keyed));
    assert!(matches!(failure(&write), Some(CallFailure::RequiredNode { .. })), "{write:?}");
    assert_eq!(world.last_path(), [1]);
}

/// Its health page answers, its answers to requests break off, and others go on naming it. A write that had been rescued
/// from it once was given up at its next failure, with twelve of its seconds left.
#[test]
fn a_write_goes_on_looking_when_the_leader_that_others_name_breaks_off_for_seconds() {
    for seed in 0..20 {
        let mut world = World::with(3, seed, failover::Policy::default());
        world.advance(100);
        (world.nodes[0], world.nodes[1], world.nodes[2]) = (Behaviour::Hangs, denies(Some(2)), denies(Some(0)));
        world.command(|core, now| core.switch_to_node(1, now)).expect("node 1 exists");
        let write = world.submit(CallSpec::write(Replay::Keyed));
        world.advance(50);
        assert_eq!(world.path(write), [1, 2, 0], "it waits at the node that is named");
        world.command(|core, now| core.mark_node_as_failed(0, now)).expect("node 0 exists");
        world.nodes[0] = Behaviour::OnlyHealthAnswers;
        world.advance(8_000);
        assert!(!world.done.contains_key(&write), "seed {seed}: {:?}", world.done[&write]);
        world.revive(0);
        world.advance(6_900);
        assert!(answered(&world.done[&write]), "seed {seed}: {:?}", world.done[&write].result);
        assert!(world.path(write).len() <= 20, "seed {seed}: {:?}", world.path(write));
    }
}
