//! The question before a switch to a node that is not well: which node, what is known against it, what would follow.

use leptos::prelude::*;

use super::levers::{Evidence, Levers};
use crate::components::dialog::Dialog;
use crate::i18n::monitor::monitor;
use crate::i18n::{Lang, format, use_lang};
use crate::words::{check_result, node_name, reason};

/// The dialog of [`Levers`]. Closed while nothing is asked; Escape means no.
#[component]
pub fn SwitchConfirmation(
    /// Whose question it is.
    levers: Levers,
) -> impl IntoView {
    let lang = use_lang();
    let open = Memo::new(move |_| levers.asked().with(Option::is_some));
    let title = Memo::new(move |_| {
        levers.asked().with(|asked| {
            asked.as_ref().map_or_else(String::new, |evidence| {
                monitor(lang.get()).confirm_title.fill([&node_name(lang.get(), evidence.index)])
            })
        })
    });
    let body = move || levers.asked().get().map(|evidence| evidence_view(lang.get(), &evidence));
    view! {
        <Dialog
            open=open
            title=title
            on_cancel=Callback::new(move |()| levers.answer(false))
            on_accept=Callback::new(move |()| levers.answer(true))
            no=Signal::derive(move || monitor(lang.get()).confirm_cancel)
            yes=Signal::derive(move || monitor(lang.get()).confirm_accept)
        >
            {body}
        </Dialog>
    }
}

fn evidence_view(lang: Lang, evidence: &Evidence) -> impl IntoView + use<> {
    let text = monitor(lang);
    let last_result = evidence.check.as_ref().map_or_else(|| text.never.to_owned(), |check| check_result(lang, check));
    let mut state = text.state_word(evidence.state).to_owned();
    state.push_str(", ");
    state.push_str(&text.since.fill([&format::time_of_day(lang, evidence.since_ms)]));
    if let Some(code) = evidence.reason {
        state.push_str(&format!(" ({})", reason(lang, code)));
    }
    let node = node_name(lang, evidence.index);
    let current = evidence.current.map(|current| node_name(lang, current));
    let effect = match &current {
        Some(current) => text.confirm_effect_beside.sentence([&node, current]),
        None => text.confirm_effect.sentence([&node]),
    };
    view! {
        <dl class="evidence">
            <dt>{text.confirm_state}</dt>
            <dd>{state}</dd>
            <dt>{text.confirm_last_result}</dt>
            <dd>{last_result}</dd>
            <dt>{text.confirm_effect_label}</dt>
            <dd>{effect}</dd>
        </dl>
    }
}
