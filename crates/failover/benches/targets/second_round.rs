//! The targets that were added after public suites had been tried: old news, the suites themselves, histories.

use failover::{
    Answer, AttemptId, CallSpec, Completion, Duration, HealthReport, NodeState, Policy, Replay, Reply, Role,
};
use simulator::client::RulesKind::Core;
use simulator::scenarios::{self, Blow};
use simulator::{Setup, Sim};

use crate::world::{Behaviour, World, report};
use crate::{Scale, Table};

/// What old news cost.
#[derive(Default)]
struct Cost {
    /// Healthy nodes that are not taken for healthy afterwards.
    blamed: usize,
    /// Requests of the call that took most of them.
    requests: usize,
    /// How far the longest call went beyond its deadline.
    late: Duration,
}

impl Cost {
    /// Counts the nodes of `well` that are not taken for healthy.
    fn looks_at(&mut self, world: &World, well: &[usize]) {
        self.blamed += well.iter().filter(|node| world.state(**node) != NodeState::Healthy).count();
    }

    /// Takes in a call that may take until `deadline`, and was the last one.
    fn pays_for(&mut self, world: &World, completion: &Completion, deadline: Duration) {
        self.requests = self.requests.max(world.last_path().len());
        self.late = self.late.max(completion.waited.saturating_sub(deadline));
    }

    fn runs(&mut self, world: &mut World, spec: CallSpec) {
        let policy = Policy::default();
        let deadline = if spec.read { policy.read_deadline } else { policy.write_deadline };
        let completion = world.run(spec);
        self.pays_for(world, &completion, deadline);
    }
}

fn healthy(nodes: usize, seed: u64) -> World {
    let mut world = World::with(nodes, seed, Policy::default());
    world.advance(100);
    world
}

/// A read that waits at the first node for as long as one wants.
fn straggler(world: &mut World) -> Option<AttemptId> {
    let before = std::mem::replace(&mut world.nodes[0], Behaviour::Hangs);
    world.later(CallSpec { slow: true, ..CallSpec::READ });
    world.nodes[0] = before;
    world.open_attempts().last().copied()
}

/// Two reads wait at one node. One breaks and makes a suspect, a check clears it; then the other one breaks.
fn stragglers(seed: u64, cost: &mut Cost) {
    let status = |status: u16| Reply::Answer(Answer { status, ..Answer::default() });
    for delay in [150, 200, 250, 300] {
        for kind in [Reply::NetworkError, Reply::Truncated, status(502), status(500)] {
            let mut world = healthy(3, seed);
            let (Some(first), Some(second)) = (straggler(&mut world), straggler(&mut world)) else { continue };
            world.advance(5);
            world.end(first, Reply::NetworkError);
            world.advance(300 + delay);
            world.end(second, kind);
            world.round();
            world.advance(2_000);
            cost.looks_at(&world, &[0, 1, 2]);
            world.done.values().for_each(|done| cost.requests = cost.requests.max(done.trace.len()));
        }
    }
}

/// The wall clock is set by ten minutes while a write waits at a node that is well, and while one waits in vain.
fn clock_steps(seed: u64, cost: &mut Cost) {
    for step in [600_000, -600_000] {
        let mut world = healthy(3, seed);
        world.command(|core, now| core.wall_clock_reads(now, 1_700_000_000_000));
        world.nodes[0] = Behaviour::Hangs;
        world.later(CallSpec::write(Replay::Keyed));
        world.revive(0);
        world.command(|core, now| core.wall_clock_reads(now, 1_700_000_000_000 + step));
        world.advance(300);
        let waiting = world.open_attempts();
        waiting.into_iter().for_each(|attempt| world.end(attempt, Reply::NetworkError));
        world.advance(2_000);
        cost.looks_at(&world, &[0, 1, 2]);
        (0..3).for_each(|node| world.hang(node));
        let now = world.now;
        world.command(|core, _| core.wall_clock_reads(now, 1_700_000_000_000));
        cost.runs(&mut world, CallSpec::write(Replay::Keyed));
    }
}

/// The machine sleeps for six seconds while a read waits: its deadline moves by as much, and nobody is blamed.
fn sleep(seed: u64, cost: &mut Cost) {
    let mut world = healthy(3, seed);
    world.nodes[0] = Behaviour::Hangs;
    let read = world.submit(CallSpec { slow: true, ..CallSpec::READ });
    world.revive(0);
    world.sleep(6_000);
    world.advance(20_000);
    cost.looks_at(&world, &[0, 1, 2]);
    if let Some(completion) = world.done.get(&read).cloned() {
        cost.pays_for(&world, &completion, Policy::default().read_deadline + Duration::from_secs(6));
    }
}

/// The cluster was restored from a backup, so that every node is behind what the page has seen, and the node in use dies.
fn restored(seed: u64, cost: &mut Cost) {
    let mut world = healthy(3, seed);
    world.asked_index = 100;
    world.nodes[1] = Behaviour::HasApplied { index: 49 };
    world.nodes[2] = Behaviour::HasApplied { index: 50 };
    world.kill(0);
    (0..40).for_each(|_| cost.runs(&mut world, CallSpec::READ));
    world.advance(2_000);
    cost.looks_at(&world, &[1, 2]);
}

