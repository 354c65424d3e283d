//! The page among others: browsers that translate, fill in or refuse, scripts of extensions, and names as people and
//! other people write them.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use reference_cluster::harness::cluster::{Cluster, ClusterOptions};
use serde_json::json;
use tokio::net::TcpListener;

use crate::answers::answer_with;
use crate::browser::{Browser, Look};
use crate::world::{World, serve, serve_with_held_wasm};

/// A node that says it is well and sends every other request on to `elsewhere`, with the headers of CORS.
async fn redirecting(elsewhere: &str) -> String {
    let location = format!("{elsewhere}/taken");
    let answer = move |request: Request| {
        let location = location.clone();
        async move {
            let from_anywhere = [
                ("access-control-allow-origin", "*"),
                ("access-control-allow-headers", "*, authorization"),
                ("access-control-allow-methods", "*"),
            ];
            let asks_first = request.method() == Method::OPTIONS;
            if asks_first || request.uri().path() == "/api/health" {
                return (from_anywhere, r#"{"status":"UP"}"#).into_response();
            }
            (StatusCode::TEMPORARY_REDIRECT, from_anywhere, [("location", location)]).into_response()
        }
    };
    serve_with(Router::new().fallback(answer)).await
}

/// A host that counts what it hears.
async fn counting() -> (String, Arc<AtomicUsize>) {
    let heard = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&heard);
    let answer = move || {
        count.fetch_add(1, Ordering::SeqCst);
        async { ([("access-control-allow-origin", "*")], r#"{"success":true,"role":"ADMIN","userId":1}"#) }
    };
    (serve_with(Router::new().fallback(answer)).await, heard)
}

async fn serve_with(router: Router) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    // Ends with the runtime of the test.
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Password and token once followed a redirect to whatever host it named.
#[tokio::test]
async fn where_a_node_redirects_to_hears_nothing_and_another_node_answers() {
    let cluster = Cluster::start(ClusterOptions::default()).await.expect("a cluster with a leader");
    let (elsewhere, heard) = counting().await;
    let redirecting = redirecting(&elsewhere).await;
    let nodes: Vec<String> = std::iter::once(redirecting).chain(cluster.urls()).collect();
    let site = serve(&json!({ "nodes": nodes }).to_string()).await;
    let world = World { browser: Browser::start(Look::default()).await, site, cluster };
    world.log_in("admin").await;
    world.browser.click("a[href='/live']").await;
    let three = "return document.querySelectorAll('[data-testid=stream][data-stream=live]').length === 3";
    world.browser.wait_for("three streams", three).await;
    world.browser.click("a[href='/user'], a[href='/performance']").await;
    world.browser.wait_for_element("main[data-page] [data-state=ready]").await;
    assert_eq!(heard.load(Ordering::SeqCst), 0, "nothing was sent on");
}

#[tokio::test]
async fn the_configuration_is_asked_for_past_the_cache() {
    let browser = Browser::start(Look::default()).await;
    let note = "
        const send = window.fetch;
        window.fetch = (request, options) => {
            if (String(request.url ?? request).endsWith('/config.json')) window.cacheOfConfig = (request.url ? request : options)?.cache;
            return send(request, options);
        };";
    browser.before_every_page(note).await;
    let site = serve(r#"{"nodes":["http://127.0.0.1:9"]}"#).await;
    browser.goto(&site.url()).await;
    browser.wait_for_element("main[data-page=login]").await;
    assert_eq!(browser.run("return window.cacheOfConfig").await, json!("no-cache"));
}

/// Puts a text of its own in the place of each of the page's, as a browser does that translates, and goes on doing so.
const TRANSLATE: &str = "
    const translated = new WeakSet();
    const translate = root => {
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        const texts = [];
        while (walker.nextNode()) texts.push(walker.currentNode);
        for (const text of texts) {
            const parent = text.parentElement;
            if (!parent || !text.data.trim() || translated.has(parent) || parent.closest('[translate=no], script, style')) continue;
            const outer = document.createElement('font'), inner = document.createElement('font');
            inner.textContent = text.data;
            outer.append(inner);
            translated.add(outer).add(inner);
            text.replaceWith(outer);
        }
    };
    translate(document.body);
    new MutationObserver(() => translate(document.body)).observe(document.body, {childList: true, subtree: true});";

/// A node that is away is never shown as well, on a page that the browser has translated.
#[tokio::test]
async fn a_translated_page_says_that_a_node_failed_and_goes_on() {
    let world = World::start().await;
    let browser = &world.browser;
    world.log_in("admin").await;
    for index in 0..3 {
        world.wait_for_state(index, "healthy").await;
    }
    browser.wait_for_text("[data-testid=cluster-status]", "3/3").await;
    browser.run(TRANSLATE).await;
    browser.wait_for_element("h1 font").await;
    world.cluster.kill(2).unwrap();
    world.wait_for_state(2, "failed").await;
    browser.wait_for_text("[data-testid=cluster-status]", "2/3").await;
    browser.wait_for_text("[data-testid=node-pill]", "2/3").await;
    browser.wait_for_text("[data-testid=node][data-node-index='2']", "en panne").await;
    browser.click("a[href='/settings']").await;
    browser.wait_for_element("main[data-page=settings]").await;
    assert_eq!(browser.count("#stopped").await, 0);
}

/// As extensions do: a script that throws, a promise that nobody waits for, a resource that does not come.
const EXTENSION: &str = "
    const fail = () => {
        setTimeout(() => { throw new Error('of an extension'); });
        Promise.reject(new TypeError('of an extension'));
        const image = new Image();
        image.src = 'http://127.0.0.1:9/tracker.png';
        document.documentElement.append(image);
    };
    document.addEventListener('DOMContentLoaded', fail);
    addEventListener('load', fail);";

#[tokio::test]
async fn a_script_of_an_extension_that_fails_while_the_page_starts_is_not_the_application() {
    let browser = Browser::start(Look::default()).await;
    browser.before_every_page(EXTENSION).await;
    let (site, release) = serve_with_held_wasm(r#"{"nodes":["http://127.0.0.1:9"]}"#).await;
    browser.before_every_page("addEventListener('unhandledrejection', () => window.rejected = true)").await;
    browser.goto(&format!("{}/login", site.url())).await;
    browser.wait_for("the extension failed", "return window.rejected").await;
    assert_eq!(browser.count("#boot").await, 1, "the application does not run yet");
    assert_eq!(browser.count("#stopped").await, 0);
    release.send(false).expect("the site serves");
    browser.wait_for_element("main[data-page=login]").await;
    assert_eq!(browser.count("#stopped").await, 0);
}

#[tokio::test]
async fn streams_run_where_the_browser_keeps_nothing_and_refuses_locks() {
    let world = World::start().await;
    let browser = &world.browser;
    let refuse = "
        for (const name of ['localStorage', 'sessionStorage'])
            Object.defineProperty(window, name, {get() { throw new DOMException('no', 'SecurityError'); }});
        LockManager.prototype.request = () => Promise.reject(new DOMException('no', 'SecurityError'));";
    browser.before_every_page(refuse).await;
    world.log_in("admin").await;
    browser.click("a[href='/live']").await;
    let three = "return document.querySelectorAll('[data-testid=stream][data-stream=live]').length === 3";
    browser.wait_for("three streams", three).await;
}

/// A password manager may set a value and fire `change` alone, or nothing at all.
#[tokio::test]
async fn what_a_browser_fills_in_signs_in_whichever_events_it_fires() {
    let world = World::start().await;
    let browser = &world.browser;
    for events in [json!(["change"]), json!(["input"]), json!([])] {
        browser.run("sessionStorage.clear()").await;
        world.open("/login").await;
        browser.wait_for_element("main[data-page=login]").await;
        let fill_in = format!(
            "for (const [id, value] of [['login-email', 'user@vcube.test'], ['login-password', 'user-demo']]) {{
                const field = document.getElementById(id);
                field.value = value;
                for (const event of {events}) field.dispatchEvent(new Event(event, {{bubbles: true}}));
            }}"
        );
        browser.run(&fill_in).await;
        browser.click("[data-testid=login-submit]").await;
        browser.wait_for_element("main[data-page=user]").await;
    }
}

/// Every name of a vehicle, place and company turns the direction of writing round.
const HOSTILE_NAMES: &str = "
    if (method !== 'GET' || !/vehicles$|providers$/.test(path)) return;
    const list = await real();
    if (!Array.isArray(list)) return;
    const reversed = text => `${text} \\u202e`;
    const changed = ['name', 'departure', 'destination', 'make', 'model', 'licensePlate', 'companyName'];
    return {json: list.map(entry => ({...entry, ...Object.fromEntries(changed.map(name => [name, reversed(entry[name] ?? name)]))}))};";

/// Whether the first number in the text of the element is written from left to right.
const RUNS_ON: &str = "
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const digits = /[0-9]{2}/.exec(walker.currentNode.data);
        if (!digits) continue;
        const left = at => {
            const range = document.createRange();
            range.setStart(walker.currentNode, at);
            range.setEnd(walker.currentNode, at + 1);
            return range.getBoundingClientRect().left;
        };
        return left(digits.index) < left(digits.index + 1);
    }
    return null;";

#[tokio::test]
async fn a_name_that_turns_the_direction_of_writing_does_not_turn_the_price_round() {
    let world = World::with(ClusterOptions::default(), Look::default()).await;
    let browser = &world.browser;
    answer_with(browser, HOSTILE_NAMES).await;
    world.log_in("user").await;
    browser.wait_for_element("[data-testid=vehicle-price]").await;
    browser.wait_for_text("[data-testid=vehicle]", "\u{202e}").await;
    for css in ["[data-testid=vehicle-price]", "[data-testid=vehicle-seats]"] {
        let script = format!("const element = document.querySelector('{css}'); {RUNS_ON}");
        assert_eq!(browser.run(&script).await, json!(true), "{css}");
    }
    browser.click("[data-testid=vehicle]").await;
    browser.click("[data-testid=seat][data-available=true]").await;
    browser.click("[data-testid=reserve]").await;
    browser.wait_for_element("[data-testid=reservation][data-status=COMMITTED]").await;
    let script =
        format!("const element = document.querySelector('[data-testid=reservation] td:nth-last-child(2)'); {RUNS_ON}");
    assert_eq!(browser.run(&script).await, json!(true), "the date");
}

/// A list of thousands was once sorted out by comparing each with each.
#[tokio::test]
async fn thousands_of_reservations_are_listed_in_a_moment() {
    const MANY: &str = "
        if (method !== 'GET' || !path.startsWith('/reservations/byUser/')) return;
        const at = index => new Date(1.7e12 + index * 6e4).toISOString();
        return {json: Array.from({length: 20000}, (_, index) => ({id: `r${index % 15000}`, userId: 'u', providerId: 'p',
            vehicleId: 'v', seatId: `s${index}`, status: 'COMMITTED', createdAt: at(index)}))};";
    let world = World::start().await;
    let browser = &world.browser;
    answer_with(browser, MANY).await;
    browser
        .before_every_page(
            "window.longest = 0; new PerformanceObserver(list => { for (const task of list.getEntries()) \
             longest = Math.max(longest, task.duration); }).observe({type: 'longtask', buffered: true})",
        )
        .await;
    world.log_in("user").await;
    browser.wait_for_text("[data-testid=own-figures]", "15").await;
    assert_eq!(browser.count("[data-testid=reservation]").await, 50);
    let longest = browser.run("return longest").await.as_f64().unwrap_or_default();
    println!("20,000 reservations: {longest} ms at a stretch");
    assert!(longest < 15_000.0, "{longest} ms");
}
