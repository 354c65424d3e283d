//! The failover core: a pure state machine. No browser, no clock, no async, no global; `std` only.
//!
//! Time and events come in through [`Failover::handle`], what to do comes out of [`Failover::poll_action`], and
//! [`Failover::next_wakeup`] says when it has to be asked again. The same seed and the same events give the same
//! actions, natively and in wasm.
//!
//! # A node's states
//!
//! ```text
//!            success                     failure, or silence
//!  Unknown ───────────▶ Healthy ─────────────────────────▶ Suspect ◀── reset
//!     │                    ▲  ▲    check succeeds             │
//!     │ failure            │  └───────────────────────────────┤ check fails
//!     └──▶ Suspect         │ stable for a while               ▼
//!                      Recovering ──── failure ───────────▶ Failed ◀─┐
//!                          ▲                                  │ pause │ failure
//!                          └────── second success ─────── Probing ────┘
//! ```
//!
//! A node that becomes Failed begins a new *epoch*. An attempt carries its node and that node's epoch: when it ends
//! late, it changes nothing but latency figures. A thousand requests caught on one dying node are one episode.
//!
//! # Where is what
//! - [`outcome`]: what an answer means for the node and for the call (the table)
//! - [`node`]: every transition of the picture above
//! - [`selection`]: which node is next, and how much of the cluster is left
//! - [`calls`]: a call from submission to completion; [`call`]: what it remembers
//! - [`probing`]: health checks and who may be checked when
//! - [`levers`]: what the operator can do
//! - [`policy`]: every figure with its reason
//! - [`journal`], [`snapshot`]: what can be seen

mod call;
mod calls;
pub mod journal;
pub mod latency;
mod levers;
pub mod node;
pub mod node_url;
pub mod outcome;
pub mod policy;
mod probing;
pub mod random;
mod selection;
pub mod snapshot;
pub mod time;

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

pub use call::{CallFailure, CallResult, CallSpec, Completion, Target, TraceStep};
pub use journal::{Entry, JournalEvent};
pub use levers::{SwitchError, TooSoon};
pub use node::{Check, Class, FailureReason, Features, HealthReport, NodeId, NodeState, Role};
pub use node_url::{NodeUrl, UrlProblem};
pub use outcome::{Answer, Outcome, Replay, Reply};
pub use policy::{Order, Policy};
pub use snapshot::{Actor, ClusterMode, ClusterSnapshot, Move, NodeSnapshot};
pub use time::Timestamp;

use call::{Attempt, Call};
use journal::Journal;
use node::Node;
use probing::Outage;
use random::Random;

/// Identity of a call; given by the driver, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// Identity of one attempt or one probe; given by the core, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptId(pub u64);

/// What the driver tells the core.
#[derive(Clone, Debug)]
pub enum Event {
    /// A page wants something.
    Submit { call: CallId, spec: CallSpec },
    /// The page does not want it any more.
    Cancel { call: CallId },
    /// An attempt came back, its body read to the end.
    AttemptEnded { attempt: AttemptId, reply: Reply },
    /// A health check came back.
    ProbeEnded { probe: AttemptId, reply: Reply, report: Option<HealthReport> },
    /// The time that [`Failover::next_wakeup`] named has come.
    Tick,
    /// The page was shown or hidden.
    Visibility { visible: bool },
}

/// What the core tells the driver.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Send `call` to the node at `url`.
    StartAttempt { call: CallId, attempt: AttemptId, node: NodeId, url: Rc<str>, ignore_read_index: bool },
    /// Nobody waits for this attempt any more.
    AbortAttempt { attempt: AttemptId },
    /// Check the health of the node at `url`.
    StartProbe { probe: AttemptId, node: NodeId, url: Rc<str> },
    /// This health check took too long.
    AbortProbe { probe: AttemptId },
    /// A health check ended: whoever waits for it can go on.
    CheckEnded { node: NodeId, check: Check },
    /// The call ended.
    Complete { call: CallId, completion: Completion },
}

