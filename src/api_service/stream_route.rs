//! On which node a stream is opened, as earlier connections went.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::failover::{ClusterSnapshot, Duration, NodeState};
use super::sse;

/// A stream of which nothing came in for this long is held back by something between, unless all are: a node sends its
/// first bytes at once, and a heartbeat after five seconds.
pub const FIRST_BYTE: Duration = Duration::from_secs(7);

/// When nobody has such a stream, all are asked again after this: the cluster may be upgraded node by node.
pub const ASKED_AGAIN: Duration = Duration::from_secs(60);

/// What the head of an answer says to somebody who asked for a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// Here it is.
    Stream,
    /// Not now: the node is ill, or busy.
    NotNow,
    /// The node has no such stream.
    NotOffered,
}

impl Head {
    pub fn of(status: u16, content_type: Option<&str>) -> Self {
        match status {
            200 if content_type.is_some_and(sse::is_event_stream) => Self::Stream,
            408 | 425 | 429 | 500 | 502..=599 => Self::NotNow,
            _ => Self::NotOffered,
        }
    }
}

/// What is known of the nodes as nodes of one stream.
#[derive(Debug, Default)]
pub struct StreamRoute {
    /// The node that it just failed on.
    failed: Option<Arc<str>>,
    /// Nodes that say that they have no such stream.
    without: BTreeSet<Arc<str>>,
    /// Nodes whose stream was opened and brought nothing.
    mute: BTreeSet<Arc<str>>,
}

impl StreamRoute {
    /// The node to open the stream on: the one in use, else the first usable one; not where it just failed or was mute
    /// while there is another. `None` where no node of this cluster is left that may have it.
    pub fn choose(&self, snapshot: &ClusterSnapshot) -> Option<usize> {
        let all = || (0..snapshot.nodes.len()).filter(|index| self.may_have_it(snapshot, *index));
        let current = snapshot.current.filter(|index| all().any(|known| known == *index));
        let state = |index: &usize| snapshot.nodes[*index].state;
        let usable = |index: &usize| state(index).usable();
        let other = |index: &usize| {
            let url = &*snapshot.nodes[*index].url;
            self.failed.as_deref() != Some(url) && !self.mute.contains(url)
        };
        current
            .filter(other)
            .filter(usable)
            .or_else(|| all().find(|index| other(index) && usable(index)))
            .or_else(|| current.filter(usable))
            .or_else(|| all().find(|index| other(index) && state(index) != NodeState::Failed))
            .or(current)
            .or_else(|| all().find(other))
            .or_else(|| all().next())
    }

    fn may_have_it(&self, snapshot: &ClusterSnapshot, index: usize) -> bool {
        let node = &snapshot.nodes[index];
        !node.foreign && !self.without.contains(&*node.url)
    }

    /// It broke off at `url`, or did not come about.
    pub fn failed_at(&mut self, url: Arc<str>) {
        self.failed = Some(url);
    }

    /// The node at `url` says that it has no such stream.
    pub fn not_offered_at(&mut self, url: Arc<str>) {
        self.without.insert(url);
    }

    /// Whether every node of this cluster said so.
    pub fn nobody_offers_it(&self, snapshot: &ClusterSnapshot) -> bool {
        let mut ours = snapshot.nodes.iter().filter(|node| !node.foreign).peekable();
        ours.peek().is_some() && ours.all(|node| self.without.contains(&*node.url))
    }

    /// What nodes said of not having it counts no more.
    pub fn ask_all_again(&mut self) {
        self.without.clear();
    }

    /// Whether the stream from `url`, open for `held` and without a byte, is better looked for elsewhere. Where every other
    /// node was as mute there is nothing to be told, and it stays.
    pub fn leaves_mute(&mut self, snapshot: &ClusterSnapshot, url: &Arc<str>, held: Duration) -> bool {
        if held < FIRST_BYTE {
            return false;
        }
        self.mute.insert(Arc::clone(url));
        let speaks = |index: usize| {
            let node = &snapshot.nodes[index];
            self.may_have_it(snapshot, index) && node.state.usable() && !self.mute.contains(&*node.url)
        };
        (0..snapshot.nodes.len()).any(speaks)
    }

    /// The node at `url` sent something.
    pub fn heard_from(&mut self, url: &str) {
        self.mute.remove(url);
    }
}

