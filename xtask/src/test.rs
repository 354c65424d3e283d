//! `cargo xtask test`: every suite, one after the other, and one line at the end.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use crate::failure::Failure;
use crate::process;
use crate::release;
use crate::summary::{Counts, counts_of, failed_test};
use crate::tools::Toolbox;
use crate::trunk;
use crate::workspace::Workspace;

/// Where the page tests find the site that they serve.
pub const DIST_VARIABLE: &str = "VCUBE_DIST";
/// Where the page tests find axe-core.
const AXE_VARIABLE: &str = "VCUBE_AXE";
/// Tells the search through every interleaving of the failover's events how many steps deeper than usual it goes.
const DEPTH_VARIABLE: &str = "VCUBE_MODEL_DEPTH";
/// Each takes six times as long as the one before.
const DEEPER: &str = "1";
/// A browser test that says nothing for this long has failed; starting Chromium on a busy machine takes some of it.
const BROWSER_TIMEOUT_S: &str = "120";
const DRIVER_TIMEOUT_S: &str = "60";
/// Of the application that page tests open.
pub const FEATURES: &str = "test-hooks";

#[derive(Args)]
pub struct Options {
    /// Runs only the tests whose name contains this.
    #[arg(long)]
    filter: Option<String>,
    /// Runs only one suite.
    #[arg(long, value_enum)]
    only: Option<Suite>,
    /// Runs everything this many times, to find a test that fails now and then.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Checks the format and clippy first.
    #[arg(long)]
    lint: bool,
    /// Runs what takes minutes too: page tests of endurance under kills and of calm, and the search through every
    /// interleaving of the failover's events, deeper.
    #[arg(long)]
    long: bool,
    /// Runs every page test on the release build too, not only those of its chunks. A filter does the same.
    #[arg(long)]
    all: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// The rules of the failover in virtual time, the driver, the stores; xtask itself.
    Native,
    /// Real nodes: elections, faults, data on disk.
    Cluster,
    /// The application's code in Chromium: fetch, timers, components.
    Browser,
    /// The whole application in Chromium, in front of real nodes.
    Page,
    /// `cargo xtask demo`, whose server of the page crashes.
    Demo,
    /// The release build, as a browser gets it: the pages that come in chunks.
    Release,
}

const SUITES: [Suite; 6] = [Suite::Native, Suite::Cluster, Suite::Browser, Suite::Page, Suite::Demo, Suite::Release];

/// The page tests that need a release build, by the beginning of their names.
const CHUNKS: &str = "chunks::";
/// The page tests that measure: `cargo xtask bench` runs them.
pub const FIGURES: &str = "figures::";

impl Suite {
    fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Cluster => "cluster",
            Self::Browser => "browser",
            Self::Page => "page",
            Self::Demo => "demo",
            Self::Release => "release",
        }
    }
}

/// What a suite came to.
struct Report {
    name: &'static str,
    counts: Counts,
    took: Duration,
    /// The tests that failed, and whatever else went wrong.
    problems: Vec<String>,
}

/// # Errors
/// When a tool is missing and cannot be installed, when a test failed, or a suite ran none.
pub fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let suites: Vec<Suite> =
        SUITES.into_iter().filter(|suite| options.only.is_none_or(|only| only == *suite)).collect();
    let tools = tools(workspace, &suites)?;
    let runner = Runner { workspace, tools, options };
    let mut reports = Vec::new();
    for round in 1..=options.repeat {
        if options.repeat > 1 {
            println!("\nround {round} of {}", options.repeat);
        }
        if options.lint {
            reports.push(runner.lint()?);
        }
        for suite in &suites {
            reports.push(runner.suite(*suite)?);
        }
    }
    conclude(&reports, options.filter.is_some())
}

fn tools(workspace: &Workspace, suites: &[Suite]) -> Result<Toolbox, Failure> {
    let mut tools = Toolbox::new();
    let release = suites.contains(&Suite::Release);
    if release || suites.contains(&Suite::Demo) || suites.contains(&Suite::Page) {
        tools = tools.with_trunk(workspace, release, Vec::new())?.with_axe(workspace)?;
    } else if suites.contains(&Suite::Browser) {
        tools = tools.with_bindgen(workspace)?;
    }
    if suites.iter().any(|suite| matches!(suite, Suite::Browser | Suite::Page | Suite::Release)) {
        tools = tools.with_browser()?;
    }
    Ok(tools)
}

