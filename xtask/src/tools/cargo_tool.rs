//! Tools that come from crates.io: as a binary when `cargo binstall` is there and finds one, else built from source.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use super::{folder, is_executable, on_path, version, version_line};
use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// On how many cores [`CargoTool::minutes`] was measured.
const MEASURED_CORES: u32 = 2;

/// A tool that cargo can install.
pub struct CargoTool {
    /// Its name on crates.io.
    pub package: &'static str,
    /// Its name in the cache.
    pub folder: &'static str,
    /// What it installs. The first is asked for its version.
    pub programs: &'static [&'static str],
    /// Exactly this version is used.
    pub version: String,
    /// Build with the lock file of the release.
    pub locked: bool,
    /// How long the build from source took on [`MEASURED_CORES`] cores.
    pub minutes: u32,
}

/// Finds or installs `tool`. Gives the folder of its programs, or nothing when they are on PATH already.
///
/// # Errors
/// When it can be installed in no way.
pub fn ensure(workspace: &Workspace, tool: &CargoTool) -> Result<Option<PathBuf>, Failure> {
    if let Some(main) = on_path(tool.programs[0])
        && let Some(bin) = main.parent()
        && is_complete(bin, tool)
    {
        return Ok(None);
    }
    let root = folder(workspace, tool.folder, &tool.version);
    let bin = root.join("bin");
    if is_complete(&bin, tool) {
        return Ok(Some(bin));
    }
    if !(has_binstall() && fetch(tool, &root) && is_complete(&bin, tool)) {
        build(workspace, tool, &root)?;
    }
    if is_complete(&bin, tool) {
        return Ok(Some(bin));
    }
    Err(Failure::Missing {
        what: format!("{} {}", tool.programs.join(" and "), tool.version),
        why: format!("cargo installed {} into {}, and the programs do not answer", tool.package, root.display()),
        advice: format!("remove {} and try again", root.display()),
    })
}

fn is_complete(bin: &Path, tool: &CargoTool) -> bool {
    tool.programs.iter().all(|program| is_executable(&bin.join(program)))
        && version_line(&bin.join(tool.programs[0]))
            .is_some_and(|line| version::first(&line) == Some(tool.version.as_str()))
}

fn has_binstall() -> bool {
    on_path("cargo-binstall").is_some()
}

/// Whether a prebuilt binary was installed. Its own messages say why not; a build from source follows.
fn fetch(tool: &CargoTool, root: &Path) -> bool {
    println!("{} {}: looking for a prebuilt binary", tool.package, tool.version);
    let mut command = Command::new("cargo");
    command.args(["binstall", "--no-confirm", "--disable-strategies", "compile", "--root"]).arg(root);
    command.arg(format!("{}@{}", tool.package, tool.version));
    process::run(tool.package, &mut command, "").is_ok()
}

fn build(workspace: &Workspace, tool: &CargoTool, root: &Path) -> Result<(), Failure> {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
    println!(
        "{} {}: building from source, about {} min on {cores} cores (once; kept in {})",
        tool.package,
        tool.version,
        estimate(tool.minutes, cores),
        root.display()
    );
    let mut command = Command::new("cargo");
    command.args(["install", tool.package, "--version", &tool.version, "--root"]).arg(root);
    if tool.locked {
        command.arg("--locked");
    }
    // Beside the project's own target folder, so that one tool's dependencies serve the next.
    command.env("CARGO_TARGET_DIR", workspace.cache.join("tools-target"));
    let advice = format!(
        "read cargo's message above; when crates.io is out of reach, put {} {} on PATH yourself",
        tool.programs.join(" and "),
        tool.version
    );
    process::run(&format!("installing {}", tool.package), &mut command, &advice)
}

/// Minutes on `cores` cores. The last steps of a build run on one core: beyond four, little is gained.
fn estimate(minutes: u32, cores: u32) -> u32 {
    (minutes * MEASURED_CORES).div_ceil(cores.clamp(1, 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_follows_the_cores_and_stops_at_four() {
        assert_eq!(estimate(8, 2), 8);
        assert_eq!(estimate(8, 1), 16);
        assert_eq!(estimate(8, 4), 4);
        assert_eq!(estimate(8, 64), 4);
    }
}
