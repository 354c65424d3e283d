//! Who may do what, and how answers look.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use reference_cluster::{Client, ClusterOptions, DEMO_ACCOUNTS};
use reqwest::Method;
use serde_json::json;
use support::{cluster, cluster_with, login};

fn draft(capacity: u32) -> serde_json::Value {
    json!({ "name": "Nord", "make": "Volvo", "model": "9700", "licensePlate": "NRD 001", "capacity": capacity,
            "departure": "Québec", "destination": "Baie-Comeau", "price": 55.0 })
}

async fn with_status(client: &Client, method: Method, path: &str, status: u16) {
    let answer = client.send(client.request(method.clone(), path)).await.unwrap();
    assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
    if status >= 400 {
        let body = answer.value();
        assert!(body["error"].is_string() && body["message"].is_string(), "{method} {path}: {}", answer.text);
    }
}

#[tokio::test]
async fn every_demo_account_logs_in_on_every_node_and_its_token_is_good_on_all() {
    let cluster = cluster().await;
    for (i, account) in DEMO_ACCOUNTS.iter().enumerate() {
        let mut client = cluster.client(i % 3).unwrap();
        let answer = client.login(&account.email.to_uppercase(), account.password).await.unwrap();
        assert_eq!((answer.role, answer.user_name.as_str()), (account.role, account.name));
        for url in cluster.urls() {
            with_status(&client.at(url), Method::GET, &format!("/reservations/byUser/{}", client.user_id), 200).await;
        }
    }
}

#[tokio::test]
async fn a_wrong_password_and_a_stale_or_forged_token_are_401() {
    let cluster = cluster_with(ClusterOptions { token_ttl_secs: Some(1), ..ClusterOptions::default() }).await;
    let client = cluster.client(0).unwrap();
    for (email, password) in [("user@vcube.test", "wrong"), ("nobody@vcube.test", "user-demo")] {
        let answer = client.post("/api/auth/login", &json!({ "email": email, "password": password })).await.unwrap();
        assert_eq!((answer.status, answer.value()["success"].as_bool()), (401, Some(false)));
    }
    let mut user = login(&cluster, 0, "user").await;
    while user.get("/reservations/byUser/user").await.unwrap().status == 200 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    with_status(&user, Method::GET, "/reservations/byUser/user", 401).await;
    user.token = Some("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInJvbGUiOiJBRE1JTiIsImV4cCI6OTk5OTk5OTk5OX0.".into());
    with_status(&user, Method::GET, "/api/admin/stats", 401).await;
    with_status(&client, Method::POST, "/reservations/", 401).await;
}

#[tokio::test]
async fn a_person_who_registers_can_log_in_and_book_and_an_address_is_taken_once() {
    let cluster = cluster().await;
    let mut client = cluster.client(1).unwrap();
    let person = json!({ "email": "new@vcube.test", "password": "a new one", "fullName": "New Person", "phone": "1" });
    let answer = client.post("/api/auth/register/user", &person).await.unwrap().success().unwrap();
    assert_eq!(answer.value()["success"], true);
    let again = client.post("/api/auth/register/user", &person).await.unwrap();
    assert_eq!((again.status, again.value()["success"].as_bool()), (409, Some(false)));
    let index = answer.raft_index().unwrap();
    cluster.wait_applied(1, index).await.unwrap();
    client.login("new@vcube.test", "a new one").await.unwrap();
    client.book_any("v-mtl-qc").await.unwrap();

    let company = json!({ "email": "firm@vcube.test", "password": "a firm one", "contactName": "Firm", "phone": "1",
                          "companyName": "Firm inc.", "description": "Buses" });
    client.post("/api/auth/register/provider", &company).await.unwrap().success().unwrap();
    let providers = client.get_fresh("/api/integrated/providers").await.unwrap();
    assert!(providers.text.contains("Firm inc.") && !providers.text.contains("argon2"));
}

