//! Health checks, silence and rescue, recovery.

use failover::{Answer, CallSpec, ClusterMode, Duration, Event, JournalEvent, NodeState, Policy, Replay, RetryAfter};

use crate::world::{Behaviour, World, answered, status};

#[test]
fn every_node_is_checked_at_the_start_and_again_within_thirty_seconds() {
    let mut world = World::healthy(3);
    let first = world.probes.len();
    assert_eq!(first, 3);
    world.advance(23_000);
    assert_eq!(world.probes.len(), 3, "not before 80 % of the interval");
    world.advance(7_100);
    assert_eq!(world.probes.len(), 6);
}

#[test]
fn a_large_cluster_is_not_checked_in_one_burst() {
    let mut world = World::with(200, 3, Policy::default());
    world.advance(100);
    assert!(world.probes.len() < 40, "{} probes in the first 100 ms", world.probes.len());
    world.advance(2_000);
    assert_eq!(world.snapshot().healthy(), 200);
}

#[test]
fn a_thousand_healthy_nodes_give_no_false_failure() {
    let mut world = World::with(1_000, 3, Policy::default());
    world.nodes.fill(Behaviour::Answers { after_ms: 300 });
    world.command(|core, now| core.ask_for_round(now));
    world.advance(10_000);
    assert_eq!(world.snapshot().healthy(), 1_000);
}

#[test]
fn a_round_over_a_large_cluster_begins_in_lots_that_leave_the_page_time_between() {
    let policy = Policy::default();
    let mut world = World::with(100, 3, policy.clone());
    world.advance(3_000);
    let before = world.probes.len();
    world.command(|core, now| core.ask_for_round(now));
    let mut begun = vec![world.probes.len() - before];
    while begun.iter().sum::<usize>() < 100 && begun.len() < 100 {
        let known = world.probes.len();
        world.advance(1);
        begun.push(world.probes.len() - known);
    }
    assert_eq!(begun.iter().sum::<usize>(), 100, "each node is checked once: {begun:?}");
    assert!(begun.iter().all(|lot| *lot <= policy.probes_at_once), "{begun:?}");
    assert_eq!(begun.len() - 1, 3 * policy.probe_pause.as_millis() as usize, "and soon: {begun:?}");
}

#[test]
fn one_lost_packet_makes_a_suspect_and_no_more() {
    let mut world = World::healthy(3);
    world.nodes[0] = Behaviour::Refuses;
    let call = world.submit(CallSpec::READ);
    world.advance(2);
    assert_eq!(world.state(0), NodeState::Suspect);
    world.revive(0);
    world.advance(400);
    assert!(answered(&world.done[&call]));
    assert_eq!(world.state(0), NodeState::Healthy);
    assert_eq!(world.current(), 0);
}

#[test]
fn a_failed_node_returns_through_probing_and_recovering() {
    let mut world = World::healthy(3);
    world.kill(0);
    world.run(CallSpec::READ);
    world.advance(1_000);
    assert!(matches!(world.state(0), NodeState::Failed | NodeState::Probing));
    world.revive(0);
    world.advance(60_000);
    let states: Vec<NodeState> = world
        .events("node-changed")
        .iter()
        .filter_map(|event| match event {
            JournalEvent::NodeChanged { node, to, .. } if node.starts_with("http://node-0") => Some(*to),
            _ => None,
        })
        .collect();
    let end = &states[states.len() - 3..];
    assert_eq!(end, [NodeState::Probing, NodeState::Recovering, NodeState::Healthy]);
}

#[test]
fn the_pause_before_the_next_check_of_a_dead_node_grows_to_twenty_seconds_and_no_further() {
    let mut world = World::healthy(3);
    world.kill(0);
    world.run(CallSpec::READ);
    world.advance(300_000);
    let times: Vec<_> = world.probes.iter().filter(|(node, _)| *node == 0).map(|(_, at)| *at).collect();
    let pauses: Vec<Duration> = times.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    let last = pauses[pauses.len() - 1];
    assert!(last >= Duration::from_secs(10) && last <= Duration::from_secs(21), "{last:?}");
    assert!(pauses.iter().all(|pause| *pause <= Duration::from_secs(31)), "{pauses:?}");
}