/// The state machine. See the module's documentation.
#[derive(Debug)]
pub struct Failover {
    policy: Policy,
    random: Random,
    /// In the order of the configuration.
    nodes: Vec<Node>,
    /// Indexes in this client's own random order.
    own_order: Vec<usize>,
    next_node_id: u32,
    preferred: Option<NodeId>,
    calls: BTreeMap<CallId, Call>,
    attempts: BTreeMap<AttemptId, Attempt>,
    next_attempt_id: u64,
    actions: VecDeque<Action>,
    journal: Journal,
    visible: bool,
    outage: Option<Outage>,
    outage_turn: usize,
    last_reset: Option<Timestamp>,
    current: Option<NodeId>,
    known_leader: Option<NodeId>,
    last_move: Option<Move>,
    /// Who made the change that is being handled, and how long its first caller has waited.
    mover: Actor,
    mover_waited: Option<Duration>,
    /// The wake-up asked for after the last event: a much later one is a jump of the clock.
    armed: Option<Timestamp>,
    /// Grows with every change that a snapshot shows.
    revision: u64,
}

impl Failover {
    /// A core for `nodes`, in their order of preference. `seed` decides every random choice.
    pub fn new(nodes: &[NodeUrl], policy: Policy, seed: u64, now: Timestamp) -> Self {
        let mut core = Self {
            policy,
            random: Random::new(seed),
            nodes: Vec::new(),
            own_order: Vec::new(),
            next_node_id: 0,
            preferred: None,
            calls: BTreeMap::new(),
            attempts: BTreeMap::new(),
            next_attempt_id: 0,
            actions: VecDeque::new(),
            journal: Journal::default(),
            visible: true,
            outage: None,
            outage_turn: 0,
            last_reset: None,
            current: None,
            known_leader: None,
            last_move: None,
            mover: Actor::Automatic,
            mover_waited: None,
            armed: None,
            revision: 0,
        };
        core.replace_nodes(nodes, now);
        core.settle(now);
        core
    }

    /// Takes in one event. Afterwards drain [`Failover::poll_action`] and look at [`Failover::next_wakeup`].
    pub fn handle(&mut self, now: Timestamp, event: Event) {
        self.notice_clock_jump(now);
        match event {
            Event::Submit { call, spec } => self.submit(call, spec, now),
            Event::Cancel { call } => self.cancel(call, now),
            Event::AttemptEnded { attempt, reply } => self.attempt_ended(attempt, &reply, now),
            Event::ProbeEnded { probe, reply, report } => self.probe_ended(probe, &reply, report, now),
            Event::Tick => {}
            Event::Visibility { visible } => self.visibility_changed(visible, now),
        }
        self.tick(now);
        self.settle(now);
    }

