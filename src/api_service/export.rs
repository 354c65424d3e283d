//! The journal and the state of the nodes as JSON, for a person's bug report.

use serde_json::{Map, Value, json};

use super::failover::{Actor, ClusterSnapshot, Counters, Entry, FailureReason, JournalEvent, NodeSnapshot, Timestamp};
use super::millis;

/// The journal (oldest first) and the nodes. `wall_clock` turns the core's time into milliseconds since 1970.
pub fn journal_json(entries: &[Entry], snapshot: &ClusterSnapshot, wall_clock: &dyn Fn(Timestamp) -> f64) -> String {
    let nodes: Vec<Value> = snapshot.nodes.iter().map(|node| node_json(node, wall_clock)).collect();
    let events: Vec<Value> = entries.iter().map(|entry| entry_json(entry, wall_clock)).collect();
    let document = json!({
        "exportedAt": wall_clock(snapshot.taken_at),
        "current": snapshot.current,
        "preferred": snapshot.preferred,
        "leader": snapshot.leader,
        "nodes": nodes,
        "events": events,
        "counters": counters_json(&snapshot.counters),
        "localFaultSince": snapshot.local_fault.map(wall_clock),
        "online": snapshot.online,
        "required": snapshot.required.map(|required| required.index),
    });
    document.to_string()
}

fn counters_json(counters: &Counters) -> Value {
    json!({
        "attempts": counters.attempts,
        "probes": counters.probes,
        "hedges": counters.hedges,
        "hedgesWon": counters.hedges_won,
        "hedgesRefused": counters.hedges_refused,
        "moves": counters.moves,
        "rescues": counters.rescues,
        "budgetRefused": counters.budget_refused,
    })
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

fn node_json(node: &NodeSnapshot, wall_clock: &dyn Fn(Timestamp) -> f64) -> Value {
    json!({
        "index": node.index,
        "url": *node.url,
        "state": node.state.as_str(),
        "reason": node.reason.map(reason_word),
        "latencyMs": node.latency.map(millis),
        "p50Ms": node.p50.map(millis),
        "p95Ms": node.p95.map(millis),
        "p99Ms": node.p99.map(millis),
        "latelyP95Ms": node.lately.p95.map(millis),
        "latelySuccessPercent": node.lately.success_percent,
        "lastChecked": node.last_checked.map(wall_clock),
        "lastSeen": node.last_seen.map(wall_clock),
        "successes": node.successes,
        "failures": node.failures,
    })
}

/// One event as JSON: its time, its kind, and what it says.
pub fn entry_json(entry: &Entry, wall_clock: &dyn Fn(Timestamp) -> f64) -> Value {
    let mut object = Map::new();
    object.insert("sequence".into(), json!(entry.sequence));
    object.insert("time".into(), json!(wall_clock(entry.at)));
    object.insert("kind".into(), json!(entry.event.kind()));
    let mut put = |name: &str, value: Value| {
        object.insert(name.into(), value);
    };
    match &entry.event {
        JournalEvent::AttemptFailed { call, node, reason, waited } => {
            put("call", json!(call.0));
            put("node", json!(**node));
            put("reason", json!(reason_word(*reason)));
            put("waitedMs", json!(millis(*waited)));
        }
        JournalEvent::RequestMoved { call, from, to, reason, waited } => {
            put("call", json!(call.0));
            put("from", json!(**from));
            put("to", json!(**to));
            put("reason", json!(reason_word(*reason)));
            put("waitedMs", json!(millis(*waited)));
        }
        JournalEvent::LeaderHop { call, from, to } => {
            put("call", json!(call.0));
            put("from", json!(**from));
            put("to", json!(**to));
        }
        JournalEvent::CallFailed { call, waited, attempts } => {
            put("call", json!(call.0));
            put("waitedMs", json!(millis(*waited)));
            put("attempts", json!(attempts));
        }
        JournalEvent::NodeChanged { node, from, to, reason } => {
            put("node", json!(**node));
            put("from", json!(from.as_str()));
            put("to", json!(to.as_str()));
            put("reason", json!(reason.map(reason_word)));
        }
        JournalEvent::CurrentChanged { from, to, by, waited } => {
            put("from", json!(**from));
            put("to", json!(**to));
            put("by", json!(actor_word(*by)));
            put("waitedMs", json!(waited.map(millis)));
        }
        JournalEvent::LeaderChanged { node, term } => {
            put("node", json!(**node));
            put("term", json!(term));
        }
        JournalEvent::PreferenceChanged { node }
        | JournalEvent::FailuresReset { node }
        | JournalEvent::RequirementChanged { node } => {
            put("node", json!(node.as_deref()));
            put("by", json!(actor_word(Actor::Operator)));
        }
        JournalEvent::ClockJumped { by } => put("byMs", json!(millis(*by))),
        JournalEvent::Hedged { call, from, to } => {
            put("call", json!(call.0));
            put("from", json!(**from));
            put("to", json!(**to));
        }
        JournalEvent::BudgetRefused { call } => put("call", json!(call.0)),
        JournalEvent::OutageBegan | JournalEvent::LocalFaultBegan => {}
        JournalEvent::OutageEnded { lasted } | JournalEvent::LocalFaultEnded { lasted } => {
            put("lastedMs", json!(millis(*lasted)))
        }
    }
    Value::Object(object)
}

const fn actor_word(actor: Actor) -> &'static str {
    match actor {
        Actor::Automatic => "automatic",
        Actor::Operator => "operator",
    }
}
