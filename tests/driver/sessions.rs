//! Who asks while sessions come and go: a call, an unfinished write and a 401 belong to the session that they are of.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use vcube_raft_frontend::api_service::transport::{Method, Request, TransportError};
use vcube_raft_frontend::api_service::{Access, ApiError, ApiRequest, Identity, Repeat};

use crate::scripted::{HEALTH, Reaction, Script, Stage, healthy_with, json};

fn sign_in(stage: &Stage, user: &str, token: &str) {
    let identity = Identity { user_id: user.into(), role: "USER".into(), token: Some(token.into()) };
    stage.api.identify(Some(identity));
}

fn booking() -> ApiRequest {
    ApiRequest::write(Method::Post, "/reservations/", Some("{}".into()), Repeat::NeedsKey)
}

fn token(request: &Request) -> Option<&str> {
    request.headers.iter().find(|(name, _)| &**name == "Authorization").map(|(_, value)| &**value)
}

/// Fails the first requests but for health checks, after `after_ms`, and answers the others with `then`.
fn failing_first(failures: u32, after_ms: u64, then: Reaction) -> Script {
    let failed = Cell::new(0);
    Rc::new(move |request| {
        if request.url.ends_with("/api/health") {
            return json(200, HEALTH);
        }
        failed.set(failed.get() + 1);
        if failed.get() > failures {
            return then.clone();
        }
        Reaction::Fail { after_ms, error: TransportError::Network }
    })
}

/// The repeat of one person's booking went out with the token of the next one.
#[test]
fn a_write_that_is_repeated_in_a_later_session_still_says_who_submitted_it() {
    let mut stage = Stage::new(2);
    let script = failing_first(1, 40, json(201, "{}"));
    (0..2).for_each(|node| stage.script(node, Rc::clone(&script)));
    sign_in(&stage, "ana", "of-ana");
    let api = stage.api;
    let booked = stage.start(async move { api.fetch_with_failover(booking()).await });
    stage.advance(20);
    sign_in(&stage, "bob", "of-bob");
    stage.advance(5_000);
    let tokens: Vec<_> = stage.requests().iter().map(|request| token(request).map(str::to_owned)).collect();
    assert!(tokens.len() > 1, "it was repeated");
    assert!(tokens.iter().all(|token| token.as_deref() == Some("Bearer of-ana")), "{tokens:?}");
    let ended = booked.borrow().as_ref().map(|ended| ended.as_ref().err().cloned());
    assert_eq!(ended, Some(Some(ApiError::Cancelled)), "what came of it is not told to somebody else");
}

#[test]
fn a_call_belongs_to_whoever_submitted_it_also_when_it_is_first_waited_for_later() {
    let mut stage = Stage::new(1);
    sign_in(&stage, "ana", "of-ana");
    let call = stage.api.fetch_with_failover(ApiRequest::read("/x", Access::Authenticated));
    sign_in(&stage, "bob", "of-bob");
    assert_eq!(stage.run(call).err(), Some(ApiError::Cancelled));
    assert_eq!(token(&stage.requests()[0]), Some("Bearer of-ana"));
}

/// The 401 of the session before ended the one that had just begun.
#[test]
fn a_late_401_of_an_earlier_session_is_none_of_the_present_one() {
    for (user, next) in [("ana", Some("ana")), ("ana", Some("bob")), ("ana", None)] {
        let mut stage = Stage::new(1);
        stage.script(0, healthy_with(json(401, "{}")));
        sign_in(&stage, user, "t");
        let api = stage.api;
        let asked = stage.start(async move { api.send(ApiRequest::read("/x", Access::Authenticated)).await });
        stage.advance(1);
        match next {
            Some(next) => sign_in(&stage, next, "t"),
            None => api.identify(None),
        }
        stage.advance(100);
        assert_eq!(*asked.borrow(), Some(Err(ApiError::Cancelled)), "then {next:?}");
        if next.is_some() {
            let own = stage.run(async move { api.send(ApiRequest::read("/x", Access::Authenticated)).await });
            assert!(matches!(own, Err(ApiError::Unauthorized { .. })), "its own 401 counts");
        }
    }
}

#[test]
fn whoever_signed_in_anew_is_told_what_came_of_an_earlier_call_of_theirs() {
    let mut stage = Stage::new(1);
    sign_in(&stage, "ana", "t1");
    let api = stage.api;
    let asked = stage.start(async move { api.send(ApiRequest::read("/x", Access::Authenticated)).await });
    stage.advance(1);
    sign_in(&stage, "ana", "t2");
    stage.advance(100);
    assert_eq!(*asked.borrow(), Some(Ok(())));
}

#[test]
fn an_unfinished_write_is_there_for_its_person_alone_and_nobody_else_can_send_it() {
    let mut stage = Stage::new(1);
    stage.script(0, healthy_with(Reaction::Fail { after_ms: 1, error: TransportError::Network }));
    sign_in(&stage, "ana", "of-ana");
    let api = stage.api;
    let ended: Rc<RefCell<Option<_>>> = stage.start(async move { api.send(booking()).await });
    stage.advance(1);
    assert_eq!((api.pending_writes().len(), api.unfinished_writes().len()), (1, 0), "somebody waits for it");
    stage.advance(120_000);
    assert!(ended.borrow().as_ref().is_some_and(Result::is_err));
    let unfinished = api.unfinished_writes();
    assert_eq!(unfinished.len(), 1);

    sign_in(&stage, "bob", "of-bob");
    stage.script(0, healthy_with(json(201, "{}")));
    assert!(api.pending_writes().is_empty());
    let before = stage.requests().len();
    let write = unfinished[0].clone();
    assert_eq!(stage.run(async move { api.resume_write(&write).await }), Err(ApiError::Cancelled));
    assert_eq!(stage.requests().len(), before, "nothing was sent");

    sign_in(&stage, "ana", "of-ana");
    let write = unfinished[0].clone();
    assert_eq!(stage.run(async move { api.resume_write(&write).await }), Ok(()));
    assert!(api.pending_writes().is_empty());
}
