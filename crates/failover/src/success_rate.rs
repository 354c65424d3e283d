//! Success rate: a node that answers, and whose answers are too often errors, is passed over.
//!
//! Its rate is compared with that of the *other* usable nodes: errors that all of them have are those of the work. Who was
//! asked too rarely of late stands there with its last answers, checks included. A node that is passed over so is tried with
//! a read now and then; three requests in a row that go well make it trusted again. Its checks prove nothing.

use std::sync::Arc;

use super::Failover;
use super::call::Target;
use super::call_state::Call;
use super::ids::NodeId;
use super::journal::JournalEvent;
use super::node::Node;
use super::time::Timestamp;

impl Failover {
    /// A request failed at the node at `index`: whether too many do.
    pub(crate) fn judge_success_rate(&mut self, index: usize, now: Timestamp) {
        let policy = &self.policy.success;
        let node = &self.nodes[index];
        let own = node.tally.window(now);
        if node.tally.is_low() || !node.usable() || own.all() < policy.requests || own.ill < policy.failures {
            return;
        }
        let Some(rate) = own.rate() else { return };
        let others =
            || self.nodes.iter().filter(|other| other.id != node.id && other.usable() && !other.tally.is_low());
        let passed_over = self.nodes.iter().filter(|other| other.tally.is_low()).count();
        if others().next().is_none() || passed_over >= (self.nodes.len() / policy.one_of.max(1)).max(1) {
            return;
        }
        let rates = others().filter_map(|other| self.rate_of(other, now));
        let (usual, deviation) = mean_and_deviation(rates);
        // Of so few requests chance alone makes one rate lower than the others, the more the more of all requests fail.
        let chance = (usual * (100.0 - usual) / f64::from(own.all())).sqrt();
        let margin = policy.margin_points.max(policy.deviations * deviation.max(chance));
        if rate < usual - margin || rate < policy.least_percent {
            self.change_node(index, now, |node, cx| node.tally.found_low(cx.now, cx.policy));
            let event = JournalEvent::LowSuccessRate {
                node: Arc::clone(&self.nodes[index].url),
                percent: rate as u32,
                usual: usual as u32,
            };
            self.record(now, event);
        }
    }

    /// In percent: of its requests of late, or else of its last answers.
    fn rate_of(&self, node: &Node, now: Timestamp) -> Option<f64> {
        let window = node.tally.window(now);
        if window.all() >= self.policy.success.requests { window.rate() } else { node.tally.last_answers().rate() }
    }

    /// Enough requests in a row went well at a node that was passed over.
    pub(crate) fn trust_again(&mut self, index: usize, now: Timestamp) {
        self.change_node(index, now, |node, cx| node.tally.trust(cx.now));
        self.record(now, JournalEvent::SuccessRateRestored { node: Arc::clone(&self.nodes[index].url) });
    }

    /// The node that this read tries, because too many requests failed there a while ago.
    pub(crate) fn on_trial(&mut self, call: &Call, now: Timestamp) -> Option<NodeId> {
        let spec = &call.spec;
        let plain = spec.read && spec.target == Target::AnyNode && !spec.slow && spec.avoid.is_none();
        if self.view.low == 0 || !plain || self.choices.required_node().is_some() {
            return None;
        }
        let due = |node: &&mut Node| node.usable() && !node.held(now) && node.tally.trial_is_due(now);
        let node = self.nodes.iter_mut().find(due)?;
        node.tally.trial_began(now, &self.policy);
        Some(node.id)
    }
}

/// The mean of rates in percent, and their deviation from it. Without any: all is expected to go well.
fn mean_and_deviation(rates: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = rates.clone().count();
    if count == 0 {
        return (100.0, 0.0);
    }
    let mean = rates.clone().sum::<f64>() / count as f64;
    let variance = rates.map(|rate| (rate - mean) * (rate - mean)).sum::<f64>() / count as f64;
    (mean, variance.sqrt())
}
