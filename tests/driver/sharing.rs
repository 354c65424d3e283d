//! Reads that are shared, second opinions, writes kept over a reload, control fetches, losers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use vcube_raft_frontend::api_service::failover::Target;
use vcube_raft_frontend::api_service::transport::{Cache, Method, Response, TransportError};
use vcube_raft_frontend::api_service::{Access, ApiError, ApiRequest, Identity, PendingWrite, Repeat, WriteStore};

use crate::scripted::{HEALTH, Reaction, Script, Stage, base, healthy_with, json};

fn identify(stage: &Stage) {
    let identity = Identity { user_id: "u".into(), role: "USER".into(), token: Some("t".into()) };
    stage.api.identify(Some(identity));
}

fn private(path: &str) -> ApiRequest {
    ApiRequest::read(path.to_owned(), Access::Authenticated)
}

#[test]
fn identical_reads_at_the_same_time_are_one_request_and_every_caller_gets_the_answer() {
    let mut stage = Stage::new(1);
    identify(&stage);
    let api = stage.api;
    let calls: Vec<_> =
        (0..5).map(|_| stage.start(async move { api.fetch_with_failover(private("/x")).await })).collect();
    let other = stage.start(async move { api.fetch_with_failover(private("/y")).await });
    stage.advance(50);
    assert!(calls.iter().chain([&other]).all(|call| call.borrow().as_ref().is_some_and(Result::is_ok)));
    assert_eq!(stage.requests().len(), 2);
    let again = stage.start(async move { api.fetch_with_failover(private("/x")).await });
    stage.advance(50);
    assert!(again.borrow().is_some());
    assert_eq!(stage.requests().len(), 3, "an answer is not kept");
}

#[test]
fn a_read_after_a_write_does_not_join_one_from_before_it() {
    let mut stage = Stage::new(1);
    identify(&stage);
    let slow = json(200, "{}");
    let Reaction::Answer { response, .. } = slow else { panic!("an answer") };
    stage.script(
        0,
        Rc::new(move |request| match (request.url.ends_with("/api/health"), request.method) {
            (true, _) => json(200, HEALTH),
            (_, Method::Get) => Reaction::Answer { after_ms: 100, response: response.clone() },
            _ => json(201, "{}"),
        }),
    );
    let api = stage.api;
    let before = stage.start(async move { api.fetch_with_failover(private("/list")).await });
    stage.run(async move {
        let write = ApiRequest::write(Method::Post, "/list", Some("{}".into()), Repeat::NeedsKey);
        assert!(api.fetch_with_failover(write).await.is_ok());
    });
    let after = stage.start(async move { api.fetch_with_failover(private("/list")).await });
    stage.advance(300);
    assert!(before.borrow().is_some() && after.borrow().is_some());
    let reads = stage.requests().iter().filter(|request| request.method == Method::Get).count();
    assert_eq!(reads, 2);
}

#[test]
fn a_shared_read_goes_on_until_the_last_of_its_callers_leaves() {
    let mut stage = Stage::new(1);
    identify(&stage);
    stage.script(0, healthy_with(Reaction::Hang));
    let api = stage.api;
    let mut handles = Vec::new();
    for _ in 0..2 {
        let call = Box::pin(async move { api.fetch_with_failover(private("/x")).await });
        let (task, handle) = futures_util::future::abortable(call);
        stage.start(task);
        handles.push(handle);
    }
    stage.advance(50);
    handles[0].abort();
    stage.advance(10);
    assert_eq!(api.under_way(), (1, 1), "the other one still waits");
    handles[1].abort();
    stage.advance(10);
    assert_eq!(api.under_way(), (0, 0));
    assert_eq!(stage.requests().len(), 1);
}

