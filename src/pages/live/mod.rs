//! The live demonstration: four research objectives, each by what is measured right now.

mod access;
mod badge;
mod latency;
mod producers;
mod quick_test;
mod tolerance;

use leptos::prelude::*;

use crate::i18n::live::live;
use crate::i18n::use_lang;
use crate::shell::page::Page;
use access::access;
use latency::latency;
use producers::producers;
use quick_test::quick_test;
use tolerance::tolerance;

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
            {quick_test(lang)}
        </Page>
    }
}
