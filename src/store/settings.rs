//! The configuration while the page lives: what the file says, what the person changed, and what runs.

use leptos::prelude::*;
use leptos_use_event_listener::use_event_listener;

use crate::api_service::ApiService;
use crate::api_service::failover::NodeUrl;
use crate::config::{Changes, Config, ConfigProblem};
use crate::storage::{self, Area};

/// Under this name the changes are kept in the browser, as a `config.json` that says only what is changed.
const STORAGE_KEY: &str = "vcube.settings";

/// What the application starts with.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The file over the defaults.
    pub file: Config,
    /// What was saved, over the file.
    pub config: Config,
    /// What was saved and cannot be used: the file's value stands in its place.
    pub refused: Vec<ConfigProblem>,
}

impl Loaded {
    /// The file with what this browser keeps over it.
    pub fn over(file: Config) -> Self {
        Self::merge(file, storage::read(Area::Local, STORAGE_KEY).as_deref())
    }

    fn merge(file: Config, saved: Option<&str>) -> Self {
        let (changes, refused) = saved.map(Changes::read).unwrap_or_default();
        Self { config: file.with(changes), file, refused }
    }
}

/// A handle to the configuration: copy it freely, find it with `expect_context`.
#[derive(Clone, Copy)]
pub struct SettingsStore {
    api: ApiService,
    file: StoredValue<Config>,
    /// What the service was made with: how it dresses requests stays until the page is loaded again.
    started: StoredValue<Config>,
    config: RwSignal<Config>,
    wanted: Signal<Config>,
}

impl SettingsStore {
    pub fn new(loaded: &Loaded, api: ApiService) -> Self {
        let config = RwSignal::new(loaded.config.clone());
        Self {
            api,
            file: StoredValue::new(loaded.file.clone()),
            started: StoredValue::new(loaded.config.clone()),
            config,
            wanted: config.into(),
        }
    }

    /// Takes what other tabs of this browser change, until the current owner is cleaned up.
    pub fn follow_other_tabs(self) {
        // Sent to the other tabs only, not to the one that wrote.
        let _until_the_owner_ends = use_event_listener(window(), leptos::ev::storage, move |event| {
            if event.key().as_deref() == Some(STORAGE_KEY) {
                let loaded = Loaded::merge(self.file.get_value(), event.new_value().as_deref());
                self.apply(loaded.config);
            }
        });
    }

    fn apply(self, config: Config) {
        if self.config.with_untracked(|known| known.nodes != config.nodes) {
            self.api.set_nodes(&config.nodes);
        }
        let figures = |config: &Config| (config.request_timeout_ms, config.health_check_interval_ms, config.order);
        if self.config.with_untracked(figures) != figures(&config) {
            self.api.set_policy(config.policy());
        }
        self.config.set(config);
    }

    /// What is wanted now.
    pub const fn config(self) -> Signal<Config> {
        self.wanted
    }

    /// What is wanted now, without following it.
    pub fn now(self) -> Config {
        self.config.get_untracked()
    }

    /// What the file says.
    pub fn file(self) -> Config {
        self.file.get_value()
    }

    /// What is changed against the file.
    pub fn changes(self) -> Changes {
        self.config.with(|config| self.file.with_value(|file| Changes::between(file, config)))
    }

    /// Whether a change waits for the page to be loaded again: only the settings that decide which headers a request
    /// carries do.
    pub fn waits_for_reload(self) -> bool {
        let headers = |config: &Config| (config.legacy_identity_headers, config.idempotency_keys);
        self.config.with(|config| self.started.with_value(|started| headers(started) != headers(config)))
    }

    /// The nodes that a person's token has been allowed to go to: those in use, and those of the file.
    pub fn is_trusted(self, url: &NodeUrl) -> bool {
        let listed = |config: &Config| config.nodes.contains(url);
        self.config.with_untracked(listed) || self.file.with_value(listed)
    }

    /// Takes `config` from now on, and keeps what differs from the file. Answers whether the browser keeps it.
    pub fn take(self, config: Config) -> bool {
        self.apply(config);
        self.keep()
    }

    /// Keeps what differs from the file, and nothing else. Answers whether the browser does.
    pub fn keep(self) -> bool {
        let changes = untrack(|| self.changes());
        if changes == Changes::default() {
            storage::remove(Area::Local, STORAGE_KEY);
            return true;
        }
        let text = changes.to_json();
        storage::write(Area::Local, STORAGE_KEY, &text);
        storage::read(Area::Local, STORAGE_KEY).as_deref() == Some(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_that_keeps_nothing_runs_what_the_file_says() {
        let file = Config { request_timeout_ms: 900, ..Config::default() };
        let loaded = Loaded::merge(file.clone(), None);
        assert_eq!(loaded, Loaded { config: file.clone(), file, refused: Vec::new() });
    }

    #[test]
    fn a_broken_saved_value_is_told_and_the_others_are_used() {
        let file = Config::default();
        let loaded = Loaded::merge(file.clone(), Some(r#"{"requestTimeoutMs":"soon","monitorRefreshMs":2000}"#));
        assert_eq!(loaded.config, Config { monitor_refresh_ms: 2_000, ..file });
        let expected = ConfigProblem::NotANumber { field: "requestTimeoutMs", text: "\"soon\"".into() };
        assert_eq!(loaded.refused, [expected]);
    }

    #[test]
    fn a_saved_text_that_is_no_json_leaves_the_file() {
        let loaded = Loaded::merge(Config::default(), Some("{nodes"));
        assert_eq!(loaded.config, Config::default());
        assert_eq!(loaded.refused.len(), 1);
    }
}
