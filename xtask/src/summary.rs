//! Counts what cargo's test runners print, native and in a browser, and ends with one line.

use std::fmt;
use std::ops::AddAssign;

/// What became of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u32,
    pub failed: u32,
    pub skipped: u32,
}

impl Counts {
    pub fn ran(&self) -> u32 {
        self.passed + self.failed
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Reads a line such as `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; …`. Any other line is nothing.
pub fn counts_of(line: &str) -> Option<Counts> {
    let (_, rest) = line.trim_start().strip_prefix("test result: ")?.split_once(". ")?;
    let mut counts = Counts::default();
    for part in rest.split(';') {
        let mut words = part.split_whitespace();
        let (Some(number), Some(word)) = (words.next(), words.next()) else { continue };
        let Ok(number) = number.parse() else { continue };
        match word {
            "passed" => counts.passed = number,
            "failed" => counts.failed = number,
            "ignored" => counts.skipped = number,
            _ => {}
        }
    }
    Some(counts)
}

/// The name of a test that failed, from a line such as `test nodes::a_dead_node … FAILED`, native or in a browser.
pub fn failed_test(line: &str) -> Option<&str> {
    let (name, result) = line.trim().strip_prefix("test ")?.rsplit_once(" ... ")?;
    result.starts_with("FAIL").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_of_a_native_run_is_read() {
        let line = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.02s";
        assert_eq!(counts_of(line), Some(Counts { passed: 12, failed: 0, skipped: 1 }));
    }

    #[test]
    fn the_result_of_a_run_in_a_browser_is_read() {
        let line = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 filtered out; finished in 1.20s";
        assert_eq!(counts_of(line), Some(Counts { passed: 3, failed: 2, skipped: 0 }));
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(counts_of("test it_counts ... ok"), None);
        assert_eq!(counts_of("running 3 tests"), None);
    }

    #[test]
    fn failed_tests_are_named() {
        assert_eq!(failed_test("test nodes::a_dead_node ... FAILED"), Some("nodes::a_dead_node"));
        assert_eq!(failed_test("test fetch::an_abort ... FAIL"), Some("fetch::an_abort"));
        assert_eq!(failed_test("test nodes::a_dead_node ... ok"), None);
    }

    #[test]
    fn the_last_line_has_one_form() {
        let mut total = Counts { passed: 1, failed: 0, skipped: 0 };
        total += Counts { passed: 2, failed: 3, skipped: 4 };
        assert_eq!(total.to_string(), "3 passed, 3 failed, 4 skipped");
        assert_eq!(total.ran(), 6);
    }
}
