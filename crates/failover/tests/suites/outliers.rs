//! Outliers: a node that answers, and fails more often than its peers, is left. After the figures of gRPC's outlier
//! detection (proposal A50) and of Envoy's.

use failover::{CallSpec, NodeState, Standing, Target};

use crate::world::{Behaviour, World, answered, status, urls};
use crate::{Case, Difference};

/// Nodes of whose requests so many in a hundred fail.
fn failing(percents: &[u64]) -> World {
    let mut world = World::new(percents.len());
    // The first checks of many nodes are spread over two seconds.
    world.advance(3_000);
    world.nodes = percents.iter().map(|percent| Behaviour::Errs { percent: *percent }).collect();
    world
}

/// Five reads a second, to the node in use.
fn reads(world: &mut World, count: usize) {
    for _ in 0..count {
        world.later(CallSpec::READ);
        world.advance(200);
    }
}

fn reads_until_left(world: &mut World) {
    let is_left = |_: &usize| {
        reads(world, 1);
        left(world) > 0
    };
    (0..500).find(is_left).expect("it is left within a hundred seconds");
}

/// As many reads to each node in turn.
fn reads_of_each(world: &mut World, count: usize) {
    for turn in 0..count * world.nodes.len() {
        let node = turn % world.nodes.len();
        world.command(|core, now| core.switch_to_node(node, now)).expect("it is in the list");
        world.later(CallSpec::READ);
        world.advance(50);
    }
}

/// How many were left for failing too often.
fn left(world: &World) -> usize {
    world.events("low-success-rate").len()
}

fn left_after(percents: &[u64], count: usize) -> usize {
    let mut world = failing(percents);
    reads(&mut world, count);
    left(&world)
}

/// How many are passed over now.
fn passed_over(world: &mut World) -> usize {
    let candidates = world.core.explain(Target::AnyNode, world.now);
    candidates.iter().filter(|candidate| candidate.standing == Standing::LowSuccessRate).count()
}

fn left_of_each(percents: &[u64]) -> usize {
    let mut world = failing(percents);
    reads_of_each(&mut world, 100);
    passed_over(&mut world)
}

/// When a node that goes on failing is tried again, in seconds after it was left.
fn trials() -> Vec<u64> {
    let mut world = failing(&[60, 0, 0]);
    reads_until_left(&mut world);
    let (since, before) = (world.now, world.seen.len());
    reads(&mut world, 5 * 1_800);
    let of_it = world.seen[before..].iter().filter(|seen| seen.node == 0);
    let mut trials: Vec<u64> = of_it.map(|seen| seen.at.since(since).as_secs()).collect();
    // More than one read may be part of a trial.
    trials.dedup_by(|next, before| *next - *before < 5);
    trials
}

/// How long after each trial the next one is, in seconds.
fn pauses() -> Vec<u64> {
    trials().windows(2).map(|two| two[1] - two[0]).collect()
}

/// gRPC's rule for success rates: which nodes it ejects, at its usual figures.
fn ejected_by_grpc(rates: &[f64]) -> Vec<usize> {
    const HOSTS: usize = 5;
    const DEVIATIONS: f64 = 1.9;
    if rates.len() < HOSTS {
        return Vec::new();
    }
    threshold(rates, DEVIATIONS)
}

fn threshold(rates: &[f64], deviations: f64) -> Vec<usize> {
    let mean = rates.iter().sum::<f64>() / rates.len() as f64;
    let variance = rates.iter().map(|rate| (rate - mean) * (rate - mean)).sum::<f64>() / rates.len() as f64;
    let least = mean - deviations * variance.sqrt();
    (0..rates.len()).filter(|node| rates[*node] < least).collect()
}

