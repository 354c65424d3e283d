//! The HTTP contract as the application reads and writes it: bodies of the newer and of the older backend, bodies that
//! are not what the contract says, and the requests that go out.
//!
//! Each file of `tests/fixtures` holds bodies of one endpoint: `newer` and `older` are read; each of `wrong` is refused
//! with an error that names the path and the field, or, where it is an entry of a list, left out and named.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

#[allow(dead_code)]
#[path = "driver/scripted.rs"]
mod scripted;

use std::cell::Cell;
use std::fs;
use std::future::Future;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use scripted::{HEALTH, Stage, healthy_with, json};
use serde_json::Value;
use vcube_raft_frontend::api_service::endpoints::auth::{Login, ProviderRegistration, UserRegistration, UserRole};
use vcube_raft_frontend::api_service::endpoints::fleet::VehicleFields;
use vcube_raft_frontend::api_service::endpoints::listed::Listed;
use vcube_raft_frontend::api_service::endpoints::removal::Removal;
use vcube_raft_frontend::api_service::endpoints::reservations::{NewReservation, ReservationStatus};
use vcube_raft_frontend::api_service::endpoints::wire::TimeStamp;
use vcube_raft_frontend::api_service::transport::{Method, Request};
use vcube_raft_frontend::api_service::{ApiError, ApiService, Identity};

