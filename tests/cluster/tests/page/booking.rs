//! Somebody books a seat while nodes die. Afterwards each booking exists exactly once, read back from another node.

use reference_cluster::api::Writes;
use reference_cluster::harness::cluster::ClusterOptions;
use reference_cluster::harness::proxy::Fault;

use crate::browser::Look;
use crate::world::World;

const VEHICLE: &str = "[data-testid=vehicle]";
const FREE_SEAT: &str = "[data-testid=seat][data-available=true]";

/// Opens the first departure and chooses its first free seat; returns the seat's id.
async fn choose_seat(world: &World) -> String {
    world.browser.click(VEHICLE).await;
    world.browser.wait_for_element(FREE_SEAT).await;
    let seat = world.browser.attribute(FREE_SEAT, "data-seat-id").await.expect("a free seat has an id");
    world.browser.click(FREE_SEAT).await;
    world.browser.wait_for("the seat is chosen", "return location.search.includes('seat=')").await;
    seat
}

/// Waits until the page shows the seat as the person's own.
async fn wait_until_mine(world: &World, seat: &str) {
    world.browser.wait_for_element(&format!("[data-seat-id='{seat}'][data-mine=true]")).await;
}

/// How often `account` holds `seat`, as node `index` knows.
async fn times_held(world: &World, index: usize, account: &str, seat: &str) -> usize {
    let reservations = world.reservations_at(index, account).await;
    let committed = |status: &reference_cluster::wire::ReservationStatus| {
        *status == reference_cluster::wire::ReservationStatus::Committed
    };
    reservations.iter().filter(|one| one.seat_id == seat && committed(&one.status)).count()
}

#[tokio::test]
async fn a_seat_is_booked_shown_and_cancelled() {
    let world = World::start().await;
    world.log_in("user").await;
    let seat = choose_seat(&world).await;
    world.browser.click("[data-testid=reserve]").await;
    wait_until_mine(&world, &seat).await;
    world.browser.wait_for_element("[data-testid=reservation][data-status=COMMITTED]").await;
    assert_eq!(times_held(&world, 2, "user", &seat).await, 1);
    world.browser.click("[data-testid=reservation][data-status=COMMITTED] [data-testid=cancel]").await;
    world.browser.click("dialog[open] [data-testid=confirm-accept]").await;
    world.browser.wait_for_element("[data-testid=reservation][data-status=CANCELLED]").await;
    world.browser.wait_for_element(&format!("[data-seat-id='{seat}'][data-available=true]")).await;
    assert_eq!(times_held(&world, 1, "user", &seat).await, 0);
}

#[tokio::test]
async fn a_double_click_books_once() {
    let world = World::start().await;
    world.log_in("user").await;
    let seat = choose_seat(&world).await;
    world
        .browser
        .run("const b = document.querySelector('[data-testid=reserve]'); b.click(); b.click(); b.click();")
        .await;
    wait_until_mine(&world, &seat).await;
    assert_eq!(times_held(&world, 1, "user", &seat).await, 1);
    assert_eq!(world.browser.count("[data-testid=reservation]").await, 1);
}

#[tokio::test]
async fn a_booking_goes_on_when_the_leader_is_killed_under_it() {
    let world = World::start().await;
    world.log_in("user").await;
    world.wait_until_all_healthy().await;
    let seat = choose_seat(&world).await;
    let leader = world.cluster.leader().await.expect("a leader");
    // Killed with the click still on its way.
    world.browser.run("document.querySelector('[data-testid=reserve]').click()").await;
    world.cluster.kill(leader).unwrap();
    wait_until_mine(&world, &seat).await;
    let other = (leader + 1) % 3;
    world.cluster.wait_for_leader().await.unwrap();
    assert_eq!(times_held(&world, other, "user", &seat).await, 1);
}

#[tokio::test]
async fn a_booking_goes_on_when_the_leader_was_killed_before_it() {
    let world = World::start().await;
    world.log_in("user").await;
    world.wait_until_all_healthy().await;
    let seat = choose_seat(&world).await;
    let leader = world.cluster.leader().await.expect("a leader");
    world.cluster.kill(leader).unwrap();
    world.browser.click("[data-testid=reserve]").await;
    wait_until_mine(&world, &seat).await;
    world.cluster.restart(leader).await.unwrap();
    assert_eq!(times_held(&world, leader, "user", &seat).await, 1, "also on the node that was away");
}

