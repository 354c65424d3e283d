//! Standard retry: what is tried again, how often, after which pause, and what it costs. After the cases of the standard
//! retry mode of AWS's and smithy's clients, 2.0 and 2.1.

use failover::{Answer, CallFailure, CallSpec, Duration, Event, Policy, Replay, RetryAfter};

use crate::world::{Behaviour, World, answered, failure, status};
use crate::{Case, Difference};

fn replies(answer: Answer) -> Behaviour {
    Behaviour::Replies { after_ms: 5, answer }
}

/// Which nodes saw a call, when these answer so.
fn path(nodes: [Behaviour; 3], spec: CallSpec) -> Vec<usize> {
    let mut world = World::healthy(3);
    world.nodes = nodes.to_vec();
    world.run(spec);
    world.last_path()
}

fn well() -> Behaviour {
    Behaviour::Answers { after_ms: 20 }
}

/// Which nodes saw a read whose first node behaves so; the others are well.
fn read_past(first: Behaviour) -> Vec<usize> {
    path([first, well(), well()], CallSpec::READ)
}

fn write_past(first: Behaviour, replay: Replay) -> Vec<usize> {
    path([first, well(), well()], CallSpec::write(replay))
}

/// The waits between the attempts of a write that is told that its key is in progress, in milliseconds.
fn pauses(seed: u64) -> Vec<u128> {
    let mut world = World::with(3, seed, Policy::default());
    world.advance(100);
    world.nodes.fill(replies(Answer { status: 409, key_in_progress: true, ..Answer::default() }));
    world.run(CallSpec::write(Replay::Keyed));
    world.seen.windows(2).map(|two| two[1].at.since(two[0].at).as_millis() - 5).collect()
}

/// When the only node sees a read that it wants to have later, in milliseconds after the first time.
fn asked_later(seconds: u64) -> Vec<u128> {
    let mut world = World::healthy(1);
    let retry_after = Some(RetryAfter::standard(Duration::from_secs(seconds)));
    world.nodes[0] = replies(Answer { status: 503, retry_after, ..Answer::default() });
    world.run(CallSpec::READ);
    world.seen.iter().map(|seen| seen.at.since(world.seen[0].at).as_millis()).collect()
}

/// Many reads at once, to nodes that are all ill.
fn burst() -> World {
    let mut world = World::healthy(5);
    world.nodes.fill(status(502));
    (0..50).for_each(|_| world.later(CallSpec::READ));
    world.advance(20_000);
    world
}

/// A quota of so many tokens, and as many nodes that are ill before the one that is well.
fn with_quota(retry_tokens: u32, ill: usize) -> World {
    let mut world = World::with(ill + 1, 7, Policy { retry_tokens, ..Policy::default() });
    world.advance(100);
    world.nodes[..ill].fill(status(502));
    world
}

