//! The person's own network: when several nodes fail at once and none answers, the fault may be on this side.
//!
//! Two nodes that fail within a second with no answer in between are a suspicion. Every node is probed and the
//! page's own origin is fetched, as a control. If that fails too and no node answers, nobody is blamed: the nodes are
//! unknown again, the control is repeated ever more slowly, and any answer from anywhere ends it.
//! `navigator.onLine` is a hint: it makes the suspicion quicker, never the verdict.

use std::time::Duration;

use super::call::Waits;
use super::node::{FailureReason, NodeId, NodeState};
use super::outcome::Outcome;
use super::time::Timestamp;
use super::timers::Timer;
use super::{Action, AttemptId, Failover, JournalEvent};

/// A control fetch under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Control {
    id: AttemptId,
    lease_until: Timestamp,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Quiet,
    /// Nodes and control are being asked. `unreachable`: the control has failed already.
    Suspected { since: Timestamp, unreachable: bool },
    /// The control failed and no node answered.
    Confirmed { since: Timestamp, next_try: Timestamp, tries: u32 },
}

/// What is thought of the person's network.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LocalFault {
    stage: Stage,
    control: Option<Control>,
    /// The last failure that may be the network's, while nothing was heard since.
    last_failure: Option<(NodeId, Timestamp)>,
    /// When a control last succeeded.
    control_worked: Option<Timestamp>,
}

/// Whether the network could be to blame: an answer of any kind says that it is not.
fn may_be_the_network(outcome: &Outcome) -> bool {
    let Outcome::Failure { reason } = outcome else { return false };
    matches!(reason, FailureReason::Network | FailureReason::TimedOut | FailureReason::Silent)
}

impl Failover {
    /// Since when the person's own network is thought to be down.
    pub(super) fn local_fault_since(&self) -> Option<Timestamp> {
        match self.local_fault.stage {
            Stage::Confirmed { since, .. } => Some(since),
            Stage::Quiet | Stage::Suspected { .. } => None,
        }
    }

    /// Takes note of how something ended at `node`, and answers whether the node may be blamed for it.
    pub(super) fn may_blame(&mut self, node: NodeId, outcome: &Outcome, now: Timestamp) -> bool {
        if !may_be_the_network(outcome) {
            return true;
        }
        let earlier = self.local_fault.last_failure.replace((node, now));
        let another =
            earlier.is_some_and(|(other, at)| other != node && now.since(at) <= self.policy.local_fault_window);
        let tested = self.local_fault.control_worked.is_some_and(|at| now.since(at) < self.policy.control_pause);
        if self.local_fault.stage == Stage::Quiet && (another || !self.online) && !tested {
            self.local_fault.stage = Stage::Suspected { since: now, unreachable: false };
            self.start_control(now);
            let nodes = self.nodes.len().min(self.policy.eager_nodes);
            (0..nodes).for_each(|index| self.ask_for_probe(index, now));
        }
        self.local_fault_since().is_none()
    }

    /// A node answered: the network works.
    pub(super) fn network_works(&mut self, now: Timestamp) {
        self.local_fault.last_failure = None;
        match self.local_fault.stage {
            Stage::Quiet => {}
            Stage::Suspected { .. } => self.local_fault.stage = Stage::Quiet,
            Stage::Confirmed { since, .. } => self.local_fault_ended(since, now),
        }
    }

    fn start_control(&mut self, now: Timestamp) {
        if self.local_fault.control.is_some() {
            return;
        }
        let id = self.attempt_id();
        let lease_until = now + self.policy.control_timeout;
        self.local_fault.control = Some(Control { id, lease_until });
        self.timers.set(lease_until, Timer::Control);
        self.actions.push_back(Action::StartControl { control: id });
    }

    /// The page's own origin answered, or did not.
    pub(super) fn control_ended(&mut self, id: AttemptId, reached: bool, now: Timestamp) {
        if self.local_fault.control.is_none_or(|control| control.id != id) {
            return;
        }
        self.local_fault.control = None;
        match (reached, self.local_fault.stage) {
            (true, stage) => {
                self.local_fault.control_worked = Some(now);
                self.local_fault.stage = Stage::Quiet;
                if let Stage::Confirmed { since, .. } = stage {
                    self.local_fault_ended(since, now);
                }
            }
            (false, Stage::Suspected { since, .. }) => {
                self.local_fault.stage = Stage::Suspected { since, unreachable: true };
            }
            (false, _) => {}
        }
    }

