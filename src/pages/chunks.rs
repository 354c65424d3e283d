//! Code that comes when it is needed: a release build is cut into chunks, so that signing in does not wait for what
//! comes after it.
//!
//! | chunk | what is in it | fetched |
//! |---|---|---|
//! | the first | signing in, registration, the header | with the application |
//! | `operators` | `/admin`, `/nodes/:index`: the monitor and the charts | while the login form is filled in, or when somebody goes there |
//! | `others` | every other page, and the worker that checks many nodes | likewise |
//!
//! The cargo feature `split` marks where to cut; `cargo xtask build --release` cuts there. Without it (`trunk serve`,
//! tests) there is one wasm with everything in it, and nothing is waited for.

use std::time::Duration;

use futures_util::FutureExt;
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::admin::AdminDashboard;
use super::guide::GuidePage;
use super::live::LivePage;
use super::node::NodePage;
use super::performance::PerformancePage;
use super::provider::ProviderPage;
use super::research::ResearchPage;
use super::settings::SettingsPage;
use super::user::UserPage;
use crate::api_service::ApiService;
use crate::api_service::browser::check_worker;
use crate::api_service::endpoints::auth::UserRole;
use crate::components::section::skeleton;
use crate::i18n::common::common;
use crate::i18n::use_lang;
use crate::routes::{AppRoute, navigation_of};
use crate::shell::node_pill::NodePill;

/// How long after a login, or a reload, the other pages of the person are fetched. What the first page asks the
/// cluster for has come by then.
const PREFETCH_AFTER: Duration = Duration::from_secs(3);
/// Before another attempt to prefetch. Then it is left to whoever goes to the page.
const PREFETCH_AGAIN: [Duration; 2] = [Duration::from_secs(15), Duration::from_secs(60)];

/// The chunk did not come: the network, or a new release in place of the one that this page is of.
#[derive(Clone, Copy, Debug)]
pub struct Missing;

#[cfg(feature = "split")]
impl From<leptos::wasm_split::SplitLoaderError> for Missing {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self
    }
}

/// A chunk beside the first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chunk {
    Operators,
    Others,
}

impl Chunk {
    /// The chunk of a page. Signing in comes with the application itself.
    const fn of(route: AppRoute) -> Option<Self> {
        match route {
            AppRoute::Login => None,
            AppRoute::Admin | AppRoute::Node => Some(Self::Operators),
            _ => Some(Self::Others),
        }
    }

    /// Loads the code, unless it is here.
    async fn fetch(self) -> Result<(), Missing> {
        #[cfg(feature = "split")]
        match self {
            Self::Operators => fetch_operators().await?,
            Self::Others => fetch_others().await?,
        }
        Ok(())
    }

    /// Loads the code, or gives up after a while.
    async fn prefetch(self) -> Result<(), Missing> {
        for pause in PREFETCH_AGAIN {
            if self.fetch().await.is_ok() {
                return Ok(());
            }
            sleep(pause).await;
        }
        self.fetch().await
    }
}

// The functions at which the build is cut. With `split` the macro makes each of them async, and what it calls alone goes
// into the chunk that is named first.

#[cfg_attr(
    feature = "split",
    leptos::wasm_split::wasm_split(
        operators,
        wasm_split_path = ::leptos::wasm_split,
        preload(fetch_operators),
        fallible
    )
)]
fn operators_page(route: AppRoute) -> Result<AnyView, Missing> {
    Ok(match route {
        AppRoute::Node => view! { <NodePage /> }.into_any(),
        _ => view! { <AdminDashboard /> }.into_any(),
    })
}

#[cfg_attr(
    feature = "split",
    leptos::wasm_split::wasm_split(operators, wasm_split_path = ::leptos::wasm_split, fallible)
)]
fn operators_pill() -> Result<AnyView, Missing> {
    Ok(view! { <NodePill /> }.into_any())
}

#[cfg_attr(
    feature = "split",
    leptos::wasm_split::wasm_split(others, wasm_split_path = ::leptos::wasm_split, preload(fetch_others), fallible)
)]
fn others_page(route: AppRoute) -> Result<AnyView, Missing> {
    Ok(match route {
        AppRoute::Provider => view! { <ProviderPage /> }.into_any(),
        AppRoute::User => view! { <UserPage /> }.into_any(),
        AppRoute::Live => view! { <LivePage /> }.into_any(),
        AppRoute::Performance => view! { <PerformancePage /> }.into_any(),
        AppRoute::Research => view! { <ResearchPage /> }.into_any(),
        AppRoute::Settings => view! { <SettingsPage /> }.into_any(),
        AppRoute::Guide => view! { <GuidePage /> }.into_any(),
        #[cfg(feature = "gallery")]
        AppRoute::Gallery => view! { <super::gallery::GalleryPage /> }.into_any(),
        // Not in this chunk.
        AppRoute::Login | AppRoute::Admin | AppRoute::Node => ().into_any(),
    })
}

#[cfg_attr(
    feature = "split",
    leptos::wasm_split::wasm_split(others, wasm_split_path = ::leptos::wasm_split, fallible)
)]
fn others_worker(api: ApiService) -> Result<(), Missing> {
    check_worker::check_by_worker(api);
    Ok(())
}

