//! Causal order with vector clocks: what may be delivered, and when. No clock is read and nothing is sent here.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::mark::Mark;
use crate::store::NodeId;

/// A message waits no longer than this for the ones that it depends on: the node that sent those may be gone, and may
/// have reached some nodes and not this one.
const HELD_AT_MOST: Duration = Duration::from_secs(5);
/// Messages of one node that may wait here; more are not taken, and come again.
const HELD_OF_ONE_NODE: usize = 512;

/// How far each node has come, as one of them knows.
pub type Clock = BTreeMap<NodeId, Mark>;

/// The causal metadata of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Of the origin, from 1.
    pub sequence: u64,
    /// What the origin had delivered of the other nodes when it sent the message.
    pub clock: Clock,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message<T> {
    pub stamp: Stamp,
    pub content: T,
}

/// Who sends, and from where on: the messages up to `after` will not come (again).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    pub origin: NodeId,
    /// Which start of the origin it is.
    pub start: u64,
    pub after: u64,
}

struct Held<T> {
    message: Message<T>,
    start: u64,
    since: Instant,
}

/// One node's side of the order.
pub struct Causal<T> {
    me: NodeId,
    start: u64,
    sequence: u64,
    received: Clock,
    delivered: Clock,
    held: BTreeMap<NodeId, VecDeque<Held<T>>>,
    /// Messages delivered before some that they depend on, after [`HELD_AT_MOST`].
    waived: u64,
}

impl<T> Causal<T> {
    pub fn new(me: NodeId, start: u64) -> Self {
        let (received, delivered, held) = (Clock::new(), Clock::new(), BTreeMap::new());
        Self { me, start, sequence: 0, received, delivered, held, waived: 0 }
    }

    pub fn start(&self) -> u64 {
        self.start
    }

    /// The stamp of the next message of this node, which depends on everything delivered here.
    pub fn stamp(&mut self) -> Stamp {
        self.sequence += 1;
        Stamp { sequence: self.sequence, clock: self.delivered.clone() }
    }

    pub fn waived(&self) -> u64 {
        self.waived
    }

    /// Takes in what another node sent; answers up to which of its messages nothing has to be sent again.
    pub fn receive(&mut self, from: Sender, messages: Vec<Message<T>>, now: Instant) -> u64 {
        let base = Mark { start: from.start, count: from.after };
        let queue = self.held.entry(from.origin).or_default();
        let received = self.received.entry(from.origin).or_default();
        if *received < base {
            // The node or this one is new, or has been away for longer than messages are kept.
            *received = base;
            if queue.is_empty() {
                self.delivered.insert(from.origin, base);
            }
        }
        for message in messages {
            let mark = Mark { start: from.start, count: message.stamp.sequence };
            let next = received.next();
            if mark == next && queue.len() < HELD_OF_ONE_NODE {
                *received = mark;
                queue.push_back(Held { message, start: from.start, since: now });
            }
        }
        if received.start == from.start { received.count } else { from.after }
    }

    /// Takes out what may be delivered now, in causal order.
    pub fn deliver(&mut self, now: Instant) -> Vec<(NodeId, Message<T>)> {
        let mut delivered = Vec::new();
        while let Some(origin) = self.next_origin(now) {
            let Some(held) = self.held.get_mut(&origin).and_then(VecDeque::pop_front) else { break };
            if !self.dependencies_met(&held.message.stamp) {
                self.waived += 1;
            }
            self.delivered.insert(origin, Mark { start: held.start, count: held.message.stamp.sequence });
            delivered.push((origin, held.message));
        }
        delivered
    }

    /// A node whose first message that waits here may be delivered.
    fn next_origin(&self, now: Instant) -> Option<NodeId> {
        let ready = |held: &Held<T>| {
            self.dependencies_met(&held.message.stamp) || now.duration_since(held.since) >= HELD_AT_MOST
        };
        self.held.iter().find(|(_, queue)| queue.front().is_some_and(ready)).map(|(origin, _)| *origin)
    }

    fn dependencies_met(&self, stamp: &Stamp) -> bool {
        // What this node sent itself is known here.
        let others = stamp.clock.iter().filter(|(node, _)| **node != self.me);
        others.into_iter().all(|(node, wanted)| self.delivered.get(node).is_some_and(|known| known >= wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(sequence: u64, clock: &[(NodeId, u64)]) -> Message<()> {
        let clock = clock.iter().map(|(node, count)| (*node, Mark { start: 1, count: *count })).collect();
        Message { stamp: Stamp { sequence, clock }, content: () }
    }

    fn from(origin: NodeId, after: u64) -> Sender {
        Sender { origin, start: 1, after }
    }

    fn delivered(causal: &mut Causal<()>, now: Instant) -> Vec<(NodeId, u64)> {
        causal.deliver(now).into_iter().map(|(origin, message)| (origin, message.stamp.sequence)).collect()
    }

    #[test]
    fn an_answer_waits_for_the_question() {
        let (mut causal, now) = (Causal::new(0, 1), Instant::now());
        assert_eq!(causal.receive(from(1, 0), vec![], now), 0);
        assert_eq!(causal.receive(from(2, 0), vec![message(1, &[(1, 1)]), message(2, &[(1, 1)])], now), 2);
        assert!(delivered(&mut causal, now).is_empty());
        assert_eq!(causal.receive(from(1, 0), vec![message(1, &[])], now), 1);
        assert_eq!(delivered(&mut causal, now), [(1, 1), (2, 1), (2, 2)]);
        assert_eq!(causal.receive(from(1, 0), vec![message(1, &[])], now), 1, "sent again");
        assert!(delivered(&mut causal, now).is_empty());
        assert_eq!((causal.stamp().clock, causal.waived()), (message(1, &[(1, 1), (2, 2)]).stamp.clock, 0));
    }

    #[test]
    fn a_message_does_not_wait_for_ever_for_one_that_nobody_sends() {
        let (mut causal, now) = (Causal::new(0, 1), Instant::now());
        causal.receive(from(2, 0), vec![message(1, &[(1, 7)])], now);
        assert!(delivered(&mut causal, now).is_empty());
        assert_eq!(delivered(&mut causal, now + HELD_AT_MOST), [(2, 1)]);
        assert_eq!(causal.waived(), 1);
    }

    #[test]
    fn a_node_that_starts_late_or_again_is_joined_from_where_it_is() {
        let (mut causal, now) = (Causal::new(0, 1), Instant::now());
        assert_eq!(causal.receive(from(1, 40), vec![message(41, &[])], now), 41);
        assert_eq!(delivered(&mut causal, now), [(1, 41)]);
        let again = Sender { start: 2, ..from(1, 0) };
        assert_eq!(causal.receive(again, vec![message(1, &[])], now), 1);
        assert_eq!(causal.receive(from(1, 41), vec![message(42, &[])], now), 41, "from before the restart");
        assert_eq!(delivered(&mut causal, now), [(1, 1)]);
        assert_eq!(causal.receive(again, vec![message(3, &[])], now), 1, "the second one is missing");
    }
}
