//! The targets of the design note as scenarios. Each takes its rules, a seed and a size, and says what it measured.

use failover::random::Random;
use failover::{Duration, Event, Order, Policy};

use crate::client::RulesKind;
use crate::cluster::{Cluster, Fault, Latency};
use crate::history::History;
use crate::{Micros, Setup, Sim, ms, secs};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    Kill,
    Hang,
    /// Requests are executed, and their answers break off, or never end.
    Cut,
    Stall,
}

impl Blow {
    pub fn on(self, node: usize) -> Fault {
        match self {
            Self::Kill => Fault::Kill(node),
            Self::Hang => Fault::Hang(node),
            Self::Cut => Fault::Cut(node),
            Self::Stall => Fault::Stall(node),
        }
    }
}

/// Target 1: each node in its turn is struck for four seconds of ten.
pub fn rotating(rules: RulesKind, blow: Blow, seed: u64) -> Setup {
    let mut setup = Setup { rules, clients: 2, writes_permille: 150, duration: secs(62), ..Setup::new(seed) };
    setup.followers_forward = seed % 2 == 1;
    let mut random = Random::new(seed);
    for turn in 0..6 {
        let at = secs(2) + turn * secs(10) + random.below(ms(900));
        let node = turn as usize % 3;
        setup.faults.push((at, blow.on(node)));
        setup.faults.push((at + secs(4), Fault::Mend(node)));
    }
    setup
}

/// One node after the other is away for 2.5 s, and the next one goes 1.2 s after it is back: two serve at any time, and
/// which ones they are is often not known yet.
pub fn relay(rules: RulesKind, seed: u64) -> Setup {
    let mut setup = Setup { rules, clients: 2, writes_permille: 100, duration: secs(180), ..Setup::new(seed) };
    setup.followers_forward = seed % 2 == 1;
    let mut random = Random::new(seed);
    let (mut at, mut turn) = (secs(2), 0);
    while at < secs(170) {
        let node = turn % 3;
        let blow = if turn / 3 % 2 == 0 { Blow::Kill } else { Blow::Hang };
        setup.faults.push((at, blow.on(node)));
        setup.faults.push((at + ms(2_500), Fault::Mend(node)));
        at += ms(3_700) + random.below(ms(300));
        turn += 1;
    }
    setup
}

/// Whatever can go wrong, several at once: only safety, deadlines and "no needless failure" are asked of it.
pub fn chaos(seed: u64) -> Setup {
    let mut random = Random::new(seed ^ 0xc4a0);
    let nodes = [2, 3, 3, 5][random.below(4) as usize];
    let mut setup = Setup {
        nodes,
        clients: 1 + random.below(4) as usize,
        every: ms(30 + random.below(200)),
        writes_permille: 200,
        keyed: random.below(4) > 0,
        followers_forward: random.below(2) == 0,
        duration: secs(60),
        ..Setup::new(seed)
    };
    if random.below(3) == 0 {
        setup.policy.order = Order::Spread;
    }
    let mut at = secs(1);
    while at < secs(50) {
        at += random.below(secs(5));
        let node = random.below(nodes as u64) as usize;
        let lasts = ms(50) + random.below(secs(12));
        let retry_after = Some(Duration::from_secs(1 + random.below(4)));
        let client = random.below(setup.clients as u64) as usize;
        let fault = match random.below(14) {
            0 | 1 => Fault::Kill(node),
            2 | 3 => Fault::Hang(node),
            4 => Fault::Slow(node, 2 + random.below(40)),
            5 => Fault::Status(node, [500, 502, 503, 504][random.below(4) as usize], None),
            6 => Fault::Status(node, 503, retry_after),
            7 => Fault::Status(node, 429, retry_after),
            8 => Fault::Cut(node),
            9 => Fault::Stall(node),
            10 => Fault::Partition(node),
            11 => Fault::Lag(node, ms(50) + random.below(secs(6))),
            12 => Fault::LeaderChange,
            _ if random.below(2) == 0 => {
                setup.faults.push((at, Fault::Offline { client, offline: true }));
                setup.faults.push((at + lasts, Fault::Offline { client, offline: false }));
                continue;
            }
            _ => Fault::Freeze { client, until: at + lasts },
        };
        let mends = !matches!(fault, Fault::LeaderChange | Fault::Freeze { .. });
        setup.faults.push((at, fault));
        if mends {
            setup.faults.push((at + lasts, Fault::Mend(node)));
        }
    }
    setup
}

/// Targets 2 and 3: the node at home is struck for thirty seconds of every minute.
pub fn struck_home(rules: RulesKind, blow: Blow, clients: usize, minutes: u64, seed: u64) -> Setup {
    let mut setup = Setup { rules, clients, every: ms(50), duration: secs(60) * minutes, ..Setup::new(seed) };
    for minute in 0..minutes {
        setup.faults.push((secs(60) * minute + secs(15), blow.on(0)));
        setup.faults.push((secs(60) * minute + secs(45), Fault::Mend(0)));
    }
    setup
}

