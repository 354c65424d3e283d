//! Language, theme, notifications.

use leptos::prelude::*;

use super::panel::{SettingsPanel, section};
use crate::components::nodes_monitor::alerts_switch;
use crate::i18n::common::common;
use crate::i18n::settings::settings;
use crate::i18n::{I18n, Lang};
use crate::store::theme::{Theme, ThemeChoice};

/// Language and theme; for who watches the cluster, notifications of the browser too.
pub fn appearance(panel: SettingsPanel, operator: bool) -> impl IntoView {
    let lang = panel.lang;
    let (i18n, choice) = (expect_context::<I18n>(), expect_context::<ThemeChoice>());
    let languages = [Lang::Fr, Lang::En].map(|option| {
        let chosen = Signal::derive(move || lang.get() == option);
        let name = Signal::stored(option.name());
        radio("language", option.tag(), Some(option.tag()), name, chosen, Callback::new(move |()| i18n.choose(option)))
    });
    let themes = Theme::ALL.map(|option| {
        let chosen = Signal::derive(move || choice.theme().get() == option);
        let name = Signal::derive(move || {
            let text = common(lang.get());
            match option {
                Theme::System => text.theme_system,
                Theme::Light => text.theme_light,
                Theme::Dark => text.theme_dark,
            }
        });
        radio("theme", option.as_str(), None, name, chosen, Callback::new(move |()| choice.choose(option)))
    });
    let content = view! {
        <p class="muted">{move || settings(lang.get()).kept_here}</p>
        <div class="card form form-wide">
            <fieldset class="choices">
                <legend class="field-label">{move || settings(lang.get()).language}</legend>
                {languages.into_iter().collect_view()}
            </fieldset>
            <fieldset class="choices">
                <legend class="field-label">{move || common(lang.get()).theme}</legend>
                {themes.into_iter().collect_view()}
            </fieldset>
            {operator.then(|| alerts_switch(lang))}
        </div>
    };
    section("appearance", Signal::derive(move || settings(lang.get()).appearance), content.into_any())
}

fn radio(
    group: &'static str,
    value: &'static str,
    spoken_in: Option<&'static str>,
    name: Signal<&'static str>,
    chosen: Signal<bool>,
    choose: Callback<()>,
) -> impl IntoView {
    view! {
        <label class="choice" lang=spoken_in>
            <input
                type="radio"
                name=format!("settings-{group}")
                value=value
                data-testid=format!("{group}-{value}")
                prop:checked=chosen
                on:change=move |_| choose.run(())
            />
            <span>{name}</span>
        </label>
    }
}
