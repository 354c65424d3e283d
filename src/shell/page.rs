//! The frame of one page: its `<main>`, its heading, its title in the tab.

use std::cell::Cell;

use leptos::html;
use leptos::prelude::*;

use crate::api_service::endpoints::auth::UserRole;
use crate::i18n::use_lang;
use crate::store::cluster::ClusterStore;
use crate::store::notice::NoticeStore;
use crate::store::session::Session;
use crate::words::status::summary;

/// The name of the product in the page's title.
const PRODUCT: &str = "VCube-Raft";

thread_local! {
    // The first page of a visit is announced by the browser itself; focus is moved only when pages change after that.
    static PAGES_SHOWN: Cell<u32> = const { Cell::new(0) };
}

/// A page. Once it is shown after another one its heading has the focus, and its title is spoken.
#[component]
pub fn Page(
    /// The route's name, for `data-page`.
    name: &'static str,
    /// The heading, and the first part of the tab's title.
    #[prop(into)]
    title: Signal<String>,
    /// What stands below the heading.
    children: Children,
) -> impl IntoView {
    let heading = NodeRef::<html::H1>::new();
    let notices = expect_context::<NoticeStore>();
    let arrived_from_another = PAGES_SHOWN.replace(PAGES_SHOWN.get() + 1) > 0;
    Effect::new(move |done: Option<bool>| {
        if done == Some(true) {
            return true;
        }
        let Some(heading) = heading.get() else { return false };
        if arrived_from_another {
            // The heading is in the page: focusing it cannot fail.
            let _ = heading.focus();
            notices.announce(title.get_untracked());
        }
        true
    });
    keep_title(title);
    view! {
        <main id="main" class="page" data-page=name tabindex="-1">
            <h1 class="page-title" tabindex="-1" node_ref=heading>
                {title}
            </h1>
            {children()}
        </main>
    }
}

/// The tab's title: the page's, and for an operator the state of the cluster before it.
fn keep_title(title: Signal<String>) {
    let lang = use_lang();
    let session = use_context::<Session>();
    let cluster = use_context::<ClusterStore>();
    Effect::new(move |_| {
        let page = title.get();
        let operator = session.is_some_and(|session| session.role().get() == Some(UserRole::Admin));
        let state = cluster
            .filter(|_| operator)
            .map(|cluster| cluster.overview().with(|overview| summary(lang.get(), overview)));
        let words = match state {
            Some(state) => format!("{state} – {page} – {PRODUCT}"),
            None => format!("{page} – {PRODUCT}"),
        };
        document().set_title(&words);
    });
}
