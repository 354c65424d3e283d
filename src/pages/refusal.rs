//! The configuration cannot be used: every reason at once, with what to do.

use leptos::prelude::*;

use crate::config::ConfigProblem;
use crate::i18n::config::{config_text, problem_text};
use crate::i18n::use_lang;

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
    Effect::new(move |_| document().set_title(&format!("{} – VCube-Raft", config_text(lang.get()).title)));
    view! {
        <main id="main" class="page page-narrow" data-page="configuration">
            <h1 class="page-title">{move || config_text(lang.get()).title}</h1>
            <p>{move || config_text(lang.get()).intro}</p>
            <ul class="problems">{lines}</ul>
            <p>{move || config_text(lang.get()).advice}</p>
            <button
                type="button"
                class="btn btn-primary"
                on:click=move |_| {
                    let _ = window().location().reload();
                }
            >
                {move || config_text(lang.get()).reload}
            </button>
        </main>
    }
}
