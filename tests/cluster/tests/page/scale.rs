//! A thousand nodes in one page.

use std::time::Duration;

use reference_cluster::harness::client::Client;
use reference_cluster::harness::cluster::{Cluster, ClusterOptions};
use reference_cluster::harness::many::{Manner, ManyNodes};
use reference_cluster::harness::static_site::StaticSite;
use reference_cluster::seed::demo_account;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::browser::Look;
use crate::world::serve;

const COUNT: usize = 1_000;

pub struct Crowd {
    pub browser: Browser,
    pub site: StaticSite,
    pub urls: Vec<String>,
    pub nodes: ManyNodes,
    pub cluster: Cluster,
    count: usize,
}

/// One real node that signs in, and behind it stand-ins for the others of `count`.
pub async fn crowd(count: usize) -> Crowd {
    crowd_with(count, "").await
}

/// A crowd as [`crowd`] makes it, with `script` run in the page before the application.
pub async fn crowd_with(count: usize, script: &str) -> Crowd {
    let cluster = Cluster::start(ClusterOptions { nodes: 1, ..ClusterOptions::default() }).await.expect("a node");
    let nodes = ManyNodes::start(count - 1).await.expect("ports for all");
    let mut urls = cluster.urls();
    urls.extend(nodes.urls());
    let site = serve(&json!({ "nodes": &urls }).to_string()).await;
    let account = demo_account("admin").expect("a demo account");
    let mut client: Client = cluster.client(0).expect("a client");
    let login = client.login(account.email, account.password).await.expect("the account signs in");
    let browser = Browser::start(Look { width: 1440, ..Look::default() }).await;
    // Long tasks are counted from the first moment on.
    browser
        .before_every_page(
            "window.longTasks = []; new PerformanceObserver(list => { for (const e of list.getEntries()) \
               window.longTasks.push({at: e.startTime, ms: e.duration}); }).observe({type: 'longtask', buffered: true})",
        )
        .await;
    browser.before_every_page(script).await;
    let session = json!({"role": "ADMIN", "user": login.user_id, "name": "Admin", "token": login.token}).to_string();
    browser.goto(&site.url()).await;
    browser.run(&format!("sessionStorage.setItem('vcube.session', {})", json!(session))).await;
    browser.goto(&format!("{}/admin", site.url())).await;
    browser.wait_for_element("[data-testid=node]").await;
    Crowd { browser, site, urls, nodes, cluster, count }
}

