//! There is no page at this address.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::i18n::common::common;
use crate::i18n::use_lang;
use crate::routes::home_of;
use crate::shell::page::Page;
use crate::store::session::Session;

#[component]
pub fn NotFoundPage() -> impl IntoView {
    let lang = use_lang();
    let session = expect_context::<Session>();
    let role = session.role();
    let words = move || {
        let text = common(lang.get());
        if role.get().is_some() { text.to_my_page } else { text.to_login }
    };
    view! {
        <Page name="not-found" title=Signal::derive(move || common(lang.get()).not_found_title.to_owned())>
            <p>{move || common(lang.get()).not_found_text}</p>
            <p>
                <A href=move || home_of(role.get()).path().to_owned() attr:class="btn btn-primary">
                    {words}
                </A>
            </p>
        </Page>
    }
}
