//! Monotonic reads: within a session, the index of the log that answers name does not fall.

use std::collections::BTreeMap;

use crate::operation::{Freshness, Operation};
use crate::violation::Violation;

/// Checks that no session is shown an older state than it was shown before it asked. Answers that name no index, and
/// reads that were marked as old, say nothing.
///
/// # Errors
/// The first two answers that run backwards.
pub fn check(history: &[Operation]) -> Result<(), Violation> {
    let mut sessions: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in history.iter().filter(|operation| operation.index.is_some() && !operation.is_unknown()) {
        sessions.entry(&operation.session).or_default().push(operation);
    }
    for operations in sessions.into_values() {
        check_session(operations)?;
    }
    Ok(())
}

fn check_session(operations: Vec<&Operation>) -> Result<(), Violation> {
    let mut by_end = operations.clone();
    by_end.sort_by_key(|operation| operation.ended_us);
    let mut by_beginning = operations;
    by_beginning.sort_by_key(|operation| operation.began_us);
    let mut newest: Option<&Operation> = None;
    let mut answered = by_end.into_iter().peekable();
    for later in by_beginning {
        while let Some(earlier) = answered.next_if(|earlier| earlier.ended_us < Some(later.began_us)) {
            if newest.is_none_or(|known| known.index < earlier.index) {
                newest = Some(earlier);
            }
        }
        if later.freshness() != Freshness::Marked
            && let Some(earlier) = newest.filter(|earlier| earlier.index > later.index)
        {
            return Err(Violation::Backwards { earlier: Box::new(earlier.clone()), later: Box::new(later.clone()) });
        }
    }
    Ok(())
}
