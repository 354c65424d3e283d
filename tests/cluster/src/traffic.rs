//! A little life for a demonstration: a few travellers who book and cancel through the API, as people would.

use std::ops::Range;
use std::time::Duration;

use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::harness::client::{Client, ClientError};
use crate::wire::NewReservation;

/// How many travellers there are. Their accounts are made for this alone: a person who tries a demo account finds none
/// of their bookings in it.
const TRAVELLERS: usize = 3;
/// How many reservations a traveller keeps at most: the oldest is cancelled before another is made.
const MOST_KEPT: usize = 6;
/// A traveller acts after a pause of this many milliseconds: charts fill, and nobody is in the way.
pub const GENTLE_MS: Range<u64> = 2_000..7_000;
/// A traveller whose node does not answer goes to another one after this.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Whoever forgets a demonstration does not find a full disk: after this many acts of a traveller it ends.
const MOST_ACTS: u32 = 20_000;

/// Books and cancels at `nodes` until each traveller has acted [`MOST_ACTS`] times, with pauses of `pause_ms`.
pub async fn run(nodes: Vec<String>, pause_ms: Range<u64>) {
    let travellers = (0..TRAVELLERS).map(|number| tokio::spawn(travel(nodes.clone(), pause_ms.clone(), number)));
    for traveller in travellers.collect::<Vec<_>>() {
        // One that stopped leaves the others alone.
        let _ = traveller.await;
    }
}

async fn travel(nodes: Vec<String>, pause_ms: Range<u64>, number: usize) {
    let mut chance = StdRng::seed_from_u64(number as u64);
    let mut node = number;
    let mut person: Option<Client> = None;
    for act in 0..MOST_ACTS {
        tokio::time::sleep(Duration::from_millis(chance.random_range(pause_ms.clone()))).await;
        let Some(base) = nodes.get(node % nodes.len().max(1)) else { return };
        let done = match &person {
            Some(known) => act_once(&known.at(base), &mut chance).await,
            None => sign_in(base, number).await.map(|known| person = Some(known)),
        };
        if let Err(error) = done {
            tracing::info!(number, act, %error, "a traveller goes to another node");
            node += 1;
            if matches!(error, ClientError::Refused { status: 401, .. }) {
                person = None;
            }
        }
    }
}

/// Signs in with a new account.
async fn sign_in(base: &str, number: usize) -> Result<Client, ClientError> {
    let (id, password) = (rand::random::<u32>(), format!("{:032x}", rand::random::<u128>()));
    let email = format!("traveller-{id:08x}@vcube.test");
    let mut person = Client::with_timeout(base, TIMEOUT)?;
    let account = json!({
        "email": email,
        "password": password,
        "fullName": format!("Voyageur {}", number + 1),
        "phone": "+1 418 555 0100",
    });
    person.post("/api/auth/register/user", &account).await?.success()?;
    person.login(&email, &password).await?;
    Ok(person)
}

/// What a traveller reads of a departure, from this backend or an older one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Departure {
    id: String,
    provider_id: String,
}

/// What a traveller reads of a seat: this backend says whether it is available, an older one whether it is reserved.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SeatInSight {
    id: String,
    available: Option<bool>,
    is_reserved: Option<bool>,
}

impl SeatInSight {
    fn free(&self) -> bool {
        self.available.unwrap_or(self.is_reserved == Some(false))
    }
}

/// What a traveller reads of a reservation.
#[derive(Deserialize)]
struct Booking {
    id: String,
    status: String,
}

/// Cancels the oldest reservation of somebody who has many, now and then of somebody who has some; else books a seat of
/// some departure.
async fn act_once(person: &Client, chance: &mut StdRng) -> Result<(), ClientError> {
    let all: Vec<Booking> = read(person, &format!("/reservations/byUser/{}", person.user_id)).await?;
    let over = ["CANCELLED", "REJECTED"];
    let kept: Vec<Booking> = all.into_iter().filter(|booking| !over.contains(&booking.status.as_str())).collect();
    let cancels = kept.len() >= MOST_KEPT || kept.len() > 1 && chance.random_bool(0.25);
    if let Some(oldest) = kept.last().filter(|_| cancels) {
        return cancel(person, &oldest.id).await;
    }
    let departures: Vec<Departure> = read(person, "/api/integrated/vehicles").await?;
    let Some(departure) = departures.choose(chance) else { return Ok(()) };
    let seats: Vec<SeatInSight> = read(person, &format!("/api/integrated/vehicles/{}/seats", departure.id)).await?;
    let free: Vec<&SeatInSight> = seats.iter().filter(|seat| seat.free()).collect();
    let Some(seat) = free.choose(chance) else { return Ok(()) };
    let wanted = NewReservation {
        user_id: person.user_id.clone(),
        provider_id: departure.provider_id.clone(),
        vehicle_id: departure.id.clone(),
        seat_id: seat.id.clone(),
    };
    let key = format!("{:032x}", rand::random::<u128>());
    let answer = person.book(&wanted, Some(&key)).await?;
    // A refusal is part of life: somebody else was faster. A node that cannot answer is left for another one.
    if answer.status >= 500 { answer.success().map(drop) } else { Ok(()) }
}

async fn read<T: DeserializeOwned>(person: &Client, path: &str) -> Result<T, ClientError> {
    person.get_fresh(path).await?.success()?.json()
}

async fn cancel(person: &Client, id: &str) -> Result<(), ClientError> {
    let answer = person.put(&format!("/reservations/{id}/cancel"), &json!({})).await?;
    if matches!(answer.status, 404 | 405) {
        // An older backend cannot cancel, only delete.
        person.delete(&format!("/reservations/{id}")).await?.success()?;
        return Ok(());
    }
    answer.success().map(drop)
}
