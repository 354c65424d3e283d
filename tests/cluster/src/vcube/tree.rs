//! Broadcast over VCube's trees as a state machine: what came goes in, what to send comes out. Nothing here sends, waits
//! or reads a clock. Nodes are numbered from 0, times are since the node started.
//!
//! A node tells the first correct node of each of its clusters; who has it from another one tells those below the
//! dimension in which the two are. Each answers once all below it have the message. A child that does not take it, or
//! turns out to be faulty before it has answered, is replaced by the next correct node of its cluster.
//!
//! What no tree mends (its root died, somebody reaches a node and another one does not) is made good along the tests of
//! the diagnosis: each answer to one says how far a node has come ([`Tree::told`]). Nothing is kept for longer than
//! [`KEPT_FOR`]: who was away for longer goes on from where the others are.
//!
//! Rodrigues, Arantes, Duarte on spanning trees over VCube (arXiv 2512.02683).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::mark::Mark;
use super::order::{Arrived, Clock, Message, Order, Stamp};
use crate::diagnosis::clusters::{cluster, dimension};

/// Messages are kept for those who lack them: at most so long, and at most so many.
pub const KEPT_FOR: Duration = Duration::from_secs(30);
const KEPT: usize = 8_192;
/// A child that has not answered after this is told again, then after twice as long, and so on: it may have been started
/// again meanwhile.
pub const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// What another node lacks, or this one, may be under way for this long.
pub const REPAIR_AFTER: Duration = Duration::from_secs(1);
/// Messages of one repair.
const REPAIRED_AT_ONCE: usize = 256;

/// A message by its origin and its place there.
pub type Id = (usize, Mark);

/// What goes from one node to another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Packet<T> {
    /// For the receiver, and for those below the dimension in which it is from the sender.
    Tell { message: Message<T>, hops: u32 },
    /// All of those have it, as far as they are correct.
    Told { id: Id, sent: Sent },
}

impl<T> Packet<T> {
    pub fn id(&self) -> Id {
        match self {
            Self::Tell { message, .. } => (message.stamp.origin, message.stamp.mark),
            Self::Told { id, .. } => *id,
        }
    }
}

/// How a message spread below a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sent {
    /// How many times it was sent, to no avail included.
    pub messages: u32,
    /// Who had it from whom.
    pub tree: Vec<(usize, usize)>,
}

impl Sent {
    /// The longest way from `root` down the tree.
    pub fn depth(&self, root: usize) -> usize {
        let below = self.tree.iter().filter(|(parent, _)| *parent == root);
        below.map(|(_, child)| 1 + self.depth(*child)).max().unwrap_or(0)
    }
}

/// What makes up for what a node lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair<T> {
    pub messages: Vec<Message<T>>,
    /// Up to which messages of a node nobody keeps any.
    pub gone: Clock,
}

impl<T> Repair<T> {
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.gone.is_empty()
    }
}

/// What comes of knowing how far another node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared<T> {
    /// What it lacks.
    pub for_it: Repair<T>,
    /// It is to be asked for what this node lacks.
    pub ask_it: bool,
}

/// One side of this node: the cluster of one dimension.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
enum Side {
    /// It is not for this node to tell them.
    #[default]
    Untouched,
    Asked {
        child: usize,
        at: Duration,
        again_after: Duration,
        /// Tellings, this one included.
        messages: u32,
    },
    Told(Sent),
}

/// A message that is here, and how far it has spread from here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kept<T> {
    message: Message<T>,
    at: Duration,
    hops: u32,
    /// By dimension, from 1.
    sides: Vec<Side>,
    /// Who waits for an answer.
    parents: BTreeSet<usize>,
    /// Those who did not take it.
    passed_over: BTreeSet<usize>,
    /// It is an own one, and that all have it was said.
    finished: bool,
}

/// What an event has brought about, for the driver to act upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome<T> {
    /// To whom each packet goes.
    pub packets: Vec<(usize, Packet<T>)>,
    /// Own messages that all correct nodes have.
    pub finished: Vec<(Id, Sent)>,
}