#[test]
fn a_401_of_a_node_that_did_not_issue_the_token_is_confirmed_by_a_second_one() {
    let mut stage = Stage::new(3);
    identify(&stage);
    // Node 0 lost its keys; the others know the token.
    stage.script(0, healthy_with(json(401, r#"{"message":"unknown token"}"#)));
    let api = stage.api;
    let result = stage.run(async move { api.fetch_with_failover(private("/x")).await });
    assert_eq!(result.map(|delivered| delivered.response.status), Ok(200));
    assert_eq!(stage.requests().len(), 2);

    (1..3).for_each(|node| stage.script(node, healthy_with(json(401, r#"{"message":"over"}"#))));
    let result: Result<(), ApiError> = stage.run(async move { api.send(private("/x")).await });
    assert_eq!(result, Err(ApiError::Unauthorized { message: Some("over".into()) }));
}

#[test]
fn a_401_of_the_issuer_ends_the_session_at_once() {
    let mut stage = Stage::new(3);
    let login = json(200, r#"{"success":true,"role":"USER","userId":3,"token":"t"}"#);
    let script: Script = Rc::new(move |request| match request.url.rsplit('/').next() {
        Some("health") => json(200, HEALTH),
        Some("login") => login.clone(),
        _ => json(401, "{}"),
    });
    stage.script(0, script);
    let api = stage.api;
    assert!(stage.run(async move { api.login("a@b", "x").await }).is_ok());
    identify(&stage);
    let result: Result<(), ApiError> = stage.run(async move { api.send(private("/x")).await });
    assert!(matches!(result, Err(ApiError::Unauthorized { .. })));
    assert_eq!(stage.requests().len(), 2, "the login and one question");
}

#[derive(Clone, Default)]
struct Memory(Rc<RefCell<Option<String>>>);

impl WriteStore for Memory {
    fn load(&self) -> Option<String> {
        self.0.borrow().clone()
    }

    fn save(&self, text: &str) {
        *self.0.borrow_mut() = Some(text.to_owned());
    }
}

#[test]
fn a_write_under_way_is_offered_again_after_a_reload_and_goes_out_with_its_own_key() {
    let memory = Memory::default();
    let mut before = Stage::new(1);
    identify(&before);
    before.api.keep_writes_in(Box::new(memory.clone()));
    before.script(0, healthy_with(Reaction::Hang));
    let api = before.api;
    before.start(async move {
        let write = ApiRequest::write(Method::Post, "/reservations/", Some("{\"seat\":1}".into()), Repeat::NeedsKey);
        api.fetch_with_failover(write).await
    });
    before.advance(50);
    let sent = before.requests()[0].clone();

    // The page is loaded again.
    let mut after = Stage::new(1);
    after.script(0, healthy_with(json(201, "{}")));
    identify(&after);
    after.api.keep_writes_in(Box::new(memory.clone()));
    let api = after.api;
    let pending = api.pending_writes();
    assert_eq!(pending.len(), 1);
    let write = pending[0].clone();
    assert!(after.run(async move { api.resume_write(&write).await }).is_ok());
    let again = after.requests()[0].clone();
    let key = |request: &vcube_raft_frontend::api_service::transport::Request| {
        request.headers.iter().find(|(name, _)| &**name == "Idempotency-Key").map(|(_, value)| value.to_string())
    };
    assert_eq!((key(&again), &again.body), (key(&sent), &sent.body));
    assert!(key(&again).is_some());
    assert!(api.pending_writes().is_empty());
    assert_eq!(memory.load().as_deref(), Some("[]"));
}

#[test]
fn a_write_that_was_answered_is_not_kept_whatever_the_answer() {
    let mut stage = Stage::new(1);
    identify(&stage);
    let memory = Memory::default();
    stage.api.keep_writes_in(Box::new(memory.clone()));
    stage.script(0, healthy_with(json(409, r#"{"error":"taken"}"#)));
    let api = stage.api;
    let write = ApiRequest::write(Method::Post, "/reservations/", Some("{}".into()), Repeat::NeedsKey);
    assert!(stage.run(async move { api.fetch_with_failover(write).await }).is_ok());
    assert!(api.pending_writes().is_empty());
}

#[test]
fn when_every_node_fails_the_pages_own_origin_is_asked_and_decides_whose_fault_it_is() {
    for reached in [false, true] {
        let mut stage = Stage::new(3);
        let refuse: Script = Rc::new(|_| Reaction::Fail { after_ms: 1, error: TransportError::Network });
        (0..3).for_each(|node| stage.script(node, Rc::clone(&refuse)));
        let asked = Rc::new(Cell::new(0));
        let count = Rc::clone(&asked);
        stage.script_url(
            "/config.json",
            Rc::new(move |request| {
                assert!(request.cache == Cache::Bypassed && request.headers.is_empty());
                count.set(count.get() + 1);
                if reached { json(404, "") } else { Reaction::Fail { after_ms: 1, error: TransportError::Network } }
            }),
        );
        let api = stage.api;
        assert!(stage.run(async move { api.fetch_with_failover(private("/x")).await }).is_err());
        stage.advance(2_000);
        assert!(asked.get() >= 1);
        assert_eq!(api.snapshot().local_fault.is_some(), !reached);
        assert_eq!(api.under_way(), (0, 0));
    }
}

#[test]
fn the_loser_of_a_hedge_is_taken_back_after_two_seconds() {
    let mut stage = Stage::new(2);
    stage.script(0, healthy_with(Reaction::Hang));
    let api = stage.api;
    let read = || ApiRequest::read("/x", Access::Public);
    assert!(stage.run(async move { api.fetch_with_failover(read()).await }).is_ok());
    assert_eq!(stage.log.dropped.get(), 0);
    assert_eq!(api.under_way(), (1, 0), "nobody waits, the request is listened to");
    stage.advance(2_100);
    assert_eq!(stage.log.dropped.get(), 1);
    assert_eq!(api.under_way(), (0, 0));
}

#[test]
fn whoever_waits_for_a_check_of_a_node_that_is_taken_out_is_not_left_waiting() {
    let mut stage = Stage::new(2);
    stage.script(1, Rc::new(|_| Reaction::Hang));
    let api = stage.api;
    let check = stage.start(async move { api.probe_node(1).await });
    stage.advance(10);
    let first = [vcube_raft_frontend::api_service::failover::NodeUrl::from_normalized(base(0))];
    api.set_nodes(&first);
    stage.advance(10);
    assert_eq!(*check.borrow(), Some(Ok(None)));
}

#[test]
fn a_forwarded_write_is_read_back_with_its_index_also_from_the_node_that_forwarded_it() {
    let mut stage = Stage::new(2);
    identify(&stage);
    let written = Response { status: 201, body: "{}".into(), raft_index: Some(9), ..Response::default() };
    stage.script(
        0,
        Rc::new(move |request| match (request.url.ends_with("/api/health"), request.method) {
            (true, _) => json(200, HEALTH),
            (_, Method::Get) => json(200, "[]"),
            _ => Reaction::Answer { after_ms: 5, response: written.clone() },
        }),
    );
    let api = stage.api;
    stage.run(async move {
        let write = ApiRequest::write(Method::Post, "/list", Some("{}".into()), Repeat::NeedsKey);
        let _ = api.fetch_with_failover(write).await;
        let _ = api.fetch_with_failover(private("/list")).await;
    });
    let read = &stage.requests()[1];
    let index = read.headers.iter().find(|(name, _)| &**name == "X-Raft-Min-Index").map(|(_, value)| value.to_string());
    assert_eq!(index.as_deref(), Some("9"));
}

#[test]
fn the_choice_of_a_node_can_be_read_by_a_page() {
    let stage = Stage::new(3);
    let candidates = stage.api.explain(Target::AnyNode);
    assert_eq!(candidates.len(), 3);
    assert_eq!(candidates[0].standing.as_str(), "taken");
}

/// The words of the server were lost, and "done" was said.
#[test]
fn a_resumed_write_that_is_refused_says_so_in_the_words_of_the_server_and_a_401_is_one() {
    let kept = PendingWrite {
        user: "u".into(),
        key: "k1".into(),
        method: "POST".into(),
        path: "/reservations/".into(),
        body: Some("{}".into()),
        since_ms: 0.0,
    };
    let mut stage = Stage::new(1);
    identify(&stage);
    let api = stage.api;
    let mut resumed = |status, body: &str| {
        stage.script(0, healthy_with(json(status, body)));
        let kept = kept.clone();
        stage.run(async move { api.resume_write(&kept).await })
    };
    let refused = resumed(409, r#"{"error":"seat_taken","message":"seat 7 is taken"}"#);
    let message = Some("seat 7 is taken".to_owned());
    assert_eq!(refused, Err(ApiError::Refused { status: 409, code: Some("seat_taken".into()), message }));
    assert!(matches!(resumed(401, "{}"), Err(ApiError::Unauthorized { .. })));
    assert!(resumed(201, "").is_ok(), "whatever the body");
}
