//! Every page, in both languages and both themes, in each of its states: no violation that axe can find, best practice
//! included. And the operator's whole path by keyboard alone.

use reference_cluster::harness::cluster::ClusterOptions;
use reference_cluster::harness::proxy::Fault;
use serde_json::Value;

use crate::browser::{Browser, Look};
use crate::scale::crowd;
use crate::world::World;

/// The text of axe-core, which `cargo xtask test` installs.
fn axe() -> String {
    let path = std::env::var_os("VCUBE_AXE").expect("VCUBE_AXE names axe.min.js: run `cargo xtask test`");
    std::fs::read_to_string(path).expect("axe can be read")
}

/// Runs axe on the page as it is, in light and dark. Panics with every violation that it finds.
async fn check(browser: &Browser, axe: &str, what: &str) {
    for theme in ["light", "dark"] {
        browser.run(&format!("document.documentElement.dataset.theme = '{theme}'")).await;
        if browser.run("return !window.axe").await == Value::Bool(true) {
            browser.run(axe).await;
        }
        let found = browser
            .run_async(
                // Colours that are still on their way to the new theme would be measured half-way.
                "const frame = () => new Promise(done => requestAnimationFrame(done)); await frame(); await frame(); \
                 await Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => {}))); \
                 const result = await axe.run(document, {resultTypes: ['violations'], runOnly: {type: 'tag', values: \
                   ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}}); \
                 return result.violations.map(v => v.id + ': ' + v.nodes.slice(0, 4).map(n => n.html.slice(0, 160) + ' — ' \
                   + n.failureSummary).join(' | '))",
            )
            .await;
        let violations = found.as_array().cloned().unwrap_or_default();
        assert!(found.is_array(), "{what} in {theme}: axe did not run: {found}");
        assert!(violations.is_empty(), "{what} in {theme}: {violations:#?}");
    }
}

/// The page in French, then in English.
async fn check_in_both_languages(browser: &Browser, axe: &str, what: &str) {
    for _ in 0..2 {
        let lang = browser.run("return document.documentElement.lang").await;
        check(browser, axe, &format!("{what} in {lang}")).await;
        browser.run("document.querySelector('[data-testid=language]').click()").await;
    }
}

#[tokio::test]
async fn the_pages_of_everybody_have_no_violation() {
    let axe = axe();
    let world = World::start().await;
    world.open("/login").await;
    world.browser.wait_for_element("main[data-page=login]").await;
    check_in_both_languages(&world.browser, &axe, "login").await;
    world.browser.click("[data-testid=login-submit]").await;
    check_in_both_languages(&world.browser, &axe, "login with an error").await;
    for tab in ["user", "provider"] {
        world.open(&format!("/login?tab={tab}")).await;
        world.browser.click("[data-testid=register-submit]").await;
        world.browser.wait_for_element("[aria-invalid=true]").await;
        check_in_both_languages(&world.browser, &axe, &format!("registration as {tab} with errors")).await;
    }
    world.open("/no/such/page").await;
    world.browser.wait_for_element("main[data-page=not-found]").await;
    check_in_both_languages(&world.browser, &axe, "not found").await;
}

#[tokio::test]
async fn the_booking_page_has_no_violation() {
    let axe = axe();
    let world = World::start().await;
    world.log_in("user").await;
    world.browser.wait_for_element("[data-testid=vehicles][data-state=ready]").await;
    check_in_both_languages(&world.browser, &axe, "departures").await;
    world.browser.click("[data-testid=vehicle]").await;
    world.browser.click("[data-testid=seat][data-available=true]").await;
    world.browser.click("[data-testid=reserve]").await;
    world.browser.wait_for_element("[data-testid=reservation]").await;
    check_in_both_languages(&world.browser, &axe, "seats and a reservation").await;
    world.browser.click("[data-testid=cancel]").await;
    world.browser.wait_for_element("dialog[open]").await;
    check(&world.browser, &axe, "the question before a reservation is cancelled").await;
    world.browser.click("dialog[open] [data-testid=confirm-cancel]").await;
    world.open("/admin").await;
    world.browser.wait_for_element("main[data-page=forbidden]").await;
    check_in_both_languages(&world.browser, &axe, "a page of another role").await;
}

#[tokio::test]
async fn the_providers_page_and_the_settings_have_no_violation() {
    let axe = axe();
    let world = World::start().await;
    world.log_in("provider").await;
    world.open("/provider?vehicle=v-mtl-shk&edit=new").await;
    world.browser.wait_for_element("[data-testid=seat]").await;
    world.browser.click("[data-testid=vehicle-save]").await;
    world.browser.wait_for_element("[aria-invalid=true]").await;
    check_in_both_languages(&world.browser, &axe, "vehicles, seats and a form with errors").await;
    world.browser.click("[data-testid=delete]").await;
    world.browser.wait_for_element("dialog[open]").await;
    check(&world.browser, &axe, "the question before a vehicle is deleted").await;
    world.browser.click("dialog[open] [data-testid=confirm-cancel]").await;
    world.browser.click("[data-testid=logout]").await;
    world.log_in("admin").await;
    world.open("/settings").await;
    world.browser.wait_for_element("[data-testid=settings-node][data-node-state=healthy]").await;
    world.browser.type_into("#node-add-url", "http://127.0.0.1:9").await;
    check_in_both_languages(&world.browser, &axe, "settings").await;
    world.browser.click("[data-testid=node-add]").await;
    world.browser.wait_for_element("dialog[open]").await;
    check(&world.browser, &axe, "the question before a node is trusted").await;
}

