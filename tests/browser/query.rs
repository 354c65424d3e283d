//! The query of an address.

use vcube_raft_frontend::hooks::value_in;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_value_of_the_query_is_decoded() {
    assert_eq!(value_in("vehicle=3&next=%2Fuser%3Fa%3Db", "next").as_deref(), Some("/user?a=b"));
    assert_eq!(value_in("q=two+words%C3%A9", "q").as_deref(), Some("two wordsé"));
    assert_eq!(value_in("q=100%&flag", "q").as_deref(), Some("100%"));
    assert_eq!(value_in("q=100%&flag", "flag").as_deref(), Some(""));
    assert_eq!(value_in("", "q"), None);
}
