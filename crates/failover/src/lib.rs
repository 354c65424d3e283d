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
//! Beside its state a node may be *held* (it asked to be left alone), *stale* (behind the read index), *slow* (somebody
//! waits for it longer than a hedge would) or *flapping* (left too often, and not returned to yet).
//!
//! # What an answer means
//!
//! | outcome | the node | Repeatable | Keyed | Once |
//! |---|---|---|---|---|
//! | network error, body broken off, 502, 504, other 5xx | failure | next node | next, same key | unknown |
//! | attempt timed out | failure, unless it answered others meanwhile | next | next, same key | unknown |
//! | not the leader | none | next | the leader | the leader |
//! | 500, or a body that does not parse | suspect at the third in a row | one retry | one retry (500) | report |
//! | 503 | held | next | next | next only with Retry-After |
//! | 429 | held | next | next | report |
//! | 425 | stale | next; in the end the freshest | – | – |
//! | 409 `key_in_progress` | none | – | ask again | – |
//! | 2xx, other 4xx | alive | return | return | return |
//!
//! The first move of a call is free when the node it moves to is known to be well; everything else costs a token, and
//! who has none waits. A read that waits longer than usual is *hedged*: sent to a second node as well. A call whose node
//! becomes a suspect is *rescued* once. While one node is usable, suspects and failed ones get health checks only.
//!
//! # The whole
//!
//! *Degraded*: some are usable. *Panic*: none is, one is only suspected: one retry at most. *Outage*: all have failed: one
//! attempt a request, background work parked, one prober going round. In both every node is looked at once more, and a
//! call fails only when that look has found nobody; the same for a call that the last usable node cannot help. *Local
//! fault*: not even the page's own origin is reached: nobody is blamed, and any answer from anywhere ends it.
//!
//! # How to read a journal
//!
//! Find the first `node-changed` to `suspect`: its `reason` is what went wrong, and the `attempt-failed` lines around it
//! say for whom and how long they had waited. `request-moved` and `hedged` say where those went instead; `current-changed`
//! is where everybody goes from then on, with the wait of the first who noticed. `suspect → healthy` was a hiccup;
//! `suspect → failed` an episode, which ends with `probing → recovering → healthy`. `budget-refused` means that repeats
//! had become a tenth of the traffic: look for what fails everywhere. A node has at most
//! [`policy::LINES_AN_EPISODE`] lines about requests between two changes of its state, so that a burst does not push its
//! own beginning out of the ring. For the present moment [`Failover::explain`] lists the candidates with their reasons.
//!
//! # How to change a figure
//!
//! Change it in [`policy`], with the reason in its doc, and let [`Policy::check`] hold its relations to the others. Then
//! run `cargo test -p simulator` (the targets, 80 seeds of everything at once) and `cargo bench -p failover --bench targets`
//! (a thousand seeds, beside the rules of the frontend that this one replaces). A seed that breaks something is printed:
//! `SIM_SEED=<seed> cargo test -p simulator one_seed -- --nocapture` tells its story. A change of the rules changes the
//! number in `tests/rules/story.rs`, natively and in the browser alike.
//!
//! # Where is what
//! - [`outcome`]: what an answer means for the node and for the call (the table)
//! - [`node`]: every transition of the picture above
//! - `selection`, `explain`: which node is next and why, and how much of the cluster is left
//! - `calls`, `call`, `attempts`: a call from submission to completion, and each of its attempts
//! - `hedge`, `budget`, `load`: second attempts, what they cost, and which of two nodes has less to do
//! - `origin`: sockets, and the calls that wait for one
//! - `probing`, `outage`, `last_look`, `local_fault`: health checks, alone, when all is down, before anybody is told so,
//!   and when it is the person's network
//! - `levers`: what the operator can do
//! - `timers`: everything that falls due; `audit`: what must hold between two events
//! - [`policy`]: every figure with its reason
//! - `figures`, [`latency`]: what was measured at a node
//! - [`journal`], [`snapshot`]: what can be seen
//! - [`read_index`]: the newest state that a session has seen, so that a failover never shows older data

mod attempts;
mod audit;
mod budget;
mod call;
mod calls;
mod explain;
mod figures;
mod hedge;
pub mod journal;
mod last_look;
pub mod latency;
mod levers;
mod load;
mod local_fault;
pub mod node;
pub mod node_url;
mod origin;
mod outage;
pub mod outcome;
pub mod policy;
mod probing;
pub mod random;
pub mod read_index;
mod selection;
pub mod snapshot;
pub mod time;
mod timers;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

