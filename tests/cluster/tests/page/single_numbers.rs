//! Performance tests of a backend that gives single numbers and hardly says whether a test runs.

use serde_json::json;

use crate::answers::{answer_with, turn, wait_until_asked};
use crate::world::World;

const RESULTS: &str = "/api/performance-test/current-results";

/// `turn` is the status, as JSON. The numbers move at every question.
const SINGLE_NUMBERS: &str = "
    if (path.endsWith('/performance-test/stop')) return {json: {stopped: true}};
    if (path.endsWith('/performance-test/status')) return {json: JSON.parse(turn || '{}')};
    if (path.endsWith('/performance-test/current-results')) {
        const read = window.read = (window.read ?? 0) + 1;
        return {json: {vcubeLatency: read, raftConsensusTime: 10 + read, throughput: 100, successRate: 1}};
    }";

fn readings(at_least: u32) -> String {
    format!("return document.querySelectorAll('[data-testid=chart-test-latency] tbody tr').length >= {at_least}")
}

#[tokio::test]
async fn single_numbers_of_a_running_test_become_a_series_and_only_a_run_that_was_seen_is_kept() {
    let world = World::start().await;
    let browser = &world.browser;
    answer_with(browser, SINGLE_NUMBERS).await;
    world.log_in("researcher").await;
    for (running, ended) in [
        (json!({ "isRunning": true }), json!({ "isRunning": false })),
        (json!({ "status": "RUNNING" }), json!({ "status": "COMPLETED" })),
        (json!({ "testId": 7, "progress": 40 }), json!({ "testId": 7, "progress": 100 })),
    ] {
        turn(browser, "{}").await;
        world.open("/performance").await;
        browser.run("localStorage.removeItem('vcube.performance.history')").await;
        browser.reload().await;
        wait_until_asked(browser, &format!("GET {RESULTS}"), 2).await;
        browser.wait_for_element("[data-testid=test-status][data-running=false] [data-testid=test-stop][hidden]").await;
        assert_eq!(browser.count("[data-testid=run]").await, 0, "nothing was seen to run: {running}");
        browser.wait_for_text("[data-testid=unsure]:not([hidden])", "fractions").await;

        turn(browser, &running.to_string()).await;
        browser
            .wait_for_element("[data-testid=test-status][data-running=true] [data-testid=test-stop]:not([hidden])")
            .await;
        browser.click("[data-testid=chart-test-latency] [data-testid=chart-table]").await;
        browser.wait_for("a series", &readings(3)).await;
        browser.click("[data-testid=test-stop]").await;
        wait_until_asked(browser, "POST /api/performance-test/stop", 0).await;
        browser.wait_for("the stop was sent", "return asked['POST /api/performance-test/stop'] === 1").await;

        turn(browser, &ended.to_string()).await;
        browser.wait_for_element("[data-testid=test-status][data-running=false]").await;
        browser.wait_for_element("[data-testid=run] [data-testid=unsure-figure]").await;
        let kept = browser.run("return JSON.parse(localStorage.getItem('vcube.performance.history'))").await;
        let latencies = kept[0]["results"]["vcubeLatency"].as_array().map(Vec::len).unwrap_or_default();
        assert!(latencies >= 3, "{running}: {kept}");
        wait_until_asked(browser, "GET /api/performance-test/status", 2).await;
        assert_eq!(browser.count("[data-testid=run]").await, 1, "{running}");
    }
}

#[tokio::test]
async fn a_test_that_ends_while_the_person_is_elsewhere_is_kept_when_they_come_back() {
    let world = World::start().await;
    let browser = &world.browser;
    answer_with(browser, SINGLE_NUMBERS).await;
    world.log_in("researcher").await;
    turn(browser, r#"{"isRunning":true}"#).await;
    world.open("/performance").await;
    browser.wait_for_element("[data-testid=test-status][data-running=true]").await;
    world.open("/research").await;
    browser.wait_for_element("main[data-page=research]").await;
    turn(browser, r#"{"isRunning":false}"#).await;
    world.open("/performance").await;
    browser.wait_for_element("[data-testid=run]").await;
}
