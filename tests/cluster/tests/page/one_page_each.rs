//! The node in use is killed while a page works, once for each page: it goes on, shows no error and complains of nothing.

use serde_json::json;

use crate::world::World;

/// Every state that a section was ever in, and everything that a page complained of. That a request failed is said by
/// the browser itself, not by the page, and is no complaint.
const WATCH: &str = "
    window.states = {};
    const look = () => {
        for (const section of document.querySelectorAll('section[data-state]')) {
            const known = window.states[section.dataset.testid] ??= [];
            if (known.at(-1) !== section.dataset.state) known.push(section.dataset.state);
        }
    };
    new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ['data-state']});
    window.complaints = [];
    addEventListener('error', event => window.complaints.push('error: ' + event.message));
    addEventListener('unhandledrejection', event => window.complaints.push('rejection: ' + event.reason));
    const say = console.error;
    console.error = (...words) => { window.complaints.push(words.join(' ')); say(...words); };";

/// A person at work on a page.
struct Work {
    world: World,
    page: &'static str,
    sections: &'static [&'static str],
}

impl Work {
    /// Signs in and opens `path`, and waits until each of the sections shows something.
    async fn begin(account: &str, path: &'static str, sections: &'static [&'static str]) -> Self {
        let world = World::start().await;
        world.browser.before_every_page(WATCH).await;
        world.log_in(account).await;
        let work = Self { world, page: path, sections };
        work.world.open_and_settle(path).await;
        work.wait_until_ready().await;
        work
    }

    async fn wait_until_ready(&self) {
        for section in self.sections {
            self.world.browser.wait_for_element(&format!("[data-testid={section}][data-state=ready]")).await;
        }
    }

    /// Kills the node that requests go to.
    async fn kill_node_in_use(&self) -> usize {
        let node = self.world.current().await;
        self.world.cluster.kill(node).unwrap();
        // Answers to what is asked from here on.
        self.world.browser.run("window.killedAt = performance.now()").await;
        node
    }

    /// Waits until the page asked for `path` anew, by itself, and was answered.
    async fn wait_until_asked(&self, path: &str) {
        let script = format!(
            "return performance.getEntriesByType('resource').some(entry => entry.startTime > window.killedAt \
               && entry.responseStatus === 200 && new URL(entry.name).pathname === '{path}')"
        );
        self.world.browser.wait_for(path, &script).await;
    }

    /// The page is still itself, all of it is there, and nothing was ever wrong with it.
    async fn end(self) {
        let Self { world, page, sections } = &self;
        self.wait_until_ready().await;
        let name = page.trim_start_matches('/');
        world.browser.wait_for_element(&format!("main[data-page={name}]")).await;
        assert_eq!(world.browser.run("return location.pathname").await, json!(page));
        let states = world.browser.run("return window.states").await;
        println!("{page}: {states}");
        for section in *sections {
            let states = states[section].as_array().expect("the section was there");
            assert!(!states.contains(&json!("error")), "{page}: {section} was {states:?}");
        }
        assert_eq!(world.browser.run("return window.complaints").await, json!([]), "{page}");
    }
}

#[tokio::test]
async fn the_administration_goes_on() {
    let work = Work::begin("admin", "/admin", &["stats", "charts", "raft", "top-providers"]).await;
    let node = work.kill_node_in_use().await;
    work.world.wait_for_state(node, "failed").await;
    work.wait_until_asked("/api/admin/stats").await;
    work.wait_until_asked("/api/metrics/dashboard").await;
    work.end().await;
}

#[tokio::test]
async fn the_live_demonstration_goes_on() {
    let work = Work::begin("admin", "/live", &["latency", "tolerance", "producers", "access"]).await;
    let badge = "[data-testid=stream][data-stream=live]";
    let three = format!("return document.querySelectorAll('{badge}').length === 3");
    work.world.browser.wait_for("three streams", &three).await;
    let node = work.kill_node_in_use().await;
    // The list of moves, and the streams, of which some may have been elsewhere.
    let elsewhere = format!(
        "const all = [...document.querySelectorAll('{badge}')]; return all.length === 3 \
           && all.every(badge => !badge.textContent.includes('{node}'))"
    );
    work.world.browser.wait_for("three streams elsewhere", &elsewhere).await;
    work.wait_until_asked("/api/metrics/latency/history").await;
    work.end().await;
}

#[tokio::test]
async fn a_performance_test_goes_on_and_ends_on_the_page() {
    let work = Work::begin("researcher", "/performance", &["test-form", "test", "runs", "compare"]).await;
    let world = &work.world;
    // The leader runs the test: a follower is the node in use.
    let leader = world.cluster.leader().await.expect("a leader");
    let follower = (leader + 1) % world.cluster.len();
    world.browser.run_async(&format!("return await window.apiService.switchToNode({follower})")).await;
    let test = json!({ "numberOfProviders": 3, "seatsPerProvider": 20, "numberOfNodes": 3, "numberOfUsers": 6,
                       "testDurationMinutes": 0.2, "reservationRate": 20 });
    let begun = format!(
        "return await window.apiService.fetchWithFailover('/api/performance-test/run', {{method: 'POST', body: {test}, idempotent: true}})"
    );
    let begun = world.browser.run_async(&begun).await;
    let id = begun["body"]["testId"].as_str().unwrap_or_else(|| panic!("no test: {begun}")).to_owned();
    let progress = "parseFloat(document.querySelector('[data-testid=test-progress]').textContent.replace(',', '.'))";
    world.browser.wait_for("progress", &format!("return {progress} > 0")).await;
    assert_eq!(work.kill_node_in_use().await, follower);
    let before = world.browser.run(&format!("return {progress}")).await;
    let further = format!("return {progress} > {before} && {progress}");
    let after = world.browser.wait_for("more progress", &further).await;
    println!("progress {before} % when the node was killed, then {after} %");
    world.browser.wait_for_element("[data-testid=test-status][data-running=false]").await;
    world.browser.wait_for_text("[data-testid=runs]", &id).await;
    work.end().await;
}

#[tokio::test]
async fn research_goes_on() {
    let work = Work::begin("researcher", "/research", &["measurements", "recovery"]).await;
    work.kill_node_in_use().await;
    work.wait_until_asked("/api/metrics/latency/history").await;
    work.end().await;
}

#[tokio::test]
async fn a_provider_goes_on() {
    let work = Work::begin("provider", "/provider", &["vehicles", "reservations"]).await;
    let browser = &work.world.browser;
    let row = "[data-testid=vehicle][data-published=true]";
    let id = browser.attribute(row, "data-vehicle-id").await.expect("an id");
    work.kill_node_in_use().await;
    let row = format!("[data-testid=vehicle][data-vehicle-id='{id}']");
    browser.click(&format!("{row} [data-testid=unpublish]")).await;
    browser.wait_for_element(&format!("{row}[data-published=false]")).await;
    work.wait_until_asked("/reservations/").await;
    work.end().await;
}

#[tokio::test]
async fn a_traveller_goes_on() {
    let work = Work::begin("user", "/user", &["vehicles", "reservations"]).await;
    let browser = &work.world.browser;
    browser.click("[data-testid=vehicle]").await;
    browser.wait_for_element("[data-testid=seats][data-state=ready]").await;
    let free = "[data-testid=seat][data-available=true]";
    let seat = browser.attribute(free, "data-seat-id").await.expect("a free seat has an id");
    work.kill_node_in_use().await;
    browser.click(&format!("[data-seat-id='{seat}']")).await;
    browser.click("[data-testid=reserve]").await;
    browser.wait_for_element(&format!("[data-seat-id='{seat}'][data-mine=true]")).await;
    browser.wait_for_element("[data-testid=reservation][data-status=COMMITTED]").await;
    work.end().await;
}

#[tokio::test]
async fn the_settings_go_on() {
    let work =
        Work::begin("admin", "/settings", &["settings-nodes", "figures", "appearance", "settings-transfer"]).await;
    let browser = &work.world.browser;
    let node = work.kill_node_in_use().await;
    let row = format!("[data-testid=settings-node][data-node-url='{}']", work.world.cluster.url(node));
    browser.click(&format!("{row} [data-testid=node-test]")).await;
    browser.wait_for_element(&format!("{row}[data-node-state=failed]")).await;
    browser.click("[data-testid=settings-save]").await;
    browser.wait_for_element("[data-testid=notice]").await;
    let read = work.world.read("/api/raft/status").await;
    assert_eq!((&read["status"], read["node"] == node), (&json!(200), false), "{read}");
    work.end().await;
}
