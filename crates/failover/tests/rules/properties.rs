//! Invariants, whatever happens: random events and commands in random order, each followed by an audit of everything.
//!
//! Proptest makes the histories and shrinks one that breaks something to the few steps that matter.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use failover::{
    Action, Answer, AttemptId, CallId, CallSpec, Event, Failover, HealthReport, NodeUrl, Order, Policy, Replay, Reply,
    RetryAfter, Role, Target, Timestamp,
};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::world::{report, urls};

/// What a core is made with.
#[derive(Clone, Debug)]
struct Setup {
    nodes: usize,
    seed: u64,
    policy: Policy,
}

/// One step of a history. An [`Index`] picks one of what there is when its step comes; when there is nothing, nothing
/// happens.
#[derive(Clone, Debug)]
enum Step {
    /// Time goes by until the core wants to be woken.
    WakeUp,
    Submit(CallSpec),
    /// Go to another node than the first of the list.
    SubmitElsewhere(CallSpec),
    EndAttempt {
        which: Index,
        reply: Reply,
        after: Duration,
    },
    EndProbe {
        which: Index,
        reply: Reply,
        report: Option<HealthReport>,
        after: Duration,
    },
    EndControl {
        reached: bool,
    },
    Cancel(Index),
    Page {
        visible: bool,
        online: bool,
    },
    Headers(Index),
    Sleep(Duration),
    Command(Command),
}

#[derive(Clone, Debug)]
enum Command {
    Switch(usize),
    ClearPreference,
    ResetAll,
    Reset(usize),
    MarkFailed(usize),
    Require(usize),
    ClearRequirement,
    Round,
    WatchHidden(bool),
    SetNodes(Vec<NodeUrl>),
    OpenAndCloseStream(usize),
    Follow(usize),
    Explain,
}

fn setup() -> impl Strategy<Value = Setup> {
    let order = prop_oneof![Just(Order::Listed), Just(Order::Spread)];
    (1_usize..=5, any::<u64>(), order, 1_usize..=4, 1_usize..=4).prop_map(
        |(nodes, seed, order, probes_in_flight, probes_at_once)| {
            let policy = Policy { order, probes_in_flight, probes_at_once, ..Policy::default() };
            Setup { nodes, seed, policy }
        },
    )
}

fn reply() -> impl Strategy<Value = Reply> {
    let answer = |status: u16| Answer { status, ..Answer::default() };
    let wait = prop::option::of((0..9_000_u64, any::<bool>()).prop_map(|(millis, standard)| {
        let wait = Duration::from_millis(millis);
        if standard { RetryAfter::standard(wait) } else { RetryAfter::lenient(wait) }
    }));
    let index = (0..99_u64).prop_map(Some);
    prop_oneof![
        2 => Just(Reply::NetworkError),
        1 => Just(Reply::Truncated),
        1 => prop::sample::select(vec![500, 502, 503, 504, 404, 401]).prop_map(move |code| Reply::Answer(answer(code))),
        2 => (prop::sample::select(vec![429, 503]), wait)
            .prop_map(move |(code, retry_after)| Reply::Answer(Answer { retry_after, ..answer(code) })),
        1 => index.clone().prop_map(move |raft_index| Reply::Answer(Answer { raft_index, ..answer(425) })),
        1 => Just(Reply::Answer(Answer { key_in_progress: true, ..answer(409) })),
        1 => (0..6).prop_map(move |leader| {
            let leader_url = Some(format!("http://node-{leader}").into());
            Reply::Answer(Answer { not_leader: true, leader_url, ..answer(503) })
        }),
        1 => Just(Reply::Answer(Answer { malformed: true, ..answer(200) })),
        6 => index.prop_map(move |raft_index| Reply::Answer(Answer { raft_index, ..answer(200) })),
    ]
}

fn health() -> impl Strategy<Value = Option<HealthReport>> {
    let role = prop::sample::select(vec![Role::Leader, Role::Follower, Role::Candidate]);
    let cluster = prop_oneof![6 => Just(Some("cluster")), 1 => Just(Some("another")), 1 => Just(None)];
    let body = (0..5_u64, role, 0..4_u64, 0..5_u64, prop::bool::weighted(0.8), cluster).prop_map(
        |(node_id, role, term, leader_id, quorum, cluster)| HealthReport {
            cluster_id: cluster.map(Into::into),
            quorum: Some(quorum),
            last_applied: Some(7),
            ..report(node_id, role, term, leader_id)
        },
    );
    prop::option::of(body)
}

fn spec() -> impl Strategy<Value = CallSpec> {
    let replay = prop::sample::select(vec![Replay::Repeatable, Replay::Keyed, Replay::Once]);
    let base = prop_oneof![2 => Just(CallSpec::READ), 1 => replay.prop_map(CallSpec::write)];
    let deadline = prop::option::weighted(0.17, (0..3_000_u64).prop_map(Duration::from_millis));
    (base, prop::bool::weighted(0.12), prop::bool::weighted(0.2), any::<bool>(), deadline).prop_map(
        |(base, slow, background, with_headers, deadline)| CallSpec {
            slow,
            background,
            with_headers,
            deadline,
            ..base
        },
    )
}

