//! Performance tests: start, follow, keep, compare.

mod compare;
mod fields;
mod form;
mod history;
mod progress;
mod runs;
mod state;

use leptos::prelude::*;

use crate::shell::page::Page;
use compare::compare;
use form::form;
use progress::progress;
use runs::runs;
use state::Performance;

#[component]
pub fn PerformancePage() -> impl IntoView {
    let state = Performance::new();
    view! {
        <Page name="performance" title=state.words(|text| text.title)>
            <div class="columns columns-aside">{form(state)} {progress(state)}</div>
            {runs(state)}
            {compare(state)}
        </Page>
    }
}
