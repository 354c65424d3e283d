//! Attacks on a cluster that faces a network: each was seen to work once, and each is held off here.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Child, Command as Program, Stdio};
use std::time::Duration;

use reference_cluster::harness::ports::free_port;
use reference_cluster::peers::Ask;
use reference_cluster::store::state::{Account, Action, Caller, Command};
use reference_cluster::wire::{NewReservation, Role, VehicleDraft};
use reference_cluster::{Client, ClusterOptions, DEMO_ACCOUNTS};
use reqwest::Method;
use serde_json::{Value, json};
use support::{cluster, cluster_with, login};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(10);
const STREAM: &str = "/api/metrics/raft/events/stream";

fn draft(capacity: u32) -> Box<VehicleDraft> {
    let text = || "x".to_owned();
    Box::new(VehicleDraft {
        name: text(),
        make: text(),
        model: text(),
        license_plate: text(),
        capacity,
        departure: None,
        destination: None,
        departure_time: None,
        price: None,
        published: Some(true),
        provider_id: None,
    })
}

fn by(id: &str, role: Role) -> Option<Caller> {
    Some(Caller { id: id.to_owned(), role })
}

#[tokio::test]
async fn what_even_a_node_proposes_is_checked_before_it_is_applied() {
    let cluster = cluster().await;
    let peers = cluster.as_a_node().await.unwrap();
    let leader = cluster.wait_for_leader().await.unwrap();
    let administrator = Account {
        id: "evil".into(),
        email: "evil@vcube.test".into(),
        name: "Evil".into(),
        role: Role::Admin,
        phone: None,
        company: None,
        description: None,
        password_hash: String::new(),
    };
    let seat = NewReservation {
        user_id: "user".into(),
        provider_id: "provider".into(),
        vehicle_id: "v-mtl-qc".into(),
        seat_id: "v-mtl-qc-1A".into(),
    };
    let huge = Action::CreateVehicle { id: "huge".into(), draft: draft(4_000_000_000) };
    for (caller, action, status) in [
        (by("provider", Role::Provider), huge, 400),
        (None, Action::Register(Box::new(administrator)), 400),
        (by("nobody", Role::Admin), Action::Reserve { id: "r".into(), wanted: Box::new(seat.clone()) }, 401),
        (by("user2", Role::Admin), Action::Reserve { id: "r".into(), wanted: Box::new(seat) }, 403),
        (by("user", Role::User), Action::Subscribe(None), 403),
    ] {
        let shown = format!("{action:?}");
        let command = Command { at_ms: 1, by: caller, key: None, action };
        let ask = Ask::post("/raft/propose", serde_json::to_vec(&command).unwrap().into());
        let written: Value = peers.ask(leader as u64, ask, PATIENCE).await.unwrap().json().unwrap();
        assert_eq!(written["reply"]["status"], status, "{shown}");
    }
    let user = login(&cluster, leader, "user").await;
    user.book_any("v-mtl-qc").await.unwrap();
    for node in 0..3 {
        assert!(cluster.wait_until_serving(node).await.is_ok());
    }
}

/// The most memory that a process has had, in MiB.
fn peak_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() / 1024
}

#[tokio::test]
async fn six_hundred_sign_ins_at_once_leave_the_node_its_memory_and_the_cluster_its_work() {
    let cluster = cluster().await;
    let leader = cluster.wait_for_leader().await.unwrap();
    let user = login(&cluster, leader, "user").await;
    let mut crowd = tokio::task::JoinSet::new();
    // As many as one address may have connections, over and over.
    for number in 0..200 {
        let client = Client::with_timeout(cluster.url(leader), Duration::from_secs(60)).unwrap();
        crowd.spawn(async move {
            let mut statuses = Vec::new();
            for round in 0..3 {
                let credentials = json!({ "email": format!("{number}-{round}@vcube.test"), "password": "wrong" });
                let answer = client.post("/api/auth/login", &credentials).await.unwrap();
                let patience: Option<u64> = answer.header("retry-after").and_then(|text| text.parse().ok());
                assert_eq!(answer.status == 429, patience.is_some(), "{}", answer.text);
                statuses.push(answer.status);
            }
            statuses
        });
    }
    user.book_any("v-mtl-qc").await.unwrap();
    let mut statuses = Vec::new();
    while let Some(answers) = crowd.join_next().await {
        statuses.extend(answers.unwrap());
    }
    let (wrong, busy) = [401, 429].map(|wanted| statuses.iter().filter(|status| **status == wanted).count()).into();
    assert!(wrong >= 1 && busy >= 100 && wrong + busy == 600, "{wrong} answered, {busy} sent away");
    let peak = peak_mib(cluster.pid(leader).unwrap());
    println!("{wrong} answered, {busy} sent away, at most {peak} MiB");
    assert!(peak < 600, "{peak} MiB");
    user.book_any("v-mtl-qc").await.unwrap();
}

