//! The form of a test. What was typed stays, over a reload too.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::fields::{CHOICES, FIELDS, FIRST, MAIN, configuration_of};
use super::state::{Busy, Kind, Performance};
use crate::api_service::endpoints::performance::{NUMBERS, SWITCHES, TestConfiguration};
use crate::components::field::{Field, FieldKind};
use crate::components::section::section;
use crate::i18n::performance::performance;
use crate::storage::{self, Area};

/// Under this name what was typed is kept in the browser: one number a line.
const STORAGE_KEY: &str = "vcube.performance.form";

/// What was typed and switched, in the order of [`FIELDS`] and [`CHOICES`].
#[derive(Clone, Copy)]
struct Form {
    state: Performance,
    typed: [RwSignal<String>; NUMBERS.len()],
    switched: [RwSignal<bool>; SWITCHES.len()],
    problems: [RwSignal<String>; NUMBERS.len()],
    options_open: RwSignal<bool>,
}

impl Form {
    fn new(state: Performance) -> Self {
        let kept = storage::read(Area::Local, STORAGE_KEY).unwrap_or_default();
        let mut kept = kept.split('\n');
        let begun = FIRST.map(|first| kept.next().filter(|text| !text.is_empty()).unwrap_or(first).to_owned());
        Self {
            state,
            typed: begun.map(RwSignal::new),
            switched: [false; SWITCHES.len()].map(RwSignal::new),
            problems: FIRST.map(|_| RwSignal::new(String::new())),
            options_open: RwSignal::new(false),
        }
    }

    /// The configuration, kept; `None` when a number is wrong, which is then said where it stands.
    fn configuration(self) -> Option<TestConfiguration> {
        let lang = self.state.lang.get_untracked();
        let typed = self.typed.map(|text| text.get_untracked());
        let read = configuration_of(lang, &typed, self.switched.map(|on| on.get_untracked()));
        let problems = read.as_ref().err().cloned().unwrap_or_default();
        if read.is_ok() {
            storage::write(Area::Local, STORAGE_KEY, &typed.join("\n"));
        } else {
            self.point_out(&*problems);
        }
        for (place, problem) in self.problems.into_iter().zip(*problems) {
            place.set(problem);
        }
        read.ok()
    }

    /// Says the first problem, and puts the cursor where it is.
    fn point_out(self, problems: &[String]) {
        let Some(first) = problems.iter().position(|problem| !problem.is_empty()) else { return };
        self.state.notices.alert_only(problems[first].clone());
        if problems.iter().skip(MAIN).any(|problem| !problem.is_empty()) {
            self.options_open.set(true);
        }
        let field = document().get_element_by_id(FIELDS[first].id);
        if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
            // Once the options are open.
            request_animation_frame(move || drop(field.focus()));
        }
    }

    fn start(self, kind: Kind) {
        if let Some(configuration) = self.configuration() {
            self.state.start(kind, configuration);
        }
    }
}

fn number(form: Form, index: usize) -> impl IntoView {
    let field = &FIELDS[index];
    let lang = form.state.lang;
    let optional = field.optional;
    let hint = Signal::derive(move || if optional { performance(lang.get()).optional } else { "" });
    let kind = FieldKind { required: !optional, ..FieldKind::NUMBER };
    let (label, value, problem) = (form.state.words(field.label), form.typed[index], form.problems[index]);
    view! { <Field id=field.id kind=kind label=label value=value problem=problem hint=hint /> }
}

fn switch(form: Form, index: usize) -> impl IntoView {
    let on = form.switched[index];
    let (id, label) = CHOICES[index];
    view! {
        <label class="switch-field">
            <input
                type="checkbox"
                role="switch"
                data-testid=id
                prop:checked=on
                on:change=move |event| on.set(event_target_checked(&event))
            />
            <span>{form.state.words(label)}</span>
        </label>
    }
}

fn button(form: Form, kind: Kind) -> impl IntoView {
    let lang = form.state.lang;
    let busy = move || form.state.busy.get() == Some(Busy::Starting(kind));
    let words = Signal::derive(move || {
        let text = performance(lang.get());
        match (busy(), kind) {
            (true, _) => text.starting,
            (false, Kind::Configured) => text.start,
            (false, Kind::Quick) => text.quick,
            (false, Kind::Stress) => text.stress_test,
        }
    });
    let (class, test_id, of_type) = match kind {
        Kind::Configured => ("btn btn-primary", "test-start", "submit"),
        Kind::Quick => ("btn", "test-quick", "button"),
        Kind::Stress => ("btn", "test-stress", "button"),
    };
    view! {
        <button
            type=of_type
            class=class
            data-testid=test_id
            aria-busy=move || busy().then_some("true")
            on:click=move |_| {
                if kind != Kind::Configured {
                    form.start(kind);
                }
            }
        >
            {words}
        </button>
    }
}

fn subscriptions(form: Form) -> impl IntoView {
    let state = form.state;
    let lang = state.lang;
    let active = Memo::new(move |_| state.progress.value().with(|known| known.as_ref()?.subscriptions));
    let words = Signal::derive(move || {
        let text = performance(lang.get());
        if active.get() == Some(true) { text.subscriptions_on } else { text.subscriptions_off }
    });
    let on_click = move |_| {
        let on = active.get_untracked() != Some(true);
        if let Some(configuration) = form.configuration() {
            state.switch_subscriptions(on, configuration);
        }
    };
    view! {
        <div class="test-subscriptions" hidden=move || active.get().is_none()>
            <span data-testid="subscriptions" data-active=move || (active.get() == Some(true)).to_string()>
                {words}
            </span>
            <button
                type="button"
                class="btn btn-small"
                data-testid="subscriptions-switch"
                aria-busy=move || (state.busy.get() == Some(Busy::Subscriptions)).then_some("true")
                on:click=on_click
            >
                {move || {
                    let text = performance(lang.get());
                    if active.get() == Some(true) { text.stop_subscriptions } else { text.start_subscriptions }
                }}
            </button>
        </div>
    }
}

/// The section.
pub fn form(state: Performance) -> impl IntoView {
    let form = Form::new(state);
    let lang = state.lang;
    let fields = |range: std::ops::Range<usize>| range.map(|index| number(form, index)).collect_view();
    let switches = (0..CHOICES.len()).map(|index| switch(form, index)).collect_view();
    let content = view! {
        <form
            class="card form"
            novalidate
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                form.start(Kind::Configured);
            }
        >
            <div class="test-fields">{fields(0..MAIN)}</div>
            <details class="test-options" prop:open=Signal::derive(move || form.options_open.get())
                on:toggle=move |event| {
                    form.options_open.set(event_target::<web_sys::Element>(&event).has_attribute("open"));
                }
            >
                <summary>{state.words(|text| text.more)}</summary>
                <div class="test-fields">{fields(MAIN..FIELDS.len())}</div>
                <div class="test-switches">{switches}</div>
            </details>
            <div class="test-buttons">
                {button(form, Kind::Configured)} {button(form, Kind::Quick)} {button(form, Kind::Stress)}
            </div>
            <p class="field-note">{move || performance(lang.get()).quick_hint}</p>
            {subscriptions(form)}
        </form>
    };
    section("test-form", state.words(|text| text.configure), content.into_any())
}
