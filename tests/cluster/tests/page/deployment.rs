//! What a deployment says in `config.json` that reaches every call.

use serde_json::{Value, json};

use crate::browser::js;
use crate::world::{World, serve};

/// Remembers which requests carry the header, as a gateway would see it, and takes it off before the nodes, which do not
/// know it.
const GATEWAY: &str = "
    window.asked = [];
    const real = window.fetch;
    window.fetch = (request, ...rest) => {
        if (request.headers) {
            asked.push({path: new URL(request.url).pathname, key: request.headers.get('X-Gateway-Key')});
            request.headers.delete('X-Gateway-Key');
        }
        return real(request, ...rest);
    };";

#[tokio::test]
async fn headers_of_the_configuration_go_with_every_call_but_health_checks_and_in_no_export() {
    let world = World::start().await;
    let config = json!({ "nodes": world.cluster.urls(), "headers": { "X-Gateway-Key": "k-secret" } });
    let site = serve(&config.to_string()).await;
    world.browser.before_every_page(GATEWAY).await;
    world.browser.goto(&format!("{}/login", site.url())).await;
    world.fill_in_login("admin").await;
    world.browser.click("[data-testid=login-submit]").await;
    world.wait_for_state(0, "healthy").await;
    world.browser.click("header a[href='/live']").await;
    let streams = "return asked.some(one => one.path.includes('/events/stream'))";
    world.browser.wait_for("a stream", streams).await;
    let asked = world.browser.run("return asked").await;
    let asked = asked.as_array().cloned().unwrap_or_default();
    let path = |one: &Value| one["path"].as_str().unwrap_or_default().to_owned();
    assert!(asked.iter().any(|one| path(one) == "/api/auth/login"), "{asked:?}");
    for one in asked.iter().filter(|one| path(one).starts_with("/api/") || path(one).starts_with("/reservations")) {
        let expected = if path(one) == "/api/health" { Value::Null } else { json!("k-secret") };
        assert_eq!(one["key"], expected, "{}", path(one));
    }
    let journal = world.browser.run_async("return JSON.stringify(await window.apiService.journal())").await;
    assert!(!journal.to_string().contains("k-secret"));
    world.browser.click("header a[href='/settings']").await;
    world.browser.wait_for_element("[data-testid=settings-export]").await;
    let kept = "let text = ''; URL.createObjectURL = blob => { window.saved = blob; return 'blob:x'; }; \
                document.querySelector('[data-testid=settings-export]').click(); return await window.saved.text()";
    let exported = world.browser.run_async(kept).await;
    assert!(exported.as_str().is_some_and(|text| text.contains("nodes") && !text.contains("k-secret")), "{exported}");
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_refused_with_its_reason_and_without_its_value() {
    let world = World::start().await;
    for (name, fr, en) in [
        ("Cookie", "les navigateurs l’interdisent", "browsers forbid it"),
        ("Authorization", "l’application le fixe elle-même", "the application sets it itself"),
    ] {
        let config = json!({ "nodes": world.cluster.urls(), "headers": { name: "k-secret" } });
        let site = serve(&config.to_string()).await;
        for (lang, words) in [("fr", fr), ("en", en)] {
            world.browser.goto(&site.url()).await;
            world.browser.run(&format!("localStorage.setItem('vcube.lang', {})", js(lang))).await;
            world.browser.reload().await;
            world.browser.wait_for_text("main", words).await;
            let text = world.browser.run("return document.body.innerText").await;
            let text = text.as_str().unwrap_or_default();
            assert!(text.contains(name) && text.contains("config") && !text.contains("k-secret"), "{text}");
        }
    }
}
