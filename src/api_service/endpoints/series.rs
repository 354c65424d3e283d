//! Series that nodes measured: the charts of administrators, and histories.

use futures_util::future::join_all;

use super::super::json::{FromValue as _, Value};
use super::super::request::Access;
use super::super::{ApiError, ApiRequest, ApiService};
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

/// Reads `[{timestamp, value}]`, `[number]` or `{"0": n, …, "23": n}`; `null` is a value that was not measured.
///
/// # Errors
/// What was expected, and where.
pub fn read_series(value: &Value) -> Result<Vec<Sample>, String> {
    match value {
        Value::List(list) => list.iter().enumerate().map(|(index, entry)| read_sample(index, entry)).collect(),
        Value::Object(_) => (0..24_u8)
            .map(|hour| {
                let value = value.get(&hour.to_string()).unwrap_or(&Value::Null);
                Ok(Sample {
                    at: f64::from(hour),
                    value: number(value).map_err(|()| format!("hour {hour}: expected a number"))?,
                })
            })
            .collect(),
        _ => Err("expected a list, or an object of hours".to_owned()),
    }
}

fn number(value: &Value) -> Result<Option<f64>, ()> {
    if *value == Value::Null { Ok(None) } else { value.as_f64().map(Some).ok_or(()) }
}

fn read_sample(index: usize, entry: &Value) -> Result<Sample, String> {
    let wrong = |field: &str| format!("entry {index}: field `{field}`");
    let Value::Object(_) = entry else {
        let value = number(entry).map_err(|()| format!("entry {index}: expected a number"))?;
        return Ok(Sample { at: index as f64 + 1.0, value });
    };
    let at = entry.get("timestamp").and_then(|value| TimeStamp::from_value(value).ok());
    let value = number(entry.get("value").unwrap_or(&Value::Null)).map_err(|()| wrong("value"))?;
    Ok(Sample { at: at.ok_or_else(|| wrong("timestamp"))?.0, value })
}

impl ApiService {
    /// Oldest first.
    pub async fn series(self, series: Series) -> Result<Vec<Sample>, ApiError> {
        let answer = self.answer(ApiRequest::read(series.path(), series.access())).await?;
        read_series(&answer.value).map_err(|detail| ApiError::Decode { path: series.path().into(), detail })
    }

    /// Several at once, each with its own result.
    pub async fn several_series(self, all: &'static [Series]) -> Vec<Result<Vec<Sample>, ApiError>> {
        join_all(all.iter().map(|series| self.series(*series))).await
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::json;
    use super::*;

    fn read(text: &str) -> Result<Vec<Sample>, String> {
        read_series(&json::parse(text).map_err(|error| error.to_string())?)
    }

    #[test]
    fn hours_are_known_by_their_name_and_a_missing_one_is_unknown() {
        let hours = read(r#"{"0":3,"23":1,"24":9,"noon":2}"#).unwrap_or_default();
        assert_eq!((hours.len(), hours[0].value, hours[1].value, hours[23].value), (24, Some(3.0), None, Some(1.0)));
    }

    #[test]
    fn numbers_without_times_are_counted_from_one() {
        assert_eq!(read("[4, null]"), Ok(vec![Sample { at: 1.0, value: Some(4.0) }, Sample { at: 2.0, value: None }]));
    }

    #[test]
    fn a_wrong_entry_is_named() {
        let error = |text: &str| read(text).err().unwrap_or_default();
        assert_eq!(error(r#"[{"timestamp":1,"value":2},{"value":2}]"#), "entry 1: field `timestamp`");
        assert_eq!(error(r#"[{"timestamp":1,"value":"x"}]"#), "entry 0: field `value`");
        assert_eq!(error(r#"[true]"#), "entry 0: expected a number");
        assert!(error("7").contains("list"));
    }
}