#[test]
fn a_stopped_node_costs_its_waiting_readers_less_than_a_second_and_later_ones_nothing() {
    let mut world = World::healthy(3);
    for _ in 0..20 {
        world.run(CallSpec::READ);
    }
    world.hang(0);
    let waiting = world.run(CallSpec::READ);
    assert!(answered(&waiting));
    assert!(waiting.waited <= Duration::from_millis(500), "{:?}", waiting.waited);
    let later = world.run(CallSpec::READ);
    assert_eq!(later.waited, Duration::from_millis(20));
}

#[test]
fn a_stopped_node_that_was_hardly_used_costs_one_second() {
    let mut world = World::healthy(3);
    world.hang(0);
    let waiting = world.run(CallSpec::READ);
    assert!(answered(&waiting));
    assert!(waiting.waited <= Duration::from_millis(1_100), "{:?}", waiting.waited);
}

#[test]
fn a_keyed_write_on_a_stopped_node_is_rescued_with_its_key_and_a_bare_one_is_not_sent_twice() {
    let mut world = World::healthy(3);
    world.hang(0);
    let keyed = world.run(CallSpec::write(Replay::Keyed));
    assert!(answered(&keyed) && keyed.waited <= Duration::from_millis(1_100), "{:?}", keyed.waited);
    let mut world = World::healthy(3);
    world.hang(0);
    world.run(CallSpec::write(Replay::Once));
    assert_eq!(world.last_path(), [0]);
}

#[test]
fn a_call_declared_slow_never_makes_a_suspect_by_its_silence() {
    let mut world = World::healthy(3);
    world.nodes[0] = Behaviour::Answers { after_ms: 4_000 };
    let completion = world.run(CallSpec { slow: true, ..CallSpec::READ });
    assert!(answered(&completion));
    assert_eq!(world.last_path(), [0]);
    assert_eq!(world.state(0), NodeState::Healthy);
}

#[test]
fn a_read_survives_two_of_three_nodes_dying_one_after_the_other() {
    let mut world = World::healthy(3);
    world.hang(0);
    let call = world.submit(CallSpec::READ);
    world.advance(1_005);
    let rescue = world.path(call)[1];
    world.hang(rescue);
    world.advance(8_000);
    assert!(world.done.get(&call).is_some_and(answered), "{:?}", world.path(call));
}

#[test]
fn a_hidden_page_checks_nothing_and_a_shown_one_checks_everything() {
    let mut world = World::healthy(3);
    world.tell(Event::Visibility { visible: false });
    let before = world.probes.len();
    world.advance(300_000);
    assert_eq!(world.probes.len(), before);
    world.tell(Event::Visibility { visible: true });
    world.advance(600);
    assert_eq!(world.probes.len(), before + 3);
    assert_eq!(world.snapshot().healthy(), 3);
}

#[test]
fn a_hidden_page_makes_up_for_overdue_checks_when_somebody_asks() {
    let mut world = World::healthy(3);
    world.tell(Event::Visibility { visible: false });
    world.kill(0);
    assert!(answered(&world.run(CallSpec::READ)));
    let before = world.probes.len();
    world.advance(60_000);
    assert_eq!((world.state(0), world.probes.len()), (NodeState::Suspect, before), "nobody asks");
    world.later(CallSpec { background: true, ..CallSpec::READ });
    world.advance(100);
    assert_eq!(world.probes.len(), before, "background work asks for nothing");
    world.revive(0);
    world.later(CallSpec::READ);
    world.advance(100);
    assert_eq!(world.state(0), NodeState::Healthy);
}

#[test]
fn a_hidden_page_that_is_in_use_checks_a_dead_node_no_more_often_than_a_shown_one() {
    let checks = [true, false].map(|visible| {
        let mut world = World::healthy(3);
        world.kill(0);
        world.tell(Event::Visibility { visible });
        let before = world.probes_of(0);
        (0..600).for_each(|_| {
            assert!(answered(&world.run(CallSpec::READ)));
            world.advance(80);
        });
        world.probes_of(0) - before
    });
    assert!(checks[1] >= 4 && checks[1] <= checks[0], "{checks:?}");
}

