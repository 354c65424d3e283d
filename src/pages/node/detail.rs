//! One node in full: its state and why, its levers, its figures, what is thought of it and what it thinks.

use std::sync::Arc;

use leptos::prelude::*;

use crate::api_service::failover::snapshot::NodeSnapshot;
use crate::api_service::failover::{Duration, Role, Timestamp};
use crate::api_service::{ApiService, Check};
use crate::components::chart::{Axis, Chart, Line, Point, words};
use crate::components::check_bar::{CheckBar, bars};
use crate::components::figures::figures;
use crate::components::glyph::{Glyph, outline};
use crate::components::nodes_monitor::{JournalView, Levers, SwitchConfirmation, use_interval};
use crate::components::section::section;
use crate::hooks::{use_now, use_polling};
use crate::i18n::monitor::{MonitorText, monitor};
use crate::i18n::node::{NodeText, node};
use crate::i18n::{Lang, format, use_lang};
use crate::store::cluster::{ClusterStore, NodeHandle};
use crate::store::notice::NoticeStore;
use crate::words::{age, check_result, checks_summary, duration, node_name, reason, success_rate};

/// The node that the page is about. A handle: copy it freely.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    pub(super) api: ApiService,
    pub(super) store: ClusterStore,
    pub(super) lang: Signal<Lang>,
    /// Ticks about once a second.
    pub(super) now: Signal<Timestamp>,
    pub(super) handle: StoredValue<NodeHandle>,
    pub(super) index: Memo<usize>,
}

impl Subject {
    /// A part of the node's snapshot.
    pub(super) fn part<T: PartialEq + Send + Sync + 'static>(self, read: fn(&NodeSnapshot) -> T) -> Memo<T> {
        self.handle.with_value(|handle| handle.part(read))
    }

    /// A text made of the node's snapshot.
    pub(super) fn told(self, read: fn(&NodeSnapshot, Lang) -> String) -> Signal<String> {
        let lang = self.lang;
        self.handle.with_value(|handle| handle.part_with(move || lang.get(), read)).into()
    }

    pub(super) fn text(self, read: fn(&NodeText) -> &'static str) -> Signal<String> {
        let lang = self.lang;
        Signal::derive(move || read(node(lang.get())).to_owned())
    }

    fn monitor_text(self, read: fn(&MonitorText) -> &'static str) -> Signal<String> {
        let lang = self.lang;
        Signal::derive(move || read(monitor(lang.get())).to_owned())
    }

    pub(super) fn url(self) -> Arc<str> {
        self.handle.with_value(|handle| Arc::clone(&handle.url))
    }

    pub(super) fn time(self, at: Timestamp) -> String {
        format::time_of_day(self.lang.get(), self.api.wall_clock_ms(at))
    }
}

/// Everything known of one node. It is checked as often as the monitor checks, while the page is shown.
pub fn node_detail(handle: NodeHandle, refresh_ms: u32) -> impl IntoView {
    let api = expect_context::<ApiService>();
    let subject = Subject {
        api,
        store: expect_context(),
        lang: use_lang(),
        now: use_now(1_000),
        index: handle.part(|node| node.index),
        handle: StoredValue::new(handle),
    };
    let Subject { index, lang, store, .. } = subject;
    let levers = Levers::new(api, lang, expect_context::<NoticeStore>());
    use_polling(use_interval(refresh_ms).get_untracked().pause_ms(), move || async move {
        // A list that was edited meanwhile has no such node: there is nothing to check.
        let _ = api.probe_node(index.get_untracked()).await;
    });
    view! {
        {head(subject, levers)}
        {super::diagnosis::diagnosis(subject)}
        {super::opinions::opinions(subject)}
        {figures_and_checks(subject)}
        {super::says::says(subject)}
        {section(
            "node-journal",
            subject.text(|text| text.journal_title),
            view! { <JournalView api=api store=store lang=lang about=subject.url() /> }.into_any(),
        )}
        <SwitchConfirmation levers=levers />
    }
}

