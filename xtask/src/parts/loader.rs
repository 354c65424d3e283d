//! The script that loads parts.
//!
//! The application imports one function for each part, `__wasm_split_load_<part>`: it is called with a function of the
//! application's table and a pointer, which that function is called with once it is known whether the part is here.

use std::collections::BTreeMap;

use crate::page::Problem;

/// A part that did not come is tried anew by the next call.
const SCRIPT: &str = include_str!("loader.js");
const TABLE: &str = "const PARTS = ";

/// What each part loads, beside what is loaded at the start.
pub type Table = BTreeMap<String, Vec<String>>;

/// The script for the parts of `table`. `main` is the file name of the main part's script.
pub fn script(main: &str, table: &Table) -> String {
    let json = serde_json::json!(table).to_string();
    let mut script = SCRIPT.replace("./MAIN", &format!("./{main}")).replace("PARTS = {};", &format!("PARTS = {json};"));
    for part in table.keys() {
        script.push_str(&format!("export const __wasm_split_load_{part} = part(\"{part}\");\n"));
    }
    script
}

/// The table of a script that [`script`] made; `None` for any other.
///
/// # Errors
/// When the table cannot be read.
pub fn parts_of(script: &str) -> Result<Option<Table>, Problem> {
    let is_loader = script.contains("export const __wasm_split_load_");
    let Some((_, rest)) = script.split_once(TABLE).filter(|_| is_loader) else { return Ok(None) };
    let table = rest.split(";\n").next().and_then(|json| serde_json::from_str(json).ok());
    table.map(Some).ok_or(Problem("the table of parts cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_exports_a_function_for_each_part_and_its_table_can_be_read_again() {
        let table = Table::from([
            ("admin".to_owned(), vec!["shared-1-0a.wasm".to_owned(), "admin-0b.wasm".to_owned()]),
            ("user".to_owned(), vec!["user-0c.wasm".to_owned()]),
        ]);
        let script = script("app-00.js", &table);
        assert!(script.contains("from \"./app-00.js\"") && !script.contains("MAIN"), "{script}");
        assert!(script.contains("export const __wasm_split_load_admin = part(\"admin\");"), "{script}");
        assert_eq!(parts_of(&script).ok().flatten(), Some(table));
        assert_eq!(parts_of("const PARTS = 1;\n").ok().flatten(), None);
    }
}
