//! What public suites ask of the formats that the application reads, as tables of cases in this project's words.
//! `docs/suites.md` counts them, and names what does not map.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

mod address_table;
mod addresses;
#[allow(dead_code, reason = "shared with the suites of the core, which use more of it")]
#[path = "../../crates/failover/tests/suites/case.rs"]
mod case;
mod dates;
mod reconnection;
mod streams;

#[test]
fn http_dates_and_retry_after() {
    dates::tally().documented();
}

#[test]
fn event_streams() {
    streams::tally().documented();
}

#[test]
fn addresses() {
    addresses::tally().documented();
    addresses::in_chromium().documented();
}
