//! The test that runs, or the last one: how far it is, and what it measured so far.

use leptos::prelude::*;

use super::state::{Busy, Performance, Progress, measure_unit, measure_words, rate_value, rate_words, summary};
use crate::api_service::endpoints::performance::{Measure, Rate, TestResults, UnsureUnits};
use crate::components::chart::geometry::numbered;
use crate::components::chart::{Axis, Chart, Line};
use crate::components::figures::{Figure, figures};
use crate::components::section::data_section;
use crate::i18n::performance::{PerformanceText, performance};
use crate::i18n::{Lang, format};

/// A figure of the results.
fn figure(
    state: Performance,
    name: Signal<String>,
    read: impl Fn(Lang, &TestResults) -> Option<String> + Send + Sync + 'static,
) -> Figure {
    let value = Signal::derive(move || {
        let lang = state.lang.get();
        let known = state.progress.value().with(|progress| read(lang, progress.as_ref()?.results.as_ref()?));
        known.unwrap_or_else(|| format::ABSENT.to_owned())
    });
    (name, value)
}

/// Seconds, as a backend counts the duration of a test.
pub(super) fn seconds(lang: Lang, seconds: f64) -> String {
    format!("{}\u{a0}s", format::decimal(lang, seconds))
}

pub(super) fn measured(lang: Lang, measure: Measure, value: f64) -> String {
    format!("{}\u{a0}{}", format::measured(lang, value), measure_unit(measure)(performance(lang)))
}

fn result_figures(state: Performance) -> impl IntoView {
    let mut list = vec![figure(state, state.words(|text| text.duration), |lang, results| {
        results.duration.map(|duration| seconds(lang, duration))
    })];
    list.extend(Rate::ALL.map(|rate| {
        figure(state, state.words(rate_words(rate)), move |lang, results| {
            results.rate(rate).map(|value| rate_value(lang, rate, value))
        })
    }));
    list.extend(Measure::ALL.map(|measure| {
        let lang = state.lang;
        let name = Signal::derive(move || {
            let text = performance(lang.get());
            text.mean_of.fill([measure_words(measure)(text)])
        });
        figure(state, name, move |lang, results| {
            summary(results, measure).map(|summary| measured(lang, measure, summary.mean))
        })
    }));
    figures(list)
}

/// What the units of the results are a guess at, where nothing in them says.
fn unsure_units(state: Performance) -> impl IntoView {
    let unsure = Memo::new(move |_| {
        let of = |progress: &Progress| progress.results.as_ref().map(|results| results.unsure);
        state.progress.value().with(|known| known.as_ref().and_then(of)).unwrap_or_default()
    });
    let words = move || unsure_words(performance(state.lang.get()), unsure.get()).unwrap_or_default();
    view! {
        <p class="muted" data-testid="unsure" hidden=move || unsure.get() == UnsureUnits::default()>
            {words}
        </p>
    }
}

/// What is said of units that are a guess; `None` where none is.
pub(super) fn unsure_words(text: &PerformanceText, unsure: UnsureUnits) -> Option<String> {
    let parts = [unsure.rates.then_some(text.unsure_rates), unsure.duration.then_some(text.unsure_duration)];
    let said: Vec<&str> = parts.into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(" "))
}

fn result_charts(state: Performance) -> impl IntoView {
    let ids = ["chart-test-latency", "chart-test-consensus", "chart-test-throughput"];
    let charts = Measure::ALL.into_iter().zip(ids).map(|(measure, id)| {
        let points = Memo::new(move |_| {
            state.progress.value().with(|progress| {
                let results = progress.as_ref().and_then(|progress| progress.results.as_ref());
                results.map(|results| numbered(results.series(measure))).unwrap_or_default()
            })
        });
        let name = state.words(measure_words(measure));
        let unit = state.words(measure_unit(measure));
        let empty = state.words(|text| text.no_results);
        Chart::lines(id, Axis::Sample, name, unit, empty).view(vec![Line {
            name,
            points: points.into(),
            steady: false,
        }])
    });
    view! { <div class="charts charts-3">{charts.collect_view()}</div> }
}

/// The section.
pub fn progress(state: Performance) -> impl IntoView {
    let lang = state.lang;
    let status =
        Memo::new(move |_| state.progress.value().with(|known| known.as_ref().map(|known| known.status.clone())));
    let running =
        Memo::new(move |_| state.progress.value().with(|known| known.as_ref().is_some_and(Progress::is_running)));
    let percent =
        Memo::new(move |_| status.with(|status| status.as_ref()?.progress).map(|part| part.clamp(0.0, 100.0)));
    let has_results = Memo::new(move |_| {
        state.progress.value().with(|known| {
            known.as_ref().and_then(|known| known.results.as_ref()).is_some_and(|results| !results.is_empty())
        })
    });
    let sentence = Signal::derive(move || {
        let text = performance(lang.get());
        let id = status.with(|status| status.as_ref().and_then(|status| status.test_id.clone()));
        match (running.get(), id) {
            (true, Some(id)) => text.running.fill([&id]),
            (true, None) => text.running_unnamed.to_owned(),
            (false, _) => text.idle.to_owned(),
        }
    });
    let share = move || percent.get().map(|part| format::percent(lang.get(), part / 100.0));
    let stopping = move || state.busy.get() == Some(Busy::Stopping);
    let content = view! {
        <div class="test-status" data-testid="test-status" data-running=move || running.get().to_string()>
            <p>{sentence}</p>
            <progress
                max="100"
                aria-label=move || performance(lang.get()).progress
                hidden=move || !running.get()
                prop:value=move || percent.get().unwrap_or_default().round() as u32
            ></progress>
            <span class="number" data-testid="test-progress" hidden=move || !running.get()>
                {move || share().unwrap_or_else(|| format::ABSENT.to_owned())}
            </span>
            <button
                type="button"
                class="btn"
                data-testid="test-stop"
                hidden=move || !running.get()
                aria-busy=move || stopping().then_some("true")
                on:click=move |_| state.stop()
            >
                {move || {
                    let text = performance(lang.get());
                    if stopping() { text.stopping } else { text.stop }
                }}
            </button>
        </div>
        <p class="muted" hidden=move || has_results.get() || running.get()>
            {move || performance(lang.get()).no_results}
        </p>
        <div class="stack" hidden=move || !has_results.get()>
            {result_figures(state)} {unsure_units(state)} {result_charts(state)}
        </div>
    };
    data_section("test", move || performance(lang.get()).current.to_owned(), state.progress, content.into_any())
}
