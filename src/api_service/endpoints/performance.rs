//! Performance tests: providers, seats and users that work inside the cluster for a while, and what came of it.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::Value;

use super::super::decode::{self, DecodeError};
use super::super::lenient;
use super::super::request::{Access, Repeat};
use super::super::transport::Method;
use super::super::{Answer, ApiError, ApiRequest, ApiService};

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
#[serde(rename_all = "camelCase", default)]
pub struct TestStatus {
    pub running: bool,
    pub test_id: Option<String>,
    /// Percent.
    #[serde(deserialize_with = "lenient::or_none")]
    pub progress: Option<f64>,
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

/// What a test measured so far. Both shapes of the contract are read: series under `metrics`, or single numbers at the
/// top.
#[derive(Clone, Debug, PartialEq)]
pub struct TestResults {
    pub test_id: Option<String>,
    pub completed: Option<bool>,
    /// As the backend counts it: seconds.
    pub duration: Option<f64>,
    series: [Vec<f64>; 3],
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
        let Head { test_id, completed, duration, metrics } = decode::from_value(&raw)?;
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
        let rates = rates.map(|numbers| numbers.last().copied());
        Ok(Self { test_id, completed, duration, series, rates, raw })
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
    metrics: Option<Measured>,
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
