//! The journal in words: who, why, where to, how long, by whom. Pure.

use std::sync::Arc;

use crate::api_service::failover::Duration;
use crate::api_service::failover::journal::JournalEvent;
use crate::api_service::failover::node::{FailureReason, NodeState};
use crate::api_service::failover::snapshot::Actor;
use crate::i18n::Lang;
use crate::i18n::journal::journal;
use crate::i18n::monitor::monitor;
use crate::i18n::template::capitalised;

use super::{self as words, duration, node_name_of, reason};

/// Groups of kinds that the filter offers, in the order of [`crate::i18n::monitor::MonitorText::kinds`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    States,
    Moves,
    Requests,
    Operator,
    Cluster,
}

impl Group {
    pub const ALL: [Self; 5] = [Self::States, Self::Moves, Self::Requests, Self::Operator, Self::Cluster];

    pub fn of(event: &JournalEvent) -> Self {
        match event {
            JournalEvent::NodeChanged { .. }
            | JournalEvent::FoundSlow { .. }
            | JournalEvent::NoLongerSlow { .. }
            | JournalEvent::LowSuccessRate { .. }
            | JournalEvent::ForeignNode { .. }
            | JournalEvent::NoLongerForeign { .. }
            | JournalEvent::SameNode { .. }
            | JournalEvent::SuccessRateRestored { .. } => Self::States,
            JournalEvent::CurrentChanged { .. } => Self::Moves,
            JournalEvent::AttemptFailed { .. }
            | JournalEvent::RequestMoved { .. }
            | JournalEvent::LeaderHop { .. }
            | JournalEvent::CallFailed { .. }
            | JournalEvent::Hedged { .. }
            | JournalEvent::BudgetRefused { .. } => Self::Requests,
            JournalEvent::PreferenceChanged { .. }
            | JournalEvent::FailuresReset { .. }
            | JournalEvent::RequirementChanged { .. }
            | JournalEvent::ClusterFollowed { .. } => Self::Operator,
            JournalEvent::LeaderChanged { .. }
            | JournalEvent::ClockJumped { .. }
            | JournalEvent::WallClockMoved { .. }
            | JournalEvent::ReadIndexGivenUp { .. }
            | JournalEvent::OutageBegan
            | JournalEvent::OutageEnded { .. }
            | JournalEvent::LocalFaultBegan
            | JournalEvent::LocalFaultEnded { .. } => Self::Cluster,
        }
    }
}

/// How bad an event is, for the mark before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Good,
    Neutral,
    Warning,
    Bad,
}

pub fn weight(event: &JournalEvent) -> Weight {
    match event {
        JournalEvent::NodeChanged { to: NodeState::Failed, .. }
        | JournalEvent::CallFailed { .. }
        | JournalEvent::OutageBegan
        | JournalEvent::LocalFaultBegan => Weight::Bad,
        JournalEvent::NodeChanged { to: NodeState::Suspect, .. }
        | JournalEvent::FoundSlow { .. }
        | JournalEvent::LowSuccessRate { .. }
        | JournalEvent::ReadIndexGivenUp { .. }
        | JournalEvent::ForeignNode { .. }
        | JournalEvent::SameNode { .. }
        | JournalEvent::AttemptFailed { .. }
        | JournalEvent::RequestMoved { .. }
        | JournalEvent::BudgetRefused { .. } => Weight::Warning,
        JournalEvent::NodeChanged { to: NodeState::Healthy, .. }
        | JournalEvent::NoLongerSlow { .. }
        | JournalEvent::NoLongerForeign { .. }
        | JournalEvent::SuccessRateRestored { .. }
        | JournalEvent::OutageEnded { .. }
        | JournalEvent::LocalFaultEnded { .. } => Weight::Good,
        _ => Weight::Neutral,
    }
}

