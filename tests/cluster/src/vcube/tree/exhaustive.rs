//! Every way in which few nodes can go: any packet may be next, any node may die at any moment, and whether it did is
//! found out at each other node at any time after, by a packet that is not taken or by the diagnosis.

use stateright::{Checker as _, Model, Property};

use super::*;

const NOW: Duration = Duration::ZERO;

struct Few {
    nodes: usize,
    /// Who answers the first message, with one of its own, once it is delivered there.
    answering: Option<usize>,
    deaths: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    machines: Vec<Tree<()>>,
    alive: Vec<bool>,
    /// From whom, to whom; sorted, as any of them may be next.
    wire: Vec<(usize, usize, Packet<()>)>,
    /// Who counts as faulty where.
    known: Vec<BTreeSet<usize>>,
    delivered: Vec<Vec<Id>>,
    finished: BTreeSet<Id>,
    deaths: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    /// The packet at this place is the next to arrive, or to be seen not to have.
    Arrives(usize),
    /// It was sent to a node that died before it did anything with it, and nobody is told.
    IsLost(usize),
    Dies(usize),
    /// One node finds out that another is dead.
    FindsOut(usize, usize),
}

const QUESTION: Id = (0, Mark { start: 1, count: 1 });

impl World {
    fn act(&mut self, node: usize, outcome: Outcome<()>) {
        self.wire.extend(outcome.packets.into_iter().map(|(to, packet)| (node, to, packet)));
        self.finished.extend(outcome.finished.into_iter().map(|(id, _)| id));
        self.deliver(node, NOW);
        self.wire.sort_by_key(|(from, to, packet)| (*from, *to, packet.id(), matches!(packet, Packet::Tell { .. })));
    }

    fn deliver(&mut self, node: usize, now: Duration) {
        let arrived = self.machines[node].deliver(now);
        self.delivered[node].extend(arrived.iter().map(|arrived| {
            let stamp = &arrived.message.stamp;
            (stamp.origin, stamp.mark)
        }));
    }

    fn broadcast(&mut self, node: usize) {
        let (stamp, outcome) = self.machines[node].broadcast((), NOW);
        self.delivered[node].push((stamp.origin, stamp.mark));
        self.act(node, outcome);
    }

    fn living(&self) -> Vec<usize> {
        (0..self.alive.len()).filter(|node| self.alive[*node]).collect()
    }

    fn has(&self, node: usize, id: Id) -> bool {
        self.delivered[node].contains(&id)
    }

    /// Nothing is under way, and all know who is dead.
    fn is_quiet(&self) -> bool {
        let dead = self.alive.iter().filter(|alive| !**alive).count();
        self.wire.is_empty() && self.living().into_iter().all(|node| self.known[node].len() == dead)
    }

    fn ids(&self) -> BTreeSet<Id> {
        self.living().into_iter().flat_map(|node| self.delivered[node].clone()).collect()
    }

    /// After some tests of the diagnosis, which bring what is lacking.
    fn repaired(&self) -> Self {
        let mut world = self.clone();
        for round in 1..4 {
            let now = REPAIR_AFTER * round;
            for (by, node) in
                self.living().into_iter().flat_map(|by| self.living().into_iter().map(move |node| (by, node)))
            {
                let tests = crate::diagnosis::clusters::tester(by, node, self.alive.len(), |other| self.alive[other]);
                if by != node
                    && tests == Some(by)
                    && let Some(clock) = world.machines[node].clock().cloned()
                {
                    let compared = world.machines[by].told(&clock, now);
                    world.machines[node].repaired(by, compared.for_it, now);
                    world.deliver(node, now);
                }
            }
        }
        world
    }
}

