//! Pages that are loaded when somebody goes to them: each is a part of its own in a release build, so that logging in
//! does not wait for what comes after it.
//!
//! Without the feature `split` (`trunk serve`, tests) there is one wasm with everything in it, and nothing is waited
//! for.

use std::future::ready;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use gloo_timers::future::sleep;
use leptos::html::Span;
use leptos::task::{spawn_local, spawn_local_scoped_with_cancellation};

use super::Route;
use super::admin::AdminPage;
use super::guide::GuidePage;
use super::live::LivePage;
use super::node::NodePage;
use super::performance::PerformancePage;
use super::provider::ProviderPage;
use super::refusal::RefusalPage;
use super::research::ResearchPage;
use super::settings::SettingsPage;
use super::user::UserPage;
use crate::api_service::endpoints::auth::UserRole;
use crate::api_service::{ApiService, check_worker};
use crate::components::accounts::accounts;
use crate::components::admin_charts::admin_charts;
use crate::components::registration::{Applicant, Registration, registration_form};
use crate::components::section::{section_that_is, skeleton};
use crate::components::settings::tell_refused;
use crate::config::ConfigProblem;
use crate::hooks::{Freshness, when_near};
use crate::i18n::admin::admin as admin_text;
use crate::i18n::common::common;
use crate::i18n::use_lang;
use leptos::prelude::*;

/// How long after a login, or a reload, the other pages of the person are fetched. What the first page asks the
/// cluster for has come by then.
const AHEAD_AFTER: Duration = Duration::from_secs(3);
/// Before another attempt to fetch ahead. Then it is left to whoever goes to the page.
const AHEAD_AGAIN: [Duration; 2] = [Duration::from_secs(15), Duration::from_secs(60)];

/// The part did not come: the network, or a new release in place of the one that this page is of.
#[derive(Clone, Copy, Debug)]
pub struct Missing;

#[cfg(feature = "split")]
impl From<leptos::wasm_split::SplitLoaderError> for Missing {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self
    }
}

/// What a part makes of its input.
type Made<T> = LocalBoxFuture<'static, Result<T, Missing>>;

/// A view whose code comes when it is needed. `Input` is what it is made of.
struct Part<Input: 'static> {
    /// Loads the code, unless it is here.
    fetch: fn() -> Made<()>,
    /// Loads the code, unless it is here, and makes the view.
    make: fn(Input) -> Made<AnyView>,
}

impl<Input> Clone for Part<Input> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Input> Copy for Part<Input> {}

/// `part!(name(input: Type) => view)`. All that only the view needs is in the file of that name.
macro_rules! part {
    ($name:ident($input:ident: $type:ty) => $view:expr) => {{
        #[cfg(feature = "split")]
        #[leptos::wasm_split::wasm_split($name, wasm_split_path = ::leptos::wasm_split, preload(fetch), fallible)]
        fn $name($input: $type) -> Result<AnyView, Missing> {
            Ok($view)
        }

        #[cfg(not(feature = "split"))]
        async fn $name($input: $type) -> Result<AnyView, Missing> {
            Ok($view)
        }

        #[cfg(not(feature = "split"))]
        async fn fetch() -> Result<(), Missing> {
            Ok(())
        }

        Part::<$type> { fetch: || Box::pin(async { Ok(fetch().await?) }), make: |input| Box::pin($name(input)) }
    }};
}

/// The page of a route as a part. Signing in comes with the application itself.
fn part_of(route: Route) -> Option<Part<()>> {
    Some(match route {
        Route::Login => return None,
        // In the first part: the operator in trouble waits for nothing, and what it shares with signing in is most of it.
        Route::Admin => Part { fetch: || Box::pin(ready(Ok(()))), make: |()| Box::pin(ready(Ok(admin().into_any()))) },
        Route::Node => part!(node(_none: ()) => view! { <NodePage /> }.into_any()),
        Route::Provider => part!(provider(_none: ()) => view! { <ProviderPage /> }.into_any()),
        Route::User => part!(user(_none: ()) => view! { <UserPage /> }.into_any()),
        Route::Live => part!(live(_none: ()) => view! { <LivePage /> }.into_any()),
        Route::Performance => part!(performance(_none: ()) => view! { <PerformancePage /> }.into_any()),
        Route::Research => part!(research(_none: ()) => view! { <ResearchPage /> }.into_any()),
        Route::Settings => part!(settings(_none: ()) => view! { <SettingsPage /> }.into_any()),
        Route::Guide => part!(guide(_none: ()) => view! { <GuidePage /> }.into_any()),
    })
}

fn admin() -> impl IntoView {
    view! { <AdminPage /> }
}

/// The page of a route: at once when its code is here.
pub fn page(route: Route) -> AnyView {
    let Some(part) = part_of(route) else { return ().into_any() };
    let lang = use_lang();
    let title = move || route.nav_words()(common(lang.get()));
    let frame = move |busy: bool, content: AnyView| {
        view! {
            <main id="main" class="page" tabindex="-1" aria-busy=busy.then_some("true")>
                <h1 class="page-title">{title}</h1>
                {content}
            </main>
        }
        .into_any()
    };
    shown(part, (), frame)
}

/// The form of the login page that creates an account.
pub fn registration(state: Registration, who: Applicant) -> AnyView {
    let part = part!(registration(input: (Registration, Applicant)) => registration_form(input.0, input.1).into_any());
    shown(part, (state, who), |_, content| content)
}

/// The name of the first section of the part: it stands for all of them until they are here.
const FIRST_SECTION: &str = "charts";

fn charts_part() -> Part<()> {
    part!(charts(_none: ()) => view! { {admin_charts(use_lang())} {accounts()} }.into_any())
}

