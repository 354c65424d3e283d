//! The diagnosis of one node as a state machine: what tests came to goes in, whom to test comes out. Nothing here sends,
//! waits or reads a clock.
//!
//! A node is told by a counter: −1 while nothing is known of it, even while it counts as correct, odd while it counts as
//! faulty; each change counts one on. Of two counters the larger one is the newer.

use super::clusters::{dimension, tester};
use crate::wire::PeerState;

#[derive(Clone, Copy, Debug)]
struct Known {
    counter: i64,
    /// Own tests failed in a row.
    misses: u32,
}

impl Known {
    const NOTHING: Self = Self { counter: -1, misses: 0 };

    fn correct(self) -> bool {
        self.counter >= 0 && self.counter % 2 == 0
    }
}

#[derive(Clone, Debug)]
pub struct Machine {
    me: usize,
    /// Own tests failed in a row that make a node faulty; before that it is suspect.
    faulty_after: u32,
    nodes: Vec<Known>,
}

impl Machine {
    /// Node `me` of `count`, which has heard of nobody yet. Its own counter is `own`, which outlives its restarts:
    /// otherwise its news would look old.
    pub fn new(me: usize, count: usize, faulty_after: u32, own: i64) -> Self {
        let known = |node| Known { counter: if node == me { own } else { -1 }, misses: 0 };
        Self { me, faulty_after, nodes: (0..count).map(known).collect() }
    }

    fn known(&self, node: usize) -> Known {
        self.nodes.get(node).copied().unwrap_or(Known::NOTHING)
    }

    /// The counter of each node.
    pub fn counters(&self) -> Vec<i64> {
        self.nodes.iter().map(|known| known.counter).collect()
    }

    /// Whom this node tests now: those of whose cluster it is the first that it believes correct.
    pub fn tests(&self) -> Vec<usize> {
        (0..self.nodes.len()).filter(|node| *node != self.me && self.tester(*node) == Some(self.me)).collect()
    }

    /// Who tests `node` on this side of it, as far as this node knows; it may be this one.
    pub fn tester(&self, node: usize) -> Option<usize> {
        tester(self.me, node, self.nodes.len(), |other| other == self.me || self.known(other).correct())
    }

    /// What this node thinks of `node`.
    pub fn state(&self, node: usize) -> PeerState {
        let known = self.known(node);
        match known.counter {
            _ if known.misses >= self.faulty_after => PeerState::Faulty,
            _ if known.misses > 0 => PeerState::Suspect,
            -1 => PeerState::Unknown,
            counter if counter % 2 == 0 => PeerState::Correct,
            _ => PeerState::Faulty,
        }
    }

    /// `node` did not answer a test.
    pub fn missed(&mut self, node: usize) {
        let Some(known) = self.nodes.get_mut(node) else { return };
        known.misses = known.misses.saturating_add(1);
        // From −1 and from an even counter to the next odd one; it stays odd for as long as nobody says otherwise.
        if known.misses >= self.faulty_after && (known.counter < 0 || known.correct()) {
            known.counter = if known.counter < 0 { 1 } else { known.counter + 1 };
        }
    }

    /// `node` answered a test, and told its counters.
    pub fn passed(&mut self, node: usize, told: &[i64]) {
        if let Some(known) = self.nodes.get_mut(node) {
            known.misses = 0;
            if known.counter < 0 || known.counter % 2 != 0 {
                known.counter += 1;
            }
        }
        for (other, &counter) in told.iter().enumerate() {
            self.hear(other, counter);
        }
    }

    fn hear(&mut self, node: usize, counter: i64) {
        let disputed = self.known(node).misses >= self.faulty_after && self.others_test(node);
        let me = self.me;
        let Some(known) = self.nodes.get_mut(node).filter(|known| counter > known.counter) else { return };
        if node == me {
            // Whoever says that this node is faulty, or was started before, is answered by the next even number:
            // otherwise this node's news would look old.
            known.counter = counter + counter % 2;
        } else if !disputed || counter % 2 != 0 {
            known.counter = counter;
        }
    }

    /// Whether somebody on another side of `node` tests it too: then what this node cannot reach may be well all the
    /// same, and its own tests count for itself alone.
    fn others_test(&self, node: usize) -> bool {
        let own = dimension(self.me, node);
        let sides = usize::BITS - self.nodes.len().saturating_sub(1).leading_zeros();
        (1..=sides).filter(|side| *side != own).any(|side| {
            let there = super::clusters::cluster(node, side);
            there.into_iter().any(|other| self.known(other).correct())
        })
    }

