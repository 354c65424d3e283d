//! The status of the cluster in one sentence, in the words that the monitor, the header, the page's title and the
//! live region share. Pure: times of day come in as text.

use crate::api_service::failover::node::NodeState;
use crate::api_service::failover::snapshot::{Actor, ClusterMode, Move};
use crate::api_service::failover::time::Timestamp;
use crate::i18n::Lang;
use crate::i18n::monitor::monitor;
use crate::i18n::status::status;
use crate::i18n::template::capitalised;
use crate::store::alerts::Alert;
use crate::store::cluster::Overview;

use crate::words::{count, duration, node_name, term};

/// "3/3 healthy · using node 0 (leader, term 12) · last failover 14:02, automatic, 410 ms".
///
/// `time_of_day` writes a point in time as the language does.
pub fn status_sentence(lang: Lang, overview: &Overview, time_of_day: impl Fn(Timestamp) -> String) -> String {
    let mut parts = vec![healthy_words(lang, overview)];
    let text = monitor(lang);
    match (overview.local_fault, overview.mode) {
        (Some(since), _) => parts.push(text.local_fault_since.fill([&time_of_day(since)]).to_lowercase()),
        (_, ClusterMode::Outage { since, .. }) => {
            parts.push(text.no_connection_since.fill([&time_of_day(since)]).to_lowercase());
        }
        (_, ClusterMode::Foreign) => parts.push(text.foreign_title.to_lowercase()),
        _ => parts.extend(overview.current.map(|current| using_words(lang, overview, current))),
    }
    if let Some(last) = overview.last_move {
        parts.push(move_words(lang, last, &time_of_day(last.at)));
    }
    parts.join(" · ")
}

/// "node 1 is preferred but unavailable; served by node 2". `None` while the preferred node serves, or none is chosen.
pub fn preferred_sentence(lang: Lang, overview: &Overview) -> Option<String> {
    let preferred = node_name(lang, overview.preferred_but_unavailable()?);
    let back =
        matches!(overview.preferred_state, Some(NodeState::Recovering | NodeState::Probing | NodeState::Healthy));
    let current = overview.current.map(|current| node_name(lang, current));
    let text = status(lang);
    Some(match (current, back) {
        (Some(current), false) => text.unavailable_beside.sentence([&preferred, &current]),
        (Some(current), true) => text.returning_beside.sentence([&preferred, &current]),
        (None, _) => text.unavailable.sentence([&preferred]),
    })
}

/// "node 0 · 3/3", for the header and the page's title.
pub fn summary(lang: Lang, overview: &Overview) -> String {
    let healthy = format!("{}/{}", count(lang, overview.healthy), count(lang, overview.total));
    match overview.current {
        _ if overview.local_fault.is_some() || outage(overview) => format!("{} · {healthy}", status(lang).no_node),
        Some(current) => format!("{} · {healthy}", node_name(lang, current)),
        None => healthy,
    }
}

/// What to say aloud when the cluster went from `before` to `after`. `None` when nothing that matters changed:
/// which node serves, how many are healthy, whether any answers.
pub fn announcement(lang: Lang, before: &Overview, after: &Overview) -> Option<String> {
    let key = |overview: &Overview| (overview.healthy, overview.total, overview.current, outage(overview));
    // Before the first answers every node is unknown: that is not news.
    let began = before.healthy == 0 && before.usable == before.listed && after.healthy == after.total;
    if key(before) == key(after) || began {
        return None;
    }
    let mut sentence = vec![healthy_words(lang, after)];
    if outage(after) {
        sentence.push(monitor(lang).no_connection.to_lowercase());
    } else if let (Some(current), None) = (after.current, after.local_fault) {
        sentence.push(using_words(lang, after, current));
    }
    Some(sentence.join(", "))
}

/// What a notification says: what happened, and how the cluster is now.
pub fn alert_words(lang: Lang, alert: Alert, overview: &Overview) -> String {
    let text = monitor(lang);
    let what = match alert {
        Alert::NodeFailed => text.alert_failed,
        Alert::NoQuorum => text.alert_no_quorum,
        Alert::Back => text.alert_back,
    };
    format!("{what} {}", capitalised(&healthy_words(lang, overview)))
}

fn outage(overview: &Overview) -> bool {
    matches!(overview.mode, ClusterMode::Foreign | ClusterMode::Outage { .. })
}

fn healthy_words(lang: Lang, overview: &Overview) -> String {
    let Overview { healthy, total, .. } = *overview;
    if total == 0 {
        return status(lang).no_nodes.to_owned();
    }
    status(lang).healthy.of(lang, healthy).fill([&count(lang, healthy), &count(lang, total)])
}

fn using_words(lang: Lang, overview: &Overview, current: usize) -> String {
    let mut told = Vec::new();
    told.extend(overview.current_role.map(|role| monitor(lang).role_word(role).to_owned()));
    told.extend(overview.term.map(|number| term(lang, &number.to_string())));
    let node = node_name(lang, current);
    let using = status(lang).using.fill([&node]);
    if told.is_empty() { using } else { format!("{using} ({})", told.join(", ")) }
}

