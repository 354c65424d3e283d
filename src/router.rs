//! Which page is shown: the address, links that stay in the page, and going elsewhere.
//!
//! A router for the few flat paths of this application, in place of `leptos_router` with its nested routes, parameters
//! and transitions: 20 KB less to load.

use std::rc::Rc;

use leptos::ev;
use wasm_bindgen::{JsCast, JsValue};

use leptos::prelude::*;

/// Where the page is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Address {
    path: String,
    /// Without its question mark.
    search: String,
    /// With its hash sign.
    hash: String,
}

impl Address {
    fn of(pathname: &str, search: &str, hash: String) -> Self {
        let path = pathname.trim_end_matches('/');
        let path = if path.is_empty() { "/" } else { path };
        Self { path: path.to_owned(), search: search.trim_start_matches('?').to_owned(), hash }
    }

    fn of_page() -> Self {
        let location = window().location();
        let part = |part: Result<String, JsValue>| part.unwrap_or_default();
        Self::of(&part(location.pathname()), &part(location.search()), part(location.hash()))
    }

    fn written(&self) -> String {
        let mark = if self.search.is_empty() { "" } else { "?" };
        format!("{}{mark}{}{}", self.path, self.search, self.hash)
    }
}

/// The address, in context for links and pages.
#[derive(Clone, Copy)]
struct Router {
    address: RwSignal<Address>,
}

/// Follows the address: gives it to links and pages of this owner, and takes clicks on links of this site.
pub fn provide_router() {
    let router = Router { address: RwSignal::new(Address::of_page()) };
    provide_context(router);
    let clicks = window_event_listener(ev::click, move |event| router.clicked(&event));
    let moves = window_event_listener(ev::popstate, move |_| router.address.set(Address::of_page()));
    on_cleanup(move || {
        clicks.remove();
        moves.remove();
    });
}

/// How to go to a page.
#[derive(Clone, Copy, Debug)]
pub struct NavigateOptions {
    /// Whether the page that is left is taken out of the browser's history.
    pub replace: bool,
    /// Whether the new page is shown from its top.
    pub scroll: bool,
}

impl Default for NavigateOptions {
    fn default() -> Self {
        Self { replace: false, scroll: true }
    }
}

impl Router {
    fn navigate(self, to: &str, options: NavigateOptions) {
        let location = window().location();
        let origin = location.origin().unwrap_or_default();
        let Ok(url) = web_sys::Url::new_with_base(to, &origin) else { return };
        if url.origin() != origin {
            // Leaves the page; a browser that refuses stays here.
            let _ = location.set_href(to);
            return;
        }
        self.go(Address::of(&url.pathname(), &url.search(), url.hash()), options);
    }

    fn go(self, address: Address, options: NavigateOptions) {
        let changed = self.address.with_untracked(|known| *known != address);
        if let Ok(history) = window().history() {
            let written = address.written();
            // Refused only for an address of another site, or when a page asks hundreds of times a minute.
            let _ = match (options.replace, changed) {
                (true, _) => history.replace_state_with_url(&JsValue::NULL, "", Some(&written)),
                (false, true) => history.push_state_with_url(&JsValue::NULL, "", Some(&written)),
                (false, false) => Ok(()),
            };
        }
        let target = address.hash.strip_prefix('#').and_then(|id| document().get_element_by_id(id));
        if changed {
            self.address.set(address);
        }
        match target {
            Some(target) => {
                target.scroll_into_view();
                // As a browser would: the next Tab goes on from here. Fails for no element of a page that is shown.
                let _ = target.dyn_ref::<web_sys::HtmlElement>().map(web_sys::HtmlElement::focus);
            }
            None if options.scroll => window().scroll_to_with_x_and_y(0.0, 0.0),
            None => {}
        }
    }

