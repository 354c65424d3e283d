//! A cluster in virtual time: nodes that answer, refuse, hang or misbehave as told, and a core that talks to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use failover::{
    Action, Answer, AttemptId, CallFailure, CallId, CallResult, CallSpec, ClusterSnapshot, Completion, Duration, Event,
    Failover, Features, HealthReport, JournalEvent, NodeState, NodeUrl, Policy, Reply, Role, Timestamp,
};

/// What a node does with whatever reaches it.
#[derive(Clone, Debug)]
pub enum Behaviour {
    Answers {
        after_ms: u64,
    },
    Refuses,
    Hangs,
    Replies {
        after_ms: u64,
        answer: Answer,
    },
    /// Health checks are answered at once, requests take this long.
    ReadsTake {
        after_ms: u64,
    },
    /// Health checks are answered well, and this many of a hundred requests with a 500, in turns.
    Errs {
        percent: u64,
    },
    /// Has applied the log up to this index.
    HasApplied {
        index: u64,
    },
    /// The browser sends nothing there.
    Unsendable,
    /// Reads and health checks are answered, writes wait for ever.
    OnlyReadsAnswered,
    /// Health checks are answered, requests are not.
    OnlyHealthAnswers,
    /// Health checks are answered well, requests with a 500.
    OnlyHealthIsWell,
}

pub fn status(status: u16) -> Behaviour {
    Behaviour::Replies { after_ms: 5, answer: Answer { status, ..Answer::default() } }
}

/// One request as a node saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub call: CallId,
    pub node: usize,
    pub at: Timestamp,
    pub ignore_read_index: bool,
}

pub struct World {
    pub core: Failover,
    pub now: Timestamp,
    pub nodes: Vec<Behaviour>,
    pub reports: Vec<Option<HealthReport>>,
    pub seen: Vec<Seen>,
    pub probes: Vec<(usize, Timestamp)>,
    pub aborted: Vec<AttemptId>,
    /// Whether the page's own origin answers, and when it was asked.
    pub own_origin_answers: bool,
    pub controls: Vec<Timestamp>,
    pub done: BTreeMap<CallId, Completion>,
    /// The index of the log that reads ask for.
    pub asked_index: u64,
    writes: BTreeSet<CallId>,
    /// What is left over of a node's errors, in hundredths.
    errors_due: Vec<u64>,
    /// What the request asks for that is being sent.
    index_wanted: u64,
    due: BTreeMap<(Timestamp, u64), Event>,
    open: BTreeMap<AttemptId, (usize, bool)>,
    next_call: u64,
    sequence: u64,
}

pub fn urls(count: usize) -> Vec<NodeUrl> {
    (0..count).map(|index| NodeUrl::from_normalized(format!("http://node-{index}"))).collect()
}

impl World {
    pub fn new(count: usize) -> Self {
        Self::with(count, 7, Policy::default())
    }

    pub fn with(count: usize, seed: u64, policy: Policy) -> Self {
        Self::of(&urls(count), seed, policy)
    }

    pub fn of(urls: &[NodeUrl], seed: u64, policy: Policy) -> Self {
        let mut world = Self::before_the_first_check(urls, seed, policy);
        world.tell(Event::Tick);
        world
    }

    /// A world whose nodes report this of themselves from the first check on.
    pub fn reporting(reports: Vec<Option<HealthReport>>, seed: u64) -> Self {
        let mut world = Self::before_the_first_check(&urls(reports.len()), seed, Policy::default());
        world.reports = reports;
        world.tell(Event::Tick);
        world
    }

    pub fn before_the_first_check(urls: &[NodeUrl], seed: u64, policy: Policy) -> Self {
        let count = urls.len();
        let now = Timestamp::from_millis(1_000);
        Self {
            core: Failover::new(urls, policy, seed, now),
            now,
            nodes: vec![Behaviour::Answers { after_ms: 20 }; count],
            reports: vec![None; count],
            seen: Vec::new(),
            probes: Vec::new(),
            aborted: Vec::new(),
            own_origin_answers: true,
            controls: Vec::new(),
            done: BTreeMap::new(),
            asked_index: 0,
            writes: BTreeSet::new(),
            errors_due: vec![0; count],
            index_wanted: 0,
            due: BTreeMap::new(),
            open: BTreeMap::new(),
            next_call: 0,
            sequence: 0,
        }
    }

