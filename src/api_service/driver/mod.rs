//! Connects the failover core to a transport: starts and aborts requests, keeps the one timer, and hands
//! answers to whoever waits. All decisions are the core's.

mod checks;
mod fresh_reads;
mod headers;
mod listeners;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::future::{AbortHandle, Either, LocalBoxFuture, abortable, select};

use crate::api_service::coalesce::{ReadKey, SharedReads};
use crate::api_service::failover::{
    Action, AttemptId, CallFailure, CallId, CallResult, Check, Completion, Duration, Event, Failover, NodeId,
    Timestamp, Trace, read_index::ReadIndex,
};
use crate::api_service::request::{Access, ApiRequest, Expected};
use crate::api_service::transport::{Cache, Method, Request, Response, Runtime, Transport, TransportError};
use crate::api_service::{address, answer};

pub use headers::{HeaderRules, Identity, is_header_value};
pub use listeners::Subscription;

use checks::CheckWaiters;
use fresh_reads::FreshReads;
use listeners::Listeners;

/// What a control fetch asks the page's own origin for: the smallest thing that every deployment has.
const CONTROL_PATH: &str = "/config.json";

/// An answer handed to the caller.
#[derive(Clone, Debug)]
pub struct Delivered {
    pub response: Response,
    pub node: NodeId,
    pub trace: Trace,
    pub waited: Duration,
    /// Older than something that this page has already shown: every node was behind.
    pub stale: bool,
}

/// A call that ended without an answer.
#[derive(Clone, Debug)]
pub struct Failed {
    pub failure: CallFailure,
    pub trace: Trace,
    pub waited: Duration,
}

/// The driver. Cloning it gives another handle to the same one.
#[derive(Clone)]
pub struct Driver(Rc<Shared>);

struct Shared {
    transport: Rc<dyn Transport>,
    /// What sends health checks: the same, until there is something of their own.
    checker: RefCell<Rc<dyn Transport>>,
    runtime: Box<dyn Runtime>,
    rules: HeaderRules,
    core: RefCell<Failover>,
    next_call: Cell<u64>,
    calls: RefCell<BTreeMap<CallId, PendingCall>>,
    /// Requests and probes under way.
    tasks: RefCell<BTreeMap<AttemptId, AbortHandle>>,
    timer: RefCell<Option<(Timestamp, AbortHandle)>>,
    checks: RefCell<CheckWaiters>,
    listeners: Rc<Listeners>,
    identity: RefCell<Asker>,
    read_index: RefCell<ReadIndex>,
    shared_reads: RefCell<SharedReads>,
    fresh_reads: RefCell<FreshReads>,
}

/// Who asks; `None`: nobody who is signed in. Two sessions are told apart even when they are of one person.
pub type Asker = Option<Rc<Identity>>;

/// A call that somebody waits for, or several who asked the same.
struct PendingCall {
    request: ApiRequest,
    /// Whoever asked when the call was submitted: every attempt says so, also one that is made in a later session.
    asker: Asker,
    /// Under which others find it to join it.
    key: Option<ReadKey>,
    /// Answers so far, of which the core picks one.
    answers: Vec<Received>,
    waiters: Vec<Waiter>,
}

/// One who waits for a call.
struct Waiter {
    /// Theirs alone.
    number: u64,
    /// The newest index of the log that the page had seen when they asked.
    shown: u64,
    sender: oneshot::Sender<Result<Delivered, Failed>>,
}

struct Received {
    attempt: AttemptId,
    node: NodeId,
    response: Response,
}

/// Cancels the call when its caller goes away.
struct CancelOnDrop {
    driver: Driver,
    call: CallId,
    waiter: u64,
    done: bool,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if !self.done {
            self.driver.leave(self.call, self.waiter);
        }
    }
}

impl Driver {
    /// Begins to drive `core`: its first health checks start at once.
    pub fn new(core: Failover, transport: Box<dyn Transport>, runtime: Box<dyn Runtime>, rules: HeaderRules) -> Self {
        let transport: Rc<dyn Transport> = transport.into();
        let driver = Self(Rc::new(Shared {
            checker: RefCell::new(Rc::clone(&transport)),
            transport,
            runtime,
            rules,
            core: RefCell::new(core),
            next_call: Cell::new(0),
            calls: RefCell::default(),
            tasks: RefCell::default(),
            timer: RefCell::default(),
            checks: RefCell::default(),
            listeners: Rc::default(),
            identity: RefCell::default(),
            read_index: RefCell::default(),
            shared_reads: RefCell::default(),
            fresh_reads: RefCell::default(),
        }));
        driver.event(Event::Tick);
        driver
    }

