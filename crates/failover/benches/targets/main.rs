//! Prints the targets of the failover's design, one by one: goal, measured, and what the rules that it replaces measure in
//! the same simulation. `cargo bench -p failover --bench targets` runs all of it; `-- quick` runs a tenth.

#![allow(clippy::expect_used, reason = "a figure that cannot be measured says why and ends")]

mod second_round;
#[allow(dead_code, reason = "shared with the tests of the rules, which use more of it")]
#[path = "../../tests/rules/world.rs"]
mod world;

use std::time::Instant;

use failover::Duration;
use simulator::client::RulesKind::{self, Core, Existing};
use simulator::history::History;
use simulator::scenarios::{self, Blow};
use simulator::{Setup, Sim, secs};

/// How much of everything is run.
pub struct Scale {
    seeds: u64,
    clients: usize,
    spread: usize,
    minutes: u64,
}

pub struct Table {
    missed: u32,
}

impl Table {
    #[allow(clippy::too_many_arguments, reason = "the columns")]
    fn line(
        &mut self,
        target: &str,
        what: &str,
        goal: &str,
        measured: String,
        met: bool,
        before: String,
        seed: String,
    ) {
        let mark = if met { "met" } else { "MISSED" };
        self.missed += u32::from(!met);
        println!("{target:<3} {what:<46} {goal:<16} {measured:<22} {mark:<7} {before:<26} {seed}");
    }
}

fn run(setup: Setup) -> History {
    Sim::new(setup).run().history
}

fn show(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1_000.0)
}

/// Sums of target 1 over all seeds.
#[derive(Default)]
struct Total {
    requests: u64,
    failed_reads: u64,
    failed_writes: u64,
    doubled: u64,
    lost: u64,
    first_bad: Option<u64>,
}

fn rotate(rules: RulesKind, blow: Blow, seeds: u64) -> Total {
    let mut total = Total::default();
    for seed in 0..seeds {
        let history = run(scenarios::rotating(rules, blow, seed));
        total.requests += history.reads + history.writes;
        total.failed_reads += history.failed_reads;
        total.failed_writes += history.failed_writes;
        total.doubled += history.doubled;
        total.lost += history.lost;
        if history.failed_reads + history.failed_writes + history.doubled + history.lost > 0 {
            total.first_bad.get_or_insert(seed);
        }
    }
    total
}

fn target_1(table: &mut Table, scale: &Scale) {
    for blow in [Blow::Kill, Blow::Hang, Blow::Cut, Blow::Stall] {
        // The goal names kills and hangs; lost answers are where writes are doubled.
        let counts = matches!(blow, Blow::Kill | Blow::Hang);
        let new = rotate(Core, blow, if counts { scale.seeds } else { scale.seeds.div_ceil(10) });
        let old = rotate(Existing, blow, scale.seeds.div_ceil(10));
        let seeds = match new.first_bad {
            Some(seed) => format!("0.., first bad {seed}"),
            None if counts => format!("0..{}", scale.seeds),
            None => format!("0..{}", scale.seeds.div_ceil(10)),
        };
        let what = format!("rotating {blow:?}, {} requests", new.requests).to_lowercase();
        let per_mille = |count: u64, of: u64| format!("{:.2} ‰", count as f64 * 1_000.0 / of.max(1) as f64);
        let mut line = |what: &str, new_count: u64, old_count: u64| {
            let before = per_mille(old_count, old.requests);
            table.line("1", what, "0", new_count.to_string(), new_count == 0, before, seeds.clone());
        };
        line(&format!("{what}: failed reads"), new.failed_reads, old.failed_reads);
        line("  failed keyed writes", new.failed_writes, old.failed_writes);
        line("  applied twice, or acknowledged and lost", new.doubled + new.lost, old.doubled + old.lost);
    }
}

