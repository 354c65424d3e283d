//! JSON text as a value. What `serde_json` reads text with would be 5 KB more to load, much of it powers of ten.

use std::fmt;

use super::Value;

/// Lists and objects within each other: a text made to exhaust the stack is refused.
const DEPTH: usize = 127;
/// Powers of ten up to this one are exact.
const EXACT: i32 = 22;
/// No number with so many zeros is anything but 0 or beyond every float.
const ZEROS: i32 = 400;

/// Where reading stopped, because the text is not JSON. Both count from 1, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextError {
    pub line: usize,
    pub column: usize,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no JSON from line {}, column {}", self.line, self.column)
    }
}

/// Reads JSON of any kind. A number has the value that its text has, to the last bit when it has at most 15 digits and
/// 22 zeros, and about so beyond.
///
/// # Errors
/// When `text` is not JSON, or has a number beyond every float.
pub fn parse(text: &str) -> Result<Value, TextError> {
    let mut reader = Reader { text, at: 0 };
    reader.whole().ok_or_else(|| {
        let read = text.as_bytes().get(..=reader.at).unwrap_or(text.as_bytes());
        let mut lines = read.split(|byte| *byte == b'\n');
        TextError { line: lines.clone().count(), column: lines.next_back().map_or(0, <[u8]>::len) }
    })
}

