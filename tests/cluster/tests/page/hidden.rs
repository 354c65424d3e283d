//! A page that nobody sees asks for nothing.

use std::time::Duration;

use reference_cluster::harness::many::ManyNodes;
use serde_json::json;

use crate::browser::{Browser, Look};
use crate::world::serve;

/// Between two checks of a node: the shortest that the configuration allows, so that their absence shows soon.
const INTERVAL: Duration = Duration::from_secs(2);

/// Waits until each node was checked more often than `before`.
async fn wait_for_more(nodes: &ManyNodes, before: &[u64]) {
    let more = || nodes.checks().iter().zip(before).all(|(now, before)| now > before);
    for _ in 0..400 {
        if more() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("no check of every node came: {:?} after {before:?}", nodes.checks());
}

#[tokio::test]
async fn a_hidden_page_sends_no_health_checks_and_one_round_when_it_is_shown_again() {
    let nodes = ManyNodes::start(3).await.expect("ports for all");
    let config = json!({ "nodes": nodes.urls(), "healthCheckIntervalMs": INTERVAL.as_millis() as u64 });
    let site = serve(&config.to_string()).await;
    let browser = Browser::start(Look::default()).await;
    browser.goto(&format!("{}/login", site.url())).await;
    browser.wait_for_element("main[data-page=login]").await;
    wait_for_more(&nodes, &[1; 3]).await;

    browser.show(false).await;
    browser.wait_for("the page is hidden", "return document.visibilityState === 'hidden'").await;
    // A check that was under way when the page was hidden has arrived within its second.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let hidden = nodes.checks();
    tokio::time::sleep(3 * INTERVAL).await;
    assert_eq!(nodes.checks(), hidden, "checks that nobody asked for");

    browser.show(true).await;
    browser.wait_for("the page is shown", "return document.visibilityState === 'visible'").await;
    let shown = std::time::Instant::now();
    wait_for_more(&nodes, &hidden).await;
    println!("every node was checked {:?} after the page was shown again", shown.elapsed());
    // One round, not one for each that was left out.
    let round: Vec<u64> = hidden.iter().map(|checks| checks + 1).collect();
    assert_eq!(nodes.checks(), round);
    // And from then on as before.
    wait_for_more(&nodes, &round).await;
}
