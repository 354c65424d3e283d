//! Where requests go: spreading, fail-back, flapping, Retry-After, the read index, and the trace of it.

use failover::{
    Answer, CallFailure, CallSpec, Duration, Event, NodeState, Order, Policy, Replay, RetryAfter, Standing, Target,
};

use crate::world::{Behaviour, World, answered, failure, report, status, urls};

fn throttled(seconds: u64) -> Behaviour {
    let answer = Answer {
        status: 429,
        retry_after: Some(RetryAfter::standard(Duration::from_secs(seconds))),
        ..Answer::default()
    };
    Behaviour::Replies { after_ms: 5, answer }
}

#[test]
fn of_two_equal_nodes_a_moved_call_takes_the_one_with_less_to_do() {
    let mut world = World::healthy(3);
    let second = (1..3).find(|node| {
        let mut other = World::healthy(3);
        other.kill(0);
        other.run(CallSpec::READ);
        other.current() == *node
    });
    let second = second.expect("one of them comes first in this client's order");
    // The one that would come first answers slowly.
    world.nodes[second] = Behaviour::Answers { after_ms: 300 };
    world.round();
    world.advance(400);
    world.kill(0);
    world.run(CallSpec::READ);
    assert_eq!(world.last_path(), [0, 3 - second]);
}

#[test]
fn a_node_that_asked_for_patience_is_not_asked_before_its_time_not_even_as_the_last_one() {
    let mut world = World::healthy(2);
    (0..2).for_each(|node| world.nodes[node] = throttled(3));
    let first = world.submit(CallSpec::READ);
    world.advance(20);
    assert_eq!(world.path(first).len(), 2);
    let second = world.submit(CallSpec::READ);
    world.advance(2_900);
    assert!(world.path(second).is_empty(), "both asked for three seconds");
    (0..2).for_each(|node| world.revive(node));
    world.advance(700);
    assert!(answered(&world.done[&first]) && answered(&world.done[&second]));
}

#[test]
fn a_person_waits_five_seconds_for_a_retry_after_and_no_longer() {
    let mut world = World::healthy(1);
    world.nodes[0] = throttled(60);
    let completion = world.run(CallSpec::READ);
    assert!(answered(&completion), "the answer of 429 is what the caller gets");
    assert!(completion.waited < Duration::from_secs(7), "{:?}", completion.waited);
}

#[test]
fn a_retry_after_is_lengthened_by_chance_so_that_clients_do_not_return_together() {
    let mut ends = std::collections::BTreeSet::new();
    for seed in 0..20 {
        let mut world = World::with(2, seed, Policy::default());
        world.advance(100);
        world.nodes[0] = throttled(10);
        world.run(CallSpec::READ);
        let until = world.snapshot().nodes[0].throttled_until.expect("it is held");
        let held = until.since(world.now);
        assert!(held >= Duration::from_millis(9_900) && held <= Duration::from_secs(11), "{held:?}");
        ends.insert(until);
    }
    assert!(ends.len() > 15);
}

#[test]
fn a_probe_that_is_answered_does_not_shorten_the_wait_that_a_node_asked_for() {
    let mut world = World::healthy(2);
    world.nodes[0] = throttled(20);
    world.run(CallSpec::READ);
    world.revive(0);
    world.advance(5_000);
    world.round();
    world.run(CallSpec::READ);
    assert_eq!(world.last_path(), [1]);
}

#[test]
fn a_suspect_gets_probes_only_while_another_node_is_usable() {
    let mut world = World::healthy(2);
    world.nodes[0] = Behaviour::OnlyHealthAnswers;
    world.nodes[1] = status(500);
    let call = world.submit(CallSpec::READ);
    world.advance(9);
    assert_eq!(world.path(call), [0, 1]);
    world.advance(1);
    assert_eq!(world.path(call).iter().filter(|node| **node == 0).count(), 1, "it stays away from the suspect");
}

#[test]
fn a_node_that_fails_again_and_again_is_returned_to_ever_later() {
    let mut world = World::healthy(3);
    let mut left = Vec::new();
    for second in 0..900 {
        // It answers its health check at once and fails the next request: the worst that a node can do.
        world.nodes[0] = Behaviour::OnlyHealthAnswers;
        let before = world.current();
        assert!(answered(&world.run(CallSpec::READ)));
        if before == 0 && world.last_path()[0] == 0 {
            left.push(second);
        }
        world.advance(980);
    }
    let moves = world.events("current-changed").len();
    assert!(moves <= 16, "{moves} moves in fifteen minutes");
    let pauses: Vec<i32> = left.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.last().is_some_and(|last| *last >= 120), "{pauses:?}");
}

