//! The state machine: what it is made of, and how it handles an event.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::attempts::Attempt;
use super::budget::Budgets;
use super::call_state::{BufferPool, Call};
use super::event::{Action, Event};
use super::health::Context;
use super::home::Home;
use super::identity::Membership;
use super::ids::{AttemptId, AttemptIds, CallId, NodeId};
use super::journal::{Journal, JournalEvent};
use super::levers::Choices;
use super::list::NodeList;
use super::local_fault::LocalFault;
use super::node::{FailureReason, Node, NodeState};
use super::node_url::NodeUrl;
use super::origin::Origins;
use super::outage::Outage;
use super::page::Page;
use super::policy::Policy;
use super::probing::ProbesInFlight;
use super::random::Random;
use super::recheck::Recheck;
use super::report::Features;
use super::selection::View;
use super::slowness::Slowness;
use super::snapshot::{Counters, Revision};
use super::time::Timestamp;
use super::timers::{Timer, Timers};

/// The state machine. See the crate's documentation.
#[derive(Debug)]
pub struct Failover {
    pub(crate) policy: Policy,
    pub(crate) random: Random,

    pub(crate) nodes: NodeList,
    /// What was worked out from all nodes when one of them last changed.
    pub(crate) view: View,
    pub(crate) home: Home,
    /// What the operator chose.
    pub(crate) choices: Choices,

    pub(crate) calls: BTreeMap<CallId, Call>,
    pub(crate) attempts: BTreeMap<AttemptId, Attempt>,
    pub(crate) attempt_ids: AttemptIds,
    pub(crate) buffers: BufferPool,
    pub(crate) budgets: Budgets,
    pub(crate) origins: Origins,

    pub(crate) probes: ProbesInFlight,
    pub(crate) page: Page,
    pub(crate) outage: Outage,
    pub(crate) recheck: Recheck,
    pub(crate) local_fault: LocalFault,
    pub(crate) slowness: Slowness,
    pub(crate) membership: Membership,

    pub(crate) timers: Timers,
    pub(crate) actions: VecDeque<Action>,

    pub(crate) journal: Journal,
    pub(crate) counters: Counters,
    pub(crate) revision: Revision,
}

impl Failover {
    /// A core for `nodes`, in their order of preference. `seed` decides every random choice.
    pub fn new(nodes: &[NodeUrl], policy: Policy, seed: u64, now: Timestamp) -> Self {
        let mut core = Self {
            budgets: Budgets::new(&policy),
            policy,
            random: Random::new(seed),
            nodes: NodeList::default(),
            view: View::default(),
            home: Home::default(),
            choices: Choices::default(),
            calls: BTreeMap::new(),
            attempts: BTreeMap::new(),
            attempt_ids: AttemptIds::default(),
            buffers: BufferPool::default(),
            origins: Origins::default(),
            probes: ProbesInFlight::default(),
            page: Page::default(),
            outage: Outage::default(),
            recheck: Recheck::default(),
            local_fault: LocalFault::default(),
            slowness: Slowness::default(),
            membership: Membership::default(),
            timers: Timers::default(),
            actions: VecDeque::new(),
            journal: Journal::default(),
            counters: Counters::default(),
            revision: Revision::default(),
        };
        core.replace_nodes(nodes, now);
        core.settle(now);
        core.page.wakeup_requested(core.timers.first_at());
        core
    }

    /// Takes in one event. Afterwards drain [`Failover::poll_action`] and look at [`Failover::next_wakeup`].
    pub fn handle(&mut self, now: Timestamp, event: Event) {
        self.notice_clock_jump(now);
        match event {
            Event::Submit { call, spec } => self.submit(call, spec, now),
            Event::Cancel { call } => self.cancel(call),
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
        self.timers.first_at()
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn replace_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// How many calls, and how many attempts, are under way.
    pub fn under_way(&self) -> (usize, usize) {
        (self.calls.len(), self.attempts.len())
    }

    /// What every node that has reported can do. `None` while none has: the older backend never does.
    pub fn features(&self) -> Option<Features> {
        let known = self.nodes.iter().filter(|node| !node.identity.is_foreign());
        let reports = known.filter_map(|node| node.reported.health.as_ref());
        reports.map(|health| health.features).reduce(Features::and)
    }

    /// What this node can do, as it last said; nothing while it has said nothing.
    pub fn features_of(&self, node: NodeId) -> Features {
        self.reported_features_of(node).unwrap_or_default()
    }

    /// What this node can do, as it last said; `None` while it has said nothing.
    pub fn reported_features_of(&self, node: NodeId) -> Option<Features> {
        let index = self.nodes.index_of(node)?;
        self.nodes[index].reported.health.as_ref().map(|health| health.features)
    }

    /// The index of the log that this node has applied, as it last said; 0 while nothing is known.
    pub fn applied_by(&self, node: NodeId) -> u64 {
        self.nodes.index_of(node).map_or(0, |index| self.nodes[index].reported.applied)
    }

    /// Moves that may still be made beyond each call's free one, and hedges that may still be sent.
    pub fn tokens(&self) -> (u32, u32) {
        (self.budgets.retries.tokens(), self.budgets.hedges.tokens())
    }

    /// What follows from an event or a command: timers that are due, the judgement of the whole, the next wake-up.
    pub(crate) fn finish(&mut self, now: Timestamp) {
        // An effect may free a socket or make something due: in the end nothing is left that is due now.
        loop {
            self.fire_due_timers(now);
            self.leave_distrusted_origins(now);
            self.serve_freed_origins(now);
            self.settle(now);
            if self.timers.first_at().is_none_or(|at| at > now) {
                break;
            }
        }
        self.home.event_handled();
        self.probes.event_handled();
        self.page.wakeup_requested(self.timers.first_at());
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
                Timer::Look => self.look_is_due(now),
            }
        }
    }