fn move_words(lang: Lang, last: Move, time: &str) -> String {
    let text = status(lang);
    let mut words = match last.by {
        Actor::Automatic => text.moved_automatically,
        Actor::Operator => text.moved_by_operator,
    }
    .fill([time]);
    if let Some(waited) = last.waited {
        words.push_str(", ");
        words.push_str(&duration(lang, waited));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_service::failover::{Duration, Role};

    fn well() -> Overview {
        Overview {
            healthy: 3,
            total: 3,
            listed: 3,
            foreign: 0,
            usable: 3,
            failed: 0,
            quorum: Some(true),
            current: Some(0),
            current_role: Some(Role::Leader),
            preferred: None,
            preferred_state: None,
            term: Some(12),
            highest_commit: Some(90),
            mode: ClusterMode::Normal,
            last_move: None,
            local_fault: None,
            required: None,
        }
    }

    fn at_two(_: Timestamp) -> String {
        "14:02".to_owned()
    }

    fn sentence(lang: Lang, overview: &Overview) -> String {
        status_sentence(lang, overview, at_two).replace('\u{a0}', " ")
    }

    #[test]
    fn the_sentence_names_health_node_role_term_and_last_move() {
        let last_move = Some(Move {
            at: Timestamp::ZERO,
            from: 1,
            to: 0,
            by: Actor::Automatic,
            waited: Some(Duration::from_millis(410)),
        });
        let overview = Overview { last_move, ..well() };
        assert_eq!(
            sentence(Lang::En, &overview),
            "3/3 healthy · using node 0 (leader, term 12) · last failover 14:02, automatic, 410 ms"
        );
        assert_eq!(
            sentence(Lang::Fr, &overview),
            "3/3 sains · nœud 0 utilisé (leader, mandat 12) · dernière bascule 14:02, automatique, 410 ms"
        );
    }

    #[test]
    fn a_backend_that_tells_nothing_of_raft_gets_a_shorter_sentence() {
        let overview = Overview { current_role: None, term: None, healthy: 1, ..well() };
        assert_eq!(sentence(Lang::Fr, &overview), "1/3 sain · nœud 0 utilisé");
        assert_eq!(sentence(Lang::En, &overview), "1/3 healthy · using node 0");
    }

    #[test]
    fn a_network_of_the_person_that_is_gone_is_said_and_no_node_is_in_use() {
        let overview = Overview { local_fault: Some(Timestamp::ZERO), healthy: 0, ..well() };
        assert_eq!(sentence(Lang::Fr, &overview), "0/3 sain · votre réseau ne répond plus depuis 14:02");
        assert_eq!(sentence(Lang::En, &overview), "0/3 healthy · your network has not answered since 14:02");
        assert_eq!(summary(Lang::Fr, &overview), "aucun nœud · 0/3");
        assert_eq!(announcement(Lang::En, &well(), &overview).as_deref(), Some("0/3 healthy"));
    }

    #[test]
    fn an_outage_says_since_when_and_names_no_node_in_use() {
        let mode = ClusterMode::Outage { since: Timestamp::ZERO, next_try: None };
        let overview = Overview { mode, healthy: 0, usable: 0, ..well() };
        assert_eq!(sentence(Lang::Fr, &overview), "0/3 sain · aucun nœud ne répond depuis 14:02");
        assert_eq!(sentence(Lang::En, &overview), "0/3 healthy · no node has answered since 14:02");
        assert_eq!(summary(Lang::En, &overview), "no node · 0/3");
    }

    #[test]
    fn a_preferred_node_that_does_not_serve_is_named_with_the_one_that_does() {
        let overview =
            Overview { preferred: Some(1), preferred_state: Some(NodeState::Failed), current: Some(2), ..well() };
        let words = |lang| preferred_sentence(lang, &overview).map(|text| text.replace('\u{a0}', " "));
        assert_eq!(words(Lang::En).as_deref(), Some("Node 1 is preferred but unavailable; served by node 2."));
        assert_eq!(words(Lang::Fr).as_deref(), Some("Le nœud 1 est préféré mais indisponible ; servi par le nœud 2."));
        let served = Overview { current: Some(1), ..overview };
        assert_eq!(preferred_sentence(Lang::En, &served), None);
    }

    #[test]
    fn only_a_change_of_state_is_announced() {
        let before = well();
        let same = Overview { highest_commit: Some(91), term: Some(13), ..well() };
        assert_eq!(announcement(Lang::En, &before, &same), None);
        let failed = Overview { healthy: 2, current: Some(1), current_role: None, ..well() };
        let said = announcement(Lang::En, &before, &failed).map(|text| text.replace('\u{a0}', " "));
        assert_eq!(said.as_deref(), Some("2/3 healthy, using node 1 (term 12)"));
    }

    #[test]
    fn the_first_answers_of_a_healthy_cluster_are_not_announced() {
        let before = Overview { healthy: 0, ..well() };
        assert_eq!(announcement(Lang::En, &before, &well()), None);
    }
}
