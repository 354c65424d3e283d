//! The order of functions in a wasm: those that are alike stand side by side, where brotli finds what they share. 6 KB
//! less to load (brotli, login and /admin).
//!
//! `wasm-opt` puts those that are called most first, because a small number takes one byte. Here the imports take all
//! numbers of one byte.

use std::collections::BTreeMap;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{CodeSectionReader, FunctionSectionReader, Parser};

use super::functions::functions_of;

/// How many bytes in a row count as shared.
const PIECE: usize = 5;
/// What stands in more functions than this says little of any two, and would take time.
const COMMON: usize = 1_000;

/// The same functions, ordered by likeness.
///
/// # Errors
/// When `wasm` cannot be read.
pub fn by_likeness(wasm: &[u8]) -> Result<Vec<u8>, String> {
    let (imported, bodies) = functions_of(wasm)?;
    let order = order_of(&bodies);
    let mut place = vec![0; order.len()];
    for (new, old) in (0_u32..).zip(&order) {
        place[*old] = new;
    }
    let mut module = Module::new();
    let mut mover = Mover { imported, order, place };
    mover.parse_core_module(&mut module, Parser::new(0), wasm).map_err(|error| error.to_string())?;
    Ok(module.finish())
}

struct Mover {
    /// Functions that stand before all others.
    imported: u32,
    /// The old places of functions, in their new order.
    order: Vec<usize>,
    /// The new places, in the old order.
    place: Vec<u32>,
}

impl Reencode for Mover {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        let place = function.checked_sub(self.imported).and_then(|old| self.place.get(old as usize));
        Ok(place.map_or(function, |place| self.imported + place))
    }

    fn parse_function_section(
        &mut self,
        types: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        let all = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for old in &self.order {
            types.function(all[*old]);
        }
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, section: CodeSectionReader<'_>) -> Result<(), Error> {
        let all = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for old in self.order.clone() {
            self.parse_function_body(code, all[old].clone())?;
        }
        Ok(())
    }
}

/// Begins with the largest, and goes on with the one that shares most with the last.
fn order_of(bodies: &[&[u8]]) -> Vec<usize> {
    let mut users: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    for (function, body) in bodies.iter().enumerate() {
        for piece in body.windows(PIECE) {
            let users = users.entry(piece).or_default();
            if users.last() != Some(&function) {
                users.push(function);
            }
        }
    }
    // Those that share a piece, for every piece of each function.
    let mut neighbours: Vec<Vec<&[usize]>> = vec![Vec::new(); bodies.len()];
    for users in users.values().filter(|users| users.len() <= COMMON) {
        users.iter().for_each(|function| neighbours[*function].push(users));
    }
    let mut by_size: Vec<usize> = (0..bodies.len()).collect();
    by_size.sort_by_key(|function| bodies[*function].len());
    let mut is_placed = vec![false; bodies.len()];
    let mut shared = vec![0_u32; bodies.len()];
    let mut order: Vec<usize> = Vec::with_capacity(bodies.len());
    while order.len() < bodies.len() {
        shared.fill(0);
        for function in order.last().into_iter().flat_map(|last| &neighbours[*last]).copied().flatten() {
            shared[*function] += 1;
        }
        // A large function shares something with every other one.
        let likeness = |function: &usize| f64::from(shared[*function]) / (bodies[*function].len() as f64 + 20.0).cbrt();
        let alike = (0..bodies.len()).filter(|function| shared[*function] > 0 && !is_placed[*function]);
        let next = alike.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).or_else(|| {
            while by_size.last().is_some_and(|function| is_placed[*function]) {
                by_size.pop();
            }
            by_size.last().copied()
        });
        let Some(next) = next else { break };
        is_placed[next] = true;
        order.push(next);
    }
    order
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        ElementSection, Elements, ExportKind, ExportSection, Function, ImportSection, Instruction, TypeSection,
    };

    use wasmparser::Payload;

    use super::*;

    const IMPORTED: u32 = 1;

    /// Functions that take a number or nothing and give the number of `numbers`; the first one is exported and is in
    /// the table, and the second one calls it.
    fn module(numbers: &[i32]) -> Vec<u8> {
        let (mut types, mut imports, mut functions) =
            (TypeSection::new(), ImportSection::new(), FunctionSection::new());
        types.ty().function([], []);
        types.ty().function([wasm_encoder::ValType::I32], []);
        imports.import("a", "b", wasm_encoder::EntityType::Function(0));
        let mut tables = wasm_encoder::TableSection::new();
        tables.table(wasm_encoder::TableType {
            element_type: wasm_encoder::RefType::FUNCREF,
            table64: false,
            minimum: 1,
            maximum: None,
            shared: false,
        });
        let mut exports = ExportSection::new();
        exports.export("first", ExportKind::Func, IMPORTED);
        let mut elements = ElementSection::new();
        elements.active(
            None,
            &wasm_encoder::ConstExpr::i32_const(0),
            Elements::Functions([IMPORTED].as_slice().into()),
        );
        let mut code = CodeSection::new();
        for (place, number) in numbers.iter().enumerate() {
            functions.function(u32::from(place == 0));
            let mut function = Function::new([]);
            for step in 0..4 {
                function.instruction(&Instruction::I32Const(number + step)).instruction(&Instruction::Drop);
            }
            if place == 1 {
                function.instruction(&Instruction::I32Const(7)).instruction(&Instruction::Call(IMPORTED));
            }
            function.instruction(&Instruction::End);
            code.function(&function);
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&tables).section(&exports);
        module.section(&elements).section(&code);
        module.finish()
    }

    #[test]
    fn what_is_alike_stands_together() {
        let (dog, cat): (&[u8], &[u8]) = (b"a dog that barks", b"the cats of 1912");
        assert_eq!(order_of(&[b"a dog that barks at", cat, dog, b"the cats of"]), [0, 2, 1, 3]);
        assert_eq!(order_of(&[]), [0; 0]);
        assert_eq!(order_of(&[b"", b"a"]), [1, 0]);
    }

    #[test]
    fn functions_keep_their_types_and_are_called_by_their_new_numbers() {
        // By size and likeness: the second, the fourth, then the third and the first.
        let before = module(&[1_000, 200_000, 1_000, 200_000]);
        let after = by_likeness(&before).unwrap_or_default();
        assert!(wasmparser::validate(&after).is_ok(), "what takes a number is called with one");
        assert_eq!(order_of_types(&before), [1, 0, 0, 0]);
        assert_eq!(order_of_types(&after), [0, 0, 0, 1]);
        let first = Parser::new(0).parse_all(&after).flatten().find_map(|payload| match payload {
            Payload::ExportSection(section) => section.into_iter().flatten().next().map(|export| export.index),
            _ => None,
        });
        assert_eq!(first, Some(IMPORTED + 3));
    }

    fn order_of_types(wasm: &[u8]) -> Vec<u32> {
        let types = Parser::new(0).parse_all(wasm).flatten().find_map(|payload| match payload {
            Payload::FunctionSection(section) => Some(section.into_iter().flatten().collect()),
            _ => None,
        });
        types.unwrap_or_default()
    }
}
