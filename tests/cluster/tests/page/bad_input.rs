//! Whatever the file, the node or the browser gives: a message of its own, and nothing that was typed is lost.

use reference_cluster::harness::cluster::ClusterOptions;
use reference_cluster::harness::proxy::Fault;
use serde_json::json;

use crate::browser::{Browser, Look};
use crate::world::{World, serve, serve_answering};

#[tokio::test]
async fn a_configuration_that_cannot_be_used_says_every_reason_and_never_a_blank_page() {
    let browser = Browser::start(Look::default()).await;
    let cases = [
        (r#"{"nodes": ["#, 1, "JSON"),
        (r#"{"nodes": []}"#, 1, "vide"),
        (r#"{"nodes": ["ftp://a", "http://b", "http://b/"], "requestTimeoutMs": 1}"#, 3, "http://"),
    ];
    for (config, reasons, word) in cases {
        let site = serve(config).await;
        browser.goto(&site.url()).await;
        browser.wait_for_element("main[data-page=configuration]").await;
        assert_eq!(browser.count("[data-testid=config-problem]").await, reasons, "{config}");
        browser.wait_for_text("[data-testid=config-problem]", word).await;
    }
}

/// A password would have gone to whatever listens at the default addresses.
#[tokio::test]
async fn a_configuration_that_cannot_be_had_is_said_and_asked_for_again_by_a_button() {
    let browser = Browser::start(Look::default()).await;
    for (answer, word) in [((200, "<!doctype html><title>not found</title>"), "page web"), ((503, "busy"), "503")] {
        // The page asks four times by itself.
        let found = (200, r#"{"nodes":["http://127.0.0.1:9"]}"#);
        let site = serve_answering(&[answer, answer, answer, answer, found]).await;
        browser.goto(&site.url()).await;
        browser.wait_for_text("main[data-page=configuration] [data-testid=config-unavailable]", word).await;
        assert_eq!(browser.count("input").await, 0, "nothing asks for a password");
        browser.click("[data-testid=config-retry]").await;
        browser.wait_for_element("main[data-page=login]").await;
        let status = browser.run_async("return await window.apiService.nodesHealthStatus()").await;
        assert_eq!(status["nodes"][0]["url"], "http://127.0.0.1:9");
    }
}

#[tokio::test]
async fn a_server_that_fails_once_for_the_configuration_is_asked_again_and_its_file_is_used() {
    let browser = Browser::start(Look::default()).await;
    let site = serve_answering(&[(503, ""), (200, r#"{"nodes":["http://127.0.0.1:9"]}"#)]).await;
    browser.goto(&site.url()).await;
    browser.wait_for_element("main[data-page=login]").await;
    let status = browser.run_async("return await window.apiService.nodesHealthStatus()").await;
    assert_eq!(status["nodes"][0]["url"], "http://127.0.0.1:9");
}

#[tokio::test]
async fn a_configuration_that_is_not_there_leaves_the_defaults_on_the_own_machine() {
    let browser = Browser::start(Look::default()).await;
    let site = serve_answering(&[(404, "")]).await;
    browser.goto(&site.url()).await;
    browser.wait_for_element("main[data-page=login]").await;
    let status = browser.run_async("return await window.apiService.nodesHealthStatus()").await;
    assert_eq!(status["nodes"][2]["url"], "http://localhost:8082");
}

#[tokio::test]
async fn a_wrong_password_says_so_and_keeps_the_address() {
    let world = World::start().await;
    world.open("/login").await;
    world.browser.wait_for_element("main[data-page=login]").await;
    world.browser.type_into("[data-testid=login-email]", "user@vcube.test").await;
    world.browser.type_into("[data-testid=login-password]", "wrong").await;
    world.browser.press("\u{e007}").await;
    world.browser.wait_for_text("[data-testid=login-error]", "incorrect").await;
    let kept = world.browser.run("return document.querySelector('[data-testid=login-email]').value").await;
    assert_eq!(kept, "user@vcube.test");
}

#[tokio::test]
async fn a_login_with_no_node_in_reach_says_so_keeps_what_was_typed_and_works_later() {
    let options = ClusterOptions { with_proxies: true, ..ClusterOptions::default() };
    let world = World::with(options, Look::default()).await;
    for index in 0..3 {
        world.cluster.fault(index, Fault::Refuse).await.unwrap();
    }
    world.open("/login").await;
    world.fill_in_login("user").await;
    world.browser.click("[data-testid=login-submit]").await;
    world.browser.wait_for("an error", "return document.querySelector('[data-testid=login-error]')?.textContent").await;
    let kept = world.browser.run("return document.querySelector('[data-testid=login-password]').value").await;
    assert_eq!(kept, "user-demo");
    for index in 0..3 {
        world.cluster.clear(index).await.unwrap();
    }
    // The prober may have found them already.
    world.browser.run("document.querySelector('[data-testid=try-now]')?.click()").await;
    world
        .browser
        .wait_for("the banner is gone", "return !document.querySelector('[data-testid=connection-lost]')")
        .await;
    world.browser.click("[data-testid=login-submit]").await;
    world.browser.wait_for_element("main[data-page=user]").await;
}

#[tokio::test]
async fn an_expired_token_leads_to_the_login_and_back_with_the_seat_still_chosen() {
    let options = ClusterOptions { token_ttl_secs: Some(4), ..ClusterOptions::default() };
    let world = World::with(options, Look::default()).await;
    world.log_in("user").await;
    world.browser.click("[data-testid=vehicle]").await;
    world.browser.click("[data-testid=seat][data-available=true]").await;
    world.browser.wait_for("the seat is chosen", "return location.search.includes('seat=')").await;
    let chosen = world.browser.address().await;
    world.browser.wait_for_element("main[data-page=login] [data-testid=session-over]:not([hidden])").await;
    world.fill_in_login("user").await;
    world.browser.click("[data-testid=login-submit]").await;
    world.browser.wait_for_element("main[data-page=user]").await;
    assert_eq!(world.browser.address().await, chosen);
}

#[tokio::test]
async fn a_page_of_another_role_says_so_and_leads_back() {
    let world = World::start().await;
    world.log_in("user").await;
    world.open("/admin").await;
    world.browser.wait_for_element("main[data-page=forbidden]").await;
    world.browser.click("main a.btn").await;
    world.browser.wait_for_element("main[data-page=user]").await;
}

#[tokio::test]
async fn storage_that_throws_is_no_error() {
    let world = World::start().await;
    world
        .browser
        .before_every_page(
            "for (const name of ['localStorage', 'sessionStorage']) \
               Object.defineProperty(window, name, {get() { throw new DOMException('no', 'SecurityError'); }})",
        )
        .await;
    world.log_in("admin").await;
    world.wait_for_state(0, "healthy").await;
    world.browser.click("[data-testid=language]").await;
    world.browser.wait_for_text("h1", "Administration").await;
    let lang = world.browser.run("return document.documentElement.lang").await;
    assert_eq!(lang, json!("en"));
}

#[tokio::test]
async fn an_unknown_address_says_so() {
    let world = World::start().await;
    world.open("/no/such/page").await;
    world.browser.wait_for_element("main[data-page=not-found]").await;
}

/// A trap ends everything that the application does: only the page can still speak.
#[tokio::test]
async fn an_application_that_stopped_says_so_and_offers_a_reload() {
    let world = World::start().await;
    world.open("/login").await;
    // What fails while the first frame is still there is taken back as soon as the application runs.
    world.browser.wait_for_element("main[data-page=login]").await;
    // `(module (func (export "f") unreachable))`, called by the browser itself as it calls the application.
    let trap = "const bytes = [0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,5,1,3,0,0,11]; \
                setTimeout(new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes))).exports.f)";
    world.browser.run(trap).await;
    world.browser.wait_for_text("#stopped[role=alert]", "arrêtée").await;
    world.browser.run(trap).await;
    assert_eq!(world.browser.count("#stopped").await, 1, "said once");
    world.browser.click("#stopped button").await;
    world.browser.wait_for("the page again", "return !document.getElementById('stopped')").await;
    world.browser.wait_for_element("main[data-page=login]").await;
}

#[tokio::test]
async fn an_application_that_cannot_start_says_so() {
    let site = serve("{}").await;
    let browser = Browser::start(Look::default()).await;
    browser
        .before_every_page(
            "WebAssembly.instantiateStreaming = WebAssembly.instantiate = () => Promise.reject(new Error('no'))",
        )
        .await;
    browser.goto(&site.url()).await;
    browser.wait_for_text("#stopped[role=alert]", "arrêtée").await;
}