/// The node in use turns out to be of another cluster.
fn foreign(seed: u64, cost: &mut Cost) {
    let named = |node: u64, cluster: &str| {
        let role = if node == 2 { Role::Leader } else { Role::Follower };
        Some(HealthReport { cluster_id: Some(cluster.into()), ..report(node, role, 3, 2) })
    };
    let mut world = World::reporting((1..=3).map(|node| named(node, "ours")).collect(), seed);
    world.advance(100);
    world.reports[0] = named(1, "theirs");
    world.round();
    for _ in 0..20 {
        cost.runs(&mut world, CallSpec::READ);
        cost.runs(&mut world, CallSpec::write(Replay::Keyed));
    }
    // It is well, and not ours: no call goes there, and that is no blame.
    cost.looks_at(&world, &[0, 1, 2]);
}

/// Each node says that the next one leads.
fn circle(seed: u64, cost: &mut Cost) {
    for nodes in [2, 3, 5] {
        let mut world = healthy(nodes, seed);
        for node in 0..nodes {
            let leader_url = Some(format!("http://node-{}", (node + 1) % nodes).into());
            let answer = Answer { status: 503, not_leader: true, leader_url, ..Answer::default() };
            world.nodes[node] = Behaviour::Replies { after_ms: 5, answer };
        }
        cost.runs(&mut world, CallSpec::write(Replay::Keyed));
        let all: Vec<usize> = (0..nodes).collect();
        cost.looks_at(&world, &all);
    }
}

/// Every case of every public suite. A test runs them and holds the table that is read here.
pub fn target_10(table: &mut Table) {
    let documented = include_str!("../../../../docs/suites.md");
    let rows = documented.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let (passes, cases) = cells.get(2)?.split_once(" of ")?;
        Some((passes.parse::<u32>().ok()?, cases.parse::<u32>().ok()?))
    });
    let (suites, passes, cases) =
        rows.fold((0, 0, 0), |(suites, all, of), (passes, cases)| (suites + 1, all + passes, of + cases));
    let what = format!("cases of {suites} public suites that map");
    let met = suites > 0 && passes == cases;
    table.line("10", &what, "all", format!("{passes} of {cases}"), met, "–".into(), "--test suites".into());
}

/// Old news blames nobody, costs few requests, and keeps nobody waiting.
pub fn target_12(table: &mut Table, scale: &Scale) {
    let kinds: [(&str, fn(u64, &mut Cost)); 6] = [
        ("two stragglers, each kind of failure", stragglers),
        ("the wall clock is set by ± 10 min", clock_steps),
        ("the machine sleeps for 6 s", sleep),
        ("restored from a backup, the node in use dies", restored),
        ("the node in use is of another cluster", foreign),
        ("hints to the leader in a circle", circle),
    ];
    let seeds = scale.seeds.div_ceil(10);
    for (what, run) in kinds {
        let mut cost = Cost::default();
        (0..seeds).for_each(|seed| run(seed, &mut cost));
        let Cost { blamed, requests, late } = cost;
        // The last tick before a deadline may be that much later.
        let met = blamed == 0 && requests <= 20 && late <= Duration::from_millis(5);
        let measured = format!("{blamed}, {requests}, {} ms", late.as_millis());
        table.line("12", what, "0, ≤ 20, 0 ms", measured, met, "–".into(), format!("0..{seeds}"));
    }
    println!("    (healthy nodes blamed, most requests of a call, longest call beyond its deadline)");
}

/// Histories of the simulation are linearizable a seat, and a key that nodes have forgotten is found.
pub fn target_14(table: &mut Table, scale: &Scale) {
    let with_seats = |setup: Setup| Setup { seats: 12, writes_permille: 250, ..setup };
    let seeds = scale.seeds.div_ceil(20);
    let (mut operations, mut at_once, mut bad) = (0, 0, Vec::new());
    for blow in [Blow::Kill, Blow::Hang, Blow::Cut, Blow::Stall] {
        for seed in 0..seeds {
            let history = Sim::new(with_seats(scenarios::rotating(Core, blow, seed))).run().history;
            match histories::check(&history.seats) {
                Ok(checked) => {
                    operations += checked.operations;
                    at_once = at_once.max(checked.most_at_once);
                }
                Err(_) => bad.push(seed),
            }
        }
    }
    let what = format!("{operations} operations on seats, ≤ {at_once} at once");
    let first = bad.first().map_or(String::new(), |seed| format!(", first bad {seed}"));
    table.line(
        "14",
        &what,
        "0 bad seeds",
        format!("{} bad seeds", bad.len()),
        bad.is_empty(),
        "–".into(),
        format!("0..{seeds}{first}"),
    );
    let found = (0..seeds).find_map(|seed| {
        let setup = with_seats(scenarios::rotating(Core, Blow::Cut, seed));
        let history = Sim::new(Setup { keys_ignored: true, ..setup }).run().history;
        Some((seed, histories::check(&history.seats).err()?.operations().len()))
    });
    let (measured, seed) = match found {
        Some((seed, operations)) => (format!("in {operations} operations"), seed.to_string()),
        None => ("not found".into(), format!("0..{seeds}")),
    };
    table.line(
        "14",
        "  nodes that have forgotten keys are found",
        "found",
        measured,
        found.is_some(),
        "–".into(),
        seed,
    );
}
