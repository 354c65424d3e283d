//! What is between the nodes is for the nodes alone: attacks on the private port, and on the public one in its place.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use reference_cluster::peers::door::{NONCE, PORT_PATH, PROOF};
use reference_cluster::peers::secret::{Request, Secret};
use reference_cluster::peers::{Ask, PeerError, Peers};
use reference_cluster::{Client, ClusterOptions, Writes};
use reqwest::Method;
use serde_json::json;
use support::{cluster, cluster_with, follower, login};

const BETWEEN_NODES: [(&str, &str); 13] = [
    ("POST", "/raft/append"),
    ("POST", "/raft/vote"),
    ("POST", "/raft/snapshot"),
    ("POST", "/raft/propose"),
    ("POST", "/raft/trial"),
    ("POST", "/raft/aside"),
    ("POST", "/raft/aside/over"),
    ("POST", "/raft/vcube"),
    ("POST", "/raft/vcube/tree"),
    ("POST", "/raft/vcube/missing"),
    ("POST", "/raft/vcube/repair"),
    ("GET", "/raft/ping"),
    ("GET", "/raft/timings"),
];
const PATIENCE: Duration = Duration::from_secs(10);

fn method(name: &str) -> Method {
    Method::from_bytes(name.as_bytes()).unwrap()
}

/// A client of the private port of node `i`.
async fn at_private_port(peers: &Peers, i: u64) -> Client {
    Client::new(peers.find(i).await.unwrap()).unwrap()
}

#[tokio::test]
async fn nothing_between_nodes_is_served_on_the_public_port() {
    let cluster = cluster().await;
    let client = cluster.client(0).unwrap();
    // A follower, which passes writes on, once let these pass to the private port of the leader.
    for (node, (name, path)) in (0..3).flat_map(|node| BETWEEN_NODES.map(|between| (node, between))) {
        let client = cluster.client(node).unwrap();
        let answer = client.send(client.request(method(name), path).json(&json!({}))).await.unwrap();
        assert_eq!((answer.status, answer.value()["error"].as_str()), (404, Some("not_found")), "{path} at {node}");
    }
    // Where the private port is is told to nodes alone.
    assert_eq!(client.get(PORT_PATH).await.unwrap().status, 401);
}

#[tokio::test]
async fn the_private_port_is_another_one_and_refuses_who_does_not_prove_the_secret() {
    let cluster = cluster().await;
    let peers = cluster.as_a_node().await.unwrap();
    let leader = cluster.wait_for_leader().await.unwrap() as u64;
    let private = at_private_port(&peers, leader).await;
    assert!(!cluster.urls().contains(&private.base().to_owned()), "{}", private.base());
    let token = login(&cluster, 0, "admin").await.token.unwrap();
    let wrong = Secret::new("the secret of another cluster").unwrap();
    for (name, path) in BETWEEN_NODES.into_iter().chain([("POST", "/api/integrated/vehicles"), ("GET", "/api/health")])
    {
        let plain = || private.request(method(name), path).bearer_auth(&token).body("{}");
        assert_eq!(private.send(plain()).await.unwrap().status, 401, "{path} without a proof");
        let guess = plain().header(NONCE, "n").header(PROOF, "00".repeat(32));
        assert_eq!(private.send(guess).await.unwrap().status, 401, "{path} with a guess");
        let request = Request { to: leader, method: name, path, nonce: "n", body: b"{}" };
        let forged = plain().header(NONCE, "n").header(PROOF, wrong.of_request(&request));
        assert_eq!(private.send(forged).await.unwrap().status, 401, "{path} with another secret");
    }
    let preflight = private.request(Method::OPTIONS, "/raft/vote").header("Origin", "http://localhost:5173");
    let answer = private.send(preflight.header("Access-Control-Request-Method", "POST")).await.unwrap();
    assert!(answer.header("access-control-allow-origin").is_none(), "Raft is not for pages");
    let pong = peers.ask(leader, Ask { method: Method::GET, ..Ask::post("/raft/ping", "".into()) }, PATIENCE).await;
    assert_eq!(pong.unwrap().status, 200, "a node is let in");
}

#[tokio::test]
async fn what_was_proved_to_one_node_is_no_proof_for_another_nor_for_other_words() {
    let cluster = cluster().await;
    let peers = cluster.as_a_node().await.unwrap();
    let secret = cluster.secret().unwrap();
    let request = Request { to: 0, method: "GET", path: "/raft/ping", nonce: "n", body: b"" };
    let proof = secret.of_request(&request);
    for (node, path, nonce, status) in [
        (0, "/raft/ping", "n", 200),
        (1, "/raft/ping", "n", 401),
        (0, "/raft/timings", "n", 401),
        (0, "/raft/ping?again", "n", 401),
        (0, "/raft/ping", "m", 401),
    ] {
        let client = at_private_port(&peers, node).await;
        let sent = client.request(Method::GET, path).header(NONCE, nonce).header(PROOF, &proof);
        assert_eq!(client.send(sent).await.unwrap().status, status, "{path} at node {node} with {nonce}");
    }
}

