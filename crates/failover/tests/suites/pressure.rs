//! Back-pressure: a server that asks to be left alone is left alone, is not blamed, and nothing is sent twice for it. After
//! the cases of AWS's standard retry (2.1) and of MongoDB's client back-pressure.

use failover::{Answer, CallFailure, CallSpec, Duration, NodeState, Policy, Replay, RetryAfter};

use crate::Case;
use crate::world::{Behaviour, World, answered, failure};

fn asks_for_patience(status: u16, retry_after: Option<RetryAfter>) -> Behaviour {
    Behaviour::Replies { after_ms: 5, answer: Answer { status, retry_after, ..Answer::default() } }
}

fn seconds(seconds: u64) -> Option<RetryAfter> {
    Some(RetryAfter::standard(Duration::from_secs(seconds)))
}

/// How long node 0 is held after it answered one read, in milliseconds.
fn held_ms(status: u16, retry_after: Option<RetryAfter>) -> u128 {
    let mut world = World::healthy(3);
    world.nodes[0] = asks_for_patience(status, retry_after);
    assert!(answered(&world.run(CallSpec::READ)), "another node serves it");
    assert_eq!(world.state(0), NodeState::Healthy, "nobody is to blame");
    world.snapshot().nodes[0].throttled_until.map_or(0, |until| until.since(world.now).as_millis())
}

fn is_about(held: u128, wanted: std::ops::RangeInclusive<u128>) {
    assert!(wanted.contains(&held), "held for {held} ms");
}

/// How a write that must not run twice ends when node 0 answers it so, and how often it was sent.
fn once(status: u16, retry_after: Option<RetryAfter>) -> (bool, Option<CallFailure>, usize) {
    let mut world = World::healthy(3);
    world.nodes[0] = asks_for_patience(status, retry_after);
    let completion = world.run(CallSpec::write(Replay::Once));
    (answered(&completion), failure(&completion), world.last_path().len())
}

pub const CASES: [Case; 9] = [
    Case { asks: "503 with Retry-After is honoured", check: || is_about(held_ms(503, seconds(3)), 2_900..=3_300) },
    Case { asks: "429 with Retry-After is honoured", check: || is_about(held_ms(429, seconds(3)), 2_900..=3_300) },
    Case { asks: "a Retry-After is clamped", check: || is_about(held_ms(429, seconds(86_400)), 59_000..=66_000) },
    Case { asks: "without one it is about two seconds", check: || is_about(held_ms(429, None), 1_500..=2_400) },
    Case {
        asks: "a fraction holds, and proves nothing",
        check: || {
            let lenient = Some(RetryAfter::lenient(Duration::from_secs(3)));
            is_about(held_ms(503, lenient), 2_900..=3_300);
            assert!(matches!(once(503, lenient), (false, Some(CallFailure::OutcomeUnknown { .. }), 1)));
        },
    },
    Case {
        asks: "a valid Retry-After proves that nothing was applied",
        check: || assert!(matches!(once(503, seconds(1)), (true, None, 2))),
    },
    Case {
        asks: "a 503 without one proves nothing",
        check: || assert!(matches!(once(503, None), (false, Some(CallFailure::OutcomeUnknown { .. }), 1))),
    },
    Case {
        asks: "a throttled write that must not run twice is reported",
        check: || assert_eq!(once(429, seconds(1)), (true, None, 1)),
    },
    Case {
        asks: "a call that fails everywhere is sent three times at most, taking all calls together",
        check: || {
            let mut world = World::with(3, 7, Policy::default());
            world.advance(100);
            world.nodes.fill(Behaviour::Replies { after_ms: 5, answer: Answer { status: 502, ..Answer::default() } });
            (0..50).for_each(|_| world.later(CallSpec::READ));
            world.advance(20_000);
            let repeats = world.seen.len().saturating_sub(50);
            assert!(repeats <= 100, "{repeats} repeats of 50 reads");
        },
    },
];
