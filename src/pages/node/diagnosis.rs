//! Why a node does not answer, as far as a browser can find out: it calls every failed connection the same. A request
//! whose answer the page asks not to read tells a CORS mistake from a dead node; the rest is a checklist.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::detail::Subject;
use crate::api_service::address;
use crate::api_service::browser::{self, Reach};
use crate::api_service::failover::{Duration, FailureReason, NodeState};
use crate::components::section::section;
use crate::i18n::node::{NodeText, node};
use crate::store::notice::NoticeStore;

/// Longer than a check: what answers at all should be seen to.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finding {
    Mixed,
    Cors,
    Preflight,
    Certificate,
    Dead,
    Hangs,
}

impl Finding {
    /// `reached`: what came of the request that asks to read nothing; `checked`: whether a check went well after it.
    fn of(mixed: bool, url: &str, reached: Reach, checked: bool) -> Self {
        match reached {
            _ if mixed => Self::Mixed,
            _ if checked => Self::Preflight,
            Reach::Answers => Self::Cors,
            Reach::Silent => Self::Hangs,
            Reach::Nothing if url.starts_with("https:") => Self::Certificate,
            Reach::Nothing => Self::Dead,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Mixed => "mixed-content",
            Self::Cors => "cors",
            Self::Preflight => "preflight",
            Self::Certificate => "certificate",
            Self::Dead => "dead",
            Self::Hangs => "hangs",
        }
    }

    const fn words(self, text: &NodeText) -> &'static str {
        match self {
            Self::Mixed => text.found_mixed,
            Self::Cors => text.found_cors,
            Self::Preflight => text.found_preflight,
            Self::Certificate => text.found_certificate,
            Self::Dead => text.found_dead,
            Self::Hangs => text.found_hangs,
        }
    }
}

/// Whether a page of `protocol` may not call `url` at all. Browsers take this machine's own addresses as safe.
fn is_mixed(protocol: &str, url: &str) -> bool {
    let Some(host) = url.strip_prefix("http://") else { return false };
    let own = ["localhost", "127.", "[::1]"].iter().any(|own| host.starts_with(own));
    protocol == "https:" && !own
}

/// The section; there while the last word of the node is a failed connection.
pub(super) fn diagnosis(subject: Subject) -> impl IntoView {
    let shown = subject.part(|node| {
        let unreachable = |reason: Option<FailureReason>| reason == Some(FailureReason::Network);
        let failing = matches!(node.state, NodeState::Suspect | NodeState::Failed | NodeState::Probing);
        let check = node.checks.last().and_then(|check| check.result.err());
        unreachable(check) || (failing && unreachable(node.reason))
    });
    view! { {move || shown.get().then(|| checklist(subject))} }
}

fn checklist(subject: Subject) -> impl IntoView {
    let Subject { api, lang, index, .. } = subject;
    let notices = expect_context::<NoticeStore>();
    let url = StoredValue::new(subject.url());
    let location = window().location();
    let mixed = is_mixed(&location.protocol().unwrap_or_default(), &subject.url());
    let origin = location.origin().unwrap_or_default();
    let found = RwSignal::new(None::<Finding>);
    let running = RwSignal::new(false);
    let probe = move |aloud: bool| {
        if running.get_untracked() {
            return;
        }
        running.set(true);
        spawn_local(async move {
            let base = url.get_value();
            let reached = browser::reach(&base, PROBE_TIMEOUT).await;
            // The page may have been left meanwhile.
            let Some(place) = index.try_get_untracked() else { return };
            let checked = api.probe_node(place).await;
            if running.try_set(false).is_some() {
                return;
            }
            let checked = matches!(checked, Ok(Some(check)) if check.result.is_ok());
            let finding = Finding::of(mixed, &base, reached, checked);
            found.set(Some(finding));
            if aloud {
                notices.announce(finding.words(node(lang.get_untracked())));
            }
        });
    };
    probe(false);
    let finding = Signal::derive(move || {
        let text = node(lang.get());
        match (running.get(), found.get()) {
            (true, _) => text.probing.to_owned(),
            (false, Some(finding)) => text.found.fill([finding.words(text)]),
            (false, None) => text.found_nothing_yet.to_owned(),
        }
    });
    let secure = subject.url().starts_with("https:");
    let mixed_words = subject.text(if mixed { |text| text.item_mixed_yes } else { |text| text.item_mixed_no });
    let tls_words = subject.text(if secure { |text| text.item_tls_text } else { |text| text.item_tls_no });
    let cors_words = Signal::derive(move || node(lang.get()).item_cors_text.fill([&origin]));
    let refused_words = Signal::derive(move || node(lang.get()).item_refused_text.fill([&url.get_value()]));
    let address = address::at(&subject.url(), "/api/health");
    let content = view! {
        <p class="muted">{subject.text(|text| text.why_text)}</p>
        <p
            class="opinions-note"
            data-testid="finding"
            data-finding=move || found.get().map_or("", Finding::as_str)
            data-disagree="true"
        >
            {finding}
        </p>
        <div class="node-head-line">
            <button
                type="button"
                class="btn"
                data-testid="probe-now"
                aria-busy=move || running.get().then_some("true")
                on:click=move |_| probe(true)
            >
                {subject.text(|text| text.probe)}
            </button>
            <a class="btn" href=address target="_blank" rel="noopener noreferrer">
                {subject.text(|text| text.open)}
            </a>
        </div>
        <dl class="checklist">
            {item(subject.text(|text| text.item_refused), refused_words, Signal::derive(|| true))}
            {item(subject.text(|text| text.item_cors), cors_words, Signal::derive(|| true))}
            {item(subject.text(|text| text.item_tls), tls_words, Signal::derive(move || secure))}
            {item(subject.text(|text| text.item_mixed), mixed_words, Signal::derive(move || mixed))}
        </dl>
    };
    section("node-diagnosis", subject.text(|text| text.why), content.into_any())
}

/// `applies`: whether it can be the cause here.
fn item(name: Signal<String>, words: Signal<String>, applies: Signal<bool>) -> impl IntoView {
    view! {
        <div class="checklist-item">
            <dt>{name}</dt>
            <dd class:muted=Signal::derive(move || !applies.get())>{words}</dd>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_may_not_be_read_is_a_cors_mistake_and_none_at_all_a_dead_node() {
        let of = |url, reached| Finding::of(false, url, reached, false);
        assert_eq!(of("http://a", Reach::Answers), Finding::Cors);
        assert_eq!(of("http://a", Reach::Nothing), Finding::Dead);
        assert_eq!(of("https://a", Reach::Nothing), Finding::Certificate);
        assert_eq!(of("https://a", Reach::Silent), Finding::Hangs);
    }

    #[test]
    fn a_node_that_answers_checks_while_requests_fail_refuses_the_request_for_permission() {
        assert_eq!(Finding::of(false, "http://a", Reach::Answers, true), Finding::Preflight);
        assert_eq!(Finding::of(true, "http://a", Reach::Nothing, false), Finding::Mixed);
    }

    #[test]
    fn only_a_foreign_http_address_on_an_https_page_is_mixed_content() {
        assert!(is_mixed("https:", "http://10.0.0.1:8080"));
        assert!(!is_mixed("https:", "https://10.0.0.1"));
        assert!(!is_mixed("https:", "http://localhost:8080"));
        assert!(!is_mixed("http:", "http://10.0.0.1"));
    }
}
