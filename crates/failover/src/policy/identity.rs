//! Figures of identity: when the page knows which cluster it is in, and when an address is that of a balancer.

use std::time::Duration;

/// Which cluster the page is in, and which addresses lead to one node.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentityPolicy {
    /// The cluster that most nodes name is joined when every node was checked, or this long after the list was made: one
    /// node that hangs must not keep the page without a cluster. Twice the timeout of a check.
    pub join_within: Duration,
    /// An address that named several node ids is a balancer's until it has named one id this many times in a row. A
    /// balancer over two nodes does that by chance once in 128 series of checks.
    pub steady_names: u32,
}

impl Default for IdentityPolicy {
    fn default() -> Self {
        Self { join_within: Duration::from_secs(2), steady_names: 8 }
    }
}

impl IdentityPolicy {
    /// The relations between these figures, each with its words.
    pub(super) fn relations(&self) -> [(bool, &'static str); 1] {
        [(self.steady_names > 1, "one answer names one id always: steady_names > 1")]
    }
}
