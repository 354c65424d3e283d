//! A node that answers as a backend did before this one: each difference, once.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::time::{Duration, Instant};

use reference_cluster::wire::{NewReservation, Role};
use reference_cluster::{Answer, Client, Cluster, ClusterOptions, EventStream, demo_account, traffic};
use reqwest::Method;
use serde_json::{Value, json};
use support::cluster_with;

const VEHICLES: &str = "/api/integrated/vehicles";

async fn older(nodes: usize) -> Cluster {
    cluster_with(ClusterOptions { nodes, older: true, ..ClusterOptions::default() }).await
}

async fn login(cluster: &Cluster, account: &str) -> Client {
    let leader = cluster.wait_for_leader().await.unwrap();
    cluster.client(leader).unwrap().login_demo(account).await.unwrap()
}

async fn get(client: &Client, path: &str) -> Value {
    client.get(path).await.unwrap().success().unwrap().value()
}

fn wanted(seat: &str) -> NewReservation {
    NewReservation {
        user_id: "user".into(),
        provider_id: "provider".into(),
        vehicle_id: "v-mtl-qc".into(),
        seat_id: format!("v-mtl-qc-{seat}"),
    }
}

/// The framework's own words, and nothing else.
fn assert_from_the_framework(answer: &Answer, status: u16, error: &str, path: &str) {
    let body = answer.value();
    assert_eq!(answer.status, status, "{}", answer.text);
    assert!(body["timestamp"].as_str().is_some_and(|time| time.ends_with("+00:00")), "{body}");
    let expected = json!({ "timestamp": body["timestamp"], "status": status, "error": error, "path": path });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_login_gives_no_token_and_no_name() {
    let cluster = older(1).await;
    let client = cluster.client(0).unwrap();
    let account = demo_account("user").unwrap();
    let credentials = json!({ "email": account.email, "password": account.password });
    let answer = client.post("/api/auth/login", &credentials).await.unwrap();
    assert_eq!(answer.value(), json!({ "success": true, "role": "USER", "userId": "user" }));
    let wrong = json!({ "email": account.email, "password": "wrong" });
    let answer = client.post("/api/auth/login", &wrong).await.unwrap();
    assert_eq!((answer.status, &answer.value()["success"]), (401, &json!(false)));
    assert!(answer.value()["message"].is_string());
}

#[tokio::test]
async fn every_call_but_health_login_and_registration_wants_to_know_who_calls_and_as_what() {
    let cluster = older(1).await;
    let nobody = cluster.client(0).unwrap();
    for path in [VEHICLES, "/api/raft/status", "/api/metrics/raft/events/stream", "/reservations/", "/api/nothing"] {
        assert_from_the_framework(&nobody.get(path).await.unwrap(), 401, "Unauthorized", path);
    }
    assert_eq!(nobody.get("/api/health").await.unwrap().status, 200);
    let admin = nobody.clone().identified("admin", Role::Admin);
    assert_eq!(get(&admin, "/reservations/").await, json!([]));
    // A header says what the caller may do, whoever it is: that is why this is no authentication.
    assert_eq!(nobody.clone().identified("anybody", Role::Admin).get("/api/admin/users").await.unwrap().status, 200);
    let user = nobody.clone().identified("user", Role::User);
    assert_eq!(user.get("/api/admin/users").await.unwrap().status, 403);
    assert_eq!(user.get("/reservations/byUser/user2").await.unwrap().status, 403);
    for (id, role) in [("user", "KING"), ("", "USER")] {
        let request = nobody.request(Method::GET, VEHICLES).header("X-User-Id", id).header("X-User-Role", role);
        assert_eq!(nobody.send(request).await.unwrap().status, 401, "{id} {role}");
    }
    let encoded = nobody.request(Method::GET, "/reservations/byUser/%C5%81ukasz");
    let encoded = encoded.header("X-User-Id", "%C5%81ukasz").header("X-User-Role", "user");
    assert_eq!(nobody.send(encoded).await.unwrap().value(), json!([]));
    // A token is nothing here.
    let token = nobody.request(Method::GET, VEHICLES).bearer_auth("eyJhbGciOiJIUzI1NiJ9.e30.x");
    assert_eq!(nobody.send(token).await.unwrap().status, 401);
}

#[tokio::test]
async fn health_says_up_and_nothing_else() {
    let cluster = older(1).await;
    let answer = cluster.client(0).unwrap().get("/api/health").await.unwrap();
    assert_eq!((answer.status, answer.value()), (200, json!({ "status": "UP" })));
}

#[tokio::test]
async fn no_extension_of_the_contract_is_known() {
    let cluster = older(1).await;
    let user = login(&cluster, "user").await;
    for path in ["/api/cluster/view", "/api/cluster/view/stream", "/api/admin/stats"] {
        assert_from_the_framework(&user.get(path).await.unwrap(), 404, "Not Found", path);
    }
    let answer = user.get(VEHICLES).await.unwrap();
    assert!(answer.raft_index().is_none() && answer.header("cache-control").is_none(), "{:?}", answer.headers);
    let ahead = user.request(Method::GET, &format!("{VEHICLES}?minIndex=soon")).header("X-Raft-Min-Index", 1_000_000);
    assert_eq!(user.send(ahead).await.unwrap().status, 200);
    // The same key again is another booking.
    assert_eq!(user.book(&wanted("1A"), Some("key")).await.unwrap().status, 201);
    assert_eq!(user.book(&wanted("1A"), Some("key")).await.unwrap().status, 409);
    assert_eq!(user.book(&wanted("1B"), Some("")).await.unwrap().status, 201, "an empty key is not looked at");
}

#[tokio::test]
async fn a_reservation_can_be_deleted_and_not_cancelled() {
    let cluster = older(1).await;
    let user = login(&cluster, "user").await;
    user.book(&wanted("1A"), None).await.unwrap().success().unwrap();
    let id = get(&user, "/reservations/byUser/user").await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/reservations/{id}/cancel");
    assert_from_the_framework(&user.put(&path, &json!({})).await.unwrap(), 404, "Not Found", &path);
    user.delete(&format!("/reservations/{id}")).await.unwrap().success().unwrap();
    assert_eq!(get(&user, "/reservations/byUser/user").await, json!([]));
}

#[tokio::test]
async fn a_booking_is_answered_with_nothing_or_with_success_and_is_listed_as_confirmed_in_local_time() {
    let cluster = older(1).await;
    let user = login(&cluster, "user").await;
    let mut texts = Vec::new();
    for seat in ["1A", "1B"] {
        let answer = user.book(&wanted(seat), None).await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text);
        texts.push(answer.text);
    }
    assert_eq!(texts, ["", r#"{"success":true}"#]);
    let listed = get(&user, "/reservations/byUser/user").await;
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!(listed[0]["status"], "CONFIRMED");
    assert_without_zone(&listed[0]["createdAt"]);
    let taken = user.book(&wanted("1A"), None).await.unwrap();
    assert_eq!((taken.status, taken.value()["error"].as_str()), (409, Some("Conflict")), "{}", taken.text);
    assert!(taken.value()["message"].as_str().unwrap().contains("taken"));
}

fn assert_without_zone(time: &Value) {
    let time = time.as_str().unwrap();
    assert!(time.len() >= 19 && time.contains('T') && !time.contains(['Z', '+']), "{time}");
    assert_eq!(time.matches('-').count(), 2, "{time}");
}

#[tokio::test]
async fn a_seat_has_a_number_and_is_reserved_or_not() {
    let cluster = older(1).await;
    let user = login(&cluster, "user").await;
    user.book(&wanted("1A"), None).await.unwrap().success().unwrap();
    let seats = get(&user, &format!("{VEHICLES}/v-mtl-qc/seats")).await;
    let seat = |label: &str, reserved: bool| {
        json!({ "id": format!("v-mtl-qc-{label}"), "vehicleId": "v-mtl-qc", "seatNumber": label,
                "isReserved": reserved })
    };
    assert_eq!((&seats[0], &seats[1]), (&seat("1A", true), &seat("1B", false)));
}

#[tokio::test]
async fn a_vehicle_has_a_price_as_text_a_departure_in_local_time_and_published_only_when_it_is() {
    let cluster = older(1).await;
    let provider = login(&cluster, "provider").await;
    let listed = get(&provider, VEHICLES).await;
    let express = listed.as_array().unwrap().iter().find(|vehicle| vehicle["id"] == "v-mtl-qc").unwrap();
    assert_eq!((&express["price"], &express["published"]), (&json!("34.50"), &json!(true)));
    assert_without_zone(&express["departureTime"]);
    let draft = json!({ "name": "Nord", "make": "Volvo", "model": "9700", "licensePlate": "NRD 001", "capacity": 12,
                        "price": "12.50", "departureTime": "2031-05-04T10:15" });
    let made = provider.post(VEHICLES, &draft).await.unwrap().success().unwrap().value();
    assert_eq!((&made["price"], made.get("published")), (&json!("12.50"), None));
    assert_eq!(made["departureTime"], "2031-05-04T10:15:00");
}

#[tokio::test]
async fn editing_a_vehicle_without_saying_that_it_is_published_takes_it_off_the_offer() {
    let cluster = older(1).await;
    let provider = login(&cluster, "provider").await;
    let path = format!("{VEHICLES}/v-mtl-shk");
    let mut vehicle = get(&provider, &path).await;
    assert_eq!(vehicle["published"], true);
    let changed = provider.put(&path, &vehicle).await.unwrap().success().unwrap().value();
    assert_eq!(changed, vehicle, "what was read may be sent back");
    vehicle.as_object_mut().unwrap().remove("published");
    let changed = provider.put(&path, &vehicle).await.unwrap().success().unwrap().value();
    assert_eq!(changed.get("published"), None);
    assert!(!get(&provider, VEHICLES).await.to_string().contains("v-mtl-shk"));
}

#[tokio::test]
async fn a_registration_is_refused_in_a_200_with_the_reason() {
    let cluster = older(1).await;
    let client = cluster.client(0).unwrap();
    let path = "/api/auth/register/user";
    let mut person = json!({ "email": "new@vcube.test", "password": "x", "fullName": "New", "phone": "1" });
    for (password, success, words) in
        [("x", false, "4 to 200"), ("a long one", true, ""), ("another", false, "already")]
    {
        person["password"] = json!(password);
        let answer = client.post(path, &person).await.unwrap();
        assert_eq!((answer.status, &answer.value()["success"]), (200, &json!(success)), "{}", answer.text);
        assert!(answer.value()["message"].as_str().unwrap().contains(words), "{}", answer.text);
        assert!(answer.value().get("error").is_none() && answer.value().get("userId").is_none());
    }
}

#[tokio::test]
async fn what_is_unknown_or_malformed_is_refused_by_the_framework() {
    let cluster = older(1).await;
    let user = login(&cluster, "user").await;
    let missing = "/api/integrated/vehicles/none";
    assert_from_the_framework(&user.get("/api/nothing").await.unwrap(), 404, "Not Found", "/api/nothing");
    assert_from_the_framework(&user.get(missing).await.unwrap(), 404, "Not Found", missing);
    let health = user.put("/api/health", &json!({})).await.unwrap();
    assert_from_the_framework(&health, 405, "Method Not Allowed", "/api/health");
    let booking = user.post("/reservations/", &json!({ "userId": "user" })).await.unwrap();
    assert_from_the_framework(&booking, 400, "Bad Request", "/reservations/");
}

#[tokio::test]
async fn a_performance_test_is_told_in_single_numbers_fractions_and_milliseconds() {
    let cluster = older(1).await;
    let researcher = login(&cluster, "researcher").await;
    let status = "/api/performance-test/status";
    assert_eq!(get(&researcher, status).await, json!({ "isRunning": false }));
    let test = json!({ "numberOfProviders": 2, "seatsPerProvider": 20, "numberOfNodes": 1, "numberOfUsers": 4,
                       "testDurationMinutes": 0.05, "reservationRate": 20 });
    let begun = researcher.post("/api/performance-test/run", &test).await.unwrap().success().unwrap().value();
    let id = begun["testId"].clone();
    let until = Instant::now() + Duration::from_secs(60);
    let ended = loop {
        let now = get(&researcher, status).await;
        assert!(now["isRunning"].is_boolean() && now.get("running").is_none() && now.get("phase").is_none(), "{now}");
        if now["isRunning"] == false {
            break now;
        }
        assert!(Instant::now() < until, "timed out waiting for the end: {now}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((&ended["testId"], &ended["progress"]), (&id, &json!(100.0)));
    let results = get(&researcher, "/api/performance-test/current-results").await;
    assert_eq!((&results["testId"], &results["duration"]), (&id, &json!(3_000)));
    assert!(results["raftConsensusTime"].as_f64().unwrap() > 0.0, "{results}");
    let share = results["successRate"].as_f64().unwrap();
    assert!(share > 0.0 && share <= 1.0, "{results}");
    assert!(results["vcubeLatency"].is_number() && results["throughput"].is_number(), "{results}");
    assert!(results.get("metrics").is_none(), "{results}");
}

#[tokio::test]
async fn a_follower_says_with_500_that_it_does_not_lead_and_gives_no_hint() {
    let cluster = older(3).await;
    let leader = cluster.wait_for_leader().await.unwrap();
    let user = cluster.client((leader + 1) % 3).unwrap().login_demo("user").await.unwrap();
    let refused = user.book(&wanted("1A"), None).await.unwrap();
    let body = refused.value();
    assert_eq!((refused.status, body["error"].as_str()), (500, Some("Internal Server Error")), "{body}");
    assert_eq!((&body["message"], &body["path"]), (&json!("This node is not the leader"), &json!("/reservations/")));
    assert!(!refused.text.contains("leaderUrl") && refused.header("retry-after").is_none());
    assert_eq!(user.at(cluster.url(leader)).book(&wanted("1A"), None).await.unwrap().status, 201);
    assert!(get(&user, "/api/raft/status").await.get("peers").is_none(), "nor there");
}

#[tokio::test]
async fn a_stream_has_neither_ids_nor_heartbeats_and_does_not_resume() {
    let cluster = older(1).await;
    let user = login(&cluster, "user").await;
    let path = "/api/metrics/reservations/events/stream";
    let mut stream = EventStream::open(&user, path, Some(1_000_000)).await.unwrap();
    user.book(&wanted("1A"), None).await.unwrap().success().unwrap();
    for reservations in [0, 1] {
        let item = stream.next_item().await.unwrap().unwrap();
        assert!(item.id.is_none() && item.comment.is_none() && item.event.is_none(), "{item:?}");
        let event: Value = item.json().unwrap();
        assert_eq!((&event["totalReservations"], event.get("reservation")), (&json!(reservations), None), "{event}");
    }
    // It tells every second, so that between two heartbeats of this backend there are some.
    let mut raft = EventStream::open(&user, "/api/metrics/raft/events/stream", None).await.unwrap();
    for _ in 0..7 {
        assert_eq!(raft.next_item().await.unwrap().unwrap().comment, None);
    }
}

#[tokio::test]
async fn pages_of_any_origin_may_send_the_older_headers_and_read_none_of_the_newer() {
    let cluster = older(1).await;
    let client = cluster.client(0).unwrap();
    let preflight = client
        .request(Method::OPTIONS, "/reservations/")
        .header("Origin", "http://localhost:5173")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "x-user-id,idempotency-key");
    let answer = client.send(preflight).await.unwrap();
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("*")));
    assert_eq!(answer.header("access-control-allow-headers"), Some("authorization,content-type,x-user-id,x-user-role"));
    let read = client.request(Method::GET, "/api/health").header("Origin", "http://localhost:5173");
    let answer = client.send(read).await.unwrap();
    assert_eq!(answer.headers.get_all("access-control-allow-origin").iter().count(), 1);
    assert!(answer.header("access-control-expose-headers").is_none());
}

#[tokio::test]
async fn travellers_book_and_give_up_at_older_nodes_too() {
    let cluster = older(3).await;
    let admin = login(&cluster, "admin").await;
    let life = tokio::spawn(traffic::run(cluster.urls(), 5..20));
    let until = Instant::now() + Duration::from_secs(60);
    let (mut most, mut fewer) = (0, false);
    while most < 4 || !fewer {
        let now = get(&admin, "/reservations/").await.as_array().unwrap().len();
        fewer |= now < most;
        most = most.max(now);
        assert!(Instant::now() < until, "at most {most} reservations, fewer again: {fewer}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    life.abort();
}
