//! Health checks of a page with many nodes, made by a worker. A hundred of them keep the page's own thread busy for 9 ms
//! then, in place of 26 (Chromium, two cores, checks that change nothing on the page); the processor has no less to do.
//!
//! The worker may be missing without harm. Until it says that it runs, when it cannot be had, falls silent or reaches
//! nobody while the page does, a check is made by the page. `check_worker.js` is the other end, and says what the two
//! tell each other.
//!
//! Few pages have many nodes: this comes as a part of its own. Its figures steer no choice of a node, and are here and
//! not in the policy of the failover.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_util::future::LocalBoxFuture;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Function};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{MessageEvent, Worker};

use super::ApiService;
use super::failover::Duration;
use super::fetch::{Fetch, response};
use super::transport::{Request, Response, Transport, TransportError};

/// From this many nodes on a worker is worth the thread that it takes.
pub const MANY_NODES: usize = 24;

/// It lies beside the application's own script: in a release, in the folder that is named after the content of both.
const SCRIPT: &str = "check_worker.js";

/// A worker that runs confirms within a few milliseconds what it was told, and has at most this time for it.
const CONFIRMS_WITHIN_MS: u64 = 250;
/// And at most this part of the time that a check has: the page needs the rest when it makes the check instead.
const CONFIRMS_WITHIN_PART: u64 = 4;

/// A worker that had to be given up is replaced this often. Then the page does without.
const REPLACED_AT_MOST: u32 = 2;

/// Entries of an ended check in a list of the worker.
const ENTRIES: u32 = 6;

type Answer = Result<Response, TransportError>;

/// Has the health checks of `api` made by a worker from now on.
pub fn check_by_worker(api: ApiService) {
    let link = Rc::new(Link::new(api));
    link.start();
    api.check_by(Rc::new(CheckWorker(link)));
}

/// The page's end of a worker.
#[derive(Debug)]
struct CheckWorker(Rc<Link>);

#[derive(Debug)]
struct Link {
    api: ApiService,
    worker: RefCell<Option<Worker>>,
    /// What hears the worker, and every one that follows it.
    listener: RefCell<Option<Function>>,
    /// How often one was given up.
    given_up: Cell<u32>,
    /// It has said that it runs.
    alive: Cell<bool>,
    /// It has brought an answer. Until then what it cannot reach may be reached by the page.
    reaches: Cell<bool>,
    /// Lists that were posted, and how many of them were confirmed.
    posted: Cell<u32>,
    confirmed: Cell<u32>,
    last_id: Cell<u32>,
    waiting: RefCell<Vec<Waiting>>,
    /// What is posted at the end of this turn.
    batch: RefCell<Option<Array>>,
}

#[derive(Debug)]
struct Waiting {
    id: u32,
    ended: Option<Ended>,
    waker: Option<Waker>,
}

/// What came of a check.
#[derive(Debug)]
enum Ended {
    Answer(Answer),
    /// The page is to make it.
    Unknown,
}

impl Transport for CheckWorker {
    /// Sends a `GET` without headers, as all health checks are.
    fn send(&self, request: Request) -> LocalBoxFuture<'static, Answer> {
        if !self.0.alive.get() {
            self.0.start();
            return Fetch.send(request);
        }
        let check = self.0.begin(&request.url);
        Box::pin(async move {
            match poll_fn(|context| check.link.poll(check.id, context)).await {
                Ended::Answer(answer) => answer,
                Ended::Unknown => {
                    // All of a worker that is gone are sent in one turn: that happens a few times in a page's life.
                    let answer = Fetch.send(request).await;
                    if answer.is_ok() && check.link.alive.get() && !check.link.reaches.get() {
                        check.link.give_up();
                    }
                    answer
                }
            }
        })
    }
}

/// A check that the worker makes. Dropping it takes it back.
struct WorkerCheck {
    link: Rc<Link>,
    id: u32,
}

impl Drop for WorkerCheck {
    fn drop(&mut self) {
        if self.link.forget(self.id) {
            self.link.tell(self.id, &JsValue::NULL);
        }
    }
}

impl Link {
    fn new(api: ApiService) -> Self {
        Self {
            api,
            worker: RefCell::default(),
            listener: RefCell::default(),
            given_up: Cell::default(),
            alive: Cell::default(),
            reaches: Cell::default(),
            posted: Cell::default(),
            confirmed: Cell::default(),
            last_id: Cell::default(),
            waiting: RefCell::default(),
            batch: RefCell::default(),
        }
    }

    /// Starts a worker, unless there is one or there were too many.
    fn start(self: &Rc<Self>) {
        if self.given_up.get() > REPLACED_AT_MOST || self.worker.borrow().is_some() {
            return;
        }
        let Ok(worker) = Worker::new(&url_of_script()) else {
            self.give_up();
            return;
        };
        let mut listener = self.listener.borrow_mut();
        let listener = listener.get_or_insert_with(|| {
            let link = Rc::clone(self);
            // For as long as the page lives, as its service does.
            let heard = move |event: JsValue| link.heard(event.unchecked_ref());
            Closure::<dyn FnMut(JsValue)>::new(heard).into_js_value().unchecked_into()
        });
        for event in ["message", "error"] {
            // Without the listener the worker stays one that has not said yet that it runs.
            let _ = worker.add_event_listener_with_callback(event, listener);
        }
        *self.worker.borrow_mut() = Some(worker);
    }

    fn begin(self: &Rc<Self>, url: &str) -> WorkerCheck {
        let id = self.last_id.get().wrapping_add(1);
        self.last_id.set(id);
        self.waiting.borrow_mut().push(Waiting { id, ended: None, waker: None });
        self.tell(id, &JsValue::from_str(url));
        WorkerCheck { link: Rc::clone(self), id }
    }

