//! The application: contexts, routes, guards.

use std::fmt::Display;
use std::sync::Arc;

use leptos::children::ToChildren;
use leptos::prelude::*;
use leptos::tachys::view::iterators::StaticVec;
use leptos_router::any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute};
use leptos_router::components::{FlatRoutes, Redirect, Router};
use leptos_router::hooks::use_location;
use leptos_router::{NavigateOptions, NestedRoute, ParamSegment, PossibleRouteMatch, StaticSegment};

use crate::api_service::ApiService;
use crate::api_service::browser::check_worker::MANY_NODES;
use crate::api_service::endpoints::auth::UserRole;
use crate::config::load::Unavailable;
use crate::config::{ConfigProblem, DemoAccounts};
use crate::first_frame::{self, TypedEarly};
use crate::hooks::provide_visibility;
use crate::i18n::common::common;
use crate::i18n::format::Currency;
use crate::i18n::{I18n, use_lang};
use crate::pages::chunks;
use crate::pages::forbidden::ForbiddenPage;
use crate::pages::login::LoginPage;
use crate::pages::not_found::NotFoundPage;
use crate::pages::refusal::{RefusalPage, UnavailablePage};
use crate::routes::{AppRoute, ROUTES, TO_HOME, home_of};
use crate::shell::connection_banner::ConnectionBanner;
use crate::shell::header::Header;
use crate::shell::notices::Notices;
use crate::shell::refused_settings::tell_refused;
use crate::shell::unfinished::offer_unfinished_writes;
use crate::store::alerts::Alerts;
use crate::store::cluster::ClusterStore;
use crate::store::handover::share_with_other_tabs;
use crate::store::membership::keep_cluster;
use crate::store::notice::NoticeStore;
use crate::store::preference::keep_preference;
use crate::store::session::{Account, Ending, Session};
use crate::store::settings::{Loaded, SettingsStore};
use crate::store::theme::ThemeChoice;
use crate::words::status::{alert_words, announcement};

/// Shows the application in the page's body. `handed`: whoever is signed in in another tab, for a new one.
pub fn mount(loaded: Loaded, api: ApiService, handed: Option<Account>) {
    let typed = first_frame::take_over();
    // Whoever has begun to sign in wants a session of their own.
    let handed = handed.filter(|_| typed.as_ref().is_none_or(|typed| typed.email.is_empty() && !typed.sent));
    let typed = TypedEarly::new(typed);
    leptos::mount::mount_to_body(move || view! { <App loaded=loaded api=api typed=typed handed=handed /> });
}

/// Shows why the configuration cannot be used, and with it why the application cannot start.
pub fn mount_refusal(problems: Vec<ConfigProblem>) {
    mount_alone(move || view! { <RefusalPage problems=problems /> });
}

/// Shows that the configuration cannot be had, and why.
pub fn mount_unavailable(why: Unavailable) {
    mount_alone(move || view! { <UnavailablePage why=why /> });
}

/// Shows a page without the application around it.
fn mount_alone<V: IntoView + 'static>(page: impl FnOnce() -> V + 'static) {
    first_frame::take_over();
    leptos::mount::mount_to_body(move || {
        provide_context(I18n::from_browser());
        provide_context(ThemeChoice::from_browser());
        page()
    });
}

#[component]
fn App(
    /// The configuration, and what was refused of it.
    loaded: Loaded,
    /// The service, which watches the nodes already.
    api: ApiService,
    /// What was typed before the application ran.
    typed: TypedEarly,
    /// Whoever is signed in in another tab.
    handed: Option<Account>,
) -> impl IntoView {
    keep_cluster(api);
    keep_preference(api);
    provide_context(api);
    provide_context(I18n::from_browser());
    provide_context(ThemeChoice::from_browser());
    let notices = NoticeStore::default();
    provide_context(notices);
    provide_context(typed);
    provide_context(DemoAccounts(loaded.file.demo_accounts.clone().into()));
    provide_context(Currency(loaded.file.currency.clone()));
    let settings_store = SettingsStore::new(&loaded, api);
    settings_store.follow_other_tabs();
    provide_context(settings_store);
    let session = Session::restore(api, notices, handed);
    provide_context(session);
    provide_context(ClusterStore::follow(api));
    provide_context(Alerts::from_browser());
    let visible = provide_visibility();
    share_with_other_tabs(session, visible);
    Effect::new(move |_| api.visibility_changed(visible.get()));
    check_many_nodes_by_a_worker();
    speak_of_the_cluster();
    if !loaded.refused.is_empty() {
        tell_refused(&loaded.refused);
    }
    prefetch_pages();
    alert_the_operator();
    offer_unfinished_writes();
    let lang = use_lang();
    view! {
        <Router>
            // External to the router, which would scroll to the page and leave the focus where it is.
            <a class="skip-link" href="#main" rel="external">
                {move || common(lang.get()).skip_link}
            </a>
            <Header node_pill=|| chunks::node_pill().into_any() />
            <ConnectionBanner />
            <Pages />
            <Notices />
        </Router>
    }
}

