//! Shapes that several endpoints share.

use super::super::json::{FromValue, ReadError, Value, wrong};

/// A point in time, in milliseconds since 1970. On the wire an ISO 8601 text, or a number of milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct TimeStamp(pub f64);

impl TimeStamp {
    /// Reads an ISO 8601 text; `None` for any other.
    pub fn parse(text: &str) -> Option<Self> {
        parse_iso(text).map(Self)
    }
}

impl FromValue for TimeStamp {
    fn from_value(value: &Value) -> Result<Self, ReadError> {
        let time = value.as_text().map_or_else(|| value.as_f64(), parse_iso);
        time.map(Self).ok_or_else(|| wrong(value, "an ISO 8601 time or a number of milliseconds"))
    }
}

/// `2026-05-04T10:20:30.123Z`, with an offset instead of `Z`, without seconds or fraction, or a date alone.
/// A time without a zone is taken as UTC, which is what the backend means.
fn parse_iso(text: &str) -> Option<f64> {
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, time),
        None => (text, ""),
    };
    let mut parts = date.splitn(3, '-');
    let mut number = || Some(i64::from(parts.next()?.parse::<u32>().ok()?));
    let (year, month, day) = (number()?, number()?, number()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let days = days_since_1970(year, month, day);
    let (clock, offset_minutes) = split_zone(time)?;
    let mut seconds = 0.0;
    for (unit, part) in [3_600.0, 60.0, 1.0].iter().zip(clock.split(':').filter(|part| !part.is_empty())) {
        seconds += unit * unsigned(part).filter(|number| (0.0..=60.0).contains(number))?;
    }
    Some(days as f64 * 86_400_000.0 + seconds * 1_000.0 - offset_minutes * 60_000.0)
}

/// A part of a time of day: digits, with or without a fraction.
fn unsigned(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| plain)
}

fn split_zone(time: &str) -> Option<(&str, f64)> {
    if let Some(clock) = time.strip_suffix('Z') {
        return Some((clock, 0.0));
    }
    let Some(sign_at) = time.rfind(['+', '-']) else { return Some((time, 0.0)) };
    let (clock, zone) = time.split_at(sign_at);
    let digits: String = zone[1..].chars().filter(|c| *c != ':').collect();
    let hours = unsigned(digits.get(..2)?)?;
    let minutes = digits.get(2..).filter(|rest| !rest.is_empty()).map_or(Some(0.0), unsigned)?;
    let sign = if zone.starts_with('-') { -1.0 } else { 1.0 };
    Some((clock, sign * (hours * 60.0 + minutes)))
}

/// Days from 1970-01-01 in the Gregorian calendar.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that the leap day is the last one.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// A part of a path or query, with everything that could end it escaped.
pub fn path_part(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped.push(byte as char),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::super::json;
    use super::*;

    fn read(text: &str) -> Result<f64, ReadError> {
        json::read::<TimeStamp>(text).map(|time| time.0)
    }

    #[test]
    fn a_time_is_read_as_text_or_as_number() {
        assert_eq!(read("1700000000123").ok(), Some(1_700_000_000_123.0));
        assert_eq!(read("\"1970-01-01\"").ok(), Some(0.0));
        assert_eq!(read("\"2024-02-29T12:00:00Z\"").ok(), Some(1_709_208_000_000.0));
        assert_eq!(read("\"2024-02-29T13:00:00+01:00\"").ok(), Some(1_709_208_000_000.0));
        assert_eq!(read("\"2024-02-29T12:00:00.250\"").ok(), Some(1_709_208_000_250.0));
        assert_eq!(read("\"2000-03-01T00:00\"").ok(), Some(951_868_800_000.0));
    }

    #[test]
    fn a_time_that_is_none_says_what_was_expected() {
        let error = read("\"soon\"").map_err(|error| error.to_string());
        assert!(error.is_err_and(|text| text.contains("an ISO 8601 time")));
    }

    #[test]
    fn an_id_cannot_leave_its_place_in_a_path() {
        assert_eq!(path_part("../a b?c#d"), "..%2Fa%20b%3Fc%23d");
    }
}
