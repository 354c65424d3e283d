//! What the release build in parts needs of the linker.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // `cargo xtask build --release` cuts the wasm: it has to know which code and data belong together.
    if env::var_os("CARGO_FEATURE_SPLIT").is_some() && env::var("CARGO_CFG_TARGET_FAMILY").as_deref() == Ok("wasm") {
        println!("cargo::rustc-link-arg-bins=--emit-relocs");
    }
}
