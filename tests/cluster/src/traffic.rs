//! A little life for a demonstration: a few travellers who book and cancel through the API, as people would.

use std::ops::Range;
use std::time::Duration;

use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;

use crate::harness::client::{Client, ClientError};
use crate::wire::{Reservation, ReservationStatus, Seat, Vehicle};

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

/// Cancels the oldest reservation of somebody who has many, now and then of somebody who has some; else books a seat of
/// some departure.
async fn act_once(person: &Client, chance: &mut StdRng) -> Result<(), ClientError> {
    let holds_its_seat = |reservation: &Reservation| {
        matches!(reservation.status, ReservationStatus::Committed | ReservationStatus::Pending)
    };
    let kept: Vec<Reservation> = person.reservations().await?.into_iter().filter(holds_its_seat).collect();
    let cancels = kept.len() >= MOST_KEPT || kept.len() > 1 && chance.random_bool(0.25);
    if let Some(oldest) = kept.last().filter(|_| cancels) {
        person.put(&format!("/reservations/{}/cancel", oldest.id), &json!({})).await?.success()?;
        return Ok(());
    }
    let vehicles: Vec<Vehicle> = person.get_fresh("/api/integrated/vehicles").await?.success()?.json()?;
    let Some(vehicle) = vehicles.choose(chance) else { return Ok(()) };
    let free: Vec<Seat> = person.seats(&vehicle.id).await?.into_iter().filter(|seat| seat.available).collect();
    let Some(seat) = free.choose(chance) else { return Ok(()) };
    let wanted = person.wanted_seat(&vehicle.id, &seat.label).await?;
    let key = format!("{:032x}", rand::random::<u128>());
    // A refusal is part of life: somebody else was faster.
    person.book(&wanted, Some(&key)).await?;
    Ok(())
}
