//! Every node in turn is killed and stopped, again and again, while pages read and book. No read fails, and afterwards
//! every booking that was acknowledged exists exactly once.
//!
//! `VCUBE_ENDURANCE_S` says for how many seconds, `VCUBE_ENDURANCE_BOOKERS` how many of the twenty tabs book.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use ::histories::Operation;
use reference_cluster::wire::{ReservationStatus, Seat, Vehicle, VehicleDraft};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::figures::target_9;
use crate::histories::check_told;
use crate::world::{World, epoch_ms};

const SECONDS: u64 = 45;

/// Seats of one vehicle: as many as it may have.
const SEATS: u32 = 80;

/// How long a node is away: long enough to be found failed, and for an election.
const AWAY: Duration = Duration::from_millis(2_500);

/// From one blow to the next there is at least this, so that reads in peace are measured too.
const PEACE: Duration = Duration::from_millis(1_000);

/// A read that waited longer than this is shown with its attempts, in milliseconds.
const SLOW_MS: f64 = 700.0;

/// A read that began so much later than the blow, in milliseconds, is a later reader's: by then the page knows.
const KNOWN_MS: f64 = 1_000.0;

/// Reads in `lanes` lanes and books one seat after the other (none without a pause between two), until told to stop.
/// `window.load` holds what came of it, and in `told` what the session `name` was told of seats: of each list of
/// reservations, who has the last few seats that are booked and the next few that are not.
pub const LOAD: &str = "
    window.beginLoad = (name, lanes, seats, readPause, bookPause, slowMs) => {
        const load = window.load = {hidden: 0, reads: [], slow: [], booked: [], taken: [], told: [], failed: [], stop: false};
        const now = () => performance.timeOrigin + performance.now();
        const rest = ms => new Promise(done => setTimeout(done, ms));
        const user = JSON.parse(sessionStorage.getItem('vcube.session')).user;
        const say = (what, began, why) => {
            load.failed.push(`${what} from ${Math.round(began)} for ${Math.round(now() - began)} ms: ${why}`);
            load.story ??= apiService.journal();
        };
        const tell = (seat, began, act, answer) => load.told.push({session: name, seat, ...act,
            began_us: Math.round(began * 1000), ended_us: answer && Math.round(now() * 1000), index: answer?.index ?? undefined});
        const tellHolders = (began, answer) => {
            const holders = new Map(answer.body.filter(one => one.status === 'COMMITTED').map(one => [one.seatId, one.id]));
            const last = seats.findLastIndex(seat => holders.has(seat.id));
            for (const seat of seats.slice(Math.max(0, last - 3), last + 5)) {
                const read = {act: 'read', holder: holders.get(seat.id) ?? null, freshness: answer.stale ? 'marked' : 'session'};
                tell(seat.id, began, read, answer);
            }
        };
        const read = async lane => {
            const paths = ['/api/integrated/vehicles?lane=', `/reservations/byUser/${user}?lane=`, `/api/integrated/vehicles/${seats[0].vehicleId}/seats?lane=`];
            for (let n = 0; !load.stop; n++) {
                const began = now();
                try {
                    const answer = await apiService.fetchWithFailover(paths[n % paths.length] + lane);
                    if (answer.status !== 200 || !Array.isArray(answer.body)) say('read', began, answer.status);
                    else if (n % paths.length === 1) tellHolders(began, answer);
                    const took = now() - began;
                    load.reads.push({began, took});
                    load.hidden += document.hidden;
                    if (took > slowMs) load.slow.push({began, took, trace: answer.trace});
                    if (took > Math.max(slowMs, load.slowest ?? 0)) { load.slowest = took; load.waited = apiService.journal(); }
                } catch (error) { say('read', began, error); }
                await rest(readPause);
            }
        };
        const book = async () => {
            for (const seat of bookPause === null ? [] : seats) {
                if (load.stop) return;
                const began = now();
                const body = {userId: user, providerId: 'provider', vehicleId: seat.vehicleId, seatId: seat.id};
                const told = (booking, result, answer) => tell(seat.id, began, {act: 'book', booking, result}, answer);
                try {
                    const answer = await apiService.fetchWithFailover('/reservations/', {method: 'POST', body, idempotent: true});
                    if (answer.status === 201) {
                        load.booked.push({id: answer.body.id, seat: seat.id, began, took: now() - began});
                        told(answer.body.id, 'done', answer);
                    } else if (answer.status === 409) {
                        load.taken.push(seat.id);
                        told(`${name}: ${seat.id}`, 'refused', answer);
                    } else {
                        say('booking', began, answer.status);
                        told(`${name}: ${seat.id}`, 'unknown');
                    }
                } catch (error) {
                    say('booking', began, error);
                    told(`${name}: ${seat.id}`, 'unknown');
                }
                await rest(bookPause);
            }
        };
        load.done = Promise.all([book(), ...Array.from({length: lanes}, (_, lane) => read(lane))]);
    }";

