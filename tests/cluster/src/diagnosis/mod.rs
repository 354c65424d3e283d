//! What this node thinks of every other one: VCube's diagnosis, whose rules are in [`machine`], run against the clock
//! and the network.

pub mod clusters;
pub mod machine;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::api::App;
use crate::peers::{PeerError, Peers};
use crate::store::{Disk, NodeId};
use crate::vcube::order::Clock;
use crate::wire::PeerState;
use crate::{clock, vcube};
use machine::Machine;

/// Time between two tests of a peer.
pub const TEST_EVERY: Duration = Duration::from_secs(1);
/// A peer that has not answered by then has failed the test.
const TEST_LIMIT: Duration = Duration::from_millis(500);
/// Tests failed one after the other that make a peer faulty; before that it is suspect.
const FAULTY_AFTER: u32 = 3;

/// What is known of one peer.
#[derive(Clone, Copy, Debug)]
pub struct Watched {
    pub state: PeerState,
    /// Counts the changes: −1 unknown, even correct, odd faulty.
    pub counter: i64,
    /// Epoch milliseconds of the last change of the state.
    pub since_ms: u64,
    /// Who tests it; nothing while this node believes nobody correct who would.
    pub tested_by: Option<NodeId>,
    /// The node that brought what is known; nothing when this node tested it itself.
    pub heard_from: Option<NodeId>,
    /// How old what is known is.
    pub age: Option<Duration>,
    /// Of the last own test, in milliseconds; nothing when it failed or was not made here.
    pub round_trip_ms: Option<f64>,
    /// How far its clock is ahead of this node's, in milliseconds; within half of the round trip.
    pub clock_offset_ms: Option<f64>,
}

#[derive(Clone, Copy, Debug)]
struct Noted {
    state: PeerState,
    since_ms: u64,
    fresh_at: Option<Instant>,
    heard_from: Option<NodeId>,
    round_trip_ms: Option<f64>,
    clock_offset_ms: Option<f64>,
}

struct Inner {
    machine: Machine,
    noted: Vec<Noted>,
}

/// The peers as this node sees them.
pub struct Diagnosis {
    me: NodeId,
    /// In ascending order; the place of a node in it is its number in the cube.
    ids: Vec<NodeId>,
    inner: Mutex<Inner>,
    /// Counts the changes of what there is to tell.
    changes: watch::Sender<u64>,
}

