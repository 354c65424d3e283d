//! Subscriptions beside any test: each node runs its share of the subscribers, who listen to what is told of
//! reservations in causal order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use super::load::provider_id;
use crate::api::{App, Node};
use crate::store::trial::Subscriptions;
use crate::vcube::Content;
use crate::wire::Role;

/// A look at what is wanted at least this often.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// A peer that does not answer within this is left out.
const PEER_LIMIT: Duration = Duration::from_millis(300);

/// The subscribers of this node, since the subscriptions began.
#[derive(Debug, Default)]
pub struct Subscribers {
    count: AtomicU64,
    told: AtomicU64,
}

/// How many subscribers there are, and what they were told, as figures.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct DeliveryCounts {
    pub subscribers: u64,
    /// Reservations told to them.
    pub told: u64,
}

/// What the peers call.
pub fn routes() -> Router<App> {
    Router::new().route("/raft/subscribers", get(told))
}

async fn told(State(app): State<App>) -> Json<DeliveryCounts> {
    Json(app.subscribers.figures())
}

impl Subscribers {
    fn figures(&self) -> DeliveryCounts {
        DeliveryCounts { subscribers: self.count.load(Ordering::Relaxed), told: self.told.load(Ordering::Relaxed) }
    }

    fn begin_again(&self) {
        self.count.store(0, Ordering::Relaxed);
        self.told.store(0, Ordering::Relaxed);
    }
}

impl Node {
    /// The figures of all nodes in reach.
    pub async fn told_to_subscribers(&self) -> DeliveryCounts {
        let mut asked = JoinSet::new();
        for peer in self.peers.others() {
            let peers = self.peers.clone();
            asked.spawn(async move { peers.get::<DeliveryCounts>(peer, "/raft/subscribers", PEER_LIMIT).await });
        }
        let mut all = self.subscribers.figures();
        while let Some(answer) = asked.join_next().await {
            if let Ok(Ok(there)) = answer {
                all.subscribers += there.subscribers;
                all.told += there.told;
            }
        }
        all
    }
}

/// Runs this node's subscribers whenever they are wanted, for ever.
pub async fn look_after(app: App) {
    let mut applied = app.state.applied();
    let mut running: Option<String> = None;
    let mut subscribers = JoinSet::new();
    loop {
        let _ = timeout(LOOK_AGAIN, applied.changed()).await;
        let id = app.state.read(|state| state.subscriptions.as_ref().map(|wanted| wanted.id.clone()));
        if id == running {
            continue;
        }
        running = id;
        subscribers.abort_all();
        app.subscribers.begin_again();
        if let Some(wanted) = app.state.read(|state| state.subscriptions.clone()) {
            subscribers.spawn(subscribe(app.clone(), wanted));
        }
    }
}

/// Subscribes one after the other at this node's share of the rate; ends with its subscribers.
async fn subscribe(app: App, wanted: Subscriptions) {
    let nodes = app.peers.len().max(1);
    let place = app.peers.ids().position(|id| id == app.id).unwrap_or(0);
    let of_role = |account: &&crate::store::state::Account| account.role == Role::Provider;
    let providers: Vec<String> =
        app.state.read(|state| state.accounts.values().filter(of_role).map(|account| account.id.clone()).collect());
    let mut subscribers = JoinSet::new();
    let mut tick = interval(Duration::from_secs_f64(nodes as f64 / wanted.config.subscription_rate));
    for number in (place..wanted.config.number_of_users).step_by(nodes) {
        tick.tick().await;
        let all = number < wanted.config.aggressive_subscriber_count;
        let provider = providers.get(number % providers.len().max(1)).cloned().filter(|_| !all);
        let of_a_test = provider_id(number);
        app.subscribers.count.fetch_add(1, Ordering::Relaxed);
        subscribers.spawn(listen(app.clone(), provider, of_a_test));
    }
    while subscribers.join_next().await.is_some() {}
}

/// Counts what is told of `provider`, or of all without one; of a test that runs meanwhile, of `of_a_test`.
async fn listen(app: App, provider: Option<String>, of_a_test: String) {
    let subscribers: &Arc<Subscribers> = &app.subscribers;
    let mut deliveries = app.vcube.deliveries();
    loop {
        let content = match deliveries.recv().await {
            Ok(delivered) => delivered.content,
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        let concerned = match content {
            Content::Beacon => false,
            Content::Reservation { provider_id, .. } => provider.as_ref().is_none_or(|wanted| *wanted == provider_id),
            Content::Trial { provider_id } => provider.is_none() || of_a_test == provider_id,
        };
        if concerned {
            subscribers.told.fetch_add(1, Ordering::Relaxed);
        }
    }
}
