//! What the page says when no node can be used: since when, what was tried, when the next try is.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api_service::ApiService;
use crate::api_service::failover::snapshot::{NodeSnapshot, Requirement};
use crate::api_service::failover::{ClusterMode, Duration, FailureReason, Timestamp};
use crate::components::form::focus;
use crate::hooks::use_now;
use crate::i18n::monitor::monitor;
use crate::i18n::status::status;
use crate::i18n::{Lang, format, use_lang};
use crate::store::cluster::{ClusterStore, Overview};
use crate::words::{duration, node_name, reason, seconds_to_wait};

/// Shown on every page while no node is usable, or while the operator requires one; takes no room otherwise.
#[component]
pub fn ConnectionBanner() -> impl IntoView {
    let store = expect_context::<ClusterStore>();
    let lost = store.part(connection_is_lost);
    let required = store.part(|overview| overview.required);
    // What is inside ticks every second: it exists only while it is seen.
    view! {
        {move || lost.get().then(|| banner(store))}
        {move || required.get().map(requirement)}
    }
}

/// Nothing fails over while one node is required: everybody in front of this tab should know.
fn requirement(required: Requirement) -> impl IntoView {
    let Requirement { index, until } = required;
    let api = expect_context::<ApiService>();
    let lang = use_lang();
    let now = use_now(1_000);
    let left = Signal::derive(move || {
        now.track();
        let left = Duration::from_secs(seconds_to_wait(until.since(api.now())));
        monitor(lang.get()).required_text.fill([&duration(lang.get(), left)])
    });
    let lift = move |_| {
        api.clear_requirement();
        // The banner goes, and the focus with it.
        focus("main");
    };
    view! {
        <section class="banner banner-warn" data-testid="node-required" aria-labelledby="node-required-title" translate="no">
            <div class="banner-text">
                <strong id="node-required-title">
                    {move || monitor(lang.get()).required_title.sentence([&node_name(lang.get(), index)])}
                </strong>
                <span class="banner-next">{left}</span>
            </div>
            <button type="button" class="btn" data-testid="lift-requirement" on:click=lift>
                {move || monitor(lang.get()).lift_requirement}
            </button>
        </section>
    }
}

/// Whether no node can be used. A cluster of no nodes has its own page.
fn connection_is_lost(overview: &Overview) -> bool {
    overview.total > 0 && (overview.usable == 0 || overview.local_fault.is_some())
}

fn banner(store: ClusterStore) -> AnyView {
    let api = expect_context::<ApiService>();
    let lang = use_lang();
    let now = use_now(1_000);
    let trying = RwSignal::new(false);
    let mode = store.part(|overview| overview.mode);
    let local = store.part(|overview| overview.local_fault);
    let title = move || {
        let (lang, text) = (lang.get(), monitor(lang.get()));
        if let Some(since) = local.get() {
            return text.local_fault_since.fill([&format::time_of_day(lang, api.wall_clock_ms(since))]);
        }
        match mode.get() {
            ClusterMode::Outage { since, .. } => {
                text.no_connection_since.fill([&format::time_of_day(lang, api.wall_clock_ms(since))])
            }
            ClusterMode::Foreign => text.foreign_title.to_owned(),
            _ => text.no_connection_panic.to_owned(),
        }
    };
    let detail = Memo::new(move |_| {
        let lang = lang.get();
        if local.get().is_some() {
            return monitor(lang).local_fault_text.to_owned();
        }
        if mode.get() == ClusterMode::Foreign {
            return monitor(lang).foreign_text.to_owned();
        }
        let failures: Vec<_> =
            store.nodes().get().iter().map(|node| node.with(|node| (node.index, node.reason))).collect();
        monitor(lang).tried.fill([&tried_words(lang, &failures)])
    });
    let next = move || {
        now.track();
        let text = monitor(lang.get());
        if trying.get() {
            return text.trying.to_owned();
        }
        match mode.get() {
            ClusterMode::Outage { next_try: Some(at), .. } => next_words(lang.get(), at, api.now()),
            ClusterMode::Foreign => String::new(),
            _ => text.trying.to_owned(),
        }
    };
    let try_now = move |_| {
        if trying.get_untracked() {
            return;
        }
        trying.set(true);
        spawn_local(async move {
            api.perform_health_check().await;
            // The banner may be gone by now: that is what was hoped for.
            let _ = trying.try_set(false);
        });
    };
    view! {
        <section class="banner banner-down" data-testid="connection-lost" aria-labelledby="connection-lost-title" translate="no">
            <div class="banner-text">
                <strong id="connection-lost-title">{title}</strong>
                <span>{detail}</span>
                <span class="banner-next">{next}</span>
            </div>
            {move || the_other_cluster(store).map(|(index, cluster)| follow(index, &cluster))}
            <button
                type="button"
                class="btn"
                data-testid="try-now"
                aria-busy=move || trying.get().then_some("true")
                on:click=try_now
            >
                {move || monitor(lang.get()).try_now}
            </button>
        </section>
    }
    .into_any()
}