impl Diagnosis {
    /// `counter` is this node's own, as it was kept.
    pub fn new(me: NodeId, ids: impl Iterator<Item = NodeId>, counter: i64) -> Self {
        let ids: Vec<_> = ids.collect();
        let unknown = Noted {
            state: PeerState::Unknown,
            since_ms: clock::now_ms(),
            fresh_at: None,
            heard_from: None,
            round_trip_ms: None,
            clock_offset_ms: None,
        };
        let place = ids.iter().position(|id| *id == me).unwrap_or(0);
        let machine = Machine::new(place, ids.len(), FAULTY_AFTER, counter);
        let inner = Inner { machine, noted: vec![unknown; ids.len()] };
        Self { me, ids, inner: Mutex::new(inner), changes: watch::Sender::new(0) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// All nodes, by their places in the cube.
    pub fn ids(&self) -> &[NodeId] {
        &self.ids
    }

    fn id(&self, place: usize) -> Option<NodeId> {
        self.ids.get(place).copied()
    }

    pub fn all(&self) -> BTreeMap<NodeId, Watched> {
        let inner = self.inner();
        let counters = inner.machine.counters();
        let places = self.ids.iter().zip(&inner.noted).zip(counters).enumerate();
        let others = places.filter(|(_, ((id, _), _))| **id != self.me);
        let watched = |(place, ((id, noted), counter)): (usize, ((&NodeId, &Noted), i64))| {
            let watched = Watched {
                state: noted.state,
                counter,
                since_ms: noted.since_ms,
                tested_by: inner.machine.tester(place).and_then(|tester| self.id(tester)),
                heard_from: noted.heard_from,
                age: noted.fresh_at.map(|at| at.elapsed()),
                round_trip_ms: noted.round_trip_ms,
                clock_offset_ms: noted.clock_offset_ms,
            };
            (*id, watched)
        };
        others.map(watched).collect()
    }

    /// Wakes whoever waits each time that a peer's state or counter changes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Whom this node tests now.
    pub fn tests(&self) -> Vec<NodeId> {
        self.inner().machine.tests().into_iter().filter_map(|place| self.id(place)).collect()
    }

    pub fn is_faulty(&self, peer: NodeId) -> bool {
        let place = self.ids.iter().position(|id| *id == peer);
        place.is_some_and(|place| self.inner().machine.state(place) == PeerState::Faulty)
    }

    /// The places of the nodes that this one believes faulty.
    pub fn faulty(&self) -> BTreeSet<usize> {
        let inner = self.inner();
        (0..self.ids.len()).filter(|place| inner.machine.state(*place) == PeerState::Faulty).collect()
    }

    /// How far the clock of `peer` is ahead of this node's, in milliseconds, as far as anybody has measured it.
    pub fn clock_offset_ms(&self, peer: NodeId) -> Option<f64> {
        let place = self.ids.iter().position(|id| *id == peer)?;
        self.inner().noted.get(place)?.clock_offset_ms
    }

    /// This node's own counter.
    fn own_counter(&self) -> i64 {
        let place = self.ids.iter().position(|id| *id == self.me).unwrap_or(0);
        self.inner().machine.counters().get(place).copied().unwrap_or(0)
    }

    /// What this node tells whoever tests it.
    fn told(&self, delivered: Option<Clock>) -> Pong {
        let inner = self.inner();
        let mut ages_ms: Vec<_> =
            inner.noted.iter().map(|noted| noted.fresh_at.map(|at| at.elapsed().as_millis() as u64)).collect();
        for (age, id) in ages_ms.iter_mut().zip(&self.ids) {
            if *id == self.me {
                *age = Some(0);
            }
        }
        let offsets_ms = inner.noted.iter().map(|noted| noted.clock_offset_ms).collect();
        let counters = inner.machine.counters();
        Pong { node_id: self.me, now_ms: precise_now_ms(), counters, ages_ms, offsets_ms, delivered }
    }

    fn passed(&self, peer: NodeId, pong: &Pong, exchange: Exchange) {
        let Some(place) = self.ids.iter().position(|id| *id == peer) else { return };
        let mut inner = self.inner();
        let before = inner.machine.counters();
        inner.machine.passed(place, &pong.counters);
        let (now, offset_ms) = (Instant::now(), exchange.offset_ms(pong.now_ms));
        let told = pong.ages_ms.iter().zip(pong.offsets_ms.iter().chain(std::iter::repeat(&None)));
        for (other, (noted, (age, beyond_ms))) in inner.noted.iter_mut().zip(told).enumerate() {
            let at = age.and_then(|age| now.checked_sub(Duration::from_millis(age)));
            if other != place && at > noted.fresh_at {
                (noted.fresh_at, noted.heard_from) = (at, Some(peer));
                // From clock to clock.
                (noted.round_trip_ms, noted.clock_offset_ms) = (None, beyond_ms.map(|beyond_ms| offset_ms + beyond_ms));
            }
        }
        if let Some(noted) = inner.noted.get_mut(place) {
            (noted.fresh_at, noted.heard_from) = (Some(now), None);
            noted.round_trip_ms = Some(exchange.round_trip_ms());
            noted.clock_offset_ms = Some(offset_ms);
        }
        self.changed(&mut inner, &before);
    }

    fn missed(&self, peer: NodeId) {
        let Some(place) = self.ids.iter().position(|id| *id == peer) else { return };
        let mut inner = self.inner();
        let before = inner.machine.counters();
        inner.machine.missed(place);
        if let Some(noted) = inner.noted.get_mut(place) {
            // Its clock goes on as it did.
            (noted.fresh_at, noted.heard_from, noted.round_trip_ms) = (Some(Instant::now()), None, None);
        }
        self.changed(&mut inner, &before);
    }

    fn changed(&self, inner: &mut Inner, before: &[i64]) {
        inner.machine.forget_misses();
        let mut told = inner.machine.counters() != before;
        for (place, noted) in inner.noted.iter_mut().enumerate() {
            let state = inner.machine.state(place);
            if state != noted.state {
                tracing::info!(peer = self.id(place), ?state, "the diagnosis of a peer changed");
                (noted.state, noted.since_ms) = (state, clock::now_ms());
                told = true;
            }
        }
        if told {
            self.changes.send_modify(|changes| *changes += 1);
        }
    }
}

/// Epoch milliseconds, with fractions.
fn precise_now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64() * 1_000.0)
}

/// When a test was sent, by this node's clock, and how long its answer took.
#[derive(Clone, Copy, Debug)]
struct Exchange {
    sent_ms: f64,
    took: Duration,
}

