//! Performance tests: start, follow, keep, compare.

use leptos::prelude::*;

use crate::components::page::Page;
use crate::components::performance::{Performance, compare, form, progress, runs};

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
