//! One node: a row of the table on a wide screen, a card on a narrow one. The same elements in both.

use std::sync::Arc;

use leptos::prelude::*;

use super::view_order::MANY;
use crate::api_service::ApiService;
use crate::api_service::failover::snapshot::NodeSnapshot;
use crate::api_service::failover::{Duration, NodeState, Role, Timestamp};
use crate::components::check_bar::{CheckBar, bars};
use crate::components::glyph::{DIAMOND, Glyph, outline};
use crate::i18n::monitor::monitor;
use crate::i18n::template::capitalised;
use crate::i18n::{Lang, format};
use crate::store::cluster::{ClusterStore, NodeHandle};
use crate::words::{
    age, check_result, checks_summary, duration, identity_words, is_stale, lag, node_name, reason, slower_than,
    success_rate, term,
};
use leptos_router::components::A;

/// What every row needs beside its node.
#[derive(Clone, Copy)]
pub struct RowContext {
    pub api: ApiService,
    pub store: ClusterStore,
    pub lang: Signal<Lang>,
    /// Ticks about once a second.
    pub now: Signal<Timestamp>,
    /// How often checks are expected.
    pub interval: Signal<Duration>,
    /// The node that is being checked at the operator's request.
    pub busy: Signal<Option<usize>>,
    pub on_switch: Callback<usize>,
    pub on_test: Callback<usize>,
    pub on_reset: Callback<usize>,
    pub on_follow: Callback<usize>,
}

/// The readers of one row. A text that is the same as before does not touch the page, so none of them is a memo: with a
/// hundred rows those would be thousands, each told of every check.
#[derive(Clone)]
struct Cells {
    row: RowContext,
    node: NodeHandle,
}

impl Cells {
    fn text(&self, read: fn(&NodeSnapshot, Lang) -> String) -> impl Fn() -> String + use<> {
        let (lang, node) = (self.row.lang, self.node.clone());
        move || node.with(|node| read(node, lang.get()))
    }

    fn age(&self, read: fn(&NodeSnapshot) -> Option<Timestamp>) -> impl Fn() -> String + use<> {
        let RowContext { lang, now, .. } = self.row;
        let node = self.node.clone();
        move || match node.with(read) {
            Some(at) => age(lang.get(), now.get().since(at)),
            None => monitor(lang.get()).never.to_owned(),
        }
    }

    /// A text for which the rows of many nodes have no room: the sheet hides it there, and nobody writes it.
    fn unless_many(&self, text: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
        let nodes = self.row.store.nodes();
        Signal::derive(move || if nodes.with(|nodes| nodes.len() >= MANY) { String::new() } else { text() })
    }

    fn is(&self, read: fn(&NodeSnapshot) -> bool) -> Signal<bool> {
        let node = self.node.clone();
        Signal::derive(move || node.with(read))
    }

