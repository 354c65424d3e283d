//! Performance tests: what runs in the cluster, followed from here; what has run, kept and compared.
//!
//! [`Performance`] is the container. The test itself lives in the cluster: a reload, another tab or another node shows
//! the same one.

use std::future::Future;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::history::{History, STORAGE_KEY};
use crate::api_service::endpoints::performance::{Measure, Rate, TestConfiguration, TestResults, TestStatus};
use crate::api_service::{ApiError, ApiService};
use crate::components::chart::geometry::Summary;
use crate::hooks::{Remote, use_remote};
use crate::i18n::errors::error_text;
use crate::i18n::performance::{PerformanceText, performance};
use crate::i18n::{Lang, format, use_lang};
use crate::storage::{self, Area};
use crate::store::notice::NoticeStore;
use crate::store::session::Session;

const PAUSE_MS: u32 = 3_000;

/// What the cluster says of tests.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    pub status: TestStatus,
    /// Of the running test, or of the last one.
    pub results: Option<TestResults>,
    /// Whether subscriptions are being made; `None` where the backend does not know of them.
    pub subscriptions: Option<bool>,
}

impl Progress {
    /// Whether asking again for the results would bring the same: the test had ended, and nothing has begun since.
    fn is_settled(&self, status: &TestStatus) -> bool {
        let ended = self.results.as_ref().is_none_or(|results| results.completed != Some(false));
        !status.running && self.status == *status && ended
    }
}

/// How a test is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Configured,
    Quick,
    Stress,
}

/// A handle to the page's state: copy it freely.
#[derive(Clone, Copy)]
pub struct Performance {
    pub(super) api: ApiService,
    pub(super) session: Session,
    pub(super) notices: NoticeStore,
    pub lang: Signal<Lang>,
    pub progress: Remote<Progress>,
    pub history: RwSignal<History>,
    /// A start, a stop or a switch of the subscriptions is under way.
    pub busy: RwSignal<Option<Busy>>,
    /// Names of the runs that are compared.
    pub chosen: [RwSignal<Option<String>>; 2],
}

/// What is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    Starting(Kind),
    Stopping,
    Subscriptions,
}

impl Performance {
    pub fn new() -> Self {
        let known = StoredValue::new_local(None::<Progress>);
        let progress = use_remote(PAUSE_MS, move |api| async move {
            let status = api.test_status().await?;
            let settled = known.try_get_value().flatten().filter(|known| known.is_settled(&status));
            let results = match settled {
                Some(settled) => settled.results,
                None => api.test_results().await?,
            };
            let fresh = Progress { status, results, subscriptions: api.subscriptions_active().await };
            known.try_set_value(Some(fresh.clone()));
            Ok(fresh)
        });
        let kept = storage::read(Area::Local, STORAGE_KEY).unwrap_or_default();
        let state = Self {
            api: expect_context(),
            session: expect_context(),
            notices: expect_context(),
            lang: use_lang(),
            progress,
            history: RwSignal::new(History::from_stored(&kept)),
            busy: RwSignal::new(None),
            chosen: [RwSignal::new(None), RwSignal::new(None)],
        };
        Effect::new(move |was_running: Option<bool>| state.record(was_running == Some(true)));
        state
    }

