//! Performance tests: providers, seats and users that work inside the cluster for a while, and what came of it.

mod results;

use serde::Deserialize;
use serde_json::Value;

use super::super::calls::Answer;
use super::super::lenient;
use super::super::request::{Access, Repeat};
use super::super::transport::Method;
use super::super::{ApiError, ApiRequest, ApiService};
pub use results::{Measure, Rate, TestResults, UnsureUnits};

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
    /// `None` where the backend does not say.
    pub running: Option<bool>,
    pub test_id: Option<String>,
    /// Percent.
    pub progress: Option<f64>,
}

/// A status as backends write it: the older name too, or a word.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StatusBody {
    running: Option<bool>,
    is_running: Option<bool>,
    #[serde(deserialize_with = "lenient::or_none")]
    status: Option<String>,
    #[serde(deserialize_with = "lenient::or_none")]
    state: Option<String>,
    #[serde(deserialize_with = "lenient::or_none")]
    test_id: Option<String>,
    #[serde(deserialize_with = "lenient::or_none")]
    progress: Option<f64>,
}

impl From<StatusBody> for TestStatus {
    fn from(body: StatusBody) -> Self {
        let word = body.status.or(body.state).and_then(|word| says_running(&word));
        let running = body.running.or(body.is_running).or(word);
        Self { running, test_id: body.test_id, progress: body.progress }
    }
}

/// What a word says of whether a test runs; `None` for a word that says nothing of it.
fn says_running(word: &str) -> Option<bool> {
    const RUNNING: [&str; 4] = ["RUNNING", "IN_PROGRESS", "STARTED", "ACTIVE"];
    const NOT_RUNNING: [&str; 7] = ["IDLE", "COMPLETED", "FINISHED", "STOPPED", "DONE", "NONE", "FAILED"];
    let is = |known: &&str| known.eq_ignore_ascii_case(word.trim());
    if RUNNING.iter().any(|known| is(&known)) {
        return Some(true);
    }
    NOT_RUNNING.iter().any(|known| is(&known)).then_some(false)
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

    use super::super::super::decode;
    use super::*;

    #[test]
    fn a_status_has_two_names_for_running_or_a_word_and_may_say_nothing() {
        let running = |value: Value| decode::from_value::<TestStatus>(&value).map(|status| status.running);
        assert_eq!(running(json!({ "isRunning": true })), Ok(Some(true)));
        assert_eq!(running(json!({ "running": true, "isRunning": false })), Ok(Some(true)));
        assert_eq!(running(json!({ "status": "RUNNING" })), Ok(Some(true)));
        assert_eq!(running(json!({ "state": "completed", "running": null })), Ok(Some(false)));
        assert_eq!((running(json!({})), running(json!({ "status": 200 }))), (Ok(None), Ok(None)));
        assert!(running(json!({ "running": "soon" })).is_err_and(|error| error.path == "running"));
    }
}
