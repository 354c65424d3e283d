//! Somebody registers, offers a vehicle and steers it while nodes die. Afterwards everything is there exactly once, read
//! back from another node. And the settings, which decide where requests go.

use reference_cluster::wire::Vehicle;
use serde_json::Value;

use crate::browser::js;
use crate::world::World;

/// The vehicles of a provider, as node `index` knows them.
async fn vehicles_at(world: &World, index: usize, account: &str) -> Vec<Vehicle> {
    world.cluster.wait_until_serving(index).await.expect("the node serves");
    let client =
        world.cluster.client(index).expect("a client").login_demo(account).await.expect("the account signs in");
    if let Some(leader) = world.cluster.leader().await {
        let health = world.cluster.health(leader).await.expect("the leader answers");
        world.cluster.wait_applied(index, health.commit_index).await.expect("the node catches up");
    }
    let answer = client.get(&format!("/api/integrated/providers/{account}/vehicles")).await.expect("an answer");
    answer.success().expect("a list").json().expect("vehicles")
}

async fn fill_in(world: &World, fields: &[(&str, &str)]) {
    for (id, text) in fields {
        // Replaced, whatever stood there.
        world.browser.run(&format!("document.getElementById({}).value = ''", js(id))).await;
        world.browser.type_into(&format!("#{id}"), text).await;
    }
}

const BUS: [(&str, &str); 5] = [
    ("vehicle-name", "Nuit 7"),
    ("vehicle-plate", "NUI 007"),
    ("vehicle-make", "Volvo"),
    ("vehicle-model", "9700"),
    ("vehicle-capacity", "12"),
];

/// The row of the vehicle of this name.
async fn row_of(world: &World, name: &str) -> String {
    let script = format!(
        "return [...document.querySelectorAll('[data-testid=vehicle]')].find(row => row.textContent.includes({}))?.dataset.vehicleId",
        js(name)
    );
    let id = world.browser.wait_for("a row of the vehicle", &script).await;
    format!("[data-testid=vehicle][data-vehicle-id='{}']", id.as_str().expect("an id"))
}

#[tokio::test]
async fn a_vehicle_is_made_once_when_the_leader_is_killed_under_it_and_then_published_and_deleted() {
    let world = World::start().await;
    world.log_in("provider").await;
    world.wait_until_all_healthy().await;
    world.browser.click("[data-testid=vehicle-new]").await;
    fill_in(&world, &BUS).await;
    let leader = world.cluster.leader().await.expect("a leader");
    world.browser.run("const b = document.querySelector('[data-testid=vehicle-save]'); b.click(); b.click();").await;
    world.cluster.kill(leader).unwrap();
    let row = row_of(&world, "Nuit 7").await;
    world.cluster.wait_for_leader().await.unwrap();
    let other = (leader + 1) % 3;
    let made = vehicles_at(&world, other, "provider").await;
    assert_eq!(made.iter().filter(|vehicle| vehicle.name == "Nuit 7").count(), 1);

    world.browser.click(&format!("{row} [data-testid=publish]")).await;
    world.browser.wait_for_element(&format!("{row}[data-published=true]")).await;
    world.browser.click("[data-testid=undo]").await;
    world.browser.wait_for_element(&format!("{row}[data-published=false]")).await;

    world.browser.click(&format!("{row} [data-testid=show-seats]")).await;
    world
        .browser
        .wait_for("all of its seats", "return document.querySelectorAll('[data-testid=seat]').length === 12")
        .await;
    world.browser.click(&format!("{row} [data-testid=delete]")).await;
    world.browser.wait_for_text("dialog[open] h2", "Nuit 7").await;
    world.browser.click("dialog[open] [data-testid=confirm-accept]").await;
    world.browser.wait_for("the row is gone", &format!("return !document.querySelector({})", js(&row))).await;
    let left = vehicles_at(&world, other, "provider").await;
    assert!(left.iter().all(|vehicle| vehicle.name != "Nuit 7"));
}

#[tokio::test]
async fn what_was_typed_of_a_vehicle_outlives_a_refusal_and_a_reload() {
    let world = World::start().await;
    world.log_in("provider").await;
    world.open("/provider?edit=new").await;
    world.browser.wait_for_element("#vehicle-name").await;
    fill_in(&world, &BUS).await;
    fill_in(&world, &[("vehicle-capacity", "9")]).await;
    world.browser.click("[data-testid=vehicle-save]").await;
    world.browser.wait_for_element("#vehicle-capacity[aria-invalid=true]:focus").await;
    world.browser.reload().await;
    world
        .browser
        .wait_for("what was typed", "return document.getElementById('vehicle-name')?.value === 'Nuit 7'")
        .await;
    fill_in(&world, &[("vehicle-capacity", "12")]).await;
    world.browser.click("[data-testid=vehicle-save]").await;
    row_of(&world, "Nuit 7").await;
}

