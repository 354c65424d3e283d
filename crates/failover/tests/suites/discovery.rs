//! Server discovery: which errors say something of a server, and for how long. After the error and replica-set cases of
//! MongoDB's server discovery and monitoring.

use failover::{Answer, AttemptId, CallSpec, HealthReport, NodeState, Reply, Role};

use crate::Case;
use crate::world::{Behaviour, World, answered, report, status, urls};

fn answer(status: u16) -> Reply {
    Reply::Answer(Answer { status, ..Answer::default() })
}

/// A read that waits at node 0 until the case ends it. Declared slow, so that its silence says nothing.
fn straggler(world: &mut World) -> AttemptId {
    let before = std::mem::replace(&mut world.nodes[0], Behaviour::Hangs);
    world.later(CallSpec { slow: true, ..CallSpec::READ });
    world.nodes[0] = before;
    *world.open_attempts().last().expect("it was sent")
}

/// The state of node 0 after one read ended there with `reply`.
fn state_after(reply: Reply) -> NodeState {
    let mut world = World::healthy(3);
    let attempt = straggler(&mut world);
    world.advance(5);
    world.end(attempt, reply);
    world.state(0)
}

/// A suspicion came and was cleared by a check; then a read from before it ends with `reply`.
fn state_after_stale(reply: Reply) -> NodeState {
    let mut world = World::healthy(3);
    let (first, second) = (straggler(&mut world), straggler(&mut world));
    world.advance(5);
    world.end(first, Reply::NetworkError);
    world.advance(300);
    assert_eq!(world.state(0), NodeState::Healthy);
    world.end(second, reply);
    world.state(0)
}

/// A server of this set, which says nothing else.
fn of(set: &str) -> Option<HealthReport> {
    Some(HealthReport { cluster_id: Some(set.into()), ..HealthReport::default() })
}

/// Three nodes that each name a leader and a term, after a round of checks.
fn elected(says: [(Role, u64, u64); 3]) -> Option<usize> {
    let mut world = World::healthy(3);
    for (node, (role, term, leader)) in says.into_iter().enumerate() {
        world.reports[node] = Some(report(node as u64 + 1, role, term, leader));
    }
    world.round();
    world.snapshot().leader
}

