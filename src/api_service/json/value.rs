//! JSON of any kind, and its fields by their names. `serde_json`'s own would bring a tree map with all its balancing.

use super::ReadError;

/// JSON of any kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Whole(u64),
    /// A whole number below zero.
    Negative(i64),
    /// Finite.
    Decimal(f64),
    Text(String),
    List(Vec<Self>),
    /// As they stand in the text. Of two fields with one name the last one counts.
    Object(Vec<(String, Self)>),
}

impl Value {
    /// The field of this name. `None` too for what is no object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(fields) = self else { return None };
        fields.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// A whole number that is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        if let Self::Whole(number) = self { Some(*number) } else { None }
    }

    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Whole(number) => Some(*number as f64),
            Self::Negative(number) => Some(*number as f64),
            Self::Decimal(number) => Some(*number),
            _ => None,
        }
    }

    /// An id: a text, or a whole number as its text.
    pub fn as_id(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Whole(_) | Self::Negative(_) => Some(told(self)),
            _ => None,
        }
    }

    /// The entries of a list; none for what is no list.
    pub fn entries(&self) -> &[Self] {
        if let Self::List(entries) = self { entries } else { &[] }
    }

    /// A field that may lack: a text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.as_text().map(str::to_owned)
    }

    /// The same: a whole number that is not negative.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.as_u64()
    }

    /// The same: any number.
    pub fn decimal(&self, name: &str) -> Option<f64> {
        self.get(name)?.as_f64()
    }
}

/// An object whose fields are read one by one. A field that lacks, or is null, is `None`; one of another type is an
/// error that names it.
#[derive(Clone, Copy)]
pub struct Object<'a>(&'a Value);

impl<'a> Object<'a> {
    /// # Errors
    /// For a value that is no object.
    pub fn of(value: &'a Value) -> Result<Self, ReadError> {
        if let Value::Object(_) = value { Ok(Self(value)) } else { Err(wrong(value, "an object")) }
    }

    pub fn text(self, name: &str) -> Result<Option<String>, ReadError> {
        self.field(name, "a text", |value| value.as_text().map(str::to_owned))
    }

    /// A number or a text, as text.
    pub fn id(self, name: &str) -> Result<Option<String>, ReadError> {
        self.field(name, "an id: a text or a number", Value::as_id)
    }

    /// A whole number that is not negative.
    pub fn number(self, name: &str) -> Result<Option<u64>, ReadError> {
        self.field(name, "a whole number", Value::as_u64)
    }

    /// A whole number that is not negative and fits 32 bits.
    pub fn count(self, name: &str) -> Result<Option<u32>, ReadError> {
        self.field(name, "a whole number", |value| u32::try_from(value.as_u64()?).ok())
    }

    pub fn decimal(self, name: &str) -> Result<Option<f64>, ReadError> {
        self.field(name, "a number", Value::as_f64)
    }

    pub fn flag(self, name: &str) -> Result<Option<bool>, ReadError> {
        self.field(name, "true or false", Value::as_bool)
    }

    /// A field of a type of its own.
    pub fn part<T: FromValue>(self, name: &str) -> Result<Option<T>, ReadError> {
        let Some(value) = self.known(name) else { return Ok(None) };
        T::from_value(value).map(Some).map_err(|error| error.within(name))
    }

    /// A field that must be there: `answer.need("id", Object::id)`.
    pub fn need<T>(self, name: &str, read: fn(Self, &str) -> Result<Option<T>, ReadError>) -> Result<T, ReadError> {
        read(self, name)?.ok_or_else(|| ReadError::new(format!("missing field `{name}`")))
    }

    fn field<T>(self, name: &str, expected: &str, read: fn(&Value) -> Option<T>) -> Result<Option<T>, ReadError> {
        let Some(value) = self.known(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| wrong(value, expected).within(name))
    }

    fn known(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| **value != Value::Null)
    }
}

/// What can be made of JSON of any kind: the answers of the contract.
pub trait FromValue: Sized {
    /// # Errors
    /// When the value is none: what was expected, and where.
    fn from_value(value: &Value) -> Result<Self, ReadError>;
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: &Value) -> Result<Self, ReadError> {
        let Value::List(entries) = value else { return Err(wrong(value, "a list")) };
        let read =
            |(place, entry)| T::from_value(entry).map_err(|error: ReadError| error.within(&format!("[{place}]")));
        entries.iter().enumerate().map(read).collect()
    }
}

/// What a value is, and what it was taken for.
pub fn wrong(value: &Value, expected: &str) -> ReadError {
    ReadError::new(format!("{}, where {expected} was expected", told(value)))
}

/// What a value is, for a person who has to correct it. Lists and objects are not written out.
pub fn told(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Text(text) => format!("\"{text}\""),
        Value::List(_) => "[…]".to_owned(),
        Value::Object(_) => "{…}".to_owned(),
        Value::Whole(number) => number.to_string(),
        Value::Negative(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parse, value_of};
    use super::*;

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
        assert!(object.id("old").is_err(), "true is no id");
        assert_eq!(object.count("id")?, Some(7));
        let beyond = value_of(r#"{"seats":4294967296}"#)?;
        assert!(Object::of(&beyond)?.count("seats").is_err(), "32 bits are too few");
        let error = |result: Result<Option<u64>, ReadError>| result.err().map(|error| error.to_string());
        let why = "field `name`: \"x\", where a whole number was expected";
        assert_eq!(error(object.number("name")).as_deref(), Some(why));
        assert!(Object::of(&Value::Null).is_err());
        Ok(())
    }

    #[test]
    fn of_two_fields_with_one_name_the_last_counts() {
        assert_eq!(parse(r#"{"a":1,"b":2,"a":3}"#).ok().and_then(|value| value.number("a")), Some(3));
    }

    #[test]
    fn a_value_is_told_to_a_person() {
        let told = |text| parse(text).map(|value| told(&value)).unwrap_or_default();
        assert_eq!(
            ["5", "-7", "-2.50", "0.0004", "true", "\"no\"", "[1]"].map(told),
            ["5", "-7", "-2.5", "0.0004", "true", "\"no\"", "[…]"]
        );
    }
}