#[tokio::test]
async fn the_administration_has_no_violation_in_any_state() {
    let axe = axe();
    let options = ClusterOptions { with_proxies: true, ..ClusterOptions::default() };
    let world = World::with(options, Look { height: 1400, ..Look::default() }).await;
    world.log_in("admin").await;
    world.wait_for_state(2, "healthy").await;
    check_in_both_languages(&world.browser, &axe, "healthy").await;
    world.browser.click("[data-testid=node-pill]").await;
    check(&world.browser, &axe, "the list of the pill").await;
    world.browser.press("\u{e00c}").await;
    world.cluster.fault(2, Fault::Refuse).await.unwrap();
    world.browser.click("[data-testid=nodes-refresh]").await;
    world.wait_for_state(2, "failed").await;
    check_in_both_languages(&world.browser, &axe, "one failed").await;
    world.browser.click("[data-node-index='2'] [data-testid=node-switch]").await;
    world.browser.wait_for_element("dialog[open]").await;
    check(&world.browser, &axe, "the question before a switch").await;
    world.browser.press("\u{e00c}").await;
    for index in 0..2 {
        world.cluster.fault(index, Fault::Refuse).await.unwrap();
    }
    world.browser.click("[data-testid=nodes-refresh]").await;
    world.browser.wait_for_element("[data-testid=connection-lost]").await;
    world.browser.wait_for_element("[data-testid=stats][data-state=stale]").await;
    check_in_both_languages(&world.browser, &axe, "all down").await;
    world.browser.reload().await;
    world.browser.wait_for_element("[data-testid=stats][data-state=error]").await;
    check_in_both_languages(&world.browser, &axe, "all down from the start").await;
}

#[tokio::test]
async fn the_guide_and_the_page_of_a_node_have_no_violation() {
    let axe = axe();
    let world = World::start().await;
    world.open("/guide").await;
    world.browser.wait_for_element("main[data-page=guide] h2").await;
    check_in_both_languages(&world.browser, &axe, "the guide").await;
    world.log_in("admin").await;
    world.browser.click("[data-testid=accounts-toggle] summary").await;
    world.browser.wait_for_element("[data-testid=account]").await;
    check(&world.browser, &axe, "the accounts").await;
    world.open("/nodes/1").await;
    world.browser.wait_for_element("[data-testid=peer]").await;
    world.browser.click("[data-testid=node-require]").await;
    world.browser.wait_for_element("[data-testid=node-required]").await;
    check_in_both_languages(&world.browser, &axe, "a node, required").await;
    world.browser.click("[data-testid=lift-requirement]").await;
    world.cluster.kill(1).unwrap();
    world.browser.click("[data-testid=node-test]").await;
    world.browser.wait_for_element("[data-testid=finding][data-finding=dead]").await;
    check_in_both_languages(&world.browser, &axe, "a node that does not answer").await;
}

#[tokio::test]
async fn the_menus_of_the_header_have_no_violation() {
    let axe = axe();
    let world = World::start().await;
    world.log_in("admin").await;
    world.wait_for_state(0, "healthy").await;
    for (width, height, menu) in [(1_024, 768, "account"), (320, 568, "menu")] {
        world.browser.resize(width, height).await;
        world.browser.click(&format!("[data-testid={menu}]")).await;
        world.browser.wait_for_element(&format!("[data-testid={menu}][aria-expanded=true]")).await;
        check_in_both_languages(&world.browser, &axe, &format!("{menu} at {width} px")).await;
    }
    world.browser.press("\u{e00c}").await;
}

/// Every page of a role, as wide as the narrowest screen.
#[tokio::test]
async fn no_page_runs_off_a_screen_of_320_px() {
    for (account, paths) in [
        ("admin", &["/admin", "/nodes/0", "/live", "/performance", "/research", "/settings", "/guide"][..]),
        ("user", &["/user?vehicle=v-mtl-qc&seat=v-mtl-qc-2A&seat=v-mtl-qc-2B", "/login?tab=provider"][..]),
        ("provider", &["/provider?vehicle=v-mtl-shk&edit=new"][..]),
    ] {
        let world = World::start().await;
        world.log_in(account).await;
        world.browser.resize(320, 640).await;
        for path in paths {
            world.open(path).await;
            world.browser.wait_for("the page", "return document.querySelector('main h1')").await;
            world.browser.wait_for("what it shows", "return !document.querySelector('[data-state=loading]')").await;
            let over = world.browser.run("return document.documentElement.scrollWidth - innerWidth").await;
            assert!(over.as_f64().is_some_and(|over| over <= 0.0), "{path}: {over} px");
        }
    }
}

