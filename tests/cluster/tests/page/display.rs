//! The page as the browser of a person shows it: larger text, colours of the system's choice, the way back.

use reference_cluster::harness::cluster::ClusterOptions;
use serde_json::json;

use crate::browser::Look;
use crate::world::World;

const PAGES: [&str; 6] = ["/admin", "/nodes/0", "/live", "/performance", "/settings", "/guide"];

/// WCAG 2.2, 1.4.4: text of 200 %.
#[tokio::test]
async fn text_of_twice_the_size_runs_off_no_page() {
    let look = Look { text_px: 32, ..Look::default() };
    let world = World::with(ClusterOptions::default(), look).await;
    world.log_in("admin").await;
    for path in PAGES {
        world.open(path).await;
        world.browser.wait_for("the page", "return document.querySelector('main h1')").await;
        world.browser.wait_for("what it shows", "return !document.querySelector('[data-state=loading]')").await;
        let root = "return parseFloat(getComputedStyle(document.documentElement).fontSize)";
        assert_eq!(world.browser.run(root).await.as_f64(), Some(32.0), "the page takes the size of the person");
        let over = world.browser.run("return document.documentElement.scrollWidth - innerWidth").await;
        assert!(over.as_f64().is_some_and(|over| over <= 0.0), "{path}: {over} px");
    }
}

/// Backgrounds and shadows are gone in forced colours: what is said by them alone is not said.
#[tokio::test]
async fn in_forced_colours_states_are_words_and_controls_have_an_edge() {
    let world = World::start().await;
    world.log_in("admin").await;
    let forced = json!({"features": [{"name": "forced-colors", "value": "active"}]});
    world.browser.devtools("Emulation.setEmulatedMedia", forced).await;
    world.browser.wait_for("forced colours", "return matchMedia('(forced-colors: active)').matches").await;
    world.wait_until_all_healthy().await;
    world.cluster.kill(1).expect("the node is killed");
    world.wait_for_state(1, "failed").await;
    let wordless = "return [...document.querySelectorAll('[data-testid=node]')]
        .filter(node => !node.querySelector('.node-state')?.textContent.trim()).length";
    assert_eq!(world.browser.run(wordless).await, 0, "every node says its state in words");
    let edgeless = "return [...document.querySelectorAll('main button.btn, main input, main select')]
        .filter(control => control.checkVisibility() && control.type !== 'checkbox' && control.type !== 'radio'
            && parseFloat(getComputedStyle(control).borderTopWidth) === 0)
        .map(control => control.outerHTML.slice(0, 120))";
    assert_eq!(world.browser.run(edgeless).await, json!([]));
}

/// A page that the browser kept while it was elsewhere, or loads anew, is the one that was left and goes on by itself.
#[tokio::test]
async fn back_and_forward_lead_to_a_page_that_goes_on() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.wait_for_state(1, "healthy").await;
    world.browser.goto("about:blank").await;
    world.cluster.kill(1).expect("the node is killed");
    world.browser.back().await;
    world.browser.wait_for_element("main[data-page=admin]").await;
    world.wait_for_state(1, "failed").await;
    world.browser.click("a[href='/live']").await;
    world.browser.wait_for_element("main[data-page=live]").await;
    world.browser.back().await;
    world.browser.wait_for_element("main[data-page=admin]").await;
    world.browser.forward().await;
    world.browser.wait_for_element("main[data-page=live]").await;
}