#[tokio::test]
async fn the_password_of_one_account_cannot_be_tried_without_end_and_others_go_on_signing_in() {
    let cluster = cluster_with(ClusterOptions { nodes: 1, ..ClusterOptions::default() }).await;
    let client = cluster.client(0).unwrap();
    let mut tried = 0;
    let refused = loop {
        let guess = json!({ "email": "ADMIN@vcube.test ", "password": format!("guess {tried}") });
        let answer = client.post("/api/auth/login", &guess).await.unwrap();
        if answer.status != 401 {
            break answer;
        }
        tried += 1;
        assert!(tried < 50, "every guess is looked at");
    };
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")), "{}", refused.text);
    assert!((5..=20).contains(&tried), "{tried} guesses at once");
    login(&cluster, 0, "user").await;
}

/// A node that is alone, started by hand; ended when it is dropped.
struct Alone {
    node: Child,
    url: String,
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = self.node.kill();
        let _ = self.node.wait();
    }
}

fn program(port: u16, data: &Path, arguments: &[&str]) -> Program {
    let mut program = Program::new(env!("CARGO_BIN_EXE_vcube-node"));
    program.args(["--id", "0", "--peers", &format!("0=http://127.0.0.1:{port}"), "--data"]).arg(data).args(arguments);
    program
}

async fn alone(data: &Path) -> Alone {
    let port = free_port().unwrap();
    let mut program = program(port, data, &["--listen", &format!("127.0.0.1:{port}"), "--exit-with-parent"]);
    let node = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let alone = Alone { node, url: format!("http://127.0.0.1:{port}") };
    let client = Client::new(&alone.url).unwrap();
    while !client.get("/api/health").await.is_ok_and(|answer| answer.value()["clusterId"].is_string()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    alone
}

#[tokio::test]
async fn a_cluster_that_is_no_demonstration_has_one_administrator_whose_password_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = alone(folder.path()).await;
    let client = Client::new(&first.url).unwrap();
    for account in DEMO_ACCOUNTS {
        let credentials = json!({ "email": account.email, "password": account.password });
        assert_eq!(client.post("/api/auth/login", &credentials).await.unwrap().status, 401, "{}", account.email);
    }
    let mut lines = BufReader::new(first.node.stdout.take().unwrap()).lines();
    let told = tokio::task::spawn_blocking(move || lines.next().unwrap().unwrap()).await.unwrap();
    let (_, rest) = told.split_once(": ").unwrap();
    let (email, password) = rest.split_once(", password ").unwrap();
    let mut administrator = client.clone();
    assert_eq!(administrator.login(email, password).await.unwrap().role, Role::Admin);
    assert_eq!(administrator.get("/api/admin/users").await.unwrap().value().as_array().unwrap().len(), 1);
    drop(first);
    // It is known after a restart, and not told again.
    let mut again = alone(folder.path()).await;
    Client::new(&again.url).unwrap().login(email, password).await.unwrap();
    again.node.kill().unwrap();
    let mut output = String::new();
    std::io::Read::read_to_string(&mut again.node.stdout.take().unwrap(), &mut output).unwrap();
    assert_eq!(output, "");
}

#[test]
fn demo_accounts_are_refused_where_others_reach_the_node() {
    let folder = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "[::]:0", "10.1.2.3:8080"] {
        let output = program(1, folder.path(), &["--demo", "--listen", address]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains("--demo") && said.contains("127.0.0.1"), "{said}");
    }
}

