//! The settings of this browser; for administrators the list of nodes too.

mod appearance;
mod figures;
mod import;
mod node_list;
mod order;
mod panel;
mod transfer;
mod trust;

use leptos::prelude::*;

use crate::api_service::endpoints::auth::UserRole;
use crate::i18n::settings::settings;
use crate::shell::page::Page;
use crate::store::session::Session;
use appearance::appearance;
use figures::figures;
use node_list::node_list;
use panel::SettingsPanel;
use transfer::transfer;

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
