//! What goes on when nodes fail: the failover's own view, and Raft's.

use leptos::prelude::*;

use super::badge::{ask_without_stream, stream_badge};
use crate::api_service::browser::stream::StreamKind;
use crate::api_service::decode;
use crate::api_service::endpoints::metrics::RaftMetrics;
use crate::components::chart::words;
use crate::components::figures::{Figure, addresses, figures};
use crate::components::recovery::{move_figures, move_list, use_recovery};
use crate::components::section::data_section;
use crate::hooks::{Heard, Remote, use_remote, use_stream};
use crate::i18n::live::{LiveText, live};
use crate::i18n::{Lang, format};
use crate::store::cluster::ClusterStore;
use crate::words::{named_node, node_name};

/// The stream tells at once; this is for backends without it.
const PAUSE_MS: u32 = 30_000;

fn raft_figure(
    lang: Signal<Lang>,
    raft: Remote<RaftMetrics>,
    name: fn(&LiveText) -> &'static str,
    read: fn(Lang, &RaftMetrics) -> Option<String>,
) -> Figure {
    let value = Signal::derive(move || {
        let lang = lang.get();
        let known = raft.value().with(|raft| raft.as_ref().and_then(|raft| read(lang, raft)));
        known.unwrap_or_else(|| format::ABSENT.to_owned())
    });
    (Signal::derive(move || name(live(lang.get())).to_owned()), value)
}

/// The section.
pub fn tolerance(lang: Signal<Lang>) -> impl IntoView {
    let cluster = expect_context::<ClusterStore>();
    let raft = use_remote(PAUSE_MS, |api| api.raft_metrics());
    let listener = move |heard: Heard<'_>| match heard {
        Heard::Event(event) => {
            if let Ok(fresh) = decode::from_text::<RaftMetrics>(&event.data) {
                raft.value().try_set(Some(fresh));
            }
        }
        Heard::Gap => raft.refresh(),
        Heard::Silence => {}
    };
    let state = use_stream(StreamKind::Raft, Box::new(listener));
    ask_without_stream(state, move || raft.refresh());
    let healthy = cluster.part(|overview| (overview.healthy, overview.total));
    let current = cluster.part(|overview| overview.current);
    let standing = vec![
        (
            words(lang, |lang| live(lang).in_use),
            Signal::derive(move || {
                current.get().map_or_else(|| format::ABSENT.to_owned(), |index| node_name(lang.get(), index))
            }),
        ),
        raft_figure(
            lang,
            raft,
            |text| text.leader,
            |lang, raft| raft.current_leader.as_deref().map(|id| named_node(lang, id)),
        ),
        raft_figure(lang, raft, |text| text.term, |lang, raft| Some(format::integer(lang, raft.current_term?))),
    ];
    let mut list = vec![
        (
            words(lang, |lang| live(lang).healthy),
            Signal::derive(move || {
                let (healthy, total) = healthy.get();
                format!("{healthy}/{total}")
            }),
        ),
        raft_figure(
            lang,
            raft,
            |text| text.elections,
            |lang, raft| Some(format::integer(lang, raft.leader_election_count?)),
        ),
    ];
    list.extend(move_figures(lang, use_recovery()));
    let content = view! {
        <p class="muted">{move || live(lang.get()).tolerance_text}</p>
        {stream_badge(lang, |text| text.stream_raft, state)}
        <div class="stack">{addresses(standing)} {figures(list)} {move_list(true)}</div>
    };
    data_section("tolerance", move || live(lang.get()).tolerance.to_owned(), raft, content.into_any())
}
