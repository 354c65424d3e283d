//! `cargo xtask build`: the static site, and what it weighs.

use clap::Args;

use crate::failure::Failure;
use crate::tools::Toolbox;
use crate::workspace::Workspace;
use crate::{release, sizes, trunk};

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
    if options.release {
        let chunks = release::build(workspace, &tools, &options.features, &dist)?;
        println!("\nThe site is in {}/", workspace.shown(&dist));
        return sizes::print(&dist, &chunks);
    }
    trunk::build(workspace, &tools, trunk::Site { release: false, features: &options.features, dist: &dist })?;
    println!("\nThe site is in {}/", workspace.shown(&dist));
    println!("A development build is large: with --release it is optimised, and its sizes are printed.");
    Ok(())
}