/// The page of the address: every one of [`ROUTES`], under its own path and under those that it had before.
#[component]
fn Pages() -> impl IntoView {
    let mut routes: Vec<AnyNestedRoute> = Vec::new();
    for path in TO_HOME {
        routes.push(NestedRoute::new(segments(path), ToHome).into_any_nested_route());
    }
    for def in ROUTES {
        let page = move || page_of(def.route);
        routes.push(NestedRoute::new(segments(def.path), page).into_any_nested_route());
        for path in def.old_paths {
            let moved = move || redirect(def.route.path());
            routes.push(NestedRoute::new(segments(path), moved).into_any_nested_route());
        }
    }
    view! { <FlatRoutes fallback=NotFoundPage children=ToChildren::to_children(move || StaticVec::from(routes)) /> }
}

/// A path of [`ROUTES`] as the router matches it.
fn segments(path: &'static str) -> Arc<dyn PossibleRouteMatch + Send + Sync> {
    match path.split_once("/:") {
        Some((path, parameter)) => Arc::new((StaticSegment(path), ParamSegment(parameter))),
        None => Arc::new(StaticSegment(path)),
    }
}

/// The page of a route: for everybody, for whoever may see it, or the way to it for everybody else.
fn page_of(route: AppRoute) -> AnyView {
    match route {
        AppRoute::Login => view! { <LoginPage /> }.into_any(),
        route if route.roles().is_empty() => chunks::page(route).into_any(),
        route => view! { <Guarded route=route /> }.into_any(),
    }
}

/// The page for whoever may see it; the way to it for everybody else.
#[component]
fn Guarded(
    /// A page that is not for everybody.
    route: AppRoute,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let role = session.role();
    move || match role.get() {
        None => view! { <ToLogin /> }.into_any(),
        Some(role) if route.is_open_to(role) => chunks::page(route).into_any(),
        Some(role) => view! { <ForbiddenPage role=role /> }.into_any(),
    }
}

/// To the login, and from there back to here; who logged out by hand is not led back.
#[component]
fn ToLogin() -> impl IntoView {
    let here = use_location();
    let login = AppRoute::Login.path();
    let target = match expect_context::<Session>().ending().get_untracked() {
        Ending::LoggedOut => login.to_owned(),
        Ending::None | Ending::Expired | Ending::NeverKnown => {
            let (path, query) = (here.pathname.get_untracked(), here.search.get_untracked());
            let mark = if query.is_empty() { "" } else { "?" };
            format!("{login}?next={}", js_sys::encode_uri_component(&format!("{path}{mark}{query}")))
        }
    };
    redirect(target)
}

/// To the page of the role.
#[component]
fn ToHome() -> impl IntoView {
    let role = expect_context::<Session>().role().get_untracked();
    redirect(home_of(role).path())
}

/// In place of the address that led here: the back button must not lead to it again.
fn redirect(path: impl Display + 'static) -> impl IntoView {
    let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
    view! { <Redirect path=path options=options /> }
}

/// Fetches what a person may go to next, once it is known who it is.
fn prefetch_pages() {
    let role = expect_context::<Session>().role();
    Effect::new(move |_| {
        if let Some(role) = role.get() {
            chunks::prefetch_for(role);
        }
    });
}

/// Keeps the checks of many nodes off the page's thread, as soon as there are many.
fn check_many_nodes_by_a_worker() {
    let (api, nodes) = (expect_context::<ApiService>(), expect_context::<ClusterStore>().nodes());
    Effect::new(move |begun: Option<bool>| {
        let begun = begun.unwrap_or_default();
        let many = nodes.with(|nodes| nodes.len() >= MANY_NODES);
        if many && !begun {
            chunks::check_by_worker(api);
        }
        begun || many
    });
}

/// Tells an operator who does not see the page when the state of the cluster changes.
fn speak_of_the_cluster() {
    let (cluster, session) = (expect_context::<ClusterStore>(), expect_context::<Session>());
    let notices = expect_context::<NoticeStore>();
    let (overview, lang, role) = (cluster.overview(), use_lang(), session.role());
    Effect::watch(
        move || overview.get(),
        move |after, before, _| {
            let Some(before) = before.filter(|_| role.get_untracked() == Some(UserRole::Admin)) else { return };
            if let Some(sentence) = announcement(lang.get_untracked(), before, after) {
                notices.announce_background(sentence);
            }
        },
        false,
    );
}

/// Notifies an operator who asked for it, wherever the page is.
fn alert_the_operator() {
    let (cluster, alerts) = (expect_context::<ClusterStore>(), expect_context::<Alerts>());
    let (lang, role) = (use_lang(), expect_context::<Session>().role());
    let operates = Signal::derive(move || role.get() == Some(UserRole::Admin));
    alerts.watch_while_hidden(expect_context::<ApiService>(), operates);
    alerts.watch(cluster, move |alert, overview| {
        (role.get_untracked() == Some(UserRole::Admin)).then(|| alert_words(lang.get_untracked(), alert, overview))
    });
}
