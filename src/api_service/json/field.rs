//! JSON to be written.

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
        let mut out = Writer { text: String::new(), depth: None };
        out.write(self);
        out.text
    }

    /// The same for a file that a person reads: a line for each entry, indented by two spaces.
    pub fn to_json_lines(&self) -> String {
        let mut out = Writer { text: String::new(), depth: Some(0) };
        out.write(self);
        out.text
    }
}

struct Writer {
    text: String,
    /// How deep in lists and objects, where they have lines.
    depth: Option<usize>,
}

impl Writer {
    fn write(&mut self, field: &Field) {
        match field {
            Field::Null => self.text.push_str("null"),
            Field::Bool(value) => self.text.push_str(if *value { "true" } else { "false" }),
            Field::Number(number) => self.text.push_str(&number.to_string()),
            Field::Text(text) => append_text(text, &mut self.text),
            Field::List(list) => self.write_all('[', list.iter().map(|entry| (None, entry)), ']'),
            Field::Object(fields) => self.write_all('{', fields.iter().map(|(name, value)| (Some(*name), value)), '}'),
        }
    }

    fn write_all<'a>(&mut self, open: char, entries: impl Iterator<Item = (Option<&'a str>, &'a Field)>, close: char) {
        self.text.push(open);
        let mut is_empty = true;
        for (name, value) in entries {
            if is_empty {
                self.depth = self.depth.map(|depth| depth + 1);
            } else {
                self.text.push(',');
            }
            is_empty = false;
            self.begin_line();
            if let Some(name) = name {
                append_text(name, &mut self.text);
                self.text.push_str(if self.depth.is_some() { ": " } else { ":" });
            }
            self.write(value);
        }
        if !is_empty {
            self.depth = self.depth.map(|depth| depth - 1);
            self.begin_line();
        }
        self.text.push(close);
    }

    fn begin_line(&mut self) {
        if let Some(depth) = self.depth {
            self.text.push('\n');
            (0..depth).for_each(|_| self.text.push_str("  "));
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
        let list =
            vec![text.clone().into(), None::<u64>.into(), true.into(), false.into(), u64::MAX.into(), 2.5_f64.into()];
        let object = Field::Object(vec![
            ("a", 1_u64.into()),
            ("none", Field::List(Vec::new())),
            ("nothing", Field::Object(Vec::new())),
            ("é\"", Field::List(list)),
        ]);
        let expected = serde_json::json!({
            "a": 1,
            "é\"": [text, null, true, false, u64::MAX, 3],
            "none": [],
            "nothing": {},
        });
        assert_eq!(serde_json::from_str(&object.to_json()).ok(), Some(expected.clone()));
        assert_eq!(serde_json::from_str(&object.to_json_lines()).ok(), Some(expected));
        assert_eq!(Field::Object(vec![("a", "x\"".into())]).to_json(), r#"{"a":"x\""}"#);
    }

    #[test]
    fn a_file_for_a_person_has_the_lines_that_serde_json_would_give_it() {
        let object = Field::Object(vec![
            ("a", Field::List(vec![1_u64.into(), Field::List(Vec::new())])),
            ("b", Field::Object(vec![("c", "x".into())])),
        ]);
        let expected = serde_json::json!({ "a": [1, []], "b": { "c": "x" } });
        assert_eq!(Ok(object.to_json_lines()), serde_json::to_string_pretty(&expected).map_err(|_| ()));
    }
}
