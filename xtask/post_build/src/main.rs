//! trunk calls this when it has built the page (`Trunk.toml`), with the folders in its environment.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

/// Where the files are before they replace those of the last build.
const STAGING_VARIABLE: &str = "TRUNK_STAGING_DIR";
/// Where `index.html` is.
const SOURCE_VARIABLE: &str = "TRUNK_SOURCE_DIR";

fn main() -> ExitCode {
    let folder = |variable| env::var_os(variable).map(PathBuf::from);
    let (Some(root), Some(staging)) = (folder(SOURCE_VARIABLE), folder(STAGING_VARIABLE)) else {
        eprintln!("error: {SOURCE_VARIABLE} and {STAGING_VARIABLE} are not set: trunk sets them when it calls this");
        return ExitCode::FAILURE;
    };
    match post_build::complete(&root, &staging) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
