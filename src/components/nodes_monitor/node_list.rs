//! The rows of the nodes: all of a few, of many those that are seen, with a filter.

use std::sync::Arc;
use std::time::Duration;

use leptos::ev::FocusEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use wasm_bindgen::JsCast;

use super::node_row::{NodeRow, RowContext};
use super::view_order::{MANY, StateFilter, ordered, window};
use crate::hooks::use_query_value;
use crate::i18n::monitor::monitor;
use crate::i18n::{Lang, format};
use crate::store::cluster::{ClusterStore, NodeHandle};
use crate::words::node_name;

/// Height of a row when there are many, in CSS pixels: the sheet gives it to them. Measured once one is shown.
const ROW_HEIGHT: f64 = 64.0;

/// What is seen of a list that was not scrolled yet, in CSS pixels: the rows beside it make up for what is more.
const SEEN_AT_FIRST: f64 = 640.0;

/// What is shown, and where the list is scrolled to.
#[derive(Clone, Copy)]
struct ListState {
    store: ClusterStore,
    lang: Signal<Lang>,
    filter: Memo<StateFilter>,
    text: RwSignal<String>,
    /// Nothing moves under a person who is on a row.
    held: RwSignal<bool>,
    scroll: RwSignal<f64>,
    height: RwSignal<f64>,
    row_height: RwSignal<f64>,
}

/// The nodes, each with everything known of it and its actions.
#[component]
pub fn NodeList(
    /// What the rows share.
    row: RowContext,
) -> impl IntoView {
    let asked = use_query_value("nodes");
    let RowContext { store, lang, .. } = row;
    let filter =
        Memo::new(move |_| asked.with(|asked| asked.as_deref().and_then(StateFilter::parse)).unwrap_or_default());
    let state = ListState {
        store,
        lang,
        filter,
        text: RwSignal::new(String::new()),
        held: RwSignal::new(false),
        scroll: RwSignal::new(0.0),
        height: RwSignal::new(0.0),
        row_height: RwSignal::new(ROW_HEIGHT),
    };
    // With many nodes there are enough rows to begin with, and the others follow when the page is there.
    set_timeout(
        move || {
            // The list may be gone already.
            let _ = state.height.try_set(SEEN_AT_FIRST);
        },
        Duration::ZERO,
    );
    let order = state.order();
    let many = Memo::new(move |_| store.nodes().with(|nodes| nodes.len() >= MANY));
    let shown = Memo::new(move |_| {
        let rows = order.with(Vec::len);
        if many.get() { window(rows, state.scroll.get(), state.height.get(), state.row_height.get()) } else { 0..rows }
    });
    // The order is read before what is derived from it: an effect of Leptos 0.8 that reads them the other way round is
    // not run again when the derived value stays the same.
    let rows = move || {
        order.track();
        let range = shown.get();
        order.with(|order| order.get(range).map(<[NodeHandle]>::to_vec).unwrap_or_default())
    };
    let padding = move |above: bool| {
        move || {
            order.track();
            let range = shown.get();
            let hidden = if above { range.start } else { order.with(Vec::len).saturating_sub(range.end) };
            many.get().then(|| format!("{}px", (hidden as f64 * state.row_height.get()).round() as u64))
        }
    };
    let position = Callback::new(move |url: Arc<str>| {
        order.with(|order| order.iter().position(|node| node.url == url).map_or(0, |at| at + 1))
    });
    view! {
        {move || many.get().then(|| filters(state))}
        <div
            class="nodes"
            class:nodes-many=many
            tabindex=move || many.get().then_some("0")
            role=move || many.get().then_some("group")
            aria-label=move || many.get().then(|| monitor(lang.get()).title)
            on:scroll=move |event| state.scrolled(&event_target::<web_sys::Element>(&event))
            on:focusin=move |_| state.held.set(true)
            on:focusout=move |event| state.left(&event)
        >
            {head(lang)}
            <ul class="node-list" style:padding-top=padding(true) style:padding-bottom=padding(false)>
                <For each=rows key=|node| node.url.clone() let:node>
                    <NodeRow node=node row=row position=position total=Signal::derive(move || order.with(Vec::len)) />
                </For>
            </ul>
            <p class="nodes-none muted" hidden=move || order.with(|order| !order.is_empty())>
                {move || monitor(lang.get()).no_match}
            </p>
        </div>
    }
}

