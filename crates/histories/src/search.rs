//! The search for an order in which the operations on one seat could have happened.
//!
//! An operation may come next when nothing that has to come before it is left. A write, and a read that has to be the
//! newest, comes after everything that was answered before it was asked. A read of a session comes after what its own
//! session was told before; what others were told before may come later, but nothing may come before it that was asked
//! only after its answer.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::operation::{Act, Freshness, Operation, WriteResult};

/// Nodes of the search after which it is given up. Histories of a few hundred operations with twenty under way at once
/// need some thousand.
const MOST_NODES: usize = 1_000_000;

/// What the search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The operations in an order in which they could have happened, as positions in the history. Those of unknown
    /// outcome that are left out never took effect, as far as this order goes.
    Linearizable(Vec<usize>),
    /// There is none.
    Violated,
    /// The search was given up.
    Undecided,
}

/// Searches for an order of operations that are all about one seat, which nobody has at first.
pub fn search(operations: &[Operation]) -> Verdict {
    search_at_most(operations, MOST_NODES)
}

/// Gives up after `nodes` nodes of the search.
pub(crate) fn search_at_most(operations: &[Operation], nodes: usize) -> Verdict {
    Search::new(operations).run(nodes)
}

/// A holder of the seat, or nobody.
type Holder = Option<u32>;

#[derive(Clone, Copy, Debug)]
enum Step {
    Book(u32),
    BookRefused(u32),
    Cancel(u32),
    CancelRefused(u32),
    Read(Holder),
}

impl Step {
    /// The holder after this step, if it could happen with this one before it.
    fn after(self, holder: Holder) -> Option<Holder> {
        match self {
            Self::Book(booking) => holder.is_none().then_some(Some(booking)),
            Self::BookRefused(booking) => (holder.is_some() && holder != Some(booking)).then_some(holder),
            Self::Cancel(booking) => (holder == Some(booking)).then_some(None),
            Self::CancelRefused(booking) => (holder != Some(booking)).then_some(holder),
            Self::Read(shown) => (holder == shown).then_some(holder),
        }
    }

    fn observes(self) -> bool {
        !matches!(self, Self::Book(_) | Self::Cancel(_))
    }
}

#[derive(Clone, Copy, Debug)]
struct Item {
    step: Step,
    session: usize,
    began: u64,
    /// `None`: it need not happen at all.
    ended: Option<u64>,
    freshness: Freshness,
    /// A booking without an answer that nothing else names. Of several, it does not matter which took effect.
    anonymous: bool,
}

/// Some of the items in the order of one of their times, and where the first one is that is not placed yet.
#[derive(Clone, Debug, Default)]
struct Lane {
    items: Vec<usize>,
    /// Everything before is placed. A hint: it is moved back when items are taken out again.
    low: usize,
}

impl Lane {
    fn advance(&mut self, placed: &Bits) {
        while self.items.get(self.low).is_some_and(|item| placed.has(*item)) {
            self.low += 1;
        }
    }

