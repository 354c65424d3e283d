//! Calls trunk.

use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
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

/// Builds the site as one wasm.
///
/// # Errors
/// When the build fails or is interrupted.
pub fn build(workspace: &Workspace, tools: &Toolbox, site: Site<'_>) -> Result<(), Failure> {
    fetch_dependencies(workspace, tools)?;
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

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    /// What cargo and trunk write, and git: a watcher that sees them dies, or builds without end.
    const WRITTEN: [&str; 3] = ["target", "dist", ".git"];
    /// What the application is built of, where it is there.
    const SOURCES: [&str; 7] = ["src", "style", "crates", "index.html", "Cargo.toml", "Cargo.lock", "Trunk.toml"];

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap_or_default()
    }

    fn configuration() -> toml::Table {
        std::fs::read_to_string(root().join("Trunk.toml")).ok().and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    #[test]
    fn trunk_watches_every_source_and_nothing_that_is_written_by_a_build() {
        let configuration = configuration();
        let watch = configuration.get("watch").and_then(|watch| watch.get("watch")?.as_array());
        let watched: Vec<&str> = watch.into_iter().flatten().filter_map(toml::Value::as_str).collect();
        let there: Vec<&str> = SOURCES.into_iter().filter(|name| root().join(name).exists()).collect();
        let sorted = |mut names: Vec<&str>| {
            names.sort_unstable();
            names.join(" ")
        };
        assert_eq!(sorted(watched.clone()), sorted(there), "trunk refuses to start when one is missing");
        for path in watched.into_iter().map(|name| root().join(name)) {
            assert!(path.starts_with(root()) && path != root(), "{}", path.display());
            for written in WRITTEN.map(|name| root().join(name)) {
                assert!(!written.starts_with(&path), "{} is below {}", written.display(), path.display());
            }
            assert!(!WRITTEN.iter().any(|name| path.join(name).exists()), "{}", path.display());
        }
    }

    #[test]
    fn the_hook_of_trunk_is_the_portable_package() {
        let configuration = configuration();
        let hooks = configuration.get("hooks").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        let arguments =
            |hook: &toml::Value| Some(hook.get("command_arguments")?.as_array()?.last()?.as_str()?.to_owned());
        let packages: Vec<String> = hooks.iter().filter_map(arguments).collect();
        assert_eq!(packages, ["post-build"]);
        assert!(root().join("xtask/post_build/Cargo.toml").is_file());
    }

    #[test]
    fn trunk_alone_takes_the_optimiser_that_npm_gives_to_a_release() {
        let configuration = configuration();
        let version = configuration.get("tools").and_then(|tools| tools.get("wasm_opt")?.as_str()).unwrap_or_default();
        let packages = std::fs::read_to_string(root().join("xtask/npm/package.json")).unwrap_or_default();
        let binaryen = version.replace("version_", "\"binaryen\": \"") + ".";
        assert!(!version.is_empty() && packages.contains(&binaryen), "{version}, and {packages}");
    }
}
