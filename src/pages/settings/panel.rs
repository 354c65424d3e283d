//! What the sections of the settings share.

use leptos::prelude::*;

use crate::config::Config;
use crate::i18n::settings::{SettingsText, settings};
use crate::i18n::{Lang, use_lang};
use crate::store::notice::NoticeStore;
use crate::store::settings::SettingsStore;

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
    pub(super) fn text(self) -> &'static SettingsText {
        settings(self.lang.try_get_untracked().unwrap_or_default())
    }

    /// Takes `config`, says `said`, and offers to take it back.
    pub(super) fn take(self, config: Config, said: String) {
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
pub(super) fn section(id: &'static str, title: Signal<&'static str>, content: AnyView) -> impl IntoView {
    let title_id = format!("{id}-title");
    view! {
        <section class="section" data-testid=id data-state="ready" aria-labelledby=title_id.clone()>
            <h2 id=title_id.clone()>{title}</h2>
            {content}
        </section>
    }
}
