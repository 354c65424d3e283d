//! A labelled field with its hint and its error.

use leptos::prelude::*;

/// How a field behaves: what a browser needs to know to help the person who fills it in.
#[derive(Clone, Copy, Debug)]
pub struct FieldKind {
    /// `type` of the input.
    pub input_type: &'static str,
    /// `autocomplete` of the input: what a password manager or the browser may fill in.
    pub autocomplete: &'static str,
    pub required: bool,
    /// `inputmode` of the input: which keys a phone shows; empty: those of the type.
    pub input_mode: &'static str,
}

impl FieldKind {
    pub const EMAIL: Self = Self { input_type: "email", autocomplete: "username", ..Self::TEXT };
    pub const PASSWORD: Self = Self { input_type: "password", autocomplete: "current-password", ..Self::TEXT };
    pub const NEW_PASSWORD: Self = Self { input_type: "password", autocomplete: "new-password", ..Self::TEXT };
    pub const PHONE: Self = Self { input_type: "tel", autocomplete: "tel", ..Self::TEXT };
    pub const TEXT: Self = Self { input_type: "text", autocomplete: "off", required: true, input_mode: "" };
    /// Several lines.
    pub const LONG_TEXT: Self = Self { input_type: "textarea", ..Self::TEXT };
    /// A date with a time of day, in the person's time zone.
    pub const LOCAL_TIME: Self = Self { input_type: "datetime-local", required: false, ..Self::TEXT };
    /// A whole number. A text to the browser: what makes no sense stays to be read and corrected.
    pub const WHOLE: Self = Self { input_mode: "numeric", ..Self::TEXT };
    /// A number, with a comma or a point.
    pub const DECIMAL: Self = Self { input_mode: "decimal", ..Self::TEXT };
    pub const OPTIONAL_TEXT: Self = Self { required: false, ..Self::TEXT };
    pub const NUMBER: Self = Self { input_type: "number", ..Self::TEXT };

    /// The same field, which may stay empty.
    pub const fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    /// The same field with another `autocomplete`.
    pub const fn filled_with(self, autocomplete: &'static str) -> Self {
        Self { autocomplete, ..self }
    }
}

/// A label, an input, and below it a hint or what is wrong.
#[component]
pub fn Field(
    /// `id` of the input; also its `name` and its `data-testid`.
    id: &'static str,
    /// How it behaves.
    kind: FieldKind,
    /// What is asked for.
    #[prop(into)]
    label: Signal<String>,
    /// What was typed: never cleared but by the person or by a success.
    value: RwSignal<String>,
    /// What is wrong with it; empty when nothing is.
    #[prop(into, optional)]
    problem: Signal<String>,
    /// How to fill it in; empty when the label says it all.
    #[prop(into, optional)]
    hint: Signal<String>,
) -> impl IntoView {
    let note_id = format!("{id}-note");
    let note =
        Memo::new(move |_| problem.with(|problem| if problem.is_empty() { hint.get() } else { problem.clone() }));
    let invalid = move || problem.with(|problem| !problem.is_empty());
    let input = if kind.input_type == FieldKind::LONG_TEXT.input_type {
        view! {
            <textarea
                id=id
                name=id
                class="input"
                rows="3"
                data-testid=id
                required=kind.required
                aria-invalid=move || invalid().then_some("true")
                aria-describedby=note_id.clone()
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
            ></textarea>
        }
        .into_any()
    } else {
        view! {
            <input
                id=id
                name=id
                class="input"
                data-testid=id
                type=kind.input_type
                inputmode=Some(kind.input_mode).filter(|mode| !mode.is_empty())
                autocomplete=kind.autocomplete
                required=kind.required
                aria-invalid=move || invalid().then_some("true")
                aria-describedby=note_id.clone()
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
            />
        }
        .into_any()
    };
    view! {
        <div class="field">
            <label for=id class="field-label">
                {label}
            </label>
            {input}
            <p id=note_id class="field-note" class:field-problem=invalid>
                {note}
            </p>
        </div>
    }
}
