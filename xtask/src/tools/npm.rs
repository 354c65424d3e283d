//! What comes from npm, in the versions of `xtask/npm/package-lock.json`: `wasm-opt` for a release, and axe-core,
//! which looks for barriers in a page.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use super::on_path;
use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// What npm reads, below `xtask/npm`.
const FILES: [&str; 2] = ["package.json", "package-lock.json"];
/// Written last: the installation came to its end.
const MARK: &str = "installed";

/// The folder of what npm installed.
pub struct Packages(PathBuf);

impl Packages {
    /// Where `wasm-opt` is.
    pub fn programs(&self) -> PathBuf {
        self.0.join(".bin")
    }

    pub fn axe_script(&self) -> PathBuf {
        self.0.join("axe-core").join("axe.min.js")
    }
}

/// Installs the packages into the project's cache, unless those of this lock file are there.
///
/// # Errors
/// When they are not there, and npm is not there or fails.
pub fn ensure(workspace: &Workspace) -> Result<Packages, Failure> {
    let source = workspace.root.join("xtask").join("npm");
    let root = super::folder(workspace, "npm", &hash_of_lock(&source)?);
    let packages = Packages(root.join("node_modules"));
    let mark = root.join(MARK);
    if mark.is_file() {
        return Ok(packages);
    }
    if on_path("npm").is_none() {
        return Err(Failure::Missing {
            what: "npm".into(),
            why: "a release build needs wasm-opt, page tests need axe-core, and npm is not on PATH".into(),
            advice: "install npm (Debian: apt-get install npm), then try again".into(),
        });
    }
    println!("wasm-opt and axe-core: installing with npm, about 26 MB");
    fs::create_dir_all(&root).map_err(Failure::file("create", &root))?;
    for name in FILES {
        let file = source.join(name);
        fs::copy(&file, root.join(name)).map_err(Failure::file("copy", &file))?;
    }
    let mut command = Command::new("npm");
    // Neither package needs a script of its own to be installed.
    command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&root);
    process::run("installing npm's packages", &mut command, "check that npm can reach its registry, then try again")?;
    fs::write(&mark, "").map_err(Failure::file("write", &mark))?;
    Ok(packages)
}

/// A new lock file has a folder of its own.
fn hash_of_lock(source: &Path) -> Result<String, Failure> {
    let lock = source.join("package-lock.json");
    let text = fs::read(&lock).map_err(Failure::file("read", &lock))?;
    Ok(Sha256::digest(text)[..8].iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_lock_file_pins_every_package_by_its_content_and_names_no_registry() {
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("npm/package-lock.json");
        let text = std::fs::read_to_string(lock).unwrap_or_default();
        let lock: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let packages = lock["packages"].as_object().cloned().unwrap_or_default();
        assert!(packages.len() > 1, "{text}");
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            assert!(package["integrity"].as_str().is_some_and(|hash| hash.starts_with("sha512-")), "{name}");
            assert!(package["resolved"].is_null(), "{name} names a registry");
        }
    }
}
