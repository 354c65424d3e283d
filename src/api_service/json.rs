//! JSON to and from the types of the contract: [`parse`] reads text into values, and serde makes types of them.
//!
//! Types are not read from the text directly: what `serde_json` says of a wrong type would bring the code and the
//! tables that write any float as text, 20 KB to load, and every type would have the text's reader in it once more.
//!
//! What signing in and the operator's first page need is read field by field, see [`Object`]: all of serde's machinery
//! can then come later.

mod text;

use std::fmt;

use serde::Serialize;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

pub use text::{TextError, parse};

use crate::decimal::Decimal;

/// Why a text could not be read, and where in it: `[2].departureTime`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadError {
    /// Empty for the whole.
    place: String,
    why: String,
}

impl ReadError {
    fn new(why: String) -> Self {
        Self { place: String::new(), why }
    }

    /// The same, one level further out.
    fn within(mut self, outer: &str) -> Self {
        let joint = if self.place.is_empty() || self.place.starts_with('[') { "" } else { "." };
        self.place = format!("{outer}{joint}{}", self.place);
        self
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() { f.write_str(&self.why) } else { write!(f, "field `{}`: {}", self.place, self.why) }
    }
}

impl std::error::Error for ReadError {}

impl serde::de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Bool(_) => "true or false",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
            Unexpected::Str(_) => "a text",
            Unexpected::Unit | Unexpected::Option => "null",
            Unexpected::Seq => "a list",
            Unexpected::Map => "an object",
            _ => "something else",
        };
        Self::new(format!("{found}, where {expected} was expected"))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match found {
            Unexpected::Str(text) => Self::new(format!("\"{text}\", where {expected} was expected")),
            found => Self::invalid_type(found, expected),
        }
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("{length} entries, where {expected} was expected"))
    }

    fn unknown_variant(variant: &str, _: &'static [&'static str]) -> Self {
        Self::new(format!("\"{variant}\" is none of the known words"))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("missing field `{field}`"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("{field} is there twice"))
    }
}

/// Reads a `T`.
///
/// # Errors
/// When `text` is not JSON, or is no `T`.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, ReadError> {
    read_value(value_of(text)?)
}

/// Makes a `T` of a value.
///
/// # Errors
/// When the value is no `T`.
pub fn read_value<T: DeserializeOwned>(value: Value) -> Result<T, ReadError> {
    T::deserialize(Reader(value))
}

/// Reads JSON of any kind.
///
/// # Errors
/// As [`parse`], in the words of an answer that cannot be read.
#[inline(never)]
pub fn value_of(text: &str) -> Result<Value, ReadError> {
    parse(text).map_err(|error| ReadError::new(error.to_string()))
}

/// A field of an object that may lack: a text.
pub fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

/// The same: a whole number that is not negative.
pub fn number(object: &Value, name: &str) -> Option<u64> {
    object.get(name)?.as_u64()
}

/// An object whose fields are read one by one. A field that lacks, or is null, is `None`; one of another type is an
/// error that names it.
#[derive(Clone, Copy)]
pub struct Object<'a>(&'a Map<String, Value>);

impl<'a> Object<'a> {
    /// # Errors
    /// For a value that is no object.
    pub fn of(value: &'a Value) -> Result<Self, ReadError> {
        value.as_object().map(Self).ok_or_else(|| wrong(value, "an object"))
    }

    pub fn text(self, name: &str) -> Result<Option<String>, ReadError> {
        self.field(name, "a text", |value| value.as_str().map(str::to_owned))
    }

    /// A number or a text, as text.
    pub fn id(self, name: &str) -> Result<Option<String>, ReadError> {
        self.field(name, "an id: a text or a number", |value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) if value.is_u64() || value.is_i64() => Some(told(value)),
            _ => None,
        })
    }

    /// A whole number that is not negative.
    pub fn number(self, name: &str) -> Result<Option<u64>, ReadError> {
        self.field(name, "a whole number", Value::as_u64)
    }

    pub fn decimal(self, name: &str) -> Result<Option<f64>, ReadError> {
        self.field(name, "a number", Value::as_f64)
    }

    pub fn flag(self, name: &str) -> Result<Option<bool>, ReadError> {
        self.field(name, "true or false", Value::as_bool)
    }

    fn field<T>(self, name: &str, expected: &str, read: fn(&Value) -> Option<T>) -> Result<Option<T>, ReadError> {
        let Some(value) = self.0.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| wrong(value, expected).within(name))
    }
}

fn wrong(value: &Value, expected: &str) -> ReadError {
    ReadError::new(format!("{}, where {expected} was expected", told(value)))
}

/// What a value is, for a person who has to correct it. Lists and objects are not written out.
pub fn told(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::String(text) => format!("\"{text}\""),
        Value::Array(_) => "[…]".to_owned(),
        Value::Object(_) => "{…}".to_owned(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.to_string(),
            (None, Some(number)) => Decimal(number).to_string(),
            (None, None) => "?".to_owned(),
        },
    }
}

/// Writes a `T`.
///
/// # Errors
/// For a map whose keys are no texts.
pub fn write<T: Serialize>(value: &T) -> Result<String, ReadError> {
    serde_json::to_string(value).map_err(|_| ReadError::new("it cannot be written as JSON".to_owned()))
}

/// A value that a type is made of.
struct Reader(Value);

