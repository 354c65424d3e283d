//! One long story with a fixed seed, as a number: the same natively and in the browser. Shared by both tests.

use std::collections::BTreeMap;

use failover::random::Random;
use failover::{
    Action, Answer, CallId, CallSpec, Duration, Event, Failover, NodeUrl, Policy, Replay, Reply, Timestamp,
};

/// What the story comes to. A change of the rules changes it; a change of the platform must not.
pub const EXPECTED: u64 = 0xb73347a7006bb421;

/// FNV-1a over everything that the core says in the story, and over its journal.
pub fn hash_of_the_story() -> u64 {
    let urls: Vec<NodeUrl> = (0..4).map(|index| NodeUrl::from_normalized(format!("http://node-{index}"))).collect();
    let mut core = Failover::new(&urls, Policy::default(), 20, Timestamp::ZERO);
    let mut random = Random::new(21);
    let mut due: BTreeMap<(Timestamp, u64), Event> = BTreeMap::new();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let (mut now, mut sequence) = (Timestamp::ZERO, 0);
    for call in 0..3_000 {
        let spec = if random.below(4) == 0 { CallSpec::write(Replay::Keyed) } else { CallSpec::READ };
        let at = Timestamp::from_millis(100 + call * 40);
        due.insert((at, u64::MAX - call), Event::Submit { call: CallId(call), spec });
    }
    for _ in 0..60_000 {
        let next = due.keys().next().map(|(at, _)| *at).into_iter().chain(core.next_wakeup()).min();
        let Some(at) = next else { break };
        now = now.max(at);
        let event = match due.first_entry() {
            Some(entry) if entry.key().0 <= now => entry.remove(),
            _ => Event::Tick,
        };
        core.handle(now, event);
        while let Some(action) = core.poll_action() {
            write(&mut hash, &format!("{:?} {action:?}", now.as_micros()));
            let (id, probe) = match &action {
                Action::StartAttempt { attempt, .. } => (*attempt, false),
                Action::StartProbe { probe, .. } => (*probe, true),
                _ => continue,
            };
            let reply = match random.below(12) {
                0 => Reply::NetworkError,
                1 => Reply::Answer(Answer { status: 503, ..Answer::default() }),
                _ => Reply::Answer(Answer { status: 200, ..Answer::default() }),
            };
            let takes = Duration::from_micros(5_000 + random.below(90_000) * (1 + random.below(12) / 11 * 40));
            sequence += 1;
            let event = if probe {
                Event::ProbeEnded { probe: id, reply, report: None }
            } else {
                Event::AttemptEnded { attempt: id, reply }
            };
            due.insert((now + takes, sequence), event);
        }
    }
    for entry in core.journal() {
        write(&mut hash, &format!("{entry:?}"));
    }
    write(&mut hash, &format!("{:?}", core.snapshot(now)));
    hash
}

fn write(hash: &mut u64, text: &str) {
    for byte in text.bytes() {
        *hash = (*hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
}
