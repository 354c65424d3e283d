//! One core, what is out to its nodes, and the steps that may come next.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use failover::{
    Action, Answer, AttemptId, CallId, CallSpec, Completion, Event, Failover, NodeState, NodeUrl, OpenStream, Policy,
    Reply, Timestamp,
};

pub const NODES: usize = 2;
pub const CALLS: usize = 2;

/// From one step to the next, unless the core wants to be woken before.
const PACE: Duration = Duration::from_millis(5);

/// What is searched through.
#[derive(Clone, Debug)]
pub struct Setup {
    pub calls: [CallSpec; CALLS],
    pub policy: Policy,
    /// What has happened before the search begins.
    pub before: Vec<Step>,
    /// What is rarer than a failure happens too: [`Odd`] answers, a caller who turns away, a machine that sleeps.
    pub odd: bool,
}

/// An answer that is neither what was asked for nor a failure of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Odd {
    NotLeader,
    /// 503, without a word for how long.
    Draining,
    /// 500.
    Error,
}

impl Setup {
    /// Two calls that may need a preflight each, and so few sockets that a stream is in their way.
    pub fn of(calls: [CallSpec; CALLS]) -> Self {
        let calls = calls.map(|spec| CallSpec { with_headers: true, ..spec });
        Self { calls, policy: Policy { origin_requests: 2, ..Policy::default() }, before: Vec::new(), odd: false }
    }

    /// Both nodes have answered their first checks.
    pub fn healthy(self) -> Self {
        self.led(|scene| scene.checks().next().map(|(id, _)| Step::CheckAnswered(id)))
    }

    /// Both nodes have failed. It is not the person's own network.
    pub fn down(self) -> Self {
        self.led(|scene| {
            let down = (0..NODES).all(|node| scene.core.state_at(node) == Some(NodeState::Failed));
            let broken = scene.checks().next().map(|(id, _)| Step::CheckBreaks(id));
            let control = scene.control.map(|_| Step::ControlEnds { reached: true });
            control.or(broken).or(Some(Step::Wake)).filter(|_| !down)
        })
    }

    /// The first node has failed, and answers again; the second one was well all the time.
    pub fn recovering(self) -> Self {
        let ends = |scene: &Scene, well: bool| {
            let check = scene.checks().next();
            check.map(|(id, node)| if well || node > 0 { Step::CheckAnswered(id) } else { Step::CheckBreaks(id) })
        };
        let state = |scene: &Scene| scene.core.state_at(0);
        let fails =
            |scene: &Scene| ends(scene, false).or(Some(Step::Wake)).filter(|_| state(scene) != Some(NodeState::Failed));
        let returns = |scene: &Scene| {
            ends(scene, true).or(Some(Step::Wake)).filter(|_| state(scene) != Some(NodeState::Recovering))
        };
        self.led(fails).led(returns)
    }

    /// Goes on from what has happened so far, with the steps that `next` names.
    fn led(mut self, next: impl Fn(&Scene) -> Option<Step>) -> Self {
        let mut scene = Scene::new(&self);
        for step in &self.before {
            scene.step(*step);
        }
        while let Some(step) = next(&scene) {
            scene.step(step);
            self.before.push(step);
        }
        self
    }
}

/// One step. Nothing else happens between two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Time goes by until the core wants to be woken: what is out is slow, hangs, or is late.
    Wake,
    /// The next of the calls is submitted.
    Submit,
    Answered(AttemptId),
    AnsweredOddly(AttemptId, Odd),
    Breaks(AttemptId),
    CheckAnswered(AttemptId),
    CheckBreaks(AttemptId),
    ControlEnds {
        reached: bool,
    },
    /// A stream to the node in use is opened: once.
    OpenStream,
    /// It is closed, because its page does not want it any more.
    CloseStream,
    /// It breaks, and its node is checked.
    StreamBreaks,
    /// The operator chooses the node that is not in use: once.
    Switch,
    /// The operator resets all failures: once.
    Reset,
    /// Whoever submitted this call does not want it any more.
    Cancel(usize),
    /// The machine sleeps: once.
    Sleep,
}

/// Longer than an attempt may take, and short of what a call may.
const SLEEP: Duration = Duration::from_secs(8);

/// An attempt or a check that is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Out {
    pub node: usize,
    pub began: Timestamp,
    /// The call that it is for; `None` for a check.
    pub call: Option<usize>,
}

/// How something that was out ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Well,
    Badly,
    Oddly(Odd),
    /// The core gave it up.
    Aborted,
}

/// What a step led to.
#[derive(Debug, Default)]
pub struct Effects {
    pub ended: Vec<(Out, End)>,
    pub started: Vec<Out>,
    pub completed: Vec<(usize, Completion)>,
    /// What a driver would have stumbled over.
    pub nonsense: Option<&'static str>,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    NotYet,
    UnderWay { since: Timestamp },
    Ended,
}

