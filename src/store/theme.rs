//! Light, dark, or as the system says. The style sheets do the rest: see `style/tokens.css`.

use codee::string::FromToStringCodec;
use leptos::prelude::*;
use leptos_use_storage::use_local_storage;

/// Under this name the chosen theme is kept in the browser. The page's boot script reads it too.
pub const STORAGE_KEY: &str = "vcube.theme";

/// A choice of colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// For `<html data-theme>` and for storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == text)
    }
}

/// The theme in use. A handle: copy it freely.
#[derive(Clone, Copy, Debug)]
pub struct ThemeChoice {
    /// The name that was chosen; empty when none was.
    choose: WriteSignal<String>,
    theme: Signal<Theme>,
}

impl ThemeChoice {
    /// As it was chosen before, in any tab. `<html data-theme>` follows from here on.
    pub fn from_browser() -> Self {
        let (chosen, choose, _) = use_local_storage::<String, FromToStringCodec>(STORAGE_KEY);
        let theme = Memo::new(move |_| chosen.with(|chosen| Theme::parse(chosen)).unwrap_or_default());
        Effect::new(move |_| {
            if let Some(root) = document().document_element() {
                // Refused only for an invalid attribute name.
                let _ = root.set_attribute("data-theme", theme.get().as_str());
            }
        });
        Self { choose, theme: theme.into() }
    }

    pub const fn theme(self) -> Signal<Theme> {
        self.theme
    }

    /// Changes the theme, and keeps the choice.
    pub fn choose(self, theme: Theme) {
        self.choose.set(theme.as_str().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_is_read_back_by_its_name_and_another_name_is_none() {
        assert_eq!(Theme::ALL.map(|theme| Theme::parse(theme.as_str())), Theme::ALL.map(Some));
        assert_eq!(Theme::parse("sepia"), None);
    }
}