    /// Sends `request` of `asker` to whichever node can answer it. Dropping the future cancels the call.
    pub async fn call(&self, request: ApiRequest, asker: Asker) -> Result<Delivered, Option<Failed>> {
        let number = self.0.next_call.get();
        self.0.next_call.set(number + 1);
        let (sender, receiver) = oneshot::channel();
        let waiter = Waiter { number, shown: self.0.read_index.borrow().newest(), sender };
        // What an earlier session asks is not joined by the present one.
        let own = session_of(&asker) == session_of(&self.0.identity.borrow());
        let key = self.0.shared_reads.borrow().key(&request).filter(|_| own);
        let joined = key.as_ref().and_then(|key| self.0.shared_reads.borrow().find(key));
        let call = joined.unwrap_or(CallId(number));
        let mut guard = CancelOnDrop { driver: self.clone(), call, waiter: number, done: false };
        if joined.is_some() {
            if let Some(waiting) = self.0.calls.borrow_mut().get_mut(&call) {
                waiting.waiters.push(waiter);
            }
        } else {
            self.submit(call, request, asker, key, waiter);
        }
        let result = receiver.await;
        guard.done = true;
        match result {
            Ok(result) => result.map_err(Some),
            // The driver dropped the call without an answer: it was cancelled.
            Err(oneshot::Canceled) => Err(None),
        }
    }

    fn submit(&self, call: CallId, request: ApiRequest, asker: Asker, key: Option<ReadKey>, waiter: Waiter) {
        let mut spec = request.spec();
        spec.with_headers |= !self.0.rules.headers(&request, asker.as_deref()).is_empty();
        if request.method != Method::Get {
            self.something_changes();
        }
        if let Some(key) = key.clone() {
            self.0.shared_reads.borrow_mut().began(key, call);
        }
        let waiting = PendingCall { request, asker, key, answers: Vec::new(), waiters: vec![waiter] };
        self.0.calls.borrow_mut().insert(call, waiting);
        self.event(Event::Submit { call, spec });
    }

    /// One of the callers that wait for a call has gone. With the last one the call is cancelled.
    fn leave(&self, call: CallId, waiter: u64) {
        let Some(waiting) = self.0.calls.borrow_mut().get_mut(&call).map(|waiting| {
            waiting.waiters.retain(|waiting| waiting.number != waiter);
            waiting.waiters.len()
        }) else {
            return;
        };
        if waiting == 0 {
            self.take_call(call);
            self.event(Event::Cancel { call });
        }
    }

    /// The call has ended: nobody can join it any more.
    fn take_call(&self, call: CallId) -> Option<PendingCall> {
        let waiting = self.0.calls.borrow_mut().remove(&call)?;
        if let Some(key) = &waiting.key {
            self.0.shared_reads.borrow_mut().ended(key);
        }
        if waiting.request.method != Method::Get {
            self.something_changes();
        }
        Some(waiting)
    }

    /// What was read before may be another thing now.
    fn something_changes(&self) {
        self.0.shared_reads.borrow_mut().changed();
        self.0.fresh_reads.borrow_mut().changed();
    }

    /// Reads the core.
    pub fn read<T>(&self, read: impl FnOnce(&Failover, Timestamp) -> T) -> T {
        read(&self.0.core.borrow(), self.0.runtime.now())
    }

    /// Lets the operator's hand change the core, and does what follows from it.
    pub fn command<T>(&self, command: impl FnOnce(&mut Failover, Timestamp) -> T) -> T {
        let now = self.0.runtime.now();
        let result = command(&mut self.0.core.borrow_mut(), now);
        self.perform_actions();
        result
    }

    /// Asks one node and no other, whatever is thought of it, without a token. `None`: no answer in time.
    pub async fn ask(&self, url: String) -> Option<Result<Response, TransportError>> {
        let timeout = self.0.core.borrow().policy().attempt_timeout;
        let headers = self.standing_headers();
        let cache = if headers.is_empty() { Cache::Bypassed } else { Cache::Confirmed };
        let request = Request { headers, cache, ..Request::simple(url) };
        match select(self.0.transport.send(request), self.0.runtime.sleep(timeout)).await {
            Either::Left((result, _)) => Some(result),
            Either::Right(_) => None,
        }
    }

