//! What a performance test measured, in either shape of the contract.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::Value;

use super::super::super::decode::{self, DecodeError};
use super::super::super::lenient;
use super::super::listed::{Listed, Unreadable};

/// The series that a test measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Milliseconds of causal delivery.
    VcubeLatency,
    /// Milliseconds.
    RaftConsensus,
    /// Committed operations a second.
    Throughput,
}

impl Measure {
    pub const ALL: [Self; 3] = [Self::VcubeLatency, Self::RaftConsensus, Self::Throughput];

    /// The name of the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VcubeLatency => "vcubeLatency",
            Self::RaftConsensus => "raftConsensusTime",
            Self::Throughput => "throughput",
        }
    }
}

/// The single figures of a test, in percent but for the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    Success,
    Conflict,
    HotProducerEfficiency,
    /// How many tokens and roles were checked.
    SecurityValidations,
}

impl Rate {
    pub const ALL: [Self; 4] = [Self::Success, Self::Conflict, Self::HotProducerEfficiency, Self::SecurityValidations];

    /// The name of the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "successRate",
            Self::Conflict => "conflictRate",
            Self::HotProducerEfficiency => "hotProducerEfficiency",
            Self::SecurityValidations => "securityValidations",
        }
    }
}

/// Which units of results are a guess.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnsureUnits {
    pub rates: bool,
    pub duration: bool,
}

/// What a test measured so far. Both shapes of the contract are read: series under `metrics`, or single numbers at the
/// top.
#[derive(Clone, Debug, PartialEq)]
pub struct TestResults {
    pub test_id: Option<String>,
    pub completed: Option<bool>,
    /// Seconds.
    pub duration: Option<f64>,
    /// Whether the units are a guess: nothing in the answer says whether its rates are fractions, or its duration
    /// milliseconds.
    pub unsure: UnsureUnits,
    series: [Vec<f64>; 3],
    /// Which series came as a single number.
    single: [bool; 3],
    /// What of the series could not be read.
    unreadable: Vec<Unreadable>,
    /// In percent but for the last.
    rates: [Option<f64>; 4],
    /// As they came, to be kept; single numbers of a running test as the series that they became.
    raw: Value,
}

impl TestResults {
    /// Reads an answer, or what was kept of one.
    ///
    /// # Errors
    /// The name of the field that is not what the contract says.
    pub fn read(raw: Value) -> Result<Self, DecodeError> {
        let Head { test_id, completed, duration, configuration, metrics } = decode::from_value(&raw)?;
        let older: Measured = decode::from_value(&raw)?;
        let newer = metrics.unwrap_or_default();
        let one = |newer: Option<Numbers>, older: Option<Numbers>| newer.or(older).unwrap_or_default();
        let mut measured = [
            one(newer.vcube_latency, older.vcube_latency),
            one(newer.raft_consensus_time, older.raft_consensus_time),
            one(newer.throughput, older.throughput),
        ];
        let left_out = measured
            .iter_mut()
            .zip(Measure::ALL)
            .filter_map(|(numbers, measure)| Some(numbers.unreadable.take()?.of(measure.as_str())));
        let unreadable = left_out.collect();
        let single = measured.each_ref().map(|numbers| numbers.single);
        let series = measured.map(|numbers| numbers.values);
        let rates = [
            one(newer.success_rate, older.success_rate),
            one(newer.conflict_rate, older.conflict_rate),
            one(newer.hot_producer_efficiency, older.hot_producer_efficiency),
            one(newer.security_validations, older.security_validations),
        ];
        let [success, conflict, hot, checks] = rates.map(|numbers| numbers.values.last().copied());
        let ([success, conflict, hot], unsure_rates) = in_percent([success, conflict, hot]);
        let asked = configuration.and_then(|asked| asked.test_duration_minutes).map(|minutes| minutes * 60.0);
        let (duration, unsure_duration) = duration.map(|duration| in_seconds(duration, asked)).unzip();
        let unsure = UnsureUnits { rates: unsure_rates, duration: unsure_duration.unwrap_or_default() };
        let rates = [success, conflict, hot, checks];
        Ok(Self { test_id, completed, duration, unsure, series, single, unreadable, rates, raw })
    }