pub use call::{CallFailure, CallResult, CallSpec, Completion, Target, Trace, TraceStep, Why};
pub use explain::{Candidate, Standing};
pub use figures::{Check, Class};
pub use journal::{Entry, JournalEvent};
pub use levers::{SwitchError, TooSoon};
pub use node::{FailureReason, Features, HealthReport, NodeId, NodeState, Role};
pub use node_url::{NodeUrl, UrlProblem};
pub use outcome::{Answer, Outcome, Replay, Reply};
pub use policy::{Order, Policy};
pub use snapshot::{Actor, Changes, ClusterMode, ClusterSnapshot, Counters, Lately, Move, NodeSnapshot, Requirement};
pub use std::time::Duration;
pub use time::Timestamp;

use budget::Bucket;
use call::{Attempt, Buffers, Call};
use journal::Journal;
use last_look::Darkness;
use local_fault::LocalFault;
use node::Node;
use origin::Origin;
use outage::Outage;
use random::Random;
use selection::View;
use timers::{Timer, Timers};

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
    /// The headers of an attempt's answer came; its body is being read.
    HeadersCame { attempt: AttemptId },
    /// The control fetch of the page's own origin ended: with any answer at all, or with none.
    ControlEnded { control: AttemptId, reached: bool },
    /// The browser says that it has, or has no, network.
    Online { online: bool },
    /// The time that [`Failover::next_wakeup`] named has come.
    Tick,
    /// The page was shown or hidden.
    Visibility { visible: bool },
}

/// What the core tells the driver.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Send `call` to the node at `url`.
    StartAttempt { call: CallId, attempt: AttemptId, node: NodeId, url: Arc<str>, ignore_read_index: bool },
    /// Nobody waits for this attempt any more.
    AbortAttempt { attempt: AttemptId },
    /// Check the health of the node at `url`.
    StartProbe { probe: AttemptId, node: NodeId, url: Arc<str> },
    /// This health check took too long.
    AbortProbe { probe: AttemptId },
    /// A health check ended: whoever waits for it can go on.
    CheckEnded { node: NodeId, check: Check },
    /// The node was taken out of the list: nobody should wait for a check of it.
    CheckDropped { node: NodeId },
    /// Fetch something small from the page's own origin, past every cache.
    StartControl { control: AttemptId },
    /// This control fetch took too long.
    AbortControl { control: AttemptId },
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
    /// The one node that the operator allows, and until when.
    required: Option<(NodeId, Timestamp)>,
    calls: BTreeMap<CallId, Call>,
    spare_buffers: Vec<Buffers>,
    attempts: BTreeMap<AttemptId, Attempt>,
    /// Probes in flight.
    probes: Vec<(AttemptId, NodeId)>,
    /// Probes that began while this event is handled.
    probes_begun: usize,
    /// Nodes that are due for a probe when there is room for one.
    waiting_probes: VecDeque<NodeId>,
    origins: Vec<Origin>,
    origin_places: BTreeMap<Box<str>, usize>,
    origins_freed: Vec<u32>,
    /// Origins of nodes that have just stopped being usable.
    origins_doubted: Vec<u32>,
    next_attempt_id: u64,
    actions: VecDeque<Action>,
    timers: Timers,
    view: View,
    journal: Journal,
    visible: bool,
    watch_hidden: bool,
    online: bool,
    local_fault: LocalFault,
    outage: Option<Outage>,
    darkness: Option<Darkness>,
    /// When the nodes were last looked at, all at once.
    looked: Option<Timestamp>,
    /// Calls that wait for what the look comes to, at most. Zero: nobody to look for.
    onlookers: usize,
    outage_turn: usize,
    /// Calls that wait until any node answers. Zero means that there is nobody to look for.
    parked: usize,
    retry_budget: Bucket,
    hedge_budget: Bucket,
    counters: Counters,
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
    /// The revision at which nodes were last added, removed or put in another order.
    list_changed_at: u64,
}

