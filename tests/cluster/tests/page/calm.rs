//! What a poll leaves alone: rows whose nodes did not change, and people who listen to the page.

use std::time::Duration;

use reference_cluster::harness::cluster::ClusterOptions;
use reference_cluster::harness::proxy::Fault;
use serde::Deserialize;
use serde_json::json;

use crate::browser::Look;
use crate::world::World;

/// Remembers when the page sent a request to which address.
const COUNT_REQUESTS: &str = "
    window.sent = [];
    const real = window.fetch;
    window.fetch = (url, ...rest) => { sent.push({url: url.url ?? String(url), at: performance.now()}); return real(url, ...rest); };";

/// Remembers, from now on, everything that changes below the list of nodes, and which elements it is made of.
const WATCH: &str = "
    window.begin = performance.now();
    window.touched = [];
    const list = document.querySelector('.node-list');
    window.elements = [list, ...list.querySelectorAll('*')];
    const seen = records => { for (const record of records) {
        const element = record.target.nodeType === Node.ELEMENT_NODE ? record.target : record.target.parentElement;
        const row = element?.closest('[data-testid=node]');
        const cell = element?.closest('.node-cell');
        touched.push({
            row: row ? Number(row.dataset.nodeIndex) : null,
            what: [record.type, record.attributeName, cell?.classList[1], element?.getAttribute('class')].filter(Boolean).join(' '),
        });
    } };
    window.watcher?.disconnect();
    window.watcher = new MutationObserver(seen);
    watcher.observe(list, {subtree: true, childList: true, attributes: true, characterData: true});";

/// What a check of the node, or a request to it, changes in its row: once each.
const OF_A_CHECK: [&str; 4] = [
    "characterData node-cell-latency cell-main",
    "characterData node-cell-latency cell-more",
    "attributes d node-cell-checks bar-ok",
    "characterData node-cell-checks check-text",
];

/// What the time changes, about once a second, and a check too.
const OF_THE_TIME: [&str; 2] = ["characterData node-cell-ages cell-main", "characterData node-cell-ages cell-more"];

#[derive(Debug, Deserialize)]
struct Touched {
    /// `None`: the list itself, or something that is not in it any more.
    row: Option<usize>,
    what: String,
}

/// What was changed since the watch began, and how many seconds ago that was.
async fn touched(world: &World) -> (Vec<Touched>, usize) {
    let all = world.browser.run("return {touched, seconds: (performance.now() - begin) / 1000}").await;
    let seconds = all["seconds"].as_f64().expect("a number").ceil();
    (serde_json::from_value(all["touched"].clone()).expect("a list of changes"), seconds as usize)
}

/// How many requests to node `index` may have ended since the watch began: none takes longer than its second.
async fn requests_to(world: &World, index: usize) -> usize {
    let url = world.cluster.urls()[index].clone();
    let script = format!(
        "return sent.filter(request => request.url.startsWith({}) && request.at > begin - 1000).length",
        json!(format!("{url}/"))
    );
    usize::try_from(world.browser.run(&script).await.as_u64().expect("a count")).expect("a count")
}

/// Fails when row `index` was changed by more than the requests to its node and the time that passed.
async fn assert_calm(world: &World, index: usize) {
    let requests = requests_to(world, index).await;
    let (touched, seconds) = touched(world).await;
    let row: Vec<&str> = touched.iter().filter(|one| one.row == Some(index)).map(|one| &*one.what).collect();
    for what in &row {
        let times = row.iter().filter(|other| *other == what).count();
        let most = if OF_A_CHECK.contains(what) {
            requests
        } else if OF_THE_TIME.contains(what) {
            requests + seconds + 1
        } else {
            0
        };
        assert!(times <= most, "row {index}: {times} of {what:?}, at most {most} in {seconds} s; all of it: {row:?}");
    }
}

/// The list, its rows and all in them are the elements that they were when the watch began, in the same order.
async fn assert_nothing_was_made_anew(world: &World) {
    let (touched, _) = touched(world).await;
    let made: Vec<&Touched> =
        touched.iter().filter(|one| one.row.is_none() || one.what.starts_with("childList")).collect();
    assert!(made.is_empty(), "{made:?}");
    let same = "const list = document.querySelector('.node-list'); const now = [list, ...list.querySelectorAll('*')]; \
                return now.length === elements.length && now.every((element, at) => element === elements[at])";
    assert_eq!(world.browser.run(same).await, true);
}

