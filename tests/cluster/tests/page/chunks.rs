//! The release build: pages come in a few chunks when somebody goes to them. `cargo xtask test --only release` builds it; a
//! development build is one piece.

use serde_json::{Value, json};

use crate::browser::js;
use crate::scale::crowd_with;
use crate::worker::{COUNT, WATCH, wait_for_the_worker};
use crate::world::World;

/// What the page loaded of itself, by file name.
const LOADED: &str = "return performance.getEntriesByType('resource').map(entry => new URL(entry.name).pathname)\
                      .filter(path => path.startsWith('/app-') && path.endsWith('.wasm'))\
                      .map(path => path.split('/').pop()).sort()";

/// The pages of each account, and a section of each that shows what nodes answered.
const PAGES: [(&str, &[(&str, &str)]); 4] = [
    (
        "admin",
        &[
            ("/admin", "[data-testid=stats][data-state=ready]"),
            ("/admin", "[data-testid=charts][data-state=ready]"),
            ("/live", "[data-testid=latency][data-state=ready]"),
            ("/performance", "main[data-page=performance] form"),
            ("/research", "main[data-page=research] section[data-state=ready]"),
            ("/settings", "main[data-page=settings] form, main[data-page=settings] section"),
            ("/nodes/0", "main[data-page=node] section"),
            ("/guide", "main[data-page=guide] h2"),
        ],
    ),
    ("user", &[("/user", "[data-testid=vehicles][data-state=ready]")]),
    ("provider", &[("/provider", "main[data-page=provider] section[data-state=ready]")]),
    ("researcher", &[("/research", "main[data-page=research] section[data-state=ready]")]),
];

async fn block(world: &World, what: &[&str]) {
    world.browser.devtools("Network.enable", json!({})).await;
    world.browser.devtools("Network.setBlockedURLs", json!({ "urls": what })).await;
}

async fn go_to(world: &World, path: &str) {
    world.browser.click(&format!("a[href='{path}']")).await;
}

#[tokio::test]
async fn every_page_of_every_role_opens_and_shows_what_nodes_answer() {
    for (account, pages) in PAGES {
        let world = World::start().await;
        world
            .browser
            .before_every_page("window.complaints = []; addEventListener('unhandledrejection', event => window.complaints.push(String(event.reason))); addEventListener('error', event => window.complaints.push(String(event.message)))")
            .await;
        world.log_in(account).await;
        for (path, shown) in pages {
            world.open_and_settle(path).await;
            world.browser.wait_for_element(shown).await;
            assert_eq!(world.browser.run("return window.complaints").await, json!([]), "{account} at {path}");
        }
    }
}

#[tokio::test]
async fn a_login_loads_no_page_that_it_does_not_show() {
    let world = World::start().await;
    world.open("/login").await;
    world.browser.wait_for_element("main[data-page=login] [data-testid=login-submit]").await;
    assert_eq!(world.browser.run(LOADED).await, json!(["app_bg.wasm"]));
}

#[tokio::test]
async fn a_page_that_does_not_come_says_so_and_comes_at_a_second_try() {
    let world = World::start().await;
    block(&world, &["*others*.wasm"]).await;
    world.log_in("admin").await;
    go_to(&world, "/settings").await;
    world.browser.wait_for_element("[data-testid=retry]").await;
    world.browser.click("[data-testid=retry]").await;
    world.browser.wait_for_element("[data-testid=retry]").await;
    block(&world, &[]).await;
    world.browser.click("[data-testid=retry]").await;
    world.browser.wait_for_element("main[data-page=settings]").await;
}

#[tokio::test]
async fn the_pages_of_a_person_are_there_when_the_site_is_gone() {
    let world = World::start().await;
    world.log_in("admin").await;
    let all_here = "return ['operators', 'others'].every(chunk => performance.getEntriesByType('resource')\
                    .some(entry => entry.name.endsWith(`/split_${chunk}.wasm`) && entry.responseEnd > 0))";
    world.browser.wait_for("every page of an administrator", all_here).await;
    block(&world, &["*/app-*"]).await;
    for path in ["/live", "/performance", "/research", "/settings"] {
        go_to(&world, path).await;
        world.browser.wait_for_element(&format!("main[data-page={}]", path.trim_start_matches('/'))).await;
        assert_eq!(world.browser.count("[data-testid=reload]").await, 0, "{path}");
    }
}

#[tokio::test]
async fn many_nodes_bring_the_worker_that_checks_them_and_its_script_is_named_after_its_content() {
    let crowd = crowd_with(COUNT, WATCH).await;
    wait_for_the_worker(&crowd.browser).await;
    let loaded = crowd.browser.run(LOADED).await;
    assert!(loaded.as_array().is_some_and(|files| files.contains(&json!("split_others.wasm"))), "{loaded}");
    let script = crowd.browser.run("return window.workerScript").await;
    assert!(script.as_str().is_some_and(|script| script.starts_with("/app-")), "{script}");
}

/// Operators send in what the console says: a release build says no less than any other.
#[tokio::test]
async fn a_panic_leaves_its_message_file_and_line_in_the_console_and_behind_the_details_of_the_notice() {
    const MESSAGE: &str = "seat 7 <b>is</b> gone";
    let world = World::start().await;
    let browser = &world.browser;
    let listen = "window.printed = []; const print = console.error; \
                  console.error = (...all) => { window.printed.push(all.join(' ')); print(...all); }";
    browser.before_every_page(listen).await;
    world.open("/login").await;
    browser.wait_for("the service", "return !!window.apiService").await;
    browser.run(&format!("setTimeout(() => apiService.panic({}))", js(MESSAGE))).await;
    browser.wait_for_text("#stopped[role=alert]", "arrêtée").await;
    let says = |text: &Value| {
        let text = text.as_str().unwrap_or_default();
        let line = text.split_once("src/test_hooks.rs:").map_or("", |(_, rest)| rest);
        text.contains(MESSAGE) && line.starts_with(|digit: char| digit.is_ascii_digit())
    };
    let printed = browser.run("return window.printed.find(text => text.includes('panicked at'))").await;
    assert!(says(&printed), "{printed}");
    let noticed = browser.run("return document.querySelector('#stopped pre').textContent").await;
    assert!(says(&noticed), "{noticed}");
    let shown = "return document.querySelector('#stopped pre').checkVisibility()";
    assert_eq!(browser.run(shown).await, json!(false), "it is behind the details");
    browser.click("#stopped summary").await;
    assert_eq!(browser.run(shown).await, json!(true));
}
