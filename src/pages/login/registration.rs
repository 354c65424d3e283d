//! Registration of users and providers: two forms that share what they have in common.
//!
//! [`Registration`] is the container: it holds what was typed, sends it once, and finds out what came of it.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api_service::endpoints::auth::{ProviderRegistration, UserRegistration};
use crate::api_service::{ActionKey, ApiError, ApiService};
use crate::components::field::FieldKind;
use crate::components::form::{Form, FormField, Refusals};
use crate::i18n::errors::error_text;
use crate::i18n::form::FieldProblem;
use crate::i18n::registration::{RegistrationText, registration};
use crate::i18n::{Lang, use_lang};
use crate::store::notice::NoticeStore;
use crate::store::session::Session;

/// Who registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applicant {
    User,
    Provider,
}

/// What keeps the account from being created, beside the fields.
#[derive(Clone, Debug, PartialEq)]
enum Problem {
    /// Nobody knows whether it was created.
    Unknown,
    /// It was looked for, and is not there yet.
    NotThere,
    EmailTaken,
    Answer(ApiError),
}

impl Problem {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Unknown => registration(lang).unknown.to_owned(),
            Self::NotThere => registration(lang).not_there.to_owned(),
            // Stands beside the field.
            Self::EmailTaken => String::new(),
            Self::Answer(error) => error_text(lang, error),
        }
    }
}

/// A handle to the state of both forms: copy it freely.
#[derive(Clone, Copy)]
pub struct Registration {
    api: ApiService,
    session: Session,
    notices: NoticeStore,
    lang: Signal<Lang>,
    form: Form,
    email: FormField,
    password: FormField,
    full_name: FormField,
    contact_name: FormField,
    phone: FormField,
    company: FormField,
    description: FormField,
    problem: RwSignal<Option<Problem>>,
    under_way: RwSignal<bool>,
    checking: RwSignal<bool>,
    action: StoredValue<ActionKey, LocalStorage>,
    /// The e-mail of an account that may have been created.
    doubtful: StoredValue<Option<String>>,
    to_sign_in: Callback<String>,
}

impl Registration {
    /// `email` is shared with the sign-in form. `to_sign_in` leads there, with the password that was chosen when an
    /// account was just created.
    pub fn new(email: RwSignal<String>, to_sign_in: Callback<String>) -> Self {
        let field = |id, kind, label| FormField::new(id, kind, label);
        Self {
            api: expect_context(),
            session: expect_context(),
            notices: expect_context(),
            lang: use_lang(),
            form: Form::new(),
            email: FormField {
                value: email,
                ..field("register-email", FieldKind::EMAIL, |lang| registration(lang).email)
            },
            password: field("register-password", FieldKind::NEW_PASSWORD, |lang| registration(lang).password),
            full_name: field("register-name", FieldKind::TEXT.filled_with("name"), |lang| registration(lang).full_name),
            contact_name: field("register-name", FieldKind::TEXT.filled_with("name"), |lang| {
                registration(lang).contact_name
            }),
            phone: field("register-phone", FieldKind::PHONE, |lang| registration(lang).phone),
            company: field("register-company", FieldKind::TEXT.filled_with("organization"), |lang| {
                registration(lang).company
            }),
            description: field("register-description", FieldKind::LONG_TEXT, |lang| registration(lang).description),
            problem: RwSignal::new(None),
            under_way: RwSignal::new(false),
            checking: RwSignal::new(false),
            action: StoredValue::new_local(ActionKey::default()),
            doubtful: StoredValue::new(None),
            to_sign_in,
        }
        .sharing_the_name()
    }

    /// A person has one name, whatever the form calls it.
    fn sharing_the_name(self) -> Self {
        Self { contact_name: FormField { value: self.full_name.value, ..self.contact_name }, ..self }
    }

    fn fields(self, who: Applicant) -> Vec<FormField> {
        let Self { email, password, full_name, contact_name, phone, company, description, .. } = self;
        match who {
            Applicant::User => vec![full_name, email, phone, password],
            Applicant::Provider => vec![company, contact_name, email, phone, description, password],
        }
    }

