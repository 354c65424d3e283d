//! JSON to the types of the contract, with an error that names the field.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::lenient::Lenient;

/// Characters of a reason, which quotes what a node wrote, that are kept.
const WHY_AT_MOST: usize = 200;

/// Why JSON is not what was expected, and where in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecodeError {
    /// `[2].departureTime`; empty for the whole.
    pub path: String,
    pub why: String,
}

impl DecodeError {
    /// This error as one of what stands at `outer`: `[2]`, or the name of a field.
    pub(super) fn within(self, outer: &str) -> Self {
        let joint = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Self { path: format!("{outer}{joint}{}", self.path), ..self }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.why) } else { write!(f, "field `{}`: {}", self.path, self.why) }
    }
}

impl std::error::Error for DecodeError {}

/// Reads a `T`, as tolerantly as [`Lenient`] does.
///
/// # Errors
/// When `value` is no `T`: which field is not, and why.
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, DecodeError> {
    serde_path_to_error::deserialize(Lenient(value)).map_err(|error| {
        let path = error.path().to_string();
        let why = error.into_inner().to_string().chars().take(WHY_AT_MOST).collect();
        DecodeError { path: if path == "." { String::new() } else { path }, why }
    })
}

/// Reads a `T` from text: the data of an event, or what the browser kept.
///
/// # Errors
/// When `text` is not JSON, or no `T`.
pub fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, DecodeError> {
    let not_json = |error| DecodeError { path: String::new(), why: format!("not JSON: {error}") };
    from_value(&serde_json::from_str(text).map_err(not_json)?)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Thing {
        thing_id: u64,
        price: Option<f64>,
        part: Option<Box<Self>>,
    }

    #[test]
    fn a_type_is_read_field_by_field_whatever_else_is_there() {
        let value = json!([{ "thingId": 7, "price": 12.5, "unknown": { "x": [null] }, "part": { "thingId": 8, "price": null } }]);
        let part = Some(Box::new(Thing { thing_id: 8, price: None, part: None }));
        assert_eq!(from_value(&value), Ok(vec![Thing { thing_id: 7, price: Some(12.5), part }]));
    }

    #[test]
    fn what_is_no_such_type_says_why_and_where() {
        let why =
            |value: Value| from_value::<Vec<Thing>>(&value).err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(why(json!({})), "{…}, where a list was expected");
        assert_eq!(why(json!([7])), "field `[0]`: 7, where an object was expected");
        assert_eq!(why(json!([{ "thingId": 1 }, []])), "field `[1]`: […], where an object was expected");
        let wrong = why(json!([{ "thingId": "seven" }]));
        assert!(wrong.starts_with("field `[0].thingId`: ") && wrong.contains("seven"), "{wrong}");
        let inner = why(json!([{ "thingId": 1 }, { "thingId": 1, "part": { "thingId": 1.5 } }]));
        assert!(inner.starts_with("field `[1].part.thingId`: ") && inner.contains("1.5"), "{inner}");
        assert_eq!(why(json!([{ "thingId": 1, "part": {} }])), "field `[0].part`: missing field `thingId`");
    }

    #[test]
    fn a_text_that_is_no_json_says_where() {
        let error = from_text::<Thing>("{\"thingId\":").err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("line 1 column 11"), "{error}");
    }

    #[test]
    fn a_reason_is_no_longer_than_a_person_reads() {
        let error = from_value::<Thing>(&json!({ "thingId": "x".repeat(1_000_000) })).err().unwrap_or_default();
        assert_eq!((error.path.as_str(), error.why.chars().count()), ("thingId", WHY_AT_MOST));
    }

    #[test]
    fn of_two_fields_with_one_name_the_last_counts() {
        let thing = from_text::<Thing>(r#"{"thingId":1,"thingId":2}"#).map(|thing| thing.thing_id);
        assert_eq!(thing, Ok(2));
    }
}