#[tokio::test]
async fn a_poll_in_which_one_node_failed_leaves_the_rows_of_the_others_alone() {
    let options = ClusterOptions { with_proxies: true, ..ClusterOptions::default() };
    let world = World::with(options, Look::default()).await;
    world.browser.before_every_page(COUNT_REQUESTS).await;
    world.log_in("admin").await;
    for index in 0..3 {
        world.wait_for_state(index, "healthy").await;
    }
    world.wait_for_current(0).await;
    world.browser.click("[data-testid=nodes-auto-refresh]").await;
    let idle = "return !document.querySelector('[data-testid=nodes-refresh][aria-busy]')";
    let poll = async || {
        world.browser.click("[data-testid=nodes-refresh]").await;
        world.browser.wait_for("the poll has ended", idle).await;
    };
    poll().await;

    world.browser.run(WATCH).await;
    world.cluster.fault(2, Fault::Status500).await.unwrap();
    poll().await;
    world.wait_for_state(2, "failed").await;
    let shown = "return [0, 1].every(row => touched.some(one => one.row === row && one.what.endsWith('bar-ok')))";
    world.browser.wait_for("the checks of the others are shown", shown).await;
    for index in [0, 1] {
        assert_calm(&world, index).await;
    }
    assert_nothing_was_made_anew(&world).await;
    let (all, _) = touched(&world).await;
    let failed = |one: &Touched| one.row == Some(2) && one.what == "attributes data-node-state node";
    assert!(all.iter().any(failed), "the row of the failed node shows it: {all:?}");

    // Between polls only the time passes.
    world.browser.run(WATCH).await;
    let ages = "return touched.filter(one => one.row === 1 && one.what.includes('node-cell-ages')).length >= 3";
    world.browser.wait_for("seconds that pass", ages).await;
    for index in [0, 1] {
        assert_calm(&world, index).await;
    }
    assert_nothing_was_made_anew(&world).await;

    // The watch itself: what is written once too often is seen, even when it is what was there.
    let again = "const row = document.querySelector(\"[data-testid=node][data-node-index='1']\"); \
                 row.setAttribute('aria-setsize', row.getAttribute('aria-setsize'))";
    world.browser.run(again).await;
    let (all, _) = touched(&world).await;
    assert!(all.iter().any(|one| one.row == Some(1) && one.what == "attributes aria-setsize node"), "{all:?}");
}

/// Remembers what is written where a screen reader listens, wherever and whenever such a place comes to be.
const LISTEN: &str = "
    window.said = [];
    const live = '[role=status], [role=alert], [role=log], [aria-live=polite], [aria-live=assertive]';
    new MutationObserver(records => { for (const {target} of records) {
        const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
        const region = element?.closest(live);
        if (region) said.push(region.textContent.trim());
    } }).observe(document.body, {subtree: true, childList: true, characterData: true});";

const CALM: Duration = Duration::from_secs(600);

#[tokio::test]
#[ignore = "takes ten minutes: cargo xtask test --long"]
async fn ten_minutes_of_three_healthy_nodes_are_not_spoken_of() {
    let world = World::start().await;
    world.browser.before_every_page(COUNT_REQUESTS).await;
    world.log_in("admin").await;
    for index in 0..3 {
        world.wait_for_state(index, "healthy").await;
    }
    // What is said of the page itself when it is gone to comes within five seconds.
    world.browser.wait_for("some seconds", "return performance.now() > 10000").await;
    let before = world.browser.heap_in_use().await;
    world.browser.run(LISTEN).await;
    world.browser.run("window.begin = performance.now() + 1000").await;
    tokio::time::sleep(CALM).await;
    let grown = (world.browser.heap_in_use().await - before) / 1_048_576.0;
    let mut checks = Vec::new();
    for index in 0..3 {
        checks.push(requests_to(&world, index).await);
    }
    println!("ten minutes: {checks:?} requests to the nodes, the heap grew by {grown:.2} MiB");
    assert_eq!(world.browser.run("return said").await, json!([]), "nothing happened");
    assert!(checks.iter().all(|checks| *checks >= 50), "a check every ten seconds: {checks:?}");
    // The listener itself: what is said is heard.
    world.cluster.kill(2).unwrap();
    world.browser.wait_for("the failure is said", "return said.length > 0").await;
}
