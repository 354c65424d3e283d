//! What an address is, the browser says: as `src/api_service/address.rs` has it natively.

use vcube_raft_frontend::api_service::address::{UrlProblem, node_url};
use vcube_raft_frontend::api_service::endpoints::wire::TimeStamp;
use wasm_bindgen_test::wasm_bindgen_test;

fn normal(text: &str) -> Result<String, UrlProblem> {
    node_url(text).map(|url| url.to_string())
}

#[wasm_bindgen_test]
fn an_address_has_one_normal_form() {
    for (text, expected) in [
        (" HTTP://LocalHost:80/ ", "http://localhost"),
        ("http://[0:0:0:0:0:0:0:1]:8081", "http://[::1]:8081"),
        ("http://127.1:8080", "http://127.0.0.1:8080"),
        ("http://bücher.example/é", "http://xn--bcher-kva.example/%C3%A9"),
        ("http://a/api/../x/", "http://a/x"),
        ("/api/../x", "/x"),
        ("/", "/"),
    ] {
        assert_eq!(normal(text).as_deref(), Ok(expected), "{text}");
    }
}

#[wasm_bindgen_test]
fn what_the_browser_refuses_has_its_reason() {
    for (text, problem) in [
        ("http://256.256.256.256:8080", UrlProblem::Host),
        ("http://[::zz]", UrlProblem::Host),
        ("http://a<b", UrlProblem::Host),
        ("http://a%20b", UrlProblem::Host),
        ("http://a:+80", UrlProblem::Port),
        ("http://a:70000", UrlProblem::Port),
        ("/..//a.example", UrlProblem::Scheme),
    ] {
        assert_eq!(normal(text), Err(problem), "{text}");
    }
}

#[wasm_bindgen_test]
fn a_time_without_a_zone_is_one_of_the_person() {
    for text in ["2026-05-04T10:20:30", "2026-01-04 10:20", "2026-03-29T12:00:00"] {
        let expected = js_sys::Date::parse(text);
        assert_eq!(TimeStamp::parse(text).map(|at| at.0), Some(expected), "{text}");
    }
    assert_eq!(
        TimeStamp::parse("2026-05-04T10:20:30Z").map(TimeStamp::to_iso).as_deref(),
        Some("2026-05-04T10:20:30Z")
    );
}
