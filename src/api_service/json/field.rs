//! JSON to be written.

use serde::Serialize;

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

impl Field {
    /// As JSON, without spaces.
    pub fn to_json(&self) -> String {
        let mut text = String::new();
        self.append_to(&mut text);
        text
    }

    fn append_to(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::Text(text) => append_text(text, out),
            Self::List(list) => {
                out.push('[');
                for (place, entry) in list.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    entry.append_to(out);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                out.push('{');
                for (place, (name, value)) in fields.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    append_text(name, out);
                    out.push(':');
                    value.append_to(out);
                }
                out.push('}');
            }
        }
    }
}

fn append_text(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            '\0'..' ' => {
                out.push_str("\\u00");
                let code = u32::from(letter);
                out.extend([code >> 4, code & 0xf].map(|digit| char::from_digit(digit, 16).unwrap_or('0')));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
}

/// For files that a person reads, with lines and indentation by `serde_json`.
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
    use super::*;

    #[test]
    fn what_is_written_is_what_serde_json_would_write() {
        let text: String = ('\0'..='\u{ff}').chain("\u{2028}☺😀".chars()).collect();
        let list = vec![text.into(), None::<u64>.into(), true.into(), false.into(), u64::MAX.into(), 2.5_f64.into()];
        let object = Field::Object(vec![
            ("a", 1_u64.into()),
            ("é\"", Field::List(list)),
            ("none", Field::List(Vec::new())),
            ("nothing", Field::Object(Vec::new())),
        ]);
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        assert_eq!(read(&object.to_json()), serde_json::to_value(&object).ok());
        assert_eq!(Field::Object(vec![("a", "x\"".into())]).to_json(), r#"{"a":"x\""}"#);
    }
}
