//! Whose session, whose unfinished business: a new tab takes over the session of one that lives, and nothing of one person is
//! offered to the next.

use reference_cluster::wire::ReservationStatus;
use serde_json::{Value, json};

use crate::browser::js;
use crate::world::World;

const FREE_SEAT: &str = "[data-testid=seat][data-available=true]";

/// Chooses a seat of the first departure, and presses the button while no node answers. Returns the seat's id.
async fn book_while_every_node_hangs(world: &World) -> String {
    world.browser.click("[data-testid=vehicle]").await;
    world.browser.wait_for_element(FREE_SEAT).await;
    let seat = world.browser.attribute(FREE_SEAT, "data-seat-id").await.expect("a free seat has an id");
    world.browser.click(FREE_SEAT).await;
    world.browser.wait_for("the seat is chosen", "return location.search.includes('seat=')").await;
    for node in 0..3 {
        world.cluster.pause(node).unwrap();
    }
    world.browser.run("document.querySelector('[data-testid=reserve]').click()").await;
    world.browser.wait_for_element("[data-testid=reserve][aria-busy=true]").await;
    seat
}

async fn times_held(world: &World, account: &str, seat: &str) -> usize {
    let reservations = world.reservations_at(1, account).await;
    reservations.iter().filter(|one| one.seat_id == seat && one.status == ReservationStatus::Committed).count()
}

/// Signs in by the form that is shown.
async fn sign_in(world: &World, account: &str) {
    world.fill_in_login(account).await;
    world.browser.click("[data-testid=login-submit]").await;
}

#[tokio::test]
async fn a_new_tab_is_signed_in_while_one_lives_and_signing_out_ends_both() {
    let world = World::start().await;
    world.log_in("user").await;
    let first = world.browser.tab().await;
    let second = world.browser.open_tab().await;
    world.open("/user").await;
    world.browser.wait_for_element("main[data-page=user]").await;
    let token = "JSON.parse(sessionStorage.getItem('vcube.session')).token";
    let places = format!(
        "const token = {token}; return [!!token, JSON.stringify({{...localStorage}}).includes(token), location.href.includes(token)]"
    );
    assert_eq!(world.browser.run(&places).await, json!([true, false, false]));
    // It is a tab like any other: after a reload too.
    world.browser.reload().await;
    world.browser.wait_for_element("main[data-page=user]").await;

    world.browser.click("[data-testid=logout]").await;
    world.browser.wait_for_element("main[data-page=login]").await;
    world.browser.take_tab(&first).await;
    world.browser.wait_for_element("main[data-page=login]").await;
    let kept = "return sessionStorage.getItem('vcube.session')";
    assert_eq!(world.browser.run(kept).await, Value::Null);
    world.browser.take_tab(&second).await;
    assert_eq!(world.browser.run(kept).await, Value::Null);
}

#[tokio::test]
async fn a_new_tab_shows_the_login_soon_when_nobody_is_signed_in_and_at_once_where_it_was_asked_for() {
    let world = World::start().await;
    // A tab that lives, and in which nobody is signed in.
    world.open("/login").await;
    world.browser.wait_for_element("main[data-page=login]").await;
    let first = world.browser.tab().await;
    world.browser.open_tab().await;
    world.open("/user").await;
    world.browser.wait_for_element("main[data-page=login]").await;
    world.browser.wait_for("the way back", "return location.search.includes('next=')").await;
    world.browser.take_tab(&first).await;
    sign_in(&world, "user").await;
    world.browser.wait_for_element("main[data-page=user]").await;
    // Somebody who opens the login wants to sign in, as somebody else perhaps.
    world.browser.open_tab().await;
    world.open("/login").await;
    world.browser.wait_for_element("main[data-page=login]").await;
    sign_in(&world, "provider").await;
    world.browser.wait_for_element("main[data-page=provider]").await;
    world.browser.click("[data-testid=logout]").await;
    world.browser.wait_for_element("main[data-page=login]").await;
    world.browser.take_tab(&first).await;
    world.browser.reload().await;
    world.browser.wait_for_element("main[data-page=user]").await;
}

#[tokio::test]
async fn a_tab_in_which_a_session_ended_takes_no_other_over() {
    let world = World::start().await;
    world.log_in("user").await;
    let first = world.browser.tab().await;
    world.browser.open_tab().await;
    world.open("/login").await;
    world.browser.wait_for_element("main[data-page=login]").await;
    sign_in(&world, "provider").await;
    world.browser.wait_for_element("main[data-page=provider]").await;
    world.browser.take_tab(&first).await;
    world.browser.click("[data-testid=logout]").await;
    world.open("/provider").await;
    world.browser.wait_for_element("main[data-page=login]").await;
}

