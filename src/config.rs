//! The configuration: what a person saved, over `/config.json`, over the defaults; and a reason for every value that is
//! refused. A refused value of the file stops the application, a refused saved one leaves the file's in its place. How the
//! file is had, and when its absence counts, stands in [`load`].

pub mod load;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api_service::Options;
use crate::api_service::address::{self, UrlProblem};
use crate::api_service::failover::{NodeUrl, Order, Policy};
use crate::api_service::lenient::described;

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

/// More nodes than this is a mistake in the file, not a cluster.
const NODES_AT_MOST: usize = 2_000;

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
            currency: None,
            demo_accounts: Vec::new(),
        }
    }
}

/// What a text says of the configuration; `None` is not said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    pub nodes: Option<Vec<NodeUrl>>,
    pub request_timeout_ms: Option<u32>,
    pub health_check_interval_ms: Option<u32>,
    pub monitor_refresh_ms: Option<u32>,
    pub legacy_identity_headers: Option<bool>,
    pub idempotency_keys: Option<bool>,
    pub order: Option<Order>,
}

impl Changes {
    /// Reads a JSON object. What is refused is left out, with its reason; a list of nodes of which one is refused is
    /// refused as a whole: without that one it would be another list.
    pub fn read(text: &str) -> (Self, Vec<ConfigProblem>) {
        let text = text.strip_prefix("\u{feff}").unwrap_or(text);
        let file = match serde_json::from_str(text) {
            Ok(Value::Object(file)) => serde_json::from_value(Value::Object(file)),
            Ok(_) => return (Self::default(), vec![ConfigProblem::NotAnObject]),
            Err(error) => Err(error),
        };
        let file: File = match file {
            Ok(file) => file,
            Err(error) => {
                let problem = ConfigProblem::NotJson { line: error.line(), column: error.column() };
                return (Self::default(), vec![problem]);
            }
        };
        let mut reader = Reader::default();
        let changes = Self {
            nodes: reader.nodes(file.nodes),
            request_timeout_ms: reader.number(REQUEST_TIMEOUT_MS, file.request_timeout_ms),
            health_check_interval_ms: reader.number(HEALTH_CHECK_INTERVAL_MS, file.health_check_interval_ms),
            monitor_refresh_ms: reader.number(MONITOR_REFRESH_MS, file.monitor_refresh_ms),
            legacy_identity_headers: reader.boolean("legacyIdentityHeaders", file.legacy_identity_headers),
            idempotency_keys: reader.boolean("idempotencyKeys", file.idempotency_keys),
            order: reader.order(file.order),
        };
        (changes, reader.problems)
    }

    /// What makes `wanted` of `base`.
    pub fn between(base: &Config, wanted: &Config) -> Self {
        fn changed<T: PartialEq + Clone>(base: &T, wanted: &T) -> Option<T> {
            (base != wanted).then(|| wanted.clone())
        }
        Self {
            nodes: changed(&base.nodes, &wanted.nodes),
            request_timeout_ms: changed(&base.request_timeout_ms, &wanted.request_timeout_ms),
            health_check_interval_ms: changed(&base.health_check_interval_ms, &wanted.health_check_interval_ms),
            monitor_refresh_ms: changed(&base.monitor_refresh_ms, &wanted.monitor_refresh_ms),
            legacy_identity_headers: changed(&base.legacy_identity_headers, &wanted.legacy_identity_headers).flatten(),
            idempotency_keys: changed(&base.idempotency_keys, &wanted.idempotency_keys).flatten(),
            order: changed(&base.order, &wanted.order),
        }
    }

    /// The names, in the file, of what is said.
    pub fn names(&self) -> Vec<&'static str> {
        let said = [
            ("nodes", self.nodes.is_some()),
            (REQUEST_TIMEOUT_MS.name, self.request_timeout_ms.is_some()),
            (HEALTH_CHECK_INTERVAL_MS.name, self.health_check_interval_ms.is_some()),
            (MONITOR_REFRESH_MS.name, self.monitor_refresh_ms.is_some()),
            ("legacyIdentityHeaders", self.legacy_identity_headers.is_some()),
            ("idempotencyKeys", self.idempotency_keys.is_some()),
            ("order", self.order.is_some()),
        ];
        said.into_iter().filter(|(_, is_said)| *is_said).map(|(name, _)| name).collect()
    }

    /// These changes as the text of a `config.json`, indented for a person who reads it.
    pub fn to_json(&self) -> String {
        let file = WrittenFile {
            nodes: self.nodes.as_ref().map(|nodes| nodes.iter().map(NodeUrl::as_str).collect()),
            request_timeout_ms: self.request_timeout_ms,
            health_check_interval_ms: self.health_check_interval_ms,
            monitor_refresh_ms: self.monitor_refresh_ms,
            legacy_identity_headers: self.legacy_identity_headers,
            idempotency_keys: self.idempotency_keys,
            order: self.order.map(|order| match order {
                Order::Listed => "listed",
                Order::Spread => "spread",
            }),
        };
        // Every key is a text: writing it cannot fail.
        serde_json::to_string_pretty(&file).unwrap_or_default()
    }
}