    /// The next thing to do, in order; `None` when there is nothing left.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`Event::Tick`] is due; `None` when nothing will happen by itself.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        self.calls_wakeup().into_iter().chain(self.probes_wakeup()).min()
    }

    /// Grows with every change that [`Failover::snapshot`] or [`Failover::journal`] shows.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Oldest first.
    pub fn journal(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.journal.entries()
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// How many calls, and how many attempts, are under way.
    pub fn under_way(&self) -> (usize, usize) {
        (self.calls.len(), self.attempts.len())
    }

    /// What every node that has told of itself can do. `None` while none has: the older backend never does.
    pub fn features(&self) -> Option<Features> {
        self.nodes.iter().filter_map(|node| node.health.as_ref()).map(|health| health.features).reduce(|all, own| {
            Features {
                idempotency_key: all.idempotency_key && own.idempotency_key,
                min_index: all.min_index && own.min_index,
                event_id: all.event_id && own.event_id,
            }
        })
    }

    /// What this node can do, as it last said.
    pub fn features_of(&self, node: NodeId) -> Features {
        let index = self.index_of(node);
        index.and_then(|index| self.nodes[index].health.as_ref()).map(|health| health.features).unwrap_or_default()
    }

    /// The position of `node` in the list; `None` when it was removed.
    pub fn index_of(&self, node: NodeId) -> Option<usize> {
        // Ids are given in order: until the list is edited, the id is the index.
        match self.nodes.get(node.0 as usize) {
            Some(found) if found.id == node => Some(node.0 as usize),
            _ => self.nodes.iter().position(|found| found.id == node),
        }
    }

    /// The node at `index` of the list.
    pub fn node_at(&self, index: usize) -> Option<NodeId> {
        self.nodes.get(index).map(|node| node.id)
    }

    /// Everything that a page shows, copied out.
    pub fn snapshot(&self, now: Timestamp) -> ClusterSnapshot {
        ClusterSnapshot {
            taken_at: now,
            nodes: self.nodes.iter().enumerate().map(|(index, node)| node.snapshot(index)).collect(),
            current: self.home(now),
            preferred: self.preferred.and_then(|id| self.index_of(id)),
            leader: self.leader(),
            mode: self.mode(),
            last_move: self.last_move,
        }
    }

    fn tick(&mut self, now: Timestamp) {
        self.tick_probes(now);
        self.tick_calls(now);
        self.start_due_probes(now);
    }

    /// Runs `change` on a node and writes down the change of state that it makes.
    fn change_node(&mut self, index: usize, now: Timestamp, change: impl FnOnce(&mut Node, &Policy, &mut Random)) {
        let Some(node) = self.nodes.get_mut(index) else { return };
        let from = node.state();
        change(node, &self.policy, &mut self.random);
        self.revision += 1;
        let to = node.state();
        if from != to {
            let event = JournalEvent::NodeChanged { node: Rc::clone(&node.url), from, to, reason: node.reason };
            self.journal.record(now, event);
            if to == NodeState::Failed || (to == NodeState::Suspect && node.reason != Some(FailureReason::Network)) {
                let id = node.id;
                self.rescue_calls_on(id, now);
            }
        }
    }

    fn record(&mut self, now: Timestamp, event: JournalEvent) {
        self.journal.record(now, event);
        self.revision += 1;
    }

    /// Compares the whole before and after an event: outage, leader, node in use.
    fn settle(&mut self, now: Timestamp) {
        self.settle_outage(now);
        let leader = self.leader().map(|index| self.nodes[index].id);
        if leader != self.known_leader {
            self.known_leader = leader;
            if let Some(index) = leader.and_then(|id| self.index_of(id)) {
                let term = self.nodes[index].health.as_ref().and_then(|health| health.term).unwrap_or_default();
                self.record(now, JournalEvent::LeaderChanged { node: Rc::clone(&self.nodes[index].url), term });
            }
        }
        let home = self.home(now).map(|index| self.nodes[index].id);
        if home != self.current {
            let before = self.current.and_then(|id| self.index_of(id));
            self.current = home;
            self.revision += 1;
            if let (Some(from), Some(to)) = (before, home.and_then(|id| self.index_of(id))) {
                let (by, waited) = (self.mover, self.mover_waited);
                self.last_move = Some(Move { at: now, from, to, by, waited });
                let event = JournalEvent::CurrentChanged {
                    from: Rc::clone(&self.nodes[from].url),
                    to: Rc::clone(&self.nodes[to].url),
                    by,
                    waited,
                };
                self.record(now, event);
            }
        }
        self.mover = Actor::Automatic;
        self.mover_waited = None;
        self.armed = self.next_wakeup();
    }

    /// The machine slept when a visible page is woken long after it asked for. Nobody is blamed for that.
    fn notice_clock_jump(&mut self, now: Timestamp) {
        let Some(armed) = self.armed else { return };
        let late = now.since(armed);
        if late <= self.policy.clock_jump || !self.visible {
            return;
        }
        self.record(now, JournalEvent::ClockJumped { by: late });
        self.forgive_all(now);
    }

    /// New epochs, and a fresh look at every node.
    fn forgive_all(&mut self, now: Timestamp) {
        for index in 0..self.nodes.len() {
            let jitter = self.random.between(Duration::ZERO, self.policy.confirm_within);
            if let Some(probe) = self.nodes[index].probe {
                self.actions.push_back(Action::AbortProbe { probe: probe.id });
            }
            self.nodes[index].forgive(now + jitter);
        }
        self.revision += 1;
    }

    fn attempt_id(&mut self) -> AttemptId {
        let id = AttemptId(self.next_attempt_id);
        self.next_attempt_id += 1;
        id
    }
}
