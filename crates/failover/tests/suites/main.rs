//! What public suites for failover clients ask, as tables of cases in this project's words, in virtual time. A case says
//! what happens and looks at what the core does then; `docs/suites.md` counts them, and names what does not map.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

mod discovery;
mod pressure;
#[allow(dead_code, reason = "shared with the tests of the rules, which use more of it")]
#[path = "../rules/world.rs"]
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// One case: what is asked of the core, and a check that panics when the core does something else.
pub struct Case {
    pub asks: &'static str,
    pub check: fn(),
}

/// Runs every case of a suite and answers how many pass; those that do not are named.
fn passes(suite: &str, cases: &[Case]) -> usize {
    let failed: Vec<&str> =
        cases.iter().filter(|case| catch_unwind(AssertUnwindSafe(case.check)).is_err()).map(|case| case.asks).collect();
    assert!(failed.is_empty(), "{suite}: {failed:#?}");
    println!("{suite}: {} of {}", cases.len() - failed.len(), cases.len());
    cases.len()
}

#[test]
fn every_case_of_every_suite_passes_and_the_documentation_counts_them() {
    let documented = include_str!("../../../../docs/suites.md");
    for (suite, cases) in [("server discovery", &discovery::CASES[..]), ("back-pressure", &pressure::CASES[..])] {
        let count = passes(suite, cases);
        let row = format!("| {suite} | {count} of {count} |");
        assert!(documented.contains(&row), "docs/suites.md has no row `{row}`");
    }
}
