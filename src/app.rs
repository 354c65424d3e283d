//! The application: contexts, routes, guards.

use leptos::prelude::*;

use crate::alerts::Alerts;
use crate::api_service::ApiService;
use crate::api_service::check_worker::MANY_NODES;
use crate::api_service::endpoints::auth::UserRole;
use crate::components::header::Header;
use crate::components::nodes_monitor::ConnectionBanner;
use crate::components::nodes_monitor::status::{alert_words, announcement};
use crate::components::notices::Notices;
use crate::components::unfinished::offer_unfinished_writes;
use crate::config::ConfigProblem;
use crate::hooks::provide_visibility;
use crate::i18n::common::common;
use crate::i18n::{I18n, use_lang};
use crate::pages::forbidden::ForbiddenPage;
use crate::pages::login::LoginPage;
use crate::pages::not_found::NotFoundPage;
use crate::pages::{Route, home_of, parts};
use crate::preference::keep_preference;
use crate::router::{Redirect, current_address, provide_router, use_path};
use crate::session::{Ending, Session};
use crate::store::cluster::ClusterStore;
use crate::store::notice::NoticeStore;
use crate::store::settings::{Loaded, SettingsStore};
use crate::theme::ThemeChoice;

/// What pages need to know of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub monitor_refresh_ms: u32,
    pub health_check_interval_ms: u32,
}

/// Shows the application in the page's body.
pub fn mount(loaded: Loaded, api: ApiService) {
    let config = &loaded.config;
    let settings = Settings {
        monitor_refresh_ms: config.monitor_refresh_ms,
        health_check_interval_ms: config.health_check_interval_ms,
    };
    take_boot_screen_away();
    leptos::mount::mount_to_body(move || view! { <App settings=settings loaded=loaded api=api /> });
}

/// Shows why the application cannot start.
pub fn mount_refusal(problems: Vec<ConfigProblem>) {
    take_boot_screen_away();
    leptos::mount::mount_to_body(move || {
        provide_context(I18n::from_browser());
        provide_context(ThemeChoice::from_browser());
        parts::refusal_page(problems)
    });
}

/// What the HTML shows until the application is there.
fn take_boot_screen_away() {
    if let Some(boot) = document().get_element_by_id("boot") {
        boot.remove();
    }
}

#[component]
fn App(settings: Settings, loaded: Loaded, api: ApiService) -> impl IntoView {
    keep_preference(api);
    provide_context(api);
    provide_context(settings);
    provide_context(I18n::from_browser());
    provide_context(ThemeChoice::from_browser());
    provide_context(NoticeStore::default());
    let settings_store = SettingsStore::new(&loaded, api);
    settings_store.follow_other_tabs();
    provide_context(settings_store);
    provide_context(Session::restore(api));
    provide_context(ClusterStore::follow(api));
    provide_context(Alerts::from_browser());
    let visible = provide_visibility();
    Effect::new(move |_| api.visibility_changed(visible.get()));
    check_many_nodes_by_a_worker();
    speak_of_the_cluster();
    parts::tell_refused_settings(loaded.refused);
    fetch_pages_ahead();
    alert_the_operator();
    provide_router();
    offer_unfinished_writes();
    let path = use_path();
    let lang = use_lang();
    view! {
        <a class="skip-link" href="#main">
            {move || common(lang.get()).skip_link}
        </a>
        <Header />
        <ConnectionBanner />
        {move || page_at(&path.get())}
        <Notices />
    }
}

/// The page of a path.
fn page_at(path: &str) -> AnyView {
    match path {
        "/login" => view! { <LoginPage /> }.into_any(),
        "/admin" => guarded(Route::Admin),
        path if path.starts_with("/nodes/") => guarded(Route::Node),
        "/provider" => guarded(Route::Provider),
        "/settings" => guarded(Route::Settings),
        #[cfg(feature = "gallery")]
        "/gallery" => view! { <crate::pages::gallery::GalleryPage /> }.into_any(),
        "/guide" => parts::page(Route::Guide),
        "/user" => guarded(Route::User),
        "/live" => guarded(Route::Live),
        "/performance" => guarded(Route::Performance),
        "/research" => guarded(Route::Research),
        "/" | "/dashboard" => view! { <ToHome /> }.into_any(),
        "/admin-dashboard" => moved_to(Route::Admin).into_any(),
        "/provider-dashboard" => moved_to(Route::Provider).into_any(),
        "/user-dashboard" => moved_to(Route::User).into_any(),
        "/research-dashboard" => moved_to(Route::Research).into_any(),
        "/demonstration" => moved_to(Route::Live).into_any(),
        _ => view! { <NotFoundPage /> }.into_any(),
    }
}

/// The page for whoever may see it; the way to it for everybody else.
fn guarded(route: Route) -> AnyView {
    let session = expect_context::<Session>();
    let role = session.role();
    let shown = move || match role.get() {
        None => to_login(session).into_any(),
        Some(role) if route.roles().contains(&role) => parts::page(route),
        Some(role) => view! { <ForbiddenPage role=role /> }.into_any(),
    };
    shown.into_any()
}

/// To the login, and from there back to here; who logged out by hand is not led back.
fn to_login(session: Session) -> impl IntoView {
    let here = current_address();
    let login = Route::Login.path();
    let target = match session.ending().get_untracked() {
        Ending::LoggedOut => login.to_owned(),
        Ending::None | Ending::Expired => format!("{login}?next={}", js_sys::encode_uri_component(&here)),
    };
    redirect(target)
}

/// In place of the address that led here: the back button must not lead to it again.
fn redirect(path: impl ToString) -> impl IntoView {
    view! { <Redirect path=path.to_string() /> }
}

/// To the page of the role.
#[component]
fn ToHome() -> impl IntoView {
    let session = expect_context::<Session>();
    let role = session.role().get_untracked();
    redirect(home_of(role).path())
}

/// A path of the existing frontend.
fn moved_to(route: Route) -> impl IntoView {
    redirect(route.path())
}

/// Fetches what a person may go to next, once it is known who it is.
fn fetch_pages_ahead() {
    let role = expect_context::<Session>().role();
    Effect::new(move |_| {
        if let Some(role) = role.get() {
            parts::fetch_ahead(role);
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
            parts::check_by_worker(api);
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