pub(super) fn head(subject: Subject, levers: Levers) -> impl IntoView {
    let Subject { lang, index, store, .. } = subject;
    let state = subject.part(|node| node.state);
    let current = store.part(|overview| overview.current);
    let preferred = store.part(|overview| overview.preferred);
    let is_current = Memo::new(move |_| current.get() == Some(index.get()));
    let is_preferred = Memo::new(move |_| preferred.get() == Some(index.get()));
    let leads = subject.part(|node| node.health.as_ref().is_some_and(|report| report.role == Some(Role::Leader)));
    let since = subject.part(|node| node.since);
    let badge = move |class: &'static str, shown: Memo<bool>, words: fn(&MonitorText) -> &'static str| {
        view! {
            <span class=class hidden=move || !shown.get()>
                {subject.monitor_text(words)}
            </span>
        }
        .into_any()
    };
    let since_words = Signal::derive(move || {
        let at = since.get();
        let passed = age(lang.get(), subject.now.get().since(at));
        node(lang.get()).since.fill([&subject.time(at), &passed])
    });
    let why = subject.told(|node, lang| node.reason.map_or_else(String::new, |code| reason(lang, code)));
    view! {
        <section
            class="card node-head"
            data-testid="node-detail"
            translate="no"
            data-node-index=move || index.get().to_string()
            data-node-url=subject.url().to_string()
            data-node-state=move || state.get().as_str()
            data-current=move || is_current.get().to_string()
            data-preferred=move || is_preferred.get().to_string()
            aria-label=move || monitor(lang.get()).state
        >
            <p class="node-head-line">
                <span class="node-state">
                    <Glyph outline=Signal::derive(move || outline(state.get())) />
                    {move || monitor(lang.get()).state_word(state.get())}
                </span>
                {badge("badge badge-cur", is_current, |text| text.in_use)}
                {badge("badge badge-pref", is_preferred, |text| text.preferred)}
                {badge("badge badge-lead", leads, |text| text.leader)}
                <span class="muted">{since_words}</span>
            </p>
            <p class="node-why" data-testid="node-reason">{why}</p>
            <p class="node-url">{subject.url().to_string()}</p>
            {buttons(subject, levers, is_preferred)}
        </section>
    }
}

pub(super) fn buttons(subject: Subject, levers: Levers, is_preferred: Memo<bool>) -> impl IntoView {
    let Subject { index, store, .. } = subject;
    let required = store.part(|overview| overview.required);
    let is_required = Memo::new(move |_| required.get().is_some_and(|required| required.index == index.get()));
    let button = move |id: &'static str, words: Signal<String>, off: Signal<bool>, act: Callback<usize>| {
        view! {
            <button
                type="button"
                class="btn"
                data-testid=id
                aria-disabled=move || off.get().then_some("true")
                aria-busy=move || (levers.busy().get() == Some(index.get())).then_some("true")
                on:click=move |_| {
                    if !off.get_untracked() {
                        act.run(index.get_untracked());
                    }
                }
            >
                {words}
            </button>
        }
        .into_any()
    };
    let never = Signal::stored(false);
    view! {
        <div class="node-head-line">
            {button(
                "node-switch",
                subject.monitor_text(|text| text.switch),
                is_preferred.into(),
                Callback::new(move |index| levers.switch(index)),
            )}
            {button(
                "node-test",
                subject.monitor_text(|text| text.test_now),
                never,
                Callback::new(move |index| levers.test(index)),
            )}
            {button(
                "node-reset",
                subject.monitor_text(|text| text.reset),
                never,
                Callback::new(move |index| levers.reset(index)),
            )}
            {button(
                "node-require",
                subject.text(|text| text.require),
                is_required.into(),
                Callback::new(move |index| levers.require(index)),
            )}
        </div>
        <p class="muted node-hint">{subject.text(|text| text.require_hint)}</p>
    }
}

fn dash() -> String {
    format::ABSENT.to_owned()
}

