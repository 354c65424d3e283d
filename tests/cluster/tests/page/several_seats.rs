//! Several seats of a departure are booked in one go: a key and a call each, and what came of each is said.

use reference_cluster::harness::cluster::ClusterOptions;
use reference_cluster::harness::proxy::Fault;
use reference_cluster::wire::ReservationStatus;
use serde_json::json;

use crate::browser::{Look, js};
use crate::world::World;

const VEHICLE: &str = "v-mtl-qc";
const RESERVE: &str = "[data-testid=reserve]:not([aria-disabled])";

/// Remembers the keys of the bookings that the page sends; while `frozenSeats` is an answer, seats are always that.
const WATCH_BOOKINGS: &str = "
    window.keys = [];
    window.frozenSeats = null;
    const real = window.fetch;
    window.fetch = async (request, ...rest) => {
        const url = request.url ?? String(request);
        if (request.method === 'POST' && url.includes('/reservations')) keys.push(request.headers.get('Idempotency-Key'));
        if (!url.includes('/seats')) return real(request, ...rest);
        if (frozenSeats) return frozenSeats.clone();
        const answer = await real(request, ...rest);
        window.lastSeats = answer.clone();
        return answer;
    };";

/// Opens the departure and chooses its first free seats; their ids.
async fn choose_seats(world: &World, count: usize) -> Vec<String> {
    world.open(&format!("/user?vehicle={VEHICLE}")).await;
    let free = "[data-testid=seat][data-available=true]";
    world.browser.wait_for_element(free).await;
    let first =
        format!("return [...document.querySelectorAll('{free}')].slice(0, {count}).map(seat => seat.dataset.seatId)");
    let seats: Vec<String> = serde_json::from_value(world.browser.run(&first).await).expect("ids");
    for seat in &seats {
        world.browser.click(&format!("[data-seat-id='{seat}'] input")).await;
    }
    let in_url =
        format!("return new URLSearchParams(location.search).getAll('seat').join() === {}", js(&seats.join(",")));
    world.browser.wait_for("the seats are in the URL, in the order of the choice", &in_url).await;
    seats
}

fn label(seat: &str) -> &str {
    seat.rsplit('-').next().unwrap_or_default()
}

async fn wait_until_mine(world: &World, seat: &str) {
    world.browser.wait_for_element(&format!("[data-seat-id='{seat}'][data-mine=true]")).await;
}

/// How often each seat is held by `account`, as node `index` knows.
async fn times_held(world: &World, index: usize, account: &str, seats: &[String]) -> Vec<usize> {
    let all = world.reservations_at(index, account).await;
    let held = |seat: &String| {
        all.iter().filter(|one| one.seat_id == *seat && one.status == ReservationStatus::Committed).count()
    };
    seats.iter().map(held).collect()
}

/// Books `seat` for somebody else.
async fn take(world: &World, seat: &str) {
    let client = world.cluster.client(0).unwrap().login_demo("user2").await.unwrap();
    let wanted = client.wanted_seat(VEHICLE, label(seat)).await.unwrap();
    assert_eq!(client.book(&wanted, None).await.unwrap().status, 201);
}

#[tokio::test]
async fn three_seats_are_booked_by_a_call_each_and_leave_the_url() {
    let world = World::start().await;
    world.browser.before_every_page(WATCH_BOOKINGS).await;
    world.log_in("user").await;
    let seats = choose_seats(&world, 3).await;
    for seat in &seats {
        world.browser.wait_for_text(RESERVE, label(seat)).await;
    }
    world.browser.click(RESERVE).await;
    for seat in &seats {
        wait_until_mine(&world, seat).await;
        world.browser.wait_for_text("[data-testid=notice][class*=ok] .notice-text", label(seat)).await;
    }
    assert_eq!(times_held(&world, 2, "user", &seats).await, [1, 1, 1]);
    let keys: Vec<String> = serde_json::from_value(world.browser.run("return [...new Set(keys)]").await).expect("keys");
    assert_eq!((keys.len(), keys.iter().all(|key| key.len() == 32)), (3, true), "{keys:?}");
    assert!(!world.browser.address().await.contains("seat="), "nothing is chosen any more");
}

#[tokio::test]
async fn a_seat_that_is_chosen_again_is_not_booked() {
    let world = World::start().await;
    world.log_in("user").await;
    let seats = choose_seats(&world, 2).await;
    world.browser.click(&format!("[data-seat-id='{}'] input", seats[0])).await;
    let one = format!("return new URLSearchParams(location.search).getAll('seat').join() === {}", js(&seats[1]));
    world.browser.wait_for("one seat is left", &one).await;
    world.browser.click(RESERVE).await;
    wait_until_mine(&world, &seats[1]).await;
    assert_eq!(times_held(&world, 1, "user", &seats).await, [0, 1]);
}

#[tokio::test]
async fn of_three_seats_the_one_that_somebody_took_is_named_and_the_others_are_booked() {
    let world = World::start().await;
    world.browser.before_every_page(WATCH_BOOKINGS).await;
    world.log_in("user").await;
    let seats = choose_seats(&world, 3).await;
    // The page has not heard of it when the button is pressed.
    world.browser.run("window.frozenSeats = window.lastSeats").await;
    take(&world, &seats[1]).await;
    world.browser.click(RESERVE).await;
    let taken = format!("La place {} vient d’être prise", label(&seats[1]));
    world.browser.wait_for_text("[data-testid=notice]:not([class*=ok]) .notice-text", &taken).await;
    let booked = format!("Les places {}, {} sont réservées", label(&seats[0]), label(&seats[2]));
    world.browser.wait_for_text("[data-testid=notice][class*=ok] .notice-text", &booked).await;
    world.browser.run("window.frozenSeats = null").await;
    assert_eq!(times_held(&world, 1, "user", &seats).await, [1, 0, 1]);
}

