//! Rust's standard library, compiled together with the application: 27 KB less to load (brotli, login and /admin).
//!
//! What comes with Rust is compiled for speed and with a message for every panic. Here it is compiled as small as the
//! application is, and a panic is a trap: the browser's console names the place, and the page says that it has stopped
//! (`index.html`). Development builds keep the messages.
//!
//! Cargo and rustc call all of this unstable; `RUSTC_BOOTSTRAP` lets the stable compiler do it. Nothing else in the
//! project depends on it: without this file a release is larger, and works.

use std::process::Command;

/// Settings of Cargo, and what each does.
const SETTINGS: [(&str, &str); 6] = [
    ("RUSTC_BOOTSTRAP", "1"),
    ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
    ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
    ("CARGO_UNSTABLE_PANIC_IMMEDIATE_ABORT", "true"),
    ("CARGO_PROFILE_RELEASE_PANIC", "immediate-abort"),
    // No place and no value is ever printed.
    ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Zlocation-detail=none -Zfmt-debug=none"),
];

/// Makes `command`, which calls cargo for the application, compile the standard library as well.
pub fn build_with_the_application(command: &mut Command) {
    command.envs(SETTINGS);
}
