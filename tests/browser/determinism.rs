//! The core decides in the browser as it does natively: see `crates/failover/tests/rules/determinism.rs`.

use wasm_bindgen_test::wasm_bindgen_test;

#[path = "../../crates/failover/tests/rules/story.rs"]
mod story;

#[wasm_bindgen_test]
fn the_story_comes_to_the_same_number_as_natively() {
    assert_eq!(format!("{:#x}", story::hash_of_the_story()), format!("{:#x}", story::EXPECTED));
}
