//! The live demonstration.

use leptos::prelude::*;

use crate::components::live::{access, latency, producers, tolerance};
use crate::components::page::Page;
use crate::i18n::live::live;
use crate::i18n::use_lang;

#[component]
pub fn LivePage() -> impl IntoView {
    let lang = use_lang();
    let (latency, deliveries) = latency(lang);
    view! {
        <Page name="live" title=Signal::derive(move || live(lang.get()).title)>
            <p class="muted">{move || live(lang.get()).intro}</p>
            {latency}
            {tolerance(lang)}
            {producers(lang, deliveries)}
            {access(lang)}
        </Page>
    }
}
