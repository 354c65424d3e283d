//! The journal and the state of the nodes as JSON, for a person's bug report.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::endpoints::listed::Unreadable;
use super::failover::{Actor, ClusterSnapshot, Counters, Entry, FailureReason, JournalEvent, NodeSnapshot, Timestamp};

/// All that is exported. Times are whole milliseconds since 1970.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Export {
    exported_at: u64,
    current: Option<usize>,
    preferred: Option<usize>,
    leader: Option<usize>,
    nodes: Vec<ExportedNode>,
    /// Oldest first.
    events: Vec<ExportedEvent>,
    counters: ExportedCounters,
    local_fault_since: Option<u64>,
    unreadable: Vec<ExportedList>,
    online: bool,
    required: Option<usize>,
}

/// A list that could be read only in part.
#[derive(Serialize)]
struct ExportedList {
    path: String,
    count: usize,
    total: usize,
    /// The first entry that could not be read, and why.
    first: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExportedCounters {
    attempts: u64,
    probes: u64,
    hedges: u64,
    hedges_won: u64,
    hedges_refused: u64,
    moves: u64,
    rescues: u64,
    budget_refused: u64,
}

impl From<&Counters> for ExportedCounters {
    fn from(counters: &Counters) -> Self {
        Self {
            attempts: counters.attempts,
            probes: counters.probes,
            hedges: counters.hedges,
            hedges_won: counters.hedges_won,
            hedges_refused: counters.hedges_refused,
            moves: counters.moves,
            rescues: counters.rescues,
            budget_refused: counters.budget_refused,
        }
    }
}

/// Latencies are whole milliseconds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExportedNode {
    index: usize,
    url: String,
    state: &'static str,
    reason: Option<String>,
    latency_ms: Option<u64>,
    p50_ms: Option<u64>,
    p95_ms: Option<u64>,
    p99_ms: Option<u64>,
    lately_p95_ms: Option<u64>,
    lately_success_percent: Option<u32>,
    last_checked: Option<u64>,
    last_seen: Option<u64>,
    successes: u64,
    failures: u64,
    /// The place of a node that is far faster.
    slower_than: Option<usize>,
}

impl ExportedNode {
    fn of(node: &NodeSnapshot, time: impl Fn(Timestamp) -> u64) -> Self {
        Self {
            index: node.index,
            url: node.url.to_string(),
            state: node.state.as_str(),
            reason: node.reason.map(reason_word),
            latency_ms: node.latency.map(millis),
            p50_ms: node.p50.map(millis),
            p95_ms: node.p95.map(millis),
            p99_ms: node.p99.map(millis),
            lately_p95_ms: node.lately.p95.map(millis),
            lately_success_percent: node.lately.success_percent,
            last_checked: node.last_checked.map(&time),
            last_seen: node.last_seen.map(&time),
            successes: node.successes,
            failures: node.failures,
            slower_than: node.slower.map(|slower| slower.than),
        }
    }
}

/// One event of the journal: its time, its kind, and what it says.
#[derive(Serialize)]
pub struct ExportedEvent {
    sequence: u64,
    time: u64,
    kind: &'static str,
    #[serde(flatten)]
    details: Value,
}

impl ExportedEvent {
    /// `wall_clock` turns the core's time into milliseconds since 1970.
    pub fn of(entry: &Entry, wall_clock: &dyn Fn(Timestamp) -> f64) -> Self {
        let time = whole(wall_clock(entry.at));
        Self { sequence: entry.sequence, time, kind: entry.event.kind(), details: details(&entry.event) }
    }
}

/// The journal (oldest first), the nodes, and the lists that could be read only in part. `wall_clock` turns the core's
/// time into milliseconds since 1970.
pub fn journal_json(
    entries: &[Entry],
    snapshot: &ClusterSnapshot,
    unreadable: &[(String, Unreadable)],
    wall_clock: &dyn Fn(Timestamp) -> f64,
) -> String {
    let list = |(path, unreadable): &(String, Unreadable)| {
        let Unreadable { count, total, first } = unreadable;
        ExportedList { path: path.clone(), count: *count, total: *total, first: first.to_string() }
    };
    let time = |at| whole(wall_clock(at));
    let export = Export {
        exported_at: time(snapshot.taken_at),
        current: snapshot.current,
        preferred: snapshot.preferred,
        leader: snapshot.leader,
        nodes: snapshot.nodes.iter().map(|node| ExportedNode::of(node, time)).collect(),
        events: entries.iter().map(|entry| ExportedEvent::of(entry, wall_clock)).collect(),
        counters: (&snapshot.counters).into(),
        local_fault_since: snapshot.local_fault.map(time),
        unreadable: unreadable.iter().map(list).collect(),
        online: snapshot.online,
        required: snapshot.required.map(|required| required.index),
    };
    // Every key is a text: writing it cannot fail.
    serde_json::to_string(&export).unwrap_or_default()
}

