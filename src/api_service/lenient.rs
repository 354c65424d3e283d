//! Reading tolerantly, in one place: what servers write that mean the same is read as the same.
//!
//! | written | read as |
//! |---|---|
//! | `"12.50"` where a number is expected | the number |
//! | `42.0`, `1.2E2` where a whole number is expected | the whole number |
//! | `7` where a text is expected (an id, a label, a phone number) | its text |
//! | `null` for a list | an empty list |
//! | `null` for true or false | false |
//!
//! Everything else is an error of serde's, which names what was found and what was expected.

use std::iter;

use serde::Deserialize;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde_json::{Error, Number, Value};

/// The largest whole number up to which every one is exact in a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A deserializer over parsed JSON that reads as the table of this module says.
#[derive(Clone, Copy, Debug)]
pub struct Lenient<'a>(pub &'a Value);

/// The number that `value` is, or that its text says.
fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => serde_json::from_str(text.trim()).ok(),
        _ => None,
    }
}

/// `number` without a fraction of zero.
fn whole(number: Number) -> Number {
    let float = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT);
    float.map_or(number, |float| if float < 0.0 { Number::from(float as i64) } else { Number::from(float as u64) })
}

impl<'de> Lenient<'de> {
    fn visit_number<V: Visitor<'de>>(self, visitor: V, read: fn(Number) -> Number) -> Result<V::Value, Error> {
        match number(self.0).map(read) {
            Some(number) => number.deserialize_any(visitor),
            None => self.deserialize_any(visitor),
        }
    }

    fn visit_text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Number(number) => visitor.visit_string(whole(number.clone()).to_string()),
            _ => self.deserialize_any(visitor),
        }
    }
}

macro_rules! numbers {
    ($read:expr => $($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.visit_number(visitor, $read)
        })*
    };
}

macro_rules! texts {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.visit_text(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Lenient<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(entries) => visitor.visit_seq(SeqDeserializer::new(entries.iter().map(Lenient))),
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| (name.as_str(), Lenient(value)));
                visitor.visit_map(MapDeserializer::new(fields))
            }
            scalar => scalar.deserialize_any(visitor),
        }
    }

    numbers! { whole => deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 }
    numbers! { whole => deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 }
    numbers! { |number| number => deserialize_f32 deserialize_f64 }
    texts! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_bool(false) } else { self.deserialize_any(visitor) }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_seq(SeqDeserializer::new(iter::empty::<Self>())),
            Value::Array(_) => self.deserialize_any(visitor),
            other => Err(unexpected(other, "a list")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Object(_) => self.deserialize_any(visitor),
            // What serde derives for a struct would take a list of its fields as well.
            other => Err(unexpected(other, "an object")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! { bytes byte_buf unit unit_struct tuple tuple_struct map ignored_any }
}

/// What `value` is, and what it should have been.
fn unexpected(value: &Value, expected: &str) -> Error {
    Error::custom(format!("{}, where {expected} was expected", described(value)))
}

/// What a value is, for a person who has to correct it. Lists and objects are not written out.
pub fn described(value: &Value) -> String {
    match value {
        Value::Array(_) => "[…]".to_owned(),
        Value::Object(_) => "{…}".to_owned(),
        scalar => scalar.to_string(),
    }
}

/// For a field that nothing is decided on: what cannot be read counts as not said.
///
/// # Errors
/// None of its own: only what is no JSON at all.
pub fn or_none<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(Option::deserialize(Lenient(&value)).unwrap_or_default())
}

/// For a field whose `null` means its default.
///
/// # Errors
/// Those of a `T`.
pub fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl<'de> IntoDeserializer<'de, Error> for Lenient<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase", default)]
    struct Everything {
        id: String,
        count: u32,
        price: Option<f64>,
        published: bool,
        tags: Vec<String>,
        #[serde(deserialize_with = "or_default")]
        name: String,
        #[serde(deserialize_with = "or_none")]
        term: Option<u64>,
    }

    fn read(value: Value) -> Result<Everything, String> {
        Everything::deserialize(Lenient(&value)).map_err(|error| error.to_string())
    }

    #[test]
    fn numbers_may_be_texts_and_whole_ones_may_have_a_fraction_of_zero() {
        let read = |count: Value, price: Value| {
            read(json!({ "count": count, "price": price })).map(|read| (read.count, read.price))
        };
        assert_eq!(read(json!("42"), json!("12.50")), Ok((42, Some(12.5))));
        assert_eq!(read(json!(42.0), json!(12)), Ok((42, Some(12.0))));
        assert_eq!(read(json!("1.2E2"), json!(" 1e-1 ")), Ok((120, Some(0.1))));
        for (count, price) in [
            (json!(42.5), json!(1)),
            (json!(-1), json!(1)),
            (json!(4_294_967_296_u64), json!(1)),
            (json!("many"), json!(1)),
            (json!(true), json!(1)),
            (json!(1), json!("12,50")),
            (json!(1), json!("12 €")),
            (json!(1), json!("NaN")),
            (json!(1), json!([1])),
        ] {
            assert!(read(count.clone(), price.clone()).is_err(), "{count} {price}");
        }
    }

    #[test]
    fn a_text_may_be_a_number_and_nothing_else() {
        let id = |value: Value| read(json!({ "id": value })).map(|read| read.id);
        assert_eq!(id(json!(7)), Ok("7".into()));
        assert_eq!(id(json!(-7)), Ok("-7".into()));
        assert_eq!(id(json!(7.0)), Ok("7".into()));
        assert_eq!(id(json!("p-7")), Ok("p-7".into()));
        assert!(id(json!(true)).is_err() && id(json!({})).is_err() && id(json!(null)).is_err());
    }

    #[test]
    fn null_is_an_empty_list_false_or_what_is_missing() {
        let all = json!({ "price": null, "published": null, "tags": null, "name": null, "term": null });
        assert_eq!(read(all), Ok(Everything::default()));
        assert!(read(json!({ "published": 1 })).is_err() && read(json!({ "published": "yes" })).is_err());
        assert!(read(json!({ "tags": {} })).is_err_and(|why| why.contains("a list")));
    }

    #[test]
    fn a_list_is_no_object() {
        assert!(read(json!([])).is_err_and(|why| why.contains("an object")));
    }

    #[test]
    fn what_nothing_is_decided_on_may_be_anything() {
        let term = |value: Value| read(json!({ "term": value })).map(|read| read.term);
        assert_eq!((term(json!("7")), term(json!("seven")), term(json!([7]))), (Ok(Some(7)), Ok(None), Ok(None)));
    }
}
