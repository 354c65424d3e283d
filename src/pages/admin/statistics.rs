//! Figures of the administrator's page that stand below the monitor: what one node counted, and the providers in
//! demand.

use futures_util::future::join;
use leptos::prelude::*;

use super::figure_list::{Figure, PAUSE_MS, figure_list, whole};
use crate::api_service::ApiError;
use crate::api_service::endpoints::admin::TopProvider;
use crate::api_service::endpoints::fleet::Provider;
use crate::api_service::endpoints::metrics::DashboardMetrics;
use crate::api_service::failover::Role;
use crate::components::section::data_section;
use crate::components::unique::unique_by;
use crate::hooks::{use_partial, use_remote};
use crate::i18n::admin::{AdminText, admin};
use crate::i18n::monitor::monitor;
use crate::i18n::{Lang, format};
use crate::words::named_node;

/// The sections, side by side where there is room.
pub fn statistics(lang: Signal<Lang>) -> impl IntoView {
    view! { <div class="columns">{counters(lang)} {top_providers(lang)}</div> }
}

fn counters(lang: Signal<Lang>) -> impl IntoView {
    let metrics = use_remote(PAUSE_MS, |api| api.dashboard_metrics());
    let role = |lang, all: &DashboardMetrics| all.raft.node_state.as_deref().map(|state| role_word(lang, state));
    let standing: Vec<Figure<DashboardMetrics>> = vec![
        (|text| text.leader, |lang, all| all.raft.current_leader.as_deref().map(|id| named_node(lang, id))),
        (|text| text.term, |lang, all| whole(lang, all.raft.current_term)),
        (|text| text.node_state, role),
    ];
    let list: Vec<Figure<DashboardMetrics>> = vec![
        (|text| text.elections, |lang, all| whole(lang, all.raft.leader_election_count)),
        (|text| text.votes, |lang, all| whole(lang, all.raft.vote_request_count)),
        (|text| text.appends, |lang, all| whole(lang, all.raft.append_entries_count)),
        (|text| text.asked_for, |lang, all| whole(lang, all.reservations.total_reservations)),
        (|text| text.made, |lang, all| whole(lang, all.reservations.successful_reservations)),
        (|text| text.refused, |lang, all| whole(lang, all.reservations.failed_reservations)),
        (|text| text.redirected, |lang, all| whole(lang, all.reservations.redirected_reservations)),
    ];
    let content = view! {
        <p class="muted">{move || admin(lang.get()).counted_by}</p>
        <div class="stack">
            {figure_list(lang, metrics, "addresses", standing)} {figure_list(lang, metrics, "pairs", list)}
        </div>
    };
    data_section("raft", move || admin(lang.get()).raft.to_owned(), metrics, content)
}

/// The role that a node reports in capitals, in the words of the rest of the page; one that is not known as it is.
fn role_word(lang: Lang, state: &str) -> String {
    let known = Role::ALL.into_iter().find(|role| role.as_str().to_ascii_uppercase() == state);
    known.map_or(state, |role| monitor(lang).role_word(role)).to_owned()
}

/// A provider of the ranking.
#[derive(Clone, Debug, PartialEq)]
struct Ranked {
    id: String,
    /// `None` for a provider that the list of providers does not know.
    name: Option<String>,
    reservations: u64,
    /// Of all reservations of the ranking, 0 to 1.
    share: f64,
}

/// Most reserved first.
fn ranking(top: Vec<TopProvider>, providers: &[Provider]) -> Vec<Ranked> {
    let top = unique_by(top, |provider| provider.provider_id.clone());
    let total: u64 = top.iter().map(|provider| provider.reservation_count).sum();
    let mut ranked: Vec<Ranked> = top
        .into_iter()
        .map(|TopProvider { provider_id: id, reservation_count: reservations }| {
            let known = providers.iter().find(|provider| provider.id == id);
            let name = known.and_then(|known| known.company_name.clone().or_else(|| known.name.clone()));
            let share = if total == 0 { 0.0 } else { reservations as f64 / total as f64 };
            Ranked { id, name, reservations, share }
        })
        .collect();
    ranked.sort_by(|a, b| (b.reservations, &a.id).cmp(&(a.reservations, &b.id)));
    ranked
}

