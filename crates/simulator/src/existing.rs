//! The rules of the frontend that this one replaces: an index, a set of failed nodes, and the next in line.
//!
//! - Every request goes to the current node, with 5 s for an answer. A network error, a timeout or a 5xx marks *the
//!   node that is current by then* as failed and takes the next one that is not; a 4xx does not.
//! - With no node left the set of failed nodes is wiped and the request fails.
//! - When 30 s have passed since the last check, the next request first checks all nodes, each with 3 s, and waits.
//! - Writes are sent again like reads, and nothing tells the node that it has seen them before.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use failover::{
    Action, AttemptId, CallFailure, CallId, CallResult, Completion, Duration, Event, Failover, NodeId, Reply,
    Timestamp, TraceStep, Why,
};

use crate::client::Rules;

const REQUEST_TIMEOUT: Duration = Duration::from_millis(5_000);
const HEALTH_CHECK_INTERVAL: Duration = Duration::from_millis(30_000);
const HEALTH_CHECK_TIMEOUT: Duration = Duration::from_millis(3_000);

struct Call {
    submitted: Timestamp,
    tries: usize,
}

/// A round of health checks that a request waits for.
struct Round {
    call: CallId,
    left: BTreeSet<AttemptId>,
    until: Timestamp,
}

pub struct Existing {
    ids: Vec<NodeId>,
    current: usize,
    failed: BTreeSet<usize>,
    last_check: Timestamp,
    calls: BTreeMap<CallId, Call>,
    attempts: BTreeMap<AttemptId, (CallId, Timestamp)>,
    probes: BTreeMap<AttemptId, usize>,
    rounds: Vec<Round>,
    actions: VecDeque<Action>,
    next_attempt: u64,
}

impl Existing {
    /// `core` only lends its names for the nodes.
    pub fn new(core: &Failover, nodes: usize) -> Self {
        Self {
            ids: (0..nodes).filter_map(|index| core.node_at(index)).collect(),
            current: 0,
            failed: BTreeSet::new(),
            last_check: Timestamp::ZERO,
            calls: BTreeMap::new(),
            attempts: BTreeMap::new(),
            probes: BTreeMap::new(),
            rounds: Vec::new(),
            actions: VecDeque::new(),
            next_attempt: 0,
        }
    }

    fn id(&mut self) -> AttemptId {
        self.next_attempt += 1;
        AttemptId(self.next_attempt)
    }

    fn submit(&mut self, call: CallId, now: Timestamp) {
        self.calls.insert(call, Call { submitted: now, tries: 0 });
        if now.since(self.last_check) < HEALTH_CHECK_INTERVAL {
            self.send(call, now);
            return;
        }
        self.last_check = now;
        let mut left = BTreeSet::new();
        for index in 0..self.ids.len() {
            let probe = self.id();
            left.insert(probe);
            self.probes.insert(probe, index);
            self.actions.push_back(Action::StartProbe { probe, node: self.ids[index], url: Arc::from("") });
        }
        self.rounds.push(Round { call, left, until: now + HEALTH_CHECK_TIMEOUT });
    }

    fn send(&mut self, call: CallId, now: Timestamp) {
        let attempt = self.id();
        if let Some(asked) = self.calls.get_mut(&call) {
            asked.tries += 1;
        }
        self.attempts.insert(attempt, (call, now + REQUEST_TIMEOUT));
        let node = self.ids[self.current];
        self.actions.push_back(Action::StartAttempt {
            call,
            attempt,
            node,
            url: Arc::from(""),
            ignore_read_index: true,
        });
    }

    fn failed_once(&mut self, call: CallId, now: Timestamp) {
        self.failed.insert(self.current);
        let next = (1..self.ids.len())
            .map(|step| (self.current + step) % self.ids.len())
            .find(|index| !self.failed.contains(index));
        let tries = self.calls.get(&call).map_or(usize::MAX, |asked| asked.tries);
        match next {
            Some(next) if tries < self.ids.len() => {
                self.current = next;
                self.send(call, now);
            }
            Some(_) => self.complete(call, CallResult::Failed(CallFailure::Unreachable), now),
            None => {
                self.failed.clear();
                self.complete(call, CallResult::Failed(CallFailure::Unreachable), now);
            }
        }
    }

