//! Settings as a file: taken along, taken over, given up.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlInputElement;

use super::import::{ImportQuestion, import_dialog, risks};
use super::panel::{SettingsPanel, section};
use crate::components::download::{FileKind, save_file};
use crate::config::{Changes, ConfigProblem};
use crate::i18n::config::problem_text;
use crate::i18n::settings::settings;

pub fn transfer(panel: SettingsPanel) -> impl IntoView {
    let lang = panel.lang;
    let problems = RwSignal::new(Vec::<ConfigProblem>::new());
    let asked = RwSignal::new(None::<ImportQuestion>);
    // Of the file that was chosen last.
    let name = RwSignal::new(None::<String>);
    let changed = move || {
        let text = settings(lang.get());
        let names = panel.store.changes().names();
        if names.is_empty() { text.unchanged.to_owned() } else { text.changed.fill([&names.join(", ")]) }
    };
    let reasons = move || {
        let lang = lang.get();
        problems.with(|problems| {
            problems.iter().map(|problem| view! { <li>{problem_text(lang, problem)}</li> }).collect_view()
        })
    };
    let chosen = move |event: web_sys::Event| {
        let input = event_target::<HtmlInputElement>(&event);
        let file = input.files().and_then(|files| files.get(0));
        // The same file chosen again is another import.
        input.set_value("");
        let Some(file) = file else { return };
        name.set(Some(file.name()));
        spawn_local(async move {
            match JsFuture::from(file.text()).await.map(|text| text.as_string()) {
                Ok(Some(text)) => import(panel, problems, asked, &text),
                _ => panel.notices.error(panel.text().import_unreadable),
            }
        });
    };
    let content = view! {
        <p data-testid="settings-changed">{changed}</p>
        <div class="section-note" role="group" data-testid="import-problems" hidden=move || problems.with(Vec::is_empty)>
            <div>
                <p>{move || settings(lang.get()).import_refused}</p>
                <ul class="problems">{reasons}</ul>
            </div>
        </div>
        <div class="card form">
            <div class="field">
                <span class="field-label" id="settings-import-label">
                    {move || settings(lang.get()).import}
                </span>
                // The browser's own field speaks the browser's language: its label is pressed in its place.
                <input
                    id="settings-import"
                    type="file"
                    class="file visually-hidden"
                    accept=".json,application/json"
                    data-testid="settings-import"
                    aria-labelledby="settings-import-label settings-import-choose"
                    aria-describedby="settings-import-note"
                    on:change=chosen
                />
                <div class="file-choice">
                    <label for="settings-import" class="btn" id="settings-import-choose">
                        {move || settings(lang.get()).import_choose}
                    </label>
                    <span class="muted" data-testid="settings-import-name">
                        {move || {
                            name.get().map_or_else(|| settings(lang.get()).import_no_file.to_owned(), isolated)
                        }}
                    </span>
                </div>
                <p id="settings-import-note" class="field-note">
                    {move || settings(lang.get()).import_hint}
                </p>
            </div>
            <div class="form-buttons">
                <button type="button" class="btn" data-testid="settings-export" on:click=move |_| export(panel)>
                    {move || settings(lang.get()).export}
                </button>
                <button
                    type="button"
                    class="btn"
                    data-testid="settings-reset"
                    on:click=move |_| {
                        problems.set(Vec::new());
                        panel.take(panel.store.file(), panel.text().was_reset.to_owned());
                    }
                >
                    {move || settings(lang.get()).reset}
                </button>
            </div>
        </div>
        {import_dialog(panel, asked)}
    };
    section("settings-transfer", Signal::derive(move || settings(lang.get()).transfer), content.into_any())
}

/// A name as it is, whatever direction it is written in.
fn isolated(name: String) -> String {
    format!("\u{2068}{name}\u{2069}")
}

fn export(panel: SettingsPanel) {
    if save_file(&panel.store.now().to_json(), FileKind::Json, "config.json").is_err() {
        panel.notices.error(panel.text().export_failed);
    }
}

/// Asks whether what a file says is to be taken over: all of it or nothing.
fn import(
    panel: SettingsPanel,
    problems: RwSignal<Vec<ConfigProblem>>,
    asked: RwSignal<Option<ImportQuestion>>,
    text: &str,
) {
    // The page may have been left while the file was read.
    if problems.is_disposed() {
        return;
    }
    let (changes, refused) = Changes::read(text);
    let taken = refused.is_empty();
    if !taken {
        let lang = panel.lang.get_untracked();
        panel.notices.alert_only(settings(lang).import_refused);
    }
    problems.set(refused);
    if !taken {
        return;
    }
    let before = panel.store.now();
    let after = before.with(changes);
    if after == before {
        return panel.notices.info(panel.text().import_nothing);
    }
    let risks = risks(&before, &after, |node| panel.store.is_trusted(node));
    asked.set(Some(ImportQuestion { before, after, risks }));
}
