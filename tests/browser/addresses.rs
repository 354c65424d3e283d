//! Addresses, in the browser: the table that `tests/suites` holds against the `url` package, against `URL`.

use vcube_raft_frontend::api_service::address::node_url;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::address_table::{BASE, CASES, IN_CHROMIUM};

#[wasm_bindgen_test]
fn every_address_of_the_table_is_what_the_table_says() {
    let mut differing = Vec::new();
    for case in &CASES {
        let url = web_sys::Url::new_with_base(case.text, BASE).ok().map(|url| url.href());
        let node = node_url(case.text).map(|url| url.to_string());
        let as_standard = url.as_deref() == case.url && node == case.as_node();
        // A browser that came to follow the standard is well too.
        let known = IN_CHROMIUM.iter().find(|known| known.asks == case.asks);
        let as_known = known.is_some_and(|known| url.as_deref() == Some(known.url) && node == known.node.of(known.url));
        if !as_standard && !as_known {
            differing.push(format!("{}: {:?} is {url:?}, as a node {node:?}", case.asks, case.text));
        }
    }
    assert!(differing.is_empty(), "{differing:#?}");
}
