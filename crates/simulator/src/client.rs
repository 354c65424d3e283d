//! One browser tab: the rules under test, and the session that they serve.

use std::collections::BTreeMap;

use failover::read_index::ReadIndex;
use failover::{
    Action, AttemptId, CallFailure, CallId, CallResult, CallSpec, Completion, Event, Failover, FailureReason, NodeId,
    NodeUrl, Replay, Reply, Timestamp, Trace,
};

use crate::cluster::{Cluster, Request, url};
use crate::existing::Existing;
use crate::history::{History, Operation};
use crate::seats::{Booking, SeatAnswer, SeatCall, Wishes};
use crate::{Micros, Setup, ms};

/// After this time a node that was mended must be known to be well, if all others go: the pause between two
/// rechecks of a cluster without a usable node, and the recheck itself.
const NOTICED_WITHIN: Micros = ms(6_500);

/// Rules that route a client's requests.
pub trait Rules {
    fn handle(&mut self, now: Timestamp, event: Event);
    fn poll_action(&mut self) -> Option<Action>;
    fn next_wakeup(&self) -> Option<Timestamp>;
    fn index_of(&self, node: NodeId) -> Option<usize>;
    /// What is known of the part of the log that a node has applied.
    fn applied_by(&self, node: NodeId) -> u64;
    /// The node that the next read goes to.
    fn current(&self) -> Option<usize>;
    /// What the rules have to say, for a timeline.
    fn story(&self) -> Vec<String>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RulesKind {
    /// The failover core.
    Core,
    /// The frontend that it replaces.
    Existing,
}

impl Rules for Failover {
    fn handle(&mut self, now: Timestamp, event: Event) {
        Failover::handle(self, now, event);
    }

    fn poll_action(&mut self) -> Option<Action> {
        Failover::poll_action(self)
    }

    fn next_wakeup(&self) -> Option<Timestamp> {
        Failover::next_wakeup(self)
    }

    fn index_of(&self, node: NodeId) -> Option<usize> {
        Failover::index_of(self, node)
    }

    fn applied_by(&self, node: NodeId) -> u64 {
        Failover::applied_by(self, node)
    }

    fn current(&self) -> Option<usize> {
        Failover::current(self)
    }

    fn story(&self) -> Vec<String> {
        let line =
            |entry: &failover::Entry| format!("{:>12.3} ms  {:?}", entry.at.as_micros() as f64 / 1_000.0, entry.event);
        self.journal().map(line).collect()
    }
}

/// A call that has not ended.
struct Asked {
    spec: CallSpec,
    write: bool,
    submitted: Micros,
    /// The newest index that the session had been shown when it asked.
    seen_before: u64,
    /// The newest index that the page knew when it asked.
    known_before: u64,
    /// The index of each answer that came.
    answers: Vec<(AttemptId, u64)>,
    seat: Option<SeatCall>,
    /// What each answer said of the seat.
    told: Vec<(AttemptId, SeatAnswer)>,
    offline: bool,
}

pub struct Client {
    pub rules: Box<dyn Rules>,
    pub wake_at: Option<Micros>,
    pub offline: bool,
    pub frozen_until: Micros,
    /// When it was last offline or asleep: what fails then fails for that reason.
    pub disturbed_at: Option<Micros>,
    pub missed: Vec<Event>,
    keyed: bool,
    read_index: ReadIndex,
    ids: Vec<Option<NodeId>>,
    /// The newest index that the session was shown.
    seen: u64,
    /// What is done with seats.
    wishes: Wishes,
    asked: BTreeMap<CallId, Asked>,
    next_call: u64,
    current: Option<usize>,
    /// When the node in use changed, and to which.
    pub moves: Vec<(Micros, usize)>,
}

/// What the world has to do for a client.
pub enum Work {
    Send(Request),
    Control(AttemptId),
}

impl Client {
    pub fn new(setup: &Setup, seed: u64) -> Self {
        let urls: Vec<NodeUrl> = (0..setup.nodes).map(|index| NodeUrl::from_normalized(url(index))).collect();
        let core = Failover::new(&urls, setup.policy.clone(), seed, Timestamp::ZERO);
        let ids = (0..setup.nodes).map(|index| core.node_at(index)).collect();
        let rules: Box<dyn Rules> = match setup.rules {
            RulesKind::Core => Box::new(core),
            RulesKind::Existing => Box::new(Existing::new(&core, setup.nodes)),
        };
        Self {
            rules,
            wake_at: None,
            offline: false,
            frozen_until: 0,
            disturbed_at: None,
            missed: Vec::new(),
            keyed: setup.rules == RulesKind::Core && setup.keyed,
            read_index: ReadIndex::default(),
            ids,
            seen: 0,
            wishes: Wishes::new(setup.seats, seed),
            asked: BTreeMap::new(),
            next_call: 0,
            current: None,
            moves: Vec::new(),
        }
    }

