//! Addresses: those that redirect, those that lead back after a login, and those that differ in a parameter only.

use serde_json::json;

use crate::world::World;

const ADDRESS: &str = "return location.pathname + location.search";

/// Opens `path` and waits for `page`, then tells the address.
async fn lands_on(world: &World, path: &str, page: &str) -> serde_json::Value {
    world.open(path).await;
    world.browser.wait_for_element(&format!("main[data-page={page}]")).await;
    world.browser.run(ADDRESS).await
}

#[tokio::test]
async fn old_addresses_lead_to_the_pages_that_took_their_place() {
    let world = World::start().await;
    world.log_in("admin").await;
    for (old, page, address) in [
        ("/", "admin", "/admin"),
        ("/dashboard", "admin", "/admin"),
        ("/admin-dashboard", "admin", "/admin"),
        ("/admin/", "admin", "/admin/"),
        ("/demonstration", "live", "/live"),
        ("/performance-lab", "performance", "/performance"),
        ("/research-dashboard", "research", "/research"),
        ("/research-classic", "research", "/research"),
        ("/provider-dashboard", "forbidden", "/provider"),
        ("/user-dashboard", "forbidden", "/user"),
        ("/nodes", "not-found", "/nodes"),
    ] {
        assert_eq!(lands_on(&world, old, page).await, json!(address), "{old}");
    }
}

#[tokio::test]
async fn a_login_leads_back_to_addresses_of_this_site_alone_and_keeps_their_query() {
    let world = World::start().await;
    world.log_in("user").await;
    for (next, address) in [
        ("%2Fuser%3Fvehicle%3Da%2526b%26seat%3D1", "/user?vehicle=a%26b&seat=1"),
        ("%2F%09%2Fother.example", "/user"),
        ("%2F%2Fother.example%2Fuser", "/user"),
        ("%2F%5Cother.example", "/user"),
        ("javascript%3Aalert(1)", "/user"),
        ("%2Flogin%3Fnext%3D%2Flogin", "/user"),
    ] {
        assert_eq!(lands_on(&world, &format!("/login?next={next}"), "user").await, json!(address), "{next}");
    }
}

#[tokio::test]
async fn who_logs_out_is_not_led_back() {
    let world = World::start().await;
    world.log_in("user").await;
    world.browser.click("a[href='/settings']").await;
    world.browser.wait_for_element("main[data-page=settings]").await;
    world.browser.click("[data-testid=logout]").await;
    world.browser.wait_for_element("main[data-page=login]").await;
    assert_eq!(world.browser.run(ADDRESS).await, json!("/login"));
}

#[tokio::test]
async fn another_node_is_another_page() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.open_and_settle("/nodes/0").await;
    world.browser.wait_for_element("[data-testid=node-detail][data-node-index='0']").await;
    world
        .browser
        .run(
            "const link = Object.assign(document.createElement('a'), { href: '/nodes/1', textContent: 'next' }); \
             document.querySelector('main').append(link); link.click(); link.remove()",
        )
        .await;
    world.browser.wait_for_element("[data-testid=node-detail][data-node-index='1']").await;
    let focused = "return (document.activeElement.tagName + location.pathname)";
    world.browser.wait_for("the heading has the focus", &format!("{focused} === 'H1/nodes/1'")).await;
    assert_eq!(world.browser.count("[data-testid=node-detail]").await, 1);
}
