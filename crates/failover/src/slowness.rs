//! Relative slowness: a home that works, and takes far longer than another node would, is left for that one.
//!
//! The home's last sixteen reads are compared with what is fresh of the others: a read with a read where another node has
//! answered some lately, else a check with a check. When nothing is known of the others, they and the home are *looked at*:
//! checked once a second for a few seconds. One read in thirty-two goes elsewhere, for nodes whose health page is quick and
//! whose work is not. A node chosen by hand is neither left nor sampled; that it is slow is said.

use std::sync::Arc;
use std::time::Duration;

use super::Failover;
use super::call::Target;
use super::call_state::Call;
use super::ids::NodeId;
use super::journal::JournalEvent;
use super::node::Node;
use super::pace::{Slower, fresh_median, median};
use super::probe_schedule::NextProbe;
use super::selection::Fitness;
use super::time::Timestamp;
use super::timers::Timer;

/// The others are being looked at.
#[derive(Clone, Copy, Debug, Hash)]
struct Look {
    next: Timestamp,
    until: Timestamp,
}

/// What is going on about the pace of the home.
#[derive(Debug, Default, Hash)]
pub(crate) struct Slowness {
    /// Since when which home has been far slower than another node.
    since: Option<(NodeId, Timestamp)>,
    judged: Option<Timestamp>,
    look: Option<Look>,
    last_look: Option<Timestamp>,
    /// Reads whose first choice was a home that could be sampled.
    reads: u64,
}

impl Slowness {
    /// When the next look is due.
    pub fn due(&self) -> Option<Timestamp> {
        self.look.map(|look| look.next)
    }
}

impl Failover {
    /// A read was answered, or a check: whether the home is far slower than another node.
    pub(crate) fn judge_slowness(&mut self, now: Timestamp) {
        let policy = &self.policy.slowness;
        if self.slowness.judged.is_some_and(|at| now.since(at) < policy.judged_every) {
            return;
        }
        self.slowness.judged = Some(now);
        let home = self.home().filter(|index| self.nodes[*index].usable() && self.nodes.len() > 1);
        let Some(index) = home.filter(|index| self.nodes[*index].pace.slower().is_none()) else { return };
        let own = self.nodes[index].stats.recent_reads.median();
        let Some(own) = own.filter(|own| *own >= policy.margin) else {
            self.slowness.since = None;
            return;
        };
        let id = self.nodes[index].id;
        match self.fastest_beside(index, now) {
            Some(slower) => {
                let (_, since) = *self.slowness.since.get_or_insert((id, now));
                if self.slowness.since.is_some_and(|(home, _)| home != id) {
                    self.slowness.since = Some((id, now));
                } else if now.since(since) >= self.policy.slowness.lasts {
                    self.leave_slow_home(index, slower, now);
                }
            }
            None => {
                self.slowness.since = None;
                self.look_at_others(index, own, now);
            }
        }
    }

    /// The usable node beside which the one at `index` looks slowest, when the difference is large enough.
    fn fastest_beside(&self, index: usize, now: Timestamp) -> Option<Slower> {
        let policy = &self.policy.slowness;
        let others = self.nodes.iter().enumerate().filter(|(other, node)| *other != index && node.usable());
        let compared = others.filter_map(|(_, other)| {
            let (latency, faster) = self.compare(&self.nodes[index], other, now)?;
            let much = latency > faster.saturating_mul(policy.factor) && latency >= faster + policy.margin;
            much.then_some(Slower { latency, than: other.id, other: faster })
        });
        compared.min_by_key(|slower| slower.other)
    }

    /// How long the two take, both for reads or both for checks; `None` while there is nothing fresh to compare.
    fn compare(&self, node: &Node, other: &Node, now: Timestamp) -> Option<(Duration, Duration)> {
        let fresh_reads = |node: &Node| self.fresh(node.stats.recent_reads.newest(), now);
        if let Some(faster) = fresh_reads(other) {
            let own = node.stats.recent_reads.median().or_else(|| fresh_reads(node))?;
            return Some((own, faster));
        }
        let checks = |node: &Node| self.fresh(node.stats.answered_checks(), now);
        Some((checks(node)?, checks(other)?))
    }

    fn fresh(&self, newest: impl Iterator<Item = (Timestamp, Duration)>, now: Timestamp) -> Option<Duration> {
        let policy = &self.policy.slowness;
        fresh_median(newest, policy.fresh_answers, policy.fresh_within, now)
    }

