//! Tokens and roles: the same requests without a token and with the person's, and what the cluster answers.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api_service::endpoints::auth::UserRole;
use crate::api_service::failover::Duration;
use crate::api_service::{Access, ApiError, ApiRequest, ApiService};
use crate::components::chart::words;
use crate::components::section::section;
use crate::i18n::errors::error_text;
use crate::i18n::live::{LiveText, live};
use crate::i18n::{Lang, format};
use crate::store::session::Session;
use crate::words::duration;

/// A request, and who may have an answer; an empty list is everybody.
struct Probe {
    path: &'static str,
    roles: &'static [UserRole],
}

const PROBES: [Probe; 3] = [
    Probe { path: "/api/integrated/vehicles", roles: &[] },
    Probe { path: "/api/admin/stats", roles: &[UserRole::Admin] },
    Probe { path: "/api/performance-test/status", roles: &[UserRole::Admin, UserRole::Researcher] },
];

/// What one request brought.
#[derive(Clone, Debug, PartialEq)]
struct Finding {
    path: &'static str,
    /// `None`: without a token.
    role: Option<UserRole>,
    expected: bool,
    answer: Result<(u16, Duration), ApiError>,
}

impl Finding {
    /// `None` when there was no answer to judge.
    fn as_expected(&self) -> Option<bool> {
        let (status, _) = self.answer.as_ref().ok()?;
        let allowed = (200..300).contains(status);
        let refused = matches!(status, 401 | 403);
        (allowed || refused).then_some(allowed == self.expected)
    }
}

/// Whether the contract lets `role` have an answer.
fn may(role: Option<UserRole>, probe: &Probe) -> bool {
    probe.roles.is_empty() || role.is_some_and(|role| probe.roles.contains(&role))
}

async fn find_out(api: ApiService, role: Option<UserRole>, probe: &Probe) -> Finding {
    let access = if role.is_some() { Access::Authenticated } else { Access::Public };
    let answer = api.fetch_with_failover(ApiRequest::read(probe.path, access)).await;
    let answer = answer.map(|delivered| (delivered.response.status, delivered.waited));
    Finding { path: probe.path, role, expected: may(role, probe), answer }
}

/// The section.
pub fn access(lang: Signal<Lang>) -> impl IntoView {
    let (api, session) = (expect_context::<ApiService>(), expect_context::<Session>());
    let findings = RwSignal::new(Vec::<Finding>::new());
    let under_way = RwSignal::new(false);
    let check = move |_| {
        if under_way.get_untracked() {
            return;
        }
        under_way.set(true);
        let role = session.role().get_untracked();
        spawn_local(async move {
            let mut found = Vec::new();
            for probe in &PROBES {
                found.push(find_out(api, None, probe).await);
                found.push(find_out(api, role, probe).await);
            }
            // The page may have been left meanwhile.
            findings.try_set(found);
            under_way.try_set(false);
        });
    };
    let head = move |words: fn(&LiveText) -> &'static str| {
        view! { <th scope="col">{move || words(live(lang.get()))}</th> }.into_any()
    };
    let none = Signal::derive(move || findings.with(Vec::is_empty));
    let rows = move || {
        let rows = findings.with(|findings| findings.iter().map(|finding| row(lang, finding.clone())).collect_view());
        rows.into_any()
    };
    let content = view! {
        <p class="muted">{move || live(lang.get()).access_text}</p>
        <p>
            <button
                type="button"
                class="btn"
                data-testid="check-access"
                aria-busy=move || under_way.get().then_some("true")
                on:click=check
            >
                {move || {
                    let text = live(lang.get());
                    if under_way.get() { text.checking } else { text.check }
                }}
            </button>
        </p>
        <p class="muted" hidden=move || !none.get()>
            {move || live(lang.get()).not_checked}
        </p>
        <div class="table-frame" hidden=none>
            <table class="table table-cards">
                <thead>
                    <tr>
                        {head(|text| text.request)} {head(|text| text.asked_as)} {head(|text| text.expected)}
                        {head(|text| text.answer)} {head(|text| text.took)} {head(|text| text.verdict)}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    };
    section("access", words(lang, |lang| live(lang).access), content.into_any())
}

fn row(lang: Signal<Lang>, finding: Finding) -> impl IntoView {
    let Finding { path, role, expected, .. } = finding;
    let verdict = finding.as_expected();
    let who = Signal::derive(move || role.map_or_else(|| live(lang.get()).no_token, UserRole::as_str));
    let class = match verdict {
        Some(true) => "badge badge-ok",
        Some(false) => "badge badge-warn",
        None => "badge",
    };
    let finding_words = Signal::derive(move || {
        let text = live(lang.get());
        match verdict {
            Some(true) => text.as_expected,
            Some(false) => text.unexpected,
            None => format::ABSENT,
        }
    });
    let took = finding.answer.as_ref().ok().map(|(_, took)| *took);
    let answer = StoredValue::new_local(finding.answer);
    let answer = Signal::derive(move || {
        answer.with_value(|answer| match answer {
            Ok((status, _)) => status.to_string(),
            Err(error) => error_text(lang.get(), error),
        })
    });
    view! {
        <tr data-testid="access-check">
            <th scope="row">"GET "{path}</th>
            <td>{who}</td>
            <td>
                {move || {
                    let text = live(lang.get());
                    if expected { text.allowed } else { text.refused }
                }}
            </td>
            <td>{answer}</td>
            <td>{move || took.map_or_else(|| format::ABSENT.to_owned(), |took| duration(lang.get(), took))}</td>
            <td>
                <span class=class>{finding_words}</span>
            </td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_judged_by_the_contract_and_a_failure_is_not_judged() {
        let finding = |expected, answer| Finding { path: "/", role: None, expected, answer };
        let answered = |status| Ok((status, Duration::ZERO));
        assert_eq!(finding(false, answered(401)).as_expected(), Some(true));
        assert_eq!(finding(false, answered(200)).as_expected(), Some(false));
        assert_eq!(finding(true, answered(403)).as_expected(), Some(false));
        assert_eq!(finding(true, answered(404)).as_expected(), None);
        assert_eq!(finding(true, Err(ApiError::NoNodes)).as_expected(), None);
        assert!(may(None, &PROBES[0]) && !may(None, &PROBES[1]) && may(Some(UserRole::Researcher), &PROBES[2]));
    }
}
