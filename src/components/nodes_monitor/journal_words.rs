//! The journal in words: who, why, where to, how long, by whom. Pure.

use std::sync::Arc;

use crate::api_service::failover::Duration;
use crate::api_service::failover::journal::JournalEvent;
use crate::api_service::failover::node::{FailureReason, NodeState};
use crate::api_service::failover::snapshot::Actor;
use crate::i18n::Lang;
use crate::i18n::monitor::{capitalised, monitor};

use super::words::{self, duration, node_name_of, reason};

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
            JournalEvent::NodeChanged { .. } => Self::States,
            JournalEvent::CurrentChanged { .. } => Self::Moves,
            JournalEvent::AttemptFailed { .. }
            | JournalEvent::RequestMoved { .. }
            | JournalEvent::LeaderHop { .. }
            | JournalEvent::CallFailed { .. }
            | JournalEvent::Hedged { .. }
            | JournalEvent::BudgetRefused { .. } => Self::Requests,
            JournalEvent::PreferenceChanged { .. }
            | JournalEvent::FailuresReset { .. }
            | JournalEvent::RequirementChanged { .. } => Self::Operator,
            JournalEvent::LeaderChanged { .. }
            | JournalEvent::ClockJumped { .. }
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
        | JournalEvent::AttemptFailed { .. }
        | JournalEvent::RequestMoved { .. }
        | JournalEvent::BudgetRefused { .. } => Weight::Warning,
        JournalEvent::NodeChanged { to: NodeState::Healthy, .. }
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
        JournalEvent::CurrentChanged { from, .. } => Some(from),
        _ => None,
    };
    event.node().into_iter().chain(also).any(|node| **node == *url)
}

/// One event in a sentence. `urls` is the list of nodes as it is now.
pub fn sentence(lang: Lang, urls: &[Arc<str>], event: &JournalEvent) -> String {
    let name = |url: &str| node_name_of(lang, urls, url);
    let text = match event {
        JournalEvent::AttemptFailed { node, reason, waited, .. } => attempt_failed(lang, &name(node), *reason, *waited),
        JournalEvent::RequestMoved { from, to, reason, waited, .. } => {
            request_moved(lang, &name(from), &name(to), *reason, *waited)
        }
        JournalEvent::LeaderHop { from, to, .. } => match lang {
            Lang::Fr => {
                format!("requête transmise du {} au leader, {}", name(from), name(to))
            }
            Lang::En => format!("request sent on from {} to the leader, {}", name(from), name(to)),
        },
        JournalEvent::CallFailed { waited, attempts, .. } => call_failed(lang, *waited, *attempts),
        JournalEvent::Hedged { from, to, .. } => match lang {
            Lang::Fr => format!("{} tarde : lecture envoyée aussi au {}", name(from), name(to)),
            Lang::En => format!("{} is slow: read sent to {} as well", name(from), name(to)),
        },
        JournalEvent::BudgetRefused { .. } => match lang {
            Lang::Fr => "requête non répétée : trop de répétitions déjà en cours".to_owned(),
            Lang::En => "request not repeated: too many repeats already".to_owned(),
        },
        JournalEvent::NodeChanged { node, from, to, reason } => node_changed(lang, &name(node), *from, *to, *reason),
        JournalEvent::CurrentChanged { from, to, by, waited } => {
            current_changed(lang, &name(from), &name(to), *by, *waited)
        }
        JournalEvent::LeaderChanged { node, term } => match lang {
            Lang::Fr => format!("{} élu leader, {}", name(node), words::term(lang, &term.to_string())),
            Lang::En => format!("{} elected leader, {}", name(node), words::term(lang, &term.to_string())),
        },
        JournalEvent::PreferenceChanged { .. }
        | JournalEvent::RequirementChanged { .. }
        | JournalEvent::FailuresReset { .. } => lever_pulled(lang, name, event),
        JournalEvent::ClockJumped { .. }
        | JournalEvent::OutageBegan
        | JournalEvent::OutageEnded { .. }
        | JournalEvent::LocalFaultBegan
        | JournalEvent::LocalFaultEnded { .. } => cluster_changed(lang, event),
    };
    capitalised(&text)
}

/// What the operator did.
fn lever_pulled(lang: Lang, name: impl Fn(&str) -> String, event: &JournalEvent) -> String {
    match event {
        JournalEvent::PreferenceChanged { node: Some(node) } => match lang {
            Lang::Fr => format!("{} choisi comme nœud préféré, par l’opérateur", name(node)),
            Lang::En => format!("{} chosen as the preferred node, by the operator", name(node)),
        },
        JournalEvent::PreferenceChanged { node: None } => match lang {
            Lang::Fr => "retour au choix automatique, par l’opérateur".to_owned(),
            Lang::En => "back to the automatic choice, by the operator".to_owned(),
        },
        JournalEvent::FailuresReset { node: Some(node) } => match lang {
            Lang::Fr => format!("échecs du {} réinitialisés, par l’opérateur", name(node)),
            Lang::En => format!("failures of {} reset, by the operator", name(node)),
        },
        JournalEvent::FailuresReset { node: None } => match lang {
            Lang::Fr => "échecs de tous les nœuds réinitialisés, par l’opérateur".to_owned(),
            Lang::En => "failures of all nodes reset, by the operator".to_owned(),
        },
        JournalEvent::RequirementChanged { node: Some(node) } => match lang {
            Lang::Fr => format!("{} exigé : rien ne bascule, par l’opérateur", name(node)),
            Lang::En => format!("{} required: nothing fails over, by the operator", name(node)),
        },
        JournalEvent::RequirementChanged { node: None } => match lang {
            Lang::Fr => "plus aucun nœud n’est exigé".to_owned(),
            Lang::En => "no node is required any more".to_owned(),
        },
        _ => String::new(),
    }
}

