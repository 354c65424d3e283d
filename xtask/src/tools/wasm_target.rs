//! The standard library for `wasm32-unknown-unknown`: compiled, and for a release its source.

use std::path::Path;
use std::process::Command;

use super::on_path;
use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

pub const TARGET: &str = "wasm32-unknown-unknown";

/// Adds the target to the toolchain of this repository when it is not there.
///
/// # Errors
/// When it is not there and rustup cannot add it.
pub fn ensure(workspace: &Workspace) -> Result<(), Failure> {
    if is_installed(workspace) {
        return Ok(());
    }
    let what = format!("Rust's standard library for {TARGET}");
    add(workspace, what, "adding the wasm target", &["target", "add", TARGET])
}

/// Adds the source of the standard library to the toolchain of this repository when it is not there.
///
/// # Errors
/// When it is not there and rustup cannot add it.
pub fn ensure_source(workspace: &Workspace) -> Result<(), Failure> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "sysroot"]).current_dir(&workspace.root);
    let source = |root: String| Path::new(root.trim()).join("lib/rustlib/src/rust/library/Cargo.lock");
    if process::capture(&mut rustc).map(source).is_some_and(|lock| lock.is_file()) {
        return Ok(());
    }
    let what = "the source of Rust's standard library".to_owned();
    add(workspace, what, "adding the source of the standard library", &["component", "add", "rust-src"])
}

fn add(workspace: &Workspace, what: String, step: &'static str, arguments: &[&str]) -> Result<(), Failure> {
    if on_path("rustup").is_none() {
        return Err(Failure::Missing {
            what,
            why: "this Rust was not installed with rustup, which could add it".into(),
            advice: "install Rust from https://rustup.rs, or your system's package for it".into(),
        });
    }
    println!("{what}: adding it");
    let mut command = Command::new("rustup");
    command.args(arguments).current_dir(&workspace.root);
    process::run(step, &mut command, "check that rustup can reach its server, then try again")
}

fn is_installed(workspace: &Workspace) -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]).current_dir(&workspace.root);
    process::capture(&mut rustc).is_some_and(|folder| Path::new(folder.trim()).is_dir())
}