#[derive(Debug)]
enum Stream {
    NotYet,
    Open(OpenStream, usize),
    Closed,
}

/// A core and its surroundings. It cannot be copied, since a core cannot: a state of the search is the list of steps that
/// led to it, and whoever wants to look at it plays them again.
#[derive(Debug)]
pub struct Scene {
    pub core: Failover,
    pub now: Timestamp,
    pub calls: [Stage; CALLS],
    pub out: BTreeMap<AttemptId, Out>,
    specs: [CallSpec; CALLS],
    control: Option<AttemptId>,
    stream: Stream,
    switched: bool,
    reset: bool,
    odd: bool,
    slept: bool,
}

impl Scene {
    pub fn new(setup: &Setup) -> Self {
        let urls: Vec<NodeUrl> =
            (0..NODES).map(|index| NodeUrl::from_normalized(format!("http://node-{index}"))).collect();
        let now = Timestamp::from_millis(1_000);
        let mut scene = Self {
            core: Failover::new(&urls, setup.policy.clone(), 7, now),
            now,
            calls: [Stage::NotYet; CALLS],
            out: BTreeMap::new(),
            specs: setup.calls,
            control: None,
            stream: Stream::NotYet,
            switched: false,
            reset: false,
            odd: setup.odd,
            slept: false,
        };
        scene.tell(Event::Tick);
        scene.perform();
        scene
    }

    /// The checks that are out, and to which node.
    fn checks(&self) -> impl Iterator<Item = (AttemptId, usize)> {
        self.out.iter().filter(|(_, out)| out.call.is_none()).map(|(id, out)| (*id, out.node))
    }