#[cfg(test)]
mod tests {
    use super::super::failover::{Failover, NodeUrl, Policy, Timestamp};
    use super::*;

    fn snapshot(urls: &[&'static str]) -> ClusterSnapshot {
        let urls: Vec<NodeUrl> = urls.iter().map(|url| NodeUrl::from_normalized(*url)).collect();
        Failover::new(&urls, Policy::default(), 1, Timestamp::ZERO).snapshot(Timestamp::ZERO)
    }

    fn after_failure_at(url: &str) -> StreamRoute {
        StreamRoute { failed: Some(url.into()), ..StreamRoute::default() }
    }

    #[test]
    fn a_stream_opens_on_the_node_in_use_and_not_where_it_just_failed() {
        let mut snapshot = snapshot(&["http://a", "http://b", "http://c"]);
        snapshot.current = Some(1);
        let failed_at_b = after_failure_at("http://b");
        assert_eq!(StreamRoute::default().choose(&snapshot), Some(1));
        assert_eq!(failed_at_b.choose(&snapshot), Some(0));
        snapshot.nodes[0].state = NodeState::Failed;
        assert_eq!(failed_at_b.choose(&snapshot), Some(2));
        snapshot.nodes[2].state = NodeState::Failed;
        assert_eq!(failed_at_b.choose(&snapshot), Some(1), "the only one left");
        snapshot.nodes.clear();
        assert_eq!(StreamRoute::default().choose(&snapshot), None);
    }

    #[test]
    fn no_stream_opens_on_a_node_of_another_cluster_even_when_it_is_the_only_one_left() {
        let mut snapshot = snapshot(&["http://a", "http://b"]);
        snapshot.nodes[0].foreign = true;
        assert_eq!(StreamRoute::default().choose(&snapshot), Some(1));
        assert_eq!(after_failure_at("http://b").choose(&snapshot), Some(1));
        snapshot.nodes[1].foreign = true;
        assert_eq!(StreamRoute::default().choose(&snapshot), None);
    }

    /// A rolling upgrade: the first node that did not have the stream ended it for ever.
    #[test]
    fn a_stream_is_not_offered_when_every_node_says_so_and_is_asked_for_again() {
        let mut snapshot = snapshot(&["http://a", "http://b", "http://c"]);
        snapshot.current = Some(0);
        snapshot.nodes[2].foreign = true;
        let mut route = StreamRoute::default();
        assert!(!route.nobody_offers_it(&snapshot));
        route.not_offered_at("http://a".into());
        assert_eq!((route.choose(&snapshot), route.nobody_offers_it(&snapshot)), (Some(1), false));
        route.failed_at("http://b".into());
        assert_eq!(route.choose(&snapshot), Some(1), "a node that failed may have it, one that has none has not");
        route.not_offered_at("http://b".into());
        assert_eq!((route.choose(&snapshot), route.nobody_offers_it(&snapshot)), (None, true));
        route.ask_all_again();
        assert_eq!((route.choose(&snapshot), route.nobody_offers_it(&snapshot)), (Some(0), false));
    }

    /// A proxy that buffers: headers came, and never a byte.
    #[test]
    fn a_stream_that_brings_nothing_is_left_for_a_node_that_may_bring_something() {
        let mut snapshot = snapshot(&["http://a", "http://b"]);
        let [a, b]: [Arc<str>; 2] = ["http://a".into(), "http://b".into()];
        snapshot.current = Some(0);
        let mut route = StreamRoute::default();
        assert!(!route.leaves_mute(&snapshot, &a, Duration::from_millis(6_999)));
        assert!(route.leaves_mute(&snapshot, &a, FIRST_BYTE));
        assert_eq!(route.choose(&snapshot), Some(1));
        assert!(!route.leaves_mute(&snapshot, &b, FIRST_BYTE), "nothing happens anywhere");
        route.heard_from(&b);
        assert_eq!(route.choose(&snapshot), Some(1));
        route.heard_from(&a);
        assert!(route.leaves_mute(&snapshot, &b, FIRST_BYTE), "the other one speaks");
        snapshot.nodes[0].state = NodeState::Failed;
        assert!(!route.leaves_mute(&snapshot, &b, FIRST_BYTE), "what failed is no better");
    }
}