    /// A world whose nodes were all found healthy.
    pub fn healthy(count: usize) -> Self {
        let mut world = Self::new(count);
        world.advance(100);
        assert_eq!(world.snapshot().healthy(), count);
        world
    }

    /// Asks every node how it is, and waits for the answers.
    pub fn round(&mut self) {
        self.command(|core, now| core.ask_for_round(now));
        self.advance(100);
    }

    pub fn tell(&mut self, event: Event) {
        self.core.handle(self.now, event);
        self.perform();
    }

    pub fn command<T>(&mut self, command: impl FnOnce(&mut Failover, Timestamp) -> T) -> T {
        let result = command(&mut self.core, self.now);
        self.perform();
        result
    }

    pub fn submit(&mut self, spec: CallSpec) -> CallId {
        let call = CallId(self.next_call);
        self.next_call += 1;
        if !spec.read {
            self.writes.insert(call);
        }
        self.tell(Event::Submit { call, spec });
        call
    }

    /// Submits a call whose end somebody else looks at.
    pub fn later(&mut self, spec: CallSpec) {
        self.submit(spec);
    }

    /// Lets `ms` milliseconds pass; everything that falls due meanwhile happens at its own time.
    pub fn advance(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        loop {
            let event_at = self.due.keys().next().map(|(at, _)| *at);
            let wake_at = self.core.next_wakeup();
            let next = event_at.into_iter().chain(wake_at).min().filter(|at| *at <= end);
            let Some(at) = next else { break };
            self.now = self.now.max(at);
            match self.due.first_entry() {
                Some(entry) if entry.key().0 <= self.now => {
                    let event = entry.remove();
                    self.arrived(&event);
                    self.tell(event);
                }
                _ => self.tell(Event::Tick),
            }
        }
        self.now = end;
    }

    /// The page's clock jumps: nothing that was due happens before the next event.
    pub fn sleep(&mut self, ms: u64) {
        self.now = self.now + Duration::from_millis(ms);
        self.tell(Event::Tick);
    }

    /// Submits a call and lets time pass until it ended.
    pub fn run(&mut self, spec: CallSpec) -> Completion {
        let call = self.submit(spec);
        for _ in 0..4_000 {
            if let Some(completion) = self.done.get(&call) {
                return completion.clone();
            }
            self.advance(5);
        }
        panic!("{call:?} did not end within 20 s");
    }

    /// The process dies: its connections are reset, new ones refused.
    pub fn kill(&mut self, node: usize) {
        self.nodes[node] = Behaviour::Refuses;
        let caught: Vec<AttemptId> =
            self.open.iter().filter(|(_, (at, _))| *at == node).map(|(attempt, _)| *attempt).collect();
        self.due.retain(|_, event| !caught.iter().any(|attempt| is_about(event, *attempt)));
        for attempt in caught {
            let probe = self.open.get(&attempt).is_some_and(|(_, probe)| *probe);
            self.schedule(0, attempt, probe, Reply::NetworkError, None);
        }
    }

    pub fn hang(&mut self, node: usize) {
        self.nodes[node] = Behaviour::Hangs;
        let caught: Vec<AttemptId> =
            self.open.iter().filter(|(_, (at, _))| *at == node).map(|(attempt, _)| *attempt).collect();
        self.due.retain(|_, event| !caught.iter().any(|attempt| is_about(event, *attempt)));
    }

    /// An attempt that is out ends with `reply`, whatever its node does with the others.
    pub fn end(&mut self, attempt: AttemptId, reply: Reply) {
        self.open.remove(&attempt);
        self.due.retain(|_, event| !is_about(event, attempt));
        self.tell(Event::AttemptEnded { attempt, reply });
    }