#[test]
fn a_stale_node_is_passed_over_for_a_second() {
    let mut world = World::healthy(3);
    world.nodes[0] = status(425);
    assert!(answered(&world.run(CallSpec::READ)));
    assert!(world.snapshot().nodes[0].stale);
    world.revive(0);
    world.run(CallSpec::READ);
    assert_ne!(world.last_path(), [0]);
    world.advance(1_100);
    world.run(CallSpec::READ);
    assert_eq!(world.last_path(), [0]);
}

#[test]
fn when_every_node_is_behind_the_freshest_is_asked() {
    let mut world = World::healthy(3);
    for (node, applied) in [(0, 3), (1, 9), (2, 5)] {
        let answer = Answer { status: 425, raft_index: Some(applied), ..Answer::default() };
        world.nodes[node] = Behaviour::Replies { after_ms: 5, answer };
    }
    let call = world.submit(CallSpec::READ);
    world.advance(16);
    let path = world.path(call);
    assert_eq!((path.len(), path[3]), (4, 1), "{path:?}");
}

#[test]
fn two_nodes_that_are_behind_and_a_dead_one_still_give_an_answer() {
    let mut world = World::healthy(3);
    (0..2).for_each(|node| world.nodes[node] = status(425));
    world.kill(2);
    world.round();
    let call = world.submit(CallSpec::READ);
    world.advance(12);
    let relaxed = world.seen.iter().filter(|seen| seen.call == call && seen.ignore_read_index).count();
    assert_eq!(relaxed, 1);
}

#[test]
fn a_second_opinion_comes_from_another_node_if_there_is_one() {
    let mut world = World::healthy(3);
    let avoid = world.core.node_at(0);
    world.run(CallSpec { avoid, ..CallSpec::READ });
    assert_ne!(world.last_path(), [0]);
    let mut world = World::healthy(1);
    let avoid = world.core.node_at(0);
    assert!(answered(&world.run(CallSpec { avoid, ..CallSpec::READ })));
}

#[test]
fn a_required_node_is_asked_alone_and_every_error_names_it() {
    let mut world = World::healthy(3);
    world.command(|core, now| core.require_node(1, now)).expect("node 1 exists");
    assert!(answered(&world.run(CallSpec::READ)));
    assert_eq!(world.last_path(), [1]);
    world.kill(1);
    let completion = world.run(CallSpec::READ);
    assert_eq!(world.last_path(), [1]);
    assert!(
        matches!(failure(&completion), Some(CallFailure::RequiredNode { node }) if node.ends_with("node-1")),
        "{completion:?}"
    );
    assert_eq!(world.current(), 1);
    assert_eq!(world.snapshot().required.map(|required| required.index), Some(1));
    world.advance(600_000);
    assert_eq!(world.snapshot().required, None, "it ends after ten minutes");
    assert!(answered(&world.run(CallSpec::READ)));
    assert_eq!(world.events("requirement-changed").len(), 2);
}

#[test]
fn a_write_to_a_required_follower_is_not_sent_on_to_the_leader() {
    let mut world = World::healthy(3);
    world.command(|core, now| core.require_node(1, now)).expect("node 1 exists");
    let leader_url = Some("http://node-2".into());
    let answer = Answer { status: 503, not_leader: true, leader_url, ..Answer::default() };
    world.nodes[1] = Behaviour::Replies { after_ms: 5, answer };
    world.run(CallSpec::write(Replay::Keyed));
    assert_eq!(world.last_path(), [1]);
}