impl Exchange {
    fn round_trip_ms(self) -> f64 {
        self.took.as_secs_f64() * 1_000.0
    }

    /// As NTP has it: the peer is taken to have answered in the middle of the round trip.
    fn offset_ms(self, answered_ms: f64) -> f64 {
        answered_ms - (self.sent_ms + self.round_trip_ms() / 2.0)
    }
}

/// The answer to a test.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pong {
    node_id: NodeId,
    /// By the clock of the node, epoch milliseconds.
    now_ms: f64,
    counters: Vec<i64>,
    /// How long ago what the counters say was found out.
    ages_ms: Vec<Option<u64>>,
    /// How far the clock of each node is ahead of this one's.
    offsets_ms: Vec<Option<f64>>,
    /// How far the messages of each node are delivered there.
    delivered: Option<Clock>,
}

/// What the peers call.
pub fn routes() -> Router<App> {
    Router::new().route("/raft/ping", get(pong))
}

async fn pong(State(app): State<App>) -> Json<Pong> {
    Json(app.diagnosis.told(app.vcube.clock()))
}

/// Makes the tests of this node for ever: those that the rules give, at each interval, and those that come to it meanwhile.
pub async fn run(app: App) {
    let mut every = interval(TEST_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        let mut done: Vec<NodeId> = Vec::new();
        let mut under_way = JoinSet::new();
        loop {
            for peer in app.diagnosis.tests().into_iter().filter(|peer| !done.contains(peer)).collect::<Vec<_>>() {
                done.push(peer);
                under_way.spawn(test(app.clone(), peer));
            }
            if under_way.join_next().await.is_none() {
                break;
            }
        }
    }
}

/// Keeps this node's own counter on disk, for ever.
pub async fn keep_counter(app: App, disk: Disk) {
    let mut changes = app.diagnosis.changes();
    let mut kept = None;
    loop {
        changes.borrow_and_update();
        let counter = app.diagnosis.own_counter();
        if kept != Some(counter) {
            match disk.keep_test_counter(counter).await {
                Ok(()) => kept = Some(counter),
                Err(error) => tracing::error!(%error, "the counter of the diagnosis was not kept"),
            }
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

async fn test(app: App, peer: NodeId) {
    let peers: &Peers = &app.peers;
    let (sent_ms, started) = (precise_now_ms(), Instant::now());
    let answered: Result<Pong, PeerError> = peers.get(peer, "/raft/ping", TEST_LIMIT).await;
    match answered {
        Ok(pong) if pong.node_id == peer => {
            app.diagnosis.passed(peer, &pong, Exchange { sent_ms, took: started.elapsed() });
            if let Some(clock) = pong.delivered {
                // Not in the time of the tests.
                tokio::spawn(vcube::compare(app, peer, clock));
            }
        }
        _ => app.diagnosis.missed(peer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_what_is_left_of_the_difference_without_half_of_the_round_trip() {
        let exchange = Exchange { sent_ms: 1_000.0, took: Duration::from_millis(40) };
        assert!((exchange.offset_ms(1_070.0) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_heard_has_its_source_and_its_age_and_own_tests_have_their_figures() {
        let diagnosis = Diagnosis::new(0, 0..4, 0);
        let pong = Pong {
            node_id: 1,
            now_ms: precise_now_ms(),
            counters: vec![0, 0, 3, 0],
            ages_ms: vec![Some(5), Some(0), Some(200), None],
            offsets_ms: vec![Some(-30.0), None, Some(100.0), None],
            delivered: None,
        };
        let exchange = Exchange { sent_ms: pong.now_ms - 31.0, took: Duration::from_millis(2) };
        diagnosis.passed(1, &pong, exchange);
        let all = diagnosis.all();
        assert_eq!((all[&1].state, all[&1].heard_from, all[&1].round_trip_ms), (PeerState::Correct, None, Some(2.0)));
        assert_eq!((all[&2].state, all[&2].counter, all[&2].heard_from), (PeerState::Faulty, 3, Some(1)));
        assert!(all[&2].age.unwrap() >= Duration::from_millis(200) && all[&2].round_trip_ms.is_none());
        let offset = |id: u64| all[&id].clock_offset_ms.map(f64::round);
        assert_eq!([1, 2, 3].map(offset), [Some(30.0), Some(130.0), None], "from clock to clock");
        assert_eq!(diagnosis.faulty(), [2].into());
        assert!(diagnosis.is_faulty(2) && !diagnosis.is_faulty(1) && !diagnosis.is_faulty(9));
    }
}