fn top_providers(lang: Signal<Lang>) -> impl IntoView {
    let remote = use_partial(PAUSE_MS, |api| async move {
        let (top, providers) = join(api.top_providers(), api.providers()).await;
        // Without the names the ranking still says something.
        let providers = providers.ok();
        let known = providers.as_ref().map_or(&[][..], |providers| &providers.entries);
        let mut ranked = top?.map(|top| ranking(top, known));
        ranked.unreadable.extend(providers.and_then(|all| all.unreadable).map(|some| some.of("providers")));
        Ok::<_, ApiError>(ranked)
    });
    let rows = move || remote.value().with(|ranked| ranked.clone().unwrap_or_default());
    let empty = Memo::new(move |_| remote.value().with(|ranked| ranked.as_ref().is_none_or(Vec::is_empty)));
    let head = move |words: fn(&AdminText) -> &'static str| {
        view! { <th scope="col">{move || words(admin(lang.get()))}</th> }
    };
    let content = view! {
        <p hidden=move || !empty.get()>{move || admin(lang.get()).no_reservations}</p>
        <div class="table-frame" hidden=move || empty.get()>
            <table class="table">
                <thead>
                    <tr>{head(|text| text.provider)} {head(|text| text.reservations)} {head(|text| text.share)}</tr>
                </thead>
                <tbody>
                    <For each=rows key=|row| (row.id.clone(), row.reservations, row.share.to_bits()) let:row>
                        {ranked_row(lang, row)}
                    </For>
                </tbody>
            </table>
        </div>
    };
    data_section("top-providers", move || admin(lang.get()).top_providers.to_owned(), remote, content)
}

fn ranked_row(lang: Signal<Lang>, row: Ranked) -> impl IntoView {
    let Ranked { id, name, reservations, share } = row;
    // In tenths of a percent: finer is not seen.
    let width = format!("M0 0H{}V8H0Z", (share * 1_000.0).round() / 10.0);
    view! {
        <tr data-testid="top-provider">
            <th scope="row">{move || name.clone().unwrap_or_else(|| admin(lang.get()).unnamed.fill([&id]))}</th>
            <td class="number">{move || format::integer(lang.get(), reservations)}</td>
            <td class="number share">
                <svg class="share-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                    <path d=width />
                </svg>
                {move || format::percent(lang.get(), share)}
            </td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_a_node_sends_twice_is_one_row_of_the_ranking() {
        let top = [("a", 1), ("b", 3), ("a", 5)]
            .map(|(id, count)| TopProvider { provider_id: id.into(), reservation_count: count });
        let ranked = ranking(top.into(), &[]);
        let rows: Vec<(&str, u64)> = ranked.iter().map(|row| (row.id.as_str(), row.reservations)).collect();
        assert_eq!(rows, [("b", 3), ("a", 1)]);
    }

    #[test]
    fn the_ranking_names_providers_and_puts_the_most_reserved_first() {
        let top =
            [("a", 1), ("b", 3)].map(|(id, count)| TopProvider { provider_id: id.into(), reservation_count: count });
        let named = Provider {
            id: "b".into(),
            name: Some("Bo".into()),
            email: None,
            role: None,
            phone_number: None,
            company_name: Some("Bo Cars".into()),
        };
        let ranked = ranking(top.into(), &[named]);
        assert_eq!(ranked[0].name.as_deref(), Some("Bo Cars"));
        assert_eq!((ranked[0].share, ranked[1].share), (0.75, 0.25));
        assert_eq!(ranked[1].name, None);
    }
}