    pub fn is_frozen(&self, now: Micros) -> bool {
        now < self.frozen_until
    }

    /// Takes note of a change of the node in use.
    pub fn note_current(&mut self, now: Micros) {
        let current = self.rules.current();
        if current != self.current {
            if let (Some(_), Some(to)) = (self.current, current) {
                self.moves.push((now, to));
            }
            self.current = current;
        }
    }

    /// The person does not want it any more.
    pub fn forget(&mut self, call: CallId) {
        self.asked.remove(&call);
    }

    pub fn is_waiting(&self) -> bool {
        !self.asked.is_empty()
    }

    /// The person wants something.
    pub fn ask(&mut self, write: bool, keyed: bool, now: Micros) -> Event {
        let call = CallId(self.next_call);
        self.next_call += 1;
        let replay = if keyed { Replay::Keyed } else { Replay::Once };
        let spec = if write { CallSpec::write(replay) } else { CallSpec::READ };
        let asked = Asked {
            spec,
            write,
            submitted: now,
            seen_before: self.seen,
            known_before: self.read_index.newest(),
            answers: Vec::new(),
            seat: self.wishes.next(write),
            told: Vec::new(),
            offline: self.offline,
        };
        self.asked.insert(call, asked);
        Event::Submit { call, spec }
    }

    /// The next thing that the rules want done.
    pub fn next_work(&mut self, client: usize, now: Micros, cluster: &Cluster, history: &mut History) -> Option<Work> {
        while let Some(action) = self.rules.poll_action() {
            match action {
                Action::StartAttempt { call, attempt, node, ignore_read_index, .. } => {
                    let Some(index) = self.rules.index_of(node) else { continue };
                    let Some(asked) = self.asked.get(&call) else {
                        history.violation(format!("client {client}: an attempt for call {} that has ended", call.0));
                        continue;
                    };
                    let wanted = self.read_index.wanted_from(node).unwrap_or_default();
                    let ask = !ignore_read_index && self.keyed && self.rules.applied_by(node) < wanted;
                    return Some(Work::Send(Request {
                        client,
                        attempt,
                        call,
                        node: index,
                        probe: false,
                        write: asked.write,
                        key: (asked.write && asked.spec.replay == Replay::Keyed && self.keyed).then_some(call.0),
                        min_index: if ask && !asked.write { wanted } else { 0 },
                        seat: asked.seat,
                        told: None,
                    }));
                }
                Action::StartProbe { probe, node, .. } => {
                    let Some(index) = self.rules.index_of(node) else { continue };
                    return Some(Work::Send(Request {
                        client,
                        attempt: probe,
                        call: CallId(u64::MAX),
                        node: index,
                        probe: true,
                        write: false,
                        key: None,
                        min_index: 0,
                        seat: None,
                        told: None,
                    }));
                }
                Action::ForgetReadIndex => self.read_index.forget(),
                Action::GiveUpReadIndex { freshest } => self.read_index.give_up(freshest),
                Action::StartControl { control } => return Some(Work::Control(control)),
                Action::Complete { call, completion } => {
                    self.completed(client, call, &completion, now, cluster, history);
                }
                Action::AbortAttempt { .. }
                | Action::AbortProbe { .. }
                | Action::AbortControl { .. }
                | Action::CheckEnded { .. }
                | Action::CheckDropped { .. } => {}
            }
        }
        None
    }

    /// A health check was answered: what the driver keeps of it.
    pub fn reported(&mut self, applied: Option<u64>) {
        self.read_index.reached(applied);
    }

