//! Two clocks: the core's own, and the one on the wall, which may be set at any moment.

use failover::{CallSpec, Duration, JournalEvent, Replay, Reply};

use crate::world::{Behaviour, World, answered};

const TEN_MINUTES: i64 = 600_000;

/// A clock that was set forward by ten minutes made "no answer within 600290 ms" of a call after 0.3 s.
#[test]
fn a_step_of_the_wall_clock_fails_no_call_moves_no_deadline_and_blames_no_node() {
    for step in [TEN_MINUTES, -TEN_MINUTES] {
        let mut world = World::healthy(3);
        world.command(|core, now| core.wall_clock_reads(now, 1_700_000_000_000));
        world.nodes[0] = Behaviour::Hangs;
        let write = world.submit(CallSpec::write(Replay::Once));
        let attempt = world.open_attempts()[0];
        world.revive(0);
        let probes = world.probes.len();
        world.command(|core, now| core.wall_clock_reads(now, 1_700_000_000_000 + step));
        world.advance(300);
        assert!(!world.done.contains_key(&write), "it goes on");
        assert_eq!((world.snapshot().healthy(), world.probes.len() - probes), (3, 3), "one round");
        world.end(attempt, Reply::NetworkError);
        assert_eq!(world.snapshot().healthy(), 3, "what was under way blames nobody");
        let said = world.events("wall-clock-moved");
        assert!(matches!(said[..], [JournalEvent::WallClockMoved { forward, .. }] if forward == (step > 0)));
    }
}

#[test]
fn a_wall_clock_that_drifts_or_is_adjusted_a_little_is_no_event() {
    let mut world = World::healthy(1);
    for second in 0..100 {
        world.command(|core, now| core.wall_clock_reads(now, now.as_millis() as i64 + second * 500));
    }
    assert_eq!(world.events("wall-clock-moved").len(), 0);
}

#[test]
fn who_waits_while_the_machine_sleeps_loses_no_time() {
    let mut world = World::healthy(3);
    (0..3).for_each(|node| world.nodes[node] = Behaviour::Hangs);
    let write = world.submit(CallSpec::write(Replay::Once));
    let attempt = world.open_attempts()[0];
    (0..3).for_each(|node| world.revive(node));
    world.sleep(6_000);
    assert!(!world.done.contains_key(&write), "the answer may be there already");
    world.end(attempt, Reply::Answer(failover::Answer { status: 201, ..Default::default() }));
    assert!(answered(&world.done[&write]));
    assert_eq!(world.snapshot().healthy(), 3);
}

#[test]
fn a_deadline_moves_at_most_once_by_its_own_length() {
    let mut world = World::healthy(1);
    world.nodes[0] = Behaviour::Hangs;
    let call = world.submit(CallSpec { deadline: Some(Duration::from_secs(2)), slow: true, ..CallSpec::READ });
    let mut awake = 0;
    while !world.done.contains_key(&call) {
        world.sleep(60_000);
        world.advance(100);
        awake += 1;
        assert!(awake < 50, "it never ends");
    }
    assert!(!answered(&world.done[&call]));
}
