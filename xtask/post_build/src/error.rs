//! Why a site cannot be completed.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::page::Problem;

/// Why a site cannot be completed.
#[derive(Debug)]
pub enum Error {
    /// A file could not be read or written.
    File { doing: &'static str, path: PathBuf, source: io::Error },
    /// A file is not as expected.
    Unexpected { path: PathBuf, problem: Problem },
}

impl Error {
    /// For `map_err`: the file, and what was being done with it ("read", "write", …).
    pub(crate) fn file<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Self + 'a {
        move |source| Self::File { doing, path: path.to_owned(), source }
    }

    pub(crate) fn unexpected(path: &Path, problem: Problem) -> Self {
        Self::Unexpected { path: path.to_owned(), problem }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { doing, path, source } => write!(out, "cannot {doing} {}: {source}", path.display()),
            Self::Unexpected { path, problem } => write!(out, "{}: {problem}", path.display()),
        }
    }
}

impl std::error::Error for Error {}
