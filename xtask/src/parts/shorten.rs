//! Names by which the application and its script call each other, made short: 5 KB less to load (brotli) together
//! with the minifier, which keeps names of properties.
//!
//! wasm-bindgen names a function after the Rust type that it is for, and after a hash. Parts use no function by its
//! name, so that those of the first part can be called anything.

use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{ExportSection, ImportSection, Module};
use wasmparser::{ExternalKind, Parser, Payload, TypeRef};

/// How the names of wasm-bindgen begin. What has another name is called by something else than the script as well.
const BOUND: [&str; 4] = ["__wbg_", "__wbindgen_", "__externref_", "wasm_bindgen_"];
/// How the new names begin: no name in the script does.
const MARK: char = '$';
const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The new names, by the old ones.
pub type Names = BTreeMap<String, String>;

/// Short names for the functions that `wasm` and its script give each other.
///
/// # Errors
/// When `wasm` cannot be read.
pub fn names(wasm: &[u8]) -> Result<Names, String> {
    let mut names = Names::new();
    let mut add = |name: &str| {
        if BOUND.iter().any(|beginning| name.starts_with(beginning)) && !names.contains_key(name) {
            names.insert(name.to_owned(), short(names.len()));
        }
    };
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(|error| error.to_string())? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(|error| error.to_string())?;
                    if matches!(import.ty, TypeRef::Func(_)) {
                        add(import.name);
                    }
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(|error| error.to_string())?;
                    if export.kind == ExternalKind::Func {
                        add(export.name);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

fn short(mut number: usize) -> String {
    let mut name = String::from(MARK);
    loop {
        name.push(char::from(LETTERS[number % LETTERS.len()]));
        number /= LETTERS.len();
        if number == 0 {
            return name;
        }
        number -= 1;
    }
}

/// `wasm` with its imports and exports named as in `names`.
///
/// # Errors
/// When `wasm` cannot be read.
pub fn wasm(wasm: &[u8], names: &Names) -> Result<Vec<u8>, String> {
    let mut module = Module::new();
    Renamer(names).parse_core_module(&mut module, Parser::new(0), wasm).map_err(|error| error.to_string())?;
    Ok(module.finish())
}

struct Renamer<'a>(&'a Names);

impl Renamer<'_> {
    fn named<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(name).map_or(name, String::as_str)
    }
}

impl Reencode for Renamer<'_> {
    type Error = std::convert::Infallible;

    fn parse_import_section(
        &mut self,
        section: &mut ImportSection,
        imports: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), Error> {
        for import in imports.into_imports() {
            let import = import?;
            let kind = self.entity_type(import.ty)?;
            section.import(import.module, self.named(import.name), kind);
        }
        Ok(())
    }

    fn parse_export(&mut self, section: &mut ExportSection, export: wasmparser::Export<'_>) -> Result<(), Error> {
        let (kind, index) = (self.export_kind(export.kind)?, self.external_index(export.kind, export.index)?);
        section.export(self.named(export.name), kind, index);
        Ok(())
    }
}

/// `script` with the names of `names`, and with one import a module.
///
/// # Errors
/// When a name of the script could be taken for a new one.
pub fn script(script: &str, names: &Names) -> Result<String, String> {
    let is_in_name = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == MARK;
    let used = without_repeated_imports(script);
    let mut short = String::with_capacity(used.len());
    let mut rest = used.as_str();
    while let Some(begin) = rest.find(is_in_name) {
        let (before, from) = rest.split_at(begin);
        let (name, after) = from.split_at(from.find(|letter| !is_in_name(letter)).unwrap_or(from.len()));
        let follows = |next: char| after.starts_with(next);
        if name.starts_with(MARK) && !follows('{') {
            return Err(format!("it uses the name {name}, which begins like the short ones"));
        }
        short.push_str(before);
        short.push_str(names.get(name).map_or(name, String::as_str));
        rest = after;
    }
    short.push_str(rest);
    Ok(short)
}

/// wasm-bindgen imports a module once for every function of it.
fn without_repeated_imports(script: &str) -> String {
    let mut known = BTreeSet::new();
    let mut kept = String::with_capacity(script.len());
    for line in script.lines() {
        let imported =
            line.strip_prefix("import * as ").and_then(|rest| rest.split_once(" from ")).map(|(_, from)| from);
        // `"./module.js": import2,`, which gives it to the wasm.
        let given = line.trim().split_once(": import").map(|(module, _)| module);
        let is_first = [("import", imported), ("give", given)]
            .into_iter()
            .all(|(use_of, module)| module.is_none_or(|module| known.insert((use_of, module.to_owned()))));
        if is_first {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{EntityType, ExportKind};

    use super::*;

    fn module() -> Vec<u8> {
        let mut module = Module::new();
        let mut types = wasm_encoder::TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        imports.import("./app_bg.js", "__wbg_add_cf82c8d153d93ae1", EntityType::Function(0));
        imports.import("./__wasm_split.js", "__wasm_split_load_live", EntityType::Function(0));
        let mut exports = ExportSection::new();
        exports.export("__wbindgen_malloc", ExportKind::Func, 0);
        exports.export("main", ExportKind::Func, 1);
        module.section(&types).section(&imports).section(&exports);
        module.finish()
    }

    #[test]
    fn the_wasm_and_its_script_get_the_same_names() {
        let names = names(&module()).unwrap_or_default();
        let expected = [("__wbg_add_cf82c8d153d93ae1", "$a"), ("__wbindgen_malloc", "$b")];
        assert_eq!(names, expected.map(|(old, new)| (old.to_owned(), new.to_owned())).into());
        let again = wasm(&module(), &names).unwrap_or_default();
        let found: Vec<String> = Parser::new(0)
            .parse_all(&again)
            .flatten()
            .flat_map(|payload| match payload {
                Payload::ImportSection(section) => {
                    section.into_imports().flatten().map(|import| import.name.to_owned()).collect()
                }
                Payload::ExportSection(section) => section.into_iter().flatten().map(|it| it.name.to_owned()).collect(),
                _ => Vec::new(),
            })
            .collect();
        assert_eq!(found, ["$a", "__wasm_split_load_live", "$b", "main"]);
        let text =
            "const import0 = {\n  __wbg_add_cf82c8d153d93ae1: function(a) { wasm.__wbindgen_malloc(`${a}`); },\n};\n";
        let expected = "const import0 = {\n  $a: function(a) { wasm.$b(`${a}`); },\n};\n";
        assert_eq!(script(text, &names).as_deref(), Ok(expected));
        assert!(script("const $a = 1;", &names).is_err());
    }

    #[test]
    fn a_module_is_imported_once() {
        let text = "import * as import1 from \"./a.js\"\nimport * as import2 from \"./a.js\"\n\nfunction g() {\n}\n\
                    const all = {\n    \"./a.js\": import1,\n    \"./a.js\": import2,\n};\n";
        let expected =
            "import * as import1 from \"./a.js\"\n\nfunction g() {\n}\nconst all = {\n    \"./a.js\": import1,\n};\n";
        assert_eq!(script(text, &Names::new()).as_deref(), Ok(expected));
    }

    #[test]
    fn every_number_has_a_name_of_its_own() {
        assert_eq!([0, 51, 52, 53, 103, 104].map(short), ["$a", "$Z", "$aa", "$ba", "$Za", "$ab"]);
        assert_eq!((0..10_000).map(short).collect::<BTreeSet<_>>().len(), 10_000);
    }
}
