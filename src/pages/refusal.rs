//! The configuration cannot be used: every reason at once, with what to do. Or it cannot be had.

use leptos::prelude::*;

use crate::config::ConfigProblem;
use crate::config::load::Unavailable;
use crate::i18n::config::{config_text, problem_text, unavailable_text};
use crate::i18n::{Lang, use_lang};

/// Stands alone, without a router and without a cluster.
#[component]
pub fn RefusalPage(
    /// What is wrong, in the order of the file.
    problems: Vec<ConfigProblem>,
) -> impl IntoView {
    let lang = use_lang();
    let lines = problems
        .into_iter()
        .map(|problem| view! { <li data-testid="config-problem">{move || problem_text(lang.get(), &problem)}</li> })
        .collect_view();
    let content = view! {
        <p>{move || config_text(lang.get()).intro}</p>
        <ul class="problems">{lines}</ul>
        <p>{move || config_text(lang.get()).advice}</p>
    };
    page(lang, |lang| config_text(lang).title, content.into_any(), |lang| config_text(lang).reload)
}

/// Stands alone, as [`RefusalPage`] does.
#[component]
pub fn UnavailablePage(
    /// What came in place of the file.
    why: Unavailable,
) -> impl IntoView {
    let lang = use_lang();
    let content = view! {
        <p data-testid="config-unavailable">{move || unavailable_text(lang.get(), why)}</p>
        <p>{move || config_text(lang.get()).unavailable_advice}</p>
    };
    page(lang, |lang| config_text(lang).unavailable_title, content.into_any(), |lang| config_text(lang).retry)
}

/// The page around `content`, with a button that loads it again.
fn page(
    lang: Signal<Lang>,
    title: fn(Lang) -> &'static str,
    content: AnyView,
    again: fn(Lang) -> &'static str,
) -> impl IntoView {
    Effect::new(move |_| document().set_title(&format!("{} – VCube-Raft", title(lang.get()))));
    view! {
        <main id="main" class="page page-narrow" data-page="configuration">
            <h1 class="page-title">{move || title(lang.get())}</h1>
            {content}
            <button
                type="button"
                class="btn btn-primary"
                data-testid="config-retry"
                on:click=move |_| {
                    let _ = window().location().reload();
                }
            >
                {move || again(lang.get())}
            </button>
        </main>
    }
}
