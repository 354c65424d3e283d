//! The driver and the service on scripted nodes, in virtual time.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

mod scripted;
mod sessions;
mod sharing;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scripted::{HEALTH, Reaction, Stage, base, healthy_with, json};
use vcube_raft_frontend::api_service::endpoints::reservations::NewReservation;
use vcube_raft_frontend::api_service::failover::{Duration, Unsendable};
use vcube_raft_frontend::api_service::transport::{Cache, Method, Request, Response, Transport, TransportError};
use vcube_raft_frontend::api_service::{Access, ApiError, ApiRequest, ExtraHeaders, Identity, Repeat};

fn booking() -> NewReservation {
    NewReservation { user_id: "u".into(), provider_id: "p".into(), vehicle_id: "v".into(), seat_id: "s".into() }
}

const BOOKED: &str = r#"{"id":"r1","userId":"u","providerId":"p","vehicleId":"v","seatId":"s","status":"COMMITTED"}"#;

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(known, _)| &**known == name).map(|(_, value)| &**value)
}

#[test]
fn a_read_moves_to_the_next_node_when_one_refuses() {
    let mut stage = Stage::new(3);
    stage.script(0, Rc::new(|_| Reaction::Fail { after_ms: 1, error: TransportError::Network }));
    let api = stage.api;
    let delivered = stage.run(async move { api.fetch_with_failover(ApiRequest::read("/x", Access::Public)).await });
    let delivered = delivered.expect("two nodes are well");
    assert_eq!(delivered.trace.len(), 2);
    assert_ne!(api.index_of(delivered.node), Some(0));
}

#[test]
fn a_body_that_breaks_off_is_a_failure_of_its_node() {
    let mut stage = Stage::new(2);
    stage.script(0, healthy_with(Reaction::Fail { after_ms: 5, error: TransportError::Truncated }));
    let api = stage.api;
    let delivered = stage.run(async move { api.fetch_with_failover(ApiRequest::read("/x", Access::Public)).await });
    assert_eq!(delivered.map(|delivered| delivered.trace.len()), Ok(2));
}

/// Every node was blamed for it, one after the other.
#[test]
fn what_the_browser_refuses_to_send_is_an_error_of_its_own_and_blames_no_node() {
    let mut stage = Stage::new(2);
    let error = TransportError::Unsendable(Unsendable::Header);
    (0..2).for_each(|node| stage.script(node, healthy_with(Reaction::Fail { after_ms: 0, error })));
    let api = stage.api;
    let result = stage.run(async move { api.fetch_with_failover(ApiRequest::read("/x", Access::Public)).await });
    assert_eq!(result.err(), Some(ApiError::Unsendable { what: Unsendable::Header }));
    assert_eq!((stage.requests().len(), api.snapshot().healthy()), (1, 2));
}

#[test]
fn a_page_instead_of_json_is_tried_elsewhere_and_then_said_to_be_no_json() {
    let mut stage = Stage::new(2);
    stage.script(0, healthy_with(json(200, "<!doctype html>")));
    let api = stage.api;
    let ask = move || async move { api.fetch_with_failover(ApiRequest::read("/x", Access::Public)).await };
    assert!(stage.run(ask()).is_ok());
    stage.script(1, healthy_with(json(200, "<!doctype html>")));
    let error = stage.run(ask()).err();
    assert!(matches!(error, Some(ApiError::Decode { path, .. }) if path == "/x"));
}

/// Sends only health checks, and says how long they took.
struct Checker {
    nodes: Rc<dyn Transport>,
    sent: Rc<Cell<u32>>,
}

impl Transport for Checker {
    fn send(&self, request: Request) -> LocalBoxFuture<'static, Result<Response, TransportError>> {
        assert!(request.url.ends_with("/api/health"), "{}", request.url);
        self.sent.set(self.sent.get() + 1);
        let sending = self.nodes.send(request);
        Box::pin(async move { Ok(Response { took: Some(Duration::from_millis(2)), ..sending.await? }) })
    }
}

