//! Performance tests: providers, seats and users that work inside the cluster for a while, and what came of it.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::Value;

use super::super::calls::Answer;
use super::super::decode::{self, DecodeError};
use super::super::lenient;
use super::super::request::{Access, Repeat};
use super::super::transport::Method;
use super::super::{ApiError, ApiRequest, ApiService};

const ROOT: &str = "/api/performance-test/";
const RESULTS: &str = "current-results";

/// The numbers of a configuration, by their names in the contract, in the order of [`TestConfiguration::numbers`]. The
/// first four are the size of a test.
pub const NUMBERS: [&str; 10] = [
    "numberOfProviders",
    "seatsPerProvider",
    "numberOfNodes",
    "numberOfUsers",
    "testDurationMinutes",
    "reservationRate",
    "hotProducerCount",
    "subscriptionRate",
    "aggressiveSubscriberCount",
    "conflictIntensity",
];

/// The choices of a configuration, in the order of [`TestConfiguration::switches`].
pub const SWITCHES: [&str; 4] =
    ["enableStress", "enableFailures", "enableAutoSubscription", "enableConflictSimulation"];

/// What is to be run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestConfiguration {
    /// By [`NUMBERS`]; `None` leaves it to the backend.
    pub numbers: [Option<f64>; NUMBERS.len()],
    /// By [`SWITCHES`].
    pub switches: [bool; SWITCHES.len()],
}

impl TestConfiguration {
    /// As the contract writes it. Whole numbers are written without a point, which is what a backend wants for a count.
    pub fn to_json(&self) -> Value {
        let written = |number: f64| {
            if number.fract() == 0.0 && number.abs() < 1e15 { Value::from(number as i64) } else { Value::from(number) }
        };
        let numbers = NUMBERS.iter().zip(self.numbers);
        let numbers = numbers.filter_map(|(name, number)| Some(((*name).to_owned(), written(number?))));
        let switches = SWITCHES.iter().zip(self.switches).filter(|(_, on)| *on);
        numbers.chain(switches.map(|(name, _)| ((*name).to_owned(), Value::Bool(true)))).collect()
    }
}

/// Whether a test is under way.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(from = "StatusBody")]
pub struct TestStatus {
    pub running: bool,
    pub test_id: Option<String>,
    /// Percent.
    pub progress: Option<f64>,
}

/// A status as backends write it: the older name too.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StatusBody {
    running: Option<bool>,
    is_running: Option<bool>,
    #[serde(deserialize_with = "lenient::or_none")]
    test_id: Option<String>,
    #[serde(deserialize_with = "lenient::or_none")]
    progress: Option<f64>,
}

impl From<StatusBody> for TestStatus {
    fn from(body: StatusBody) -> Self {
        let running = body.running.or(body.is_running).unwrap_or_default();
        Self { running, test_id: body.test_id, progress: body.progress }
    }
}

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
    /// In percent but for the last.
    rates: [Option<f64>; 4],
    /// As they came, to be kept.
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
        let one = |newer: Option<Numbers>, older: Option<Numbers>| newer.or(older).unwrap_or_default().0;
        let series = [
            one(newer.vcube_latency, older.vcube_latency),
            one(newer.raft_consensus_time, older.raft_consensus_time),
            one(newer.throughput, older.throughput),
        ];
        let rates = [
            one(newer.success_rate, older.success_rate),
            one(newer.conflict_rate, older.conflict_rate),
            one(newer.hot_producer_efficiency, older.hot_producer_efficiency),
            one(newer.security_validations, older.security_validations),
        ];
        let [success, conflict, hot, checks] = rates.map(|numbers| numbers.last().copied());
        let ([success, conflict, hot], unsure_rates) = in_percent([success, conflict, hot]);
        let asked = configuration.and_then(|asked| asked.test_duration_minutes).map(|minutes| minutes * 60.0);
        let (duration, unsure_duration) = duration.map(|duration| in_seconds(duration, asked)).unzip();
        let unsure = UnsureUnits { rates: unsure_rates, duration: unsure_duration.unwrap_or_default() };
        Ok(Self { test_id, completed, duration, unsure, series, rates: [success, conflict, hot, checks], raw })
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
struct Numbers(Vec<f64>);

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            list @ Value::Array(_) => {
                let numbers: Vec<Option<f64>> = decode::from_value(&list).map_err(D::Error::custom)?;
                Ok(Self(numbers.into_iter().flatten().collect()))
            }
            single => decode::from_value(&single).map(|number| Self(vec![number])).map_err(D::Error::custom),
        }
    }
}

