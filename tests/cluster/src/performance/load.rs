//! The load of one test: its people, its seats, and their bookings.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::{Semaphore, broadcast};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::config::{RATE_AT_MOST, TestConfig};
use super::entry::{Fulfilled, Wish};
use super::tally::Tally;
use crate::api::App;
use crate::auth;
use crate::store::NodeId;
use crate::store::state::{Action, seat_id};
use crate::vcube::{Content, Delivered};
use crate::wire::NewReservation;

/// Bookings under way at once, whatever the number of users: more would wait for the log, and keep Raft waiting.
const AT_ONCE: usize = 32;
/// One booking in so many loses its answer when failures are enabled.
const ANSWERS_LOST: usize = 10;

/// Somebody who books.
pub struct Person {
    pub id: String,
    pub token: String,
}

/// A provider with one vehicle, and the seats as this load knows them.
struct Stall {
    provider: String,
    vehicle: String,
    free: Vec<String>,
    /// Reservation, place of its owner, seat; oldest first.
    taken: VecDeque<(String, usize, String)>,
}

pub struct Load {
    app: App,
    test: String,
    config: TestConfig,
    people: Vec<Person>,
    /// The nodes that take bookings.
    entries: Vec<NodeId>,
    stalls: Mutex<Vec<Stall>>,
    pub tally: Tally,
    at_once: Arc<Semaphore>,
    turn: AtomicUsize,
    /// Bookings that aggressive subscribers may still make in this second.
    aggressive: AtomicI64,
}

/// The id of the provider at this place.
pub fn provider_id(place: usize) -> String {
    format!("provider-{place}")
}

/// The id of its vehicle.
pub fn vehicle_id(place: usize) -> String {
    format!("vehicle-{place}")
}

impl Load {
    pub fn new(app: App, test: String, config: TestConfig, people: Vec<Person>) -> Arc<Self> {
        // This node first, then the ones after it.
        let others = app.peers.ids().filter(|id| *id > app.id);
        let before = app.peers.ids().filter(|id| *id < app.id);
        let nodes = std::iter::once(app.id).chain(others).chain(before);
        let entries = nodes.take(config.number_of_nodes).collect();
        let stalls = (0..config.number_of_providers).map(|place| Stall::new(place, config.seats_per_provider));
        let stalls = Mutex::new(stalls.collect());
        let at_once = Arc::new(Semaphore::new(config.number_of_users.min(AT_ONCE)));
        let (turn, aggressive) = (AtomicUsize::new(0), AtomicI64::new(0));
        Arc::new(Self {
            app,
            test,
            config,
            people,
            entries,
            stalls,
            tally: Tally::default(),
            at_once,
            turn,
            aggressive,
        })
    }

    fn stalls(&self) -> MutexGuard<'_, Vec<Stall>> {
        self.stalls.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn rate(&self) -> f64 {
        if self.config.enable_stress { RATE_AT_MOST } else { self.config.reservation_rate }
    }

    /// Books at the asked rate until it is dropped.
    pub async fn pace(self: Arc<Self>) {
        let mut under_way = JoinSet::new();
        let mut tick = interval(Duration::from_secs_f64(1.0 / self.rate()));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Of the bookings this share is contended, and each contended one has another with it.
        let intensity = self.config.conflict_intensity;
        let pairs = if self.people.len() > 1 { intensity / (2.0 - intensity) } else { 0.0 };
        loop {
            tick.tick().await;
            let Ok(permit) = self.at_once.clone().acquire_owned().await else { return };
            let (this, contended) = (self.clone(), rand::random_bool(pairs));
            if contended {
                tick.tick().await;
            }
            under_way.spawn(async move {
                let place = this.choose_provider();
                this.book(place, contended).await;
                drop(permit);
            });
            while under_way.try_join_next().is_some() {}
        }
    }

    /// Hot producers, when there are any, get half of the bookings.
    fn choose_provider(&self) -> usize {
        let hot = self.config.hot_producer_count;
        if hot > 0 && rand::random_bool(0.5) {
            return rand::random_range(0..hot);
        }
        rand::random_range(0..self.config.number_of_providers)
    }

