//! Makes one wasm of several that use the same memory, table of functions and stack.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{EntityType, ExportKind, ExportSection, ImportSection, Module};
use wasmparser::{Parser, Payload};

use super::{ADVICE, WASM_FEATURES};
use crate::failure::Failure;
use crate::process;
use crate::tools::Toolbox;
use crate::workspace::Workspace;

/// What pieces import from.
pub const SHARED: &str = "__wasm_split";
/// What merged pieces import from instead.
pub const FIRST: &str = "main";

/// Writes `pieces` as one wasm into `file`.
///
/// Two modules that import a memory have two memories for `wasm-merge`, even when both import the same one. A module
/// that imports everything once and exports it again stands between them and the main part.
pub fn merge(workspace: &Workspace, tools: &Toolbox, pieces: &[PathBuf], file: &Path) -> Result<(), Failure> {
    let Some(first) = pieces.first() else { return Ok(()) };
    let mut imports = BTreeMap::new();
    for piece in pieces {
        let wasm = fs::read(piece).map_err(Failure::file("read", piece))?;
        imports.extend(imports_of(&wasm, &[SHARED]).map_err(|problem| Failure::unexpected(piece, problem))?);
    }
    let between = first.with_extension("imports.wasm");
    fs::write(&between, passed_on(&imports)).map_err(Failure::file("write", &between))?;
    let mut command = tools.command(workspace, "wasm-merge");
    command.args(WASM_FEATURES).arg(&between).arg(SHARED);
    for (number, piece) in pieces.iter().enumerate() {
        command.arg(piece).arg(format!("piece{number}"));
    }
    command.arg("-o").arg(file);
    process::run_quietly("joining parts", &mut command, ADVICE)
}

/// What a piece imports from `modules`, by name.
///
/// # Errors
/// When it imports anything else.
pub fn imports_of(wasm: &[u8], modules: &[&str]) -> Result<BTreeMap<String, EntityType>, String> {
    let mut found = BTreeMap::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::ImportSection(section) = payload.map_err(|error| error.to_string())? else { continue };
        for import in section.into_imports() {
            let import = import.map_err(|error| error.to_string())?;
            let kind = RoundtripReencoder.entity_type(import.ty).map_err(|error| error.to_string())?;
            let usable = matches!(kind, EntityType::Memory(_) | EntityType::Table(_) | EntityType::Global(_));
            if !modules.contains(&import.module) || !usable {
                return Err(format!("it imports {}.{}, which cannot be passed on", import.module, import.name));
            }
            found.insert(import.name.to_owned(), kind);
        }
    }
    Ok(found)
}

/// A module that imports `imports` from the main part and exports them.
fn passed_on(imports: &BTreeMap<String, EntityType>) -> Vec<u8> {
    let (mut import_section, mut export_section) = (ImportSection::new(), ExportSection::new());
    let (mut memories, mut tables, mut globals) = (0, 0, 0);
    for (name, kind) in imports {
        let (export, count) = match kind {
            EntityType::Memory(_) => (ExportKind::Memory, &mut memories),
            EntityType::Table(_) => (ExportKind::Table, &mut tables),
            EntityType::Global(_) => (ExportKind::Global, &mut globals),
            _ => continue,
        };
        import_section.import(FIRST, name, *kind);
        export_section.export(name, export, *count);
        *count += 1;
    }
    let mut module = Module::new();
    module.section(&import_section).section(&export_section);
    module.finish()
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{GlobalType, MemoryType, ValType};

    use super::*;

    fn piece(module: &str) -> Vec<u8> {
        let mut imports = ImportSection::new();
        let memory = MemoryType { minimum: 19, maximum: None, memory64: false, shared: false, page_size_log2: None };
        imports.import(module, "memory", memory);
        imports.import(module, "stack", GlobalType { val_type: ValType::I32, mutable: true, shared: false });
        let mut wasm = Module::new();
        wasm.section(&imports);
        wasm.finish()
    }

    #[test]
    fn what_a_piece_imports_is_passed_on_as_it_is() {
        let imports = imports_of(&piece(SHARED), &[SHARED]).unwrap_or_default();
        assert_eq!(imports.keys().collect::<Vec<_>>(), ["memory", "stack"]);
        let between = passed_on(&imports);
        let exports = Parser::new(0).parse_all(&between).flatten().find_map(|payload| match payload {
            Payload::ExportSection(section) => Some(section.into_iter().flatten().map(|export| export.name).collect()),
            _ => None,
        });
        let exports: Vec<&str> = exports.unwrap_or_default();
        assert_eq!(exports, ["memory", "stack"]);
    }

    #[test]
    fn a_piece_that_imports_from_elsewhere_is_refused() {
        assert!(imports_of(&piece("env"), &[SHARED]).is_err());
    }
}