#[test]
fn a_peer_behind_tls_is_taken_when_its_private_port_is_too() {
    let folder = tempfile::tempdir().unwrap();
    let start = |arguments: &[&str]| {
        let mut program = Program::new(env!("CARGO_BIN_EXE_vcube-node"));
        let peers = "0=http://127.0.0.1:1,1=https://b.example";
        // It ends for want of a secret, which is looked for after its addresses.
        let output =
            program.args(["--id", "0", "--listen", "127.0.0.1:0", "--peers", peers, "--data"]).arg(folder.path());
        String::from_utf8(output.args(arguments).output().unwrap().stderr).unwrap()
    };
    assert!(start(&[]).contains("--private-urls"));
    assert!(start(&["--private-urls", "1=https://b.example:9443"]).contains("--secret-file"));
    assert!(start(&["--private-urls", "1=ftp://b.example"]).contains("https://"));
}

#[tokio::test]
async fn a_hundred_keys_of_one_person_leave_those_of_another_alone() {
    let cluster = cluster_with(ClusterOptions { nodes: 1, ..ClusterOptions::default() }).await;
    let (quiet, loud) = (login(&cluster, 0, "user").await, login(&cluster, 0, "user2").await);
    let wanted = quiet.wanted_seat("v-mtl-qc", "1A").await.unwrap();
    let first = quiet.book(&wanted, Some("key")).await.unwrap();
    assert_eq!(first.status, 201);
    let nothing = loud.wanted_seat("v-mtl-qc", "1A").await.unwrap();
    // The key of another person is one's own to use.
    assert_eq!(loud.book(&nothing, Some("key")).await.unwrap().status, 409);
    for number in 0..300 {
        assert_eq!(loud.book(&nothing, Some(&number.to_string())).await.unwrap().status, 409);
    }
    assert_eq!(quiet.book(&wanted, Some("key")).await.unwrap().text, first.text);
}

#[tokio::test]
async fn a_field_has_an_end() {
    let cluster = cluster_with(ClusterOptions { nodes: 1, ..ClusterOptions::default() }).await;
    let provider = login(&cluster, 0, "provider").await;
    let long = "x".repeat(60 << 10);
    let person = json!({ "email": "a@b.cd", "password": "long enough", "fullName": "A", "phone": "1" });
    let company = json!({ "email": "a@b.cd", "password": "long enough", "contactName": "A", "phone": "1",
                          "companyName": "A", "description": "A" });
    let vehicle = json!({ "name": "A", "make": "A", "model": "A", "licensePlate": "A", "capacity": 10,
                          "departure": "A", "destination": "A", "departureTime": "2030-01-01T00:00:00Z" });
    for (path, body) in [
        ("/api/auth/register/user", person),
        ("/api/auth/register/provider", company),
        ("/api/integrated/vehicles", vehicle),
    ] {
        for field in body.as_object().unwrap().keys().filter(|name| *name != "capacity") {
            let mut body = body.clone();
            body[field] = json!(long);
            assert_eq!(provider.post(path, &body).await.unwrap().status, 400, "{path}: {field}");
        }
        provider.post(path, &body).await.unwrap();
    }
    let endless = json!({ "email": "user@vcube.test", "password": "x".repeat(1 << 20) });
    // Often: a connection that was closed while the body still came was a broken one to some of them, and the node to blame.
    for _ in 0..20 {
        assert_eq!(provider.post("/api/auth/login", &endless).await.unwrap().status, 413);
    }
    let long = json!({ "email": "user@vcube.test", "password": long });
    assert_eq!(provider.post("/api/auth/login", &long).await.unwrap().status, 401);
}

/// A stream that is opened from `from`.
async fn opened(cluster: &reference_cluster::Cluster, from: Ipv4Addr, for_whom: Option<&str>) -> reqwest::Response {
    let client = reqwest::Client::builder().no_proxy().local_address(IpAddr::V4(from)).build().unwrap();
    let request = client.get(format!("{}{STREAM}", cluster.url(0)));
    let request = for_whom.map(|whom| request.try_clone().unwrap().header("X-Forwarded-For", whom)).unwrap_or(request);
    request.send().await.unwrap()
}