impl<'de> Deserializer<'de> for Reader {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(list) => visitor.visit_seq(List { list: list.into_iter(), next: 0 }),
            Value::Object(fields) => {
                visitor.visit_map(Fields { fields: fields.into_iter(), name: String::new(), next: Value::Null })
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self.0 {
            Value::String(word) => visitor.visit_enum(Word(word)),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct List {
    list: std::vec::IntoIter<Value>,
    next: usize,
}

impl<'de> SeqAccess<'de> for List {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, ReadError> {
        let Some(value) = self.list.next() else { return Ok(None) };
        let place = self.next;
        self.next += 1;
        seed.deserialize(Reader(value)).map(Some).map_err(|error| error.within(&format!("[{place}]")))
    }
}

struct Fields {
    fields: <Map<String, Value> as IntoIterator>::IntoIter,
    /// Of the value that follows.
    name: String,
    next: Value,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, ReadError> {
        let Some((name, value)) = self.fields.next() else { return Ok(None) };
        self.next = value;
        self.name.clone_from(&name);
        seed.deserialize(Reader(Value::String(name))).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        seed.deserialize(Reader(std::mem::take(&mut self.next))).map_err(|error| error.within(&self.name))
    }
}

/// A word of an enum without contents.
struct Word(String);

impl<'de> EnumAccess<'de> for Word {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), ReadError> {
        let word: StrDeserializer<'_, ReadError> = self.0.as_str().into_deserializer();
        let known = seed.deserialize(word)?;
        Ok((known, self))
    }
}

impl<'de> VariantAccess<'de> for Word {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, ReadError> {
        Err(serde::de::Error::custom("a word with contents"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, ReadError> {
        Err(serde::de::Error::custom("a word with contents"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, ReadError> {
        Err(serde::de::Error::custom("a word with contents"))
    }
}

/// A value to be written whose shape is made at run time, without floats: times and figures are whole milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    Null,
    Bool(bool),
    Number(u64),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(&'static str, Self)>),
}

impl Serialize for Field {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(list) => serializer.collect_seq(list),
            Self::Object(fields) => serializer.collect_map(fields.iter().map(|(name, value)| (name, value))),
        }
    }
}

impl From<bool> for Field {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Field {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Field {
    fn from(number: u32) -> Self {
        Self::Number(u64::from(number))
    }
}

impl From<usize> for Field {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

/// In whole milliseconds.
impl From<f64> for Field {
    fn from(millis: f64) -> Self {
        Self::Number(millis.round() as u64)
    }
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for Field {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "UPPERCASE")]
    enum Kind {
        Car,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Thing {
        id: u64,
        kind: Kind,
        #[serde(default)]
        price: Option<f64>,
        tags: Vec<String>,
    }

    #[test]
    fn a_type_is_read_as_serde_reads_it() {
        let text = r#"{"id":7,"kind":"CAR","price":12.5,"tags":["a"],"unknown":{"x":[null]}}"#;
        let expected = Thing { id: 7, kind: Kind::Car, price: Some(12.5), tags: vec!["a".into()] };
        assert_eq!(read(text), Ok(expected));
        assert_eq!(read::<Option<u64>>("null"), Ok(None));
        assert_eq!(read::<f64>("3"), Ok(3.0));
    }

    #[test]
    fn what_is_no_such_type_says_why() {
        let why = |text| read::<Thing>(text).err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(why("[1"), "no JSON from line 1, column 2");
        assert_eq!(why(r#"{"id":"7"}"#), "field `id`: a text, where u64 was expected");
        assert_eq!(why(r#"{"kind":"BUS"}"#), "field `kind`: \"BUS\" is none of the known words");
        assert_eq!(why("{}"), "missing field `id`");
        let inner = read::<Vec<Thing>>(r#"[{"id":1,"kind":"CAR","tags":["a",2]}]"#);
        assert!(inner.is_err_and(|error| error.to_string().starts_with("field `[0].tags[1]`: a number")));
    }

    #[test]
    fn a_field_read_by_its_name_may_lack_and_says_what_is_wrong_with_it() -> Result<(), ReadError> {
        let value = value_of(r#"{"id":7,"name":"x","ms":2,"old":true,"none":null}"#)?;
        let object = Object::of(&value)?;
        assert_eq!((object.id("id")?.as_deref(), object.id("name")?.as_deref()), (Some("7"), Some("x")));
        assert_eq!(
            (object.number("id")?, object.decimal("ms")?, object.flag("old")?),
            (Some(7), Some(2.0), Some(true))
        );
        assert_eq!((object.text("none")?, object.text("lacks")?), (None, None));
        let error = |result: Result<Option<u64>, ReadError>| result.err().map(|error| error.to_string());
        let why = "field `name`: \"x\", where a whole number was expected";
        assert_eq!(error(object.number("name")).as_deref(), Some(why));
        assert!(Object::of(&Value::Null).is_err());
        Ok(())
    }

    #[test]
    fn a_value_is_told_to_a_person() {
        let told = |text| parse(text).map(|value| told(&value)).unwrap_or_default();
        assert_eq!(
            ["5", "-2.50", "0.0004", "true", "\"no\"", "[1]"].map(told),
            ["5", "-2.5", "0", "true", "\"no\"", "[…]"]
        );
    }

    #[test]
    fn a_value_made_at_run_time_is_written() {
        let object =
            Field::Object(vec![("a", 1_u64.into()), ("b", Field::List(vec!["x\"".into(), None::<u64>.into()]))]);
        assert_eq!(write(&object).as_deref(), Ok(r#"{"a":1,"b":["x\"",null]}"#));
    }
}