/// Awaits what the macro made async; without it the function has answered already.
macro_rules! from_chunk {
    ($call:expr) => {{
        #[cfg(feature = "split")]
        let made = $call.await;
        #[cfg(not(feature = "split"))]
        let made = $call;
        made
    }};
}

/// Something to show whose code may still be on its way.
#[derive(Clone, Copy)]
enum Lazy {
    Page(AppRoute),
    Pill,
}

impl Lazy {
    const fn chunk(self) -> Option<Chunk> {
        match self {
            Self::Page(route) => Chunk::of(route),
            Self::Pill => Some(Chunk::Operators),
        }
    }

    /// Loads the code, unless it is here, and makes the view.
    async fn make(self) -> Result<AnyView, Missing> {
        match self {
            Self::Pill => from_chunk!(operators_pill()),
            Self::Page(route) if self.chunk() == Some(Chunk::Operators) => from_chunk!(operators_page(route)),
            Self::Page(route) => from_chunk!(others_page(route)),
        }
    }
}

/// The page of a route: at once when its code is here.
pub fn page(route: AppRoute) -> impl IntoView {
    let lang = use_lang();
    let title = move || route.words()(common(lang.get()));
    let frame = move |busy: bool, content: AnyView| {
        view! {
            <main id="main" class="page" tabindex="-1" aria-busy=busy.then_some("true")>
                <h1 class="page-title">{title}</h1>
                {content}
            </main>
        }
        .into_any()
    };
    shown(Lazy::Page(route), frame)
}

/// The operator's pill of the header: nothing until its code is here. The page beside it says when that does not come.
pub fn node_pill() -> impl IntoView {
    shown(Lazy::Pill, |_, _| ().into_any())
}

/// Has the checks of many nodes made by a worker, once the code for that has come. Until then the page makes them.
pub fn check_by_worker(api: ApiService) {
    async fn start(api: ApiService) -> Result<(), Missing> {
        Chunk::Others.prefetch().await?;
        from_chunk!(others_worker(api))
    }
    spawn_local(async move {
        // A page that goes on making them itself is only busier.
        let _ = start(api).await;
    });
}

/// Fetches, while the login form is filled in, what a login leads to: first what is named here, then the rest.
pub fn prefetch_for_login(next: Option<AppRoute>) {
    let first = next.and_then(Chunk::of).unwrap_or(Chunk::Operators);
    prefetch(vec![first, Chunk::Operators, Chunk::Others], Duration::ZERO);
}

/// Fetches the other pages of a person while there is time: later the site may be out of reach.
pub fn prefetch_for(role: UserRole) {
    let linked = [AppRoute::Node, AppRoute::Guide].into_iter().filter(move |route| route.is_open_to(role));
    let reachable = navigation_of(role).into_iter().chain(linked);
    prefetch(reachable.filter_map(Chunk::of).collect(), PREFETCH_AFTER);
}

/// Fetches chunks one after the other. One that is here already costs nothing.
fn prefetch(chunks: Vec<Chunk>, after: Duration) {
    if !cfg!(feature = "split") {
        return;
    }
    spawn_local(async move {
        sleep(after).await;
        for chunk in chunks {
            // Whoever goes to a page of it tries again, and is told when it does not come.
            let _ = chunk.prefetch().await;
        }
    });
}

/// How far the code of a view is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Loading,
    Here,
    Missing,
}

/// The view once its code is here; until then that it is loading, or ways to try again. `frame` stands around these two,
/// and is told whether something is under way.
fn shown(lazy: Lazy, frame: impl Fn(bool, AnyView) -> AnyView + Send + 'static) -> impl IntoView {
    // Made where it is shown, so that what the view keeps ends with it.
    let now = move || lazy.make().now_or_never().and_then(Result::ok);
    if let Some(view) = now() {
        return view;
    }
    let progress = RwSignal::new(Progress::Loading);
    let load = move || {
        progress.set(Progress::Loading);
        // Not in the scope of whoever asks: a button that is taken away would take its attempt with it.
        spawn_local(async move {
            let fetched = match lazy.chunk() {
                Some(chunk) => chunk.fetch().await,
                None => Ok(()),
            };
            // The place may have been left meanwhile; the code is here for the next time.
            let _ = progress.try_set(if fetched.is_ok() { Progress::Here } else { Progress::Missing });
        });
    };
    load();
    let content = move || match progress.get() {
        Progress::Here => now(),
        Progress::Loading => Some(frame(true, skeleton().into_any())),
        Progress::Missing => Some(frame(false, view! { <ChunkMissing on_retry=load /> }.into_any())),
    };
    content.into_any()
}

/// Two ways on: a new attempt, which helps when the network was away, and a reload, which helps after a new release.
#[component]
fn ChunkMissing(
    /// Another attempt is wanted.
    #[prop(into)]
    on_retry: Callback<()>,
) -> impl IntoView {
    let lang = use_lang();
    let reload = |_| {
        // A page that cannot be reloaded stays as it is.
        let _ = window().location().reload();
    };
    view! {
        <p role="alert">{move || common(lang.get()).chunk_missing}</p>
        <div class="form-buttons">
            <button type="button" class="btn btn-primary" data-testid="retry" on:click=move |_| on_retry.run(())>
                {move || common(lang.get()).retry}
            </button>
            <button type="button" class="btn" data-testid="reload" on:click=reload>
                {move || common(lang.get()).reload}
            </button>
        </div>
    }
}