    /// The verdict, once the control has failed and every probe has ended.
    pub(super) fn settle_local_fault(&mut self, now: Timestamp) {
        let Stage::Suspected { since, unreachable: true } = self.local_fault.stage else { return };
        if !self.probes.is_empty() {
            return;
        }
        let began = since.saturating_sub(self.policy.local_fault_window);
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            let blamed = matches!(node.state(), NodeState::Suspect | NodeState::Failed | NodeState::Probing);
            if blamed && node.since >= began {
                self.change_node(index, now, |node, _, _| node.absolve(now));
            }
        }
        let pause = self.control_pause_of(0);
        self.local_fault.stage = Stage::Confirmed { since, next_try: now + pause, tries: 1 };
        self.timers.set(now + pause, Timer::Control);
        self.arm_all_probes();
        self.record(now, JournalEvent::LocalFaultBegan);
    }

    fn control_pause_of(&mut self, tries: u32) -> Duration {
        let pause = self.policy.outage_probe_first.saturating_mul(1 << tries.min(16));
        let pause = pause.min(self.policy.outage_probe_max);
        self.random.between(pause / 2, pause)
    }

    /// The machine slept, perhaps to wake elsewhere: what was thought of its network is void.
    pub(super) fn forget_local_fault(&mut self, now: Timestamp) {
        match self.local_fault.stage {
            Stage::Confirmed { since, .. } => self.local_fault_ended(since, now),
            Stage::Quiet | Stage::Suspected { .. } => self.local_fault.stage = Stage::Quiet,
        }
        self.local_fault.last_failure = None;
    }

    fn local_fault_ended(&mut self, since: Timestamp, now: Timestamp) {
        self.local_fault.stage = Stage::Quiet;
        self.record(now, JournalEvent::LocalFaultEnded { lasted: now.since(since) });
        for index in 0..self.nodes.len() {
            let jitter = self.random.between(Duration::ZERO, self.policy.visible_jitter);
            self.nodes[index].next_probe = Some(now + jitter);
        }
        self.arm_all_probes();
    }

    /// The page's network came or went, as far as the browser knows.
    pub(super) fn online_changed(&mut self, online: bool, now: Timestamp) {
        if std::mem::replace(&mut self.online, online) == online {
            return;
        }
        self.revision += 1;
        if online && self.local_fault.stage != Stage::Quiet {
            self.start_control(now);
        }
        if online && self.visible {
            for index in 0..self.nodes.len() {
                let jitter = self.random.between(Duration::ZERO, self.policy.visible_jitter);
                let node = &mut self.nodes[index];
                node.next_probe = Some(node.next_probe.map_or(now + jitter, |due| due.min(now + jitter)));
                node.probe_asked |= !node.state().usable() || self.local_fault.stage != Stage::Quiet;
            }
            self.arm_all_probes();
        }
    }

    /// A control's lease is over, or a control is due.
    pub(super) fn control_is_due(&mut self, now: Timestamp) {
        if let Some(control) = self.local_fault.control.filter(|control| control.lease_until <= now) {
            self.actions.push_back(Action::AbortControl { control: control.id });
            self.control_ended(control.id, false, now);
        }
        if let Stage::Confirmed { since, next_try, tries } = self.local_fault.stage
            && next_try <= now
        {
            let pause = self.control_pause_of(tries);
            self.local_fault.stage = Stage::Confirmed { since, next_try: now + pause, tries: tries + 1 };
            self.timers.set(now + pause, Timer::Control);
            if self.visible {
                self.start_control(now);
            }
        }
    }

    pub(super) fn control_timer_is_live(&self, at: Timestamp) -> bool {
        self.control_due().any(|due| due == at)
    }

    /// When a control's lease is over, and when the next one is due.
    pub(super) fn control_due(&self) -> impl Iterator<Item = Timestamp> {
        let lease = self.local_fault.control.map(|control| control.lease_until);
        let next = match self.local_fault.stage {
            Stage::Confirmed { next_try, .. } => Some(next_try),
            Stage::Quiet | Stage::Suspected { .. } => None,
        };
        lease.into_iter().chain(next)
    }

    /// Whether background work waits: nothing answers, and no node has given a sign of life.
    pub(super) fn parks(&self, call: &super::call::Call) -> bool {
        call.spec.background && self.is_dark()
    }

    fn is_dark(&self) -> bool {
        let outage = self.view.usable + self.view.suspects == 0 && self.view.stirring == 0;
        outage || self.local_fault_since().is_some()
    }

    /// Lets background work begin again, each at a moment of its own, once a node has answered.
    pub(super) fn release_parked(&mut self, now: Timestamp) {
        if self.parked == 0 || self.is_dark() {
            return;
        }
        self.parked = 0;
        let parked = self.calls.values_mut().filter(|call| call.waits == Some(Waits::ForTheCluster));
        for call in parked {
            let until = now + self.random.between(Duration::ZERO, self.policy.release_within);
            call.waits = Some(Waits::Until(until));
            self.timers.set(until.min(call.deadline), Timer::Call(call.id));
        }
    }
}
