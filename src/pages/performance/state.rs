//! Performance tests: what runs in the cluster, followed from here; what has run, kept and compared.
//!
//! [`Performance`] is the container. The test itself lives in the cluster: a reload, another tab or another node shows
//! the same one.

use std::future::Future;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::history::{History, STORAGE_KEY};
use crate::api_service::endpoints::listed::Partial;
use crate::api_service::endpoints::performance::{Measure, Rate, TestConfiguration, TestResults, TestStatus};
use crate::api_service::{ApiError, ApiService};
use crate::components::chart::geometry::Summary;
use crate::hooks::{Remote, use_partial};
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
    /// Whether a test runs. Where its status does not say, its results or how far it is may.
    pub fn is_running(&self) -> bool {
        let completed = || self.results.as_ref().filter(|results| !results.is_empty())?.completed;
        let under_way = || self.status.progress.is_some_and(|percent| percent > 0.0 && percent < 100.0);
        self.status.running.unwrap_or_else(|| completed().map_or_else(under_way, |completed| !completed))
    }

    fn test_id(&self) -> Option<&str> {
        self.status.test_id.as_deref().or_else(|| self.results.as_ref()?.test_id.as_deref())
    }

    /// Whether asking again for the results would bring the same: the test had ended, and nothing has begun since.
    fn is_settled(&self, status: &TestStatus) -> bool {
        let ended = self.results.as_ref().is_none_or(|results| results.completed != Some(false));
        status.running == Some(false) && self.status == *status && ended
    }

    /// This of a cluster that said `before` earlier: single numbers of the same test become its series.
    fn after(mut self, before: Option<Self>) -> Self {
        let is_running = self.is_running();
        if let Some(before) = before
            && let Some(results) = self.results.take()
        {
            let was_running = before.is_running();
            let own = self.status.test_id.as_deref().or(results.test_id.as_deref());
            let same = match (own, before.test_id()) {
                (Some(own), Some(other)) => own == other,
                // Without a name it is the same unless another one may have begun since.
                _ => was_running || !is_running,
            };
            self.results = Some(match before.results.filter(|_| same) {
                Some(known) => results.after(known, is_running || was_running),
                None => results,
            });
        }
        self
    }
}

/// Under this name the tab keeps the test that it saw running: its results are kept when the person comes back to the
/// page after it has ended.
const SEEN_KEY: &str = "vcube.performance.seen";

/// A test that was seen to run. What was not may have ended long ago, or be no run at all.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SeenTest {
    /// `None` where nobody said.
    test_id: Option<String>,
    ended: bool,
}

impl SeenTest {
    fn stored() -> Option<Self> {
        let test_id = storage::read(Area::Tab, SEEN_KEY)?;
        Some(Self { test_id: Some(test_id).filter(|id| !id.is_empty()), ended: false })
    }

    fn store(&self) {
        storage::write(Area::Tab, SEEN_KEY, self.test_id.as_deref().unwrap_or_default());
    }

