//! The journal and the state of the nodes as JSON, for a person's bug report.

use super::failover::{
    Actor, ClusterSnapshot, Counters, Duration, Entry, FailureReason, JournalEvent, NodeSnapshot, Timestamp,
};
use super::json::Field;

/// The journal (oldest first) and the nodes. `wall_clock` turns the core's time into milliseconds since 1970.
pub fn journal_json(entries: &[Entry], snapshot: &ClusterSnapshot, wall_clock: &dyn Fn(Timestamp) -> f64) -> String {
    let nodes: Vec<Field> = snapshot.nodes.iter().map(|node| node_json(node, wall_clock)).collect();
    let events: Vec<Field> = entries.iter().map(|entry| entry_json(entry, wall_clock)).collect();
    let document = Field::Object(vec![
        ("exportedAt", Field::from(wall_clock(snapshot.taken_at))),
        ("current", Field::from(snapshot.current)),
        ("preferred", Field::from(snapshot.preferred)),
        ("leader", Field::from(snapshot.leader)),
        ("nodes", Field::List(nodes)),
        ("events", Field::List(events)),
        ("counters", counters_json(&snapshot.counters)),
        ("localFaultSince", Field::from(snapshot.local_fault.map(wall_clock))),
        ("online", Field::from(snapshot.online)),
        ("required", Field::from(snapshot.required.map(|required| required.index))),
    ]);
    document.to_json()
}

fn counters_json(counters: &Counters) -> Field {
    Field::Object(vec![
        ("attempts", Field::from(counters.attempts)),
        ("probes", Field::from(counters.probes)),
        ("hedges", Field::from(counters.hedges)),
        ("hedgesWon", Field::from(counters.hedges_won)),
        ("hedgesRefused", Field::from(counters.hedges_refused)),
        ("moves", Field::from(counters.moves)),
        ("rescues", Field::from(counters.rescues)),
        ("budgetRefused", Field::from(counters.budget_refused)),
    ])
}

/// Why, in a word that stays the same in every language.
pub fn reason_word(reason: FailureReason) -> String {
    match reason {
        FailureReason::Network => "network".into(),
        FailureReason::TimedOut => "timed-out".into(),
        FailureReason::Silent => "silent".into(),
        FailureReason::Status(status) => format!("status-{status}"),
        FailureReason::Malformed => "malformed".into(),
        FailureReason::Draining => "draining".into(),
        FailureReason::Marked => "marked".into(),
    }
}

/// Whole milliseconds, as JSON holds them.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn node_json(node: &NodeSnapshot, wall_clock: &dyn Fn(Timestamp) -> f64) -> Field {
    Field::Object(vec![
        ("index", Field::from(node.index)),
        ("url", Field::from(&*node.url)),
        ("state", Field::from(node.state.as_str())),
        ("reason", Field::from(node.reason.map(reason_word))),
        ("latencyMs", Field::from(node.latency.map(millis))),
        ("p50Ms", Field::from(node.p50.map(millis))),
        ("p95Ms", Field::from(node.p95.map(millis))),
        ("p99Ms", Field::from(node.p99.map(millis))),
        ("latelyP95Ms", Field::from(node.lately.p95.map(millis))),
        ("latelySuccessPercent", Field::from(node.lately.success_percent)),
        ("lastChecked", Field::from(node.last_checked.map(wall_clock))),
        ("lastSeen", Field::from(node.last_seen.map(wall_clock))),
        ("successes", Field::from(node.successes)),
        ("failures", Field::from(node.failures)),
    ])
}

/// One event as JSON: its time, its kind, and what it says.
pub fn entry_json(entry: &Entry, wall_clock: &dyn Fn(Timestamp) -> f64) -> Field {
    let mut object: Vec<(&'static str, Field)> = vec![
        ("sequence", entry.sequence.into()),
        ("time", wall_clock(entry.at).into()),
        ("kind", entry.event.kind().into()),
    ];
    let mut put = |name: &'static str, value: Field| object.push((name, value));
    match &entry.event {
        JournalEvent::AttemptFailed { call, node, reason, waited } => {
            put("call", Field::from(call.0));
            put("node", (&**node).into());
            put("reason", Field::from(reason_word(*reason)));
            put("waitedMs", Field::from(millis(*waited)));
        }
        JournalEvent::RequestMoved { call, from, to, reason, waited } => {
            put("call", Field::from(call.0));
            put("from", (&**from).into());
            put("to", (&**to).into());
            put("reason", Field::from(reason_word(*reason)));
            put("waitedMs", Field::from(millis(*waited)));
        }
        JournalEvent::LeaderHop { call, from, to } => {
            put("call", Field::from(call.0));
            put("from", (&**from).into());
            put("to", (&**to).into());
        }
        JournalEvent::CallFailed { call, waited, attempts } => {
            put("call", Field::from(call.0));
            put("waitedMs", Field::from(millis(*waited)));
            put("attempts", Field::from(*attempts));
        }
        JournalEvent::NodeChanged { node, from, to, reason } => {
            put("node", (&**node).into());
            put("from", Field::from(from.as_str()));
            put("to", Field::from(to.as_str()));
            put("reason", Field::from(reason.map(reason_word)));
        }
        JournalEvent::CurrentChanged { from, to, by, waited } => {
            put("from", (&**from).into());
            put("to", (&**to).into());
            put("by", Field::from(actor_word(*by)));
            put("waitedMs", Field::from(waited.map(millis)));
        }
        JournalEvent::LeaderChanged { node, term } => {
            put("node", (&**node).into());
            put("term", Field::from(*term));
        }
        JournalEvent::PreferenceChanged { node }
        | JournalEvent::FailuresReset { node }
        | JournalEvent::RequirementChanged { node } => {
            put("node", Field::from(node.as_deref()));
            put("by", Field::from(actor_word(Actor::Operator)));
        }
        JournalEvent::ClockJumped { by } => put("byMs", Field::from(millis(*by))),
        JournalEvent::Hedged { call, from, to } => {
            put("call", Field::from(call.0));
            put("from", (&**from).into());
            put("to", (&**to).into());
        }
        JournalEvent::BudgetRefused { call } => put("call", Field::from(call.0)),
        JournalEvent::OutageBegan | JournalEvent::LocalFaultBegan => {}
        JournalEvent::OutageEnded { lasted } | JournalEvent::LocalFaultEnded { lasted } => {
            put("lastedMs", Field::from(millis(*lasted)))
        }
    }
    Field::Object(object)
}

const fn actor_word(actor: Actor) -> &'static str {
    match actor {
        Actor::Automatic => "automatic",
        Actor::Operator => "operator",
    }
}
