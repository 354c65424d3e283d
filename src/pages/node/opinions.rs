//! What the health check, the real traffic and the failover think of the node, side by side.

use leptos::prelude::*;

use super::detail::Subject;
use crate::api_service::failover::{Check, NodeState, Timestamp};
use crate::components::section::section;
use crate::i18n::monitor::monitor;
use crate::i18n::node::{NodeText, node};
use crate::words::{check_result, reason};

/// What real traffic says. A request that succeeded before a check failed says nothing against the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Traffic {
    None,
    Well,
    WellBefore,
    Failed,
}

impl Traffic {
    /// `last_seen`: when the node last answered anything.
    fn of(latest: Option<bool>, last_seen: Option<Timestamp>, check: Option<Check>) -> Self {
        let failed_at = check.filter(|check| check.result.is_err()).map(|check| check.at);
        match latest {
            None => Self::None,
            Some(false) => Self::Failed,
            Some(true) if failed_at.is_some_and(|at| last_seen.is_none_or(|seen| seen < at)) => Self::WellBefore,
            Some(true) => Self::Well,
        }
    }

    /// What it says of the node as it is now.
    const fn verdict(self) -> Option<bool> {
        match self {
            Self::None | Self::WellBefore => None,
            Self::Well => Some(true),
            Self::Failed => Some(false),
        }
    }

    const fn words(self, text: &NodeText) -> &'static str {
        match self {
            Self::None => text.traffic_none,
            Self::Well => text.traffic_well,
            Self::WellBefore => text.traffic_well_before,
            Self::Failed => text.traffic_failed,
        }
    }
}

/// How the three opinions stand to each other. `check` and `traffic`: whether the last one went well.
fn agreement(check: Option<bool>, traffic: Option<bool>, state: NodeState) -> Agreement {
    let trusted = matches!(state, NodeState::Healthy | NodeState::Unknown);
    match (check, traffic) {
        (None, None) => Agreement::NothingKnown,
        (Some(true), Some(false)) => Agreement::TrafficFails,
        (Some(false), Some(true)) => Agreement::CheckFails,
        (Some(false), _) | (_, Some(false)) if trusted || state == NodeState::Recovering => Agreement::OneFailure,
        (Some(false), _) | (_, Some(false)) => Agreement::Agree,
        _ if trusted => Agreement::Agree,
        _ => Agreement::NotYetTrusted,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Agreement {
    Agree,
    TrafficFails,
    CheckFails,
    NotYetTrusted,
    OneFailure,
    NothingKnown,
}

impl Agreement {
    const fn words(self, text: &NodeText) -> &'static str {
        match self {
            Self::Agree => text.agree,
            Self::TrafficFails => text.traffic_fails,
            Self::CheckFails => text.check_fails,
            Self::NotYetTrusted => text.not_yet_trusted,
            Self::OneFailure => text.one_failure,
            Self::NothingKnown => text.nothing_known,
        }
    }

    const fn disagrees(self) -> bool {
        matches!(self, Self::TrafficFails | Self::CheckFails)
    }
}

/// The section.
pub(super) fn opinions(subject: Subject) -> impl IntoView {
    let lang = subject.lang;
    let check = subject.part(|node| node.checks.last().copied());
    let traffic = subject.part(|node| Traffic::of(node.latest_request, node.last_seen, node.checks.last().copied()));
    let state = subject.part(|node| node.state);
    let why = subject.part(|node| node.reason);
    let until = subject.part(|node| (node.throttled_until, node.next_probe_at));
    let agreed = Memo::new(move |_| {
        agreement(check.get().map(|check| check.result.is_ok()), traffic.get().verdict(), state.get())
    });
    let check_words = Signal::derive(move || match check.get() {
        Some(check) => check_result(lang.get(), &check),
        None => node(lang.get()).no_check.to_owned(),
    });
    let check_time = Signal::derive(move || check.get().map_or_else(String::new, |check| subject.time(check.at)));
    let traffic_words = Signal::derive(move || traffic.get().words(node(lang.get())).to_owned());
    let decision = Signal::derive(move || {
        let word = monitor(lang.get()).state_word(state.get());
        why.get().map_or_else(|| word.to_owned(), |code| format!("{word} – {}", reason(lang.get(), code)))
    });
    let next = Signal::derive(move || {
        let text = node(lang.get());
        match until.get() {
            (Some(at), _) if at > subject.now.get() => text.waits.fill([&subject.time(at)]),
            (_, Some(at)) => text.next_check.fill([&subject.time(at)]),
            _ => String::new(),
        }
    });
    let nothing = Signal::stored(String::new());
    let content = view! {
        <dl class="opinions">
            {opinion(subject.text(|text| text.check), check_words, check_time)}
            {opinion(subject.text(|text| text.traffic), traffic_words, nothing)}
            {opinion(subject.text(|text| text.decision), decision, next)}
        </dl>
        <p
            class="opinions-note"
            data-testid="opinions-note"
            data-disagree=move || agreed.get().disagrees().to_string()
        >
            {move || agreed.get().words(node(lang.get()))}
        </p>
    };
    section("node-opinions", subject.text(|text| text.opinions), content.into_any())
}

fn opinion(name: Signal<String>, main: Signal<String>, more: Signal<String>) -> impl IntoView {
    view! {
        <div class="figure">
            <dt>{name}</dt>
            <dd>
                <span>{main}</span>
                <span class="muted">{more}</span>
            </dd>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_service::failover::{Duration, FailureReason};

    #[test]
    fn real_traffic_that_fails_beside_checks_that_succeed_is_told_apart_from_the_reverse() {
        assert_eq!(agreement(Some(true), Some(false), NodeState::Failed), Agreement::TrafficFails);
        assert_eq!(agreement(Some(false), Some(true), NodeState::Healthy), Agreement::CheckFails);
        assert!(Agreement::TrafficFails.disagrees() && !Agreement::Agree.disagrees());
    }

    #[test]
    fn a_request_that_succeeded_before_the_check_failed_is_no_contradiction() {
        let at = Timestamp::from_millis;
        let check = |result| Some(Check { at: at(10), result });
        let refused = || check(Err(FailureReason::Network));
        assert_eq!(Traffic::of(Some(true), Some(at(9)), refused()), Traffic::WellBefore);
        assert_eq!(Traffic::of(Some(true), Some(at(11)), refused()), Traffic::Well);
        assert_eq!(Traffic::of(Some(true), Some(at(10)), check(Ok(Duration::from_millis(3)))), Traffic::Well);
        assert_eq!(Traffic::of(Some(false), Some(at(9)), refused()), Traffic::Failed);
        assert_eq!(agreement(Some(false), Traffic::WellBefore.verdict(), NodeState::Failed), Agreement::Agree);
    }

    #[test]
    fn a_node_that_answers_again_is_not_trusted_at_once() {
        assert_eq!(agreement(Some(true), None, NodeState::Recovering), Agreement::NotYetTrusted);
        assert_eq!(agreement(Some(true), Some(true), NodeState::Suspect), Agreement::NotYetTrusted);
        assert_eq!(agreement(Some(true), Some(true), NodeState::Healthy), Agreement::Agree);
    }

    #[test]
    fn one_failure_is_not_yet_a_verdict() {
        assert_eq!(agreement(Some(false), None, NodeState::Healthy), Agreement::OneFailure);
        assert_eq!(agreement(Some(false), Some(false), NodeState::Failed), Agreement::Agree);
        assert_eq!(agreement(None, None, NodeState::Unknown), Agreement::NothingKnown);
    }
}