/// `None` is where the text is not JSON, which is at `at`.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn whole(&mut self) -> Option<Value> {
        let value = self.value(DEPTH)?;
        (self.next_token() == 0 && self.at == self.text.len()).then_some(value)
    }

    /// The byte to be read next; 0, which begins nothing, at the end.
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }

    /// The same after white space.
    fn next_token(&mut self) -> u8 {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        self.peek()
    }

    /// Goes past `byte`, if it is the next one.
    fn skip(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == byte;
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        match self.next_token() {
            b'n' => self.word("null", Value::Null),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'"' => self.string().map(Value::Text),
            b'[' => {
                let (mut list, depth) = (Vec::new(), depth.checked_sub(1)?);
                self.entries(b']', |reader| {
                    list.push(reader.value(depth)?);
                    Some(())
                })?;
                Some(Value::List(list))
            }
            b'{' => {
                let (mut fields, depth) = (Vec::new(), depth.checked_sub(1)?);
                self.entries(b'}', |reader| {
                    let name = (reader.next_token() == b'"').then(|| reader.string())??;
                    let value = (reader.next_token() == b':').then(|| {
                        reader.at += 1;
                        reader.value(depth)
                    })??;
                    fields.push((name, value));
                    Some(())
                })?;
                Some(Value::Object(fields))
            }
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        self.text.get(self.at..)?.starts_with(word).then(|| {
            self.at += word.len();
            value
        })
    }

    /// What stands between a bracket and `end`, with commas between.
    fn entries(&mut self, end: u8, mut entry: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.next_token();
        if self.skip(end) {
            return Some(());
        }
        loop {
            entry(self)?;
            self.next_token();
            if self.skip(end) {
                return Some(());
            }
            if !self.skip(b',') {
                return None;
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        let mut string = String::new();
        loop {
            self.at += 1;
            let begin = self.at;
            while !matches!(self.peek(), 0..0x20 | b'"' | b'\\') {
                self.at += 1;
            }
            string.push_str(self.text.get(begin..self.at)?);
            if self.skip(b'"') {
                return Some(string);
            }
            if !self.skip(b'\\') {
                return None;
            }
            string.push(match self.peek() {
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'u' => self.escaped()?,
                byte @ (b'"' | b'\\' | b'/') => char::from(byte),
                _ => return None,
            });
        }
    }

    /// The character of `u263a`, or of a pair such as `ud83d\ude00`; stays at the last digit.
    fn escaped(&mut self) -> Option<char> {
        let first = self.unit()?;
        if first >> 10 != 0xd800 >> 10 {
            // The second of a pair alone is no character.
            return char::from_u32(first);
        }
        self.at += 1;
        let second = (self.skip(b'\\') && self.peek() == b'u').then(|| self.unit())??;
        (second >> 10 == 0xdc00 >> 10).then(|| char::from_u32(0x1_0000 + ((first & 0x3ff) << 10 | second & 0x3ff)))?
    }

    fn unit(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            self.at += 1;
            unit = unit << 4 | char::from(self.peek()).to_digit(16)?;
        }
        Some(unit)
    }

    fn number(&mut self) -> Option<Value> {
        let negative = self.skip(b'-');
        let (mut digits, mut exponent) = (0, 0);
        if !self.skip(b'0') {
            self.digits(&mut digits, &mut exponent)?;
        }
        let mut whole = exponent == 0;
        if self.skip(b'.') {
            whole = false;
            let begin = self.at;
            let mut dropped = 0;
            self.digits(&mut digits, &mut dropped)?;
            exponent += dropped - i32::try_from(self.at - begin).ok()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            whole = false;
            self.at += 1;
            let down = self.skip(b'-');
            if !down {
                self.skip(b'+');
            }
            let (mut zeros, mut dropped) = (0, 0);
            self.digits(&mut zeros, &mut dropped)?;
            let zeros = if dropped > 0 { i32::MAX } else { i32::try_from(zeros).unwrap_or(i32::MAX) };
            exponent = exponent.saturating_add(if down { -zeros } else { zeros });
        }
        let below = 0_i64.checked_sub_unsigned(digits).filter(|below| *below < 0);
        match below {
            _ if whole && !negative => Some(Value::Whole(digits)),
            Some(below) if whole => Some(Value::Negative(below)),
            _ => {
                let size = scaled(digits as f64, exponent);
                size.is_finite().then_some(Value::Decimal(if negative { -size } else { size }))
            }
        }
    }

    /// Appends at least one digit to `number`, and counts in `dropped` those for which it has no place.
    fn digits(&mut self, number: &mut u64, dropped: &mut i32) -> Option<()> {
        let begin = self.at;
        while let digit @ b'0'..=b'9' = self.peek() {
            let longer = number.checked_mul(10).and_then(|tens| tens.checked_add(u64::from(digit - b'0')));
            match longer.filter(|_| *dropped == 0) {
                Some(longer) => *number = longer,
                None => *dropped += 1,
            }
            self.at += 1;
        }
        (self.at > begin).then_some(())
    }
}

/// `number` with its point moved by `exponent` digits.
fn scaled(mut number: f64, exponent: i32) -> f64 {
    let mut left = exponent.clamp(-ZEROS, ZEROS);
    while left != 0 {
        let step = left.clamp(-EXACT, EXACT);
        let mut power = 1.0;
        for _ in 0..step.abs() {
            power *= 10.0;
        }
        number = if step < 0 { number / power } else { number * power };
        left -= step;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 12] = [
        r#"{"id":7,"kind":"CAR","price":12.5,"tags":["a",[],{}],"unknown":{"x":[null,true,false]}}"#,
        r#" [ 0 , -1 , 18446744073709551615, -9223372036854775808, 18446744073709551616, -9223372036854775809 ] "#,
        r#"[-0, 0.1, -0.25, 1e3, 1E+2, 12.5e-3, 1700000000123.456, 0.000001, 3e-300, 1.7976931348623157e308]"#,
        r#""\"\\\/\b\f\n\r\tA\u00e9\u263A\ud83d\ude00\u0000 é ☺""#,
        "123456789012345678901234567890",
        "0.12345678901234567890123456789",
        "1e-400",
        "0e999999999999999999999",
        "\"\"",
        "{}",
        "\t\r\n null\n",
        r#"{"a":1,"a":2}"#,
    ];

    use serde_json::Value as Theirs;

    /// As `serde_json` reads it; floats to the 15th digit.
    fn same(text: &str) -> bool {
        match (parse(text), serde_json::from_str(text)) {
            (Ok(ours), Ok(theirs)) => equal(&ours, &theirs),
            (Err(_), Err(_)) => true,
            _ => false,
        }
    }

    fn equal(ours: &Value, theirs: &Theirs) -> bool {
        match (ours, theirs) {
            (Value::Null, Theirs::Null) => true,
            (Value::Bool(ours), Theirs::Bool(theirs)) => ours == theirs,
            (Value::Whole(ours), Theirs::Number(theirs)) => theirs.as_u64() == Some(*ours),
            (Value::Negative(ours), Theirs::Number(theirs)) => theirs.as_i64() == Some(*ours),
            (Value::Decimal(a), Theirs::Number(theirs)) => {
                theirs.is_f64() && theirs.as_f64().is_some_and(|b| *a == b || ((a - b) / b).abs() < 1e-15)
            }
            (Value::Text(ours), Theirs::String(theirs)) => ours == theirs,
            (Value::List(ours), Theirs::Array(theirs)) => {
                ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| equal(ours, theirs))
            }
            (Value::Object(fields), Theirs::Object(theirs)) => {
                fields.iter().all(|(name, _)| theirs.contains_key(name))
                    && theirs.iter().all(|(name, theirs)| ours.get(name).is_some_and(|ours| equal(ours, theirs)))
            }
            _ => false,
        }
    }

    #[test]
    fn a_text_is_read_as_serde_json_reads_it() {
        for text in TEXTS {
            assert!(parse(text).is_ok() && same(text), "{text}: {:?}", parse(text));
        }
        let exact = [12.5, 0.1, 1_700_000_000.25].map(Value::Decimal).to_vec();
        assert_eq!(parse("[12.5, 0.1, 1700000000.25]").ok(), Some(Value::List(exact)));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let refused = [
            "",
            " ",
            "nul",
            "nulll",
            "[1",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "\"",
            "\"\n\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\ud800\\n\"",
            "\"\\ud800\\u0041\"",
            "01",
            "-",
            "+1",
            ".5",
            "1.",
            "1e",
            "1e+",
            "--1",
            "1e400",
            "-1e999999999999",
            "1 1",
            "[]]",
            "NaN",
            "<html>",
            "\u{feff}1",
        ];
        for text in refused {
            assert!(parse(text).is_err() && same(text), "{text}");
        }
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(same(&deep(127)) && same(&deep(128)) && parse(&deep(127)).is_ok());
        assert!(parse(&"[".repeat(1_000_000)).is_err());
    }

    #[test]
    fn a_damaged_text_is_read_or_refused_as_serde_json_does() {
        let mut chance = 1_u32;
        let mut below = |limit: usize| {
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (chance >> 8) as usize % limit
        };
        let letters = b"\"\\u0123456789abdfnt{}[],:.-+eE \ntrue";
        for _ in 0..100_000 {
            let mut text = TEXTS[below(TEXTS.len())].as_bytes().to_vec();
            for _ in 0..=below(3) {
                let at = below(text.len());
                match below(3) {
                    0 => text[at] = letters[below(letters.len())],
                    1 => text.insert(at, letters[below(letters.len())]),
                    _ => text.truncate(at + 1),
                }
            }
            let text = String::from_utf8_lossy(&text);
            assert!(same(&text), "{text}: {:?}, {:?}", parse(&text), serde_json::from_str::<Theirs>(&text));
        }
    }

    #[test]
    fn a_text_that_is_no_json_says_where() {
        let place = |text| parse(text).err().map(|error| (error.line, error.column));
        assert_eq!(place("[1"), Some((1, 2)));
        assert_eq!(place("{\n \"a\": x,\n}"), Some((2, 7)));
        assert_eq!(place(""), Some((1, 0)));
    }
}
