//! The history: what has run, exported, and chosen for comparison.

use leptos::prelude::*;

use super::history::Run;
use super::state::{Performance, rate_value, summary};
use crate::api_service::endpoints::performance::{Measure, Rate};
use crate::components::dialog::Dialog;
use crate::components::download::{self, FileKind};
use crate::components::section::section;
use crate::i18n::format;
use crate::i18n::performance::{PerformanceText, performance};

use super::progress::measured;

fn row(state: Performance, run: Run) -> impl IntoView {
    let lang = state.lang;
    let name = run.name();
    let at = run.at;
    let complete = run.results.completed != Some(false);
    let rate = run.results.rate(Rate::Success);
    let unsure = rate.is_some() && run.results.unsure.rates;
    let means = Measure::ALL.map(|measure| summary(&run.results, measure).map(|summary| summary.mean));
    let cells = Measure::ALL.into_iter().zip(means).map(|(measure, mean)| {
        let words = Signal::derive(move || {
            mean.map_or_else(|| format::ABSENT.to_owned(), |mean| measured(lang.get(), measure, mean))
        });
        view! { <td class="number">{words}</td> }.into_any()
    });
    let success =
        move || rate.map_or_else(|| format::ABSENT.to_owned(), |rate| rate_value(lang.get(), Rate::Success, rate));
    let choices = ["A", "B"].into_iter().zip(state.chosen).map(|(letter, chosen)| {
        let (name, label_name) = (name.clone(), name.clone());
        let own = name.clone();
        let group = if letter == "A" { "compare-a" } else { "compare-b" };
        view! {
            <td>
                <input
                    type="radio"
                    class="run-choice"
                    name=group
                    data-testid=group
                    aria-label=move || performance(lang.get()).as_run.fill([&label_name, letter])
                    prop:checked=Signal::derive(move || chosen.with(|chosen| chosen.as_ref() == Some(&own)))
                    on:change=move |_| chosen.set(Some(name.clone()))
                />
            </td>
        }
    });
    let choices = choices.collect_view();
    view! {
        <tr data-testid="run">
            {choices}
            <th scope="row" class="run-name">{name.clone()}</th>
            <td>{move || format::date_time(lang.get(), at)}</td>
            <td>
                <span class=if complete { "badge badge-ok" } else { "badge badge-warn" }>
                    {move || {
                        let text = performance(lang.get());
                        if complete { text.complete } else { text.partial }
                    }}
                </span>
            </td>
            <td class="number">{success} {unsure.then(|| unsure_note(state))}</td>
            {cells.collect_view()}
        </tr>
    }
}

/// Beside a figure whose unit is a guess.
pub(super) fn unsure_note(state: Performance) -> impl IntoView {
    view! {
        <span class="row-note" data-testid="unsure-figure">
            {state.words(|text| text.unsure)}
        </span>
    }
}

fn export(state: Performance, kind: FileKind) -> impl IntoView {
    let words = state.words(if kind == FileKind::Csv { |text| text.export_csv } else { |text| text.export_json });
    let save = move |_| {
        let text = state.history.with_untracked(|history| match kind {
            FileKind::Csv => history.to_csv(format::iso),
            FileKind::Json => history.to_json(format::iso),
        });
        if download::save(&text, kind, "vcube-performance", js_sys::Date::now()).is_err() {
            state.notices.error(state.text().export_failed);
        }
    };
    let test_id = if kind == FileKind::Csv { "export-csv" } else { "export-json" };
    view! {
        <button type="button" class="btn btn-small" data-testid=test_id on:click=save>
            {words}
        </button>
    }
}

fn clear_dialog(state: Performance, asked: RwSignal<bool>) -> impl IntoView {
    let accept = move |()| {
        asked.set(false);
        state.clear_history();
    };
    view! {
        <Dialog
            open=asked
            title=state.words(|text| text.clear_title)
            on_cancel=Callback::new(move |()| asked.set(false))
            on_accept=Callback::new(accept)
            no=state.words(|text| text.clear_no)
            yes=state.words(|text| text.clear_yes)
        >
            <p>{state.words(|text| text.clear_effect)}</p>
        </Dialog>
    }
}

/// The section.
pub fn runs(state: Performance) -> impl IntoView {
    let asked = RwSignal::new(false);
    let rows = move || {
        let rows =
            state.history.with(|history| history.runs().iter().map(|run| row(state, run.clone())).collect_view());
        rows.into_any()
    };
    let empty = Memo::new(move |_| state.history.with(|history| history.runs().is_empty()));
    let head = move |words: fn(&PerformanceText) -> &'static str, class: &'static str| {
        view! { <th scope="col" class=class>{state.words(words)}</th> }
    };
    let content = view! {
        <p class="muted">{state.words(|text| text.history_text)}</p>
        <p hidden=move || !empty.get()>{state.words(|text| text.history_empty)}</p>
        <div class="table-frame" hidden=move || empty.get() tabindex="0" role="group" aria-labelledby="runs-title">
            <table class="table">
                <thead>
                    <tr>
                        {head(|text| text.compare_a, "")} {head(|text| text.compare_b, "")} {head(|text| text.run, "")}
                        {head(|text| text.seen_at, "")} {head(|text| text.state, "")}
                        {head(|text| text.success_rate, "number")} {head(|text| text.vcube_latency, "number")}
                        {head(|text| text.raft_time, "number")} {head(|text| text.throughput, "number")}
                    </tr>
                </thead>
                <tbody>
                    {rows}
                </tbody>
            </table>
        </div>
        <div class="run-tools" hidden=move || empty.get()>
            {export(state, FileKind::Csv)} {export(state, FileKind::Json)}
            <button type="button" class="btn btn-small" data-testid="clear-history" on:click=move |_| asked.set(true)>
                {state.words(|text| text.clear)}
            </button>
        </div>
        {clear_dialog(state, asked)}
    };
    section("runs", state.words(|text| text.history), content.into_any())
}