/// The pages that show measurements, and a section of each that has some.
const MEASURING: [(&str, &str); 3] = [
    ("/live", "[data-testid=latency][data-state=ready]"),
    ("/performance", "main[data-page=performance] form"),
    ("/research", "main[data-page=research] section[data-state=ready]"),
];

#[tokio::test]
async fn the_pages_of_measurements_have_no_violation_with_charts_with_tables_and_when_nothing_answers() {
    let axe = axe();
    let options = ClusterOptions { with_proxies: true, ..ClusterOptions::default() };
    let world = World::with(options, Look { height: 1400, ..Look::default() }).await;
    world.log_in("admin").await;
    for (path, shown) in MEASURING {
        world.open_and_settle(path).await;
        world.browser.wait_for_element(shown).await;
        check_in_both_languages(&world.browser, &axe, path).await;
        world.browser.run("for (const button of document.querySelectorAll('.chart-head button')) button.click()").await;
        check(&world.browser, &axe, &format!("{path} as tables")).await;
    }
    for index in 0..3 {
        world.cluster.fault(index, Fault::Refuse).await.unwrap();
    }
    for (path, _) in MEASURING {
        world.open(path).await;
        world.browser.wait_for_element("[data-testid=connection-lost]").await;
        check_in_both_languages(&world.browser, &axe, &format!("{path} when nothing answers")).await;
    }
}

#[tokio::test]
async fn pages_that_still_load_have_no_violation() {
    let axe = axe();
    let options = ClusterOptions { with_proxies: true, ..ClusterOptions::default() };
    for (account, path) in
        [("admin", "/admin"), ("user", "/user"), ("provider", "/provider"), ("researcher", "/research")]
    {
        let world = World::with(options.clone(), Look::default()).await;
        world.log_in(account).await;
        for index in 0..3 {
            world.cluster.fault(index, Fault::Hang).await.unwrap();
        }
        world.open(path).await;
        world.browser.wait_for_element("section[data-state=loading]").await;
        check(&world.browser, &axe, &format!("{path} while it loads")).await;
    }
}

#[tokio::test]
async fn a_thousand_nodes_have_no_violation() {
    let axe = axe();
    let crowd = crowd(1_000).await;
    crowd.wait_until_all_healthy().await;
    check_in_both_languages(&crowd.browser, &axe, "a thousand nodes").await;
}

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

/// Presses Tab until the element that matches `css` has the focus.
async fn tab_to(browser: &Browser, css: &str) {
    for _ in 0..80 {
        let there =
            browser.run(&format!("return !!document.activeElement?.matches({})", crate::browser::js(css))).await;
        if there == Value::Bool(true) {
            return;
        }
        browser.press(TAB).await;
    }
    panic!("{css} is not reached by Tab");
}

#[tokio::test]
async fn an_operator_without_a_mouse_signs_in_switches_undoes_resets_and_signs_out() {
    let world = World::start().await;
    world.open("/login").await;
    tab_to(&world.browser, "[data-testid=login-email]").await;
    world.browser.press("admin@vcube.test").await;
    world.browser.press(TAB).await;
    world.browser.press("admin-demo").await;
    world.browser.press(ENTER).await;
    world.wait_for_state(1, "healthy").await;
    world.browser.wait_for("the heading has the focus", "return document.activeElement?.tagName === 'H1'").await;
    world.cluster.kill(2).unwrap();
    tab_to(&world.browser, "[data-testid=nodes-refresh]").await;
    world.browser.press(ENTER).await;
    world.wait_for_state(2, "failed").await;
    world.browser.wait_for_text("[data-node-index='2'] .node-reason", "connexion").await;
    let switch = "[data-node-index='1'] [data-testid=node-switch]";
    tab_to(&world.browser, switch).await;
    world.browser.press(ENTER).await;
    world.wait_for_current(1).await;
    let kept =
        world.browser.run(&format!("return document.activeElement?.matches({})", crate::browser::js(switch))).await;
    assert_eq!(kept, true, "the focus stays on the row");
    tab_to(&world.browser, "[data-testid=undo]").await;
    world.browser.press(ENTER).await;
    world.wait_for_current(0).await;
    world.cluster.restart(2).await.unwrap();
    tab_to(&world.browser, "[data-node-index='2'] [data-testid=node-reset]").await;
    world.browser.press(ENTER).await;
    world.wait_for_state(2, "healthy").await;
    // From node to node by the bar of checks: one stop, arrow keys inside.
    tab_to(&world.browser, "[data-node-index='0'] [role=slider]").await;
    world.browser.press("\u{e012}").await;
    tab_to(&world.browser, "[data-testid=nodes-export]").await;
    tab_to(&world.browser, "[data-testid=logout]").await;
    world.browser.press(ENTER).await;
    world.browser.wait_for_element("main[data-page=login]").await;
    let heard = world.browser.run("return document.querySelectorAll('[role=status], [role=alert]').length").await;
    assert_eq!(heard, 2, "one region for news, one for alarms");
}
