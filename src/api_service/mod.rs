//! Calls to the cluster: per-request timeouts, failover over all nodes, and the operator's levers.
//!
//! Order of use: [`failover`] (pure rules) → [`transport`] (what is needed of the world) → [`driver`] (connects the
//! two, with [`pending`] writes and reads that are coalesced) → [`endpoints`] (the contract, typed) → [`ApiService`]
//! (what pages hold). What nodes write is read by [`decode`]. Streams of events: [`sse`] (pure) → [`stream`]. Only [`address`], [`fetch`], [`check_worker`]
//! and [`stream`] name the browser.

pub mod action;
pub mod address;
pub mod answer;
pub mod check_worker;
mod coalesce;
pub mod decode;
pub mod driver;
pub mod endpoints;
pub mod error;
pub mod export;
pub mod fetch;
pub mod lenient;
pub mod node_test;
pub mod pending;
pub mod request;
mod retry_after;
mod second_opinion;
pub mod sse;
pub mod stream;
pub mod transport;

pub use ::failover;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use action::ActionKey;
pub use driver::{Delivered, Identity, Subscription};
pub use error::ApiError;
pub use failover::{Candidate, Check, ClusterSnapshot, Entry, SwitchError, Target, Timestamp, TooSoon};
pub use node_test::NodeTest;
pub use pending::{PendingWrite, Shelf};
pub use request::{Access, ApiRequest, Expected, Repeat};

use driver::{Driver, Failed, HeaderRules};
use endpoints::listed::{Listed, Unreadable, UnreadableLists};
use failover::{CallFailure, Event, Failover, NodeId, NodeUrl, Policy};
use pending::PendingWrites;
use transport::{Body, Host, Transport};

/// A call under way.
pub type Call<T> = LocalBoxFuture<'static, Result<T, ApiError>>;

/// An answer that is JSON of some kind.
struct Answer {
    value: Arc<Value>,
    node: NodeId,
    /// What was asked for.
    path: Rc<str>,
}

impl Answer {
    fn read<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        decode::from_value(&self.value).map_err(|error| ApiError::unreadable(&self.path, &error))
    }
}

/// What the service is made with.
#[derive(Clone, Debug)]
pub struct Options {
    /// In their order of preference. May be empty: every call then answers [`ApiError::NoNodes`].
    pub nodes: Vec<NodeUrl>,
    pub policy: Policy,
    /// Send `X-User-Id` and `X-User-Role`, for the older backend.
    pub legacy_identity_headers: bool,
    /// Whether writes carry an idempotency key; `None`: when the nodes say that they honour it.
    pub idempotency_keys: Option<bool>,
    /// Decides every random choice of the failover.
    pub seed: u64,
}

struct Service {
    driver: Driver,
    idempotency_keys: Option<bool>,
    pending: RefCell<PendingWrites>,
    /// The node that gave the token, while that is known.
    issuer: Cell<Option<NodeId>>,
    unreadable: RefCell<UnreadableLists>,
    unreadable_listeners: RefCell<Vec<UnreadableListener>>,
}

type UnreadableListener = Rc<dyn Fn(&str, &Unreadable)>;

thread_local! {
    // A page has one service, for as long as it lives: a number that is `Copy` and `Send` stands for it in contexts.
    static SERVICES: RefCell<Vec<Rc<Service>>> = const { RefCell::new(Vec::new()) };
}

/// A handle to the one service of the page. Belongs to the thread that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiService(usize);

impl ApiService {
    /// Begins to watch the nodes: the first health checks start at once.
    pub fn new(options: Options, transport: Box<dyn Transport>, host: Box<dyn Host>) -> Self {
        let core = Failover::new(&options.nodes, options.policy, options.seed, host.now());
        let rules = HeaderRules { legacy_identity: options.legacy_identity_headers };
        let driver = Driver::new(core, transport, host, rules);
        let service = Rc::new(Service {
            driver,
            idempotency_keys: options.idempotency_keys,
            pending: RefCell::default(),
            issuer: Cell::new(None),
            unreadable: RefCell::default(),
            unreadable_listeners: RefCell::default(),
        });
        SERVICES.with_borrow_mut(|services| {
            services.push(service);
            Self(services.len() - 1)
        })
    }

    fn service(self) -> Rc<Service> {
        SERVICES.with_borrow(|services| Rc::clone(&services[self.0]))
    }

    /// Sends `request` to whichever node can answer it, within the request's deadline.
    ///
    /// # Errors
    /// Whatever [`ApiError`] names, but for answers of 4xx: those are delivered.
    pub fn fetch_with_failover(self, request: ApiRequest) -> Call<Delivered> {
        Box::pin(self.delivered(request))
    }