/// Ends the load and answers with what came of it.
const END: &str = "window.load.stop = true; await window.load.done; const {done, story, waited, slowest, ...load} = window.load; \
    const end = async journal => (await journal ?? []).slice(-60).map(entry => JSON.stringify(entry)); \
    return {...load, story: await end(story), waited: (await waited ?? []).slice(-40)}";

/// A later reader is to wait for nothing. Ten times what a read of a healthy cluster takes: below that, it is the machine,
/// which starts a node meanwhile.
const LATER_MS: f64 = 100.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    Killed,
    Stopped,
}

/// A node went away.
#[derive(Clone, Copy, Debug)]
struct Blow {
    node: usize,
    how: How,
    led: bool,
    /// When it went, and when it served again, in milliseconds since 1970.
    at: f64,
    back: f64,
}

#[derive(Debug, Deserialize)]
struct Read {
    began: f64,
    took: f64,
}

/// A read that took long, and where it waited.
#[derive(Debug, Deserialize)]
struct Slow {
    began: f64,
    took: f64,
    trace: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub struct Booked {
    id: String,
    seat: String,
    began: f64,
    took: f64,
}

/// What one tab did.
#[derive(Debug, Deserialize)]
pub struct Load {
    /// Reads that ended while the tab was hidden.
    hidden: usize,
    reads: Vec<Read>,
    slow: Vec<Slow>,
    pub booked: Vec<Booked>,
    /// Seats that somebody else had.
    pub taken: Vec<String>,
    /// What the tab was told of seats.
    pub told: Vec<Operation>,
    failed: Vec<String>,
    /// The end of the journal at the first of them.
    story: Vec<String>,
    /// The end of the journal when the slowest read ended, if that was slow.
    waited: Vec<Map<String, Value>>,
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn seconds() -> u64 {
    number("VCUBE_ENDURANCE_S", SECONDS)
}

/// How many of twenty tabs book. A node that is no leader holds a booking through an election, and with it one of the six
/// sockets that all tabs of a browser share: with more bookings under way than that, reads wait for the election too.
fn bookers() -> usize {
    number("VCUBE_ENDURANCE_BOOKERS", 4) as usize
}

/// As many new seats as `count` bookings take.
pub async fn seats(world: &World, count: usize) -> Vec<Seat> {
    let leader = world.cluster.leader().await.expect("a leader");
    let provider = world.cluster.client(leader).unwrap().login_demo("provider").await.unwrap();
    let mut seats = Vec::new();
    while seats.len() < count {
        let draft = VehicleDraft {
            name: format!("Endurance {}", seats.len()),
            make: "Volvo".into(),
            model: "9700".into(),
            license_plate: "END 001".into(),
            capacity: SEATS,
            departure: None,
            destination: None,
            departure_time: None,
            price: None,
            published: Some(true),
            provider_id: None,
        };
        let answer = provider.post("/api/integrated/vehicles", &draft).await.unwrap().success().unwrap();
        let made: Vehicle = answer.json().unwrap();
        seats.extend(provider.seats(&made.id).await.unwrap());
    }
    seats
}

/// Kills and stops every node in turn, one at a time, for `length`, and each at least once. A node is back, and serves,
/// before the next one goes.
async fn rotate(world: &World, length: Duration) -> Vec<Blow> {
    let began = Instant::now();
    let mut blows = Vec::new();
    for turn in 0.. {
        let node = turn % world.cluster.len();
        let how = if (turn / world.cluster.len()).is_multiple_of(2) { How::Killed } else { How::Stopped };
        if began.elapsed() > length && turn >= 2 * world.cluster.len() {
            break;
        }
        let led = world.cluster.wait_for_leader().await.unwrap() == node;
        let at = epoch_ms();
        match how {
            How::Killed => world.cluster.kill(node).unwrap(),
            How::Stopped => world.cluster.pause(node).unwrap(),
        }
        tokio::time::sleep(AWAY).await;
        match how {
            How::Killed => world.cluster.restart(node).await.unwrap(),
            How::Stopped => world.cluster.resume(node).unwrap(),
        }
        world.cluster.wait_until_serving(node).await.unwrap();
        blows.push(Blow { node, how, led, at, back: epoch_ms() });
        tokio::time::sleep(PEACE).await;
    }
    blows
}

fn slowest<'a>(reads: impl Iterator<Item = &'a Read>) -> f64 {
    reads.map(|read| read.took).fold(0.0, f64::max)
}

/// Prints how long reads took.
fn distribution<'a>(what: &str, reads: impl Iterator<Item = &'a Read>) {
    let mut took: Vec<f64> = reads.map(|read| read.took).collect();
    took.sort_by(f64::total_cmp);
    let part = |share: f64| took.get((took.len() as f64 * share) as usize).copied().unwrap_or_default();
    println!(
        "{what}: {} reads, p50 {:.0} ms, p99 {:.0} ms, p99.9 {:.0} ms, slowest {:.0} ms",
        took.len(),
        part(0.5),
        part(0.99),
        part(0.999),
        took.last().copied().unwrap_or_default()
    );
}

