//! The legend of the monitor: its shapes, colours and badges, each with its meaning.

use leptos::prelude::*;

use crate::api_service::failover::NodeState;
use crate::components::glyph::{DIAMOND, Glyph, outline};
use crate::i18n::legend::{LegendText, legend};
use crate::i18n::monitor::{MonitorText, monitor};
use crate::i18n::{Lang, use_lang};

/// From the best to the worst, and what is not known last.
const STATES: [NodeState; 6] = [
    NodeState::Healthy,
    NodeState::Recovering,
    NodeState::Probing,
    NodeState::Suspect,
    NodeState::Failed,
    NodeState::Unknown,
];

pub fn legend_view() -> impl IntoView {
    let lang = use_lang();
    let meaning = move |words: fn(&LegendText) -> &'static str| move || words(legend(lang.get()));
    let states = STATES.map(|state| {
        view! {
            <li data-legend=state.as_str()>
                <span class="node-state">
                    <Glyph outline=outline(state) />
                    {move || monitor(lang.get()).state_word(state)}
                </span>
                {move || legend(lang.get()).meaning_of(state)}
            </li>
        }
        .into_any()
    });
    let badge = move |class, words: fn(&MonitorText) -> &'static str, mark: Option<&'static str>| {
        view! {
            <span class=class>
                {mark.map(|mark| view! { <Glyph outline=mark.to_owned() /> })} {move || words(monitor(lang.get()))}
            </span>
        }
        .into_any()
    };
    view! {
        <section class="legend" data-testid="nodes-legend" aria-labelledby="nodes-legend-title">
            <h3 id="nodes-legend-title">{meaning(|text| text.title)}</h3>
            <ul>
                {states.into_iter().collect_view()}
                <li>{badge("badge badge-cur", |text| text.in_use, None)} {meaning(|text| text.in_use)}</li>
                <li>{badge("badge badge-pref", |text| text.preferred, None)} {meaning(|text| text.preferred)}</li>
                <li>{badge("badge badge-lead", |text| text.leader, Some(DIAMOND))} {meaning(|text| text.leader)}</li>
                <li>{bars(lang)} {meaning(|text| text.bars_meaning)}</li>
                <li data-legend="old">
                    <span class="node-state">{meaning(|text| text.old)}</span>
                    {meaning(|text| text.old_meaning)}
                </li>
            </ul>
        </section>
    }
}

/// A quick check, a slow one and one that failed, as the monitor draws them.
fn bars(lang: Signal<Lang>) -> impl IntoView {
    view! {
        <span class="legend-bars">
            <svg viewBox="0 0 14 20" width="14" height="20" aria-hidden="true" focusable="false">
                <path class="bar-ok" d="M0 14h4V20h-4ZM5 6h4V20h-4Z" />
                <path class="bar-down" d="M10 0h4V12h-4ZM10 15h4V20h-4Z" />
            </svg>
            {move || legend(lang.get()).bars}
        </span>
    }
}