    fn text(self) -> &'static RegistrationText {
        registration(self.lang.try_get_untracked().unwrap_or_default())
    }

    /// Sends the form, once, however often this is called while it lasts.
    fn submit(self, who: Applicant) {
        if self.under_way.get_untracked() || self.checking.get_untracked() {
            return;
        }
        let fields = self.fields(who);
        if !self.form.accepts(&fields, refusals(&fields)) {
            return;
        }
        let (user, provider) = (self.as_user(), self.as_provider());
        let key = self.action.try_update_value(|action| match who {
            Applicant::User => action.key_for(&user, self.api),
            Applicant::Provider => action.key_for(&provider, self.api),
        });
        let Some(key) = key else { return };
        self.problem.set(None);
        self.under_way.set(true);
        spawn_local(async move {
            let result = match who {
                Applicant::User => self.api.register_user(user, &key).await,
                Applicant::Provider => self.api.register_provider(provider, &key).await,
            };
            self.registered(result, who).await;
            self.under_way.try_set(false);
        });
    }

    fn as_user(self) -> UserRegistration {
        UserRegistration {
            email: self.email.typed(),
            password: self.password.value.get_untracked(),
            full_name: self.full_name.typed(),
            phone: self.phone.typed(),
        }
    }

    fn as_provider(self) -> ProviderRegistration {
        ProviderRegistration {
            email: self.email.typed(),
            password: self.password.value.get_untracked(),
            contact_name: self.contact_name.typed(),
            phone: self.phone.typed(),
            company_name: self.company.typed(),
            description: self.description.typed(),
        }
    }

    /// Tells what came of it. Nothing that was typed goes but with a success.
    async fn registered(self, result: Result<(), ApiError>, who: Applicant) {
        if self.problem.is_disposed() {
            return;
        }
        let email = self.email.typed();
        match result {
            Ok(()) => {
                self.settled();
                if self.sign_in().await.is_err() {
                    self.notices.success(self.text().created_sign_in.fill([&email]));
                    // The page may have been left meanwhile.
                    if let Some(password) = self.password.value.try_get_untracked() {
                        self.to_sign_in.run(password);
                    }
                }
            }
            Err(ApiError::OutcomeUnknown { .. } | ApiError::TimedOut { .. }) => {
                self.doubtful.set_value(Some(email));
                self.refuse(Problem::Unknown);
            }
            Err(ApiError::Refused { status: 409, .. }) => {
                // The address may be taken by this very person, a moment ago.
                let own = self.doubtful.with_value(|doubtful| doubtful.as_ref() == Some(&email));
                self.settled();
                let is_signed_in = own && self.sign_in().await.is_ok();
                if !is_signed_in && !self.problem.is_disposed() {
                    self.problem.set(Some(Problem::EmailTaken));
                    self.notices.alert_only(FieldProblem::EmailTaken.text(self.lang.get_untracked()));
                    self.form.accepts(&self.fields(who), vec![(self.email.id, FieldProblem::EmailTaken)]);
                }
            }
            Err(ApiError::Cancelled) => {}
            Err(error) => {
                if matches!(error, ApiError::Refused { .. }) {
                    self.settled();
                }
                self.refuse(Problem::Answer(error));
            }
        }
    }

    fn settled(self) {
        self.action.try_update_value(ActionKey::settled);
        self.doubtful.set_value(None);
    }

    fn refuse(self, problem: Problem) {
        self.notices.alert_only(problem.text(self.lang.get_untracked()));
        self.problem.set(Some(problem));
    }

    /// Signs in with what was typed: the surest proof that the account exists.
    async fn sign_in(self) -> Result<(), ApiError> {
        let (email, password) = (self.email.typed(), self.password.value.get_untracked());
        let login = self.api.login(&email, &password).await?;
        let text = self.text();
        let account = crate::store::session::Account::from(login);
        self.notices.success(text.created.fill([account.display_name()]));
        self.session.begin(account);
        Ok(())
    }

    /// Looks whether the account exists.
    fn check(self) {
        if self.under_way.get_untracked() || self.checking.get_untracked() {
            return;
        }
        self.checking.set(true);
        spawn_local(async move {
            let result = self.sign_in().await;
            if self.checking.try_set(false).is_some() {
                return;
            }
            match result {
                Ok(()) => self.settled(),
                Err(ApiError::Unauthorized { .. }) => self.refuse(Problem::NotThere),
                Err(error) => self.refuse(Problem::Answer(error)),
            }
        });
    }
}