    async fn delivered(self, mut request: ApiRequest) -> Result<Delivered, ApiError> {
        let service = self.service();
        if request.repeat == Repeat::NeedsKey && request.idempotency_key.is_none() && service.keys_are_honoured() {
            request.idempotency_key = Some(self.new_idempotency_key());
        }
        let expected = request.expected;
        let path = Rc::clone(&request.path);
        let delivered = service.call(request).await?;
        let status = delivered.response.status;
        if status >= 500 {
            return Err(answer::refusal(&delivered.response).unwrap_or(ApiError::Server { status }));
        }
        if (200..300).contains(&status) && !expected.admits(&delivered.response.body) {
            return Err(ApiError::not_json(&path));
        }
        Ok(delivered)
    }

    /// Sends `request` and reads the answer as a `T`. Every 4xx is an error here.
    pub fn fetch<T: DeserializeOwned + 'static>(self, request: ApiRequest) -> Call<T> {
        Box::pin(async move { self.answer(request).await?.read() })
    }

    /// Sends `request` and reads the answer as a list. Every 4xx is an error here; entries that cannot be read are left
    /// out, counted, and noted for the export.
    pub fn fetch_list<T: DeserializeOwned + 'static>(self, request: ApiRequest) -> Call<Listed<T>> {
        Box::pin(async move {
            let answer = self.answer(request).await?;
            let listed: Listed<T> = answer.read()?;
            self.note_unreadable(&answer.path, listed.unreadable.as_ref());
            Ok(listed)
        })
    }

    /// Takes note of what of the list at `path` could not be read the last time.
    fn note_unreadable(self, path: &str, unreadable: Option<&Unreadable>) {
        let service = self.service();
        if !service.unreadable.borrow_mut().note(path, unreadable) {
            return;
        }
        let listeners = service.unreadable_listeners.borrow().clone();
        if let Some(unreadable) = unreadable {
            listeners.iter().for_each(|listener| listener(path, unreadable));
        }
    }

    /// Calls `listener` with the path of a list that could be read only in part, whenever that is news. For as long as
    /// the page lives.
    pub fn on_unreadable(self, listener: impl Fn(&str, &Unreadable) + 'static) {
        self.service().unreadable_listeners.borrow_mut().push(Rc::new(listener));
    }

    /// Sends `request` and gives the answer as JSON of any kind. Every 4xx is an error here.
    async fn answer(self, request: ApiRequest) -> Result<Answer, ApiError> {
        let path = Rc::clone(&request.path);
        let Delivered { response, node, .. } = self.accepted(request).await?;
        match response.body {
            Body::Json(value) => Ok(Answer { value, node, path }),
            Body::Other(_) => Err(ApiError::not_json(&path)),
        }
    }

    /// The answer, when it is no 4xx.
    async fn accepted(self, request: ApiRequest) -> Result<Delivered, ApiError> {
        let delivered = self.fetch_with_failover(request).await?;
        answer::refusal(&delivered.response).map_or(Ok(delivered), Err)
    }

    /// Sends `request`, whose success says it all: the body of the answer may be anything.
    pub async fn send(self, request: ApiRequest) -> Result<(), ApiError> {
        self.accepted(request.any_body()).await.map(drop)
    }

    /// `request` with the key of the person's action, where the nodes honour keys.
    fn keyed(self, request: ApiRequest, key: &Arc<str>) -> ApiRequest {
        let idempotency_key = self.service().keys_are_honoured().then(|| Arc::clone(key));
        ApiRequest { idempotency_key, ..request }
    }

    /// 128 random bits in hex, for one user action.
    pub fn new_idempotency_key(self) -> Arc<str> {
        Arc::from(format!("{:032x}", self.service().driver.random()))
    }

    pub fn snapshot(self) -> ClusterSnapshot {
        self.service().driver.read(Failover::snapshot)
    }

    /// What changed after the revision that an earlier answer named; everything after 0.
    pub fn changes_since(self, revision: u64) -> failover::Changes {
        self.service().driver.read(|core, now| core.changes_since(revision, now))
    }

    /// How many events the journal has recorded: another number, another journal.
    pub fn journal_length(self) -> u64 {
        self.service().driver.read(|core, _| core.recorded())
    }

    /// `nodes_health_status` of the existing frontend: the snapshot's nodes. No probe is sent.
    pub fn nodes_health_status(self) -> Vec<failover::NodeSnapshot> {
        self.snapshot().nodes
    }

    /// Calls `listener` after every change that a snapshot or the journal shows. Dropping the subscription ends it.
    pub fn on_change(self, listener: impl Fn() + 'static) -> Subscription {
        self.service().driver.on_change(Rc::new(listener))
    }

    /// The events from number `sequence` on, oldest first; those that the journal no longer holds are left out.
    pub fn journal_since(self, sequence: u64) -> Vec<Entry> {
        self.service().driver.read(|core, _| core.journal_since(sequence).cloned().collect())
    }

    /// The journal and the state of every node as JSON. Holds no token: the core never sees one.
    pub fn export_journal(self) -> String {
        let service = self.service();
        let (snapshot, unreadable) = (self.snapshot(), service.unreadable.borrow());
        let wall_clock = |at| service.driver.wall_clock_ms(at);
        export::journal_json(&self.journal_since(0), &snapshot, unreadable.lists(), &wall_clock)
    }

    /// The clock of the snapshot's times.
    pub fn now(self) -> Timestamp {
        self.service().driver.now()
    }

    /// The time of day at `at`, in milliseconds since 1970.
    pub fn wall_clock_ms(self, at: Timestamp) -> f64 {
        self.service().driver.wall_clock_ms(at)
    }

    /// The node becomes the preferred one, at once, for the next request.
    pub fn switch_to_node(self, index: usize) -> Result<(), SwitchError> {
        self.service().driver.command(|core, now| core.switch_to_node(index, now))
    }

    /// Back to the automatic choice.
    pub fn clear_preference(self) {
        self.service().driver.command(Failover::clear_preference);
    }

    /// For diagnosis: every request goes to this node and to no other, for ten minutes or until
    /// [`ApiService::clear_requirement`], a switch, or a reload.
    pub fn require_node(self, index: usize) -> Result<(), SwitchError> {
        self.service().driver.command(|core, now| core.require_node(index, now))
    }

    /// Requests may go to every node again.
    pub fn clear_requirement(self) {
        self.service().driver.command(Failover::clear_requirement);
    }

    /// A new list of nodes, at once: nodes that stay keep all that is known of them, new ones are checked, requests
    /// under way on removed ones end by themselves.
    pub fn set_nodes(self, nodes: &[NodeUrl]) {
        self.service().driver.command(|core, now| core.set_nodes(nodes, now));
    }

    /// Other figures, from the next request and the next check on.
    pub fn set_policy(self, policy: Policy) {
        self.service().driver.command(|core, now| core.set_policy(policy, now));
    }

    /// Where the next request would go, and why not elsewhere.
    pub fn explain(self, target: Target) -> Vec<Candidate> {
        self.service().driver.read(|core, now| core.explain(target, now))
    }

    /// Clears failures: failed nodes become suspects and are checked. Answers how many that concerned.
    ///
    /// # Errors
    /// [`TooSoon`] when the last reset was less than five seconds ago.
    pub fn reset_failed_nodes(self) -> Result<usize, TooSoon> {
        self.service().driver.command(Failover::reset_failed_nodes)
    }

    pub fn reset_node(self, index: usize) -> Result<(), SwitchError> {
        self.service().driver.command(|core, now| core.reset_node(index, now))
    }

    /// A caller knows better: the node is failed until it proves otherwise.
    pub fn mark_node_as_failed(self, index: usize) -> Result<(), SwitchError> {
        self.service().driver.command(|core, now| core.mark_node_as_failed(index, now))
    }

    /// The node that requests would go on to; `None` when no other is usable.
    pub fn next_healthy_node(self) -> Option<usize> {
        self.service().driver.read(Failover::next_healthy_node)
    }

    /// Checks every node once, now, and resolves when all checks ended. A check under way already counts.
    pub async fn perform_health_check(self) {
        let service = self.service();
        service.driver.command(Failover::ask_for_round);
        let nodes: Vec<_> = service.driver.read(|core, _| (0..).map_while(|index| core.node_at(index)).collect());
        service.driver.checks_of(nodes).await;
    }

    /// Checks one node now and answers with what came of it; `None` when the list was edited meanwhile.
    pub async fn probe_node(self, index: usize) -> Result<Option<Check>, SwitchError> {
        let service = self.service();
        let (node, nodes) = service.driver.read(|core, now| (core.node_at(index), core.snapshot(now).nodes.len()));
        let node = node.ok_or(SwitchError::OutOfRange { index, nodes })?;
        service.driver.command(|core, now| core.ask_for_probe_of(index, now));
        Ok(service.driver.checks_of([node]).await)
    }

    /// The node that the operator chose; `None` while the choice is automatic.
    pub fn preferred_url(self) -> Option<Arc<str>> {
        self.service().driver.read(|core, _| core.preferred_url().cloned())
    }

    /// The place in the list of the node at `url`, its state, and since when it is in it.
    pub fn find(self, url: &str) -> Option<(usize, failover::NodeState, Timestamp)> {
        self.service().driver.read(|core, _| core.find(url))
    }

    /// The position of `node` in the list; `None` when it was removed.
    pub fn index_of(self, node: failover::NodeId) -> Option<usize> {
        self.service().driver.read(|core, _| core.index_of(node))
    }

    /// Who asks from now on; `None` after logout.
    pub fn identify(self, identity: Option<Identity>) {
        self.service().driver.identify(identity);
    }

    /// Health checks are sent by `checker` from now on, and all else as before.
    pub fn check_by(self, checker: Rc<dyn Transport>) {
        self.service().driver.check_by(checker);
    }

    /// The page was shown or hidden.
    pub fn visibility_changed(self, visible: bool) {
        self.service().driver.event(Event::Visibility { visible });
    }

    /// The browser says that it has, or has no, network: a hint, never a verdict.
    pub fn online_changed(self, online: bool) {
        self.service().driver.event(Event::Online { online });
    }

    /// Whether this page checks the nodes once a minute while it is hidden, for alerts. At most one tab should.
    pub fn watch_while_hidden(self, watch: bool) {
        self.service().driver.command(|core, now| core.watch_while_hidden(watch, now));
    }

    /// From now on writes under way are kept on `shelf`, and those that are on it are offered again.
    pub fn keep_writes_on(self, shelf: Box<dyn Shelf>) {
        self.service().pending.borrow_mut().keep_on(shelf);
    }

    /// Writes that were sent and not answered, those from before a reload included; oldest first.
    pub fn pending_writes(self) -> Vec<PendingWrite> {
        self.service().pending.borrow().list().to_vec()
    }

    /// Sends such a write again, with its own key: applied once, however often it is sent.
    ///
    /// # Errors
    /// Those of any other write, a refusal in the server's words included; [`ApiError::Cancelled`] when what was kept is not
    /// a write.
    pub async fn resume_write(self, write: &PendingWrite) -> Result<(), ApiError> {
        let Some(request) = write.request() else {
            self.forget_write(&write.key);
            return Err(ApiError::Cancelled);
        };
        self.send(request).await
    }

    /// Nobody wants this write any more.
    pub fn forget_write(self, key: &str) {
        self.service().pending.borrow_mut().ended(key);
    }

    /// This node gave the token that requests carry from now on: its 401 is final.
    pub(self) fn token_issued_by(self, node: NodeId) {
        self.service().issuer.set(Some(node));
    }

    /// Requests, and calls, that are under way: for tests that look for leaks.
    pub fn under_way(self) -> (usize, usize) {
        self.service().driver.under_way()
    }
}

