//! Lets one node lead instead of another. Raft as it is here has no transfer, and voters refuse a candidate while the
//! leader's lease runs: so the others stand aside for a moment. The leader stops its heartbeats and holds writes, nobody
//! else stands for election, and the candidate, once its log is level and the lease is over, does until it leads.
//!
//! Whatever a node does for another one here is undone by a timer of its own, even if nobody asks for anything any more.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::api::{App, Node};
use crate::store::NodeId;

/// A peer that does not answer within this does not take part.
const ASK_LIMIT: Duration = Duration::from_millis(500);
/// The leader waits this long for the writes under way, so that whoever asked for them is answered. Less than
/// [`ASK_LIMIT`].
const SETTLE_LIMIT: Duration = Duration::from_millis(300);
/// A log that is further behind than this is not waited for.
const BEHIND_AT_MOST: u64 = 200;
/// How long the candidate waits for its log to be level.
const LEVEL_LIMIT: Duration = Duration::from_millis(500);
/// The others may have heard the leader a little later than the candidate.
const LEASE_MARGIN: Duration = Duration::from_millis(15);
/// A candidacy that has not succeeded after this is made again.
const AGAIN_AFTER: Duration = Duration::from_millis(120);
/// After the lease the candidate leads within this, or gives up.
const ELECT_LIMIT: Duration = Duration::from_secs(1);
/// How much longer than all that the others stand aside if nobody tells them to stop.
const ASIDE_MARGIN: Duration = Duration::from_millis(200);

/// Why a node does not lead now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotElected {
    #[error("This node leads already.")]
    AlreadyLeader,
    #[error("This node does not reach a leader and a majority; nothing was changed.")]
    NoMajority,
    #[error("The log of this node is too far behind the leader's; try again once it has caught up.")]
    Behind,
    #[error("The cluster is changing its leader already; try again.")]
    Busy,
}

impl NotElected {
    /// As the contract has it.
    pub fn code(self) -> &'static str {
        match self {
            Self::AlreadyLeader => "already_leader",
            Self::NoMajority => "no_majority",
            Self::Behind => "behind",
            Self::Busy => "busy",
        }
    }
}

/// What this node does so that another one, or itself, can be elected.
pub struct Handover {
    /// How long voters trust a leader that they no longer hear.
    lease: Duration,
    aside: Mutex<Option<Turn>>,
    /// Writes wait here while this is true.
    held: watch::Sender<bool>,
}

/// Which change of the leader it is, drawn at random by the candidate.
type Turn = u64;

/// Asked of the others by the candidate.
#[derive(Debug, Serialize, Deserialize)]
struct StandAside {
    candidate: NodeId,
    turn: Turn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Answer {
    /// It stands aside; the leader says where its log ends.
    Aside {
        leads_up_to: Option<u64>,
    },
    Busy,
    Behind,
}

#[derive(Debug, Serialize, Deserialize)]
struct Over {
    turn: Turn,
}

impl Handover {
    pub fn new(lease: Duration) -> Self {
        Self { lease, aside: Mutex::new(None), held: watch::Sender::new(false) }
    }

    fn aside(&self) -> MutexGuard<'_, Option<Turn>> {
        self.aside.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Returns when this node may propose: at once, unless it is making way for another one.
    pub async fn proposable(&self) {
        // It fails only without a sender, which is here.
        let _ = self.held.subscribe().wait_for(|held| !*held).await;
    }

    /// How long a node stands aside at most.
    fn aside_for(&self) -> Duration {
        ASK_LIMIT + LEVEL_LIMIT + self.lease + LEASE_MARGIN + ELECT_LIMIT + ASIDE_MARGIN
    }
}

/// What the peers call.
pub fn routes() -> Router<App> {
    Router::new().route("/raft/aside", post(aside)).route("/raft/aside/over", post(over))
}

async fn aside(State(app): State<App>, Json(asked): Json<StandAside>) -> Json<Answer> {
    let answer = stand_aside(&app, asked.candidate, asked.turn);
    if let Answer::Aside { leads_up_to: Some(last) } = answer
        && !app.state.wait_applied(last, SETTLE_LIMIT).await
    {
        tracing::info!(last, "not all writes under way are done before another node stands for election");
    }
    Json(answer)
}

async fn over(State(app): State<App>, Json(over): Json<Over>) -> Json<()> {
    app.stand_again(over.turn);
    Json(())
}

/// Stops what keeps `candidate` from being elected, until the timer or the end of the turn.
fn stand_aside(app: &App, candidate: NodeId, turn: Turn) -> Answer {
    let mut aside = app.handover.aside();
    if aside.is_some_and(|other| other != turn) {
        return Answer::Busy;
    }
    let leads_up_to = match app.lag_of(candidate) {
        Some((_, lag)) if lag > BEHIND_AT_MOST => return Answer::Behind,
        Some((last, _)) => Some(last),
        None => None,
    };
    *aside = Some(turn);
    app.raft.runtime_config().elect(false);
    if leads_up_to.is_some() {
        app.raft.runtime_config().heartbeat(false);
        app.handover.held.send_replace(true);
    }
    let timer = app.clone();
    tokio::spawn(async move {
        let mut metrics = timer.raft.metrics();
        // A leader that is no longer one has nothing to hold back.
        let replaced = metrics.wait_for(|now| leads_up_to.is_some() && now.current_leader == Some(candidate));
        let _ = timeout(timer.handover.aside_for(), replaced).await;
        timer.stand_again(turn);
    });
    Answer::Aside { leads_up_to }
}

impl Node {
    /// Where the log of this node ends, if it leads, and how many entries of it `follower` lacks.
    fn lag_of(&self, follower: NodeId) -> Option<(u64, u64)> {
        let metrics = self.raft.metrics();
        let metrics = metrics.borrow();
        let last = metrics.last_log_index.unwrap_or(0);
        let matched = metrics.replication.as_ref()?.get(&follower).copied().flatten();
        Some((last, last.saturating_sub(matched.map_or(0, |id| id.index))))
    }

