//! Makes a history that cannot have happened small enough to read.
//!
//! Whatever is taken away only makes the history easier to explain: a read is left out, a write is treated as one that
//! was never answered, which may have happened or not. So what is left contradicts itself in the whole history too, and
//! what could not be taken away once cannot be taken away later, unless it took too long to find out.

use std::collections::BTreeSet;

use crate::operation::{Act, Operation, WriteResult};
use crate::search::{Verdict, search_at_most};

/// Nodes of the search after which a smaller history is not looked at: it has too much that may have happened or not.
const MOST_NODES: usize = 20_000;

/// The operations of a contradiction, by their beginning, without those that it does not need.
///
/// A booking that was refused although it is shown later is what a reader looks for: it is kept beside what shows it.
pub(crate) fn smallest(operations: Vec<Operation>) -> Vec<Operation> {
    let refused: Vec<Operation> = operations.iter().filter(|operation| is_refused(operation)).cloned().collect();
    let mut kept = contradiction(operations);
    let shown: BTreeSet<String> = kept.iter().filter(|operation| !is_refused(operation)).filter_map(booking).collect();
    let denied = |operation: &Operation| booking(operation).is_some_and(|name| shown.contains(&name));
    let beside: Vec<Operation> =
        refused.into_iter().filter(|operation| denied(operation) && !kept.contains(operation)).collect();
    kept.extend(beside);
    kept.sort_by_key(|operation| operation.began_us);
    kept
}

/// The booking that an operation names.
fn booking(operation: &Operation) -> Option<String> {
    match &operation.act {
        Act::Book { booking, .. } | Act::Cancel { booking, .. } => Some(booking.clone()),
        Act::Read { holder, .. } => holder.clone(),
    }
}

fn is_refused(operation: &Operation) -> bool {
    matches!(operation.act, Act::Book { result: WriteResult::Refused, .. })
}

fn contradiction(operations: Vec<Operation>) -> Vec<Operation> {
    let (mut optional, mut kept): (Vec<Operation>, Vec<Operation>) =
        operations.into_iter().partition(Operation::is_unknown);
    forget_the_end(&mut kept, &mut optional);
    kept.sort_by_key(|operation| operation.began_us);
    let mut size = kept.len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        while at < kept.len() {
            let end = (at + size).min(kept.len());
            let (mut fewer, mut more) = (kept.clone(), optional.clone());
            more.extend(fewer.drain(at..end).filter_map(unanswered));
            if is_violated(&fewer, &more) {
                (kept, optional) = (fewer, more);
            } else {
                at = end;
            }
        }
        if size == 1 {
            // Those without an answer are not shown: whether or not they happened, it does not help.
            return kept;
        }
        size = size.div_ceil(2);
    }
}

/// Forgets what was answered after the first answer that nothing can explain.
fn forget_the_end(kept: &mut Vec<Operation>, optional: &mut Vec<Operation>) {
    let mut ends: Vec<u64> = kept.iter().filter_map(Operation::answered_us).collect();
    ends.sort_unstable();
    let split = |end: u64| {
        let known = |operation: &Operation| operation.answered_us().is_some_and(|ended| ended <= end);
        let (begin, rest): (Vec<Operation>, Vec<Operation>) = kept.iter().cloned().partition(known);
        let mut all = optional.clone();
        all.extend(rest.into_iter().filter_map(unanswered));
        (begin, all)
    };
    let explained = |end: &u64| {
        let (begin, optional) = split(*end);
        !is_violated(&begin, &optional)
    };
    if let Some(end) = ends.get(ends.partition_point(explained)) {
        let (begin, all) = split(*end);
        (*kept, *optional) = (begin, all);
    }
}

/// The operation as if it had not been answered. One that changes nothing is nothing then.
fn unanswered(mut operation: Operation) -> Option<Operation> {
    operation.ended_us = None;
    match operation.act {
        Act::Read { .. }
        | Act::Book { result: WriteResult::Refused, .. }
        | Act::Cancel { result: WriteResult::Refused, .. } => None,
        Act::Book { .. } | Act::Cancel { .. } => Some(operation),
    }
}

fn is_violated(kept: &[Operation], optional: &[Operation]) -> bool {
    let all: Vec<Operation> = kept.iter().chain(optional).cloned().collect();
    search_at_most(&all, MOST_NODES) == Verdict::Violated
}
