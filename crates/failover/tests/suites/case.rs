//! What a suite is made of, and how the documentation is held to it.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// One case: what is asked of the code, and a check that panics when it does something else.
pub struct Case {
    pub asks: &'static str,
    pub check: fn(),
}

/// A case that is answered otherwise here, on purpose. The check holds what is done instead.
pub struct Difference {
    pub asks: &'static str,
    pub because: &'static str,
    pub check: fn(),
}

/// What becomes of the cases of one suite.
pub struct Tally {
    suite: &'static str,
    passes: usize,
    failed: Vec<String>,
    differences: Vec<String>,
}

impl Tally {
    pub fn of(suite: &'static str) -> Self {
        Self { suite, passes: 0, failed: Vec::new(), differences: Vec::new() }
    }

    /// Runs a case that is answered as the suite says.
    pub fn case(&mut self, asks: &str, check: impl FnOnce()) {
        match catch_unwind(AssertUnwindSafe(check)) {
            Ok(()) => self.passes += 1,
            Err(_) => self.failed.push(asks.to_owned()),
        }
    }

    /// Runs a case that is answered otherwise.
    pub fn difference(&mut self, asks: &str, because: &str, check: impl FnOnce()) {
        match catch_unwind(AssertUnwindSafe(check)) {
            Ok(()) => self.differences.push(format!("- {asks}: {because}")),
            Err(_) => self.failed.push(asks.to_owned()),
        }
    }

    pub fn cases(mut self, cases: &[Case], differences: &[Difference]) -> Self {
        cases.iter().for_each(|case| self.case(case.asks, case.check));
        differences.iter().for_each(|case| self.difference(case.asks, case.because, case.check));
        self
    }

    /// Names every case that failed, counts the others, and looks for the count and for each difference in the
    /// documentation.
    pub fn documented(&self) {
        assert!(self.failed.is_empty(), "{}: {:#?}", self.suite, self.failed);
        let row = format!("| {} | {} of {} |", self.suite, self.passes, self.passes + self.differences.len());
        println!("{row}");
        let documents =
            [include_str!("../../../../docs/suites.md"), include_str!("../../../../README.md")].map(without_wrapping);
        for document in &documents {
            assert!(document.contains(&row), "docs/suites.md or the README has no row `{row}`");
        }
        for difference in &self.differences {
            assert!(documents[0].contains(&without_wrapping(difference)), "docs/suites.md does not say `{difference}`");
        }
    }
}

fn without_wrapping(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
