//! Reading the text of `/config.json`: every value that cannot be used is refused with its own reason.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::problem::ConfigProblem;
use super::{Bounds, Changes, Config, DemoAccount};
use crate::api_service::failover::{NodeUrl, Order};
use crate::api_service::lenient::described;
use crate::api_service::{ExtraHeaders, address};

/// More nodes than this is a mistake in the file, not a cluster.
const NODES_AT_MOST: usize = 2_000;

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
    let headers = headers(text).unwrap_or_else(|found| {
        problems.extend(found);
        ExtraHeaders::default()
    });
    if !problems.is_empty() {
        return Err(problems);
    }
    let base = Config { headers, currency, demo_accounts: demo_accounts(text), ..Config::default() };
    Ok(base.with(said))
}

/// The headers of the deployment: `{"X-Api-Key": "…"}`. Without one of them no node may answer: a wrong one is refused.
fn headers(text: &str) -> Result<ExtraHeaders, Vec<ConfigProblem>> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Said {
        headers: Value,
    }
    let said: Said = serde_json::from_str(text).unwrap_or_default();
    let entries = match said.headers {
        Value::Null => return Ok(ExtraHeaders::default()),
        Value::Object(entries) => entries,
        other => return Err(vec![ConfigProblem::HeadersNotTexts { text: kind_of(&other).to_owned() }]),
    };
    let (mut texts, mut problems) = (Vec::new(), Vec::new());
    for (name, value) in entries {
        match value {
            Value::String(value) => texts.push((name, value)),
            other => problems.push(ConfigProblem::HeadersNotTexts { text: format!("{name}: {}", kind_of(&other)) }),
        }
    }
    let made = ExtraHeaders::new(texts).unwrap_or_else(|refused| {
        problems.extend(refused.into_iter().map(|(name, problem)| ConfigProblem::Header { name, problem }));
        ExtraHeaders::default()
    });
    if problems.is_empty() { Ok(made) } else { Err(problems) }
}

/// What stands in place of a header's text. It may be a secret, so that its value is not said.
const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true / false",
        Value::Number(_) => "123…",
        Value::String(_) => "\"…\"",
        Value::Array(_) => "[…]",
        Value::Object(_) => "{…}",
    }
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
pub(super) struct Reader {
    pub(super) problems: Vec<ConfigProblem>,
}

impl Reader {
    fn refuse<T>(&mut self, problem: ConfigProblem) -> Option<T> {
        self.problems.push(problem);
        None
    }

    pub(super) fn nodes(&mut self, value: Option<Value>) -> Option<Vec<NodeUrl>> {
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

    pub(super) fn number(&mut self, bounds: Bounds, value: Option<Value>) -> Option<u32> {
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

    pub(super) fn boolean(&mut self, field: &'static str, value: Option<Value>) -> Option<bool> {
        let value = value?;
        match value.as_bool() {
            Some(boolean) => Some(boolean),
            None => self.refuse(ConfigProblem::NotABoolean { field, text: described(&value) }),
        }
    }

    pub(super) fn order(&mut self, value: Option<Value>) -> Option<Order> {
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
    use crate::api_service::HeaderProblem;
    use crate::api_service::address::UrlProblem;

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
    fn headers_of_the_deployment_are_read_and_a_wrong_one_is_refused_without_its_value() {
        let config = parsed(r#"{"headers":{"X-Api-Key":"k","X-Tenant":"vcube"}}"#).unwrap_or_default();
        assert!(!config.headers.is_empty());
        assert!(!config.to_json().contains("X-Api-Key"), "a secret stays out of exports");
        assert_eq!(Changes::read(r#"{"headers":{"X-Api-Key":"k"}}"#), (Changes::default(), Vec::new()), "nor comes in");
        let found = problems(r#"{"headers":{"Cookie":"secret","X-Api-Key":7,"X-Nested":{"a":"secret"}}}"#);
        assert_eq!(
            found,
            [
                ConfigProblem::HeadersNotTexts { text: "X-Api-Key: 123…".into() },
                ConfigProblem::HeadersNotTexts { text: "X-Nested: {…}".into() },
                ConfigProblem::Header { name: "Cookie".into(), problem: HeaderProblem::Forbidden },
            ]
        );
        let whole = problems(r#"{"headers":"X-Api-Key: secret"}"#);
        assert_eq!(whole, [ConfigProblem::HeadersNotTexts { text: "\"…\"".into() }]);
    }
}
