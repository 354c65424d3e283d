//! The settings: how the page looks, its figures, the list of nodes, and how they are carried elsewhere.

mod figures;
mod node_list;
mod order;
mod transfer;
mod trust;

use leptos::prelude::*;

pub use figures::figures;
pub use node_list::node_list;
pub use transfer::transfer;

use crate::components::nodes_monitor::alerts_switch;
use crate::config::{Config, ConfigProblem};
use crate::i18n::common::common;
use crate::i18n::config::problem_text;
use crate::i18n::settings::{SettingsText, settings};
use crate::i18n::{I18n, Lang, use_lang};
use crate::store::notice::NoticeStore;
use crate::store::settings::SettingsStore;
use crate::theme::{Theme, ThemeChoice};

/// What the sections share. A handle: copy it freely.
#[derive(Clone, Copy)]
pub struct SettingsPanel {
    pub store: SettingsStore,
    pub notices: NoticeStore,
    pub lang: Signal<Lang>,
}

impl SettingsPanel {
    pub fn new() -> Self {
        Self { store: expect_context(), notices: expect_context(), lang: use_lang() }
    }

    /// Also when the page has been left: an undo works from anywhere.
    fn text(self) -> &'static SettingsText {
        settings(self.lang.try_get_untracked().unwrap_or_default())
    }

    /// Takes `config`, says `said`, and offers to take it back.
    fn take(self, config: Config, said: String) {
        let before = self.store.now();
        if !self.store.take(config) {
            self.notices.info(self.text().not_kept);
        }
        self.notices.with_undo(said, move || {
            self.store.take(before.clone());
        });
    }
}

impl Default for SettingsPanel {
    fn default() -> Self {
        Self::new()
    }
}

/// A section of the page, which waits for nobody.
fn section(id: &'static str, title: Signal<&'static str>, content: AnyView) -> impl IntoView {
    let title_id = format!("{id}-title");
    view! {
        <section class="section" data-testid=id data-state="ready" aria-labelledby=title_id.clone()>
            <h2 id=title_id.clone()>{title}</h2>
            {content}
        </section>
    }
}

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

/// Says, once at the start, what was saved and cannot be used.
pub fn tell_refused(refused: &[ConfigProblem]) {
    let panel = SettingsPanel::new();
    let lang = panel.lang.get_untracked();
    let reasons: Vec<String> = refused.iter().map(|problem| problem_text(lang, problem)).collect();
    let words = settings(lang).saved_refused.fill([&reasons.join(" ")]);
    panel.notices.error_with_action(words, settings(lang).forget, move || {
        panel.store.keep();
    });
}
