use super::*;
use crate::diagnosis::clusters::tester;

const NOW: Duration = Duration::ZERO;
const SECOND: Duration = Duration::from_secs(1);

/// What a message says in the tests: nothing.
type Machine = Tree<()>;

/// Nodes and the packets between them, one after the other.
struct Net {
    machines: Vec<Machine>,
    alive: Vec<bool>,
    /// From whom, to whom.
    wire: VecDeque<(usize, usize, Packet<()>)>,
    /// Ways that let nothing through.
    cut: BTreeSet<(usize, usize)>,
    delivered: Vec<Vec<(Stamp, Option<u32>)>>,
    finished: Vec<(Id, Sent)>,
    /// Tellings and answers that were taken.
    tellings: usize,
    answers: usize,
    now: Duration,
}

impl Net {
    fn new(nodes: usize) -> Self {
        Self {
            machines: (0..nodes).map(|me| Tree::new(me, nodes, 1)).collect(),
            alive: vec![true; nodes],
            wire: VecDeque::new(),
            cut: BTreeSet::new(),
            delivered: vec![Vec::new(); nodes],
            finished: Vec::new(),
            tellings: 0,
            answers: 0,
            now: NOW,
        }
    }

    /// Some are dead from the beginning, and everybody knows.
    fn with_dead(nodes: usize, dead: &[usize]) -> Self {
        let mut net = Self::new(nodes);
        dead.iter().for_each(|node| net.alive[*node] = false);
        net.diagnose();
        net
    }

    fn living(&self) -> Vec<usize> {
        (0..self.alive.len()).filter(|node| self.alive[*node]).collect()
    }

    fn act(&mut self, node: usize, outcome: Outcome<()>) {
        self.wire.extend(outcome.packets.into_iter().map(|(to, packet)| (node, to, packet)));
        self.finished.extend(outcome.finished);
        let arrived = self.machines[node].deliver(self.now);
        self.delivered[node].extend(arrived.into_iter().map(|arrived| (arrived.message.stamp, arrived.hops)));
    }

    fn broadcast(&mut self, node: usize) -> Stamp {
        let (stamp, outcome) = self.machines[node].broadcast((), self.now);
        self.delivered[node].push((stamp.clone(), Some(0)));
        self.act(node, outcome);
        stamp
    }

    /// Brings the packet at `place`, or says that it was not taken. Whether there was one.
    fn step_at(&mut self, place: usize) -> bool {
        let Some((from, to, packet)) = self.wire.remove(place) else { return false };
        if !self.alive[from] {
            return true;
        }
        if self.alive[to] && !self.cut.contains(&(from, to)) {
            *(if matches!(packet, Packet::Tell { .. }) { &mut self.tellings } else { &mut self.answers }) += 1;
            let outcome = self.machines[to].receive(from, packet, self.now);
            self.act(to, outcome);
        } else if matches!(packet, Packet::Tell { .. }) {
            let outcome = self.machines[from].not_taken(to, packet.id(), self.now);
            self.act(from, outcome);
        }
        true
    }

    fn steps(&mut self, count: usize) {
        for _ in 0..count {
            self.step_at(0);
        }
    }

    fn settle(&mut self) {
        while self.step_at(0) {}
    }

    /// All that live learn who does not.
    fn diagnose(&mut self) {
        let dead: BTreeSet<_> = (0..self.alive.len()).filter(|node| !self.alive[*node]).collect();
        for node in self.living() {
            let outcome = self.machines[node].believe(dead.clone(), self.now);
            self.act(node, outcome);
        }
    }

    /// A second passes: machines look at their clocks, and the tests of the diagnosis are made.
    fn second(&mut self) {
        self.now += SECOND;
        for node in self.living() {
            let outcome = self.machines[node].tick(self.now);
            self.act(node, outcome);
        }
        self.settle();
        let living = self.living();
        for (by, node) in living.iter().flat_map(|by| living.iter().map(|node| (*by, *node))) {
            if by == node || self.cut.contains(&(by, node)) {
                continue;
            }
            let correct = |other: usize| self.alive[other] && !self.cut.contains(&(other, node));
            if tester(by, node, self.alive.len(), correct) != Some(by) {
                continue;
            }
            let Some(clock) = self.machines[node].clock().cloned() else { continue };
            let compared = self.machines[by].told(&clock, self.now);
            self.machines[node].repaired(by, compared.for_it, self.now);
            if let Some(own) = self.machines[by].clock().cloned().filter(|_| compared.ask_it) {
                let repair = self.machines[node].missing(&own, self.now);
                self.machines[by].repaired(node, repair, self.now);
            }
            [by, node].into_iter().for_each(|one| self.act(one, Outcome::default()));
        }
        self.settle();
    }

