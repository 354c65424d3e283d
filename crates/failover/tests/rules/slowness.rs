//! Relative slowness: a home that works, and takes far longer than another node, is left for that one.

use failover::{CallSpec, Duration, JournalEvent, Policy, Standing, Target};

use crate::world::{Behaviour, World, answered};

/// Nodes that answer after this many milliseconds each.
fn paced(latencies: &[u64]) -> World {
    let mut world = World::new(latencies.len());
    for (node, after_ms) in latencies.iter().enumerate() {
        world.nodes[node] = Behaviour::Answers { after_ms: *after_ms };
    }
    world.advance(500);
    world
}

/// Reads at this many a second. Answers how long each waited, in milliseconds.
fn read_for(world: &mut World, seconds: u64, a_second: u64) -> Vec<u128> {
    let calls: Vec<_> = (0..seconds * a_second)
        .map(|_| {
            let call = world.submit(CallSpec::READ);
            world.advance(1_000 / a_second);
            call
        })
        .collect();
    world.advance(3_000);
    calls.iter().map(|call| world.done[call].waited.as_millis()).collect()
}

fn median(mut waits: Vec<u128>) -> u128 {
    waits.sort_unstable();
    waits[waits.len() / 2]
}

fn moves(world: &World) -> usize {
    world.events("current-changed").len()
}

/// A home that took 300 ms, or 900, beside nodes that took 5, was kept for ever.
#[test]
fn a_home_that_takes_sixty_times_as_long_as_the_others_is_left_within_ten_seconds() {
    for slow in [300, 900] {
        let mut world = paced(&[slow, 5, 5]);
        read_for(&mut world, 10, 5);
        assert_ne!(world.current(), 0, "{slow} ms");
        assert!(median(read_for(&mut world, 110, 5)) <= 20);
        // What waits for 900 ms makes a suspect first, which a check clears.
        assert!(moves(&world) <= 4, "{slow} ms: {} moves", moves(&world));
        let snapshot = world.snapshot();
        let slower = snapshot.nodes[0].slower.expect("it says so");
        assert!(slower.latency >= Duration::from_millis(slow) && slower.other <= Duration::from_millis(20));
        assert_ne!(slower.than, 0);
        let reads = world.core.explain(Target::AnyNode, world.now);
        assert_eq!(reads[0].standing, Standing::LeftAsSlow);
    }
}

#[test]
fn nobody_moves_when_all_is_well_or_one_is_slower_by_less_than_a_factor_of_three() {
    for latencies in [[20, 20, 20], [140, 50, 50], [45, 5, 5]] {
        let mut world = paced(&latencies);
        for _ in 0..60 {
            read_for(&mut world, 60, 2);
        }
        assert_eq!((moves(&world), world.current()), (0, 0), "{latencies:?}");
    }
}

/// The next home is a fast one, not the next of the list.
#[test]
fn of_two_slow_nodes_neither_is_the_home() {
    for fast in [1, 2] {
        let mut latencies = [300, 300, 300];
        latencies[fast] = 5;
        let mut world = paced(&latencies);
        read_for(&mut world, 20, 5);
        assert_eq!((world.current(), moves(&world)), (fast, 1));
    }
}

#[test]
fn a_node_chosen_by_hand_is_neither_left_nor_sampled_and_what_it_costs_is_said() {
    let mut world = paced(&[5, 5, 300]);
    world.command(|core, now| core.switch_to_node(2, now)).expect("node 2 exists");
    let before = world.seen.len();
    // So slow that each read is answered before it would be hedged.
    for _ in 0..200 {
        assert!(answered(&world.run(CallSpec::READ)));
    }
    let elsewhere = world.seen[before..].iter().filter(|seen| seen.node != 2).count();
    assert!(elsewhere <= 12, "{elsewhere} reads, which are hedges");
    assert_eq!(world.current(), 2);
    assert!(world.snapshot().nodes[2].slower.is_some());
    let said = world.events("found-slow");
    assert!(matches!(said[..], [JournalEvent::FoundSlow { kept: true, .. }]), "{said:?}");
    world.command(|core, now| core.clear_preference(now));
    assert_ne!(world.current(), 2);
}

