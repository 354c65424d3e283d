//! HTTP dates, and what else a `Retry-After` may hold. After the cases of smithy's date formats, of undici's date parser and
//! of RFC 9110.

use vcube_raft_frontend::api_service::failover::{Duration, RetryAfter};
use vcube_raft_frontend::api_service::retry_after;

use crate::case::Tally;

/// Wednesday, 11 December 2024, 23:20:27 GMT: when the value is read, in seconds since 1970.
const NOW_S: f64 = 1_733_959_227.0;

/// What a value means.
enum Means {
    /// To wait so many seconds, and that nothing was applied.
    Wait(u64),
    /// To wait so many seconds, and nothing else.
    Guess(u64),
    /// As if it were not there.
    Nothing,
}

use Means::{Guess, Nothing, Wait};

const CASES: [(&str, &str, Means); 94] = [
    // Seconds.
    ("seconds", "120", Wait(120)),
    ("no time at all", "0", Wait(0)),
    ("zeros in front", "0030", Wait(30)),
    ("blanks around", "  30\t", Wait(30)),
    ("more than a day", "86401", Wait(86_401)),
    ("more than 32 bits", "4294967296", Wait(4_294_967_296)),
    ("more than 64 bits are a wait without end", "18446744073709551616", Wait(u64::MAX)),
    ("nothing", "", Nothing),
    ("blanks alone", " \t ", Nothing),
    ("a negative number", "-30", Nothing),
    ("a minus zero", "-0", Nothing),
    ("a plus sign", "+30", Nothing),
    ("an exponent", "3e1", Nothing),
    ("hexadecimal", "0x1e", Nothing),
    ("a unit", "30s", Nothing),
    ("a unit apart", "30 seconds", Nothing),
    ("quoted", "\"30\"", Nothing),
    ("groups of thousands", "1_000", Nothing),
    ("a blank inside", "3 0", Nothing),
    ("digits of another script", "\u{ff13}\u{ff10}", Nothing),
    ("a blank that is none of HTTP", "\u{a0}30", Nothing),
    ("two values, as two headers are joined", "120, 30", Nothing),
    ("the same value twice", "30, 30", Nothing),
    ("a comma behind", "30,", Nothing),
    ("a semicolon and more", "30;q=1", Nothing),
    ("a comma for the fraction", "2,5", Nothing),
    ("two points", "1.2.3", Nothing),
    ("a point without a fraction", "2.", Nothing),
    ("a point without a whole", ".5", Nothing),
    ("a negative fraction", "-2.5", Nothing),
    ("words", "soon", Nothing),
    ("not a number", "NaN", Nothing),
    ("infinity", "Infinity", Nothing),
    ("a duration of ISO 8601", "PT30S", Nothing),
    // The form that is sent today.
    ("a date", "Wed, 11 Dec 2024 23:20:57 GMT", Wait(30)),
    ("midnight", "Thu, 12 Dec 2024 00:00:00 GMT", Wait(2_373)),
    ("the new year", "Wed, 01 Jan 2025 00:00:00 GMT", Wait(1_730_373)),
    ("a leap day", "Tue, 29 Feb 2028 12:00:00 GMT", Wait(101_479_173)),
    ("a century that has none", "Mon, 01 Mar 2100 00:00:00 GMT", Wait(2_373_583_173)),
    ("beyond 31 bits", "Tue, 19 Jan 2038 03:14:08 GMT", Wait(413_524_421)),
    ("the last of all", "Fri, 31 Dec 9999 23:59:59 GMT", Wait(251_668_341_572)),
    ("this second", "Wed, 11 Dec 2024 23:20:27 GMT", Wait(0)),
    ("a second ago", "Wed, 11 Dec 2024 23:20:26 GMT", Wait(0)),
    ("thirty years ago", "Sun, 06 Nov 1994 08:49:37 GMT", Wait(0)),
    ("the first second of 1970", "Thu, 01 Jan 1970 00:00:00 GMT", Wait(0)),
    ("a leap day of 2000", "Tue, 29 Feb 2000 00:00:00 GMT", Wait(0)),
    ("a leap second", "Tue, 31 Dec 2024 23:59:60 GMT", Wait(1_730_373)),
    ("blanks around a date", " Wed, 11 Dec 2024 23:20:57 GMT ", Wait(30)),
    ("the 29th of a February that has none", "Sun, 29 Feb 2026 00:00:00 GMT", Nothing),
    ("the 29th of February in 2100", "Mon, 29 Feb 2100 00:00:00 GMT", Nothing),
    ("the 31st of November", "Sun, 31 Nov 2024 00:00:00 GMT", Nothing),
    ("the 32nd", "Fri, 32 Jan 2025 00:00:00 GMT", Nothing),
    ("the day zero", "Sat, 00 Feb 2025 00:00:00 GMT", Nothing),
    ("the hour 24", "Wed, 11 Dec 2024 24:00:00 GMT", Nothing),
    ("the minute 60", "Wed, 11 Dec 2024 23:60:00 GMT", Nothing),
    ("the second 61", "Tue, 31 Dec 2024 23:59:61 GMT", Nothing),
    ("the second 60 of a minute that has none", "Wed, 11 Dec 2024 12:00:60 GMT", Nothing),
    ("another weekday than that of the day", "Mon, 11 Dec 2024 23:20:57 GMT", Nothing),
    ("a weekday that is none", "Xyz, 11 Dec 2024 23:20:57 GMT", Nothing),
    ("a month that is none", "Wed, 11 Xyz 2024 23:20:57 GMT", Nothing),
    ("another case", "wed, 11 dec 2024 23:20:57 gmt", Nothing),
    ("no weekday", "11 Dec 2024 23:20:57 GMT", Nothing),
    ("no comma", "Wed 11 Dec 2024 23:20:57 GMT", Nothing),
    ("no zone", "Wed, 11 Dec 2024 23:20:57", Nothing),
    ("UTC for the zone", "Wed, 11 Dec 2024 23:20:57 UTC", Nothing),
    ("Z for the zone", "Wed, 11 Dec 2024 23:20:57Z", Nothing),
    ("a zone in figures", "Wed, 11 Dec 2024 23:20:57 +0000", Nothing),
    ("another zone", "Wed, 11 Dec 2024 23:20:57 CET", Nothing),
    ("one digit of the day", "Fri, 6 Dec 2024 23:20:57 GMT", Nothing),
    ("one digit of the hour", "Thu, 12 Dec 2024 3:20:57 GMT", Nothing),
    ("two digits of the year", "Wed, 11 Dec 24 23:20:57 GMT", Nothing),
    ("five digits of the year", "Wed, 11 Dec 12024 23:20:57 GMT", Nothing),
    ("a tab for a blank", "Wed,\t11 Dec 2024 23:20:57 GMT", Nothing),
    ("two blanks for one", "Wed,  11 Dec 2024 23:20:57 GMT", Nothing),
    ("points in the time", "Wed, 11 Dec 2024 23.20.57 GMT", Nothing),
    ("no seconds", "Wed, 11 Dec 2024 23:20 GMT", Nothing),
    ("a sign in the seconds", "Wed, 11 Dec 2024 23:20:+7 GMT", Nothing),
    ("letters for a day", "Wed, aa Dec 2024 23:20:57 GMT", Nothing),
    ("two dates", "Wed, 11 Dec 2024 23:20:57 GMT, Wed, 11 Dec 2024 23:20:57 GMT", Nothing),
    ("a date of ISO 8601", "2024-12-11T23:20:57Z", Nothing),
    // The first of the obsolete forms.
    ("two digits of the year, soon", "Wednesday, 11-Dec-24 23:20:57 GMT", Wait(30)),
    ("two digits of the year, past", "Sunday, 06-Nov-94 08:49:37 GMT", Wait(0)),
    ("two digits of the year, in 26 years", "Thursday, 18-Aug-50 02:01:18 GMT", Wait(810_441_651)),
    ("two digits of the year, in 50 years", "Monday, 01-Jan-74 00:00:00 GMT", Wait(1_548_031_173)),
    ("two digits of the year, 50 years ago", "Wednesday, 01-Jan-75 00:00:00 GMT", Wait(0)),
    ("a short weekday", "Wed, 11-Dec-24 23:20:57 GMT", Nothing),
    ("a long weekday that is none", "Funday, 11-Dec-24 23:20:57 GMT", Nothing),
    ("a sign in the year", "Wednesday, 11-Dec-+4 23:20:57 GMT", Nothing),
    ("four digits of the year", "Wednesday, 11-Dec-2024 23:20:57 GMT", Nothing),
    // The other.
    ("as C prints it", "Wed Dec 11 23:20:57 2024", Wait(30)),
    ("as C prints it, one digit of the day", "Mon Jan  6 00:00:00 2025", Wait(2_162_373)),
    ("as C prints it, a zero before the day", "Mon Jan 06 00:00:00 2025", Wait(2_162_373)),
    ("as C prints it, one blank before one digit", "Mon Jan 6 00:00:00 2025", Nothing),
    ("as C prints it, with a zone", "Wed Dec 11 23:20:57 2024 GMT", Nothing),
];

