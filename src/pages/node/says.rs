//! What the node says of itself, and what it thinks of the others: asked of it directly.

use futures_util::future::join;
use leptos::prelude::*;

use super::detail::Subject;
use crate::api_service::ApiError;
use crate::api_service::endpoints::cluster::{ClusterView, NodeAnswer, PeerView, RaftStatus};
use crate::api_service::failover::HealthReport;
use crate::components::figures::addresses;
use crate::components::section::data_section;
use crate::hooks::{Remote, use_remote};
use crate::i18n::monitor::monitor;
use crate::i18n::node::{NodeText, node};
use crate::i18n::template::capitalised;
use crate::i18n::{Lang, format};
use crate::words::{NBSP, lag, named_node, node_name};

const PAUSE_MS: u32 = 10_000;

/// Its answers to both questions.
#[derive(Clone, Debug, PartialEq)]
struct Says {
    view: NodeAnswer<ClusterView>,
    status: NodeAnswer<RaftStatus>,
}

impl Says {
    fn status(&self) -> Option<&RaftStatus> {
        match &self.status {
            NodeAnswer::Yes(status) => Some(status),
            NodeAnswer::Unsupported | NodeAnswer::Silent => None,
        }
    }
}

/// The section.
pub(super) fn says(subject: Subject) -> impl IntoView {
    let Subject { lang, index, .. } = subject;
    let remote = use_remote(PAUSE_MS, move |api| {
        let index = index.get_untracked();
        async move {
            let (view, status) = join(api.cluster_view(index), api.raft_status(index)).await;
            Ok::<_, ApiError>(Says { view: view?, status: status? })
        }
    });
    let content = view! {
        <div class="stack">
            {facts(subject, remote)} <h3>{subject.text(|text| text.others)}</h3>
            {move || {
                let lang = lang.get();
                remote.value().with(|says| says.as_ref().map_or_else(|| ().into_any(), |says| others(subject, lang, &says.view)))
            }}
        </div>
    };
    data_section("node-says", move || node(lang.get()).says.to_owned(), remote, content)
}

