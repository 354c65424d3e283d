//! Addresses, in the browser: the table that `tests/suites` holds against the `url` package, against `URL`.

use vcube_raft_frontend::api_service::address::node_url;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::address_table::{BASE, CASES};

#[wasm_bindgen_test]
fn every_address_of_the_table_is_what_the_table_says() {
    let mut differing = Vec::new();
    for case in &CASES {
        let url = web_sys::Url::new_with_base(case.text, BASE).ok().map(|url| url.href());
        let node = node_url(case.text).map(|url| url.to_string());
        if url.as_deref() != case.url || node != case.as_node() {
            differing.push(format!("{}: {:?} is {url:?}, as a node {node:?}", case.asks, case.text));
        }
    }
    assert!(differing.is_empty(), "{differing:#?}");
}