impl<T> Default for Outcome<T> {
    fn default() -> Self {
        Self { packets: Vec::new(), finished: Vec::new() }
    }
}

/// One node's side of the broadcast.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tree<T> {
    me: usize,
    nodes: usize,
    faulty: BTreeSet<usize>,
    order: Order<T>,
    kept: BTreeMap<Id, Kept<T>>,
    /// The ids of `kept`, oldest first.
    by_age: VecDeque<Id>,
    gone: Clock,
    /// What other nodes have and this one does not, and since when that is known.
    lacking: BTreeMap<usize, (Mark, Duration)>,
}

impl<T: Clone> Tree<T> {
    /// Node `me` of `nodes`, started for the `start`th time, which holds nobody for faulty.
    pub fn new(me: usize, nodes: usize, start: u64) -> Self {
        Self {
            me,
            nodes,
            faulty: BTreeSet::new(),
            order: Order::new(me, start),
            kept: BTreeMap::new(),
            by_age: VecDeque::new(),
            gone: Clock::new(),
            lacking: BTreeMap::new(),
        }
    }

    /// How far the messages of each node are delivered here; nothing until this node has joined the others.
    pub fn clock(&self) -> Option<&Clock> {
        self.order.told()
    }

    /// What a vector clock would have to say of the next message of this node.
    pub fn delivered(&self) -> &Clock {
        self.order.delivered()
    }

    pub fn waived(&self) -> u64 {
        self.order.waived()
    }

    /// Tells everybody something new, which is delivered here at once.
    pub fn broadcast(&mut self, content: T, now: Duration) -> (Stamp, Outcome<T>) {
        let stamp = self.order.stamp();
        let id = (stamp.origin, stamp.mark);
        self.keep(Message { stamp: stamp.clone(), content }, 0, now);
        let mut outcome = Outcome::default();
        for side in 1..=self.dimensions() {
            self.ask(id, side, 0, now, &mut outcome);
        }
        self.settle(id, &mut outcome);
        (stamp, outcome)
    }

    /// What another node sent.
    pub fn receive(&mut self, from: usize, packet: Packet<T>, now: Duration) -> Outcome<T> {
        let (mut outcome, id) = (Outcome::default(), packet.id());
        if from == self.me || from >= self.nodes {
            return outcome;
        }
        match packet {
            Packet::Tell { message, hops } => {
                self.order.receive(Arrived { message: message.clone(), from, hops: Some(hops) }, now);
                self.keep(message, hops, now);
                if let Some(kept) = self.kept.get_mut(&id) {
                    kept.parents.insert(from);
                }
                for side in 1..dimension(self.me, from) {
                    if self.side(id, side) == Some(&Side::Untouched) {
                        self.ask(id, side, 0, now, &mut outcome);
                    }
                }
            }
            Packet::Told { sent, .. } => {
                let side = dimension(self.me, from);
                let Some(Side::Asked { child, messages, .. }) = self.side(id, side) else { return outcome };
                if *child != from {
                    return outcome;
                }
                let messages = messages + sent.messages;
                let tree = [vec![(self.me, from)], sent.tree].concat();
                self.set_side(id, side, Side::Told(Sent { messages, tree }));
            }
        }
        self.settle(id, &mut outcome);
        outcome
    }

    /// `child` did not take a message: the next of its cluster has its place, for this message.
    pub fn not_taken(&mut self, child: usize, id: Id, now: Duration) -> Outcome<T> {
        let mut outcome = Outcome::default();
        if let Some(kept) = self.kept.get_mut(&id) {
            kept.passed_over.insert(child);
        }
        self.replace(child, id, now, &mut outcome);
        outcome
    }

