//! The settings of this browser; for administrators the list of nodes too.

use leptos::prelude::*;

use crate::api_service::endpoints::auth::UserRole;
use crate::components::page::Page;
use crate::components::settings::{SettingsPanel, appearance, figures, node_list, transfer};
use crate::i18n::settings::settings;
use crate::session::Session;

#[component]
pub fn SettingsPage() -> impl IntoView {
    let panel = SettingsPanel::new();
    let lang = panel.lang;
    let operator = expect_context::<Session>().role().get_untracked() == Some(UserRole::Admin);
    view! {
        <Page name="settings" title=Signal::derive(move || settings(lang.get()).title.to_owned())>
            {appearance(panel, operator)}
            {operator.then(|| node_list(panel))}
            {figures(panel, operator)}
            {operator.then(|| transfer(panel))}
        </Page>
    }
}
