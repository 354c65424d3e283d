//! Two runs side by side: every figure with its difference, and the same series in one chart.

use leptos::prelude::*;

use super::history::difference;
use super::progress::{measured, seconds};
use super::runs::unsure_note;
use super::state::{Performance, measure_unit, measure_words, rate_value, rate_words, summary};
use crate::api_service::endpoints::performance::{Measure, Rate, TestResults};
use crate::components::chart::geometry::numbered;
use crate::components::chart::{Axis, Chart, Line};
use crate::components::section::section;
use crate::i18n::performance::{PerformanceText, performance};
use crate::i18n::{Lang, format};

/// A figure that two runs may have.
#[derive(Clone, Copy)]
enum Compared {
    Duration,
    Rate(Rate),
    Mean(Measure),
}

impl Compared {
    fn all() -> impl Iterator<Item = Self> {
        let rates = Rate::ALL.into_iter().map(Self::Rate);
        let means = Measure::ALL.into_iter().map(Self::Mean);
        std::iter::once(Self::Duration).chain(rates).chain(means)
    }

    fn name(self, text: &PerformanceText) -> String {
        match self {
            Self::Duration => text.duration.to_owned(),
            Self::Rate(rate) => rate_words(rate)(text).to_owned(),
            Self::Mean(measure) => text.mean_of.fill([measure_words(measure)(text)]),
        }
    }

    fn read(self, results: &TestResults) -> Option<f64> {
        match self {
            Self::Duration => results.duration,
            Self::Rate(rate) => results.rate(rate),
            Self::Mean(measure) => summary(results, measure).map(|summary| summary.mean),
        }
    }

    /// Whether its unit is a guess.
    const fn is_unsure(self, results: &TestResults) -> bool {
        match self {
            Self::Duration => results.unsure.duration,
            Self::Rate(Rate::SecurityValidations) | Self::Mean(_) => false,
            Self::Rate(_) => results.unsure.rates,
        }
    }

    fn written(self, lang: Lang, value: Option<f64>) -> String {
        let Some(value) = value else { return format::ABSENT.to_owned() };
        match self {
            Self::Duration => seconds(lang, value),
            Self::Rate(rate) => rate_value(lang, rate, value),
            Self::Mean(measure) => measured(lang, measure, value),
        }
    }
}

/// The results of the run that was chosen as A (0) or B (1).
fn chosen(state: Performance, place: usize) -> Memo<Option<TestResults>> {
    Memo::new(move |_| {
        let name = state.chosen[place].get()?;
        state
            .history
            .with(|history| history.runs().iter().find(|run| run.name() == name).map(|run| run.results.clone()))
    })
}

fn row(state: Performance, runs: [Memo<Option<TestResults>>; 2], compared: Compared) -> impl IntoView {
    let lang = state.lang;
    let value = move |place: usize| runs[place].with(|results| compared.read(results.as_ref()?));
    let words = move |place: usize| Signal::derive(move || compared.written(lang.get(), value(place)));
    let is_unsure = move |results: &TestResults| compared.read(results).is_some() && compared.is_unsure(results);
    let unsure = Memo::new(move |_| runs.iter().any(|run| run.with(|results| results.as_ref().is_some_and(is_unsure))));
    let change = Signal::derive(move || {
        let share = difference(value(0), value(1));
        let written = |share| {
            let sign = if share > 0.0 { "+" } else { "" };
            format!("{sign}{}", format::percent(lang.get(), share))
        };
        share.map_or_else(|| format::ABSENT.to_owned(), written)
    });
    view! {
        <tr data-testid="compared">
            <th scope="row">
                {move || compared.name(performance(lang.get()))} {move || unsure.get().then(|| unsure_note(state))}
            </th>
            <td class="number">{words(0)}</td>
            <td class="number">{words(1)}</td>
            <td class="number">{change}</td>
        </tr>
    }
}

fn charts(state: Performance, runs: [Memo<Option<TestResults>>; 2]) -> impl IntoView {
    let ids = ["compare-latency", "compare-consensus", "compare-throughput"];
    let charts = Measure::ALL.into_iter().zip(ids).map(|(measure, id)| {
        let line = |place: usize, name: fn(&PerformanceText) -> &'static str| {
            let points = Signal::derive(move || {
                runs[place].with(|results| {
                    results.as_ref().map(|results| numbered(results.series(measure))).unwrap_or_default()
                })
            });
            Line { name: state.words(name), points, steady: false }
        };
        let title = state.words(measure_words(measure));
        let unit = state.words(measure_unit(measure));
        Chart::lines(id, Axis::Sample, title, unit, state.words(|text| text.compare_empty))
            .view(vec![line(0, |text| text.run_a), line(1, |text| text.run_b)])
    });
    view! { <div class="charts charts-3">{charts.collect_view()}</div> }
}

/// The section.
pub fn compare(state: Performance) -> impl IntoView {
    let runs = [chosen(state, 0), chosen(state, 1)];
    let both = Memo::new(move |_| runs.iter().all(|run| run.with(Option::is_some)));
    let content = move || {
        if !both.get() {
            return view! { <p class="muted">{state.words(|text| text.compare_empty)}</p> }.into_any();
        }
        let head = move |place: usize, letter: fn(&PerformanceText) -> &'static str| {
            let letter = state.words(letter);
            let name = Signal::derive(move || state.chosen[place].get().unwrap_or_default());
            view! {
                <th scope="col" class="number">
                    {letter} " " <span class="run-name">{name}</span>
                </th>
            }
        };
        let rows = Compared::all().map(|compared| row(state, runs, compared)).collect_view();
        view! {
            <div class="stack">
                <div class="table-frame">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">{state.words(|text| text.figure)}</th>
                                {head(0, |text| text.run_a)}
                                {head(1, |text| text.run_b)}
                                <th scope="col" class="number">
                                    {state.words(|text| text.difference)}
                                </th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                {charts(state, runs)}
            </div>
        }
        .into_any()
    };
    section("compare", state.words(|text| text.compare), content)
}
