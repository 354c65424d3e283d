//! The standard library for `wasm32-unknown-unknown`.

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
    if on_path("rustup").is_none() {
        return Err(Failure::Missing {
            what,
            why: "this Rust was not installed with rustup, which could add it".into(),
            advice: "install Rust from https://rustup.rs, or your system's package for it".into(),
        });
    }
    println!("{what}: adding it");
    let mut command = Command::new("rustup");
    command.args(["target", "add", TARGET]).current_dir(&workspace.root);
    process::run("adding the wasm target", &mut command, "check that rustup can reach its server, then try again")
}

fn is_installed(workspace: &Workspace) -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]).current_dir(&workspace.root);
    process::capture(&mut rustc).is_some_and(|folder| Path::new(folder.trim()).is_dir())
}
