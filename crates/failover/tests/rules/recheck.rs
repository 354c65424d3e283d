//! When the last usable node goes: no call fails before every node was asked once more.

use failover::{
    Answer, CallFailure, CallSpec, ClusterMode, Completion, Duration, Event, NodeState, Replay, RetryAfter,
};

use crate::world::{Behaviour, World, answered, failure, urls};

/// Nodes 1 and 2 are failed for so long that they are asked ever more rarely; node 0 serves.
fn worn_down() -> World {
    let mut world = World::healthy(3);
    world.kill(1);
    world.kill(2);
    world.round();
    world.advance(60_000);
    assert_eq!((world.state(1), world.state(2)), (NodeState::Failed, NodeState::Failed));
    world
}

fn waited_ms(completion: &Completion) -> u128 {
    completion.waited.as_millis()
}

#[test]
fn a_node_that_came_back_unnoticed_takes_the_calls_of_the_last_one_that_goes() {
    for back in [1, 2] {
        let mut world = worn_down();
        world.revive(back);
        world.kill(0);
        let read = world.run(CallSpec::READ);
        assert!(answered(&read), "node {back} is back: {:?}", world.last_path());
        assert!(waited_ms(&read) <= 400, "{:?}", read.waited);
        assert!(answered(&world.run(CallSpec::write(Replay::Keyed))), "{:?}", world.last_path());
    }
}

#[test]
fn calls_that_wait_for_a_node_that_hangs_go_to_the_one_that_came_back() {
    for back in [1, 2] {
        let mut world = worn_down();
        world.hang(3 - back);
        world.revive(back);
        world.hang(0);
        let calls: Vec<_> = (0..20).map(|_| world.submit(CallSpec::READ)).collect();
        world.advance(2_000);
        for call in calls {
            let done = world.done.get(&call).unwrap_or_else(|| panic!("still waiting: {:?}", world.path(call)));
            assert!(answered(done), "{:?}", world.path(call));
        }
    }
}

#[test]
fn a_call_begun_in_an_outage_is_answered_by_a_node_that_came_back_meanwhile() {
    for back in 0..3 {
        let mut world = worn_down();
        world.kill(0);
        world.run(CallSpec::READ);
        world.advance(30_000);
        assert!(matches!(world.snapshot().mode, ClusterMode::Outage { .. }));
        world.revive(back);
        assert!(answered(&world.run(CallSpec::READ)), "node {back}: {:?}", world.last_path());
    }
}

#[test]
fn a_call_fails_as_soon_as_every_node_was_asked_in_vain() {
    let mut world = worn_down();
    let before = world.probes.len();
    world.kill(0);
    let read = world.run(CallSpec::READ);
    assert_eq!(failure(&read), Some(CallFailure::Unreachable));
    assert!(waited_ms(&read) <= 300, "{:?}", read.waited);
    for node in 0..3 {
        assert!(world.probes[before..].iter().any(|(probed, _)| *probed == node), "node {node} was asked");
    }
}

#[test]
fn in_an_outage_the_recheck_is_repeated_for_people_only_and_not_for_each_of_them() {
    let mut world = worn_down();
    world.kill(0);
    world.run(CallSpec::READ);
    world.advance(10_000);
    let before = world.probes.len();
    (0..50).for_each(|_| drop(world.run(CallSpec::READ)));
    assert!(world.probes.len() - before <= 4, "{} checks", world.probes.len() - before);
    world.advance(6_000);
    let (before, asked) = (world.probes.len(), world.now);
    let parked = world.submit(CallSpec { background: true, ..CallSpec::READ });
    world.advance(300);
    let checks = world.probes[before..].iter().filter(|(_, at)| *at >= asked).count();
    assert!(checks <= 1, "background work asks for nothing: {checks} checks");
    assert!(!world.done.contains_key(&parked));
}

#[test]
fn a_write_that_must_not_run_twice_is_not_sent_again_after_a_recheck() {
    let mut world = worn_down();
    world.revive(1);
    world.kill(0);
    let write = world.run(CallSpec::write(Replay::Once));
    assert!(matches!(failure(&write), Some(CallFailure::OutcomeUnknown { .. })), "{:?}", write.result);
    assert_eq!(world.last_path().len(), 1);
}

#[test]
fn a_hidden_page_that_nobody_waits_for_rechecks_nothing() {
    let mut world = worn_down();
    world.tell(Event::Visibility { visible: false });
    let before = world.probes.len();
    world.kill(0);
    world.advance(120_000);
    assert_eq!(world.probes.len(), before);
}

#[test]
fn a_hidden_page_that_somebody_waits_for_rechecks_too() {
    let mut world = worn_down();
    world.tell(Event::Visibility { visible: false });
    world.revive(1);
    world.kill(0);
    assert!(answered(&world.run(CallSpec::READ)), "{:?}", world.last_path());
}

