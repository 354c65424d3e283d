//! `cargo xtask`: sets the project up, then runs its demo, its tests and its builds.
//!
//! ```text
//! main ── demo ──┬── cluster_process   reference nodes as processes
//!      │         ├── ports             refused before anything is started
//!      │         └── http              just enough to ask a node for its leader
//!      ├─ test ───── summary           counts what cargo's test runners print
//!      ├─ bench              the targets of the failover, criterion
//!      └─ build ──┬─ trunk             the one place that calls trunk, for all but releases
//!                 ├─ release           a release: cut into chunks, bound, optimised
//!                 └─ sizes             what a browser loads, chunk by chunk
//! post_build/ (a package, portable)    trunk's hook: one style sheet, run-time configuration, Content-Security-Policy
//! tools/     installs what is missing; never touches what the user installed
//! jobs       builds beside each other, with the time that is left
//! process    starts, follows and ends other programs; nothing else does
//! failure    every error that a person can read: what, where, what to do
//! ```

mod bench;
mod build;
mod cluster_process;
mod demo;
mod failure;
mod http;
mod jobs;
mod ports;
mod process;
mod release;
mod sizes;
mod summary;
mod test;
mod tools;
mod trunk;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;
use workspace::Workspace;

/// Sets the project up, then runs its demo, its tests and its builds.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Starts a real cluster on this machine and the application in front of it, until Ctrl-C.
    Demo(demo::Options),
    /// Runs every test: native, against the reference cluster, in a browser, and the whole page.
    Test(test::Options),
    /// Leaves the static site in dist/ and prints what a browser loads.
    Build(build::Options),
    /// Measures the failover's targets beside the rules that it replaces, and what one event costs.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Interrupted) => {
            eprintln!("\nEnded.");
            // What a shell reports for a program ended by Ctrl-C.
            ExitCode::from(130)
        }
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<(), Failure> {
    let workspace = Workspace::find()?;
    process::watch_for_interrupts()?;
    match task {
        Task::Demo(options) => demo::run(&workspace, &options),
        Task::Test(options) => test::run(&workspace, &options),
        Task::Bench(options) => bench::run(&workspace, &options),
        Task::Build(options) => build::run(&workspace, &options),
    }
}
