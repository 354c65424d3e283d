//! A transport that answers as told and a clock that moves when told: the driver without a browser and without waiting.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_executor::{LocalPool, LocalSpawner};
use futures_util::future::LocalBoxFuture;
use futures_util::task::LocalSpawnExt;
use vcube_raft_frontend::api_service::failover::{Duration, NodeUrl, Policy, Timestamp};
use vcube_raft_frontend::api_service::transport::{Request, Response, Runtime, Transport, TransportError};
use vcube_raft_frontend::api_service::{ApiService, ExtraHeaders, Options};

/// What a node answers: a status and body, nothing, or an error; after some time.
pub type Script = Rc<dyn Fn(&Request) -> Reaction>;

#[derive(Clone, Debug)]
pub enum Reaction {
    Answer { after_ms: u64, response: Response },
    Fail { after_ms: u64, error: TransportError },
    Hang,
}

pub fn json(status: u16, body: &str) -> Reaction {
    Reaction::Answer { after_ms: 5, response: Response { status, body: body.into(), ..Response::default() } }
}

/// The clock and the timers that wait on it.
#[derive(Default)]
pub struct Clock {
    micros: Cell<u64>,
    sequence: Cell<u64>,
    timers: RefCell<BTreeMap<(u64, u64), Option<Waker>>>,
}

struct Sleep {
    clock: Rc<Clock>,
    key: (u64, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.clock.micros.get() >= self.key.0 {
            return Poll::Ready(());
        }
        self.clock.timers.borrow_mut().insert(self.key, Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.clock.timers.borrow_mut().remove(&self.key);
    }
}

impl Clock {
    fn sleep(self: &Rc<Self>, duration: Duration) -> Sleep {
        let sequence = self.sequence.get();
        self.sequence.set(sequence + 1);
        let at = self.micros.get() + duration.as_micros() as u64;
        self.timers.borrow_mut().insert((at, sequence), None);
        Sleep { clock: Rc::clone(self), key: (at, sequence) }
    }

    pub fn live_timers(&self) -> usize {
        self.timers.borrow().len()
    }
}

pub struct ScriptedHost {
    clock: Rc<Clock>,
    spawner: LocalSpawner,
    random: Cell<u128>,
}

impl Runtime for ScriptedHost {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.micros.get())
    }

    fn wall_clock_ms(&self) -> f64 {
        1_700_000_000_000.0 + self.clock.micros.get() as f64 / 1_000.0
    }

    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()> {
        Box::pin(self.clock.sleep(duration))
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.spawner.spawn_local(task).expect("the pool lives as long as the test");
    }

    fn random(&self) -> u128 {
        self.random.set(self.random.get() + 1);
        self.random.get()
    }
}

/// What the nodes saw, and how many requests were taken back before they were answered.
#[derive(Default)]
pub struct Log {
    pub requests: RefCell<Vec<Request>>,
    pub dropped: Cell<u32>,
}

struct ScriptedTransport {
    clock: Rc<Clock>,
    scripts: Rc<RefCell<BTreeMap<String, Script>>>,
    log: Rc<Log>,
}

struct CountDrop {
    log: Rc<Log>,
    armed: bool,
}

impl Drop for CountDrop {
    fn drop(&mut self) {
        if self.armed {
            self.log.dropped.set(self.log.dropped.get() + 1);
        }
    }
}

impl Transport for ScriptedTransport {
    fn send(&self, request: Request) -> LocalBoxFuture<'static, Result<Response, TransportError>> {
        let scripts = self.scripts.borrow();
        let script = scripts.iter().find(|(base, _)| request.url.starts_with(base.as_str())).map(|(_, script)| script);
        let reaction = script.map_or(Reaction::Fail { after_ms: 0, error: TransportError::Network }, |s| s(&request));
        self.log.requests.borrow_mut().push(request);
        let clock = Rc::clone(&self.clock);
        let guard = CountDrop { log: Rc::clone(&self.log), armed: true };
        Box::pin(async move {
            // The whole guard moves in, not its field alone.
            let mut counted = guard;
            let result = match reaction {
                Reaction::Answer { after_ms, response } => {
                    clock.sleep(Duration::from_millis(after_ms)).await;
                    Ok(response)
                }
                Reaction::Fail { after_ms, error } => {
                    clock.sleep(Duration::from_millis(after_ms)).await;
                    Err(error)
                }
                Reaction::Hang => std::future::pending().await,
            };
            counted.armed = false;
            result
        })
    }
}

/// A service on scripted nodes.
pub struct Stage {
    pub api: ApiService,
    pub clock: Rc<Clock>,
    pub log: Rc<Log>,
    pool: LocalPool,
    scripts: Rc<RefCell<BTreeMap<String, Script>>>,
}

