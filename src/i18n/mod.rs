//! Every text that a person reads, in French and in English.
//!
//! One struct of texts a domain, with one constant a language: a text that is missing does not compile, and neither
//! does one without the place for a value, see [`template`]. Dates and numbers are in [`format`].

pub mod admin;
pub mod booking;
pub mod chart;
pub mod common;
pub mod config;
pub mod errors;
pub mod fleet;
pub mod form;
pub mod format;
pub mod journal;
pub mod legend;
pub mod live;
pub mod login;
pub mod monitor;
pub mod node;
pub mod performance;
pub mod registration;
pub mod settings;
pub mod status;
pub mod template;

use codee::string::FromToStringCodec;
use leptos::prelude::*;
use leptos_use_storage::use_local_storage;

/// Under this name the chosen language is kept in the browser. The page's boot script reads it too.
pub const STORAGE_KEY: &str = "vcube.lang";

/// A language of the application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    #[default]
    Fr,
    En,
}

impl Lang {
    /// For `<html lang>` and for storage.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// For `Intl`. British English writes the time of day in 24 hours, which is what a log is read with.
    pub const fn locale(self) -> &'static str {
        match self {
            Self::Fr => "fr-FR",
            Self::En => "en-GB",
        }
    }

    /// The language's own name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fr => "Français",
            Self::En => "English",
        }
    }

    pub const fn other(self) -> Self {
        match self {
            Self::Fr => Self::En,
            Self::En => Self::Fr,
        }
    }

    /// The language of a tag such as `en`, `en-US` or `FR_ca`; `None` when it is not one of ours.
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        [Self::Fr, Self::En].into_iter().find(|lang| lang.tag().eq_ignore_ascii_case(primary.trim()))
    }

    /// What was chosen before, else the first of the browser's languages that is one of ours, else French.
    pub fn first_of(chosen: Option<&str>, preferred: impl IntoIterator<Item = String>) -> Self {
        chosen
            .and_then(Self::parse)
            .or_else(|| preferred.into_iter().find_map(|tag| Self::parse(&tag)))
            .unwrap_or_default()
    }
}

/// The language in use. A handle: copy it freely.
#[derive(Clone, Copy, Debug)]
pub struct I18n {
    /// The tag that was chosen; empty when none was.
    choose: WriteSignal<String>,
    lang: Signal<Lang>,
}

impl I18n {
    /// As the browser says, and as any of its tabs chose. `<html lang>` follows from here on.
    pub fn from_browser() -> Self {
        let preferred: Vec<String> =
            window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect();
        let (chosen, choose, _) = use_local_storage::<String, FromToStringCodec>(STORAGE_KEY);
        let lang = Memo::new(move |_| chosen.with(|chosen| Lang::first_of(Some(chosen), preferred.iter().cloned())));
        Effect::new(move |_| {
            if let Some(root) = document().document_element() {
                // Refused only for an invalid attribute name.
                let _ = root.set_attribute("lang", lang.get().tag());
            }
        });
        Self { choose, lang: lang.into() }
    }

    /// The language in use. It lives as long as the application, whichever page reads it.
    pub const fn lang(self) -> Signal<Lang> {
        self.lang
    }

    /// Changes the language, and keeps the choice.
    pub fn choose(self, lang: Lang) {
        self.choose.set(lang.tag().to_owned());
    }
}

/// The language in use; French where no page stands around (a component under test).
pub fn use_lang() -> Signal<Lang> {
    use_context::<I18n>().map_or_else(|| Signal::stored(Lang::default()), I18n::lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_primary_tag_whatever_its_case() {
        for (tag, lang) in
            [("fr", Some(Lang::Fr)), ("EN-us", Some(Lang::En)), ("en_GB", Some(Lang::En)), ("de", None), ("", None)]
        {
            assert_eq!(Lang::parse(tag), lang, "{tag:?}");
        }
    }

    #[test]
    fn the_choice_of_the_person_beats_the_browser_and_french_is_the_last_resort() {
        let browser = || ["de-DE".to_owned(), "en-US".to_owned(), "fr".to_owned()];
        assert_eq!(Lang::first_of(Some("fr"), browser()), Lang::Fr);
        assert_eq!(Lang::first_of(None, browser()), Lang::En);
        assert_eq!(Lang::first_of(Some("tlh"), browser()), Lang::En);
        assert_eq!(Lang::first_of(None, ["de".to_owned()]), Lang::Fr);
    }
}
