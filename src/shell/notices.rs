//! The notices of the page, and the two regions that a screen reader listens to.

use std::time::Duration;

use leptos::prelude::*;
use leptos_use_timeout_fn::use_timeout_fn;

use crate::i18n::common::common;
use crate::i18n::{Lang, use_lang};
use crate::store::notice::{Notice, NoticeKind, NoticeStore};

/// A notice that needs no answer goes after this time: long enough to read two sentences twice.
const SHOWN_FOR: Duration = Duration::from_secs(8);

/// What can be undone can be undone for this long at least; the notice then stays until dismissed.
#[component]
pub fn Notices() -> impl IntoView {
    let store = expect_context::<NoticeStore>();
    let lang = use_lang();
    view! {
        <div class="visually-hidden" role="status">
            {store.status()}
        </div>
        <div class="visually-hidden" role="alert">
            {store.alert()}
        </div>
        <section class="notices" aria-label=move || common(lang.get()).notices>
            <For each=move || store.shown_ids() key=|id| *id let:id>
                {store.notice(id).map(|notice| notice_view(store, lang, notice))}
            </For>
        </section>
    }
}

fn notice_view(store: NoticeStore, lang: Signal<Lang>, notice: Notice) -> impl IntoView {
    let id = notice.id;
    if !notice.stays() {
        let timeout = use_timeout_fn(move |()| store.dismiss(id), SHOWN_FOR.as_millis() as f64);
        (timeout.start)(());
    }
    let class = match notice.kind {
        NoticeKind::Info => "notice",
        NoticeKind::Success => "notice notice-ok",
        NoticeKind::Error => "notice notice-down",
    };
    let action = notice.action.map(|action| {
        let testid = if action.label.is_some() { "notice-action" } else { "undo" };
        let label = action.label;
        view! {
            <button type="button" class="btn btn-small" data-testid=testid on:click=move |_| store.act(id)>
                {move || label.clone().unwrap_or_else(|| common(lang.get()).undo.to_owned())}
            </button>
        }
    });
    view! {
        <div class=class data-testid="notice">
            <p class="notice-text">{notice.text}</p>
            {action}
            <button
                type="button"
                class="btn btn-icon"
                data-testid="dismiss"
                aria-label=move || common(lang.get()).dismiss
                on:click=move |_| store.dismiss(id)
            >
                <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
                    <path d="M4 4l8 8M12 4l-8 8" fill="none" stroke="currentColor" stroke-width="1.6" />
                </svg>
            </button>
        </div>
    }
}