    fn has(&self, node: usize, stamp: &Stamp) -> usize {
        self.delivered[node].iter().filter(|(delivered, _)| delivered == stamp).count()
    }

    /// Everybody who lives has each of these once, and each after what it depends on.
    fn assert_delivered(&self, stamps: &[Stamp], what: &str) {
        for node in self.living() {
            for stamp in stamps {
                assert_eq!(self.has(node, stamp), 1, "{what}: node {node} and {stamp:?}");
            }
            let mut seen = Clock::new();
            for (stamp, _) in &self.delivered[node] {
                let after = stamp.after.iter().copied().chain(stamp.mark.previous().map(|mark| (stamp.origin, mark)));
                for (origin, mark) in after {
                    assert!(seen.get(&origin).is_some_and(|seen| *seen >= mark), "{what}: node {node} and {stamp:?}");
                }
                seen.insert(stamp.origin, stamp.mark);
            }
        }
    }
}

#[test]
fn the_trees_of_eight_nodes_are_those_that_are_written_down() {
    let mut net = Net::new(8);
    net.broadcast(0);
    net.settle();
    let (_, sent) = net.finished.pop().unwrap();
    let mut tree = sent.tree.clone();
    tree.sort_unstable();
    assert_eq!(tree, [(0, 1), (0, 2), (0, 4), (2, 3), (4, 5), (4, 6), (6, 7)]);
    assert_eq!((sent.messages, sent.depth(0)), (7, 3));
    let hops: Vec<_> = (0..8).map(|node| net.delivered[node][0].1.unwrap()).collect();
    assert_eq!(hops, [0, 1, 1, 2, 1, 2, 2, 3]);

    let mut net = Net::with_dead(8, &[4]);
    net.broadcast(0);
    net.settle();
    let (_, sent) = net.finished.pop().unwrap();
    let mut tree = sent.tree.clone();
    tree.sort_unstable();
    assert_eq!(tree, [(0, 1), (0, 2), (0, 5), (2, 3), (5, 7), (7, 6)]);
    assert_eq!((sent.messages, sent.depth(0)), (6, 3));
}

#[test]
fn each_correct_node_is_told_once_within_the_logarithm_whoever_is_dead() {
    for nodes in [2_usize, 3, 5, 8, 16] {
        let sets: Vec<u32> =
            if nodes <= 8 { (0..1 << nodes).collect() } else { (0..16).map(|node| 1 << node).collect() };
        for dead in sets {
            let dead: Vec<_> = (0..nodes).filter(|node| dead >> node & 1 == 1).collect();
            for source in (0..nodes).filter(|source| !dead.contains(source)) {
                let mut net = Net::with_dead(nodes, &dead);
                let stamp = net.broadcast(source);
                net.settle();
                net.assert_delivered(&[stamp], &format!("{nodes} nodes without {dead:?}"));
                let others = net.living().len() - 1;
                let (_, sent) = net.finished.pop().unwrap();
                assert_eq!((net.tellings, net.answers, sent.messages as usize), (others, others, others));
                assert!(sent.depth(source) <= dimension(0, nodes - 1) as usize, "{nodes} nodes without {dead:?}");
            }
        }
    }
}

/// A node that dies at any step of a broadcast: the tree is mended, without help of the repairs, if its root lives.
#[test]
fn whoever_dies_at_whatever_step_all_others_have_the_message_once() {
    for nodes in [3, 4, 5, 8] {
        let mut most_in_vain = 0;
        for (source, victim) in (0..nodes).flat_map(|source| (0..nodes).map(move |victim| (source, victim))) {
            for step in 0..2 * nodes {
                // Found out by whoever sends to it, or only later by a diagnosis.
                for silent in [false, true] {
                    let what = format!("{nodes} nodes, {source} sends, {victim} dies at {step}, silent: {silent}");
                    let mut net = Net::new(nodes);
                    let stamp = net.broadcast(source);
                    net.steps(step);
                    net.alive[victim] = false;
                    if silent {
                        net.wire.retain(|(_, to, _)| *to != victim);
                    }
                    net.settle();
                    net.diagnose();
                    net.settle();
                    if victim == source {
                        (0..4).for_each(|_| net.second());
                        let had = net.living().into_iter().any(|node| net.has(node, &stamp) > 0);
                        net.assert_delivered(if had { std::slice::from_ref(&stamp) } else { &[] }, &what);
                    } else {
                        net.assert_delivered(std::slice::from_ref(&stamp), &what);
                        let (_, sent) = net.finished.pop().expect(&what);
                        most_in_vain = most_in_vain.max(sent.messages as usize + 2 - nodes);
                    }
                }
            }
        }
        println!("{nodes} nodes: at most {most_in_vain} messages to no avail when one dies on the way");
    }
}

