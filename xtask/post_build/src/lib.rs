//! trunk's post_build hook: completes the page in trunk's staging folder, for every kind of build.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::workspace::Workspace;
use crate::{csp, page, style};

/// Names a file to serve as `/config.json` in place of the default.
pub const CONFIG_VARIABLE: &str = "VCUBE_CONFIG";
/// Set by trunk: where the files are before they replace those of the last build.
const STAGING_VARIABLE: &str = "TRUNK_STAGING_DIR";

/// Writes the style sheet, the run-time configuration and the Content-Security-Policy.
///
/// # Errors
/// When trunk did not call it, or the page is not as expected.
pub fn run(workspace: &Workspace) -> Result<(), Failure> {
    let staging = env::var_os(STAGING_VARIABLE).map(PathBuf::from).ok_or_else(|| Failure::Option {
        what: format!("{STAGING_VARIABLE} is not set: trunk calls this command when it has built the page"),
        advice: "run `cargo xtask build` or `trunk build`".into(),
    })?;
    complete_site(&staging, style::whole(&workspace.root)?)
}

/// The same, for a site in `staging` that another task laid out, with `sheet` as its style sheet.
///
/// # Errors
/// When the page is not as expected.
pub fn complete_site(staging: &Path, sheet: String) -> Result<(), Failure> {
    if let Some(config) = env::var_os(CONFIG_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from) {
        fs::copy(&config, staging.join("config.json")).map_err(Failure::file("copy", &config))?;
    }
    let index = staging.join("index.html");
    let html = fs::read_to_string(&index).map_err(Failure::file("read", &index))?;
    let unusable = |problem: page::Problem| Failure::unexpected(&index, problem.to_string());
    let (html, name) = style::link(&html, &sheet).map_err(unusable)?;
    let html = page::without_preload_integrity(&page::settle_reload_script(&page::without_comments(&html)));
    // Last: a script that changes after it was hashed does not run.
    let html = csp::insert(&html).map_err(unusable)?;
    let file = staging.join(name);
    fs::write(&file, sheet).map_err(Failure::file("write", &file))?;
    fs::write(&index, html).map_err(Failure::file("write", &index))
}
