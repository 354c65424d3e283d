//! What a performance test, or subscriptions beside it, may be asked for. Everything is bounded: a test may load the
//! cluster, it may not bring it down.

use serde::{Deserialize, Serialize};

/// A test sends at most this many bookings a second, under stress too.
pub const RATE_AT_MOST: f64 = 200.0;
const PROVIDERS_AT_MOST: f64 = 50.0;
const SEATS_AT_MOST: f64 = 200.0;
pub const USERS_AT_MOST: f64 = 500.0;
/// One second.
const MINUTES_AT_LEAST: f64 = 1.0 / 60.0;
const MINUTES_AT_MOST: f64 = 30.0;
/// Of any cluster.
const NODES_AT_MOST: usize = 1_000;
const AGGRESSIVE_AT_MOST: f64 = 20.0;
const SUBSCRIPTION_RATE_AT_MOST: f64 = 100.0;
/// Where a request says nothing.
const RATE: f64 = 20.0;
const SUBSCRIPTION_RATE: f64 = 10.0;
const CONFLICT_INTENSITY: f64 = 0.3;

/// The body of `POST /api/performance-test/run`. Counts may be written as `5.0`: some clients know one kind of number.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WantedTest {
    pub number_of_providers: f64,
    pub seats_per_provider: f64,
    pub number_of_nodes: f64,
    pub number_of_users: f64,
    pub test_duration_minutes: f64,
    pub reservation_rate: Option<f64>,
    pub enable_stress: Option<bool>,
    pub enable_failures: Option<bool>,
    pub enable_auto_subscription: Option<bool>,
    pub subscription_rate: Option<f64>,
    pub enable_conflict_simulation: Option<bool>,
    pub conflict_intensity: Option<f64>,
    pub aggressive_subscriber_count: Option<f64>,
    pub hot_producer_count: Option<f64>,
}

/// The query of `quick-test` and `stress-test`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WantedPreset {
    pub providers: Option<f64>,
    pub seats_per_provider: Option<f64>,
    pub nodes: Option<f64>,
    pub users: Option<f64>,
}

/// The body of `POST /api/performance-test/subscriptions/start`; a whole test's will do.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WantedSubscriptions {
    pub number_of_users: Option<f64>,
    pub subscription_rate: Option<f64>,
    pub aggressive_subscriber_count: Option<f64>,
}

/// A test within its bounds, as it is run and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestConfig {
    /// Each with one vehicle.
    pub number_of_providers: usize,
    pub seats_per_provider: usize,
    /// Nodes that take bookings from the users of the test.
    pub number_of_nodes: usize,
    pub number_of_users: usize,
    pub test_duration_minutes: f64,
    /// Bookings a second, of all users together.
    pub reservation_rate: f64,
    /// The rate is [`RATE_AT_MOST`], or what the cluster can do.
    pub enable_stress: bool,
    /// One booking in ten loses its answer and is sent again under its key to the next node.
    pub enable_failures: bool,
    /// Users subscribe to what is told of a provider, one after the other.
    pub enable_auto_subscription: bool,
    /// Subscriptions a second.
    pub subscription_rate: f64,
    pub enable_conflict_simulation: bool,
    /// Share of the bookings that aim at a seat which another user wants at the same moment, 0 to 1.
    pub conflict_intensity: f64,
    /// Subscribers that book at a provider whenever they hear of a booking there.
    pub aggressive_subscriber_count: usize,
    /// Providers that get half of the bookings between them.
    pub hot_producer_count: usize,
}

/// Subscriptions within their bounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionConfig {
    /// In the whole cluster.
    pub number_of_users: usize,
    /// Subscriptions a second, in the whole cluster.
    pub subscription_rate: f64,
    /// Subscribers that follow all providers.
    pub aggressive_subscriber_count: usize,
}

/// Which field is out of its bounds, and what they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct OutOfBounds(String);

fn number(field: &str, value: f64, least: f64, most: f64) -> Result<f64, OutOfBounds> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(OutOfBounds(format!("`{field}` must be {least} to {most}, not {value}.")))
}

fn count(field: &str, value: f64, least: f64, most: f64) -> Result<usize, OutOfBounds> {
    let value = number(field, value, least, most)?;
    if value.fract() == 0.0 { Ok(value as usize) } else { Err(OutOfBounds(format!("`{field}` must be whole."))) }
}

impl WantedTest {
    /// A short and easy test of a cluster of `nodes`.
    pub fn quick(wanted: WantedPreset, nodes: usize) -> Self {
        Self {
            number_of_providers: wanted.providers.unwrap_or(3.0),
            seats_per_provider: wanted.seats_per_provider.unwrap_or(20.0),
            number_of_nodes: wanted.nodes.unwrap_or(nodes as f64),
            number_of_users: wanted.users.unwrap_or(10.0),
            test_duration_minutes: 0.5,
            reservation_rate: None,
            enable_stress: None,
            enable_failures: None,
            enable_auto_subscription: None,
            subscription_rate: None,
            enable_conflict_simulation: None,
            conflict_intensity: None,
            aggressive_subscriber_count: None,
            hot_producer_count: None,
        }
    }

    /// A minute at the limit, with everything that a test can do.
    pub fn stress(wanted: WantedPreset, nodes: usize) -> Self {
        let size = WantedPreset { users: wanted.users.or(Some(50.0)), ..wanted };
        Self {
            test_duration_minutes: 1.0,
            enable_stress: Some(true),
            enable_failures: Some(true),
            enable_auto_subscription: Some(true),
            enable_conflict_simulation: Some(true),
            aggressive_subscriber_count: Some(2.0),
            hot_producer_count: Some(1.0),
            ..Self::quick(size, nodes)
        }
    }

