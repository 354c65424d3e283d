//! `cargo xtask bench`: the targets of the failover beside what they replace, the cost of an event, and the size.

use std::process::Command;

use clap::Args;

use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

#[derive(Args)]
pub struct Options {
    /// Fewer seeds and clients: a minute instead of several.
    #[arg(long)]
    quick: bool,
    /// Only the targets of the failover; not the cost of one event.
    #[arg(long)]
    targets_only: bool,
}

/// Prints the simulated targets, each with its goal, what was measured, its seed and the figure of the existing
/// rules; then criterion's figures of the core. `cargo xtask build --release` prints the sizes.
///
/// # Errors
/// When a benchmark does not build or ends with an error.
pub fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let mut targets = bench(workspace, "targets");
    if options.quick {
        targets.args(["--", "quick"]);
    }
    process::run("the targets of the failover", &mut targets, "see the messages above")?;
    if !options.targets_only {
        process::run("the cost of an event", &mut bench(workspace, "failover"), "see the messages above")?;
    }
    Ok(())
}

fn bench(workspace: &Workspace, name: &str) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(&workspace.root).args(["bench", "--package", "vcube-raft-frontend", "--bench", name]);
    command
}
