//! Sockets: how much may be out to one origin at once.
//!
//! A browser opens six connections to an origin. A preflight that hangs keeps its connection for minutes, over
//! reloads, and cannot be cancelled. So few requests with headers are out to one origin at a time; the others wait
//! here, where they can still choose another node, and not in the browser, where they cannot.

use std::collections::{BTreeMap, VecDeque};

use super::Failover;
use super::call_state::{Call, Waits};
use super::ids::{AttemptId, CallId, NodeId, OriginId};
use super::node_url::NodeUrl;
use super::policy::Policy;
use super::time::Timestamp;
use super::timers::Timer;

/// One origin, which several nodes may share behind a reverse proxy.
#[derive(Debug, Default, Hash)]
struct Origin {
    /// Requests with headers that are out, in the order in which they were sent.
    out: VecDeque<AttemptId>,
    /// Streams that are open.
    streams: u32,
    /// Health checks that are out.
    probes: u32,
    /// Calls that wait for room, in their order.
    waiting: VecDeque<CallId>,
}

/// A stream that is open. It holds its origin as an attempt does, whatever becomes of its node: a node may leave the
/// list, and come back as another one, before the stream is closed.
#[derive(Debug)]
#[must_use = "its socket is taken until it is handed to `Failover::stream_closed`"]
pub struct OpenStream {
    origin: OriginId,
}

/// Every origin that the nodes of the list have, or had. Origins are never forgotten: a list is edited a few times at
/// most.
#[derive(Debug, Default, Hash)]
pub(crate) struct Origins {
    list: Vec<Origin>,
    by_name: BTreeMap<Box<str>, OriginId>,
    /// Origins at which a socket became free while calls wait for one.
    freed: Vec<OriginId>,
    /// Origins of nodes that have just stopped being usable.
    distrusted: Vec<OriginId>,
}

impl Origins {
    /// The origin of `url`.
    pub fn id_of(&mut self, url: &NodeUrl) -> OriginId {
        let next = OriginId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        let id = *self.by_name.entry(url.origin().into()).or_insert(next);
        if id == next {
            self.list.push(Origin::default());
        }
        id
    }

    /// A request with headers was sent.
    pub fn request_sent(&mut self, origin: OriginId, attempt: AttemptId) {
        self.at(origin).out.push_back(attempt);
    }

    /// The socket of a request with headers is free again. Those that wait for it are served when the event has been
    /// judged: not before it is known what it says about the node.
    pub fn request_returned(&mut self, origin: Option<OriginId>, attempt: AttemptId) {
        let Some(origin) = origin else { return };
        let entry = self.at(origin);
        entry.out.retain(|out| *out != attempt);
        if !entry.waiting.is_empty() {
            self.freed.push(origin);
        }
    }

    pub fn probe_started(&mut self, origin: OriginId) {
        self.at(origin).probes += 1;
    }

    pub fn probe_ended(&mut self, origin: OriginId) {
        let entry = self.at(origin);
        entry.probes = entry.probes.saturating_sub(1);
    }

    pub fn probes(&self, origin: OriginId) -> u32 {
        self.list[origin.0 as usize].probes
    }

    /// A node at this origin is not usable any more: nobody is to wait for a socket there.
    pub fn distrust(&mut self, origin: OriginId) {
        self.distrusted.push(origin);
    }

    /// Every origin that was ever named.
    pub fn ids(&self) -> impl Iterator<Item = OriginId> {
        (0..).zip(&self.list).map(|(id, _)| OriginId(id))
    }

    fn at(&mut self, origin: OriginId) -> &mut Origin {
        &mut self.list[origin.0 as usize]
    }

    fn is_waited_for(&self, origin: OriginId) -> bool {
        !self.list[origin.0 as usize].waiting.is_empty()
    }

    fn out(&self, origin: OriginId) -> &VecDeque<AttemptId> {
        &self.list[origin.0 as usize].out
    }

    /// The first of its bounds that an origin breaks, in words.
    ///
    /// # Errors
    /// The bound.
    pub fn audit(&self, origin: OriginId, probes: usize, policy: &Policy) -> Result<(), &'static str> {
        let entry = &self.list[origin.0 as usize];
        if entry.probes as usize != probes || entry.probes > policy.origin_probes {
            return Err("an origin's probes are counted and bounded");
        }
        if entry.out.len() > policy.origin_requests as usize {
            return Err("an origin's requests with headers are bounded");
        }
        Ok(())
    }
}