    /// Whether what a timer was set for is still to come at that time.
    pub(crate) fn timer_is_live(&self, at: Timestamp, timer: Timer) -> bool {
        let node = |id: NodeId| self.nodes.index_of(id).map(|index| (index, &self.nodes[index]));
        match timer {
            Timer::Attempt(id) => self.attempts.get(&id).is_some_and(|attempt| attempt.due() == at),
            Timer::Call(id) => self.calls.get(&id).is_some_and(|call| call.due() == Some(at)),
            Timer::Lease(id) => {
                node(id).is_some_and(|(_, node)| node.probes.in_flight.is_some_and(|probe| probe.lease_until == at))
            }
            Timer::Probe(id) => node(id).is_some_and(|(index, _)| self.probe_due_at(index) == Some(at)),
            Timer::Hold(id) => node(id).is_some_and(|(_, node)| node.holds().any(|hold| hold == at)),
            Timer::Origin(origin) => self.origin_timer_is_live(origin, at),
            Timer::Outage => self.outage.next_try() == Some(at),
            Timer::Control => self.local_fault.due().any(|due| due == at),
            Timer::Requirement => self.choices.required_until() == Some(at),
            Timer::Look => self.slowness.due() == Some(at),
        }
    }

    /// Compares the whole before and after an event: network, outage, leader, node in use.
    fn settle(&mut self, now: Timestamp) {
        self.settle_local_fault(now);
        self.settle_outage(now);
        self.settle_recheck(now);
        self.release_parked(now);
        self.settle_leader(now);
        self.settle_home(now);
        self.drop_stale_timers();
    }

    /// So that the next wake-up is one that has a reason.
    fn drop_stale_timers(&mut self) {
        while let Some((at, timer)) = self.timers.first()
            && !self.timer_is_live(at, timer)
        {
            self.timers.remove_first();
        }
        let under_way = self.calls.len() + self.attempts.len() + self.nodes.len();
        if self.timers.are_mostly_stale(under_way) {
            let mut timers = std::mem::take(&mut self.timers);
            timers.retain(|at, timer| self.timer_is_live(at, timer));
            self.timers = timers;
        }
    }

    /// Runs `change` on a node and draws every consequence: for the view of the whole, for the node's next check, for
    /// the journal, and for the calls that wait for the node.
    pub(crate) fn change_node(
        &mut self,
        index: usize,
        now: Timestamp,
        change: impl FnOnce(&mut Node, &mut Context<'_>),
    ) {
        let Some(node) = self.nodes.get_mut(index) else { return };
        let (from, before) = (node.state(), node.routing());
        change(node, &mut Context { now, policy: &self.policy, random: &mut self.random });
        node.changed(self.revision.advance());
        let (id, to, after) = (node.id, node.state(), node.routing());
        if after != before {
            node.holds().filter(|at| *at > now).for_each(|at| self.timers.set(at, Timer::Hold(id)));
            self.refresh_view(now);
        }
        self.arm_probe(index);
        if from != to {
            self.node_changed_state(index, from, now);
        }
    }

    fn node_changed_state(&mut self, index: usize, from: NodeState, now: Timestamp) {
        let node = &mut self.nodes[index];
        node.begin_journal_episode();
        let (id, to, reason) = (node.id, node.state(), node.health.reason);
        if from.usable() && !to.usable() {
            self.origins.distrust(node.origin);
        }
        let event = JournalEvent::NodeChanged { node: Arc::clone(&node.url), from, to, reason };
        self.journal.record(now, event);
        if to == NodeState::Failed || (to == NodeState::Suspect && reason != Some(FailureReason::Network)) {
            self.rescue_calls_on(id, now);
        }
    }

    /// Looks at every node again. Called when what routing depends on changed.
    pub(crate) fn refresh_view(&mut self, now: Timestamp) {
        self.view = self.view_of_all(now);
    }

    /// Writes a line into the journal.
    pub(crate) fn record(&mut self, now: Timestamp, event: JournalEvent) {
        self.journal.record(now, event);
        self.revision.advance();
    }
}
