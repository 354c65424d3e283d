//! The administrator's page: figures of the cluster, the nodes monitor, the counters of a node and the providers in
//! demand; below them what is shown when it comes near the screen, or after a while.

mod accounts;
mod charts;
mod figure_list;
mod reservations;
mod statistics;

use std::time::Duration;

use leptos::html::Span;
use leptos::prelude::*;

use crate::api_service::endpoints::admin::AdminStats;
use crate::components::nodes_monitor::NodesMonitor;
use crate::components::section::{data_section, section_that_is, skeleton};
use crate::hooks::{Freshness, PageRefresh, use_near, use_remote};
use crate::i18n::admin::admin;
use crate::i18n::common::common;
use crate::i18n::{Lang, format, use_lang};
use crate::shell::page::Page;
use crate::store::settings::SettingsStore;
use accounts::accounts;
use charts::admin_charts;
use figure_list::{Figure, PAUSE_MS, figure_list, whole};
use reservations::reservations;
use statistics::statistics;

/// After this time the charts are shown wherever the page is: what the monitor asks the nodes for has come by then.
const CHARTS_AFTER: Duration = Duration::from_secs(3);

#[component]
pub fn AdminDashboard() -> impl IntoView {
    let lang = use_lang();
    let settings = expect_context::<SettingsStore>();
    let refresh = PageRefresh::provide();
    let check_interval = Memo::new(move |_| settings.config().with(|config| config.health_check_interval_ms));
    view! {
        <Page name="admin" title=Signal::derive(move || admin(lang.get()).title.to_owned())>
            {refresh_button(lang, refresh)}
            {figures(lang)}
            <NodesMonitor
                refresh_ms=settings.now().monitor_refresh_ms
                background_ms=check_interval
            />
            {statistics(lang)}
            {charts(lang)}
        </Page>
    }
}

/// Asks for all that the page shows, the nodes included.
fn refresh_button(lang: Signal<Lang>, refresh: PageRefresh) -> impl IntoView {
    let under_way = refresh.under_way();
    let ended = RwSignal::new(None);
    let note_time = move |under_way: &bool, before: Option<&bool>, _| {
        if !under_way && before == Some(&true) {
            ended.set(Some(js_sys::Date::now()));
        }
    };
    Effect::watch(move || under_way.get(), note_time, false);
    let note = move || {
        let lang = lang.get();
        ended.get().map(|at| common(lang).updated_at.fill([&format::time_of_day(lang, at)]))
    };
    view! {
        <div class="page-tools">
            <button
                type="button"
                class="btn btn-small"
                data-testid="page-refresh"
                aria-busy=move || under_way.get().then_some("true")
                on:click=move |_| refresh.now()
            >
                {move || admin(lang.get()).refresh_page}
            </button>
            <span class="muted" data-testid="page-refreshed">
                {note}
            </span>
        </div>
    }
}

/// The charts, the reservations and the accounts.
fn charts(lang: Signal<Lang>) -> impl IntoView {
    let place = NodeRef::<Span>::new();
    let near = use_near(place, CHARTS_AFTER);
    let content = move || {
        if near.get() {
            view! { {admin_charts(lang)} {reservations()} {accounts()} }.into_any()
        } else {
            let title = Signal::derive(move || admin(lang.get()).charts.to_owned());
            section_that_is(Freshness::Loading, "charts", title, skeleton()).into_any()
        }
    };
    view! {
        <span node_ref=place></span>
        {content}
    }
}

fn figures(lang: Signal<Lang>) -> impl IntoView {
    let stats = use_remote(PAUSE_MS, |api| api.admin_stats());
    let list: Vec<Figure<AdminStats>> = vec![
        (|text| text.users, |lang, stats| whole(lang, stats.total_users)),
        (|text| text.providers, |lang, stats| whole(lang, stats.total_providers)),
        (|text| text.reservations, |lang, stats| whole(lang, stats.total_reservations)),
        (|text| text.seats, |lang, stats| whole(lang, stats.total_seats)),
        (|text| text.free_seats, |lang, stats| whole(lang, stats.available_seats)),
        (
            |text| text.processing_time,
            |lang, stats| stats.average_processing_time.map(|ms| format!("{}\u{a0}ms", format::decimal(lang, ms))),
        ),
    ];
    let counted = move || stats.value().with(|stats| stats.as_ref().is_some_and(|stats| stats.counted));
    let content = view! {
        {figure_list(lang, stats, "figures", list)}
        <p class="muted" hidden=move || !counted()>
            {move || admin(lang.get()).counted_from_lists}
        </p>
    };
    data_section("stats", move || admin(lang.get()).figures.to_owned(), stats, content)
}
