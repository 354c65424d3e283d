//! Whether a 401 ends the session.
//!
//! A node that has fallen behind, or that lost its keys in a restart, may not know a token that is perfectly good. So a
//! 401 counts when it comes from the node that issued the token, or when a second node says the same.

use super::failover::NodeId;

/// Whether a 401 from `from` counts by itself. `issuer` is unknown after a reload.
pub(super) fn is_final(issuer: Option<NodeId>, from: NodeId, nodes: usize) -> bool {
    nodes < 2 || issuer == Some(from)
}

#[cfg(test)]
mod tests {
    use super::super::failover::{Failover, NodeUrl, Policy, Timestamp};
    use super::*;

    #[test]
    fn only_the_issuer_and_a_single_node_are_believed_at_once() {
        let urls: Vec<NodeUrl> = ["http://a", "http://b"].iter().map(|url| NodeUrl::from_normalized(*url)).collect();
        let core = Failover::new(&urls, Policy::default(), 1, Timestamp::ZERO);
        let (Some(a), Some(b)) = (core.node_at(0), core.node_at(1)) else { panic!("two nodes") };
        assert!(is_final(Some(a), a, 2));
        assert!(!is_final(Some(a), b, 2));
        assert!(!is_final(None, b, 2));
        assert!(is_final(None, b, 1));
    }
}
