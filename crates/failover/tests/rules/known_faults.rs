//! The faults of the frontend that this one replaces, each by its number in the design note: what broke, and that it
//! does not any more.

use failover::{CallFailure, CallSpec, ClusterMode, Duration, Event, JournalEvent, NodeState, Policy, Replay};

use crate::world::{Behaviour, World, answered, failure, status};

/// Fault 1: the *current* node was blamed for a late failure, so that two of three nodes ended up marked failed.
#[test]
fn a_late_failure_blames_the_node_that_was_asked_and_no_other() {
    let mut world = World::healthy(3);
    let calls: Vec<_> = (0..50).map(|_| world.submit(CallSpec::READ)).collect();
    world.kill(0);
    world.advance(2_000);
    for call in calls {
        assert!(answered(&world.done[&call]), "{:?}", world.path(call));
    }
    assert_eq!(world.state(0), NodeState::Failed);
    assert_eq!((world.state(1), world.state(2)), (NodeState::Healthy, NodeState::Healthy));
}

/// Fault 1, with an attempt that outlives its node's epoch.
#[test]
fn an_attempt_of_an_older_epoch_changes_nothing_about_its_node() {
    let mut world = World::healthy(3);
    world.nodes[0] = Behaviour::Hangs;
    let slow = CallSpec { slow: true, ..CallSpec::READ };
    let late = world.submit(slow);
    world.command(|core, now| core.mark_node_as_failed(0, now)).expect("node 0 exists");
    world.revive(0);
    world.advance(4_000);
    assert_eq!(world.state(0), NodeState::Recovering, "it came back while the old attempt was still out");
    // The attempt from before times out now.
    world.advance(1_500);
    assert!(answered(&world.done[&late]));
    assert_eq!(world.state(0), NodeState::Recovering);
}

/// Fault 2: the timer was cleared when headers arrived, so that a stalled body hung for ever. For the core a stalled
/// body is an attempt that has not ended; that the timer covers the body is shown in the browser.
#[test]
fn an_attempt_ends_with_its_timeout_whatever_it_waits_for() {
    let mut world = World::healthy(1);
    world.nodes[0] = Behaviour::Hangs;
    let completion = world.run(CallSpec::READ);
    assert_eq!(failure(&completion), Some(CallFailure::TimedOut));
    assert!(completion.waited <= Duration::from_secs(10), "{:?}", completion.waited);
}

/// Fault 3: health checks ran inside a user's request and delayed it by seconds.
#[test]
fn a_request_is_sent_in_the_moment_it_is_submitted_even_when_checks_are_due() {
    let mut world = World::healthy(3);
    world.nodes[1] = Behaviour::Hangs;
    world.nodes[2] = Behaviour::Hangs;
    world.advance(60_000);
    let submitted = world.now;
    let completion = world.run(CallSpec::READ);
    assert_eq!(world.seen.last().map(|seen| seen.at), Some(submitted));
    assert_eq!(completion.waited, Duration::from_millis(20), "exactly the node's own latency");
}

/// Fault 4: every straggler counted as a failure of its own.
#[test]
fn a_thousand_failures_at_once_are_one_episode_and_one_probe() {
    let mut world = World::healthy(3);
    for _ in 0..1_000 {
        world.submit(CallSpec::READ);
    }
    let probes_before = world.probes_of(0);
    world.kill(0);
    world.advance(400);
    let suspected = |event: &&JournalEvent| matches!(event, JournalEvent::NodeChanged { to: NodeState::Suspect, .. });
    let failed = |event: &&JournalEvent| matches!(event, JournalEvent::NodeChanged { to: NodeState::Failed, .. });
    // The journal is a ring: count what the state machine did, not what a thousand attempts reported.
    assert!(world.events("node-changed").iter().filter(suspected).count() <= 1);
    assert!(world.events("node-changed").iter().filter(failed).count() <= 1);
    assert_eq!(world.probes_of(0), probes_before + 1);
    assert_eq!(world.done.len(), 1_000);
    assert!(world.done.values().all(answered));
}

/// Fault 5: it never returned to the preferred node.
#[test]
fn requests_return_to_the_primary_once_it_has_recovered() {
    let mut world = World::healthy(3);
    world.kill(0);
    world.run(CallSpec::READ);
    assert_ne!(world.current(), 0);
    world.advance(10_000);
    world.revive(0);
    world.advance(60_000);
    assert_eq!(world.state(0), NodeState::Healthy);
    assert_eq!(world.current(), 0);
    world.run(CallSpec::READ);
    assert_eq!(world.last_path(), [0]);
}

/// Fault 5: a manual switch was lost on the first error.
#[test]
fn the_operators_choice_outlives_an_error_of_the_chosen_node() {
    let mut world = World::healthy(3);
    world.command(|core, now| core.switch_to_node(2, now)).expect("node 2 exists");
    assert_eq!(world.current(), 2);
    world.kill(2);
    assert!(answered(&world.run(CallSpec::READ)), "requests still fail over");
    assert_ne!(world.current(), 2);
    assert_eq!(world.snapshot().preferred, Some(2));
    world.revive(2);
    world.advance(60_000);
    assert_eq!(world.current(), 2);
}

/// Fault 6: a POST was sent again after a timeout: one click, three reservations.
#[test]
fn a_write_without_a_key_is_sent_once_and_its_outcome_is_said_to_be_unknown() {
    let mut world = World::healthy(3);
    world.nodes[0] = Behaviour::Hangs;
    let completion = world.run(CallSpec::write(Replay::Once));
    assert_eq!(world.last_path(), [0]);
    assert!(matches!(failure(&completion), Some(CallFailure::OutcomeUnknown { .. })));

    world.kill(0);
    world.advance(30_000);
    world.kill(world.current());
    let completion = world.run(CallSpec::write(Replay::Once));
    assert_eq!(world.last_path().len(), 1);
    assert!(matches!(failure(&completion), Some(CallFailure::OutcomeUnknown { .. })));
}

