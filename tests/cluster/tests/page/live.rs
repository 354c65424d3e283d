//! The live page in front of a backend without streams, and a test that it can begin.

use crate::world::World;

/// As a backend answers that has no streams.
const WITHOUT_STREAMS: &str = "
    const real = window.fetch;
    window.fetch = (request, ...rest) => (request.url ?? String(request)).includes('/events/stream')
        ? Promise.resolve(new Response('{}', {status: 404, headers: {'Content-Type': 'application/json'}}))
        : real(request, ...rest);";

/// The stream of the cluster never answers: an election of a busy machine would fill the chart.
const SILENT_STREAM: &str = "
    const real = window.fetch;
    window.fetch = (request, ...rest) => new URL(request.url ?? String(request), location).pathname
        === '/api/metrics/vcube/events/stream' ? new Promise(() => {}) : real(request, ...rest);";

#[tokio::test]
async fn without_streams_the_live_page_shows_the_history_and_goes_on_showing_what_is_new() {
    let world = World::start().await;
    let client = world.cluster.client(0).unwrap().login_demo("user2").await.unwrap();
    for _ in 0..3 {
        client.book_any("v-mtl-qc").await.unwrap();
    }
    world.browser.before_every_page(WITHOUT_STREAMS).await;
    world.log_in("user").await;
    world.open("/live").await;
    for section in ["latency", "tolerance", "producers"] {
        let css = format!("[data-testid={section}] [data-testid=stream][data-stream=unsupported]");
        world.browser.wait_for_element(&css).await;
    }
    world.browser.wait_for_element("[data-testid=chart-latency][data-empty=false]").await;
    world.browser.wait_for_element("[data-testid=chart-throughput]").await;
    let total = |count: usize| {
        format!(
            "const of = [...document.querySelectorAll('[data-testid=producers] .figure')]; \
             return of.some(one => one.querySelector('dt').textContent.includes('demandées') \
               && one.querySelector('dd').textContent.trim() === '{count}')"
        )
    };
    world.browser.wait_for("three reservations", &total(3)).await;
    world.browser.wait_for_text("[data-testid=producers] .figures", "Échouées").await;
    client.book_any("v-mtl-qc").await.unwrap();
    world.browser.wait_for("four reservations, without a reload", &total(4)).await;
    assert_eq!(world.browser.count("[data-testid=live-quick-test]").await, 0, "not for users");
}

#[tokio::test]
async fn a_chart_without_data_says_in_a_line_what_will_fill_it_in_both_languages() {
    let world = World::start().await;
    world.browser.before_every_page(SILENT_STREAM).await;
    world.log_in("user").await;
    world.open("/live").await;
    world.browser.wait_for_element("[data-testid=latency][data-state=ready]").await;
    for words in ["Chaque réservation en diffuse un", "Every reservation broadcasts one"] {
        world.browser.wait_for_text("[data-testid=chart-origins][data-empty=true] .chart-empty", words).await;
        let height = "return document.querySelector('[data-testid=chart-origins]').getBoundingClientRect().height";
        let height = world.browser.run(height).await.as_f64().unwrap_or_default();
        assert!(height > 0.0 && height < 160.0, "{height} px");
        world.browser.click("[data-testid=language]").await;
    }
}

#[tokio::test]
async fn a_researcher_begins_a_quick_test_on_the_live_page() {
    let world = World::start().await;
    world.log_in("researcher").await;
    world.open("/live").await;
    world.browser.wait_for_element("[data-testid=quick-test][data-state=ready]").await;
    world.browser.click("[data-testid=live-quick-test]").await;
    world.browser.wait_for_element("[data-testid=live-test-status][data-running=true]").await;
    world.browser.wait_for_element("[data-testid=live-quick-test][aria-disabled=true]").await;
    world.browser.click("[data-testid=language]").await;
    world.browser.wait_for_text("[data-testid=quick-test] h2", "Quick test").await;
}
