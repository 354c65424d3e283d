//! The page itself: shown or hidden, with or without network, awake or asleep.

use std::time::Duration;

use super::Failover;
use super::journal::JournalEvent;
use super::node::Node;
use super::probe_schedule::NextProbe;
use super::time::Timestamp;
use super::timers::Timer;

/// What is known of the page.
#[derive(Debug, Hash)]
pub(crate) struct Page {
    pub visible: bool,
    /// It checks nodes while it is hidden, on behalf of an alert.
    pub watch_hidden: bool,
    /// What the browser says of the network: a hint, no verdict.
    pub online: bool,
    /// The wake-up that was asked for after the last event: a much later one is a jump of the clock.
    wakeup: Option<Timestamp>,
    /// How far the wall clock was ahead of the core's when it was last read, in milliseconds.
    wall_ahead: Option<i64>,
}

impl Default for Page {
    fn default() -> Self {
        Self { visible: true, watch_hidden: false, online: true, wakeup: None, wall_ahead: None }
    }
}

impl Page {
    pub fn wakeup_requested(&mut self, at: Option<Timestamp>) {
        self.wakeup = at;
    }
}

impl Failover {
    /// The wall clock reads `millis` since 1970. Durations and deadlines are those of the core's own clock, which no step
    /// of the other moves. When the two part, the machine slept, or somebody set the clock: what is under way says nothing
    /// about the nodes, and each is checked once.
    pub fn wall_clock_reads(&mut self, now: Timestamp, millis: i64) {
        let ahead = millis.saturating_sub(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
        let Some(before) = self.page.wall_ahead.replace(ahead) else { return };
        let by = Duration::from_millis(ahead.abs_diff(before));
        if by <= self.policy.clock_jump {
            return;
        }
        if self.page.visible {
            self.record(now, JournalEvent::WallClockMoved { by, forward: ahead > before });
            self.restart_epochs(now);
            self.finish(now);
        } else {
            self.nodes.iter_mut().for_each(Node::begin_epoch);
        }
    }

    /// The machine slept, or the page was frozen, when a page is woken long after it asked for. Nobody is blamed for that,
    /// and nobody who waits loses the time.
    pub(crate) fn notice_clock_jump(&mut self, now: Timestamp) {
        let Some(wakeup) = self.page.wakeup else { return };
        let late = now.since(wakeup);
        if late <= self.policy.clock_jump {
            return;
        }
        if self.page.visible {
            self.record(now, JournalEvent::ClockJumped { by: late });
            self.restart_epochs(now);
            self.give_time_back(late);
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

    /// Moves the end of everything under way by what was overdue.
    fn give_time_back(&mut self, late: Duration) {
        for (id, attempt) in &mut self.attempts {
            attempt.postpone(late.min(self.policy.attempt_timeout));
            self.timers.set(attempt.due(), Timer::Attempt(*id));
        }
        for (id, call) in &mut self.calls {
            call.postpone(late);
            if let Some(at) = call.due() {
                self.timers.set(at, Timer::Call(*id));
            }
        }
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
