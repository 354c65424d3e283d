//! What the health check, the real traffic and the failover think of the node, side by side.

use crate::ui::*;

use super::super::follow::text;
use super::super::nodes_monitor::words::{check_result, reason};
use super::super::section::section;
use super::Subject;
use crate::api_service::failover::NodeState;
use crate::i18n::monitor::monitor;
use crate::i18n::node::{NodeText, node};

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
pub(super) fn opinions(subject: Subject) -> AnyView {
    let lang = subject.lang;
    let check = subject.part(|node| node.checks.last().copied());
    let traffic = subject.part(|node| node.latest_request);
    let state = subject.part(|node| node.state);
    let why = subject.part(|node| node.reason);
    let until = subject.part(|node| (node.throttled_until, node.next_probe_at));
    let agreed =
        Memo::new(move |_| agreement(check.get().map(|check| check.result.is_ok()), traffic.get(), state.get()));
    let check_words = text(move || match check.get() {
        Some(check) => check_result(lang.get(), &check),
        None => node(lang.get()).no_check.to_owned(),
    });
    let check_time = text(move || check.get().map_or_else(String::new, |check| subject.time(check.at)));
    let traffic_words = text(move || {
        let text = node(lang.get());
        match traffic.get() {
            Some(true) => text.traffic_well,
            Some(false) => text.traffic_failed,
            None => text.traffic_none,
        }
    });
    let decision = text(move || {
        let word = monitor(lang.get()).state_word(state.get());
        why.get().map_or_else(|| word.to_owned(), |code| format!("{word} – {}", reason(lang.get(), code)))
    });
    let next = text(move || {
        let text = node(lang.get());
        match until.get() {
            (Some(at), _) if at > subject.now.get() => (text.waits)(&subject.time(at)),
            (_, Some(at)) => (text.next_check)(&subject.time(at)),
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
            data-disagree=text(move || agreed.get().disagrees().to_string())
        >
            {text(move || agreed.get().words(node(lang.get())))}
        </p>
    };
    section("node-opinions", subject.text(|text| text.opinions), content.into_any())
}

fn opinion(name: Signal<String>, main: Signal<String>, more: Signal<String>) -> AnyView {
    view! {
        <div class="figure">
            <dt>{name}</dt>
            <dd>
                <span>{main}</span>
                <span class="muted">{more}</span>
            </dd>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_traffic_that_fails_beside_checks_that_succeed_is_told_apart_from_the_reverse() {
        assert_eq!(agreement(Some(true), Some(false), NodeState::Failed), Agreement::TrafficFails);
        assert_eq!(agreement(Some(false), Some(true), NodeState::Healthy), Agreement::CheckFails);
        assert!(Agreement::TrafficFails.disagrees() && !Agreement::Agree.disagrees());
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
