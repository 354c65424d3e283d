//! Sign in, or register: three tabs. What was typed stays until it is accepted, whichever tab is shown.

mod registration;

use std::time::Duration;

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::api_service::endpoints::wire::path_part;
use crate::api_service::{ApiError, ApiService};
use crate::components::field::{Field, FieldKind};
use crate::components::form::{focus, read_from_page};
use crate::components::tabs::{Tab, Tabs};
use crate::config::{DemoAccount, DemoAccounts};
use crate::first_frame::TypedEarly;
use crate::hooks::use_query_value;
use crate::i18n::common::common;
use crate::i18n::errors::error_text;
use crate::i18n::login::login;
use crate::i18n::{Lang, use_lang};
use crate::pages::chunks;
use crate::routes::{AppRoute, after_login, route_at};
use crate::shell::page::Page;
use crate::store::notice::NoticeStore;
use crate::store::session::{Ending, Session};
use registration::{Applicant, Registration, registration_form};

/// `id` of the fields. Those of the first frame (`index.html`) are called the same.
const EMAIL: &str = "login-email";
const PASSWORD: &str = "login-password";

/// A text as elsewhere: an input of type `email` does not tell where its caret is, which the first frame hands over.
const EMAIL_KIND: FieldKind = FieldKind { input_type: "text", input_mode: "email", ..FieldKind::EMAIL };

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
    form.take_over_first_frame(lang);
    // Also for somebody who comes here logged in: there is nothing to do on this page.
    Effect::new(move |_| {
        if let Some(role) = session.role().get() {
            let next = next.get_untracked();
            let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
            navigate(&after_login(next.as_deref(), role), options);
        }
    });
    let ended = move || match session.ending().get() {
        Ending::None | Ending::LoggedOut => None,
        Ending::Expired => Some(common(lang.get()).session_over),
        Ending::NeverKnown => Some(login(lang.get()).never_known),
    };
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
            <p class="section-note" data-testid="session-over" hidden=move || ended().is_none()>
                {ended}
            </p>
            <p class="muted login-about">{move || login(lang.get()).about}</p>
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
            {demo_accounts(form, lang)}
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
    element: NodeRef<html::Form>,
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
            element: NodeRef::new(),
        }
    }

    /// Goes on with what was typed before the application ran.
    fn take_over_first_frame(self, lang: Signal<Lang>) {
        let Some(typed) = expect_context::<TypedEarly>().take() else { return };
        self.email.set(typed.email);
        self.password.set(typed.password);
        let (caret, sent) = (typed.caret, typed.sent);
        Effect::new(move |done: Option<bool>| {
            if done == Some(true) {
                return true;
            }
            // Once the fields are in the page.
            if self.element.get().is_none() {
                return false;
            }
            let caret = caret.clone();
            let go_on = move || {
                if self.email.is_disposed() {
                    return;
                }
                if let Some(caret) = caret {
                    caret.restore();
                }
                if sent {
                    self.submit(lang.get_untracked());
                }
            };
            // Not at once: Leptos writes the value of a field in a microtask after the field was made.
            set_timeout(go_on, Duration::ZERO);
            true
        });
    }

    /// Signs in with an account of a demonstration.
    fn sign_in_as(self, account: &DemoAccount, lang: Lang) {
        self.email.set(account.email.clone());
        self.password.set(account.password.clone());
        self.send(account.email.clone(), account.password.clone(), lang);
    }

    fn submit(self, lang: Lang) {
        // A second press of Enter is the same login.
        if self.under_way.get_untracked() {
            return;
        }
        read_from_page(EMAIL, self.email);
        read_from_page(PASSWORD, self.password);
        let (email, password) = (self.email.get_untracked().trim().to_owned(), self.password.get_untracked());
        if email.is_empty() {
            return self.refuse(Problem::EmailMissing, lang);
        }
        if password.is_empty() {
            return self.refuse(Problem::PasswordMissing, lang);
        }
        self.send(email, password, lang);
    }

    fn send(self, email: String, password: String, lang: Lang) {
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

/// The accounts of a demonstration as buttons; nothing where the configuration offers none.
fn demo_accounts(form: LoginForm, lang: Signal<Lang>) -> impl IntoView {
    let DemoAccounts(accounts) = use_context().unwrap_or_default();
    let buttons = accounts.iter().cloned().map(|account| {
        let (email, role) = (account.email.clone(), account.role.clone());
        let account_role = role.clone();
        view! {
            <button
                type="button"
                class="btn"
                data-testid="demo-account"
                data-role=role
                on:click=move |_| form.sign_in_as(&account, lang.get_untracked())
            >
                <strong>{account_role}</strong>
                " "
                <bdi>{email}</bdi>
            </button>
        }
    });
    (!accounts.is_empty()).then(|| {
        view! {
            <section class="card demo-accounts" aria-labelledby="demo-accounts-title">
                <h2 id="demo-accounts-title">{move || login(lang.get()).demo_accounts}</h2>
                <div class="form-buttons">{buttons.collect_view()}</div>
            </section>
        }
    })
}

fn form_view(form: LoginForm, lang: Signal<Lang>) -> impl IntoView {
    let LoginForm { email, password, problem, under_way, element, .. } = form;
    let label = move |words: fn(Lang) -> &'static str| Signal::derive(move || words(lang.get()).to_owned());
    let error = Memo::new(move |_| {
        problem.with(|problem| problem.as_ref().map_or_else(String::new, |problem| problem.text(lang.get())))
    });
    view! {
        <form
            class="card form"
            novalidate
            node_ref=element
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                form.submit(lang.get_untracked());
            }
        >
            <Field id=EMAIL kind=EMAIL_KIND label=label(|lang| login(lang).email) value=email />
            <Field
                id=PASSWORD
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