pub const CASES: [Case; 28] = [
    Case {
        asks: "a call that fails twice succeeds at the third attempt",
        check: || assert_eq!(path([status(502), status(502), well()], CallSpec::READ), [0, 1, 2]),
    },
    Case {
        asks: "after three attempts the failure is handed over",
        check: || {
            let mut world = World::healthy(3);
            world.nodes.fill(status(502));
            assert!(answered(&world.run(CallSpec::READ)), "with what the last one said");
            assert_eq!(world.last_path().len(), 3);
        },
    },
    Case {
        asks: "a success is not tried again",
        check: || [200, 201, 204, 206].into_iter().for_each(|code| assert_eq!(read_past(status(code)), [0])),
    },
    Case {
        asks: "server errors are tried again",
        check: || [500, 502, 503, 504].into_iter().for_each(|code| assert_eq!(read_past(status(code)), [0, 1])),
    },
    Case { asks: "a throttled call is tried again", check: || assert_eq!(read_past(status(429)), [0, 1]) },
    Case {
        asks: "a connection that fails is tried again",
        check: || assert_eq!(read_past(Behaviour::Refuses), [0, 1]),
    },
    Case {
        asks: "a body that breaks off is tried again",
        check: || assert_eq!(read_past(Behaviour::OnlyHealthAnswers), [0, 1]),
    },
    Case { asks: "a call without an answer is tried again", check: || assert_eq!(read_past(Behaviour::Hangs), [0, 1]) },
    Case {
        asks: "a read whose answer cannot be read is tried again",
        check: || {
            let garbage = Answer { status: 200, malformed: true, ..Answer::default() };
            assert_eq!(read_past(replies(garbage)), [0, 1]);
        },
    },
    Case {
        asks: "errors of the caller are not tried again",
        check: || {
            for code in [400, 401, 403, 404, 405, 409, 410, 412, 413, 422, 428, 431, 451] {
                assert_eq!(read_past(status(code)), [0], "{code}");
            }
        },
    },
    Case {
        asks: "an error of the caller at the second attempt ends it",
        check: || assert_eq!(path([status(502), status(404), well()], CallSpec::READ), [0, 1]),
    },
    Case {
        asks: "different failures count as attempts of one call",
        check: || assert_eq!(path([status(500), Behaviour::Refuses, well()], CallSpec::READ), [0, 1, 2]),
    },
    Case {
        asks: "a write with a key is tried again, whatever becomes of it",
        check: || {
            for ill in [status(500), status(502), status(503), Behaviour::Refuses, Behaviour::Hangs] {
                assert_eq!(write_past(ill, Replay::Keyed), [0, 1]);
            }
        },
    },
    Case {
        asks: "whatever a node answers, a call is sent a bounded number of times",
        check: || {
            for code in (200..600).filter(|code| *code != 425) {
                assert!(path([status(code), status(code), status(code)], CallSpec::READ).len() <= 10, "{code}");
            }
        },
    },
    Case {
        asks: "too early, from whoever is asked, is an answer in the end",
        check: || {
            for count in [1, 3] {
                let mut world = World::healthy(count);
                world.nodes.fill(status(425));
                let read = world.run(CallSpec::READ);
                assert!(answered(&read) && read.waited < Duration::from_secs(1), "{read:?}");
                assert!(world.last_path().len() <= 2 * count, "{:?}", world.last_path());
            }
        },
    },
    Case { asks: "the quota holds for all calls together", check: || assert!(burst().seen.len() <= 50 + 50 + 5) },
    Case {
        asks: "while nothing succeeds the quota does not come back",
        check: || {
            let mut world = burst();
            let before = world.seen.len();
            for _ in 0..300 {
                world.later(CallSpec::READ);
                world.advance(200);
            }
            world.advance(20_000);
            assert_eq!(world.seen.len() - before, 300);
        },
    },
    Case {
        asks: "successes give it back",
        check: || {
            let mut world = burst();
            world.nodes.fill(well());
            world.advance(90_000);
            (0..50).for_each(|_| drop(world.run(CallSpec::READ)));
            world.nodes[0] = status(502);
            world.nodes[1] = status(502);
            let read = world.run(CallSpec::READ);
            assert!(answered(&read) && read.waited < Duration::from_millis(100), "{read:?}");
        },
    },
    Case {
        asks: "an error of the caller costs nothing",
        check: || {
            let mut world = with_quota(1, 2);
            world.nodes.fill(status(404));
            (0..100).for_each(|_| drop(world.run(CallSpec::READ)));
            world.nodes = vec![status(502), status(502), well()];
            assert!(world.run(CallSpec::READ).waited < Duration::from_millis(100));
        },
    },
    Case {
        asks: "an empty quota is said",
        check: || {
            let mut world = with_quota(0, 2);
            world.run(CallSpec::READ);
            assert_eq!(world.events("budget-refused").len(), 1);
        },
    },
    Case {
        asks: "pauses double",
        check: || {
            for (pause, most) in pauses(7).into_iter().zip([100, 200, 400, 800]) {
                assert!((most / 2..=most).contains(&pause), "{pause} ms of {most}");
            }
        },
    },
    Case {
        asks: "no pause is longer than the longest",
        check: || assert!(pauses(7).len() > 8 && pauses(7).into_iter().all(|pause| pause <= 1_600)),
    },
    Case { asks: "pauses are drawn at random", check: || assert_ne!(pauses(1), pauses(2)) },
    Case { asks: "a wait that the server asks for is kept", check: || assert!(asked_later(2)[1] >= 2_000) },
    Case {
        asks: "a wait that the server asks for is cut at five seconds",
        check: || assert!((5_000..5_500).contains(&asked_later(86_400)[1])),
    },
    Case {
        asks: "what the server asks for in a way that cannot be read is ignored",
        check: || {
            assert_eq!(read_past(replies(Answer { status: 503, retry_after: None, ..Answer::default() })), [0, 1])
        },
    },
    Case {
        asks: "who turns away during a pause is not sent again",
        check: || {
            let mut world = World::healthy(3);
            world.nodes.fill(status(503));
            let call = world.submit(CallSpec::READ);
            world.advance(100);
            let before = world.seen.len();
            world.tell(Event::Cancel { call });
            world.advance(20_000);
            assert_eq!(world.seen.len(), before);
        },
    },
    Case {
        asks: "nothing is sent after the deadline",
        check: || {
            let mut world = World::healthy(3);
            world.nodes.fill(Behaviour::Hangs);
            let spec = CallSpec { deadline: Some(Duration::from_secs(2)), ..CallSpec::READ };
            assert!(world.run(spec).waited <= Duration::from_secs(2));
            let before = world.seen.len();
            world.advance(20_000);
            assert_eq!(world.seen.len(), before);
        },
    },
];