/// A `config.json` as it came: every value may be anything, so that each is refused by itself.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct File {
    nodes: Option<Value>,
    request_timeout_ms: Option<Value>,
    health_check_interval_ms: Option<Value>,
    monitor_refresh_ms: Option<Value>,
    legacy_identity_headers: Option<Value>,
    idempotency_keys: Option<Value>,
    order: Option<Value>,
}

/// A `config.json` as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenFile<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_timeout_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    health_check_interval_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    monitor_refresh_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    legacy_identity_headers: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_keys: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'static str>,
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

/// A value of the file that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigProblem {
    /// The file is not JSON; line and column are where reading stopped.
    NotJson {
        line: usize,
        column: usize,
    },
    /// The file is JSON, but not an object.
    NotAnObject,
    /// `nodes` is there and is not a list.
    NodesNotAList,
    /// `nodes` is an empty list.
    NoNodes,
    /// There is no `nodes`, and the page comes from elsewhere than the machine that the default nodes are on.
    NodesMissing,
    TooManyNodes {
        count: usize,
        most: usize,
    },
    /// An entry of `nodes`, counted from 0, is not a text.
    NodeNotText {
        index: usize,
    },
    Node {
        index: usize,
        text: String,
        problem: UrlProblem,
    },
    /// Two entries of `nodes` are the same node.
    DuplicateNode {
        index: usize,
        first: usize,
        url: String,
    },
    NotANumber {
        field: &'static str,
        text: String,
    },
    OutOfBounds {
        field: &'static str,
        value: String,
        least: u32,
        most: u32,
    },
    NotABoolean {
        field: &'static str,
        text: String,
    },
    /// `order` is neither `listed` nor `spread`.
    UnknownOrder {
        text: String,
    },
    /// `currency` is not a code of three letters.
    NotACurrency {
        text: String,
    },
}

/// Reads the text of `/config.json`. `on_loopback`: the page comes from the machine that it runs on, where nodes that the
/// file does not name may be those of a development cluster.
///
/// # Errors
/// Every value that cannot be used, each with its reason.
pub fn parse(text: &str, on_loopback: bool) -> Result<Config, Vec<ConfigProblem>> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let (said, mut problems) = Changes::read(text);
    if said.nodes.is_none() && problems.is_empty() && !on_loopback {
        problems.push(ConfigProblem::NodesMissing);
    }
    let currency = currency(text).unwrap_or_else(|problem| {
        problems.push(problem);
        None
    });
    if !problems.is_empty() {
        return Err(problems);
    }
    let base = Config { currency, demo_accounts: demo_accounts(text), ..Config::default() };
    Ok(base.with(said))
}

/// The currency, in capitals. A wrong one would make every price wrong: it is refused.
fn currency(text: &str) -> Result<Option<Arc<str>>, ConfigProblem> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Said {
        currency: Value,
    }
    let said: Said = serde_json::from_str(text).unwrap_or_default();
    match said.currency {
        Value::Null => Ok(None),
        Value::String(code) if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            Ok(Some(code.to_ascii_uppercase().into()))
        }
        Value::String(text) => Err(ConfigProblem::NotACurrency { text }),
        other => Err(ConfigProblem::NotACurrency { text: described(&other) }),
    }
}

/// The accounts that a demonstration offers. They only save typing: what cannot be read is left out.
fn demo_accounts(text: &str) -> Vec<DemoAccount> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Offered {
        demo_accounts: Vec<Value>,
    }
    let offered: Offered = serde_json::from_str(text).unwrap_or_default();
    offered.demo_accounts.into_iter().filter_map(|account| serde_json::from_value(account).ok()).collect()
}

/// Takes values of a file, and collects why others are refused. A value that is `None` is not said.
#[derive(Default)]
struct Reader {
    problems: Vec<ConfigProblem>,
}

impl Reader {
    fn refuse<T>(&mut self, problem: ConfigProblem) -> Option<T> {
        self.problems.push(problem);
        None
    }