    /// An answer came in: what the driver keeps of it.
    pub fn received(&mut self, request: &Request, reply: &Reply) {
        let (Reply::Answer(answer), Some(Some(node))) = (reply, self.ids.get(request.node)) else { return };
        if request.probe || answer.status >= 400 {
            return;
        }
        self.read_index.seen(*node, answer.raft_index, !request.write);
        if let (Some(asked), Some(index)) = (self.asked.get_mut(&request.call), answer.raft_index) {
            asked.answers.push((request.attempt, index));
            asked.told.extend(request.told.map(|told| (request.attempt, told)));
        }
    }

    fn completed(
        &mut self,
        client: usize,
        call: CallId,
        completion: &Completion,
        now: Micros,
        cluster: &Cluster,
        history: &mut History,
    ) {
        let Some(asked) = self.asked.remove(&call) else {
            history.violation(format!("client {client}: call {} ended twice", call.0));
            return;
        };
        let waited = now - asked.submitted;
        self.record_seat(client, call, &asked, completion, now, history);
        let limit = if asked.write { ms(15_000) } else { ms(10_000) };
        let slept = self.frozen_until > asked.submitted;
        if self.keyed && waited > limit + 1 && !slept {
            history.violation(format!("client {client}: call {} took {} ms", call.0, waited / 1_000));
        }
        let mut operation = Operation {
            client,
            call,
            write: asked.write,
            submitted: asked.submitted,
            waited,
            attempts: completion.trace.len(),
            ..Operation::default()
        };
        match &completion.result {
            CallResult::Answered { attempt } => {
                match asked.answers.iter().find(|(id, _)| id == attempt) {
                    Some((_, index)) => {
                        operation.index = Some(*index);
                        operation.stale = self.read_index.is_older(Some(*index), asked.known_before);
                        if self.keyed && !asked.write && *index < asked.seen_before && !operation.stale {
                            history.violation(format!(
                                "client {client}: call {} read index {index} after {} was shown",
                                call.0, asked.seen_before
                            ));
                        }
                        self.seen = self.seen.max(*index);
                    }
                    // An error status, handed to the caller.
                    None => operation.failed = true,
                }
            }
            CallResult::Failed(failure) => {
                operation.failed = true;
                operation.unknown = matches!(failure, CallFailure::OutcomeUnknown { .. });
            }
        }
        let recently = self.disturbed_at.is_some_and(|at| asked.submitted < at + ms(3_000));
        let disturbed = asked.offline || self.offline || slept || recently;
        let since = asked.submitted.saturating_sub(NOTICED_WITHIN);
        let usable = if asked.write { cluster.was_led_since(since) } else { cluster.was_usable_since(since) };
        let excused =
            disturbed || refused_twice(&completion.trace) || (asked.write && asked.spec.replay == Replay::Once);
        operation.failed_needlessly = operation.failed && usable && !excused;
        history.ended(operation, asked.spec.replay == Replay::Once);
    }

    /// Adds to the history of seats what this call has shown of one.
    fn record_seat(
        &mut self,
        client: usize,
        call: CallId,
        asked: &Asked,
        completion: &Completion,
        now: Micros,
        history: &mut History,
    ) {
        let Some(seat) = asked.seat else { return };
        let answer = match &completion.result {
            CallResult::Answered { attempt } => Some(*attempt),
            CallResult::Failed(_) => None,
        };
        let told = asked.told.iter().find(|(attempt, _)| Some(*attempt) == answer).map(|(_, told)| *told);
        let index = asked.answers.iter().find(|(attempt, _)| Some(*attempt) == answer).map(|(_, index)| *index);
        let own = Booking { client, call: call.0 };
        self.wishes.answered(seat, own, told);
        // Without the read index of a keyed backend a read may be of any age.
        let marked = !self.keyed || self.read_index.is_older(index, asked.known_before);
        history.seats.extend(seat.operation(own, told, (asked.submitted, now), index, marked));
    }

    pub fn check_nothing_is_left(&self, client: usize, now: Micros, history: &mut History) {
        for (call, asked) in &self.asked {
            history.violation(format!(
                "client {client}: call {} has not ended after {} ms",
                call.0,
                (now - asked.submitted) / 1_000
            ));
        }
    }
}

/// Whether two nodes answered with a 500: there is one retry after such an error, and it was made.
fn refused_twice(trace: &Trace) -> bool {
    let mut refused =
        trace.iter().filter(|step| step.reason == Some(FailureReason::Status(500))).map(|step| &step.node);
    let first = refused.next();
    refused.any(|node| Some(node) != first)
}
