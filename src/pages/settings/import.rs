//! The question before the settings of a file are taken: what they change, and what may come of it. A file may come from
//! anybody, and three of the things that it can say are worth a sentence of their own.

use leptos::prelude::*;
use serde_json::{Map, Value};

use super::panel::SettingsPanel;
use crate::api_service::failover::NodeUrl;
use crate::components::dialog::Dialog;
use crate::config::Config;
use crate::i18n::Lang;
use crate::i18n::settings::settings;

/// What a file would make of the settings.
#[derive(Clone)]
pub struct ImportQuestion {
    pub before: Config,
    /// What is taken with a yes.
    pub after: Config,
    pub risks: Vec<Risk>,
}

/// Something that a file turns on and that may be to somebody's harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Risk {
    /// Writes are repeated although no node says that it knows keys: one that does not applies them twice.
    Keys,
    /// Requests say who asks, without a proof.
    Identity,
    /// The token goes to nodes that it has not gone to before.
    Nodes(Vec<NodeUrl>),
}

impl Risk {
    const fn name(&self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Identity => "identity",
            Self::Nodes(_) => "nodes",
        }
    }
}

/// The risks of going from `before` to `after`.
pub fn risks(before: &Config, after: &Config, is_trusted: impl Fn(&NodeUrl) -> bool) -> Vec<Risk> {
    let keys = after.idempotency_keys == Some(true) && before.idempotency_keys != Some(true);
    let identity = after.legacy_identity_headers == Some(true) && before.legacy_identity_headers != Some(true);
    let strangers: Vec<NodeUrl> = after.nodes.iter().filter(|node| !is_trusted(node)).cloned().collect();
    let nodes = (!strangers.is_empty()).then_some(Risk::Nodes(strangers));
    keys.then_some(Risk::Keys).into_iter().chain(identity.then_some(Risk::Identity)).chain(nodes).collect()
}

/// A value of `config.json` that changes: its name, and how it is written before and after; `None` where it is not said.
type Difference = (String, Option<String>, Option<String>);

fn differences(before: &Config, after: &Config) -> Vec<Difference> {
    let said = |config: &Config| serde_json::from_str::<Map<String, Value>>(&config.to_json()).unwrap_or_default();
    let (before, after) = (said(before), said(after));
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let written = |value: Option<&Value>| value.map(written);
    names
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| (name.clone(), written(before.get(name)), written(after.get(name))))
        .collect()
}

/// A value as a person reads it: a list without its brackets.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(entries) => entries.iter().map(written).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The dialog.
pub fn import_dialog(panel: SettingsPanel, asked: RwSignal<Option<ImportQuestion>>) -> impl IntoView {
    let lang = panel.lang;
    let open = Memo::new(move |_| asked.with(Option::is_some));
    let body = move || asked.with(|asked| asked.as_ref().map(|question| evidence(lang.get(), question)));
    let accept = move |()| {
        if let Some(question) = asked.get_untracked() {
            asked.set(None);
            panel.take(question.after, panel.text().imported.to_owned());
        }
    };
    view! {
        <Dialog
            open=open
            title=Signal::derive(move || settings(lang.get()).import_title.to_owned())
            on_cancel=Callback::new(move |()| asked.set(None))
            on_accept=Callback::new(accept)
            no=Signal::derive(move || settings(lang.get()).import_no)
            yes=Signal::derive(move || settings(lang.get()).import_yes)
        >
            {body}
        </Dialog>
    }
}

fn evidence(lang: Lang, question: &ImportQuestion) -> impl IntoView + use<> {
    let text = settings(lang);
    let value = move |value: Option<String>| value.unwrap_or_else(|| text.import_unset.to_owned());
    let lines = differences(&question.before, &question.after).into_iter().map(|(name, before, after)| {
        view! {
            <li data-setting=name.clone()>
                <code>{name.clone()}</code>
                " "
                <bdi>{value(before)}</bdi>
                " → "
                <bdi>{value(after)}</bdi>
            </li>
        }
    });
    let risks = question.risks.iter().map(|risk| {
        view! {
            <p class="section-note" data-testid="import-risk" data-risk=risk.name()>
                {risk_words(lang, risk)}
            </p>
        }
    });
    view! {
        <ul class="problems" data-testid="import-changes">
            {lines.collect_view()}
        </ul>
        {risks.collect_view()}
    }
}

fn risk_words(lang: Lang, risk: &Risk) -> String {
    let text = settings(lang);
    match risk {
        Risk::Keys => text.risk_keys.to_owned(),
        Risk::Identity => text.risk_identity.to_owned(),
        Risk::Nodes(nodes) => {
            let nodes: Vec<String> = nodes.iter().map(|node| format!("\u{2068}{node}\u{2069}")).collect();
            text.risk_nodes.fill([&nodes.join(", ")])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Changes;

    fn with(base: &Config, file: &str) -> Config {
        base.with(Changes::read(file).0)
    }

    /// Such a file was applied without a word: with a backend that knows no keys a repeated booking was made twice.
    #[test]
    fn keys_identity_headers_and_new_nodes_that_a_file_turns_on_are_risks() {
        let before = Config::default();
        let file = r#"{"nodes":["http://localhost:8080","http://evil.example"],"idempotencyKeys":true,
            "legacyIdentityHeaders":true}"#;
        let after = with(&before, file);
        let found = risks(&before, &after, |node| before.nodes.contains(node));
        let stranger = NodeUrl::from_normalized("http://evil.example");
        assert_eq!(found, [Risk::Keys, Risk::Identity, Risk::Nodes(vec![stranger])]);
        assert_eq!(risks(&after, &after, |_| true), [], "what is on already is not turned on");
    }

    #[test]
    fn what_a_file_turns_off_or_only_measures_otherwise_is_no_risk() {
        let before = with(&Config::default(), r#"{"idempotencyKeys":true,"legacyIdentityHeaders":true}"#);
        let file = r#"{"idempotencyKeys":false,"legacyIdentityHeaders":false,"requestTimeoutMs":900,
            "nodes":["http://localhost:8082"]}"#;
        let after = with(&before, file);
        assert_eq!(risks(&before, &after, |node| before.nodes.contains(node)), []);
    }

    #[test]
    fn every_value_that_changes_is_shown_as_it_was_and_as_it_will_be() {
        let before = Config::default();
        let file =
            r#"{"nodes":["http://a","http://b"],"idempotencyKeys":true,"requestTimeoutMs":900,"order":"listed"}"#;
        let found = differences(&before, &with(&before, file));
        let line = |name: &str, before: Option<&str>, after: &str| {
            (name.to_owned(), before.map(str::to_owned), Some(after.to_owned()))
        };
        let mut expected = vec![
            line(
                "nodes",
                Some("http://localhost:8080, http://localhost:8081, http://localhost:8082"),
                "http://a, http://b",
            ),
            line("requestTimeoutMs", Some("5000"), "900"),
            line("idempotencyKeys", None, "true"),
        ];
        let mut found = found;
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
        assert_eq!(differences(&before, &before), []);
    }
}
