//! The login form of the HTML, before the application runs.

use reference_cluster::harness::cluster::{Cluster, ClusterOptions};
use reference_cluster::seed::demo_account;
use serde_json::json;

use crate::browser::{Browser, Look};
use crate::world::serve_with_held_wasm;

#[tokio::test]
async fn what_is_typed_and_sent_before_the_application_runs_signs_in() {
    let cluster = Cluster::start(ClusterOptions::default()).await.expect("a cluster with a leader");
    let (site, held) = serve_with_held_wasm(&json!({ "nodes": cluster.urls() }).to_string()).await;
    let browser = Browser::start(Look::default()).await;
    let account = demo_account("user").expect("a demo account");
    // Whatever was asked for: nobody is signed in, so it will be the login.
    browser.goto(&format!("{}/user?vehicle=v-mtl-qc", site.url())).await;
    browser.type_into("#boot [data-testid=login-email]", account.email).await;
    browser.type_into("#boot [data-testid=login-password]", account.password).await;
    browser.click("#boot [data-testid=login-submit]").await;
    let state = browser.run("return [!!document.querySelector('main[data-page]'), document.querySelector('#boot button').getAttribute('aria-busy')]").await;
    assert_eq!(state, json!([false, "true"]), "the application does not run, and the form was sent");

    held.send(false).expect("the site waits");
    browser.wait_for_element("main[data-page=user]").await;
    let address = browser.run("return location.pathname + location.search").await;
    assert_eq!(address, json!("/user?vehicle=v-mtl-qc"));
    assert_eq!(browser.run("return document.getElementById('boot')").await, json!(null));
}

#[tokio::test]
async fn focus_caret_and_what_was_typed_stay_when_the_application_takes_over() {
    let cluster = Cluster::start(ClusterOptions::default()).await.expect("a cluster with a leader");
    let (site, held) = serve_with_held_wasm(&json!({ "nodes": cluster.urls() }).to_string()).await;
    let browser = Browser::start(Look::default()).await;
    browser.goto(&format!("{}/login", site.url())).await;
    browser.type_into("#boot [data-testid=login-email]", "user@vcube.test").await;
    // As a browser that fills in a password: no event at all.
    browser
        .run("document.getElementById('login-password').value = 'filled in'; document.getElementById('login-email').setSelectionRange(4, 7)")
        .await;
    held.send(false).expect("the site waits");
    browser.wait_for_element("main[data-page=login]").await;
    browser.wait_for("the focus", "return document.activeElement.id === 'login-email'").await;
    let taken_over = browser
        .run(
            "const email = document.getElementById('login-email'); \
             return [email.value, document.getElementById('login-password').value, email.selectionStart, email.selectionEnd]",
        )
        .await;
    assert_eq!(taken_over, json!(["user@vcube.test", "filled in", 4, 7]));
}

#[tokio::test]
async fn somebody_who_is_signed_in_or_asks_for_the_guide_sees_no_login_form() {
    let (site, _held) = serve_with_held_wasm("{}").await;
    let browser = Browser::start(Look::default()).await;
    let form_is_shown = "return !document.querySelector('#boot > .page').hidden";
    browser.goto(&format!("{}/user", site.url())).await;
    assert_eq!(browser.run(form_is_shown).await, json!(true));
    browser.goto(&format!("{}/guide", site.url())).await;
    assert_eq!(browser.run(form_is_shown).await, json!(false));
    browser
        .run("sessionStorage.setItem('vcube.session', '{\"role\":\"USER\",\"user\":\"user\",\"token\":\"t\"}')")
        .await;
    browser.goto(&format!("{}/user", site.url())).await;
    assert_eq!(browser.run(form_is_shown).await, json!(false));
}

#[tokio::test]
async fn the_form_speaks_the_chosen_language() {
    let (site, _held) = serve_with_held_wasm("{}").await;
    let browser = Browser::start(Look::default()).await;
    browser.goto(&format!("{}/login", site.url())).await;
    assert_eq!(browser.run("return document.querySelector('#boot button').textContent").await, json!("Se connecter"));
    browser.run("localStorage.setItem('vcube.lang', 'en')").await;
    browser.goto(&format!("{}/login", site.url())).await;
    assert_eq!(browser.run("return document.querySelector('#boot button').textContent").await, json!("Sign in"));
}

#[tokio::test]
async fn the_accounts_of_a_demonstration_sign_in_with_one_click() {
    let cluster = Cluster::start(ClusterOptions::default()).await.expect("a cluster with a leader");
    let account = demo_account("provider").expect("a demo account");
    let config = json!({
        "nodes": cluster.urls(),
        "demoAccounts": [{ "role": "PROVIDER", "email": account.email, "password": account.password }],
    });
    let site = crate::world::serve(&config.to_string()).await;
    let browser = Browser::start(Look::default()).await;
    browser.goto(&format!("{}/login", site.url())).await;
    browser.click("[data-testid=demo-account][data-role=PROVIDER]").await;
    browser.wait_for_element("main[data-page=provider]").await;
}