    /// Ends the worker. What it has not answered is asked by the page.
    fn give_up(&self) {
        self.given_up.set(self.given_up.get() + 1);
        if let Some(worker) = self.worker.take() {
            worker.terminate();
        }
        self.alive.set(false);
        self.reaches.set(false);
        self.confirmed.set(self.posted.get());
        self.batch.take();
        self.waiting.borrow_mut().iter_mut().for_each(|waiting| waiting.end(Ended::Unknown));
    }

    /// Tells the worker of a check, together with all others of this turn.
    fn tell(self: &Rc<Self>, id: u32, url: &JsValue) {
        let mut batch = self.batch.borrow_mut();
        let batch = batch.get_or_insert_with(|| {
            let link = Rc::clone(self);
            spawn_local(async move {
                if let Some(number) = link.post() {
                    link.await_confirmation(number).await;
                }
            });
            Array::new()
        });
        batch.push(&JsValue::from(id));
        batch.push(url);
    }

    /// The number of the list that was posted; `None` when there is none, or nobody to post it to.
    fn post(&self) -> Option<u32> {
        let batch = self.batch.take()?;
        let worker = self.worker.borrow();
        let worker = worker.as_ref().filter(|_| self.alive.get())?;
        // A list that cannot be posted is not confirmed either.
        let _ = worker.post_message(&batch);
        self.posted.set(self.posted.get() + 1);
        Some(self.posted.get())
    }

    /// Gives the worker up unless it confirms list `number` in time.
    async fn await_confirmation(&self, number: u32) {
        let wait = confirms_within_ms(self.api.service().driver.read(|core, _| core.policy().probe_timeout));
        // In halves: a page that was busy, or slept, finds one of them over before it has heard what came meanwhile.
        for _ in 0..2 {
            TimeoutFuture::new(wait / 2).await;
        }
        if self.confirmed.get() < number {
            self.give_up();
        }
    }

    /// Hears a message of the worker, or that something is wrong with it.
    fn heard(&self, event: &MessageEvent) {
        let from = event.target();
        if self.worker.borrow().as_ref().map(JsValue::from) != from.map(JsValue::from) {
            return;
        }
        // What is not a message has no data. The list of another version has another length.
        let data = event.data();
        let Some(list) = data.dyn_ref::<Array>().filter(|list| list.length().is_multiple_of(ENTRIES)) else {
            self.give_up();
            return;
        };
        if list.length() == 0 {
            // The first one says that it runs.
            let lists = u32::from(self.alive.replace(true));
            self.confirmed.set(self.confirmed.get() + lists);
        }
        for at in (0..list.length()).step_by(ENTRIES as usize) {
            let ended = self.ended(&|entry| list.get(at + entry));
            let id = list.get(at).as_f64();
            let mut waiting = self.waiting.borrow_mut();
            // Nobody waits for a check that was given up in this very moment.
            if let Some(waiting) = waiting.iter_mut().find(|waiting| Some(f64::from(waiting.id)) == id) {
                waiting.end(ended);
            }
        }
    }

    /// Reads the entries of one check.
    fn ended(&self, entry: &dyn Fn(u32) -> JsValue) -> Ended {
        let status = entry(1).as_f64().unwrap_or_default() as u16;
        if status == 0 {
            return if self.reaches.get() { Ended::Answer(Err(TransportError::Network)) } else { Ended::Unknown };
        }
        self.reaches.set(true);
        let Some(body) = entry(2).as_string() else { return Ended::Answer(Err(TransportError::Truncated)) };
        // What the worker waits to tell, and the page to hear it, is not the node's.
        let took = entry(5).as_f64().map(|millis| Duration::from_micros((millis * 1_000.0) as u64));
        Ended::Answer(Ok(Response { took, ..response(status, body, entry(3).as_string(), entry(4).as_string()) }))
    }

    fn poll(&self, id: u32, context: &Context<'_>) -> Poll<Ended> {
        let mut waiting = self.waiting.borrow_mut();
        let Some(at) = waiting.iter().position(|waiting| waiting.id == id) else { return Poll::Ready(Ended::Unknown) };
        if let Some(ended) = waiting[at].ended.take() {
            waiting.swap_remove(at);
            return Poll::Ready(ended);
        }
        waiting[at].waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Whether somebody waited for check `id`, and waits no more.
    fn forget(&self, id: u32) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        let before = waiting.len();
        waiting.retain(|waiting| waiting.id != id);
        waiting.len() < before
    }
}

/// How long a worker has to confirm what it was told, when a check has `timeout`.
fn confirms_within_ms(timeout: Duration) -> u32 {
    CONFIRMS_WITHIN_MS.min(timeout.as_millis() / CONFIRMS_WITHIN_PART) as u32
}

/// Where the script is on this server.
fn url_of_script() -> String {
    let document = web_sys::window().and_then(|window| window.document());
    let link = document.and_then(|document| document.query_selector("link[rel=modulepreload]").ok().flatten());
    let application = link.and_then(|link| link.get_attribute("href")).unwrap_or_default();
    let folder = application.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{SCRIPT}")
}

impl Waiting {
    fn end(&mut self, ended: Ended) {
        self.ended = Some(ended);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_worker_leaves_the_page_most_of_the_time_of_a_check() {
        assert_eq!(confirms_within_ms(Duration::from_millis(1_000)), 250);
        assert_eq!(confirms_within_ms(Duration::from_millis(200)), 50, "the shortest that can be configured");
        assert_eq!(confirms_within_ms(Duration::from_millis(60_000)), 250);
    }
}
