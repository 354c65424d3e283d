//! Long series: causal latency beside consensus, throughput, overhead, compaction, recovery.

use futures_util::future::{join, join3};
use leptos::prelude::*;

use crate::api_service::{ApiError, ApiService};
use crate::components::admin_charts::{part, unless_all_fail};
use crate::components::chart::geometry::numbered;
use crate::components::chart::{Axis, Chart, Line, Point, words};
use crate::components::page::Page;
use crate::components::recovery::recovery_content;
use crate::components::section::{data_section, section};
use crate::hooks::use_remote;
use crate::i18n::live::live;
use crate::i18n::{Lang, use_lang};

const PAUSE_MS: u32 = 10_000;

const LATENCY: usize = 0;
const CONSENSUS: usize = 1;
const THROUGHPUT: usize = 2;
const OVERHEAD: usize = 3;
const COMPACTION: usize = 4;

async fn read(api: ApiService) -> Result<[Result<Vec<Point>, ApiError>; 5], ApiError> {
    let (latency, throughput, overhead) =
        join3(api.latency_history(), api.throughput_history(), api.overhead_history()).await;
    let (compaction, consensus) = join(api.compaction_history(), api.raft_chart()).await;
    let plain = |values: Result<Vec<f64>, ApiError>| values.map(|values| numbered(&values));
    // Numbered like the others: their readings carry no time.
    let consensus = consensus.map(|samples| samples.iter().filter_map(|sample| sample.value).collect());
    unless_all_fail([plain(latency), plain(consensus), plain(throughput), plain(overhead), plain(compaction)])
}

fn measurements(lang: Signal<Lang>) -> AnyView {
    let remote = use_remote(PAUSE_MS, read);
    let single = move |index, id, title: fn(Lang) -> &'static str, unit: fn(Lang) -> &'static str, empty| {
        let (points, empty) = part(remote, index, lang, empty);
        let name = words(lang, title);
        let line = Line { name, points, steady: false };
        Chart::lines(id, Axis::Sample, name, words(lang, unit), empty).view(vec![line])
    };
    let history_empty = |lang| live(lang).history_empty;
    let (latency, empty) = part(remote, LATENCY, lang, history_empty);
    let (consensus, _) = part(remote, CONSENSUS, lang, history_empty);
    let title = words(lang, |lang| live(lang).latency_chart);
    let both = Chart::lines("chart-latency", Axis::Sample, title, words(lang, |_| "ms"), empty).view(vec![
        Line { name: words(lang, |lang| live(lang).vcube), points: latency, steady: false },
        Line { name: words(lang, |lang| live(lang).raft), points: consensus, steady: false },
    ]);
    let content = view! {
        <div class="charts">
            {both}
            {single(
                THROUGHPUT,
                "chart-throughput",
                |lang| live(lang).throughput,
                |lang| live(lang).throughput_unit,
                history_empty,
            )}
            {single(OVERHEAD, "chart-overhead", |lang| live(lang).overhead, |_| "%", history_empty)}
            {single(
                COMPACTION,
                "chart-compaction",
                |lang| live(lang).compaction,
                |lang| live(lang).entries,
                |lang| live(lang).compaction_empty,
            )}
        </div>
    };
    data_section("measurements", move || live(lang.get()).measured.to_owned(), remote, content)
}

#[component]
pub fn ResearchPage() -> impl IntoView {
    let lang = use_lang();
    view! {
        <Page name="research" title=Signal::derive(move || live(lang.get()).research_title.to_owned())>
            <p class="muted">{move || live(lang.get()).research_intro}</p>
            {measurements(lang)}
            {section("recovery", words(lang, |lang| live(lang).recovery), recovery_content())}
        </Page>
    }
    .into_any()
}
