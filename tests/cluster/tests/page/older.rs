//! A backend as it was before this one: it gives no token, wants to know who asks for everything, has no features and no
//! extensions, and its framework answers in words of its own. One person a role is at work on it while a node dies.

use reference_cluster::harness::cluster::ClusterOptions;
use serde_json::json;

use crate::browser::Look;
use crate::work::Work;
use crate::world::World;

async fn older() -> World {
    World::with(ClusterOptions { older: true, ..ClusterOptions::default() }, Look::default()).await
}

#[tokio::test]
async fn a_traveller_signs_in_and_books_and_is_told_that_this_backend_cannot_cancel() {
    let work = Work::begin_in(older().await, "user", "/user", &["vehicles", "reservations"]).await;
    let browser = &work.world.browser;
    let session = browser.run("return JSON.parse(sessionStorage['vcube.session']).token").await;
    assert_eq!(session, json!(null), "there is no token");
    browser.click("[data-testid=vehicle]").await;
    browser.wait_for_element("[data-testid=seats][data-state=ready]").await;
    // Of the first booking the answer is empty, of the second it says that it went well, and no more.
    for _ in 0..2 {
        let free = "[data-testid=seat][data-available=true]";
        let seat = browser.attribute(free, "data-seat-id").await.expect("a free seat has an id");
        browser.click(&format!("[data-seat-id='{seat}']")).await;
        browser.click("[data-testid=reserve]").await;
        browser.wait_for_element(&format!("[data-seat-id='{seat}'][data-mine=true]")).await;
    }
    let two = "return document.querySelectorAll('[data-testid=reservation][data-status=CONFIRMED]').length === 2";
    browser.wait_for("both reservations", two).await;
    work.kill_node_in_use().await;
    browser.click("[data-testid=reservation] [data-testid=cancel]").await;
    browser.wait_for_element("dialog[open]").await;
    browser.click("dialog[open] [data-testid=confirm-accept]").await;
    let cannot = "return document.body.innerText.includes('ne sait pas annuler')";
    browser.wait_for("the page to say that it cannot", cannot).await;
    browser.wait_for("both reservations still", two).await;
    work.end().await;
}

#[tokio::test]
async fn a_provider_edits_a_vehicle_that_stays_on_offer_and_publishes_another() {
    let work = Work::begin_in(older().await, "provider", "/provider", &["vehicles", "reservations"]).await;
    let browser = &work.world.browser;
    let row = "[data-testid=vehicle][data-published=true]";
    let id = browser.attribute(row, "data-vehicle-id").await.expect("an id");
    let row = format!("[data-testid=vehicle][data-vehicle-id='{id}']");
    browser.click(&format!("{row} [data-testid=edit]")).await;
    browser.wait_for_element("#vehicle-name").await;
    browser.run("document.getElementById('vehicle-name').value = ''").await;
    browser.type_into("#vehicle-name", "Express de nuit").await;
    work.kill_node_in_use().await;
    // Without keys a write that was sent to a node which dies is not repeated: it goes out once the page has moved on.
    work.wait_until_asked("/reservations/").await;
    browser.click("[data-testid=vehicle-save]").await;
    browser.wait_for_text(&row, "Express de nuit").await;
    browser.wait_for_element(&format!("{row}[data-published=true]")).await;
    browser.click(&format!("{row} [data-testid=unpublish]")).await;
    browser.wait_for_element(&format!("{row}[data-published=false]")).await;
    browser.click(&format!("{row} [data-testid=publish]")).await;
    browser.wait_for_element(&format!("{row}[data-published=true]")).await;
    work.end().await;
}

#[tokio::test]
async fn the_administration_counts_for_itself_and_goes_on() {
    let work = Work::begin_in(older().await, "admin", "/admin", &["stats", "raft", "top-providers"]).await;
    let browser = &work.world.browser;
    browser.wait_for_text("[data-testid=stats]", "d’après les listes").await;
    let node = work.kill_node_in_use().await;
    work.world.wait_for_state(node, "failed").await;
    work.wait_until_asked("/api/admin/users").await;
    work.end().await;
}

#[tokio::test]
async fn the_live_demonstration_goes_on() {
    let work = Work::begin_in(older().await, "admin", "/live", &["latency", "tolerance", "producers", "access"]).await;
    let three = "return document.querySelectorAll('[data-testid=stream][data-stream=live]').length === 3";
    work.world.browser.wait_for("three streams, which want to know who asks too", three).await;
    work.kill_node_in_use().await;
    work.wait_until_asked("/api/metrics/latency/history").await;
    work.world.browser.wait_for("three streams again", three).await;
    work.end().await;
}

#[tokio::test]
async fn a_performance_test_is_begun_followed_and_stopped() {
    let sections = &["test-form", "test", "runs", "compare"];
    let work = Work::begin_in(older().await, "researcher", "/performance", sections).await;
    let world = &work.world;
    world.browser.wait_for_element("[data-testid=test-status][data-running=false]").await;
    world.browser.click("[data-testid=test-start]").await;
    world.browser.wait_for_element("[data-testid=test-status][data-running=true]").await;
    world.browser.click("[data-testid=test-stop]").await;
    world.browser.wait_for_element("[data-testid=test-status][data-running=false]").await;
    work.end().await;
}

#[tokio::test]
async fn research_goes_on() {
    let work = Work::begin_in(older().await, "researcher", "/research", &["measurements", "recovery"]).await;
    work.kill_node_in_use().await;
    work.wait_until_asked("/api/metrics/latency/history").await;
    work.end().await;
}

/// Login, 401, login, 401, without a word of why.
#[tokio::test]
async fn a_session_that_was_never_known_names_the_setting() {
    let world = older().await;
    let config = json!({ "nodes": world.cluster.urls(), "legacyIdentityHeaders": false }).to_string();
    let site = crate::world::serve(&config).await;
    let world = World { site, ..world };
    world.open("/login").await;
    world.fill_in_login("user").await;
    world.browser.click("[data-testid=login-submit]").await;
    world.browser.wait_for_text("[data-testid=session-over]", "legacyIdentityHeaders").await;
}
