//! The functions of a wasm.

use wasmparser::{Parser, Payload, TypeRef};

/// How many functions are imported, which have the first numbers, and the code of the others, in their order.
///
/// # Errors
/// When `wasm` cannot be read.
pub fn functions_of(wasm: &[u8]) -> Result<(u32, Vec<&[u8]>), String> {
    let (mut imported, mut bodies) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(|error| error.to_string())? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(|error| error.to_string())?;
                    imported += u32::from(matches!(import.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    Ok((imported, bodies))
}