#[test]
fn while_everything_is_down_a_single_prober_goes_round() {
    let mut world = World::healthy(3);
    (0..3).for_each(|node| world.kill(node));
    world.run(CallSpec::READ);
    world.advance(3_000);
    assert!(matches!(world.snapshot().mode, ClusterMode::Outage { .. }));
    let before = world.probes.len();
    world.advance(60_000);
    let probes = &world.probes[before..];
    assert!((4..=12).contains(&probes.len()), "{} probes in a minute of outage", probes.len());
    let asked: std::collections::BTreeSet<usize> = probes.iter().map(|(node, _)| *node).collect();
    assert_eq!(asked.len(), 3, "every node has its turn");
}

#[test]
fn an_outage_ends_with_the_first_node_that_comes_back() {
    let mut world = World::healthy(3);
    (0..3).for_each(|node| world.kill(node));
    world.run(CallSpec::READ);
    world.advance(20_000);
    world.revive(1);
    world.advance(47_000);
    assert!(world.state(1).usable());
    assert_eq!(world.events("outage-began").len(), 1);
    assert_eq!(world.events("outage-ended").len(), 1);
    assert!(answered(&world.run(CallSpec::READ)));
    assert_eq!(world.last_path(), [1]);
}

#[test]
fn a_flapping_node_moves_nobody_more_than_four_times_a_minute() {
    let mut world = World::healthy(3);
    for _ in 0..10 {
        world.kill(0);
        for _ in 0..30 {
            world.run(CallSpec::READ);
            world.advance(80);
        }
        world.revive(0);
        for _ in 0..30 {
            world.run(CallSpec::READ);
            world.advance(80);
        }
    }
    let moves = world.events("current-changed").len();
    assert!(moves <= 4, "{moves} moves in a minute");
}

#[test]
fn a_check_that_is_throttled_or_refused_by_path_finds_the_node_alive() {
    let mut world = World::healthy(3);
    world.nodes[0] = status(404);
    world.nodes[1] = Behaviour::Replies {
        after_ms: 5,
        answer: Answer {
            status: 429,
            retry_after: Some(RetryAfter::standard(Duration::from_secs(5))),
            ..Answer::default()
        },
    };
    world.nodes[2] = status(500);
    world.command(|core, now| core.ask_for_round(now));
    world.advance(6);
    assert_eq!(world.state(0), NodeState::Healthy);
    assert_eq!(world.state(1), NodeState::Healthy);
    assert_eq!(world.state(2), NodeState::Suspect);
    assert_ne!(world.current(), 1);
}

#[test]
fn the_same_seed_and_the_same_events_give_the_same_run() {
    let story = |seed: u64| {
        let mut world = World::with(3, seed, Policy::default());
        world.advance(500);
        world.kill(1);
        for _ in 0..20 {
            world.run(CallSpec::READ);
            world.advance(777);
        }
        world.hang(0);
        world.run(CallSpec::write(Replay::Keyed));
        world.advance(20_000);
        format!("{:?} {:?}", world.probes, world.core.journal().collect::<Vec<_>>())
    };
    assert_eq!(story(5), story(5));
    assert_ne!(story(5), story(6));
}

#[test]
fn a_write_that_times_out_is_not_held_against_a_node_that_answers_reads() {
    let mut world = World::healthy(3);
    // Without a quorum every write waits for one.
    let slow_write = CallSpec { deadline: Some(Duration::from_secs(5)), ..CallSpec::write(Replay::Keyed) };
    (0..3).for_each(|node| world.nodes[node] = Behaviour::OnlyReadsAnswered);
    let write = world.submit(slow_write);
    for _ in 0..60 {
        assert!(answered(&world.run(CallSpec::READ)));
        world.advance(80);
    }
    assert!(world.done.contains_key(&write));
    assert!(
        world.events("node-changed").iter().all(|event| !matches!(
            event,
            JournalEvent::NodeChanged { to: NodeState::Suspect | NodeState::Failed, .. }
        ))
    );
}