/// The cluster that every foreign node names, and the first of them, while nodes of this cluster do not answer. Where they
/// name several, the monitor is the place to choose.
fn the_other_cluster(store: ClusterStore) -> Option<(usize, Arc<str>)> {
    if store.overview().with(|overview| overview.mode != ClusterMode::Foreign) {
        return None;
    }
    let nodes = store.nodes().get();
    let named =
        |node: &NodeSnapshot| Some((node.index, node.health.as_ref().filter(|_| node.foreign)?.cluster_id.clone()?));
    let mut foreign = nodes.iter().filter_map(|node| node.with(named));
    let first = foreign.next()?;
    foreign.all(|(_, cluster)| cluster == first.1).then_some(first)
}

/// The lever of whoever is in front of the page: this other cluster is the right one.
fn follow(index: usize, cluster: &str) -> impl IntoView + use<> {
    let api = expect_context::<ApiService>();
    let lang = use_lang();
    let title = cluster.to_owned();
    let followed = move |_| {
        // The list was edited in this very moment: the banner says what is so now.
        let _ = api.follow_cluster(index);
        focus("main");
    };
    view! {
        <button type="button" class="btn" data-testid="follow-cluster" title=title on:click=followed>
            {move || monitor(lang.get()).follow}
        </button>
    }
}

fn next_words(lang: Lang, at: Timestamp, now: Timestamp) -> String {
    let wait = at.since(now);
    if wait == Duration::ZERO {
        return monitor(lang).trying.to_owned();
    }
    monitor(lang).next_try_in.number(seconds_to_wait(wait))
}

/// "node 0, node 1 – no answer in time; node 2 – answer 500": nodes that failed for the same reason stand together.
fn tried_words(lang: Lang, failures: &[(usize, Option<FailureReason>)]) -> String {
    let mut groups: Vec<(Option<FailureReason>, Vec<String>)> = Vec::new();
    for &(index, why) in failures {
        let name = node_name(lang, index);
        match groups.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) => names.push(name),
            None => groups.push((why, vec![name])),
        }
    }
    let words = groups.into_iter().map(|(why, names)| match why {
        Some(why) => format!("{} – {}", names.join(", "), reason(lang, why)),
        None => names.join(", "),
    });
    words.collect::<Vec<_>>().join(status(lang).separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.replace('\u{a0}', " ")
    }

    #[test]
    fn nodes_that_failed_for_the_same_reason_are_named_together() {
        let failures = [
            (0, Some(FailureReason::TimedOut)),
            (1, Some(FailureReason::Status(500))),
            (2, Some(FailureReason::TimedOut)),
        ];
        assert_eq!(plain(&tried_words(Lang::En, &failures)), "node 0, node 2 – no answer in time; node 1 – answer 500");
        assert_eq!(
            plain(&tried_words(Lang::Fr, &failures)),
            "nœud 0, nœud 2 – pas de réponse dans le délai ; nœud 1 – réponse 500"
        );
    }

    #[test]
    fn the_wait_for_the_next_try_counts_down_to_a_try_under_way() {
        let now = Timestamp::from_millis(10_000);
        assert_eq!(plain(&next_words(Lang::En, Timestamp::from_millis(12_500), now)), "Next try in 3 s.");
        assert_eq!(next_words(Lang::En, Timestamp::from_millis(9_000), now), "Trying now…");
    }
}