    /// Resolves when each of `nodes` was checked once more; with the check of the last one to end.
    pub async fn checks_of(&self, nodes: impl IntoIterator<Item = NodeId>) -> Option<Check> {
        let nodes: Vec<NodeId> = nodes.into_iter().filter(|node| self.0.core.borrow().probe_expected(*node)).collect();
        if nodes.is_empty() {
            return None;
        }
        let checked = self.0.checks.borrow_mut().wait_for(nodes);
        checked.await.unwrap_or(None)
    }

    /// Calls `listener` after every change that a snapshot or the journal shows.
    pub fn on_change(&self, listener: impl Fn() + 'static) -> Subscription {
        self.0.listeners.add(Rc::new(listener))
    }

    /// Health checks are sent by `checker` from now on.
    pub fn check_by(&self, checker: Rc<dyn Transport>) {
        *self.0.checker.borrow_mut() = checker;
    }

    /// Who asks from now on. Calls that were submitted before keep whoever asked then.
    pub fn identify(&self, identity: Option<Identity>) {
        *self.0.identity.borrow_mut() = identity.map(Rc::new);
        self.something_changes();
    }

    /// What every request carries but health checks: who asks, where no token says it, and what the deployment needs.
    pub fn standing_headers(&self) -> Vec<(Rc<str>, Rc<str>)> {
        let mut headers = self.0.rules.caller(self.0.identity.borrow().as_deref());
        headers.extend(self.0.rules.extra.of_request());
        headers
    }

    /// Who asks now.
    pub fn asker(&self) -> Asker {
        self.0.identity.borrow().clone()
    }

    pub fn now(&self) -> Timestamp {
        self.0.runtime.now()
    }

    /// Resolves after `duration`.
    pub fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()> {
        self.0.runtime.sleep(duration)
    }

    /// The time of day at `at`, in milliseconds since 1970.
    pub fn wall_clock_ms(&self, at: Timestamp) -> f64 {
        let now = self.0.runtime.now();
        self.0.runtime.wall_clock_ms() - now.as_millis() as f64 + at.as_millis() as f64
    }

    pub fn random(&self) -> u128 {
        self.0.runtime.random()
    }

    /// How many requests, probes and calls are under way, for tests that look for leaks.
    pub fn under_way(&self) -> (usize, usize) {
        (self.0.tasks.borrow().len(), self.0.calls.borrow().len())
    }

    /// Tells the core what happened, and does what it says.
    pub fn event(&self, event: Event) {
        let now = self.0.runtime.now();
        let wall_clock = self.0.runtime.wall_clock_ms() as i64;
        self.0.core.borrow_mut().wall_clock_reads(now, wall_clock);
        self.0.core.borrow_mut().handle(now, event);
        self.perform_actions();
    }

    fn perform_actions(&self) {
        // One borrow an action: what is performed may drop a caller, and that caller's guard comes back here.
        loop {
            let Some(action) = self.0.core.borrow_mut().poll_action() else { break };
            self.perform(action);
        }
        self.arm_timer();
        let revision = self.0.core.borrow().revision();
        self.0.listeners.notify(revision);
    }

    fn perform(&self, action: Action) {
        match action {
            Action::StartAttempt { call, attempt, node, url, ignore_read_index } => {
                self.start_attempt(call, attempt, node, &url, ignore_read_index);
            }
            Action::StartProbe { probe, node, url } => self.start_probe(probe, node, &url),
            Action::StartControl { control } => self.start_control(control),
            Action::ForgetReadIndex => self.0.read_index.borrow_mut().forget(),
            Action::GiveUpReadIndex { freshest } => self.0.read_index.borrow_mut().give_up(freshest),
            Action::AbortAttempt { attempt }
            | Action::AbortProbe { probe: attempt }
            | Action::AbortControl { control: attempt } => {
                let task = self.0.tasks.borrow_mut().remove(&attempt);
                if let Some(task) = task {
                    task.abort();
                }
            }
            Action::CheckEnded { node, check } => self.0.checks.borrow_mut().ended(node, Some(check)),
            Action::CheckDropped { node } => self.0.checks.borrow_mut().ended(node, None),
            Action::Complete { call, completion } => self.complete(call, completion),
        }
    }

