//! The journal, newest first, with a filter by kind and by node.

use std::sync::Arc;

use leptos::prelude::*;

use crate::api_service::ApiService;
use crate::api_service::failover::Entry;
use crate::i18n::monitor::monitor;
use crate::i18n::template::capitalised;
use crate::i18n::{Lang, format};
use crate::store::cluster::ClusterStore;
use crate::words::journal::{Group, Weight, concerns, sentence, weight};
use crate::words::node_name;

/// Events shown at first, and added by each "show more".
const PAGE: usize = 20;

/// One line, ready to be shown. Two equal lines need no new DOM.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    sequence: u64,
    kind: &'static str,
    /// The index of the node that it is about; empty when it is about none, or about one no longer in the list.
    node_index: String,
    time: String,
    machine_time: String,
    mark: &'static str,
    text: String,
}

/// What the filter lets through.
#[derive(Clone, Debug, Default, PartialEq)]
struct Filter {
    group: Option<Group>,
    node: Option<Arc<str>>,
}

impl Filter {
    fn admits(&self, entry: &Entry) -> bool {
        let group = self.group.is_none_or(|group| Group::of(&entry.event) == group);
        let node = self.node.as_ref().is_none_or(|node| concerns(&entry.event, node));
        group && node
    }
}

/// The lines to show, newest first, at most `limit`, and how many there are in all.
#[derive(Clone, Debug, Default, PartialEq)]
struct Page {
    lines: Vec<Line>,
    matching: usize,
    recorded: usize,
}

/// What happened, in words.
#[component]
pub fn JournalView(
    /// Where times of day come from.
    api: ApiService,
    /// Where the journal comes from.
    store: ClusterStore,
    /// The language.
    #[prop(into)]
    lang: Signal<Lang>,
    /// Only what concerns the node at this URL; nothing is picked then.
    #[prop(optional)]
    about: Option<Arc<str>>,
) -> impl IntoView {
    let fixed = about.is_some();
    let filter = RwSignal::new(Filter { node: about, ..Filter::default() });
    let limit = RwSignal::new(PAGE);
    let page = Memo::new(move |_| {
        let (lang, limit, urls) = (lang.get(), limit.get(), store.urls());
        store.journal().with(|entries| {
            filter.with(|filter| {
                let matching = || entries.iter().rev().filter(|entry| filter.admits(entry));
                Page {
                    lines: matching().take(limit).map(|entry| line(api, lang, &urls, entry)).collect(),
                    matching: matching().count(),
                    recorded: entries.len(),
                }
            })
        })
    });
    let matching = Memo::new(move |_| page.with(|page| page.matching));
    let shown = Memo::new(move |_| page.with(|page| page.lines.len()));
    let empty_words = move || {
        let text = monitor(lang.get());
        match page.with(|page| (page.recorded, page.matching)) {
            (0, _) => text.journal_empty,
            (_, 0) => text.journal_no_match,
            _ => "",
        }
    };
    let more_words = move || {
        let left = matching.get().saturating_sub(shown.get());
        let more = left.min(PAGE);
        monitor(lang.get()).show_more.of(lang.get(), more).number(more as u64)
    };
    view! {
        <section class="journal" aria-labelledby="journal-title">
            <div class="journal-head">
                <h3 id="journal-title">{move || monitor(lang.get()).journal}</h3>
                {filters(lang, store, filter, limit, fixed)}
                <span class="muted">{move || monitor(lang.get()).shown_of.fill([&shown.get().to_string(), &matching.get().to_string()])}</span>
            </div>
            <p class="journal-empty muted" hidden=move || matching.get() != 0>
                {empty_words}
            </p>
            <ol class="journal-lines">
                <For each=move || page.with(|page| page.lines.clone()) key=Line::clone_key let:line>
                    {line_view(line)}
                </For>
            </ol>
            <button
                type="button"
                class="btn"
                data-testid="journal-more"
                hidden=move || shown.get() >= matching.get()
                on:click=move |_| limit.update(|limit| *limit += PAGE)
            >
                {more_words}
            </button>
        </section>
    }
}

impl Line {
    /// A line never changes but for its language and for the place of its node in the list.
    fn clone_key(&self) -> (u64, String, String) {
        (self.sequence, self.text.clone(), self.node_index.clone())
    }
}

fn line(api: ApiService, lang: Lang, urls: &[Arc<str>], entry: &Entry) -> Line {
    let at = api.wall_clock_ms(entry.at);
    let index = entry.event.node().and_then(|node| urls.iter().position(|url| **url == **node));
    Line {
        sequence: entry.sequence,
        kind: entry.event.kind(),
        node_index: index.map_or_else(String::new, |index| index.to_string()),
        time: format::time_of_day(lang, at),
        machine_time: format::iso(at),
        mark: match weight(&entry.event) {
            Weight::Good => "mark mark-ok",
            Weight::Neutral => "mark mark-neutral",
            Weight::Warning => "mark mark-warn",
            Weight::Bad => "mark mark-down",
        },
        text: sentence(lang, urls, &entry.event),
    }
}

fn line_view(line: Line) -> impl IntoView {
    view! {
        <li class="journal-line" data-testid="failover-event" data-kind=line.kind data-node-index=line.node_index>
            <time class="journal-time" datetime=line.machine_time>
                {line.time}
            </time>
            <span class=line.mark aria-hidden="true"></span>
            <span class="journal-text">{line.text}</span>
        </li>
    }
}

fn filters(
    lang: Signal<Lang>,
    store: ClusterStore,
    filter: RwSignal<Filter>,
    limit: RwSignal<usize>,
    node_is_fixed: bool,
) -> impl IntoView {
    let pick_group = move |event| {
        let picked = event_target_value(&event).parse::<usize>().ok();
        filter.update(|filter| filter.group = picked.and_then(|index| Group::ALL.get(index).copied()));
        limit.set(PAGE);
    };
    let pick_node = move |event| {
        let picked = event_target_value(&event);
        let url = store.urls().into_iter().find(|url| **url == *picked);
        filter.update(|filter| filter.node = url);
        limit.set(PAGE);
    };
    // Options stay in the page when their words change: what is picked stays picked.
    let group_options = (0..Group::ALL.len())
        .map(|index| {
            let words = move || monitor(lang.get()).kinds[index];
            view! { <option value=index.to_string()>{words}</option> }.into_any()
        })
        .collect_view();
    view! {
        <select
            class="select-small"
            data-testid="journal-kind"
            aria-label=move || monitor(lang.get()).journal_kind
            on:change=pick_group
        >
            <option value="">{move || monitor(lang.get()).all_kinds}</option>
            {group_options}
        </select>
        <select
            class="select-small"
            data-testid="journal-node"
            hidden=node_is_fixed
            aria-label=move || monitor(lang.get()).journal_node
            on:change=pick_node
        >
            <option value="">{move || monitor(lang.get()).all_nodes}</option>
            <For each=move || store.urls().into_iter().enumerate() key=|node| node.clone() let((index, url))>
                <option value=url.to_string()>{move || capitalised(&node_name(lang.get(), index))}</option>
            </For>
        </select>
    }
}
