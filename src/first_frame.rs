//! The frame that the HTML itself shows until the application runs, with the login form in it: a person types before the
//! application is there, and nothing of that is lost.
//!
//! `index.html` holds the form, its texts and the script that shows it; `tests/first_frame.rs` compares them with those
//! of the login page.

use std::sync::{Arc, Mutex};

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

/// The frame: `id` of its element.
const FRAME: &str = "boot";
/// What the HTML says when the application cannot start.
const STOPPED: &str = "stopped";
/// Set by the page's own script on the form of the frame when it was sent, with Enter or by its button.
const SENT: &str = "data-sent";

/// The field that had the focus, and what was selected in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caret {
    /// `id` of the field.
    field: String,
    selection: Option<(u32, u32)>,
}

/// What stood in the login form of the frame when the application took over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    pub email: String,
    pub password: String,
    pub caret: Option<Caret>,
    /// Whether the form was sent while nobody could answer.
    pub sent: bool,
}

/// Takes the frame out of the page, because the application is about to stand in its place. Gives what was typed into
/// its login form; `None` when there is no frame any more.
pub fn take_over() -> Option<Typed> {
    let frame = document().get_element_by_id(FRAME)?;
    let typed = read(&frame);
    frame.remove();
    // Whatever failed meanwhile was not the application.
    if let Some(said) = document().get_element_by_id(STOPPED) {
        said.remove();
    }
    Some(typed)
}

/// What was typed before the application ran, for the one form that takes it over.
#[derive(Clone)]
pub struct TypedEarly(Arc<Mutex<Option<Typed>>>);

impl TypedEarly {
    pub fn new(typed: Option<Typed>) -> Self {
        Self(Arc::new(Mutex::new(typed)))
    }

    /// The first who asks gets it: a form that is shown later begins empty.
    pub fn take(&self) -> Option<Typed> {
        self.0.lock().ok()?.take()
    }
}

fn read(frame: &Element) -> Typed {
    let input = |id: &str| {
        frame
            .query_selector(&format!("#{id}"))
            .ok()
            .flatten()
            .and_then(|element| element.dyn_into::<HtmlInputElement>().ok())
    };
    let value = |id: &str| input(id).map(|input| input.value()).unwrap_or_default();
    let caret = document().active_element().filter(|element| frame.contains(Some(element))).map(|element| {
        let selection = element
            .dyn_ref::<HtmlInputElement>()
            .and_then(|input| Some((input.selection_start().ok().flatten()?, input.selection_end().ok().flatten()?)));
        Caret { field: element.id(), selection }
    });
    Typed {
        email: value("login-email"),
        password: value("login-password"),
        caret: caret.filter(|caret| !caret.field.is_empty()),
        sent: frame.query_selector(&format!("[{SENT}]")).ok().flatten().is_some(),
    }
}

impl Caret {
    /// Gives the focus to the same field of the application's form, with the same selection.
    pub fn restore(&self) {
        let Some(element) = document().get_element_by_id(&self.field) else { return };
        if let Some(element) = element.dyn_ref::<HtmlElement>() {
            // Fails for no element of a page that is shown.
            let _ = element.focus();
        }
        if let (Some(input), Some((start, end))) = (element.dyn_ref::<HtmlInputElement>(), self.selection) {
            // Fails for kinds of input that have no caret to set.
            let _ = input.set_selection_range(start, end);
        }
    }
}
