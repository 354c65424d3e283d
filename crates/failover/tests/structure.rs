//! Holds the invariants of `src/lib.rs` that a machine can see in the source.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the sources of the core").flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files_under(&path) } else { vec![path] }).collect()
}

/// Every file of the core with its code up to its tests, comments left out.
fn sources() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = files_under(&folder).into_iter().map(|path| {
        let text = fs::read_to_string(&path).expect("a source file");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let name = path.strip_prefix(&folder).expect("a file of that folder");
        (name.to_string_lossy().into_owned(), code.join("\n"))
    });
    files.collect()
}

/// The fields that the structs of `code` declare.
fn fields(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut in_struct = false;
    for line in code.lines() {
        let begins = line.contains("struct ") && line.ends_with('{');
        in_struct = begins || (in_struct && line != "}");
        let Some((name, _)) = line.trim().split_once(':').filter(|_| in_struct && !begins) else { continue };
        let name = name.rsplit(' ').next().unwrap_or_default();
        found.insert(name.to_owned());
    }
    found
}

/// The fields that `code` assigns or takes: `a.b.field = …`, `… += …`, `mem::take(&mut a.field)`.
fn written(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut note = |path: &str| {
        let path = path.trim_end();
        let begin = path.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
        if path[..begin].ends_with('.') {
            found.insert(path[begin..].to_owned());
        }
    };
    for line in code.lines() {
        for sign in [" = ", " += ", " -= ", " |= "] {
            if let Some((left, _)) = line.split_once(sign) {
                note(left);
            }
        }
        for taken in ["mem::take(&mut ", "mem::replace(&mut "] {
            let Some((_, field)) = line.split_once(taken) else { continue };
            note(&field[..field.find([')', ',']).unwrap_or(field.len())]);
        }
    }
    found
}

#[test]
fn a_field_is_written_only_in_the_file_that_declares_it() {
    let sources = sources();
    let mut homes: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (file, code) in &sources {
        for field in fields(code) {
            homes.entry(field).or_default().insert(file);
        }
    }
    assert!(homes.len() > 150, "only {} fields were found: what is looked for has changed", homes.len());
    for (file, code) in &sources {
        for field in written(code) {
            let Some(declared_in) = homes.get(&field) else { continue };
            assert!(
                declared_in.contains(file.as_str()),
                "{file} writes the field {field}, which is declared in {declared_in:?}"
            );
        }
    }
}

#[test]
fn files_and_functions_stay_readable() {
    for (file, code) in sources() {
        assert!(code.lines().count() <= 400, "{file} has {} lines", code.lines().count());
        let mut begin = None;
        for (number, line) in code.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            if line.trim_start().starts_with("pub") && line.contains("fn ") || line.trim_start().starts_with("fn ") {
                begin = Some((number, indent));
            }
            if let Some((start, depth)) = begin
                && line.trim_end() == format!("{}}}", " ".repeat(depth))
            {
                // The figures of the policy are a table, however many there are.
                let is_table = file == "policy.rs";
                assert!(
                    is_table || number - start <= 70,
                    "{file}: the function at code line {start} has {} lines",
                    number - start
                );
                begin = None;
            }
        }
    }
}
