//! Health checks of a page with many nodes, made by a worker: a hundred of them keep the page's own thread busy for 9 ms
//! then, in place of 26 (Chromium, two cores, checks that change nothing on the page).
//!
//! The worker may be missing without harm: until it says that it runs, when it cannot be had and when it falls silent, a
//! check is made by the page. `check_worker.js` is the other end, and says what the two tell each other.
//!
//! Few pages have many nodes: this comes as a part of its own.

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

/// A worker that runs confirms within a few milliseconds what it was told. One that does not within this time is given
/// up while there is time left for the checks that it was told of; in milliseconds.
const CONFIRMS_WITHIN: u32 = 250;

/// Entries of an ended check in a list of the worker.
const ENTRIES: u32 = 6;

type Answer = Result<Response, TransportError>;

/// Has the health checks of `api` made by a worker from now on.
pub fn check_by_worker(api: ApiService) {
    let worker = CheckWorker::default();
    worker.0.start();
    api.check_by(Rc::new(worker));
}

/// The page's end of a worker. One that was given up is replaced with the next check.
#[derive(Debug, Default)]
struct CheckWorker(Rc<Link>);

#[derive(Debug, Default)]
struct Link {
    worker: RefCell<Option<Worker>>,
    /// What hears the worker, and every one that follows it.
    listener: RefCell<Option<Function>>,
    /// No worker can be had from this server, or in this browser.
    given_up: Cell<bool>,
    /// It has said that it runs.
    alive: Cell<bool>,
    /// Lists that it was told, and of how many of them it has confirmed.
    told: Cell<u32>,
    confirmed: Cell<u32>,
    last_number: Cell<u32>,
    waiting: RefCell<Vec<Waiting>>,
    /// What is told at the end of this turn.
    lot: RefCell<Option<Array>>,
}

#[derive(Debug)]
struct Waiting {
    number: u32,
    /// What came of it: `None` once the worker is gone.
    ended: Option<Option<Answer>>,
    waker: Option<Waker>,
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
            match poll_fn(|context| check.link.poll(check.number, context)).await {
                Some(answer) => answer,
                // The worker is gone.
                None => Fetch.send(request).await,
            }
        })
    }
}

/// A check that the worker makes. Dropping it takes it back.
struct WorkerCheck {
    link: Rc<Link>,
    number: u32,
}

impl Drop for WorkerCheck {
    fn drop(&mut self) {
        if self.link.forget(self.number) {
            self.link.tell(self.number, &JsValue::NULL);
        }
    }
}

impl Link {
    fn start(self: &Rc<Self>) {
        if self.given_up.get() || self.worker.borrow().is_some() {
            return;
        }
        let Ok(worker) = Worker::new(&address_of_script()) else {
            self.given_up.set(true);
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
        let number = self.last_number.get().wrapping_add(1);
        self.last_number.set(number);
        self.waiting.borrow_mut().push(Waiting { number, ended: None, waker: None });
        self.tell(number, &JsValue::from_str(url));
        WorkerCheck { link: Rc::clone(self), number }
    }

    /// Ends the worker. Those that wait for it are told that it is gone.
    fn stop(&self) {
        if let Some(worker) = self.worker.take() {
            worker.terminate();
        }
        self.alive.set(false);
        self.confirmed.set(self.told.get());
        self.lot.take();
        for waiting in &mut *self.waiting.borrow_mut() {
            waiting.end(None);
        }
    }

    /// Tells the worker of a check, together with all others of this turn.
    fn tell(self: &Rc<Self>, number: u32, address: &JsValue) {
        let mut lot = self.lot.borrow_mut();
        let list = lot.get_or_insert_with(|| {
            let link = Rc::clone(self);
            spawn_local(async move {
                if let Some(number) = link.post() {
                    TimeoutFuture::new(CONFIRMS_WITHIN).await;
                    if link.confirmed.get() < number {
                        link.stop();
                    }
                }
            });
            Array::new()
        });
        list.push(&JsValue::from(number));
        list.push(address);
    }

    /// The number of the list that was posted, if there was one.
    fn post(&self) -> Option<u32> {
        let list = self.lot.take()?;
        if let Some(worker) = &*self.worker.borrow() {
            // A list that cannot be posted is not confirmed either.
            let _ = worker.post_message(&list);
        }
        self.told.set(self.told.get() + 1);
        Some(self.told.get())
    }

    /// Hears a message of the worker, or that something is wrong with it.
    fn heard(&self, event: &MessageEvent) {
        // What is not a message has no data.
        let data = event.data();
        let Some(list) = data.dyn_ref::<Array>() else {
            self.given_up.set(true);
            self.stop();
            return;
        };
        if list.length() == 0 {
            // The first one says that it runs.
            let lists = u32::from(self.alive.replace(true));
            self.confirmed.set(self.confirmed.get() + lists);
        }
        for at in (0..list.length()).step_by(ENTRIES as usize) {
            let number = |entry| list.get(at + entry).as_f64().unwrap_or_default();
            let text = |entry| list.get(at + entry).as_string();
            let answer = match (number(1) as u16, text(2)) {
                (0, _) => Err(TransportError::Network),
                (_, None) => Err(TransportError::Truncated),
                (status, Some(body)) => {
                    // What the worker waits to tell, and this page to hear it, is not the node's.
                    let took = Duration::from_micros((number(5) * 1_000.0) as u64);
                    Ok(Response { took: Some(took), ..response(status, body, text(3), text(4)) })
                }
            };
            let mut waiting = self.waiting.borrow_mut();
            // Nobody waits for a check that was given up in this very moment.
            if let Some(waiting) = waiting.iter_mut().find(|waiting| f64::from(waiting.number) == number(0)) {
                waiting.end(Some(answer));
            }
        }
    }

    fn poll(&self, number: u32, context: &Context<'_>) -> Poll<Option<Answer>> {
        let mut waiting = self.waiting.borrow_mut();
        let Some(at) = waiting.iter().position(|waiting| waiting.number == number) else { return Poll::Ready(None) };
        if let Some(answer) = waiting[at].ended.take() {
            waiting.swap_remove(at);
            return Poll::Ready(answer);
        }
        waiting[at].waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Whether somebody waited for check `number`, and waits no more.
    fn forget(&self, number: u32) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        let before = waiting.len();
        waiting.retain(|waiting| waiting.number != number);
        waiting.len() < before
    }
}

/// Where the script is on this server.
fn address_of_script() -> String {
    let document = web_sys::window().and_then(|window| window.document());
    let link = document.and_then(|document| document.query_selector("link[rel=modulepreload]").ok().flatten());
    let application = link.and_then(|link| link.get_attribute("href")).unwrap_or_default();
    let folder = application.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{SCRIPT}")
}

impl Waiting {
    fn end(&mut self, answer: Option<Answer>) {
        self.ended = Some(answer);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
