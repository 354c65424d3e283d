//! The failover core in a simulated cluster: histories checked, targets measured, all in virtual time.
//!
//! A seed that breaks something is printed; `SIM_SEED=<seed> cargo test -p simulator one_seed -- --nocapture` runs it alone
//! and prints its timeline.

use failover::Duration;

use simulator::client::RulesKind;
use simulator::scenarios::{self, Blow};
use simulator::{Setup, Sim, secs};

/// How many seeds a test runs: `SIM_SEEDS`, or as many as fit into everyday tests.
fn seeds(everyday: u64) -> std::ops::Range<u64> {
    let wanted = std::env::var("SIM_SEEDS").ok().and_then(|count| count.parse().ok());
    0..wanted.unwrap_or(everyday)
}

/// Runs a seed and says what it broke.
fn check(name: &str, setup: Setup) -> Sim {
    let seed = setup.seed;
    let sim = Sim::new(setup).run();
    let violations = &sim.history.violations;
    assert!(violations.is_empty(), "{name}, SIM_SEED={seed}:\n  {}", violations.join("\n  "));
    sim
}

#[test]
fn every_kind_of_fault_at_once_breaks_no_promise() {
    for seed in seeds(80) {
        check("chaos", scenarios::chaos(seed));
    }
}

/// Target 1.
#[test]
fn a_rotating_kill_of_every_node_fails_no_read_and_no_keyed_write_and_applies_nothing_twice() {
    for seed in seeds(12) {
        let history = check("rotating kill", scenarios::rotating(RulesKind::Core, Blow::Kill, seed)).history;
        assert_eq!((history.failed_reads, history.failed_writes, history.doubled), (0, 0, 0), "SIM_SEED={seed}");
    }
}

/// Target 1.
#[test]
fn a_rotating_hang_of_every_node_fails_no_read_and_no_keyed_write_and_applies_nothing_twice() {
    for seed in seeds(12) {
        let history = check("rotating hang", scenarios::rotating(RulesKind::Core, Blow::Hang, seed)).history;
        assert_eq!((history.failed_reads, history.failed_writes, history.doubled), (0, 0, 0), "SIM_SEED={seed}");
    }
}

#[test]
fn while_two_of_three_nodes_serve_no_call_fails_however_soon_the_next_one_goes() {
    for seed in seeds(10) {
        let history = check("relay", scenarios::relay(RulesKind::Core, seed)).history;
        assert_eq!((history.failed_reads, history.failed_writes, history.doubled), (0, 0, 0), "SIM_SEED={seed}");
    }
}

/// What makes one click three reservations elsewhere: the write is applied, and the word of it is lost.
#[test]
fn answers_that_break_off_or_never_end_fail_no_call_and_apply_nothing_twice() {
    for blow in [Blow::Cut, Blow::Stall] {
        for seed in seeds(5) {
            let history = check("lost answers", scenarios::rotating(RulesKind::Core, blow, seed)).history;
            assert_eq!((history.failed_reads, history.failed_writes, history.doubled), (0, 0, 0), "{blow:?} {seed}");
        }
    }
}

/// Target 2.
#[test]
fn a_hung_node_costs_few_readers_little() {
    let setup = scenarios::struck_home(RulesKind::Core, Blow::Hang, 10, 4, 2);
    let mut history = check("hung node", setup).history;
    assert_eq!(history.failed_reads, 0);
    assert!(history.read_percentile(990.0) <= Duration::from_millis(150), "{:?}", history.read_percentile(990.0));
    assert!(history.read_percentile(999.0) <= Duration::from_millis(500), "{:?}", history.read_percentile(999.0));
    assert!(history.read_percentile(1_000.0) <= Duration::from_millis(1_500), "{:?}", history.read_percentile(1_000.0));
}

/// Target 2.
#[test]
fn a_keyed_write_survives_a_hung_follower_and_a_hung_leader() {
    for (leader, goal) in [(false, 700), (true, 700 + 800)] {
        for seed in seeds(5) {
            let mut history = check("hung writes", scenarios::hung_writes(RulesKind::Core, leader, 4, seed)).history;
            let longest = history.write_percentile(1_000.0);
            assert_eq!(history.failed_writes, 0);
            assert!(longest <= Duration::from_millis(goal), "leader {leader}, seed {seed}: {longest:?}");
        }
    }
}

/// Target 3.
#[test]
fn a_killed_node_is_hardly_noticed() {
    let setup = scenarios::struck_home(RulesKind::Core, Blow::Kill, 10, 4, 3);
    let mut history = check("killed node", setup).history;
    assert_eq!(history.failed_reads, 0);
    assert!(history.read_percentile(999.0) <= Duration::from_millis(200), "{:?}", history.read_percentile(999.0));
}

