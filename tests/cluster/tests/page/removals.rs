//! Removals on a server that has no such route, or says what is not so: nothing is called gone that is still there.

use reference_cluster::wire::ReservationStatus;

use crate::answers::{answer_with, turn};
use crate::world::World;

/// `no-route`: a framework's own answer to every cancellation and removal; `claims`: a success that did nothing;
/// `hides`: a removal that is done, and answered as if there were no such route.
const REMOVALS: &str = "
    const removes = method === 'DELETE' || path.endsWith('/cancel');
    if (!removes || !turn) return;
    if (turn === 'claims') return {status: 204};
    if (turn === 'hides') await real();
    return {status: 404, json: {timestamp: '2026-05-01T08:00:00', status: 404, error: 'Not Found', path}};";

const COMMITTED: &str = "[data-testid=reservation][data-status=COMMITTED]";
const CANCELLED: &str = "[data-testid=reservation][data-status=CANCELLED]";

/// Waits until a notice says `words`, and dismisses it.
async fn is_told(world: &World, words: &str) {
    world.browser.wait_for_text("[data-testid=notice]", words).await;
    world.browser.click("[data-testid=notice] [data-testid=dismiss]").await;
    world.browser.wait_for("no notice", "return !document.querySelector('[data-testid=notice]')").await;
}

async fn cancel(world: &World) {
    world.browser.click(&format!("{COMMITTED} [data-testid=cancel]")).await;
    world.browser.click("dialog[open] [data-testid=confirm-accept]").await;
}

async fn remove(world: &World) {
    world.browser.click(&format!("{CANCELLED} [data-testid=remove]")).await;
}

#[tokio::test]
async fn a_reservation_is_called_cancelled_or_removed_only_when_it_is() {
    let world = World::start().await;
    let browser = &world.browser;
    answer_with(browser, REMOVALS).await;
    world.log_in("user").await;
    browser.click("[data-testid=vehicle]").await;
    browser.click("[data-testid=seat][data-available=true]").await;
    browser.click("[data-testid=reserve]").await;
    browser.wait_for_element(COMMITTED).await;
    is_told(&world, "réservée").await;

    turn(browser, "no-route").await;
    cancel(&world).await;
    is_told(&world, "ne sait pas annuler").await;
    browser.wait_for_element(COMMITTED).await;
    turn(browser, "hides").await;
    cancel(&world).await;
    is_told(&world, "était déjà annulée").await;
    browser.wait_for_element(CANCELLED).await;

    turn(browser, "no-route").await;
    remove(&world).await;
    is_told(&world, "ne sait pas retirer").await;
    turn(browser, "claims").await;
    remove(&world).await;
    is_told(&world, "toujours dans la liste").await;
    browser.wait_for_element(CANCELLED).await;
    let listed = world.reservations_at(0, "user").await;
    assert!(listed.iter().any(|one| one.status == ReservationStatus::Cancelled), "nothing went");
    turn(browser, "hides").await;
    remove(&world).await;
    is_told(&world, "n’est plus dans la liste").await;
    browser.wait_for("the row is gone", &format!("return !document.querySelector('{CANCELLED}')")).await;
}

#[tokio::test]
async fn a_vehicle_is_called_deleted_only_when_it_is() {
    let world = World::start().await;
    let browser = &world.browser;
    answer_with(browser, REMOVALS).await;
    world.log_in("provider").await;
    browser.wait_for_element("[data-testid=vehicle]").await;
    let id = browser.attribute("[data-testid=vehicle]", "data-vehicle-id").await.expect("an id");
    let row = format!("[data-testid=vehicle][data-vehicle-id='{id}']");
    for (answers, words) in
        [("no-route", "ne sait pas supprimer"), ("claims", "liste toujours"), ("hides", "déjà plus")]
    {
        turn(browser, answers).await;
        browser.click(&format!("{row} [data-testid=delete]")).await;
        browser.click("dialog[open] [data-testid=confirm-accept]").await;
        is_told(&world, words).await;
        let there = if answers == "hides" { "!" } else { "!!" };
        browser.wait_for("the row", &format!("return {there}document.querySelector(\"{row}\")")).await;
    }
}
