//! Completes the site that trunk, or a release build of xtask, has laid out: one style sheet of many, the run-time
//! configuration, the Content-Security-Policy.
//!
//! It is a package of its own, so that `trunk serve` and `trunk build` work without xtask, whose tasks need a Unix.

mod csp;
mod error;
pub mod page;
mod style;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

pub use error::Error;

/// Names a file to serve as `/config.json` in place of the default.
pub const CONFIG_VARIABLE: &str = "VCUBE_CONFIG";

/// Writes the style sheet, the run-time configuration and the Content-Security-Policy of the site in `staging`, whose
/// source is the repository at `root`.
///
/// # Errors
/// When a file cannot be read or written, or the page is not as expected.
pub fn complete(root: &Path, staging: &Path) -> Result<(), Error> {
    if let Some(config) = env::var_os(CONFIG_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from) {
        fs::copy(&config, staging.join("config.json")).map_err(Error::file("copy", &config))?;
    }
    let index = staging.join("index.html");
    let html = fs::read_to_string(&index).map_err(Error::file("read", &index))?;
    let sheet = style::bundle(root)?;
    let (html, name) = complete_page(&html, &sheet).map_err(|problem| Error::unexpected(&index, problem))?;
    let file = staging.join(name);
    fs::write(&file, sheet).map_err(Error::file("write", &file))?;
    fs::write(&index, html).map_err(Error::file("write", &index))
}

/// The page, and the name under which it links `sheet`.
fn complete_page(html: &str, sheet: &str) -> Result<(String, String), page::Problem> {
    // Browsers read line ends so before they compare a script with its hash; git may have written others on Windows.
    let html = html.replace("\r\n", "\n");
    let (html, name) = style::link(&html, sheet)?;
    let html = page::without_preload_integrity(&page::settle_reload_script(&page::without_comments(&html)));
    // Last: a script that changes after it was hashed does not run.
    Ok((csp::insert(&html)?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_the_same_whatever_ends_its_lines() {
        let html = "<head>\n<link rel=stylesheet href=/style.css>\n<script>one\ntwo</script>\n</head>";
        let page = complete_page(html, "a{}").map(|(page, _)| page);
        assert!(page.as_ref().is_ok_and(|page| page.contains("'sha256-")), "{page:?}");
        assert_eq!(complete_page(&html.replace('\n', "\r\n"), "a{}").map(|(page, _)| page), page);
    }

    #[test]
    fn nothing_here_needs_a_unix() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let sources = fs::read_dir(folder.join("src")).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut read = 0;
        for path in sources.chain([folder.join("Cargo.toml")]) {
            let text = fs::read_to_string(&path).unwrap_or_default();
            read += usize::from(!text.is_empty());
            for unix in [concat!("os::", "unix"), concat!("ni", "x::"), concat!("\nni", "x"), concat!("cfg(", "unix)")]
            {
                assert!(!text.contains(unix), "{} names {unix}", path.display());
            }
        }
        assert!(read >= 6, "only {read} files were read");
    }
}
