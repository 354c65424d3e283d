//! No node is usable any more: before a person is told so, every failed node is asked once more.
//!
//! A node that came back is found late while others serve: the pauses between its checks grow. When the last usable
//! node goes, what is thought of the others is old, so they are checked at once, and calls wait for what the checks
//! find instead of failing. The first sign of life takes all of them along. While nothing answers the recheck is
//! repeated when somebody asks, at most once in [`Policy::recheck_pause`](super::Policy::recheck_pause): a call fails
//! only when no node has answered in that time. A call that the last usable node cannot help waits for a recheck too:
//! that node answered with an error, and the one retry is left, or it asked to be left alone.

use std::time::Duration;

use super::Failover;
use super::call::Why;
use super::call_state::{Call, Waits};
use super::ids::CallId;
use super::node::Node;
use super::probe_schedule::NextProbe;
use super::snapshot::Counter;
use super::time::Timestamp;

/// A time without a usable node.
#[derive(Clone, Copy, Debug, Hash)]
struct NoUsableNode {
    since: Timestamp,
    /// A node may answer since then.
    answered: bool,
}

#[derive(Debug, Default, Hash)]
pub(crate) struct Recheck {
    no_usable_node: Option<NoUsableNode>,
    /// When all nodes were last rechecked.
    last: Option<Timestamp>,
    /// Calls that wait for what a recheck finds, at most. Zero: none to look for.
    waiting: usize,
}

impl Recheck {
    /// Whether no node is usable.
    pub fn no_usable_node(&self) -> bool {
        self.no_usable_node.is_some()
    }
}

impl Failover {
    /// Notes the beginning of a time without a usable node.
    pub(crate) fn notice_no_usable_node(&mut self, now: Timestamp) {
        if self.recheck.no_usable_node() || self.view.usable > 0 || self.nodes.is_empty() {
            return;
        }
        self.recheck.no_usable_node = Some(NoUsableNode { since: now, answered: false });
        // A hidden page for which nobody waits is in no hurry.
        if self.page.visible || !self.calls.is_empty() {
            self.recheck_all(now);
        }
    }

    /// Sends on whoever waits, once a recheck has found something.
    pub(crate) fn settle_recheck(&mut self, now: Timestamp) {
        self.notice_no_usable_node(now);
        let may_answer = self.view.usable + self.view.answered_once > 0;
        if let Some(period) = &mut self.recheck.no_usable_node
            && std::mem::replace(&mut period.answered, may_answer) != may_answer
            && may_answer
        {
            self.rescue_waiting_calls(now);
        }
        if (self.view.usable > 0 || self.nodes.is_empty()) && self.recheck.no_usable_node.take().is_some() {
            self.nodes.iter_mut().for_each(|node| node.probes.set_recheck_pending(false));
        }
        self.wake_waiting_for_recheck(now);
    }

    /// A call finds no usable node: all nodes are asked again, unless that was done a moment ago.
    pub(crate) fn recheck_again(&mut self, now: Timestamp) {
        if self.recheck.last.is_none_or(|at| now.since(at) >= self.policy.recheck_pause) {
            self.recheck_all(now);
        }
    }

    /// Has every node checked, soon; of many only those that were not asked for the longest time.
    fn recheck_all(&mut self, now: Timestamp) {
        self.recheck.last = Some(now);
        let mut indexes: Vec<usize> = (0..self.nodes.len()).collect();
        if indexes.len() > self.policy.eager_nodes {
            indexes.sort_by_key(|index| self.nodes[*index].probes.last_ended);
            indexes.truncate(self.policy.eager_nodes);
        }
        for index in indexes {
            let jitter = self.random.between(Duration::ZERO, self.policy.confirm_within);
            let probes = &mut self.nodes[index].probes;
            probes.set_recheck_pending(true);
            probes.ask(NextProbe::By(now + jitter));
            self.arm_probe(index);
        }
    }

    /// Whether a node that was rechecked has not answered yet.
    pub(crate) fn recheck_pending(&self) -> bool {
        self.nodes.iter().any(|node| node.probes.recheck_pending)
    }

    /// Lets the call wait for what the recheck finds.
    pub(crate) fn wait_for_recheck(&mut self, call: Call) {
        self.recheck.waiting += 1;
        self.wait(call, Waits::ForRecheck);
    }

    /// The first answer sends on everybody whom it helps; the last failure ends the wait.
    fn wake_waiting_for_recheck(&mut self, now: Timestamp) {
        if std::mem::take(&mut self.recheck.waiting) == 0 {
            return;
        }
        let waiting = self.calls.values().filter(|call| call.waits == Some(Waits::ForRecheck));
        let waiting: Vec<CallId> = waiting.map(|call| call.id).collect();
        for id in waiting {
            let Some(mut call) = self.calls.remove(&id) else { continue };
            // The retry after an error goes to another node than those that were asked.
            let retry = call.retries.error_retried;
            let helps = |node: &Node| node.may_answer() && !node.held(now) && !(retry && call.tried.contains(&node.id));
            let found = self.nodes.iter().position(helps);
            if found.is_none() && self.recheck_pending() {
                self.wait_for_recheck(call);
                continue;
            }
            call.stop_waiting();
            if found.is_some() {
                call.make_next_move_free();
                if !retry {
                    call.forget_tried();
                }
            }
            match found {
                // It has answered once only, and the one that is usable was of no help.
                Some(index) if self.choose(&call, now).is_none() => self.send_on(call, index, Why::Moved, now),
                _ => self.go_on(call, now),
            }
        }
    }

    /// A node gave a sign of life: whoever still waits for one that is not trusted asks there too, once. Not after a
    /// long outage: all that had gathered would fall on a node that has just come back.
    fn rescue_waiting_calls(&mut self, now: Timestamp) {
        let first_recheck = self.policy.confirm_within.saturating_add(self.policy.probe_timeout);
        if self.recheck.no_usable_node.is_none_or(|period| now.since(period.since) > first_recheck) {
            return;
        }
        // Who waits for a socket to a node that hangs would wait for as long as it does.
        for node in self.nodes.iter().filter(|node| !node.may_answer()) {
            self.origins.distrust(node.origin);
        }
        self.leave_distrusted_origins(now);
        let waiting = self
            .calls
            .values()
            .filter(|call| !call.live.is_empty() && call.may_be_rescued() && !self.may_be_answered(call));
        let waiting: Vec<CallId> = waiting.map(|call| call.id).collect();
        for id in waiting {
            let Some(mut call) = self.calls.remove(&id) else { continue };
            call.rescue();
            call.make_next_move_free();
            match self.choose(&call, now).filter(|index| self.nodes[*index].may_answer()) {
                Some(index) => {
                    self.counters.add(Counter::Rescue);
                    self.home.caller_waited(now.since(call.submitted));
                    self.send_on(call, index, Why::Rescued, now);
                }
                None => self.requeue(call),
            }
        }
    }
}