fn command() -> impl Strategy<Value = Command> {
    let node = 0..6_usize;
    let list = Just(urls(6))
        .prop_shuffle()
        .prop_flat_map(|list| (0..list.len() + 1).prop_map(move |count| Command::SetNodes(list[..count].to_vec())));
    prop_oneof![
        4 => node.clone().prop_map(Command::Switch),
        4 => Just(Command::ClearPreference),
        4 => Just(Command::ResetAll),
        4 => node.clone().prop_map(Command::Reset),
        4 => node.clone().prop_map(Command::MarkFailed),
        1 => node.clone().prop_map(Command::Require),
        3 => Just(Command::ClearRequirement),
        4 => Just(Command::Round),
        4 => any::<bool>().prop_map(Command::WatchHidden),
        2 => list,
        4 => node.prop_map(Command::OpenAndCloseStream),
        6 => Just(Command::Explain),
        2 => (0..6_usize).prop_map(Command::Follow),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let within = |micros: u64| (0..micros).prop_map(Duration::from_micros);
    prop_oneof![
        10 => Just(Step::WakeUp),
        7 => spec().prop_map(Step::Submit),
        1 => spec().prop_map(Step::SubmitElsewhere),
        10 => (any::<Index>(), reply(), within(60_000))
            .prop_map(|(which, reply, after)| Step::EndAttempt { which, reply, after }),
        5 => (any::<Index>(), reply(), health(), within(30_000))
            .prop_map(|(which, reply, report, after)| Step::EndProbe { which, reply, report, after }),
        1 => any::<bool>().prop_map(|reached| Step::EndControl { reached }),
        1 => any::<Index>().prop_map(Step::Cancel),
        1 => (prop::bool::weighted(0.75), prop::bool::weighted(0.75))
            .prop_map(|(visible, online)| Step::Page { visible, online }),
        1 => any::<Index>().prop_map(Step::Headers),
        1 => prop::option::weighted(0.2, 0..40_000_u64)
            .prop_map(|seconds| seconds.map_or(Step::WakeUp, |seconds| Step::Sleep(Duration::from_secs(seconds)))),
        2 => command().prop_map(Step::Command),
    ]
}

/// A core, and what is out to its nodes.
struct Scene {
    core: Failover,
    now: Timestamp,
    next_call: u64,
    calls: BTreeSet<CallId>,
    attempts: BTreeMap<AttemptId, CallId>,
    probes: BTreeSet<AttemptId>,
    controls: Vec<AttemptId>,
}

impl Scene {
    fn new(setup: Setup) -> Self {
        let core = Failover::new(&urls(setup.nodes), setup.policy, setup.seed, Timestamp::ZERO);
        let mut scene = Self {
            core,
            now: Timestamp::ZERO,
            next_call: 0,
            calls: BTreeSet::new(),
            attempts: BTreeMap::new(),
            probes: BTreeSet::new(),
            controls: Vec::new(),
        };
        scene.handle(Event::Tick);
        scene
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::WakeUp => {
                if let Some(at) = self.core.next_wakeup() {
                    self.now = self.now.max(at);
                    self.handle(Event::Tick);
                }
            }
            Step::Submit(spec) => self.submit(spec),
            Step::SubmitElsewhere(spec) => self.submit(CallSpec { avoid: self.core.node_at(0), ..spec }),
            Step::EndAttempt { which, reply, after } => {
                if let Some(attempt) = pick(which, self.attempts.keys()) {
                    self.pass(after);
                    self.attempts.remove(&attempt);
                    self.handle(Event::AttemptEnded { attempt, reply });
                }
            }
            Step::EndProbe { which, reply, report, after } => {
                if let Some(probe) = pick(which, self.probes.iter()) {
                    self.pass(after);
                    self.probes.remove(&probe);
                    self.handle(Event::ProbeEnded { probe, reply, report });
                }
            }
            Step::EndControl { reached } => {
                if let Some(control) = self.controls.pop() {
                    self.handle(Event::ControlEnded { control, reached });
                }
            }
            Step::Cancel(which) => {
                if let Some(call) = pick(which, self.calls.iter()) {
                    self.calls.remove(&call);
                    self.handle(Event::Cancel { call });
                }
            }
            Step::Page { visible, online } => {
                self.handle(Event::Visibility { visible });
                self.handle(Event::Online { online });
            }
            Step::Headers(which) => {
                if let Some(attempt) = pick(which, self.attempts.keys()) {
                    self.handle(Event::HeadersCame { attempt });
                }
            }
            Step::Sleep(duration) => {
                self.now = self.now + duration;
                self.handle(Event::Tick);
            }
            Step::Command(command) => self.command(command),
        }
    }

    fn submit(&mut self, spec: CallSpec) {
        let call = CallId(self.next_call);
        self.next_call += 1;
        self.calls.insert(call);
        self.handle(Event::Submit { call, spec });
    }

    /// Time goes by, but not past the next wake-up.
    fn pass(&mut self, after: Duration) {
        let then = self.now + after;
        self.now = self.core.next_wakeup().map_or(then, |at| then.min(at)).max(self.now);
    }

    fn command(&mut self, command: Command) {
        let now = self.now;
        match command {
            Command::Switch(index) => drop(self.core.switch_to_node(index, now)),
            Command::ClearPreference => self.core.clear_preference(now),
            Command::ResetAll => drop(self.core.reset_failed_nodes(now)),
            Command::Reset(index) => drop(self.core.reset_node(index, now)),
            Command::MarkFailed(index) => drop(self.core.mark_node_as_failed(index, now)),
            Command::Require(index) => drop(self.core.require_node(index, now)),
            Command::ClearRequirement => self.core.clear_requirement(now),
            Command::Round => self.core.ask_for_round(now),
            Command::WatchHidden(watch) => self.core.watch_while_hidden(watch, now),
            Command::SetNodes(list) => self.core.set_nodes(&list, now),
            Command::OpenAndCloseStream(index) => {
                let opened = self.core.node_at(index).and_then(|node| self.core.stream_opened(node));
                if let Some(stream) = opened {
                    self.core.stream_closed(stream, now);
                }
            }
            Command::Follow(index) => drop(self.core.follow_cluster(index, now)),
            Command::Explain => drop(self.core.explain(Target::AnyNode, now)),
        }
        self.perform();
    }

    fn handle(&mut self, event: Event) {
        self.core.handle(self.now, event);
        self.perform();
    }

    fn perform(&mut self) {
        while let Some(action) = self.core.poll_action() {
            match action {
                Action::StartAttempt { call, attempt, node, .. } => {
                    assert!(!self.core.is_foreign(node), "nothing is sent to another cluster");
                    assert!(self.calls.contains(&call), "an attempt for a call that has ended, or never began");
                    assert!(self.attempts.insert(attempt, call).is_none(), "an id is used once");
                }
                Action::StartProbe { probe, node, .. } => {
                    assert!(self.core.index_of(node).is_some(), "probes go to nodes of the list");
                    assert!(self.probes.insert(probe), "an id is used once");
                }
                Action::AbortAttempt { attempt } => {
                    assert!(self.attempts.remove(&attempt).is_some(), "only what is out is cancelled");
                }
                Action::AbortProbe { probe } => {
                    assert!(self.probes.remove(&probe), "only what is out is cancelled");
                }
                Action::Complete { call, .. } => {
                    assert!(self.calls.remove(&call), "a call ends once");
                }
                Action::StartControl { control } => self.controls.push(control),
                Action::AbortControl { control } => self.controls.retain(|own| *own != control),
                Action::CheckEnded { .. }
                | Action::CheckDropped { .. }
                | Action::ForgetReadIndex
                | Action::GiveUpReadIndex { .. } => {}
            }
        }
        let (retries, hedges) = self.core.tokens();
        assert!(retries <= 5 && hedges <= 3, "a bucket never holds more than it began with");
        if let Err(rule) = self.core.audit(self.now) {
            panic!("broken: {rule}");
        }
    }
}

