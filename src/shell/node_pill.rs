//! The node in use, in the header of every administrator's page; opens the list of nodes, each with its switch.

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html::{Button, Div};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::api_service::ApiService;
use crate::api_service::failover::NodeState;
use crate::components::glyph::{Glyph, outline};
use crate::components::nodes_monitor::{Levers, SwitchConfirmation};
use crate::i18n::monitor::monitor;
use crate::i18n::template::capitalised;
use crate::i18n::{Lang, use_lang};
use crate::store::cluster::{ClusterStore, NodeHandle, Overview};
use crate::store::notice::NoticeStore;
use crate::words::node_name;
use crate::words::status::summary;

/// "node 0 · 3/3", and behind it a switch for each node: two clicks from anywhere.
#[component]
pub fn NodePill() -> impl IntoView {
    let store = expect_context::<ClusterStore>();
    let lang = use_lang();
    let levers = Levers::new(expect_context::<ApiService>(), lang, expect_context::<NoticeStore>());
    let open = RwSignal::new(false);
    let button = NodeRef::<Button>::new();
    let frame = NodeRef::<Div>::new();
    let words = Memo::new(move |_| store.overview().with(|overview| summary(lang.get(), overview)));
    let health = store.part(worst_state);
    let shape = Memo::new(move |_| outline(health.get()));
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            event.stop_propagation();
            open.set(false);
            if let Some(button) = button.get_untracked() {
                // The button is in the page: focusing it cannot fail.
                let _ = button.focus();
            }
        }
    };
    // Leaving the list by Tab or by a click elsewhere closes it.
    let on_leave = move |event: FocusEvent| {
        let goes_to = event.related_target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        let inside = frame.get_untracked().is_some_and(|frame| frame.contains(goes_to.as_ref()));
        if !inside {
            open.set(false);
        }
    };
    view! {
        <div class="pill-frame" translate="no" node_ref=frame on:keydown=on_key on:focusout=on_leave>
            <button
                type="button"
                class="pill"
                node_ref=button
                data-testid="node-pill"
                data-health=move || health.get().as_str()
                aria-expanded=move || open.get().to_string()
                aria-controls="node-pill-list"
                aria-label=move || monitor(lang.get()).pill_label.fill([&words.get()])
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <Glyph outline=shape />
                <span>{words}</span>
            </button>
            <div id="node-pill-list" class="pill-list" tabindex="-1" hidden=move || !open.get()>
                {move || open.get().then(|| list(store, lang, levers))}
            </div>
            <SwitchConfirmation levers=levers />
        </div>
    }
}

/// How the cluster does as a whole, in the shape and colour of a node's state.
fn worst_state(overview: &Overview) -> NodeState {
    if overview.healthy == overview.total && overview.total > 0 {
        NodeState::Healthy
    } else if overview.usable == 0 {
        NodeState::Failed
    } else if overview.healthy == 0 {
        NodeState::Unknown
    } else {
        NodeState::Suspect
    }
}

fn list(store: ClusterStore, lang: Signal<Lang>, levers: Levers) -> impl IntoView {
    view! {
        <ul class="pill-nodes" aria-label=move || monitor(lang.get()).pill_title>
            <For each=move || store.nodes().get() key=|node| node.url.clone() let:node>
                {entry(store, lang, levers, node)}
            </For>
        </ul>
    }
}

fn entry(store: ClusterStore, lang: Signal<Lang>, levers: Levers, node: NodeHandle) -> impl IntoView {
    let index = node.part(|node| node.index);
    let state = node.part(|node| node.state);
    let foreign = node.part(|node| node.foreign);
    let current = store.part(|overview| overview.current);
    let preferred = store.part(|overview| overview.preferred);
    let shape = Memo::new(move |_| outline(state.get()));
    let name = Memo::new(move |_| node_name(lang.get(), index.get()));
    let role = Memo::new(move |_| {
        let text = monitor(lang.get());
        let state_word = if foreign.get() { text.other_cluster } else { text.state_word(state.get()) };
        let mut words = vec![state_word.to_owned()];
        words.extend((current.get() == Some(index.get())).then(|| text.in_use.to_owned()));
        words.extend((preferred.get() == Some(index.get())).then(|| text.preferred.to_owned()));
        words.join(" · ")
    });
    let url = node.url.to_string();
    view! {
        <li class="pill-node" data-node-state=move || state.get().as_str()>
            <Glyph outline=shape />
            <span class="pill-node-text">
                <span class="node-name">{move || capitalised(&name.get())}</span>
                <span class="muted">{role}</span>
                <span class="node-url">{url}</span>
            </span>
            <button
                type="button"
                class="btn btn-small"
                data-testid="pill-switch"
                aria-label=move || format!("{} – {}", monitor(lang.get()).switch, name.get())
                aria-disabled=move || (preferred.get() == Some(index.get())).then_some("true")
                aria-busy=move || (levers.busy().get() == Some(index.get())).then_some("true")
                on:click=move |_| levers.switch(index.get_untracked())
            >
                {move || monitor(lang.get()).switch}
            </button>
        </li>
    }
}