    fn stand_again(&self, turn: Turn) {
        let mut aside = self.handover.aside();
        if aside.take_if(|now| *now == turn).is_some() {
            self.raft.runtime_config().heartbeat(true);
            self.raft.runtime_config().elect(true);
            self.handover.held.send_replace(false);
        }
    }

    fn is_leader(&self) -> bool {
        self.leader() == Some(self.id)
    }
}

/// Makes this node the leader; gives the term in which it is.
///
/// # Errors
/// When it leads already, or cannot be elected now; then everything is as it was.
pub async fn lead(app: &App) -> Result<u64, NotElected> {
    if app.is_leader() {
        return Err(NotElected::AlreadyLeader);
    }
    let leader = app.leader().filter(|_| app.standing().quorum).ok_or(NotElected::NoMajority)?;
    let turn = rand::random();
    if stand_aside(app, app.id, turn) == Answer::Busy {
        return Err(NotElected::Busy);
    }
    let led = make_way(app, leader, turn).await;
    app.stand_again(turn);
    let mut told = JoinSet::new();
    for peer in app.peers.others() {
        let app = app.clone();
        // Whoever is not told has its timer.
        told.spawn(async move { app.peers.post::<()>(peer, "/raft/aside/over", &Over { turn }, ASK_LIMIT).await });
    }
    // The others need not be waited for.
    told.detach_all();
    led
}

async fn make_way(app: &App, leader: NodeId, turn: Turn) -> Result<u64, NotElected> {
    let mut asked = JoinSet::new();
    // Whom the diagnosis calls faulty would only be waited for.
    for peer in app.peers.others().filter(|peer| !app.diagnosis.is_faulty(*peer)) {
        let (app, asking) = (app.clone(), StandAside { candidate: app.id, turn });
        asked.spawn(async move { (peer, app.peers.post::<Answer>(peer, "/raft/aside", &asking, ASK_LIMIT).await) });
    }
    let (mut standing_aside, mut level_at) = (1, None);
    while let Some(answered) = asked.join_next().await {
        match answered {
            Ok((_, Ok(Answer::Busy))) => return Err(NotElected::Busy),
            Ok((_, Ok(Answer::Behind))) => return Err(NotElected::Behind),
            Ok((peer, Ok(Answer::Aside { leads_up_to }))) => {
                standing_aside += 1;
                level_at = level_at.or(leads_up_to.filter(|_| peer == leader));
            }
            Ok((_, Err(_))) | Err(_) => {}
        }
    }
    let level_at = level_at.filter(|_| standing_aside * 2 > app.peers.len()).ok_or(NotElected::NoMajority)?;
    let mut metrics = app.raft.metrics();
    let level = metrics.wait_for(|now| now.last_log_index.unwrap_or(0) >= level_at);
    if !matches!(timeout(LEVEL_LIMIT, level).await, Ok(Ok(_))) {
        return Err(NotElected::Behind);
    }
    stand(app).await
}

/// Stands for election once the lease of the leader is over, until this node leads.
async fn stand(app: &App) -> Result<u64, NotElected> {
    let lease = app.handover.lease + LEASE_MARGIN;
    let since = || app.meters.since_leader_contact().unwrap_or(lease);
    while since() < lease {
        sleep(lease.saturating_sub(since())).await;
    }
    let started = Instant::now();
    let mut metrics = app.raft.metrics();
    while started.elapsed() < ELECT_LIMIT {
        if let Err(error) = app.raft.trigger().elect().await {
            tracing::error!(%error, "Raft stopped");
            break;
        }
        let leads = metrics.wait_for(|now| now.current_leader == Some(app.id));
        if let Ok(Ok(now)) = timeout(AGAIN_AFTER, leads).await {
            return Ok(now.current_term);
        }
    }
    Err(NotElected::NoMajority)
}
