//! A part of a page that shows data of the cluster: loading, ready, stale or in error, each in its own way.

use leptos::prelude::*;

use crate::api_service::endpoints::listed::Unreadable;
use crate::hooks::{Asking, Freshness, Remote};
use crate::i18n::common::common;
use crate::i18n::errors::error_text;
use crate::i18n::{Lang, format, use_lang};

/// A section with its heading, whose content follows `data`.
///
/// Loading shows a skeleton; a failed refresh keeps the content and says since when it is old; a failure without data
/// says why and offers a retry. What of the lists behind it could not be read is said above the content.
pub fn data_section<T: Send + Sync + 'static>(
    id: &'static str,
    title: impl Fn() -> String + Send + Sync + 'static,
    data: Remote<T>,
    content: impl IntoView + 'static,
) -> impl IntoView {
    section_frame(id, Signal::derive(title), data.asking(), content.into_any())
}

/// The section around content that is made already, whatever the type of the data.
fn section_frame(id: &'static str, title: Signal<String>, data: Asking, content: AnyView) -> impl IntoView {
    let lang = use_lang();
    let (error, since, freshness, running) = (data.error(), data.since(), data.freshness(), data.running());
    let note = Memo::new(move |_| {
        let lang = lang.get();
        let why = error.with(|error| error.as_ref().map(|error| error_text(lang, error))).unwrap_or_default();
        match (freshness.get(), since.get()) {
            (Freshness::Stale, Some(at)) => {
                format!("{} {why}", common(lang).stale_since.fill([&format::time_of_day(lang, at)]))
            }
            _ => why,
        }
    });
    let is = move |wanted: &'static [Freshness]| move || wanted.contains(&freshness.get());
    let (loading, shown) = (is(&[Freshness::Loading]), is(&[Freshness::Ready, Freshness::Stale]));
    let troubled = is(&[Freshness::Stale, Freshness::Error]);
    let title_id = format!("{id}-title");
    view! {
        <section
            class="section"
            data-testid=id
            data-state=move || freshness.get().as_str()
            aria-labelledby=title_id.clone()
        >
            <h2 id=title_id.clone()>{title}</h2>
            <div class="section-note" hidden=move || !troubled()>
                <p>{note}</p>
                <button
                    type="button"
                    class="btn btn-small"
                    data-testid="retry"
                    aria-busy=move || running.get().then_some("true")
                    on:click=move |_| data.refresh()
                >
                    {move || common(lang.get()).retry}
                </button>
            </div>
            <div hidden=move || !loading()>{skeleton()}</div>
            <div class="section-content" hidden=move || !shown()>
                {left_out(lang, data.unreadable())}
                {content}
            </div>
        </section>
    }
}

/// "1 of 3 could not be read: …", a line a list; nothing where all was read. [`data_section`] says it of its own data.
pub fn left_out(lang: Signal<Lang>, unreadable: Signal<Vec<Unreadable>>) -> impl IntoView {
    let line = |lang: Lang, unreadable: &Unreadable| {
        let Unreadable { count, total, first } = unreadable;
        let number = |count: usize| format::integer(lang, count as u64);
        let words = common(lang).unreadable.of(lang, *count);
        let words = words.fill([&number(*count), &number(*total), &first.to_string()]);
        view! { <p>{words}</p> }
    };
    move || {
        let lang = lang.get();
        let lines = unreadable.with(|all| all.iter().map(|one| line(lang, one)).collect::<Vec<_>>());
        (!lines.is_empty()).then(|| {
            view! {
                <div class="section-note" data-testid="unreadable">
                    {lines}
                </div>
            }
        })
    }
}

/// The place of something that is on its way.
pub fn skeleton() -> impl IntoView {
    let lang = use_lang();
    view! {
        <div class="skeleton">
            <span class="visually-hidden">{move || common(lang.get()).loading}</span>
            <span class="skeleton-line"></span>
            <span class="skeleton-line"></span>
            <span class="skeleton-line"></span>
        </div>
    }
}

/// A section whose content is always there: it follows what the page itself holds.
pub fn section(id: &'static str, title: Signal<String>, content: impl IntoView + 'static) -> impl IntoView {
    section_that_is(Freshness::Ready, id, title, content.into_any())
}

/// A section in a state that does not change: of content that is there, is not there yet, or cannot be.
pub fn section_that_is(
    state: Freshness,
    id: &'static str,
    title: Signal<String>,
    content: impl IntoView + 'static,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    view! {
        <section class="section" data-testid=id data-state=state.as_str() aria-labelledby=title_id.clone()>
            <h2 id=title_id.clone()>{title}</h2>
            {content}
        </section>
    }
}
