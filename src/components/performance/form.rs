//! The form of a test. What was typed stays, over a reload too.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::fields::{NUMBERS, NumberField, SIZES, SWITCHES, SwitchField, configuration_of, first_configuration};
use super::{Busy, Kind, Performance};
use crate::api_service::endpoints::performance::TestConfiguration;
use crate::components::field::{Field, FieldKind};
use crate::components::section::section;
use crate::i18n::performance::performance;
use crate::storage::{self, Area};

/// Under this name the last configuration is kept in the browser.
const STORAGE_KEY: &str = "vcube.performance.form";

/// What was typed and switched, in the order of [`NUMBERS`] and [`SWITCHES`].
#[derive(Clone, Copy)]
struct Form {
    state: Performance,
    typed: StoredValue<Vec<RwSignal<String>>>,
    switched: StoredValue<Vec<RwSignal<bool>>>,
    problems: RwSignal<Vec<String>>,
    options_open: RwSignal<bool>,
}

impl Form {
    fn new(state: Performance) -> Self {
        let kept = storage::read(Area::Local, STORAGE_KEY);
        let kept = kept.and_then(|text| serde_json::from_str::<TestConfiguration>(&text).ok());
        let configuration = kept.unwrap_or_else(first_configuration);
        let typed = NUMBERS.iter().map(|field| RwSignal::new(field.text(&configuration))).collect();
        let switched = SWITCHES.iter().map(|field| RwSignal::new((field.read)(&configuration))).collect();
        Self {
            state,
            typed: StoredValue::new(typed),
            switched: StoredValue::new(switched),
            problems: RwSignal::new(Vec::new()),
            options_open: RwSignal::new(false),
        }
    }

    /// The configuration, kept; `None` when a number is wrong, which is then said where it stands.
    fn configuration(self) -> Option<TestConfiguration> {
        let lang = self.state.lang.get_untracked();
        let typed: Vec<String> = self.typed.with_value(|all| all.iter().map(|text| text.get_untracked()).collect());
        let switched: Vec<bool> = self.switched.with_value(|all| all.iter().map(|on| on.get_untracked()).collect());
        match configuration_of(lang, &typed, &switched) {
            Ok(configuration) => {
                self.problems.set(Vec::new());
                if let Ok(text) = serde_json::to_string(&configuration) {
                    storage::write(Area::Local, STORAGE_KEY, &text);
                }
                Some(configuration)
            }
            Err(problems) => {
                self.point_out(&problems);
                self.problems.set(problems);
                None
            }
        }
    }

    /// Says the first problem, and puts the cursor where it is.
    fn point_out(self, problems: &[String]) {
        let Some(first) = problems.iter().position(|problem| !problem.is_empty()) else { return };
        self.state.notices.alert_only(problems[first].clone());
        if first >= MAIN {
            self.options_open.set(true);
        }
        let field = document().get_element_by_id(NUMBERS[first].id);
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

/// Sizes and duration: what every test needs.
const MAIN: usize = SIZES + 1;

fn number(form: Form, index: usize, field: &'static NumberField) -> AnyView {
    let lang = form.state.lang;
    let value = form.typed.with_value(|typed| typed[index]);
    let problem = Memo::new(move |_| form.problems.with(|all| all.get(index).cloned().unwrap_or_default()));
    let label = form.state.words(field.label);
    let hint = Signal::derive(
        move || if field.optional { performance(lang.get()).optional.to_owned() } else { String::new() },
    );
    let kind = FieldKind { required: !field.optional, ..FieldKind::NUMBER };
    view! { <Field id=field.id kind=kind label=label value=value problem=problem hint=hint /> }.into_any()
}

fn switch(form: Form, index: usize, field: &'static SwitchField) -> AnyView {
    let on = form.switched.with_value(|switched| switched[index]);
    view! {
        <label class="switch-field">
            <input
                type="checkbox"
                role="switch"
                data-testid=field.id
                prop:checked=on
                on:change=move |event| on.set(event_target_checked(&event))
            />
            <span>{form.state.words(field.label)}</span>
        </label>
    }
    .into_any()
}

fn button(form: Form, kind: Kind) -> AnyView {
    let lang = form.state.lang;
    let busy = move || form.state.busy.get() == Some(Busy::Starting(kind));
    let words = move || {
        let text = performance(lang.get());
        match (busy(), kind) {
            (true, _) => text.starting,
            (false, Kind::Configured) => text.start,
            (false, Kind::Quick) => text.quick,
            (false, Kind::Stress) => text.stress_test,
        }
    };
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
    .into_any()
}

fn subscriptions(form: Form) -> AnyView {
    let state = form.state;
    let lang = state.lang;
    let active = Memo::new(move |_| state.subscriptions.value().with(|all| all.as_ref().map(|all| all.active)));
    let words = move || {
        let text = performance(lang.get());
        if active.get() == Some(true) { text.subscriptions_on } else { text.subscriptions_off }
    };
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
    .into_any()
}

/// The section.
pub fn form(state: Performance) -> AnyView {
    let form = Form::new(state);
    let lang = state.lang;
    let fields = |range: std::ops::Range<usize>| range.map(|index| number(form, index, &NUMBERS[index])).collect_view();
    let switches = SWITCHES.iter().enumerate().map(|(index, field)| switch(form, index, field)).collect_view();
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
            <details class="test-options" prop:open=move || form.options_open.get()
                on:toggle=move |event| {
                    form.options_open.set(event_target::<web_sys::Element>(&event).has_attribute("open"));
                }
            >
                <summary>{state.words(|text| text.more)}</summary>
                <div class="test-fields">{fields(MAIN..NUMBERS.len())}</div>
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
