//! A cluster of `vcube-node` processes that a test can kill, stop and restart.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::future::Future;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tempfile::TempDir;

use super::client::{Client, ClientError};
use super::links::Links;
pub use super::options::{ClusterError, ClusterOptions};
use super::ports::free_port;
use super::proxy::{Fault, Proxy};
use crate::auth;
use crate::peers::secret::Secret;
use crate::peers::{Addresses, Peers};
use crate::wire::{Health, Role};

/// How long a cluster may take to start, to elect, or to catch up before a wait gives up, and how much longer for each
/// node.
const PATIENCE: Duration = Duration::from_secs(15);
const PATIENCE_A_NODE: Duration = Duration::from_secs(2);
/// How long a node may take to end after SIGTERM.
const STOP_GRACE: Duration = Duration::from_secs(4);
/// Pause between two looks at a condition.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// A look at one node gives up after this: the node may be stopped.
const LOOK_LIMIT: Duration = Duration::from_millis(500);

/// The number of no node.
const STRANGER: u64 = u64::MAX;

/// What an older node says of Raft.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OlderStatus {
    state: String,
    current_term: u64,
    current_leader: Option<u64>,
    commit_index: u64,
    last_applied: u64,
}

/// A running cluster. Dropping it ends its processes.
pub struct Cluster {
    slots: Vec<Slot>,
    /// One a node, or none at all.
    proxies: Vec<Proxy>,
    /// Between all nodes, or none at all.
    links: Links,
    older: bool,
    secret: PathBuf,
    // Last, so that the folder goes after the processes that write into it.
    _temporary: Option<TempDir>,
}

/// One place in the cluster: its node may run or not.
struct Slot {
    port: u16,
    log: PathBuf,
    binary: PathBuf,
    arguments: Vec<String>,
    process: Mutex<Process>,
}

#[derive(Default)]
struct Process {
    child: Option<Child>,
    paused: bool,
}

impl Cluster {
    /// Starts the nodes and waits until one leads and all know the demo accounts.
    pub async fn start(options: ClusterOptions) -> Result<Self, ClusterError> {
        let cluster = Self::launch(&options).await?;
        for i in 0..options.nodes {
            cluster.spawn(i)?;
        }
        cluster.wait_for_leader().await?;
        for i in 0..options.nodes {
            cluster.wait_until_serving(i).await?;
        }
        Ok(cluster)
    }

    /// The places of the cluster, with nothing running in them.
    async fn launch(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let binary = options.binary.clone().or_else(find_binary).ok_or(ClusterError::NoBinary)?;
        let temporary = if options.data_dir.is_none() { Some(TempDir::with_prefix("vcube-")?) } else { None };
        let data = match (&options.data_dir, &temporary) {
            (Some(dir), _) => dir.clone(),
            (None, Some(dir)) => dir.path().to_owned(),
            (None, None) => std::env::temp_dir(),
        };
        let public_ports = match &options.ports {
            Some(ports) if ports.len() != options.nodes => {
                return Err(ClusterError::Ports { given: ports.len(), nodes: options.nodes });
            }
            Some(ports) => ports.clone(),
            None => (0..options.nodes).map(|_| free_port()).collect::<Result<_, _>>()?,
        };
        let mut proxies = Vec::new();
        let mut node_ports = public_ports.clone();
        if options.with_proxies {
            for (port, &public) in node_ports.iter_mut().zip(&public_ports) {
                *port = free_port()?;
                proxies.push(Proxy::start(public, *port).await?);
            }
        }
        let private_ports = match options.with_links {
            true => (0..options.nodes).map(|_| free_port()).collect::<Result<Vec<_>, _>>()?,
            false => Vec::new(),
        };
        let links = Links::start(&private_ports).await?;
        let secret = data.join("secret");
        keep_secret(&secret)?;
        let (peers, public) = (numbered_urls(&node_ports), numbered_urls(&public_ports));
        let mut slots = Vec::new();
        for (i, &port) in node_ports.iter().enumerate() {
            let dir = data.join(format!("node-{i}"));
            std::fs::create_dir_all(&dir)?;
            let mut arguments: Vec<String> = [
                ("--id", i.to_string()),
                ("--listen", format!("127.0.0.1:{port}")),
                ("--peers", peers.clone()),
                ("--public-urls", public.clone()),
                ("--secret-file", secret.display().to_string()),
                ("--data", dir.display().to_string()),
                ("--writes", value_of(options.writes)),
                ("--broadcast", value_of(options.broadcast)),
            ]
            .into_iter()
            .flat_map(|(name, value)| [name.to_owned(), value])
            .collect();
            let numbers = [
                ("--token-ttl-secs", options.token_ttl_secs),
                ("--token-leeway-secs", options.token_ttl_secs.map(|_| 0)),
                ("--snapshot-every", options.snapshot_every),
                ("--heartbeat-ms", options.election_ms.map(|(min, _)| min / 3)),
                ("--election-min-ms", options.election_ms.map(|(min, _)| min)),
                ("--election-max-ms", options.election_ms.map(|(_, max)| max)),
            ];
            for (name, value) in numbers {
                arguments.extend(value.into_iter().flat_map(|value| [name.to_owned(), value.to_string()]));
            }
            if let Some(port) = private_ports.get(i) {
                let others = (0..options.nodes).filter_map(|to| Some(format!("{to}={}", url(links.port(i, to)?))));
                let others: Vec<_> = others.collect();
                arguments.extend(["--private-port".to_owned(), port.to_string()]);
                arguments.extend(["--private-urls".to_owned(), others.join(",")]);
            }
            arguments.extend(options.older.then(|| "--older".to_owned()));
            for proxy in &options.trusted_proxies {
                arguments.extend(["--trusted-proxies".to_owned(), proxy.to_string()]);
            }
            arguments.extend(["--demo", "--exit-with-parent"].map(str::to_owned));
            let log = dir.join("node.log");
            slots.push(Slot { port, log, binary: binary.clone(), arguments, process: Mutex::default() });
        }
        Ok(Self { slots, proxies, links, older: options.older, secret, _temporary: temporary })
    }