impl ApiService {
    /// # Errors
    /// [`ApiError::Refused`] with status 409 when a test is running.
    pub async fn run_test(self, configuration: &TestConfiguration) -> Result<(), ApiError> {
        self.post("run", Some(configuration), Repeat::NeedsKey).await.map(drop)
    }

    /// A short test of the size that `configuration` says.
    ///
    /// # Errors
    /// As [`ApiService::run_test`].
    pub async fn quick_test(self, configuration: &TestConfiguration) -> Result<(), ApiError> {
        self.post(&preset("quick-test", configuration), None, Repeat::NeedsKey).await.map(drop)
    }

    /// A test of that size that goes to the limits.
    ///
    /// # Errors
    /// As [`ApiService::run_test`].
    pub async fn stress_test(self, configuration: &TestConfiguration) -> Result<(), ApiError> {
        self.post(&preset("stress-test", configuration), None, Repeat::NeedsKey).await.map(drop)
    }

    pub async fn stop_test(self) -> Result<(), ApiError> {
        self.post("stop", None, Repeat::Harmless).await.map(drop)
    }

    pub async fn test_status(self) -> Result<TestStatus, ApiError> {
        self.ask("status").await?.read()
    }

    /// What the running test, or the last one, measured. `None` when there was none.
    pub async fn test_results(self) -> Result<Option<TestResults>, ApiError> {
        let answer = match self.ask(RESULTS).await {
            Err(ApiError::Refused { status: 404, .. }) => return Ok(None),
            answer => answer?,
        };
        if answer.value.is_null() {
            return Ok(None);
        }
        let results = TestResults::read(Value::clone(&answer.value));
        let results = results.map_err(|error| ApiError::unreadable(&answer.path, &error))?;
        Ok(Some(results).filter(|results| results.test_id.is_some() || !results.is_empty()))
    }

    /// Begins to make subscriptions, beside any test.
    pub async fn start_subscriptions(self, configuration: &TestConfiguration) -> Result<(), ApiError> {
        self.post("subscriptions/start", Some(configuration), Repeat::Harmless).await.map(drop)
    }

    pub async fn stop_subscriptions(self) -> Result<(), ApiError> {
        self.post("subscriptions/stop", None, Repeat::Harmless).await.map(drop)
    }

    /// Whether subscriptions are being made. `None` from a backend that does not know of them.
    pub async fn subscriptions_active(self) -> Option<bool> {
        self.ask("subscriptions/metrics").await.ok()?.value["active"].as_bool()
    }

    async fn ask(self, what: &str) -> Result<Answer, ApiError> {
        self.answer(ApiRequest::read(format!("{ROOT}{what}"), Access::Authenticated)).await
    }

    async fn post(self, what: &str, body: Option<&TestConfiguration>, repeat: Repeat) -> Result<Answer, ApiError> {
        let body = body.map(|configuration| configuration.to_json().to_string());
        self.answer(ApiRequest::write(Method::Post, format!("{ROOT}{what}"), body, repeat)).await
    }
}

fn preset(name: &str, configuration: &TestConfiguration) -> String {
    let [providers, seats, nodes, users, ..] = configuration.numbers.map(Option::unwrap_or_default);
    format!("{name}?providers={providers}&seatsPerProvider={seats}&nodes={nodes}&users={users}")
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
    fn a_status_has_two_names_for_running_and_none_is_not_running() {
        let running = |value: Value| decode::from_value::<TestStatus>(&value).map(|status| status.running);
        assert_eq!(running(json!({ "isRunning": true })), Ok(true));
        assert_eq!(running(json!({ "running": true, "isRunning": false })), Ok(true));
        assert_eq!((running(json!({})), running(json!({ "running": null }))), (Ok(false), Ok(false)));
        assert!(running(json!({ "running": "soon" })).is_err_and(|error| error.path == "running"));
    }
}