    /// These results of a test of which `before` was read earlier: single numbers go on the series that they were
    /// before, as one more reading of it when the test `runs_on`, and not when it had ended by then.
    pub fn after(mut self, before: Self, runs_on: bool) -> Self {
        for ((measure, known), single) in Measure::ALL.into_iter().zip(before.series).zip(self.single) {
            // One reading that was read again may have changed; a series does not shrink to its last one.
            if !single || (!runs_on && known.len() < 2) {
                continue;
            }
            let own = &mut self.series[measure as usize];
            let newest = if runs_on { own.pop() } else { None };
            *own = known.into_iter().chain(newest).collect();
            own.drain(..own.len().saturating_sub(READINGS_AT_MOST));
            let name = measure.as_str();
            let newer = self.raw.get("metrics").and_then(|metrics| metrics.get(name)).is_some_and(|own| !own.is_null());
            let place = if newer { &mut self.raw["metrics"] } else { &mut self.raw };
            place[name] = Value::from(own.clone());
        }
        self
    }

    /// What of the series could not be read, and is left out.
    pub fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
    }

    pub fn series(&self, measure: Measure) -> &[f64] {
        &self.series[measure as usize]
    }

    pub fn rate(&self, rate: Rate) -> Option<f64> {
        self.rates[rate as usize]
    }

    /// Whether nothing was measured: a node that has run no test may count zero checks all the same.
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(Vec::is_empty) && self.rate(Rate::Success).is_none()
    }

    /// The answer as it came.
    pub const fn raw(&self) -> &Value {
        &self.raw
    }
}

/// Readings of a series that is made of single numbers: two hours of them, three seconds apart.
const READINGS_AT_MOST: usize = 2_400;

/// What both shapes of the results have at the top.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Head {
    #[serde(deserialize_with = "lenient::or_none")]
    test_id: Option<String>,
    #[serde(deserialize_with = "lenient::or_none")]
    completed: Option<bool>,
    #[serde(deserialize_with = "lenient::or_none")]
    duration: Option<f64>,
    #[serde(deserialize_with = "lenient::or_none")]
    configuration: Option<Asked>,
    metrics: Option<Measured>,
}

/// What was asked for.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Asked {
    #[serde(deserialize_with = "lenient::or_none")]
    test_duration_minutes: Option<f64>,
}

/// What was measured: under `metrics` in the newer shape, at the top in the older one.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Measured {
    vcube_latency: Option<Numbers>,
    raft_consensus_time: Option<Numbers>,
    throughput: Option<Numbers>,
    success_rate: Option<Numbers>,
    conflict_rate: Option<Numbers>,
    hot_producer_efficiency: Option<Numbers>,
    security_validations: Option<Numbers>,
}

/// The rates of success, conflict and hot producers in percent, and whether that is a guess. The contract says percent;
/// some backends give fractions.
fn in_percent(rates: [Option<f64>; 3]) -> ([Option<f64>; 3], bool) {
    let known = || rates.iter().flatten();
    // More than 1 is no fraction; nothing at all is nothing in either unit.
    if known().any(|rate| *rate > 1.0) || known().all(|rate| *rate == 0.0) {
        return (rates, false);
    }
    let [success, conflict, _] = rates;
    let Some(success) = success.filter(|success| *success > 0.0) else { return (rates, true) };
    // Of a hundred attempts one hardly ever succeeds; and what does not succeed is a conflict, or another failure.
    let adds_up = conflict.is_some_and(|conflict| (success + conflict - 1.0).abs() < 0.1);
    let unsure = success == 1.0 || !(success >= 0.5 || adds_up);
    (rates.map(|rate| rate.map(|rate| rate * 100.0)), unsure)
}

/// A test lasts no longer than this, in seconds: two hours, the most that can be asked for.
const LONGEST_SECONDS: f64 = 7_200.0;

/// A duration in seconds, and whether that is a guess. The contract says seconds; some backends give milliseconds.
/// `asked`: how long the test was to be, in seconds.
fn in_seconds(duration: f64, asked: Option<f64>) -> (f64, bool) {
    match asked.filter(|asked| *asked > 0.0) {
        // It may be stopped early, and end a little late, but not last three times as long.
        Some(asked) if duration > asked * 3.0 => (duration / 1_000.0, false),
        Some(_) => (duration, false),
        None if duration > LONGEST_SECONDS => (duration / 1_000.0, true),
        None => (duration, duration >= 1_000.0),
    }
}