pub const CASES: [Case; 23] = [
    Case {
        asks: "a network error makes a suspect",
        check: || assert_eq!(state_after(Reply::NetworkError), NodeState::Suspect),
    },
    Case {
        asks: "a body that breaks off makes a suspect",
        check: || assert_eq!(state_after(Reply::Truncated), NodeState::Suspect),
    },
    Case { asks: "a bad gateway makes a suspect", check: || assert_eq!(state_after(answer(502)), NodeState::Suspect) },
    Case { asks: "one 500 says nothing yet", check: || assert_eq!(state_after(answer(500)), NodeState::Healthy) },
    Case {
        asks: "an error of the command says nothing of the server",
        check: || {
            [400, 403, 404, 409, 422]
                .into_iter()
                .for_each(|code| assert_eq!(state_after(answer(code)), NodeState::Healthy));
        },
    },
    Case {
        asks: "not the leader: the server is well",
        check: || {
            let reply = Reply::Answer(Answer { status: 503, not_leader: true, ..Answer::default() });
            assert_eq!(state_after(reply), NodeState::Healthy);
        },
    },
    Case {
        asks: "stale generation: a network error",
        check: || assert_eq!(state_after_stale(Reply::NetworkError), NodeState::Healthy),
    },
    Case {
        asks: "stale generation: a body that breaks off",
        check: || assert_eq!(state_after_stale(Reply::Truncated), NodeState::Healthy),
    },
    Case {
        asks: "stale generation: a bad gateway",
        check: || assert_eq!(state_after_stale(answer(502)), NodeState::Healthy),
    },
    Case { asks: "stale generation: a 500", check: || assert_eq!(state_after_stale(answer(500)), NodeState::Healthy) },
    Case {
        asks: "an error from before the server was found failed changes nothing when it is back",
        check: || {
            let mut world = World::healthy(3);
            let old = straggler(&mut world);
            world.command(|core, now| core.mark_node_as_failed(0, now)).expect("it is in the list");
            world.advance(5_000);
            let state = world.state(0);
            assert!(state.usable(), "{state:?}");
            world.end(old, Reply::NetworkError);
            assert_eq!(world.state(0), state);
        },
    },
    Case {
        asks: "a check that fails confirms the suspicion",
        check: || {
            let mut world = World::healthy(3);
            world.kill(0);
            assert!(answered(&world.run(CallSpec::READ)));
            world.advance(400);
            assert_eq!(world.state(0), NodeState::Failed);
        },
    },
    Case {
        asks: "a server that answers checks again is used again",
        check: || {
            let mut world = World::healthy(3);
            world.kill(0);
            world.run(CallSpec::READ);
            world.advance(400);
            world.revive(0);
            world.advance(60_000);
            assert_eq!(world.state(0), NodeState::Healthy);
        },
    },
    Case {
        asks: "the leader is the one of the highest term",
        check: || {
            let says = [(Role::Leader, 3, 1), (Role::Leader, 4, 2), (Role::Follower, 3, 1)];
            assert_eq!(elected(says), Some(1));
        },
    },
    Case {
        asks: "a late word of an older term changes nothing",
        check: || {
            let says = [(Role::Follower, 4, 3), (Role::Leader, 3, 2), (Role::Leader, 4, 3)];
            assert_eq!(elected(says), Some(2));
        },
    },
    Case {
        asks: "without a leader nobody is taken for one",
        check: || {
            let says = [(Role::Candidate, 5, 99), (Role::Candidate, 5, 99), (Role::Candidate, 5, 99)];
            assert_eq!(elected(says), None);
        },
    },
    Case {
        asks: "an answer of a server that left the list changes nothing",
        check: || {
            let mut world = World::healthy(3);
            let old = straggler(&mut world);
            let rest = urls(3)[1..].to_vec();
            world.command(|core, now| core.set_nodes(&rest, now));
            world.core.handle(world.now, failover::Event::AttemptEnded { attempt: old, reply: Reply::NetworkError });
            assert_eq!(world.snapshot().healthy(), 2);
        },
    },
    Case {
        asks: "a server named twice is one server",
        check: || {
            let mut world = World::healthy(2);
            let twice = [urls(2), urls(2)].concat();
            world.command(|core, now| core.set_nodes(&twice, now));
            assert_eq!(world.core.len(), 2);
        },
    },
    Case {
        asks: "wrong set name: the server is not used, and not removed",
        check: || {
            let mut world = World::reporting(vec![of("set"), of("other"), of("set")], 7);
            world.advance(100);
            assert!(world.snapshot().nodes[1].foreign && world.snapshot().total() == 3);
            (0..20).for_each(|_| assert!(answered(&world.run(CallSpec::READ)) && !world.last_path().contains(&1)));
        },
    },
    Case {
        asks: "wrong set name: a server that names the right one again is used again",
        check: || {
            let mut world = World::reporting(vec![of("set"), of("other"), of("set")], 7);
            world.advance(100);
            world.reports[1] = of("set");
            world.round();
            assert!(world.snapshot().nodes.iter().all(|node| !node.foreign));
        },
    },
    Case {
        asks: "a set of which no server is left is not exchanged for another one",
        check: || {
            let mut world = World::reporting(vec![of("set"), of("set")], 7);
            world.advance(100);
            world.reports = vec![of("other"), of("other")];
            world.round();
            assert!(!answered(&world.run(CallSpec::READ)));
            assert_eq!(world.snapshot().cluster.as_deref(), Some("set"));
        },
    },
    Case {
        asks: "mismatched me: several addresses of one server are one server",
        check: || {
            let named = Some(report(1, Role::Leader, 1, 1));
            let mut world = World::reporting(vec![named.clone(), named.clone(), named], 7);
            world.advance(100);
            assert_eq!((world.snapshot().healthy(), world.snapshot().total()), (1, 1));
        },
    },
    Case {
        asks: "three errors of 500 in a row make a suspect",
        check: || {
            let mut world = World::healthy(3);
            world.nodes[0] = status(500);
            (0..3).for_each(|_| drop(world.run(CallSpec::READ)));
            assert_ne!(world.state(0), NodeState::Healthy);
        },
    },
];