#[tokio::test]
async fn a_link_to_two_seats_chooses_both_also_after_a_login() {
    let world = World::start().await;
    let link = format!("/user?vehicle={VEHICLE}&seat={VEHICLE}-2A&seat={VEHICLE}-2B&seat={VEHICLE}-2A");
    world.open(&link).await;
    world.fill_in_login("user").await;
    world.browser.click("[data-testid=login-submit]").await;
    world.browser.wait_for_text(RESERVE, "2A, 2B").await;
    assert_eq!(world.browser.count("[data-testid=seat] input:checked").await, 2);
    world.browser.reload().await;
    world.browser.wait_for_text(RESERVE, "2A, 2B").await;
    world.browser.click("[data-testid=language]").await;
    world.browser.wait_for_text(RESERVE, "Book seats 2A, 2B").await;
}

#[tokio::test]
async fn seats_of_which_nobody_knows_the_outcome_are_named_and_found_when_somebody_looks() {
    let options = ClusterOptions { with_proxies: true, ..ClusterOptions::default() };
    let world = World::with(options, Look::default()).await;
    world.log_in("user").await;
    let seats = choose_seats(&world, 2).await;
    world.wait_until_all_healthy().await;
    // The nodes book, and what they answer never comes whole.
    for node in 0..3 {
        world.cluster.fault(node, Fault::StallMidBody).await.unwrap();
    }
    world.browser.run("document.querySelector('[data-testid=reserve]').click()").await;
    world.browser.wait_for_element("[data-testid=notice] [data-testid=notice-action]").await;
    let both = format!("{}, {}", label(&seats[0]), label(&seats[1]));
    world.browser.wait_for_text("[data-testid=notice] .notice-text", &both).await;
    assert_eq!(world.browser.address().await.matches("seat=").count(), 2, "both are still chosen");
    for node in 0..3 {
        world.cluster.clear(node).await.unwrap();
    }
    world.browser.click("[data-testid=notice-action]").await;
    for seat in &seats {
        wait_until_mine(&world, seat).await;
    }
    assert_eq!(times_held(&world, 1, "user", &seats).await, [1, 1]);
}

#[tokio::test]
async fn seats_are_one_tab_stop_and_arrow_keys_lead_from_one_free_seat_to_the_next() {
    let world = World::start().await;
    world.log_in("user").await;
    take(&world, &format!("{VEHICLE}-1B")).await;
    world.open(&format!("/user?vehicle={VEHICLE}")).await;
    world.browser.wait_for_element(&format!("[data-seat-id='{VEHICLE}-1B'][data-available=false]")).await;
    assert_eq!(world.browser.count("[data-testid=seat] input[tabindex='0']").await, 1);
    world.browser.run("document.querySelector('[data-testid=seat] input[tabindex=\"0\"]').focus()").await;
    for (key, expected) in [("\u{e014}", "1C"), (" ", "1C"), ("\u{e015}", "2C"), (" ", "2C"), ("\u{e011}", "1A")] {
        world.browser.press(key).await;
        let at = "return document.activeElement.closest('[data-seat-id]')?.dataset.seatId.split('-').pop()";
        assert_eq!(world.browser.run(at).await, json!(expected), "{key:?}");
    }
    world.browser.wait_for_text(RESERVE, "1C, 2C").await;
    assert_eq!(world.browser.count("[data-testid=seat] input[tabindex='0']").await, 1);
}

/// Whether all of the first element that matches is on the screen, and nothing runs off its side.
async fn wait_until_seen(world: &World, css: &str) {
    let seen = format!(
        "const e = document.querySelector({}); if (!e) return false; const box = e.getBoundingClientRect(); \
         return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth \
           && document.documentElement.scrollWidth <= innerWidth",
        js(css)
    );
    world.browser.wait_for(&format!("{css} is on the screen"), &seen).await;
}

#[tokio::test]
async fn on_a_phone_choosing_booking_and_cancelling_need_no_scrolling() {
    for (width, height) in [(390, 844), (320, 640)] {
        let world = World::start().await;
        world.browser.resize(width, height).await;
        world.log_in("user").await;
        world.browser.wait_for_element("[data-testid=vehicle]").await;
        world.browser.run("document.querySelector('[data-testid=vehicle]').click()").await;
        let free = "[data-testid=seat][data-available=true]";
        wait_until_seen(&world, free).await;
        world.browser.run(&format!("document.querySelector('{free} input').click()")).await;
        wait_until_seen(&world, RESERVE).await;
        world.browser.run(&format!("document.querySelector('{RESERVE}').click()")).await;
        wait_until_seen(&world, "[data-testid=notice] .notice-text").await;
        wait_until_seen(&world, "[data-testid=to-reservations]").await;
        let covered = "const box = document.querySelector('[data-testid=to-reservations]').getBoundingClientRect(); \
                       const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2); \
                       return !!top?.closest('.notices')";
        assert_eq!(world.browser.run(covered).await, false, "what is said covers nothing that is pressed next");
        world.browser.click("[data-testid=to-reservations]").await;
        wait_until_seen(&world, "[data-testid=reservation] [data-testid=cancel]").await;
        world.browser.click("[data-testid=cancel]").await;
        wait_until_seen(&world, "dialog[open] [data-testid=confirm-accept]").await;
        world.browser.click("dialog[open] [data-testid=confirm-accept]").await;
        world.browser.wait_for_element("[data-testid=reservation][data-status=CANCELLED]").await;
        world.browser.click("[data-testid=to-departures]").await;
        wait_until_seen(&world, "[data-testid=vehicle]").await;
    }
}
