//! The configuration: what a person saved, over `/config.json`, over the defaults; and a reason for every value that is
//! refused. A refused value of the file stops the application, a refused saved one leaves the file's in its place. How the
//! file is had, and when its absence counts, stands in [`load`].

mod changes;
pub mod load;
mod problem;
mod read;

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::api_service::failover::{NodeUrl, Order, Policy};
use crate::api_service::{ExtraHeaders, Options};

pub use changes::Changes;
pub use problem::ConfigProblem;
pub use read::parse;

/// The nodes of a development cluster: the defaults of the existing frontend.
pub const DEFAULT_NODES: [&str; 3] = ["http://localhost:8080", "http://localhost:8081", "http://localhost:8082"];
/// How often the monitor asks for a round of health checks, in milliseconds.
pub const DEFAULT_MONITOR_REFRESH_MS: u32 = 10_000;

/// One attempt may take from a fifth of a second to a minute.
pub const REQUEST_TIMEOUT_MS: Bounds = Bounds { name: "requestTimeoutMs", least: 200, most: 60_000 };
/// A health check may be due every two seconds to every ten minutes.
pub const HEALTH_CHECK_INTERVAL_MS: Bounds = Bounds { name: "healthCheckIntervalMs", least: 2_000, most: 600_000 };
/// The monitor may ask every second to every ten minutes.
pub const MONITOR_REFRESH_MS: Bounds = Bounds { name: "monitorRefreshMs", least: 1_000, most: 600_000 };

/// What a number of the configuration may be.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Its name in the file.
    pub name: &'static str,
    pub least: u32,
    pub most: u32,
}

/// What the application runs with. Parsed once, complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// In their order of preference; never empty.
    pub nodes: Vec<NodeUrl>,
    pub request_timeout_ms: u32,
    pub health_check_interval_ms: u32,
    pub monitor_refresh_ms: u32,
    /// Send `X-User-Id` and `X-User-Role`, for the older backend; `None`: in a session whose login gave no token.
    pub legacy_identity_headers: Option<bool>,
    /// `None`: as the nodes' features say.
    pub idempotency_keys: Option<bool>,
    pub order: Order,
    /// What the deployment needs on every call but health checks. The file's alone: a value may be a secret, which neither
    /// leaves with an export nor comes with an import.
    pub headers: ExtraHeaders,
    /// What prices are in, as an ISO 4217 code; `None`: not said.
    pub currency: Option<Arc<str>>,
    /// Offered on the login page, by a demonstration alone.
    pub demo_accounts: Vec<DemoAccount>,
}

/// An account of a demonstration: its password is public.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DemoAccount {
    pub role: String,
    pub email: String,
    pub password: String,
}

/// The accounts that the login page offers, in context.
#[derive(Clone, Debug, Default)]
pub struct DemoAccounts(pub Arc<[DemoAccount]>);

impl Default for Config {
    fn default() -> Self {
        let policy = Policy::default();
        Self {
            nodes: DEFAULT_NODES.map(NodeUrl::from_normalized).into(),
            request_timeout_ms: policy.attempt_timeout.as_millis() as u32,
            health_check_interval_ms: policy.health_check_interval.as_millis() as u32,
            monitor_refresh_ms: DEFAULT_MONITOR_REFRESH_MS,
            legacy_identity_headers: None,
            idempotency_keys: None,
            order: Order::Listed,
            headers: ExtraHeaders::default(),
            currency: None,
            demo_accounts: Vec::new(),
        }
    }
}

impl Config {
    /// This configuration with `changes` over it.
    pub fn with(&self, changes: Changes) -> Self {
        Self {
            nodes: changes.nodes.unwrap_or_else(|| self.nodes.clone()),
            request_timeout_ms: changes.request_timeout_ms.unwrap_or(self.request_timeout_ms),
            health_check_interval_ms: changes.health_check_interval_ms.unwrap_or(self.health_check_interval_ms),
            monitor_refresh_ms: changes.monitor_refresh_ms.unwrap_or(self.monitor_refresh_ms),
            legacy_identity_headers: changes.legacy_identity_headers.or(self.legacy_identity_headers),
            idempotency_keys: changes.idempotency_keys.or(self.idempotency_keys),
            order: changes.order.unwrap_or(self.order),
            headers: self.headers.clone(),
            currency: self.currency.clone(),
            demo_accounts: self.demo_accounts.clone(),
        }
    }

    /// The text of a `config.json` that says all of it.
    pub fn to_json(&self) -> String {
        let all = Changes {
            nodes: Some(self.nodes.clone()),
            request_timeout_ms: Some(self.request_timeout_ms),
            health_check_interval_ms: Some(self.health_check_interval_ms),
            monitor_refresh_ms: Some(self.monitor_refresh_ms),
            legacy_identity_headers: self.legacy_identity_headers,
            idempotency_keys: self.idempotency_keys,
            order: Some(self.order),
        };
        all.to_json()
    }

    /// What the service is made with. `seed` decides every random choice of the failover.
    pub fn options(&self, seed: u64) -> Options {
        Options {
            nodes: self.nodes.clone(),
            policy: self.policy(),
            legacy_identity_headers: self.legacy_identity_headers,
            headers: self.headers.clone(),
            idempotency_keys: self.idempotency_keys,
            seed,
        }
    }

    /// The policy with this configuration's figures.
    pub fn policy(&self) -> Policy {
        let shipped = Policy::default();
        let attempt_timeout = Duration::from_millis(u64::from(self.request_timeout_ms));
        Policy {
            order: self.order,
            attempt_timeout,
            // A longer attempt needs longer calls around it: at least two attempts fit.
            read_deadline: shipped.read_deadline.max(attempt_timeout * 2),
            write_deadline: shipped.write_deadline.max(attempt_timeout * 3),
            probe_timeout: shipped.probe_timeout.min(attempt_timeout),
            health_check_interval: Duration::from_millis(u64::from(self.health_check_interval_ms)),
            ..shipped
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_configuration_within_its_bounds_makes_a_policy_that_holds() {
        for timeout in [200, 5_000, 60_000] {
            for interval in [2_000, 30_000, 600_000] {
                let config =
                    Config { request_timeout_ms: timeout, health_check_interval_ms: interval, ..Config::default() };
                assert_eq!(config.policy().check(), Ok(()), "{timeout} {interval}");
            }
        }
    }
}