/// The write part of target 2: a follower, or the leader, hangs while writes come in.
pub fn hung_writes(rules: RulesKind, leader: bool, clients: usize, seed: u64) -> Setup {
    let mut setup =
        Setup { rules, clients, every: ms(100), writes_permille: 500, duration: secs(50), ..Setup::new(seed) };
    // The first leader is node 0, which is also everybody's home.
    let node = if leader { 0 } else { 1 };
    setup.faults.push((secs(15), Fault::Hang(node)));
    setup.faults.push((secs(45), Fault::Mend(node)));
    setup
}

/// Target 4, first part: all is well for five minutes.
pub fn all_well(rules: RulesKind, clients: usize, seed: u64) -> Setup {
    Setup { rules, clients, every: ms(100), writes_permille: 100, duration: secs(300), ..Setup::new(seed) }
}

/// Target 4: every node is struck at second 30, and mended at second 90.
pub fn outage(rules: RulesKind, blow: Blow, clients: usize, seed: u64) -> Setup {
    let mut setup = Setup { rules, clients, every: ms(100), duration: secs(130), ..Setup::new(seed) };
    for node in 0..3 {
        setup.faults.push((secs(30), blow.on(node)));
        setup.faults.push((secs(90), Fault::Mend(node)));
    }
    setup
}

/// What an outage cost, as ratios.
#[derive(Clone, Copy, Debug)]
pub struct OutageLoad {
    /// Requests and probes sent during the outage, to calls submitted.
    pub during: f64,
    /// Requests and probes sent in the five seconds after it, to the same of a steady five seconds.
    pub after: f64,
}

pub fn outage_load(history: &History) -> OutageLoad {
    let ratio = |sent: u64, offered: u64| sent as f64 / offered.max(1) as f64;
    let steady = history.sent_between(15, 30) as f64 / 3.0;
    OutageLoad {
        during: ratio(history.sent_between(30, 90), history.offered_between(30, 90)),
        after: history.sent_between(90, 95) as f64 / steady.max(1.0),
    }
}

/// Target 5: how evenly the clients of a dead node spread over the others, and how they return.
#[derive(Clone, Debug, Default)]
pub struct Spread {
    pub clients: usize,
    /// Clients of each node while node 0 is dead.
    pub used: Vec<u64>,
    /// Clients that returned to node 0 in each second after it was mended.
    pub returns: Vec<u64>,
    pub never_returned: u64,
}

impl Spread {
    /// The most loaded of the nodes that are left, as a multiple of their mean.
    pub fn unevenness(&self) -> f64 {
        let left = &self.used[1..];
        let mean = left.iter().sum::<u64>() as f64 / left.len() as f64;
        left.iter().copied().max().unwrap_or_default() as f64 / mean.max(1.0)
    }

    /// Clients still on node 0 while it was dead.
    pub fn stuck(&self) -> u64 {
        self.used[0]
    }

    /// The second in which the last client had returned.
    pub fn done_after(&self) -> usize {
        self.returns.iter().rposition(|count| *count > 0).map_or(0, |second| second + 1)
    }

    /// The largest share of its clients that returned within one second, in percent.
    pub fn fastest_second(&self) -> f64 {
        let all: u64 = self.returns.iter().sum();
        self.returns.iter().copied().max().unwrap_or_default() as f64 * 100.0 / all.max(1) as f64
    }
}

/// Node 0 dies at second 10 and is mended at second 40. Clients do not know of each other: they run in batches.
pub fn spread(rules: RulesKind, nodes: usize, clients: usize, seed: u64) -> Spread {
    const BATCH: usize = 500;
    const MENDED: usize = 40;
    let mut result = Spread { clients, used: vec![0; nodes], returns: vec![0; 80], ..Spread::default() };
    for batch in 0..clients.div_ceil(BATCH) {
        let policy = Policy { order: Order::Spread, ..Policy::default() };
        let seed = seed.wrapping_add(batch as u64 * 7_919);
        let size = BATCH.min(clients - batch * BATCH);
        let mut setup = Setup { rules, nodes, policy, clients: size, every: secs(1), ..Setup::new(seed) };
        setup.duration = secs(MENDED as u64 + 80);
        setup.faults = vec![(secs(10), Fault::Kill(0)), (secs(MENDED as u64), Fault::Mend(0))];
        let mut sim = Sim::new(setup);
        sim.run_until(secs(9));
        let before: Vec<Option<usize>> = sim.clients.iter().map(|client| client.rules.current()).collect();
        sim.run_until(secs(MENDED as u64) - 1);
        for client in &sim.clients {
            if let Some(node) = client.rules.current() {
                result.used[node] += 1;
            }
        }
        sim.run_until(secs(MENDED as u64 + 80));
        for (client, before) in sim.clients.iter().zip(before) {
            if before != Some(0) {
                continue;
            }
            match client.moves.iter().rev().find(|(_, to)| *to == 0) {
                Some((at, _)) if *at >= secs(MENDED as u64) => {
                    result.returns[(at / secs(1)) as usize - MENDED] += 1;
                }
                _ => result.never_returned += 1,
            }
        }
    }
    result
}

