//! Causal order by barriers: a message names its direct predecessors that no other one covers, not how far everybody has
//! come. No clock is read and nothing is sent here. Nodes are numbered from 0.
//!
//! De Araujo et al.: *VCube-PS: A Causal Broadcast Topic-based Publish/Subscribe System* (arXiv 1706.08302).

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::mark::Mark;

/// A message waits no longer than this for the ones that it depends on: the node that sent those may be gone, and may
/// have reached some nodes and not this one.
pub const HELD_AT_MOST: Duration = Duration::from_secs(5);
/// A node that was started again and meets nobody to tell it how far the others are goes on without.
pub const JOIN_LIMIT: Duration = Duration::from_secs(2);

/// How far each node has come, as one of them knows.
pub type Clock = BTreeMap<usize, Mark>;

/// The causal metadata of one message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    pub origin: usize,
    pub mark: Mark,
    /// What else is to be delivered before it. That the origin's previous message is goes without saying.
    pub after: Vec<(usize, Mark)>,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message<T> {
    pub stamp: Stamp,
    pub content: T,
}

/// A message as it came to this node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Arrived<T> {
    pub message: Message<T>,
    /// Who sent it here.
    pub from: usize,
    /// How many times it was sent on until it was here; nothing when it came to make up for a loss.
    pub hops: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Held<T> {
    arrived: Arrived<T>,
    since: Duration,
}

/// One node's side of the order. Times are since the node started.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Order<T> {
    me: usize,
    /// Of the last own message.
    mark: Mark,
    joined: bool,
    delivered: Clock,
    /// The messages delivered here since the last own one that no later one of these depends on.
    barrier: Clock,
    held: BTreeMap<usize, BTreeMap<Mark, Held<T>>>,
    waived: u64,
}

impl<T> Order<T> {
    /// Node `me`, started for the `start`th time.
    pub fn new(me: usize, start: u64) -> Self {
        let mark = Mark { start, count: 0 };
        let delivered = Clock::from([(me, mark)]);
        // At a first start there is nothing that it could have missed.
        Self { me, mark, joined: start <= 1, delivered, barrier: Clock::new(), held: BTreeMap::new(), waived: 0 }
    }

    /// How far the messages of each node are delivered here, its own included; nothing until it has joined the others.
    pub fn told(&self) -> Option<&Clock> {
        self.joined.then_some(&self.delivered)
    }

    pub fn delivered(&self) -> &Clock {
        &self.delivered
    }

    /// Messages delivered before some that they depend on, after [`HELD_AT_MOST`].
    pub fn waived(&self) -> u64 {
        self.waived
    }

    /// The stamp of the next message of this node, which depends on everything delivered here.
    pub fn stamp(&mut self) -> Stamp {
        self.mark = self.mark.next();
        self.delivered.insert(self.me, self.mark);
        Stamp { origin: self.me, mark: self.mark, after: std::mem::take(&mut self.barrier).into_iter().collect() }
    }

    /// Takes in a message, once.
    pub fn receive(&mut self, arrived: Arrived<T>, now: Duration) {
        let Stamp { origin, mark, .. } = arrived.message.stamp;
        if !self.is_delivered(origin, mark) {
            self.held.entry(origin).or_default().entry(mark).or_insert(Held { arrived, since: now });
        }
    }

    /// After a restart: goes on from where another node is, which has told how far. What was sent before is not missed.
    pub fn join(&mut self, clock: &Clock) {
        if std::mem::replace(&mut self.joined, true) {
            return;
        }
        for (&node, &mark) in clock {
            if node == self.me {
                // What an earlier start of this node sent comes before what this one sends.
                self.barrier.insert(node, mark);
                continue;
            }
            let first_held = self.held.get(&node).and_then(|held| held.keys().next());
            let before_first = first_held.and_then(|first| first.previous());
            self.skip_to(node, before_first.map_or(mark, |before| before.min(mark)));
        }
    }