#[test]
fn after_a_hop_the_next_write_goes_to_the_new_leader_at_once() {
    use failover::Role;
    let mut world = World::healthy(3);
    let roles = |world: &mut World, leader: usize, term: u64| {
        for node in 0..3 {
            let role = if node == leader { Role::Leader } else { Role::Follower };
            world.reports[node] = Some(report(node as u64 + 1, role, term, leader as u64 + 1));
        }
    };
    roles(&mut world, 1, 3);
    world.round();
    world.advance(2_000);
    roles(&mut world, 2, 4);
    let leader_url = Some("http://node-2".into());
    let answer = Answer { status: 503, not_leader: true, leader_url, ..Answer::default() };
    world.nodes[1] = Behaviour::Replies { after_ms: 5, answer };
    world.run(CallSpec::write(Replay::Keyed));
    assert_eq!(world.last_path(), [1, 2]);
    world.revive(1);
    world.advance(100);
    world.run(CallSpec::write(Replay::Keyed));
    assert_eq!(world.last_path(), [2]);
}

#[test]
fn the_reason_for_a_choice_can_be_read() {
    let mut world = World::with(4, 3, Policy { order: Order::Listed, ..Policy::default() });
    world.advance(100);
    world.kill(0);
    world.run(CallSpec::READ);
    world.nodes[1] = throttled(30);
    world.command(|core, now| core.switch_to_node(1, now)).expect("node 1 exists");
    world.run(CallSpec::READ);
    let candidates = world.core.explain(Target::AnyNode, world.now);
    assert_eq!(candidates.len(), 4);
    let standing = |node: usize| candidates.iter().find(|c| c.index == node).map(|c| c.standing);
    assert!(matches!(standing(0), Some(Standing::Suspect | Standing::Failed | Standing::Probing)));
    assert_eq!(standing(1), Some(Standing::Held));
    assert_eq!(candidates.iter().filter(|candidate| candidate.standing == Standing::Taken).count(), 1);
    assert_eq!(candidates[0].index, 1, "the operator's choice comes first");
}

#[test]
fn a_list_with_a_node_twice_has_it_once() {
    let mut world = World::healthy(2);
    let list = urls(2);
    let doubled = [list[0].clone(), list[1].clone(), list[0].clone()];
    world.command(|core, now| core.set_nodes(&doubled, now));
    assert_eq!(world.snapshot().nodes.len(), 2);
    assert_eq!(world.snapshot().healthy(), 2);
}

#[test]
fn an_emptied_list_ends_calls_and_a_filled_one_takes_them_again() {
    let mut world = World::healthy(2);
    world.hang(0);
    let call = world.submit(CallSpec::READ);
    world.command(|core, now| core.set_nodes(&[], now));
    assert_eq!(world.snapshot().current, None);
    world.advance(6_000);
    assert!(world.done.contains_key(&call));
    world.command(|core, now| core.set_nodes(&urls(2), now));
    world.revive(0);
    world.advance(100);
    assert!(answered(&world.run(CallSpec::READ)));
}

#[test]
fn a_reordered_list_keeps_the_last_move_pointing_at_the_same_nodes() {
    let mut world = World::healthy(3);
    world.command(|core, now| core.switch_to_node(2, now)).expect("node 2 exists");
    let list = urls(3);
    let turned = [list[2].clone(), list[1].clone(), list[0].clone()];
    world.command(|core, now| core.set_nodes(&turned, now));
    let moved = world.snapshot().last_move.expect("the switch");
    assert_eq!((moved.from, moved.to), (2, 0));
    world.command(|core, now| core.set_nodes(&turned[..2], now));
    assert_eq!(world.snapshot().last_move, None, "it came from a node that is gone");
}

#[test]
fn a_removed_node_is_not_probed_any_more_and_its_probe_is_cancelled() {
    let mut world = World::healthy(3);
    world.nodes[2] = Behaviour::Hangs;
    world.command(|core, now| core.ask_for_round(now));
    world.command(|core, now| core.set_nodes(&urls(2), now));
    assert_eq!(world.aborted.len(), 1);
    let before = world.probes.len();
    world.advance(120_000);
    assert!(world.probes[before..].iter().all(|(node, _)| *node < 2));
}

#[test]
fn a_call_that_ends_late_does_not_wake_a_finished_one() {
    let mut world = World::healthy(2);
    world.nodes[0] = Behaviour::Answers { after_ms: 340 };
    let call = world.submit(CallSpec::READ);
    world.advance(330);
    assert!(answered(&world.done[&call]));
    world.tell(Event::Cancel { call });
    world.advance(5_000);
    assert_eq!(world.core.under_way(), (0, 0));
    assert_eq!(world.state(0), NodeState::Healthy);
}