/// Prints the slowest reads, where they waited, and what the tab of the slowest saw until it ended.
fn slow(loads: &[Load], blows: &[Blow]) {
    let mut slow: Vec<(usize, &Slow)> =
        loads.iter().enumerate().flat_map(|(tab, load)| load.slow.iter().map(move |slow| (tab, slow))).collect();
    slow.sort_by(|(_, one), (_, other)| other.took.total_cmp(&one.took));
    for (tab, slow) in slow.iter().take(12) {
        let before = blows.iter().rev().find(|blow| blow.at < slow.began + slow.took);
        let after = before.map_or_else(String::new, |blow| {
            format!("{:.0} ms after node {} was {:?}, ", slow.began - blow.at, blow.node, blow.how)
        });
        println!("  {:.0} ms, begun {after}in tab {tab}: {}", slow.took, slow.trace.join(", "));
    }
    let Some((tab, slowest)) = slow.first() else { return };
    println!("  the journal of tab {tab}, counted from when that read began:");
    for entry in &loads[*tab].waited {
        let at = entry["time"].as_f64().unwrap_or_default() - slowest.began;
        let says: Vec<String> =
            entry.iter().filter(|(name, _)| *name != "time").map(|(name, value)| format!("{name} {value}")).collect();
        println!("    {at:>8.0} ms {}", says.join(", "));
    }
}