    fn complete(&mut self, call: CallId, result: CallResult, now: Timestamp) {
        let Some(asked) = self.calls.remove(&call) else { return };
        let step = |_| TraceStep {
            attempt: AttemptId(0),
            node: Arc::from(""),
            why: Why::First,
            started_after: Duration::ZERO,
            ended_after: None,
            reason: None,
        };
        let trace = (0..asked.tries).map(step).collect();
        let completion = Completion { result, trace, waited: now.since(asked.submitted) };
        self.actions.push_back(Action::Complete { call, completion });
    }

    fn probe_ended(&mut self, probe: AttemptId, well: bool, now: Timestamp) {
        let Some(index) = self.probes.remove(&probe) else { return };
        if well {
            self.failed.remove(&index);
        } else {
            self.failed.insert(index);
        }
        for round in &mut self.rounds {
            round.left.remove(&probe);
        }
        self.end_rounds(now);
    }

    /// Requests whose round of checks is over are sent.
    fn end_rounds(&mut self, now: Timestamp) {
        let (over, waiting): (Vec<Round>, Vec<Round>) =
            std::mem::take(&mut self.rounds).into_iter().partition(|round| round.left.is_empty() || round.until <= now);
        self.rounds = waiting;
        for round in over {
            for late in round.left {
                if let Some(index) = self.probes.remove(&late) {
                    self.failed.insert(index);
                }
            }
            if self.failed.contains(&self.current)
                && let Some(next) = (0..self.ids.len()).find(|index| !self.failed.contains(index))
            {
                self.current = next;
            }
            self.send(round.call, now);
        }
    }
}

impl Rules for Existing {
    fn handle(&mut self, now: Timestamp, event: Event) {
        match event {
            Event::Submit { call, .. } => self.submit(call, now),
            Event::AttemptEnded { attempt, reply } => {
                if let Some((call, _)) = self.attempts.remove(&attempt) {
                    match reply {
                        Reply::Answer(answer) if answer.status < 500 => {
                            self.complete(call, CallResult::Answered { attempt }, now);
                        }
                        // It gives up on a body that breaks off.
                        Reply::Truncated | Reply::Unsendable(_) => {
                            self.complete(call, CallResult::Failed(CallFailure::Unreachable), now)
                        }
                        Reply::Answer(_) | Reply::NetworkError => self.failed_once(call, now),
                    }
                }
            }
            Event::ProbeEnded { probe, reply, .. } => {
                let well = matches!(reply, Reply::Answer(answer) if answer.status < 500);
                self.probe_ended(probe, well, now);
            }
            Event::Cancel { call } => {
                self.calls.remove(&call);
            }
            Event::Tick
            | Event::HeadersCame { .. }
            | Event::ControlEnded { .. }
            | Event::Online { .. }
            | Event::Visibility { .. } => {}
        }
        let late: Vec<AttemptId> =
            self.attempts.iter().filter(|(_, (_, until))| *until <= now).map(|(attempt, _)| *attempt).collect();
        for attempt in late {
            if let Some((call, _)) = self.attempts.remove(&attempt) {
                self.actions.push_back(Action::AbortAttempt { attempt });
                self.failed_once(call, now);
            }
        }
        self.end_rounds(now);
    }

    fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    fn next_wakeup(&self) -> Option<Timestamp> {
        let attempts = self.attempts.values().map(|(_, until)| *until);
        attempts.chain(self.rounds.iter().map(|round| round.until)).min()
    }

    fn index_of(&self, node: NodeId) -> Option<usize> {
        self.ids.iter().position(|id| *id == node)
    }

    fn applied_by(&self, _node: NodeId) -> u64 {
        0
    }

    fn current(&self) -> Option<usize> {
        Some(self.current)
    }

    fn story(&self) -> Vec<String> {
        vec![format!("current {} failed {:?}", self.current, self.failed)]
    }
}