impl Crowd {
    /// A machine that is busy with other things may make a healthy stand-in late, and so fail a check: those are
    /// checked again, as an operator would have them.
    pub async fn wait_until_all_healthy(&self) {
        let healthy = format!("[data-testid=cluster-status][data-healthy='{}']", self.count);
        for _ in 0..20 {
            for _ in 0..25 {
                if self.browser.count(&healthy).await == 1 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            self.browser.run_async("return await window.apiService.resetFailedNodes()").await;
        }
        self.browser.wait_for_element(&healthy).await;
    }
}

async fn states(browser: &Browser) -> Vec<String> {
    let status = browser.run_async("return await window.apiService.nodesHealthStatus()").await;
    let nodes = status["nodes"].as_array().cloned().unwrap_or_default();
    nodes.iter().map(|node| node["state"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_thousand_healthy_nodes_are_all_found_healthy_and_few_rows_are_in_the_page() {
    let crowd = crowd(COUNT).await;
    crowd.wait_until_all_healthy().await;
    let rows = crowd.browser.count("[data-testid=node]").await;
    assert!((1..=60).contains(&rows), "{rows} rows are in the page");
    assert_eq!(crowd.browser.attribute("[data-testid=node]", "aria-setsize").await.as_deref(), Some("1000"));
    let failures = crowd.browser.run_async("return (await window.apiService.journal()).filter(e => e.kind === 'node-changed' && e.to === 'failed').length").await;
    println!("healthy nodes thought to have failed: {failures}");
    let tasks = crowd.browser.run("return window.longTasks").await;
    println!("long tasks while a thousand nodes were found: {tasks}");
    assert!(crowd.nodes.checks().iter().all(|checks| *checks >= 1));
}

#[tokio::test]
async fn the_worst_come_first_the_filter_counts_and_finds_and_a_focused_row_stays() {
    let crowd = crowd(COUNT).await;
    crowd.wait_until_all_healthy().await;
    for index in [700, 800] {
        crowd.nodes.behave(index, Manner::Failing);
    }
    crowd.browser.click("[data-testid=nodes-refresh]").await;
    crowd
        .browser
        .wait_for_element("[data-testid=node]:first-child[data-node-index='701'][data-node-state=failed]")
        .await;
    crowd.browser.wait_for_text("[data-testid=nodes-filter][data-filter=trouble]", "(2)").await;
    crowd.browser.click("[data-testid=nodes-filter][data-filter=trouble]").await;
    crowd.browser.wait_for("two rows", "return document.querySelectorAll('[data-testid=node]').length === 2").await;
    assert!(crowd.browser.address().await.contains("nodes=trouble"), "the filter is in the URL");
    crowd.browser.click("[data-testid=nodes-filter][data-filter=all]").await;
    // Nothing moves under a person who is on a row.
    crowd.browser.run("document.querySelector('[data-node-index=\"0\"] [data-testid=node-test]').focus()").await;
    crowd.nodes.behave(900, Manner::Failing);
    crowd.browser.run("document.querySelector('[data-testid=nodes-refresh]').click()").await;
    crowd.browser.wait_for_text("[data-testid=nodes-filter][data-filter=trouble]", "(3)").await;
    let first = crowd
        .browser
        .run("return [...document.querySelectorAll('[data-testid=node]')].slice(0, 3).map(n => n.dataset.nodeIndex)")
        .await;
    assert_eq!(first, json!(["701", "801", "0"]), "the new failure waits until the row is left");
    crowd.browser.type_into("[data-testid=nodes-search]", "nœud 901").await;
    crowd.browser.wait_for("one row", "return document.querySelectorAll('[data-testid=node]').length === 1").await;
    let found = crowd.browser.attribute("[data-testid=node]", "data-node-index").await;
    assert_eq!(found.as_deref(), Some("901"));
}

#[tokio::test]
async fn scrolling_and_tabbing_reach_the_last_of_a_thousand_rows() {
    let crowd = crowd(COUNT).await;
    crowd.wait_until_all_healthy().await;
    crowd.browser.run("const l = document.querySelector('.nodes-many'); l.scrollTop = l.scrollHeight").await;
    crowd.browser.wait_for_element("[data-testid=node][aria-posinset='1000']").await;
    let rows = crowd.browser.count("[data-testid=node]").await;
    assert!((1..=60).contains(&rows), "{rows} rows are in the page");
}

#[tokio::test]
async fn a_round_of_hanging_nodes_ends_and_the_page_stays_quick() {
    let crowd = crowd(COUNT).await;
    crowd.wait_until_all_healthy().await;
    // No check is under way when the nodes begin to hang: one that was sent before would still be answered, and counts.
    crowd.browser.click("[data-testid=nodes-auto-refresh]").await;
    crowd.browser.run_async("return await window.apiService.performHealthCheck().then(() => true)").await;
    for index in 0..COUNT - 1 {
        crowd.nodes.behave(index, Manner::Hanging);
    }
    let took = crowd
        .browser
        .run_async(
            "const t = performance.now(); await window.apiService.performHealthCheck(); return performance.now() - t",
        )
        .await;
    println!("a round over 999 hanging nodes took {} ms", took.as_f64().unwrap_or_default().round());
    let bad = states(&crowd.browser).await.iter().filter(|state| *state != "healthy").count();
    assert_eq!(bad, COUNT - 1);
    assert_eq!(states(&crowd.browser).await[0], "healthy", "the one that answers is not blamed for the others");
    assert_ne!(took, Value::Null);
}
