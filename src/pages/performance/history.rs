//! Tests that were seen to end: kept in the browser, exported, compared. Pure.

use serde_json::{Map, Value, json};

use crate::api_service::endpoints::performance::{Measure, Rate, TestResults};

/// Under this name the history is kept in the browser.
pub const STORAGE_KEY: &str = "vcube.performance.history";

/// Runs kept at most.
const KEPT: usize = 50;

/// Characters kept at most: a browser gives an origin some five million, and others need room too.
const LONGEST: usize = 1_500_000;

/// A test that was seen to end.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// When this browser saw that it had ended, in milliseconds since 1970.
    pub at: f64,
    pub results: TestResults,
}

impl Run {
    /// What the run is called: its id, else the moment it was seen.
    pub fn name(&self) -> String {
        self.results.test_id.clone().unwrap_or_else(|| format!("{:.0}", self.at))
    }

    fn is_of(&self, results: &TestResults) -> bool {
        match (&self.results.test_id, &results.test_id) {
            (Some(own), Some(other)) => own == other,
            (None, None) => self.results == *results,
            _ => false,
        }
    }
}

/// The newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History(Vec<Run>);

impl History {
    pub fn runs(&self) -> &[Run] {
        &self.0
    }

    /// Reads what [`History::to_stored`] wrote; what cannot be read is left out.
    pub fn from_stored(text: &str) -> Self {
        let Ok(Value::Array(entries)) = serde_json::from_str(text) else { return Self::default() };
        let run = |mut entry: Value| {
            let at = entry.get("at")?.as_f64()?;
            Some(Run { at, results: TestResults::read(entry.get_mut("results")?.take()).ok()? })
        };
        Self(entries.into_iter().filter_map(run).collect())
    }

    /// As JSON, the oldest runs left out when it grows too long.
    pub fn to_stored(&self) -> String {
        let mut length = 0;
        let mut entries = Vec::new();
        for run in &self.0 {
            let entry = json!({ "at": run.at, "results": run.results.raw() }).to_string();
            length += entry.len();
            if length > LONGEST && !entries.is_empty() {
                break;
            }
            entries.push(entry);
        }
        format!("[{}]", entries.join(","))
    }

    /// Keeps the results of a test that ended at `at`; true when that is news. Seen again with more in it, a run keeps
    /// its time.
    pub fn record(&mut self, at: f64, results: &TestResults) -> bool {
        match self.0.iter_mut().find(|run| run.is_of(results)) {
            Some(run) if run.results == *results => return false,
            Some(run) => run.results = results.clone(),
            None => {
                self.0.insert(0, Run { at, results: results.clone() });
                self.0.truncate(KEPT);
            }
        }
        true
    }

    /// One line a run, the figures of the contract by their names. `time` writes a moment.
    pub fn to_csv(&self, time: impl Fn(f64) -> String) -> String {
        let mut names = vec!["testId".to_owned(), "seenAt".to_owned(), "completed".to_owned(), "duration".to_owned()];
        names.extend(SIZES.map(str::to_owned));
        names.extend(Rate::ALL.iter().map(|rate| rate.as_str().to_owned()));
        for measure in Measure::ALL {
            names.extend(["Readings", "Mean", "Min", "Max"].map(|part| format!("{}{part}", measure.as_str())));
        }
        let mut lines = vec![names.join(",")];
        for run in &self.0 {
            let results = &run.results;
            let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
            let completed = results.completed.map_or_else(String::new, |completed| completed.to_string());
            let mut cells = vec![quoted(&run.name()), quoted(&time(run.at)), completed, number(results.duration)];
            let configuration = results.raw().get("configuration");
            let size = |name: &str| configuration.and_then(|all| all.get(name)).and_then(Value::as_f64);
            cells.extend(SIZES.map(|name| number(size(name))));
            cells.extend(Rate::ALL.iter().map(|rate| number(results.rate(*rate))));
            for measure in Measure::ALL {
                let summary = super::state::summary(results, measure);
                cells.push(summary.map_or(0, |summary| summary.count).to_string());
                cells.extend([
                    number(summary.map(|summary| summary.mean)),
                    number(summary.map(|summary| summary.lowest)),
                    number(summary.map(|summary| summary.highest)),
                ]);
            }
            lines.push(cells.join(","));
        }
        lines.join("\r\n") + "\r\n"
    }