    fn next_person(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed) % self.people.len().max(1)
    }

    /// One free seat is booked, by two people at the same moment when it is contended.
    async fn book(&self, place: usize, contended: bool) {
        let Some(seat) = self.take_free_seat(place).await else { return };
        let first = self.next_person();
        let booked = if contended {
            let (one, two) = tokio::join!(self.try_seat(place, &seat, first), {
                let second = self.next_person();
                self.try_seat(place, &seat, second)
            });
            one || two
        } else {
            self.try_seat(place, &seat, first).await
        };
        if !booked && let Some(stall) = self.stalls().get_mut(place) {
            stall.give_back(seat);
        }
    }

    /// A seat that nobody has, as far as this load knows; the oldest reservation is given up for it when there is none.
    async fn take_free_seat(&self, place: usize) -> Option<String> {
        let (reservation, owner, seat) = {
            let mut stalls = self.stalls();
            let stall = stalls.get_mut(place)?;
            if !stall.free.is_empty() {
                let at = rand::random_range(0..stall.free.len());
                return Some(stall.free.swap_remove(at));
            }
            stall.taken.pop_front()?
        };
        let action = Action::DeleteReservation { id: reservation.clone() };
        let freed = self.wish(owner, None, action).await;
        self.committed(freed);
        if freed.status == 200 {
            self.tally.count(|counts| counts.freed += 1);
            return Some(seat);
        }
        if let Some(stall) = self.stalls().get_mut(place) {
            stall.taken.push_back((reservation, owner, seat));
        }
        None
    }

    /// One booking of one person; true when it is committed.
    async fn try_seat(&self, place: usize, seat: &str, person: usize) -> bool {
        let (Some(by), names) = (self.people.get(person), self.stalls().get(place).map(Stall::names)) else {
            return false;
        };
        let Some((provider_id, vehicle_id)) = names else { return false };
        let (user_id, seat_id) = (by.id.clone(), seat.to_owned());
        let wanted = Box::new(NewReservation { user_id, provider_id, vehicle_id, seat_id });
        let id = auth::random_id("t-");
        let loses = self.config.enable_failures && rand::random_range(0..ANSWERS_LOST) == 0;
        let key = loses.then(|| id.clone());
        let action = Action::Reserve { id: id.clone(), wanted };
        let mut booked = self.wish(person, key.clone(), action.clone()).await;
        if loses {
            // As if the answer had been lost: the next node gives the same one, and books nothing.
            self.tally.count(|counts| counts.retried += 1);
            booked = self.wish(person, key, action).await;
        }
        self.committed(booked);
        let hot = u64::from(place < self.config.hot_producer_count);
        self.tally.count(|counts| {
            counts.attempted += 1;
            counts.hot_attempted += hot;
            match booked.status {
                201 => {
                    counts.committed += 1;
                    counts.hot_committed += hot;
                }
                409 => counts.conflicts += 1,
                _ => counts.failed += 1,
            }
        });
        if booked.status == 201
            && let Some(stall) = self.stalls().get_mut(place)
        {
            stall.taken.push_back((id, person, seat.to_owned()));
        }
        booked.status == 201
    }

    /// Sends it to one node after the other.
    async fn wish(&self, person: usize, key: Option<String>, action: Action) -> Fulfilled {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let entry = self.entries.get(turn % self.entries.len().max(1)).copied().unwrap_or(self.app.id);
        let token = self.people.get(person).map_or("", |person| person.token.as_str());
        let wish = Wish { test: self.test.clone(), key, action };
        let fulfilled = self.app.fulfil_at(entry, token, wish).await;
        if fulfilled.status != 504 {
            self.tally.count(|counts| counts.security_validations += 1);
        }
        fulfilled
    }

    /// A write that changed something was committed.
    fn committed(&self, fulfilled: Fulfilled) {
        if let Some(consensus_ms) = fulfilled.consensus_ms {
            self.tally.committed(consensus_ms);
        }
    }

    /// Follows the causal deliveries at this node, until it is dropped.
    pub async fn listen(self: Arc<Self>) {
        let mut deliveries = self.app.vcube.deliveries();
        loop {
            match deliveries.recv().await {
                Ok(delivered) => delivered.told.iter().for_each(|told| self.tally.delivered(told.latency_ms)),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    /// Users subscribe at the asked rate, each to one provider; the aggressive ones do at once. Until it is dropped.
    pub async fn subscribe(self: Arc<Self>) {
        let mut subscribers = JoinSet::new();
        let providers = self.config.number_of_providers;
        for number in 0..self.config.aggressive_subscriber_count {
            let place = number % self.config.hot_producer_count.max(1);
            subscribers.spawn(self.clone().follow(place, true));
        }
        if self.config.enable_auto_subscription {
            let mut tick = interval(Duration::from_secs_f64(1.0 / self.config.subscription_rate));
            for number in 0..self.config.number_of_users {
                tick.tick().await;
                subscribers.spawn(self.clone().follow(number % providers.max(1), false));
            }
        }
        while subscribers.join_next().await.is_some() {}
        std::future::pending().await
    }

    async fn follow(self: Arc<Self>, place: usize, aggressive: bool) {
        self.tally.count(|counts| counts.subscriptions += 1);
        let provider = provider_id(place);
        let mut deliveries = self.app.vcube.deliveries();
        loop {
            let Delivered { content, .. } = match deliveries.recv().await {
                Ok(delivered) => delivered,
                Err(broadcast::error::RecvError::Lagged(_)) => continue,
                Err(broadcast::error::RecvError::Closed) => return,
            };
            if !matches!(content, Content::Trial { provider_id } if provider_id == provider) {
                continue;
            }
            self.tally.count(|counts| counts.told_to_subscribers += 1);
            // Bookings make deliveries, and deliveries bookings: no more of these than of the others.
            if aggressive && self.aggressive.fetch_sub(1, Ordering::Relaxed) > 0 {
                self.book_any_seat(place).await;
            }
        }
    }

    /// Some seat of the provider, taken or not.
    async fn book_any_seat(&self, place: usize) {
        let Ok(_permit) = self.at_once.acquire().await else { return };
        let seat = seat_id(&vehicle_id(place), rand::random_range(0..self.config.seats_per_provider as u32));
        let person = self.next_person();
        let booked = self.try_seat(place, &seat, person).await;
        if booked && let Some(stall) = self.stalls().get_mut(place) {
            stall.free.retain(|free| *free != seat);
        }
    }

    /// A second is over.
    pub fn second_over(&self) {
        self.aggressive.store(self.rate().ceil() as i64, Ordering::Relaxed);
    }
}

impl Stall {
    fn new(place: usize, seats: usize) -> Self {
        let vehicle = vehicle_id(place);
        let free = (0..seats as u32).map(|number| seat_id(&vehicle, number)).collect();
        Self { provider: provider_id(place), vehicle, free, taken: VecDeque::new() }
    }

    /// The seat was not had by those who wanted it just now.
    fn give_back(&mut self, seat: String) {
        let held = self.taken.iter().any(|(_, _, taken)| *taken == seat);
        if !held && !self.free.contains(&seat) {
            self.free.push(seat);
        }
    }

    fn names(&self) -> (String, String) {
        (self.provider.clone(), self.vehicle.clone())
    }
}