impl Service {
    /// Sends the request, keeps a write until it is answered, and asks a second node before a 401 is believed.
    async fn call(&self, request: ApiRequest) -> Result<Delivered, ApiError> {
        let kept = PendingWrite::of(&request, self.driver.wall_clock_ms(self.driver.now()));
        let key = kept.as_ref().map(|write| write.key.clone());
        if let Some(write) = kept {
            self.pending.borrow_mut().began(write);
        }
        let second = (request.access == Access::Authenticated).then(|| request.clone());
        let mut delivered = self.driver.call(request).await.map_err(failure)?;
        if delivered.response.status == 401
            && let Some(mut second) = second
            && !second_opinion::is_final(self.issuer.get(), delivered.node, self.driver.read(|core, _| core.len()))
        {
            second.avoid = Some(delivered.node);
            delivered = self.driver.call(second).await.map_err(failure)?;
        }
        if let Some(key) = key {
            self.pending.borrow_mut().ended(&key);
        }
        Ok(delivered)
    }

    fn keys_are_honoured(&self) -> bool {
        let named = || self.driver.read(|core, _| core.features()).is_some_and(|features| features.idempotency_key);
        self.idempotency_keys.unwrap_or_else(named)
    }
}

fn failure(failed: Option<Failed>) -> ApiError {
    let Some(failed) = failed else { return ApiError::Cancelled };
    match failed.failure {
        CallFailure::NoNodes => ApiError::NoNodes,
        CallFailure::RequiredNode { node } => ApiError::RequiredNode { node: Arc::from(&*node) },
        CallFailure::TimedOut => ApiError::TimedOut { waited: failed.waited },
        CallFailure::NoLeader => ApiError::NoLeader,
        CallFailure::Unsendable(what) => ApiError::Unsendable { what },
        CallFailure::OutcomeUnknown { node } => ApiError::OutcomeUnknown { node: Some(Arc::from(&*node)) },
        CallFailure::Unreachable => {
            ApiError::Unreachable { tried: u32::try_from(failed.trace.len()).unwrap_or(u32::MAX) }
        }
    }
}
