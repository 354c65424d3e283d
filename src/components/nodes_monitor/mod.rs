//! The nodes monitor: what the failover knows of every node, live, and the operator's levers.
//!
//! A container: [`NodesMonitor`] connects the store and the service to presentational parts. The words are pure
//! functions of [`crate::words`], tested without a browser.

mod confirmation;
mod follow;
mod interval;
mod journal;
mod legend;
mod levers;
mod node_list;
mod node_row;
mod refresh;
mod toolbar;
mod view_order;
mod why;

use leptos::prelude::*;

pub use confirmation::SwitchConfirmation;
pub use interval::{forget_interval, use_interval};
pub use journal::JournalView;
pub use levers::Levers;
pub use toolbar::alerts_switch;

use crate::api_service::ApiService;
use crate::api_service::failover::Duration;
use crate::components::download::{self, FileKind};
use crate::hooks::use_now;
use crate::i18n::monitor::monitor;
use crate::i18n::{Lang, format, use_lang};
use crate::store::cluster::{ClusterStore, Overview};
use crate::store::notice::NoticeStore;

use crate::words::status::{preferred_sentence, status_sentence};
use follow::FollowConfirmation;
use interval::Interval;
use node_list::NodeList;
use node_row::RowContext;
use refresh::Refresh;
use toolbar::Toolbar;

/// The monitor. Asks for a round of checks now and again after every interval, while the page is visible.
#[component]
pub fn NodesMonitor(
    /// How often to refresh until the operator picks another interval, in milliseconds.
    refresh_ms: u32,
    /// How often the service checks by itself while automatic refresh is off, in milliseconds.
    #[prop(into)]
    background_ms: Signal<u32>,
) -> impl IntoView {
    let api = expect_context::<ApiService>();
    let store = expect_context::<ClusterStore>();
    let notices = expect_context::<NoticeStore>();
    let lang = use_lang();
    let levers = Levers::new(api, lang, notices);
    let refresh = Refresh::start(api, refresh_ms);
    let tick = use_now(1_000);
    let now = Memo::new(move |_| {
        tick.track();
        api.now()
    });
    let expected = expected_interval(refresh.interval.into(), background_ms);
    let row = RowContext {
        api,
        store,
        lang,
        now: now.into(),
        interval: expected.into(),
        busy: levers.busy(),
        on_switch: Callback::new(move |index| levers.switch(index)),
        on_test: Callback::new(move |index| levers.test(index)),
        on_reset: Callback::new(move |index| levers.reset(index)),
        on_follow: Callback::new(move |index| levers.ask_to_follow(index)),
    };
    view! {
        <section
            class="nodes-monitor"
            data-testid="nodes-monitor"
            aria-labelledby="nodes-monitor-title"
            // A browser that translates puts its own texts in the place of ours, where they stay as they are.
            translate="no"
        >
            <h2 id="nodes-monitor-title">{move || monitor(lang.get()).title}</h2>
            {status_lines(api, store, lang, levers)}
            <Toolbar
                lang=lang
                interval=refresh.interval
                refreshing=refresh.under_way
                note=refresh.note(lang, now.into())
                on_refresh=Callback::new(move |()| refresh.now(api))
                on_reset=Callback::new(move |()| levers.reset_all())
                on_export=Callback::new(move |()| save_journal(api, notices, lang.get_untracked()))
            />
            {why::why_this_node(api, store)}
            <NodeList row=row />
            {legend::legend_view()}
            <JournalView api=api store=store lang=lang />
            <SwitchConfirmation levers=levers />
            <FollowConfirmation levers=levers />
        </section>
    }
}

/// How often a node's checks are expected: what was picked, and while automatic refresh is off what the settings say now.
fn expected_interval(picked: Signal<Interval>, background_ms: Signal<u32>) -> Memo<Duration> {
    Memo::new(move |_| match picked.get() {
        Interval { on: true, seconds } => Duration::from_secs(u64::from(seconds)),
        Interval { on: false, .. } => Duration::from_millis(u64::from(background_ms.get())),
    })
}

/// Hands out the journal and the state of the nodes as a file.
fn save_journal(api: ApiService, notices: NoticeStore, lang: Lang) {
    let (text, at) = (api.export_journal(), api.wall_clock_ms(api.now()));
    if download::save(&text, FileKind::Json, "vcube-journal", at).is_err() {
        notices.error(monitor(lang).export_failed);
    }
}

fn status_lines(api: ApiService, store: ClusterStore, lang: Signal<Lang>, levers: Levers) -> impl IntoView {
    let overview = store.overview();
    let sentence = Memo::new(move |_| {
        let lang = lang.get();
        overview.with(|overview| status_sentence(lang, overview, |at| format::time_of_day(lang, api.wall_clock_ms(at))))
    });
    let preference =
        Memo::new(move |_| overview.with(|overview| preferred_sentence(lang.get(), overview)).unwrap_or_default());
    let chosen = store.part(|overview| overview.preferred.is_some());
    let figure = move |read: fn(&Overview) -> Option<usize>| {
        move || overview.with(read).map_or_else(String::new, |value| value.to_string())
    };
    view! {
        <p
            class="monitor-status"
            data-testid="cluster-status"
            data-healthy=figure(|overview| Some(overview.healthy))
            data-total=figure(|overview| Some(overview.total))
            data-current-index=figure(|overview| overview.current)
        >
            {sentence}
        </p>
        <div class="monitor-preference" hidden=move || !chosen.get()>
            <span data-testid="preferred-unavailable">{preference}</span>
            <button
                type="button"
                class="btn btn-small"
                data-testid="back-to-automatic"
                on:click=move |_| levers.back_to_automatic()
            >
                {move || monitor(lang.get()).back_to_automatic}
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn while_refresh_is_off_rows_are_old_by_the_interval_that_the_settings_say_now() {
        let owner = Owner::new();
        owner.with(|| {
            let (picked, configured) = (RwSignal::new(Interval { on: false, seconds: 10 }), RwSignal::new(5_000_u32));
            let expected = expected_interval(picked.into(), configured.into());
            assert_eq!(expected.get_untracked(), Duration::from_secs(5));
            configured.set(60_000);
            assert_eq!(expected.get_untracked(), Duration::from_secs(60));
            picked.set(Interval { on: true, seconds: 10 });
            assert_eq!(expected.get_untracked(), Duration::from_secs(10));
        });
    }
}