/// Fault 6, the other side: with a key the write goes on.
#[test]
fn a_write_with_a_key_goes_on_to_the_next_node() {
    let mut world = World::healthy(3);
    world.kill(0);
    let completion = world.run(CallSpec::write(Replay::Keyed));
    assert!(answered(&completion));
    assert_eq!(world.last_path().len(), 2);
}

/// Fault 7: a good follower was marked failed because it said that it was not the leader.
#[test]
fn not_the_leader_is_a_hop_and_no_failure() {
    use failover::Answer;
    for replay in [Replay::Keyed, Replay::Once, Replay::Repeatable] {
        let mut world = World::healthy(3);
        let not_leader = Answer { status: 500, not_leader: true, ..Answer::default() };
        world.nodes[0] = Behaviour::Replies { after_ms: 5, answer: not_leader };
        let completion = world.run(CallSpec::write(replay));
        assert!(answered(&completion), "{replay:?}");
        assert_eq!(world.state(0), NodeState::Healthy);
        assert!(world.events("attempt-failed").is_empty());
        assert_eq!(world.events("leader-hop").len(), 1);
    }
}

/// Fault 8: the monitor probed by itself and disagreed with the failover.
#[test]
fn a_monitor_round_feeds_the_state_that_requests_are_routed_by() {
    let mut world = World::healthy(3);
    world.kill(0);
    world.command(|core, now| core.ask_for_round(now));
    world.advance(400);
    assert_eq!(world.state(0), NodeState::Failed);
    world.run(CallSpec::READ);
    assert_ne!(world.last_path(), [0], "no request had to find out by itself");
}

/// Fault 9: all clients moved to the same next node.
#[test]
fn clients_of_a_dead_node_spread_over_the_rest() {
    let mut moved_to = [0_u32; 5];
    for seed in 0..2_000 {
        let mut world = World::with(5, seed, Policy::default());
        world.advance(100);
        world.kill(0);
        world.run(CallSpec::READ);
        moved_to[world.current()] += 1;
    }
    assert_eq!(moved_to[0], 0);
    assert!(moved_to[1..].iter().all(|clients| (400..600).contains(clients)), "{moved_to:?}");
}

/// Fault 10: a caller's cancellation counted as a failure of the node.
#[test]
fn a_cancelled_call_blames_nobody_and_sends_nothing_more() {
    let mut world = World::healthy(3);
    world.nodes[0] = Behaviour::Hangs;
    let call = world.submit(CallSpec::READ);
    world.advance(50);
    world.tell(Event::Cancel { call });
    assert_eq!(world.aborted.len(), 1, "cancelled at once");
    world.nodes[0] = Behaviour::Answers { after_ms: 20 };
    world.advance(20_000);
    assert_eq!(world.path(call), [0]);
    assert_eq!(world.state(0), NodeState::Healthy);
    assert!(world.events("attempt-failed").is_empty());
    assert_eq!(world.core.under_way(), (0, 0));
}

/// Fault 11: when everything was down every request tried every node.
#[test]
fn in_an_outage_a_request_costs_one_attempt() {
    let mut world = World::healthy(3);
    (0..3).for_each(|node| world.kill(node));
    world.run(CallSpec::READ);
    world.advance(2_000);
    assert!(matches!(world.snapshot().mode, ClusterMode::Outage { .. }));
    let before = world.seen.len();
    for _ in 0..20 {
        let completion = world.run(CallSpec::READ);
        assert_eq!(failure(&completion), Some(CallFailure::Unreachable));
    }
    assert_eq!(world.seen.len() - before, 20);
}

/// Fault 12: a laptop that slept woke to "all nodes failed".
#[test]
fn after_eight_hours_of_sleep_no_node_is_blamed() {
    let mut world = World::healthy(3);
    let call = world.submit(CallSpec::READ);
    world.hang(0);
    world.advance(100);
    world.sleep(8 * 3_600_000);
    for node in 0..3 {
        world.revive(node);
        assert!(!matches!(world.state(node), NodeState::Failed | NodeState::Suspect), "node {node}");
    }
    world.advance(2_000);
    assert_eq!(world.snapshot().healthy(), 3);
    assert_eq!(world.events("clock-jumped").len(), 1);
    assert!(world.done.contains_key(&call), "whoever waited gets the answer");
}

/// A node whose health page answers while its work fails: the existing frontend trusted the page for ever.
#[test]
fn a_node_that_is_well_only_on_its_health_page_is_failed() {
    let mut world = World::healthy(3);
    world.nodes[0] = Behaviour::OnlyHealthAnswers;
    for _ in 0..20 {
        assert!(answered(&world.run(CallSpec::READ)));
        world.advance(300);
    }
    assert!(!matches!(world.state(0), NodeState::Healthy));
    let asked_before = world.seen.iter().filter(|seen| seen.node == 0).count();
    assert!(asked_before < 10, "{asked_before} of 20 requests went there first");
}

#[test]
fn a_status_of_500_once_is_not_held_against_a_node() {
    let mut world = World::healthy(3);
    world.nodes[0] = status(500);
    assert!(answered(&world.run(CallSpec::READ)), "one retry elsewhere");
    assert_eq!(world.state(0), NodeState::Healthy);
    world.run(CallSpec::READ);
    world.run(CallSpec::READ);
    assert_ne!(world.state(0), NodeState::Healthy, "three in a row are");
}
