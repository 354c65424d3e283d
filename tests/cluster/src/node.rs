//! One node: opens its store, joins its peers, serves both until it is told to end.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openraft::error::{CheckIsLeaderError, ClientWriteError, Fatal, RaftError};
use openraft::{BasicNode, Config, SnapshotPolicy};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::api::{self, App, Node, Writes};
use crate::auth::{self, AuthError};
use crate::diagnosis::{self, Diagnosis};
use crate::handover::Handover;
use crate::meters::Meters;
use crate::passwords::Passwords;
use crate::peers::door;
use crate::peers::secret::{Secret, SecretError};
use crate::peers::{Addresses, Peers};
use crate::places::Places;
use crate::raft_net::Network;
use crate::seed::{self, First};
use crate::serve::{self, serve};
use crate::store::checks;
use crate::store::state::{Action, Command};
use crate::store::{Disk, LogStore, Machine, NodeId, Raft, StoreError};
use crate::vcube::{self, Vcube, Way};
use crate::{clock, performance};

/// A node that is not the first of the list waits this long before it makes the cluster in its place.
const FIRST_NODE_GRACE: Duration = Duration::from_secs(3);
/// Pause before the first entry is tried again.
const SEED_AGAIN: Duration = Duration::from_millis(100);
/// How long requests under way may take to end on a clean exit.
const EXIT_GRACE: Duration = Duration::from_secs(2);

/// What a node is told at its start.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    pub id: NodeId,
    pub listen: SocketAddr,
    /// Where the other nodes reach this one. Port 0 is any free one, which they are told.
    pub private_listen: SocketAddr,
    /// Where the nodes find each other.
    pub peers: BTreeMap<NodeId, String>,
    /// Where the private ports are, for nodes that need not be asked.
    pub private_urls: BTreeMap<NodeId, String>,
    /// The secret that the nodes share; a node that is alone makes one when there is none.
    pub secret_file: Option<PathBuf>,
    /// Where clients reach the nodes; what is missing is as in `peers`.
    pub public_urls: BTreeMap<NodeId, String>,
    pub data: PathBuf,
    pub writes: Writes,
    /// How the nodes tell each other of reservations.
    pub broadcast: Way,
    /// Answer as a backend did that knows none of the extensions; then `writes` is [`Writes::Legacy`] whatever it says.
    pub older: bool,
    pub token_ttl_secs: u64,
    /// A token is taken for so long after its end.
    pub token_leeway_secs: u64,
    /// A new cluster has the demo accounts, whose passwords are public, and vehicles; on loopback alone.
    pub demo: bool,
    /// Whoever administers a new cluster without demo accounts.
    pub admin_email: String,
    /// Proxies that say truly, in `X-Forwarded-For`, for whom they ask.
    pub trusted_proxies: Vec<IpAddr>,
    pub heartbeat_ms: u64,
    pub election_ms: (u64, u64),
    /// A snapshot is made after this many log entries.
    pub snapshot_every: u64,
    /// End when standard input does.
    pub exit_with_parent: bool,
}

/// Why a node could not start, or could not go on.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    #[error("node {0} is not one of the peers")]
    NotAPeer(NodeId),
    #[error(
        "the nodes of a cluster share a secret: make one with `vcube-node secret`, and name its file with --secret-file"
    )]
    NoSecret,
    #[error(
        "--demo makes accounts whose passwords are public: it is refused on {0}, which is not this machine alone (127.0.0.1)"
    )]
    DemoForAll(SocketAddr),
    #[error(
        "node {0} is reached by https, and its private port is not known: name it with --private-urls, in front of which \
         is TLS too"
    )]
    NoPrivateUrl(NodeId),
    #[error("`{0}` is not an e-mail address for --admin-email")]
    AdminEmail(String),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error("no HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    #[error("Raft settings: {0}")]
    Settings(Box<openraft::ConfigError>),
    #[error("Raft stopped: {0}")]
    Raft(Box<Fatal<NodeId>>),
}

impl From<openraft::ConfigError> for NodeError {
    fn from(error: openraft::ConfigError) -> Self {
        Self::Settings(Box::new(error))
    }
}

impl From<Fatal<NodeId>> for NodeError {
    fn from(error: Fatal<NodeId>) -> Self {
        Self::Raft(Box::new(error))
    }
}

