//! Performance tests: providers, seats and users that work inside the cluster for a while, and what came of it.

use serde_json::Value;

use super::super::json::{self, FromValue, ReadError};
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

/// What is kept and handed out of a test is what came, floats included: `serde_json` writes it.
impl FromValue for Value {
    fn from_value(value: &json::Value) -> Result<Self, ReadError> {
        Ok(match value {
            json::Value::Null => Self::Null,
            json::Value::Bool(value) => Self::from(*value),
            json::Value::Whole(number) => Self::from(*number),
            json::Value::Negative(number) => Self::from(*number),
            json::Value::Decimal(number) => Self::from(*number),
            json::Value::Text(text) => Self::from(text.as_str()),
            json::Value::List(_) => Self::Array(Vec::from_value(value)?),
            json::Value::Object(fields) => {
                let field = |(name, value): &(String, json::Value)| Ok((name.clone(), Self::from_value(value)?));
                Self::Object(fields.iter().map(field).collect::<Result<_, ReadError>>()?)
            }
        })
    }
}

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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestStatus {
    pub running: bool,
    pub test_id: Option<String>,
    /// Percent.
    pub progress: Option<f64>,
}

impl TestStatus {
    /// Reads an answer; what it lacks is not known.
    pub fn read(raw: &Value) -> Self {
        Self { running: raw["running"] == true, test_id: id(&raw["testId"]), progress: raw["progress"].as_f64() }
    }
}

/// A text, or a number as its text.
fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
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
        let test_id = id(&raw["testId"]);
        let completed = raw.get("completed").and_then(Value::as_bool);
        let duration = raw.get("duration").and_then(Value::as_f64);
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
        Ok(TestStatus::read(&self.ask("status").await?))
    }

    /// What the running test, or the last one, measured. `None` when there was none.
    pub async fn test_results(self) -> Result<Option<TestResults>, ApiError> {
        match self.ask(RESULTS).await {
            Ok(Value::Null) | Err(ApiError::Refused { status: 404, .. }) => Ok(None),
            Ok(raw) => TestResults::read(raw)
                .map(|results| Some(results).filter(|results| results.test_id.is_some() || !results.is_empty()))
                .map_err(|detail| ApiError::Decode { path: format!("{ROOT}{RESULTS}"), detail }),
            Err(error) => Err(error),
        }
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
        self.ask("subscriptions/metrics").await.ok()?["active"].as_bool()
    }

    async fn ask(self, what: &str) -> Result<Value, ApiError> {
        self.fetch(ApiRequest::read(format!("{ROOT}{what}"), Access::Authenticated)).await
    }

    async fn post(&self, what: &str, body: Option<&TestConfiguration>, repeat: Repeat) -> Result<Value, ApiError> {
        let body = body.map(|configuration| configuration.to_json().to_string());
        self.fetch(ApiRequest::write(Method::Post, format!("{ROOT}{what}"), body, repeat)).await
    }
}

fn preset(name: &str, configuration: &TestConfiguration) -> String {
    let [providers, seats, nodes, users, ..] = configuration.numbers.map(Option::unwrap_or_default);
    format!("{name}?providers={providers}&seatsPerProvider={seats}&nodes={nodes}&users={users}")
}
