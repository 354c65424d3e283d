//! Small numbers for types. The compiler tells types apart by 128 random bits, which nothing compresses: 2.5 KB less to
//! load (brotli, login and /admin).
//!
//! A type whose number may be asked for has a function that tells it, see [`std::any::Any`]. Each half of these numbers
//! is given another value, the same one wherever it stands in the application and its parts: what was equal stays so.
//! Which of two is smaller, and what a hash made of one while it was compiled, is not kept: the application only asks
//! whether two are the same (`src/ui/held.rs`, and `downcast`).

use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{DataSection, Instruction, Module};
use wasmparser::{Data, DataKind, KnownCustom, Name, NameSectionReader, Operator, Parser, Payload};

use super::functions::functions_of;

/// In the name of each function that tells the number of a type.
const TELLS: &str = "3Any7type_id";

/// The new values of halves, by the old ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeIds(BTreeMap<i64, i64>);

impl TypeIds {
    /// Those of the linked application, which has the names of its functions.
    ///
    /// # Errors
    /// When `wasm` cannot be read, or numbers of types are not where they are looked for.
    pub fn of(wasm: &[u8]) -> Result<Self, String> {
        let readable = |error: wasmparser::BinaryReaderError| error.to_string();
        let (imported, bodies) = functions_of(wasm)?;
        let mut places = BTreeSet::new();
        let mut segments = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.map_err(readable)? {
                Payload::CustomSection(section) => {
                    let KnownCustom::Name(names) = section.as_known() else { continue };
                    for function in functions_that_tell(names).map_err(readable)? {
                        let own = function.checked_sub(imported).and_then(|place| bodies.get(place as usize));
                        places.extend(places_in(own.ok_or("a name of no function")?).map_err(readable)?);
                    }
                }
                Payload::DataSection(section) => {
                    for segment in section {
                        segments.push(segment.map_err(readable)?);
                    }
                }
                _ => {}
            }
        }
        if places.is_empty() {
            return Err(
                "no function tells the number of a type: is this the linked application, with names?".to_owned()
            );
        }
        let halves = places.into_iter().map(|place| half_at(&segments, place));
        Ok(Self(halves.collect::<Result<BTreeSet<_>, _>>()?.into_iter().zip(0..).collect()))
    }

    /// The same module with the new values.
    ///
    /// # Errors
    /// When `wasm` cannot be read.
    pub fn shorten(&self, wasm: &[u8]) -> Result<Vec<u8>, String> {
        let mut module = Module::new();
        Shortener(self).parse_core_module(&mut module, Parser::new(0), wasm).map_err(|error| error.to_string())?;
        Ok(module.finish())
    }

    fn new_value(&self, value: i64) -> i64 {
        self.0.get(&value).copied().unwrap_or(value)
    }

    /// Where data begins at the address `start`. Numbers of types are at multiples of 4.
    fn shorten_data(&self, start: u64, data: &[u8]) -> Vec<u8> {
        let mut shortened = data.to_vec();
        let mut at = (start.next_multiple_of(4) - start) as usize;
        while let Some(half) = shortened.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
            let new = self.0.get(&i64::from_le_bytes(*half));
            at += if let Some(new) = new {
                *half = new.to_le_bytes();
                8
            } else {
                4
            };
        }
        shortened
    }
}

fn functions_that_tell(names: NameSectionReader<'_>) -> Result<Vec<u32>, wasmparser::BinaryReaderError> {
    let mut found = Vec::new();
    for name in names {
        if let Name::Function(functions) = name? {
            for function in functions {
                let function = function?;
                if function.name.contains(TELLS) {
                    found.push(function.index);
                }
            }
        }
    }
    Ok(found)
}

/// Where a function that tells a number has it from.
fn places_in(body: &[u8]) -> Result<Vec<u64>, wasmparser::BinaryReaderError> {
    let body = wasmparser::FunctionBody::new(wasmparser::BinaryReader::new(body, 0));
    let mut places = Vec::new();
    for operator in body.get_operators_reader()? {
        if let Operator::I64Load { memarg } = operator? {
            places.push(memarg.offset);
        }
    }
    Ok(places)
}