pub const CASES: [Case; 22] = [
    Case { asks: "nodes that do not fail are kept", check: || assert_eq!(left_after(&[0, 0, 0, 0, 0], 500), 0) },
    Case {
        asks: "one of five that fails is left",
        check: || {
            assert_eq!(ejected_by_grpc(&[70.0, 100.0, 100.0, 100.0, 100.0]), [0]);
            assert_eq!(left_after(&[30, 0, 0, 0, 0], 100), 1);
        },
    },
    Case {
        asks: "one of ten that fails is left",
        check: || assert_eq!(left_after(&[30, 0, 0, 0, 0, 0, 0, 0, 0, 0], 100), 1),
    },
    Case { asks: "nodes that all fail alike are kept", check: || assert_eq!(left_of_each(&[20, 20, 20, 20, 20]), 0) },
    Case {
        asks: "nodes that fail a little, and each another little, are kept",
        check: || {
            assert!(ejected_by_grpc(&[90.0, 91.0, 92.0, 93.0, 94.0]).is_empty());
            assert_eq!(left_of_each(&[10, 9, 8, 7, 6]), 0);
        },
    },
    Case {
        asks: "who fails more than peers that fail differently is left",
        check: || {
            assert_eq!(ejected_by_grpc(&[55.0, 90.0, 92.0, 94.0, 90.0]), [0]);
            assert_eq!(left_of_each(&[45, 10, 8, 6, 10]), 1);
        },
    },
    Case { asks: "too few requests are not judged", check: || assert_eq!(left_after(&[40, 0, 0, 0, 0], 15), 0) },
    Case {
        asks: "requests of long ago are not judged",
        check: || {
            let mut world = failing(&[40, 0, 0, 0, 0]);
            reads(&mut world, 15);
            world.advance(60_000);
            reads(&mut world, 15);
            assert_eq!(left(&world), 0);
        },
    },
    Case {
        asks: "errors of the caller are successes",
        check: || {
            let mut world = World::healthy(5);
            world.nodes[0] = status(404);
            reads(&mut world, 200);
            assert_eq!((left(&world), world.current()), (0, 0));
        },
    },
    Case {
        asks: "what a caller gave up is not judged",
        check: || {
            let mut world = World::healthy(5);
            world.nodes[0] = Behaviour::ReadsTake { after_ms: 250 };
            for _ in 0..100 {
                let call = world.submit(CallSpec { slow: true, ..CallSpec::READ });
                world.advance(50);
                world.tell(failover::Event::Cancel { call });
            }
            assert_eq!(left(&world), 0);
        },
    },
    Case {
        asks: "a node that was left gets no requests",
        check: || {
            let mut world = failing(&[30, 0, 0, 0, 0]);
            reads(&mut world, 50);
            let before = world.seen.len();
            reads(&mut world, 100);
            assert!(world.seen[before..].iter().all(|seen| seen.node != 0));
        },
    },
    Case {
        asks: "no call fails for it",
        check: || {
            let mut world = failing(&[30, 0, 0, 0, 0]);
            reads(&mut world, 600);
            assert!(world.done.values().all(answered));
        },
    },
    Case {
        asks: "a node is left for thirty seconds",
        check: || assert!((29..=31).contains(&trials()[0]), "{:?}", trials()),
    },
    Case {
        asks: "for longer each time",
        check: || assert!(pauses()[..4].windows(2).all(|two| two[0] < two[1]), "{:?}", pauses()),
    },
    Case {
        asks: "for five minutes at most",
        check: || assert!(pauses().last().is_some_and(|last| (295..=301).contains(last)), "{:?}", pauses()),
    },
    Case {
        asks: "a node that is well again is used again",
        check: || {
            let mut world = failing(&[30, 0, 0, 0, 0]);
            reads(&mut world, 50);
            world.nodes[0] = Behaviour::Answers { after_ms: 5 };
            reads(&mut world, 400);
            assert_eq!((world.state(0), world.current()), (NodeState::Healthy, 0));
        },
    },
    Case {
        asks: "a node that was left and fails again at once is left again",
        check: || {
            let mut world = failing(&[30, 0, 0, 0, 0]);
            reads(&mut world, 50);
            world.nodes[0] = Behaviour::Answers { after_ms: 5 };
            reads(&mut world, 400);
            world.nodes[0] = Behaviour::Errs { percent: 30 };
            reads(&mut world, 100);
            assert_eq!(left(&world), 2);
        },
    },
    Case { asks: "most are never left", check: || assert!((1..=2).contains(&left_of_each(&[60, 60, 60, 0, 0, 0]))) },
    Case { asks: "one may always be left", check: || assert_eq!(left_after(&[30, 0], 100), 1) },
    Case { asks: "a node that has no peer is kept", check: || assert_eq!(left_after(&[40], 300), 0) },
    Case {
        asks: "who was left is used when the others are gone",
        check: || {
            let mut world = failing(&[30, 0, 0]);
            reads(&mut world, 50);
            world.kill(1);
            world.kill(2);
            reads(&mut world, 20);
            let call = world.submit(CallSpec::READ);
            world.advance(1_000);
            assert_eq!(world.path(call)[0], 0);
        },
    },
    Case {
        asks: "a node that leaves the list and comes back is judged anew",
        check: || {
            let mut world = failing(&[30, 0, 0]);
            reads(&mut world, 50);
            world.command(|core, now| core.set_nodes(&urls(3)[1..], now));
            world.nodes.rotate_left(1);
            world.advance(1_000);
            world.nodes = vec![Behaviour::Answers { after_ms: 5 }; 3];
            world.command(|core, now| core.set_nodes(&urls(3), now));
            world.advance(1_000);
            assert_eq!(world.state(0), NodeState::Healthy);
        },
    },
];

