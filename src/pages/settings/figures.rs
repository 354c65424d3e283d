//! The figures that a person may change, within the bounds of the configuration.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::panel::{SettingsPanel, section};
use crate::components::field::FieldKind;
use crate::components::form::{Form, FormField};
use crate::components::nodes_monitor::forget_interval;
use crate::config::{Bounds, Config, HEALTH_CHECK_INTERVAL_MS, MONITOR_REFRESH_MS, REQUEST_TIMEOUT_MS};
use crate::i18n::form::FieldProblem;
use crate::i18n::settings::settings;
use crate::i18n::{Lang, format};

/// A figure: its field, its bounds, and where it stands in the configuration.
#[derive(Clone, Copy)]
struct Figure {
    field: FormField,
    bounds: Bounds,
    place: fn(&mut Config) -> &mut u32,
}

impl Figure {
    fn new(
        id: &'static str,
        bounds: Bounds,
        place: fn(&mut Config) -> &mut u32,
        label: fn(Lang) -> &'static str,
    ) -> Self {
        Self { field: FormField::new(id, FieldKind::WHOLE, label), bounds, place }
    }

    fn of(self, mut config: Config) -> u32 {
        *(self.place)(&mut config)
    }
}

/// `operator`: the monitor's pace too, for who can see the monitor.
pub fn figures(panel: SettingsPanel, operator: bool) -> impl IntoView {
    let SettingsPanel { store, lang, .. } = panel;
    let form = Form::new();
    let mut all = vec![
        Figure::new(
            "settings-timeout",
            REQUEST_TIMEOUT_MS,
            |config| &mut config.request_timeout_ms,
            |lang| settings(lang).request_timeout,
        ),
        Figure::new(
            "settings-health",
            HEALTH_CHECK_INTERVAL_MS,
            |config| &mut config.health_check_interval_ms,
            |lang| settings(lang).health_interval,
        ),
    ];
    if operator {
        all.push(Figure::new(
            "settings-refresh",
            MONITOR_REFRESH_MS,
            |config| &mut config.monitor_refresh_ms,
            |lang| settings(lang).monitor_refresh,
        ));
    }
    let figures = StoredValue::new(all.clone());
    // An import or a reset shows here too.
    Effect::new(move |_| {
        let config = store.config().get();
        figures.with_value(|figures| {
            for figure in figures {
                figure.field.value.set(figure.of(config.clone()).to_string());
            }
        });
    });
    let fields = all.into_iter().map(|figure| {
        let hint = Signal::derive(move || {
            let lang = lang.get();
            let write = |value: u32| format::integer(lang, u64::from(value));
            let Bounds { least, most, .. } = figure.bounds;
            settings(lang).bounds.fill([&write(least), &write(most), &write(figure.of(store.file()))])
        });
        form.field_with_hint(figure.field, hint)
    });
    let content = view! {
        <form
            class="card form form-wide"
            novalidate
            data-testid="settings-form"
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                figures.with_value(|figures| save(panel, form, figures));
            }
        >
            {fields.collect_view()}
            <div class="form-end">
                <div class="form-buttons">
                    <button type="submit" class="btn btn-primary" data-testid="settings-save">
                        {move || settings(lang.get()).save}
                    </button>
                </div>
            </div>
        </form>
        {reload_note(panel)}
    };
    section("figures", Signal::derive(move || settings(lang.get()).figures), content.into_any())
}

fn save(panel: SettingsPanel, form: Form, figures: &[Figure]) {
    let mut config = panel.store.now();
    let mut refusals = Vec::new();
    for figure in figures {
        match read(&figure.field.typed(), figure.bounds) {
            Ok(value) => *(figure.place)(&mut config) = value,
            Err(problem) => refusals.push((figure.field.id, problem)),
        }
    }
    let fields: Vec<FormField> = figures.iter().map(|figure| figure.field).collect();
    if form.accepts(&fields, refusals) {
        if config.monitor_refresh_ms != panel.store.now().monitor_refresh_ms {
            // What was picked in the monitor before would win over it.
            forget_interval();
        }
        panel.take(config, panel.text().saved.to_owned());
    }
}

/// A whole number within its bounds.
fn read(text: &str, bounds: Bounds) -> Result<u32, FieldProblem> {
    let Bounds { least, most, .. } = bounds;
    if text.is_empty() {
        return Err(FieldProblem::Missing);
    }
    if !text.chars().all(|c| c.is_ascii_digit()) {
        return Err(FieldProblem::NotAWholeNumber);
    }
    let out_of_bounds = FieldProblem::OutOfBounds { least, most };
    text.parse().ok().filter(|value| (least..=most).contains(value)).ok_or(out_of_bounds)
}

/// Says that a change waits for the page to be loaded again, and offers it.
fn reload_note(panel: SettingsPanel) -> impl IntoView {
    let lang = panel.lang;
    let waits = Memo::new(move |_| panel.store.waits_for_reload());
    view! {
        <div class="section-note" data-testid="settings-waits" hidden=move || !waits.get()>
            <p>{move || settings(lang.get()).waits}</p>
            <button
                type="button"
                class="btn btn-small"
                data-testid="settings-reload"
                on:click=move |_| {
                    // Refused only in a page that is already being left.
                    let _ = window().location().reload();
                }
            >
                {move || settings(lang.get()).reload}
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_a_whole_number_within_its_bounds() {
        let out = Err(FieldProblem::OutOfBounds { least: 200, most: 60_000 });
        assert_eq!((read("200", REQUEST_TIMEOUT_MS), read("60000", REQUEST_TIMEOUT_MS)), (Ok(200), Ok(60_000)));
        for text in ["199", "60001", "99999999999999999999"] {
            assert_eq!(read(text, REQUEST_TIMEOUT_MS), out, "{text}");
        }
        for text in ["1.5", "-1", "1e3", "soon"] {
            assert_eq!(read(text, REQUEST_TIMEOUT_MS), Err(FieldProblem::NotAWholeNumber), "{text}");
        }
        assert_eq!(read("", REQUEST_TIMEOUT_MS), Err(FieldProblem::Missing));
    }
}