/// Prints what the blows cost: the readers that waited when one fell, those that came later, and bookings. Beside it
/// what reads take before the first blow, `calm_since` on: on a machine that is busy with the load itself that is much.
fn report(what: &str, loads: &[Load], blows: &[Blow], calm_since: f64) {
    let all = || loads.iter().flat_map(|load| &load.reads);
    let first = blows.first().map_or(f64::INFINITY, |blow| blow.at);
    println!("{what}");
    distribution(
        "  before the first blow",
        all().filter(|read| read.began > calm_since && read.began + read.took < first),
    );
    let between = |read: &&Read| {
        let blow = blows.iter().rev().find(|blow| blow.at < read.began + read.took);
        blow.is_some_and(|blow| read.began > blow.back)
    };
    distribution("  between blows, all nodes there", all().filter(between));
    distribution("  from the first blow on", all().filter(|read| read.began + read.took > first));
    let mut worst: BTreeMap<How, (f64, f64, f64)> = BTreeMap::new();
    for (index, blow) in blows.iter().enumerate() {
        let end = blows.get(index + 1).map_or(f64::INFINITY, |next| next.at);
        let known = blow.at + KNOWN_MS;
        // Under way when the blow fell, or begun before the page could know of it.
        let waiting = slowest(all().filter(|read| read.began < known && read.began + read.took > blow.at));
        let later = slowest(all().filter(|read| (known..end).contains(&read.began) && read.began + read.took < end));
        let booking = loads.iter().flat_map(|load| &load.booked);
        let booking = booking.filter(|one| one.began < end && one.began + one.took > blow.at).map(|one| one.took);
        let booking = booking.fold(0.0, f64::max);
        let led = if blow.led { ", the leader," } else { "" };
        println!(
            "  node {}{led} {:?}: slowest waiting reader {waiting:.0} ms, later reader {later:.0} ms, booking {booking:.0} ms",
            blow.node, blow.how
        );
        let worst = worst.entry(blow.how).or_default();
        *worst = (worst.0.max(waiting), worst.1.max(later), worst.2.max(booking));
    }
    slow(loads, blows);
    for (how, (waiting, later, booking)) in worst {
        println!("  {how:?}, slowest booking {booking:.0} ms");
        target_9(&format!("{what}, a node {how:?}: slowest waiting reader"), waiting, 1_000.0);
        target_9(&format!("{what}, a node {how:?}: slowest later reader"), later, LATER_MS);
    }
}

/// No read and no booking failed, and every node knows every acknowledged booking exactly once, and no other.
pub async fn check(world: &World, loads: &[Load]) {
    let failed: Vec<&String> = loads.iter().flat_map(|load| &load.failed).collect();
    let story = loads.iter().find(|load| !load.failed.is_empty()).map(|load| load.story.join("\n"));
    assert!(failed.is_empty(), "{} calls failed: {failed:#?}\n{}", failed.len(), story.unwrap_or_default());
    let booked: Vec<&Booked> = loads.iter().flat_map(|load| &load.booked).collect();
    let acknowledged: BTreeSet<(&str, &str)> = booked.iter().map(|one| (one.id.as_str(), one.seat.as_str())).collect();
    assert_eq!(acknowledged.len(), booked.len(), "no two acknowledgements are of one booking");
    assert!(!booked.is_empty());
    for node in 0..world.cluster.len() {
        let held = world.reservations_at(node, "user").await;
        assert!(held.iter().all(|one| one.status == ReservationStatus::Committed));
        let known: BTreeSet<(&str, &str)> = held.iter().map(|one| (one.id.as_str(), one.seat_id.as_str())).collect();
        let lost: Vec<_> = acknowledged.difference(&known).collect();
        let more: Vec<_> = known.difference(&acknowledged).collect();
        assert!(lost.is_empty(), "node {node} has lost {lost:?}");
        assert!(more.is_empty(), "node {node} has what nobody was told of, or twice: {more:?}");
        let seats: BTreeSet<&str> = held.iter().map(|one| one.seat_id.as_str()).collect();
        assert_eq!(seats.len(), held.len(), "node {node}: a seat is booked twice");
    }
}

pub async fn end(world: &World) -> Load {
    let load = world.browser.run_async(END).await;
    serde_json::from_value(load.clone()).unwrap_or_else(|error| panic!("{error}: {load}"))
}

