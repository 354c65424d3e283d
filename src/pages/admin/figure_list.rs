//! Figures of a section that are asked for together.

use leptos::prelude::*;

use crate::hooks::Remote;
use crate::i18n::admin::{AdminText, admin};
use crate::i18n::{Lang, format};

/// How often the figures are asked for: as often as the monitor asks for the nodes.
pub(super) const PAUSE_MS: u32 = 10_000;

/// One figure of a section: its name, and how it is read and written.
pub(super) type Figure<T> = (fn(&AdminText) -> &'static str, fn(Lang, &T) -> Option<String>);

/// A list of figures, each updated in its place.
pub(super) fn figure_list<T: Send + Sync + 'static>(
    lang: Signal<Lang>,
    data: Remote<T>,
    class: &'static str,
    list: Vec<Figure<T>>,
) -> impl IntoView {
    let items = list
        .into_iter()
        .map(|(name, read)| {
            let value = Memo::new(move |_| {
                let lang = lang.get();
                let known = data.value().with(|value| value.as_ref().and_then(|value| read(lang, value)));
                known.unwrap_or_else(|| format::ABSENT.to_owned())
            });
            figure_view(Signal::derive(move || name(admin(lang.get()))), value)
        })
        .collect_view();
    view! { <dl class=class>{items}</dl> }
}

fn figure_view(name: Signal<&'static str>, value: Memo<String>) -> impl IntoView {
    view! {
        <div class="figure">
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    }
}

pub(super) fn whole(lang: Lang, value: Option<u64>) -> Option<String> {
    value.map(|value| format::integer(lang, value))
}
