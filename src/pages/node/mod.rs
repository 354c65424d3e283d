//! One node: `/nodes/0` is the first of the list.

mod detail;
mod diagnosis;
mod opinions;
mod says;

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;

use crate::i18n::node::node;
use crate::i18n::template::capitalised;
use crate::i18n::use_lang;
use crate::routes::AppRoute;
use crate::shell::page::Page;
use crate::store::cluster::ClusterStore;
use crate::store::settings::SettingsStore;
use crate::words::node_name;
use detail::node_detail;

#[component]
pub fn NodePage() -> impl IntoView {
    let params = use_params_map();
    let asked = Memo::new(move |_| params.with(|params| params.get("index").unwrap_or_default()));
    // The router keeps its view when only a parameter changes, but another node is another page.
    move || view! { <NodeAt asked=asked.get() /> }
}

#[component]
fn NodeAt(
    /// The place of the node in the list, as the address has it.
    asked: String,
) -> impl IntoView {
    let lang = use_lang();
    let store = expect_context::<ClusterStore>();
    let refresh_ms = expect_context::<SettingsStore>().now().monitor_refresh_ms;
    let index = asked.parse::<usize>().ok();
    let handle = Memo::new(move |_| store.nodes().with(|nodes| nodes.get(index?).cloned()));
    let title_of = asked.clone();
    let title = Signal::derive(move || match index {
        Some(index) => capitalised(&node_name(lang.get(), index)),
        None => title_of.clone(),
    });
    let content = move || match handle.get() {
        Some(handle) => node_detail(handle, refresh_ms).into_any(),
        None => {
            let asked = asked.clone();
            let words = Signal::derive(move || {
                let count = store.nodes().with(Vec::len);
                (node(lang.get()).no_such_node)(&asked, count)
            });
            view! { <p data-testid="no-such-node">{words}</p> }.into_any()
        }
    };
    view! {
        <Page name="node" title=title>
            <p class="back">
                <A href=AppRoute::Admin.path() attr:data-testid="back">
                    {move || node(lang.get()).back}
                </A>
            </p>
            {content}
        </Page>
    }
}
