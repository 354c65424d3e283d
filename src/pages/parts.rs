//! Pages that are loaded when somebody goes to them: each is a part of its own in a release build, so that logging in
//! and the operator's page do not wait for the others.
//!
//! Without the feature `split` (`trunk serve`, tests) there is one wasm with everything in it, and nothing is waited
//! for.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use leptos::task::spawn_local_scoped_with_cancellation;

use super::guide::GuidePage;
use super::live::LivePage;
use super::node::NodePage;
use super::performance::PerformancePage;
use super::provider::ProviderPage;
use super::research::ResearchPage;
use super::settings::SettingsPage;
use super::user::UserPage;
use crate::components::registration::{Applicant, Registration, registration_form};
use crate::i18n::common::common;
use crate::i18n::use_lang;
use crate::ui::*;

/// The part did not come: the network, or a new release in place of the one that this page is of.
#[derive(Clone, Copy, Debug)]
pub struct Missing;

#[cfg(feature = "split")]
impl From<leptos::wasm_split::SplitLoaderError> for Missing {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self
    }
}

/// A page in a part, which may hold several: people go from one to the other. The macro of the `split` build makes
/// `async fn $name()` of it, which loads the part first.
macro_rules! part {
    ($part:ident, $name:ident($($argument:ident: $type:ty),*), $page:expr) => {
        #[cfg(feature = "split")]
        #[leptos::wasm_split::wasm_split($part, wasm_split_path = ::leptos::wasm_split, fallible)]
        fn $name($($argument: $type),*) -> Result<AnyView, Missing> {
            Ok($page)
        }

        #[cfg(not(feature = "split"))]
        async fn $name($($argument: $type),*) -> Result<AnyView, Missing> {
            Ok($page)
        }
    };
}

part!(node, node(), view! { <NodePage /> }.into_any());
part!(guide, guide(), view! { <GuidePage /> }.into_any());
part!(seats, user(), view! { <UserPage /> }.into_any());
part!(seats, provider(), view! { <ProviderPage /> }.into_any());
part!(figures, live(), view! { <LivePage /> }.into_any());
part!(figures, performance(), view! { <PerformancePage /> }.into_any());
part!(figures, research(), view! { <ResearchPage /> }.into_any());
part!(registration, register(state: Registration, who: Applicant), registration_form(state, who));
part!(settings, settings(), view! { <SettingsPage /> }.into_any());

type Part = Rc<dyn Fn() -> LocalBoxFuture<'static, Result<AnyView, Missing>>>;

pub fn node_page() -> AnyView {
    page(Rc::new(|| Box::pin(node())))
}

pub fn guide_page() -> AnyView {
    page(Rc::new(|| Box::pin(guide())))
}

pub fn user_page() -> AnyView {
    page(Rc::new(|| Box::pin(user())))
}

pub fn provider_page() -> AnyView {
    page(Rc::new(|| Box::pin(provider())))
}

pub fn live_page() -> AnyView {
    page(Rc::new(|| Box::pin(live())))
}

pub fn performance_page() -> AnyView {
    page(Rc::new(|| Box::pin(performance())))
}

pub fn research_page() -> AnyView {
    page(Rc::new(|| Box::pin(research())))
}

pub fn settings_page() -> AnyView {
    page(Rc::new(|| Box::pin(settings())))
}

/// The form of a registration, in a tab of the login.
pub fn registration(state: Registration, who: Applicant) -> AnyView {
    later(Rc::new(move || Box::pin(register(state, who))), |content| content)
}

/// What there is of a part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Loading,
    Here,
    Missing,
}

/// A page once it is here; until then a page that says so.
fn page(part: Part) -> AnyView {
    let frame = |content: AnyView| view! { <main id="main" class="page" tabindex="-1">{content}</main> }.into_any();
    later(part, frame)
}

/// The part once it is here; until then, in `frame`, that it is loading, or a way to try again.
fn later(part: Part, frame: fn(AnyView) -> AnyView) -> AnyView {
    let lang = use_lang();
    let progress = RwSignal::new(Progress::Loading);
    let place = Rc::new(RefCell::new(None));
    let arrived = Rc::clone(&place);
    let load = StoredValue::new_local(Rc::new(move || {
        progress.set(Progress::Loading);
        let (arriving, arrived) = (part(), Rc::clone(&arrived));
        // In the scope of the part's place, and given up with it.
        spawn_local_scoped_with_cancellation(async move {
            let outcome = arriving.await;
            let here = outcome.is_ok();
            *arrived.borrow_mut() = outcome.ok();
            progress.set(if here { Progress::Here } else { Progress::Missing });
        });
    }) as Rc<dyn Fn()>);
    load.with_value(|load| load());
    let place = StoredValue::new_local(place);
    let shown = move || match progress.get() {
        Progress::Here => place.with_value(|place| place.borrow_mut().take()).unwrap_or_else(|| ().into_any()),
        Progress::Loading => {
            let words = move || common(lang.get()).loading;
            frame(view! { <p class="muted" aria-busy="true">{words}</p> }.into_any())
        }
        Progress::Missing => {
            let again = move |_| load.with_value(|load| load());
            let content = view! {
                <div>
                    <p role="alert">{move || common(lang.get()).part_missing}</p>
                    <button type="button" class="btn btn-primary" data-testid="retry" on:click=again>
                        {move || common(lang.get()).retry}
                    </button>
                </div>
            };
            frame(content.into_any())
        }
    };
    view! { {move || shown()} }.into_any()
}