/// What keeps these fields from being sent.
fn refusals(fields: &[FormField]) -> Refusals {
    fields.iter().filter_map(|field| Some((field.id, problem_of(field.kind, &field.value.get_untracked())?))).collect()
}

/// What is wrong with `text` in a field of this kind.
fn problem_of(kind: FieldKind, text: &str) -> Option<FieldProblem> {
    // Space may be a part of a password, not all of it.
    let text = text.trim();
    if text.is_empty() {
        return kind.required.then_some(FieldProblem::Missing);
    }
    let is_email = kind.input_type == FieldKind::EMAIL.input_type;
    (is_email && !looks_like_an_email(text)).then_some(FieldProblem::NotAnEmail)
}

/// A name, `@` and a domain with a point inside. Whether the address exists only a message can tell.
fn looks_like_an_email(text: &str) -> bool {
    let parts = text.rsplit_once('@').filter(|_| !text.contains(char::is_whitespace));
    parts.is_some_and(|(name, domain)| {
        !name.is_empty() && domain.split_once('.').is_some_and(|(host, zone)| !host.is_empty() && !zone.is_empty())
    })
}

/// The form of `who`.
pub fn registration_form(state: Registration, who: Applicant) -> impl IntoView {
    let Registration { lang, problem, under_way, checking, .. } = state;
    let error = Memo::new(move |_| {
        problem.with(|problem| problem.as_ref().map_or_else(String::new, |problem| problem.text(lang.get())))
    });
    let unknown = move || problem.with(|problem| matches!(problem, Some(Problem::Unknown | Problem::NotThere)));
    let taken = move || problem.with(|problem| matches!(problem, Some(Problem::EmailTaken)));
    let fields = state.fields(who).into_iter().map(|field| state.form.field(field)).collect_view();
    let words = |busy: bool, at_work: &'static str, at_rest: &'static str| if busy { at_work } else { at_rest };
    view! {
        <form
            class="card form"
            novalidate
            data-testid="register-form"
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                state.submit(who);
            }
        >
            {fields}
            <p class="form-problem" data-testid="register-error" hidden=move || error.with(String::is_empty)>
                {error}
            </p>
            <button
                type="button"
                class="btn btn-wide"
                data-testid="register-check"
                hidden=move || !unknown()
                aria-busy=move || checking.get().then_some("true")
                on:click=move |_| state.check()
            >
                {move || {
                    let text = registration(lang.get());
                    words(checking.get(), text.checking, text.check)
                }}
            </button>
            <button
                type="button"
                class="btn btn-wide"
                data-testid="register-sign-in"
                hidden=move || !taken()
                on:click=move |_| state.to_sign_in.run(String::new())
            >
                {move || registration(lang.get()).sign_in_instead}
            </button>
            <button
                type="submit"
                class="btn btn-primary btn-wide"
                data-testid="register-submit"
                aria-busy=move || under_way.get().then_some("true")
            >
                {move || {
                    let text = registration(lang.get());
                    words(under_way.get(), text.submitting, text.submit)
                }}
            </button>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_a_name_an_at_sign_and_a_domain() {
        for good in ["a@b.fr", "prénom.nom+tag@sous.domaine.example", "\"a@b\"@c.de"] {
            assert!(looks_like_an_email(good), "{good}");
        }
        for bad in ["", "a", "a@b", "@b.fr", "a@.fr", "a@b.", "a b@c.fr", "a@b .fr"] {
            assert!(!looks_like_an_email(bad), "{bad}");
        }
    }

    #[test]
    fn a_required_field_that_holds_only_space_is_missing() {
        assert_eq!(problem_of(FieldKind::TEXT, "  "), Some(FieldProblem::Missing));
        assert_eq!(problem_of(FieldKind::TEXT.optional(), "  "), None);
        assert_eq!(problem_of(FieldKind::EMAIL, "a@b"), Some(FieldProblem::NotAnEmail));
        assert_eq!(problem_of(FieldKind::NEW_PASSWORD, " x "), None);
    }
}