    /// Number of nodes, running or not.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Where clients reach the nodes, in order.
    pub fn urls(&self) -> Vec<String> {
        (0..self.len()).map(|i| self.url(i)).collect()
    }

    /// Where clients reach node `i`.
    pub fn url(&self, i: usize) -> String {
        self.proxies.get(i).map_or_else(|| self.node_url(i), |proxy| url(proxy.port()))
    }

    /// Where node `i` itself listens, past its proxy.
    pub fn node_url(&self, i: usize) -> String {
        self.slots.get(i).map(|slot| url(slot.port)).unwrap_or_default()
    }

    /// A plain client of node `i`.
    pub fn client(&self, i: usize) -> Result<Client, ClusterError> {
        Ok(Client::new(self.url(i))?)
    }

    /// What the nodes know each other by.
    pub fn secret(&self) -> Result<Secret, ClusterError> {
        Ok(Secret::read(&self.secret)?)
    }

    /// Speaks to the running nodes on their private ports, as one of them would: for tests of what even that cannot do.
    pub async fn as_a_node(&self) -> Result<Peers, ClusterError> {
        let secret = self.secret()?;
        let public = (0..self.len()).map(|i| (i as u64, self.node_url(i))).collect();
        let mut addresses = Addresses { public, private: BTreeMap::new() };
        let peers = Peers::new(STRANGER, addresses.clone(), secret.clone()).map_err(ClientError::from)?;
        for (i, _) in self.slots.iter().enumerate().filter(|(_, slot)| slot.answers()) {
            addresses.private.insert(i as u64, peers.find(i as u64).await?);
        }
        Ok(Peers::new(STRANGER, addresses, secret).map_err(ClientError::from)?)
    }

    /// The process of node `i`.
    pub fn pid(&self, i: usize) -> Result<u32, ClusterError> {
        self.slot(i)?.process().child.as_ref().map(Child::id).ok_or(ClusterError::NotRunning(i))
    }

