//! `cargo xtask bench`: the targets of the failover beside what they replace, the cost of an event, and the page.

use std::fs;
use std::process::Command;

use clap::{Args, ValueEnum};

use crate::failure::Failure;
use crate::tools::Toolbox;
use crate::workspace::Workspace;
use crate::{process, release, sizes, test};

#[derive(Args)]
pub struct Options {
    /// Fewer seeds and clients: a minute instead of several.
    #[arg(long)]
    quick: bool,
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
        page(workspace)?;
    }
    Ok(())
}

fn bench(workspace: &Workspace, name: &str) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(&workspace.root).args(["bench", "--package", "failover", "--bench", name]);
    command
}

/// The release build, served compressed, as a browser gets it.
fn page(workspace: &Workspace) -> Result<(), Failure> {
    let tools = Toolbox::new().with_trunk(workspace, true, Vec::new())?.with_browser()?;
    let dist = workspace.target.join("page-tests").join("figures");
    fs::create_dir_all(&dist).map_err(Failure::file("create", &dist))?;
    release::build(workspace, &tools, test::FEATURES, &dist)?;
    sizes::compress_beside(&dist)?;
    println!("        {:<58} {:>18} {:>18} {:>7}", "", "measured", "existing", "ratio");
    let mut command = tools.command(workspace, "cargo");
    command.args(["test", "--package", "reference-cluster", "--test", "page", "--", test::FIGURES]);
    command.args(["--test-threads=1", "--nocapture"]).env(test::DIST_VARIABLE, &dist);
    process::run("the figures of the page", &mut command, ADVICE)?;
    let mut command = tools.command(workspace, "cargo");
    command.args(["test", "--package", "reference-cluster", "--test", "page", "--"]).args(TARGET_9);
    command.args(["--include-ignored", "--test-threads=1", "--nocapture"]);
    command.env(test::DIST_VARIABLE, &dist).env("VCUBE_ENDURANCE_S", "60");
    process::run("target 9 of the failover", &mut command, ADVICE)
}