    fn is_of(&self, results: &TestResults) -> bool {
        self.test_id.is_none() || results.test_id.is_none() || self.test_id == results.test_id
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
        let progress = use_partial(PAUSE_MS, move |api| async move {
            let status = api.test_status().await?;
            let before = known.try_get_value().flatten();
            let fresh = match before.clone().filter(|known| known.is_settled(&status)) {
                Some(settled) => Progress { subscriptions: api.subscriptions_active().await, ..settled },
                None => {
                    let results = api.test_results().await?;
                    let fresh = Progress { status, results, subscriptions: api.subscriptions_active().await };
                    fresh.after(before)
                }
            };
            known.try_set_value(Some(fresh.clone()));
            let unreadable = fresh.results.as_ref().map(|results| results.unreadable().to_vec()).unwrap_or_default();
            Ok(Partial { value: fresh, unreadable })
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
        Effect::new(move |seen: Option<Option<SeenTest>>| state.record(seen.unwrap_or_else(SeenTest::stored)));
        state
    }

    pub(super) fn text(self) -> &'static PerformanceText {
        performance(self.lang.try_get_untracked().unwrap_or_default())
    }

    /// Keeps the results of a test that was seen to run and has ended. Answers which one that is from now on.
    fn record(self, seen: Option<SeenTest>) -> Option<SeenTest> {
        let Some(progress) = self.progress.value().get() else { return seen };
        if progress.is_running() {
            let running = SeenTest { test_id: progress.test_id().map(str::to_owned), ended: false };
            if seen.as_ref() != Some(&running) {
                running.store();
            }
            return Some(running);
        }
        let mut seen = seen?;
        let results = progress.results.filter(|results| !results.is_empty() && seen.is_of(results));
        let Some(results) = results else { return Some(seen) };
        // Another tab may have kept a run meanwhile.
        let kept = storage::read(Area::Local, STORAGE_KEY);
        let mut history = kept.map_or_else(|| self.history.get_untracked(), |kept| History::from_stored(&kept));
        if history.record(js_sys::Date::now(), &results) {
            storage::write(Area::Local, STORAGE_KEY, &history.to_stored());
            self.history.set(history);
        }
        if !seen.ended && results.completed != Some(false) {
            self.notices.success(self.text().finished.fill([results.test_id.as_deref().unwrap_or_default()]));
        }
        storage::remove(Area::Tab, SEEN_KEY);
        seen.ended = true;
        Some(seen)
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

    fn status(running: Option<bool>) -> TestStatus {
        TestStatus { running, test_id: Some("a".into()), progress: None }
    }

    fn progress(status: TestStatus, results: serde_json::Value) -> Progress {
        Progress { status, results: TestResults::read(results).ok(), subscriptions: None }
    }

    #[test]
    fn results_are_asked_for_until_the_test_has_ended_and_was_read() {
        let known = |running, completed| {
            progress(status(Some(running)), serde_json::json!({ "testId": "a", "completed": completed }))
        };
        assert!(known(false, true).is_settled(&status(Some(false))));
        assert!(!known(true, false).is_settled(&status(Some(false))), "it has ended just now");
        assert!(!known(false, true).is_settled(&status(Some(true))), "another one has begun");
        assert!(!known(false, false).is_settled(&status(Some(false))), "the results are not the last ones yet");
        assert!(!known(false, true).is_settled(&status(None)), "nobody says whether one has begun");
    }

    #[test]
    fn a_status_that_does_not_say_whether_a_test_runs_leaves_it_to_the_results_and_the_progress() {
        let running = |status: TestStatus, completed: Option<bool>| {
            progress(status, serde_json::json!({ "throughput": 3, "completed": completed })).is_running()
        };
        let at = |percent: f64| TestStatus { progress: Some(percent), ..TestStatus::default() };
        assert!(running(TestStatus::default(), Some(false)) && !running(TestStatus::default(), Some(true)));
        assert!(!running(status(Some(false)), Some(false)) && running(status(Some(true)), Some(true)));
        assert!(running(at(40.0), None) && !running(at(100.0), None) && !running(TestStatus::default(), None));
        let idle = progress(TestStatus::default(), serde_json::json!({ "completed": false }));
        assert!(!idle.is_running(), "nothing was measured");
    }

    #[test]
    fn single_numbers_grow_while_their_test_runs_and_begin_anew_with_another() {
        let at = |test: &str, running: bool, throughput: u32| {
            let status = TestStatus { running: Some(running), test_id: Some(test.into()), progress: None };
            progress(status, serde_json::json!({ "testId": test, "throughput": throughput, "completed": !running }))
        };
        let series = |progress: &Progress| {
            progress.results.as_ref().map(|results| results.series(Measure::Throughput).to_vec()).unwrap_or_default()
        };
        let mut known = at("a", true, 1);
        for (running, throughput) in [(true, 2), (true, 3), (false, 4), (false, 4)] {
            known = at("a", running, throughput).after(Some(known));
        }
        assert_eq!(series(&known), [1.0, 2.0, 3.0, 4.0], "the last one is read as it ends");
        let another = at("b", true, 9).after(Some(known));
        assert_eq!(series(&another), [9.0]);
    }

    #[test]
    fn what_a_test_without_a_name_measured_is_its_own() {
        let at = |running, throughput: u32| {
            let status = TestStatus { running: Some(running), ..TestStatus::default() };
            progress(status, serde_json::json!({ "throughput": throughput }))
        };
        let ended = at(false, 3).after(Some(at(true, 2).after(Some(at(true, 1)))));
        let series =
            |progress: &Progress| progress.results.as_ref().map(|all| all.series(Measure::Throughput).to_vec());
        assert_eq!(series(&ended), Some(vec![1.0, 2.0, 3.0]));
        assert_eq!(series(&at(true, 7).after(Some(ended))), Some(vec![7.0]), "another one has begun");
    }

    #[test]
    fn a_run_is_kept_when_it_was_seen_running() {
        let results = |id: Option<&str>| {
            TestResults::read(serde_json::json!({ "testId": id, "throughput": 1 })).expect("results")
        };
        let seen = |id: Option<&str>| SeenTest { test_id: id.map(str::to_owned), ended: false };
        assert!(seen(Some("a")).is_of(&results(Some("a"))) && !seen(Some("a")).is_of(&results(Some("b"))));
        assert!(seen(None).is_of(&results(Some("a"))) && seen(Some("a")).is_of(&results(None)));
    }
}
