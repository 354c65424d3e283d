//! Invariants, whatever happens: random events and commands in random order, each followed by an audit of everything.

use std::collections::{BTreeMap, BTreeSet};

use failover::random::Random;
use failover::{
    Action, Answer, AttemptId, CallId, CallSpec, Duration, Event, Failover, HealthReport, Order, Policy, Replay, Reply,
    Role, Target, Timestamp,
};

use crate::world::{report, urls};

struct Fuzz {
    random: Random,
    core: Failover,
    now: Timestamp,
    next_call: u64,
    calls: BTreeSet<CallId>,
    ended: BTreeSet<CallId>,
    attempts: BTreeMap<AttemptId, CallId>,
    probes: BTreeMap<AttemptId, usize>,
    controls: Vec<AttemptId>,
}

impl Fuzz {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let order = if random.below(2) == 0 { Order::Listed } else { Order::Spread };
        let policy = Policy {
            order,
            probes_in_flight: 1 + random.below(4) as usize,
            probes_at_once: 1 + random.below(4) as usize,
            ..Policy::default()
        };
        let count = 1 + random.below(5) as usize;
        let core = Failover::new(&urls(count), policy, random.next_u64(), Timestamp::ZERO);
        Self {
            random,
            core,
            now: Timestamp::ZERO,
            next_call: 0,
            calls: BTreeSet::new(),
            ended: BTreeSet::new(),
            attempts: BTreeMap::new(),
            probes: BTreeMap::new(),
            controls: Vec::new(),
        }
    }

    fn chance(&mut self, of: u64) -> bool {
        self.random.below(of) == 0
    }

    fn any<T: Copy>(&mut self, of: impl ExactSizeIterator<Item = T>) -> Option<T> {
        let mut of = of;
        let index = self.random.below(of.len() as u64) as usize;
        of.nth(index)
    }

    fn reply(&mut self) -> Reply {
        let wait = Some(Duration::from_millis(self.random.below(9_000)));
        let status = |status: u16| Answer { status, ..Answer::default() };
        match self.random.below(16) {
            0 | 1 => Reply::NetworkError,
            2 => Reply::Truncated,
            3 => Reply::Answer(status([500, 502, 503, 504, 404, 401][self.random.below(6) as usize])),
            4 => Reply::Answer(Answer { retry_after: wait, ..status(429) }),
            5 => Reply::Answer(Answer { retry_after: wait, ..status(503) }),
            6 => Reply::Answer(Answer { raft_index: Some(self.random.below(99)), ..status(425) }),
            7 => Reply::Answer(Answer { key_in_progress: true, ..status(409) }),
            8 => {
                let leader_url = Some(format!("http://node-{}", self.random.below(6)).into());
                Reply::Answer(Answer { not_leader: true, leader_url, ..status(503) })
            }
            9 => Reply::Answer(Answer { malformed: true, ..status(200) }),
            _ => Reply::Answer(Answer { raft_index: Some(self.random.below(99)), ..status(200) }),
        }
    }

    fn health(&mut self) -> Option<HealthReport> {
        let role = [Role::Leader, Role::Follower, Role::Candidate][self.random.below(3) as usize];
        let own = report(self.random.below(5), role, self.random.below(4), self.random.below(5));
        let quorum = Some(!self.chance(5));
        self.chance(2).then_some(HealthReport { quorum, last_applied: Some(7), ..own })
    }

    fn spec(&mut self) -> CallSpec {
        let replay = [Replay::Repeatable, Replay::Keyed, Replay::Once][self.random.below(3) as usize];
        let base = if self.chance(3) { CallSpec::write(replay) } else { CallSpec::READ };
        CallSpec {
            slow: self.chance(8),
            background: self.chance(5),
            with_headers: self.chance(2),
            avoid: if self.chance(9) { self.core.node_at(0) } else { None },
            deadline: if self.chance(6) { Some(Duration::from_millis(self.random.below(3_000))) } else { None },
            ..base
        }
    }

    fn step(&mut self) {
        let wakeup = self.core.next_wakeup();
        match self.random.below(40) {
            // Most of the time goes by as the core wishes.
            0..10 => {
                if let Some(at) = wakeup {
                    self.now = self.now.max(at);
                    self.tell(Event::Tick);
                }
            }
            10..18 => {
                let call = CallId(self.next_call);
                self.next_call += 1;
                self.calls.insert(call);
                let spec = self.spec();
                self.tell(Event::Submit { call, spec });
            }
            18..28 => {
                if let Some(attempt) = self.any(self.attempts.clone().into_keys()) {
                    let reply = self.reply();
                    self.pass(60_000);
                    self.tell(Event::AttemptEnded { attempt, reply });
                }
            }
            28..33 => {
                if let Some(probe) = self.any(self.probes.clone().into_keys()) {
                    let (reply, report) = (self.reply(), self.health());
                    self.pass(30_000);
                    self.tell(Event::ProbeEnded { probe, reply, report });
                }
            }
            33 => {
                if let Some(control) = self.controls.pop() {
                    let reached = self.chance(2);
                    self.tell(Event::ControlEnded { control, reached });
                }
            }
            34 => {
                if let Some(call) = self.any(self.calls.clone().into_iter().collect::<Vec<_>>().into_iter()) {
                    self.calls.remove(&call);
                    self.ended.insert(call);
                    self.tell(Event::Cancel { call });
                }
            }
            35 => {
                let (visible, online) = (!self.chance(4), !self.chance(4));
                self.tell(Event::Visibility { visible });
                self.tell(Event::Online { online });
            }
            36 => {
                if let Some(attempt) = self.any(self.attempts.clone().into_keys()) {
                    self.tell(Event::HeadersCame { attempt });
                }
            }
            37 if self.chance(5) => {
                self.now = self.now + Duration::from_secs(self.random.below(40_000));
                self.tell(Event::Tick);
            }
            _ => self.command(),
        }
    }

    /// Time goes by, but not past the next wake-up.
    fn pass(&mut self, most_micros: u64) {
        let then = self.now + Duration::from_micros(self.random.below(most_micros));
        self.now = self.core.next_wakeup().map_or(then, |at| then.min(at)).max(self.now);
    }

    fn command(&mut self) {
        let (now, index) = (self.now, self.random.below(6) as usize);
        match self.random.below(12) {
            0 => drop(self.core.switch_to_node(index, now)),
            1 => self.core.clear_preference(now),
            2 => drop(self.core.reset_failed_nodes(now)),
            3 => drop(self.core.reset_node(index, now)),
            4 => drop(self.core.mark_node_as_failed(index, now)),
            5 if self.chance(4) => drop(self.core.require_node(index, now)),
            5 => self.core.clear_requirement(now),
            6 => self.core.ask_for_round(now),
            7 => self.core.watch_while_hidden(index % 2 == 0, now),
            8 if self.chance(3) => {
                let mut list = urls(6);
                self.random.shuffle(&mut list);
                list.truncate(self.random.below(7) as usize);
                self.core.set_nodes(&list, now);
            }
            9 => {
                if let Some(node) = self.core.node_at(index) {
                    self.core.stream_opened(node);
                    self.core.stream_closed(node, now);
                }
            }
            _ => drop(self.core.explain(Target::AnyNode, now)),
        }
        self.perform();
    }

    fn tell(&mut self, event: Event) {
        match &event {
            Event::AttemptEnded { attempt, .. } => drop(self.attempts.remove(attempt)),
            Event::ProbeEnded { probe, .. } => drop(self.probes.remove(probe)),
            _ => {}
        }
        self.core.handle(self.now, event);
        self.perform();
    }

    fn perform(&mut self) {
        while let Some(action) = self.core.poll_action() {
            match action {
                Action::StartAttempt { call, attempt, .. } => {
                    assert!(self.calls.contains(&call), "an attempt for a call that has ended, or never began");
                    assert!(self.attempts.insert(attempt, call).is_none(), "an id is used once");
                }
                Action::StartProbe { probe, node, .. } => {
                    let index = self.core.index_of(node).expect("probes go to nodes of the list");
                    assert!(self.probes.insert(probe, index).is_none(), "an id is used once");
                }
                Action::AbortAttempt { attempt } => {
                    assert!(self.attempts.remove(&attempt).is_some(), "only what is out is taken back");
                }
                Action::AbortProbe { probe } => {
                    assert!(self.probes.remove(&probe).is_some(), "only what is out is taken back");
                }
                Action::Complete { call, .. } => {
                    assert!(self.calls.remove(&call), "a call ends once");
                    self.ended.insert(call);
                }
                Action::StartControl { control } => self.controls.push(control),
                Action::AbortControl { control } => self.controls.retain(|own| *own != control),
                Action::CheckEnded { .. } | Action::CheckDropped { .. } => {}
            }
        }
        let (retries, hedges) = self.core.tokens();
        assert!(retries <= 5 && hedges <= 3, "a bucket never holds more than it began with");
        if let Err(rule) = self.core.audit(self.now) {
            panic!("broken: {rule}");
        }
    }
}

#[test]
fn every_invariant_holds_whatever_happens() {
    for seed in 0..120 {
        let mut fuzz = Fuzz::new(seed);
        fuzz.tell(Event::Tick);
        for step in 0..1_500 {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| fuzz.step()));
            assert!(result.is_ok(), "seed {seed}, step {step}");
        }
    }
}

#[test]
fn every_call_ends_by_its_deadline_when_time_goes_by_whatever_happened_before() {
    for seed in 1_000..1_100 {
        let mut fuzz = Fuzz::new(seed);
        fuzz.tell(Event::Tick);
        (0..400).for_each(|_| fuzz.step());
        let end = fuzz.now + Duration::from_secs(16);
        while let Some(at) = fuzz.core.next_wakeup().filter(|at| *at <= end) {
            assert!(at >= fuzz.now, "seed {seed}: a wake-up in the past");
            fuzz.now = at;
            fuzz.tell(Event::Tick);
        }
        assert!(fuzz.calls.is_empty(), "seed {seed}: {:?} have not ended", fuzz.calls);
        assert_eq!(fuzz.core.under_way().0, 0, "seed {seed}");
    }
}
