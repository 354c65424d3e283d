//! Sign in, or register: three tabs. What was typed stays until it is accepted, whichever tab is shown.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::chunks;
use crate::api_service::endpoints::wire::path_part;
use crate::api_service::{ApiError, ApiService};
use crate::components::field::{Field, FieldKind};
use crate::components::form::focus;
use crate::components::page::Page;
use crate::components::registration::{Applicant, Registration, registration_form};
use crate::components::tabs::{Tab, Tabs};
use crate::hooks::use_query_value;
use crate::i18n::common::common;
use crate::i18n::errors::error_text;
use crate::i18n::login::login;
use crate::i18n::{Lang, use_lang};
use crate::routes::{AppRoute, after_login, route_at};
use crate::session::{Ending, Session};
use crate::store::notice::NoticeStore;

/// What keeps the form from being accepted.
#[derive(Clone, Debug, PartialEq)]
enum Problem {
    EmailMissing,
    PasswordMissing,
    Answer(ApiError),
}

impl Problem {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::EmailMissing => login(lang).email_missing.to_owned(),
            Self::PasswordMissing => login(lang).password_missing.to_owned(),
            // Whatever the node says of it, it never tells which of the two is wrong.
            Self::Answer(ApiError::Unauthorized { .. }) => login(lang).wrong.to_owned(),
            Self::Answer(error) => error_text(lang, error),
        }
    }
}

#[component]
pub fn LoginPage() -> impl IntoView {
    let lang = use_lang();
    let session = expect_context::<Session>();
    let next = use_query_value("next");
    let navigate = use_navigate();
    let form = LoginForm::new();
    // Also for somebody who comes here logged in: there is nothing to do on this page.
    Effect::new(move |_| {
        if let Some(role) = session.role().get() {
            let next = next.get_untracked();
            let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
            navigate(&after_login(next.as_deref(), role), options);
        }
    });
    let expired = move || session.ending().get() == Ending::Expired;
    let tab = use_query_value("tab");
    let chosen = Memo::new(move |_| tab.with(|tab| tab_of(tab.as_deref())));
    let choose = choose_tab();
    let register = Registration::new(
        form.email,
        Callback::new(move |password: String| {
            if !password.is_empty() {
                form.password.set(password);
            }
            choose.run(SIGN_IN);
            focus("login-submit");
        }),
    );
    let title = Signal::derive(move || {
        let text = login(lang.get());
        match chosen.get() {
            AS_USER => text.title_user,
            AS_PROVIDER => text.title_provider,
            _ => text.title,
        }
        .to_owned()
    });
    // Whoever begins to fill in the form will soon be somewhere else.
    let begun = StoredValue::new(false);
    let prefetch = move || {
        if !begun.get_value() {
            begun.set_value(true);
            chunks::prefetch_for_login(next.get_untracked().as_deref().and_then(route_at));
        }
    };
    let panel = move || match chosen.get() {
        AS_USER => registration_form(register, Applicant::User).into_any(),
        AS_PROVIDER => registration_form(register, Applicant::Provider).into_any(),
        _ => form_view(form, lang).into_any(),
    };
    let label = move |words: fn(Lang) -> &'static str| Signal::derive(move || words(lang.get()));
    let tabs = vec![
        Tab { key: SIGN_IN, label: label(|lang| login(lang).tab_sign_in) },
        Tab { key: AS_USER, label: label(|lang| login(lang).tab_user) },
        Tab { key: AS_PROVIDER, label: label(|lang| login(lang).tab_provider) },
    ];
    view! {
        <Page name="login" title=title>
            <p class="section-note" data-testid="session-over" hidden=move || !expired()>
                {move || common(lang.get()).session_over}
            </p>
            <Tabs
                id="login-tab"
                label=Signal::derive(move || login(lang.get()).tabs.to_owned())
                tabs=tabs
                chosen=chosen
                on_choose=choose
                on:focusin=move |_| prefetch()
            >
                {panel}
            </Tabs>
        </Page>
    }
}