/// The figures in large, the percentiles as a table, the checks as a bar and as a chart.
fn figures_and_checks(subject: Subject) -> impl IntoView {
    let list = vec![
        (
            subject.text(|text| text.last_answer),
            subject.told(|node, lang| node.latency.map_or_else(dash, |latency| duration(lang, latency))),
        ),
        (
            subject.text(|text| text.success),
            subject.told(|node, lang| {
                success_rate(node.successes, node.failures).map_or_else(dash, |rate| format::percent(lang, rate))
            }),
        ),
        (
            subject.text(|text| text.lately_success),
            subject.told(|node, lang| {
                node.lately.success_percent.map_or_else(dash, |share| format::percent(lang, f64::from(share) / 100.0))
            }),
        ),
        (subject.text(|text| text.pending), subject.told(|node, lang| format::integer(lang, u64::from(node.pending)))),
    ];
    let content = view! {
        <div class="stack" data-testid="node-latency-table">
            {figures(list)}
            {percentiles(subject)}
            <p class="muted node-hint">{subject.text(|text| text.lately_hint)}</p>
            <h3>{subject.text(|text| text.checks)}</h3>
            {check_bar(subject)}
            {check_chart(subject)}
        </div>
    };
    section("node-latency-section", subject.text(|text| text.latency), content.into_any())
}

fn percentiles(subject: Subject) -> impl IntoView {
    let cell =
        |read: fn(&NodeSnapshot, Lang) -> String| view! { <td class="number">{subject.told(read)}</td> }.into_any();
    pub(super) fn written(lang: Lang, value: Option<Duration>) -> String {
        value.map_or_else(dash, |value| duration(lang, value))
    }
    let head = |words: Signal<String>| view! { <th scope="col" class="number">{words}</th> }.into_any();
    view! {
        <div class="table-frame">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">{subject.text(|text| text.span)}</th>
                        {head(subject.text(|text| text.median))}
                        {head("p95".into())}
                        {head("p99".into())}
                    </tr>
                </thead>
                <tbody>
                    <tr>
                        <th scope="row">{subject.text(|text| text.lifetime)}</th>
                        {cell(|node, lang| written(lang, node.p50))}
                        {cell(|node, lang| written(lang, node.p95))}
                        {cell(|node, lang| written(lang, node.p99))}
                    </tr>
                    <tr>
                        <th scope="row">{subject.text(|text| text.lately)}</th>
                        {cell(|node, lang| written(lang, node.lately.p50))}
                        {cell(|node, lang| written(lang, node.lately.p95))}
                        {cell(|node, lang| written(lang, node.lately.p99))}
                    </tr>
                </tbody>
            </table>
        </div>
    }
}

pub(super) fn check_bar(subject: Subject) -> impl IntoView {
    let Subject { api, lang, index, handle, .. } = subject;
    let describe = Callback::new(move |at: usize| {
        let lang = lang.get();
        handle.with_value(|handle| {
            handle.with(|node| {
                node.checks.get(at).map_or_else(String::new, |check: &Check| {
                    let time = format::time_of_day(lang, api.wall_clock_ms(check.at));
                    format!("{time} · {}", check_result(lang, check))
                })
            })
        })
    });
    let label =
        Signal::derive(move || format!("{}, {}", monitor(lang.get()).checks, node_name(lang.get(), index.get())));
    let summary = subject
        .told(|node, lang| checks_summary(lang, &node.checks).unwrap_or_else(|| monitor(lang).no_checks.to_owned()));
    view! {
        <div class="node-checks">
            <CheckBar
                bars=subject.part(|node| bars(&node.checks))
                count=subject.part(|node| node.checks.len())
                label=label
                summary=summary
                describe=describe
            />
        </div>
    }
}

fn check_chart(subject: Subject) -> impl IntoView {
    let Subject { api, lang, .. } = subject;
    let checks = subject.part(|node| node.checks.clone());
    let points = Memo::new(move |_| {
        let point = |check: &Check| Point {
            at: api.wall_clock_ms(check.at),
            value: check.result.ok().map(|latency| latency.as_secs_f64() * 1_000.0),
        };
        checks.with(|checks| match checks.iter().any(|check| check.result.is_ok()) {
            true => checks.iter().map(point).collect::<Vec<_>>(),
            false => Vec::new(),
        })
    });
    let name = subject.text(|text| text.chart);
    let empty = subject.text(|text| text.chart_empty);
    let line = Line { name, points: points.into(), steady: false };
    Chart::lines("chart-checks", Axis::Time, name, words(lang, |_| "ms"), empty).view(vec![line])
}
