//! The frame around every page: who is logged in, where one can go, language and theme.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;

use crate::api_service::endpoints::auth::UserRole;
use crate::i18n::common::{CommonText, common};
use crate::i18n::{I18n, Lang, use_lang};
use crate::routes::{AppRoute, home_of, navigation_of};
use crate::store::notice::NoticeStore;
use crate::store::session::Session;
use crate::store::theme::{Theme, ThemeChoice};

/// The header. Operators find the node in use in it.
#[component]
pub fn Header(
    /// Shows an operator the node in use. It comes with the code for operators.
    node_pill: fn() -> AnyView,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let lang = use_lang();
    let role = session.role();
    view! {
        <header class="header">
            <div class="header-inner">
                <A href=move || home_of(role.get()).path().to_owned() attr:class="brand">
                    <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
                        <path
                            d="M12 2 21 7v10l-9 5-9-5V7Zm0 0v10m9-5-9 5m-9-5 9 5m0 0v10"
                            fill="none"
                            stroke="currentColor"
                            stroke-width="1.6"
                            stroke-linejoin="round"
                        />
                    </svg>
                    <span>"VCube-Raft"</span>
                </A>
                {move || role.get().map(|role| navigation(lang, role))}
                <div class="header-end">
                    {move || (role.get() == Some(UserRole::Admin)).then(|| node_pill())}
                    <A href=AppRoute::Guide.path() attr:class="nav-link" attr:data-testid="guide">
                        {move || common(lang.get()).nav_guide}
                    </A>
                    {theme_choice(lang)} {language_choice(lang)} {move || role.get().map(|_| person(session, lang))}
                </div>
            </div>
        </header>
    }
}

fn navigation(lang: Signal<Lang>, role: UserRole) -> impl IntoView {
    let links = navigation_of(role).into_iter().map(|route| {
        let words = route.words();
        view! {
            <li>
                <A href=route.path() attr:class="nav-link">
                    {move || words(common(lang.get()))}
                </A>
            </li>
        }
    });
    view! {
        <nav class="nav" aria-label=move || common(lang.get()).main_navigation>
            <ul>{links.collect_view()}</ul>
        </nav>
    }
}

fn theme_words(text: &CommonText, theme: Theme) -> &'static str {
    match theme {
        Theme::System => text.theme_system,
        Theme::Light => text.theme_light,
        Theme::Dark => text.theme_dark,
    }
}

fn theme_choice(lang: Signal<Lang>) -> impl IntoView {
    let choice = expect_context::<ThemeChoice>();
    let options = move || {
        let picked = choice.theme().get_untracked();
        Theme::ALL
            .map(|theme| {
                view! {
                    <option value=theme.as_str() selected=theme == picked>
                        {theme_words(common(lang.get()), theme)}
                    </option>
                }
            })
            .into_iter()
            .collect_view()
    };
    view! {
        <select
            class="select-small"
            data-testid="theme"
            aria-label=move || common(lang.get()).theme
            on:change=move |event| {
                if let Some(theme) = Theme::parse(&event_target_value(&event)) {
                    choice.choose(theme);
                }
            }
        >
            {options}
        </select>
    }
}

fn language_choice(lang: Signal<Lang>) -> impl IntoView {
    let i18n = expect_context::<I18n>();
    let other = Memo::new(move |_| lang.get().other());
    view! {
        <button
            type="button"
            class="btn btn-small"
            data-testid="language"
            lang=move || other.get().tag()
            aria-label=move || {
                let other = other.get();
                // Begins with what is seen, for those who speak to their machine.
                format!("{} – {} {}", other.tag().to_ascii_uppercase(), common(other).switch_language, other.name())
            }
            on:click=move |_| i18n.choose(other.get_untracked())
        >
            {move || other.get().tag().to_ascii_uppercase()}
        </button>
    }
}

fn person(session: Session, lang: Signal<Lang>) -> impl IntoView {
    let notices = expect_context::<NoticeStore>();
    let navigate = use_navigate();
    let who = Memo::new(move |_| {
        session.account().with(|account| {
            account.as_ref().map_or_else(String::new, |account| {
                let text = common(lang.get());
                text.signed_in_as.fill([account.display_name(), (text.role)(account.role)])
            })
        })
    });
    let name = Memo::new(move |_| {
        session
            .account()
            .with(|account| account.as_ref().map_or_else(String::new, |account| account.display_name().to_owned()))
    });
    view! {
        <span class="person" title=who>
            <span aria-hidden="true">{name}</span>
            <span class="visually-hidden">{who}</span>
        </span>
        <button
            type="button"
            class="btn btn-small"
            data-testid="logout"
            on:click=move |_| {
                session.log_out();
                notices.info(common(lang.get_untracked()).logged_out);
                navigate(AppRoute::Login.path(), NavigateOptions::default());
            }
        >
            {move || common(lang.get()).log_out}
        </button>
    }
}