fn fixture(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(format!("{name}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What `call` makes of this answer, and the first request that it sent.
fn answered<T, Fut>(status: u16, body: &str, call: impl FnOnce(ApiService) -> Fut) -> (Result<T, ApiError>, Request)
where
    T: 'static,
    Fut: Future<Output = Result<T, ApiError>> + 'static,
{
    let mut stage = Stage::new(1);
    stage.script(0, healthy_with(json(status, body)));
    stage.api.identify(Some(Identity { user_id: "p-71".into(), role: "PROVIDER".into(), token: Some("t0k3n".into()) }));
    let call = call(stage.api);
    let result = stage.run(call);
    let request = stage.requests().into_iter().next().expect("a request was sent");
    (result, request)
}

/// What is wrong with each body of `wrong`, and what the error has to name.
fn wrong_bodies(bodies: &Value) -> Vec<(String, String)> {
    let wrong = bodies["wrong"].as_array().expect("a list of wrong bodies");
    let names = |wrong: &Value| wrong["names"].as_str().expect("the field that the error names").to_owned();
    wrong.iter().map(|wrong| (wrong["body"].to_string(), names(wrong))).collect()
}

/// Reads `newer` and `older` of a fixture.
fn read_both<T, Fut>(name: &str, path: &str, call: impl Fn(ApiService) -> Fut) -> [T; 2]
where
    T: 'static,
    Fut: Future<Output = Result<T, ApiError>> + 'static,
{
    let bodies = fixture(name);
    ["newer", "older"].map(|shape| {
        let (result, request) = answered(200, &bodies[shape].to_string(), &call);
        assert_eq!(request.url, format!("http://node-0.test{path}"), "{name}");
        result.unwrap_or_else(|error| panic!("{name}, {shape}: {error}"))
    })
}

fn assert_names(error: Option<&ApiError>, path: &str, names: &str, body: &str) {
    match error {
        Some(ApiError::Decode { path: told, detail }) => {
            assert_eq!(told, path, "{body}");
            assert!(detail.contains(names), "{names:?} is not in {detail:?}, of {body}");
        }
        other => panic!("{body} gave {other:?}"),
    }
}

/// Reads `newer` and `older` of a fixture, and has every `wrong` one refused by its path and field.
fn read_all<T, Fut>(name: &str, path: &str, call: impl Fn(ApiService) -> Fut) -> [T; 2]
where
    T: std::fmt::Debug + 'static,
    Fut: Future<Output = Result<T, ApiError>> + 'static,
{
    for (body, names) in wrong_bodies(&fixture(name)) {
        assert_names(answered(200, &body, &call).0.err().as_ref(), path, &names, &body);
    }
    read_both(name, path, call)
}

/// Reads the lists `newer` and `older` of a fixture whole. Each `wrong` one misses an entry, which is named, or is no list.
fn read_lists<T, Fut>(name: &str, path: &str, call: impl Fn(ApiService) -> Fut) -> [Vec<T>; 2]
where
    T: std::fmt::Debug + 'static,
    Fut: Future<Output = Result<Listed<T>, ApiError>> + 'static,
{
    for (body, names) in wrong_bodies(&fixture(name)) {
        match answered(200, &body, &call).0 {
            Ok(Listed { entries, unreadable: Some(unreadable) }) => {
                assert!(unreadable.first.to_string().contains(&names), "{names:?} is not in {unreadable:?}, of {body}");
                assert_eq!((unreadable.count, unreadable.total), (1, entries.len() + 1), "{body}");
            }
            other => assert_names(other.err().as_ref(), path, &names, &body),
        }
    }
    read_both(name, path, call).map(|listed| {
        assert_eq!(listed.unreadable, None, "{name}");
        listed.entries
    })
}

#[test]
fn a_login_is_read_with_and_without_a_token() {
    let [newer, older]: [Login; 2] = read_all("login", "/api/auth/login", |api| api.login("a@b.fr", "secret"));
    assert_eq!((newer.role, newer.user_id.as_str()), (UserRole::Provider, "p-71"));
    assert_eq!((newer.user_name.as_deref(), newer.token.is_some()), (Some("Paul Gagnon"), true));
    assert_eq!((older.role, older.user_id.as_str(), older.token), (UserRole::Admin, "1", None));
}

fn user() -> UserRegistration {
    UserRegistration { email: "a@b.fr".into(), password: "secret".into(), full_name: "Ana".into(), phone: "1".into() }
}

fn provider() -> ProviderRegistration {
    ProviderRegistration {
        email: "a@b.fr".into(),
        password: "secret".into(),
        contact_name: "Ana".into(),
        phone: "1".into(),
        company_name: "Cars".into(),
        description: "Buses".into(),
    }
}

fn key() -> Arc<str> {
    Arc::from("key-of-the-action")
}

#[test]
fn a_registration_is_read_and_a_refusal_in_a_200_is_a_refusal() {
    read_all("registration", "/api/auth/register/user", |api| async move { api.register_user(user(), &key()).await });
    read_all("registration", "/api/auth/register/provider", |api| async move {
        api.register_provider(provider(), &key()).await
    });
    let body = fixture("registration")["refused_in_a_200"].to_string();
    let (result, _) = answered(200, &body, |api| async move { api.register_user(user(), &key()).await });
    let message = Some("Email already exists".to_owned());
    assert_eq!(result, Err(ApiError::Refused { status: 200, code: None, message }), "only a 409 says that it is taken");
}

#[test]
fn a_registration_carries_the_key_of_the_action_and_nothing_that_says_who_asks() {
    let (_, request) =
        answered(201, r#"{"success":true}"#, |api| async move { api.register_provider(provider(), &key()).await });
    let header = |name: &str| request.headers.iter().find(|(header, _)| &**header == name).map(|(_, value)| &**value);
    assert_eq!(header("Idempotency-Key"), Some("key-of-the-action"));
    assert_eq!(header("Authorization"), None);
    let body: Value = serde_json::from_str(request.body.as_deref().unwrap_or_default()).expect("a JSON body");
    for field in ["email", "password", "contactName", "phone", "companyName", "description"] {
        assert!(body[field].is_string(), "{field} is missing in {body}");
    }
}

#[test]
fn providers_are_read() {
    let [newer, older] = read_lists("providers", "/api/integrated/providers", ApiService::providers);
    assert_eq!(newer[0].company_name.as_deref(), Some("Navettes du Fleuve"));
    assert_eq!((older[0].id.as_str(), older[0].company_name.as_deref()), ("71", None));
}

#[test]
fn vehicles_are_read_one_and_many_with_ids_of_both_kinds() {
    let [newer, older] = read_lists("vehicles", "/api/integrated/vehicles", ApiService::vehicles);
    assert_eq!((newer[0].capacity, newer[0].price), (56, Some(34.5)));
    assert_eq!((older[0].id.as_str(), older[0].provider_id.as_str()), ("12", "3"));
    assert_eq!((older[1].departure.as_deref(), older[1].departure_time.as_deref()), (None, Some("tous les matins")));
    let path = "/api/integrated/providers/p%2F71/vehicles";
    read_lists("vehicles", path, |api| async move { api.vehicles_of("p/71").await });
    read_all("vehicle", "/api/integrated/vehicles/v-1", |api| async move { api.vehicle("v-1").await });
}

#[test]
fn seats_are_read_and_a_label_may_be_a_number() {
    let path = "/api/integrated/vehicles/v-1/seats";
    let [newer, older] = read_lists("seats", path, |api| async move { api.seats("v-1").await });
    assert_eq!((newer[1].label.as_str(), newer[1].available), ("1B", false));
    assert_eq!(older[0].label, "7");
    let (_, public) = answered(200, "[]", |api| async move { api.seats("v-1").await });
    let (_, own) = answered(200, "[]", |api| async move { api.own_seats("v-1").await });
    let says_who = |request: &Request| request.headers.iter().any(|(name, _)| &**name == "Authorization");
    assert_eq!((says_who(&public), says_who(&own)), (false, true), "own seats are seen before they are published");
}

#[test]
fn reservations_are_read_with_times_of_both_kinds() {
    let [newer, older] = read_lists("reservations", "/reservations/", ApiService::reservations);
    let statuses: Vec<ReservationStatus> = newer.iter().map(|reservation| reservation.status.clone()).collect();
    assert_eq!(statuses, [ReservationStatus::Committed, ReservationStatus::Cancelled, ReservationStatus::Rejected]);
    assert_eq!(older[0].created_at, Some(TimeStamp(1_777_622_400_000.0)));
    assert_eq!(older[1].created_at, None);
    read_lists("reservations", "/reservations/byUser/u-9", |api| async move { api.reservations_of("u-9").await });
    let wanted = || NewReservation {
        user_id: "u-9".into(),
        provider_id: "p-71".into(),
        vehicle_id: "v-1".into(),
        seat_id: "v-1-1A".into(),
    };
    read_all("reservation", "/reservations/", |api| async move { api.reserve(wanted(), &key()).await });
}

#[test]
fn figures_of_the_cluster_are_read_and_what_is_not_measured_is_absent() {
    let [newer, older] = read_all("admin_stats", "/api/admin/stats", ApiService::admin_stats);
    assert_eq!((newer.total_seats, newer.average_processing_time), (Some(260), Some(4.25)));
    assert_eq!((older.total_seats, older.average_processing_time), (None, None));
    let [newer, older] = read_lists("top_providers", "/api/admin/charts/top-providers", ApiService::top_providers);
    assert_eq!((newer[0].provider_id.as_str(), older[0].provider_id.as_str()), ("p-71", "3"));
    let [newer, older] = read_all("raft_metrics", "/api/metrics/raft/current", ApiService::raft_metrics);
    assert_eq!((newer.current_leader.as_deref(), older.current_leader.as_deref()), (Some("2"), Some("node-2")));
    let path = "/api/metrics/reservations/current";
    let [newer, older] = read_all("reservation_metrics", path, ApiService::reservation_metrics);
    assert_eq!((newer.success_rate, older.success_rate), (Some(92.5), None));
    let [newer, older] = read_all("dashboard_metrics", "/api/metrics/dashboard", ApiService::dashboard_metrics);
    assert_eq!((newer.reservations.total_reservations, older.reservations.total_reservations), (Some(40), None));
}

/// Sends a write whose answer is not read, and gives the request.
fn sent<Fut>(call: impl FnOnce(ApiService) -> Fut) -> Request
where
    Fut: Future<Output = Result<(), ApiError>> + 'static,
{
    let (result, request) = answered(200, "", call);
    assert_eq!(result, Ok(()), "{}: a body that the contract does not name is not asked for", request.url);
    request
}

#[test]
fn every_write_goes_to_its_path_by_its_method() {
    let fields =
        || VehicleFields { provider_id: "p-71".into(), name: "Bus".into(), capacity: 12, ..Default::default() };
    let writes = [
        (
            sent(|api| async move { api.create_vehicle(&fields(), &key()).await }),
            (Method::Post, "/api/integrated/vehicles", true),
        ),
        (
            sent(|api| async move { api.update_vehicle("v-1", &fields(), &key()).await }),
            (Method::Put, "/api/integrated/vehicles/v-1", true),
        ),
        (
            sent(|api| async move { api.delete_vehicle("v-1", "p-71").await.map(drop) }),
            (Method::Delete, "/api/integrated/vehicles/v-1", false),
        ),
        (
            sent(|api| async move { api.set_vehicle_published("v-1", true).await }),
            (Method::Post, "/api/integrated/vehicles/v-1/publish", false),
        ),
        (
            sent(|api| async move { api.set_vehicle_published("v-1", false).await }),
            (Method::Post, "/api/integrated/vehicles/v-1/unpublish", false),
        ),
        (
            sent(|api| async move { api.cancel_reservation("r 5", None).await.map(drop) }),
            (Method::Put, "/reservations/r%205/cancel", false),
        ),
        (
            sent(|api| async move { api.delete_reservation("r-5", None).await.map(drop) }),
            (Method::Delete, "/reservations/r-5", false),
        ),
    ];
    for (request, (method, path, keyed)) in writes {
        assert_eq!((request.method, request.url.as_str()), (method, format!("http://node-0.test{path}").as_str()));
        let has = |name: &str| request.headers.iter().any(|(header, _)| &**header == name);
        assert_eq!(has("Idempotency-Key"), keyed, "{path}");
        assert!(has("Authorization"), "{path}");
    }
}

#[test]
fn what_is_not_said_of_a_vehicle_is_not_sent_but_whether_it_is_on_offer_always_is() {
    let fields = VehicleFields { provider_id: "p-71".into(), name: "Bus".into(), capacity: 12, ..Default::default() };
    let request = sent(|api| async move { api.create_vehicle(&fields, &key()).await });
    let body: Value = serde_json::from_str(request.body.as_deref().unwrap_or_default()).expect("a JSON body");
    let mut names: Vec<&str> = body.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["capacity", "licensePlate", "make", "model", "name", "providerId", "published"]);
}

#[test]
fn a_refusal_keeps_its_status_its_code_and_the_words_of_the_node() {
    let body = r#"{"error":"seats_reserved","message":"A seat is reserved."}"#;
    let (result, _) = answered(409, body, |api| async move { api.delete_vehicle("v-1", "p-71").await });
    let (code, message) = (Some("seats_reserved".to_owned()), Some("A seat is reserved.".to_owned()));
    assert_eq!(result, Err(ApiError::Refused { status: 409, code, message }));
    let (result, _) = answered(404, "<h1>Not found</h1>", |api| async move { api.cancel_reservation("1", None).await });
    assert_eq!(result, Err(ApiError::Refused { status: 404, code: None, message: None }));
}

#[test]
fn what_older_backends_write_is_read() {
    let vehicles = r#"[{"id":1,"providerId":2,"capacity":42.0,"price":"12.50","departureTime":1777622400000},
        {"id":2,"providerId":2,"capacity":"1.2E2","published":null,"price":null},
        {"id":3,"providerId":2,"capacity":"many"}, null]"#;
    let (listed, _) = answered(200, vehicles, ApiService::vehicles);
    let Ok(Listed { entries, unreadable: Some(unreadable) }) = listed else { panic!("{listed:?}") };
    let read: Vec<_> = entries.iter().map(|vehicle| (vehicle.capacity, vehicle.price, vehicle.published)).collect();
    assert_eq!(read, [(42, Some(12.5), false), (120, None, false)]);
    assert_eq!(entries[0].departure_time.as_deref(), Some("2026-05-01T08:00:00Z"));
    assert_eq!((unreadable.count, unreadable.total, unreadable.first.path.as_str()), (2, 4, "[2].capacity"));

    let seats = r#"[{"id":1,"vehicleId":2,"seatNumber":7,"isReserved":true},{"id":2,"vehicleId":2,"seatNumber":"8"},
        {"id":3,"vehicleId":2,"label":"9","seatNumber":"x","reserved":false}]"#;
    let (listed, _) = answered(200, seats, |api| async move { api.seats("2").await });
    let seats: Vec<_> = listed.into_iter().flat_map(|listed| listed.entries).collect();
    let seats: Vec<_> = seats.iter().map(|seat| (seat.label.as_str(), seat.available)).collect();
    assert_eq!(seats, [("7", false), ("8", false), ("9", true)]);

    let (listed, _) = answered(200, "null", ApiService::reservations);
    assert_eq!(listed.map(|listed| listed.entries.len()), Ok(0), "null is an empty list");
}

#[test]
fn a_word_that_the_contract_does_not_know_is_shown_as_it_came() {
    let body = r#"[{"id":1,"userId":1,"providerId":1,"vehicleId":1,"seatId":1,"status":"CONFIRMED"}]"#;
    let (listed, _) = answered(200, body, ApiService::reservations);
    let words: Vec<_> = listed.iter().flat_map(|listed| &listed.entries).map(|made| made.status.as_str()).collect();
    assert_eq!(words, ["CONFIRMED"]);
}

fn wanted() -> NewReservation {
    NewReservation { user_id: "9".into(), provider_id: "3".into(), vehicle_id: "12".into(), seat_id: "501".into() }
}

/// What a booking comes to when the node answers `made` to it and `listed` to who asks for reservations.
fn booked(made: &'static str, listed: &'static str) -> Result<String, ApiError> {
    let mut stage = Stage::new(1);
    let answer = move |request: &Request| json(201, if request.method == Method::Post { made } else { listed });
    stage.script(0, Rc::new(answer));
    stage.api.identify(Some(Identity { user_id: "9".into(), role: "USER".into(), token: None }));
    let api = stage.api;
    stage.run(async move { api.reserve(wanted(), &key()).await.map(|made| made.id) })
}

#[test]
fn a_booking_whose_answer_says_too_little_is_looked_up_among_the_reservations() {
    let listed = r#"[{"id":4,"userId":9,"providerId":3,"vehicleId":12,"seatId":501,"status":"CANCELLED"},
        {"id":5,"userId":9,"providerId":3,"vehicleId":12,"seatId":501,"status":"PENDING"}]"#;
    for made in ["", "{\"success\":true}", "null", r#"{"id":5,"status":"COMMITTED"}"#] {
        assert_eq!(booked(made, listed), Ok("5".into()), "{made:?}");
    }
    assert_eq!(booked("", "[]"), Err(ApiError::OutcomeUnknown { node: None }), "nobody knows");
    let message = Some("full".to_owned());
    let refused = Err(ApiError::Refused { status: 201, code: None, message });
    assert_eq!(booked(r#"{"success":false,"message":"full"}"#, listed), refused);
}

/// The answer of a framework that has no such route.
const NO_ROUTE: &str =
    r#"{"timestamp":"2026-05-01T08:00:00","status":404,"error":"Not Found","path":"/reservations/1"}"#;
const NOT_FOUND: &str = r#"{"error":"not_found","message":"There is no such reservation."}"#;
/// A list that holds what was to be removed, as an id of the older backend.
const LISTED: &str =
    r#"[{"id":1,"userId":9,"providerId":3,"vehicleId":12,"seatId":501,"status":"CONFIRMED","capacity":9}]"#;
/// A list of which nobody knows whether it holds it.
const UNREADABLE: &str = r#"[{"id":[1]}]"#;

/// What `call` makes of a backend that answers `said` to a removal and `lists` to who looks, one after the other.
fn removed<Fut>(
    said: (u16, &str),
    lists: &[&'static str],
    call: impl FnOnce(ApiService) -> Fut,
) -> Result<Removal, ApiError>
where
    Fut: Future<Output = Result<Removal, ApiError>> + 'static,
{
    let mut stage = Stage::new(1);
    let (said, lists, looks) = (json(said.0, said.1), lists.to_owned(), Cell::new(0));
    let answer = move |request: &Request| {
        if request.url.ends_with("/api/health") {
            return json(200, HEALTH);
        }
        if request.method != Method::Get {
            return said.clone();
        }
        let look = looks.replace(looks.get() + 1);
        json(200, lists[look.min(lists.len() - 1)])
    };
    stage.script(0, Rc::new(answer));
    stage.api.identify(Some(Identity { user_id: "9".into(), role: "USER".into(), token: None }));
    let call = call(stage.api);
    stage.run(call)
}

/// The removals of the application.
fn removals(said: (u16, &str), lists: &[&'static str]) -> [Result<Removal, ApiError>; 3] {
    [
        removed(said, lists, |api| async move { api.delete_reservation("1", Some("9")).await }),
        removed(said, lists, |api| async move { api.delete_reservation("1", None).await }),
        removed(said, lists, |api| async move { api.delete_vehicle("1", "3").await }),
    ]
}

#[test]
fn what_was_removed_is_looked_at_before_it_is_called_gone() {
    assert_eq!(removals((200, ""), &["[]"]), [Ok(Removal::Done), Ok(Removal::Done), Ok(Removal::Done)]);
    // The node that lists may be behind for a moment.
    assert_eq!(removals((200, "{}"), &[LISTED, LISTED, "[]"])[0], Ok(Removal::Done));
    let still = Ok(Removal::StillListed);
    assert_eq!(removals((204, ""), &[LISTED]), [still.clone(), still.clone(), still]);
    assert_eq!(removals((200, ""), &[UNREADABLE])[0], Ok(Removal::Done), "the answer counts where nobody can tell");
}

#[test]
fn a_404_of_a_framework_is_no_removal_unless_the_list_says_so() {
    for body in [NO_ROUTE, "<h1>Not found</h1>", "", r#"{"error":"NOT_FOUND"}"#] {
        let refused = || Err(ApiError::Refused { status: 404, code: None, message: None });
        assert_eq!(removals((404, body), &[LISTED]), [refused(), refused(), refused()], "{body}");
        assert_eq!(removals((404, body), &[UNREADABLE])[0], refused(), "{body}");
        assert_eq!(removals((404, body), &["[]"])[2], Ok(Removal::GoneBefore), "{body}");
    }
    let message = Some("Method not supported".to_owned());
    let refused = Err(ApiError::Refused { status: 405, code: None, message });
    let said = r#"{"status":405,"error":"Method Not Allowed","message":"Method not supported"}"#;
    assert_eq!(removals((405, said), &["[]"])[0], refused);
}

#[test]
fn the_code_of_the_contract_says_that_something_is_gone_unless_it_is_still_listed() {
    assert_eq!(removals((404, NOT_FOUND), &["[]"])[0], Ok(Removal::GoneBefore));
    assert_eq!(removals((404, NOT_FOUND), &[UNREADABLE])[2], Ok(Removal::GoneBefore));
    assert!(removals((404, NOT_FOUND), &[LISTED])[1].as_ref().is_err_and(ApiError::is_gone));
}

#[test]
fn a_404_to_who_cancels_is_decided_by_whether_the_seat_is_still_held() {
    let cancel = |said, list| removed(said, &[list], |api| async move { api.cancel_reservation("1", Some("9")).await });
    let cancelled = r#"[{"id":"1","userId":9,"providerId":3,"vehicleId":12,"seatId":501,"status":"CANCELLED"}]"#;
    assert_eq!(cancel((200, ""), LISTED), Ok(Removal::Done));
    for gone in ["[]", cancelled] {
        assert_eq!(cancel((404, NO_ROUTE), gone), Ok(Removal::GoneBefore), "{gone}");
        assert_eq!(cancel((404, NOT_FOUND), gone), Ok(Removal::GoneBefore), "{gone}");
    }
    let refused = Err(ApiError::Refused { status: 404, code: None, message: None });
    assert_eq!(cancel((404, NO_ROUTE), LISTED), refused);
}
