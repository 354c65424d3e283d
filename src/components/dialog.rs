//! A question that has to be answered before anything else: the browser's own modal dialog.

use std::cell::Cell;

use leptos::html;
use leptos::prelude::*;

thread_local! {
    static DIALOGS_MADE: Cell<u32> = const { Cell::new(0) };
}

/// A modal dialog with its two answers. The browser keeps focus inside it and gives it back to where it was; Escape means
/// no.
#[component]
pub fn Dialog(
    /// Whether it is shown.
    #[prop(into)]
    open: Signal<bool>,
    /// What is asked.
    #[prop(into)]
    title: Signal<String>,
    /// No was answered, or Escape was pressed.
    #[prop(into)]
    on_cancel: Callback<()>,
    /// Yes was answered.
    #[prop(into)]
    on_accept: Callback<()>,
    /// How no is said.
    #[prop(into)]
    no: Signal<String>,
    /// How yes is said.
    #[prop(into)]
    yes: Signal<String>,
    /// Yes takes something away that does not come back.
    #[prop(optional)]
    dangerous: bool,
    /// What follows, and the evidence.
    children: Children,
) -> impl IntoView {
    // A page may hold several dialogs: each has a title of its own.
    let title_id = format!("dialog-title-{}", DIALOGS_MADE.replace(DIALOGS_MADE.get() + 1));
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let (Some(dialog), wanted) = (dialog.get(), open.get()) else { return };
        match (wanted, dialog.open()) {
            // Refused only for a dialog that is open already or not in the page.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    view! {
        <dialog
            class="dialog"
            node_ref=dialog
            aria-labelledby=title_id.clone()
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                on_cancel.run(());
            }
        >
            <h2 id=title_id.clone() class="dialog-title">
                {title}
            </h2>
            {children()}
            <div class="dialog-actions">
                <button type="button" class="btn" data-testid="confirm-cancel" on:click=move |_| on_cancel.run(())>
                    {no}
                </button>
                <button
                    type="button"
                    class=if dangerous { "btn btn-danger" } else { "btn btn-primary" }
                    data-testid="confirm-accept"
                    on:click=move |_| on_accept.run(())
                >
                    {yes}
                </button>
            </div>
        </dialog>
    }
}
