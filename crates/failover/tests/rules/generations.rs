//! Stale generation: a failure says something of a node only while nothing younger has said that the node is well.
//!
//! The inputs are those of public suites for server discovery ("stale generation"), in this project's words.

use failover::{Answer, AttemptId, CallSpec, NodeState, Reply};

use crate::world::{Behaviour, World, answered};

/// A read that waits at node 0 for as long as the test wants. Declared slow, so that its silence says nothing.
fn straggler(world: &mut World) -> AttemptId {
    let before = std::mem::replace(&mut world.nodes[0], Behaviour::Hangs);
    world.later(CallSpec { slow: true, ..CallSpec::READ });
    world.nodes[0] = before;
    *world.open_attempts().last().expect("it was sent")
}

fn failures_of(world: &World, node: usize) -> u64 {
    world.snapshot().nodes[node].failures
}

/// The kinds of failure that a straggler may end with.
fn kinds() -> Vec<Reply> {
    let status = |status: u16| Reply::Answer(Answer { status, ..Answer::default() });
    vec![Reply::NetworkError, Reply::Truncated, status(502), status(500)]
}

/// The first of two reads broke and made a suspect, a check cleared it; the second one, begun before, broke later. The
/// next check then failed the node, although it answered everything that it was asked.
#[test]
fn a_straggler_from_before_a_suspicion_was_cleared_changes_nothing_about_its_node() {
    for delay in [150, 200, 250, 300] {
        for kind in kinds() {
            let mut world = World::healthy(3);
            let (first, second) = (straggler(&mut world), straggler(&mut world));
            world.advance(5);
            world.end(first, Reply::NetworkError);
            assert_eq!(world.state(0), NodeState::Suspect);
            world.advance(300);
            assert_eq!(world.state(0), NodeState::Healthy, "a check cleared it");
            let failures = failures_of(&world, 0);
            world.advance(delay);
            world.end(second, kind.clone());
            assert_eq!(world.state(0), NodeState::Healthy, "{kind:?} after {delay} ms");
            assert_eq!(failures_of(&world, 0), failures, "nothing but latency figures changes");
            world.round();
            world.advance(2_000);
            assert_eq!(world.state(0), NodeState::Healthy, "{kind:?} after {delay} ms");
        }
    }
}

/// The two reads of the case above, but what clears the suspicion is a request that began later.
#[test]
fn a_request_that_began_later_clears_a_suspicion_as_a_check_does() {
    let mut world = World::healthy(1);
    let (first, second) = (straggler(&mut world), straggler(&mut world));
    world.advance(5);
    world.end(first, Reply::NetworkError);
    assert_eq!(world.state(0), NodeState::Suspect);
    let third = straggler(&mut world);
    world.end(third, Reply::Answer(Answer { status: 200, ..Answer::default() }));
    assert_eq!(world.state(0), NodeState::Healthy);
    world.end(second, Reply::NetworkError);
    assert_eq!(world.state(0), NodeState::Healthy);
}

#[test]
fn what_began_after_the_evidence_that_cleared_a_suspicion_counts() {
    let mut world = World::healthy(3);
    let first = straggler(&mut world);
    world.advance(5);
    world.end(first, Reply::NetworkError);
    world.advance(300);
    assert_eq!(world.state(0), NodeState::Healthy, "a check cleared it");
    let younger = straggler(&mut world);
    world.advance(5);
    world.end(younger, Reply::NetworkError);
    assert_eq!(world.state(0), NodeState::Suspect);
}

/// A success proves nothing about what was sent after its own request.
#[test]
fn a_request_that_began_earlier_and_succeeds_late_does_not_excuse_a_younger_failure() {
    let mut world = World::healthy(1);
    let (oldest, first) = (straggler(&mut world), straggler(&mut world));
    world.advance(5);
    let younger = straggler(&mut world);
    world.end(first, Reply::NetworkError);
    assert_eq!(world.state(0), NodeState::Suspect);
    world.end(oldest, Reply::Answer(Answer { status: 200, ..Answer::default() }));
    assert_eq!(world.state(0), NodeState::Healthy);
    world.end(younger, Reply::NetworkError);
    assert_eq!(world.state(0), NodeState::Suspect);
}

/// Not "before its last success": those calls all began before it.
#[test]
fn fifty_calls_caught_on_a_dying_node_still_count() {
    let mut world = World::healthy(3);
    assert!(answered(&world.run(CallSpec::READ)), "its last success");
    let caught: Vec<AttemptId> = (0..50).map(|_| straggler(&mut world)).collect();
    let last = straggler(&mut world);
    world.end(last, Reply::Answer(Answer { status: 200, ..Answer::default() }));
    world.kill(0);
    for attempt in caught {
        world.end(attempt, Reply::NetworkError);
    }
    world.advance(2_000);
    assert_eq!(world.state(0), NodeState::Failed);
}

/// With no usable node left, calls go to suspects while these are being checked. A check that was under way when a younger
/// request was answered made its node a suspect again. Found by the search through every interleaving (`tests/model`).
#[test]
fn a_check_that_began_before_a_younger_request_cleared_its_node_and_fails_later_changes_nothing() {
    let mut world = World::healthy(1);
    let first = straggler(&mut world);
    world.advance(5);
    world.nodes[0] = Behaviour::Hangs;
    world.end(first, Reply::NetworkError);
    world.advance(300);
    assert_eq!((world.state(0), world.probes_of(0)), (NodeState::Suspect, 2), "a check is under way");
    let younger = straggler(&mut world);
    world.end(younger, Reply::Answer(Answer { status: 200, ..Answer::default() }));
    assert_eq!(world.state(0), NodeState::Healthy);
    let failures = failures_of(&world, 0);
    world.advance(1_500);
    assert_eq!(world.state(0), NodeState::Healthy, "the check took too long, and that is old news");
    assert_eq!(failures_of(&world, 0), failures);
}