#[tokio::test]
async fn a_provider_keeps_vehicles_and_only_its_own() {
    let cluster = cluster().await;
    let (mine, other) = (login(&cluster, 0, "provider").await, login(&cluster, 1, "provider2").await);
    for capacity in [9, 81] {
        assert_eq!(mine.post("/api/integrated/vehicles", &draft(capacity)).await.unwrap().status, 400);
    }
    let made = mine.post("/api/integrated/vehicles", &draft(12)).await.unwrap().success().unwrap().value();
    let path = format!("/api/integrated/vehicles/{}", made["id"].as_str().unwrap());
    let mut anybody = mine.at(cluster.url(2));
    anybody.token = None;
    assert_eq!(anybody.get_fresh(&path).await.unwrap().status, 404, "not published yet");
    assert_eq!(mine.get_fresh(&format!("{path}/seats")).await.unwrap().value().as_array().unwrap().len(), 12);
    with_status(&other, Method::POST, &format!("{path}/publish"), 403).await;
    with_status(&other, Method::DELETE, &path, 403).await;
    with_status(&mine, Method::POST, &format!("{path}/publish"), 200).await;
    assert_eq!(anybody.get_fresh(&path).await.unwrap().status, 200);

    let user = login(&cluster, 0, "user").await;
    let id = made["id"].as_str().unwrap();
    let last = user.at(cluster.url(0)).wanted_seat(id, "3D").await.unwrap();
    let booked = user.book(&last, None).await.unwrap().success().unwrap().value();
    assert_eq!(mine.put(&path, &draft(10)).await.unwrap().status, 409, "the last seat is reserved");
    assert_eq!(mine.put(&path, &draft(14)).await.unwrap().status, 200);
    with_status(&mine, Method::DELETE, &path, 409).await;
    with_status(&mine, Method::PUT, &format!("/reservations/{}/cancel", booked["id"].as_str().unwrap()), 200).await;
    with_status(&mine, Method::DELETE, &path, 200).await;
    let own = mine.get_fresh("/api/integrated/providers/provider2/vehicles").await.unwrap();
    assert!(!own.text.contains("v-qc-sag"), "another provider's unpublished vehicle");
}

#[tokio::test]
async fn roles_are_enforced() {
    let cluster = cluster().await;
    let (user, admin) = (login(&cluster, 0, "user").await, login(&cluster, 1, "admin").await);
    let researcher = login(&cluster, 2, "researcher").await;
    for path in ["/api/admin/stats", "/api/admin/users", "/api/admin/charts/top-providers", "/reservations/"] {
        with_status(&user, Method::GET, path, 403).await;
        with_status(&researcher, Method::GET, path, 403).await;
        with_status(&admin, Method::GET, path, 200).await;
        with_status(&cluster.client(0).unwrap(), Method::GET, path, 401).await;
    }
    with_status(&user, Method::GET, "/reservations/byUser/user2", 403).await;
    assert_eq!(user.post("/api/integrated/vehicles", &draft(12)).await.unwrap().status, 403);
    let mut wanted = user.wanted_seat("v-mtl-qc", "1A").await.unwrap();
    wanted.user_id = "user2".into();
    assert_eq!(user.book(&wanted, None).await.unwrap().status, 403, "for somebody else");
    let booked = admin.book(&wanted, None).await.unwrap().success().unwrap().value();
    let path = format!("/reservations/{}", booked["id"].as_str().unwrap());
    with_status(&user, Method::PUT, &format!("{path}/cancel"), 403).await;
    with_status(&user, Method::DELETE, &path, 403).await;
}

