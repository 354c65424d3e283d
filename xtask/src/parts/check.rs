//! What parts import is what the first part exports: a tool that leaves an export out would be noticed by whoever goes
//! to a page.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use wasmparser::{Parser, Payload};

use super::merge::{SHARED, imports_of};
use crate::failure::Failure;

/// The loader calls the application through it.
const TABLE: &str = "__indirect_function_table";

/// # Errors
/// When a part imports what `first` does not export.
pub fn check(first: &Path, parts: &[PathBuf]) -> Result<(), Failure> {
    let exported = exports_of(&read(first)?).map_err(|problem| Failure::unexpected(first, problem))?;
    if !exported.contains(TABLE) {
        return Err(Failure::unexpected(first, format!("{TABLE} is not exported, and parts cannot be loaded")));
    }
    for part in parts {
        let imports = imports_of(&read(part)?, &[SHARED, super::merge::FIRST]);
        for name in imports.map_err(|problem| Failure::unexpected(part, problem))?.keys() {
            if !exported.contains(name) {
                return Err(Failure::unexpected(part, format!("it imports {name}, which the first part keeps")));
            }
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(Failure::file("read", file))
}

fn exports_of(wasm: &[u8]) -> Result<BTreeSet<String>, String> {
    let mut found = BTreeSet::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::ExportSection(section) = payload.map_err(|error| error.to_string())? else { continue };
        for export in section {
            found.insert(export.map_err(|error| error.to_string())?.name.to_owned());
        }
    }
    Ok(found)
}