/// Target 6: a thousand reads are out when their node dies. Answers the probes that node got meanwhile, the number of
/// calls that failed, and how often the node was suspected.
pub fn burst(rules: RulesKind, seed: u64) -> (u64, u64, usize) {
    let setup = Setup { rules, every: secs(3_600), duration: secs(10), ..Setup::new(seed) };
    let mut sim = Sim::new(setup);
    sim.run_until(secs(1));
    let probes = sim.history.probes;
    for _ in 0..1_000 {
        let event = sim.clients[0].ask(false, true, sim.now);
        sim.tell(0, event);
    }
    sim.run_until(secs(1) + ms(4));
    strike(&mut sim, Blow::Kill, 0);
    sim.run_until(secs(1) + ms(400));
    let probes = sim.history.probes - probes;
    let story = sim.clients[0].rules.story();
    let suspected = story.iter().filter(|line| line.contains("to: Suspect")).count();
    (probes, sim.history.failed_reads, suspected)
}

fn strike(sim: &mut Sim, blow: Blow, node: usize) {
    sim.setup.faults.push((sim.now, blow.on(node)));
    sim.strike_now();
}

/// Target 7: the most moves in any minute of ten while node 0 is up for three seconds and down for three.
pub fn flapping(rules: RulesKind, seed: u64) -> usize {
    let mut setup = Setup { rules, every: ms(50), duration: secs(600), ..Setup::new(seed) };
    for turn in 0..100 {
        setup.faults.push((secs(3) + turn * secs(6), Fault::Kill(0)));
        setup.faults.push((secs(6) + turn * secs(6), Fault::Mend(0)));
    }
    let sim = Sim::new(setup).run();
    most_moves_a_minute(&sim)
}

/// Target 7: how many nodes are thought failed after a night, and how many calls failed for it.
pub fn slept(rules: RulesKind, seed: u64) -> (usize, u64) {
    let night = secs(8 * 3_600);
    let mut setup = Setup { rules, every: ms(200), duration: night + secs(40), ..Setup::new(seed) };
    setup.faults.push((secs(10), Fault::Freeze { client: 0, until: night }));
    // While it sleeps every connection breaks.
    for node in 0..3 {
        setup.faults.push((secs(11), Fault::Kill(node)));
        setup.faults.push((secs(60), Fault::Mend(node)));
    }
    let mut sim = Sim::new(setup);
    sim.run_until(night + ms(1));
    let failed_before = sim.history.failed_reads;
    sim.run_until(night + secs(10));
    let story = sim.clients[0].rules.story();
    let failed = story.iter().filter(|line| line.contains("to: Failed")).count();
    (failed, sim.history.failed_reads - failed_before)
}

/// Target 7: attempts that were sent after a cancellation.
pub fn cancelled(rules: RulesKind, seed: u64) -> u64 {
    let setup = Setup { rules, every: secs(3_600), duration: secs(60), ..Setup::new(seed) };
    let mut sim = Sim::new(setup);
    sim.run_until(secs(1));
    strike(&mut sim, Blow::Hang, 0);
    let event = sim.clients[0].ask(false, true, sim.now);
    let Event::Submit { call, .. } = event else { return u64::MAX };
    sim.tell(0, event);
    sim.run_until(secs(1) + ms(20));
    let before = sim.history.attempts;
    sim.clients[0].forget(call);
    sim.tell(0, Event::Cancel { call });
    sim.run_until(secs(30));
    sim.history.attempts - before
}

/// Target 11: everybody's home takes `factor` times as long as the others, which answer in about 5 ms.
pub fn slow_home(rules: RulesKind, factor: u64, duration: Micros, seed: u64) -> Setup {
    let latency = Latency { p50: ms(6), tail_permille: 20 };
    let mut setup = Setup { rules, latency, every: ms(200), duration, ..Setup::new(seed) };
    if factor > 1 {
        setup.faults.push((0, Fault::Slow(0, factor)));
    }
    setup
}

/// What a slow home cost: the median of the reads after ten seconds, and the moves in the worst minute.
pub fn slow_home_cost(rules: RulesKind, factor: u64, duration: Micros, seed: u64) -> (Duration, usize) {
    let mut sim = Sim::new(slow_home(rules, factor, duration, seed));
    sim.run_until(secs(10));
    sim.history.read_waits.clear();
    let mut sim = sim.run();
    (sim.history.read_percentile(500.0), most_moves_a_minute(&sim))
}

fn most_moves_a_minute(sim: &Sim) -> usize {
    let moves = &sim.clients[0].moves;
    let within = |from: Micros| moves.iter().filter(|(at, _)| (from..from + secs(60)).contains(at)).count();
    moves.iter().map(|(at, _)| within(*at)).max().unwrap_or_default()
}

/// What a run with a hung leader may take beyond one with a hung follower.
pub fn longest_election() -> Duration {
    Duration::from_micros(Cluster::LONGEST_ELECTION)
}
