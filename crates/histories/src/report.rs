//! What is left behind of a violation, for whoever looks for its cause.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::operation::{Operation, to_json_lines};
use crate::violation::Violation;

/// Where a violation was written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The operations that contradict each other, as an SVG.
    pub picture: PathBuf,
    /// The whole history, a line of JSON an operation.
    pub history: PathBuf,
}

/// Writes `violation` as a picture, and the whole history beside it, into `folder`, which is made where it is missing.
/// What an earlier run left there under this `name` is replaced.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path, name: &str, violation: &Violation, history: &[Operation]) -> io::Result<Report> {
    fs::create_dir_all(folder)?;
    let file = |ending: &str| folder.join(format!("{name}.{ending}"));
    let report = Report { picture: file("svg"), history: file("jsonl") };
    fs::write(&report.picture, violation.svg())?;
    fs::write(&report.history, to_json_lines(history)?)?;
    Ok(report)
}

/// Checks `history` as [`check`](crate::check) does. What is wrong is told in words, with the files that show it.
///
/// # Errors
/// The few operations that contradict each other, and where their picture and the whole history are.
pub fn check_and_write(folder: &Path, name: &str, history: &[Operation]) -> Result<crate::Checked, String> {
    crate::check(history).map_err(|violation| {
        let shown = match write(folder, name, &violation, history) {
            Ok(Report { picture, history }) => {
                format!("its picture: {}\nthe whole history: {}", picture.display(), history.display())
            }
            Err(error) => format!("its picture could not be written: {error}"),
        };
        format!("{violation}\n{shown}")
    })
}