pub fn base(node: usize) -> String {
    format!("http://node-{node}.test")
}

pub const HEALTH: &str = r#"{"status":"UP","features":["idempotency-key","min-index"],"clusterId":"c1"}"#;

/// Healthy, with this reaction to everything but health checks.
pub fn healthy_with(reaction: Reaction) -> Script {
    Rc::new(move |request| if request.url.ends_with("/api/health") { json(200, HEALTH) } else { reaction.clone() })
}

impl Stage {
    pub fn new(nodes: usize) -> Self {
        Self::with(nodes, |_| {})
    }

    pub fn with(nodes: usize, change: impl FnOnce(&mut Options)) -> Self {
        let pool = LocalPool::new();
        let clock = Rc::new(Clock::default());
        let log = Rc::new(Log::default());
        let scripts: Rc<RefCell<BTreeMap<String, Script>>> = Rc::default();
        for node in 0..nodes {
            scripts.borrow_mut().insert(base(node), healthy_with(json(200, r#"{"ok":true}"#)));
        }
        let mut options = Options {
            nodes: (0..nodes).map(|node| NodeUrl::from_normalized(base(node))).collect(),
            policy: Policy::default(),
            legacy_identity_headers: None,
            headers: ExtraHeaders::default(),
            idempotency_keys: None,
            seed: 3,
        };
        change(&mut options);
        let transport =
            ScriptedTransport { clock: Rc::clone(&clock), scripts: Rc::clone(&scripts), log: Rc::clone(&log) };
        let runtime = ScriptedHost { clock: Rc::clone(&clock), spawner: pool.spawner(), random: Cell::new(0) };
        let api = ApiService::new(options, Box::new(transport), Box::new(runtime));
        let mut stage = Self { api, clock, log, pool, scripts };
        stage.advance(50);
        stage
    }

    /// Something on the same nodes and clock that sends requests too.
    pub fn another_transport(&self) -> Rc<dyn Transport> {
        let (clock, scripts, log) = (Rc::clone(&self.clock), Rc::clone(&self.scripts), Rc::clone(&self.log));
        Rc::new(ScriptedTransport { clock, scripts, log })
    }

    pub fn script(&self, node: usize, script: Script) {
        self.scripts.borrow_mut().insert(base(node), script);
    }

    /// What is answered on the page's own origin.
    pub fn script_url(&self, url: &str, script: Script) {
        self.scripts.borrow_mut().insert(url.to_owned(), script);
    }

    pub fn requests(&self) -> Vec<Request> {
        self.log
            .requests
            .borrow()
            .iter()
            .filter(|request| request.url.starts_with("http") && !request.url.ends_with("/api/health"))
            .cloned()
            .collect()
    }

    /// Lets `ms` milliseconds pass; every timer fires at its own time.
    pub fn advance(&mut self, ms: u64) {
        let end = self.clock.micros.get() + ms * 1_000;
        loop {
            self.pool.run_until_stalled();
            let next = self.clock.timers.borrow().first_key_value().map(|(key, _)| key.0).filter(|at| *at <= end);
            let Some(at) = next else { break };
            self.clock.micros.set(self.clock.micros.get().max(at));
            let due: Vec<Waker> = {
                let mut timers = self.clock.timers.borrow_mut();
                let keys: Vec<_> = timers.range(..=(at, u64::MAX)).map(|(key, _)| *key).collect();
                keys.into_iter().filter_map(|key| timers.remove(&key).flatten()).collect()
            };
            due.into_iter().for_each(Waker::wake);
        }
        self.clock.micros.set(end);
        self.pool.run_until_stalled();
    }

    /// Starts `task` and hands back where its result will be.
    pub fn start<T: 'static>(&mut self, task: impl Future<Output = T> + 'static) -> Rc<RefCell<Option<T>>> {
        let result = Rc::new(RefCell::new(None));
        let slot = Rc::clone(&result);
        let spawned = self.pool.spawner().spawn_local(async move {
            let value = task.await;
            *slot.borrow_mut() = Some(value);
        });
        spawned.expect("the pool lives as long as the test");
        self.pool.run_until_stalled();
        result
    }

    /// Runs `task` to its end, letting time pass.
    pub fn run<T: 'static>(&mut self, task: impl Future<Output = T> + 'static) -> T {
        let result = self.start(task);
        for _ in 0..4_000 {
            if let Some(value) = result.borrow_mut().take() {
                return value;
            }
            self.advance(5);
        }
        panic!("the task did not end within 20 s");
    }
}