#[tokio::test]
async fn a_client_that_says_it_is_a_node_is_treated_as_a_client() {
    let cluster = cluster().await;
    let follower = follower(&cluster).await;
    let user = login(&cluster, follower, "user").await;
    let wanted = user.wanted_seat("v-mtl-qc", "1A").await.unwrap();
    let request = user.request(Method::POST, "/reservations/").json(&wanted).header("X-Forwarded-By-Node", "0");
    let answer = user.send(request).await.unwrap();
    assert_eq!(answer.status, 201, "a write that a node passed on would not be passed on again: {}", answer.text);
}

#[tokio::test]
async fn a_follower_passes_writes_on_and_nothing_else_of_the_contract_is_between_nodes() {
    let cluster = cluster().await;
    let peers = cluster.as_a_node().await.unwrap();
    for path in ["/api/health", "/api/metrics/raft/events/stream", "/api/admin/users"] {
        let ask = Ask { method: Method::GET, ..Ask::post(path, "".into()) };
        assert_eq!(peers.ask(0, ask, PATIENCE).await.unwrap().status, 405, "{path}");
    }
    // Whoever it is passed on for has to be somebody.
    let leader = cluster.wait_for_leader().await.unwrap() as u64;
    let ask = Ask::post("/reservations/", r#"{"userId":"user"}"#.into());
    assert_eq!(peers.ask(leader, ask, PATIENCE).await.unwrap().status, 401);
}

#[tokio::test]
async fn a_program_on_the_port_of_a_dead_node_is_told_nothing_and_believed_nothing() {
    let cluster = cluster_with(ClusterOptions { writes: Writes::Hint, ..ClusterOptions::default() }).await;
    let leader = cluster.wait_for_leader().await.unwrap();
    let dead = (leader + 1) % 3;
    let address = cluster.node_url(dead).trim_start_matches("http://").to_owned();
    cluster.kill(dead).unwrap();
    let (asked, told) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let listener = tokio::net::TcpListener::bind(&address).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let counted = (asked.clone(), told.clone());
    // It says that its private port is this same one, and would take whatever is sent there.
    let impostor = Router::new().fallback(move |request: axum::extract::Request| {
        let (asked, told) = counted.clone();
        async move {
            let counter = if request.uri().path() == PORT_PATH { &asked } else { &told };
            counter.fetch_add(1, Ordering::Relaxed);
            (StatusCode::OK, [(PROOF, "00".repeat(32))], json!({ "port": port }).to_string()).into_response()
        }
    });
    let impostor = tokio::spawn(async move { axum::serve(listener, impostor).await });
    let user = login(&cluster, leader, "user").await;
    let started = std::time::Instant::now();
    user.book_any("v-mtl-qc").await.unwrap();
    while asked.load(Ordering::Relaxed) < 5 {
        user.book_any("v-mtl-qc").await.unwrap();
        assert!(started.elapsed() < Duration::from_secs(30), "nobody looks for the dead node");
    }
    assert_eq!(told.load(Ordering::Relaxed), 0, "nothing of the cluster reached the impostor");
    impostor.abort();
    let _ = impostor.await;
    cluster.restart(dead).await.unwrap();
    cluster.wait_until_serving(dead).await.unwrap();
    assert!(!user.at(cluster.url(dead)).reservations().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_node_that_is_restarted_has_another_private_port_and_is_found_again() {
    let cluster = cluster().await;
    let before = cluster.as_a_node().await.unwrap().find(2).await.unwrap();
    for _ in 0..2 {
        cluster.restart(2).await.unwrap();
        cluster.wait_until_serving(2).await.unwrap();
    }
    let peers = cluster.as_a_node().await.unwrap();
    println!("from {before} to {}", peers.find(2).await.unwrap());
    let gone = reference_cluster::peers::Addresses {
        public: [(2, "http://127.0.0.1:1".to_owned())].into(),
        private: std::collections::BTreeMap::new(),
    };
    let lost = Peers::new(9, gone, cluster.secret().unwrap()).unwrap();
    assert!(matches!(lost.find(2).await, Err(PeerError::NotReached(_))));
    let never = lost.get::<serde_json::Value>(2, "/raft/ping", Duration::from_millis(50)).await;
    assert!(matches!(never, Err(PeerError::NotReached(_))));
}

#[test]
fn nodes_of_one_cluster_do_not_start_without_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let peers = "0=http://127.0.0.1:1,1=http://127.0.0.1:2";
    let start = |secret: Option<&str>| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vcube-node"));
        command.args(["--id", "0", "--listen", "127.0.0.1:0", "--peers", peers, "--data"]).arg(folder.path());
        if let Some(secret) = secret {
            let file = folder.path().join("secret");
            std::fs::write(&file, secret).unwrap();
            command.arg("--secret-file").arg(file);
        }
        let output = command.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(start(None).contains("--secret-file"));
    assert!(start(Some("short")).contains("at least 16"));
}