const SIGN_IN: &str = "sign-in";
const AS_USER: &str = "user";
const AS_PROVIDER: &str = "provider";

/// The tab that `?tab=` names; signing in for any other word.
fn tab_of(name: Option<&str>) -> &'static str {
    [AS_USER, AS_PROVIDER].into_iter().find(|tab| name == Some(tab)).unwrap_or(SIGN_IN)
}

/// Notes the tab in the URL, beside the way back. Not a step of its own for the back button.
fn choose_tab() -> Callback<&'static str> {
    let next = use_query_value("next");
    let navigate = use_navigate();
    Callback::new(move |tab: &'static str| {
        let next = next.get_untracked().map(|next| format!("next={}", path_part(&next)));
        let tab = (tab != SIGN_IN).then(|| format!("tab={tab}"));
        let query: Vec<String> = next.into_iter().chain(tab).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        let target = format!("{}{mark}{}", AppRoute::Login.path(), query.join("&"));
        navigate(&target, options);
    })
}

#[derive(Clone, Copy)]
struct LoginForm {
    api: ApiService,
    session: Session,
    notices: NoticeStore,
    email: RwSignal<String>,
    password: RwSignal<String>,
    problem: RwSignal<Option<Problem>>,
    under_way: RwSignal<bool>,
}

impl LoginForm {
    fn new() -> Self {
        Self {
            api: expect_context(),
            session: expect_context(),
            notices: expect_context(),
            email: RwSignal::new(String::new()),
            password: RwSignal::new(String::new()),
            problem: RwSignal::new(None),
            under_way: RwSignal::new(false),
        }
    }

    fn submit(self, lang: Lang) {
        // A second press of Enter is the same login.
        if self.under_way.get_untracked() {
            return;
        }
        let (email, password) = (self.email.get_untracked().trim().to_owned(), self.password.get_untracked());
        if email.is_empty() {
            return self.refuse(Problem::EmailMissing, lang);
        }
        if password.is_empty() {
            return self.refuse(Problem::PasswordMissing, lang);
        }
        self.problem.set(None);
        self.under_way.set(true);
        spawn_local(async move {
            let answer = self.api.login(&email, &password).await;
            // The page may have been left meanwhile: then nobody waits for this login any more.
            if self.under_way.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(login) => self.session.begin(login.into()),
                Err(error) => self.refuse(Problem::Answer(error), lang),
            }
        });
    }

    fn refuse(self, problem: Problem, lang: Lang) {
        self.notices.alert_only(problem.text(lang));
        self.problem.set(Some(problem));
    }
}

fn form_view(form: LoginForm, lang: Signal<Lang>) -> impl IntoView {
    let LoginForm { email, password, problem, under_way, .. } = form;
    let label = move |words: fn(Lang) -> &'static str| Signal::derive(move || words(lang.get()).to_owned());
    let error = Memo::new(move |_| {
        problem.with(|problem| problem.as_ref().map_or_else(String::new, |problem| problem.text(lang.get())))
    });
    view! {
        <form
            class="card form"
            novalidate
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                form.submit(lang.get_untracked());
            }
        >
            <Field id="login-email" kind=FieldKind::EMAIL label=label(|lang| login(lang).email) value=email />
            <Field
                id="login-password"
                kind=FieldKind::PASSWORD
                label=label(|lang| login(lang).password)
                value=password
            />
            <p class="form-problem" data-testid="login-error" hidden=move || error.with(String::is_empty)>
                {error}
            </p>
            <button
                type="submit"
                class="btn btn-primary btn-wide"
                data-testid="login-submit"
                aria-busy=move || under_way.get().then_some("true")
            >
                {move || {
                    let text = login(lang.get());
                    if under_way.get() { text.submitting } else { text.submit }
                }}
            </button>
        </form>
    }
}