    fn first(&mut self, placed: &Bits) -> Option<usize> {
        self.advance(placed);
        self.items.get(self.low).copied()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Bits(Vec<u64>);

impl Bits {
    fn of(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    fn has(&self, bit: usize) -> bool {
        self.0[bit / 64] & (1 << (bit % 64)) != 0
    }

    fn flip(&mut self, bit: usize) {
        self.0[bit / 64] ^= 1 << (bit % 64);
    }
}

/// A choice that was made: what could have been taken instead, and how to step back.
struct Frame {
    placed: usize,
    holder: Holder,
    choices: Vec<usize>,
    next: usize,
}

struct Search {
    items: Vec<Item>,
    /// Items that have to come after everything answered before them, by their beginning.
    newest: Lane,
    /// Reads of sessions, by their beginning, and everything that a session was answered, by its end.
    session_reads: Vec<Lane>,
    session_ends: Vec<Lane>,
    /// Reads of any age.
    marked: Lane,
    /// Everything that was answered, by its end.
    ends: Lane,
    /// Where each item stands in each lane that has it.
    places: Vec<Places>,
    placed: Bits,
    order: Vec<usize>,
    holder: Holder,
    /// Items that have to happen and have not been placed.
    left: usize,
    /// For each booking: reads that show it, and bookings of it, that have not been placed.
    shown_left: Vec<usize>,
    booked_left: Vec<usize>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Places {
    newest: Option<usize>,
    session_read: Option<usize>,
    session_end: Option<usize>,
    marked: Option<usize>,
    end: Option<usize>,
}

impl Search {
    fn new(operations: &[Operation]) -> Self {
        let items = items_of(operations);
        let sessions = items.iter().map(|item| item.session + 1).max().unwrap_or_default();
        let lane = |wanted: &dyn Fn(&Item) -> bool, at: fn(&Item) -> u64| {
            let mut chosen: Vec<usize> = (0..items.len()).filter(|index| wanted(&items[*index])).collect();
            chosen.sort_by_key(|index| at(&items[*index]));
            Lane { items: chosen, low: 0 }
        };
        let (began, ended) = (|item: &Item| item.began, |item: &Item| item.ended.unwrap_or(u64::MAX));
        let of = |session: usize, item: &Item| item.session == session;
        let mut search = Self {
            newest: lane(&|item| item.freshness == Freshness::Newest, began),
            session_reads: (0..sessions)
                .map(|session| lane(&|item| of(session, item) && item.freshness == Freshness::Session, began))
                .collect(),
            session_ends: (0..sessions)
                .map(|session| lane(&|item| of(session, item) && item.ended.is_some(), ended))
                .collect(),
            marked: lane(&|item| item.freshness == Freshness::Marked, began),
            ends: lane(&|item| item.ended.is_some(), ended),
            places: vec![Places::default(); items.len()],
            placed: Bits::of(items.len()),
            order: Vec::with_capacity(items.len()),
            holder: None,
            left: items.iter().filter(|item| item.ended.is_some()).count(),
            shown_left: Vec::new(),
            booked_left: Vec::new(),
            items,
        };
        for item in 0..search.items.len() {
            search.count(item, 1);
        }
        search.note_places();
        search
    }

    fn note_places(&mut self) {
        let places = &mut self.places;
        let mut note = |lane: &Lane, set: fn(&mut Places, usize)| {
            lane.items.iter().enumerate().for_each(|(place, item)| set(&mut places[*item], place));
        };
        note(&self.newest, |places, place| places.newest = Some(place));
        note(&self.marked, |places, place| places.marked = Some(place));
        note(&self.ends, |places, place| places.end = Some(place));
        self.session_reads.iter().for_each(|lane| note(lane, |places, place| places.session_read = Some(place)));
        self.session_ends.iter().for_each(|lane| note(lane, |places, place| places.session_end = Some(place)));
    }

    fn run(mut self, nodes: usize) -> Verdict {
        let mut seen: HashSet<(Bits, Holder)> = HashSet::new();
        let mut frames: Vec<Frame> = Vec::new();
        loop {
            self.place_observations();
            if self.left == 0 {
                return Verdict::Linearizable(self.order);
            }
            if seen.len() >= nodes {
                return Verdict::Undecided;
            }
            if !self.is_hopeless() && seen.insert((self.placed.clone(), self.holder)) {
                let choices = self.choices();
                frames.push(Frame { placed: self.order.len(), holder: self.holder, choices, next: 0 });
            }
            loop {
                let Some(frame) = frames.last_mut() else { return Verdict::Violated };
                let (placed, holder) = (frame.placed, frame.holder);
                let choice = frame.choices.get(frame.next).copied();
                frame.next += 1;
                self.step_back(placed, holder);
                match choice {
                    Some(item) => {
                        self.place(item);
                        break;
                    }
                    None => drop(frames.pop()),
                }
            }
        }
    }

    /// Notes that an item is left to be placed (1), or is not any more (-1).
    fn count(&mut self, item: usize, change: isize) {
        let (counts, booking) = match self.items[item].step {
            Step::Read(Some(booking)) => (&mut self.shown_left, booking as usize),
            Step::Book(booking) => (&mut self.booked_left, booking as usize),
            _ => return,
        };
        if counts.len() <= booking {
            counts.resize(booking + 1, 0);
        }
        counts[booking] = counts[booking].saturating_add_signed(change);
    }

    /// Whether a read is left that shows a booking which will never hold the seat again.
    fn is_hopeless(&self) -> bool {
        let gone = |booking: usize| {
            self.holder.is_none_or(|holder| holder as usize != booking)
                && self.booked_left.get(booking).is_none_or(|left| *left == 0)
        };
        self.shown_left.iter().enumerate().any(|(booking, left)| *left > 0 && gone(booking))
    }

    /// Takes every observation that may come next and fits, until there is none.
    fn place_observations(&mut self) {
        loop {
            let before = self.order.len();
            let fits = |search: &Self, item: usize| {
                let step = search.items[item].step;
                step.observes() && step.after(search.holder).is_some()
            };
            let mut ready = self.ready_newest();
            for session in 0..self.session_reads.len() {
                ready.extend(self.ready_of_session(session));
            }
            self.marked.advance(&self.placed);
            ready.extend(self.marked.items[self.marked.low..].iter().filter(|item| !self.placed.has(**item)));
            for item in ready {
                if fits(self, item) {
                    self.place(item);
                }
            }
            if self.order.len() == before {
                return;
            }
        }
    }

    /// The writes that may come next and fit. Those that have to happen come first.
    fn choices(&mut self) -> Vec<usize> {
        let mut anonymous = false;
        let mut ready = self.ready_newest();
        ready.retain(|item| {
            let Item { step, anonymous: interchangeable, .. } = self.items[*item];
            let first = !(interchangeable && std::mem::replace(&mut anonymous, true));
            !step.observes() && step.after(self.holder).is_some() && first
        });
        ready.sort_by_key(|item| self.items[*item].ended.is_none());
        ready
    }

    /// Items that have to be the newest and that nothing has to precede any more, by their beginning.
    fn ready_newest(&mut self) -> Vec<usize> {
        let until = self.ends.first(&self.placed).map_or(u64::MAX, |item| self.items[item].ended.unwrap_or(u64::MAX));
        ready(&mut self.newest, &self.placed, &self.items, until)
    }

    fn ready_of_session(&mut self, session: usize) -> Vec<usize> {
        let first = self.session_ends[session].first(&self.placed);
        let until = first.map_or(u64::MAX, |item| self.items[item].ended.unwrap_or(u64::MAX));
        ready(&mut self.session_reads[session], &self.placed, &self.items, until)
    }

    fn place(&mut self, item: usize) {
        let Some(holder) = self.items[item].step.after(self.holder) else { return };
        self.holder = holder;
        self.placed.flip(item);
        self.count(item, -1);
        self.order.push(item);
        self.left -= usize::from(self.items[item].ended.is_some());
    }

    /// Takes out everything that was placed after the first `placed` items.
    fn step_back(&mut self, placed: usize, holder: Holder) {
        self.holder = holder;
        for item in self.order.split_off(placed) {
            self.placed.flip(item);
            self.count(item, 1);
            self.left += usize::from(self.items[item].ended.is_some());
            let (places, session) = (self.places[item], self.items[item].session);
            let lanes = [
                (&mut self.newest, places.newest),
                (&mut self.marked, places.marked),
                (&mut self.ends, places.end),
                (&mut self.session_reads[session], places.session_read),
                (&mut self.session_ends[session], places.session_end),
            ];
            for (lane, place) in lanes {
                lane.low = lane.low.min(place.unwrap_or(usize::MAX));
            }
        }
    }
}

/// Items of a lane that are not placed and began no later than `until`.
fn ready(lane: &mut Lane, placed: &Bits, items: &[Item], until: u64) -> Vec<usize> {
    lane.advance(placed);
    let began = lane.items[lane.low..].iter().copied().take_while(|item| items[*item].began <= until);
    began.filter(|item| !placed.has(*item)).collect()
}

/// The operations as the search needs them: names are numbers.
fn items_of(operations: &[Operation]) -> Vec<Item> {
    let mut bookings: BTreeMap<&str, u32> = BTreeMap::new();
    let mut sessions: BTreeMap<&str, usize> = BTreeMap::new();
    let named = named_elsewhere(operations);
    let mut items = Vec::with_capacity(operations.len());
    for operation in operations {
        let next_session = sessions.len();
        let session = *sessions.entry(&operation.session).or_insert(next_session);
        let ended = operation.answered_us();
        let unnamed = matches!(&operation.act, Act::Book { booking, .. } if !named.contains(booking.as_str()));
        items.push(Item {
            step: step_of(operation, &mut bookings),
            session,
            began: operation.began_us,
            ended,
            freshness: operation.freshness(),
            anonymous: ended.is_none() && unnamed,
        });
    }
    items
}

fn step_of<'a>(operation: &'a Operation, bookings: &mut BTreeMap<&'a str, u32>) -> Step {
    let mut number = |booking: &'a String| {
        let next = u32::try_from(bookings.len()).unwrap_or(u32::MAX);
        *bookings.entry(booking).or_insert(next)
    };
    match &operation.act {
        Act::Book { booking, result: WriteResult::Refused } => Step::BookRefused(number(booking)),
        Act::Book { booking, .. } => Step::Book(number(booking)),
        Act::Cancel { booking, result: WriteResult::Refused } => Step::CancelRefused(number(booking)),
        Act::Cancel { booking, .. } => Step::Cancel(number(booking)),
        Act::Read { holder, .. } => Step::Read(holder.as_ref().map(number)),
    }
}

/// Bookings that something else than one booking without an answer names.
fn named_elsewhere(operations: &[Operation]) -> BTreeSet<&str> {
    let mut named = BTreeSet::new();
    let mut booked = BTreeSet::new();
    for operation in operations {
        let name = match &operation.act {
            Act::Book { booking, .. } if operation.is_unknown() => {
                // The second of two with one name.
                Some(booking).filter(|name| !booked.insert(name.as_str()))
            }
            Act::Book { booking, .. } | Act::Cancel { booking, .. } => Some(booking),
            Act::Read { holder, .. } => holder.as_ref(),
        };
        named.extend(name.map(String::as_str));
    }
    named
}
