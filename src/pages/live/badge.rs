//! How a stream of the live demonstration does, and what takes its place.

use leptos::prelude::*;

use crate::hooks::{StreamState, use_polling};
use crate::i18n::Lang;
use crate::i18n::live::{LiveText, live};
use crate::words::node_name;

/// Live charts are drawn once a second, however much comes in.
pub(super) const DRAW_MS: u32 = 1_000;

/// Without a stream the state is asked for this often, in milliseconds.
const WITHOUT_STREAM_MS: u32 = 5_000;

/// Calls `ask` again and again while the backend offers no stream, which would have told at once.
pub(super) fn ask_without_stream(state: Signal<StreamState>, ask: impl Fn() + 'static) {
    let missing = Memo::new(move |_| state.get() == StreamState::Unsupported);
    let pause_ms = Signal::derive(move || if missing.get() { WITHOUT_STREAM_MS } else { 0 });
    use_polling(pause_ms, move || {
        if missing.get_untracked() {
            ask();
        }
        std::future::ready(())
    });
}

/// The state of a stream in words, with the node that it comes from.
pub(super) fn stream_badge(
    lang: Signal<Lang>,
    name: fn(&LiveText) -> &'static str,
    state: Signal<StreamState>,
) -> impl IntoView + use<> {
    let words = Signal::derive(move || {
        let lang = lang.get();
        let text = live(lang);
        let state = match state.get() {
            StreamState::Connecting => text.stream_connecting.to_owned(),
            StreamState::Live { node } => text.stream_live.fill([&node_name(lang, node)]),
            StreamState::Lost => text.stream_lost.to_owned(),
            StreamState::Parked => text.stream_parked.to_owned(),
            StreamState::Unsupported => text.stream_unsupported.to_owned(),
        };
        format!("{} – {state}", name(text))
    });
    let class = Signal::derive(move || match state.get() {
        StreamState::Live { .. } => "badge badge-ok",
        StreamState::Lost => "badge badge-warn",
        _ => "badge",
    });
    view! {
        <p class="stream" translate="no">
            <span class=class data-testid="stream" data-stream=move || state.get().as_str()>
                {words}
            </span>
        </p>
    }
}
