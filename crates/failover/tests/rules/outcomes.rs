//! The table of outcomes, row by row, for each kind of request.

use failover::{
    Answer, CallFailure, CallResult, CallSpec, Duration, NodeState, Policy, Replay, Reply, RetryAfter, Role, Unsendable,
};

use crate::world::{Behaviour, World, answered, failure, report, status};

fn replies(answer: Answer) -> Behaviour {
    Behaviour::Replies { after_ms: 5, answer }
}

fn attempts_with(replay: Replay, behaviour: Behaviour) -> (usize, bool, Option<CallFailure>, NodeState) {
    let mut world = World::healthy(3);
    world.nodes[0] = behaviour;
    let completion = world.run(CallSpec::write(replay));
    (world.last_path().len(), answered(&completion), failure(&completion), world.state(0))
}

/// Every node was blamed for it, one after the other.
#[test]
fn what_the_browser_refuses_to_send_fails_the_call_and_blames_nobody() {
    for spec in [CallSpec::READ, CallSpec::write(Replay::Once), CallSpec::write(Replay::Keyed)] {
        let mut world = World::healthy(3);
        world.nodes[0] = Behaviour::Hangs;
        let call = world.submit(spec);
        let attempt = world.open_attempts()[0];
        world.end(attempt, Reply::Unsendable(Unsendable::Header));
        assert_eq!(failure(&world.done[&call]), Some(CallFailure::Unsendable(Unsendable::Header)));
        assert_eq!((world.path(call).len(), world.snapshot().healthy()), (1, 3));
        assert_eq!(world.snapshot().nodes[0].failures, 0);
    }
}

#[test]
fn a_check_that_cannot_be_sent_says_nothing_of_its_node() {
    let mut world = World::healthy(1);
    world.nodes[0] = Behaviour::Unsendable;
    (0..5).for_each(|_| world.round());
    assert_eq!((world.state(0), world.snapshot().nodes[0].failures), (NodeState::Healthy, 0));
}

#[test]
fn a_refused_connection_moves_what_may_be_repeated() {
    assert_eq!(attempts_with(Replay::Repeatable, Behaviour::Refuses).0, 2);
    assert_eq!(attempts_with(Replay::Keyed, Behaviour::Refuses).0, 2);
    let (attempts, _, failure, _) = attempts_with(Replay::Once, Behaviour::Refuses);
    assert_eq!(attempts, 1);
    assert!(matches!(failure, Some(CallFailure::OutcomeUnknown { .. })));
}

#[test]
fn a_bad_gateway_is_a_failure_of_the_node() {
    for code in [502, 504, 520] {
        let (attempts, ok, _, state) = attempts_with(Replay::Keyed, status(code));
        assert_eq!((attempts, ok, state), (2, true, NodeState::Suspect), "{code}");
    }
}

#[test]
fn a_500_is_tried_once_elsewhere_and_then_reported() {
    let mut world = World::healthy(3);
    (0..3).for_each(|node| world.nodes[node] = status(500));
    let completion = world.run(CallSpec::READ);
    assert!(answered(&completion), "the answer of 500 is what the caller gets");
    assert_eq!(world.last_path().len(), 2);
    assert_eq!(attempts_with(Replay::Once, status(500)).0, 1);
}

#[test]
fn a_draining_node_is_left_alone_and_not_blamed() {
    let mut world = World::healthy(3);
    let answer =
        Answer { status: 503, retry_after: Some(RetryAfter::standard(Duration::from_secs(3))), ..Answer::default() };
    world.nodes[0] = replies(answer);
    assert!(answered(&world.run(CallSpec::write(Replay::Once))), "with Retry-After nothing was applied");
    assert_eq!(world.state(0), NodeState::Healthy);
    world.run(CallSpec::READ);
    assert_ne!(world.last_path(), [0], "it asked for three seconds");
    world.revive(0);
    world.advance(4_000);
    world.run(CallSpec::READ);
    assert_eq!(world.last_path(), [0]);
}

#[test]
fn a_503_without_retry_after_leaves_a_bare_write_unknown() {
    let (attempts, _, failure, _) = attempts_with(Replay::Once, status(503));
    assert_eq!(attempts, 1);
    assert!(matches!(failure, Some(CallFailure::OutcomeUnknown { .. })));
}