/// Why the first entry of a new cluster could not be written.
#[derive(Debug, thiserror::Error)]
enum SeedError {
    #[error("cannot prepare the first accounts: {0}")]
    Accounts(#[from] AuthError),
    #[error("no quorum: {0}")]
    Quorum(#[from] RaftError<NodeId, CheckIsLeaderError<NodeId, BasicNode>>),
    #[error("not written: {0}")]
    Write(#[from] RaftError<NodeId, ClientWriteError<NodeId, BasicNode>>),
}

/// Runs a node until SIGTERM, SIGINT, or the end of standard input when asked.
pub async fn run(options: NodeOptions) -> Result<(), NodeError> {
    check(&options)?;
    let secret = match &options.secret_file {
        Some(file) => Secret::read(file)?,
        None if options.peers.len() == 1 => Secret::new(&auth::random_secret())?,
        None => return Err(NodeError::NoSecret),
    };
    let (public, _) = listen(options.listen).await?;
    let (private, private_port) = listen(options.private_listen).await?;
    let (ending, ended) = watch::channel(false);
    let disk = Disk::open(&options.data)?;
    let app = start(&options, secret.clone(), ended.clone(), disk.clone()).await?;
    let for_clients = api::routes(app.clone()).merge(door::public_routes(app.id, secret.clone(), private_port));
    let for_peers = door::private_routes(&app, secret);
    let members = options.peers.iter().map(|(id, url)| (*id, BasicNode::new(url.clone()))).collect();
    let first = if options.demo { First::Demo } else { First::administrator(options.admin_email.clone()) };
    let tasks = background(&app, members, first, disk);
    tracing::info!(id = app.id, listen = %options.listen, private_port, "serving");
    let serving = async {
        let clients = serve(public, for_clients, serve::places(app.trusted_proxies.clone()), ended.clone());
        let peers = serve(private, for_peers, Places::new(usize::MAX, usize::MAX), ended.clone());
        tokio::join!(clients, peers);
    };
    let overdue = async {
        told_to_end(options.exit_with_parent).await;
        ending.send_replace(true);
        tokio::time::sleep(EXIT_GRACE).await;
    };
    tokio::select! {
        () = serving => {}
        () = overdue => {}
        fatal = raft_failed(&app) => return Err(fatal.into()),
    }
    drop(tasks);
    if let Err(error) = app.raft.shutdown().await {
        tracing::warn!(%error, "Raft did not end cleanly");
    }
    Ok(())
}

fn check(options: &NodeOptions) -> Result<(), NodeError> {
    if !options.peers.contains_key(&options.id) {
        return Err(NodeError::NotAPeer(options.id));
    }
    if options.demo && !options.listen.ip().is_loopback() {
        return Err(NodeError::DemoForAll(options.listen));
    }
    if checks::email(&options.admin_email).is_err() {
        return Err(NodeError::AdminEmail(options.admin_email.clone()));
    }
    let unknown = |(id, url): &(&NodeId, &String)| {
        **id != options.id && url.starts_with("https:") && !options.private_urls.contains_key(id)
    };
    options.peers.iter().find(unknown).map_or(Ok(()), |(id, _)| Err(NodeError::NoPrivateUrl(*id)))
}

/// A listener, and the port that it has.
async fn listen(address: SocketAddr) -> Result<(TcpListener, u16), NodeError> {
    let failed = |error| NodeError::Listen(address, error);
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    Ok((listener, port))
}

/// What a node does beside answering; it ends when it is dropped.
fn background(app: &App, members: BTreeMap<NodeId, BasicNode>, first: First, disk: Disk) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(make_cluster(app.clone(), members));
    tasks.spawn(watch(app.clone(), Arc::new(first)));
    tasks.spawn(sample(app.clone()));
    tasks.spawn(vcube::run(app.clone()));
    tasks.spawn(diagnosis::run(app.clone()));
    tasks.spawn(diagnosis::keep_counter(app.clone(), disk));
    tasks.spawn(performance::run::look_after(app.clone()));
    tasks.spawn(performance::subscribers::look_after(app.clone()));
    for peer in app.peers.others() {
        let peers = app.peers.clone();
        tasks.spawn(async move { peers.keep_known(peer).await });
    }
    tasks
}

/// Returns when Raft stops by itself, as it does when its disk fails: a node that cannot keep promises must not serve.
async fn raft_failed(app: &Node) -> Fatal<NodeId> {
    let mut metrics = app.raft.metrics();
    loop {
        if let Err(fatal) = &metrics.borrow_and_update().running_state {
            return fatal.clone();
        }
        if metrics.changed().await.is_err() {
            return Fatal::Stopped;
        }
    }
}

async fn start(
    options: &NodeOptions,
    secret: Secret,
    ending: watch::Receiver<bool>,
    disk: Disk,
) -> Result<App, NodeError> {
    let config = Config {
        cluster_name: "vcube".into(),
        heartbeat_interval: options.heartbeat_ms,
        election_timeout_min: options.election_ms.0,
        election_timeout_max: options.election_ms.1,
        install_snapshot_timeout: 5_000,
        snapshot_max_chunk_size: 256 << 10,
        snapshot_policy: SnapshotPolicy::LogsSinceLast(options.snapshot_every),
        max_in_snapshot_log_to_keep: options.snapshot_every / 2,
        ..Config::default()
    };
    let config = config.validate()?;
    let meters = Arc::new(Meters::default());
    let counters = disk.count_start().await?;
    let log = LogStore::new(disk.clone(), meters.clone()).await?;
    let commit_index = log.commit_index();
    let machine = Machine::new(disk, meters.clone()).await?;
    let state = machine.shared();
    let addresses = Addresses { public: options.peers.clone(), private: options.private_urls.clone() };
    let peers = Arc::new(Peers::new(options.id, addresses, secret)?);
    let network = Network { peers: peers.clone(), meters: meters.clone() };
    let raft = Raft::new(options.id, Arc::new(config), network, log, machine).await?;
    let mut public_urls = options.peers.clone();
    public_urls.extend(options.public_urls.clone());
    let diagnosis = Arc::new(Diagnosis::new(options.id, peers.ids(), counters.test));
    Ok(Arc::new(Node {
        id: options.id,
        vcube: Vcube::new(options.id, counters.start, options.broadcast, diagnosis.clone()),
        diagnosis,
        handover: Handover::new(Duration::from_millis(options.election_ms.1)),
        peers,
        public_urls,
        writes: if options.older { Writes::Legacy } else { options.writes },
        older: options.older,
        token_ttl_secs: options.token_ttl_secs,
        token_leeway_secs: options.token_leeway_secs,
        raft,
        state,
        commit_index,
        meters,
        subscribers: Arc::default(),
        passwords: Passwords::default(),
        streams: Arc::new(api::stream_places().shared_by(options.trusted_proxies.clone())),
        trusted_proxies: options.trusted_proxies.clone(),
        ending,
        keys_in_progress: Mutex::new(HashMap::new()),
    }))
}

/// Makes the cluster of a first start: the first node of the list does, or another one when it stays silent. All use
/// the same membership, which Raft allows to happen twice.
async fn make_cluster(app: App, members: BTreeMap<NodeId, BasicNode>) {
    if app.peers.ids().next() != Some(app.id) {
        let mut metrics = app.raft.metrics();
        let known = metrics.wait_for(|metrics| metrics.current_leader.is_some() || metrics.current_term > 0);
        if tokio::time::timeout(FIRST_NODE_GRACE, known).await.is_ok() {
            return;
        }
    }
    match app.raft.is_initialized().await {
        Ok(false) => {
            if let Err(error) = app.raft.initialize(members).await {
                tracing::info!(%error, "the cluster was made by another node");
            }
        }
        Ok(true) => {}
        Err(error) => tracing::error!(%error, "Raft stopped"),
    }
}

/// Counts elections, and writes the first entry of a new cluster when this node leads.
async fn watch(app: App, first: Arc<First>) {
    let mut metrics = app.raft.metrics();
    let mut last = None;
    loop {
        let (term, leader) = {
            let now = metrics.borrow_and_update();
            (now.current_term, now.current_leader)
        };
        if let Some(leader) = leader.filter(|leader| last != Some((term, *leader))) {
            last = Some((term, leader));
            app.meters.election_ended();
            tracing::info!(term, leader, "a leader was elected");
            if leader == app.id {
                tokio::spawn(bootstrap(app.clone(), first.clone()));
            }
        }
        if metrics.changed().await.is_err() {
            return;
        }
    }
}

/// Goes on until the cluster is seeded or another node leads: then that one does it.
async fn bootstrap(app: App, first: Arc<First>) {
    while app.leader() == Some(app.id) {
        match seed_once(&app, &first).await {
            Ok(()) => return,
            Err(error) => tracing::info!(%error, "the cluster is not seeded yet"),
        }
        tokio::time::sleep(SEED_AGAIN).await;
    }
}

async fn seed_once(app: &Node, first: &First) -> Result<(), SeedError> {
    // What earlier leaders wrote is applied before it is known whether there is anything to do.
    app.raft.ensure_linearizable().await?;
    if app.state.read(|state| state.identity.is_none()) {
        let action = Action::Bootstrap(Box::new(seed::bootstrap(first).await?));
        app.raft.client_write(Command { at_ms: clock::now_ms(), by: None, key: None, action }).await?;
    }
    // Another node may have been first, with a password that this one does not know.
    if let Some((email, password)) = first.to_be_told(&app.state) {
        println!(
            "The first administrator of this cluster: {email}, password {password}\nIt is kept nowhere, and not told again."
        );
    }
    Ok(())
}

async fn sample(app: App) {
    let mut every_second = tokio::time::interval(Duration::from_secs(1));
    every_second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every_second.tick().await;
        app.meters.sample();
        app.vcube.sample();
    }
}

async fn told_to_end(exit_with_parent: bool) {
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        tracing::warn!("signals cannot be received");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
        () = parent_ended(), if exit_with_parent => {}
    }
}

/// Returns when standard input ends.
pub async fn parent_ended() {
    let (ended, parent) = tokio::sync::oneshot::channel();
    // A thread of its own: the runtime waits for its blocking threads, and this one may never return.
    std::thread::spawn(move || {
        let mut stdin = std::io::stdin().lock();
        while stdin.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
        let _ = ended.send(());
    });
    let _ = parent.await;
}
