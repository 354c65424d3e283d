//! What a task needs besides Rust: found where the user has it, else installed into the project's own cache.
//!
//! Invariants: what is there in the right version is never installed again; what the user installed is never
//! overwritten; each failure names the step, the command and what to do.

mod cargo_tool;
mod chromium;
mod npm;
mod version;
mod wasm_target;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_tool::{Accepts, CargoTool, Found};

use crate::failure::Failure;
use crate::jobs::{self, Job};
use crate::process;
use crate::workspace::Workspace;

/// 0.22 needs a newer Rust than this project.
const TRUNK_VERSION: &str = "0.21.14";

/// The tools that were found or installed: programs started with [`Toolbox::command`] see them first.
pub struct Toolbox {
    folders: Vec<PathBuf>,
    /// The driver of the browser, when a task asked for one.
    pub chromedriver: Option<PathBuf>,
    /// The script that looks for barriers in a page, when a task asked for it.
    pub axe: Option<PathBuf>,
}

impl Toolbox {
    /// Nothing but what the user has.
    pub fn new() -> Self {
        Self { folders: Vec::new(), chromedriver: None, axe: None }
    }

    /// What `trunk build` needs, while the builds of `beside` run beside what has to be installed. `optimised` builds
    /// need `wasm-opt` as well.
    ///
    /// # Errors
    /// When something can neither be found nor installed, or a build of `beside` fails.
    pub fn with_trunk(mut self, workspace: &Workspace, optimised: bool, beside: Vec<Job>) -> Result<Self, Failure> {
        let tools = [trunk(), wasm_bindgen(workspace.locked_version("wasm-bindgen")?)];
        self.install(workspace, &tools, beside)?;
        if optimised {
            self.add(Some(npm::ensure(workspace)?.programs()));
        }
        Ok(self)
    }

    /// `wasm-bindgen` and its test runner, exactly in the version of Cargo.lock.
    ///
    /// # Errors
    /// When they can neither be found nor installed.
    pub fn with_bindgen(mut self, workspace: &Workspace) -> Result<Self, Failure> {
        let version = workspace.locked_version("wasm-bindgen")?;
        self.install(workspace, &[wasm_bindgen(version)], Vec::new())?;
        Ok(self)
    }

    fn install(&mut self, workspace: &Workspace, tools: &[CargoTool], beside: Vec<Job>) -> Result<(), Failure> {
        wasm_target::ensure(workspace)?;
        let is_missing = |tool: &&CargoTool| tool.find(workspace) == Found::Missing;
        tools.iter().filter(is_missing).for_each(|tool| tool.fetch(workspace));
        let missing: Vec<&CargoTool> = tools.iter().filter(is_missing).collect();
        if missing.is_empty() {
            for mut job in beside {
                process::run(&format!("building {}", job.name), &mut job.command, &job.advice)?;
            }
        } else {
            let builds: Vec<Job> = missing.iter().map(|tool| tool.build(workspace)).collect();
            let names: Vec<&str> = builds.iter().chain(&beside).map(|job| job.name.as_str()).collect();
            println!("Building {} (tools once, kept in {})", names.join(", "), workspace.cache.join("tools").display());
            jobs::run(vec![builds, beside])?;
        }
        for tool in tools {
            match tool.find(workspace) {
                Found::OnPath => {}
                Found::Cached(bin) => self.add(Some(bin)),
                Found::Missing => return Err(unusable(workspace, tool)),
            }
        }
        Ok(())
    }

    /// A browser and its driver.
    ///
    /// # Errors
    /// When they can neither be found nor installed.
    pub fn with_browser(mut self) -> Result<Self, Failure> {
        self.chromedriver = Some(chromium::ensure()?);
        Ok(self)
    }

    /// axe-core, for the accessibility checks.
    ///
    /// # Errors
    /// When it can neither be found nor installed.
    pub fn with_axe(mut self, workspace: &Workspace) -> Result<Self, Failure> {
        self.axe = Some(npm::ensure(workspace)?.axe_script());
        Ok(self)
    }

    fn add(&mut self, folder: Option<PathBuf>) {
        self.folders.extend(folder.filter(|folder| !self.folders.contains(folder)));
    }

    /// A command that runs in the repository and sees these tools before all others.
    pub fn command(&self, workspace: &Workspace, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&workspace.root).env("PATH", self.path());
        if let Some(driver) = &self.chromedriver {
            command.env("CHROMEDRIVER", driver);
        }
        command
    }

    fn path(&self) -> std::ffi::OsString {
        let inherited = env::var_os("PATH").unwrap_or_default();
        let all = self.folders.iter().cloned().chain(env::split_paths(&inherited));
        // A folder with the separator in its name cannot be joined; the inherited path is then all there is.
        env::join_paths(all).unwrap_or(inherited)
    }
}

fn trunk() -> CargoTool {
    CargoTool {
        package: "trunk",
        folder: "trunk",
        programs: &["trunk"],
        version: TRUNK_VERSION.to_owned(),
        accepts: Accepts::Fixes,
        locked: true,
        // Its features are TLS and a look for newer versions: here it is started with `--offline`.
        bare: true,
        optimisation: "0",
        crates: 368,
        seconds: 340,
    }
}

fn wasm_bindgen(version: String) -> CargoTool {
    CargoTool {
        package: "wasm-bindgen-cli",
        folder: "wasm-bindgen",
        programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
        version,
        // What it reads is written by the crate of this very version.
        accepts: Accepts::Exactly,
        // 0.2.130 was released with a lock file that does not build.
        locked: false,
        bare: false,
        optimisation: "1",
        crates: 160,
        seconds: 215,
    }
}

fn unusable(workspace: &Workspace, tool: &CargoTool) -> Failure {
    let root = tool.root(workspace);
    Failure::Missing {
        what: format!("{} {}", tool.programs.join(" and "), tool.version),
        why: format!("cargo installed {} into {}, and the programs do not answer", tool.package, root.display()),
        advice: format!("remove {} and try again", root.display()),
    }
}

/// The folder of the cache for one tool in one version; programs are in its `bin`.
fn folder(workspace: &Workspace, tool: &str, version: &str) -> PathBuf {
    workspace.cache.join("tools").join(format!("{tool}-{version}"))
}

/// Where `program` is on PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// What `program --version` prints.
fn version_line(program: &Path) -> Option<String> {
    process::capture(Command::new(program).arg("--version"))
}
