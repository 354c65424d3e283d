//! Every way in which a task fails, told as: which step, what happened, the command, what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::process;

/// Why a task stopped.
#[derive(Debug)]
pub enum Failure {
    /// Ctrl-C, SIGTERM or a closed terminal.
    Interrupted,
    /// A program ran and said no.
    Command { step: String, command: String, ended: String, advice: String },
    /// A program could not be started at all.
    NotStarted { step: String, command: String, source: io::Error, advice: String },
    /// A file could not be read or written.
    File { doing: &'static str, path: PathBuf, source: io::Error },
    /// Something has to be installed by hand.
    Missing { what: String, why: String, advice: String },
    /// A port is taken, or may not be used.
    Port { port: u16, purpose: String, reason: String, advice: String },
    /// An option cannot be used.
    Option { what: String, advice: String },
    /// A file of this repository, or one that a tool wrote, is not as expected.
    Unexpected { path: PathBuf, what: String },
    /// The cluster did not come up.
    Cluster { what: String, advice: String },
    /// Tests failed, or none ran. The summary has been printed.
    Tests,
}

impl Failure {
    pub fn command(step: &str, command: &std::process::Command, ended: impl fmt::Display, advice: &str) -> Self {
        Self::Command {
            step: step.to_owned(),
            command: process::shown(command),
            ended: ended.to_string(),
            advice: advice.to_owned(),
        }
    }

    /// For `map_err`: the file, and what was being done with it ("read", "write", …).
    pub fn file<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Self + 'a {
        move |source| Self::File { doing, path: path.to_owned(), source }
    }

    pub fn unexpected(path: &Path, what: impl Into<String>) -> Self {
        Self::Unexpected { path: path.to_owned(), what: what.into() }
    }
}

impl From<post_build::Error> for Failure {
    fn from(error: post_build::Error) -> Self {
        match error {
            post_build::Error::File { doing, path, source } => Self::File { doing, path, source },
            post_build::Error::Unexpected { path, problem } => Self::Unexpected { path, what: problem.to_string() },
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => write!(out, "interrupted"),
            Self::Command { step, command, ended, advice } => {
                write!(out, "{step}: {ended}\n  command: {command}\n  to do:   {advice}")
            }
            Self::NotStarted { step, command, source, advice } => {
                write!(
                    out,
                    "{step}: the program cannot be started: {source}\n  command: {command}\n  to do:   {advice}"
                )
            }
            Self::File { doing, path, source } => write!(out, "cannot {doing} {}: {source}", path.display()),
            Self::Missing { what, why, advice } => write!(out, "{what} is missing: {why}\n  to do:   {advice}"),
            Self::Port { port, purpose, reason, advice } => {
                write!(out, "port {port} ({purpose}) {reason}\n  to do:   {advice}")
            }
            Self::Option { what, advice } | Self::Cluster { what, advice } => {
                write!(out, "{what}\n  to do:   {advice}")
            }
            Self::Unexpected { path, what } => write!(out, "{}: {what}", path.display()),
            Self::Tests => write!(out, "not every test passed"),
        }
    }
}

impl std::error::Error for Failure {}