/// What happened to all nodes at once, or to the person's own machine.
fn cluster_changed(lang: Lang, event: &JournalEvent) -> String {
    match event {
        JournalEvent::ClockJumped { by } => match lang {
            Lang::Fr => {
                format!("horloge avancée de {} (mise en veille) : aucun nœud mis en cause", duration(lang, *by))
            }
            Lang::En => format!("clock jumped by {} (machine asleep): no node blamed", duration(lang, *by)),
        },
        JournalEvent::OutageBegan => match lang {
            Lang::Fr => "plus aucun nœud ne répond".to_owned(),
            Lang::En => "no node answers any more".to_owned(),
        },
        JournalEvent::OutageEnded { lasted } => match lang {
            Lang::Fr => format!("un nœud répond de nouveau, après {}", duration(lang, *lasted)),
            Lang::En => format!("a node answers again, after {}", duration(lang, *lasted)),
        },
        JournalEvent::LocalFaultBegan => match lang {
            Lang::Fr => "votre propre réseau ne répond plus : aucun nœud n’est mis en cause".to_owned(),
            Lang::En => "your own network does not answer: no node is blamed".to_owned(),
        },
        JournalEvent::LocalFaultEnded { lasted } => match lang {
            Lang::Fr => format!("votre réseau est revenu, après {}", duration(lang, *lasted)),
            Lang::En => format!("your network is back, after {}", duration(lang, *lasted)),
        },
        _ => String::new(),
    }
}

fn attempt_failed(lang: Lang, node: &str, why: FailureReason, waited: Duration) -> String {
    let (why, waited) = (reason(lang, why), duration(lang, waited));
    match lang {
        Lang::Fr => format!("{node} : requête en échec après {waited}, {why}"),
        Lang::En => format!("{node}: request failed after {waited}, {why}"),
    }
}

fn request_moved(lang: Lang, from: &str, to: &str, why: FailureReason, waited: Duration) -> String {
    let (why, waited) = (reason(lang, why), duration(lang, waited));
    match lang {
        Lang::Fr => {
            format!("requête passée du {from} au {to} après {waited}, automatiquement : {why}")
        }
        Lang::En => format!("request moved from {from} to {to} after {waited}, automatically: {why}"),
    }
}

fn call_failed(lang: Lang, waited: Duration, attempts: u32) -> String {
    let waited = duration(lang, waited);
    match (lang, attempts) {
        (Lang::Fr, 0 | 1) => format!("requête abandonnée après {waited}, {attempts} tentative"),
        (Lang::Fr, _) => format!("requête abandonnée après {waited}, {attempts} tentatives"),
        (Lang::En, 1) => format!("request given up after {waited}, 1 attempt"),
        (Lang::En, _) => format!("request given up after {waited}, {attempts} attempts"),
    }
}

fn node_changed(lang: Lang, node: &str, from: NodeState, to: NodeState, why: Option<FailureReason>) -> String {
    let text = monitor(lang);
    // What it failed for is no reason to try it again.
    let why = why.filter(|_| matches!(to, NodeState::Suspect | NodeState::Failed));
    let (from, to) = (text.state_word(from), text.state_word(to));
    let mut words = match lang {
        Lang::Fr => format!("{node} : {from} → {to}"),
        Lang::En => format!("{node}: {from} → {to}"),
    };
    if let Some(why) = why {
        words.push_str(", ");
        words.push_str(&reason(lang, why));
    }
    words
}

fn current_changed(lang: Lang, from: &str, to: &str, by: Actor, waited: Option<Duration>) -> String {
    let mut words = match (lang, by) {
        (Lang::Fr, Actor::Automatic) => format!("bascule du {from} vers le {to}, automatique"),
        (Lang::Fr, Actor::Operator) => format!("bascule du {from} vers le {to}, par l’opérateur"),
        (Lang::En, Actor::Automatic) => format!("moved from {from} to {to}, automatic"),
        (Lang::En, Actor::Operator) => format!("moved from {from} to {to}, by the operator"),
    };
    if let Some(waited) = waited {
        let waited = duration(lang, waited);
        words.push_str(&match lang {
            Lang::Fr => format!(", attente {waited}"),
            Lang::En => format!(", waited {waited}"),
        });
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

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
