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
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::future::LocalBoxFuture;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Function};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{MessageEvent, Worker};

use super::fetch::{Fetch, response};
use crate::api_service::ApiService;
use crate::api_service::failover::Duration;
use crate::api_service::transport::{Request, Response, Transport, TransportError};

/// From this many nodes on a worker is worth the thread that it takes.
pub const MANY_NODES: usize = 24;

/// It lies beside the application's own script: in a release, in the folder that is named after the content of both.
const SCRIPT: &str = "check_worker.js";

/// A worker that runs confirms within a few milliseconds what it was told, and has at most this time for it.
const CONFIRMS_WITHIN_MS: u128 = 250;
/// And at most this part of the time that a check has: the page needs the rest when it makes the check instead.
const CONFIRMS_WITHIN_PART: u128 = 4;

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
    /// Dropped without an answer, it is for the page to make the check.
    waiting: RefCell<BTreeMap<u32, oneshot::Sender<Answer>>>,
    /// What is posted at the end of this turn.
    batch: RefCell<Option<Array>>,
}

impl Transport for CheckWorker {
    /// Sends a `GET` without headers, as all health checks are.
    fn send(&self, request: Request) -> LocalBoxFuture<'static, Answer> {
        if !self.0.alive.get() {
            self.0.start();
            return Fetch.send(request);
        }
        let (check, answer) = self.0.begin(&request.url);
        Box::pin(async move {
            if let Ok(answer) = answer.await {
                return answer;
            }
            // All of a worker that is gone are sent in one turn: that happens a few times in a page's life.
            let answer = Fetch.send(request).await;
            if answer.is_ok() && check.link.alive.get() && !check.link.reaches.get() {
                check.link.give_up();
            }
            answer
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
        // Neither answered nor left to the page.
        if self.link.waiting.borrow_mut().remove(&self.id).is_some() {
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

    fn begin(self: &Rc<Self>, url: &str) -> (WorkerCheck, oneshot::Receiver<Answer>) {
        let id = self.last_id.get().wrapping_add(1);
        self.last_id.set(id);
        let (sender, answer) = oneshot::channel();
        self.waiting.borrow_mut().insert(id, sender);
        self.tell(id, &JsValue::from_str(url));
        (WorkerCheck { link: Rc::clone(self), id }, answer)
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
        self.waiting.take();
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
            let answer = self.answer(&|entry| list.get(at + entry));
            let id = list.get(at).as_f64().unwrap_or_default() as u32;
            // Nobody waits for a check that was given up in this very moment.
            if let (Some(sender), Some(answer)) = (self.waiting.borrow_mut().remove(&id), answer) {
                let _ = sender.send(answer);
            }
        }
    }

    /// What the entries of one check say; `None` when the page had better make it itself.
    fn answer(&self, entry: &dyn Fn(u32) -> JsValue) -> Option<Answer> {
        let status = entry(1).as_f64().unwrap_or_default() as u16;
        if status == 0 {
            return self.reaches.get().then_some(Err(TransportError::Network));
        }
        self.reaches.set(true);
        let Some(body) = entry(2).as_string() else { return Some(Err(TransportError::Truncated)) };
        // What the worker waits to tell, and the page to hear it, is not the node's.
        let took = entry(5).as_f64().map(|millis| Duration::from_micros((millis * 1_000.0) as u64));
        Some(Ok(Response { took, ..response(status, body, entry(3).as_string(), entry(4).as_string()) }))
    }
}

/// How long a worker has to confirm what it was told, when a check has `timeout`.
fn confirms_within_ms(timeout: Duration) -> u32 {
    (timeout.as_millis() / CONFIRMS_WITHIN_PART).min(CONFIRMS_WITHIN_MS) as u32
}

/// Where the script is on this server.
fn url_of_script() -> String {
    let document = web_sys::window().and_then(|window| window.document());
    let link = document.and_then(|document| document.query_selector("link[rel=modulepreload]").ok().flatten());
    let application = link.and_then(|link| link.get_attribute("href")).unwrap_or_default();
    let folder = application.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{SCRIPT}")
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
