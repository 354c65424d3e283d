//! The list of routes is what is served, no more and no less.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::BTreeSet;

use reference_cluster::{EventStream, ROUTES};
use reqwest::Method;
use support::cluster;

#[tokio::test]
async fn every_route_of_the_list_is_served() {
    let cluster = cluster().await;
    let nobody = cluster.client(0).unwrap();
    for (method, path) in ROUTES {
        if path.ends_with("/stream") {
            EventStream::open(&nobody, path, None).await.unwrap();
            continue;
        }
        let id = if path.contains("/providers/") { "provider" } else { "v-mtl-qc" };
        let asked = path.replace("{id}", id).replace("{userId}", "user");
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = nobody.send(nobody.request(method.clone(), &asked)).await.unwrap();
        let known = [200, 400, 401].contains(&answer.status);
        assert!(known, "{method} {path}: {} {}", answer.status, answer.text);
    }
}

/// With every id called the same.
fn normal(path: &str) -> String {
    let parts: Vec<_> = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
    parts.join("/")
}

#[test]
fn every_path_that_is_served_is_in_the_list() {
    let listed: BTreeSet<String> = ROUTES.iter().map(|(_, path)| normal(path)).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/api");
    let mut served = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        served.extend(text.split(".route(\"").skip(1).map(|rest| normal(rest.split('"').next().unwrap())));
    }
    assert!(served.remove("/reservations"), "the alias");
    assert_eq!(served, listed);
}