pub const DIFFERENCES: [Difference; 9] = [
    Difference {
        asks: "the rate of a node is compared with that of all",
        because: "with that of the others: one of three or four widens the deviation so far that it is never found",
        check: || {
            for rates in [&[50.0, 100.0, 100.0][..], &[50.0, 100.0, 100.0, 100.0]] {
                assert!(threshold(rates, 1.9).is_empty(), "gRPC's rule finds none");
            }
            assert_eq!([left_after(&[50, 0, 0], 100), left_after(&[50, 0, 0, 0], 100)], [1, 1]);
        },
    },
    Difference {
        asks: "five nodes are needed",
        because: "two are: clusters have three",
        check: || assert_eq!(left_after(&[30, 0], 100), 1),
    },
    Difference {
        asks: "a hundred requests are needed",
        because: "twenty, three of which failed: a page sends few",
        check: || assert_eq!([left_after(&[40, 0, 0], 15), left_after(&[40, 0, 0], 25)], [0, 1]),
    },
    Difference {
        asks: "whoever is below the deviation is left, however little it fails",
        because: "not within five points of the others: that is chance",
        check: || {
            assert_eq!(ejected_by_grpc(&[96.0, 100.0, 100.0, 100.0, 100.0]), [0]);
            assert_eq!(left_after(&[4, 0, 0, 0, 0], 600), 0);
        },
    },
    Difference {
        asks: "above 85 % of failures a node is left",
        because: "above half of them, whatever the others do",
        check: || assert_eq!([left_of_each(&[48, 48, 48]), left_of_each(&[60, 60, 60])], [0, 1]),
    },
    Difference {
        asks: "a tenth of the nodes may be left",
        because: "a third: one of three",
        check: || assert_eq!(left_of_each(&[40, 40, 0, 0, 0, 0]), 2),
    },
    Difference {
        asks: "nodes are judged every ten seconds",
        because: "at each request that fails: nobody waits for the next round",
        check: || {
            let mut world = failing(&[40, 0, 0]);
            let began = world.now;
            reads_until_left(&mut world);
            assert!(world.now.since(began).as_secs() < 6);
        },
    },
    Difference {
        asks: "after its time a node is used again as before, and a check that succeeds brings it back at once",
        because: "a read tries it, three that go well bring it back, and checks prove nothing: they never failed",
        check: || {
            let mut world = failing(&[30, 0, 0]);
            reads(&mut world, 50);
            world.nodes[0] = Behaviour::Answers { after_ms: 5 };
            (0..10).for_each(|_| world.round());
            world.advance(60_000);
            assert_eq!(world.state(0), NodeState::Suspect);
            let before = world.seen.len();
            reads(&mut world, 3);
            assert!(world.seen[before..].iter().all(|seen| seen.node == 0));
            assert_eq!(world.state(0), NodeState::Healthy);
        },
    },
    Difference {
        asks: "five server errors in a row, or five bad gateways, are needed",
        because: "three errors in a row, or one bad gateway; a check decides, within a quarter of a second",
        check: || {
            let mut world = World::healthy(3);
            world.nodes[0] = status(500);
            reads(&mut world, 2);
            assert_eq!(world.state(0), NodeState::Healthy);
            reads(&mut world, 1);
            assert_ne!(world.state(0), NodeState::Healthy);
            world.nodes[1] = status(502);
            world.command(|core, now| core.switch_to_node(1, now)).expect("it is in the list");
            reads(&mut world, 2);
            assert_ne!(world.state(1), NodeState::Healthy);
        },
    },
];