#[test]
fn a_home_that_was_left_is_returned_to_once_it_has_kept_pace_for_the_flap_hold() {
    let mut world = paced(&[300, 5, 5]);
    read_for(&mut world, 12, 5);
    assert_ne!(world.current(), 0);
    world.nodes[0] = Behaviour::Answers { after_ms: 5 };
    // The monitor asks every ten seconds.
    let round = |world: &mut World| {
        world.round();
        read_for(world, 7, 5);
    };
    (0..6).for_each(|_| round(&mut world));
    assert_ne!(world.current(), 0, "not before the hold is over");
    (0..4).for_each(|_| round(&mut world));
    assert_eq!(world.current(), 0);
    assert_eq!(world.events("no-longer-slow").len(), 1);
    assert_eq!(world.snapshot().nodes[0].slower, None);
}

/// Slow for ten seconds, well for seventy, in turns.
#[test]
fn a_home_that_is_slow_now_and_then_moves_its_clients_at_most_four_times_a_minute() {
    let mut world = paced(&[5, 5, 5]);
    for _ in 0..10 {
        world.nodes[0] = Behaviour::Answers { after_ms: 300 };
        read_for(&mut world, 10, 10);
        world.nodes[0] = Behaviour::Answers { after_ms: 5 };
        for _ in 0..7 {
            world.round();
            read_for(&mut world, 7, 5);
        }
    }
    let at: Vec<u64> = world
        .core
        .journal()
        .filter(|entry| entry.event.kind() == "current-changed")
        .map(|e| e.at.as_millis())
        .collect();
    assert!(at.len() >= 2, "it was left and returned to");
    for from in &at {
        assert!(at.iter().filter(|at| (*from..from + 60_000).contains(at)).count() <= 4, "{at:?}");
    }
}

/// The health page of the home is as quick as that of the others, its work is not.
#[test]
fn a_home_whose_checks_are_quick_is_found_slow_by_one_read_in_thirty_two() {
    let mut world = paced(&[5, 5, 5]);
    world.nodes[0] = Behaviour::ReadsTake { after_ms: 200 };
    let before = world.seen.len();
    let calls: Vec<_> = (0..31)
        .map(|_| {
            world.advance(250);
            world.submit(CallSpec::READ)
        })
        .collect();
    world.advance(1_000);
    let first = |world: &World, call| world.path(call)[0];
    assert!(calls.iter().all(|call| first(&world, *call) == 0), "never one of the first reads of a client");
    assert!(world.seen.len() > before);
    read_for(&mut world, 60, 20);
    assert_ne!(world.current(), 0);
    assert_eq!(moves(&world), 1);
}

/// Reads that wait longer than usual are hedged, which is another matter: here none is.
#[test]
fn the_checks_find_out_and_not_a_persons_reads() {
    let policy = Policy { hedge_tokens: 0, ..Policy::default() };
    let mut world = World::with(3, 7, policy);
    world.nodes[0] = Behaviour::Answers { after_ms: 250 };
    (1..3).for_each(|node| world.nodes[node] = Behaviour::Answers { after_ms: 5 });
    world.advance(500);
    let probes = world.probes.len();
    let calls: Vec<_> = (0..31)
        .map(|_| {
            world.advance(300);
            world.submit(CallSpec::READ)
        })
        .collect();
    world.advance(1_000);
    assert_ne!(world.current(), 0);
    let moved = calls.iter().position(|call| world.path(*call) != [0]).expect("it was left");
    assert!(moved >= 16 && calls[moved..].iter().all(|call| world.path(*call) != [0]), "from one moment on");
    assert!(world.probes.len() - probes <= 3 * 6, "{} checks", world.probes.len() - probes);
}

#[test]
fn a_home_that_is_slow_is_used_all_the_same_when_the_others_go() {
    let mut world = paced(&[300, 5, 5]);
    read_for(&mut world, 12, 5);
    world.kill(1);
    world.kill(2);
    assert!(answered(&world.run(CallSpec::READ)));
    world.advance(2_000);
    assert_eq!(world.current(), 0);
    assert!(answered(&world.run(CallSpec::READ)));
    assert_eq!(world.last_path(), [0]);
}

#[test]
fn a_page_that_is_hidden_looks_at_nobody() {
    let mut world = paced(&[300, 5, 5]);
    world.tell(failover::Event::Visibility { visible: false });
    let probes = world.probes.len();
    read_for(&mut world, 10, 5);
    assert_eq!(world.probes.len(), probes);
}
