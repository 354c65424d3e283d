//! Says where in a body an error of the JSON reader lies: `[2].departureTime`.

/// The path of the value at `line` and `column` (from 1, as the reader counts them) of `text`; empty for the whole.
pub fn path_at(text: &str, line: usize, column: usize) -> String {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let end = (before + column).min(text.len());
    let mut steps: Vec<Step> = Vec::new();
    let mut key = None;
    let mut bytes = text.bytes().enumerate().take(end).peekable();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                let mut last = at;
                let mut escaped = false;
                for (at, byte) in bytes.by_ref() {
                    last = at;
                    if byte == b'"' && !escaped {
                        break;
                    }
                    escaped = byte == b'\\' && !escaped;
                }
                key = text.get(at + 1..last).map(str::to_owned);
            }
            // What was read last was a key: the value that follows is its.
            b':' => {
                if let Some(Step::Field(field)) = steps.last_mut() {
                    *field = key.take();
                }
            }
            b'{' => steps.push(Step::Field(None)),
            b'[' => steps.push(Step::Index(0)),
            b'}' | b']' => drop(steps.pop()),
            b',' => match steps.last_mut() {
                Some(Step::Index(index)) => *index += 1,
                Some(Step::Field(field)) => *field = None,
                None => {}
            },
            _ => {}
        }
    }
    write(&steps)
}

enum Step {
    /// In an object: the key whose value is being read.
    Field(Option<String>),
    /// In a list.
    Index(usize),
}

fn write(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Index(index) => path.push_str(&format!("[{index}]")),
            Step::Field(Some(name)) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
            Step::Field(None) => {}
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Inner {
        number: u32,
        #[serde(default)]
        list: Vec<u8>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Outer {
        #[serde(default)]
        text: String,
        inner: Inner,
    }

    fn path_of_error(text: &str) -> String {
        match serde_json::from_str::<Vec<Outer>>(text) {
            Ok(value) => panic!("{value:?}"),
            Err(error) => path_at(text, error.line(), error.column()),
        }
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named_by_its_path() {
        assert_eq!(path_of_error(r#"[{"inner":{"number":"x"}}]"#), "[0].inner.number");
        assert_eq!(path_of_error("[\n {\"inner\":{\"number\":1}},\n {\"text\": 5}]"), "[1].text");
        assert_eq!(
            path_of_error(r#"[{"text":"a \"b: {[,","inner":{"number":1,"list":[1,2,300]}}]"#),
            "[0].inner.list[2]"
        );
        assert_eq!(path_of_error(r#"[{"inner":null}]"#), "[0].inner");
        assert_eq!(path_of_error(r#"[7]"#), "[0]");
        assert_eq!(path_of_error(r#"{"inner":1}"#), "");
    }

    #[test]
    fn a_place_outside_the_text_is_no_panic() {
        assert_eq!(path_at("", 9, 9), "");
        assert_eq!(path_at("{\"é\":", 1, 400), "é");
        assert_eq!(path_at("{\"a\\", 1, 4), "");
    }
}
