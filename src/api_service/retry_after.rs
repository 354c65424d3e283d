//! What a `Retry-After` asks for: whole seconds, or an HTTP date in one of its three forms.
//!
//! Nothing else is standard. A decimal fraction is understood all the same; what cannot be read is treated as if it were
//! not there. So a malformed value never counts as "wait for no time", nor as a proof that nothing was applied.

use std::borrow::Cow;
use std::time::{Duration, UNIX_EPOCH};

use super::failover::RetryAfter;

/// Of the Gregorian calendar, in seconds, on average.
const YEAR_S: u64 = 31_556_952;

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Reads the header's value. `now_ms` is the wall clock, in milliseconds since 1970; a date that has passed means now.
pub fn parse(value: &str, now_ms: f64) -> Option<RetryAfter> {
    // White space of HTTP, and no other.
    let value = value.trim_matches([' ', '\t']);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than a number holds are a wait without end.
    let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    if is_number(value) {
        return Some(RetryAfter::standard(Duration::from_secs(number(value))));
    }
    if let Some((whole, fraction)) = value.split_once('.')
        && is_number(whole)
        && is_number(fraction)
    {
        // Rounded up, also from "2.0": whoever writes so does not count in whole seconds.
        let up = u64::from(fraction.bytes().any(|digit| digit != b'0'));
        return Some(RetryAfter::lenient(Duration::from_secs(number(whole).saturating_add(up))));
    }
    let now = Duration::try_from_secs_f64(now_ms / 1_000.0).ok()?;
    Some(RetryAfter::standard(since_1970(value, now)?.saturating_sub(now)))
}

/// Reads an HTTP date. The package does, but for what takes a clock, and for leap seconds.
fn since_1970(date: &str, now: Duration) -> Option<Duration> {
    let date = with_whole_year(date, now);
    let (date, leap) = match date.split_once("23:59:60") {
        Some((day, rest)) => (Cow::Owned(format!("{day}23:59:59{rest}")), Duration::from_secs(1)),
        None => (date, Duration::ZERO),
    };
    let at = httpdate::parse_http_date(&date).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(at + leap)
}

/// The obsolete form has two digits of the year, which is at most fifty years ahead: beyond that it is a past one.
fn with_whole_year(date: &str, now: Duration) -> Cow<'_, str> {
    let whole = || {
        let (weekday, rest) = date.split_once(", ").filter(|(weekday, _)| WEEKDAYS.contains(weekday))?;
        let (day, rest) = rest.split_once('-')?;
        let (month, rest) = rest.split_once('-')?;
        let two_digits = |year: &str| year.len() == 2 && year.bytes().all(|byte| byte.is_ascii_digit());
        let (year, time) = rest.split_once(' ').filter(|(year, _)| two_digits(year))?;
        let first = (1_970 + now.as_secs() / YEAR_S).saturating_sub(49);
        let year = first + (year.parse::<u64>().ok()? + 100 - first % 100) % 100;
        Some(format!("{}, {day} {month} {year} {time}", &weekday[..3]))
    };
    whole().map_or(Cow::Borrowed(date), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sunday, 6 November 1994, 08:49:07 GMT: half a minute before the date that the standard takes for its examples.
    const NOW_MS: f64 = 784_111_747_000.0;

    fn standard(seconds: u64) -> Option<RetryAfter> {
        Some(RetryAfter::standard(Duration::from_secs(seconds)))
    }

    fn lenient(seconds: u64) -> Option<RetryAfter> {
        Some(RetryAfter::lenient(Duration::from_secs(seconds)))
    }

    #[test]
    fn whole_seconds_are_a_wait() {
        for (value, wait) in [("0", 0), ("120", 120), (" 5 ", 5), ("007", 7)] {
            assert_eq!(parse(value, NOW_MS), standard(wait), "{value:?}");
        }
        assert_eq!(parse("99999999999999999999999", NOW_MS), standard(u64::MAX));
        assert_eq!(parse("\u{a0}5", NOW_MS), None, "not white space of HTTP");
    }

    #[test]
    fn a_date_in_each_of_its_three_forms_is_a_wait() {
        for value in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(parse(value, NOW_MS), standard(30), "{value:?}");
        }
        assert_eq!(parse("Sun, 06 Nov 1994 08:49:00 GMT", NOW_MS), standard(0), "a date that has passed means now");
        let new_year = 1_483_228_790_000.0;
        assert_eq!(parse("Sat, 31 Dec 2016 23:59:60 GMT", new_year), standard(10), "a leap second");
    }

    /// Taken for one of 1976, it was as if it were not there: the weekday is another.
    #[test]
    fn two_digits_of_a_year_are_read_by_the_clock() {
        let in_2026 = 1_774_000_000_000.0;
        let wait = |date| parse(date, in_2026).map(|asked| asked.wait.as_secs() / YEAR_S);
        assert_eq!(wait("Thursday, 06-Aug-76 08:49:37 GMT"), Some(50));
        assert_eq!(wait("Saturday, 06-Aug-77 08:49:37 GMT"), Some(0), "that was in 1977");
    }

    #[test]
    fn a_decimal_fraction_is_rounded_up_and_proves_nothing() {
        for (value, wait) in [("2.5", 3), ("0.1", 1), ("2.0", 2), ("2.000", 2)] {
            assert_eq!(parse(value, NOW_MS), lenient(wait), "{value:?}");
        }
        assert_eq!(parse("99999999999999999999999.5", NOW_MS), lenient(u64::MAX));
    }

    #[test]
    fn everything_else_is_as_if_it_were_not_there() {
        let malformed = [
            "",
            " ",
            "-1",
            "+1",
            "1e3",
            "0x10",
            "2.",
            ".5",
            "2,5",
            "120, 5",
            "1.2.3",
            "soon",
            "NaN",
            "\u{661}\u{662}",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 08:49:37 +0100",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT",
            "Mon, 01 Jan 0001 00:00:00 GMT",
            "1994-11-06T08:49:37Z",
            "06 Nov 1994 08:49:37 GMT",
        ];
        for value in malformed {
            assert_eq!(parse(value, NOW_MS), None, "{value:?}");
        }
    }
}