    pub fn revive(&mut self, node: usize) {
        self.nodes[node] = Behaviour::Answers { after_ms: 20 };
    }

    pub fn snapshot(&self) -> ClusterSnapshot {
        self.core.snapshot(self.now)
    }

    pub fn state(&self, node: usize) -> NodeState {
        self.snapshot().nodes[node].state
    }

    pub fn current(&self) -> usize {
        self.snapshot().current.expect("a list with nodes has one in use")
    }

    /// Which nodes saw `call`, in order.
    pub fn path(&self, call: CallId) -> Vec<usize> {
        self.seen.iter().filter(|seen| seen.call == call).map(|seen| seen.node).collect()
    }

    /// When `call` was first sent.
    pub fn sent_at(&self, call: CallId) -> Option<Timestamp> {
        self.seen.iter().find(|seen| seen.call == call).map(|seen| seen.at)
    }

    /// The attempts that have no answer yet, oldest first.
    pub fn open_attempts(&self) -> Vec<AttemptId> {
        self.open.iter().filter(|(_, (_, probe))| !probe).map(|(attempt, _)| *attempt).collect()
    }

    pub fn last_path(&self) -> Vec<usize> {
        self.path(CallId(self.next_call - 1))
    }

    pub fn events(&self, kind: &str) -> Vec<JournalEvent> {
        self.core.journal().filter(|entry| entry.event.kind() == kind).map(|entry| entry.event.clone()).collect()
    }

    pub fn probes_of(&self, node: usize) -> usize {
        self.probes.iter().filter(|(probed, _)| *probed == node).count()
    }

    fn arrived(&mut self, event: &Event) {
        if let Event::AttemptEnded { attempt, .. } | Event::ProbeEnded { probe: attempt, .. } = event {
            self.open.remove(attempt);
        }
    }

    fn perform(&mut self) {
        while let Some(action) = self.core.poll_action() {
            match action {
                Action::StartAttempt { call, attempt, node, ignore_read_index, .. } => {
                    let node = self.core.index_of(node).expect("attempts go to nodes of the list");
                    assert!(!self.done.contains_key(&call), "no attempt for a call that has ended");
                    self.seen.push(Seen { call, node, at: self.now, ignore_read_index });
                    self.index_wanted = if ignore_read_index { 0 } else { self.asked_index };
                    self.receive(node, attempt, false, self.writes.contains(&call));
                }
                Action::StartProbe { probe, node, .. } => {
                    let node = self.core.index_of(node).expect("probes go to nodes of the list");
                    let probing = self.open.values().any(|(at, probe)| *at == node && *probe);
                    assert!(!probing, "one probe a node at a time");
                    self.probes.push((node, self.now));
                    self.receive(node, probe, true, false);
                }
                Action::AbortAttempt { attempt } | Action::AbortProbe { probe: attempt } => {
                    self.open.remove(&attempt);
                    self.due.retain(|_, event| !is_about(event, attempt));
                    self.aborted.push(attempt);
                }
                Action::CheckEnded { .. } | Action::CheckDropped { .. } => {}
                Action::ForgetReadIndex => self.asked_index = 0,
                Action::GiveUpReadIndex { freshest } => self.asked_index = self.asked_index.min(freshest),
                Action::StartControl { control } => {
                    self.controls.push(self.now);
                    let reached = self.own_origin_answers;
                    self.sequence += 1;
                    let at = self.now + Duration::from_millis(5);
                    self.due.insert((at, self.sequence), Event::ControlEnded { control, reached });
                }
                Action::AbortControl { control } => self.due.retain(|_, event| !is_about(event, control)),
                Action::Complete { call, completion } => {
                    assert!(self.done.insert(call, completion).is_none(), "a call ends once");
                }
            }
        }
        if let Some(wakeup) = self.core.next_wakeup() {
            assert!(wakeup >= self.now, "a wake-up in the past");
        }
    }