#[tokio::test]
async fn a_booking_goes_on_when_the_leader_hangs() {
    let world = World::start().await;
    world.log_in("user").await;
    world.wait_until_all_healthy().await;
    let seat = choose_seat(&world).await;
    let leader = world.cluster.leader().await.expect("a leader");
    world.cluster.pause(leader).unwrap();
    world.browser.click("[data-testid=reserve]").await;
    wait_until_mine(&world, &seat).await;
    world.cluster.resume(leader).unwrap();
    assert_eq!(times_held(&world, leader, "user", &seat).await, 1, "also on the node that hung");
}

#[tokio::test]
async fn a_follower_that_only_hints_or_only_refuses_costs_no_booking_and_is_not_blamed() {
    for writes in [Writes::Hint, Writes::Legacy] {
        let options = ClusterOptions { writes, ..ClusterOptions::default() };
        let world = World::with(options, Look::default()).await;
        let leader = world.cluster.leader().await.expect("a leader");
        let follower = (leader + 1) % 3;
        world.log_in("user").await;
        world.wait_until_all_healthy().await;
        // The page would ask the leader; a script asks the follower first, by preferring it.
        world.browser.run_async(&format!("return await window.apiService.switchToNode({follower})")).await;
        let seat = choose_seat(&world).await;
        world.browser.click("[data-testid=reserve]").await;
        wait_until_mine(&world, &seat).await;
        assert_eq!(times_held(&world, follower, "user", &seat).await, 1, "{writes:?}");
        world.wait_until_all_healthy().await;
    }
}

#[tokio::test]
async fn a_seat_that_somebody_else_took_meanwhile_says_so_and_loses_nothing() {
    let world = World::start().await;
    world.log_in("user").await;
    let seat = choose_seat(&world).await;
    let client = world.cluster.client(0).unwrap().login_demo("user2").await.unwrap();
    let (vehicle, label) = seat.rsplit_once('-').expect("an id of vehicle and label");
    let wanted = client.wanted_seat(vehicle, label).await.unwrap();
    assert_eq!(client.book(&wanted, None).await.unwrap().status, 201);
    world.browser.click("[data-testid=reserve]").await;
    world.browser.wait_for_element(&format!("[data-seat-id='{seat}'][data-available=false][data-mine=false]")).await;
    assert_eq!(times_held(&world, 1, "user", &seat).await, 0);
    assert_eq!(times_held(&world, 1, "user2", &seat).await, 1);
}

#[tokio::test]
async fn a_booking_that_a_reload_interrupts_is_offered_again_and_made_once() {
    let world = World::start().await;
    world.log_in("user").await;
    world.wait_until_all_healthy().await;
    let seat = choose_seat(&world).await;
    for node in 0..3 {
        world.cluster.pause(node).unwrap();
    }
    world.browser.run("document.querySelector('[data-testid=reserve]').click()").await;
    world.browser.wait_for_element("[data-testid=reserve][aria-busy=true]").await;
    world.browser.reload().await;
    world.browser.wait_for_element("[data-testid=notice] [data-testid=notice-action]").await;
    for node in 0..3 {
        world.cluster.resume(node).unwrap();
    }
    world.cluster.wait_for_leader().await.unwrap();
    world.browser.click("[data-testid=notice-action]").await;
    wait_until_mine(&world, &seat).await;
    assert_eq!(times_held(&world, 2, "user", &seat).await, 1);
    world.browser.reload().await;
    wait_until_mine(&world, &seat).await;
    assert_eq!(world.browser.count("[data-testid=notice-action]").await, 0, "it is offered until it is finished");
}

