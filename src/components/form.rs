//! A form: its fields, and beside each what keeps it from being accepted.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement, HtmlTextAreaElement};

use crate::components::field::{Field, FieldKind};
use crate::i18n::form::FieldProblem;
use crate::i18n::{Lang, use_lang};

/// What keeps fields from being accepted, by the `id` of the field.
pub type Refusals = Vec<(&'static str, FieldProblem)>;

/// A field that was refused, with what stood in it.
#[derive(Clone, PartialEq)]
struct Refused {
    id: &'static str,
    value: String,
    problem: FieldProblem,
}

/// A field of a form. The text is never cleared but by the person or by a success.
#[derive(Clone, Copy)]
pub struct FormField {
    /// `id` of the input, unique in the page; also its `data-testid`.
    pub id: &'static str,
    pub kind: FieldKind,
    pub value: RwSignal<String>,
    pub label: fn(Lang) -> &'static str,
}

impl FormField {
    pub fn new(id: &'static str, kind: FieldKind, label: fn(Lang) -> &'static str) -> Self {
        Self { id, kind, value: RwSignal::new(String::new()), label }
    }

    /// What was typed, without the space around it. Read from the page: what was filled in by the browser may have
    /// fired no event.
    pub fn typed(self) -> String {
        read_from_page(self.id, self.value);
        self.value.with_untracked(|value| value.trim().to_owned())
    }
}

/// A handle to the refusals of a form: copy it freely.
#[derive(Clone, Copy)]
pub struct Form {
    lang: Signal<Lang>,
    refused: RwSignal<Vec<Refused>>,
}

impl Form {
    pub fn new() -> Self {
        Self { lang: use_lang(), refused: RwSignal::new(Vec::new()) }
    }

    /// The field with its label and, while what was refused still stands in it, the reason.
    pub fn field(self, field: FormField) -> impl IntoView {
        self.field_with_hint(field, Signal::stored(String::new()))
    }

    /// A field as by [`Form::field`], with a hint on how to fill it in.
    pub fn field_with_hint(self, field: FormField, hint: Signal<String>) -> impl IntoView {
        let Self { lang, refused } = self;
        let FormField { id, kind, value, label } = field;
        let problem = Memo::new(move |_| {
            refused.with(|refused| {
                let this = refused.iter().find(|refused| refused.id == id)?;
                value.with(|value| *value == this.value).then(|| this.problem.text(lang.get()))
            })
        });
        let label = Signal::derive(move || label(lang.get()).to_owned());
        let problem = Signal::derive(move || problem.get().unwrap_or_default());
        view! { <Field id=id kind=kind label=label value=value problem=problem hint=hint /> }
    }

    /// Shows `refusals` beside their fields and brings the person to the first of them. Answers whether there is none.
    pub fn accepts(self, fields: &[FormField], refusals: Refusals) -> bool {
        let first = refusals.first().map(|(id, _)| *id);
        let with_value = |(id, problem): (&'static str, FieldProblem)| {
            let field = fields.iter().find(|field| field.id == id)?;
            Some(Refused { id, value: field.value.get_untracked(), problem })
        };
        self.refused.set(refusals.into_iter().filter_map(with_value).collect());
        if let Some(id) = first {
            focus(id);
        }
        first.is_none()
    }
}

impl Default for Form {
    fn default() -> Self {
        Self::new()
    }
}

/// Takes what stands in the input with this `id` into `value`, when it is in the page.
pub fn read_from_page(id: &str, value: RwSignal<String>) {
    let Some(element) = document().get_element_by_id(id) else { return };
    let input = element.dyn_ref::<HtmlInputElement>().map(HtmlInputElement::value);
    let shown = input.or_else(|| element.dyn_ref::<HtmlTextAreaElement>().map(HtmlTextAreaElement::value));
    if let Some(shown) = shown.filter(|shown| value.with_untracked(|value| value != shown)) {
        value.set(shown);
    }
}

/// Focuses the element with this `id`, when it is in the page.
pub fn focus(id: &str) {
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = element {
        // Fails for no element of a page that is shown.
        let _ = element.focus();
    }
}