    /// Messages of `node` up to `mark` will not come.
    pub fn skip_to(&mut self, node: usize, mark: Mark) {
        if self.is_delivered(node, mark) {
            return;
        }
        self.delivered.insert(node, mark);
        if let Some(held) = self.held.get_mut(&node) {
            *held = held.split_off(&mark.next());
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Duration) {
        self.joined |= now >= JOIN_LIMIT;
    }

    /// Takes out what may be delivered now, in causal order.
    pub fn deliver(&mut self, now: Duration) -> VecDeque<Arrived<T>> {
        let mut delivered = VecDeque::new();
        while let Some(held) = self.next_held(now) {
            let Stamp { origin, mark, after } = &held.message.stamp;
            if !self.is_ready(&held.message.stamp) {
                self.waived += 1;
            }
            self.delivered.insert(*origin, *mark);
            for (node, covered) in after {
                if self.barrier.get(node).is_some_and(|waiting| waiting <= covered) {
                    self.barrier.remove(node);
                }
            }
            self.barrier.insert(*origin, *mark);
            delivered.push_back(held);
        }
        delivered
    }

    /// The first message of some node that waits here and need not wait.
    fn next_held(&mut self, now: Duration) -> Option<Arrived<T>> {
        let due = |held: &Held<T>| {
            self.is_ready(&held.arrived.message.stamp) || now.saturating_sub(held.since) >= HELD_AT_MOST
        };
        let firsts = self.held.iter().filter_map(|(origin, held)| Some((*origin, held.first_key_value()?)));
        let origin = firsts.into_iter().find(|(_, (_, held))| due(held)).map(|(origin, _)| origin)?;
        let held = self.held.get_mut(&origin)?;
        let first = held.pop_first();
        if held.is_empty() {
            self.held.remove(&origin);
        }
        first.map(|(_, held)| held.arrived)
    }

    fn is_ready(&self, stamp: &Stamp) -> bool {
        let previous = stamp.mark.previous().map(|mark| (stamp.origin, mark));
        stamp.after.iter().copied().chain(previous).all(|(node, mark)| self.is_delivered(node, mark))
    }

    pub fn is_delivered(&self, node: usize, mark: Mark) -> bool {
        self.delivered.get(&node).is_some_and(|known| *known >= mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    fn mark(count: u64) -> Mark {
        Mark { start: 1, count }
    }

    fn arrived(origin: usize, mark: Mark, after: &[(usize, Mark)]) -> Arrived<()> {
        let stamp = Stamp { origin, mark, after: after.to_vec() };
        Arrived { message: Message { stamp, content: () }, from: origin, hops: Some(1) }
    }

    fn delivered(order: &mut Order<()>, now: Duration) -> Vec<(usize, u64)> {
        let stamps = order.deliver(now).into_iter().map(|arrived| arrived.message.stamp);
        stamps.map(|stamp| (stamp.origin, stamp.mark.count)).collect()
    }

    #[test]
    fn an_answer_waits_for_the_question_and_every_message_for_the_one_before_it() {
        let mut order = Order::new(0, 1);
        order.receive(arrived(2, mark(2), &[]), NOW);
        order.receive(arrived(2, mark(1), &[(1, mark(1))]), NOW);
        assert!(delivered(&mut order, NOW).is_empty());
        order.receive(arrived(1, mark(1), &[]), NOW);
        assert_eq!(delivered(&mut order, NOW), [(1, 1), (2, 1), (2, 2)]);
        order.receive(arrived(1, mark(1), &[]), NOW);
        assert!(delivered(&mut order, NOW).is_empty(), "it was there before");
    }

    #[test]
    fn a_message_names_what_it_depends_on_unless_another_that_it_names_does() {
        let mut order = Order::new(0, 1);
        order.receive(arrived(1, mark(1), &[]), NOW);
        order.receive(arrived(3, mark(1), &[]), NOW);
        order.receive(arrived(2, mark(1), &[(1, mark(1))]), NOW);
        delivered(&mut order, NOW);
        let first = order.stamp();
        assert_eq!(first.after, [(2, mark(1)), (3, mark(1))], "2 covers 1");
        assert_eq!(order.stamp(), Stamp { origin: 0, mark: mark(2), after: vec![] }, "its own goes without saying");
        order.receive(arrived(1, mark(2), &[(0, mark(2))]), NOW);
        delivered(&mut order, NOW);
        assert_eq!(order.stamp().after, [(1, mark(2))]);
    }

    #[test]
    fn a_message_does_not_wait_for_ever_for_one_that_nobody_sends() {
        let mut order = Order::new(0, 1);
        order.receive(arrived(2, mark(1), &[(1, mark(7))]), NOW);
        assert!(delivered(&mut order, NOW).is_empty());
        assert_eq!(delivered(&mut order, HELD_AT_MOST), [(2, 1)]);
        assert_eq!(order.waived(), 1);
    }

    #[test]
    fn a_node_that_was_started_again_goes_on_from_where_the_others_are_and_its_news_are_newer() {
        let mut order = Order::new(0, 2);
        assert_eq!(order.told(), None);
        order.receive(arrived(1, mark(41), &[]), NOW);
        assert!(delivered(&mut order, NOW).is_empty(), "it cannot know what was before");
        order.join(&Clock::from([(0, mark(9)), (1, mark(41)), (2, mark(3))]));
        assert_eq!(delivered(&mut order, NOW), [(1, 41)], "what came is not lost");
        let again = Mark { start: 2, count: 1 };
        assert_eq!(order.stamp(), Stamp { origin: 0, mark: again, after: vec![(0, mark(9)), (1, mark(41))] });
        order.receive(arrived(2, mark(3), &[]), NOW);
        order.receive(arrived(2, mark(4), &[(0, mark(9))]), NOW);
        assert_eq!(delivered(&mut order, NOW), [(2, 4)]);
    }

    #[test]
    fn what_an_earlier_start_sent_comes_first_or_not_at_all() {
        let mut order = Order::new(0, 1);
        let again = |count| Mark { start: 2, count };
        order.receive(arrived(1, again(1), &[(1, mark(1))]), NOW);
        assert!(delivered(&mut order, NOW).is_empty());
        order.receive(arrived(1, mark(1), &[]), NOW);
        assert_eq!(delivered(&mut order, NOW), [(1, 1), (1, 1)]);
        order.receive(arrived(1, mark(2), &[]), NOW);
        order.receive(arrived(1, again(2), &[]), NOW);
        assert_eq!(delivered(&mut order, NOW), [(1, 2)], "of the later start");
    }

    #[test]
    fn a_node_that_meets_nobody_joins_by_itself() {
        let mut order = Order::<()>::new(0, 5);
        order.tick(JOIN_LIMIT);
        assert_eq!(order.told(), Some(&Clock::from([(0, Mark { start: 5, count: 0 })])));
    }
}