#[tokio::test]
async fn a_booking_whose_outcome_nobody_knows_says_so_and_is_found_when_somebody_looks() {
    let options = ClusterOptions { with_proxies: true, ..ClusterOptions::default() };
    let world = World::with(options, Look::default()).await;
    world.log_in("user").await;
    world.wait_until_all_healthy().await;
    let seat = choose_seat(&world).await;
    // The nodes book, and what they answer never comes whole.
    for node in 0..3 {
        world.cluster.fault(node, Fault::StallMidBody).await.unwrap();
    }
    world.browser.run("document.querySelector('[data-testid=reserve]').click()").await;
    world.browser.wait_for_element("[data-testid=notice] [data-testid=notice-action]").await;
    assert!(world.browser.address().await.contains("seat="), "the seat is still chosen");
    for node in 0..3 {
        world.cluster.clear(node).await.unwrap();
    }
    world.browser.click("[data-testid=notice-action]").await;
    wait_until_mine(&world, &seat).await;
    assert_eq!(times_held(&world, 1, "user", &seat).await, 1);
}

#[tokio::test]
async fn a_token_that_expires_under_a_booking_leads_back_to_the_seat_and_books_it_once() {
    let options = ClusterOptions { token_ttl_secs: Some(4), ..ClusterOptions::default() };
    let world = World::with(options, Look::default()).await;
    world.log_in("user").await;
    let seat = choose_seat(&world).await;
    // Pressed in the moment in which the token is not valid any more, unless the page has noticed before.
    world
        .browser
        .run_async(
            "const [, claims] = JSON.parse(sessionStorage.getItem('vcube.session')).token.split('.'); \
             const { exp } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))); \
             while (Date.now() < (exp + 1) * 1000) await new Promise(done => setTimeout(done, 5)); \
             document.querySelector('[data-testid=reserve]')?.click()",
        )
        .await;
    world.browser.wait_for_element("main[data-page=login] [data-testid=session-over]:not([hidden])").await;
    world.fill_in_login("user").await;
    world.browser.click("[data-testid=login-submit]").await;
    world.browser.wait_for_element("main[data-page=user]").await;
    assert!(world.browser.address().await.contains("seat="), "the seat is still chosen");
    assert_eq!(times_held(&world, 1, "user", &seat).await, 0);
    world.browser.click("[data-testid=reserve]").await;
    wait_until_mine(&world, &seat).await;
    assert_eq!(times_held(&world, 1, "user", &seat).await, 1);
}

#[tokio::test]
async fn the_back_button_and_a_link_lead_to_the_same_departure() {
    let world = World::start().await;
    world.log_in("user").await;
    world.browser.click(VEHICLE).await;
    world.browser.wait_for_element(FREE_SEAT).await;
    let first = world.browser.address().await;
    world.browser.click(&format!("li:nth-child(2) {VEHICLE}")).await;
    world
        .browser
        .wait_for(
            "another departure",
            &format!("return location.search !== {:?}", first.split_once('?').map_or("", |p| p.1)),
        )
        .await;
    world.browser.back().await;
    world.browser.wait_for_element("li:nth-child(1) [data-testid=vehicle][aria-current]").await;
    world.open(&first).await;
    world.browser.wait_for_element(FREE_SEAT).await;
}

#[tokio::test]
async fn departures_are_searched_and_sorted_and_the_url_keeps_it_over_a_choice_and_a_reload() {
    let world = World::start().await;
    world.log_in("user").await;
    world.browser.wait_for_element(VEHICLE).await;
    let all = world.browser.count(VEHICLE).await;
    let name = "return document.querySelector('[data-testid=vehicle-name]').textContent.trim()";
    let first = world.browser.run(name).await;
    world.browser.type_into("[data-testid=search-place]", "no such place").await;
    world.browser.wait_for_element("[data-testid=none-found]:not([hidden])").await;
    assert_eq!(world.browser.count(VEHICLE).await, 0);
    let place = first.as_str().expect("a name").split(' ').next().unwrap_or_default().to_lowercase();
    world.open(&format!("/user?place={place}&sort=price")).await;
    world.browser.wait_for_element(VEHICLE).await;
    assert!(world.browser.count(VEHICLE).await <= all);
    world.browser.click(VEHICLE).await;
    world.browser.wait_for_element(FREE_SEAT).await;
    let address = world.browser.address().await;
    assert!(address.contains("sort=price") && address.contains("place="), "{address}");
    world.browser.reload().await;
    world.browser.wait_for_element("[data-testid=vehicle][aria-current]").await;
    let free = "return /\\d/.test(document.querySelector('[data-testid=vehicle-seats]').textContent)";
    world.browser.wait_for("free seats in the list", free).await;
}