    /// Takes a plain click on a link of this site; all others are the browser's.
    fn clicked(self, event: &web_sys::MouseEvent) {
        let with_key = event.meta_key() || event.alt_key() || event.ctrl_key() || event.shift_key();
        if event.default_prevented() || event.button() != 0 || with_key {
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let Some(link) = target.and_then(|target| target.closest("a[href]").ok().flatten()) else { return };
        let link: web_sys::HtmlAnchorElement = link.unchecked_into();
        let elsewhere = !link.target().is_empty() || link.has_attribute("download") || link.rel() == "external";
        if elsewhere || link.origin() != window().location().origin().unwrap_or_default() {
            return;
        }
        event.prevent_default();
        let options = NavigateOptions { replace: false, scroll: !link.has_attribute("data-noscroll") };
        self.go(Address::of(&link.pathname(), &link.search(), link.hash()), options);
    }
}

/// The path, without a slash at its end.
pub fn use_path() -> Memo<String> {
    let Router { address } = expect_context();
    Memo::new(move |_| address.with(|address| address.path.clone()))
}

/// The path and the query now.
pub fn current_address() -> String {
    let Router { address } = expect_context();
    address.with_untracked(|address| Address { hash: String::new(), ..address.clone() }.written())
}

/// A value of the query; followed by what reads it.
pub fn use_query(name: &'static str) -> Memo<Option<String>> {
    let Router { address } = expect_context();
    Memo::new(move |_| address.with(|address| value_in(&address.search, name)))
}

/// What [`use_navigate`] answers, kept by a page that goes elsewhere later.
pub type Navigate = Rc<dyn Fn(&str, NavigateOptions)>;

/// Goes to another page, or to another query of this one.
pub fn use_navigate() -> impl Fn(&str, NavigateOptions) + Copy + Send + Sync + 'static {
    let router: Router = expect_context();
    move |to: &str, options: NavigateOptions| router.navigate(to, options)
}

/// The value of `name` in a query, decoded: a plus is a space, and a percent sign that begins no byte is one.
pub fn value_in(search: &str, name: &str) -> Option<String> {
    web_sys::UrlSearchParams::new_with_str(search).ok()?.get(name)
}

/// Whether `path` is the page of `link`, or one below it.
fn is_within(path: &str, link: &str) -> bool {
    let link = link.split(['?', '#']).next().unwrap_or_default();
    path.strip_prefix(link).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Where a link leads: fixed, or followed.
pub struct Href(Signal<String>);

impl From<&str> for Href {
    fn from(href: &str) -> Self {
        Self(href.into())
    }
}

impl From<String> for Href {
    fn from(href: String) -> Self {
        Self(href.into())
    }
}

impl<F: Fn() -> String + Send + Sync + 'static> From<F> for Href {
    fn from(href: F) -> Self {
        Self(Signal::derive(href))
    }
}

/// A link that says whether it leads to the page that is shown.
#[component]
pub fn A(
    /// Where it leads.
    #[prop(into)]
    href: Href,
    /// Its classes.
    #[prop(optional)]
    class: &'static str,
    /// Its `data-testid`; none when empty.
    #[prop(optional)]
    testid: &'static str,
    /// What it leads to, in words, where what it shows does not say it all.
    #[prop(optional, into)]
    label: Option<Signal<String>>,
    /// Whether the page it leads to is shown from its top.
    #[prop(default = true)]
    scroll: bool,
    /// What it shows.
    children: Children,
) -> impl IntoView {
    let Router { address } = expect_context();
    let Href(href) = href;
    let is_current = move || address.with(|address| href.with(|href| is_within(&address.path, href)));
    let attribute = |words: &'static str| Some(words).filter(|words| !words.is_empty());
    view! {
        <a
            class=attribute(class)
            data-testid=attribute(testid)
            data-noscroll=!scroll
            href=href
            aria-label=move || label.map(|label| label.get())
            aria-current=move || is_current().then_some("page")
        >
            {children()}
        </a>
    }
}

/// Goes to another page at once, and leaves no trace of this one in the browser's history.
#[component]
pub fn Redirect(
    /// Where to.
    #[prop(into)]
    path: String,
) -> impl IntoView {
    let router: Router = expect_context();
    router.navigate(&path, NavigateOptions { replace: true, ..NavigateOptions::default() });
    ()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_same_with_and_without_a_slash_at_its_end() {
        let at = |path| Address::of(path, "?nodes=trouble", String::new()).written();
        assert_eq!(at("/admin/"), "/admin?nodes=trouble");
        assert_eq!(at("/admin"), at("/admin/"));
        assert_eq!(at("/"), "/?nodes=trouble");
    }

    #[test]
    fn a_link_is_current_on_its_page_and_below_it() {
        assert!(is_within("/provider", "/provider?vehicle=1"));
        assert!(is_within("/provider/vehicles", "/provider"));
        assert!(!is_within("/providers", "/provider"));
        assert!(!is_within("/", "/provider"));
    }
}
