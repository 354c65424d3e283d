//! What comes from npm: `wasm-opt` and esbuild, which make a release small, and axe-core, which looks for barriers in a
//! page.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{folder, is_executable, on_path, version, version_line};
use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// The version of the npm package; its first number is that of `wasm-opt`.
const BINARYEN: &str = "132.0.0";
/// The version of the npm package esbuild.
const ESBUILD: &str = "0.28.2";
/// The version of the npm package axe-core.
const AXE: &str = "4.14.1";
/// The oldest `wasm-opt` that is taken from PATH: older ones do not know every feature that today's Rust emits.
const OLDEST: u32 = 119;

/// Finds or installs `wasm-opt`. Gives its folder, or nothing when a recent one is on PATH already.
///
/// # Errors
/// When it is not there, and npm is not there or fails.
pub fn ensure_wasm_opt(workspace: &Workspace) -> Result<Option<PathBuf>, Failure> {
    if on_path("wasm-opt").is_some_and(|program| is_recent(&program)) {
        return Ok(None);
    }
    let root = folder(workspace, "binaryen", BINARYEN);
    let bin = root.join("bin");
    if is_recent(&bin.join("wasm-opt")) {
        return Ok(Some(bin));
    }
    if on_path("npm").is_none() {
        return Err(Failure::Missing {
            what: format!("wasm-opt {OLDEST} or newer"),
            why: "only a release build needs it, and neither it nor npm is on PATH".into(),
            advice: "install npm (Debian: apt-get install npm), or binaryen from \
                     https://github.com/WebAssembly/binaryen/releases, then try again"
                .into(),
        });
    }
    println!("wasm-opt: installing the npm package binaryen {BINARYEN}, about 23 MB");
    install("installing wasm-opt", &root, &format!("binaryen@{BINARYEN}"))?;
    if is_recent(&bin.join("wasm-opt")) {
        return Ok(Some(bin));
    }
    Err(Failure::Missing {
        what: "wasm-opt".into(),
        why: format!("npm installed binaryen into {}, and wasm-opt does not answer", root.display()),
        advice: "check that node is on PATH, and that it is version 18 or newer".into(),
    })
}

/// Finds or installs esbuild, which minifies the script of a release. Gives its folder.
///
/// # Errors
/// When it is not there, and npm is not there or fails.
pub fn ensure_esbuild(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let root = folder(workspace, "esbuild", ESBUILD);
    let bin = root.join("bin");
    let answers = || version_line(&bin.join("esbuild")).is_some_and(|version| version.trim() == ESBUILD);
    if answers() {
        return Ok(bin);
    }
    if on_path("npm").is_none() {
        return Err(Failure::Missing {
            what: format!("esbuild {ESBUILD}"),
            why: "a release build minifies its script with it, and npm is not on PATH".into(),
            advice: "install npm (Debian: apt-get install npm), then try again".into(),
        });
    }
    println!("esbuild: installing the npm package {ESBUILD}, about 11 MB");
    install("installing esbuild", &root, &format!("esbuild@{ESBUILD}"))?;
    if answers() {
        return Ok(bin);
    }
    Err(Failure::Missing {
        what: "esbuild".into(),
        why: format!("npm installed it into {}, and it does not answer", root.display()),
        advice: "remove that folder, then try again".into(),
    })
}

/// Finds or installs axe-core. Gives the path of its script.
///
/// # Errors
/// When it is not there, and npm is not there or fails.
pub fn ensure_axe(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let root = folder(workspace, "axe-core", AXE);
    let script = root.join("lib/node_modules/axe-core/axe.min.js");
    if script.is_file() {
        return Ok(script);
    }
    if on_path("npm").is_none() {
        return Err(Failure::Missing {
            what: format!("axe-core {AXE}"),
            why: "the page tests look for barriers with it, and npm is not on PATH".into(),
            advice: "install npm (Debian: apt-get install npm), then try again".into(),
        });
    }
    println!("axe-core: installing the npm package {AXE}, about 3 MB");
    install("installing axe-core", &root, &format!("axe-core@{AXE}"))?;
    if script.is_file() {
        return Ok(script);
    }
    Err(Failure::Missing {
        what: "axe-core".into(),
        why: format!("npm installed it into {}, and its script is not there", root.display()),
        advice: "remove that folder, then try again".into(),
    })
}

fn install(step: &'static str, root: &Path, package: &str) -> Result<(), Failure> {
    let mut command = Command::new("npm");
    command.args(["install", "--global", "--no-audit", "--no-fund", "--prefix"]).arg(root).arg(package);
    process::run(step, &mut command, "check that npm can reach its registry, then try again")
}

fn is_recent(program: &Path) -> bool {
    let number = || version::major(version::first(&version_line(program)?)?);
    is_executable(program) && number().is_some_and(|number| number >= OLDEST)
}