#[test]
fn calls_that_wait_for_a_socket_to_a_node_that_hangs_go_to_the_one_that_came_back() {
    let mut world = worn_down();
    world.revive(1);
    world.hang(0);
    let with_headers = CallSpec { with_headers: true, ..CallSpec::READ };
    let calls: Vec<_> = (0..12).map(|_| world.submit(with_headers)).collect();
    world.advance(2_000);
    for call in calls {
        assert!(world.done.get(&call).is_some_and(answered), "{:?}", world.path(call));
    }
}

#[test]
fn calls_that_wait_for_a_node_that_hangs_go_to_a_suspect_that_is_found_well() {
    let mut world = World::healthy(3);
    world.hang(0);
    let write = world.submit(CallSpec::write(Replay::Keyed));
    world.advance(990);
    for node in [1, 2] {
        world.command(|core, now| core.mark_node_as_failed(node, now)).expect("the node exists");
        world.command(|core, now| core.reset_node(node, now)).expect("the node exists");
    }
    world.advance(10);
    assert_eq!([0, 1, 2].map(|node| world.state(node)), [NodeState::Suspect; 3]);
    world.advance(300);
    assert!(world.done.get(&write).is_some_and(answered), "{:?}", world.path(write));
}

#[test]
fn a_call_that_was_sent_nowhere_is_sent_once_before_it_fails() {
    let mut world = World::healthy(2);
    world.kill(0);
    world.run(CallSpec::READ);
    world.hang(1);
    let with_headers = CallSpec { with_headers: true, ..CallSpec::READ };
    (0..4).for_each(|_| world.later(with_headers));
    let node = world.core.node_at(0);
    let second_opinion = world.submit(CallSpec { avoid: node, ..with_headers });
    world.command(|core, now| core.set_nodes(&urls(1), now));
    world.advance(3_000);
    assert_eq!(world.path(second_opinion), [0], "the one node that is left, though it was to be another");
    assert!(world.done.get(&second_opinion).is_some_and(|completion| !answered(completion)));
}

#[test]
fn a_call_that_the_last_usable_node_answered_with_an_error_is_retried_at_one_that_came_back() {
    for back in [1, 2] {
        for spec in [CallSpec::READ, CallSpec::write(Replay::Keyed)] {
            let mut world = worn_down();
            world.nodes[0] = Behaviour::OnlyHealthIsWell;
            world.revive(back);
            let completion = world.run(spec);
            assert_eq!(world.last_path(), [0, back]);
            assert!(waited_ms(&completion) <= 400, "{:?}", completion.waited);
        }
    }
}

#[test]
fn errors_of_the_last_usable_node_recheck_nodes_no_more_than_once_in_five_seconds() {
    let mut world = worn_down();
    world.nodes[0] = Behaviour::OnlyHealthIsWell;
    let before = world.probes.len();
    assert!(answered(&world.run(CallSpec::READ)), "its error is the answer when nobody else has one");
    assert_eq!(world.last_path(), [0, 0]);
    assert_eq!(world.probes.len() - before, 3);
    world.revive(0);
    assert!(answered(&world.run(CallSpec::READ)));
    let before = world.probes.len();
    world.nodes[0] = Behaviour::OnlyHealthIsWell;
    let again = world.run(CallSpec::READ);
    assert_eq!(world.last_path(), [0, 0]);
    assert!(waited_ms(&again) <= 150, "{:?}", again.waited);
    assert_eq!(world.probes.len(), before);
}

#[test]
fn who_came_back_is_found_out_while_a_read_still_waits_for_the_only_usable_node() {
    for back in [1, 2] {
        let mut world = worn_down();
        world.revive(back);
        world.hang(0);
        let read = world.run(CallSpec::READ);
        assert!(answered(&read), "{:?}", world.last_path());
        assert_eq!(waited_ms(&read), 820, "the silence, and the answer of node {back}");
    }
}

#[test]
fn a_call_that_the_last_usable_node_asks_for_patience_goes_to_one_that_came_back() {
    for status in [429, 503] {
        for back in [1, 2] {
            let mut world = worn_down();
            let retry_after = Some(RetryAfter::standard(Duration::from_secs(4)));
            let answer = Answer { status, retry_after, ..Answer::default() };
            world.nodes[0] = Behaviour::Replies { after_ms: 5, answer };
            world.revive(back);
            let completion = world.run(CallSpec::READ);
            assert_eq!(world.last_path(), [0, back], "{status}");
            assert!(waited_ms(&completion) <= 400, "{:?}", completion.waited);
        }
    }
}
