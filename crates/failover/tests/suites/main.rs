//! What public suites for failover clients ask, as tables of cases in this project's words, in virtual time. A case says
//! what happens and looks at what the core does then; `docs/suites.md` counts them, and names what does not map.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

mod case;
mod discovery;
mod outliers;
mod pressure;
mod retry;
#[allow(dead_code, reason = "shared with the tests of the rules, which use more of it")]
#[path = "../rules/world.rs"]
mod world;

use case::{Case, Difference, Tally};

#[test]
fn server_discovery() {
    Tally::of("server discovery").cases(&discovery::CASES, &[]).documented();
}

#[test]
fn back_pressure() {
    Tally::of("back-pressure").cases(&pressure::CASES, &[]).documented();
}

#[test]
fn standard_retry() {
    Tally::of("standard retry").cases(&retry::CASES, &retry::DIFFERENCES).documented();
}

#[test]
fn outlier_figures() {
    Tally::of("outlier figures").cases(&outliers::CASES, &outliers::DIFFERENCES).documented();
}