#[tokio::test]
async fn administrators_get_figures_that_add_up() {
    let cluster = cluster().await;
    let user = login(&cluster, 0, "user").await;
    for vehicle in ["v-mtl-qc", "v-mtl-qc", "v-mtl-trb"] {
        user.book_any(vehicle).await.unwrap();
    }
    let admin = user.at(cluster.url(0)).login_demo("admin").await.unwrap();
    let stats = admin.get_fresh("/api/admin/stats").await.unwrap().value();
    assert_eq!(stats["totalUsers"], 2);
    assert_eq!(stats["totalProviders"], 2);
    assert_eq!(stats["totalReservations"], 3);
    assert_eq!(stats["availableSeats"].as_u64().unwrap() + 3, stats["totalSeats"].as_u64().unwrap());
    assert!(stats["averageProcessingTime"].as_f64().unwrap() > 0.0);
    let hours = admin.get("/api/admin/charts/reservations-by-hour").await.unwrap().value();
    assert_eq!(hours.as_object().unwrap().len(), 24);
    assert_eq!(hours.as_object().unwrap().values().filter_map(|count| count.as_u64()).sum::<u64>(), 3);
    let top = admin.get("/api/admin/charts/top-providers").await.unwrap().value();
    assert_eq!(top[0], json!({ "providerId": "provider", "reservationCount": 2 }));
    // A sample is taken each second: together they count every reservation.
    for chart in ["reservations-per-second", "processing-time", "raft-consensus"] {
        let path = format!("/api/admin/charts/{chart}");
        let points = loop {
            let points = admin.get(&path).await.unwrap().value();
            let sum: f64 = points.as_array().unwrap().iter().filter_map(|point| point["value"].as_f64()).sum();
            if sum > 0.0 {
                break (points, sum);
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        };
        assert!(points.0[0]["timestamp"].is_u64(), "{chart}");
    }
    assert_eq!(admin.get("/api/admin/users").await.unwrap().value().as_array().unwrap().len(), DEMO_ACCOUNTS.len());
}

#[tokio::test]
async fn a_read_behind_its_index_is_425_and_at_it_is_answered() {
    let cluster = cluster().await;
    let client = cluster.client(0).unwrap();
    let index = client.get("/api/health").await.unwrap().raft_index().unwrap();
    assert!(index > 0);
    let reached = format!("/api/integrated/vehicles?minIndex={index}");
    with_status(&client, Method::GET, &reached, 200).await;
    with_status(&client, Method::GET, &format!("/api/integrated/vehicles?minIndex={}", index + 1_000), 425).await;
    let ahead = client.request(Method::GET, "/api/health").header("X-Raft-Min-Index", index + 1_000);
    let started = std::time::Instant::now();
    assert_eq!(client.send(ahead).await.unwrap().status, 425);
    assert!(started.elapsed().as_millis() >= 200);
    with_status(&client, Method::GET, "/api/integrated/vehicles?minIndex=soon", 400).await;
}

#[tokio::test]
async fn health_status_and_metrics_tell_what_raft_does() {
    let cluster = cluster().await;
    let leader = cluster.wait_for_leader().await.unwrap();
    let (mut followers, mut votes) = (0, 0);
    for i in 0..3 {
        let health = cluster.wait_until_serving(i).await.unwrap();
        assert_eq!(health.status, "UP");
        assert!(health.features.contains(&"idempotency-key".to_owned()) && health.quorum);
        assert_eq!((health.node_id, health.leader_id), (i as u64, Some(leader as u64)));
        assert!(health.commit_index >= health.last_applied && health.last_applied > 0);
        followers += usize::from(health.role == "follower");
        let client = cluster.client(i).unwrap();
        let status = client.get("/api/raft/status").await.unwrap().value();
        assert_eq!((&status["nodeId"], &status["currentLeader"]), (&json!(i), &json!(leader)));
        assert_eq!(status["peers"].as_array().unwrap().len(), 2);
        let metrics = client.get("/api/metrics/dashboard").await.unwrap().value();
        assert!(metrics["raft"]["appendEntriesCount"].as_u64().unwrap() > 0);
        votes += metrics["raft"]["voteRequestCount"].as_u64().unwrap();
        assert!(metrics["raft"]["leaderElectionCount"].as_u64().unwrap() >= 1);
        assert_eq!(metrics["reservations"]["totalReservations"], 0);
        assert!(metrics["reservations"]["successRate"].is_null());
    }
    assert_eq!(followers, 2);
    assert!(votes >= 2, "one who asked and one who answered: {votes}");
}

#[tokio::test]
async fn pages_of_any_origin_may_ask_and_read_the_headers_they_need() {
    let cluster = cluster().await;
    let client = cluster.client(0).unwrap();
    let preflight = client
        .request(Method::OPTIONS, "/reservations/")
        .header("Origin", "http://localhost:5173")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization,content-type,idempotency-key");
    let answer = client.send(preflight).await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-max-age"), Some("7200"));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET,POST,PUT,DELETE"));
    let allowed = answer.header("access-control-allow-headers").unwrap().to_lowercase();
    for name in ["authorization", "content-type", "idempotency-key", "x-raft-min-index", "x-user-id", "x-user-role"] {
        assert!(allowed.contains(name), "{name} in {allowed}");
    }
    assert!(allowed.contains("last-event-id"));

    let user = login(&cluster, 0, "user").await;
    for (path, status) in [("/reservations/byUser/user", 200), ("/api/admin/stats", 403), ("/api/nothing", 404)] {
        let request = user.request(Method::GET, path).header("Origin", "http://localhost:5173");
        let answer = user.send(request).await.unwrap();
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert!(answer.raft_index().is_some(), "{path}");
        let exposed = answer.header("access-control-expose-headers").unwrap().to_lowercase();
        assert!(exposed.contains("x-raft-index") && exposed.contains("retry-after"), "{exposed}");
    }
    with_status(&client, Method::POST, "/raft/vote", 404).await;
}

#[tokio::test]
async fn what_is_unknown_or_malformed_is_refused_in_json() {
    let cluster = cluster().await;
    let user = login(&cluster, 0, "user").await;
    with_status(&user, Method::GET, "/api/nothing", 404).await;
    with_status(&user, Method::PUT, "/api/health", 405).await;
    with_status(&user, Method::GET, "/api/integrated/vehicles/none", 404).await;
    with_status(&user, Method::POST, "/reservations/", 400).await;
    let answer = user.post("/reservations/", &json!({ "userId": "user" })).await.unwrap();
    assert!(answer.status == 400 && answer.value()["message"].as_str().unwrap().contains("providerId"));
    let wanted = user.wanted_seat("v-mtl-qc", "1A").await.unwrap();
    assert_eq!(user.book(&wanted, Some("")).await.unwrap().status, 400, "an empty key");
    let large = json!({ "email": "x".repeat(100_000) });
    assert_eq!(user.post("/api/auth/register/user", &large).await.unwrap().status, 413);
}
