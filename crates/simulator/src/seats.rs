//! What calls are about when histories are checked: seats that are booked, given back and looked at.

use failover::random::Random;
use histories::{Act, Freshness, Operation, WriteResult};

use crate::Micros;

/// A booking, named by the call that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Booking {
    pub client: usize,
    pub call: u64,
}

impl Booking {
    fn name(self) -> String {
        format!("{}.{}", self.client, self.call)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Book,
    Cancel(Booking),
    Look,
}

/// What a call wants of which seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatCall {
    pub seat: usize,
    pub wish: Wish,
}

/// What an answer says of the seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatAnswer {
    Done,
    Refused,
    Holder(Option<Booking>),
}

impl SeatCall {
    /// The operation that a call was, once it has ended. A read that was not answered says nothing.
    pub fn operation(
        self,
        own: Booking,
        told: Option<SeatAnswer>,
        (began_us, ended_us): (Micros, Micros),
        index: Option<u64>,
        marked: bool,
    ) -> Option<Operation> {
        let result = match told {
            Some(SeatAnswer::Refused) => WriteResult::Refused,
            Some(SeatAnswer::Done) => WriteResult::Done,
            Some(SeatAnswer::Holder(_)) | None => WriteResult::Unknown,
        };
        let act = match (self.wish, told) {
            (Wish::Book, _) => Act::Book { booking: own.name(), result },
            (Wish::Cancel(booking), _) => Act::Cancel { booking: booking.name(), result },
            (Wish::Look, Some(SeatAnswer::Holder(holder))) => {
                let freshness = if marked { Freshness::Marked } else { Freshness::Session };
                Act::Read { holder: holder.map(Booking::name), freshness }
            }
            (Wish::Look, _) => return None,
        };
        let (session, seat) = (format!("client {}", own.client), format!("{}", self.seat));
        Some(Operation { session, seat, began_us, ended_us: Some(ended_us), act, index })
    }
}

/// Who had each seat from which index of the log on.
#[derive(Clone, Debug, Default)]
pub struct Seats(Vec<Vec<(u64, Option<Booking>)>>);

impl Seats {
    /// `count` seats that nobody has.
    pub fn free(count: usize) -> Self {
        Self(vec![Vec::new(); count])
    }

    /// Who has the seat after the log up to `index` was applied.
    pub fn holder_at(&self, seat: usize, index: u64) -> Option<Booking> {
        let changes = self.0.get(seat)?;
        changes.iter().rev().find(|(at, _)| *at <= index)?.1
    }

    /// Applies the write that is at `index` of the log.
    pub fn apply(&mut self, call: SeatCall, own: Booking, index: u64) -> SeatAnswer {
        let holder = self.holder_at(call.seat, index);
        let after = match call.wish {
            Wish::Book if holder.is_none() => Some(own),
            Wish::Cancel(booking) if holder == Some(booking) => None,
            Wish::Book | Wish::Cancel(_) | Wish::Look => return SeatAnswer::Refused,
        };
        if let Some(changes) = self.0.get_mut(call.seat) {
            changes.push((index, after));
        }
        SeatAnswer::Done
    }
}

/// What one client wants next: a seat of all, or to give one of its own back.
#[derive(Debug)]
pub struct Wishes {
    seats: usize,
    random: Random,
    held: Vec<(usize, Booking)>,
}

impl Wishes {
    pub fn new(seats: usize, seed: u64) -> Self {
        Self { seats, random: Random::new(seed ^ 0x5ea7), held: Vec::new() }
    }

    pub fn next(&mut self, write: bool) -> Option<SeatCall> {
        if self.seats == 0 {
            return None;
        }
        let seat = self.random.below(self.seats as u64) as usize;
        if !write {
            return Some(SeatCall { seat, wish: Wish::Look });
        }
        match self.held.pop() {
            Some((seat, booking)) => Some(SeatCall { seat, wish: Wish::Cancel(booking) }),
            None => Some(SeatCall { seat, wish: Wish::Book }),
        }
    }

    /// Takes note of what became of a call.
    pub fn answered(&mut self, call: SeatCall, own: Booking, told: Option<SeatAnswer>) {
        if call.wish == Wish::Book && told == Some(SeatAnswer::Done) {
            self.held.push((call.seat, own));
        }
    }
}
