//! The page belongs to another role.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::api_service::endpoints::auth::UserRole;
use crate::i18n::common::common;
use crate::i18n::use_lang;
use crate::routes::home_of;
use crate::shell::page::Page;

#[component]
pub fn ForbiddenPage(
    /// Of whoever is logged in.
    role: UserRole,
) -> impl IntoView {
    let lang = use_lang();
    let explanation = move || {
        let text = common(lang.get());
        text.forbidden_text.fill([(text.role)(role)])
    };
    view! {
        <Page name="forbidden" title=Signal::derive(move || common(lang.get()).forbidden_title.to_owned())>
            <p>{explanation}</p>
            <p>
                <A href=home_of(Some(role)).path() attr:class="btn btn-primary">
                    {move || common(lang.get()).to_my_page}
                </A>
            </p>
        </Page>
    }
}
