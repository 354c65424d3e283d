//! Performance tests: providers, seats and users that work inside the cluster for a while, and what came of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::request::{Access, Repeat};
use super::super::transport::Method;
use super::super::{ApiError, ApiRequest, ApiService};
use super::auth::encode;
use super::wire;

const RUN: &str = "/api/performance-test/run";
const STATUS: &str = "/api/performance-test/status";
const RESULTS: &str = "/api/performance-test/current-results";

/// What is to be run. Counts are whole numbers; rates and intensities are written as the backend takes them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TestConfiguration {
    pub number_of_providers: f64,
    pub seats_per_provider: f64,
    pub number_of_nodes: f64,
    pub number_of_users: f64,
    pub test_duration_minutes: f64,
    /// Reservations a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_stress: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_failures: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_auto_subscription: Option<bool>,
    /// Subscriptions a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_conflict_simulation: Option<bool>,
    /// Share of the bookings that aim at a seat which another one wants too, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict_intensity: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggressive_subscriber_count: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hot_producer_count: Option<f64>,
}

/// A test that has begun.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestStarted {
    #[serde(default, deserialize_with = "wire::optional_id")]
    pub test_id: Option<String>,
}

/// Whether a test is under way.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestStatus {
    #[serde(default)]
    pub running: bool,
    #[serde(default, deserialize_with = "wire::optional_id")]
    pub test_id: Option<String>,
    /// Percent.
    pub progress: Option<f64>,
}

/// Whether subscriptions are being made, beside any test.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Subscriptions {
    pub active: bool,
    pub subscription_count: Option<u64>,
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
    pub configuration: Option<TestConfiguration>,
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
    pub fn read(raw: Value) -> Result<Self, String> {
        if !raw.is_object() {
            return Err("not an object".to_owned());
        }
        let mut series: [Vec<f64>; 3] = Default::default();
        for (place, measure) in series.iter_mut().zip(Measure::ALL) {
            *place = numbers(field(&raw, measure.as_str())).map_err(|()| wrong(measure.as_str()))?;
        }
        let mut rates = [None; 4];
        for (place, rate) in rates.iter_mut().zip(Rate::ALL) {
            *place = numbers(field(&raw, rate.as_str())).map_err(|()| wrong(rate.as_str()))?.last().copied();
        }
        let configuration = match raw.get("configuration") {
            None | Some(Value::Null) => None,
            Some(value) => {
                Some(TestConfiguration::deserialize(value).map_err(|error| format!("configuration: {error}"))?)
            }
        };
        let test_id = match raw.get("testId") {
            Some(Value::String(id)) => Some(id.clone()),
            Some(Value::Number(id)) => Some(id.to_string()),
            _ => None,
        };
        let completed = raw.get("completed").and_then(Value::as_bool);
        let duration = raw.get("duration").and_then(Value::as_f64);
        Ok(Self { test_id, configuration, completed, duration, series, rates, raw })
    }

    pub fn series(&self, measure: Measure) -> &[f64] {
        &self.series[measure as usize]
    }

    pub fn rate(&self, rate: Rate) -> Option<f64> {
        self.rates[rate as usize]
    }

    /// Whether anything was measured.
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(Vec::is_empty) && self.rates.iter().all(Option::is_none)
    }

    /// The answer as it came.
    pub const fn raw(&self) -> &Value {
        &self.raw
    }
}

fn wrong(field: &str) -> String {
    format!("field `{field}`: expected a number or a list of numbers")
}

/// Under `metrics` in the newer shape, at the top in the older one.
fn field<'a>(raw: &'a Value, name: &str) -> &'a Value {
    raw.get("metrics").and_then(|metrics| metrics.get(name)).or_else(|| raw.get(name)).unwrap_or(&Value::Null)
}

/// A list of numbers, or a single one; nothing where nothing is. A list may hold `null` where nothing was measured.
fn numbers(value: &Value) -> Result<Vec<f64>, ()> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(list) => {
            let known = list.iter().filter(|value| !value.is_null());
            known.map(|value| value.as_f64().ok_or(())).collect()
        }
        value => Ok(vec![value.as_f64().ok_or(())?]),
    }
}

impl ApiService {
    /// # Errors
    /// [`ApiError::Refused`] with status 409 when a test is running.
    pub async fn run_test(self, configuration: &TestConfiguration) -> Result<TestStarted, ApiError> {
        let body = encode(RUN, configuration)?;
        self.fetch(ApiRequest::write(Method::Post, RUN, Some(body), Repeat::NeedsKey)).await
    }

    /// A short test of the given size.
    ///
    /// # Errors
    /// As [`ApiService::run_test`].
    pub async fn quick_test(self, size: &TestConfiguration) -> Result<TestStarted, ApiError> {
        self.preset("quick-test", size).await
    }

    /// A test that goes to the limits.
    ///
    /// # Errors
    /// As [`ApiService::run_test`].
    pub async fn stress_test(self, size: &TestConfiguration) -> Result<TestStarted, ApiError> {
        self.preset("stress-test", size).await
    }

    async fn preset(self, name: &str, size: &TestConfiguration) -> Result<TestStarted, ApiError> {
        let path = format!(
            "/api/performance-test/{name}?providers={}&seatsPerProvider={}&nodes={}&users={}",
            size.number_of_providers, size.seats_per_provider, size.number_of_nodes, size.number_of_users
        );
        self.fetch(ApiRequest::write(Method::Post, path, None, Repeat::NeedsKey)).await
    }

    pub async fn stop_test(self) -> Result<(), ApiError> {
        self.send(ApiRequest::write(Method::Post, "/api/performance-test/stop", None, Repeat::Harmless)).await
    }

    pub async fn test_status(self) -> Result<TestStatus, ApiError> {
        self.fetch(ApiRequest::read(STATUS, Access::Authenticated)).await
    }

    /// What the running test, or the last one, measured. `None` when there was none.
    pub async fn test_results(self) -> Result<Option<TestResults>, ApiError> {
        let answer: Result<Value, ApiError> = self.fetch(ApiRequest::read(RESULTS, Access::Authenticated)).await;
        match answer {
            Ok(Value::Null) | Err(ApiError::Refused { status: 404, .. }) => Ok(None),
            Ok(raw) => TestResults::read(raw)
                .map(|results| Some(results).filter(|results| results.test_id.is_some() || !results.is_empty()))
                .map_err(|detail| ApiError::Decode { path: RESULTS.into(), detail }),
            Err(error) => Err(error),
        }
    }

    /// Begins to make subscriptions, beside any test.
    pub async fn start_subscriptions(self, configuration: &TestConfiguration) -> Result<Subscriptions, ApiError> {
        let path = "/api/performance-test/subscriptions/start";
        let body = encode(path, configuration)?;
        self.fetch(ApiRequest::write(Method::Post, path, Some(body), Repeat::Harmless)).await
    }

    pub async fn stop_subscriptions(self) -> Result<Subscriptions, ApiError> {
        let path = "/api/performance-test/subscriptions/stop";
        self.fetch(ApiRequest::write(Method::Post, path, None, Repeat::Harmless)).await
    }

    pub async fn subscriptions(self) -> Result<Subscriptions, ApiError> {
        self.fetch(ApiRequest::read("/api/performance-test/subscriptions/metrics", Access::Authenticated)).await
    }
}
