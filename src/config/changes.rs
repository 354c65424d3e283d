//! What a text says of the configuration beside what holds already: the file over the defaults, what a person saved or
//! imports over the file.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::problem::ConfigProblem;
use super::read::Reader;
use super::{Config, HEALTH_CHECK_INTERVAL_MS, MONITOR_REFRESH_MS, REQUEST_TIMEOUT_MS};
use crate::api_service::failover::{NodeUrl, Order};

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

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn parsed(text: &str) -> Result<Config, Vec<ConfigProblem>> {
        parse(text, true)
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
}