#[tokio::test]
async fn one_address_does_not_take_the_streams_of_all() {
    let proxy = Ipv4Addr::new(127, 0, 0, 9);
    let trusted_proxies = vec![IpAddr::V4(proxy)];
    let cluster = cluster_with(ClusterOptions { nodes: 1, trusted_proxies, ..ClusterOptions::default() }).await;
    let mut held = Vec::new();
    let refused = loop {
        let stream = opened(&cluster, Ipv4Addr::LOCALHOST, None).await;
        if stream.status() != 200 {
            break stream;
        }
        held.push(stream);
        assert!(held.len() < 1_000, "one address may have any number of streams");
    };
    println!("{} streams from one address", held.len());
    assert_eq!((refused.status().as_u16(), refused.headers().contains_key("retry-after")), (429, true));
    // Whoever says that they ask for somebody else is not believed …
    assert_eq!(opened(&cluster, Ipv4Addr::LOCALHOST, Some("10.0.0.1")).await.status(), 429);
    // … unless it is a proxy of this cluster, and then the last one it names counts.
    assert_eq!(opened(&cluster, proxy, Some("10.0.0.1, 127.0.0.1")).await.status(), 429);
    assert_eq!(opened(&cluster, proxy, Some("127.0.0.1, 10.0.0.1")).await.status(), 200);
    assert_eq!(opened(&cluster, Ipv4Addr::new(127, 0, 0, 2), None).await.status(), 200, "another address");
}

#[tokio::test]
async fn slow_heads_of_one_address_keep_nobody_else_out_and_slow_bodies_have_an_end() {
    let cluster = cluster_with(ClusterOptions { nodes: 1, ..ClusterOptions::default() }).await;
    let address = cluster.url(0).trim_start_matches("http://").to_owned();
    let mut slow = Vec::new();
    for _ in 0..1_100 {
        let Ok(mut stream) = TcpStream::connect(&address).await else { break };
        // Those that are closed at once cannot be written to.
        if stream.write_all(b"GET /api/health HTTP/1.1\r\n").await.is_ok() {
            slow.push(stream);
        }
    }
    let other = reqwest::Client::builder().no_proxy().local_address(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)));
    let answer = other.timeout(PATIENCE).build().unwrap().get(format!("{}/api/health", cluster.url(0))).send().await;
    assert_eq!(answer.unwrap().status(), 200);
    drop(slow);
    let mut body = TcpStream::connect(&address).await.unwrap();
    let head =
        "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    // The connections of before may not be closed yet.
    let mut read = String::new();
    while !read.starts_with("HTTP/1.1 408") {
        read.clear();
        if body.write_all(head.as_bytes()).await.is_ok() {
            let mut bytes = vec![0; 64];
            let count =
                tokio::time::timeout(Duration::from_secs(30), body.read(&mut bytes)).await.unwrap().unwrap_or(0);
            read = String::from_utf8_lossy(&bytes[..count]).into_owned();
        }
        body = TcpStream::connect(&address).await.unwrap();
    }
}

#[tokio::test]
async fn providers_are_names_alone_for_who_is_not_signed_in() {
    let cluster = cluster_with(ClusterOptions { nodes: 1, ..ClusterOptions::default() }).await;
    let mut user = login(&cluster, 0, "user").await;
    let path = "/api/integrated/providers";
    let known = user.get(path).await.unwrap().text;
    assert!(known.contains("provider@vcube.test") && known.contains("phoneNumber"), "{known}");
    user.token = None;
    let open = user.get(path).await.unwrap();
    assert!(open.text.contains("Navettes du Fleuve") && open.status == 200);
    assert!(!open.text.contains('@') && !open.text.contains("phoneNumber"), "{}", open.text);
    let forged = user.request(Method::GET, path).header("X-User-Id", "admin").header("X-User-Role", "ADMIN");
    assert!(!user.send(forged).await.unwrap().text.contains('@'), "headers are no authentication");
}