    fn nodes(&mut self, value: Option<Value>) -> Option<Vec<NodeUrl>> {
        let entries = match value? {
            Value::Array(entries) if entries.is_empty() => return self.refuse(ConfigProblem::NoNodes),
            Value::Array(entries) if entries.len() > NODES_AT_MOST => {
                return self.refuse(ConfigProblem::TooManyNodes { count: entries.len(), most: NODES_AT_MOST });
            }
            Value::Array(entries) => entries,
            _ => return self.refuse(ConfigProblem::NodesNotAList),
        };
        let mut nodes = Vec::with_capacity(entries.len());
        // In the file: a refused entry before it must not shift what is said of it.
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let problems_before = self.problems.len();
        for (index, entry) in entries.into_iter().enumerate() {
            let Value::String(text) = entry else {
                self.problems.push(ConfigProblem::NodeNotText { index });
                continue;
            };
            match address::node_url(&text) {
                Err(problem) => self.problems.push(ConfigProblem::Node { index, text, problem }),
                Ok(url) => match *places.entry(url.to_string()).or_insert(index) {
                    first if first != index => {
                        self.problems.push(ConfigProblem::DuplicateNode { index, first, url: url.to_string() });
                    }
                    _ => nodes.push(url),
                },
            }
        }
        let whole = self.problems.len() == problems_before;
        whole.then_some(nodes)
    }

    fn number(&mut self, bounds: Bounds, value: Option<Value>) -> Option<u32> {
        let Bounds { name: field, least, most } = bounds;
        let value = value?;
        let Some(number) = value.as_f64() else {
            return self.refuse(ConfigProblem::NotANumber { field, text: described(&value) });
        };
        if number < f64::from(least) || number > f64::from(most) {
            return self.refuse(ConfigProblem::OutOfBounds { field, value: described(&value), least, most });
        }
        Some(number as u32)
    }

    fn boolean(&mut self, field: &'static str, value: Option<Value>) -> Option<bool> {
        let value = value?;
        match value.as_bool() {
            Some(boolean) => Some(boolean),
            None => self.refuse(ConfigProblem::NotABoolean { field, text: described(&value) }),
        }
    }