    fn label(&self, words: fn(Lang) -> &'static str) -> impl Fn() -> &'static str + use<> {
        let lang = self.row.lang;
        move || words(lang.get())
    }
}

/// A node with everything known of it and its three actions.
#[component]
pub fn NodeRow(
    /// The node.
    node: NodeHandle,
    /// What it shares with the other rows.
    row: RowContext,
    /// The place of the node at this URL in the list that is shown, from 1.
    position: Callback<Arc<str>, usize>,
    /// How many rows the list has, in the page or not.
    #[prop(into)]
    total: Signal<usize>,
) -> impl IntoView {
    let url = node.url.to_string();
    let url_shown = url.clone();
    let place = node.url.clone();
    let index = node.part(|node| node.index);
    let state = node.part(|node| node.state);
    // Where requests would go first is not in use while it is known to fail, nor while the person's network does.
    let current = row.store.part(|overview| overview.current.filter(|_| overview.local_fault.is_none()));
    let preferred = row.store.part(|overview| overview.preferred);
    let is_current = Memo::new(move |_| current.get() == Some(index.get()) && state.get() != NodeState::Failed);
    let is_preferred = Memo::new(move |_| preferred.get() == Some(index.get()));
    let last_checked = node.part(|node| node.last_checked);
    let stale = Memo::new(move |_| {
        let since = last_checked.get().map(|at| row.now.get().since(at));
        is_stale(since, row.interval.get())
    });
    let slow = node.part(|node| node.slower.is_some());
    let cells = Cells { row, node };
    let foreign = cells.is(|node| node.foreign);
    let same_as = cells.text(|node, _| node.same_as.map_or_else(String::new, |first| first.to_string()));
    view! {
        <li
            class="node"
            aria-setsize=move || total.get().to_string()
            aria-posinset=move || position.run(Arc::clone(&place)).to_string()
            data-testid="node"
            data-node-index=move || index.get().to_string()
            data-node-url=url
            data-node-state=move || state.get().as_str()
            data-current=move || is_current.get().to_string()
            data-preferred=move || is_preferred.get().to_string()
            data-stale=move || stale.get().to_string()
            data-slow=move || slow.get().to_string()
            data-foreign=move || foreign.get().to_string()
            data-same-as=same_as
        >
            {identity(&cells, url_shown, index, is_current, is_preferred)}
            {condition(&cells, state, stale)}
            {latency(&cells)}
            {checks(&cells, index)}
            {raft(&cells)}
            {ages(&cells)}
            {actions(&cells, index, is_preferred, foreign)}
        </li>
    }
}

fn identity(
    cells: &Cells,
    url: String,
    index: Memo<usize>,
    is_current: Memo<bool>,
    is_preferred: Memo<bool>,
) -> impl IntoView + use<> {
    let lang = cells.row.lang;
    // What a node said of itself before it failed is no longer so.
    let leads = cells
        .is(|node| node.state.usable() && node.health.as_ref().is_some_and(|report| report.role == Some(Role::Leader)));
    let badge =
        |class: &'static str, shown: Signal<bool>, words: fn(Lang) -> &'static str, mark: Option<&'static str>| {
            view! {
                <span class=class hidden=move || !shown.get()>
                    {mark.map(|mark| view! { <Glyph outline=mark.to_owned() /> })}
                    {cells.label(words)}
                </span>
            }
            .into_any()
        };
    view! {
        <div class="node-id">
            <A attr:class="node-name" attr:data-testid="node-link" href=move || format!("/nodes/{}", index.get())>
                {move || capitalised(&node_name(lang.get(), index.get()))}
            </A>
            <span class="node-badges">
                {badge("badge badge-cur", is_current.into(), |lang| monitor(lang).in_use, None)}
                {badge("badge badge-pref", is_preferred.into(), |lang| monitor(lang).preferred, None)}
                {badge("badge badge-lead", leads, |lang| monitor(lang).leader, Some(DIAMOND))}
            </span>
            <span class="node-url">{url}</span>
        </div>
    }
}

fn condition(cells: &Cells, state: Memo<NodeState>, stale: Memo<bool>) -> impl IntoView + use<> {
    let RowContext { api, lang, .. } = cells.row;
    let node = cells.node.clone();
    let detail = move || {
        let lang = lang.get();
        if stale.get() && !node.with(|node| node.foreign) {
            return monitor(lang).old_data.to_owned();
        }
        if let Some(words) = node.with(|node| identity_words(lang, node)) {
            return words;
        }
        node.with(|node| match (node.state, node.reason) {
            (NodeState::Healthy | NodeState::Unknown, _) | (_, None) => slower_than(lang, node).unwrap_or_default(),
            (_, Some(code)) => {
                let time = format::time_of_day(lang, api.wall_clock_ms(node.since));
                format!("{} · {time}", reason(lang, code))
            }
        })
    };
    let no_quorum = cells.is(|node| node.health.as_ref().is_some_and(|report| report.quorum == Some(false)));
    let foreign = cells.is(|node| node.foreign);
    let shape = Signal::derive(move || outline(state.get()));
    view! {
        <div class="node-condition">
            <span class="node-state">
                <Glyph outline=shape />
                {cells.text(|node, lang| monitor(lang).state_word(node.state).to_owned())}
            </span>
            <span class="badge badge-down" hidden=move || !no_quorum.get()>
                {cells.label(|lang| monitor(lang).no_quorum)}
            </span>
            <span class="badge badge-down" hidden=move || !foreign.get()>
                {cells.label(|lang| monitor(lang).other_cluster)}
            </span>
            <span class="node-reason">{detail}</span>
        </div>
    }
}

fn latency(cells: &Cells) -> impl IntoView + use<> {
    let median = cells.text(|node, lang| match (node.p50, node.p95) {
        (Some(p50), Some(p95)) => {
            let words = monitor(lang).median_and_p95;
            format!("{words} {}\u{a0}/\u{a0}{}", duration(lang, p50), duration(lang, p95))
        }
        _ => String::new(),
    });
    view! {
        <div class="node-cell node-cell-latency">
            <span class="cell-label">{cells.label(|lang| monitor(lang).latency)}</span>
            <span class="cell-main" data-testid="node-latency">
                {cells.text(|node, lang| node.latency.map_or_else(dash, |latency| duration(lang, latency)))}
            </span>
            <span class="cell-more">
                {cells.unless_many(median)}
            </span>
        </div>
    }
}

