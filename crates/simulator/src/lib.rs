//! A cluster and its clients in virtual time. Everything random comes from one seed: a run can be repeated exactly.
//!
//! - [`cluster`]: nodes, their faults, and the replicated log with leader, elections and lag
//! - [`client`]: one browser tab: the rules under test, its session, and what it asks for
//! - [`existing`]: the rules of the frontend that this one replaces, behind the same trait
//! - [`seats`]: what calls are about when histories are checked
//! - [`history`]: what was asked and answered, and what must hold of it
//! - [`scenarios`]: the targets of the design note, measured

pub mod client;
pub mod cluster;
pub mod existing;
pub mod history;
pub mod scenarios;
pub mod seats;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use failover::random::Random;
use failover::{Duration, Event, Policy, Reply, Timestamp};

use client::{Client, RulesKind, Work};
use cluster::{Cluster, Executed, Fault, Latency, RequestId};
use history::History;

/// Microseconds since the beginning of the run.
pub type Micros = u64;

pub const fn ms(millis: u64) -> Micros {
    millis * 1_000
}

pub const fn secs(seconds: u64) -> Micros {
    seconds * 1_000_000
}

/// What a run consists of.
#[derive(Clone, Debug)]
pub struct Setup {
    pub seed: u64,
    pub nodes: usize,
    pub clients: usize,
    pub rules: RulesKind,
    pub policy: Policy,
    pub latency: Latency,
    /// Each client asks once in this time, with jitter.
    pub every: Micros,
    /// Of a thousand requests, how many are writes, and whether those carry a key.
    pub writes_permille: u64,
    pub keyed: bool,
    /// Seats that are booked, given back and looked at, and whose history is recorded. 0: calls are about nothing.
    pub seats: usize,
    /// The fault that a check of histories has to find: nodes have forgotten what keys are for.
    pub keys_ignored: bool,
    /// Nobody asks for anything before then: the first health checks are over.
    pub warm_up: Micros,
    pub duration: Micros,
    pub faults: Vec<(Micros, Fault)>,
    /// Whether a follower holds a write and forwards it, or says who the leader is.
    pub followers_forward: bool,
}

impl Setup {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            nodes: 3,
            clients: 1,
            rules: RulesKind::Core,
            policy: Policy::default(),
            latency: Latency::default(),
            every: ms(50),
            writes_permille: 0,
            keyed: true,
            seats: 0,
            keys_ignored: false,
            warm_up: ms(500),
            duration: secs(60),
            faults: Vec::new(),
            followers_forward: false,
        }
    }
}

#[derive(Clone, Debug)]
enum What {
    Fault(usize),
    Wake(usize),
    Ask(usize),
    Arrive(RequestId),
    Execute(RequestId),
    Reply(RequestId, Reply),
    Control { client: usize, control: u64 },
    Thaw(usize),
    Elect,
}

struct Due {
    at: Micros,
    sequence: u64,
    what: What,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl Due {
    fn key(&self) -> (Micros, u64) {
        (self.at, self.sequence)
    }
}

/// A run under way.
pub struct Sim {
    pub setup: Setup,
    pub now: Micros,
    pub cluster: Cluster,
    pub clients: Vec<Client>,
    pub history: History,
    queue: BinaryHeap<Reverse<Due>>,
    sequence: u64,
    random: Random,
    /// What happened, in words, when somebody wants to read it.
    pub timeline: Option<Vec<String>>,
}

impl Sim {
    pub fn new(setup: Setup) -> Self {
        let mut random = Random::new(setup.seed ^ 0x51_4d);
        let mut cluster =
            Cluster::new(setup.nodes, setup.latency, setup.followers_forward, Random::new(random.next_u64()));
        cluster.offer_seats(setup.seats, setup.keys_ignored);
        let clients = (0..setup.clients).map(|_| Client::new(&setup, random.next_u64())).collect();
        let mut sim = Self {
            now: 0,
            cluster,
            clients,
            history: History::default(),
            queue: BinaryHeap::new(),
            sequence: 0,
            random,
            timeline: None,
            setup,
        };
        for index in 0..sim.setup.faults.len() {
            sim.schedule(sim.setup.faults[index].0, What::Fault(index));
        }
        for client in 0..sim.clients.len() {
            sim.tell(client, Event::Tick);
            let first = sim.setup.warm_up + sim.random.below(sim.setup.every);
            sim.schedule(first, What::Ask(client));
        }
        sim
    }