impl Model for Few {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        let mut world = World {
            machines: (0..self.nodes).map(|me| Tree::new(me, self.nodes, 1)).collect(),
            alive: vec![true; self.nodes],
            wire: Vec::new(),
            known: vec![BTreeSet::new(); self.nodes],
            delivered: vec![Vec::new(); self.nodes],
            finished: BTreeSet::new(),
            deaths: self.deaths,
        };
        world.broadcast(QUESTION.0);
        vec![world]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        for (place, (_, to, _)) in world.wire.iter().enumerate() {
            steps.push(Step::Arrives(place));
            if !world.alive[*to] {
                steps.push(Step::IsLost(place));
            }
        }
        for node in world.living() {
            if world.deaths > 0 {
                steps.push(Step::Dies(node));
            }
            let dead = (0..self.nodes).filter(|dead| !world.alive[*dead] && !world.known[node].contains(dead));
            steps.extend(dead.map(|dead| Step::FindsOut(node, dead)));
        }
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        let mut next = world.clone();
        match step {
            Step::Arrives(place) => {
                let (from, to, packet) = next.wire.remove(place);
                if next.alive[to] {
                    let had = next.has(to, QUESTION);
                    let outcome = next.machines[to].receive(from, packet, NOW);
                    next.act(to, outcome);
                    if self.answering == Some(to) && !had && next.has(to, QUESTION) {
                        next.broadcast(to);
                    }
                } else if next.alive[from] && matches!(packet, Packet::Tell { .. }) {
                    let outcome = next.machines[from].not_taken(to, packet.id(), NOW);
                    next.act(from, outcome);
                }
            }
            Step::IsLost(place) => drop(next.wire.remove(place)),
            Step::Dies(node) => {
                next.alive[node] = false;
                next.deaths -= 1;
                // What a dead node knew makes no difference: fewer worlds to look at.
                next.machines[node] = Tree::new(node, self.nodes, 1);
                next.known[node].clear();
            }
            Step::FindsOut(node, dead) => {
                next.known[node].insert(dead);
                let outcome = next.machines[node].believe(next.known[node].clone(), NOW);
                next.act(node, outcome);
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("nothing is delivered twice", |_, world: &World| {
                world.delivered.iter().all(|ids| ids.iter().collect::<BTreeSet<_>>().len() == ids.len())
            }),
            Property::always("no answer is delivered before its question", |_, world: &World| {
                let question = |ids: &[Id]| ids.iter().position(|id| *id == QUESTION);
                let answer = |ids: &[Id]| ids.iter().position(|id| id.0 != QUESTION.0);
                world
                    .delivered
                    .iter()
                    .all(|ids| answer(ids).is_none_or(|answer| question(ids).is_some_and(|question| question < answer)))
            }),
            Property::always("whoever lives has what one sent who lives, by the tree alone", |_, world: &World| {
                let ids = world.ids().into_iter().filter(|id| world.alive[id.0]).collect::<Vec<_>>();
                // An answer may wait for a question of which the asker died: only a repair brings that.
                let ids = ids.into_iter().filter(|id| *id == QUESTION || world.alive[QUESTION.0]);
                !world.is_quiet()
                    || ids.into_iter().all(|id| {
                        world.finished.contains(&id) && world.living().into_iter().all(|node| world.has(node, id))
                    })
            }),
            Property::always("whoever lives has what anybody who lives has, after repairs", |_, world: &World| {
                if !world.is_quiet() {
                    return true;
                }
                let (ids, repaired) = (world.ids(), world.repaired());
                repaired.living().into_iter().all(|node| ids.iter().all(|id| repaired.has(node, *id)))
            }),
            Property::sometimes("it ends", |_, world: &World| world.is_quiet()),
        ]
    }
}

fn check(few: Few) {
    let what = format!("{} nodes, answering: {:?}, deaths: {}", few.nodes, few.answering, few.deaths);
    let checker = few.checker().spawn_bfs().join();
    println!("{what}: {} states", checker.unique_state_count());
    checker.assert_properties();
}

#[test]
fn nothing_is_lost_or_delivered_twice_in_any_order_of_events_with_few_nodes() {
    let all =
        [(2, Some(1), 1), (3, None, 2), (3, Some(1), 2), (3, Some(2), 2), (4, None, 2), (4, Some(1), 1), (5, None, 1)];
    for (nodes, answering, deaths) in all {
        check(Few { nodes, answering, deaths });
    }
}

#[test]
fn an_answer_follows_its_question_in_any_order_of_events_with_four_nodes() {
    for answering in [1, 2, 3] {
        check(Few { nodes: 4, answering: Some(answering), deaths: 0 });
    }
}
