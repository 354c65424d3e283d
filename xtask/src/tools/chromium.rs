//! The browser of the tests, and the driver that steers it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{on_path, version, version_line};
use crate::failure::Failure;
use crate::process;

/// Names under which the browser may be on PATH.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

/// Finds the driver, or installs it with its browser. `CHROMEDRIVER` names another one.
///
/// # Errors
/// When it is not there and this is no Debian, or not its root; when the two versions do not belong together.
pub fn ensure() -> Result<PathBuf, Failure> {
    if let Some(driver) = env::var_os("CHROMEDRIVER").filter(|driver| !driver.is_empty()) {
        return Ok(driver.into());
    }
    if let Some(driver) = found()? {
        return Ok(driver);
    }
    if !is_debian(&fs::read_to_string("/etc/os-release").unwrap_or_default()) {
        return Err(missing("this system is not Debian, where xtask could install them"));
    }
    if !nix::unistd::Uid::effective().is_root() {
        return Err(missing("only root may install them"));
    }
    println!("Chromium and its driver: installing with apt-get, about 100 MB");
    apt(&["update"])?;
    apt(&["install", "--yes", "--no-install-recommends", PACKAGES[0], PACKAGES[1]])?;
    found()?.ok_or_else(|| missing("apt-get installed them, and they are not on PATH"))
}

fn found() -> Result<Option<PathBuf>, Failure> {
    let browser = BROWSERS.iter().find_map(|name| on_path(name));
    let (Some(driver), Some(browser)) = (on_path("chromedriver"), browser) else { return Ok(None) };
    match (major(&driver), major(&browser)) {
        (Some(driver_version), Some(browser_version)) if driver_version != browser_version => Err(Failure::Missing {
            what: format!("a chromedriver for {}", browser.display()),
            why: format!("the browser is version {browser_version}, {} is {driver_version}", driver.display()),
            advice: "install both in the same version, or name another driver in CHROMEDRIVER".into(),
        }),
        _ => Ok(Some(driver)),
    }
}

fn major(program: &Path) -> Option<u32> {
    version::major(version::first(&version_line(program)?)?)
}

fn missing(why: &str) -> Failure {
    Failure::Missing {
        what: "Chromium with chromedriver".into(),
        why: why.into(),
        advice: format!(
            "as root on Debian: apt-get install {}; elsewhere: a Chrome or Chromium, and the chromedriver of the same \
             version on PATH or in CHROMEDRIVER",
            PACKAGES.join(" ")
        ),
    }
}

fn apt(arguments: &[&str]) -> Result<(), Failure> {
    let mut command = Command::new("apt-get");
    // No terminal of its own, no questions.
    command.args(["--quiet", "-o", "Dpkg::Use-Pty=0"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    let advice =
        format!("run `apt-get update && apt-get install {}` yourself and read its message", PACKAGES.join(" "));
    process::run("installing Chromium", &mut command, &advice)
}

/// Debian itself: its derivatives ship Chromium under other names, or as a snap without a driver.
fn is_debian(os_release: &str) -> bool {
    os_release.lines().any(|line| line == "ID=debian" || line == "ID=\"debian\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_is_told_from_its_derivatives() {
        assert!(is_debian("PRETTY_NAME=\"Debian\"\nID=debian\n"));
        assert!(!is_debian("ID=ubuntu\nID_LIKE=debian\n"));
    }
}
