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

/// A page as a part. The macro of the `split` build makes `async fn $name()` of it, which loads the part first.
macro_rules! part {
    ($(#[$doc:meta])* $name:ident, $page:expr) => {
        $(#[$doc])*
        #[cfg(feature = "split")]
        #[leptos::wasm_split::wasm_split($name, wasm_split_path = ::leptos::wasm_split, fallible)]
        fn $name() -> Result<AnyView, Missing> {
            Ok($page)
        }

        $(#[$doc])*
        #[cfg(not(feature = "split"))]
        async fn $name() -> Result<AnyView, Missing> {
            Ok($page)
        }
    };
}

part!(node, view! { <NodePage /> }.into_any());
part!(guide, view! { <GuidePage /> }.into_any());
part!(user, view! { <UserPage /> }.into_any());
part!(provider, view! { <ProviderPage /> }.into_any());
part!(live, view! { <LivePage /> }.into_any());
part!(performance, view! { <PerformancePage /> }.into_any());
part!(research, view! { <ResearchPage /> }.into_any());
part!(settings, view! { <SettingsPage /> }.into_any());

type Part = fn() -> LocalBoxFuture<'static, Result<AnyView, Missing>>;

pub fn node_page() -> AnyView {
    later(|| Box::pin(node()))
}

pub fn guide_page() -> AnyView {
    later(|| Box::pin(guide()))
}

pub fn user_page() -> AnyView {
    later(|| Box::pin(user()))
}

pub fn provider_page() -> AnyView {
    later(|| Box::pin(provider()))
}

pub fn live_page() -> AnyView {
    later(|| Box::pin(live()))
}

pub fn performance_page() -> AnyView {
    later(|| Box::pin(performance()))
}

pub fn research_page() -> AnyView {
    later(|| Box::pin(research()))
}

pub fn settings_page() -> AnyView {
    later(|| Box::pin(settings()))
}

/// What there is of a part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Loading,
    Here,
    Missing,
}

/// The page once it is here; until then that it is loading, or a way to try again.
fn later(part: Part) -> AnyView {
    let lang = use_lang();
    let progress = RwSignal::new(Progress::Loading);
    let page = Rc::new(RefCell::new(None));
    let arrived = Rc::clone(&page);
    let load = StoredValue::new_local(Rc::new(move || {
        progress.set(Progress::Loading);
        let arrived = Rc::clone(&arrived);
        // In the scope of the page's place, and given up with it.
        spawn_local_scoped_with_cancellation(async move {
            let outcome = part().await;
            let here = outcome.is_ok();
            *arrived.borrow_mut() = outcome.ok();
            progress.set(if here { Progress::Here } else { Progress::Missing });
        });
    }) as Rc<dyn Fn()>);
    load.with_value(|load| load());
    let page = StoredValue::new_local(page);
    let shown = move || match progress.get() {
        Progress::Here => page.with_value(|page| page.borrow_mut().take()),
        Progress::Loading => {
            let words = move || common(lang.get()).loading;
            Some(view! { <main id="main" class="page" tabindex="-1" aria-busy="true"><p class="muted">{words}</p></main> }.into_any())
        }
        Progress::Missing => {
            let again = move |_| load.with_value(|load| load());
            Some(
                view! {
                    <main id="main" class="page" tabindex="-1">
                        <p role="alert">{move || common(lang.get()).part_missing}</p>
                        <button type="button" class="btn btn-primary" data-testid="retry" on:click=again>
                            {move || common(lang.get()).retry}
                        </button>
                    </main>
                }
                .into_any(),
            )
        }
    };
    view! { {move || shown()} }.into_any()
}