#[test]
fn checks_go_by_what_is_there_for_them_and_take_as_long_as_that_measured() {
    let mut stage = Stage::new(2);
    let api = stage.api;
    let latency = move || api.snapshot().nodes[0].latency;
    assert_eq!(latency(), Some(Duration::from_millis(5)), "by the core's clock");
    let sent = Rc::new(Cell::new(0));
    api.check_by(Rc::new(Checker { nodes: stage.another_transport(), sent: Rc::clone(&sent) }));
    stage.run(api.perform_health_check());
    assert_eq!((latency(), sent.get()), (Some(Duration::from_millis(2)), 2));
    // Calls go as before.
    assert!(stage.run(api.fetch_with_failover(ApiRequest::read("/x", Access::Public))).is_ok());
}

#[test]
fn a_booking_keeps_its_key_over_every_node_that_it_is_sent_to() {
    let mut stage = Stage::new(3);
    stage.script(0, healthy_with(Reaction::Fail { after_ms: 1, error: TransportError::Network }));
    (1..3).for_each(|node| stage.script(node, healthy_with(json(201, BOOKED))));
    let api = stage.api;
    let booked = stage.run(async move { api.reserve(booking(), &api.new_idempotency_key()).await });
    assert_eq!(booked.map(|reservation| reservation.id), Ok("r1".into()));
    let requests = stage.requests();
    assert_eq!(requests.len(), 2);
    let keys: Vec<_> = requests.iter().map(|request| header(request, "Idempotency-Key")).collect();
    assert!(keys[0].is_some_and(|key| key.len() == 32));
    assert_eq!(keys[0], keys[1]);
    assert_eq!(requests[0].body, requests[1].body);
}

