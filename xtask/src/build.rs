//! `cargo xtask build`: the static site, and what it weighs.

use clap::Args;

use crate::failure::Failure;
use crate::tools::Toolbox;
use crate::workspace::Workspace;
use crate::{sizes, trunk};

#[derive(Args)]
pub struct Options {
    /// Optimises for size. Takes minutes.
    #[arg(long)]
    release: bool,
    /// Features of the application, separated by commas. `test-hooks` offers `window.apiService`.
    #[arg(long, default_value = "")]
    features: String,
}

/// # Errors
/// When a tool is missing and cannot be installed, or the build fails.
pub fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let tools = Toolbox::new().with_trunk(workspace, options.release, Vec::new())?;
    let dist = workspace.root.join("dist");
    let site = trunk::Site { release: options.release, features: &options.features, dist: &dist };
    trunk::build(workspace, &tools, site)?;
    println!("\nThe site is in {}/", workspace.shown(&dist));
    if options.release {
        return sizes::print(&dist);
    }
    println!("A development build is large: with --release it is optimised, and measured against the budget.");
    Ok(())
}
