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
    /// The release profile, optimised for size.
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
    if site.release {
        return parts::build(workspace, tools, site);
    }
    process::run("building the site", &mut command(workspace, tools, "build", site), ADVICE)
}

/// The command that serves the site on the loopback interface and rebuilds it when a file changes.
///
/// # Errors
/// When the application's dependencies cannot be fetched.
pub fn serve(workspace: &Workspace, tools: &Toolbox, site: Site<'_>, port: u16) -> Result<Command, Failure> {
    fetch_dependencies(workspace, tools)?;
    let mut command = command(workspace, tools, "serve", site);
    command.arg("--port").arg(port.to_string()).args(["--address", "127.0.0.1"]);
    Ok(command)
}

fn command(workspace: &Workspace, tools: &Toolbox, task: &str, site: Site<'_>) -> Command {
    let mut command = tools.command(workspace, "trunk");
    // Offline: trunk would otherwise fetch its own copies of tools that are there.
    command.args(["--offline", "--skip-version-check", task, "--dist"]).arg(site.dist);
    if site.release {
        command.arg("--release");
    }
    if !site.features.is_empty() {
        command.args(["--features", site.features]);
    }
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
