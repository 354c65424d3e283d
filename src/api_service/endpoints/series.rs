//! Series that nodes measured: the charts of administrators, and histories.

use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::Value;

use super::super::decode::{self, DecodeError};
use super::super::request::Access;
use super::super::{ApiError, ApiRequest, ApiService};
use super::listed::Listed;
use super::wire::TimeStamp;

/// A series of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// Reservations a second.
    AdminReservations,
    /// Milliseconds.
    AdminProcessing,
    /// Milliseconds.
    AdminConsensus,
    /// How many reservations were made in each hour of the day, UTC.
    AdminHours,
    /// Raft consensus times of the node that answers, in milliseconds.
    RaftChart,
    /// Reservations a second.
    ReservationsChart,
    /// Milliseconds of causal delivery.
    Latency,
    /// Committed operations a second.
    Throughput,
    /// Percent of the bytes sent that are causal metadata.
    Overhead,
    /// Entries removed at each log compaction.
    Compaction,
}

impl Series {
    pub const fn path(self) -> &'static str {
        match self {
            Self::AdminReservations => "/api/admin/charts/reservations-per-second",
            Self::AdminProcessing => "/api/admin/charts/processing-time",
            Self::AdminConsensus => "/api/admin/charts/raft-consensus",
            Self::AdminHours => "/api/admin/charts/reservations-by-hour",
            Self::RaftChart => "/api/metrics/raft/chart-data",
            Self::ReservationsChart => "/api/metrics/reservations/chart-data",
            Self::Latency => "/api/metrics/latency/history",
            Self::Throughput => "/api/metrics/throughput/history",
            Self::Overhead => "/api/metrics/vcube/overhead/history",
            Self::Compaction => "/api/metrics/vcube/compaction/history",
        }
    }

    const fn access(self) -> Access {
        match self {
            Self::AdminReservations | Self::AdminProcessing | Self::AdminConsensus | Self::AdminHours => {
                Access::Authenticated
            }
            _ => Access::Public,
        }
    }
}

/// One value of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Milliseconds since 1970; the hour for [`Series::AdminHours`]; the number of the reading, from 1, where the
    /// series has no times.
    pub at: f64,
    /// `None` where nothing was measured.
    pub value: Option<f64>,
}

#[derive(Deserialize)]
struct Point {
    timestamp: TimeStamp,
    value: Option<f64>,
}

/// Reads `[{timestamp, value}]`, `[number]` or `{"0": n, …, "23": n}`; `null` is a value that was not measured.
///
/// # Errors
/// When `value` is neither a list nor an object.
pub fn read_series(value: &Value) -> Result<Listed<Sample>, DecodeError> {
    if value.is_object() {
        return Ok(read_hours(value));
    }
    let entries: Vec<Value> = decode::from_value(value)?;
    Ok(Listed::read(&entries, read_sample))
}

/// Every hour has its place: one that cannot be read is one of which nothing is known.
fn read_hours(hours: &Value) -> Listed<Sample> {
    let all: Vec<Value> = (0..24).map(|hour: u8| hours.get(hour.to_string()).cloned().unwrap_or_default()).collect();
    let unreadable = Listed::read(&all, |_, value| decode::from_value::<Option<f64>>(value)).unreadable;
    let value = |value: &Value| decode::from_value(value).unwrap_or_default();
    let samples = all.iter().enumerate().map(|(hour, hours)| Sample { at: hour as f64, value: value(hours) });
    Listed { entries: samples.collect(), unreadable }
}

fn read_sample(index: usize, entry: &Value) -> Result<Sample, DecodeError> {
    if entry.is_object() {
        let Point { timestamp, value } = decode::from_value(entry)?;
        return Ok(Sample { at: timestamp.0, value });
    }
    Ok(Sample { at: index as f64 + 1.0, value: decode::from_value(entry)? })
}

impl ApiService {
    /// Oldest first.
    pub async fn series(self, series: Series) -> Result<Listed<Sample>, ApiError> {
        let answer = self.answer(ApiRequest::read(series.path(), series.access())).await?;
        let listed = read_series(&answer.value).map_err(|error| ApiError::unreadable(series.path(), &error))?;
        self.note_unreadable(series.path(), listed.unreadable.as_ref());
        Ok(listed)
    }

    /// Several at once, each with its own result.
    pub async fn several_series(self, all: &'static [Series]) -> Vec<Result<Listed<Sample>, ApiError>> {
        join_all(all.iter().map(|series| self.series(*series))).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hours_are_known_by_their_name_and_a_missing_one_is_unknown() {
        let hours = read_series(&json!({ "0": 3, "23": 1, "24": 9, "noon": 2 }));
        let hours = hours.map(|hours| hours.entries).unwrap_or_default();
        assert_eq!((hours.len(), hours[0].value, hours[1].value, hours[23].value), (24, Some(3.0), None, Some(1.0)));
    }

    #[test]
    fn an_hour_that_cannot_be_read_is_counted_and_leaves_the_others() {
        let Ok(Listed { entries, unreadable: Some(bad) }) = read_series(&json!({ "7": "many", "8": "2", "9": null }))
        else {
            panic!("one hour is bad")
        };
        assert_eq!((entries.len(), entries[7].value, entries[8].value), (24, None, Some(2.0)));
        assert_eq!((bad.count, bad.total, bad.first.path.as_str()), (1, 24, "[7]"));
    }

    #[test]
    fn numbers_without_times_are_counted_from_one() {
        let expected = vec![Sample { at: 1.0, value: Some(4.0) }, Sample { at: 2.0, value: None }];
        assert_eq!(read_series(&json!([4, null])), Ok(Listed { entries: expected, unreadable: None }));
    }

    #[test]
    fn a_wrong_entry_is_left_out_and_named_and_the_others_keep_their_numbers() {
        let bad = |value| read_series(&value).ok()?.unreadable.map(|bad| (bad.count, bad.total, bad.first.to_string()));
        let missing = bad(json!([{ "timestamp": 1, "value": 2 }, { "value": 2 }, {}]));
        assert_eq!(missing, Some((2, 3, "field `[1]`: missing field `timestamp`".to_owned())));
        let wrong = bad(json!([{ "timestamp": 1, "value": "x" }]));
        assert!(wrong.is_some_and(|(.., first)| first.starts_with("field `[0].value`: ")));
        let listed = read_series(&json!([4, true, "5"])).map(|listed| listed.entries);
        assert_eq!(listed, Ok(vec![Sample { at: 1.0, value: Some(4.0) }, Sample { at: 3.0, value: Some(5.0) }]));
    }

    #[test]
    fn what_is_no_series_is_an_error_of_the_whole() {
        let error = read_series(&json!(7)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("a list"), "{error}");
    }
}
