//! The checks of many nodes, which a worker makes beside the page's thread.

use std::time::Duration;

use reference_cluster::harness::many::Manner;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::scale::{Crowd, crowd_with};
use crate::world::World;

/// Enough for the worker, and few enough to begin at once.
pub const COUNT: usize = 30;

/// Counts the checks that the page itself makes, and the workers that it starts. What these are told can be kept from
/// them, or lead them where nobody answers.
pub const WATCH: &str = "
    window.ownChecks = 0; window.workers = 0; window.deaf = false; window.lost = false;
    const ownFetch = window.fetch;
    window.fetch = (url, init) => {
        if (String(url.url ?? url).endsWith('/api/health')) window.ownChecks += 1;
        return ownFetch(url, init);
    };
    const RealWorker = window.Worker;
    window.Worker = class extends RealWorker {
        constructor(...all) { super(...all); window.workers += 1; window.workerScript = all[0]; }
        postMessage(list) {
            if (window.lost) list = list.map(entry => typeof entry === 'string' ? 'http://127.0.0.1:9/' : entry);
            if (!window.deaf) super.postMessage(list);
        }
    };";

const ROUND: &str = "window.ownChecks = 0; await window.apiService.performHealthCheck(); return window.ownChecks";

async fn crowd(script: &str) -> Crowd {
    let crowd = crowd_with(COUNT, script).await;
    crowd.wait_until_all_healthy().await;
    crowd
}

/// Checks every node until the page makes none of the checks itself.
pub async fn wait_for_the_worker(browser: &Browser) {
    for _ in 0..50 {
        if browser.run_async(ROUND).await == json!(0) {
            return;
        }
    }
    panic!("no worker took the checks over");
}

/// How often nodes were found failed since the page was opened.
async fn failures(browser: &Browser) -> Value {
    let script = "return (await window.apiService.journal()).filter(entry => entry.kind === 'node-changed' && entry.to === 'failed').length";
    browser.run_async(script).await
}

#[tokio::test]
async fn a_worker_makes_the_checks_of_many_nodes_one_for_each_and_round() {
    let crowd = crowd(WATCH).await;
    wait_for_the_worker(&crowd.browser).await;
    let before = crowd.nodes.checks();
    assert_eq!(crowd.browser.run_async(ROUND).await, json!(0), "checks that the page made itself");
    let after = crowd.nodes.checks();
    // One more may be due by itself in that moment.
    assert!(
        before.iter().zip(&after).all(|(before, after)| (1..=2).contains(&(after - before))),
        "{before:?} {after:?}"
    );
    assert_eq!(crowd.browser.run("return window.workers").await, json!(1));
}

#[tokio::test]
async fn the_checks_of_a_few_nodes_need_no_worker() {
    let world = World::start().await;
    world.browser.before_every_page(WATCH).await;
    world.log_in("admin").await;
    world.wait_until_all_healthy().await;
    assert_eq!(world.browser.run("return window.workers").await, json!(0));
    assert!(world.browser.run("return window.ownChecks").await.as_u64() >= Some(3));
}

#[tokio::test]
async fn what_the_worker_finds_is_told_apart_as_what_the_page_finds() {
    let crowd = crowd(WATCH).await;
    wait_for_the_worker(&crowd.browser).await;
    // The stand-ins come after the one real node. That one is killed last: what then goes to others fails there too.
    crowd.nodes.behave(4, Manner::Failing);
    crowd.nodes.behave(5, Manner::Hanging);
    crowd.browser.run_async(ROUND).await;
    assert_eq!(first_failure(&crowd, 5).await, json!("status-500"));
    assert_eq!(first_failure(&crowd, 6).await, json!("timed-out"));
    crowd.cluster.kill(0).expect("the node is killed");
    crowd.browser.run_async(ROUND).await;
    assert_eq!(first_failure(&crowd, 0).await, json!("network"));
    wait_for_the_worker(&crowd.browser).await;
    assert_eq!(crowd.browser.run("return window.workers").await, json!(1));
}

/// Why node `index` was first found failed, as soon as it was.
async fn first_failure(crowd: &Crowd, index: usize) -> Value {
    let found = format!(
        "return window.apiService.journal().then(all => all.find(entry => entry.kind === 'node-changed' \
           && entry.to === 'failed' && entry.node === {})?.reason)",
        json!(crowd.urls[index])
    );
    crowd.browser.wait_for(&format!("node {index} is found failed"), &found).await
}