struct Runner<'a> {
    workspace: &'a Workspace,
    tools: Toolbox,
    options: &'a Options,
}

impl Runner<'_> {
    fn suite(&self, suite: Suite) -> Result<Report, Failure> {
        println!("\n── {} tests ──", suite.name());
        let mut command = match suite {
            Suite::Native => self.native(),
            Suite::Cluster => self.cluster()?,
            Suite::Browser => self.browser(),
            Suite::Demo => self.demo(),
            Suite::Page | Suite::Release => match self.page(suite) {
                Ok(command) => command,
                Err(Failure::Interrupted) => return Err(Failure::Interrupted),
                // Without a site there are no page tests; the other suites still count.
                Err(failure) => return Ok(Report::broken(suite.name(), failure.to_string())),
            },
        };
        if let Some(filter) = &self.options.filter {
            command.arg(filter);
        }
        self.follow(suite.name(), &mut command)
    }

    fn native(&self) -> Command {
        let mut command = self.cargo_test();
        command.args(["--workspace", "--exclude", "reference-cluster", "--"]);
        if self.options.long {
            command.env(DEPTH_VARIABLE, DEEPER);
        }
        command
    }

    fn demo(&self) -> Command {
        let mut command = self.cargo_test();
        command.args(["--package", "xtask", "--test", "demo", "--", "--ignored"]);
        command
    }

    /// The tests of the reference cluster but those of the page, which need a site.
    fn cluster(&self) -> Result<Command, Failure> {
        let mut command = self.cargo_test();
        command.args(["--package", "reference-cluster", "--lib", "--bins"]);
        let folder = self.workspace.root.join("tests/cluster/tests");
        for target in test_targets(&folder)?.iter().filter(|name| !is_page_test(name)) {
            command.args(["--test", target]);
        }
        command.arg("--");
        Ok(command)
    }

    fn browser(&self) -> Command {
        let mut command = self.cargo_test();
        command.args(["--target", "wasm32-unknown-unknown", "--test", "browser", "--"]);
        command.env("WASM_BINDGEN_TEST_TIMEOUT", BROWSER_TIMEOUT_S);
        command.env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", DRIVER_TIMEOUT_S);
        command
    }

    fn page(&self, suite: Suite) -> Result<Command, Failure> {
        let release = suite == Suite::Release;
        // Not `dist`: a build that offers test hooks must not be found there by whoever deploys it.
        let dist = self.workspace.target.join("page-tests").join(if release { "release" } else { "dist" });
        fs::create_dir_all(&dist).map_err(Failure::file("create", &dist))?;
        if release {
            release::build(self.workspace, &self.tools, FEATURES, &dist)?;
        } else {
            let site = trunk::Site { release, features: FEATURES, dist: &dist };
            trunk::build(self.workspace, &self.tools, site)?;
        }
        let mut command = self.cargo_test();
        command.args(["--package", "reference-cluster", "--test", "page*", "--"]);
        // One browser and one cluster at a time: what they are asked to do is timed.
        command.args(["--test-threads=1", "--skip", FIGURES]).env(DIST_VARIABLE, dist);
        if release && !self.options.all && self.options.filter.is_none() {
            command.arg(CHUNKS);
        } else if !release {
            command.args(["--skip", CHUNKS]);
        }
        if self.options.long {
            command.arg("--include-ignored");
        }
        if let Some(axe) = &self.tools.axe {
            command.env(AXE_VARIABLE, axe);
        }
        Ok(command)
    }

    fn cargo_test(&self) -> Command {
        let mut command = self.tools.command(self.workspace, "cargo");
        command.args(["test", "--no-fail-fast"]);
        command
    }

    fn follow(&self, name: &'static str, command: &mut Command) -> Result<Report, Failure> {
        let started = Instant::now();
        let mut counts = Counts::default();
        let mut problems = Vec::new();
        let status = process::follow(name, command, "install Rust from https://rustup.rs", |line| {
            counts += counts_of(line).unwrap_or_default();
            problems.extend(failed_test(line).map(str::to_owned));
        })?;
        if !status.success() && counts.failed == 0 {
            // It did not compile, or a runner gave up: no test says so.
            counts.failed = 1;
            problems.push(format!("{}: {}", process::shown(command), process::ended(status)));
        }
        Ok(Report { name, counts, took: started.elapsed(), problems })
    }

    /// Format and clippy, each counted as one test.
    fn lint(&self) -> Result<Report, Failure> {
        println!("\n── lint ──");
        let started = Instant::now();
        let mut report = Report { name: "lint", counts: Counts::default(), took: Duration::ZERO, problems: Vec::new() };
        let checks: [&[&str]; 2] = [
            &["fmt", "--all", "--check"],
            &["clippy", "--workspace", "--all-targets", "--all-features", "--", "--deny", "warnings"],
        ];
        for arguments in checks {
            let mut command = self.tools.command(self.workspace, "cargo");
            match process::run("lint", command.args(arguments), "see the messages above") {
                Ok(()) => report.counts.passed += 1,
                Err(Failure::Interrupted) => return Err(Failure::Interrupted),
                Err(_) => {
                    report.counts.failed += 1;
                    report.problems.push(process::shown(&command));
                }
            }
        }
        report.took = started.elapsed();
        Ok(report)
    }
}

