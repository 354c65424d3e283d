//! Holds the invariants of `src/lib.rs` that a machine can see.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

use std::fs;
use std::path::{Path, PathBuf};

/// Modules of the code map, in order of use: each may use those before it.
const ORDER: [&str; 15] = [
    "api_service",
    "config",
    "storage",
    "first_frame",
    "lock",
    "i18n",
    "guide",
    "store",
    "console",
    "words",
    "routes",
    "hooks",
    "components",
    "shell",
    "pages",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn source() -> PathBuf {
    root().join("src")
}

/// Every Rust file under `folder` of `src`, with its path in `src` and its code up to its tests, comments left out.
fn code_of(folder: &str) -> Vec<(String, String)> {
    code_under(&source(), folder)
}

/// Every Rust file under `folder` of `root`, with its path in `root` and its code up to its tests, comments left out.
fn code_under(root: &Path, folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the code map").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                let name = path.strip_prefix(root).expect("under src").to_string_lossy().replace('\\', "/");
                found.push((name, code.join("\n")));
            }
        }
    }
    assert!(!found.is_empty(), "no source under {folder}");
    found
}

/// That the core uses `std` alone is the compiler's to say: its package has no dependencies.
#[test]
fn neither_the_failover_core_nor_its_simulation_reads_a_clock_or_depends_on_a_random_order() {
    for package in ["failover", "simulator"] {
        for (file, code) in code_under(&root().join("crates").join(package).join("src"), "") {
            for clock in ["Instant", "SystemTime", "HashMap", "HashSet"] {
                assert!(!code.contains(clock), "{package}: {file} names {clock}: the same seed must give the same run");
            }
            for waiting in ["async fn", ".await", "std::thread", "std::fs", "std::net"] {
                assert!(!code.contains(waiting), "{package}: {file} names {waiting}: it is a pure state machine");
            }
        }
    }
}

#[test]
fn only_its_browser_folder_names_the_browser_under_the_service_and_nothing_there_knows_of_views() {
    for (file, code) in code_of("api_service") {
        let browser = file.starts_with("api_service/browser/");
        assert!(browser || !code.contains("web_sys"), "{file} names web_sys");
        assert!(!code.contains("leptos"), "{file} names leptos");
    }
}

#[test]
fn a_module_uses_only_what_stands_before_it() {
    for (file, code) in code_of("") {
        let room = file.split(['/', '.']).next().unwrap_or_default();
        let Some(place) = ORDER.iter().position(|name| *name == room) else { continue };
        for later in ORDER[place + 1..].iter().chain(&["app"]) {
            assert!(!code.contains(&format!("crate::{later}")), "{file} uses {later}, which stands after it");
        }
    }
}

#[test]
fn nothing_in_the_application_unwraps_what_comes_from_outside() {
    // A test script asks the hooks for a panic.
    for (file, code) in code_of("").into_iter().filter(|(file, _)| file != "test_hooks.rs") {
        for panic in [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!("] {
            assert!(!code.contains(panic), "{file} has {panic}");
        }
    }
}

#[test]
fn nothing_is_made_of_what_is_printed_for_programmers() {
    for (file, code) in code_of("") {
        for debug in [":?}", ":#?}"] {
            // An idempotency key was once made so: two different vehicles had the same one.
            assert!(!code.contains(debug), "{file} formats a value with {{{debug}");
        }
    }
}

#[test]
fn text_of_a_node_never_becomes_html() {
    for (file, code) in code_of("") {
        for html in ["inner_html", "set_inner_html", "insert_adjacent_html", "set_outer_html"] {
            assert!(!code.contains(html), "{file} has {html}");
        }
    }
}

#[test]
fn every_call_of_the_contract_is_made_by_a_page() {
    let mut pages: Vec<String> =
        ["pages", "components", "shell"].into_iter().flat_map(code_of).map(|(_, code)| code).collect();
    pages.push(fs::read_to_string(source().join("store/session.rs")).expect("a source file"));
    let mut calls = 0;
    for (file, code) in code_of("api_service/endpoints") {
        let Some((_, service)) = code.split_once("impl ApiService {") else { continue };
        let names = service.lines().filter_map(|line| {
            let function = line.strip_prefix("    pub ")?.trim_start_matches("async ").strip_prefix("fn ")?;
            Some(function.split_once('(')?.0)
        });
        for name in names {
            calls += 1;
            let is_made = |code: &String| code.contains(&format!(".{name}("));
            assert!(pages.iter().any(is_made), "{file}: no page calls {name}");
        }
    }
    assert!(calls > 25, "only {calls} calls were found: what is looked for has changed");
}