    fn order(&mut self, value: Option<Value>) -> Option<Order> {
        match value? {
            Value::String(text) if text == "listed" => Some(Order::Listed),
            Value::String(text) if text == "spread" => Some(Order::Spread),
            Value::String(text) => self.refuse(ConfigProblem::UnknownOrder { text }),
            other => self.refuse(ConfigProblem::UnknownOrder { text: described(&other) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Config, Vec<ConfigProblem>> {
        parse(text, true)
    }

    fn problems(text: &str) -> Vec<ConfigProblem> {
        parsed(text).err().unwrap_or_default()
    }

    /// A password went to whatever listens at the default addresses of the machine of whoever opened the page.
    #[test]
    fn nodes_that_the_file_does_not_name_are_the_default_ones_on_the_own_machine_alone() {
        assert_eq!(parse("{}", true), Ok(Config::default()));
        assert_eq!(parse("{}", false), Err(vec![ConfigProblem::NodesMissing]));
        assert!(parse(r#"{"nodes":["/node/0"]}"#, false).is_ok());
        assert_eq!(parse("[]", false), Err(vec![ConfigProblem::NotAnObject]), "one reason is enough");
    }

    #[test]
    fn what_the_file_says_is_used_and_the_rest_is_filled_in() {
        let config = parsed(r#"{"nodes":["http://a:1/","/node/1"],"requestTimeoutMs":1500,"idempotencyKeys":true}"#);
        let config = config.unwrap_or_default();
        assert_eq!(config.nodes.iter().map(NodeUrl::as_str).collect::<Vec<_>>(), ["http://a:1", "/node/1"]);
        assert_eq!((config.request_timeout_ms, config.health_check_interval_ms), (1_500, 30_000));
        assert_eq!(config.idempotency_keys, Some(true));
    }

    #[test]
    fn a_file_that_breaks_off_says_where() {
        assert_eq!(problems("{\n \"nodes\": [\n"), [ConfigProblem::NotJson { line: 2, column: 11 }]);
        assert_eq!(problems("[]"), [ConfigProblem::NotAnObject]);
    }

    #[test]
    fn every_refused_value_has_its_own_reason_and_all_are_said_at_once() {
        let found = problems(
            r#"{"nodes":["ftp://a", 7, "http://b", "HTTP://B/"], "requestTimeoutMs": 5, "monitorRefreshMs": "often",
                "legacyIdentityHeaders": "no", "order": "random"}"#,
        );
        assert_eq!(
            found,
            [
                ConfigProblem::Node { index: 0, text: "ftp://a".into(), problem: UrlProblem::Scheme },
                ConfigProblem::NodeNotText { index: 1 },
                ConfigProblem::DuplicateNode { index: 3, first: 2, url: "http://b".into() },
                ConfigProblem::OutOfBounds { field: "requestTimeoutMs", value: "5".into(), least: 200, most: 60_000 },
                ConfigProblem::NotANumber { field: "monitorRefreshMs", text: "\"often\"".into() },
                ConfigProblem::NotABoolean { field: "legacyIdentityHeaders", text: "\"no\"".into() },
                ConfigProblem::UnknownOrder { text: "random".into() },
            ]
        );
    }

    #[test]
    fn what_is_saved_goes_over_the_file_and_a_refused_value_leaves_the_file_in_its_place() {
        let file = parsed(r#"{"nodes":["http://a"],"requestTimeoutMs":1500,"order":"spread"}"#).unwrap_or_default();
        let (saved, problems) = Changes::read(
            r#"{"nodes":["http://b","ftp://c"],"requestTimeoutMs":99,"healthCheckIntervalMs":9000,"unknown":1}"#,
        );
        let config = file.with(saved);
        assert_eq!(config.nodes, file.nodes, "half a list would be another list");
        assert_eq!((config.request_timeout_ms, config.health_check_interval_ms), (1_500, 9_000));
        assert_eq!(config.order, Order::Spread);
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn what_is_no_json_changes_nothing_and_says_why() {
        for text in ["", "<html>", "[1]", "{"] {
            let (saved, problems) = Changes::read(text);
            assert_eq!((saved, problems.len()), (Changes::default(), 1), "{text:?}");
        }
    }

    #[test]
    fn changes_are_read_back_as_they_were_written() {
        let file = Config::default();
        let wanted = Config {
            nodes: vec![file.nodes[1].clone(), file.nodes[0].clone()],
            monitor_refresh_ms: 5_000,
            ..file.clone()
        };
        let changes = Changes::between(&file, &wanted);
        assert_eq!(changes.names(), ["nodes", "monitorRefreshMs"]);
        assert_eq!(Changes::read(&changes.to_json()), (changes.clone(), Vec::new()));
        assert_eq!(file.with(changes), wanted);
        assert_eq!(Changes::between(&file, &file), Changes::default());
        assert_eq!(parsed(&wanted.to_json()), Ok(wanted), "an export is a config.json");
    }

    #[test]
    fn the_root_of_the_own_origin_is_a_node_and_comes_back_as_it_was_written() {
        let config = parsed(r#"{"nodes":["/","http://[0:0:0:0:0:0:0:1]:80/"]}"#).unwrap_or_default();
        assert_eq!(config.nodes.iter().map(NodeUrl::as_str).collect::<Vec<_>>(), ["/", "http://[::1]"]);
        assert_eq!(parsed(&config.to_json()), Ok(config));
        let twice = problems(r#"{"nodes":["http://127.1","http://127.0.0.1:80"]}"#);
        assert_eq!(twice, [ConfigProblem::DuplicateNode { index: 1, first: 0, url: "http://127.0.0.1".into() }]);
    }

    #[test]
    fn an_empty_list_of_nodes_is_refused() {
        assert_eq!(problems(r#"{"nodes":[]}"#), [ConfigProblem::NoNodes]);
        assert_eq!(problems(r#"{"nodes":"http://a"}"#), [ConfigProblem::NodesNotAList]);
    }

    #[test]
    fn a_currency_is_three_letters_in_any_case_or_refused() {
        let currency = |text| parsed(text).map(|config| config.currency);
        assert_eq!(currency(r#"{"currency":"eur"}"#), Ok(Some("EUR".into())));
        assert_eq!(currency("{}"), Ok(None));
        for text in [r#"{"currency":"€"}"#, r#"{"currency":"EURO"}"#, r#"{"currency":978}"#] {
            let problems = currency(text).err().unwrap_or_default();
            assert!(matches!(problems[..], [ConfigProblem::NotACurrency { .. }]), "{text}");
        }
    }

    #[test]
    fn accounts_of_a_demonstration_are_offered_and_one_that_cannot_be_read_is_left_out() {
        let text = r#"{"demoAccounts":[{"role":"USER","email":"u@vcube.test","password":"p"},{"role":"ADMIN"},7]}"#;
        let account = DemoAccount { role: "USER".into(), email: "u@vcube.test".into(), password: "p".into() };
        assert_eq!(parsed(text).map(|config| config.demo_accounts), Ok(vec![account]));
        assert_eq!(parsed("{}").map(|config| config.demo_accounts), Ok(Vec::new()));
        assert!(!Config::default().to_json().contains("demoAccounts"), "passwords stay out of exports");
    }

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