/// A `Retry-After` that no standard knows may come from a proxy that had passed the write on already.
#[test]
fn a_retry_after_that_is_a_fraction_holds_its_node_and_proves_nothing() {
    let asked = RetryAfter::lenient(Duration::from_secs(3));
    let replies = replies(Answer { status: 503, retry_after: Some(asked), ..Answer::default() });
    let mut world = World::healthy(3);
    world.nodes[0] = replies;
    let write = world.run(CallSpec::write(Replay::Once));
    assert!(matches!(failure(&write), Some(CallFailure::OutcomeUnknown { .. })), "{write:?}");
    assert_eq!(world.last_path(), [0], "it is not sent a second time");
    world.revive(0);
    world.advance(2_900);
    world.run(CallSpec::READ);
    assert_ne!(world.last_path(), [0], "it asked for three seconds");
    world.advance(400);
    world.run(CallSpec::READ);
    assert_eq!(world.last_path(), [0]);
}

#[test]
fn a_node_that_asks_for_patience_without_saying_for_how_long_is_left_alone_for_about_two_seconds() {
    for code in [429, 503] {
        for seed in 0..10 {
            let mut world = World::with(3, seed, Policy::default());
            world.advance(100);
            world.nodes[0] = status(code);
            assert!(answered(&world.run(CallSpec::READ)));
            let held_until = world.snapshot().nodes[0].throttled_until.expect("it is held");
            let held = held_until.since(world.now) + Duration::from_millis(20);
            assert!((1_600..=2_420).contains(&held.as_millis()), "{code}, seed {seed}: {held:?}");
        }
    }
}

#[test]
fn a_throttled_read_goes_elsewhere() {
    let mut world = World::healthy(3);
    world.nodes[0] = replies(Answer {
        status: 429,
        retry_after: Some(RetryAfter::standard(Duration::from_secs(30))),
        ..Answer::default()
    });
    assert!(answered(&world.run(CallSpec::READ)));
    assert_eq!(world.state(0), NodeState::Healthy);
    world.run(CallSpec::READ);
    assert_ne!(world.last_path(), [0]);
}

#[test]
fn when_every_node_asks_for_patience_the_call_waits_for_the_first_of_them() {
    let mut world = World::healthy(2);
    for node in 0..2 {
        world.nodes[node] = replies(Answer {
            status: 429,
            retry_after: Some(RetryAfter::standard(Duration::from_secs(2))),
            ..Answer::default()
        });
    }
    let call = world.submit(CallSpec::READ);
    world.advance(500);
    assert!(!world.done.contains_key(&call));
    (0..2).for_each(|node| world.revive(node));
    world.advance(3_000);
    assert!(answered(&world.done[&call]));
}

#[test]
fn a_4xx_is_the_callers_business() {
    for code in [400, 401, 403, 404, 409, 422] {
        for replay in [Replay::Repeatable, Replay::Keyed, Replay::Once] {
            let (attempts, ok, _, state) = attempts_with(replay, status(code));
            assert_eq!((attempts, ok, state), (1, true, NodeState::Healthy), "{code} {replay:?}");
        }
    }
}

#[test]
fn a_key_in_progress_is_asked_for_again_with_the_same_key_at_the_same_node() {
    let mut world = World::healthy(3);
    world.nodes[0] = replies(Answer { status: 409, key_in_progress: true, ..Answer::default() });
    let call = world.submit(CallSpec::write(Replay::Keyed));
    world.advance(1_000);
    world.revive(0);
    world.advance(2_000);
    assert!(answered(&world.done[&call]));
    let path = world.path(call);
    assert!(path.len() > 2 && path.iter().all(|node| *node == 0), "{path:?}");
}

#[test]
fn a_body_that_does_not_parse_is_tried_once_elsewhere_for_a_read_and_reported_for_a_write() {
    let malformed = || replies(Answer { status: 200, malformed: true, ..Answer::default() });
    let mut world = World::healthy(3);
    world.nodes[0] = malformed();
    assert!(answered(&world.run(CallSpec::READ)));
    assert_eq!(world.last_path().len(), 2);
    assert_eq!(attempts_with(Replay::Keyed, malformed()).0, 1);
}

