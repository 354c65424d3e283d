//! What a person waits for: one table, medians of seven in one run, beside the existing React application.
//!
//! With `VCUBE_REACT`, a folder with that application as it is served, its login is measured in the same run, turn by
//! turn with this one. Its other pages ask nodes at addresses that are fixed when it is built: for those, and without
//! the folder, the table has the figures that were measured before, and marks them.

use std::path::PathBuf;

use reference_cluster::harness::static_site::StaticSite;
use serde_json::json;

use super::{median, number, poll_costs};
use crate::browser::Browser;
use crate::scale::crowd;
use crate::world::World;

/// How often a page is loaded for a median.
const LOADS: usize = 7;
/// The fields in which a person types at first, in either application.
const PASSWORD_FIELD: &str = "input[type=password]";
/// The application has the login page in hand.
const LOGIN: &str = "main[data-page=login] [data-testid=login-submit]";
/// The node cards of `/admin` are there, with what the nodes answered.
const NODE_CARDS: &str = "[data-testid=node]:nth-child(3) [data-testid=node-latency]";

/// The existing application's figure for a row.
enum Existing {
    /// Milliseconds, in this very run.
    Measured(f64),
    /// Milliseconds, in an earlier run on two cores.
    Recorded(f64),
}

/// Prints a row: milliseconds, those of the existing application, and how much of them it may take.
fn row(what: &str, measured: f64, existing: &Existing, goal: f64) {
    let (theirs, mark) = match *existing {
        Existing::Measured(ms) => (ms, "this run"),
        Existing::Recorded(ms) => (ms, "recorded"),
    };
    let ratio = measured / theirs;
    let met = if ratio <= goal { "met" } else { "MISSED" };
    println!("wait    {what:<66} {measured:>8.1} ms {theirs:>8.1} ms ({mark}) {ratio:>6.2} × (goal {goal:.2})  {met}");
}

/// The existing application, where its folder is given.
async fn existing_site() -> Option<StaticSite> {
    let folder = std::env::var_os("VCUBE_REACT").filter(|folder| !folder.is_empty()).map(PathBuf::from)?;
    Some(StaticSite::start(&folder, None, None).await.expect("the existing application can be served"))
}

/// Has every page from now on keep in `window.shownAfter` when each selector of `css` was first seen, in milliseconds
/// since the navigation began.
async fn watch_for(browser: &Browser, css: &[&str]) {
    let script = format!(
        "window.shownAfter = {{}}; const look = () => {{
           for (const css of {}) if (!(css in shownAfter) && document.querySelector(css)) shownAfter[css] = performance.now();
           requestAnimationFrame(look);
         }}; requestAnimationFrame(look);",
        json!(css)
    );
    browser.before_every_page(&script).await;
}

/// Loads `url` with an empty cache. Gives the moments at which the selectors were first seen.
async fn load(browser: &Browser, url: &str, css: &[&str]) -> Vec<f64> {
    browser.devtools("Network.enable", json!({})).await;
    browser.devtools("Network.clearBrowserCache", json!({})).await;
    browser.goto(url).await;
    let mut seen = Vec::new();
    for css in css {
        seen.push(number(&browser.wait_for(css, &format!("return window.shownAfter[{}]", json!(css))).await));
    }
    seen
}

/// A quarter of this machine's speed, and the network of a telephone.
async fn slow_down(browser: &Browser) {
    browser.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": 4 })).await;
    let network =
        json!({ "offline": false, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 200_000 });
    browser.devtools("Network.emulateNetworkConditions", network).await;
}

/// The medians of both applications' logins: typing can begin, the login is in hand; and where it is there, when the
/// existing one has its form.
async fn logins(world: &World, existing: Option<&StaticSite>) -> (f64, f64, Option<f64>) {
    let (mut typing, mut in_hand, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..LOADS {
        let seen = load(&world.browser, &format!("{}/login", world.site.url()), &[PASSWORD_FIELD, LOGIN]).await;
        typing.push(seen[0]);
        in_hand.push(seen[1]);
        if let Some(site) = existing {
            theirs.extend(load(&world.browser, &format!("{}/login", site.url()), &[PASSWORD_FIELD]).await);
        }
    }
    (median(typing), median(in_hand), existing.map(|_| median(theirs)))
}

#[tokio::test]
async fn what_a_person_waits_for() {
    let existing = existing_site().await;
    let beside =
        |measured: Option<f64>, recorded: f64| measured.map_or(Existing::Recorded(recorded), Existing::Measured);
    let world = World::start().await;
    watch_for(&world.browser, &[PASSWORD_FIELD, LOGIN]).await;
    let (_, in_hand, theirs) = logins(&world, existing.as_ref()).await;
    slow_down(&world.browser).await;
    let (typing_slow, in_hand_slow, theirs_slow) = logins(&world, existing.as_ref()).await;
    // The runner has printed the name of the test, without an end of the line.
    println!();
    row("login: typing can begin, CPU ÷ 4, 1.6 Mbit/s, 150 ms", typing_slow, &beside(theirs_slow, 1_470.0), 0.5);
    row("login handled by the application", in_hand, &beside(theirs, 274.0), 0.85);
    row("login handled, CPU ÷ 4, 1.6 Mbit/s, 150 ms", in_hand_slow, &beside(theirs_slow, 1_470.0), 1.6);

    let world = World::start().await;
    world.log_in("admin").await;
    watch_for(&world.browser, &[NODE_CARDS]).await;
    let mut cards = Vec::new();
    for _ in 0..LOADS {
        cards.extend(load(&world.browser, &format!("{}/admin", world.site.url()), &[NODE_CARDS]).await);
    }
    row("/admin until the node cards are shown", median(cards), &Existing::Recorded(633.0), 0.6);

    world.wait_until_all_healthy().await;
    let (script, _) = poll_costs(&world.browser, 30).await;
    row("poll of 3 nodes, script on the page's thread", script, &Existing::Recorded(5.4), 0.6);
    let crowd = crowd(100).await;
    crowd.wait_until_all_healthy().await;
    let (script, _) = poll_costs(&crowd.browser, 10).await;
    row("poll of 100 nodes, script on the page's thread", script, &Existing::Recorded(68.0), 0.15);
}