#[tokio::test]
async fn somebody_registers_by_the_tabs_while_a_node_is_dead_and_is_signed_in() {
    let world = World::start().await;
    world.open("/login").await;
    world.browser.wait_for_element("main[data-page=login] [data-testid=login-email]").await;
    world.wait_until_all_healthy().await;
    world.browser.type_into("[data-testid=login-email]", "lea@vcube.test").await;
    world.browser.run("document.getElementById('login-tab-sign-in').focus()").await;
    const ARROW_RIGHT: &str = "\u{e014}";
    world.browser.press(ARROW_RIGHT).await;
    world.browser.wait_for_element("#login-tab-user[aria-selected=true]:focus").await;
    world.browser.press(ARROW_RIGHT).await;
    world.browser.wait_for("the tab in the URL", "return location.search === '?tab=provider'").await;
    let email = world.browser.run("return document.getElementById('register-email').value").await;
    assert_eq!(email, Value::from("lea@vcube.test"), "what was typed is there in every tab");
    fill_in(
        &world,
        &[
            ("register-company", "Cars Lea"),
            ("register-name", "Lea"),
            ("register-phone", "1"),
            ("register-description", "Buses"),
            ("register-password", "a secret"),
        ],
    )
    .await;
    let leader = world.cluster.leader().await.expect("a leader");
    world.browser.run("document.querySelector('[data-testid=register-submit]').click()").await;
    world.cluster.kill(leader).unwrap();
    world.browser.wait_for_element("main[data-page=provider]").await;
}

#[tokio::test]
async fn a_taken_address_is_said_beside_its_field_and_nothing_is_lost() {
    let world = World::start().await;
    world.open("/login?tab=user").await;
    world.browser.wait_for_element("#register-name").await;
    let typed = [
        ("register-name", "Louis"),
        ("register-email", "user@vcube.test"),
        ("register-phone", "1"),
        ("register-password", "a secret"),
    ];
    fill_in(&world, &typed).await;
    world.browser.click("[data-testid=register-submit]").await;
    world.browser.wait_for_element("#register-email[aria-invalid=true]").await;
    for (id, text) in typed {
        let value = world.browser.run(&format!("return document.getElementById({}).value", js(id))).await;
        assert_eq!(value, Value::from(text));
    }
    world.browser.click("[data-testid=register-sign-in]").await;
    let email = world.browser.wait_for("the address", "return document.getElementById('login-email')?.value").await;
    assert_eq!(email, Value::from("user@vcube.test"));
}

#[tokio::test]
async fn nodes_are_reordered_removed_and_brought_back_and_the_list_outlives_a_reload() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.open("/settings").await;
    let urls = world.cluster.urls();
    let shown = "return [...document.querySelectorAll('[data-testid=settings-node]')].map(row => row.dataset.nodeUrl).join(' ')";
    let is = |order: [usize; 3]| {
        let wanted = order.map(|index| urls[index].as_str()).join(" ");
        format!("{} === {}", shown, js(&wanted))
    };
    world.browser.wait_for("the nodes of the file", &is([0, 1, 2])).await;
    world.browser.click(&format!("[data-node-url='{}'] [data-testid=node-up]", urls[1])).await;
    world.browser.wait_for("the new order", &is([1, 0, 2])).await;
    world.browser.wait_for_element(&format!("[id='node-up-{}']:focus", urls[1])).await;
    world.browser.reload().await;
    world.browser.wait_for("the new order after a reload", &is([1, 0, 2])).await;
    world.browser.click(&format!("[data-node-url='{}'] [data-testid=node-remove]", urls[0])).await;
    world
        .browser
        .wait_for("two nodes in use", "return window.apiService.nodesHealthStatus().then(s => s.nodes.length === 2)")
        .await;
    world.browser.click("[data-testid=undo]").await;
    world.browser.click("[data-testid=settings-reset]").await;
    world.browser.wait_for("the nodes of the file again", &is([0, 1, 2])).await;
}

#[tokio::test]
async fn a_vehicle_is_made_and_published_in_one_go_without_make_model_or_plate() {
    let world = World::start().await;
    world.log_in("provider").await;
    world.browser.wait_for_element("[data-testid=provider-figures] dd").await;
    world.browser.click("[data-testid=vehicle-new]").await;
    fill_in(&world, &[("vehicle-name", "Navette 3"), ("vehicle-capacity", "12")]).await;
    world.browser.click("[data-testid=vehicle-publish]").await;
    world.browser.click("[data-testid=vehicle-save]").await;
    let row = row_of(&world, "Navette 3").await;
    world.browser.wait_for_element(&format!("{row}[data-published=true]")).await;
}
