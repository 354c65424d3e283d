//! Long series: causal latency beside consensus, throughput, overhead, compaction, recovery.

use leptos::prelude::*;

use crate::api_service::endpoints::series::Series;
use crate::components::chart::series::{part, use_series};
use crate::components::chart::{Axis, Chart, Line, Point, words};
use crate::components::recovery::recovery_content;
use crate::components::section::{data_section, section};
use crate::i18n::live::live;
use crate::i18n::{Lang, use_lang};
use crate::shell::page::Page;

const ALL: [Series; 5] = [Series::Latency, Series::RaftChart, Series::Throughput, Series::Overhead, Series::Compaction];

/// Numbered like the others, whose readings carry no time.
fn numbered(points: Signal<Vec<Point>>) -> Signal<Vec<Point>> {
    Signal::derive(move || {
        let number = |(index, point): (usize, &Point)| Point { at: index as f64 + 1.0, ..*point };
        points.with(|points| points.iter().enumerate().map(number).collect())
    })
}

fn measurements(lang: Signal<Lang>) -> impl IntoView {
    let remote = use_series(&ALL);
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
        Line { name: words(lang, |lang| live(lang).raft), points: numbered(consensus), steady: false },
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
    view! {
        <Page name="research" title=Signal::derive(move || live(lang.get()).research_title)>
            <p class="muted">{move || live(lang.get()).research_intro}</p>
            {measurements(lang)}
            {section("recovery", words(lang, |lang| live(lang).recovery), recovery_content())}
        </Page>
    }
}