    pub(super) fn text(self) -> &'static PerformanceText {
        performance(self.lang.try_get_untracked().unwrap_or_default())
    }

    /// Keeps the results of a test that has ended. Answers whether one is running.
    pub(super) fn record(self, was_running: bool) -> bool {
        let Some(Progress { status, results, .. }) = self.progress.value().get() else { return was_running };
        if status.running {
            return true;
        }
        if let Some(results) = results.filter(|results| !results.is_empty()) {
            // Another tab may have kept a run meanwhile.
            let kept = storage::read(Area::Local, STORAGE_KEY);
            let mut history = kept.map_or_else(|| self.history.get_untracked(), |kept| History::from_stored(&kept));
            if history.record(js_sys::Date::now(), &results) {
                storage::write(Area::Local, STORAGE_KEY, &history.to_stored());
                self.history.set(history);
            }
            if was_running && results.completed != Some(false) {
                self.notices.success(self.text().finished.fill([results.test_id.as_deref().unwrap_or_default()]));
            }
        }
        false
    }

    /// Does one thing at a time: a second click is the same one.
    pub(super) fn act(
        self,
        busy: Busy,
        action: impl Future<Output = Result<(), ApiError>> + 'static,
        done: fn(&PerformanceText) -> &'static str,
    ) {
        if self.busy.get_untracked().is_some() {
            return;
        }
        self.busy.set(Some(busy));
        spawn_local(async move {
            let result = self.session.checked(action.await);
            self.ended(busy, result, done);
        });
    }

    pub(super) fn ended(self, busy: Busy, result: Result<(), ApiError>, done: fn(&PerformanceText) -> &'static str) {
        let (lang, text) = (self.lang.try_get_untracked().unwrap_or_default(), self.text());
        match result {
            Ok(()) => self.notices.success(done(text)),
            Err(ApiError::Refused { status: 409, .. }) if matches!(busy, Busy::Starting(_)) => {
                self.notices.error(text.runs_already);
            }
            Err(ApiError::OutcomeUnknown { .. } | ApiError::TimedOut { .. }) => {
                self.notices.error(text.outcome_unknown)
            }
            // The session ended: its page says so.
            Err(ApiError::Unauthorized { .. } | ApiError::Cancelled) => {}
            Err(error) => self.notices.error(error_text(lang, &error)),
        }
        // The page may have been left meanwhile.
        if self.busy.try_set(None).is_none() {
            self.progress.refresh();
        }
    }

    pub(super) fn start(self, kind: Kind, configuration: TestConfiguration) {
        let api = self.api;
        let begun = async move {
            match kind {
                Kind::Configured => api.run_test(&configuration).await,
                Kind::Quick => api.quick_test(&configuration).await,
                Kind::Stress => api.stress_test(&configuration).await,
            }
        };
        self.act(Busy::Starting(kind), begun, |text| text.started);
    }

    pub(super) fn stop(self) {
        let api = self.api;
        self.act(Busy::Stopping, async move { api.stop_test().await }, |text| text.stopped);
    }

    pub(super) fn switch_subscriptions(self, on: bool, configuration: TestConfiguration) {
        let api = self.api;
        let switched = async move {
            if on { api.start_subscriptions(&configuration).await } else { api.stop_subscriptions().await }
        };
        let done: fn(&PerformanceText) -> &'static str =
            if on { |text| text.subscriptions_on } else { |text| text.subscriptions_off };
        self.act(Busy::Subscriptions, switched, done);
    }

    pub(super) fn clear_history(self) {
        storage::remove(Area::Local, STORAGE_KEY);
        self.history.set(History::default());
        for chosen in self.chosen {
            chosen.set(None);
        }
    }

    /// A text of the page in the language in use.
    pub fn words(self, text: fn(&PerformanceText) -> &'static str) -> Signal<String> {
        Signal::derive(move || text(performance(self.lang.get())).to_owned())
    }
}

impl Default for Performance {
    fn default() -> Self {
        Self::new()
    }
}

/// A series of a test in five figures.
pub(super) fn summary(results: &TestResults, measure: Measure) -> Option<Summary> {
    Summary::of(results.series(measure).iter().copied())
}

pub(super) const fn measure_words(measure: Measure) -> fn(&PerformanceText) -> &'static str {
    match measure {
        Measure::VcubeLatency => |text| text.vcube_latency,
        Measure::RaftConsensus => |text| text.raft_time,
        Measure::Throughput => |text| text.throughput,
    }
}

pub(super) const fn measure_unit(measure: Measure) -> fn(&PerformanceText) -> &'static str {
    match measure {
        Measure::VcubeLatency | Measure::RaftConsensus => |_| "ms",
        Measure::Throughput => |text| text.throughput_unit,
    }
}

pub(super) const fn rate_words(rate: Rate) -> fn(&PerformanceText) -> &'static str {
    match rate {
        Rate::Success => |text| text.success_rate,
        Rate::Conflict => |text| text.conflict_rate,
        Rate::HotProducerEfficiency => |text| text.hot_efficiency,
        Rate::SecurityValidations => |text| text.validations,
    }
}

/// A single figure of a test as it is read.
pub(super) fn rate_value(lang: Lang, rate: Rate, value: f64) -> String {
    match rate {
        Rate::SecurityValidations => format::integer(lang, value.max(0.0) as u64),
        _ => format::percent(lang, value / 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_asked_for_until_the_test_has_ended_and_was_read() {
        let status = |running| TestStatus { running, test_id: Some("a".into()), progress: None };
        let results = |completed| TestResults::read(serde_json::json!({ "testId": "a", "completed": completed })).ok();
        let known = |running, completed| {
            let (status, results) = (status(running), results(completed));
            Progress { status, results, subscriptions: None }
        };
        assert!(known(false, true).is_settled(&status(false)));
        assert!(!known(true, false).is_settled(&status(false)), "it has ended just now");
        assert!(!known(false, true).is_settled(&status(true)), "another one has begun");
        assert!(!known(false, false).is_settled(&status(false)), "the results are not the last ones yet");
    }
}
