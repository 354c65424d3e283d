//! What a client sees through a proxy that breaks things, and what the site serves.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::time::{Duration, Instant};

use reference_cluster::{Answer, Client, ClientError, Cluster, ClusterOptions, Fault, StaticSite};
use reqwest::Method;
use support::cluster_with;

const HEALTH: &str = "/api/health";

async fn one_node() -> Cluster {
    cluster_with(ClusterOptions { nodes: 1, with_proxies: true, ..ClusterOptions::default() }).await
}

async fn under(cluster: &Cluster, fault: Fault) -> Result<Answer, ClientError> {
    cluster.fault(0, fault).await.unwrap();
    Client::with_timeout(cluster.url(0), Duration::from_millis(700)).unwrap().get(HEALTH).await
}

fn failure(answer: Result<Answer, ClientError>) -> reqwest::Error {
    match answer {
        Err(ClientError::Http(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_fault_is_seen_by_a_plain_client_and_goes_away() {
    let cluster = one_node().await;
    assert!(failure(under(&cluster, Fault::Refuse).await).is_connect());
    assert!(failure(under(&cluster, Fault::Hang).await).is_timeout());
    for (fault, status, retry_after) in [
        (Fault::Status500, 500, None),
        (Fault::Status503RetryAfter(3), 503, Some("3")),
        (Fault::Status429(7), 429, Some("7")),
    ] {
        let answer = under(&cluster, fault).await.unwrap();
        assert_eq!((answer.status, answer.header("retry-after")), (status, retry_after));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
    let started = Instant::now();
    assert_eq!(under(&cluster, Fault::Slow(Duration::from_millis(300))).await.unwrap().status, 200);
    assert!(started.elapsed() >= Duration::from_millis(300));
    let garbage = under(&cluster, Fault::GarbageJson).await.unwrap();
    assert!(garbage.status == 200 && garbage.json::<serde_json::Value>().is_err());
    let page = under(&cluster, Fault::HtmlPage).await.unwrap();
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let cut = failure(under(&cluster, Fault::CutMidBody).await);
    assert!(!cut.is_timeout() && !cut.is_connect(), "{cut:?}");
    assert!(failure(under(&cluster, Fault::StallMidBody).await).is_timeout());
    cluster.clear(0).await.unwrap();
    assert_eq!(cluster.client(0).unwrap().get(HEALTH).await.unwrap().status, 200);
}

#[tokio::test]
async fn headers_arrive_before_a_body_is_cut_or_stalls() {
    let cluster = one_node().await;
    for fault in [Fault::CutMidBody, Fault::StallMidBody] {
        cluster.fault(0, fault).await.unwrap();
        let client = Client::with_timeout(cluster.url(0), Duration::from_millis(700)).unwrap();
        let response = client.request(Method::GET, HEALTH).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.text().await.is_err());
    }
}

#[tokio::test]
async fn a_booking_whose_answer_was_cut_is_applied_once_under_its_key() {
    let cluster = one_node().await;
    let user = cluster.client(0).unwrap().login_demo("user").await.unwrap();
    let wanted = user.wanted_seat("v-mtl-qc", "1A").await.unwrap();
    cluster.fault(0, Fault::CutMidBody).await.unwrap();
    assert!(user.book(&wanted, Some("cut")).await.is_err());
    cluster.clear(0).await.unwrap();
    assert_eq!(user.reservations().await.unwrap().len(), 1);
    assert_eq!(user.book(&wanted, Some("cut")).await.unwrap().status, 201);
    assert_eq!(user.reservations().await.unwrap().len(), 1);
}

#[tokio::test]
async fn preflights_pass_a_proxy_that_answers_errors() {
    let cluster = one_node().await;
    let client = Client::with_timeout(cluster.url(0), Duration::from_millis(700)).unwrap();
    let preflight = || {
        let request = client.request(Method::OPTIONS, "/reservations/").header("Origin", "http://localhost:5173");
        client.send(request.header("Access-Control-Request-Method", "POST"))
    };
    for fault in [Fault::Status500, Fault::Status429(1), Fault::GarbageJson, Fault::CutMidBody, Fault::HtmlPage] {
        cluster.fault(0, fault).await.unwrap();
        assert_eq!(preflight().await.unwrap().header("access-control-max-age"), Some("7200"), "{fault:?}");
    }
    cluster.fault(0, Fault::Hang).await.unwrap();
    assert!(preflight().await.is_err());
}

#[tokio::test]
async fn a_killed_or_paused_node_looks_the_same_through_its_proxy() {
    let cluster = cluster_with(ClusterOptions { with_proxies: true, ..ClusterOptions::default() }).await;
    let client = Client::with_timeout(cluster.url(0), Duration::from_millis(700)).unwrap();
    cluster.pause(0).unwrap();
    assert!(failure(client.get(HEALTH).await).is_timeout());
    cluster.resume(0).unwrap();
    cluster.kill(0).unwrap();
    assert!(!failure(client.get(HEALTH).await).is_timeout());
    cluster.restart(0).await.unwrap();
    assert_eq!(client.get(HEALTH).await.unwrap().status, 200);
    let leader = cluster.wait_for_leader().await.unwrap();
    let user = cluster.client((leader + 1) % 3).unwrap().login_demo("user").await.unwrap();
    user.book_any("v-mtl-qc").await.unwrap();
}

#[tokio::test]
async fn the_site_serves_files_pages_and_its_own_configuration() {
    let dist = tempfile::tempdir().unwrap();
    std::fs::create_dir(dist.path().join("assets")).unwrap();
    for (name, text) in [("index.html", "<p>app"), ("app.wasm", "\0asm"), ("app.js", "1"), ("config.json", "{}")] {
        std::fs::write(dist.path().join(name), text).unwrap();
    }
    let site = StaticSite::start(dist.path(), Some("{\"nodes\":[]}".into()), None).await.unwrap();
    let client = Client::new(site.url()).unwrap();
    for (path, status, kind, text) in [
        ("/", 200, "text/html", "<p>app"),
        ("/admin/nodes", 200, "text/html", "<p>app"),
        ("/assets", 200, "text/html", "<p>app"),
        ("/app.wasm", 200, "application/wasm", "\0asm"),
        ("/app.js", 200, "text/javascript", "1"),
        ("/config.json", 200, "application/json", "{\"nodes\":[]}"),
        ("/missing.js", 404, "", ""),
        ("/../Cargo.toml", 404, "", ""),
    ] {
        let answer = client.get(path).await.unwrap();
        assert_eq!((answer.status, answer.text.as_str()), (status, text), "{path}");
        assert!(answer.header("content-type").unwrap_or("").starts_with(kind), "{path}: {:?}", answer.headers);
    }
}
