//! Calls trunk.

use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::parts;
use crate::process;
use crate::tools::Toolbox;
use crate::workspace::Workspace;

/// What of the application is built.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// The release profile, optimised for size. What is built, and not served, is in parts then.
    pub release: bool,
    /// Features of the application, separated by commas; none when empty.
    pub features: &'a str,
    /// Where the site is left.
    pub dist: &'a Path,
}

const ADVICE: &str = "read the messages above; the first error is the one to start with";

/// Builds the site.
///
/// # Errors
/// When the build fails or is interrupted.
pub fn build(workspace: &Workspace, tools: &Toolbox, site: Site<'_>) -> Result<(), Failure> {
    fetch_dependencies(workspace, tools)?;
    let mut command = command(workspace, tools, "build", site.dist);
    if site.release {
        // Not `--release`: trunk would optimise the whole, which is then cut.
        command.args(["--cargo-profile", "release"]).env(parts::LINKED_VARIABLE, parts::linked_wasm(workspace));
        let features = [parts::FEATURE, site.features].into_iter().filter(|features| !features.is_empty());
        command.args(["--features", &features.collect::<Vec<_>>().join(",")]);
    } else if !site.features.is_empty() {
        command.args(["--features", site.features]);
    }
    process::run("building the site", &mut command, ADVICE)
}

/// The command that serves the site on the loopback interface and rebuilds it when a file changes.
///
/// # Errors
/// When the application's dependencies cannot be fetched.
pub fn serve(workspace: &Workspace, tools: &Toolbox, site: Site<'_>, port: u16) -> Result<Command, Failure> {
    fetch_dependencies(workspace, tools)?;
    let mut command = command(workspace, tools, "serve", site.dist);
    if site.release {
        command.arg("--release");
    }
    if !site.features.is_empty() {
        command.args(["--features", site.features]);
    }
    command.arg("--port").arg(port.to_string()).args(["--address", "127.0.0.1"]);
    Ok(command)
}

fn command(workspace: &Workspace, tools: &Toolbox, task: &str, dist: &Path) -> Command {
    let mut command = tools.command(workspace, "trunk");
    // Offline: trunk would otherwise fetch its own copies of tools that are there.
    command.args(["--offline", "--skip-version-check", task, "--dist"]).arg(dist);
    // trunk and cargo would each read it, and trunk takes only `true` and `false`.
    command.env_remove("NO_COLOR");
    command
}

/// trunk passes `--offline` on to cargo: what the application needs must be there before.
fn fetch_dependencies(workspace: &Workspace, tools: &Toolbox) -> Result<(), Failure> {
    let mut command = tools.command(workspace, "cargo");
    command.args(["fetch", "--quiet"]);
    process::run("fetching dependencies", &mut command, "check that cargo can reach crates.io, then try again")
}