#[test]
fn a_node_behind_the_read_index_is_passed_over_and_not_blamed() {
    let mut world = World::healthy(3);
    world.nodes[0] = status(425);
    assert!(answered(&world.run(CallSpec::READ)));
    assert_eq!(world.state(0), NodeState::Healthy);
    assert!(world.events("attempt-failed").is_empty());
}

#[test]
fn when_every_node_is_behind_the_last_attempt_asks_without_the_index() {
    let mut world = World::healthy(3);
    (0..3).for_each(|node| world.nodes[node] = status(425));
    let call = world.submit(CallSpec::READ);
    world.advance(25);
    let relaxed: Vec<bool> =
        world.seen.iter().filter(|seen| seen.call == call).map(|seen| seen.ignore_read_index).collect();
    assert_eq!(relaxed[..4], [false, false, false, true]);
}

#[test]
fn a_named_leader_is_asked_at_once_and_at_most_twice() {
    let mut world = World::healthy(4);
    let hint = |to: usize| Answer {
        status: 503,
        not_leader: true,
        leader_url: Some(format!("http://node-{to}").into()),
        ..Answer::default()
    };
    world.nodes[0] = replies(hint(3));
    assert!(answered(&world.run(CallSpec::write(Replay::Once))));
    assert_eq!(world.last_path(), [0, 3]);

    // Two nodes that name each other are not a loop.
    world.nodes[3] = replies(hint(0));
    let completion = world.run(CallSpec::write(Replay::Keyed));
    assert!(answered(&completion));
    assert!(world.last_path().len() <= 5, "{:?}", world.last_path());
}

#[test]
fn a_hint_outside_the_list_is_not_followed() {
    let mut world = World::healthy(2);
    let elsewhere = Some("http://elsewhere".into());
    world.nodes[0] = replies(Answer { status: 503, not_leader: true, leader_url: elsewhere, ..Answer::default() });
    assert!(answered(&world.run(CallSpec::write(Replay::Keyed))));
    assert_eq!(world.last_path(), [0, 1]);
}

#[test]
fn a_write_waits_through_an_election() {
    let mut world = World::healthy(3);
    let election = Answer { status: 503, not_leader: true, ..Answer::default() };
    (0..3).for_each(|node| world.nodes[node] = replies(election.clone()));
    let call = world.submit(CallSpec::write(Replay::Once));
    world.advance(1_500);
    assert!(!world.done.contains_key(&call));
    world.revive(1);
    world.advance(2_000);
    assert!(answered(&world.done[&call]));
}

#[test]
fn writes_go_to_the_known_leader_and_reads_go_home() {
    let mut world = World::healthy(3);
    for node in 0..3 {
        let role = if node == 2 { Role::Leader } else { Role::Follower };
        world.reports[node] = Some(report(node as u64 + 10, role, 4, 12));
    }
    world.round();
    assert_eq!(world.snapshot().leader, Some(2));
    world.run(CallSpec::write(Replay::Keyed));
    assert_eq!(world.last_path(), [2]);
    world.run(CallSpec::READ);
    assert_eq!(world.last_path(), [0]);
}

#[test]
fn a_node_without_quorum_gets_no_writes() {
    let mut world = World::healthy(3);
    let mut lonely = report(10, Role::Candidate, 4, 99);
    lonely.quorum = Some(false);
    world.reports[0] = Some(lonely);
    world.round();
    world.run(CallSpec::write(Replay::Keyed));
    assert_ne!(world.last_path(), [0]);
    world.run(CallSpec::READ);
    assert_eq!(world.last_path(), [0], "reads are served by every node");
}

#[test]
fn a_write_that_runs_out_of_time_is_of_unknown_outcome_even_with_a_key() {
    let mut world = World::healthy(3);
    (0..3).for_each(|node| world.nodes[node] = Behaviour::Hangs);
    let completion = world.run(CallSpec::write(Replay::Keyed));
    assert!(matches!(completion.result, CallResult::Failed(CallFailure::OutcomeUnknown { .. })));
    assert!(completion.waited <= Duration::from_secs(15));
}

#[test]
fn with_no_node_at_all_a_call_says_so_at_once() {
    let mut world = World::new(0);
    let completion = world.run(CallSpec::READ);
    assert_eq!(failure(&completion), Some(CallFailure::NoNodes));
    assert_eq!(completion.waited, Duration::ZERO);
}