pub const DIFFERENCES: [Difference; 8] = [
    Difference {
        asks: "there is a pause before each attempt",
        because: "none before a node that was not asked yet: the pause is for the one that is ill, not for the person",
        check: || {
            let mut world = World::healthy(3);
            world.nodes = vec![status(502), status(502), well()];
            assert_eq!(world.run(CallSpec::READ).waited, Duration::from_millis(5 + 5 + 20));
        },
    },
    Difference {
        asks: "each retry costs 14 of 500, 5 when throttled",
        because: "the first move to a node that is known to be well is free, every other one costs one of five tokens",
        check: || {
            let mut world = with_quota(0, 1);
            assert!(answered(&world.run(CallSpec::READ)));
            assert_eq!(world.last_path(), [0, 1]);
        },
    },
    Difference {
        asks: "with an empty quota a call fails at once",
        because: "it waits for others to succeed, and is sent once more before its time is over",
        check: || {
            let mut world = with_quota(0, 2);
            let read = world.run(CallSpec::READ);
            assert!(answered(&read) && read.waited > Duration::from_secs(8), "{read:?}");
            assert_eq!(world.last_path(), [0, 1, 2]);
        },
    },
    Difference {
        asks: "a success after a retry gives back what the retry cost",
        because: "only a success at the first attempt gives something back, a tenth of a token",
        check: || {
            let mut world = with_quota(1, 2);
            assert!(world.run(CallSpec::READ).waited < Duration::from_millis(100), "the token was there");
            for node in 0..3 {
                world.command(|core, now| core.reset_node(node, now)).expect("it is in the list");
            }
            world.nodes.fill(well());
            world.advance(60_000);
            world.nodes[..2].fill(status(502));
            world.run(CallSpec::READ);
            assert_eq!(world.events("budget-refused").len(), 1);
        },
    },
    Difference {
        asks: "a 500 is tried three times",
        because: "twice: when two nodes say the same, it is the request",
        check: || assert_eq!(path([status(500), status(500), well()], CallSpec::READ), [0, 1]),
    },
    Difference {
        asks: "other server errors are handed over",
        because: "they say as little of the request as a bad gateway does, and another node may know better",
        check: || [501, 505, 507, 511, 599].into_iter().for_each(|code| assert_eq!(read_past(status(code)), [0, 1])),
    },
    Difference {
        asks: "a 408 is tried again",
        because: "the browser has done so already",
        check: || assert_eq!(read_past(status(408)), [0]),
    },
    Difference {
        asks: "a write is tried again like a read",
        because: "without a key nobody knows whether it was applied: it is reported",
        check: || {
            for ill in [status(502), Behaviour::Refuses, Behaviour::Hangs] {
                let mut world = World::healthy(3);
                world.nodes[0] = ill;
                let write = world.run(CallSpec::write(Replay::Once));
                assert!(matches!(failure(&write), Some(CallFailure::OutcomeUnknown { .. })), "{write:?}");
                assert_eq!(world.last_path(), [0]);
            }
        },
    },
];
