//! The frame around every page: who is logged in, where one can go, language and theme.

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html::{Button, Div};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::{use_location, use_navigate};
use wasm_bindgen::JsCast;

use crate::api_service::endpoints::auth::UserRole;
use crate::i18n::common::{CommonText, common};
use crate::i18n::{I18n, Lang, use_lang};
use crate::routes::{AppRoute, home_of, navigation_of, route_at};
use crate::store::notice::NoticeStore;
use crate::store::session::Session;
use crate::store::theme::{Theme, ThemeChoice};

/// The header: one row. Where it is too narrow for everything, what does not fit is in a menu; language, theme and
/// signing out stand together, in a menu of their own or beside each other.
#[component]
pub fn Header(
    /// Shows an operator the node in use. It comes with the code for operators.
    node_pill: fn() -> AnyView,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let lang = use_lang();
    let role = session.role();
    let path = use_location().pathname;
    let menu = Disclosure::new(path);
    let page = move || {
        let route = path.with(|path| route_at(path)).filter(|route| *route != AppRoute::Login);
        route.map(|route| route.words()(common(lang.get())))
    };
    view! {
        <header class="header">
            <div class="header-inner" node_ref=menu.frame on:keydown=menu.on_key() on:focusout=menu.on_leave()>
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
                    <span class="brand-name">"VCube-Raft"</span>
                </A>
                // The heading says it to those who listen.
                <span class="header-page" aria-hidden="true">
                    {page}
                </span>
                {move || (role.get() == Some(UserRole::Admin)).then(|| node_pill())}
                <button
                    type="button"
                    class="btn btn-small menu-button"
                    node_ref=menu.button
                    data-testid="menu"
                    aria-expanded=move || menu.open.get().to_string()
                    aria-controls="header-panel"
                    on:click=move |_| menu.toggle()
                >
                    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
                        <path d="M1 3h14M1 8h14M1 13h14" fill="none" stroke="currentColor" stroke-width="2" />
                    </svg>
                    <span class="visually-hidden">{move || common(lang.get()).menu}</span>
                </button>
                <div id="header-panel" class="header-panel" data-open=move || menu.open.get().to_string()>
                    {move || navigation(lang, role.get())}
                    {account(session, lang, path)}
                </div>
            </div>
        </header>
    }
}

/// Something that a button opens. Escape closes it, and so does leaving it, by Tab, by a click elsewhere, or to another
/// page.
#[derive(Clone, Copy)]
struct Disclosure {
    open: RwSignal<bool>,
    button: NodeRef<Button>,
    frame: NodeRef<Div>,
}

impl Disclosure {
    fn new(path: Memo<String>) -> Self {
        let open = RwSignal::new(false);
        Effect::watch(move || path.get(), move |_, _, _| open.set(false), false);
        Self { open, button: NodeRef::new(), frame: NodeRef::new() }
    }

    fn toggle(self) {
        self.open.update(|open| *open = !*open);
    }

    fn on_key(self) -> impl Fn(KeyboardEvent) {
        move |event: KeyboardEvent| {
            if event.key() == "Escape" && self.open.get_untracked() {
                event.stop_propagation();
                self.open.set(false);
                if let Some(button) = self.button.get_untracked() {
                    // The button is in the page: focusing it cannot fail.
                    let _ = button.focus();
                }
            }
        }
    }

    fn on_leave(self) -> impl Fn(FocusEvent) {
        move |event: FocusEvent| {
            let goes_to = event.related_target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
            let inside = self.frame.get_untracked().is_some_and(|frame| frame.contains(goes_to.as_ref()));
            if !inside {
                self.open.set(false);
            }
        }
    }
}

fn navigation(lang: Signal<Lang>, role: Option<UserRole>) -> impl IntoView {
    let pages = role.map(navigation_of).unwrap_or_default();
    let links = pages.into_iter().chain([AppRoute::Guide]).map(|route| {
        let words = route.words();
        let hook = (route == AppRoute::Guide).then_some("guide");
        view! {
            <li>
                <A href=route.path() attr:class="nav-link" attr:data-testid=hook>
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

/// Language and theme, and for who is signed in the way out.
fn account(session: Session, lang: Signal<Lang>, path: Memo<String>) -> impl IntoView {
    let menu = Disclosure::new(path);
    let role = session.role();
    let button = move || {
        view! {
            <button
                type="button"
                class="btn btn-small account-button"
                node_ref=menu.button
                data-testid="account"
                aria-expanded=move || menu.open.get().to_string()
                aria-controls="account-panel"
                on:click=move |_| menu.toggle()
            >
                {person(session, lang)}
                <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true" focusable="false">
                    <path d="m3 6 5 5 5-5" fill="none" stroke="currentColor" stroke-width="2" />
                </svg>
            </button>
        }
    };
    view! {
        <div
            class="account"
            role="group"
            aria-label=move || common(lang.get()).account
            data-signed-in=move || role.get().is_some().to_string()
            node_ref=menu.frame
            on:keydown=menu.on_key()
            on:focusout=menu.on_leave()
        >
            {move || role.get().map(|_| button())}
            <div id="account-panel" class="account-panel" data-open=move || menu.open.get().to_string()>
                {move || role.get().map(|_| person(session, lang))} {theme_choice(lang)} {language_choice(lang)}
                {move || role.get().map(|_| sign_out(session, lang))}
            </div>
        </div>
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

/// Who is signed in: the name, and for those who listen the role too.
fn person(session: Session, lang: Signal<Lang>) -> impl IntoView {
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
            <bdi aria-hidden="true">{name}</bdi>
            <span class="visually-hidden">{who}</span>
        </span>
    }
}

fn sign_out(session: Session, lang: Signal<Lang>) -> impl IntoView {
    let notices = expect_context::<NoticeStore>();
    let navigate = use_navigate();
    view! {
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
