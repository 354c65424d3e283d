//! Sockets: how much may be out to one origin at once.
//!
//! A browser opens six connections to an origin. A preflight that hangs keeps its connection for minutes, over
//! reloads, and cannot be taken back. So few requests with headers are out to one origin at a time; the others wait
//! here, where they can still choose another node, and not in the browser, where they cannot.

use std::collections::VecDeque;

use super::call::{Call, Waits};
use super::node::NodeId;
use super::node_url::NodeUrl;
use super::time::Timestamp;
use super::timers::Timer;
use super::{AttemptId, CallId, Failover};

/// One origin, which several nodes may share behind a reverse proxy.
#[derive(Debug, Default)]
pub(super) struct Origin {
    /// Requests with headers that are out, in the order in which they were sent.
    out: VecDeque<AttemptId>,
    /// Streams that are open.
    streams: u32,
    pub probes: u32,
    /// Calls that wait for room, in their order.
    waiting: VecDeque<CallId>,
}

impl Origin {
    pub fn is_bounded(&self, most: u32) -> bool {
        u32::try_from(self.out.len()).is_ok_and(|out| out <= most)
    }
}

impl Failover {
    /// The index of the origin of `url`. Origins are never forgotten: a list is edited a few times at most.
    pub(super) fn origin_index(&mut self, url: &NodeUrl) -> u32 {
        let next = self.origins.len();
        let index = *self.origin_places.entry(url.origin().into()).or_insert(next);
        if index == next {
            self.origins.push(Origin::default());
        }
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    /// A stream to `node` was opened: it takes one of its origin's sockets until [`Failover::stream_closed`].
    pub fn stream_opened(&mut self, node: NodeId) {
        if let Some(index) = self.index_of(node) {
            let origin = self.nodes[index].origin as usize;
            self.origins[origin].streams += 1;
        }
    }

    /// A stream to `node` was closed.
    pub fn stream_closed(&mut self, node: NodeId, now: Timestamp) {
        if let Some(index) = self.index_of(node) {
            let origin = self.nodes[index].origin;
            let entry = &mut self.origins[origin as usize];
            entry.streams = entry.streams.saturating_sub(1);
            self.serve_origin(origin, now);
            self.finish(now);
        }
    }

    /// Headers came back: the request did not hang in a preflight.
    pub(super) fn headers_came(&mut self, id: AttemptId, now: Timestamp) {
        let Some(attempt) = self.attempts.get_mut(&id) else { return };
        attempt.headers = true;
        if let Some(origin) = attempt.origin {
            self.watch_origin(origin, now);
        }
    }

    pub(super) fn origin_has_room(&self, origin: u32) -> bool {
        let entry = &self.origins[origin as usize];
        let out = u32::try_from(entry.out.len()).unwrap_or(u32::MAX);
        out.saturating_add(entry.streams) < self.policy.origin_requests
    }

    /// Whether the oldest request with headers has had no answer at all for too long.
    pub(super) fn origin_stalled(&self, origin: u32, now: Timestamp) -> bool {
        self.origin_stalls_at(origin).is_some_and(|at| at <= now)
    }

    fn origin_stalls_at(&self, origin: u32) -> Option<Timestamp> {
        let attempts = self.origins[origin as usize].out.iter().filter_map(|id| self.attempts.get(id));
        let silent = attempts.filter(|attempt| !attempt.headers && !attempt.slow);
        silent.map(|attempt| attempt.started).min().map(|oldest| oldest + self.policy.origin_stall)
    }

    /// The call waits for room.
    pub(super) fn wait_for_origin(&mut self, mut call: Call, origin: u32, now: Timestamp) {
        call.waits = Some(Waits::ForOrigin(origin));
        self.origins[origin as usize].waiting.push_back(call.id);
        self.put_back(call);
        self.watch_origin(origin, now);
    }

    /// Sets the timer at whose end the calls that wait choose again.
    fn watch_origin(&mut self, origin: u32, now: Timestamp) {
        if !self.origins[origin as usize].waiting.is_empty()
            && let Some(at) = self.origin_stalls_at(origin).filter(|at| *at > now)
        {
            self.timers.set(at, Timer::Origin(origin));
        }
    }

    /// When those that wait for this origin choose again, if nothing else happens.
    pub(super) fn origin_due(&self, origin: u32, now: Timestamp) -> Option<Timestamp> {
        let waited_for = !self.origins[origin as usize].waiting.is_empty();
        self.origin_stalls_at(origin).filter(|at| waited_for && *at > now)
    }

    pub(super) fn origin_timer_is_live(&self, origin: u32, at: Timestamp) -> bool {
        !self.origins[origin as usize].waiting.is_empty() && self.origin_stalls_at(origin) == Some(at)
    }

    pub(super) fn attempt_is_out(&mut self, id: AttemptId, origin: u32) {
        self.origins[origin as usize].out.push_back(id);
    }

    /// The attempt's socket is free again. Those that wait for it are served when the event has been judged: not
    /// before it is known what it says about the node.
    pub(super) fn attempt_is_back(&mut self, id: AttemptId, origin: Option<u32>) {
        let Some(origin) = origin else { return };
        let entry = &mut self.origins[origin as usize];
        entry.out.retain(|out| *out != id);
        if !entry.waiting.is_empty() {
            self.origins_freed.push(origin);
        }
    }

    /// Serves the origins whose sockets became free.
    pub(super) fn serve_freed_origins(&mut self, now: Timestamp) {
        while let Some(origin) = self.origins_freed.pop() {
            self.serve_origin(origin, now);
        }
    }

    /// Sends what waits for this origin, as far as there is room.
    fn serve_origin(&mut self, origin: u32, now: Timestamp) {
        while self.origin_has_room(origin) {
            let Some(id) = self.origins[origin as usize].waiting.pop_front() else { break };
            if let Some(call) = self.take_waiting(id, origin) {
                self.go_on(call, now);
            }
        }
        self.watch_origin(origin, now);
    }

    /// Nobody is to wait for a node that is not trusted any more: a rescue reaches only calls that were sent.
    pub(super) fn leave_doubted_origins(&mut self, now: Timestamp) {
        while let Some(origin) = self.origins_doubted.pop() {
            self.origin_stalled_now(origin, now);
        }
    }

    /// The origin does not answer: every call that waits for it chooses again, once.
    pub(super) fn origin_stalled_now(&mut self, origin: u32, now: Timestamp) {
        let waiting = std::mem::take(&mut self.origins[origin as usize].waiting);
        for id in waiting {
            if let Some(call) = self.take_waiting(id, origin) {
                self.go_on(call, now);
            }
        }
    }

    /// The call, if it still waits for this origin.
    fn take_waiting(&mut self, id: CallId, origin: u32) -> Option<Call> {
        if self.calls.get(&id)?.waits != Some(Waits::ForOrigin(origin)) {
            return None;
        }
        let mut call = self.calls.remove(&id)?;
        call.waits = None;
        Some(call)
    }
}
