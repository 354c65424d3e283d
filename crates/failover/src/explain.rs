//! Why this node: the candidates in this client's order, each with what speaks for or against it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Failover;
use super::call::{CallSpec, Target};
use super::call_state::{Buffers, Call};
use super::ids::CallId;
use super::node::NodeState;
use super::selection::Fitness;
use super::time::Timestamp;

/// A node as a candidate for the next request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub index: usize,
    pub url: Arc<str>,
    pub standing: Standing,
}

/// What becomes of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The next request goes there.
    Taken,
    /// It could serve; another comes before it.
    Spare,
    /// It is slower than usual at this moment.
    Slow,
    /// Another node is far faster.
    LeftAsSlow,
    /// It was behind what this page has seen.
    Stale,
    /// It has come back and is watched.
    Recovering,
    /// It was left too often lately, and is not returned to yet.
    Flapping,
    /// Too many of its requests fail.
    LowSuccessRate,
    /// It has no quorum, and this is a write.
    NoQuorum,
    /// It asked to be left alone.
    Held,
    Suspect,
    Failed,
    /// It failed and is being tried again.
    Probing,
    /// It belongs to another cluster.
    Foreign,
    /// The operator requires another node.
    NotRequired,
}

impl Standing {
    /// A stable word in kebab-case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Spare => "spare",
            Self::Slow => "slow",
            Self::LeftAsSlow => "left-as-slow",
            Self::Stale => "stale",
            Self::Recovering => "recovering",
            Self::Flapping => "flapping",
            Self::LowSuccessRate => "low-success-rate",
            Self::NoQuorum => "no-quorum",
            Self::Held => "held",
            Self::Suspect => "suspect",
            Self::Failed => "failed",
            Self::Probing => "probing",
            Self::Foreign => "foreign",
            Self::NotRequired => "not-required",
        }
    }
}

impl Failover {
    /// Where a request for `target` would go now, and why not elsewhere. In order of preference.
    pub fn explain(&self, target: Target, now: Timestamp) -> Vec<Candidate> {
        let spec = CallSpec { target, read: target == Target::AnyNode, ..CallSpec::READ };
        let call = Call::new(CallId(u64::MAX), spec, Buffers::default(), now, &self.policy);
        let taken = self.choose(&call, now);
        let required = self.requirement(now);
        let mut listed = BTreeSet::new();
        let in_order = self.sequence().filter(|index| listed.insert(*index));
        let candidate = |index: usize| {
            let node = &self.nodes[index];
            let standing = if taken == Some(index) {
                Standing::Taken
            } else if node.identity.is_foreign() {
                Standing::Foreign
            } else if required.is_some() {
                Standing::NotRequired
            } else {
                refusal(self.fitness(index, &call, now), node.state())
            };
            Candidate { index, url: Arc::clone(&node.url), standing }
        };
        in_order.map(candidate).collect()
    }
}

/// Why a request would not go to a node.
fn refusal(fitness: Fitness, state: NodeState) -> Standing {
    match (fitness, state) {
        (Fitness::Good, _) => Standing::Spare,
        (Fitness::Slow, _) => Standing::Slow,
        (Fitness::LeftAsSlow, _) => Standing::LeftAsSlow,
        (Fitness::Stale, _) => Standing::Stale,
        (Fitness::Watched, NodeState::Recovering) => Standing::Recovering,
        (Fitness::Watched, _) => Standing::Flapping,
        (Fitness::LowSuccessRate, _) => Standing::LowSuccessRate,
        (Fitness::NoQuorum, _) => Standing::NoQuorum,
        (Fitness::Held, _) => Standing::Held,
        (Fitness::AnsweredOnce, _) => Standing::Probing,
        (Fitness::Suspect, _) => Standing::Suspect,
        (Fitness::Foreign, _) => Standing::Foreign,
        (Fitness::Failed, NodeState::Probing) => Standing::Probing,
        (Fitness::Failed, _) => Standing::Failed,
    }
}
