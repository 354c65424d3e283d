//! The search beside two others that are slow and simple: stateright's tester for linearizability, and the definition
//! itself, which tries every order.

mod makers;

use histories::search::{Verdict, search};
use histories::{Act, Freshness, Operation, WriteResult, check};
use proptest::prelude::*;
use stateright::semantics::{ConsistencyTester, LinearizabilityTester, SequentialSpec};

/// A seat, as the tester wants it described.
#[derive(Clone, Debug, Default)]
struct Seat(Option<String>);

#[derive(Clone, Debug, PartialEq)]
enum Asked {
    Book(String),
    Cancel(String),
    Read,
}

#[derive(Clone, Debug, PartialEq)]
enum Told {
    Write(WriteResult),
    Holder(Option<String>),
}

impl SequentialSpec for Seat {
    type Op = Asked;
    type Ret = Told;

    fn invoke(&mut self, asked: &Asked) -> Told {
        match asked {
            Asked::Book(booking) if self.0.is_none() => self.0 = Some(booking.clone()),
            // One that meets itself was applied twice, which no correct cluster does: its answer has no name here.
            Asked::Book(booking) if self.0.as_ref() == Some(booking) => return Told::Write(WriteResult::Unknown),
            Asked::Book(_) => return Told::Write(WriteResult::Refused),
            Asked::Cancel(booking) if self.0.as_ref() == Some(booking) => self.0 = None,
            Asked::Cancel(_) => return Told::Write(WriteResult::Refused),
            Asked::Read => return Told::Holder(self.0.clone()),
        }
        Told::Write(WriteResult::Done)
    }
}

fn told(operation: &Operation) -> (Asked, Told) {
    match &operation.act {
        Act::Book { booking, result } => (Asked::Book(booking.clone()), Told::Write(*result)),
        Act::Cancel { booking, result } => (Asked::Cancel(booking.clone()), Told::Write(*result)),
        Act::Read { holder, .. } => (Asked::Read, Told::Holder(holder.clone())),
    }
}

/// What stateright says. Each operation is a thread of its own, so that nothing but time orders them.
fn by_stateright(history: &[Operation]) -> bool {
    let mut tester = LinearizabilityTester::new(Seat::default());
    // A question comes before an answer of the same moment: they overlap.
    let mut events: Vec<(u64, bool, usize)> = Vec::new();
    for (thread, operation) in history.iter().enumerate() {
        events.push((operation.began_us, false, thread));
        events.extend(operation.answered_us().map(|ended| (ended, true, thread)));
    }
    events.sort_unstable();
    for (_, answer, thread) in events {
        let (asked, answered) = told(&history[thread]);
        let valid =
            if answer { tester.on_return(thread, answered).is_ok() } else { tester.on_invoke(thread, asked).is_ok() };
        assert!(valid, "each thread asks once");
    }
    tester.is_consistent()
}

/// What the definition says: some order of the operations, with or without those of unknown outcome, in which each is
/// told what the seat says, and which keeps what had to come first.
fn by_definition(history: &[Operation]) -> bool {
    fn precedes(one: &Operation, other: &Operation) -> bool {
        let earlier = one.answered_us().is_some_and(|ended| ended < other.began_us);
        earlier
            && match other.freshness() {
                Freshness::Newest => true,
                Freshness::Session => one.session == other.session,
                Freshness::Marked => false,
            }
    }
    fn goes_on(left: &[Operation], seat: &Seat) -> bool {
        if left.iter().all(Operation::is_unknown) {
            return true;
        }
        (0..left.len()).any(|next| {
            let mut rest = left.to_vec();
            let operation = rest.remove(next);
            if rest.iter().any(|other| precedes(other, &operation)) {
                return false;
            }
            let (asked, answered) = told(&operation);
            let mut seat = seat.clone();
            let said = seat.invoke(&asked);
            (operation.is_unknown() || said == answered) && goes_on(&rest, &seat)
        })
    }
    goes_on(history, &Seat::default())
}

fn act(freshness: Freshness) -> impl Strategy<Value = Act> {
    let booking = || prop::sample::select(vec!["1", "2", "3"]).prop_map(str::to_owned);
    let result =
        || prop_oneof![3 => Just(WriteResult::Done), 1 => Just(WriteResult::Refused), 1 => Just(WriteResult::Unknown)];
    prop_oneof![
        (booking(), result()).prop_map(|(booking, result)| Act::Book { booking, result }),
        (booking(), result()).prop_map(|(booking, result)| Act::Cancel { booking, result }),
        prop::option::of(booking()).prop_map(move |holder| Act::Read { holder, freshness }),
    ]
}