    /// From now on these nodes count as faulty, and no others.
    pub fn believe(&mut self, faulty: BTreeSet<usize>, now: Duration) -> Outcome<T> {
        let mut outcome = Outcome::default();
        let newly: Vec<_> = faulty.difference(&self.faulty).copied().collect();
        self.faulty = faulty;
        let ids: Vec<_> = if newly.is_empty() { Vec::new() } else { self.kept.keys().copied().collect() };
        for (id, node) in ids.into_iter().flat_map(|id| newly.iter().map(move |node| (id, *node))) {
            if let Some(kept) = self.kept.get_mut(&id) {
                kept.parents.remove(&node);
            }
            self.replace(node, id, now, &mut outcome);
        }
        outcome
    }

    /// Time has passed: who has not answered is told again, and what is old is forgotten.
    pub fn tick(&mut self, now: Duration) -> Outcome<T> {
        self.order.tick(now);
        let old = |kept: &Kept<T>| now.saturating_sub(kept.at) > KEPT_FOR;
        while let Some(id) = self.by_age.front().copied()
            && (self.by_age.len() > KEPT || self.kept.get(&id).is_none_or(old))
        {
            self.by_age.pop_front();
            self.kept.remove(&id);
            let gone = self.gone.entry(id.0).or_default();
            *gone = id.1.max(*gone);
        }
        let mut outcome = Outcome::default();
        for kept in self.kept.values_mut() {
            for side in &mut kept.sides {
                let Side::Asked { child, at, again_after, messages } = side else { continue };
                if now.saturating_sub(*at) >= *again_after {
                    (*at, *again_after, *messages) = (now, *again_after * 2, *messages + 1);
                    let packet = Packet::Tell { message: kept.message.clone(), hops: kept.hops + 1 };
                    outcome.packets.push((*child, packet));
                }
            }
        }
        outcome
    }

    /// Takes out what may be delivered now, in causal order. Own messages were delivered when they were sent.
    pub fn deliver(&mut self, now: Duration) -> VecDeque<Arrived<T>> {
        self.order.deliver(now)
    }

    /// Another node has said how far it is.
    pub fn told(&mut self, clock: &Clock, now: Duration) -> Compared<T> {
        self.order.join(clock);
        let mut ask_it = false;
        for (&node, &mark) in clock.iter().filter(|(node, _)| **node != self.me) {
            if self.order.is_delivered(node, mark) {
                self.lacking.remove(&node);
                continue;
            }
            match self.lacking.get(&node) {
                Some((known, since)) if !self.order.is_delivered(node, *known) => {
                    ask_it |= now.saturating_sub(*since) >= REPAIR_AFTER;
                }
                _ => {
                    self.lacking.insert(node, (mark, now));
                }
            }
        }
        Compared { for_it: self.lacked_by(clock, REPAIR_AFTER, now), ask_it }
    }

    /// What a node lacks that is as far as `clock` says.
    pub fn missing(&self, clock: &Clock, now: Duration) -> Repair<T> {
        self.lacked_by(clock, Duration::ZERO, now)
    }

    /// Another node has made up for what this one lacks.
    pub fn repaired(&mut self, from: usize, repair: Repair<T>, now: Duration) {
        if self.order.told().is_none() {
            // What was sent before it was started again is not for it.
            return;
        }
        for message in repair.messages {
            self.order.receive(Arrived { message: message.clone(), from, hops: None }, now);
            self.keep(message, 0, now);
        }
        for (node, mark) in repair.gone {
            self.order.skip_to(node, mark);
        }
    }

    fn lacked_by(&self, clock: &Clock, for_long: Duration, now: Duration) -> Repair<T> {
        let lacks = |(node, mark): &Id| clock.get(node).is_none_or(|known| known < mark);
        let settled = |kept: &Kept<T>| now.saturating_sub(kept.at) >= for_long;
        let kept = self.kept.iter().filter(|(id, kept)| lacks(id) && settled(kept));
        let messages = kept.map(|(_, kept)| kept.message.clone()).take(REPAIRED_AT_ONCE).collect();
        let gone = self.gone.iter().filter(|(node, mark)| lacks(&(**node, **mark)));
        Repair { messages, gone: gone.map(|(node, mark)| (*node, *mark)).collect() }
    }

