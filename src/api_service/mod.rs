//! Calls to the cluster: per-request timeouts, failover over all nodes, and the operator's levers.
//!
//! Order of use: [`failover`] (pure rules) → [`transport`] (what is needed of the world) → [`driver`] (connects the
//! two, with [`pending`] writes and reads that are coalesced) → [`endpoints`] (the contract, typed) → [`ApiService`]
//! (what pages hold): [`calls`] and [`operator`], the levers. What nodes write is read by [`decode`]. Streams of events
//! are read by [`sse`], from the node that [`stream_route`] says. Only [`browser`] names the browser.

pub mod action;
pub mod address;
pub mod answer;
pub mod browser;
pub mod calls;
mod coalesce;
pub mod decode;
pub mod driver;
pub mod endpoints;
pub mod error;
pub mod export;
pub mod extra_headers;
pub mod lenient;
pub mod operator;
pub mod pending;
pub mod request;
pub mod retry_after;
mod second_opinion;
pub mod sse;
pub mod stream_route;
pub mod transport;
pub mod trial;

pub use ::failover;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

pub use action::ActionKey;
pub use calls::Call;
pub use driver::{Delivered, Identity, Subscription};
pub use error::ApiError;
pub use extra_headers::{ExtraHeaders, HeaderProblem};
pub use failover::{Candidate, Check, ClusterSnapshot, Entry, SwitchError, Target, Timestamp, TooSoon};

pub use pending::{PendingWrite, WriteStore};
pub use request::{Access, ApiRequest, Expected, Repeat};
pub use trial::NodeTest;

use driver::{Driver, HeaderRules};
use endpoints::listed::{Unreadable, UnreadableLists};
use failover::{Event, Failover, NodeId, NodeUrl, Policy};
use pending::PendingWrites;
use transport::{Runtime, Transport};

/// What the service is made with.
#[derive(Clone, Debug)]
pub struct Options {
    /// In their order of preference. May be empty: every call then answers [`ApiError::NoNodes`].
    pub nodes: Vec<NodeUrl>,
    pub policy: Policy,
    /// Send `X-User-Id` and `X-User-Role`, for the older backend; `None`: in a session whose login gave no token.
    pub legacy_identity_headers: Option<bool>,
    /// What the deployment needs on every call but health checks.
    pub headers: ExtraHeaders,
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
    /// Whether a node has taken the identity that requests carry now.
    identity_was_accepted: Cell<bool>,
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
    pub fn new(options: Options, transport: Box<dyn Transport>, runtime: Box<dyn Runtime>) -> Self {
        let core = Failover::new(&options.nodes, options.policy, options.seed, runtime.now());
        let rules = HeaderRules { legacy_identity: options.legacy_identity_headers, extra: options.headers };
        let driver = Driver::new(core, transport, runtime, rules);
        let service = Rc::new(Service {
            driver,
            idempotency_keys: options.idempotency_keys,
            pending: RefCell::default(),
            issuer: Cell::new(None),
            identity_was_accepted: Cell::new(false),
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
        self.service().driver.on_change(listener)
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

    /// Who asks from now on; `None` after logout. Calls that are under way keep whoever submitted them.
    pub fn identify(self, identity: Option<Identity>) {
        let service = self.service();
        service.identity_was_accepted.set(false);
        service.driver.identify(identity);
    }

    /// Whether a call of whoever asks now was answered as a call of theirs.
    pub fn identity_was_accepted(self) -> bool {
        self.service().identity_was_accepted.get()
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

    /// Requests, and calls, that are under way: for tests that look for leaks.
    pub fn under_way(self) -> (usize, usize) {
        self.service().driver.under_way()
    }
}