impl Report {
    fn broken(name: &'static str, problem: String) -> Self {
        let counts = Counts { failed: 1, ..Counts::default() };
        Self { name, counts, took: Duration::ZERO, problems: vec![problem] }
    }
}

fn conclude(reports: &[Report], filtered: bool) -> Result<(), Failure> {
    let mut total = Counts::default();
    println!("\n── summary ──");
    for report in reports {
        println!("{:8} {} ({:.1} s)", report.name, report.counts, report.took.as_secs_f64());
        total += report.counts;
    }
    let mut good = total.failed == 0 && total.ran() > 0;
    for report in reports {
        for problem in &report.problems {
            println!("FAILED   {}: {problem}", report.name);
        }
        // A filter may well leave a suite without a test; without one, a suite that ran none has hidden something.
        if report.counts.ran() == 0 && !filtered {
            println!("FAILED   {}: it ran no test", report.name);
            total.failed += 1;
            good = false;
        }
    }
    if filtered && total.ran() == 0 {
        println!("FAILED   no test has a name that contains the filter");
    }
    println!("{total}");
    if good { Ok(()) } else { Err(Failure::Tests) }
}

/// The names of the integration tests below `folder`: `name.rs`, or `name/main.rs`.
fn test_targets(folder: &PathBuf) -> Result<Vec<String>, Failure> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).map_err(Failure::file("read", folder))?;
    let name_of = |path: PathBuf| {
        let is_target = path.extension().is_some_and(|ending| ending == "rs") || path.join("main.rs").is_file();
        path.file_stem().filter(|_| is_target).map(|name| name.to_string_lossy().into_owned())
    };
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| name_of(entry.path())).collect();
    names.sort();
    Ok(names)
}

fn is_page_test(name: &str) -> bool {
    name.starts_with("page")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(passed: u32, failed: u32) -> Report {
        let counts = Counts { passed, failed, skipped: 0 };
        Report { name: "native", counts, took: Duration::ZERO, problems: Vec::new() }
    }

    #[test]
    fn a_suite_without_a_test_is_a_failure_unless_a_filter_left_it_empty() {
        assert!(conclude(&[report(3, 0), report(1, 0)], false).is_ok());
        assert!(conclude(&[report(3, 0), report(0, 0)], false).is_err());
        assert!(conclude(&[report(3, 0), report(0, 0)], true).is_ok());
        assert!(conclude(&[report(0, 0)], true).is_err());
    }

    #[test]
    fn one_failure_is_enough() {
        assert!(conclude(&[report(3, 1), report(1, 0)], false).is_err());
    }
}
