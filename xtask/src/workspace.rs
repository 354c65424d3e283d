//! Where things are: the repository, cargo's target folder, the project's cache.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The folder of the cache that belongs to this project.
const CACHE_NAME: &str = "vcube-raft-frontend";

/// The repository that this task works on, and the folders around it.
pub struct Workspace {
    /// The repository's root, absolute.
    pub root: PathBuf,
    /// Cargo's target folder, absolute.
    pub target: PathBuf,
    /// `$XDG_CACHE_HOME/vcube-raft-frontend`, or below `~/.cache`.
    pub cache: PathBuf,
}

impl Workspace {
    /// # Errors
    /// When neither a home folder nor `XDG_CACHE_HOME` is known.
    pub fn find() -> Result<Self, Failure> {
        // Cargo names the folder at run time; the one of compile time serves a binary that is called directly.
        let manifest =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = manifest.parent().unwrap_or(&manifest).to_owned();
        let target = match env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty()) {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        let cache = cache_home(env::var_os("XDG_CACHE_HOME").map(PathBuf::from), env::home_dir())?.join(CACHE_NAME);
        Ok(Self { root, target, cache })
    }

    /// The version of `package` in Cargo.lock.
    ///
    /// # Errors
    /// When the file cannot be read or does not hold the package.
    pub fn locked_version(&self, package: &str) -> Result<String, Failure> {
        let path = self.root.join("Cargo.lock");
        let text = fs::read_to_string(&path).map_err(Failure::file("read", &path))?;
        locked_version(&text, package)
            .ok_or_else(|| Failure::unexpected(&path, format!("the package {package} is not in it")))
    }

    /// A path as it is told to a person: relative to the repository when it is inside.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

fn cache_home(configured: Option<PathBuf>, home: Option<PathBuf>) -> Result<PathBuf, Failure> {
    // The specification says that a relative path is to be ignored.
    configured.filter(|path| path.is_absolute()).or_else(|| home.map(|home| home.join(".cache"))).ok_or_else(|| {
        Failure::Missing {
            what: "a folder for tools".into(),
            why: "neither HOME nor XDG_CACHE_HOME is set".into(),
            advice: "set XDG_CACHE_HOME to a folder that this user may write to".into(),
        }
    })
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.next()?;
    let version = lines.next()?.strip_prefix("version = \"")?;
    version.strip_suffix('"').map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.80\"\n\n\
                        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"registry\"\n";

    #[test]
    fn a_locked_version_is_that_of_the_very_package() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(LOCK, "wasm").as_deref(), None);
    }

    #[test]
    fn a_relative_cache_folder_is_ignored() {
        let home = Some(PathBuf::from("/home/someone"));
        let relative = cache_home(Some("cache".into()), home.clone()).ok();
        assert_eq!(relative.as_deref(), Some(Path::new("/home/someone/.cache")));
        let absolute = cache_home(Some("/cache".into()), home).ok();
        assert_eq!(absolute.as_deref(), Some(Path::new("/cache")));
        assert!(cache_home(None, None).is_err());
    }
}