    /// Tests of nodes that others have taken over no longer count here.
    pub fn forget_misses(&mut self) {
        let tests = self.tests();
        for (node, known) in self.nodes.iter_mut().enumerate() {
            if !tests.contains(&node) {
                known.misses = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nodes whose tests take no time: all of an interval see what the others knew at its beginning.
    struct World {
        machines: Vec<Machine>,
        alive: Vec<bool>,
    }

    impl World {
        /// Everybody knows who is faulty.
        fn settled(count: usize, faulty: impl Fn(usize) -> bool) -> Self {
            let mut machines: Vec<_> = (0..count).map(|me| Machine::new(me, count, 1, 0)).collect();
            for machine in &mut machines {
                (0..count).for_each(|node| machine.hear(node, i64::from(faulty(node))));
            }
            Self { machines, alive: (0..count).map(|node| !faulty(node)).collect() }
        }

        fn living(&self) -> Vec<usize> {
            (0..self.alive.len()).filter(|node| self.alive[*node]).collect()
        }

        fn tests(&self) -> usize {
            self.living().into_iter().map(|node| self.machines[node].tests().len()).sum()
        }

        fn toggle(&mut self, node: usize) {
            self.alive[node] = !self.alive[node];
            self.machines[node] = Machine::new(node, self.alive.len(), 1, 0);
        }

        fn interval(&mut self) {
            let told: Vec<_> = self.machines.iter().map(Machine::counters).collect();
            for node in self.living() {
                let mut done = Vec::new();
                // Whom to test is looked at again after each change.
                while let Some(next) = self.machines[node].tests().into_iter().find(|next| !done.contains(next)) {
                    done.push(next);
                    if self.alive[next] {
                        self.machines[node].passed(next, &told[next]);
                    } else {
                        self.machines[node].missed(next);
                    }
                }
            }
        }

        fn all_know(&self) -> bool {
            self.living().into_iter().all(|node| {
                let right = |other: usize| match self.machines[node].state(other) {
                    PeerState::Correct => self.alive[other],
                    PeerState::Faulty => !self.alive[other],
                    PeerState::Suspect | PeerState::Unknown => false,
                };
                (0..self.alive.len()).filter(|other| *other != node).all(right)
            })
        }
    }

    /// The most intervals from one change to everybody's knowledge, over every change in every one of the fault sets.
    fn worst(count: usize, fault_sets: impl Iterator<Item = u32>) -> usize {
        let mut worst = 0;
        for faulty in fault_sets {
            for changed in 0..count {
                let mut world = World::settled(count, |node| faulty >> node & 1 == 1);
                assert!(world.all_know() && world.tests() <= count * dimension(0, count - 1) as usize);
                world.toggle(changed);
                let mut intervals = 0;
                while !world.all_know() {
                    world.interval();
                    intervals += 1;
                    assert!(intervals < 32, "nobody finds out: {changed} with {faulty:b}");
                }
                worst = worst.max(intervals);
            }
        }
        worst
    }

    #[test]
    fn every_change_is_known_to_all_within_the_logarithm_of_their_number_whoever_else_is_faulty() {
        assert_eq!(worst(2, 0..4), 1);
        assert_eq!(worst(4, 0..16), 2);
        assert_eq!(worst(8, 0..256), 3);
        assert_eq!(worst(16, (0..16).map(|node| 1 << node).chain([0])), 4);
    }

    #[test]
    fn tests_an_interval_are_those_of_the_paper() {
        let all_correct = [(2, 2), (3, 5), (4, 8), (5, 13), (6, 16), (7, 20), (8, 24), (16, 64)];
        for (count, tests) in all_correct {
            assert_eq!(World::settled(count, |_| false).tests(), tests, "{count} nodes");
        }
        let by_faulty = [(24, 24), (23, 23), (20, 22), (19, 21), (12, 20), (11, 17), (8, 14), (7, 7)];
        for (faulty, expected) in by_faulty.into_iter().enumerate() {
            let sets = (0_u32..256).filter(|set| set.count_ones() as usize == faulty);
            let tests: Vec<_> = sets.map(|set| World::settled(8, |node| set >> node & 1 == 1).tests()).collect();
            assert_eq!((*tests.iter().min().unwrap(), *tests.iter().max().unwrap()), expected, "{faulty} faulty");
        }
    }

    #[test]
    fn one_miss_makes_suspect_three_make_faulty_and_one_answer_makes_correct() {
        let mut machine = Machine::new(0, 2, 3, 0);
        assert_eq!(machine.state(1), PeerState::Unknown);
        machine.passed(1, &[]);
        for expected in [PeerState::Suspect, PeerState::Suspect, PeerState::Faulty, PeerState::Faulty] {
            machine.missed(1);
            assert_eq!(machine.state(1), expected);
        }
        assert_eq!(machine.counters(), [0, 1], "and the counter moves once");
        machine.passed(1, &[]);
        assert_eq!((machine.state(1), machine.counters()), (PeerState::Correct, vec![0, 2]));
    }

    #[test]
    fn a_node_that_was_started_again_takes_its_counter_from_what_others_say_of_it() {
        let mut machine = Machine::new(1, 2, 3, 0);
        machine.passed(0, &[0, 7]);
        assert_eq!(machine.counters(), [0, 8]);
        machine.passed(0, &[0, 8]);
        assert_eq!(machine.counters(), [0, 8]);
    }

    #[test]
    fn what_a_node_cannot_reach_is_faulty_to_it_whatever_others_who_reach_it_say() {
        let mut machine = Machine::new(0, 4, 3, 0);
        (0..4).for_each(|node| machine.hear(node, 0));
        (0..3).for_each(|_| machine.missed(1));
        machine.passed(2, &[0, 2, 0, 0]);
        assert_eq!((machine.state(1), machine.counters()[1]), (PeerState::Faulty, 1));
        machine.passed(1, &[0, 2, 0, 0]);
        assert_eq!((machine.state(1), machine.counters()[1]), (PeerState::Correct, 2));
    }
}
