//! No node is usable any more: before a person is told so, every failed node is asked once more.
//!
//! A node that came back is found late while others serve: the pauses between its checks grow. When the last usable
//! node goes, what is thought of the others is old, so they are checked at once, and calls wait for what comes of it
//! instead of failing. The first sign of life takes all of them along. While nothing answers the look is repeated
//! when somebody asks, at most once in [`Policy::look_pause`](super::Policy::look_pause): a call fails only when no
//! node has answered in that time. The same for a call that the last usable node cannot help: it answered with an error,
//! and the one retry is left, or it asked to be left alone.

use std::time::Duration;

use super::call::{Call, Waits, Why};
use super::node::Node;
use super::time::Timestamp;
use super::{CallId, Failover};

/// No node is usable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Darkness {
    since: Timestamp,
    /// A node has answered since.
    alive: bool,
}

impl Failover {
    /// Notes the beginning of a time without a usable node.
    pub(super) fn notice_darkness(&mut self, now: Timestamp) {
        if self.darkness.is_some() || self.view.usable > 0 || self.nodes.is_empty() {
            return;
        }
        self.darkness = Some(Darkness { since: now, alive: false });
        // A hidden page for which nobody waits is in no hurry.
        if self.visible || !self.calls.is_empty() {
            self.look(now);
        }
    }

    /// Sends on whoever waits, once the look at the nodes has come to something.
    pub(super) fn settle_look(&mut self, now: Timestamp) {
        self.notice_darkness(now);
        let alive = self.view.usable + self.view.stirring > 0;
        if let Some(darkness) = &mut self.darkness
            && std::mem::replace(&mut darkness.alive, alive) != alive
            && alive
        {
            self.rescue_the_stranded(now);
        }
        if (self.view.usable > 0 || self.nodes.is_empty()) && self.darkness.take().is_some() {
            self.nodes.iter_mut().for_each(|node| node.looked_for = false);
        }
        self.wake_onlookers(now);
    }

    /// Somebody asks in vain: the nodes are asked again, unless that was done a moment ago.
    pub(super) fn look_again(&mut self, now: Timestamp) {
        if self.looked.is_none_or(|at| now.since(at) >= self.policy.look_pause) {
            self.look(now);
        }
    }

    /// Has every node checked, soon; of many only those that were not asked for the longest time.
    fn look(&mut self, now: Timestamp) {
        self.looked = Some(now);
        let mut indexes: Vec<usize> = (0..self.nodes.len()).collect();
        if indexes.len() > self.policy.eager_nodes {
            indexes.sort_unstable_by_key(|index| self.nodes[*index].last_checked);
            indexes.truncate(self.policy.eager_nodes);
        }
        for index in indexes {
            let jitter = self.random.between(Duration::ZERO, self.policy.confirm_within);
            let node = &mut self.nodes[index];
            node.looked_for = true;
            if node.probe.is_none() {
                let at = now + jitter;
                node.next_probe = Some(node.next_probe.map_or(at, |due| due.min(at)));
                node.probe_asked = true;
                self.arm_probe(index);
            }
        }
    }

    /// Whether a node that was asked has not answered yet.
    pub(super) fn looking(&self) -> bool {
        self.nodes.iter().any(|node| node.looked_for)
    }

    /// Lets the call wait for what the look comes to.
    pub(super) fn wait_for_the_look(&mut self, mut call: Call) {
        self.onlookers += 1;
        call.waits = Some(Waits::ForALook);
        self.put_back(call);
    }

    /// The first answer sends on everybody whom it helps; the last failure ends the wait.
    fn wake_onlookers(&mut self, now: Timestamp) {
        if std::mem::take(&mut self.onlookers) == 0 {
            return;
        }
        let waiting = self.calls.values().filter(|call| call.waits == Some(Waits::ForALook));
        let waiting: Vec<CallId> = waiting.map(|call| call.id).collect();
        for id in waiting {
            let Some(mut call) = self.calls.remove(&id) else { continue };
            // The retry after an error goes to another node than those that were asked.
            let retry = call.error_retried;
            let helps = |node: &Node| node.gives_hope() && !node.held(now) && !(retry && call.tried.contains(&node.id));
            let found = self.nodes.iter().position(helps);
            if found.is_none() && self.looking() {
                self.wait_for_the_look(call);
                continue;
            }
            call.waits = None;
            if found.is_some() {
                call.next_is_free = true;
                if !retry {
                    call.tried.clear();
                }
            }
            match found {
                // It only stirs, and the one that is usable was of no help.
                Some(index) if self.choose(&call, now).is_none() => self.send_on(call, index, Why::Moved, now),
                _ => self.go_on(call, now),
            }
        }
    }

    /// A node gave a sign of life: whoever still waits for one that is not trusted asks there too, once. Not after a
    /// long outage: all that had gathered would fall on a node that has just come back.
    fn rescue_the_stranded(&mut self, now: Timestamp) {
        let first_look = self.policy.confirm_within.saturating_add(self.policy.probe_timeout);
        if self.darkness.is_none_or(|darkness| now.since(darkness.since) > first_look) {
            return;
        }
        // Who waits for a socket to a node that hangs would wait for as long as it does.
        let hopeless = self.nodes.iter().filter(|node| !node.gives_hope()).map(|node| node.origin);
        self.origins_doubted.extend(hopeless);
        self.leave_doubted_origins(now);
        let stranded = self.calls.values().filter(|call| {
            let waits = call.live.is_empty() || call.waits.is_some();
            !waits && !call.rescued && !call.spec.slow && call.may_run_twice() && !self.is_hopeful(call)
        });
        let stranded: Vec<CallId> = stranded.map(|call| call.id).collect();
        for id in stranded {
            let Some(mut call) = self.calls.remove(&id) else { continue };
            call.rescued = true;
            call.next_is_free = true;
            match self.choose(&call, now).filter(|index| self.nodes[*index].gives_hope()) {
                Some(index) => {
                    self.counters.rescues += 1;
                    self.mover_waited = Some(now.since(call.submitted));
                    self.send_on(call, index, Why::Rescued, now);
                }
                None => self.put_back(call),
            }
        }
    }
}
