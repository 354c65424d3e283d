//! The nodes in their order of preference: test, move, remove, add.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::order::{NotAdded, Step, moved, new_node, without};
use super::panel::{SettingsPanel, section};
use super::trust::{Asked, TrustQuestion, trust_dialog};
use crate::api_service::failover::{NodeState, NodeUrl, Policy};
use crate::api_service::{ApiService, NodeTest, browser};
use crate::components::field::{Field, FieldKind};
use crate::components::form::focus;
use crate::config::Config;
use crate::i18n::config::url_words;
use crate::i18n::monitor::monitor;
use crate::i18n::settings::{SettingsText, settings};
use crate::store::cluster::ClusterStore;
use crate::words::check_result;

/// `id` of the field for a new node.
const ADD: &str = "node-add-url";

/// A handle to the state of the list: copy it freely.
#[derive(Clone, Copy)]
struct NodeList {
    panel: SettingsPanel,
    api: ApiService,
    cluster: ClusterStore,
    asked: Asked,
    typed: RwSignal<String>,
    refused: RwSignal<Option<(String, NotAdded)>>,
    /// Whether a new node is being tested.
    testing_new: RwSignal<bool>,
    /// The node of the list that is being tested.
    testing: RwSignal<Option<String>>,
    /// What came of the last test of a node of the list.
    tested: RwSignal<Option<(String, String)>>,
}

pub fn node_list(panel: SettingsPanel) -> impl IntoView {
    let list = NodeList {
        panel,
        api: expect_context(),
        cluster: expect_context(),
        asked: RwSignal::new(None),
        typed: RwSignal::new(String::new()),
        refused: RwSignal::new(None),
        testing_new: RwSignal::new(false),
        testing: RwSignal::new(None),
        tested: RwSignal::new(None),
    };
    let lang = panel.lang;
    let head = move |words: fn(&SettingsText) -> &'static str| {
        view! { <th scope="col">{move || words(settings(lang.get()))}</th> }
    };
    let urls = move || list.nodes().iter().map(NodeUrl::to_string).collect::<Vec<_>>();
    let content = view! {
        <p class="muted">{move || settings(lang.get()).nodes_intro}</p>
        <div class="table-frame">
            <table class="table table-cards">
                <thead>
                    <tr>{head(|text| text.node)} {head(|text| text.state)} {head(|text| text.actions)}</tr>
                </thead>
                <tbody>
                    <For each=urls key=|url| url.clone() let:url>
                        {row(list, url)}
                    </For>
                </tbody>
            </table>
        </div>
        {add_form(list)}
        {trust_dialog(panel, list.asked, Callback::new(move |()| list.typed.set(String::new())))}
    };
    section("settings-nodes", Signal::derive(move || settings(lang.get()).nodes), content.into_any())
}

impl NodeList {
    fn nodes(self) -> Vec<NodeUrl> {
        self.panel.store.config().with(|config| config.nodes.clone())
    }

    fn place(self, url: &str) -> (usize, usize) {
        let nodes = self.nodes();
        (nodes.iter().position(|node| node.as_str() == url).unwrap_or_default(), nodes.len())
    }

    fn go(self, url: &str, step: Step) {
        let store = self.panel.store;
        let text = self.panel.text();
        let Some((nodes, place)) = moved(&store.now().nodes, url, step) else {
            let reason = if step == Step::Up { text.already_first } else { text.already_last };
            return self.panel.notices.announce(reason);
        };
        let count = nodes.len();
        self.panel.take(
            Config { nodes, ..store.now() },
            text.moved.fill([url, &(place + 1).to_string(), &count.to_string()]),
        );
        // The row was moved in the page, which takes the focus from its button.
        let button = step_id(step, url);
        request_animation_frame(move || focus(&button));
    }

    fn remove(self, url: &str) {
        let store = self.panel.store;
        let text = self.panel.text();
        match without(&store.now().nodes, url) {
            Some(nodes) => self.panel.take(Config { nodes, ..store.now() }, text.removed.fill([url])),
            None => self.panel.notices.info(text.last_node),
        }
    }

    /// Checks a node of the list: its state follows, as with every other check.
    fn test(self, url: String) {
        let index = self.cluster.nodes().with_untracked(|nodes| nodes.iter().position(|node| *node.url == *url));
        let Some(index) = index.filter(|_| self.testing.with_untracked(Option::is_none)) else { return };
        self.testing.set(Some(url.clone()));
        spawn_local(async move {
            let check = self.api.probe_node(index).await;
            if self.testing.try_set(None).is_some() {
                return;
            }
            if let Ok(Some(check)) = check {
                let words = check_result(self.panel.lang.get_untracked(), &check);
                self.panel.notices.announce(format!("{url} {words}"));
                self.tested.set(Some((url, words)));
            }
        });
    }

    /// Tests what was typed, then asks whether to trust it.
    fn add(self) {
        if self.testing_new.get_untracked() {
            return;
        }
        let (store, text) = (self.panel.store, self.typed.get_untracked());
        let url = match new_node(&store.now().nodes, &text) {
            Ok(url) => url,
            Err(problem) => {
                self.refused.set(Some((text, problem)));
                return focus(ADD);
            }
        };
        self.refused.set(None);
        self.testing_new.set(true);
        spawn_local(async move {
            // As long as the failover will wait for its health checks.
            let test = browser::test_node(&url, Policy::default().probe_timeout).await;
            if self.testing_new.try_set(false).is_some() {
                return;
            }
            let mut config = store.now();
            config.nodes.push(url.clone());
            let said = self.panel.text().added.fill([url.as_str()]);
            let other_cluster = self.is_of_another_cluster(&test);
            self.asked.set(Some(TrustQuestion { nodes: vec![url], test: Some(test), other_cluster, config, said }));
        });
    }