#[tokio::test]
async fn the_script_tells_what_an_answer_said_and_takes_back_what_nobody_waits_for() {
    let crowd = crowd(WATCH).await;
    wait_for_the_worker(&crowd.browser).await;
    crowd.nodes.behave(4, Manner::Patient);
    crowd.nodes.behave(5, Manner::Truncating);
    crowd.nodes.behave(6, Manner::Hanging);
    // A second one, as the page starts it.
    let ask = "
        const worker = new RealWorker(window.workerScript);
        window.told = [];
        worker.onmessage = ({data}) => {
            for (let at = 0; at < data.length; at += 6) window.told[data[at]] = data.slice(at + 1, at + 5);
        };
        const health = index => `${URLS[index]}/api/health`;
        worker.postMessage([1, health(5), 2, health(6), 3, health(7), 4, 'http://[::zz]/']);
        window.takeBack = () => worker.postMessage([3, null]);";
    crowd.browser.run(&ask.replace("URLS", &format!("({})", json!(crowd.urls)))).await;
    crowd.browser.wait_for("what came of three", "return [1, 2, 4].every(id => window.told[id])").await;
    let told = |id: usize| format!("return window.told[{id}]");
    assert_eq!(crowd.browser.run(&told(1)).await, json!([429, "{}", "7", "41"]));
    assert_eq!(crowd.browser.run(&told(2)).await, json!([200, null, null, null]), "it broke off");
    assert_eq!(crowd.browser.run(&told(4)).await, json!([0, null, null, null]), "that is no address");
    let before = crowd.nodes.taken_back(6);
    crowd.browser.run("window.takeBack()").await;
    for _ in 0..100 {
        if crowd.nodes.taken_back(6) > before {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(crowd.nodes.taken_back(6) > before, "the node sees that it was taken back");
    assert_eq!(crowd.browser.run("return window.told[3] ?? null").await, Value::Null, "and nobody hears of it");
}

#[tokio::test]
async fn a_page_that_can_have_no_worker_makes_every_check_itself() {
    // Refused by the browser; and a server that answers every path with the page.
    let refusing = "window.Worker = function () { window.workers += 1; throw new Error('refused'); };";
    let wrong = "const Named = window.Worker; window.Worker = function () { return new Named('/no-script'); };";
    for hindrance in [refusing, wrong] {
        let crowd = crowd(&format!("{WATCH} {hindrance}")).await;
        crowd.browser.wait_for("an attempt to have one", "return window.workers > 0").await;
        let before = failures(&crowd.browser).await;
        for _ in 0..5 {
            let own = crowd.browser.run_async(ROUND).await;
            assert!(own.as_u64() >= Some(COUNT as u64 / 2), "{own} checks with {hindrance}");
        }
        assert_eq!(failures(&crowd.browser).await, before, "{hindrance}");
        assert!(crowd.browser.run("return window.workers").await.as_u64() <= Some(3), "it is left alone in the end");
    }
}

#[tokio::test]
async fn a_worker_that_falls_silent_is_replaced_and_no_node_is_blamed() {
    let crowd = crowd(WATCH).await;
    wait_for_the_worker(&crowd.browser).await;
    let before = failures(&crowd.browser).await;
    crowd.browser.run("window.deaf = true").await;
    let own = crowd.browser.run_async(ROUND).await;
    assert!(own.as_u64() >= Some(COUNT as u64 / 2), "the page made {own} checks in its place");
    assert_eq!(failures(&crowd.browser).await, before);
    crowd.browser.run("window.deaf = false").await;
    wait_for_the_worker(&crowd.browser).await;
    assert!(crowd.browser.run("return window.workers").await.as_u64() >= Some(2));
    assert_eq!(failures(&crowd.browser).await, before);
}

#[tokio::test]
async fn a_worker_that_reaches_nobody_is_given_up_and_no_node_is_blamed() {
    let crowd = crowd_with(COUNT, &format!("{WATCH} window.lost = true;")).await;
    crowd.wait_until_all_healthy().await;
    crowd.browser.wait_for("a worker", "return window.workers > 0").await;
    let before = failures(&crowd.browser).await;
    for _ in 0..5 {
        let own = crowd.browser.run_async(ROUND).await;
        assert!(own.as_u64() >= Some(COUNT as u64 / 2), "the page made {own} checks in its place");
    }
    assert_eq!(failures(&crowd.browser).await, before);
    assert!(crowd.browser.run("return window.workers").await.as_u64() <= Some(3), "it is left alone in the end");
}