impl ListState {
    /// The nodes to show, in their order.
    fn order(self) -> Memo<Vec<NodeHandle>> {
        let states = self.store.states();
        // The filter as it was when the order was last made: held rows keep their places until it changes.
        let made_for = StoredValue::new((StateFilter::All, String::new(), 0_usize));
        Memo::new(move |before: Option<&Vec<NodeHandle>>| {
            let nodes = self.store.nodes().get();
            let asked = (self.filter.get(), self.text.get().trim().to_lowercase(), nodes.len());
            let same_question = made_for.with_value(|made| *made == asked);
            let held = self.held.get();
            if let (Some(before), true, true) = (before, held, same_question) {
                return before.clone();
            }
            made_for.set_value(asked.clone());
            let lang = self.lang.get();
            let (filter, text, _) = asked;
            let matches = |index: usize| {
                text.is_empty()
                    || nodes[index].url.to_lowercase().contains(&text)
                    || node_name(lang, index).replace('\u{a0}', " ") == text
                    || index.to_string() == text
            };
            let order = states.with(|states| match states.len() == nodes.len() {
                true => ordered(states, filter, matches),
                false => (0..nodes.len()).collect(),
            });
            order.into_iter().filter_map(|index| nodes.get(index).cloned()).collect()
        })
    }

    fn scrolled(self, list: &web_sys::Element) {
        if let Some(row) = list.query_selector(".node").ok().flatten() {
            let measured = f64::from(row.client_height());
            if measured > 0.0 && (measured - self.row_height.get_untracked()).abs() > 1.5 {
                self.row_height.set(measured);
            }
        }
        self.height.set(f64::from(list.client_height()));
        self.scroll.set(f64::from(list.scroll_top()));
    }

    fn left(self, event: &FocusEvent) {
        let list: web_sys::Element = event.current_target().map_or_else(|| event_target(event), JsCast::unchecked_into);
        let goes_to = event.related_target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        if !list.contains(goes_to.as_ref()) {
            self.held.set(false);
        }
    }
}

/// The filter by text, and one button a kind of state with how many nodes are in it.
fn filters(state: ListState) -> impl IntoView {
    let lang = state.lang;
    let navigate = use_navigate();
    let path = use_location().pathname;
    let choose = Callback::new(move |filter: StateFilter| {
        let path = path.get_untracked();
        let target = match filter {
            StateFilter::All => path,
            filter => format!("{path}?nodes={}", filter.as_str()),
        };
        navigate(&target, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    });
    let choices = StateFilter::ALL.map(|choice| {
        let count = Memo::new(move |_| {
            state.store.states().with(|states| states.iter().filter(|state| choice.admits(**state)).count())
        });
        let words = move || {
            let text = monitor(lang.get());
            let word = match choice {
                StateFilter::All => text.filter_all,
                StateFilter::Trouble => text.filter_trouble,
                StateFilter::Healthy => text.filter_healthy,
                StateFilter::Unknown => text.filter_unknown,
            };
            format!("{word} ({})", format::integer(lang.get(), count.get() as u64))
        };
        view! {
            <button
                type="button"
                class="btn btn-small"
                data-testid="nodes-filter"
                data-filter=choice.as_str()
                aria-pressed=move || (state.filter.get() == choice).to_string()
                on:click=move |_| choose.run(choice)
            >
                {words}
            </button>
        }
        .into_any()
    });
    view! {
        <div class="nodes-filters" role="search">
            <input
                type="search"
                class="input nodes-search"
                data-testid="nodes-search"
                aria-label=move || monitor(lang.get()).search
                placeholder=move || monitor(lang.get()).search
                prop:value=state.text
                on:input=move |event| state.text.set(event_target_value(&event))
            />
            {choices.into_iter().collect_view()}
        </div>
    }
}

/// The names of the columns; on a narrow screen each cell carries its own.
fn head(lang: Signal<Lang>) -> impl IntoView {
    let columns: [fn(Lang) -> &'static str; 7] = [
        |lang| monitor(lang).node,
        |lang| monitor(lang).state,
        |lang| monitor(lang).latency,
        |lang| monitor(lang).checks,
        |lang| monitor(lang).raft,
        |lang| monitor(lang).last_checked,
        |lang| monitor(lang).actions,
    ];
    let cells = columns.map(|words| view! { <span>{move || words(lang.get())}</span> });
    view! {
        <div class="nodes-head" aria-hidden="true">
            {cells.into_iter().collect_view()}
        </div>
    }
}
