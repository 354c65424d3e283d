//! JSON to and from the types of the contract: [`parse`] reads text into values, and [`FromValue`] makes types of them,
//! field by field.
//!
//! serde's own way to read is a visitor for every type and one for its fields: 5 KB more to load for the whole of
//! `/admin`; and what `serde_json` says of a wrong type would bring the tables that write any float as text, 20 KB. serde
//! writes what is sent; what the first page sends is a [`Field`].

mod field;
mod text;
mod value;

use std::fmt;

use serde::Serialize;

pub use field::Field;
pub use text::{TextError, parse};
pub use value::{FromValue, Object, Value, told, wrong};

/// Why a text could not be read, and where in it: `[2].departureTime`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadError {
    /// Empty for the whole.
    place: String,
    why: String,
}

impl ReadError {
    pub fn new(why: String) -> Self {
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
pub fn read<T: FromValue>(text: &str) -> Result<T, ReadError> {
    T::from_value(&value_of(text)?)
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
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Thing {
        id: u64,
        price: Option<f64>,
        part: Option<Box<Self>>,
    }

    impl FromValue for Thing {
        fn from_value(value: &Value) -> Result<Self, ReadError> {
            let thing = Object::of(value)?;
            Ok(Self {
                id: thing.need("id", Object::number)?,
                price: thing.decimal("price")?,
                part: thing.part("part")?.map(Box::new),
            })
        }
    }

    #[test]
    fn a_type_is_read_field_by_field_whatever_else_is_there() {
        let text = r#"[{"id":7,"price":12.5,"unknown":{"x":[null]},"part":{"id":8,"price":null}}]"#;
        let part = Some(Box::new(Thing { id: 8, price: None, part: None }));
        assert_eq!(read(text), Ok(vec![Thing { id: 7, price: Some(12.5), part }]));
    }

    #[test]
    fn what_is_no_such_type_says_why_and_where() {
        let why = |text| read::<Vec<Thing>>(text).err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(why("[1"), "no JSON from line 1, column 2");
        assert_eq!(why("{}"), "{…}, where a list was expected");
        assert_eq!(why("[7]"), "field `[0]`: 7, where an object was expected");
        assert_eq!(why(r#"[{"id":"7"}]"#), "field `[0].id`: \"7\", where a whole number was expected");
        assert_eq!(why(r#"[{"id":1,"part":{}}]"#), "field `[0].part`: missing field `id`");
        assert_eq!(
            why(r#"[{"id":1,"part":{"id":1.5}}]"#),
            "field `[0].part.id`: 1.5, where a whole number was expected"
        );
    }
}