    fn dimensions(&self) -> u32 {
        dimension(0, self.nodes.saturating_sub(1))
    }

    fn side(&self, id: Id, side: u32) -> Option<&Side> {
        self.kept.get(&id)?.sides.get(side.checked_sub(1)? as usize)
    }

    fn set_side(&mut self, id: Id, side: u32, now: Side) {
        let Some(kept) = self.kept.get_mut(&id) else { return };
        if let Some(place) = (side as usize).checked_sub(1).and_then(|place| kept.sides.get_mut(place)) {
            *place = now;
        }
    }

    fn keep(&mut self, message: Message<T>, hops: u32, now: Duration) {
        let id = (message.stamp.origin, message.stamp.mark);
        if self.kept.contains_key(&id) {
            return;
        }
        let sides = vec![Side::Untouched; self.dimensions() as usize];
        let (parents, passed_over) = (BTreeSet::new(), BTreeSet::new());
        self.kept.insert(id, Kept { message, at: now, hops, sides, parents, passed_over, finished: false });
        self.by_age.push_back(id);
    }

    /// Tells the first node of a side that counts as correct and did not refuse the message, after `messages` were sent
    /// there in vain.
    fn ask(&mut self, id: Id, side: u32, messages: u32, now: Duration, outcome: &mut Outcome<T>) {
        let Some(kept) = self.kept.get(&id) else { return };
        let fit = |node: &usize| *node < self.nodes && !self.faulty.contains(node) && !kept.passed_over.contains(node);
        let next = match cluster(self.me, side).into_iter().find(fit) {
            Some(child) => {
                let packet = Packet::Tell { message: kept.message.clone(), hops: kept.hops + 1 };
                outcome.packets.push((child, packet));
                Side::Asked { child, at: now, again_after: AGAIN_AFTER, messages: messages + 1 }
            }
            None => Side::Told(Sent { messages, tree: Vec::new() }),
        };
        self.set_side(id, side, next);
    }

    /// Whoever is next in the cluster of `child` has its place, if `child` has not answered yet.
    fn replace(&mut self, child: usize, id: Id, now: Duration, outcome: &mut Outcome<T>) {
        let side = dimension(self.me, child);
        let Some(Side::Asked { child: asked, messages, .. }) = self.side(id, side) else { return };
        if *asked == child {
            let messages = *messages;
            self.ask(id, side, messages, now, outcome);
            self.settle(id, outcome);
        }
    }

    /// Answers those who wait, where all below them have the message.
    fn settle(&mut self, id: Id, outcome: &mut Outcome<T>) {
        let Some(kept) = self.kept.get_mut(&id) else { return };
        let sides = &kept.sides;
        // The sides below a dimension, when all of them are told.
        let below = |dimension: u32| {
            let below = sides.iter().take((dimension as usize).saturating_sub(1));
            let told = below.map(|side| match side {
                Side::Told(sent) => Some(sent),
                Side::Untouched | Side::Asked { .. } => None,
            });
            let told: Option<Vec<_>> = told.collect();
            told.map(|told| Sent {
                messages: told.iter().map(|sent| sent.messages).sum(),
                tree: told.iter().flat_map(|sent| sent.tree.clone()).collect(),
            })
        };
        let me = self.me;
        let answered: Vec<_> =
            kept.parents.iter().filter_map(|parent| Some((*parent, below(dimension(me, *parent))?))).collect();
        let whole = (id.0 == me && !kept.finished).then(|| below(sides.len() as u32 + 1)).flatten();
        kept.finished |= whole.is_some();
        for (parent, sent) in answered {
            kept.parents.remove(&parent);
            outcome.packets.push((parent, Packet::Told { id, sent }));
        }
        outcome.finished.extend(whole.map(|sent| (id, sent)));
    }
}

#[cfg(test)]
mod exhaustive;
#[cfg(test)]
mod tests;
