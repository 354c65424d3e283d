//! Every interleaving of two nodes, two calls and a stream, up to a depth: the real core, driven by `stateright`.
//!
//! A core cannot be copied. So a state of the search is the list of steps that led to it, with a number that stands for the
//! core's canonical form ([`Failover::hash_state`](failover::Failover::hash_state) through [`form`]): two lists whose
//! cores go on alike are one state, and only the first of them is followed further. To look at a state is to play its
//! steps again, which costs a microsecond a step and no memory. What must hold is in [`watch`], and in the core's audit.
//!
//! The search is breadth first on one thread, so that a depth means the same states on every machine, and a violation is
//! found in the fewest steps. It begins with healthy nodes, with one that recovers, and with none. `VCUBE_MODEL_DEPTH` says
//! how many steps deeper than usual it goes: `cargo xtask test --long` sets it.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

mod form;
mod scene;
mod watch;

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Instant;

use failover::{CallSpec, Replay};
use stateright::{Checker, HasDiscoveries, Model, Property};

use form::Form;
use scene::{Scene, Setup, Step};
use watch::{Seen, Watch};

/// Steps, the last one first. Lists share what they have in common.
#[derive(Debug)]
pub struct Steps {
    last: Step,
    before: Option<Arc<Steps>>,
}

/// A state of the search.
#[derive(Clone, Debug)]
pub struct State {
    steps: Option<Arc<Steps>>,
    watch: Watch,
    seen: Seen,
    /// What may come next.
    next: Arc<[Step]>,
    /// Stands for everything that decides how it goes on.
    form: u64,
}

impl State {
    fn at(scene: &Scene, steps: Option<Arc<Steps>>, watch: Watch, seen: Seen) -> Self {
        let form = Form::of(scene.now, |form| {
            scene.hash(form);
            watch.hash(form);
        });
        Self { steps, watch, seen, next: scene.steps().into(), form }
    }

    /// The steps that led here, in order.
    fn story(&self) -> Vec<Step> {
        let mut steps: Vec<Step> =
            std::iter::successors(self.steps.as_ref(), |steps| steps.before.as_ref()).map(|steps| steps.last).collect();
        steps.reverse();
        steps
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.form == other.form
    }
}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.form.hash(state);
    }
}

impl Model for Setup {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        let mut scene = Scene::new(self);
        let mut watch = Watch::new(&scene);
        for step in &self.before {
            let effects = scene.step(*step);
            watch.step(*step, &scene, &effects, self);
        }
        vec![State::at(&scene, None, watch, Seen::default())]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Step>) {
        if state.watch.broken.is_none() {
            actions.extend(state.next.iter());
        }
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let mut scene = Scene::new(self);
        for step in self.before.iter().copied().chain(last.story()) {
            scene.step(step);
        }
        let effects = scene.step(step);
        let mut watch = last.watch.clone();
        let seen = watch.step(step, &scene, &effects, self);
        let steps = Some(Arc::new(Steps { last: step, before: last.steps.clone() }));
        Some(State::at(&scene, steps, watch, seen))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(HOLDS, |_, state: &State| state.watch.broken.is_none()),
            Property::sometimes(FAILS, |_, state: &State| state.seen.failed),
            Property::sometimes(RECOVERS, |_, state: &State| state.seen.recovering),
            Property::sometimes(ALL_FAIL, |_, state: &State| state.seen.outage),
            Property::sometimes(NETWORK, |_, state: &State| state.seen.network_down),
            Property::sometimes(LATE, |_, state: &State| state.seen.late),
        ]
    }
}

const HOLDS: &str = "everything holds";
/// What a search should come by.
const FAILS: &str = "a node fails";
const RECOVERS: &str = "a node recovers";
const ALL_FAIL: &str = "all nodes fail";
const NETWORK: &str = "it is the person's own network";
const LATE: &str = "a failure comes too late to blame anybody";