fn pick<'a, T: Copy + 'a>(which: Index, from: impl ExactSizeIterator<Item = &'a T>) -> Option<T> {
    let mut from = from;
    let count = from.len();
    if count == 0 { None } else { from.nth(which.index(count)).copied() }
}

fn configured(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(configured(80))]

    #[test]
    fn every_invariant_holds_whatever_happens(setup in setup(), steps in prop::collection::vec(step(), 1..1_500)) {
        let mut scene = Scene::new(setup);
        steps.into_iter().for_each(|step| scene.step(step));
    }

    #[test]
    fn every_call_ends_by_its_deadline_when_time_goes_by_whatever_happened_before(
        setup in setup(),
        steps in prop::collection::vec(step(), 1..400),
    ) {
        let mut scene = Scene::new(setup);
        steps.into_iter().for_each(|step| scene.step(step));
        let end = scene.now + Duration::from_secs(16);
        while let Some(at) = scene.core.next_wakeup().filter(|at| *at <= end) {
            prop_assert!(at >= scene.now, "a wake-up in the past");
            scene.now = at;
            scene.handle(Event::Tick);
        }
        prop_assert!(scene.calls.is_empty(), "{:?} have not ended", scene.calls);
        prop_assert_eq!(scene.core.under_way().0, 0);
    }
}