#[test]
fn a_booking_on_an_older_backend_is_sent_once_and_its_outcome_is_unknown() {
    let mut stage = Stage::new(3);
    for node in 0..3 {
        stage.script(
            node,
            Rc::new(|request| {
                if request.url.ends_with("/api/health") {
                    return json(200, r#"{"status":"UP"}"#);
                }
                Reaction::Fail { after_ms: 1, error: TransportError::Network }
            }),
        );
    }
    let api = stage.api;
    stage.run(async move { api.perform_health_check().await });
    let result = stage.run(async move { api.reserve(booking(), &api.new_idempotency_key()).await });
    assert!(matches!(result, Err(ApiError::OutcomeUnknown { node: Some(node) }) if *node == *base(0)));
    let requests = stage.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(header(&requests[0], "Idempotency-Key"), None);
}

#[test]
fn a_dropped_call_takes_its_request_back_and_leaves_nothing_behind() {
    let mut stage = Stage::new(3);
    stage.script(0, healthy_with(Reaction::Hang));
    let api = stage.api;
    let call = Box::pin(async move { api.fetch_with_failover(ApiRequest::read("/x", Access::Public)).await });
    let (task, handle) = futures_util::future::abortable(call);
    let ended = stage.start(task);
    stage.advance(100);
    assert_eq!(api.under_way(), (1, 1));
    handle.abort();
    stage.advance(1);
    assert!(ended.borrow().as_ref().is_some_and(Result::is_err));
    assert_eq!(stage.log.dropped.get(), 1, "the request was taken back");
    assert_eq!(api.under_way(), (0, 0));
    assert_eq!(stage.requests().len(), 1);
}

#[test]
fn ten_thousand_calls_leave_no_timer_and_no_request_behind() {
    let mut stage = Stage::new(3);
    let api = stage.api;
    let idle = stage.clock.live_timers();
    for round in 0..100 {
        let done = Rc::new(Cell::new(0));
        for _ in 0..100 {
            let done = Rc::clone(&done);
            stage.start(async move {
                let answer = api.fetch_with_failover(ApiRequest::read("/x", Access::Public)).await;
                done.set(done.get() + u32::from(answer.is_ok()));
            });
        }
        if round % 10 == 3 {
            stage.script(round % 3, Rc::new(|_| Reaction::Fail { after_ms: 2, error: TransportError::Network }));
        }
        stage.advance(3_000);
        assert_eq!(done.get(), 100, "round {round}");
        (0..3).for_each(|node| stage.script(node, healthy_with(json(200, "{}"))));
    }
    assert_eq!(api.under_way(), (0, 0));
    assert!(stage.clock.live_timers() <= idle, "{} timers, {idle} at the start", stage.clock.live_timers());
}

#[test]
fn the_token_goes_to_calls_that_say_who_asks_and_to_no_other() {
    let mut stage = Stage::new(1);
    let api = stage.api;
    api.identify(Some(Identity { user_id: "u".into(), role: "USER".into(), token: Some("secret".into()) }));
    stage.run(async move {
        let _ = api.fetch_with_failover(ApiRequest::read("/private", Access::Authenticated)).await;
        let _ = api.fetch_with_failover(ApiRequest::read("/public", Access::Public)).await;
    });
    stage.run(async move { api.perform_health_check().await });
    let requests = stage.log.requests.borrow();
    for request in requests.iter() {
        let expected = request.url.ends_with("/private").then_some("Bearer secret");
        assert_eq!(header(request, "Authorization"), expected, "{}", request.url);
        assert!(!request.url.contains("secret"));
    }
    drop(requests);
    assert!(!api.export_journal().contains("secret"));
    assert!(
        !format!("{:?}", Identity { user_id: "u".into(), role: "r".into(), token: Some("secret".into()) })
            .contains("secret")
    );
}

#[test]
fn a_backend_that_gave_no_token_is_told_who_asks_with_every_call_but_health_checks_and_logins() {
    for (legacy, told) in [(None, true), (Some(true), true), (Some(false), false)] {
        let mut stage = Stage::with(1, |options| options.legacy_identity_headers = legacy);
        let api = stage.api;
        api.identify(Some(Identity { user_id: "7".into(), role: "ADMIN".into(), token: None }));
        let read = move |access| async move { api.fetch_with_failover(ApiRequest::read("/x", access)).await };
        assert!(stage.run(read(Access::Authenticated)).is_ok());
        assert!(stage.run(read(Access::Public)).is_ok());
        let _ = stage.run(async move { api.login("a@b", "x").await });
        stage.advance(60_000);
        let requests = stage.requests();
        for read in &requests[..2] {
            assert_eq!(header(read, "X-User-Id"), told.then_some("7"), "{legacy:?}");
            assert_eq!(header(read, "X-User-Role"), told.then_some("ADMIN"), "{legacy:?}");
        }
        assert_eq!(header(&requests[2], "X-User-Id"), None, "whoever signs in is nobody yet");
        let checks = stage.log.requests.borrow();
        let mut checks = checks.iter().filter(|request| request.url.ends_with("/api/health"));
        assert!(checks.all(|check| check.headers.is_empty()));
    }
}

/// A vehicle list that may be kept for a minute was shown as it was before a booking, and in the check after a booking of
/// which nobody knew whether it was made.
#[test]
fn what_a_cache_may_keep_is_confirmed_by_the_node_after_a_write_and_in_another_session() {
    let mut stage = Stage::new(1);
    let api = stage.api;
    let kept = Response { status: 200, body: "[]".into(), kept: true, ..Response::default() };
    stage.script(0, healthy_with(Reaction::Answer { after_ms: 5, response: kept }));
    let sign_in = move |user: &str| {
        api.identify(Some(Identity { user_id: user.into(), role: "USER".into(), token: Some("t".into()) }));
    };
    let read = move || async move { api.fetch_with_failover(ApiRequest::read("/x", Access::Authenticated)).await };
    sign_in("ana");
    assert!(stage.run(read()).is_ok());
    assert!(stage.run(read()).is_ok());
    let write = ApiRequest::write(Method::Post, "/reservations/", Some("{}".into()), Repeat::NeedsKey);
    assert!(stage.run(async move { api.fetch_with_failover(write).await }).is_ok());
    assert!(stage.run(read()).is_ok());
    assert!(stage.run(read()).is_ok());
    sign_in("bob");
    assert!(stage.run(read()).is_ok());
    let reads = stage.requests();
    let reads: Vec<Cache> =
        reads.iter().filter(|request| request.method == Method::Get).map(|request| request.cache).collect();
    use Cache::{Allowed, Confirmed};
    assert_eq!(reads, [Confirmed, Allowed, Confirmed, Allowed, Confirmed]);
}

#[test]
fn headers_of_the_deployment_go_with_every_call_and_with_no_health_check() {
    let headers = ExtraHeaders::new([("X-Api-Key".to_owned(), "secret".to_owned())]).expect("a name and a value");
    let mut stage = Stage::with(2, |options| options.headers = headers);
    let api = stage.api;
    stage.run(async move {
        let _ = api.fetch_with_failover(ApiRequest::read("/public", Access::Public)).await;
        let _ = api.fetch_with_failover(ApiRequest::read("/private", Access::Authenticated)).await;
        let _ = api.reserve(booking(), &api.new_idempotency_key()).await;
    });
    stage.run(async move { api.perform_health_check().await });
    let requests = stage.log.requests.borrow();
    let paths: Vec<&str> = requests.iter().map(|request| request.url.trim_start_matches("http://")).collect();
    assert!(requests.len() >= 5, "{paths:?}");
    for request in requests.iter() {
        let is_check = request.url.ends_with("/api/health");
        assert_eq!(header(request, "X-Api-Key"), (!is_check).then_some("secret"), "{}", request.url);
        assert_eq!(request.cache == Cache::Bypassed, is_check, "{}", request.url);
    }
    drop(requests);
    assert!(!api.export_journal().contains("secret"));
}

#[test]
fn after_a_failover_no_older_data_is_asked_for() {
    let mut stage = Stage::new(2);
    let fresh = Response { status: 200, body: "{}".into(), raft_index: Some(41), ..Response::default() };
    stage.script(0, healthy_with(Reaction::Answer { after_ms: 5, response: fresh }));
    let api = stage.api;
    let ask = move |access| async move { api.fetch_with_failover(ApiRequest::read("/x?a=1", access)).await };
    assert!(stage.run(ask(Access::Public)).is_ok());
    assert!(api.switch_to_node(1).is_ok());
    assert!(stage.run(ask(Access::Public)).is_ok());
    assert!(stage.run(ask(Access::Authenticated)).is_ok());
    let requests = stage.requests();
    assert!(requests[0].url.ends_with("/x?a=1"));
    assert!(requests[1].url.ends_with("/x?a=1&minIndex=41"), "{}", requests[1].url);
    assert_eq!(header(&requests[2], "X-Raft-Min-Index"), Some("41"));
}

#[test]
fn an_index_of_the_log_that_no_log_has_is_not_asked_for_elsewhere() {
    let mut stage = Stage::new(2);
    let absurd = Response { status: 200, body: "{}".into(), raft_index: Some(u64::MAX), ..Response::default() };
    stage.script(0, healthy_with(Reaction::Answer { after_ms: 5, response: absurd }));
    let api = stage.api;
    let ask = move || async move { api.fetch_with_failover(ApiRequest::read("/x", Access::Public)).await };
    assert!(stage.run(ask()).is_ok());
    assert!(api.switch_to_node(1).is_ok());
    assert!(stage.run(ask()).is_ok());
    assert!(stage.requests()[1].url.ends_with("/x"), "{}", stage.requests()[1].url);
}

#[test]
fn a_read_without_headers_bypasses_the_cache_and_one_with_headers_does_not() {
    let mut stage = Stage::new(1);
    let api = stage.api;
    api.identify(Some(Identity { user_id: "u".into(), role: "USER".into(), token: Some("t".into()) }));
    let ask = move |access| async move { api.fetch_with_failover(ApiRequest::read("/x", access)).await };
    assert!(stage.run(ask(Access::Public)).is_ok());
    assert!(stage.run(ask(Access::Authenticated)).is_ok());
    let requests = stage.requests();
    assert!(requests[0].cache == Cache::Bypassed && requests[0].headers.is_empty());
    assert!(requests[1].cache != Cache::Bypassed);
}

#[test]
fn a_wrong_password_is_the_persons_matter_and_no_nodes() {
    let mut stage = Stage::new(2);
    stage.script(0, healthy_with(json(401, r#"{"success":false,"message":"wrong password"}"#)));
    let api = stage.api;
    let result = stage.run(async move { api.login("a@b", "x").await });
    assert_eq!(result.err(), Some(ApiError::Unauthorized { message: Some("wrong password".into()) }));
    assert_eq!(stage.requests().len(), 1);
    assert_eq!(api.snapshot().healthy(), 2);
}

#[test]
fn a_login_fails_over_like_every_other_call() {
    let mut stage = Stage::new(2);
    stage.script(0, Rc::new(|_| Reaction::Fail { after_ms: 1, error: TransportError::Network }));
    stage.script(1, healthy_with(json(200, r#"{"success":true,"role":"admin","userId":3,"token":"t"}"#)));
    let api = stage.api;
    let login = stage.run(async move { api.login("a@b", "x").await });
    assert_eq!(login.map(|login| login.user_id), Ok("3".into()));
}

#[test]
fn an_answer_that_lacks_a_field_names_the_path_and_the_field() {
    let mut stage = Stage::new(1);
    stage.script(0, healthy_with(json(200, r#"{"id":"v","capacity":12}"#)));
    let api = stage.api;
    let error = stage.run(async move { api.vehicle("v").await }).err();
    let Some(ApiError::Decode { path, detail }) = error else { panic!("{error:?}") };
    assert_eq!(path, "/api/integrated/vehicles/v");
    assert!(detail.contains("providerId"), "{detail}");
}

#[test]
fn what_of_a_list_could_not_be_read_is_said_once_and_stands_in_the_export_while_it_lasts() {
    let mut stage = Stage::new(1);
    stage.script(0, healthy_with(json(200, r#"[{"providerId":"p"},{"providerId":"q","reservationCount":1}]"#)));
    let api = stage.api;
    let heard = Rc::new(RefCell::new(Vec::new()));
    let listener = Rc::clone(&heard);
    api.on_unreadable(move |path, unreadable| {
        listener
            .borrow_mut()
            .push(format!("{path}: {} of {}: {}", unreadable.count, unreadable.total, unreadable.first));
    });
    for _ in 0..2 {
        let listed = stage.run(async move { api.top_providers().await });
        assert_eq!(listed.map(|listed| listed.entries.len()), Ok(1));
    }
    let said = "/api/admin/charts/top-providers: 1 of 2: field `[0]`: missing field `reservationCount`";
    assert_eq!(*heard.borrow(), [said]);
    let export = || serde_json::from_str::<serde_json::Value>(&api.export_journal()).expect("JSON");
    assert_eq!(export()["unreadable"][0]["path"], "/api/admin/charts/top-providers");
    stage.script(0, healthy_with(json(200, "[]")));
    stage.run(async move { api.top_providers().await.map(drop) }).expect("an empty list");
    assert_eq!(export()["unreadable"], serde_json::json!([]));
}

#[test]
fn a_health_check_by_hand_ends_when_every_node_was_checked() {
    let mut stage = Stage::new(3);
    stage.script(2, Rc::new(|_| Reaction::Hang));
    let api = stage.api;
    let before = api.now();
    stage.run(async move { api.perform_health_check().await });
    let snapshot = api.snapshot();
    assert!(snapshot.nodes.iter().all(|node| node.last_checked.is_some_and(|at| at >= before)));
    assert!(snapshot.nodes[2].checks.last().is_some_and(|check| check.result.is_err()));
}

#[test]
fn listeners_hear_of_changes_until_they_leave() {
    let mut stage = Stage::new(2);
    let heard = Rc::new(Cell::new(0));
    let count = Rc::clone(&heard);
    let subscription = stage.api.on_change(move || count.set(count.get() + 1));
    assert!(stage.api.switch_to_node(1).is_ok());
    assert!(heard.get() > 0);
    drop(subscription);
    let before = heard.get();
    assert!(stage.api.switch_to_node(0).is_ok());
    stage.advance(10);
    assert_eq!(heard.get(), before);
}

#[test]
fn another_write_can_be_forbidden_to_repeat_even_where_keys_are_honoured() {
    let mut stage = Stage::new(2);
    stage.script(0, healthy_with(Reaction::Fail { after_ms: 1, error: TransportError::Network }));
    let api = stage.api;
    let mut request =
        ApiRequest::write(vcube_raft_frontend::api_service::transport::Method::Post, "/x", None, Repeat::NeedsKey);
    request.idempotent(Some(false), || api.new_idempotency_key());
    let result = stage.run(async move { api.fetch_with_failover(request).await });
    assert!(matches!(result, Err(ApiError::OutcomeUnknown { .. })));
    assert_eq!(stage.requests().len(), 1);
    assert!(HEALTH.contains("idempotency-key"));
}
