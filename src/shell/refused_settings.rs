//! Says, once at the start, which of the settings kept in this browser cannot be used.

use leptos::prelude::*;

use crate::config::ConfigProblem;
use crate::i18n::config::problem_text;
use crate::i18n::settings::settings;
use crate::i18n::use_lang;
use crate::store::notice::NoticeStore;
use crate::store::settings::SettingsStore;

/// Says, once at the start, what was saved and cannot be used.
pub fn tell_refused(refused: &[ConfigProblem]) {
    let (store, notices) = (expect_context::<SettingsStore>(), expect_context::<NoticeStore>());
    let lang = use_lang().get_untracked();
    let reasons: Vec<String> = refused.iter().map(|problem| problem_text(lang, problem)).collect();
    let words = settings(lang).saved_refused.fill([&reasons.join(" ")]);
    notices.error_with_action(words, settings(lang).forget, move || {
        store.keep();
    });
}