    /// Ends node `i` with SIGKILL, as a crash would. Its data stay.
    pub fn kill(&self, i: usize) -> Result<(), ClusterError> {
        let mut process = self.slot(i)?.process();
        let mut child = process.child.take().ok_or(ClusterError::NotRunning(i))?;
        process.paused = false;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// Stops node `i` with SIGSTOP: its connections stay open and nothing is answered.
    pub fn pause(&self, i: usize) -> Result<(), ClusterError> {
        self.signal(i, Signal::STOP, true)
    }

    /// Lets a paused node go on.
    pub fn resume(&self, i: usize) -> Result<(), ClusterError> {
        self.signal(i, Signal::CONT, false)
    }

    /// Breaks what clients send to node `i` from now on. The nodes reach each other past the proxies.
    pub async fn fault(&self, i: usize, fault: Fault) -> Result<(), ClusterError> {
        self.slot(i)?;
        self.proxies.get(i).ok_or(ClusterError::NoProxy(i))?.set(fault).await;
        Ok(())
    }

    /// Lets everything pass to node `i` again.
    pub async fn clear(&self, i: usize) -> Result<(), ClusterError> {
        self.fault(i, Fault::None).await
    }

    /// From now on nothing that node `from` asks node `to` arrives; what `to` asks `from` does.
    pub fn cut(&self, from: usize, to: usize) -> Result<(), ClusterError> {
        self.set_cut(from, to, true)
    }

    /// Lets everything pass from node `from` to node `to` again.
    pub fn heal(&self, from: usize, to: usize) -> Result<(), ClusterError> {
        self.set_cut(from, to, false)
    }

    fn set_cut(&self, from: usize, to: usize, cut: bool) -> Result<(), ClusterError> {
        if self.links.set_cut(from, to, cut) { Ok(()) } else { Err(ClusterError::NoLink { from, to }) }
    }

    /// Starts node `i` with its port and data; a running one is killed first. Returns once it answers.
    pub async fn restart(&self, i: usize) -> Result<(), ClusterError> {
        match self.kill(i) {
            Ok(()) | Err(ClusterError::NotRunning(_)) => {}
            Err(error) => return Err(error),
        }
        self.spawn(i)?;
        self.until(&format!("node {i} to answer"), || async move {
            self.check_running(i)?;
            Ok(self.health(i).await)
        })
        .await?;
        Ok(())
    }

    /// Ends every node with SIGTERM, and with SIGKILL the ones that do not end in time.
    pub async fn stop(&self) -> Result<(), ClusterError> {
        for i in 0..self.len() {
            if self.slot(i)?.process().child.is_some() {
                self.resume(i)?;
                self.signal(i, Signal::TERM, false)?;
            }
        }
        let deadline = Instant::now() + STOP_GRACE;
        for (i, slot) in self.slots.iter().enumerate() {
            while Instant::now() < deadline && slot.running()? {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            match self.kill(i) {
                Ok(()) | Err(ClusterError::NotRunning(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The health of node `i`, asked directly; `None` when it does not answer. The health of an older node says nothing
    /// but that it is up: the rest is what its Raft status says, without features.
    pub async fn health(&self, i: usize) -> Option<Health> {
        let client = Client::with_timeout(self.node_url(i), LOOK_LIMIT).ok()?;
        if !self.older {
            return client.get("/api/health").await.ok()?.json().ok();
        }
        let client = client.identified("harness", Role::Admin);
        let status: OlderStatus = client.get("/api/raft/status").await.ok()?.success().ok()?.json().ok()?;
        Some(Health {
            status: "UP".into(),
            features: Vec::new(),
            node_id: i as u64,
            // It tells its status to nobody before it is seeded.
            cluster_id: Some("older".into()),
            version: String::new(),
            role: status.state.to_lowercase(),
            term: status.current_term,
            leader_id: status.current_leader,
            commit_index: status.commit_index,
            last_applied: status.last_applied,
            quorum: true,
        })
    }

    /// The node that leads now, as the running ones see it.
    pub async fn leader(&self) -> Option<usize> {
        let mut leader: Option<(u64, usize)> = None;
        for (i, slot) in self.slots.iter().enumerate() {
            if !slot.answers() {
                continue;
            }
            let Some(health) = self.health(i).await else { continue };
            if health.role == "leader" && health.quorum && leader.is_none_or(|(term, _)| health.term > term) {
                leader = Some((health.term, i));
            }
        }
        leader.map(|(_, i)| i)
    }

    /// Waits until a majority of the nodes agrees with a running leader.
    pub async fn wait_for_leader(&self) -> Result<usize, ClusterError> {
        self.until("a leader", || async move {
            for i in (0..self.len()).filter(|i| self.slots[*i].answers()) {
                self.check_running(i)?;
            }
            Ok(self.agreed_leader().await)
        })
        .await
    }

    async fn agreed_leader(&self) -> Option<usize> {
        let leader = self.leader().await?;
        let mut agreeing = 0;
        for (i, slot) in self.slots.iter().enumerate() {
            let agrees = slot.answers() && self.health(i).await.is_some_and(|one| one.leader_id == Some(leader as u64));
            agreeing += usize::from(agrees);
        }
        (agreeing * 2 > self.len()).then_some(leader)
    }

    /// Waits until node `i` answers, knows a leader and has applied everything that is committed.
    pub async fn wait_until_serving(&self, i: usize) -> Result<Health, ClusterError> {
        let leader = self.wait_for_leader().await?;
        let goal = self.health(leader).await.map_or(0, |health| health.commit_index);
        self.until(&format!("node {i} to serve"), || async move {
            self.check_running(i)?;
            let ready = |health: &Health| {
                health.cluster_id.is_some() && health.leader_id.is_some() && health.last_applied >= goal
            };
            Ok(self.health(i).await.filter(ready))
        })
        .await
    }

    /// Waits until node `i` has applied log index `index`.
    pub async fn wait_applied(&self, i: usize, index: u64) -> Result<(), ClusterError> {
        self.until(&format!("node {i} to apply index {index}"), || async move {
            Ok(self.health(i).await.filter(|health| health.last_applied >= index).map(|_| ()))
        })
        .await
    }

    /// Looks at a condition until it gives a value.
    async fn until<T, Fut>(&self, what: &str, look: impl Fn() -> Fut) -> Result<T, ClusterError>
    where
        Fut: Future<Output = Result<Option<T>, ClusterError>>,
    {
        let (started, patience) = (Instant::now(), PATIENCE + PATIENCE_A_NODE * self.len() as u32);
        while started.elapsed() < patience {
            if let Some(value) = look().await? {
                return Ok(value);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let logs = self.slots.iter().enumerate().map(|(i, slot)| format!("node {i}:\n{}\n", end_of(&slot.log)));
        Err(ClusterError::TooLong { what: what.to_owned(), waited: started.elapsed(), logs: logs.collect() })
    }

    fn spawn(&self, i: usize) -> Result<(), ClusterError> {
        let slot = self.slot(i)?;
        let log = OpenOptions::new().create(true).append(true).open(&slot.log)?;
        slot.process().child = Some(slot.spawn(log)?);
        Ok(())
    }

    fn slot(&self, i: usize) -> Result<&Slot, ClusterError> {
        self.slots.get(i).ok_or(ClusterError::NoSuchNode(i))
    }

    fn signal(&self, i: usize, signal: Signal, pauses: bool) -> Result<(), ClusterError> {
        let mut process = self.slot(i)?.process();
        let child = process.child.as_ref().ok_or(ClusterError::NotRunning(i))?;
        let pid = Pid::from_raw(child.id().cast_signed()).ok_or(ClusterError::NotRunning(i))?;
        kill_process(pid, signal).map_err(|error| ClusterError::Signal { node: i, error })?;
        process.paused = pauses;
        Ok(())
    }

    /// An error with the end of its log when node `i` ended by itself.
    fn check_running(&self, i: usize) -> Result<(), ClusterError> {
        let slot = self.slot(i)?;
        let mut process = slot.process();
        let child = process.child.as_mut().ok_or(ClusterError::NotRunning(i))?;
        match child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(ClusterError::Ended { node: i, status: status.to_string(), log: end_of(&slot.log) }),
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for slot in &self.slots {
            // SIGKILL ends a stopped process as well.
            if let Some(mut child) = slot.process().child.take() {
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}

impl Slot {
    fn process(&self) -> MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn spawn(&self, log: File) -> std::io::Result<Child> {
        // The pipe is never written: the node ends when it closes, which it does however this process ends.
        Command::new(&self.binary)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
    }

    fn running(&self) -> std::io::Result<bool> {
        self.process().child.as_mut().map_or(Ok(false), |child| Ok(child.try_wait()?.is_none()))
    }

    /// Runs, and is not paused.
    fn answers(&self) -> bool {
        let process = self.process();
        process.child.is_some() && !process.paused
    }
}

/// `VCUBE_NODE`, or the program beside this one or one folder up (tests lie in `deps`).
fn find_binary() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("VCUBE_NODE") {
        return Some(named.into());
    }
    let this = std::env::current_exe().ok()?;
    this.ancestors().skip(1).take(2).map(|dir| dir.join("vcube-node")).find(|path| path.is_file())
}

fn url(port: u16) -> String {
    format!("http://{}:{port}", Ipv4Addr::LOCALHOST)
}

fn numbered_urls(ports: &[u16]) -> String {
    let numbered: Vec<_> = ports.iter().enumerate().map(|(i, port)| format!("{i}={}", url(*port))).collect();
    numbered.join(",")
}

/// How a value is written on the command line.
fn value_of(value: impl clap::ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Makes the secret of the cluster, unless an earlier one left it there.
fn keep_secret(file: &Path) -> std::io::Result<()> {
    if file.exists() {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(file)?.write_all(auth::random_secret().as_bytes())
}

/// The last lines of a log file.
fn end_of(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