fn checks(cells: &Cells, index: Memo<usize>) -> impl IntoView + use<> {
    let RowContext { api, lang, .. } = cells.row;
    let node = cells.node.clone();
    let describe = Callback::new(move |at: usize| {
        let lang = lang.get();
        node.with(|node| {
            node.checks.get(at).map_or_else(String::new, |check| {
                let time = format::time_of_day(lang, api.wall_clock_ms(check.at));
                format!("{time} · {}", check_result(lang, check))
            })
        })
    });
    let label =
        Signal::derive(move || format!("{}, {}", monitor(lang.get()).checks, node_name(lang.get(), index.get())));
    let summary = cells.text(|node, lang| {
        let Some(checks) = checks_summary(lang, &node.checks) else {
            return monitor(lang).no_checks.to_owned();
        };
        match success_rate(node.successes, node.failures) {
            Some(rate) => format!("{checks} · {}", monitor(lang).overall.fill([&format::percent(lang, rate)])),
            None => checks,
        }
    });
    let summary = cells.unless_many(summary);
    let node = cells.node.clone();
    let count = Signal::derive(move || node.with(|node| node.checks.len()));
    view! {
        <div class="node-cell node-cell-checks">
            <span class="cell-label">{cells.label(|lang| monitor(lang).checks)}</span>
            <CheckBar
                bars=cells.node.part(|node| bars(&node.checks))
                count=count
                label=label
                summary=summary
                describe=describe
            />
        </div>
    }
}

fn raft(cells: &Cells) -> impl IntoView + use<> {
    let lang = cells.row.lang;
    let highest = cells.row.store.part(|overview| overview.highest_commit);
    let node = cells.node.clone();
    let progress = move || {
        let (lang, highest) = (lang.get(), highest.get());
        node.with(|node| {
            let mut parts = Vec::new();
            if let Some(index) = node.health.as_ref().and_then(|report| report.commit_index) {
                parts.push(format!("index\u{a0}{}", format::integer(lang, index)));
            }
            parts.extend(lag(node, highest).map(|lag| match lang {
                Lang::Fr => format!("retard\u{a0}{}", format::integer(lang, lag)),
                Lang::En => format!("lag\u{a0}{}", format::integer(lang, lag)),
            }));
            parts.join(" · ")
        })
    };
    view! {
        <div class="node-cell node-cell-raft">
            <span class="cell-label">{cells.label(|lang| monitor(lang).raft)}</span>
            <span class="cell-main">
                {cells
                    .text(|node, lang| {
                        let Some(report) = &node.health else { return dash() };
                        let role = report.role.map(|role| monitor(lang).role_word(role).to_owned());
                        let number = report.term.map(|number| term(lang, &format::integer(lang, number)));
                        let parts: Vec<String> = role.into_iter().chain(number).collect();
                        if parts.is_empty() { dash() } else { parts.join(" · ") }
                    })}
            </span>
            <span class="cell-more">{progress}</span>
        </div>
    }
}

fn ages(cells: &Cells) -> impl IntoView + use<> {
    view! {
        <div class="node-cell node-cell-ages">
            <span class="cell-label">{cells.label(|lang| monitor(lang).last_checked)}</span>
            <span class="cell-main" data-testid="node-last-checked">{cells.age(|node| node.last_checked)}</span>
            <span class="cell-more">
                {cells.label(|lang| monitor(lang).last_seen)} " " {cells.unless_many(cells.age(|node| node.last_seen))}
            </span>
        </div>
    }
}

fn actions(
    cells: &Cells,
    index: Memo<usize>,
    is_preferred: Memo<bool>,
    foreign: Signal<bool>,
) -> impl IntoView + use<> {
    let row = cells.row;
    let busy = Memo::new(move |_| row.busy.get() == Some(index.get()));
    let button = move |id: &'static str, words: fn(Lang) -> &'static str, act: Callback<usize>, off: Signal<bool>| {
        let lang = row.lang;
        view! {
            <button
                type="button"
                class="btn btn-small"
                data-testid=id
                aria-label=move || format!("{} – {}", words(lang.get()), node_name(lang.get(), index.get()))
                aria-disabled=move || off.get().then_some("true")
                title=move || off.get().then(|| monitor(lang.get()).already_preferred)
                aria-busy=move || busy.get().then_some("true")
                on:click=move |_| act.run(index.get_untracked())
            >
                {move || words(lang.get())}
            </button>
        }
        .into_any()
    };
    let never = Signal::stored(false);
    view! {
        <div class="node-actions">
            {button("node-switch", |lang| monitor(lang).switch, row.on_switch, is_preferred.into())}
            {button("node-test", |lang| monitor(lang).test_now, row.on_test, never)}
            {move || foreign.get().then(|| button("node-follow", |lang| monitor(lang).follow, row.on_follow, never))}
            {button("node-reset", |lang| monitor(lang).reset, row.on_reset, never)}
        </div>
    }
}

fn dash() -> String {
    "–".to_owned()
}
