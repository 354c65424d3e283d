//! Shapes that several endpoints share.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};

/// A point in time, in milliseconds since 1970. On the wire an ISO 8601 text, or a number of milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct TimeStamp(pub f64);

impl TimeStamp {
    /// Reads an ISO 8601 text, or the text of a number of milliseconds; `None` for any other.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let number = || text.parse().ok().filter(|_| text.len() >= DIGITS_OF_MILLIS);
        Self::of_millis(parse_iso(text).or_else(number)?)
    }

    /// `None` for a number that is no time: a calendar ends somewhere.
    pub fn of_millis(millis: f64) -> Option<Self> {
        (millis.abs() <= MILLIS_AT_MOST).then_some(Self(millis))
    }

    /// As ISO 8601 text in UTC, to the second.
    pub fn to_iso(self) -> String {
        let seconds = (self.0 / 1_000.0).floor() as i64;
        let (year, month, day) = date_of(seconds.div_euclid(86_400));
        let (minutes, second) = (seconds.rem_euclid(86_400) / 60, seconds.rem_euclid(60));
        format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{second:02}Z", minutes / 60, minutes % 60)
    }
}

/// Times beyond this many milliseconds before or after 1970 are none, as in a browser's `Date`.
const MILLIS_AT_MOST: f64 = 8.64e15;

/// A shorter text of digits is rather a year, or a time of day, than a time of 1973 or later.
const DIGITS_OF_MILLIS: usize = 12;

/// Reads a text; a time that came as a number becomes one.
///
/// # Errors
/// For anything that is neither.
pub fn time_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    /// A number is written as the time that it is.
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a text, or a number of milliseconds")]
    enum Time {
        Millis(f64),
        Text(String),
    }
    Ok(match Option::deserialize(deserializer)? {
        Some(Time::Millis(millis)) => {
            Some(TimeStamp::of_millis(millis).map_or_else(|| millis.to_string(), TimeStamp::to_iso))
        }
        Some(Time::Text(text)) => Some(text),
        None => None,
    })
}

impl<'de> Deserialize<'de> for TimeStamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimeVisitor)
    }
}

struct TimeVisitor;

impl Visitor<'_> for TimeVisitor {
    type Value = TimeStamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an ISO 8601 time or a number of milliseconds")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TimeStamp, E> {
        TimeStamp::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_u64<E: Error>(self, millis: u64) -> Result<TimeStamp, E> {
        self.visit_f64(millis as f64)
    }

    fn visit_i64<E: Error>(self, millis: i64) -> Result<TimeStamp, E> {
        self.visit_f64(millis as f64)
    }

    fn visit_f64<E: Error>(self, millis: f64) -> Result<TimeStamp, E> {
        TimeStamp::of_millis(millis).ok_or_else(|| E::invalid_value(Unexpected::Float(millis), &self))
    }
}

/// `2026-05-04T10:20:30.123Z`, with an offset instead of `Z`, without seconds or fraction, or a date alone.
/// A time without a zone is one of the person's own zone.
fn parse_iso(text: &str) -> Option<f64> {
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let mut parts = date.splitn(3, '-');
    let mut number = || Some(i64::from(parts.next()?.parse::<u32>().ok()?));
    let (year, month, day) = (number()?, number()?, number()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let days = days_since_1970(year, month, day);
    let (clock, offset_minutes) = split_zone(time)?;
    let mut seconds = 0.0;
    let units = [(3_600.0, 24.0), (60.0, 59.0), (1.0, 60.0)];
    for ((unit, most), part) in units.iter().zip(clock.split(':').filter(|part| !part.is_empty())) {
        let whole = unsigned(part).filter(|number| (0.0..=*most).contains(&number.floor()))?;
        seconds += unit * whole;
    }
    let clock = days as f64 * 86_400_000.0 + seconds * 1_000.0;
    Some(clock - offset_minutes.unwrap_or_else(|| local_offset_minutes(clock)) * 60_000.0)
}

/// A part of a time of day: digits, with or without a fraction.
fn unsigned(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| plain)
}

/// The time of day, and how many minutes its zone is ahead of UTC; `None` when it names no zone.
fn split_zone(time: &str) -> Option<(&str, Option<f64>)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, Some(0.0)));
    }
    let Some(sign_at) = time.rfind(['+', '-']) else { return Some((time, None)) };
    let (clock, zone) = time.split_at(sign_at);
    let digits: String = zone[1..].chars().filter(|c| *c != ':').collect();
    let hours = unsigned(digits.get(..2)?)?;
    let minutes = digits.get(2..).filter(|rest| !rest.is_empty()).map_or(Some(0.0), unsigned)?;
    let sign = if zone.starts_with('-') { -1.0 } else { 1.0 };
    Some((clock, Some(sign * (hours * 60.0 + minutes))))
}

/// How many minutes the person's zone is ahead of UTC when its clocks show `clock`, in milliseconds since 1970.
#[cfg(target_arch = "wasm32")]
fn local_offset_minutes(clock: f64) -> f64 {
    // JavaScript counts the minutes that the zone is behind, at a moment: twice, for the days on which clocks change.
    let ahead = |at: f64| -js_sys::Date::new(&at.into()).get_timezone_offset();
    ahead(clock - ahead(clock) * 60_000.0)
}

/// Only a browser knows the person's zone: natively, in tests, it is UTC.
#[cfg(not(target_arch = "wasm32"))]
const fn local_offset_minutes(_clock: f64) -> f64 {
    0.0
}

/// Year, month and day of a day that is so many after 1970-01-01, in the Gregorian calendar.
const fn date_of(days: i64) -> (i64, i64, i64) {
    // Years begin in March here, so that the leap day is the last one.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year_of_era + next_year, month, day)
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
    use super::super::super::decode::{self, DecodeError};
    use super::*;

    fn read(text: &str) -> Result<f64, DecodeError> {
        decode::from_text::<TimeStamp>(text).map(|time| time.0)
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
    fn a_number_of_milliseconds_may_be_a_text_and_ends_where_calendars_end() {
        assert_eq!(read("\"1777622400000\"").ok(), Some(1_777_622_400_000.0));
        for text in ["\"2026\"", "\"1015\"", "1e16", "-1e16", "\"99999999999999999\"", "\"2026-05-04T25:00\"", "true"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_is_written_as_it_is_read() {
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T12:00:01Z", "2000-03-01T23:59:59Z", "1969-12-31T23:59:59Z"] {
            assert_eq!(TimeStamp::parse(text).map(TimeStamp::to_iso).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_departure_may_be_a_number_free_text_or_nothing() {
        #[derive(Deserialize)]
        struct Departure {
            #[serde(default, deserialize_with = "time_text")]
            at: Option<String>,
        }
        let at = |text| decode::from_text::<Departure>(text).map(|departure| departure.at);
        assert_eq!(at(r#"{"at":1777622400000}"#), Ok(Some("2026-05-01T08:00:00Z".into())));
        assert_eq!(at(r#"{"at":"tous les matins"}"#), Ok(Some("tous les matins".into())));
        assert_eq!((at(r#"{"at":null}"#), at("{}")), (Ok(None), Ok(None)));
        assert!(at(r#"{"at":[2026,5,1]}"#).is_err_and(|error| error.path == "at"));
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
