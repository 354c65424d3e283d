//! Tools that come from crates.io: as a binary when `cargo binstall` is there and finds one, else built from source.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{folder, is_executable, on_path, version, version_line};
use crate::jobs::Job;
use crate::process;
use crate::workspace::Workspace;

/// How much optimisation a tool gets that has to be built. These tools have little to compute: a light build is there
/// minutes earlier, and takes a second more where it is used.
const LIGHT_PROFILE: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "false"),
    ("CARGO_PROFILE_RELEASE_STRIP", "true"),
];

/// Which versions of a tool do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// Exactly the version that would be installed.
    Exactly,
    /// The version that would be installed, and later fixes of it: the first two numbers are equal.
    Fixes,
}

/// A tool that cargo can install.
pub struct CargoTool {
    /// Its name on crates.io.
    pub package: &'static str,
    /// Its name in the cache.
    pub folder: &'static str,
    /// What it installs. The first is asked for its version.
    pub programs: &'static [&'static str],
    /// The version that is installed.
    pub version: String,
    /// Which versions are taken from PATH.
    pub accepts: Accepts,
    /// Build with the lock file of the release.
    pub locked: bool,
    /// Whether it is built without its default features.
    pub bare: bool,
    /// `opt-level` of its build.
    pub optimisation: &'static str,
    /// How many crates are compiled for it.
    pub crates: u32,
    /// How long that takes on one core, in seconds.
    pub seconds: u32,
}

/// Where a tool is.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    OnPath,
    /// In this folder of the cache.
    Cached(PathBuf),
    Missing,
}

impl CargoTool {
    /// Looks for the tool on PATH, then in the project's cache.
    pub fn find(&self, workspace: &Workspace) -> Found {
        let beside = |main: PathBuf| main.parent().is_some_and(|bin| self.is_complete(bin, self.accepts));
        if on_path(self.programs[0]).is_some_and(beside) {
            return Found::OnPath;
        }
        let bin = self.root(workspace).join("bin");
        if self.is_complete(&bin, Accepts::Exactly) { Found::Cached(bin) } else { Found::Missing }
    }

    /// The folder of the cache that the tool is installed into.
    pub fn root(&self, workspace: &Workspace) -> PathBuf {
        folder(workspace, self.folder, &self.version)
    }

    fn is_complete(&self, bin: &Path, accepts: Accepts) -> bool {
        self.programs.iter().all(|program| is_executable(&bin.join(program)))
            && version_line(&bin.join(self.programs[0]))
                .is_some_and(|line| version::first(&line).is_some_and(|found| does(found, &self.version, accepts)))
    }

    /// Installs a prebuilt binary where `cargo binstall` is there and finds one. Its own messages say why not.
    pub fn fetch(&self, workspace: &Workspace) {
        if on_path("cargo-binstall").is_none() {
            return;
        }
        println!("{} {}: looking for a prebuilt binary", self.package, self.version);
        let mut command = Command::new("cargo");
        command.args(["binstall", "--no-confirm", "--disable-strategies", "compile", "--root"]);
        command.arg(self.root(workspace)).arg(format!("{}@{}", self.package, self.version));
        // A build from source follows when there is none.
        let _ = process::run(self.package, &mut command, "");
    }

    /// The build from source.
    pub fn build(&self, workspace: &Workspace) -> Job {
        let mut command = Command::new("cargo");
        command.args(["install", self.package, "--version", &self.version, "--root"]).arg(self.root(workspace));
        if self.locked {
            command.arg("--locked");
        }
        if self.bare {
            command.arg("--no-default-features");
        }
        // Beside the project's own target folder, so that one tool's dependencies serve the next.
        command.env("CARGO_TARGET_DIR", workspace.cache.join("tools-target"));
        command.envs(LIGHT_PROFILE).env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.optimisation);
        Job {
            name: self.package.to_owned(),
            command,
            crates: self.crates,
            seconds: self.seconds,
            advice: format!(
                "read cargo's message above; when crates.io is out of reach, put {} {} on PATH yourself",
                self.programs.join(" and "),
                self.version
            ),
        }
    }
}

/// Whether version `found` does where `wanted` is asked for.
fn does(found: &str, wanted: &str, accepts: Accepts) -> bool {
    let parts = |version: &str| -> Vec<u32> { version.split('.').filter_map(|part| part.parse().ok()).collect() };
    match (accepts, parts(found).as_slice(), parts(wanted).as_slice()) {
        (Accepts::Fixes, [major, minor, fix, ..], [wanted_major, wanted_minor, wanted_fix, ..]) => {
            (major, minor) == (wanted_major, wanted_minor) && fix >= wanted_fix
        }
        _ => found == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_fix_of_a_tool_does_where_fixes_are_accepted_and_nothing_else_does() {
        let fixes = |found| does(found, "0.21.14", Accepts::Fixes);
        assert!(fixes("0.21.14") && fixes("0.21.20"));
        assert!(!fixes("0.21.13") && !fixes("0.22.0") && !fixes("1.21.14") && !fixes("unknown"));
        assert!(does("0.2.130", "0.2.130", Accepts::Exactly));
        assert!(!does("0.2.131", "0.2.130", Accepts::Exactly));
    }
}