    fn is_of_another_cluster(self, test: &NodeTest) -> bool {
        let NodeTest::Healthy { cluster_id: Some(id), .. } = test else { return false };
        let known = self.api.snapshot().nodes.into_iter().filter_map(|node| node.health?.cluster_id).next();
        known.is_some_and(|known| *known != **id)
    }
}

fn step_id(step: Step, url: &str) -> String {
    match step {
        Step::Up => format!("node-up-{url}"),
        Step::Down => format!("node-down-{url}"),
    }
}

fn row(list: NodeList, url: String) -> impl IntoView {
    let lang = list.panel.lang;
    let own = url.clone();
    let state = Memo::new(move |_| {
        let nodes = list.cluster.nodes().get();
        nodes.iter().find(|node| *node.url == *own).map_or(NodeState::Unknown, |node| node.with(|node| node.state))
    });
    let badge = move || match state.get() {
        NodeState::Healthy => "badge badge-ok",
        NodeState::Failed => "badge badge-down",
        NodeState::Suspect | NodeState::Probing => "badge badge-warn",
        NodeState::Recovering => "badge badge-cur",
        NodeState::Unknown => "badge",
    };
    let own = url.clone();
    let tested = move || {
        list.tested.with(|tested| tested.as_ref().filter(|(node, _)| *node == own).map(|(_, words)| words.clone()))
    };
    let own = url.clone();
    view! {
        <tr data-testid="settings-node" data-node-url=url.clone() data-node-state=move || state.get().as_str()>
            <th scope="row">
                <span class="number">{move || format!("{} · ", list.place(&own).0)}</span>
                <code>{url.clone()}</code>
            </th>
            <td>
                <span class=badge>{move || monitor(lang.get()).state_word(state.get())}</span>
                <span class="row-note">{tested}</span>
            </td>
            <td>{buttons(list, url.clone())}</td>
        </tr>
    }
}

fn buttons(list: NodeList, url: String) -> impl IntoView {
    let lang = list.panel.lang;
    let own = url.clone();
    let at_end = move |step: Step| {
        let (place, count) = list.place(&own);
        match step {
            Step::Up => place == 0,
            Step::Down => place + 1 >= count,
        }
    };
    let step_button = {
        let url = url.clone();
        move |step: Step, testid: &'static str, words: fn(&SettingsText) -> &'static str| {
            let at_end = at_end.clone();
            let (node, named) = (url.clone(), url.clone());
            view! {
                <button
                    type="button"
                    class="btn btn-small"
                    id=step_id(step, &url)
                    data-testid=testid
                    aria-disabled=move || at_end(step).then_some("true")
                    aria-label=move || {
                        let text = settings(lang.get());
                        text.about.fill([words(text), &named])
                    }
                    on:click=move |_| list.go(&node, step)
                >
                    {match step {
                        Step::Up => "↑",
                        Step::Down => "↓",
                    }}
                </button>
            }
            .into_any()
        }
    };
    let up = step_button(Step::Up, "node-up", |text| text.up);
    let down = step_button(Step::Down, "node-down", |text| text.down);
    let (own, named, tested) = (url.clone(), url.clone(), url.clone());
    let testing = Memo::new(move |_| list.testing.with(|testing| testing.as_ref() == Some(&own)));
    let label = move |words: fn(&SettingsText) -> &'static str| {
        let named = named.clone();
        move || {
            let text = settings(lang.get());
            text.about.fill([words(text), &named])
        }
    };
    let only = move || list.nodes().len() == 1;
    view! {
        <span class="row-actions">
            {up} {down}
            <button
                type="button"
                class="btn btn-small"
                data-testid="node-test"
                aria-label=label(|text| text.test)
                aria-busy=move || testing.get().then_some("true")
                on:click=move |_| list.test(tested.clone())
            >
                {move || {
                    let text = settings(lang.get());
                    if testing.get() { text.testing } else { text.test }
                }}
            </button>
            <button
                type="button"
                class="btn btn-small"
                data-testid="node-remove"
                aria-label=label(|text| text.remove)
                aria-disabled=move || only().then_some("true")
                title=move || only().then(|| settings(lang.get()).last_node)
                on:click=move |_| list.remove(&url)
            >
                {move || settings(lang.get()).remove}
            </button>
        </span>
    }
}

fn add_form(list: NodeList) -> impl IntoView {
    let lang = list.panel.lang;
    let label = Signal::derive(move || settings(lang.get()).add_label.to_owned());
    let hint = Signal::derive(move || settings(lang.get()).add_hint.to_owned());
    let problem = Signal::derive(move || {
        let lang = lang.get();
        let typed = list.typed.get();
        list.refused.with(|refused| match refused.as_ref().filter(|(text, _)| *text == typed) {
            None => String::new(),
            Some((_, NotAdded::Listed)) => settings(lang).already_listed.to_owned(),
            Some((_, NotAdded::Url(problem))) => sentence(url_words(lang, *problem)),
        })
    });
    let kind = FieldKind { input_mode: "url", ..FieldKind::TEXT };
    view! {
        <form
            class="node-add"
            novalidate
            data-testid="node-add-form"
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                list.add();
            }
        >
            <Field id=ADD kind=kind label=label value=list.typed problem=problem hint=hint />
            <button
                type="submit"
                class="btn"
                data-testid="node-add"
                aria-busy=move || list.testing_new.get().then_some("true")
            >
                {move || {
                    let text = settings(lang.get());
                    if list.testing_new.get() { text.testing } else { text.add }
                }}
            </button>
        </form>
    }
}

/// A clause as a sentence of its own.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}