    fn start_attempt(&self, call: CallId, attempt: AttemptId, node: NodeId, url: &str, ignore_read_index: bool) {
        let waiting = |waiting: &PendingCall| (waiting.request.clone(), waiting.asker.clone());
        let Some((api_request, asker)) = self.0.calls.borrow().get(&call).map(waiting) else { return };
        let expected = api_request.expected;
        let read = api_request.method == Method::Get;
        let headers = self.0.rules.headers(&api_request, asker.as_deref());
        let request = self.request_to(&api_request, headers, node, url, ignore_read_index);
        let asked = read.then(|| (request.url.clone(), self.0.fresh_reads.borrow().began()));
        let driver = self.clone();
        let headers_came = Box::new(move || driver.event(Event::HeadersCame { attempt }));
        let sending = self.0.transport.send_and_tell(request, headers_came);
        self.spawn_attempt(attempt, sending, move |driver, result| {
            let reply = answer::reply(&result, expected);
            if let Ok(response) = result {
                if let Some((url, began)) = asked.filter(|_| response.status < 300) {
                    driver.0.fresh_reads.borrow_mut().answered(&url, began, response.kept);
                }
                driver.saw_index(node, response.raft_index, read && response.status < 300);
                if let Some(waiting) = driver.0.calls.borrow_mut().get_mut(&call) {
                    waiting.answers.push(Received { attempt, node, response });
                }
            }
            driver.event(Event::AttemptEnded { attempt, reply });
        });
    }

    /// Takes note of the index that came with an answer, when it can be true.
    fn saw_index(&self, node: NodeId, index: Option<u64>, applied_there: bool) {
        let newest = self.0.read_index.borrow().newest();
        let index = {
            let core = self.0.core.borrow();
            index.filter(|index| !core.is_foreign(node) && core.believes_index(*index, newest))
        };
        self.0.read_index.borrow_mut().seen(node, index, applied_there);
    }

    /// A simple request: no header of our own, so no preflight that could hang.
    fn start_probe(&self, probe: AttemptId, node: NodeId, url: &str) {
        let request = Request::health(url);
        let checker = Rc::clone(&self.0.checker.borrow());
        self.spawn_attempt(probe, checker.send(request), move |driver, result| {
            let reply = answer::reply(&result, Expected::Anything);
            let report = result.ok().as_ref().and_then(answer::health_report);
            let applied = report.as_ref().and_then(|report| report.last_applied);
            driver.event(Event::ProbeEnded { probe, reply, report });
            // Only now is it known whether the node is one of this cluster.
            if !driver.0.core.borrow().is_foreign(node) {
                driver.0.read_index.borrow_mut().reached(applied);
            }
        });
    }

    /// Something small from the page's own origin, past every cache. Any answer will do, also that it is not there.
    fn start_control(&self, control: AttemptId) {
        let request = Request::simple(CONTROL_PATH);
        self.spawn_attempt(control, self.0.transport.send(request), move |driver, result| {
            let reached = !matches!(result, Err(TransportError::Network));
            driver.event(Event::ControlEnded { control, reached });
        });
    }

    /// Waits for what is being sent, unless the core gives it up first.
    fn spawn_attempt(
        &self,
        id: AttemptId,
        sending: LocalBoxFuture<'static, Result<Response, TransportError>>,
        ended: impl FnOnce(&Self, Result<Response, TransportError>) + 'static,
    ) {
        let (sending, handle) = abortable(sending);
        self.0.tasks.borrow_mut().insert(id, handle);
        let driver = self.clone();
        self.0.runtime.spawn(Box::pin(async move {
            // Aborted: the core gave it up and wants to hear no more of it.
            if let Ok(result) = sending.await {
                driver.0.tasks.borrow_mut().remove(&id);
                ended(&driver, result);
            }
        }));
    }