/// What a search found.
struct Found {
    /// The steps that lead to a violation, and the rule that it breaks.
    broken: Option<(Vec<Step>, &'static str)>,
    /// What it came by.
    seen: BTreeSet<&'static str>,
}

/// Searches `depth` steps deep, and prints how much that was.
fn search(name: &str, setup: Setup, depth: usize) -> Found {
    let began = Instant::now();
    // The state at which it begins counts as a step.
    let checker = setup.checker().target_max_depth(depth + 1).finish_when(HasDiscoveries::AnyFailures);
    let checker = checker.spawn_bfs().join();
    println!(
        "{name}: {} states, {} with those met again, {} steps deep, {:.1} s",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth() - 1,
        began.elapsed().as_secs_f64()
    );
    let mut found = checker.discoveries();
    let broken = found.remove(HOLDS).map(|path| path.last_state().clone());
    let broken = broken.map(|state| (state.story(), state.watch.broken.unwrap_or_default()));
    Found { broken, seen: found.into_keys().collect() }
}

/// Nothing is broken up to `depth`, and the search came by `expected`.
fn must_hold(name: &str, setup: Setup, depth: usize, expected: &[&str]) {
    let deeper = std::env::var("VCUBE_MODEL_DEPTH").ok().and_then(|text| text.parse().ok());
    let before = setup.before.clone();
    let Found { broken, seen } = search(name, setup, depth + deeper.unwrap_or(0));
    if let Some((story, rule)) = broken {
        panic!("broken: {rule}\nafter {before:?}\nand then {story:?}");
    }
    assert!(expected.iter().all(|one| seen.contains(one)), "only {seen:?}: too shallow to be worth anything");
}

#[test]
fn two_reads_and_a_stream_break_no_rule_in_any_order() {
    let setup = Setup::of([CallSpec::READ, CallSpec::READ]);
    must_hold("two reads", setup.clone().healthy(), 8, &[FAILS, RECOVERS, ALL_FAIL, NETWORK, LATE]);
    must_hold("two reads, a node recovers", setup.clone().recovering(), 7, &[FAILS, ALL_FAIL, LATE]);
    must_hold("two reads, all is down", setup.down(), 7, &[RECOVERS, ALL_FAIL]);
}

#[test]
fn writes_and_a_stream_break_no_rule_in_any_order() {
    let keyed = Setup::of([CallSpec::READ, CallSpec::write(Replay::Keyed)]);
    let once = Setup::of([CallSpec::write(Replay::Once), CallSpec::write(Replay::Keyed)]);
    must_hold("a read, a write with a key", keyed.clone().healthy(), 8, &[FAILS, RECOVERS, ALL_FAIL, NETWORK, LATE]);
    must_hold("two writes, a node recovers", once.clone().recovering(), 7, &[FAILS, ALL_FAIL, LATE]);
    must_hold("two writes, all is down", once.down(), 7, &[RECOVERS, ALL_FAIL]);
}

/// A straggler of before a suspicion was cleared would fail a healthy node.
#[test]
fn without_the_rule_of_stale_generation_a_healthy_node_is_blamed_and_the_search_finds_it() {
    let mut setup = Setup::of([CallSpec::READ, CallSpec::READ]).healthy();
    setup.policy.generations = false;
    let (story, rule) = search("without generations", setup, 8).broken.expect("the rule is needed");
    println!("  {rule}, after {story:?}");
    assert_eq!(rule, watch::BLAMED);
    assert!(story.len() <= 6, "the shortest way there");
}

#[test]
fn odd_answers_cancellations_and_a_sleep_break_no_rule_in_any_order() {
    let read = Setup { odd: true, ..Setup::of([CallSpec::READ, CallSpec::write(Replay::Keyed)]) };
    let once = Setup { odd: true, ..Setup::of([CallSpec::write(Replay::Once), CallSpec::write(Replay::Keyed)]) };
    must_hold("a read and a write, odd answers", read.clone().healthy(), 6, &[FAILS, LATE]);
    must_hold("a read and a write, odd answers, a node recovers", read.clone().recovering(), 5, &[FAILS]);
    must_hold("two writes, odd answers", once.clone().healthy(), 6, &[FAILS, LATE]);
    must_hold("two writes, odd answers, all is down", once.down(), 6, &[ALL_FAIL]);
}
