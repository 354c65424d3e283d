//! The live demonstration: four research objectives, each by what is measured right now.

mod access;
mod latency;
mod producers;
mod tolerance;

use leptos::prelude::*;

pub use access::access;
pub use latency::latency;
pub use producers::producers;
pub use tolerance::tolerance;

use crate::components::nodes_monitor::words::node_name;
use crate::hooks::StreamState;
use crate::i18n::Lang;
use crate::i18n::live::{LiveText, live};

/// Live charts are drawn once a second, however much comes in.
const DRAW_MS: u32 = 1_000;

/// How a stream does.
fn stream_badge(
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
        <p class="stream">
            <span class=class data-testid="stream" data-stream=move || state.get().as_str()>
                {words}
            </span>
        </p>
    }
}
