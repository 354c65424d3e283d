//! The newest state of the replicated log that this page has seen, so that a failover never shows older data.

use std::sync::Arc;

use super::event::Action;
use super::journal::JournalEvent;
use super::policy::READ_INDEX_SLACK;
use super::{Failover, NodeId, Timestamp};

/// The highest Raft index seen, and by whom it was given.
#[derive(Debug, Default)]
pub struct ReadIndex {
    highest: u64,
    /// What nodes are asked to have reached: the highest, unless every node that answers was behind it.
    asked: u64,
    source: Option<NodeId>,
}

impl ReadIndex {
    /// The newest index that the page has seen; 0 before the first.
    pub fn newest(&self) -> u64 {
        self.highest
    }

    /// Takes note of the index that came with an answer of `node`. `applied_there`: the node has applied it itself; one
    /// that forwarded a write passes the leader's index on, which it may reach only later.
    pub fn seen(&mut self, node: NodeId, index: Option<u64>, applied_there: bool) {
        let Some(index) = index else { return };
        if index > self.highest {
            self.highest = index;
            self.source = None;
        }
        self.asked = self.asked.max(index);
        if index == self.highest && applied_there {
            self.source = Some(node);
        }
    }

    /// Whether an answer at `index` is older than `shown`, which the page had shown when it asked.
    pub fn is_older(&self, index: Option<u64>, shown: u64) -> bool {
        // What another cluster had shown does not count any more.
        index.is_some_and(|index| index < shown.min(self.highest))
    }

    /// The index that `node` has to have reached; `None` for the node that gave it.
    pub fn wanted_from(&self, node: NodeId) -> Option<u64> {
        (self.asked > 0 && self.source != Some(node)).then_some(self.asked)
    }

    /// Every node that answers is behind: nothing newer than `freshest` is asked for, until a node has reached more.
    pub fn give_up(&mut self, freshest: u64) {
        self.asked = self.asked.min(freshest);
        self.source = None;
    }

    /// A node reports that it has applied `index`: what was given up may be there again.
    pub fn reached(&mut self, index: Option<u64>) {
        if index.is_some_and(|index| index >= self.highest) {
            self.asked = self.highest;
        }
    }

    /// The operator follows another cluster: what was seen of the old one's log is void.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

impl Failover {
    /// Whether an index of the log that a node names can be true, where the page has seen `newest`: a jump far beyond what a
    /// majority of the nodes reports is none. While fewer than two nodes have reported anything, there is no majority.
    pub fn believes_index(&self, index: u64, newest: u64) -> bool {
        if index <= newest.saturating_add(READ_INDEX_SLACK) {
            return true;
        }
        let distinct =
            self.nodes.iter().filter(|node| !node.identity.is_foreign() && node.identity.same_as().is_none());
        let mut applied: Vec<u64> = distinct.map(|node| node.reported.applied).filter(|at| *at > 0).collect();
        applied.sort_unstable_by(|a, b| b.cmp(a));
        // No log is that long; what a script writes as a number is not exact beyond it either.
        let longest = 1 << 53;
        let bound = match applied.len() {
            0 | 1 => longest,
            count => applied[count / 2].saturating_add(READ_INDEX_SLACK).min(longest),
        };
        index <= bound
    }

    /// Every node that answers is behind what the page has seen: one that had more is gone, or the cluster was restored from
    /// a backup.
    pub(crate) fn give_up_read_index(&mut self, now: Timestamp) {
        let behind = self.nodes.iter().filter(|node| node.usable() && node.reported.is_stale(now));
        let Some(node) = behind.max_by_key(|node| node.reported.applied) else { return };
        let (freshest, url) = (node.reported.applied, Arc::clone(&node.url));
        self.nodes.iter_mut().for_each(|node| node.reported.is_current());
        self.actions.push_back(Action::GiveUpReadIndex { freshest });
        self.record(now, JournalEvent::ReadIndexGivenUp { node: url, freshest });
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Failover, NodeUrl, Policy, Timestamp};
    use super::*;

    fn two_nodes() -> (NodeId, NodeId) {
        let urls: Vec<NodeUrl> = ["http://a", "http://b"].iter().map(|url| NodeUrl::from_normalized(*url)).collect();
        let core = Failover::new(&urls, Policy::default(), 1, Timestamp::ZERO);
        match (core.node_at(0), core.node_at(1)) {
            (Some(a), Some(b)) => (a, b),
            _ => panic!("two nodes"),
        }
    }

    #[test]
    fn only_another_node_is_asked_to_have_caught_up() {
        let (a, b) = two_nodes();
        let mut index = ReadIndex::default();
        index.seen(a, Some(7), true);
        assert_eq!(index.wanted_from(a), None);
        assert_eq!(index.wanted_from(b), Some(7));
        index.seen(b, Some(5), true);
        assert_eq!(index.newest(), 7);
        assert!(index.is_older(Some(5), 7) && !index.is_older(Some(5), 4));
    }

    #[test]
    fn a_node_that_forwarded_a_write_has_yet_to_apply_it() {
        let (a, b) = two_nodes();
        let mut index = ReadIndex::default();
        index.seen(a, Some(7), false);
        assert_eq!((index.wanted_from(a), index.wanted_from(b)), (Some(7), Some(7)));
        index.seen(b, Some(7), true);
        assert_eq!((index.wanted_from(a), index.wanted_from(b)), (Some(7), None));
    }

    #[test]
    fn what_was_given_up_is_asked_for_again_once_a_node_has_reached_it() {
        let (a, b) = two_nodes();
        let mut index = ReadIndex::default();
        index.seen(a, Some(100), true);
        index.give_up(50);
        assert_eq!(index.wanted_from(b), Some(50));
        assert!(index.is_older(Some(50), 100), "what is older than shown is still told");
        index.reached(Some(60));
        assert_eq!(index.wanted_from(b), Some(50));
        index.reached(Some(100));
        assert_eq!(index.wanted_from(b), Some(100));
    }

    #[test]
    fn nothing_is_asked_for_after_it_was_forgotten() {
        let (a, b) = two_nodes();
        let mut index = ReadIndex::default();
        index.seen(a, Some(7), true);
        index.forget();
        assert_eq!(index.wanted_from(b), None);
        assert!(!index.is_older(Some(3), 7), "what another cluster had shown does not count any more");
    }
}