    /// The home counts as slow from now on, and with it every other node that is as slow: the next home is a fast one.
    fn leave_slow_home(&mut self, home: usize, slower: Slower, now: Timestamp) {
        self.slowness.since = None;
        self.slowness.look = None;
        self.mark_slow(home, slower, now);
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            if index == home || node.id == slower.than || !node.usable() || node.pace.slower().is_some() {
                continue;
            }
            if let Some(slower) = self.fastest_beside(index, now) {
                self.mark_slow(index, slower, now);
            }
        }
    }

    fn mark_slow(&mut self, index: usize, slower: Slower, now: Timestamp) {
        self.change_node(index, now, |node, cx| node.pace.left(slower, cx.now, cx.policy));
        let Some(than) = self.nodes.index_of(slower.than) else { return };
        let event = JournalEvent::FoundSlow {
            node: Arc::clone(&self.nodes[index].url),
            latency: slower.latency,
            than: Arc::clone(&self.nodes[than].url),
            other: slower.other,
            kept: self.preferred() == Some(index),
        };
        self.record(now, event);
    }

    /// A node that counts as slow was checked: whether it is about as fast as the others again. Like is compared with like,
    /// so its last checks with theirs, however long ago those were.
    pub(crate) fn review_slow_node(&mut self, index: usize, now: Timestamp) {
        let node = &self.nodes[index];
        let Some(slower) = node.pace.slower() else { return };
        let least = self.policy.slowness.fresh_answers;
        let pace = |node: &Node| {
            let enough = node.stats.answered_checks().count() >= least;
            median(node.stats.answered_checks().take(least).map(|(_, took)| took)).filter(|_| enough)
        };
        let others = self.nodes.iter().filter(|other| other.id != node.id && other.usable());
        let fastest = others.filter(|other| other.pace.slower().is_none()).filter_map(pace).min();
        let (Some(own), Some(fastest)) = (pace(node), fastest) else { return };
        let policy = &self.policy.slowness;
        let near = own <= fastest.saturating_mul(policy.return_percent) / 100 || own <= fastest + policy.return_margin;
        let mut returns = false;
        self.change_node(index, now, |node, cx| {
            returns = node.pace.compared(near, cx.now, cx.policy);
            if returns {
                node.pace.returned(cx.now);
                node.stats.recent_reads.forget();
            }
        });
        if returns {
            let than = self.nodes.index_of(slower.than).map(|other| Arc::clone(&self.nodes[other].url));
            self.record(now, JournalEvent::NoLongerSlow { node: Arc::clone(&self.nodes[index].url), than });
        }
    }

    /// The home is slow, and nobody knows whether the others are faster: the checks find out.
    fn look_at_others(&mut self, home: usize, own: Duration, now: Timestamp) {
        let policy = &self.policy.slowness;
        let waits = self.slowness.last_look.is_some_and(|at| now.since(at) < policy.look_pause);
        if waits || self.slowness.look.is_some() || !self.page.visible {
            return;
        }
        let node = &self.nodes[home];
        let others = || self.nodes.iter().filter(|other| other.id != node.id && other.usable());
        let unknown = own > policy.look_from && !others().any(|other| self.compare(node, other, now).is_some());
        let usual = node.stats.reads.lifetime().percentile(50);
        let tripled = usual.is_some_and(|usual| own > usual.saturating_mul(policy.factor));
        if others().next().is_some() && (unknown || tripled) {
            self.slowness.last_look = Some(now);
            self.slowness.look = Some(Look { next: now, until: now + policy.look_for });
            self.look_is_due(now);
        }
    }

    /// Checks the home and the first of the others once more.
    pub(crate) fn look_is_due(&mut self, now: Timestamp) {
        let Some(look) = self.slowness.look else { return };
        if now >= look.until || !self.page.visible {
            self.slowness.look = None;
            return;
        }
        let home = self.home();
        let count = self.policy.slowness.look_at;
        let others = self.nodes.own_order.iter().copied().filter(|index| Some(*index) != home).take(count);
        let looked_at: Vec<usize> = home.into_iter().chain(others).collect();
        for index in looked_at {
            if self.nodes[index].usable() {
                self.nodes[index].probes.follow(NextProbe::By(now));
                self.arm_probe(index);
            }
        }
        let next = now + self.policy.slowness.look_every;
        self.slowness.look = Some(Look { next, ..look });
        self.timers.set(next, Timer::Look);
    }

    /// Where this read goes in place of a slow home, for once: the next node that it would choose.
    pub(crate) fn sampled_elsewhere(&mut self, call: &Call, now: Timestamp) -> Option<NodeId> {
        let spec = &call.spec;
        let plain =
            spec.read && spec.target == Target::AnyNode && !spec.slow && !spec.background && spec.avoid.is_none();
        let home = self.home().filter(|_| plain && self.nodes.len() > 1)?;
        if self.preferred() == Some(home) || self.choices.required_node().is_some() {
            return None;
        }
        let own = self.nodes[home].stats.recent_reads.median()?;
        if own < self.policy.slowness.margin {
            return None;
        }
        self.slowness.reads += 1;
        let turn = self.slowness.reads / self.policy.slowness.sample_every;
        if !self.slowness.reads.is_multiple_of(self.policy.slowness.sample_every) {
            return None;
        }
        let good = |index: &usize| *index != home && self.fitness(*index, call, now) == Fitness::Good;
        let count = self.nodes.own_order.iter().filter(|index| good(index)).count();
        // Each of them several times in a row: a comparison needs some fresh answers of one node.
        let place = (turn as usize / self.policy.slowness.fresh_answers).checked_rem(count)?;
        let chosen = self.nodes.own_order.iter().copied().filter(good).nth(place)?;
        Some(self.nodes[chosen].id)
    }
}
