//! What only a browser can show: fetch, aborting, the page's clock and timers.
#![cfg(target_arch = "wasm32")]

mod address;
#[path = "../suites/address_table.rs"]
mod address_table;
mod addresses;
mod determinism;
mod fetch;
mod query;
mod service;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
