//! `cargo xtask bench`: the targets of the failover beside what they replace, the cost of an event, and the page.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::{Args, ValueEnum};

use crate::failure::Failure;
use crate::tools::Toolbox;
use crate::workspace::Workspace;
use crate::{process, release, sizes, test};

#[derive(Args)]
pub struct Options {
    /// Fewer seeds and clients: a minute instead of several. Of the page, only what a person waits for.
    #[arg(long)]
    quick: bool,
    /// The folder of the existing React application, built as its own documentation says (DIR/dist is there): its login
    /// is then measured in the same run.
    #[arg(long, value_name = "DIR")]
    react: Option<PathBuf>,
    /// Only one kind of figures.
    #[arg(long, value_enum)]
    only: Option<Kind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The targets of the failover, simulated.
    Targets,
    /// What one event costs.
    Cost,
    /// The page in Chromium, in front of real nodes.
    Page,
}

/// Nodes that are killed and stopped under a page that reads, books and listens.
const TARGET_9: [&str; 2] = ["endurance::", "streams::a_stream_goes_on"];

/// The page tests that print what a person waits for.
const WAITS: &str = "figures::waits::";
/// Where they find the existing application, when it is given.
const REACT_VARIABLE: &str = "VCUBE_REACT";

const ADVICE: &str = "see the messages above";

/// Prints the simulated targets, each with its goal, what was measured, its seed and the figure of the existing
/// rules; criterion's figures of the core; what the page takes in Chromium, beside the existing frontend; and what nodes
/// that are killed and stopped cost it.
/// `cargo xtask build --release` prints the sizes.
///
/// # Errors
/// When a benchmark does not build or ends with an error.
pub fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let wanted = |kind: Kind| options.only.is_none_or(|only| only == kind);
    if wanted(Kind::Targets) {
        let mut targets = bench(workspace, "targets");
        if options.quick {
            targets.args(["--", "quick"]);
        }
        process::run("the targets of the failover", &mut targets, ADVICE)?;
    }
    if wanted(Kind::Cost) {
        process::run("the cost of an event", &mut bench(workspace, "failover"), ADVICE)?;
    }
    if wanted(Kind::Page) {
        page(workspace, options)?;
    }
    Ok(())
}

fn bench(workspace: &Workspace, name: &str) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(&workspace.root).args(["bench", "--package", "failover", "--bench", name]);
    command
}

/// The release build, served compressed, as a browser gets it.
fn page(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let sites = workspace.target.join("page-tests");
    let existing = match &options.react {
        Some(folder) => Some(copy_of_existing(folder, sites.join("react"))?),
        None => None,
    };
    let tools = Toolbox::new().with_trunk(workspace, true, Vec::new())?.with_browser()?;
    let dist = sites.join("figures");
    fs::create_dir_all(&dist).map_err(Failure::file("create", &dist))?;
    release::build(workspace, &tools, test::FEATURES, &dist)?;
    sizes::compress_beside(&dist)?;
    let page_tests = || {
        let mut command = tools.command(workspace, "cargo");
        command.args(["test", "--package", "reference-cluster", "--test", "page", "--"]);
        command.args(["--test-threads=1", "--nocapture"]).env(test::DIST_VARIABLE, &dist);
        if let Some(existing) = &existing {
            command.env(REACT_VARIABLE, existing);
        }
        command
    };
    println!("\nWhat a person waits for, medians of 7: here, the React application (this run, or as recorded), ratio");
    process::run("what a person waits for", page_tests().arg(WAITS), ADVICE)?;
    if options.quick {
        return Ok(());
    }
    println!("        {:<58} {:>18} {:>18} {:>7}", "", "measured", "existing", "ratio");
    process::run("the figures of the page", page_tests().args([test::FIGURES, "--skip", WAITS]), ADVICE)?;
    let mut command = page_tests();
    command.args(TARGET_9).arg("--include-ignored").env("VCUBE_ENDURANCE_S", "60");
    process::run("target 9 of the failover", &mut command, ADVICE)
}

/// A compressed copy of the existing application: nothing is written where its source is.
fn copy_of_existing(folder: &Path, copy: PathBuf) -> Result<PathBuf, Failure> {
    let built = folder.join("dist");
    if !built.join("index.html").is_file() {
        return Err(Failure::Option {
            what: format!("{} holds no built application: there is no dist/index.html", folder.display()),
            advice: "build it there as its own documentation says, then try again".into(),
        });
    }
    release::files::replace(&built, &copy)?;
    sizes::compress_beside(&copy)?;
    Ok(copy)
}
