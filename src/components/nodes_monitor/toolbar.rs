//! What acts on the whole cluster: refresh, automatic refresh and its interval, reset, export.

use leptos::prelude::*;

use super::interval::Interval;
use crate::i18n::Lang;
use crate::i18n::monitor::monitor;
use crate::store::alerts::Alerts;
use crate::store::notice::NoticeStore;
use crate::words::NBSP;

/// The toolbar of the monitor.
#[component]
pub fn Toolbar(
    /// The language.
    #[prop(into)]
    lang: Signal<Lang>,
    /// The picked interval.
    interval: RwSignal<Interval>,
    /// Whether a refresh is under way.
    #[prop(into)]
    refreshing: Signal<bool>,
    /// Why nothing is refreshed by itself, or how old the last refresh is.
    #[prop(into)]
    note: Signal<String>,
    /// Asks for a round of checks.
    #[prop(into)]
    on_refresh: Callback<()>,
    /// Clears the failures of all nodes.
    #[prop(into)]
    on_reset: Callback<()>,
    /// Hands out the journal as a file.
    #[prop(into)]
    on_export: Callback<()>,
) -> impl IntoView {
    let choices = Memo::new(move |_| interval.get().offered());
    let pick = move |event| {
        if let Ok(seconds) = event_target_value(&event).parse() {
            interval.update(|interval| interval.seconds = seconds);
        }
    };
    let options = move || {
        let picked = interval.with_untracked(|interval| interval.seconds);
        choices
            .get()
            .into_iter()
            .map(|seconds| {
                view! {
                    <option value=seconds.to_string() selected=seconds == picked>
                        {format!("{seconds}{NBSP}s")}
                    </option>
                }
            })
            .collect_view()
    };
    view! {
        <div class="monitor-tools">
            {tool("nodes-refresh", lang, |lang| monitor(lang).refresh, refreshing, on_refresh)}
            <label class="switch-field">
                <input
                    type="checkbox"
                    role="switch"
                    data-testid="nodes-auto-refresh"
                    prop:checked=move || interval.get().on
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        interval.update(|interval| interval.on = on);
                    }
                />
                <span>{move || monitor(lang.get()).auto_refresh}</span>
            </label>
            <select
                class="select-small"
                data-testid="nodes-interval"
                aria-label=move || monitor(lang.get()).interval
                on:change=pick
            >
                {options}
            </select>
            {alerts_switch(lang)}
            <span class="monitor-note">{note}</span>
            <span class="monitor-tools-end">
                {tool("nodes-reset", lang, |lang| monitor(lang).reset_all, Signal::stored(false), on_reset)}
                {tool("nodes-export", lang, |lang| monitor(lang).export, Signal::stored(false), on_export)}
            </span>
        </div>
    }
}

/// On and off for notifications, where the browser has them.
pub fn alerts_switch(lang: Signal<Lang>) -> Option<AnyView> {
    let alerts = use_context::<Alerts>().filter(|_| Alerts::offered())?;
    let notices = expect_context::<NoticeStore>();
    let on = alerts.on();
    let change = move |event: web_sys::Event| {
        if event_target_checked(&event) {
            alerts.turn_on(move || notices.error(monitor(lang.get_untracked()).alerts_refused));
            // Shown as on once the browser has agreed.
            event_target::<web_sys::HtmlInputElement>(&event).set_checked(on.get_untracked());
        } else {
            alerts.turn_off();
        }
    };
    let view = view! {
        <label class="switch-field">
            <input type="checkbox" role="switch" data-testid="nodes-alerts" prop:checked=on on:change=change />
            <span>{move || monitor(lang.get()).alerts}</span>
        </label>
    };
    Some(view.into_any())
}

fn tool(
    id: &'static str,
    lang: Signal<Lang>,
    words: fn(Lang) -> &'static str,
    busy: Signal<bool>,
    act: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="btn"
            data-testid=id
            aria-busy=move || busy.get().then_some("true")
            on:click=move |_| act.run(())
        >
            {move || words(lang.get())}
        </button>
    }
}