fn half_at(segments: &[Data<'_>], place: u64) -> Result<i64, String> {
    let found = segments.iter().find_map(|segment| {
        let from = usize::try_from(place.checked_sub(start_of(segment)?)?).ok()?;
        segment.data.get(from..from + 8)?.try_into().ok()
    });
    found.map(i64::from_le_bytes).ok_or_else(|| format!("the number of a type is not in the data at {place}"))
}

/// The address of a segment that has one.
fn start_of(segment: &Data<'_>) -> Option<u64> {
    let DataKind::Active { offset_expr, .. } = &segment.kind else { return None };
    match offset_expr.get_operators_reader().read().ok()? {
        Operator::I32Const { value } => Some(u64::from(value.cast_unsigned())),
        _ => None,
    }
}

struct Shortener<'a>(&'a TypeIds);

impl Reencode for Shortener<'_> {
    type Error = std::convert::Infallible;

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>, Error> {
        match operator {
            Operator::I64Const { value } => Ok(Instruction::I64Const(self.0.new_value(value))),
            other => utils::instruction(self, other),
        }
    }

    fn parse_data(&mut self, section: &mut DataSection, segment: Data<'_>) -> Result<(), Error> {
        let data = start_of(&segment).map_or_else(|| segment.data.to_vec(), |at| self.0.shorten_data(at, segment.data));
        utils::parse_data(self, section, Data { data: &data, ..segment })
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, ConstExpr, Function, FunctionSection, MemArg, MemorySection, MemoryType, NameMap, NameSection,
        TypeSection,
    };

    use super::*;

    const LOW: i64 = 0x1234_5678_9abc_def0;
    const HIGH: i64 = -0x0fed_cba9_8765_4321;
    const START: u64 = 1_004;

    /// One function of this name that does this, and some data from 1,004 on.
    fn module(name: &str, does: &[Instruction<'_>], data: &[u8]) -> Vec<u8> {
        let (mut types, mut functions, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
        types.ty().function([], []);
        functions.function(0);
        let mut function = Function::new([]);
        for instruction in does {
            function.instruction(instruction).instruction(&Instruction::Drop);
        }
        function.instruction(&Instruction::End);
        code.function(&function);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
        let mut segments = DataSection::new();
        segments.active(0, &ConstExpr::i32_const(START as i32), data.iter().copied());
        let (mut names, mut section) = (NameMap::new(), NameSection::new());
        names.append(0, name);
        section.functions(&names);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&memories).section(&code).section(&segments);
        module.section(&section);
        module.finish()
    }

    const NAME: &str = "_RNvXNtCs1_4core3anyNtCs2_1a1TNtB2_3Any7type_idCs2_1a";

    fn load(offset: u64) -> Instruction<'static> {
        Instruction::I64Load(MemArg { offset, align: 3, memory_index: 0 })
    }

    /// Four bytes of text, then these.
    fn data(halves: &[i64]) -> Vec<u8> {
        b"text".iter().copied().chain(halves.iter().flat_map(|half| half.to_le_bytes())).collect()
    }

    #[test]
    fn a_number_is_the_same_wherever_it_stands_and_all_else_stays() {
        let tells = |halves: &[i64]| module(NAME, &[load(START + 4), load(START + 12)], &data(halves));
        let whole = tells(&[LOW, HIGH, 5]);
        let ids = TypeIds::of(&whole).unwrap_or_default();
        assert_eq!(ids.0, BTreeMap::from([(HIGH, 0), (LOW, 1)]));
        assert_eq!(ids.shorten(&whole), Ok(tells(&[1, 0, 5])));
        let compares = |[low, high]: [i64; 2]| {
            let constants = [7, high, low, -1].map(Instruction::I64Const);
            module("compares", &constants, &data(&[low, high]))
        };
        assert_eq!(ids.shorten(&compares([LOW, HIGH])), Ok(compares([1, 0])));
    }

    #[test]
    fn a_number_that_is_not_in_the_data_is_refused() {
        let elsewhere = module(NAME, &[load(9_000)], &data(&[LOW]));
        assert!(TypeIds::of(&elsewhere).is_err_and(|problem| problem.contains("9000")));
        let none = module("other", &[load(START)], b"");
        assert!(TypeIds::of(&none).is_err_and(|problem| problem.contains("no function")));
    }
}