    /// The steps that may come next.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (id, out) in &self.out {
            match out.call {
                Some(_) => {
                    steps.extend([Step::Answered(*id), Step::Breaks(*id)]);
                    if self.odd {
                        let odd = [Odd::NotLeader, Odd::Draining, Odd::Error];
                        steps.extend(odd.map(|odd| Step::AnsweredOddly(*id, odd)));
                    }
                }
                None => steps.extend([Step::CheckAnswered(*id), Step::CheckBreaks(*id)]),
            }
        }
        if self.calls.contains(&Stage::NotYet) {
            steps.push(Step::Submit);
        }
        if self.control.is_some() {
            steps.extend([Step::ControlEnds { reached: true }, Step::ControlEnds { reached: false }]);
        }
        match self.stream {
            Stream::NotYet => steps.push(Step::OpenStream),
            Stream::Open(..) => steps.extend([Step::CloseStream, Step::StreamBreaks]),
            Stream::Closed => {}
        }
        if !self.switched {
            steps.push(Step::Switch);
        }
        if !self.reset {
            steps.push(Step::Reset);
        }
        if self.odd {
            let under_way = |call: &usize| matches!(self.calls[*call], Stage::UnderWay { .. });
            steps.extend((0..CALLS).filter(under_way).map(Step::Cancel));
            if !self.slept {
                steps.push(Step::Sleep);
            }
        }
        if self.core.next_wakeup().is_some() {
            steps.push(Step::Wake);
        }
        steps
    }

    pub fn step(&mut self, step: Step) -> Effects {
        let wakeup = self.core.next_wakeup();
        let soon = self.now + PACE;
        self.now = match step {
            Step::Wake => wakeup.unwrap_or(soon),
            // What the page and the operator do takes no time: less to tell apart, and nothing is missed by it.
            Step::OpenStream | Step::CloseStream | Step::StreamBreaks | Step::Switch | Step::Reset => self.now,
            Step::Sleep => self.now + SLEEP,
            _ => wakeup.map_or(soon, |at| at.min(soon)),
        };
        let mut effects = Effects::default();
        match step {
            Step::Wake => self.tell(Event::Tick),
            Step::Sleep => {
                self.slept = true;
                self.tell(Event::Tick);
            }
            Step::Cancel(index) => {
                self.calls[index] = Stage::Ended;
                self.tell(Event::Cancel { call: CallId(index as u64) });
            }
            Step::AnsweredOddly(id, odd) => self.ends(id, End::Oddly(odd), &mut effects),
            Step::Submit => self.submit(),
            Step::Answered(id) => self.ends(id, End::Well, &mut effects),
            Step::Breaks(id) => self.ends(id, End::Badly, &mut effects),
            Step::CheckAnswered(id) => self.ends(id, End::Well, &mut effects),
            Step::CheckBreaks(id) => self.ends(id, End::Badly, &mut effects),
            Step::ControlEnds { reached } => {
                if let Some(control) = self.control.take() {
                    self.tell(Event::ControlEnded { control, reached });
                }
            }
            Step::OpenStream => {
                let index = self.core.current().unwrap_or_default();
                let stream = self.core.node_at(index).and_then(|node| self.core.stream_opened(node));
                self.stream = stream.map_or(Stream::Closed, |stream| Stream::Open(stream, index));
            }
            Step::CloseStream => drop(self.close_stream()),
            Step::StreamBreaks => {
                if let Some(index) = self.close_stream() {
                    self.core.ask_for_probe_of(index, self.now);
                }
            }
            Step::Switch => {
                self.switched = true;
                let index = NODES - 1 - self.core.current().unwrap_or_default();
                assert!(self.core.switch_to_node(index, self.now).is_ok(), "it is in the list");
            }
            Step::Reset => {
                self.reset = true;
                assert!(self.core.reset_failed_nodes(self.now).is_ok(), "it is the first");
            }
        }
        let further = self.perform();
        effects.ended.extend(further.ended);
        Effects { ended: effects.ended, ..further }
    }

    fn tell(&mut self, event: Event) {
        self.core.handle(self.now, event);
    }

    fn submit(&mut self) {
        let Some(next) = self.calls.iter().position(|stage| *stage == Stage::NotYet) else { return };
        self.calls[next] = Stage::UnderWay { since: self.now };
        self.tell(Event::Submit { call: CallId(next as u64), spec: self.specs[next] });
    }

    fn ends(&mut self, id: AttemptId, end: End, effects: &mut Effects) {
        let Some(out) = self.out.remove(&id) else { return };
        let status = |status: u16| Answer { status, ..Answer::default() };
        let reply = match end {
            End::Well => Reply::Answer(status(200)),
            End::Oddly(Odd::NotLeader) => Reply::Answer(Answer { not_leader: true, ..status(503) }),
            End::Oddly(Odd::Draining) => Reply::Answer(status(503)),
            End::Oddly(Odd::Error) => Reply::Answer(status(500)),
            End::Badly | End::Aborted => Reply::NetworkError,
        };
        self.tell(match out.call {
            Some(_) => Event::AttemptEnded { attempt: id, reply },
            None => Event::ProbeEnded { probe: id, reply, report: None },
        });
        effects.ended.push((out, end));
    }

    fn close_stream(&mut self) -> Option<usize> {
        match std::mem::replace(&mut self.stream, Stream::Closed) {
            Stream::Open(stream, index) => {
                self.core.stream_closed(stream, self.now);
                Some(index)
            }
            Stream::NotYet | Stream::Closed => None,
        }
    }

    /// Whether a stream to this node is open.
    pub fn streams_from(&self, node: usize) -> bool {
        matches!(self.stream, Stream::Open(_, index) if index == node)
    }

    fn perform(&mut self) -> Effects {
        let mut effects = Effects::default();
        let mut nonsense = None;
        while let Some(action) = self.core.poll_action() {
            match action {
                Action::StartAttempt { call, attempt, node, .. } => {
                    let index = self.core.index_of(node).unwrap_or_default();
                    let out = Out { node: index, began: self.now, call: Some(call.0 as usize) };
                    if !matches!(self.calls.get(call.0 as usize), Some(Stage::UnderWay { .. })) {
                        nonsense = Some("an attempt is for a call that has begun and not ended");
                    }
                    if self.out.insert(attempt, out).is_some() {
                        nonsense = Some("an id is used once");
                    }
                    effects.started.push(out);
                }
                Action::StartProbe { probe, node, .. } => {
                    let index = self.core.index_of(node).unwrap_or_default();
                    let out = Out { node: index, began: self.now, call: None };
                    if self.out.values().any(|other| other.call.is_none() && other.node == index) {
                        nonsense = Some("one check a node at a time");
                    }
                    self.out.insert(probe, out);
                    effects.started.push(out);
                }
                Action::AbortAttempt { attempt: id } | Action::AbortProbe { probe: id } => match self.out.remove(&id) {
                    Some(out) => effects.ended.push((out, End::Aborted)),
                    None => nonsense = Some("only what is out is cancelled"),
                },
                Action::StartControl { control } => self.control = Some(control),
                Action::AbortControl { .. } => self.control = None,
                Action::Complete { call, completion } => {
                    let index = call.0 as usize;
                    match std::mem::replace(&mut self.calls[index], Stage::Ended) {
                        Stage::UnderWay { .. } => {}
                        Stage::NotYet | Stage::Ended => nonsense = Some("a call ends once"),
                    }
                    effects.completed.push((index, completion));
                }
                Action::CheckEnded { .. }
                | Action::CheckDropped { .. }
                | Action::ForgetReadIndex
                | Action::GiveUpReadIndex { .. } => {}
            }
        }
        effects.nonsense = nonsense;
        effects
    }
}

impl Hash for Scene {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { core, now: _, calls, out, specs: _, control, stream, switched, reset, odd: _, slept } = self;
        core.hash_state(state);
        (calls, out, control, switched, reset, slept).hash(state);
        match stream {
            Stream::NotYet => 0_usize,
            Stream::Closed => 1,
            Stream::Open(_, index) => 2 + index,
        }
        .hash(state);
    }
}