/// A list of numbers, or a single one. A list may hold `null` where nothing was measured.
#[derive(Default)]
struct Numbers {
    values: Vec<f64>,
    single: bool,
    unreadable: Option<Unreadable>,
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            list @ Value::Array(_) => {
                let listed: Listed<Option<f64>> = decode::from_value(&list).map_err(D::Error::custom)?;
                let values = listed.entries.into_iter().flatten().collect();
                Ok(Self { values, single: false, unreadable: listed.unreadable })
            }
            single => {
                let number = decode::from_value(&single).map_err(D::Error::custom)?;
                Ok(Self { values: vec![number], single: true, unreadable: None })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(raw: Value) -> TestResults {
        TestResults::read(raw).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn fractions_are_told_from_percent() {
        let rates = |raw: Value| {
            let results = read(raw);
            (results.rate(Rate::Success), results.rate(Rate::Conflict), results.unsure.rates)
        };
        assert_eq!(rates(json!({ "successRate": 0.95 })), (Some(95.0), None, false));
        assert_eq!(rates(json!({ "successRate": 95 })), (Some(95.0), None, false));
        assert_eq!(rates(json!({ "successRate": 0.25, "conflictRate": 0.75 })), (Some(25.0), Some(75.0), false));
        assert_eq!(rates(json!({ "successRate": 99.5, "conflictRate": 0.5 })), (Some(99.5), Some(0.5), false));
        assert_eq!(rates(json!({ "successRate": 1 })), (Some(100.0), None, true));
        assert_eq!(rates(json!({ "conflictRate": 0.5 })), (None, Some(0.5), true));
        assert_eq!(rates(json!({ "successRate": 0, "conflictRate": 0 })), (Some(0.0), Some(0.0), false));
    }

    #[test]
    fn milliseconds_are_told_from_seconds_by_the_duration_that_was_asked_for() {
        let duration = |duration: f64, minutes: Option<f64>| {
            let results = read(json!({ "duration": duration, "configuration": { "testDurationMinutes": minutes } }));
            (results.duration, results.unsure.duration)
        };
        assert_eq!(duration(120_000.0, Some(2.0)), (Some(120.0), false));
        assert_eq!(duration(120.0, Some(2.0)), (Some(120.0), false));
        assert_eq!(duration(5_000.0, Some(2.0)), (Some(5.0), false), "stopped early");
        assert_eq!(duration(3_600.0, Some(60.0)), (Some(3_600.0), false));
        assert_eq!(duration(120_000.0, None), (Some(120.0), true));
        assert_eq!((duration(60.0, None), duration(3_600.0, None)), ((Some(60.0), false), (Some(3_600.0), true)));
    }

    #[test]
    fn single_numbers_of_a_running_test_become_a_series() {
        let single = |latency: f64| json!({ "vcubeLatency": latency, "throughput": 8, "successRate": 0.9 });
        let mut results = read(single(1.5));
        for latency in [2.5, 2.5, 3.5] {
            results = read(single(latency)).after(results, true);
        }
        assert_eq!(results.series(Measure::VcubeLatency), [1.5, 2.5, 2.5, 3.5]);
        assert_eq!(results.series(Measure::Throughput), [8.0; 4]);
        assert!(results.series(Measure::RaftConsensus).is_empty());
        assert_eq!(results.rate(Rate::Success), Some(90.0));
        let ended = read(single(9.0)).after(results.clone(), false);
        assert_eq!(ended.series(Measure::VcubeLatency), [1.5, 2.5, 2.5, 3.5], "asked again after the end");
        let kept = read(results.raw().clone());
        assert_eq!(kept.series(Measure::VcubeLatency), results.series(Measure::VcubeLatency), "kept as a series");
    }

    #[test]
    fn single_numbers_of_the_newer_shape_become_a_series_and_series_stay_as_they_came() {
        let mixed = |latency: f64| json!({ "metrics": { "vcubeLatency": latency, "throughput": [1, 2] } });
        let results = read(mixed(2.0)).after(read(mixed(1.0)), true);
        assert_eq!(results.series(Measure::VcubeLatency), [1.0, 2.0]);
        assert_eq!(results.series(Measure::Throughput), [1.0, 2.0]);
        assert_eq!(results.raw()["metrics"]["vcubeLatency"], json!([1.0, 2.0]));
    }

    #[test]
    fn a_series_that_is_made_of_single_numbers_has_an_end() {
        let mut results = read(json!({ "throughput": -1 }));
        for reading in 0..READINGS_AT_MOST {
            results = read(json!({ "throughput": reading })).after(results, true);
        }
        let series = results.series(Measure::Throughput);
        assert_eq!((series.len(), series[0]), (READINGS_AT_MOST, 0.0));
    }

    #[test]
    fn a_reading_that_cannot_be_read_is_left_out_and_counted() {
        let results = read(json!({ "metrics": { "throughput": [1, "fast", null, "3"], "vcubeLatency": [2] } }));
        assert_eq!(results.series(Measure::Throughput), [1.0, 3.0]);
        let [unreadable] = results.unreadable() else { panic!("{:?}", results.unreadable()) };
        assert_eq!((unreadable.count, unreadable.total, unreadable.first.path.as_str()), (1, 4, "throughput[1]"));
    }
}