/// The charts and the accounts of the administrator's page: loaded when they come near the screen, or
/// after a while.
pub fn charts() -> AnyView {
    let lang = use_lang();
    let place = NodeRef::<Span>::new();
    let frame = move |busy: bool, content: AnyView| {
        let state = if busy { Freshness::Loading } else { Freshness::Error };
        let title = Signal::derive(move || admin_text(lang.get()).charts.to_owned());
        let section = section_that_is(state, FIRST_SECTION, title, content);
        view! { <span node_ref=place></span> {section} }.into_any()
    };
    shown_from(|load| when_near(place, AHEAD_AFTER, load), charts_part(), (), frame)
}

/// Why the application cannot start.
pub fn refusal_page(problems: Vec<ConfigProblem>) -> AnyView {
    let part = part!(refusal(problems: Vec<ConfigProblem>) => view! { <RefusalPage problems=problems /> }.into_any());
    let frame = |busy: bool, content: AnyView| {
        view! {
            <main id="main" class="page page-narrow" aria-busy=busy.then_some("true")>
                {content}
            </main>
        }
        .into_any()
    };
    shown(part, problems, frame)
}

/// Says which saved settings are not used, if there are any.
pub fn tell_refused_settings(refused: Vec<ConfigProblem>) {
    if refused.is_empty() {
        return;
    }
    let part = part!(settings(refused: Vec<ConfigProblem>) => {
        tell_refused(&refused);
        ().into_any()
    });
    spawn_local_scoped_with_cancellation(async move {
        // The defaults are in use: that it cannot be said harms nobody.
        let _ = (part.make)(refused).await;
    });
}

/// Has the checks of many nodes made by a worker, once the code for that has come. Until then the page makes them.
pub fn check_by_worker(api: ApiService) {
    let part = part!(many_nodes(api: ApiService) => {
        check_worker::check_by_worker(api);
        ().into_any()
    });
    spawn_local(async move {
        fetch_again(part).await;
        // A page that goes on making them itself is only busier.
        let _ = (part.make)(api).await;
    });
}

/// Fetches the other pages of a person while there is time: later the site may be out of reach.
pub fn fetch_ahead(role: UserRole) {
    if !cfg!(feature = "split") {
        return;
    }
    spawn_local(async move {
        sleep(AHEAD_AFTER).await;
        if role == UserRole::Admin {
            fetch_again(charts_part()).await;
        }
        for part in reachable_by(role).filter_map(part_of) {
            fetch_again(part).await;
        }
    });
}

/// Fetches a part, or gives up after a while.
async fn fetch_again<Input>(part: Part<Input>) {
    for pause in AHEAD_AGAIN {
        if (part.fetch)().await.is_ok() {
            return;
        }
        sleep(pause).await;
    }
}

/// Every page of a role, its own first.
fn reachable_by(role: UserRole) -> impl Iterator<Item = Route> {
    let linked = [Route::Node, Route::Guide].into_iter();
    let open = move |route: &Route| route.roles().is_empty() || route.roles().contains(&role);
    Route::navigation_of(role).iter().copied().chain(linked.filter(open))
}

/// What there is of a part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Loading,
    Here,
    Missing,
}

/// The view once its code is here; until then that it is loading, or a way to try again. `frame` stands around these
/// two, and is told whether something is under way.
fn shown<Input: Clone + Send + 'static>(
    part: Part<Input>,
    input: Input,
    frame: impl Fn(bool, AnyView) -> AnyView + Send + 'static,
) -> AnyView {
    shown_from(|load| load(), part, input, frame)
}

/// Brings a part.
type Load = Box<dyn Fn()>;

/// The same, loaded as soon as `begin` says so.
fn shown_from<Input: Clone + Send + 'static>(
    begin: impl FnOnce(Load),
    part: Part<Input>,
    input: Input,
    frame: impl Fn(bool, AnyView) -> AnyView + Send + 'static,
) -> AnyView {
    // In the place of the view, so that what the view keeps ends with it.
    let now = move |input: Input| (part.make)(input).now_or_never().and_then(Result::ok);
    if let Some(view) = now(input.clone()) {
        return view;
    }
    let progress = RwSignal::new(Progress::Loading);
    let load = move || {
        if progress.get_untracked() != Progress::Loading {
            progress.set(Progress::Loading);
        }
        // Not in the scope of whoever asks: a button that is taken away would take its attempt with it.
        spawn_local(async move {
            let here = (part.fetch)().await.is_ok();
            // The place may have been left meanwhile; the code is here for the next time.
            let _ = progress.try_set(if here { Progress::Here } else { Progress::Missing });
        });
    };
    begin(Box::new(load));
    let content = move || match progress.get() {
        Progress::Here => now(input.clone()),
        Progress::Loading => Some(frame(true, skeleton().into_any())),
        Progress::Missing => Some(frame(false, missing(Callback::new(move |()| load())).into_any())),
    };
    view! { {move || content()} }.into_any()
}

/// Two ways on: a new attempt, which helps when the network was away, and a reload, which helps after a new release.
fn missing(again: Callback<()>) -> impl IntoView {
    let lang = use_lang();
    let reload = |_| {
        // A page that cannot be reloaded stays as it is.
        let _ = window().location().reload();
    };
    view! {
        <p role="alert">{move || common(lang.get()).part_missing}</p>
        <div class="form-buttons">
            <button type="button" class="btn btn-primary" data-testid="retry" on:click=move |_| again.run(())>
                {move || common(lang.get()).retry}
            </button>
            <button type="button" class="btn" data-testid="reload" on:click=reload>
                {move || common(lang.get()).reload}
            </button>
        </div>
    }
}
