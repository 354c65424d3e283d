//! Times without a zone: the older backend writes and reads its own local time.

use chrono::{DateTime, Local, NaiveDateTime, SecondsFormat, TimeZone, Utc};

/// `text` as local time without a zone; nothing when it is no ISO 8601 time with one.
pub(super) fn to_local(text: &str) -> Option<String> {
    let time = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Local);
    let whole = time.timestamp_subsec_millis() == 0;
    Some(time.format(if whole { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%dT%H:%M:%S%.3f" }).to_string())
}

/// A local time without a zone, in UTC; nothing when `text` is not one.
pub(super) fn to_utc(text: &str) -> Option<String> {
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let naive = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    // In the hour that a change to summer time leaves out there is none.
    let local = Local.from_local_datetime(&naive).earliest()?;
    Some(local.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// Now, as the framework of the older backend stamps its errors.
pub(super) fn stamp() -> String {
    Utc::now().format("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_same_moment_on_its_way_out_and_back() {
        for utc in ["2026-05-04T10:15:00.000Z", "2026-01-04T23:59:59.250Z"] {
            let local = to_local(utc).unwrap();
            assert!(!local.contains(['Z', '+']), "{local}");
            assert_eq!(to_utc(&local).as_deref(), Some(utc));
        }
        assert_eq!(to_local("soon"), None);
        assert_eq!(to_utc("2026-05-04T10:15:00Z"), None, "it has a zone");
        assert!(to_utc("2026-05-04T10:15").is_some());
    }
}