/// A few operations with answers drawn at random: most histories of this kind cannot have happened, many can.
fn any_history(freshness: impl Strategy<Value = Freshness>, most: usize) -> impl Strategy<Value = Vec<Operation>> {
    let operation = (freshness, 0..3_u8, 0..30_u64, 0..15_u64)
        .prop_flat_map(|(freshness, session, began, took)| (act(freshness), Just((session, began, took))))
        .prop_map(|(act, (session, began, took))| Operation {
            session: format!("session {session}"),
            seat: "seat".to_owned(),
            began_us: began,
            ended_us: Some(began + took),
            act,
            index: None,
        });
    prop::collection::vec(operation, 1..=most)
}

/// A history that happened: each operation takes effect at a moment of its own, and is asked before and answered after.
fn history_that_happened() -> impl Strategy<Value = Vec<Operation>> {
    let step = (0..4_u8, 0..30_u64, 0..30_u64, prop::sample::select(vec!["book", "cancel", "read"]), 0..10_u8);
    prop::collection::vec(step, 1..120).prop_map(|steps| {
        let mut seat = Seat::default();
        let mut history = Vec::new();
        for (number, (session, before, after, kind, lost)) in steps.into_iter().enumerate() {
            let at = 100 + number as u64 * 10;
            let asked = match (kind, &seat.0) {
                ("book", _) => Asked::Book(number.to_string()),
                ("cancel", Some(booking)) => Asked::Cancel(booking.clone()),
                _ => Asked::Read,
            };
            let answered = seat.invoke(&asked);
            let act = match (asked, answered) {
                (Asked::Book(booking), Told::Write(result)) => Act::Book { booking, result },
                (Asked::Cancel(booking), Told::Write(result)) => Act::Cancel { booking, result },
                (_, Told::Holder(holder)) => Act::Read { holder, freshness: Freshness::Newest },
                (Asked::Read, Told::Write(_)) => continue,
            };
            let operation = Operation {
                session: format!("session {session}"),
                seat: "seat".to_owned(),
                began_us: at - before,
                ended_us: Some(at + after),
                act,
                index: Some(number as u64),
            };
            let is_read = matches!(operation.act, Act::Read { .. });
            history.push(if lost == 0 && !is_read { makers::unknown(operation) } else { operation });
        }
        history
    })
}

/// A read that shows a holder that was never there, a booking whose acknowledgement was turned into a refusal.
fn broken(mut history: Vec<Operation>, which: usize) -> Option<Vec<Operation>> {
    let count = history.len();
    let operation = &mut history[which % count];
    match &mut operation.act {
        Act::Read { holder, .. } => *holder = Some("never booked".to_owned()),
        Act::Book { result, .. } if *result == WriteResult::Done => return None,
        Act::Book { booking, result } if *result == WriteResult::Refused => {
            let booking = booking.clone();
            let later = makers::read("witness", 1_000_000, 1_000_001, Some(&booking));
            history.push(makers::fresh(later, Freshness::Newest));
        }
        _ => return None,
    }
    Some(history)
}

fn configured(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(configured(1_500))]

    #[test]
    fn it_agrees_with_stateright(history in any_history(Just(Freshness::Newest), 7)) {
        let found = matches!(search(&history), Verdict::Linearizable(_));
        prop_assert_eq!(found, by_stateright(&history));
    }

    #[test]
    fn it_agrees_with_the_definition(
        history in any_history(
            prop::sample::select(vec![Freshness::Newest, Freshness::Session, Freshness::Marked]),
            6,
        ),
    ) {
        let found = matches!(search(&history), Verdict::Linearizable(_));
        prop_assert_eq!(found, by_definition(&history));
    }
}

proptest! {
    #![proptest_config(configured(60))]

    #[test]
    fn what_happened_is_linearizable_and_the_order_that_is_found_proves_it(history in history_that_happened()) {
        let Verdict::Linearizable(order) = search(&history) else { panic!("it happened") };
        let mut seat = Seat::default();
        for position in &order {
            let (asked, answered) = told(&history[*position]);
            let said = seat.invoke(&asked);
            prop_assert!(history[*position].is_unknown() || said == answered);
        }
        let answered = history.iter().filter(|operation| !operation.is_unknown()).count();
        let placed = order.iter().filter(|position| !history[**position].is_unknown()).count();
        prop_assert_eq!(answered, placed, "every operation that was answered has its place");
    }

    #[test]
    fn what_was_broken_is_found_and_made_small(history in history_that_happened(), which in any::<usize>()) {
        let Some(history) = broken(history, which) else { return Ok(()) };
        let violation = check(&history).err();
        prop_assert!(violation.is_some());
        let left = violation.map(|violation| violation.operations().len()).unwrap_or_default();
        prop_assert!((1..=12).contains(&left), "{} of {} operations are left", left, history.len());
    }
}