    /// The request as it goes to this node, with the read index among its `headers` where it is wanted.
    fn request_to(
        &self,
        request: &ApiRequest,
        mut headers: Vec<(Rc<str>, Rc<str>)>,
        node: NodeId,
        base: &str,
        ignore_read_index: bool,
    ) -> Request {
        let mut url = address::at(base, &request.path);
        let wanted = self.0.read_index.borrow().wanted_from(node);
        if let Some(index) = wanted
            && request.method == Method::Get
            && !ignore_read_index
            && self.0.core.borrow().applied_by(node) < index
            && self.0.core.borrow().features_of(node).min_index
        {
            match request.access {
                Access::Authenticated => headers.push(("X-Raft-Min-Index".into(), index.to_string().into())),
                Access::Public => {
                    let joint = if url.contains('?') { '&' } else { '?' };
                    url.push_str(&format!("{joint}minIndex={index}"));
                }
            }
        }
        let cache = match request.method {
            Method::Get if headers.is_empty() => Cache::Bypassed,
            Method::Get => self.0.fresh_reads.borrow().cache_for(&url),
            _ => Cache::Allowed,
        };
        let body = request.body.clone();
        Request { method: request.method, url, headers, body, cache, body_at_most: Request::BODY_AT_MOST }
    }

    fn complete(&self, call: CallId, completion: Completion) {
        let Some(waiting) = self.take_call(call) else { return };
        let Completion { result, trace, waited } = completion;
        let result = match result {
            CallResult::Failed(failure) => Err(Failed { failure, trace, waited }),
            CallResult::Answered { attempt } => {
                let chosen = waiting.answers.into_iter().find(|received| received.attempt == attempt);
                match chosen {
                    Some(Received { node, response, .. }) => {
                        Ok(Delivered { response, node, trace, waited, stale: false })
                    }
                    None => Err(Failed { failure: CallFailure::Unreachable, trace, waited }),
                }
            }
        };
        for waiter in waiting.waiters {
            let mut result = result.clone();
            if let Ok(delivered) = &mut result {
                let index = delivered.response.raft_index;
                delivered.stale = self.0.read_index.borrow().is_older(index, waiter.shown);
            }
            // An error here means that the caller left in this very moment.
            let _ = waiter.sender.send(result);
        }
    }

    /// One timer, for the core's next wake-up. One that is too early stays: each of a hundred checks that end in time
    /// takes the first thing that is due away, and a tick too many costs less than a hundred timers.
    fn arm_timer(&self) {
        let Some(at) = self.0.core.borrow().next_wakeup() else { return };
        let mut timer = self.0.timer.borrow_mut();
        if timer.as_ref().is_some_and(|(armed, _)| *armed <= at) {
            return;
        }
        if let Some((_, old)) = timer.take() {
            old.abort();
        }
        let (sleep, handle) = abortable(self.0.runtime.sleep(at.since(self.0.runtime.now())));
        *timer = Some((at, handle));
        let driver = self.clone();
        self.0.runtime.spawn(Box::pin(async move {
            if sleep.await.is_ok() {
                *driver.0.timer.borrow_mut() = None;
                driver.event(Event::Tick);
            }
        }));
    }
}

/// What tells a session from every other that lives.
fn session_of(asker: &Asker) -> Option<*const Identity> {
    asker.as_ref().map(Rc::as_ptr)
}

/// Whether what came of a call of `asker` is for whoever is signed in when it comes: a refused identity (`unauthorized`) is
/// for the very session that sent it, all else for its person, who may have signed in anew.
pub fn is_for(present: &Asker, asker: &Asker, unauthorized: bool) -> bool {
    let person = |asker: &Asker| asker.as_ref().map(|asker| asker.user_id.clone());
    if unauthorized { session_of(present) == session_of(asker) } else { person(present) == person(asker) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_for_a_person_is_for_that_person_and_a_401_for_that_session_alone() {
        let session =
            |user: &str| Some(Rc::new(Identity { user_id: user.into(), role: "USER".into(), token: Some("t".into()) }));
        let (first, again, other) = (session("ana"), session("ana"), session("bob"));
        assert!(is_for(&first, &first.clone(), true) && is_for(&first, &first.clone(), false));
        assert!(!is_for(&again, &first, true), "an equal token of another session");
        assert!(is_for(&again, &first, false));
        for present in [&other, &None] {
            assert!(!is_for(present, &first, true) && !is_for(present, &first, false));
        }
        assert!(is_for(&None, &None, true) && is_for(&None, &None, false));
        assert!(!is_for(&first, &None, true));
    }
}
