//! The core decides alike everywhere. The application's `tests/browser/determinism.rs` expects the same number of the same story.

use crate::story;

#[test]
fn the_story_comes_to_the_number_that_the_browser_expects_too() {
    assert_eq!(format!("{:#x}", story::hash_of_the_story()), format!("{:#x}", story::EXPECTED));
}