    /// All that is known of every run. `time` writes a moment.
    pub fn to_json(&self, time: impl Fn(f64) -> String) -> String {
        let run = |run: &Run| {
            let mut entry = Map::new();
            entry.insert("seenAt".to_owned(), Value::String(time(run.at)));
            entry.insert("results".to_owned(), run.results.raw().clone());
            Value::Object(entry)
        };
        // Made of JSON: writing it cannot fail.
        serde_json::to_string_pretty(&self.0.iter().map(run).collect::<Vec<_>>()).unwrap_or_default()
    }
}

/// The sizes of a configuration that a line of CSV names.
const SIZES: [&str; 5] =
    ["numberOfProviders", "seatsPerProvider", "numberOfNodes", "numberOfUsers", "testDurationMinutes"];

/// A cell of text. Spreadsheets take a text that begins like a formula for one: an apostrophe keeps it a text.
fn quoted(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// How much `b` differs from `a`, as a share of `a`. `None` where there is nothing to compare with.
pub fn difference(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    let (a, b) = (a?, b?);
    (a != 0.0).then(|| (b - a) / a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(id: &str, latency: f64) -> TestResults {
        let raw = json!({
            "testId": id, "completed": true, "duration": 60,
            "configuration": {"numberOfProviders": 3, "numberOfUsers": 20},
            "metrics": {"vcubeLatency": [latency, latency + 2.0], "successRate": 97.5}
        });
        TestResults::read(raw).expect("the newer shape")
    }

    #[test]
    fn a_run_is_kept_once_and_the_newest_stands_first() {
        let mut history = History::default();
        assert!(history.record(1.0, &results("a", 3.0)));
        assert!(!history.record(2.0, &results("a", 3.0)), "the same again is no news");
        assert!(history.record(3.0, &results("b", 5.0)));
        assert!(history.record(4.0, &results("a", 4.0)), "more of the same run");
        let names: Vec<_> = history.runs().iter().map(|run| (run.name(), run.at)).collect();
        assert_eq!(names, [("b".to_owned(), 3.0), ("a".to_owned(), 1.0)]);
        assert_eq!(History::from_stored(&history.to_stored()), history);
    }

    #[test]
    fn what_was_kept_and_cannot_be_read_is_left_out() {
        for text in ["", "null", "{}", "[1,2]", r#"[{"at":1}]"#, r#"[{"at":1,"results":{"throughput":"much"}}]"#] {
            assert_eq!(History::from_stored(text), History::default(), "{text}");
        }
    }

    #[test]
    fn csv_names_every_figure_leaves_unknown_ones_empty_and_holds_no_formula() {
        let mut history = History::default();
        history.record(0.0, &results("=1+1,\"x\"", 3.0));
        let csv = history.to_csv(|_| "then".to_owned());
        let mut lines = csv.lines();
        let head = lines.next().unwrap_or_default();
        assert!(head.starts_with("testId,seenAt,completed,duration,numberOfProviders"), "{head}");
        let line = lines.next().unwrap_or_default();
        assert!(line.starts_with("\"'=1+1,\"\"x\"\"\",\"then\",true,60,3,,,20,,97.5,,,,2,4,3,5,0,,,,"), "{line}");
        assert_eq!(history.to_json(|_| "then".to_owned()).matches("vcubeLatency").count(), 1);
    }

    #[test]
    fn a_difference_is_a_share_of_the_first_and_unknown_when_one_lacks() {
        assert_eq!(difference(Some(10.0), Some(12.5)), Some(0.25));
        assert_eq!(difference(Some(0.0), Some(1.0)), None);
        assert_eq!(difference(None, Some(1.0)), None);
    }

    #[test]
    fn the_history_never_outgrows_the_storage() {
        let mut history = History::default();
        for run in 0..60 {
            let many: Vec<f64> = (0..20_000).map(f64::from).collect();
            let raw = json!({ "testId": run, "throughput": many });
            history.record(0.0, &TestResults::read(raw).expect("a list"));
        }
        assert_eq!(history.runs().len(), KEPT);
        let stored = history.to_stored();
        assert!(stored.len() < LONGEST + 1_000, "{}", stored.len());
        assert_eq!(History::from_stored(&stored).runs().first().map(Run::name).as_deref(), Some("59"));
    }
}