/// One thing that it says: of the health answer, or of the status where that is missing.
type Fact = (fn(&NodeText) -> &'static str, fn(Lang, &HealthReport, &RaftStatus) -> Option<String>);

/// Addresses of something.
const STANDING: [Fact; 3] = [
    (
        |text| text.role,
        |lang, report, status| {
            let role = report.role.map(|role| monitor(lang).role_word(role).to_owned());
            role.or_else(|| status.state.as_deref().map(str::to_lowercase))
        },
    ),
    (|text| text.term, |lang, report, status| Some(format::integer(lang, report.term.or(status.current_term)?))),
    (
        |text| text.leader,
        |lang, report, status| {
            let leader = report.leader_id.map(|id| id.to_string()).or_else(|| status.current_leader.clone())?;
            let own = report.node_id.map(|id| id.to_string()).or_else(|| status.node_id.clone());
            Some(if own.as_ref() == Some(&leader) { node(lang).itself.to_owned() } else { named_node(lang, &leader) })
        },
    ),
];

/// Counts, and what else there is.
const FACTS: [Fact; 4] = [
    (
        |text| text.commit,
        |lang, report, status| Some(format::integer(lang, report.commit_index.or(status.commit_index)?)),
    ),
    (
        |text| text.applied,
        |lang, report, status| Some(format::integer(lang, report.last_applied.or(status.last_applied)?)),
    ),
    (|text| text.version, |_, report, _| report.version.as_deref().map(str::to_owned)),
    (|text| text.cluster, |_, report, _| report.cluster_id.as_deref().map(str::to_owned)),
];

fn facts(subject: Subject, remote: Remote<Says>) -> impl IntoView {
    let Subject { lang, handle, store, .. } = subject;
    let fact = move |(name, read): Fact| {
        let value = Signal::derive(move || {
            let lang = lang.get();
            let told = handle.with_value(|handle| {
                handle.with(|node| {
                    let report = node.health.clone().unwrap_or_default();
                    remote.value().with(|says| {
                        let status = says.as_ref().and_then(Says::status).cloned().unwrap_or_default();
                        read(lang, &report, &status)
                    })
                })
            });
            told.unwrap_or_else(|| format::ABSENT.to_owned())
        });
        (subject.text(name), value)
    };
    let highest = store.part(|overview| overview.highest_commit);
    let behind = Signal::derive(move || {
        let behind = handle.with_value(|handle| handle.with(|node| lag(node, highest.get())));
        behind.map_or_else(|| format::ABSENT.to_owned(), |lag| format::integer(lang.get(), lag))
    });
    let facts = FACTS.into_iter().map(|of| fact(of)).map(|(name, value)| pair(name, value)).collect_view();
    view! {
        <div class="stack">
            {addresses(STANDING.into_iter().map(fact).collect())}
            <dl class="pairs">
                {facts} {pair(subject.text(|text| text.lag), behind)}
            </dl>
        </div>
    }
}

fn pair(name: Signal<String>, value: Signal<String>) -> impl IntoView {
    view! {
        <div class="figure">
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    }
}

fn others(subject: Subject, lang: Lang, view: &NodeAnswer<ClusterView>) -> AnyView {
    let words = node(lang);
    let said = |words: &'static str, kind: &'static str| {
        view! { <p class="muted" data-testid="no-view" data-why=kind>{words}</p> }.into_any()
    };
    let peers = match view {
        NodeAnswer::Unsupported => return said(words.no_view, "unsupported"),
        NodeAnswer::Silent => return said(words.silent, "silent"),
        NodeAnswer::Yes(view) if view.peers.is_empty() => return said(words.alone, "alone"),
        NodeAnswer::Yes(view) => &view.peers,
    };
    let head = |words: &'static str| view! { <th scope="col">{words}</th> }.into_any();
    let own = match view {
        NodeAnswer::Yes(view) => view.node_id.clone(),
        NodeAnswer::Unsupported | NodeAnswer::Silent => None,
    };
    let rows = peers.iter().map(|peer| peer_row(subject, lang, own.as_deref(), peer)).collect_view();
    view! {
        <div class="table-frame">
            <table class="table table-cards" data-testid="cluster-view">
                <thead>
                    <tr>
                        {head(words.peer)} {head(words.peer_state)} {head(words.peer_since)} {head(words.peer_round_trip)}
                        {head(words.peer_by)}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn peer_row(subject: Subject, lang: Lang, own: Option<&str>, peer: &PeerView) -> impl IntoView + use<> {
    let absent = || format::ABSENT.to_owned();
    let words = node(lang);
    let place = |url: &String| subject.store.urls().iter().position(|known| **known == *url.trim_end_matches('/'));
    // Where the list knows it, its name there; else whatever the node calls it.
    let name = match peer.url.as_ref().and_then(place) {
        Some(index) => capitalised(&node_name(lang, index)),
        None => peer.url.clone().filter(|url| !url.is_empty()).or_else(|| peer.node_id.clone()).unwrap_or_else(absent),
    };
    let (class, state) = match peer.state.as_deref() {
        Some("correct") => ("badge badge-ok", words.correct),
        Some("suspect") => ("badge badge-warn", words.suspect),
        Some("faulty") => ("badge badge-down", words.faulty),
        _ => ("badge", words.unknown),
    };
    let since = peer.since.map_or_else(absent, |at| format::time_of_day(lang, at.0));
    let took = peer.round_trip_ms.map_or_else(absent, |ms| format!("{}{NBSP}ms", format::measured(lang, ms)));
    let by = match peer.tested_by.as_deref() {
        Some(by) if Some(by) == own => words.itself.to_owned(),
        Some(by) => by.to_owned(),
        None => absent(),
    };
    view! {
        <tr data-testid="peer" data-peer-state=peer.state.clone().unwrap_or_default()>
            <th scope="row">{name}</th>
            <td>
                <span class=class>{state}</span>
            </td>
            <td>{since}</td>
            <td>{took}</td>
            <td>{by}</td>
        </tr>
    }
}