#[tokio::test]
#[ignore = "takes minutes and a machine of its own: cargo xtask test --long"]
async fn a_page_reads_and_books_while_every_node_is_killed_and_stopped_in_turn() {
    let world = World::start().await;
    let length = seconds();
    let seats = seats(&world, length as usize * 5).await;
    world.log_in("user").await;
    world.wait_until_all_healthy().await;
    world.browser.run(LOAD).await;
    world.browser.run(&format!("window.beginLoad('page', 4, {}, 20, 250, {SLOW_MS})", json!(seats))).await;
    let calm_since = epoch_ms();
    world.browser.wait_for("reads in peace", "return window.load.reads.length > 100").await;
    let blows = rotate(&world, Duration::from_secs(length)).await;
    let loads = [end(&world).await];
    report("one page", &loads, &blows, calm_since);
    println!("  {} bookings, {} refused", loads[0].booked.len(), loads[0].taken.len());
    assert_eq!(loads[0].taken, Vec::<String>::new(), "nobody else books: a seat that is taken was booked twice");
    check_told("one-page", &loads);
    check(&world, &loads).await;
    let shown = "[data-testid=vehicles][data-state=ready]";
    world.browser.wait_for_element(shown).await;
}

#[tokio::test]
#[ignore = "takes minutes and a machine of its own: cargo xtask test --long"]
async fn twenty_tabs_read_and_book_while_every_node_is_killed_and_stopped_in_turn() {
    const TABS: usize = 20;
    let world = World::start().await;
    let length = seconds() / 2;
    // One a second at most, for as long as it may take.
    let each = length as usize + 60;
    let bookers = bookers();
    let seats = seats(&world, each * bookers.div_ceil(2)).await;
    let began = Instant::now();
    world.log_in("user").await;
    let session = world.browser.run("return sessionStorage.getItem('vcube.session')").await;
    let mut tabs = vec![world.browser.tab().await];
    for _ in 1..TABS {
        tabs.push(world.browser.open_tab().await);
        world.browser.before_every_page(&format!("sessionStorage.setItem('vcube.session', {session})")).await;
        world.open("/user").await;
    }
    for (number, tab) in tabs.iter().enumerate() {
        world.browser.take_tab(tab).await;
        world.browser.wait_for_element("[data-testid=vehicles][data-state=ready]").await;
        world.browser.run(LOAD).await;
        // Two tabs want each seat: one gets it, the other is told that it is taken.
        let (pair, pause) = if number < bookers { (number / 2 * each, Some(1_000)) } else { (0, None) };
        let wanted: Vec<&Seat> = seats.iter().skip(pair).take(each).collect();
        let begin = format!("window.beginLoad('tab {number}', 1, {}, 500, {}, {SLOW_MS})", json!(wanted), json!(pause));
        world.browser.run(&begin).await;
    }
    let calm_since = epoch_ms();
    world.browser.wait_for("reads in peace", "return window.load.reads.length > 15").await;
    println!("{TABS} tabs at work after {:?}", began.elapsed());
    let blows = rotate(&world, Duration::from_secs(length)).await;
    let mut loads = Vec::new();
    for tab in &tabs {
        world.browser.take_tab(tab).await;
        loads.push(end(&world).await);
    }
    let hidden: usize = loads.iter().map(|load| load.hidden).sum();
    println!("{bookers} of the tabs book; {hidden} reads were made by hidden ones");
    report(&format!("{TABS} tabs"), &loads, &blows, calm_since);
    let (booked, taken) = loads.iter().fold((0, 0), |(b, t), load| (b + load.booked.len(), t + load.taken.len()));
    println!("  {booked} bookings, {taken} times somebody else had the seat");
    assert!(loads.iter().all(|load| !load.reads.is_empty()), "every tab reads");
    check_told("twenty-tabs", &loads);
    check(&world, &loads).await;
    // Whoever was refused was refused because of somebody's booking.
    let seats: BTreeSet<&str> = loads.iter().flat_map(|load| &load.booked).map(|one| one.seat.as_str()).collect();
    let nobody: Vec<_> =
        loads.iter().flat_map(|load| &load.taken).filter(|seat| !seats.contains(seat.as_str())).collect();
    assert!(nobody.is_empty(), "taken, and by nobody: {nobody:?}");
}
