//! `wasm-opt`, which makes a release small: from PATH, else from the npm package `binaryen`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{folder, is_executable, on_path, version, version_line};
use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// The version of the npm package; its first number is that of `wasm-opt`.
const BINARYEN: &str = "132.0.0";
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
    let mut command = Command::new("npm");
    command.args(["install", "--global", "--no-audit", "--no-fund", "--prefix"]).arg(&root);
    command.arg(format!("binaryen@{BINARYEN}"));
    process::run("installing wasm-opt", &mut command, "check that npm can reach its registry, then try again")?;
    if is_recent(&bin.join("wasm-opt")) {
        return Ok(Some(bin));
    }
    Err(Failure::Missing {
        what: "wasm-opt".into(),
        why: format!("npm installed binaryen into {}, and wasm-opt does not answer", root.display()),
        advice: "check that node is on PATH, and that it is version 18 or newer".into(),
    })
}

fn is_recent(program: &Path) -> bool {
    let number = || version::major(version::first(&version_line(program)?)?);
    is_executable(program) && number().is_some_and(|number| number >= OLDEST)
}
