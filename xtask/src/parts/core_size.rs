//! How much of what a browser loads is the failover core.

use std::collections::BTreeMap;

use wasmparser::{KnownCustom, Name, Parser, Payload};

use super::functions::functions_of;

/// How rustc's mangled names spell the core's package, and the application's. What stands first in a name is the
/// function's own path, or that of the type that it was made for.
const CORE: &str = "_8failover";
const APPLICATION: &str = "_19vcube_raft_frontend";

/// The code of every function of the core in `wasm`, which has its names.
///
/// # Errors
/// When `wasm` cannot be read, or has no names.
pub fn code(wasm: &[u8]) -> Result<Vec<u8>, String> {
    let (imported, bodies) = functions_of(wasm)?;
    let mut names = BTreeMap::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::CustomSection(section) = payload.map_err(|error| error.to_string())? else { continue };
        let KnownCustom::Name(reader) = section.as_known() else { continue };
        for part in reader {
            let Ok(Name::Function(functions)) = part else { continue };
            names.extend(functions.into_iter().flatten().map(|naming| (naming.index, naming.name)));
        }
    }
    if names.is_empty() {
        return Err("it has no names".into());
    }
    let of_core = |index: u32| names.get(&index).is_some_and(|name| is_of_core(name));
    if !names.values().any(|name| is_of_core(name)) {
        return Err("no name in it is of the core".into());
    }
    let code = (imported..).zip(bodies).filter(|(index, _)| of_core(*index)).flat_map(|(_, body)| body);
    Ok(code.copied().collect())
}

fn is_of_core(name: &str) -> bool {
    let before = name.find(APPLICATION).map_or(name, |at| &name[..at]);
    before.contains(CORE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_of_the_core_when_the_first_path_in_its_name_is() {
        assert!(is_of_core("_RNvMNtCs5_8failover6settleNtB2_8Failover6settle"));
        assert!(!is_of_core("_RNvNtCs4_19vcube_raft_frontend3app15___component_app"));
        assert!(!is_of_core("_RNCs4_19vcube_raft_frontend5storeNtCs5_8failover4node"));
        assert!(!is_of_core("_RNvNtC4core3fmt5write"));
    }
}
