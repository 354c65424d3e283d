//! Tabs, as WAI-ARIA describes them: one tab stop, arrow keys between tabs, the chosen one is shown at once.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use crate::components::form::focus;

/// One tab.
#[derive(Clone, Copy)]
pub struct Tab {
    /// Its name in the URL and in its `id`.
    pub key: &'static str,
    pub label: Signal<&'static str>,
}

/// A list of tabs above the panel of the chosen one.
#[component]
pub fn Tabs(
    /// Begins the `id` of each tab (`ID-KEY`) and of the panel (`ID-panel`).
    id: &'static str,
    /// What the tabs are about.
    #[prop(into)]
    label: Signal<String>,
    /// In the order shown.
    tabs: Vec<Tab>,
    /// The key of the tab that is shown.
    chosen: Memo<&'static str>,
    /// A tab was chosen.
    on_choose: Callback<&'static str>,
    /// The panel of the chosen tab.
    children: Children,
) -> impl IntoView {
    let panel_id = format!("{id}-panel");
    let keys: Vec<&'static str> = tabs.iter().map(|tab| tab.key).collect();
    let buttons = tabs.into_iter().map(|tab| tab_view(id, &panel_id, tab, chosen, on_choose)).collect_view();
    let on_key = move |event: KeyboardEvent| {
        let from = keys.iter().position(|key| *key == chosen.get_untracked()).unwrap_or_default();
        if let Some(key) = next_tab(&event.key(), from, keys.len()).and_then(|to| keys.get(to).copied()) {
            event.prevent_default();
            on_choose.run(key);
            focus(&tab_id(id, key));
        }
    };
    view! {
        <div class="tabs" role="tablist" aria-label=label on:keydown=on_key>
            {buttons}
        </div>
        <div
            id=panel_id.clone()
            class="tab-panel"
            role="tabpanel"
            aria-labelledby=move || tab_id(id, chosen.get())
            data-tab=move || chosen.get()
        >
            {children()}
        </div>
    }
}

fn tab_view(
    id: &'static str,
    panel_id: &str,
    tab: Tab,
    chosen: Memo<&'static str>,
    on_choose: Callback<&'static str>,
) -> impl IntoView + use<> {
    let Tab { key, label } = tab;
    let is_chosen = move || chosen.get() == key;
    view! {
        <button
            type="button"
            class="tab"
            role="tab"
            id=tab_id(id, key)
            data-testid=tab_id(id, key)
            aria-selected=move || is_chosen().to_string()
            aria-controls=panel_id.to_owned()
            tabindex=move || if is_chosen() { "0" } else { "-1" }
            on:click=move |_| on_choose.run(key)
        >
            {label}
        </button>
    }
}

fn tab_id(id: &str, key: &str) -> String {
    format!("{id}-{key}")
}

/// Where a key leads from the tab at `from` of `count`; `None` for a key that is not about tabs.
fn next_tab(key: &str, from: usize, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match key {
        "ArrowRight" => Some(if from >= last { 0 } else { from + 1 }),
        "ArrowLeft" => Some(if from == 0 { last } else { from - 1 }),
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrow_keys_go_round_and_home_and_end_go_to_the_ends() {
        assert_eq!(next_tab("ArrowRight", 0, 3), Some(1));
        assert_eq!(next_tab("ArrowRight", 2, 3), Some(0));
        assert_eq!(next_tab("ArrowLeft", 0, 3), Some(2));
        assert_eq!((next_tab("Home", 2, 3), next_tab("End", 0, 3)), (Some(0), Some(2)));
        assert_eq!(next_tab("Tab", 0, 3), None);
        assert_eq!(next_tab("End", 0, 0), None);
    }
}