#[test]
fn a_child_that_does_not_take_a_message_is_replaced_before_the_diagnosis_knows() {
    for dead in 1..8 {
        let mut net = Net::new(8);
        net.alive[dead] = false;
        let stamp = net.broadcast(0);
        net.settle();
        net.assert_delivered(std::slice::from_ref(&stamp), &format!("{dead} is dead, which nobody knew"));
        assert_eq!(net.finished.len(), 1);
    }
}

#[test]
fn two_that_die_on_the_way_do_no_more_harm_than_one() {
    for (first, second) in (1..8).flat_map(|first| (1..8).map(move |second| (first, second))) {
        for steps in (0..16).flat_map(|step| (0..8).map(move |more| (step, more))) {
            let mut net = Net::new(8);
            let stamp = net.broadcast(0);
            net.steps(steps.0);
            net.alive[first] = false;
            net.steps(steps.1);
            net.alive[second] = false;
            net.settle();
            net.diagnose();
            net.settle();
            net.assert_delivered(&[stamp], &format!("{first} and {second} die at {steps:?}"));
        }
    }
}

#[test]
fn a_child_that_was_started_again_before_anybody_noticed_is_told_again() {
    let mut net = Net::new(8);
    let stamp = net.broadcast(0);
    // Node 4 has it, and tells nobody: it starts again instead.
    let place = net.wire.iter().position(|(_, to, _)| *to == 4).unwrap();
    net.step_at(place);
    net.wire.retain(|(from, _, _)| *from != 4);
    net.machines[4] = Tree::new(4, 8, 2);
    net.delivered[4].clear();
    net.settle();
    assert!(net.finished.is_empty());
    for _ in 0..2 {
        net.second();
    }
    net.assert_delivered(&[stamp], "after a second");
    assert_eq!(net.finished.len(), 1);
}

/// Nobody calls the nodes faulty: each reaches the other some way.
#[test]
fn what_one_node_cannot_reach_hears_of_it_from_others() {
    for nodes in [3, 5, 8, 16] {
        for (from, to) in (0..nodes).flat_map(|from| (0..nodes).map(move |to| (from, to))).filter(|(a, b)| a != b) {
            for sides in [vec![(from, to)], vec![(from, to), (to, from)]] {
                let mut net = Net::new(nodes);
                net.cut = sides.into_iter().collect();
                let stamps: Vec<_> = (0..nodes).map(|node| net.broadcast(node)).collect();
                net.settle();
                (0..4).for_each(|_| net.second());
                net.assert_delivered(&stamps, &format!("{nodes} nodes, {:?} cut", net.cut));
            }
        }
    }
}

#[test]
fn a_node_that_nobody_reaches_asks_for_what_it_lacks_and_one_that_reaches_nobody_is_brought_it() {
    for (lonely, deaf) in (0..8).flat_map(|lonely| [(lonely, true), (lonely, false)]) {
        let mut net = Net::new(8);
        let others = (0..8).filter(|other| *other != lonely);
        net.cut = others.map(|other| if deaf { (other, lonely) } else { (lonely, other) }).collect();
        let source = (lonely + 3) % 8;
        let stamps = [net.broadcast(source), net.broadcast(source)];
        net.settle();
        assert_eq!(net.has(lonely, &stamps[0]), usize::from(!deaf));
        (0..4).for_each(|_| net.second());
        net.assert_delivered(&stamps, &format!("{lonely} is cut off, deaf: {deaf}"));
    }
}