/// Target 4.
#[test]
fn when_all_is_well_few_requests_are_sent_twice() {
    let history = check("all well", scenarios::all_well(RulesKind::Core, 5, 4)).history;
    let calls = history.reads + history.writes;
    let extra = (history.attempts - calls) as f64 / calls as f64;
    assert!(extra <= 0.05, "{:.1} % more", extra * 100.0);
}

/// Target 4.
#[test]
fn an_outage_costs_about_one_attempt_a_request_and_ends_without_a_storm() {
    for blow in [Blow::Kill, Blow::Hang] {
        for clients in [1, 20] {
            let history = check("outage", scenarios::outage(RulesKind::Core, blow, clients, 4)).history;
            let load = scenarios::outage_load(&history);
            assert!(load.during <= 1.15, "{blow:?}, {clients} clients: {load:?}");
            assert!(load.after <= 1.25, "{blow:?}, {clients} clients: {load:?}");
        }
    }
}

/// Target 5, with fewer clients: the ratio is coarser, the rules are the same.
#[test]
fn the_clients_of_a_dead_node_spread_evenly_and_return_slowly() {
    for nodes in [3, 5] {
        let spread = scenarios::spread(RulesKind::Core, nodes, 3_000, 5);
        assert_eq!((spread.stuck(), spread.never_returned), (0, 0));
        assert!(spread.unevenness() <= 1.12, "{:.3}: {:?}", spread.unevenness(), spread.used);
        assert!(spread.done_after() <= 60, "{} s: {:?}", spread.done_after(), spread.returns);
        assert!(spread.fastest_second() <= 6.5, "{:.1} %/s: {:?}", spread.fastest_second(), spread.returns);
    }
}

/// Target 6.
#[test]
fn a_thousand_failures_at_once_are_one_episode_and_one_probe() {
    let (probes, failed, suspected) = scenarios::burst(RulesKind::Core, 6);
    assert!(probes <= 1, "{probes} probes");
    assert_eq!((failed, suspected), (0, 1));
}

/// Target 7.
#[test]
fn a_flapping_node_moves_its_clients_at_most_four_times_a_minute() {
    for seed in 0..5 {
        assert!(scenarios::flapping(RulesKind::Core, seed) <= 4, "seed {seed}");
    }
}

/// Target 11.
#[test]
fn a_home_that_is_sixty_times_slower_is_left_and_one_that_is_hardly_slower_is_kept() {
    for seed in 0..5 {
        let (median, moves) = scenarios::slow_home_cost(RulesKind::Core, 60, secs(120), seed);
        assert!(median <= Duration::from_millis(20) && moves <= 4, "seed {seed}: {median:?}, {moves} moves");
        for factor in [1, 2] {
            let (_, moves) = scenarios::slow_home_cost(RulesKind::Core, factor, secs(3_600), seed);
            assert_eq!(moves, 0, "seed {seed}, {factor} times");
        }
    }
}

/// Target 7.
#[test]
fn after_eight_hours_of_sleep_no_node_is_thought_failed() {
    assert_eq!(scenarios::slept(RulesKind::Core, 7), (0, 0));
}

/// Target 7.
#[test]
fn a_cancelled_call_sends_nothing_more() {
    assert_eq!(scenarios::cancelled(RulesKind::Core, 8), 0);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let sim = Sim::new(scenarios::chaos(seed)).run();
        (sim.history.read_waits.clone(), sim.history.attempts, sim.clients[0].rules.story())
    };
    assert_eq!(run(11), run(11));
    assert_ne!(run(11).0, run(12).0);
}

/// Not a test by itself: replays the seed of `SIM_SEED` (a chaos seed, or `SIM_KIND=kill|hang|relay|…`) with its timeline.
#[test]
fn one_seed() {
    let Some(seed) = std::env::var("SIM_SEED").ok().and_then(|seed| seed.parse().ok()) else { return };
    let setup = match std::env::var("SIM_KIND").as_deref() {
        Ok("kill") => scenarios::rotating(RulesKind::Core, Blow::Kill, seed),
        Ok("relay") => scenarios::relay(RulesKind::Core, seed),
        Ok("hang") => scenarios::rotating(RulesKind::Core, Blow::Hang, seed),
        Ok("follower") => scenarios::hung_writes(RulesKind::Core, false, 4, seed),
        Ok("leader") => scenarios::hung_writes(RulesKind::Core, true, 4, seed),
        _ => scenarios::chaos(seed),
    };
    let mut sim = Sim::new(setup);
    sim.timeline = Some(Vec::new());
    let sim = sim.run();
    for line in sim.timeline.iter().flatten() {
        println!("{line}");
    }
    for (index, client) in sim.clients.iter().enumerate() {
        println!("journal of client {index}:");
        client.rules.story().iter().for_each(|line| println!("{line}"));
    }
    assert!(sim.history.violations.is_empty(), "{}", sim.history.violations.join("\n"));
}