    /// Runs to the end of the setup and on until every call has ended.
    pub fn run(mut self) -> Self {
        self.run_until(self.setup.duration);
        let last = self.setup.duration + secs(40);
        while self.clients.iter().any(Client::is_waiting) && self.now < last {
            let until = self.now + secs(1);
            self.run_until(until);
        }
        let now = self.now;
        for (index, client) in self.clients.iter().enumerate() {
            client.check_nothing_is_left(index, now, &mut self.history);
        }
        self.history.check_log(&self.cluster);
        self
    }

    pub fn run_until(&mut self, end: Micros) {
        while let Some(Reverse(due)) = self.queue.peek() {
            if due.at > end {
                break;
            }
            let Some(Reverse(due)) = self.queue.pop() else { break };
            self.now = due.at;
            self.happen(due.what);
        }
        self.now = end;
    }

    pub fn say(&mut self, line: impl FnOnce() -> String) {
        if let Some(timeline) = &mut self.timeline {
            timeline.push(format!("{:>12.3} ms  {}", self.now as f64 / 1_000.0, line()));
        }
    }

    fn schedule(&mut self, at: Micros, what: What) {
        self.sequence += 1;
        self.queue.push(Reverse(Due { at: at.max(self.now), sequence: self.sequence, what }));
    }

    fn happen(&mut self, what: What) {
        match what {
            What::Fault(index) => self.fault(index),
            What::Wake(client) => {
                if self.clients[client].wake_at == Some(self.now) && !self.clients[client].is_frozen(self.now) {
                    self.clients[client].wake_at = None;
                    self.tell(client, Event::Tick);
                }
            }
            What::Ask(client) => self.ask(client),
            What::Arrive(request) => self.arrive(request),
            What::Execute(request) => self.execute(request),
            What::Reply(request, reply) => self.reply(request, reply),
            What::Control { client, control } => {
                let reached = !self.clients[client].offline;
                let control = failover::AttemptId(control);
                self.tell(client, Event::ControlEnded { control, reached });
            }
            What::Thaw(client) => {
                self.say(|| format!("client {client} wakes"));
                self.clients[client].disturbed_at = Some(self.now);
                self.tell(client, Event::Tick);
                let missed = std::mem::take(&mut self.clients[client].missed);
                missed.into_iter().for_each(|event| self.tell(client, event));
            }
            What::Elect => {
                if let Some(leader) = self.cluster.elect(self.now) {
                    self.say(|| format!("node {leader} is elected"));
                }
            }
        }
    }

    /// Lets the last fault of the setup happen now.
    pub fn strike_now(&mut self) {
        if let Some(last) = self.setup.faults.len().checked_sub(1) {
            self.fault(last);
        }
    }

    fn fault(&mut self, index: usize) {
        let fault = self.setup.faults[index].1.clone();
        self.say(|| format!("{fault:?}"));
        match fault {
            Fault::Offline { client, offline } => {
                self.clients[client].offline = offline;
                self.clients[client].disturbed_at = Some(self.now);
                self.tell(client, Event::Online { online: !offline });
            }
            Fault::Freeze { client, until } => {
                self.clients[client].frozen_until = until;
                self.schedule(until, What::Thaw(client));
            }
            fault => {
                let (cut_off, resumed) = self.cluster.apply(&fault, self.now);
                for request in cut_off {
                    self.schedule(self.now + 500, What::Reply(request, Reply::NetworkError));
                }
                for request in resumed {
                    let at = self.now + 500 + self.random.below(ms(5));
                    self.schedule(at, What::Execute(request));
                }
                if self.cluster.needs_election(self.now) {
                    let at = self.now + self.cluster.election_time();
                    self.schedule(at, What::Elect);
                }
            }
        }
    }