/// Whether the node at `url` had a part in the event, be it as the one that requests came from or went to.
pub fn concerns(event: &JournalEvent, url: &str) -> bool {
    let also = match event {
        JournalEvent::RequestMoved { to, .. }
        | JournalEvent::LeaderHop { to, .. }
        | JournalEvent::Hedged { to, .. } => Some(to),
        JournalEvent::FoundSlow { than, .. } => Some(than),
        JournalEvent::SameNode { first, .. } => Some(first),
        JournalEvent::CurrentChanged { from, .. } => Some(from),
        _ => None,
    };
    event.node().into_iter().chain(also).any(|node| **node == *url)
}

/// One event in a sentence. `urls` is the list of nodes as it is now.
pub fn sentence(lang: Lang, urls: &[Arc<str>], event: &JournalEvent) -> String {
    let name = |url: &str| node_name_of(lang, urls, url);
    let took = |value: &Duration| duration(lang, *value);
    let text = journal(lang);
    let words = match event {
        JournalEvent::AttemptFailed { node, reason: why, waited, .. } => {
            text.attempt_failed.fill([&name(node), &took(waited), &reason(lang, *why)])
        }
        JournalEvent::RequestMoved { from, to, reason: why, waited, .. } => {
            text.request_moved.fill([&name(from), &name(to), &took(waited), &reason(lang, *why)])
        }
        JournalEvent::LeaderHop { from, to, .. } => text.sent_to_leader.fill([&name(from), &name(to)]),
        JournalEvent::CallFailed { waited, attempts, .. } => {
            let attempts = *attempts as usize;
            text.given_up.of(lang, attempts).fill([&took(waited), &attempts.to_string()])
        }
        JournalEvent::Hedged { from, to, .. } => text.hedged.fill([&name(from), &name(to)]),
        JournalEvent::BudgetRefused { .. } => text.not_repeated.to_owned(),
        JournalEvent::NodeChanged { node, from, to, reason } => node_changed(lang, &name(node), *from, *to, *reason),
        JournalEvent::CurrentChanged { from, to, by, waited } => {
            let moved = match by {
                Actor::Automatic => text.moved_automatically,
                Actor::Operator => text.moved_by_operator,
            };
            let waited = waited.as_ref().map(|waited| text.waited.fill([&took(waited)]));
            and(moved.fill([&name(from), &name(to)]), waited)
        }
        JournalEvent::LeaderChanged { node, term } => {
            text.elected.fill([&name(node), &words::term(lang, &term.to_string())])
        }
        JournalEvent::PreferenceChanged { node: Some(node) } => text.preferred.fill([&name(node)]),
        JournalEvent::PreferenceChanged { node: None } => text.automatic.to_owned(),
        JournalEvent::FailuresReset { node: Some(node) } => text.reset.fill([&name(node)]),
        JournalEvent::FailuresReset { node: None } => text.reset_all.to_owned(),
        JournalEvent::RequirementChanged { node: Some(node) } => text.required.fill([&name(node)]),
        JournalEvent::RequirementChanged { node: None } => text.not_required.to_owned(),
        JournalEvent::ClockJumped { by } => text.clock_jumped.fill([&took(by)]),
        JournalEvent::WallClockMoved { by, forward } => {
            let words = if *forward { text.wall_clock_forward } else { text.wall_clock_back };
            words.fill([&took(by)])
        }
        JournalEvent::FoundSlow { node, latency, than, other, kept } => {
            let words = if *kept { text.slow_and_kept } else { text.slow_and_left };
            words.fill([&name(node), &took(latency), &name(than), &took(other)])
        }
        JournalEvent::NoLongerSlow { node, .. } => text.no_longer_slow.fill([&name(node)]),
        JournalEvent::LowSuccessRate { node, percent, usual } => {
            text.low_success_rate.fill([&name(node), &percent.to_string(), &usual.to_string()])
        }
        JournalEvent::ReadIndexGivenUp { node, freshest } => {
            text.read_index_given_up.fill([&name(node), &freshest.to_string()])
        }
        JournalEvent::ForeignNode { node, cluster } => text.foreign_node.fill([&name(node), cluster]),
        JournalEvent::NoLongerForeign { node } => text.no_longer_foreign.fill([&name(node)]),
        JournalEvent::ClusterFollowed { node, cluster } => text.cluster_followed.fill([cluster, &name(node)]),
        JournalEvent::SameNode { node, first } => text.same_node.fill([&name(node), &name(first)]),
        JournalEvent::SuccessRateRestored { node } => text.success_rate_restored.fill([&name(node)]),
        JournalEvent::OutageBegan => text.outage_began.to_owned(),
        JournalEvent::OutageEnded { lasted } => text.outage_ended.fill([&took(lasted)]),
        JournalEvent::LocalFaultBegan => text.local_fault_began.to_owned(),
        JournalEvent::LocalFaultEnded { lasted } => text.local_fault_ended.fill([&took(lasted)]),
    };
    capitalised(&words)
}