    fn receive(&mut self, node: usize, attempt: AttemptId, probe: bool, write: bool) {
        self.open.insert(attempt, (node, probe));
        let ok = Reply::Answer(Answer { status: 200, ..Answer::default() });
        let report = self.reports[node].clone();
        match self.nodes[node].clone() {
            Behaviour::Answers { after_ms } => self.schedule(after_ms, attempt, probe, ok, report),
            Behaviour::Unsendable => {
                self.schedule(0, attempt, probe, Reply::Unsendable(failover::Unsendable::Request), None);
            }
            Behaviour::Refuses => self.schedule(1, attempt, probe, Reply::NetworkError, None),
            Behaviour::Hangs => {}
            Behaviour::ReadsTake { after_ms } => {
                self.schedule(if probe { 5 } else { after_ms }, attempt, probe, ok, report)
            }
            Behaviour::Errs { percent } if !probe => {
                self.errors_due[node] += percent;
                let errs = self.errors_due[node] >= 100;
                self.errors_due[node] -= if errs { 100 } else { 0 };
                let status = if errs { 500 } else { 200 };
                let answer = Answer { status, ..Answer::default() };
                self.schedule(5, attempt, probe, Reply::Answer(answer), None);
            }
            Behaviour::Errs { .. } => self.schedule(5, attempt, probe, ok, report),
            Behaviour::HasApplied { index } => {
                let status = if probe || index >= self.index_wanted { 200 } else { 425 };
                let answer = Answer { status, raft_index: Some(index), ..Answer::default() };
                self.schedule(5, attempt, probe, Reply::Answer(answer), report);
            }
            Behaviour::OnlyReadsAnswered if write => {}
            Behaviour::OnlyReadsAnswered => self.schedule(20, attempt, probe, ok, report),
            Behaviour::OnlyHealthIsWell if !probe => {
                let answer = Answer { status: 500, ..Answer::default() };
                self.schedule(5, attempt, probe, Reply::Answer(answer), None);
            }
            Behaviour::OnlyHealthAnswers | Behaviour::OnlyHealthIsWell if probe => {
                self.schedule(5, attempt, probe, ok, report)
            }
            Behaviour::OnlyHealthAnswers | Behaviour::OnlyHealthIsWell => {
                self.schedule(5, attempt, probe, Reply::Truncated, None)
            }
            Behaviour::Replies { after_ms, answer } => {
                self.schedule(after_ms, attempt, probe, Reply::Answer(answer), report);
            }
        }
    }

    fn schedule(&mut self, after_ms: u64, attempt: AttemptId, probe: bool, reply: Reply, report: Option<HealthReport>) {
        let event = if probe {
            Event::ProbeEnded { probe: attempt, reply, report }
        } else {
            Event::AttemptEnded { attempt, reply }
        };
        self.sequence += 1;
        self.due.insert((self.now + Duration::from_millis(after_ms), self.sequence), event);
    }
}

fn is_about(event: &Event, id: AttemptId) -> bool {
    matches!(
        event,
        Event::AttemptEnded { attempt, .. }
            | Event::ProbeEnded { probe: attempt, .. }
            | Event::ControlEnded { control: attempt, .. }
            if *attempt == id
    )
}

/// A health body of a reference node.
pub fn report(node_id: u64, role: Role, term: u64, leader_id: u64) -> HealthReport {
    HealthReport {
        role: Some(role),
        term: Some(term),
        leader_id: Some(leader_id),
        node_id: Some(node_id),
        quorum: Some(true),
        cluster_id: Some(Arc::from("cluster")),
        features: Features { idempotency_key: true, min_index: true, event_id: false },
        ..HealthReport::default()
    }
}

pub fn answered(completion: &Completion) -> bool {
    matches!(completion.result, CallResult::Answered { .. })
}

pub fn failure(completion: &Completion) -> Option<CallFailure> {
    match &completion.result {
        CallResult::Failed(failure) => Some(failure.clone()),
        CallResult::Answered { .. } => None,
    }
}
