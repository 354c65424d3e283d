//! What a `Retry-After` asks for: whole seconds, or an HTTP date in one of its three forms.
//!
//! Nothing else is standard. A decimal fraction is understood all the same; what cannot be read is treated as if it were
//! not there. So a malformed value never counts as "wait for no time", nor as a proof that nothing was applied.

use std::time::{Duration, UNIX_EPOCH};

use super::failover::RetryAfter;

/// Reads the header's value. `now_ms` is the wall clock, in milliseconds since 1970; a date that has passed means now.
pub fn parse(value: &str, now_ms: f64) -> Option<RetryAfter> {
    let value = value.trim();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number(value) {
        // More digits than a number holds are a wait without end.
        let seconds = value.parse().unwrap_or(u64::MAX);
        return Some(RetryAfter::standard(Duration::from_secs(seconds)));
    }
    if let Some((whole, fraction)) = value.split_once('.')
        && is_number(whole)
        && is_number(fraction)
    {
        // Rounded up, also from "2.0": whoever writes so does not count in whole seconds.
        let up = u64::from(fraction.bytes().any(|digit| digit != b'0'));
        return Some(RetryAfter::lenient(Duration::from_secs(whole.parse::<u64>().ok()?.saturating_add(up))));
    }
    let at = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let now = Duration::try_from_secs_f64(now_ms / 1_000.0).ok()?;
    Some(RetryAfter::standard(at.saturating_sub(now)))
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
    }

    #[test]
    fn a_date_in_each_of_its_three_forms_is_a_wait() {
        for value in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(parse(value, NOW_MS), standard(30), "{value:?}");
        }
        assert_eq!(parse("Sun, 06 Nov 1994 08:49:00 GMT", NOW_MS), standard(0), "a date that has passed means now");
    }

    #[test]
    fn a_decimal_fraction_is_rounded_up_and_proves_nothing() {
        for (value, wait) in [("2.5", 3), ("0.1", 1), ("2.0", 2), ("2.000", 2)] {
            assert_eq!(parse(value, NOW_MS), lenient(wait), "{value:?}");
        }
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
