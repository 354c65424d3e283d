//! Second attempts: hedges, losers, the slow rule, and what all of it costs.

use failover::{CallSpec, Duration, JournalEvent, NodeState, Policy, Replay, Why};

use crate::world::{Behaviour, World, answered};

/// A world in which every node was asked often enough for its 95th percentile to count.
fn measured(count: usize) -> World {
    let mut world = World::healthy(count);
    for node in (0..count).rev() {
        world.command(|core, now| core.switch_to_node(node, now)).expect("the node exists");
        (0..20).for_each(|_| assert!(answered(&world.run(CallSpec::READ))));
    }
    world.command(|core, now| core.clear_preference(now));
    world
}

#[test]
fn a_read_on_a_silent_node_is_answered_by_another_after_a_hedge() {
    let mut world = measured(3);
    world.hang(0);
    let completion = world.run(CallSpec::READ);
    assert!(answered(&completion));
    assert_eq!(completion.waited, Duration::from_millis(70), "50 ms until the hedge, 20 ms for its answer");
    let why: Vec<Why> = completion.trace.iter().map(|step| step.why).collect();
    assert_eq!(why, [Why::First, Why::Hedged]);
    assert_eq!(world.snapshot().counters.hedges_won, 1);
}

#[test]
fn until_sixteen_answers_were_measured_a_hedge_waits_for_300_ms() {
    let mut world = World::healthy(3);
    world.hang(0);
    assert_eq!(world.run(CallSpec::READ).waited, Duration::from_millis(320));
}

#[test]
fn the_first_answer_wins_and_the_loser_is_listened_to_for_two_seconds() {
    let mut world = measured(3);
    world.nodes[0] = Behaviour::Answers { after_ms: 350 };
    let call = world.submit(CallSpec::READ);
    world.advance(80);
    assert!(answered(&world.done[&call]));
    assert!(world.aborted.is_empty(), "it may still say something about its node");
    let before = world.snapshot().nodes[0].successes;
    world.advance(300);
    assert!(world.snapshot().nodes[0].successes > before, "it did");
    assert!(world.aborted.is_empty());

    let mut world = measured(3);
    world.hang(0);
    let call = world.submit(CallSpec::READ);
    world.advance(80);
    assert!(answered(&world.done[&call]) && world.aborted.is_empty());
    world.advance(2_100);
    assert!(world.core.under_way() == (0, 0), "cancelled after two seconds");
}

#[test]
fn a_loser_that_never_answers_still_makes_its_node_a_suspect() {
    let mut world = measured(3);
    world.hang(0);
    let call = world.submit(CallSpec::READ);
    world.advance(390);
    assert!(answered(&world.done[&call]));
    assert_eq!(world.state(0), NodeState::Healthy);
    world.advance(20);
    assert_eq!(world.state(0), NodeState::Suspect, "silent for 400 ms");
}

#[test]
fn while_a_node_keeps_somebody_waiting_new_calls_go_elsewhere_without_a_verdict() {
    let mut world = measured(3);
    world.hang(0);
    world.submit(CallSpec::READ);
    world.advance(60);
    assert_eq!(world.state(0), NodeState::Healthy);
    let completion = world.run(CallSpec::READ);
    assert_ne!(world.last_path(), [0]);
    assert_eq!(completion.waited, Duration::from_millis(20));
    assert_eq!(world.current(), 0, "nothing is decided yet");
}

#[test]
fn hedges_end_with_their_tokens_and_calls_go_on_without_them() {
    let mut world = measured(3);
    (0..3).for_each(|node| world.nodes[node] = Behaviour::Answers { after_ms: 200 });
    (0..10).for_each(|_| world.later(CallSpec::READ));
    world.advance(250);
    let counters = world.snapshot().counters;
    assert_eq!((counters.hedges, counters.hedges_refused), (3, 7));
    assert!(world.done.values().all(answered));
    assert_eq!(world.snapshot().counters.budget_refused, 0);
}

#[test]
fn writes_slow_calls_and_background_work_are_never_hedged() {
    for spec in [
        CallSpec::write(Replay::Keyed),
        CallSpec { slow: true, ..CallSpec::READ },
        CallSpec { background: true, ..CallSpec::READ },
    ] {
        let mut world = measured(3);
        world.nodes[0] = Behaviour::Answers { after_ms: 380 };
        assert!(answered(&world.run(spec)));
        assert_eq!(world.last_path(), [0], "{spec:?}");
    }
}

