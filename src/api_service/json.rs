//! JSON to and from the types of the contract: [`parse`] reads text into values, and serde makes types of them.
//!
//! Types are not read from the text directly: what `serde_json` says of a wrong type would bring the code and the
//! tables that write any float as text, 20 KB to load, and every type would have the text's reader in it once more.
//!
//! What signing in and the operator's first page need is read field by field, see [`Object`], and written as a
//! [`Field`]: all of serde's machinery can then come later.

mod field;
mod text;
mod typed;
mod value;

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use field::Field;
pub use text::{TextError, parse};
pub use value::{Object, Value, told};

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
    T::deserialize(typed::Reader(value))
}

/// Reads JSON of any kind.
///
/// # Errors
/// As [`parse`], in the words of an answer that cannot be read.
#[inline(never)]
pub fn value_of(text: &str) -> Result<Value, ReadError> {
    parse(text).map_err(|error| ReadError::new(error.to_string()))
}

/// Writes a `T`.
///
/// # Errors
/// For a map whose keys are no texts.
pub fn write<T: Serialize>(value: &T) -> Result<String, ReadError> {
    serde_json::to_string(value).map_err(|_| ReadError::new("it cannot be written as JSON".to_owned()))
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
}
