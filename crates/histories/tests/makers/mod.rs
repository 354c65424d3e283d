//! Short ways of writing an operation. Times are in microseconds.

#![allow(dead_code, reason = "each test uses some of these")]

use histories::{Act, Freshness, Operation, WriteResult};

fn operation(session: &str, began_us: u64, ended_us: u64, act: Act) -> Operation {
    Operation {
        session: session.to_owned(),
        seat: "seat".to_owned(),
        began_us,
        ended_us: Some(ended_us),
        act,
        index: None,
    }
}

pub fn book(session: &str, began: u64, ended: u64, booking: &str) -> Operation {
    operation(session, began, ended, Act::Book { booking: booking.to_owned(), result: WriteResult::Done })
}

pub fn cancel(session: &str, began: u64, ended: u64, booking: &str) -> Operation {
    operation(session, began, ended, Act::Cancel { booking: booking.to_owned(), result: WriteResult::Done })
}

pub fn read(session: &str, began: u64, ended: u64, holder: Option<&str>) -> Operation {
    let act = Act::Read { holder: holder.map(str::to_owned), freshness: Freshness::Session };
    operation(session, began, ended, act)
}

pub fn refused(operation: Operation) -> Operation {
    told(operation, WriteResult::Refused)
}

pub fn unknown(operation: Operation) -> Operation {
    told(operation, WriteResult::Unknown)
}

pub fn fresh(mut operation: Operation, wanted: Freshness) -> Operation {
    if let Act::Read { freshness, .. } = &mut operation.act {
        *freshness = wanted;
    }
    operation
}

pub fn elsewhere(operation: Operation) -> Operation {
    Operation { seat: "another seat".to_owned(), ..operation }
}

fn told(mut operation: Operation, wanted: WriteResult) -> Operation {
    if let Act::Book { result, .. } | Act::Cancel { result, .. } = &mut operation.act {
        *result = wanted;
    }
    operation
}