    /// The test to run on a cluster of `nodes`.
    ///
    /// # Errors
    /// The first field that is out of its bounds.
    pub fn checked(self, nodes: usize) -> Result<TestConfig, OutOfBounds> {
        let providers = self.number_of_providers;
        let conflicts = self.enable_conflict_simulation.unwrap_or(false);
        let intensity = self.conflict_intensity.unwrap_or(CONFLICT_INTENSITY);
        let subscription_rate = self.subscription_rate.unwrap_or(SUBSCRIPTION_RATE);
        let aggressive = self.aggressive_subscriber_count.unwrap_or(0.0);
        Ok(TestConfig {
            number_of_providers: count("numberOfProviders", providers, 1.0, PROVIDERS_AT_MOST)?,
            seats_per_provider: count("seatsPerProvider", self.seats_per_provider, 1.0, SEATS_AT_MOST)?,
            number_of_nodes: count("numberOfNodes", self.number_of_nodes, 1.0, nodes as f64)?,
            number_of_users: count("numberOfUsers", self.number_of_users, 1.0, USERS_AT_MOST)?,
            test_duration_minutes: number(
                "testDurationMinutes",
                self.test_duration_minutes,
                MINUTES_AT_LEAST,
                MINUTES_AT_MOST,
            )?,
            reservation_rate: number("reservationRate", self.reservation_rate.unwrap_or(RATE), 0.1, RATE_AT_MOST)?,
            enable_stress: self.enable_stress.unwrap_or(false),
            enable_failures: self.enable_failures.unwrap_or(false),
            enable_auto_subscription: self.enable_auto_subscription.unwrap_or(false),
            subscription_rate: number("subscriptionRate", subscription_rate, 0.1, SUBSCRIPTION_RATE_AT_MOST)?,
            enable_conflict_simulation: conflicts,
            conflict_intensity: if conflicts { number("conflictIntensity", intensity, 0.0, 1.0)? } else { 0.0 },
            aggressive_subscriber_count: count("aggressiveSubscriberCount", aggressive, 0.0, AGGRESSIVE_AT_MOST)?,
            hot_producer_count: count("hotProducerCount", self.hot_producer_count.unwrap_or(0.0), 0.0, providers)?,
        })
    }
}

impl TestConfig {
    /// # Errors
    /// The first field that is out of its bounds, on a cluster of any size.
    pub fn within_bounds(&self) -> Result<(), OutOfBounds> {
        let wanted = WantedTest {
            number_of_providers: self.number_of_providers as f64,
            seats_per_provider: self.seats_per_provider as f64,
            number_of_nodes: self.number_of_nodes as f64,
            number_of_users: self.number_of_users as f64,
            test_duration_minutes: self.test_duration_minutes,
            reservation_rate: Some(self.reservation_rate),
            enable_stress: Some(self.enable_stress),
            enable_failures: Some(self.enable_failures),
            enable_auto_subscription: Some(self.enable_auto_subscription),
            subscription_rate: Some(self.subscription_rate),
            enable_conflict_simulation: Some(self.enable_conflict_simulation),
            conflict_intensity: Some(self.conflict_intensity),
            aggressive_subscriber_count: Some(self.aggressive_subscriber_count as f64),
            hot_producer_count: Some(self.hot_producer_count as f64),
        };
        wanted.checked(NODES_AT_MOST).map(drop)
    }
}

impl SubscriptionConfig {
    /// # Errors
    /// The first field that is out of its bounds.
    pub fn within_bounds(&self) -> Result<(), OutOfBounds> {
        let wanted = WantedSubscriptions {
            number_of_users: Some(self.number_of_users as f64),
            subscription_rate: Some(self.subscription_rate),
            aggressive_subscriber_count: Some(self.aggressive_subscriber_count as f64),
        };
        wanted.checked().map(drop)
    }
}

impl WantedSubscriptions {
    /// # Errors
    /// The first field that is out of its bounds.
    pub fn checked(self) -> Result<SubscriptionConfig, OutOfBounds> {
        let rate = self.subscription_rate.unwrap_or(SUBSCRIPTION_RATE);
        let aggressive = self.aggressive_subscriber_count.unwrap_or(0.0);
        Ok(SubscriptionConfig {
            number_of_users: count("numberOfUsers", self.number_of_users.unwrap_or(10.0), 1.0, USERS_AT_MOST)?,
            subscription_rate: number("subscriptionRate", rate, 0.1, SUBSCRIPTION_RATE_AT_MOST)?,
            aggressive_subscriber_count: count("aggressiveSubscriberCount", aggressive, 0.0, AGGRESSIVE_AT_MOST)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: WantedPreset = WantedPreset { providers: None, seats_per_provider: None, nodes: None, users: None };

    #[test]
    fn the_presets_are_within_the_bounds() {
        assert!(WantedTest::quick(SIZE, 1).checked(1).is_ok());
        assert!(WantedTest::stress(SIZE, 3).checked(3).is_ok());
    }

    #[test]
    fn what_is_out_of_bounds_is_named_with_its_bounds() {
        let refused = |change: fn(&mut WantedTest)| {
            let mut wanted = WantedTest::quick(SIZE, 3);
            change(&mut wanted);
            wanted.checked(3).err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(refused(|wanted| wanted.number_of_nodes = 8.0), "`numberOfNodes` must be 1 to 3, not 8.");
        assert_eq!(refused(|wanted| wanted.number_of_users = 1.5), "`numberOfUsers` must be whole.");
        assert!(refused(|wanted| wanted.test_duration_minutes = f64::NAN).contains("testDurationMinutes"));
        assert!(refused(|wanted| wanted.test_duration_minutes = 0.0).contains("testDurationMinutes"));
        assert!(refused(|wanted| wanted.hot_producer_count = Some(4.0)).contains("hotProducerCount"));
    }
}