impl Failover {
    /// A stream to `node` was opened: it takes one of its origin's sockets until [`Failover::stream_closed`]. `None` when
    /// the node is not in the list any more.
    pub fn stream_opened(&mut self, node: NodeId) -> Option<OpenStream> {
        let origin = self.nodes[self.nodes.index_of(node)?].origin;
        self.origins.at(origin).streams += 1;
        Some(OpenStream { origin })
    }

    /// A stream was closed, and its socket is free again.
    pub fn stream_closed(&mut self, stream: OpenStream, now: Timestamp) {
        let entry = self.origins.at(stream.origin);
        entry.streams = entry.streams.saturating_sub(1);
        self.serve_origin(stream.origin, now);
        self.finish(now);
    }

    /// Headers came back: the request did not hang in a preflight.
    pub(crate) fn headers_came(&mut self, id: AttemptId, now: Timestamp) {
        let Some(attempt) = self.attempts.get_mut(&id) else { return };
        attempt.headers_came();
        if let Some(origin) = attempt.origin {
            self.watch_origin(origin, now);
        }
    }

    pub(crate) fn origin_has_room(&self, origin: OriginId) -> bool {
        let entry = &self.origins.list[origin.0 as usize];
        let out = u32::try_from(entry.out.len()).unwrap_or(u32::MAX);
        out.saturating_add(entry.streams) < self.policy.origin_requests
    }

    /// Whether the oldest request with headers has had no answer at all for too long.
    pub(crate) fn origin_stalled(&self, origin: OriginId, now: Timestamp) -> bool {
        self.origin_stalls_at(origin).is_some_and(|at| at <= now)
    }

    fn origin_stalls_at(&self, origin: OriginId) -> Option<Timestamp> {
        let attempts = self.origins.out(origin).iter().filter_map(|id| self.attempts.get(id));
        let silent = attempts.filter(|attempt| !attempt.headers && !attempt.slow);
        silent.map(|attempt| attempt.started).min().map(|oldest| oldest + self.policy.origin_stall)
    }

    /// The call waits for room.
    pub(crate) fn wait_for_origin(&mut self, call: Call, origin: OriginId, now: Timestamp) {
        self.origins.at(origin).waiting.push_back(call.id);
        self.wait(call, Waits::ForOrigin(origin));
        self.watch_origin(origin, now);
    }

    /// Sets the timer at whose end the calls that wait choose again.
    fn watch_origin(&mut self, origin: OriginId, now: Timestamp) {
        if let Some(at) = self.origin_due(origin, now) {
            self.timers.set(at, Timer::Origin(origin));
        }
    }

    /// When those that wait for this origin choose again, if nothing else happens.
    pub(crate) fn origin_due(&self, origin: OriginId, now: Timestamp) -> Option<Timestamp> {
        let waited_for = self.origins.is_waited_for(origin);
        self.origin_stalls_at(origin).filter(|at| waited_for && *at > now)
    }

    pub(crate) fn origin_timer_is_live(&self, origin: OriginId, at: Timestamp) -> bool {
        self.origins.is_waited_for(origin) && self.origin_stalls_at(origin) == Some(at)
    }

    /// Serves the origins whose sockets became free.
    pub(crate) fn serve_freed_origins(&mut self, now: Timestamp) {
        while let Some(origin) = self.origins.freed.pop() {
            self.serve_origin(origin, now);
        }
    }

    /// Sends what waits for this origin, as far as there is room.
    fn serve_origin(&mut self, origin: OriginId, now: Timestamp) {
        while self.origin_has_room(origin) {
            let Some(id) = self.origins.at(origin).waiting.pop_front() else { break };
            if let Some(call) = self.take_waiting(id, origin) {
                self.go_on(call, now);
            }
        }
        self.watch_origin(origin, now);
    }

    /// Nobody is to wait for a node that is not trusted any more: a rescue reaches only calls that were sent.
    pub(crate) fn leave_distrusted_origins(&mut self, now: Timestamp) {
        while let Some(origin) = self.origins.distrusted.pop() {
            self.origin_stalled_now(origin, now);
        }
    }

    /// The origin does not answer: every call that waits for it chooses again, once.
    pub(crate) fn origin_stalled_now(&mut self, origin: OriginId, now: Timestamp) {
        let waiting = std::mem::take(&mut self.origins.at(origin).waiting);
        for id in waiting {
            if let Some(call) = self.take_waiting(id, origin) {
                self.go_on(call, now);
            }
        }
    }

    /// The call, if it still waits for this origin.
    fn take_waiting(&mut self, id: CallId, origin: OriginId) -> Option<Call> {
        if self.calls.get(&id)?.waits != Some(Waits::ForOrigin(origin)) {
            return None;
        }
        let mut call = self.calls.remove(&id)?;
        call.stop_waiting();
        Some(call)
    }
}
