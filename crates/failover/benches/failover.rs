//! Target 8: how long the core takes for one event, and whether it allocates in steady state.

use std::collections::VecDeque;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use failover::{Action, Answer, AttemptId, CallId, CallSpec, Event, Failover, NodeUrl, Policy, Reply, Timestamp};

struct Bench {
    core: Failover,
    now: Timestamp,
    next_call: u64,
    out: VecDeque<Option<AttemptId>>,
}

/// Reads that a busy page has out at once: more than one leaf of a `BTreeMap` holds.
const UNDER_WAY: usize = 20;

fn ok() -> Reply {
    Reply::Answer(Answer { status: 200, ..Answer::default() })
}

impl Bench {
    fn new(nodes: usize) -> Self {
        let urls: Vec<NodeUrl> =
            (0..nodes).map(|index| NodeUrl::from_normalized(format!("http://node-{index}"))).collect();
        let now = Timestamp::from_millis(1_000);
        let mut bench =
            Self { core: Failover::new(&urls, Policy::default(), 7, now), now, next_call: 0, out: VecDeque::new() };
        // The first round of health checks.
        while bench.core.snapshot(bench.now).healthy() < nodes {
            bench.step(5_000);
            bench.core.handle(bench.now, Event::Tick);
            bench.answer_probes();
        }
        // Long enough for every buffer to have its size.
        (0..5_000).for_each(|_| bench.read());
        bench
    }

    fn step(&mut self, micros: u64) {
        self.now = Timestamp::from_micros(self.now.as_micros() + micros);
    }

    fn answer_probes(&mut self) {
        let mut probes: Vec<AttemptId> = Vec::new();
        while let Some(action) = self.core.poll_action() {
            if let Action::StartProbe { probe, .. } = action {
                probes.push(probe);
            }
        }
        for probe in probes {
            self.core.handle(self.now, Event::ProbeEnded { probe, reply: ok(), report: None });
        }
        while self.core.poll_action().is_some() {}
    }

    /// Two events: a read is submitted, and answered 20 ms later.
    fn read(&mut self) {
        let sent = self.submit();
        self.step(20_000);
        self.answer(sent);
    }

    /// Two events with `UNDER_WAY` reads out: a read is submitted, and the oldest one that is out is answered.
    fn overlapping_read(&mut self) {
        let sent = self.submit();
        self.out.push_back(sent);
        if self.out.len() > UNDER_WAY {
            self.step(20_000 / UNDER_WAY as u64);
            let oldest = self.out.pop_front().flatten();
            self.answer(oldest);
        }
    }

    fn submit(&mut self) -> Option<AttemptId> {
        let call = CallId(self.next_call);
        self.next_call += 1;
        self.core.handle(self.now, Event::Submit { call, spec: CallSpec::READ });
        let mut sent = None;
        while let Some(action) = self.core.poll_action() {
            match action {
                Action::StartAttempt { attempt, .. } => sent = Some(attempt),
                Action::StartProbe { probe, .. } => {
                    self.core.handle(self.now, Event::ProbeEnded { probe, reply: ok(), report: None });
                }
                _ => {}
            }
        }
        sent
    }

    fn answer(&mut self, sent: Option<AttemptId>) {
        if let Some(attempt) = sent {
            self.core.handle(self.now, Event::AttemptEnded { attempt, reply: ok() });
        }
        while let Some(action) = self.core.poll_action() {
            match action {
                Action::StartProbe { probe, .. } => {
                    self.core.handle(self.now, Event::ProbeEnded { probe, reply: ok(), report: None });
                }
                other => drop(black_box(other)),
            }
        }
    }
}

fn events(criterion: &mut Criterion) {
    for nodes in [3, 1_000] {
        let mut bench = Bench::new(nodes);
        let counted = allocation_counter::measure(|| (0..10_000).for_each(|_| bench.read()));
        let each = counted.count_total as f64 / 10_000.0;
        println!("{nodes} nodes: {each:.2} allocations a read (two events)");
        let mut busy = Bench::new(nodes);
        (0..5_000).for_each(|_| busy.overlapping_read());
        let counted = allocation_counter::measure(|| (0..10_000).for_each(|_| busy.overlapping_read()));
        let each = counted.count_total as f64 / 10_000.0;
        println!("{nodes} nodes, {UNDER_WAY} reads under way: {each:.2} allocations a read (two events)");
        criterion.bench_function(&format!("a read with {UNDER_WAY} under way: two events, {nodes} nodes"), |bencher| {
            bencher.iter(|| busy.overlapping_read());
        });
        criterion.bench_function(&format!("a read, submitted and answered: two events, {nodes} nodes"), |bencher| {
            bencher.iter(|| bench.read());
        });
        let mut bench = Bench::new(nodes);
        criterion.bench_function(&format!("a tick with nothing due, {nodes} nodes"), |bencher| {
            bencher.iter(|| {
                bench.step(1);
                bench.core.handle(bench.now, Event::Tick);
                bench.answer_probes();
            });
        });
    }
}

criterion_group!(benches, events);
criterion_main!(benches);
