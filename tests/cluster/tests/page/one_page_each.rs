//! The node in use is killed while a page works, once for each page: it goes on, shows no error and complains of nothing.

use serde_json::json;

use crate::work::Work;

#[tokio::test]
async fn the_administration_goes_on() {
    let work = Work::begin("admin", "/admin", &["stats", "charts", "raft", "top-providers"]).await;
    let node = work.kill_node_in_use().await;
    work.world.wait_for_state(node, "failed").await;
    work.wait_until_asked("/api/admin/stats").await;
    work.wait_until_asked("/api/metrics/dashboard").await;
    work.end().await;
}

#[tokio::test]
async fn the_live_demonstration_goes_on() {
    let work = Work::begin("admin", "/live", &["latency", "tolerance", "producers", "access"]).await;
    let badge = "[data-testid=stream][data-stream=live]";
    let three = format!("return document.querySelectorAll('{badge}').length === 3");
    work.world.browser.wait_for("three streams", &three).await;
    let node = work.kill_node_in_use().await;
    // The list of moves, and the streams, of which some may have been elsewhere.
    let elsewhere = format!(
        "const all = [...document.querySelectorAll('{badge}')]; return all.length === 3 \
           && all.every(badge => !badge.textContent.includes('{node}'))"
    );
    work.world.browser.wait_for("three streams elsewhere", &elsewhere).await;
    work.wait_until_asked("/api/metrics/latency/history").await;
    work.end().await;
}

#[tokio::test]
async fn a_performance_test_goes_on_and_ends_on_the_page() {
    let work = Work::begin("researcher", "/performance", &["test-form", "test", "runs", "compare"]).await;
    let world = &work.world;
    // The leader runs the test: a follower is the node in use.
    let leader = world.cluster.leader().await.expect("a leader");
    let follower = (leader + 1) % world.cluster.len();
    world.browser.run_async(&format!("return await window.apiService.switchToNode({follower})")).await;
    let test = json!({ "numberOfProviders": 3, "seatsPerProvider": 20, "numberOfNodes": 3, "numberOfUsers": 6,
                       "testDurationMinutes": 0.2, "reservationRate": 20 });
    let begun = format!(
        "return await window.apiService.fetchWithFailover('/api/performance-test/run', {{method: 'POST', body: {test}, idempotent: true}})"
    );
    let begun = world.browser.run_async(&begun).await;
    let id = begun["body"]["testId"].as_str().unwrap_or_else(|| panic!("no test: {begun}")).to_owned();
    let progress = "parseFloat(document.querySelector('[data-testid=test-progress]').textContent.replace(',', '.'))";
    world.browser.wait_for("progress", &format!("return {progress} > 0")).await;
    assert_eq!(work.kill_node_in_use().await, follower);
    let before = world.browser.run(&format!("return {progress}")).await;
    let further = format!("return {progress} > {before} && {progress}");
    let after = world.browser.wait_for("more progress", &further).await;
    println!("progress {before} % when the node was killed, then {after} %");
    world.browser.wait_for_element("[data-testid=test-status][data-running=false]").await;
    world.browser.wait_for_text("[data-testid=runs]", &id).await;
    work.end().await;
}

#[tokio::test]
async fn research_goes_on() {
    let work = Work::begin("researcher", "/research", &["measurements", "recovery"]).await;
    work.kill_node_in_use().await;
    work.wait_until_asked("/api/metrics/latency/history").await;
    work.end().await;
}

#[tokio::test]
async fn a_provider_goes_on() {
    let work = Work::begin("provider", "/provider", &["vehicles", "reservations"]).await;
    let browser = &work.world.browser;
    let row = "[data-testid=vehicle][data-published=true]";
    let id = browser.attribute(row, "data-vehicle-id").await.expect("an id");
    work.kill_node_in_use().await;
    let row = format!("[data-testid=vehicle][data-vehicle-id='{id}']");
    browser.click(&format!("{row} [data-testid=unpublish]")).await;
    browser.wait_for_element(&format!("{row}[data-published=false]")).await;
    work.wait_until_asked("/reservations/").await;
    work.end().await;
}

#[tokio::test]
async fn a_traveller_goes_on() {
    let work = Work::begin("user", "/user", &["vehicles", "reservations"]).await;
    let browser = &work.world.browser;
    browser.click("[data-testid=vehicle]").await;
    browser.wait_for_element("[data-testid=seats][data-state=ready]").await;
    let free = "[data-testid=seat][data-available=true]";
    let seat = browser.attribute(free, "data-seat-id").await.expect("a free seat has an id");
    work.kill_node_in_use().await;
    browser.click(&format!("[data-seat-id='{seat}']")).await;
    browser.click("[data-testid=reserve]").await;
    browser.wait_for_element(&format!("[data-seat-id='{seat}'][data-mine=true]")).await;
    browser.wait_for_element("[data-testid=reservation][data-status=COMMITTED]").await;
    work.end().await;
}

#[tokio::test]
async fn the_settings_go_on() {
    let work =
        Work::begin("admin", "/settings", &["settings-nodes", "figures", "appearance", "settings-transfer"]).await;
    let browser = &work.world.browser;
    let node = work.kill_node_in_use().await;
    let row = format!("[data-testid=settings-node][data-node-url='{}']", work.world.cluster.url(node));
    browser.click(&format!("{row} [data-testid=node-test]")).await;
    browser.wait_for_element(&format!("{row}[data-node-state=failed]")).await;
    browser.click("[data-testid=settings-save]").await;
    browser.wait_for_element("[data-testid=notice]").await;
    let read = work.world.read("/api/raft/status").await;
    assert_eq!((&read["status"], read["node"] == node), (&json!(200), false), "{read}");
    work.end().await;
}
