//! The header: one row at every width, with everything in it or in a menu.

use serde_json::json;

use crate::browser::js;
use crate::world::World;

/// Whether the element is shown and takes a click where it stands.
async fn takes_a_click(world: &World, css: &str) -> bool {
    let script = format!(
        "const e = document.querySelector({}); const box = e?.getBoundingClientRect(); \
         if (!box?.width) return false; \
         const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2); \
         return e === top || e.contains(top)",
        js(css)
    );
    world.browser.run(&script).await == json!(true)
}

async fn assert_one_row(world: &World, what: &str) {
    let height = world.browser.run("return document.querySelector('.header').getBoundingClientRect().height").await;
    assert!(height.as_f64().is_some_and(|height| height <= 64.0), "{what}: {height} px");
    let wide = "return document.documentElement.scrollWidth - innerWidth";
    assert!(world.browser.run(wide).await.as_f64().is_some_and(|over| over <= 0.0), "{what}: it runs off the screen");
}

#[tokio::test]
async fn on_a_wide_screen_everything_in_the_header_is_a_click_away_in_both_languages() {
    let world = World::start().await;
    world.log_in("admin").await;
    for (lang, out) in [("fr", "Se déconnecter"), ("en", "Sign out")] {
        world.browser.wait_for("the language", &format!("return document.documentElement.lang === {}", js(lang))).await;
        assert_one_row(&world, lang).await;
        world.browser.wait_for_text("[data-testid=logout]", out).await;
        let links = ["/live", "/admin", "/settings", "/performance", "/research", "/guide"];
        for css in links.map(|path| format!("header a.nav-link[href='{path}']")) {
            assert!(takes_a_click(&world, &css).await, "{css} in {lang}");
        }
        for hook in ["language", "logout", "theme", "node-pill"] {
            assert!(takes_a_click(&world, &format!("[data-testid={hook}]")).await, "{hook} in {lang}");
        }
        world.browser.click("[data-testid=language]").await;
    }
    world.browser.click("header a[href='/live']").await;
    world.browser.wait_for_element("main[data-page=live]").await;
    world.browser.click("[data-testid=logout]").await;
    world.browser.wait_for_element("main[data-page=login]").await;
    assert!(takes_a_click(&world, "[data-testid=language]").await, "who is not signed in reads too");
}

#[tokio::test]
async fn on_a_smaller_screen_language_theme_and_the_way_out_are_one_menu() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.browser.resize(1_024, 768).await;
    assert_one_row(&world, "1024 px").await;
    assert!(!takes_a_click(&world, "[data-testid=logout]").await);
    assert!(takes_a_click(&world, "header a.nav-link[href='/live']").await);
    world.browser.click("[data-testid=account]").await;
    world.browser.wait_for_element("[data-testid=account][aria-expanded=true]").await;
    for hook in ["language", "theme", "logout"] {
        assert!(takes_a_click(&world, &format!("[data-testid={hook}]")).await, "{hook}");
    }
    world.browser.press("\u{e00c}").await;
    world.browser.wait_for_element("[data-testid=account][aria-expanded=false]").await;
    let back = "return document.activeElement.dataset.testid";
    assert_eq!(world.browser.run(back).await, json!("account"), "Escape leads back to the button");
    world.browser.click("[data-testid=account]").await;
    world.browser.click("[data-testid=logout]").await;
    world.browser.wait_for_element("main[data-page=login]").await;
}

#[tokio::test]
async fn on_a_phone_the_header_is_one_row_with_the_page_the_node_in_use_and_a_menu_with_the_rest() {
    let world = World::start().await;
    world.log_in("admin").await;
    for (width, height) in [(390, 844), (320, 568)] {
        world.browser.resize(width, height).await;
        world.open("/admin").await;
        world.wait_for_state(0, "healthy").await;
        assert_one_row(&world, &format!("{width} px")).await;
        world.browser.wait_for_text(".header-page", "Administration").await;
        assert!(takes_a_click(&world, "[data-testid=node-pill]").await);
        world.browser.click("[data-testid=node-pill]").await;
        let off = "const box = document.querySelector('#node-pill-list').getBoundingClientRect(); \
                   return box.width > 0 && box.left >= 0 && box.right <= innerWidth";
        world.browser.wait_for("the list of nodes is on the screen", off).await;
        world.browser.press("\u{e00c}").await;
        assert!(!takes_a_click(&world, "header a.nav-link[href='/live']").await);
        world.browser.click("[data-testid=menu]").await;
        for css in [
            "a.nav-link[href='/live']",
            "a.nav-link[href='/settings']",
            "[data-testid=language]",
            "[data-testid=logout]",
        ] {
            assert!(takes_a_click(&world, &format!("header {css}")).await, "{css} at {width} px");
        }
        world.browser.click("header a.nav-link[href='/live']").await;
        world.browser.wait_for_element("main[data-page=live]").await;
        world.browser.wait_for_element("[data-testid=menu][aria-expanded=false]").await;
        world.browser.wait_for_text(".header-page", "En direct").await;
        assert_one_row(&world, &format!("/live at {width} px")).await;
    }
}
