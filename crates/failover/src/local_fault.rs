//! The person's own network: when several nodes fail at once and none answers, the fault may be on this side.
//!
//! Two nodes that fail within a second with no answer in between are a suspicion. Every node is probed and the
//! page's own origin is fetched, as a control. If that fails too and no node answers, nobody is blamed: the nodes are
//! unknown again, the control is repeated ever more slowly, and any answer from anywhere ends it.
//! `navigator.onLine` is a hint: it makes the suspicion quicker, never the verdict.

use std::time::Duration;

use super::Failover;
use super::event::Action;
use super::ids::{AttemptId, NodeId};
use super::journal::JournalEvent;
use super::node::NodeState;
use super::outcome::{FailureReason, Outcome};
use super::probe_schedule::NextProbe;
use super::time::Timestamp;
use super::timers::Timer;

/// A control fetch under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Control {
    id: AttemptId,
    lease_until: Timestamp,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Stage {
    #[default]
    Quiet,
    /// Nodes and control are being asked. `unreachable`: the control has failed already.
    Suspected { since: Timestamp, unreachable: bool },
    /// The control failed and no node answered.
    Confirmed { since: Timestamp, next_try: Timestamp, tries: u32 },
}

/// What is thought of the person's network.
#[derive(Clone, Copy, Debug, Default, Hash)]
pub(crate) struct LocalFault {
    stage: Stage,
    control: Option<Control>,
    /// The last failure that may be the network's, while nothing was heard since.
    last_failure: Option<(NodeId, Timestamp)>,
    /// When a control last succeeded.
    control_worked: Option<Timestamp>,
}

impl LocalFault {
    /// Since when the person's own network is thought to be down.
    pub fn since(&self) -> Option<Timestamp> {
        match self.stage {
            Stage::Confirmed { since, .. } => Some(since),
            Stage::Quiet | Stage::Suspected { .. } => None,
        }
    }

    /// Whether the person's own network is suspected, or known, to be down.
    pub fn is_suspected(&self) -> bool {
        self.stage != Stage::Quiet
    }

    /// When a control's lease is over, and when the next one is due.
    pub fn due(&self) -> impl Iterator<Item = Timestamp> {
        let lease = self.control.map(|control| control.lease_until);
        let next = match self.stage {
            Stage::Confirmed { next_try, .. } => Some(next_try),
            Stage::Quiet | Stage::Suspected { .. } => None,
        };
        lease.into_iter().chain(next)
    }
}

/// Whether the network could be to blame: an answer of any kind says that it is not.
fn may_be_the_network(outcome: &Outcome) -> bool {
    let Outcome::Failure { reason } = outcome else { return false };
    matches!(reason, FailureReason::Network | FailureReason::TimedOut | FailureReason::Silent)
}

impl Failover {
    /// Takes note of how something ended at `node`, and answers whether the node may be blamed for it.
    pub(crate) fn may_blame(&mut self, node: NodeId, outcome: &Outcome, now: Timestamp) -> bool {
        if !may_be_the_network(outcome) {
            return true;
        }
        let earlier = self.local_fault.last_failure.replace((node, now));
        let another = earlier.is_some_and(|(other, at)| {
            !self.is_one_node(other, node) && now.since(at) <= self.policy.local_fault_window
        });
        let tested = self.local_fault.control_worked.is_some_and(|at| now.since(at) < self.policy.control_pause);
        if !self.local_fault.is_suspected() && (another || !self.page.online) && !tested {
            self.local_fault.stage = Stage::Suspected { since: now, unreachable: false };
            self.start_control(now);
            let nodes = self.nodes.len().min(self.policy.eager_nodes);
            (0..nodes).for_each(|index| self.ask_for_probe(index, now));
        }
        self.local_fault.since().is_none()
    }

    /// A node answered: the network works.
    pub(crate) fn network_works(&mut self, now: Timestamp) {
        self.local_fault.last_failure = None;
        match self.local_fault.stage {
            Stage::Quiet => {}
            Stage::Suspected { .. } => self.local_fault.stage = Stage::Quiet,
            Stage::Confirmed { since, .. } => self.local_fault_ended(since, now),
        }
    }

    /// Fetches something small from the page's own origin, unless such a fetch is under way.
    pub(crate) fn start_control(&mut self, now: Timestamp) {
        if self.local_fault.control.is_some() {
            return;
        }
        let id = self.attempt_ids.issue();
        let lease_until = now + self.policy.control_timeout;
        self.local_fault.control = Some(Control { id, lease_until });
        self.timers.set(lease_until, Timer::Control);
        self.actions.push_back(Action::StartControl { control: id });
    }

    /// The page's own origin answered, or did not.
    pub(crate) fn control_ended(&mut self, id: AttemptId, reached: bool, now: Timestamp) {
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

    /// The verdict, once the control has failed and every health check has ended.
    pub(crate) fn settle_local_fault(&mut self, now: Timestamp) {
        let Stage::Suspected { since, unreachable: true } = self.local_fault.stage else { return };
        if self.probes.any_in_flight() {
            return;
        }
        let began = since.saturating_sub(self.policy.local_fault_window);
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            let blamed = matches!(node.state(), NodeState::Suspect | NodeState::Failed | NodeState::Probing);
            if blamed && node.health.since >= began {
                self.change_node(index, now, |node, _| node.mark_unknown(now));
            }
        }
        let pause = self.control_pause_after(0);
        self.local_fault.stage = Stage::Confirmed { since, next_try: now + pause, tries: 1 };
        self.timers.set(now + pause, Timer::Control);
        self.arm_all_probes();
        self.record(now, JournalEvent::LocalFaultBegan);
    }

    fn control_pause_after(&mut self, tries: u32) -> Duration {
        let pause = self.policy.outage_probe_first.saturating_mul(1 << tries.min(16));
        let pause = pause.min(self.policy.outage_probe_max);
        self.random.between(pause / 2, pause)
    }

    /// The machine slept, perhaps to wake elsewhere: what was thought of its network is void.
    pub(crate) fn forget_local_fault(&mut self, now: Timestamp) {
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
            self.nodes[index].probes.follow(NextProbe::At(now + jitter));
        }
        self.arm_all_probes();
    }

    /// A control's lease is over, or a control is due.
    pub(crate) fn control_is_due(&mut self, now: Timestamp) {
        if let Some(control) = self.local_fault.control.filter(|control| control.lease_until <= now) {
            self.actions.push_back(Action::AbortControl { control: control.id });
            self.control_ended(control.id, false, now);
        }
        if let Stage::Confirmed { since, next_try, tries } = self.local_fault.stage
            && next_try <= now
        {
            let pause = self.control_pause_after(tries);
            self.local_fault.stage = Stage::Confirmed { since, next_try: now + pause, tries: tries + 1 };
            self.timers.set(now + pause, Timer::Control);
            if self.page.visible {
                self.start_control(now);
            }
        }
    }
}
