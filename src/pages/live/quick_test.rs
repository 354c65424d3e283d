//! A short performance test that makes something to see, for whoever may run one.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use crate::api_service::endpoints::performance::{Measure, Rate, TestConfiguration, TestResults, TestStatus};
use crate::api_service::{ApiError, ApiService};
use crate::components::chart::geometry::Summary;
use crate::components::figures::{Figure, figures};
use crate::components::section::data_section;
use crate::hooks::{Remote, use_remote};
use crate::i18n::errors::error_text;
use crate::i18n::live::live;
use crate::i18n::performance::{PerformanceText, performance};
use crate::i18n::{Lang, format};
use crate::routes::AppRoute;
use crate::store::cluster::ClusterStore;
use crate::store::notice::NoticeStore;
use crate::store::session::Session;

/// While somebody watches a test, it is asked for this often, in milliseconds.
const PAUSE_MS: u32 = 3_000;
/// The size of the test: enough for a few hundred reservations, over within a minute.
const PROVIDERS: f64 = 3.0;
const SEATS: f64 = 10.0;
const USERS: f64 = 10.0;

/// What the cluster says of tests.
#[derive(Clone, Debug, PartialEq)]
struct Progress {
    status: TestStatus,
    /// Of the running test, or of the last one.
    results: Option<TestResults>,
}

fn figure(
    lang: Signal<Lang>,
    progress: Remote<Progress>,
    name: fn(&PerformanceText) -> &'static str,
    read: fn(Lang, &TestResults) -> Option<String>,
) -> Figure {
    let value = Signal::derive(move || {
        let known = progress.value().with(|progress| read(lang.get(), progress.as_ref()?.results.as_ref()?));
        known.unwrap_or_else(|| format::ABSENT.to_owned())
    });
    (Signal::derive(move || name(performance(lang.get())).to_owned()), value)
}

fn mean(lang: Lang, results: &TestResults, measure: Measure, unit: &str) -> Option<String> {
    let summary = Summary::of(results.series(measure).iter().copied())?;
    Some(format!("{}\u{a0}{unit}", format::measured(lang, summary.mean)))
}

/// The section; `None` for roles that the cluster would refuse.
pub fn quick_test(lang: Signal<Lang>) -> Option<AnyView> {
    let session = expect_context::<Session>();
    if !session.role().get_untracked().is_some_and(|role| AppRoute::Performance.is_open_to(role)) {
        return None;
    }
    let progress = use_remote(PAUSE_MS, |api| async move {
        let status = api.test_status().await?;
        Ok(Progress { status, results: api.test_results().await? })
    });
    let status = Memo::new(move |_| progress.value().with(|known| known.as_ref().map(|known| known.status.clone())));
    let running =
        Memo::new(move |_| status.with(|status| status.as_ref().is_some_and(|status| status.running == Some(true))));
    let list = vec![
        figure(
            lang,
            progress,
            |text| text.success_rate,
            |lang, results| results.rate(Rate::Success).map(|rate| format::percent(lang, rate / 100.0)),
        ),
        figure(
            lang,
            progress,
            |text| text.vcube_latency,
            |lang, results| mean(lang, results, Measure::VcubeLatency, "ms"),
        ),
        figure(
            lang,
            progress,
            |text| text.raft_time,
            |lang, results| mean(lang, results, Measure::RaftConsensus, "ms"),
        ),
        figure(
            lang,
            progress,
            |text| text.throughput,
            |lang, results| mean(lang, results, Measure::Throughput, performance(lang).throughput_unit),
        ),
    ];
    let sentence = move || {
        let lang = lang.get();
        let text = performance(lang);
        status.with(|status| match status {
            Some(TestStatus { running: Some(true), test_id: Some(id), progress }) => {
                let share = progress.map(|part| format::percent(lang, part.clamp(0.0, 100.0) / 100.0));
                [Some(text.running.fill([id])), share].into_iter().flatten().collect::<Vec<_>>().join(" ")
            }
            Some(TestStatus { running: Some(true), .. }) => text.running_unnamed.to_owned(),
            _ => text.idle.to_owned(),
        })
    };
    let content = view! {
        <p class="muted">{move || live(lang.get()).quick_test_text}</p>
        <p>
            {start_button(lang, progress, running)} " "
            <span data-testid="live-test-status" data-running=move || running.get().to_string()>
                {sentence}
            </span>
        </p>
        <div class="stack">
            {figures(list)} <A href=AppRoute::Performance.path()>{move || live(lang.get()).quick_test_more}</A>
        </div>
    };
    let title = move || live(lang.get()).quick_test.to_owned();
    Some(data_section("quick-test", title, progress, content.into_any()).into_any())
}

/// Starts a test; while one runs it says that, and starts none.
fn start_button(lang: Signal<Lang>, progress: Remote<Progress>, running: Memo<bool>) -> impl IntoView {
    let (api, session) = (expect_context::<ApiService>(), expect_context::<Session>());
    let (notices, cluster) = (expect_context::<NoticeStore>(), expect_context::<ClusterStore>());
    let starting = RwSignal::new(false);
    let start = move |_| {
        if starting.get_untracked() || running.get_untracked() {
            return;
        }
        starting.set(true);
        let nodes = cluster.nodes().with_untracked(Vec::len) as f64;
        let mut configuration = TestConfiguration::default();
        for (number, value) in configuration.numbers.iter_mut().zip([PROVIDERS, SEATS, nodes, USERS]) {
            *number = Some(value);
        }
        spawn_local(async move {
            let result = session.checked(api.quick_test(&configuration).await);
            let lang = lang.try_get_untracked().unwrap_or_default();
            let text = performance(lang);
            match result {
                Ok(()) => notices.success(text.started),
                Err(ApiError::Refused { status: 409, .. }) => notices.error(text.runs_already),
                Err(ApiError::OutcomeUnknown { .. } | ApiError::TimedOut { .. }) => notices.error(text.outcome_unknown),
                // The session ended: its page says so.
                Err(ApiError::Unauthorized { .. } | ApiError::Cancelled) => {}
                Err(error) => notices.error(error_text(lang, &error)),
            }
            // The page may have been left meanwhile.
            if starting.try_set(false).is_none() {
                progress.refresh();
            }
        });
    };
    view! {
        <button
            type="button"
            class="btn"
            data-testid="live-quick-test"
            aria-busy=move || starting.get().then_some("true")
            aria-disabled=move || running.get().then_some("true")
            on:click=start
        >
            {move || {
                let text = performance(lang.get());
                if starting.get() { text.starting } else { text.quick }
            }}
        </button>
    }
}
