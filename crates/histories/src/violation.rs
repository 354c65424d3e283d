//! What is wrong with a history, in words.

use std::fmt;

use crate::operation::Operation;
use crate::picture;

/// Why a history cannot be that of a correct cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// There is no order in which these operations on one seat could have happened. None of them can be left out.
    NotLinearizable { seat: String, operations: Vec<Operation> },
    /// A session was shown an older state than before.
    Backwards { earlier: Box<Operation>, later: Box<Operation> },
    /// Too many operations of one seat were under way at once to find out.
    Undecided { seat: String, operations: usize },
}

impl Violation {
    /// The operations that contradict each other.
    pub fn operations(&self) -> Vec<&Operation> {
        match self {
            Self::NotLinearizable { operations, .. } => operations.iter().collect(),
            Self::Backwards { earlier, later } => vec![earlier, later],
            Self::Undecided { .. } => Vec::new(),
        }
    }

    /// A picture of the operations that contradict each other: a row a session, time from left to right.
    pub fn svg(&self) -> String {
        picture::svg(&self.headline(), &self.operations())
    }

    fn headline(&self) -> String {
        match self {
            Self::NotLinearizable { seat, operations } => {
                format!("seat {seat}: these {} answers cannot all be true", operations.len())
            }
            Self::Backwards { earlier, later } => format!(
                "session {}: index {} was shown after index {}",
                earlier.session,
                later.index.unwrap_or_default(),
                earlier.index.unwrap_or_default()
            ),
            Self::Undecided { seat, operations } => {
                format!("seat {seat}: too many of its {operations} operations were under way at once to decide")
            }
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.headline())?;
        let mut operations = self.operations();
        operations.sort_by_key(|operation| operation.began_us);
        let start = operations.first().map_or(0, |first| first.began_us);
        let ms = |at: u64| at.saturating_sub(start) as f64 / 1_000.0;
        for operation in operations {
            write!(f, "\n  {:>10.3} … ", ms(operation.began_us))?;
            match operation.answered_us() {
                Some(ended) => write!(f, "{:>10.3} ms", ms(ended))?,
                None => write!(f, "{:>10}   ", "?")?,
            }
            write!(f, "  {:<12} seat {}  {operation}", operation.session, operation.seat)?;
            if let Some(index) = operation.index {
                write!(f, "  index {index}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Violation {}
