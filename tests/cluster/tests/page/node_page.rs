//! The page of one node, and the node that an operator requires.

use reference_cluster::harness::cluster::{Cluster, ClusterOptions};
use serde_json::json;

use crate::browser::{Browser, Look};
use crate::world::{World, serve};

#[tokio::test]
async fn an_operator_opens_a_node_by_its_name_and_reads_what_it_thinks_of_the_others() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.wait_for_state(1, "healthy").await;
    world.browser.click("[data-node-index='1'] [data-testid=node-link]").await;
    world.browser.wait_for_element("main[data-page=node] [data-testid=node-detail][data-node-state=healthy]").await;
    world.browser.wait_for("two peers", "return document.querySelectorAll('[data-testid=peer]').length === 2").await;
    world.browser.wait_for_element("[data-testid=failover-event]").await;
    let foreign = world.browser.count("[data-testid=failover-event]:not([data-node-index='1'])").await;
    let own = world.browser.count("[data-testid=failover-event][data-node-index='1']").await;
    assert!(own > 0, "the journal is about this node; {foreign} lines name another one beside it");
    world.browser.click("[data-testid=back]").await;
    world.browser.wait_for_element("main[data-page=admin]").await;
}

#[tokio::test]
async fn a_required_node_is_named_on_every_page_until_the_requirement_is_lifted() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.wait_for_state(2, "healthy").await;
    world.browser.click("[data-node-index='2'] [data-testid=node-link]").await;
    world.browser.click("[data-testid=node-require]").await;
    world.browser.wait_for_element("[data-testid=node-required]").await;
    world.browser.click("[data-testid=back]").await;
    world.wait_for_current(2).await;
    assert_eq!(world.browser.count("[data-testid=node-required]").await, 1);
    world.browser.click("[data-testid=lift-requirement]").await;
    world.wait_for_current(0).await;
    assert_eq!(world.browser.count("[data-testid=node-required]").await, 0);
    let focused = world.browser.run("return document.activeElement?.id").await;
    assert_eq!(focused, "main", "the focus is not lost with the banner");
}

#[tokio::test]
async fn a_place_that_the_list_does_not_have_says_how_many_it_has() {
    let world = World::start().await;
    world.log_in("admin").await;
    for asked in ["7", "one"] {
        world.open(&format!("/nodes/{asked}")).await;
        world.browser.wait_for_text("[data-testid=no-such-node]", asked).await;
        world.browser.wait_for_text("[data-testid=no-such-node]", "3").await;
    }
}

#[tokio::test]
async fn a_node_that_forbids_the_page_is_told_from_a_dead_one() {
    let cluster = Cluster::start(ClusterOptions::default()).await.expect("a cluster with a leader");
    // It answers, and says nothing of other origins.
    let stranger = serve("{}").await;
    let mut nodes = cluster.urls();
    nodes.push(stranger.url().to_string());
    let site = serve(&json!({ "nodes": nodes }).to_string()).await;
    let world = World { browser: Browser::start(Look::default()).await, site, cluster };
    world.log_in("admin").await;
    world.open("/nodes/3").await;
    world.browser.wait_for_element("[data-testid=finding][data-finding=cors]").await;
    world.cluster.kill(2).unwrap();
    world.open("/nodes/2").await;
    world.browser.wait_for_element("[data-testid=finding][data-finding=dead]").await;
    world.browser.wait_for_element("[data-testid=no-view][data-why=silent]").await;
}