    fn ask(&mut self, client: usize) {
        if self.now >= self.setup.duration {
            return;
        }
        let every = self.setup.every;
        let next = self.now + every / 2 + self.random.below(every);
        self.schedule(next, What::Ask(client));
        if self.clients[client].is_frozen(self.now) {
            return;
        }
        let write = self.random.below(1_000) < self.setup.writes_permille;
        let event = self.clients[client].ask(write, self.setup.keyed, self.now);
        self.tell(client, event);
    }

    /// Gives an event to a client's rules and does what they say.
    pub fn tell(&mut self, client: usize, event: Event) {
        if self.clients[client].is_frozen(self.now) {
            self.clients[client].missed.push(event);
            return;
        }
        let now = Timestamp::from_micros(self.now);
        self.clients[client].rules.handle(now, event);
        while let Some(work) = self.clients[client].next_work(client, self.now, &self.cluster, &mut self.history) {
            match work {
                Work::Send(request) => {
                    self.history.sent(self.now, request.probe);
                    if self.clients[client].offline {
                        let request = self.cluster.register(request, self.now);
                        self.schedule(self.now + 300, What::Reply(request, Reply::NetworkError));
                    } else {
                        let request = self.cluster.register(request, self.now);
                        let at = self.now + self.cluster.network_time();
                        self.schedule(at, What::Arrive(request));
                    }
                }
                Work::Control(control) => {
                    self.schedule(self.now + ms(4), What::Control { client, control: control.0 });
                }
            }
        }
        self.clients[client].note_current(self.now);
        let wakeup = self.clients[client].rules.next_wakeup().map(Timestamp::as_micros);
        if wakeup != self.clients[client].wake_at {
            self.clients[client].wake_at = wakeup;
            if let Some(at) = wakeup {
                if at < self.now {
                    self.history.violation(format!("client {client}: a wake-up {} µs in the past", self.now - at));
                }
                self.schedule(at, What::Wake(client));
            }
        }
    }

    fn arrive(&mut self, request: RequestId) {
        match self.cluster.arrive(request, self.now) {
            Some(Ok(takes)) => self.schedule(self.now + takes, What::Execute(request)),
            Some(Err(reply)) => self.schedule(self.now + 200, What::Reply(request, reply)),
            // The node hangs: it will be executed when the node goes on, if ever.
            None => {}
        }
    }

    fn execute(&mut self, request: RequestId) {
        match self.cluster.execute(request, self.now) {
            Executed::Reply { after, reply } => self.schedule(self.now + after, What::Reply(request, reply)),
            Executed::Again { after } => self.schedule(self.now + after, What::Execute(request)),
            Executed::Nothing => {}
        }
    }

    fn reply(&mut self, id: RequestId, reply: Reply) {
        let Some(request) = self.cluster.take(id) else { return };
        let client = request.client;
        if self.timeline.is_some() {
            self.say(|| format!("client {client} ← node {}: {} {reply:?}", request.node, request.describe()));
        }
        let report = self.cluster.report_of(&request, &reply, self.now);
        self.clients[client].received(&request, &reply);
        if let Some(report) = &report {
            self.clients[client].reported(report.last_applied);
        }
        let event = if request.probe {
            Event::ProbeEnded { probe: request.attempt, reply, report }
        } else {
            Event::AttemptEnded { attempt: request.attempt, reply }
        };
        self.tell(client, event);
    }
}

/// Turns a percentile of sorted microseconds into a duration.
pub fn percentile(sorted: &[u32], per_mille: f64) -> Duration {
    if sorted.is_empty() {
        return Duration::ZERO;
    }
    let rank = ((sorted.len() as f64 * per_mille / 1_000.0).ceil() as usize).clamp(1, sorted.len());
    Duration::from_micros(u64::from(sorted[rank - 1]))
}
