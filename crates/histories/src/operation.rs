//! One operation: who asked what, when, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// One question to the cluster about one seat, and its answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// Who asked: a tab, or a client. What one session has seen binds what it is told later.
    pub session: String,
    /// The seat that it is about.
    pub seat: String,
    /// When it was asked, in microseconds on a clock that all sessions share.
    pub began_us: u64,
    /// When it was answered, or given up. `None`: it is under way still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_us: Option<u64>,
    #[serde(flatten)]
    pub act: Act,
    /// The index of the replicated log that the answer names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
}

/// What was asked, and what was answered.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Act {
    /// Book the seat. Refused when somebody else has it.
    Book { booking: String, result: WriteResult },
    /// Give the seat back. Refused when this booking does not hold it.
    Cancel { booking: String, result: WriteResult },
    /// Who has the seat? `None`: nobody.
    Read {
        holder: Option<String>,
        #[serde(default)]
        freshness: Freshness,
    },
}

/// What came of a booking or a cancellation.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WriteResult {
    Done,
    Refused,
    /// No answer came. It may have been applied, may yet be, or never.
    Unknown,
}

/// How new a read has to be.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Freshness {
    /// As new as everything that was answered to anybody before it was asked.
    Newest,
    /// As new as everything that its own session was told before.
    #[default]
    Session,
    /// Of any age: it was marked as old when it was shown. It still tells of nothing that had not been asked for.
    Marked,
}

impl Operation {
    /// When its answer came; `None` for one whose outcome is unknown: it may take effect at any later time.
    pub fn answered_us(&self) -> Option<u64> {
        self.ended_us.filter(|_| !self.is_unknown())
    }

    /// Whether nobody knows if it was applied.
    pub fn is_unknown(&self) -> bool {
        self.ended_us.is_none()
            || matches!(
                self.act,
                Act::Book { result: WriteResult::Unknown, .. } | Act::Cancel { result: WriteResult::Unknown, .. }
            )
    }

    /// Whether it is a read that may be older than what others were told.
    pub fn freshness(&self) -> Freshness {
        match self.act {
            Act::Read { freshness, .. } => freshness,
            Act::Book { .. } | Act::Cancel { .. } => Freshness::Newest,
        }
    }

    /// Widens it by what two clocks may differ, in microseconds.
    #[must_use]
    pub fn widened(mut self, by_us: u64) -> Self {
        self.began_us = self.began_us.saturating_sub(by_us);
        self.ended_us = self.ended_us.map(|ended| ended.saturating_add(by_us));
        self
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let result = |result: &WriteResult| match result {
            WriteResult::Done => "done",
            WriteResult::Refused => "refused",
            WriteResult::Unknown => "no answer",
        };
        match &self.act {
            Act::Book { booking, result: told } => write!(f, "book {booking}: {}", result(told)),
            Act::Cancel { booking, result: told } => write!(f, "cancel {booking}: {}", result(told)),
            Act::Read { holder, freshness } => {
                let marked = if *freshness == Freshness::Marked { " (marked as old)" } else { "" };
                write!(f, "read: {}{marked}", holder.as_deref().unwrap_or("free"))
            }
        }
    }
}

/// A line that is no operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Counted from 1.
    pub line: usize,
    pub reason: String,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} is no operation: {}", self.line, self.reason)
    }
}

impl std::error::Error for BadLine {}

/// Reads a history, one operation a line. Empty lines are passed over.
///
/// # Errors
/// The first line that is no operation.
pub fn from_json_lines(text: &str) -> Result<Vec<Operation>, BadLine> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| BadLine { line: number + 1, reason: error.to_string() })
    };
    lines.map(read).collect()
}

/// Writes a history, one operation a line.
///
/// # Errors
/// When an operation cannot be written as JSON.
pub fn to_json_lines(history: &[Operation]) -> Result<String, serde_json::Error> {
    let lines: Result<Vec<String>, _> = history.iter().map(serde_json::to_string).collect();
    lines.map(|lines| lines.join("\n") + "\n")
}

/// Names bookings whose answer was lost. Whoever sent one does not know the id that the cluster gave it, and calls it by a
/// name of its own; a reader sees the id. Where a seat has one such booking, and shows one id that was given to nobody,
/// they are the same.
pub fn name_unanswered(history: &mut [Operation]) {
    let mut given: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut unanswered: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut shown: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for operation in history.iter() {
        let (names, name) = match &operation.act {
            Act::Book { booking, .. } if operation.is_unknown() => (&mut unanswered, Some(booking)),
            Act::Book { booking, .. } => (&mut given, Some(booking)),
            Act::Cancel { booking, .. } => (&mut shown, Some(booking)),
            Act::Read { holder, .. } => (&mut shown, holder.as_ref()),
        };
        if let Some(name) = name {
            names.entry(&operation.seat).or_default().insert(name);
        }
    }
    let mut names: BTreeMap<(String, String), String> = BTreeMap::new();
    for (seat, unanswered) in &unanswered {
        let known =
            |name: &&&str| given.get(seat).is_some_and(|given| given.contains(**name)) || unanswered.contains(**name);
        let strange: Vec<&&str> = shown.get(seat).into_iter().flatten().filter(|name| !known(name)).collect();
        let lone = unanswered.first().filter(|_| unanswered.len() == 1);
        if let (Some(lone), [id]) = (lone, strange.as_slice()) {
            names.insert(((*seat).to_owned(), (*lone).to_owned()), (**id).to_owned());
        }
    }
    for operation in history {
        if let Act::Book { booking, .. } = &mut operation.act
            && let Some(name) = names.get(&(operation.seat.clone(), booking.clone()))
        {
            booking.clone_from(name);
        }
    }
}