fn target_2_and_3(table: &mut Table, scale: &Scale) {
    let seed = 2;
    let hung = |rules| run(scenarios::struck_home(rules, Blow::Hang, scale.clients, scale.minutes, seed));
    let (mut new, mut old) = (hung(Core), hung(Existing));
    for (name, per_mille, goal) in [("p99", 990.0, 150), ("p99.9", 999.0, 500), ("max", 1_000.0, 1_500)] {
        let (measured, before) = (new.read_percentile(per_mille), old.read_percentile(per_mille));
        let met = measured <= Duration::from_millis(goal);
        let what = format!("hung node: read {name}");
        table.line("2", &what, &format!("≤ {goal} ms"), show(measured), met, show(before), seed.to_string());
    }
    let before = format!("{} of {}", old.failed_reads, old.reads);
    table.line(
        "2",
        "hung node: failed reads",
        "0",
        new.failed_reads.to_string(),
        new.failed_reads == 0,
        before,
        seed.to_string(),
    );
    for (leader, goal) in [(false, 700), (true, 700 + 800)] {
        let worst = |rules| {
            let waits = (0..20).map(|seed| {
                let mut history = run(scenarios::hung_writes(rules, leader, 4, seed));
                (history.write_percentile(1_000.0), history.failed_writes)
            });
            waits.fold((Duration::ZERO, 0), |(wait, failed), (own, more)| (wait.max(own), failed + more))
        };
        let ((measured, failed), (before, old_failed)) = (worst(Core), worst(Existing));
        let who = if leader { "leader (+ election ≤ 800 ms)" } else { "follower" };
        let met = measured <= Duration::from_millis(goal) && failed == 0;
        let before = format!("{}, {old_failed} failed", show(before));
        let what = format!("hung {who}: keyed write max");
        table.line("2", &what, &format!("≤ {goal} ms"), show(measured), met, before, "0..20".into());
    }
    let seed = 3;
    let killed = |rules| run(scenarios::struck_home(rules, Blow::Kill, scale.clients, scale.minutes, seed));
    let (mut new, mut old) = (killed(Core), killed(Existing));
    let (measured, before) = (new.read_percentile(999.0), old.read_percentile(999.0));
    let met = measured <= Duration::from_millis(200);
    table.line("3", "killed node: read p99.9", "≤ 200 ms", show(measured), met, show(before), seed.to_string());
    let before = format!("{} of {}", old.failed_reads, old.reads);
    table.line(
        "3",
        "killed node: failed reads",
        "0",
        new.failed_reads.to_string(),
        new.failed_reads == 0,
        before,
        seed.to_string(),
    );
}

fn target_4(table: &mut Table, scale: &Scale) {
    let seed = 4;
    let extra = |rules| {
        let history = run(scenarios::all_well(rules, scale.clients, seed));
        let calls = history.reads + history.writes;
        (history.attempts.saturating_sub(calls)) as f64 * 100.0 / calls.max(1) as f64
    };
    let (new, old) = (extra(Core), extra(Existing));
    let percent = |value: f64| format!("{value:.2} %");
    table.line("4", "all is well: extra attempts", "≤ 5 %", percent(new), new <= 5.0, percent(old), seed.to_string());
    for blow in [Blow::Kill, Blow::Hang] {
        let load = |rules| scenarios::outage_load(&run(scenarios::outage(rules, blow, scale.clients, seed)));
        let (new, old) = (load(Core), load(Existing));
        let times = |value: f64| format!("{value:.3} ×");
        let what = format!("outage by {blow:?}: sent / offered").to_lowercase();
        table.line("4", &what, "≤ 1.15 ×", times(new.during), new.during <= 1.15, times(old.during), seed.to_string());
        let what = "  first 5 s after it / steady";
        table.line("4", what, "≤ 1.25 ×", times(new.after), new.after <= 1.25, times(old.after), seed.to_string());
    }
}

fn target_5(table: &mut Table, scale: &Scale) {
    let seed = 5;
    for nodes in [3, 5] {
        let new = scenarios::spread(Core, nodes, scale.spread, seed);
        let old = scenarios::spread(Existing, nodes, scale.spread.div_ceil(50), seed);
        let goal = if scale.spread >= 100_000 { 1.02 } else { 1.06 };
        let measured = format!("{:.4} ×", new.unevenness());
        let what = format!("{} clients, 1 of {nodes} dies: most / mean", scale.spread);
        let met = new.unevenness() <= goal && new.stuck() == 0;
        table.line(
            "5",
            &what,
            &format!("≤ {goal} ×"),
            measured,
            met,
            format!("{:.3} ×", old.unevenness()),
            seed.to_string(),
        );
        let never = |spread: &scenarios::Spread| match spread.never_returned {
            0 => format!("{} s", spread.done_after()),
            count => format!("{count} never return"),
        };
        let met = new.done_after() <= 60 && new.never_returned == 0;
        table.line("5", "  fail-back done", "≤ 60 s", never(&new), met, never(&old), seed.to_string());
        let rate = format!("{:.2} %/s", new.fastest_second());
        table.line("5", "  fastest second", "≤ 5 %/s", rate, new.fastest_second() <= 5.0, "–".into(), seed.to_string());
    }
}