const DIFFERENCES: [(&str, &str, &str, Means); 4] = [
    (
        "a fraction of a second",
        "no Retry-After of the standard; the node is left alone for that long, rounded up, and nothing is proved",
        "2.5",
        Guess(3),
    ),
    ("a fraction of zero", "the same", "120.0", Guess(120)),
    (
        "a date with a fraction of a second",
        "smithy reads it, the standard does not know it: as if it were not there",
        "Wed, 11 Dec 2024 23:20:57.250 GMT",
        Nothing,
    ),
    (
        "a date before 1970",
        "no clock of a server was there before: it is broken, and as if it were not there",
        "Fri, 18 Aug 1950 02:01:18 GMT",
        Nothing,
    ),
];

fn check(value: &str, means: &Means) {
    let expected = match means {
        Wait(seconds) => Some(RetryAfter::standard(Duration::from_secs(*seconds))),
        Guess(seconds) => Some(RetryAfter::lenient(Duration::from_secs(*seconds))),
        Nothing => None,
    };
    assert_eq!(retry_after::parse(value, NOW_S * 1_000.0), expected, "{value:?}");
}

pub fn tally() -> Tally {
    let mut tally = Tally::of("HTTP dates and Retry-After");
    CASES.iter().for_each(|(asks, value, means)| tally.case(asks, || check(value, means)));
    for (asks, because, value, means) in &DIFFERENCES {
        tally.difference(asks, because, || check(value, means));
    }
    tally
}

#[test]
fn a_clock_that_is_no_time_reads_no_date_and_still_reads_seconds() {
    for now_ms in [f64::NAN, f64::INFINITY, -1.0, f64::MAX] {
        assert_eq!(retry_after::parse("Wed, 11 Dec 2024 23:20:57 GMT", now_ms), None);
        assert_eq!(retry_after::parse("30", now_ms), Some(RetryAfter::standard(Duration::from_secs(30))));
    }
}
