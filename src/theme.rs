//! Light, dark, or as the system says. The style sheets do the rest: see `style/tokens.css`.

use leptos::prelude::*;

use crate::storage::{self, Area};

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
    chosen: RwSignal<Theme>,
    theme: Signal<Theme>,
}

impl ThemeChoice {
    /// As it was chosen before. `<html data-theme>` follows from here on.
    pub fn from_browser() -> Self {
        let kept = storage::read(Area::Local, STORAGE_KEY).as_deref().and_then(Theme::parse);
        let chosen = RwSignal::new(kept.unwrap_or_default());
        Effect::new(move |_| {
            if let Some(root) = document().document_element() {
                // Refused only for an invalid attribute name.
                let _ = root.set_attribute("data-theme", chosen.get().as_str());
            }
        });
        Self { chosen, theme: chosen.into() }
    }

    pub fn theme(self) -> Signal<Theme> {
        self.theme
    }

    /// Changes the theme, and keeps the choice.
    pub fn choose(self, theme: Theme) {
        self.chosen.set(theme);
        storage::write(Area::Local, STORAGE_KEY, theme.as_str());
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