fn target_6_and_7(table: &mut Table) {
    let (probes, failed, episodes) = scenarios::burst(Core, 6);
    let (_, old_failed, _) = scenarios::burst(Existing, 6);
    let measured = format!("{episodes} episode, {probes} probe");
    let met = episodes == 1 && probes <= 1 && failed == 0;
    table.line(
        "6",
        "1,000 failures at once",
        "1 and ≤ 1",
        measured,
        met,
        format!("{old_failed} reads fail"),
        "6".into(),
    );
    let worst = |rules| (0..5).map(|seed| scenarios::flapping(rules, seed)).max().unwrap_or_default();
    let (new, old) = (worst(Core), worst(Existing));
    table.line(
        "7",
        "flapping node: moves in the worst minute",
        "≤ 4",
        new.to_string(),
        new <= 4,
        old.to_string(),
        "0..5".into(),
    );
    let ((failed, _), (_, old_calls)) = (scenarios::slept(Core, 7), scenarios::slept(Existing, 7));
    let before = format!("{old_calls} calls fail");
    table.line("7", "8 h of sleep: nodes failed", "0", failed.to_string(), failed == 0, before, "7".into());
    let (new, old) = (scenarios::cancelled(Core, 8), scenarios::cancelled(Existing, 8));
    table.line("7", "cancelled: further attempts", "0", new.to_string(), new == 0, old.to_string(), "8".into());
}

fn target_11(table: &mut Table) {
    let cost = |rules, factor, minutes: u64| {
        let runs = (0..5).map(|seed| scenarios::slow_home_cost(rules, factor, secs(60) * minutes, seed));
        runs.fold((Duration::ZERO, 0), |(wait, moves), (own, more)| (wait.max(own), moves.max(more)))
    };
    let ((median, moves), (before, _)) = (cost(Core, 60, 2), cost(Existing, 60, 2));
    let met = median <= Duration::from_millis(20);
    let what = "home 60 times slower: read p50 after 10 s";
    table.line("11", what, "≤ 20 ms", show(median), met, show(before), "0..5".into());
    table.line("11", "  moves in the worst minute", "≤ 4", moves.to_string(), moves <= 4, "–".into(), "0..5".into());
    for (factor, what) in [(1, "all well for an hour: moves"), (2, "home twice as slow for an hour: moves")] {
        let (_, moves) = cost(Core, factor, 60);
        table.line("11", what, "0", moves.to_string(), moves == 0, "–".into(), "0..5".into());
    }
}

/// Everything that can go wrong at once: no promise is broken.
fn chaos(table: &mut Table, scale: &Scale) {
    let mut requests = 0;
    let mut bad = Vec::new();
    for seed in 0..scale.seeds {
        let history = run(scenarios::chaos(seed));
        requests += history.reads + history.writes;
        if !history.violations.is_empty() {
            bad.push(seed);
        }
    }
    let what = format!("all faults at once, {requests} requests");
    let seeds =
        format!("0..{}{}", scale.seeds, bad.first().map_or(String::new(), |seed| format!(", first bad {seed}")));
    table.line("–", &what, "0 bad seeds", format!("{} bad seeds", bad.len()), bad.is_empty(), "–".into(), seeds);
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "quick");
    let scale = if quick {
        Scale { seeds: 100, clients: 10, spread: 10_000, minutes: 4 }
    } else {
        Scale { seeds: 1_000, clients: 50, spread: 100_000, minutes: 10 }
    };
    let started = Instant::now();
    println!("{:<3} {:<46} {:<16} {:<22} {:<7} {:<26} seed", "#", "target", "goal", "measured", "", "existing rules");
    let mut table = Table { missed: 0 };
    target_1(&mut table, &scale);
    target_2_and_3(&mut table, &scale);
    target_4(&mut table, &scale);
    target_5(&mut table, &scale);
    target_6_and_7(&mut table);
    second_round::target_10(&mut table);
    target_11(&mut table);
    second_round::target_12(&mut table, &scale);
    second_round::target_14(&mut table, &scale);
    chaos(&mut table, &scale);
    println!(
        "8   time of an event and allocations: cargo bench -p failover --bench failover; size of the core: cargo xtask bench --only page"
    );
    println!("9   a real browser, a real cluster: cargo xtask bench --only page");
    println!("13  every interleaving: cargo test -p failover --test model -- --nocapture");
    println!("14  histories of a real browser and cluster: cargo xtask test --only page --long --filter endurance");
    println!("{} figures missed, {:.0} s", table.missed, started.elapsed().as_secs_f64());
}