#[tokio::test]
async fn what_one_person_left_unfinished_is_offered_to_that_person_and_to_nobody_else() {
    let world = World::start().await;
    world.log_in("user").await;
    world.wait_until_all_healthy().await;
    let seat = book_while_every_node_hangs(&world).await;
    world.browser.reload().await;
    world.browser.wait_for_element("[data-testid=notice-action]").await;
    for node in 0..3 {
        world.cluster.resume(node).unwrap();
    }
    world.cluster.wait_for_leader().await.unwrap();
    // Gone without signing out, which gives up what is unfinished.
    world.browser.run("sessionStorage.removeItem('vcube.session')").await;
    world.log_in("user2").await;
    world.browser.wait_for_element("main[data-page=user] [data-testid=vehicles][data-state=ready]").await;
    assert_eq!(world.browser.count("[data-testid=notice-action]").await, 0, "it is somebody else's");
    world.browser.click("[data-testid=logout]").await;
    sign_in(&world, "user").await;
    world.browser.click("[data-testid=notice-action]").await;
    // Another notice may stand before it.
    world.browser.wait_for("it is finished", "return document.body.innerText.includes('est terminée')").await;
    assert_eq!((times_held(&world, "user", &seat).await, times_held(&world, "user2", &seat).await), (1, 0));
}

#[tokio::test]
async fn what_can_be_undone_ends_with_the_session() {
    let world = World::start().await;
    world.log_in("provider").await;
    world.browser.click("[data-testid=unpublish]").await;
    world.browser.wait_for_element("[data-testid=notice] [data-testid=undo]").await;
    world.browser.click("[data-testid=logout]").await;
    world.browser.wait_for_element("main[data-page=login]").await;
    assert_eq!(world.browser.count("[data-testid=undo]").await, 0);
    world.browser.wait_for("the notice of it", "return document.body.innerText.includes('déconnecté')").await;
}

#[tokio::test]
async fn the_field_for_a_file_speaks_the_language_of_the_page_and_names_the_file() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.open("/settings").await;
    world.browser.wait_for_text("label[for=settings-import]", "Choisir un fichier").await;
    world.browser.wait_for_text("[data-testid=settings-import-name]", "Aucun fichier choisi").await;
    world.browser.click("[data-testid=language]").await;
    world.browser.wait_for_text("label[for=settings-import]", "Choose a file").await;
    world.browser.wait_for_text("[data-testid=settings-import-name]", "No file chosen").await;
    import(&world, &json!({ "requestTimeoutMs": 900 })).await;
    world.browser.wait_for_text("[data-testid=settings-import-name]", ".json").await;
}

/// Puts `file` into the import of the settings, as a person chooses one.
async fn import(world: &World, file: &Value) {
    world.browser.wait_for_element("[data-testid=settings-import]").await;
    let choose = format!(
        "const input = document.querySelector('[data-testid=settings-import]'); const files = new DataTransfer(); \
         files.items.add(new File([{}], 'config.json', {{type: 'application/json'}})); \
         input.files = files.files; input.dispatchEvent(new Event('change', {{bubbles: true}}))",
        js(&file.to_string())
    );
    world.browser.run(&choose).await;
}

#[tokio::test]
async fn a_settings_file_shows_what_it_changes_and_is_taken_with_a_yes_alone() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.open("/settings").await;
    let mut nodes = world.cluster.urls();
    nodes.push("http://127.0.0.1:9".to_owned());
    let file =
        json!({ "nodes": nodes, "idempotencyKeys": true, "legacyIdentityHeaders": true, "requestTimeoutMs": 900 });
    let kept = "return localStorage.getItem('vcube.settings')";
    let changes = "dialog[open] [data-testid=import-changes]";

    import(&world, &file).await;
    world.browser.wait_for_element(&format!("{changes} [data-setting=idempotencyKeys]")).await;
    world.browser.wait_for_text(&format!("{changes} [data-setting=requestTimeoutMs]"), "900").await;
    for risk in ["keys", "identity", "nodes"] {
        world.browser.wait_for_element(&format!("dialog[open] [data-testid=import-risk][data-risk={risk}]")).await;
    }
    world.browser.wait_for_text("dialog[open] [data-risk=nodes]", "http://127.0.0.1:9").await;
    world.browser.click("dialog[open] [data-testid=confirm-cancel]").await;
    world.browser.wait_for("the dialog is gone", "return !document.querySelector('dialog[open]')").await;
    assert_eq!(world.browser.run(kept).await, Value::Null, "nothing is taken with a no");

    import(&world, &file).await;
    world.browser.click("dialog[open] [data-testid=confirm-accept]").await;
    world
        .browser
        .wait_for("the settings are kept", "return localStorage.getItem('vcube.settings')?.includes('idempotencyKeys')")
        .await;
    world.browser.wait_for_element("[data-testid=notice] [data-testid=undo]").await;
    import(&world, &file).await;
    world.browser.wait_for("it changes nothing", "return document.body.innerText.includes('ne change rien')").await;
    assert_eq!(world.browser.count("dialog[open]").await, 0);
}
