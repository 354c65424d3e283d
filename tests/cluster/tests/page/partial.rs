//! Entries of lists that cannot be read are left out and counted, in the section that shows the list.

use crate::answers::{answer_with, turn, wait_until_asked};
use crate::browser::{Browser, Look};
use crate::world::World;
use reference_cluster::harness::cluster::ClusterOptions;

/// Every list of a node ends with an entry that is none; `well` ends that.
const BAD_LAST_ENTRIES: &str = "
    if (turn === 'well' || method !== 'GET') return;
    const json = await real();
    if (Array.isArray(json)) return {json: [...json, {id: [1]}]};
    if (json?.metrics?.throughput) {
        json.metrics.throughput.push('fast');
        return {json};
    }
    if (json && path.endsWith('reservations-by-hour')) return {json: {...json, 7: 'many'}};";

fn note(section: &str) -> String {
    format!("[data-testid={section}][data-state=ready] [data-testid=unreadable]")
}

/// Waits until each of `sections` says what it left out.
async fn all_say_so(browser: &Browser, sections: &[&str]) {
    for section in sections {
        browser.wait_for_text(&note(section), "could not be read").await;
    }
}

async fn in_english(options: ClusterOptions) -> World {
    let world = World::with(options, Look::default()).await;
    answer_with(&world.browser, BAD_LAST_ENTRIES).await;
    world.open("/login").await;
    world.browser.run("localStorage.setItem('vcube.lang', 'en')").await;
    world
}

#[tokio::test]
async fn a_traveller_reads_how_much_is_missing_of_departures_seats_and_reservations_until_they_are_well() {
    let world = in_english(ClusterOptions::default()).await;
    let browser = &world.browser;
    world.log_in("user").await;
    all_say_so(browser, &["vehicles", "reservations"]).await;
    let rows = browser.count("[data-testid=vehicle]").await;
    let words = format!("1 of {} could not be read: field `[{rows}]", rows + 1);
    browser.wait_for_text(&note("vehicles"), &words).await;
    browser.click("[data-testid=vehicle]").await;
    all_say_so(browser, &["seats"]).await;
    let seats = browser.count("[data-testid=seat]").await;
    let words = format!("1 of {} could not be read: ", seats + 1);
    // Asked again and again, it stays said.
    wait_until_asked(browser, "GET /api/integrated/vehicles/", 2).await;
    browser.wait_for_text(&note("seats"), &words).await;
    browser.click("[data-testid=language]").await;
    browser.wait_for_text(&note("seats"), &format!("1 sur {} n’a pas pu être lu", seats + 1)).await;
    turn(browser, "well").await;
    let gone = "return !document.querySelector('[data-testid=seats] [data-testid=unreadable]')";
    browser.wait_for("all is read", gone).await;
    assert_eq!(browser.count("[data-testid=seat]").await, seats);
}

#[tokio::test]
async fn a_provider_reads_how_much_is_missing_of_vehicles_seats_and_reservations() {
    let world = in_english(ClusterOptions::default()).await;
    world.log_in("provider").await;
    all_say_so(&world.browser, &["vehicles", "reservations"]).await;
    world.browser.click("[data-testid=vehicle] [data-testid=show-seats]").await;
    all_say_so(&world.browser, &["seats"]).await;
}

#[tokio::test]
async fn an_administrator_reads_which_list_of_a_section_misses_what() {
    let world = in_english(ClusterOptions::default()).await;
    let browser = &world.browser;
    world.log_in("admin").await;
    all_say_so(browser, &["charts", "top-providers"]).await;
    for list in ["reservations-per-second", "processing-time", "raft-consensus", "reservations-by-hour"] {
        browser.wait_for_text(&note("charts"), &format!("/api/admin/charts/{list}[")).await;
    }
    browser.wait_for_text(&note("top-providers"), "field `providers[").await;
    browser.click("[data-testid=reservations-toggle] summary").await;
    browser.click("[data-testid=accounts-toggle] summary").await;
    all_say_so(browser, &["all-reservations", "accounts"]).await;
    browser.wait_for_text(&note("all-reservations"), "field `vehicles[").await;
    turn(browser, "well").await;
    browser.reload().await;
    browser.wait_for_element("[data-testid=charts][data-state=ready]").await;
    browser.wait_for_element("[data-testid=top-providers][data-state=ready]").await;
    assert_eq!(browser.count("[data-testid=unreadable]").await, 0);
}

#[tokio::test]
async fn who_measures_reads_how_much_is_missing_of_the_charts() {
    let world = in_english(ClusterOptions::default()).await;
    world.log_in("admin").await;
    world.open("/research").await;
    all_say_so(&world.browser, &["measurements"]).await;
    world.browser.wait_for_text(&note("measurements"), "/api/metrics/throughput/history[").await;
    world.open("/live").await;
    all_say_so(&world.browser, &["latency", "producers"]).await;
}