/// Whole milliseconds, as JSON holds them.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A time of day in whole milliseconds.
fn whole(millis: f64) -> u64 {
    millis.round() as u64
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
        FailureReason::Unsendable => "unsendable".into(),
        FailureReason::LowSuccessRate => "low-success-rate".into(),
    }
}

/// What an event says beside its kind.
fn details(event: &JournalEvent) -> Value {
    match event {
        JournalEvent::AttemptFailed { call, node, reason, waited } => {
            json!({ "call": call.0, "node": **node, "reason": reason_word(*reason), "waitedMs": millis(*waited) })
        }
        JournalEvent::RequestMoved { call, from, to, reason, waited } => json!({
            "call": call.0, "from": **from, "to": **to, "reason": reason_word(*reason), "waitedMs": millis(*waited),
        }),
        JournalEvent::LeaderHop { call, from, to } | JournalEvent::Hedged { call, from, to } => {
            json!({ "call": call.0, "from": **from, "to": **to })
        }
        JournalEvent::CallFailed { call, waited, attempts } => {
            json!({ "call": call.0, "waitedMs": millis(*waited), "attempts": attempts })
        }
        JournalEvent::NodeChanged { node, from, to, reason } => json!({
            "node": **node, "from": from.as_str(), "to": to.as_str(), "reason": reason.map(reason_word),
        }),
        JournalEvent::CurrentChanged { from, to, by, waited } => json!({
            "from": **from, "to": **to, "by": actor_word(*by), "waitedMs": waited.map(millis),
        }),
        JournalEvent::LeaderChanged { node, term } => json!({ "node": **node, "term": term }),
        JournalEvent::PreferenceChanged { node }
        | JournalEvent::FailuresReset { node }
        | JournalEvent::RequirementChanged { node } => {
            json!({ "node": node.as_deref(), "by": actor_word(Actor::Operator) })
        }
        JournalEvent::FoundSlow { node, latency, than, other, kept } => json!({
            "node": **node, "latencyMs": millis(*latency), "than": **than, "otherMs": millis(*other), "kept": kept,
        }),
        JournalEvent::LowSuccessRate { node, percent, usual } => {
            json!({ "node": **node, "percent": percent, "usual": usual })
        }
        JournalEvent::ReadIndexGivenUp { node, freshest } => json!({ "node": **node, "freshest": freshest }),
        JournalEvent::ForeignNode { node, cluster } => json!({ "node": **node, "cluster": **cluster }),
        JournalEvent::ClusterFollowed { node, cluster } => {
            json!({ "node": **node, "cluster": **cluster, "by": actor_word(Actor::Operator) })
        }
        JournalEvent::SameNode { node, first } => json!({ "node": **node, "first": **first }),
        JournalEvent::NoLongerForeign { node } | JournalEvent::SuccessRateRestored { node } => {
            json!({ "node": **node })
        }
        JournalEvent::NoLongerSlow { node, than } => json!({ "node": **node, "than": than.as_deref() }),
        JournalEvent::WallClockMoved { by, forward } => json!({ "byMs": millis(*by), "forward": forward }),
        JournalEvent::ClockJumped { by } => json!({ "byMs": millis(*by) }),
        JournalEvent::BudgetRefused { call } => json!({ "call": call.0 }),
        JournalEvent::OutageBegan | JournalEvent::LocalFaultBegan => json!({}),
        JournalEvent::OutageEnded { lasted } | JournalEvent::LocalFaultEnded { lasted } => {
            json!({ "lastedMs": millis(*lasted) })
        }
    }
}

const fn actor_word(actor: Actor) -> &'static str {
    match actor {
        Actor::Automatic => "automatic",
        Actor::Operator => "operator",
    }
}
