//! Performance tests that really run, are seen from every node, and leave nothing behind.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::time::{Duration, Instant};

use reference_cluster::{Client, Cluster};
use serde_json::{Value, json};
use support::{cluster, login};

const RUN: &str = "/api/performance-test/run";
const STOP: &str = "/api/performance-test/stop";
const STATUS: &str = "/api/performance-test/status";
const RESULTS: &str = "/api/performance-test/current-results";

fn config(minutes: f64) -> Value {
    json!({ "numberOfProviders": 4.0, "seatsPerProvider": 10, "numberOfNodes": 3, "numberOfUsers": 8,
            "testDurationMinutes": minutes, "reservationRate": 30, "enableConflictSimulation": true,
            "conflictIntensity": 0.5, "hotProducerCount": 1, "enableFailures": true,
            "enableAutoSubscription": true, "subscriptionRate": 10, "aggressiveSubscriberCount": 1 })
}

async fn get(client: &Client, path: &str) -> Value {
    client.get(path).await.unwrap().success().unwrap().value()
}

/// Looks at the status until it is as wanted.
async fn until(client: &Client, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let started = Instant::now();
    loop {
        let status = match client.get(STATUS).await {
            Ok(answer) => answer.value(),
            Err(_) => Value::Null,
        };
        if wanted(&status) {
            return status;
        }
        assert!(started.elapsed() < Duration::from_secs(40), "timed out waiting for {what}: {status}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn researcher(cluster: &Cluster, node: usize) -> Client {
    login(cluster, node, "researcher").await
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[tokio::test]
async fn a_test_runs_for_the_asked_time_is_seen_from_every_node_and_measures() {
    let cluster = cluster().await;
    let here = researcher(&cluster, support::follower(&cluster).await).await;
    assert_eq!(get(&here, STATUS).await, json!({ "running": false }));
    assert_eq!(get(&here, RESULTS).await["testId"], Value::Null);
    let begun = Instant::now();
    let answer = here.post(RUN, &config(0.1)).await.unwrap().success().unwrap().value();
    let id = answer["testId"].as_str().unwrap().to_owned();
    assert_eq!(answer["configuration"]["numberOfProviders"], 4);
    let again = here.at(cluster.url(2)).post(RUN, &config(0.1)).await.unwrap();
    assert_eq!((again.status, again.value()["error"].as_str()), (409, Some("test_running")), "{}", again.text);
    let mut seen = Vec::new();
    for url in cluster.urls() {
        let last = seen.last().copied().unwrap_or(0.0);
        let further = |status: &Value| status["progress"].as_f64().unwrap_or(0.0) > last;
        let status = until(&here.at(url), "progress", further).await;
        assert_eq!((status["testId"].as_str(), &status["running"]), (Some(id.as_str()), &json!(true)), "{status}");
        seen.push(status["progress"].as_f64().unwrap());
    }
    println!("progress seen at one node after the other: {seen:?}");
    let status = until(&here, "the end", |status| status["running"] == json!(false)).await;
    assert_eq!((&status["phase"], &status["progress"]), (&json!("completed"), &json!(100.0)));
    assert!(begun.elapsed() >= Duration::from_secs(6), "{:?}", begun.elapsed());
    let there = here.at(cluster.url(1));
    until(&there, "the end there", |status| status["running"] == json!(false)).await;
    let results = get(&there, RESULTS).await;
    println!("{results:#}");
    assert_eq!((results["testId"].as_str(), &results["completed"]), (Some(id.as_str()), &json!(true)));
    assert_eq!(results["duration"], 6.0);
    let metrics = &results["metrics"];
    for series in ["vcubeLatency", "raftConsensusTime", "throughput"] {
        let figures = numbers(&metrics[series]);
        assert!(!figures.is_empty() && figures.iter().any(|figure| *figure > 0.0), "{series}: {figures:?}");
    }
    let rates = ["successRate", "conflictRate", "hotProducerEfficiency"].map(|rate| metrics[rate].as_f64().unwrap());
    assert!(rates.iter().all(|rate| *rate > 0.0 && *rate < 100.0), "{rates:?}");
    let counts = &results["counts"];
    let count = |name: &str| counts[name].as_u64().unwrap();
    assert_eq!(count("attempted"), count("committed") + count("conflicts") + count("failed"));
    assert!(count("committed") > 40 && count("failed") == 0 && count("retried") > 0 && count("freed") > 0, "{counts}");
    assert!(metrics["securityValidations"].as_u64().unwrap() >= count("attempted"));
    assert!(count("subscriptions") == 9 && count("toldToSubscribers") > 0, "{counts}");
}

#[tokio::test]
async fn nothing_of_a_test_is_seen_in_lists_and_figures_of_the_real_cluster() {
    let cluster = cluster().await;
    let leader = cluster.wait_for_leader().await.unwrap();
    let user = login(&cluster, leader, "user").await;
    let booked = user.book_any("v-mtl-qc").await.unwrap();
    let admin = user.login_demo("admin").await.unwrap();
    let paths = [
        "/api/admin/users",
        "/api/admin/charts/top-providers",
        "/api/admin/charts/reservations-by-hour",
        "/reservations/",
        "/api/integrated/providers",
        "/api/integrated/vehicles",
        "/reservations/byUser/user",
    ];
    let mut before = Vec::new();
    for path in paths {
        before.push(get(&admin, path).await);
    }
    let stats = get(&admin, "/api/admin/stats").await;
    let metrics = get(&admin, "/api/metrics/reservations/current").await;
    admin.post(RUN, &config(0.05)).await.unwrap().success().unwrap();
    for phase in ["running", "completed"] {
        until(&admin, phase, |status| status["phase"] == json!(phase)).await;
        for (path, before) in paths.iter().zip(&before) {
            assert_eq!(get(&admin, path).await, *before, "{path} while {phase}");
        }
        assert_eq!(get(&admin, "/api/admin/stats").await, stats, "while {phase}");
        let now = get(&admin, "/api/metrics/reservations/current").await;
        assert_eq!(now["totalReservations"], metrics["totalReservations"], "while {phase}");
    }
    assert!(get(&admin, "/reservations/").await.to_string().contains(&booked.id));
    let reserved = get(&admin, "/api/admin/charts/reservations-per-second").await;
    let sum: f64 = reserved.as_array().unwrap().iter().filter_map(|point| point["value"].as_f64()).sum();
    assert!(sum <= 1.0, "{reserved}");
}

#[tokio::test]
async fn a_test_is_stopped_from_any_node_and_keeps_what_it_measured() {
    let cluster = cluster().await;
    let here = researcher(&cluster, 0).await;
    assert_eq!(here.post(STOP, &json!({})).await.unwrap().success().unwrap().value()["stopped"], false);
    let path = "/api/performance-test/quick-test?providers=2&seatsPerProvider=10&nodes=1&users=4";
    let id = here.post(path, &json!({})).await.unwrap().success().unwrap().value()["testId"].clone();
    until(&here, "figures", |status| status["progress"].as_f64().is_some_and(|progress| progress > 6.0)).await;
    let stopped = here.at(cluster.url(1)).post(STOP, &json!({})).await.unwrap().success().unwrap().value();
    assert_eq!(stopped, json!({ "stopped": true, "testId": id }));
    let status = until(&here.at(cluster.url(2)), "the end", |status| status["running"] == json!(false)).await;
    assert_eq!(status["phase"], "stopped");
    let results = get(&here, RESULTS).await;
    assert_eq!((&results["testId"], &results["completed"]), (&id, &json!(false)));
    assert!(!numbers(&results["metrics"]["raftConsensusTime"]).is_empty());
    let next = here.post("/api/performance-test/stress-test?users=20", &json!({})).await.unwrap().success().unwrap();
    assert_ne!(next.value()["testId"], id);
    assert_eq!(next.value()["configuration"]["enableStress"], true);
    until(&here, "the load", |status| status["phase"] == json!("running")).await;
    here.post(STOP, &json!({})).await.unwrap().success().unwrap();
    until(&here, "the end", |status| status["running"] == json!(false)).await;
}

#[tokio::test]
async fn a_test_whose_node_is_killed_is_aborted_with_what_was_measured_and_another_one_can_run() {
    let cluster = cluster().await;
    let leader = cluster.wait_for_leader().await.unwrap();
    let there = researcher(&cluster, (leader + 1) % 3).await;
    let id = there.post(RUN, &config(1.0)).await.unwrap().success().unwrap().value()["testId"].clone();
    let status = until(&there, "figures", |status| status["progress"].as_f64().is_some_and(|now| now > 4.0)).await;
    assert_eq!(status["node"], leader);
    cluster.kill(leader).unwrap();
    let killed = Instant::now();
    let status = until(&there, "the end", |status| status["running"] == json!(false)).await;
    println!("aborted {:?} after its node was killed: {status}", killed.elapsed());
    assert_eq!((&status["phase"], &status["testId"]), (&json!("aborted"), &id));
    let results = get(&there.at(cluster.url((leader + 2) % 3)), RESULTS).await;
    assert!(!numbers(&results["metrics"]["throughput"]).is_empty());
    there.post(RUN, &config(0.05)).await.unwrap().success().unwrap();
    until(&there, "the next one", |status| status["phase"] == json!("completed")).await;
}

#[tokio::test]
async fn a_test_whose_node_is_restarted_at_once_is_aborted_and_one_whose_leader_changes_goes_on() {
    let cluster = cluster().await;
    let leader = cluster.wait_for_leader().await.unwrap();
    let there = researcher(&cluster, (leader + 1) % 3).await;
    there.post(RUN, &config(1.0)).await.unwrap().success().unwrap();
    until(&there, "the load", |status| status["phase"] == json!("running")).await;
    cluster.restart(leader).await.unwrap();
    let status = until(&there, "the end", |status| status["running"] == json!(false)).await;
    assert_eq!(status["phase"], "aborted");

    let runner = cluster.wait_for_leader().await.unwrap();
    let there = there.at(cluster.url((runner + 1) % 3));
    there.post(RUN, &config(0.2)).await.unwrap().success().unwrap();
    until(&there, "the load", |status| status["phase"] == json!("running")).await;
    // Long enough for the others to elect, and short of being found faulty.
    cluster.pause(runner).unwrap();
    cluster.wait_for_leader().await.unwrap();
    cluster.resume(runner).unwrap();
    let status = until(&there, "the end", |status| status["running"] == json!(false)).await;
    assert_eq!((&status["phase"], &status["node"]), (&json!("completed"), &json!(runner)));
}

#[tokio::test]
async fn the_same_key_begins_one_test() {
    let cluster = cluster().await;
    let here = researcher(&cluster, 0).await;
    let mut ids = Vec::new();
    for url in cluster.urls() {
        let there = here.at(url);
        let request = there.request(reqwest::Method::POST, RUN).json(&config(0.05)).header("Idempotency-Key", "once");
        ids.push(there.send(request).await.unwrap().success().unwrap().value()["testId"].clone());
    }
    assert!(ids[0].is_string() && ids[1] == ids[0] && ids[2] == ids[0], "{ids:?}");
}

#[tokio::test]
async fn only_administrators_and_researchers_test_and_what_is_asked_is_checked() {
    let cluster = cluster().await;
    let nobody = cluster.client(0).unwrap();
    let admin = login(&cluster, 0, "admin").await;
    for account in ["user", "provider"] {
        let other = login(&cluster, 1, account).await;
        for path in [STATUS, RESULTS, "/api/performance-test/subscriptions/metrics"] {
            assert_eq!(other.get(path).await.unwrap().status, 403, "{path}");
            assert_eq!(nobody.get(path).await.unwrap().status, 401, "{path}");
            assert_eq!(admin.get(path).await.unwrap().status, 200, "{path}");
        }
        for path in [RUN, STOP, "/api/performance-test/quick-test", "/api/performance-test/subscriptions/start"] {
            assert_eq!(other.post(path, &config(0.1)).await.unwrap().status, 403, "{path}");
            assert_eq!(nobody.post(path, &config(0.1)).await.unwrap().status, 401, "{path}");
        }
    }
    for (field, value, status) in [
        ("numberOfNodes", json!(8), 422),
        ("testDurationMinutes", json!(0), 422),
        ("testDurationMinutes", json!(600), 422),
        ("numberOfUsers", json!(2.5), 422),
        ("reservationRate", json!(100_000), 422),
        ("conflictIntensity", json!(30), 422),
        ("numberOfProviders", json!("many"), 400),
        ("seatsPerProvider", Value::Null, 400),
    ] {
        let mut body = config(0.1);
        body[field] = value;
        let answer = admin.post(RUN, &body).await.unwrap();
        assert_eq!(answer.status, status, "{field}: {}", answer.text);
        assert!(status == 400 || answer.value()["message"].as_str().unwrap().contains(field), "{}", answer.text);
    }
    let answer = admin.post("/api/performance-test/quick-test?users=few", &json!({})).await.unwrap();
    assert_eq!((answer.status, answer.value()["error"].as_str()), (400, Some("invalid")));
    assert_eq!(get(&admin, STATUS).await["running"], false);
}

#[tokio::test]
async fn subscriptions_beside_any_test_hear_of_reservations_on_all_nodes_until_they_are_stopped() {
    let cluster = cluster().await;
    let here = researcher(&cluster, 0).await;
    let metrics = "/api/performance-test/subscriptions/metrics";
    assert_eq!(get(&here, metrics).await["active"], false);
    let wanted = json!({ "numberOfUsers": 6.0, "subscriptionRate": 50, "aggressiveSubscriberCount": 3 });
    let begun = here.post("/api/performance-test/subscriptions/start", &wanted).await.unwrap().success().unwrap();
    assert_eq!(begun.value()["active"], true);
    let there = here.at(cluster.url(2));
    let look = async |what: &str, wanted: &dyn Fn(&Value) -> bool| {
        let started = Instant::now();
        loop {
            let now = get(&there, metrics).await;
            if wanted(&now) {
                return;
            }
            assert!(started.elapsed() < Duration::from_secs(20), "timed out waiting for {what}: {now}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    look("the subscribers", &|now| now["subscriptionCount"] == json!(6)).await;
    let user = login(&cluster, 1, "user").await;
    for _ in 0..5 {
        user.book_any("v-mtl-qc").await.unwrap();
    }
    look("what they are told", &|now| now["deliveredCount"].as_u64().is_some_and(|told| told >= 15)).await;
    there.post("/api/performance-test/subscriptions/stop", &json!({})).await.unwrap().success().unwrap();
    look("the end", &|now| *now == json!({ "active": false, "subscriptionCount": 0, "deliveredCount": 0 })).await;
}
