//! Recorded answers of what is measured, in the newer and in the older shape, and a recorded stream.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

use std::fs;
use std::path::Path;

use vcube_raft_frontend::api_service::decode;
use vcube_raft_frontend::api_service::endpoints::metrics::ReservationMetrics;
use vcube_raft_frontend::api_service::endpoints::performance::{Measure, Rate, TestResults, TestStatus};
use vcube_raft_frontend::api_service::endpoints::series::read_series;
use vcube_raft_frontend::api_service::sse::{Item, Parser, Resume, Seen};

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn results(name: &str) -> TestResults {
    TestResults::read(serde_json::from_str(&fixture(name)).expect("JSON")).expect("the shape of the contract")
}

#[test]
fn results_of_the_newer_shape_are_series() {
    let results = results("performance/current-results.json");
    assert_eq!(results.test_id.as_deref(), Some("pt-17"));
    assert_eq!((results.completed, results.duration), (Some(true), Some(60.0)));
    assert_eq!(results.series(Measure::VcubeLatency), [1.8, 2.4, 2.1]);
    assert_eq!(results.series(Measure::RaftConsensus), [6.5, 7.25]);
    assert_eq!(results.series(Measure::Throughput), [10.0, 12.0, 11.0]);
    assert_eq!(Rate::ALL.map(|rate| results.rate(rate)), [Some(96.4), Some(3.1), Some(88.0), Some(412.0)]);
    assert_eq!(results.raw()["configuration"]["conflictIntensity"], 0.3, "what came is kept whole");
}

#[test]
fn results_of_the_older_shape_are_single_numbers_and_what_it_lacks_is_unknown() {
    let results = results("performance/current-results-older.json");
    assert_eq!(results.series(Measure::VcubeLatency), [12.5]);
    assert_eq!(results.series(Measure::Throughput), [8.25]);
    assert_eq!(results.rate(Rate::Success), Some(91.5));
    assert_eq!(results.rate(Rate::Conflict), None);
    assert_eq!((results.test_id, results.completed), (None, Some(false)));
}

#[test]
fn a_node_that_has_run_no_test_has_no_results() {
    let none = serde_json::json!({
        "testId": null, "completed": false, "duration": 0.0,
        "metrics": {"vcubeLatency": [], "throughput": [], "successRate": null, "securityValidations": 0}
    });
    let results = TestResults::read(none).expect("the newer shape");
    assert!(results.is_empty() && results.test_id.is_none());
}

#[test]
fn results_that_are_none_name_the_field() {
    for (text, field) in
        [(r#"{"metrics":{"throughput":"fast"}}"#, "throughput"), (r#"{"vcubeLatency":{"mean":1}}"#, "vcubeLatency")]
    {
        let error = TestResults::read(serde_json::from_str(text).expect("JSON")).expect_err(text);
        assert!(error.path.contains(field), "{error}");
    }
    assert!(TestResults::read(serde_json::json!([])).is_err());
}

#[test]
fn a_status_may_number_its_test() {
    let status = |text: &str| decode::from_text::<TestStatus>(text).expect("a status");
    assert_eq!(
        status(&fixture("performance/status.json")),
        TestStatus { running: Some(true), test_id: Some("17".into()), progress: Some(42.5) }
    );
    assert_eq!(status("{}"), TestStatus::default(), "it says nothing");
}

#[test]
fn points_of_a_chart_have_times_of_both_kinds_and_may_lack_a_value() {
    let chart = serde_json::from_str(&fixture("metrics/chart-data.json")).expect("JSON");
    let samples = read_series(&chart).expect("samples").entries;
    let read: Vec<_> = samples.iter().map(|sample| (sample.at - 1.7e12, sample.value)).collect();
    assert_eq!(read, [(0.0, Some(3.0)), (1_000.0, Some(4.5)), (2_000.0, None)]);
}

#[test]
fn a_recorded_stream_is_read_resumed_and_told_of_its_gap() {
    let mut resume = Resume::default();
    let mut totals = Vec::new();
    let mut beats = 0;
    for item in Parser::default().feed(fixture("streams/reservations.txt").as_bytes()) {
        let Item::Event(event) = item else {
            beats += 1;
            continue;
        };
        match resume.see(&event) {
            Seen::Gap => totals.push(None),
            Seen::New => {
                let metrics: ReservationMetrics = decode::from_text(&event.data).expect("the body of `current`");
                totals.push(metrics.total_reservations);
            }
            Seen::Again => panic!("nothing came twice"),
        }
    }
    assert_eq!((beats, totals), (2, vec![Some(7), Some(8), None, Some(55)]));
    assert_eq!(resume.last_id(), Some("90"));
}
