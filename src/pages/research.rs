//! Long series: causal latency beside consensus, throughput, overhead, compaction, recovery.

use leptos::prelude::*;

use crate::api_service::endpoints::performance::Rate;
use crate::api_service::endpoints::series::Series;
use crate::components::chart::geometry::Summary;
use crate::components::chart::series::{Readings, by_number, part, use_series};
use crate::components::chart::{Axis, Chart, Line, words};
use crate::components::recovery::{recovery_content, use_recovery};
use crate::components::section::{data_section, section};
use crate::hooks::{Remote, use_remote};
use crate::i18n::live::{LiveText, live};
use crate::i18n::{Lang, format, use_lang};
use crate::shell::page::Page;

const ALL: [Series; 5] = [Series::Latency, Series::RaftChart, Series::Throughput, Series::Overhead, Series::Compaction];

/// What the research wants of each of its objectives.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Target {
    Below(f64),
    Above(f64),
}

impl Target {
    /// Causal delivery takes less than half of a consensus.
    const RATIO: Self = Self::Below(0.5);
    /// Seconds until requests go on after a failure.
    const RECOVERY: Self = Self::Below(1.0);
    /// Share of hot producers' work that is done.
    const EFFICIENCY: Self = Self::Above(0.85);
    /// Checks of tokens and roles a second.
    const ACCESS: Self = Self::Above(1_000.0);

    /// `None` while nothing is measured.
    fn is_met(self, measured: Option<f64>) -> Option<bool> {
        measured.map(|value| match self {
            Self::Below(most) => value < most,
            Self::Above(least) => value > least,
        })
    }
}

/// The four objectives: target, what is measured, and whether that meets it.
fn targets(lang: Signal<Lang>, remote: Remote<Vec<Readings>>) -> impl IntoView {
    const PAUSE_MS: u32 = 30_000;
    let results = use_remote(PAUSE_MS, |api| async move { Ok(api.test_results().await.ok().flatten()) });
    let mean = move |index| {
        let (points, _) = part(remote, index, lang, |_| "");
        move || points.with(|points| Summary::of(points.iter().filter_map(|point| point.value))).map(|found| found.mean)
    };
    let (latency, consensus) = (mean(0), mean(1));
    let ratio = Signal::derive(move || latency().zip(consensus().filter(|mean| *mean > 0.0)).map(|(a, b)| a / b));
    let recovery = use_recovery();
    let longest = Signal::derive(move || recovery.with(|found| found.longest_wait.map(|wait| wait.as_secs_f64())));
    let efficiency = Signal::derive(move || {
        let rate = results.value().with(|results| results.as_ref()?.as_ref()?.rate(Rate::HotProducerEfficiency));
        rate.map(|percent| percent / 100.0)
    });
    let row = move |name: fn(&LiveText) -> &'static str,
                    wanted: fn(&LiveText) -> &'static str,
                    target: Target,
                    measured: Signal<Option<f64>>,
                    write: fn(Lang, f64) -> String| {
        let met = Memo::new(move |_| target.is_met(measured.get()));
        let verdict = move || match met.get() {
            Some(true) => live(lang.get()).target_met,
            Some(false) => live(lang.get()).target_missed,
            None => format::ABSENT,
        };
        let value = move || measured.get().map_or_else(|| format::ABSENT.to_owned(), |value| write(lang.get(), value));
        view! {
            <tr data-testid="objective" data-met=move || met.get().map(|met| met.to_string())>
                <th scope="row">{move || name(live(lang.get()))}</th>
                <td>{move || wanted(live(lang.get()))}</td>
                <td class="number">{value}</td>
                <td>{verdict}</td>
            </tr>
        }
    };
    let head = move |words: fn(&LiveText) -> &'static str| {
        view! { <th scope="col">{move || words(live(lang.get()))}</th> }
    };
    // No node measures how many checks it makes a second.
    let unmeasured = Signal::derive(|| None);
    let seconds = |lang, value| format!("{}\u{a0}s", format::measured(lang, value));
    view! {
        <div class="table-frame">
            <table class="table">
                <thead>
                    <tr>
                        {head(|text| text.objective)} {head(|text| text.target)} {head(|text| text.measured_value)}
                        {head(|text| text.verdict)}
                    </tr>
                </thead>
                <tbody>
                    {row(|text| text.ratio, |text| text.ratio_target, Target::RATIO, ratio, format::measured)}
                    {row(|text| text.longest_wait, |text| text.recovery_target, Target::RECOVERY, longest, seconds)}
                    {row(
                        |text| text.efficiency,
                        |text| text.efficiency_target,
                        Target::EFFICIENCY,
                        efficiency,
                        format::percent,
                    )}
                    {row(|text| text.access_rate, |text| text.access_target, Target::ACCESS, unmeasured, format::measured)}
                </tbody>
            </table>
        </div>
    }
}

fn measurements(lang: Signal<Lang>, remote: Remote<Vec<Readings>>) -> impl IntoView {
    let single = move |index, id, title: fn(Lang) -> &'static str, unit: fn(Lang) -> &'static str, empty| {
        let (points, empty) = part(remote, index, lang, empty);
        let name = words(lang, title);
        let line = Line { name, points, steady: false };
        Chart::lines(id, Axis::Sample, name, words(lang, unit), empty).view(vec![line])
    };
    let history_empty = |lang| live(lang).history_empty;
    let (latency, empty) = part(remote, 0, lang, history_empty);
    let (consensus, _) = part(remote, 1, lang, history_empty);
    let title = words(lang, |lang| live(lang).latency_chart);
    let both = Chart::lines("chart-latency", Axis::Sample, title, words(lang, |_| "ms"), empty).view(vec![
        Line { name: words(lang, |lang| live(lang).vcube), points: latency, steady: false },
        Line { name: words(lang, |lang| live(lang).raft), points: by_number(consensus), steady: false },
    ]);
    let content = view! {
        <div class="charts">
            {both}
            {single(
                2,
                "chart-throughput",
                |lang| live(lang).throughput,
                |lang| live(lang).throughput_unit,
                history_empty,
            )}
            {single(3, "chart-overhead", |lang| live(lang).overhead, |_| "%", history_empty)}
            {single(
                4,
                "chart-compaction",
                |lang| live(lang).compaction,
                |lang| live(lang).entries,
                |lang| live(lang).compaction_empty,
            )}
        </div>
    };
    data_section("measurements", move || live(lang.get()).measured.to_owned(), remote, content.into_any())
}

#[component]
pub fn ResearchPage() -> impl IntoView {
    let lang = use_lang();
    let remote = use_series(&ALL);
    view! {
        <Page name="research" title=Signal::derive(move || live(lang.get()).research_title)>
            <p class="muted">{move || live(lang.get()).research_intro}</p>
            {section("targets", words(lang, |lang| live(lang).targets), targets(lang, remote))}
            {measurements(lang, remote)}
            {section("recovery", words(lang, |lang| live(lang).recovery), recovery_content())}
        </Page>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_objective_is_met_beyond_its_target_and_undecided_while_nothing_is_measured() {
        let met = [Target::RATIO.is_met(Some(0.3)), Target::RATIO.is_met(Some(0.5)), Target::RATIO.is_met(None)];
        assert_eq!(met, [Some(true), Some(false), None]);
        let met = [Target::EFFICIENCY.is_met(Some(0.9)), Target::EFFICIENCY.is_met(Some(0.85))];
        assert_eq!(met, [Some(true), Some(false)]);
        assert_eq!((Target::RECOVERY.is_met(Some(1.2)), Target::ACCESS.is_met(None)), (Some(false), None));
    }
}