#[test]
fn a_node_that_comes_back_within_half_a_minute_misses_nothing_and_later_goes_on_from_where_the_others_are() {
    for (away, kept) in [(20, true), (40, false)] {
        let mut net = Net::new(4);
        net.alive[3] = false;
        net.diagnose();
        let missed: Vec<_> = (0..3).map(|node| net.broadcast(node)).collect();
        net.settle();
        (0..away).for_each(|_| net.second());
        net.alive[3] = true;
        net.diagnose();
        let stamps: Vec<_> = (0..3).map(|node| net.broadcast(node)).collect();
        net.settle();
        net.second();
        stamps.iter().for_each(|stamp| assert_eq!(net.has(3, stamp), 1, "it was sent since: {stamp:?}"));
        missed.iter().for_each(|stamp| assert_eq!(net.has(3, stamp), usize::from(kept), "away for {away} s"));
        assert_eq!(net.machines[3].waived(), 0);
    }
}

/// A generator of schedules, the same ones each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

#[test]
fn causal_order_holds_however_packets_overtake_each_other_come_twice_or_not_at_all_and_nodes_die() {
    let mut deaths = 0;
    for seed in 0..400 {
        let (mut dice, nodes) = (Dice(seed), [3, 4, 8][seed as usize % 3]);
        let (mut net, mut stamps) = (Net::new(nodes), Vec::new());
        for _ in 0..300 {
            match dice.below(20) {
                0 => {
                    let living = net.living();
                    stamps.push(net.broadcast(living[dice.below(living.len())]));
                }
                1 if !net.wire.is_empty() => {
                    let lost = dice.below(net.wire.len());
                    net.wire.remove(lost);
                }
                2 if !net.wire.is_empty() => {
                    let again = net.wire[dice.below(net.wire.len())].clone();
                    net.wire.push_back(again);
                }
                3 if net.living().len() * 2 > nodes + 1 && dice.below(10) == 0 => {
                    let first = net.living()[0];
                    net.alive[first] = false;
                    deaths += 1;
                }
                _ => {
                    net.step_at(dice.below(net.wire.len()));
                }
            }
        }
        net.settle();
        net.diagnose();
        net.settle();
        (0..4).for_each(|_| net.second());
        let had: Vec<_> =
            stamps.into_iter().filter(|stamp| net.living().into_iter().any(|node| net.has(node, stamp) > 0)).collect();
        net.assert_delivered(&had, &format!("seed {seed}"));
        assert!(net.machines.iter().all(|machine| machine.waived() == 0), "seed {seed}");
    }
    assert!(deaths > 50, "{deaths}");
}

/// Bytes of `value` as it is sent.
fn bytes(value: &impl Serialize) -> f64 {
    serde_json::to_vec(value).unwrap().len() as f64
}

/// While many messages are under way, as a node that is asked for much would have it.
#[test]
fn a_message_takes_less_metadata_than_with_a_vector_clock_and_hops_as_few_as_the_dimensions() {
    println!("nodes  metadata bytes  of a vector clock  messages  answers  depth  (each to each: messages, depth)");
    for nodes in [3_usize, 5, 8, 16] {
        let (mut net, mut dice) = (Net::new(nodes), Dice(nodes as u64));
        let (mut metadata, mut vector_clocks, mut sent) = (0.0, 0.0, 0.0);
        while sent < 400.0 {
            if dice.below(4 * nodes) == 0 {
                let node = dice.below(nodes);
                let clock = net.machines[node].delivered().iter().filter(|(other, _)| **other != node);
                let clock = clock.map(|(other, mark)| (*other as u64, *mark)).collect();
                let stamp = net.broadcast(node);
                metadata += bytes(&stamp);
                vector_clocks += bytes(&crate::vcube::causal::Stamp { sequence: stamp.mark.count, clock });
                sent += 1.0;
            }
            net.step_at(dice.below(net.wire.len()));
        }
        net.settle();
        let [metadata, vector_clock] = [metadata, vector_clocks].map(|bytes| bytes / sent);
        let [messages, answers] = [net.tellings, net.answers].map(|count| count as f64 / sent);
        let depth = net.finished.iter().map(|(id, sent)| sent.depth(id.0)).max().unwrap();
        println!(
            "{nodes:>5}  {metadata:>14.1}  {vector_clock:>17.1}  {messages:>8.1}  {answers:>7.1}  {depth:>5}  ({}, 1)",
            nodes - 1
        );
        assert_eq!(depth, dimension(0, nodes - 1) as usize);
        assert!((messages - (nodes as f64 - 1.0)).abs() < 1e-9 && (answers - messages).abs() < 1e-9);
        assert!(nodes < 8 || metadata < vector_clock, "{nodes} nodes: {metadata} and {vector_clock} bytes");
    }
}