#[test]
fn a_read_that_was_hedged_is_rescued_too_when_both_nodes_hang() {
    let mut world = measured(3);
    world.hang(0);
    let call = world.submit(CallSpec::READ);
    world.advance(51);
    let hedged_to = world.path(call)[1];
    world.hang(hedged_to);
    world.advance(600);
    assert!(world.done.get(&call).is_some_and(answered), "{:?}", world.path(call));
}

#[test]
fn fifty_calls_caught_on_one_dying_node_all_move() {
    let mut world = World::healthy(3);
    let calls: Vec<_> = (0..50).map(|_| world.submit(CallSpec::READ)).collect();
    world.kill(0);
    world.advance(100);
    assert!(calls.iter().all(|call| answered(&world.done[call])));
    assert_eq!(world.snapshot().counters.budget_refused, 0);
    assert_eq!(world.core.tokens().0, 5, "their first move was free");
}

#[test]
fn a_second_move_costs_a_token_and_successes_earn_it_back() {
    let mut world = measured(4);
    world.kill(0);
    let call = world.submit(CallSpec::READ);
    // Whichever node it moves to refuses as well.
    (1..4).for_each(|node| world.nodes[node] = Behaviour::Refuses);
    world.advance(2);
    assert!(world.core.tokens().0 < 5);
    (1..4).for_each(|node| world.revive(node));
    world.advance(5_000);
    assert!(world.done.contains_key(&call));
    for _ in 0..60 {
        assert!(answered(&world.run(CallSpec::READ)));
    }
    assert_eq!(world.core.tokens().0, 5);
}

#[test]
fn without_tokens_calls_wait_for_the_success_of_others_and_nothing_storms() {
    let policy = Policy { retry_tokens: 0, ..Policy::default() };
    let mut world = World::with(3, 7, policy);
    world.advance(100);
    (0..2).for_each(|node| world.nodes[node] = Behaviour::OnlyHealthAnswers);
    let calls: Vec<_> = (0..40).map(|_| world.submit(CallSpec::READ)).collect();
    world.advance(12_000);
    let attempts = world.snapshot().counters.attempts;
    // Each was sent, moved once for free when it could, and once more at the end of its time.
    assert!(attempts <= 3 * 40, "{attempts} attempts for 40 calls");
    assert!(calls.iter().all(|call| world.done.contains_key(call)));
}

#[test]
fn a_move_that_was_refused_is_in_the_journal_once() {
    let policy = Policy { retry_tokens: 0, ..Policy::default() };
    let mut world = World::with(3, 7, policy);
    world.advance(100);
    (0..3).for_each(|node| world.nodes[node] = Behaviour::OnlyHealthAnswers);
    let call = world.submit(CallSpec::READ);
    world.advance(10_000);
    let refused = |event: &JournalEvent| matches!(event, JournalEvent::BudgetRefused { call: of } if *of == call);
    assert!(world.events("budget-refused").iter().filter(|event| refused(event)).count() <= 1);
}

#[test]
fn however_slow_a_node_was_a_read_waits_a_second_at_most_until_it_is_suspected() {
    let mut world = World::healthy(2);
    (0..2).for_each(|node| world.nodes[node] = Behaviour::Answers { after_ms: 600 });
    (0..30).for_each(|_| drop(world.run(CallSpec::READ)));
    world.hang(0);
    world.hang(1);
    world.submit(CallSpec::READ);
    world.advance(1_010);
    assert_ne!(world.state(0), NodeState::Healthy);
}

#[test]
fn a_rescue_that_could_not_be_paid_for_is_made_once_another_node_is_known_to_serve() {
    let policy = Policy { retry_tokens: 0, hedge_tokens: 0, ..Policy::default() };
    let mut world = World::with(3, 7, policy);
    world.advance(100);
    for node in [1, 2] {
        world.command(|core, now| core.switch_to_node(node, now)).expect("the node exists");
        world.kill(node);
        assert!(answered(&world.run(CallSpec::READ)));
        world.revive(node);
        world.advance(400);
    }
    world.command(|core, now| core.clear_preference(now));
    world.hang(0);
    let call = world.submit(CallSpec::READ);
    world.advance(810);
    assert_eq!((world.state(0), world.path(call)), (NodeState::Suspect, vec![0]), "nothing to pay with");
    assert!(answered(&world.run(CallSpec::READ)));
    world.advance(1_300);
    assert!(world.done.get(&call).is_some_and(answered), "{:?}", world.path(call));
}
