//! Checks what sessions asked of a cluster and were told: that bookings and cancellations are *linearizable* a seat, and
//! that no session sees time run backwards.
//!
//! A history is a list of [`Operation`]s with the times at which each was asked and answered. It may come from a
//! simulation, from a run on a real cluster or from a browser, as values or as lines of JSON ([`from_json_lines`]).
//! [`check`] says that all is well, or answers with a [`Violation`]: few operations that cannot all be true, in words and
//! as a picture ([`Violation::svg`]). [`report`] leaves both behind as files.
//!
//! # What is checked
//!
//! - *Each seat by itself.* Linearizability is local: a history is linearizable exactly when the part of it that is about
//!   each seat is. So a history of many seats is many short ones.
//! - *Bookings and cancellations* take effect at one moment between question and answer. One without an answer took
//!   effect at some moment after it was asked, or never.
//! - *Reads* are as fresh as their [`Freshness`] says. Any node answers a read, from its own copy of the log, and a
//!   session names the newest index that it has seen: such a read may miss what others did a moment ago, never what its
//!   own session did or saw before. That is the *ordered sequential consistency* of ZooKeeper: writes are linearizable,
//!   reads follow the order of their session.
//! - *Indexes* of the log that come with answers do not fall within a session, over all seats ([`monotonic`]).
//!
//! # How
//!
//! The search of Wing and Gong: take any operation that nothing unfinished precedes, try it, go on, step back when stuck.
//! Sets of operations that led nowhere are remembered with the state that they led to, as Lowe does. An operation that
//! only observes the state that is there is taken at once: taking it later could help nobody. See [`search`].

pub mod monotonic;
pub mod operation;
pub mod picture;
pub mod report;
pub mod search;
mod smallest;
mod violation;

use std::collections::BTreeMap;

pub use operation::{Act, BadLine, Freshness, Operation, WriteResult, from_json_lines, name_unanswered, to_json_lines};
pub use violation::Violation;

use search::Verdict;

/// What was checked, when all is well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Operations of the history, those of unknown outcome included.
    pub operations: usize,
    pub seats: usize,
    /// Operations of the seat that had most.
    pub most_a_seat: usize,
    /// The most operations of one seat that were under way at one moment. Those that were never answered count from when
    /// they were asked on.
    pub most_at_once: usize,
}

/// Checks a whole history, in whatever order its operations are listed.
///
/// # Errors
/// The first violation, as small as it can be made.
pub fn check(history: &[Operation]) -> Result<Checked, Violation> {
    monotonic::check(history)?;
    let mut seats: BTreeMap<&str, Vec<Operation>> = BTreeMap::new();
    for operation in history {
        seats.entry(&operation.seat).or_default().push(operation.clone());
    }
    let mut checked = Checked { operations: history.len(), seats: seats.len(), ..Checked::default() };
    for (seat, operations) in seats {
        checked.most_a_seat = checked.most_a_seat.max(operations.len());
        checked.most_at_once = checked.most_at_once.max(most_at_once(&operations));
        match search::search(&operations) {
            Verdict::Linearizable(_) => {}
            Verdict::Violated => {
                let operations = smallest::smallest(operations);
                return Err(Violation::NotLinearizable { seat: seat.to_owned(), operations });
            }
            Verdict::Undecided => {
                return Err(Violation::Undecided { seat: seat.to_owned(), operations: operations.len() });
            }
        }
    }
    Ok(checked)
}

fn most_at_once(operations: &[Operation]) -> usize {
    let began = operations.iter().map(|operation| (operation.began_us, 1_isize));
    let ended = operations.iter().filter_map(|operation| Some((operation.answered_us()?, -1)));
    let mut changes: Vec<(u64, isize)> = began.chain(ended).collect();
    // Of two at one time the beginning comes first: they touch.
    changes.sort_by_key(|(at, change)| (*at, -*change));
    let mut now = 0_isize;
    let counts = changes.iter().map(|(_, change)| {
        now += change;
        now
    });
    counts.max().and_then(|most| usize::try_from(most).ok()).unwrap_or_default()
}