impl Failover {
    /// A core for `nodes`, in their order of preference. `seed` decides every random choice.
    pub fn new(nodes: &[NodeUrl], policy: Policy, seed: u64, now: Timestamp) -> Self {
        let mut core = Self {
            retry_budget: Bucket::full(policy.retry_tokens, policy.retry_refill_milli),
            hedge_budget: Bucket::full(policy.hedge_tokens, policy.hedge_refill_milli),
            policy,
            random: Random::new(seed),
            nodes: Vec::new(),
            own_order: Vec::new(),
            next_node_id: 0,
            preferred: None,
            required: None,
            calls: BTreeMap::new(),
            spare_buffers: Vec::new(),
            attempts: BTreeMap::new(),
            probes: Vec::new(),
            probes_begun: 0,
            waiting_probes: VecDeque::new(),
            origins: Vec::new(),
            origin_places: BTreeMap::new(),
            origins_freed: Vec::new(),
            origins_doubted: Vec::new(),
            next_attempt_id: 0,
            actions: VecDeque::new(),
            timers: Timers::default(),
            view: View::default(),
            journal: Journal::default(),
            visible: true,
            watch_hidden: false,
            online: true,
            local_fault: LocalFault::default(),
            outage: None,
            darkness: None,
            looked: None,
            onlookers: 0,
            outage_turn: 0,
            parked: 0,
            counters: Counters::default(),
            last_reset: None,
            current: None,
            known_leader: None,
            last_move: None,
            mover: Actor::Automatic,
            mover_waited: None,
            armed: None,
            revision: 0,
            list_changed_at: 0,
        };
        core.replace_nodes(nodes, now);
        core.settle(now);
        core.armed = core.next_wakeup();
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
            Event::HeadersCame { attempt } => self.headers_came(attempt, now),
            Event::ControlEnded { control, reached } => self.control_ended(control, reached, now),
            Event::Online { online } => self.online_changed(online, now),
            Event::Tick => {}
            Event::Visibility { visible } => self.visibility_changed(visible, now),
        }
        self.finish(now);
    }

    /// The next thing to do, in order; `None` when there is nothing left.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`Event::Tick`] is due; `None` when nothing will happen by itself.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        self.timers.first().map(|(at, _)| at)
    }

    /// Grows with every change that [`Failover::snapshot`] or [`Failover::journal`] shows.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Oldest first.
    pub fn journal(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.journal_since(0)
    }

    /// The events from number `sequence` on, oldest first; those that the journal no longer holds are left out.
    pub fn journal_since(&self, sequence: u64) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.journal.since(sequence)
    }

    /// How many events were recorded since the page began, those no longer held included.
    pub fn recorded(&self) -> u64 {
        self.journal.recorded()
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

    /// The highest index of the log that this node is known to have applied; 0 while nothing is known.
    pub fn applied_by(&self, node: NodeId) -> u64 {
        self.index_of(node).map_or(0, |index| self.nodes[index].applied)
    }

    /// The position of `node` in the list; `None` when it was removed.
    pub fn index_of(&self, node: NodeId) -> Option<usize> {
        // Ids are given in order: until the list is edited, the id is the index.
        match self.nodes.get(node.0 as usize) {
            Some(found) if found.id == node => Some(node.0 as usize),
            _ => self.nodes.iter().position(|found| found.id == node),
        }
    }

    /// The place in the list of the node at `url`, its state, and since when it is in it.
    pub fn find(&self, url: &str) -> Option<(usize, NodeState, Timestamp)> {
        let index = self.nodes.iter().position(|node| &*node.url == url)?;
        let node = &self.nodes[index];
        Some((index, node.state(), node.since))
    }

    /// The node that the operator chose; `None` while the choice is automatic.
    pub fn preferred_url(&self) -> Option<&Arc<str>> {
        self.preferred.and_then(|id| self.index_of(id)).map(|index| &self.nodes[index].url)
    }

    /// The node that the next read goes to; `None` only when there is no node at all.
    pub fn current(&self) -> Option<usize> {
        self.home()
    }

    /// How many nodes the list has.
    #[allow(clippy::len_without_is_empty, reason = "a failover without nodes is an error that calls report")]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The node at `index` of the list.
    pub fn node_at(&self, index: usize) -> Option<NodeId> {
        self.nodes.get(index).map(|node| node.id)
    }

    /// Everything that a page shows, copied out.
    pub fn snapshot(&self, now: Timestamp) -> ClusterSnapshot {
        self.snapshot_of(now, |_| true)
    }

    /// What changed after `revision`: with a thousand nodes a page must not copy all of them for each answer.
    pub fn changes_since(&self, revision: u64, now: Timestamp) -> Changes {
        let list_changed = self.list_changed_at > revision;
        let snapshot = self.snapshot_of(now, |node| list_changed || node.changed_at > revision);
        Changes { revision: self.revision, list_changed, snapshot }
    }

    fn snapshot_of(&self, now: Timestamp, wanted: impl Fn(&Node) -> bool) -> ClusterSnapshot {
        let nodes = self.nodes.iter().enumerate().filter(|(_, node)| wanted(node));
        ClusterSnapshot {
            taken_at: now,
            nodes: nodes.map(|(index, node)| node.snapshot(index, &self.policy, now)).collect(),
            current: self.home(),
            preferred: self.preferred.and_then(|id| self.index_of(id)),
            leader: self.leader(),
            mode: self.mode(),
            last_move: self.last_move,
            local_fault: self.local_fault_since(),
            online: self.online,
            required: self
                .required
                .filter(|(_, until)| *until > now)
                .and_then(|(id, until)| Some(Requirement { index: self.index_of(id)?, until })),
            counters: self.counters,
        }
    }

    /// Moves that may still be made beyond each call's free one, and hedges that may still be sent.
    pub fn tokens(&self) -> (u32, u32) {
        (self.retry_budget.tokens(), self.hedge_budget.tokens())
    }

    /// What follows from an event or a command: timers that are due, the judgement of the whole, the next wake-up.
    fn finish(&mut self, now: Timestamp) {
        // An effect may free a socket or make something due: in the end nothing is left that is due now.
        loop {
            self.fire_due_timers(now);
            self.leave_doubted_origins(now);
            self.serve_freed_origins(now);
            self.settle(now);
            if self.timers.first().is_none_or(|(at, _)| at > now) {
                break;
            }
        }
        self.mover = Actor::Automatic;
        self.mover_waited = None;
        self.probes_begun = 0;
        self.armed = self.next_wakeup();
    }

    fn fire_due_timers(&mut self, now: Timestamp) {
        while let Some((at, timer)) = self.timers.first() {
            let live = self.timer_is_live(at, timer);
            if live && at > now {
                break;
            }
            self.timers.remove_first();
            if !live {
                continue;
            }
            match timer {
                Timer::Attempt(attempt) => self.attempt_is_due(attempt, now),
                Timer::Call(call) => self.call_is_due(call, now),
                Timer::Lease(node) => self.lease_is_over(node, now),
                Timer::Probe(node) => self.probe_is_due(node, now),
                Timer::Hold(_) => self.refresh_view(now),
                Timer::Origin(origin) => self.origin_stalled_now(origin, now),
                Timer::Outage => self.outage_probe_is_due(now),
                Timer::Control => self.control_is_due(now),
                Timer::Requirement => self.requirement_ended(now),
            }
        }
    }

    /// Whether what a timer was set for is still to come at that time.
    fn timer_is_live(&self, at: Timestamp, timer: Timer) -> bool {
        let node = |id: NodeId| self.index_of(id).map(|index| (index, &self.nodes[index]));
        match timer {
            Timer::Attempt(id) => self.attempts.get(&id).is_some_and(|attempt| attempt.due() == at),
            Timer::Call(id) => self.calls.get(&id).is_some_and(|call| call.due() == Some(at)),
            Timer::Lease(id) => {
                node(id).is_some_and(|(_, node)| node.probe.is_some_and(|probe| probe.lease_until == at))
            }
            Timer::Probe(id) => node(id).is_some_and(|(index, _)| self.probe_due_at(index) == Some(at)),
            Timer::Hold(id) => {
                node(id).is_some_and(|(_, node)| node.held_until == Some(at) || node.return_after == Some(at))
            }
            Timer::Origin(origin) => self.origin_timer_is_live(origin, at),
            Timer::Outage => self.outage_timer_is_live(at),
            Timer::Control => self.control_timer_is_live(at),
            Timer::Requirement => self.required.is_some_and(|(_, until)| until == at),
        }
    }

    /// Runs `change` on a node and writes down the change of state that it makes.
    fn change_node(&mut self, index: usize, now: Timestamp, change: impl FnOnce(&mut Node, &Policy, &mut Random)) {
        let Some(node) = self.nodes.get_mut(index) else { return };
        let (from, before) = (node.state(), node.standing());
        change(node, &self.policy, &mut self.random);
        self.revision += 1;
        node.changed_at = self.revision;
        let (id, to, after) = (node.id, node.state(), node.standing());
        if after != before {
            let holds = [node.held_until, node.return_after];
            holds.into_iter().flatten().filter(|at| *at > now).for_each(|at| self.timers.set(at, Timer::Hold(id)));
            self.refresh_view(now);
        }
        self.arm_probe(index);
        if from != to {
            let node = &self.nodes[index];
            if from.usable() && !to.usable() {
                self.origins_doubted.push(node.origin);
            }
            let reason = node.reason;
            let event = JournalEvent::NodeChanged { node: Arc::clone(&node.url), from, to, reason };
            self.journal.record(now, event);
            if to == NodeState::Failed || (to == NodeState::Suspect && reason != Some(FailureReason::Network)) {
                self.rescue_calls_on(id, now);
            }
        }
    }

    fn record(&mut self, now: Timestamp, event: JournalEvent) {
        self.journal.record(now, event);
        self.revision += 1;
    }

    /// Compares the whole before and after an event: network, outage, leader, node in use.
    fn settle(&mut self, now: Timestamp) {
        self.settle_local_fault(now);
        self.settle_outage(now);
        self.settle_look(now);
        self.release_parked(now);
        let leader = self.leader().map(|index| self.nodes[index].id);
        if leader != self.known_leader {
            self.known_leader = leader;
            if let Some(index) = leader.and_then(|id| self.index_of(id)) {
                let terms = self.nodes.iter().filter_map(|node| node.health.as_ref()?.term);
                let term = terms.max().unwrap_or_default();
                self.record(now, JournalEvent::LeaderChanged { node: Arc::clone(&self.nodes[index].url), term });
            }
        }
        self.settle_home(now);
        self.drop_stale_timers();
    }

    fn settle_home(&mut self, now: Timestamp) {
        let home = self.home().map(|index| self.nodes[index].id);
        if home == self.current {
            return;
        }
        let left = self.current.filter(|id| self.mover == Actor::Automatic && self.left_because_unwell(*id, now));
        let before = self.current.and_then(|id| self.index_of(id));
        self.current = home;
        self.revision += 1;
        if let Some(index) = left.and_then(|id| self.index_of(id)) {
            self.change_node(index, now, |node, policy, _| node.departed(now, policy));
        }
        if let (Some(from), Some(to)) = (before, home.and_then(|id| self.index_of(id))) {
            let (by, waited) = (self.mover, self.mover_waited);
            self.last_move = Some(Move { at: now, from, to, by, waited });
            let event = JournalEvent::CurrentChanged {
                from: Arc::clone(&self.nodes[from].url),
                to: Arc::clone(&self.nodes[to].url),
                by,
                waited,
            };
            self.record(now, event);
        }
    }

    /// So that the next wake-up is one that has a reason.
    fn drop_stale_timers(&mut self) {
        while let Some((at, timer)) = self.timers.first()
            && !self.timer_is_live(at, timer)
        {
            self.timers.remove_first();
        }
        // Deadlines of calls that were answered in time lie far ahead: a burst of them is swept out at once.
        let live = 4 * (self.calls.len() + self.attempts.len() + self.nodes.len());
        if self.timers.len() > 256 + 2 * live {
            let mut timers = std::mem::take(&mut self.timers);
            timers.retain(|at, timer| self.timer_is_live(at, timer));
            self.timers = timers;
        }
    }

    /// The machine slept when a page is woken long after it asked for. Nobody is blamed for that.
    fn notice_clock_jump(&mut self, now: Timestamp) {
        let Some(armed) = self.armed else { return };
        let late = now.since(armed);
        if late <= self.policy.clock_jump {
            return;
        }
        if self.visible {
            self.record(now, JournalEvent::ClockJumped { by: late });
            self.forgive_all(now);
        } else {
            // A hidden page is woken rarely: what was due meanwhile says nothing about the nodes, and is no news.
            self.nodes.iter_mut().for_each(Node::begin_epoch);
        }
    }

    /// New epochs, and a fresh look at every node.
    fn forgive_all(&mut self, now: Timestamp) {
        self.forget_local_fault(now);
        for index in 0..self.nodes.len() {
            let jitter = self.random.between(Duration::ZERO, self.policy.confirm_within);
            self.abort_probe(index);
            self.nodes[index].forgive(now + jitter);
            self.nodes[index].changed_at = self.revision + 1;
        }
        self.arm_all_probes();
        self.revision += 1;
    }

    fn attempt_id(&mut self) -> AttemptId {
        let id = AttemptId(self.next_attempt_id);
        self.next_attempt_id += 1;
        id
    }
}
