//! The page itself: shown or hidden, with or without network, awake or asleep.

use std::time::Duration;

use super::Failover;
use super::journal::JournalEvent;
use super::node::Node;
use super::probe_schedule::NextProbe;
use super::time::Timestamp;

/// What is known of the page.
#[derive(Debug)]
pub(crate) struct Page {
    pub visible: bool,
    /// It checks nodes while it is hidden, on behalf of an alert.
    pub watch_hidden: bool,
    /// What the browser says of the network: a hint, no verdict.
    pub online: bool,
    /// The wake-up that was asked for after the last event: a much later one is a jump of the clock.
    wakeup: Option<Timestamp>,
}

impl Default for Page {
    fn default() -> Self {
        Self { visible: true, watch_hidden: false, online: true, wakeup: None }
    }
}

impl Page {
    pub fn wakeup_requested(&mut self, at: Option<Timestamp>) {
        self.wakeup = at;
    }
}

impl Failover {
    /// The machine slept when a page is woken long after it asked for. Nobody is blamed for that.
    pub(crate) fn notice_clock_jump(&mut self, now: Timestamp) {
        let Some(wakeup) = self.page.wakeup else { return };
        let late = now.since(wakeup);
        if late <= self.policy.clock_jump {
            return;
        }
        if self.page.visible {
            self.record(now, JournalEvent::ClockJumped { by: late });
            self.restart_epochs(now);
        } else {
            // A hidden page is woken rarely: what was due meanwhile says nothing about the nodes, and is no news.
            self.nodes.iter_mut().for_each(Node::begin_epoch);
        }
    }

    /// Begins a new epoch at every node, and checks each of them.
    fn restart_epochs(&mut self, now: Timestamp) {
        self.forget_local_fault(now);
        for index in 0..self.nodes.len() {
            let jitter = self.random.between(Duration::ZERO, self.policy.confirm_within);
            self.abort_probe(index);
            let node = &mut self.nodes[index];
            node.restart_epoch(now + jitter);
            node.changed(self.revision.upcoming());
        }
        self.arm_all_probes();
        self.revision.advance();
    }

    pub(crate) fn visibility_changed(&mut self, visible: bool, now: Timestamp) {
        if visible == self.page.visible {
            return;
        }
        self.page.visible = visible;
        self.revision.advance();
        if visible {
            for index in 0..self.nodes.len() {
                let jitter = self.random.between(Duration::ZERO, self.policy.visible_jitter);
                self.nodes[index].probes.follow(NextProbe::At(now + jitter));
            }
        } else if self.page.watch_hidden {
            self.plan_hidden_checks(now);
        }
        self.arm_all_probes();
    }

    /// The page's network came or went, as far as the browser knows.
    pub(crate) fn online_changed(&mut self, online: bool, now: Timestamp) {
        if std::mem::replace(&mut self.page.online, online) == online {
            return;
        }
        self.revision.advance();
        let suspected = self.local_fault.is_suspected();
        if online && suspected {
            self.start_control(now);
        }
        if online && self.page.visible {
            for index in 0..self.nodes.len() {
                let jitter = self.random.between(Duration::ZERO, self.policy.visible_jitter);
                let node = &mut self.nodes[index];
                node.probes.follow(NextProbe::By(now + jitter));
                if suspected || !node.usable() {
                    node.probes.mark_asked();
                }
            }
            self.arm_all_probes();
        }
    }

    /// A hidden page checks nothing by itself. When somebody asks it all the same, overdue checks of nodes that are not
    /// well are made first: otherwise it would lose one node after the other, and find none again.
    pub(crate) fn make_overdue_checks(&mut self, now: Timestamp) {
        if self.page.visible || self.outage.is_on() {
            return;
        }
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            if !node.usable() && node.probes.next.is_some_and(|due| due <= now) {
                self.ask_for_probe(index, now);
            }
        }
    }

    /// Whether this page checks nodes while it is hidden, for alerts. At most one tab of a browser should.
    pub fn watch_while_hidden(&mut self, watch: bool, now: Timestamp) {
        self.page.watch_hidden = watch;
        if watch && !self.page.visible {
            self.plan_hidden_checks(now);
        }
        self.arm_all_probes();
        self.finish(now);
    }

    fn plan_hidden_checks(&mut self, now: Timestamp) {
        for index in 0..self.nodes.len() {
            let at = now + self.random.between(Duration::ZERO, self.policy.hidden_check_interval);
            self.nodes[index].probes.plan_not_before(at);
        }
    }
}