fn node_changed(lang: Lang, node: &str, from: NodeState, to: NodeState, why: Option<FailureReason>) -> String {
    // What it failed for is no reason to try it again.
    let why = why.filter(|_| matches!(to, NodeState::Suspect | NodeState::Failed));
    let word = |state| monitor(lang).state_word(state);
    and(journal(lang).changed.fill([node, word(from), word(to)]), why.map(|why| reason(lang, why)))
}

/// With a comma between them.
fn and(mut words: String, more: Option<String>) -> String {
    if let Some(more) = more {
        words.push_str(", ");
        words.push_str(&more);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_service::failover::CallId;

    fn urls() -> Vec<Arc<str>> {
        vec!["http://a:1".into(), "http://b:2".into()]
    }

    fn words(lang: Lang, event: &JournalEvent) -> String {
        sentence(lang, &urls(), event).replace('\u{a0}', " ")
    }

    #[test]
    fn a_failover_says_from_where_to_where_by_whom_and_how_long_the_caller_waited() {
        let event = JournalEvent::CurrentChanged {
            from: "http://a:1".into(),
            to: "http://b:2".into(),
            by: Actor::Automatic,
            waited: Some(Duration::from_millis(410)),
        };
        assert_eq!(words(Lang::En, &event), "Moved from node 0 to node 1, automatic, waited 410 ms");
        assert_eq!(words(Lang::Fr, &event), "Bascule du nœud 0 vers le nœud 1, automatique, attente 410 ms");
    }

    #[test]
    fn a_change_of_state_says_why() {
        let event = JournalEvent::NodeChanged {
            node: "http://b:2".into(),
            from: NodeState::Suspect,
            to: NodeState::Failed,
            reason: Some(FailureReason::TimedOut),
        };
        assert_eq!(words(Lang::En, &event), "Node 1: suspect → failed, no answer in time");
        assert_eq!(words(Lang::Fr, &event), "Nœud 1 : suspect → en panne, pas de réponse dans le délai");
        assert_eq!(weight(&event), Weight::Bad);
    }

    #[test]
    fn a_call_that_was_given_up_without_an_attempt_is_counted_as_its_language_counts() {
        let event = JournalEvent::CallFailed { call: CallId(1), waited: Duration::from_millis(30_000), attempts: 0 };
        assert_eq!(words(Lang::Fr, &event), "Requête abandonnée après 30 s, 0 tentative");
        assert_eq!(words(Lang::En, &event), "Request given up after 30 s, 0 attempts");
    }

    #[test]
    fn what_the_operator_did_is_told_as_the_operators_doing() {
        let event = JournalEvent::PreferenceChanged { node: Some("http://b:2".into()) };
        assert_eq!(Group::of(&event), Group::Operator);
        assert_eq!(words(Lang::En, &event), "Node 1 chosen as the preferred node, by the operator");
        let back = JournalEvent::PreferenceChanged { node: None };
        assert_eq!(words(Lang::Fr, &back), "Retour au choix automatique, par l’opérateur");
    }

    #[test]
    fn a_node_that_left_the_list_is_named_by_its_address() {
        let event = JournalEvent::LeaderChanged { node: "http://gone:9".into(), term: 4 };
        assert_eq!(words(Lang::En, &event), "http://gone:9 elected leader, term 4");
    }
}
