//! Every address of the application, once: its page, who may see it, where a role begins, what the navigation calls it,
//! and the older addresses that lead to it.

use crate::api_service::endpoints::auth::UserRole::{self, Admin, Provider, Researcher, User};
use crate::i18n::common::CommonText;

/// A page of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppRoute {
    Login,
    Admin,
    /// One node; its place in the list follows the path.
    Node,
    Provider,
    User,
    Live,
    Performance,
    Research,
    Settings,
    Guide,
    /// Every shared component in its states, for who builds pages.
    #[cfg(feature = "gallery")]
    Gallery,
}

/// What there is to know of a page's address.
#[derive(Clone, Copy)]
pub struct RouteDef {
    pub route: AppRoute,
    /// As `leptos_router` writes it: `:index` is a parameter.
    pub path: &'static str,
    /// Who may see it; empty: everybody.
    pub roles: &'static [UserRole],
    /// Whose first page it is.
    pub home_of: Option<UserRole>,
    /// What it is called.
    pub words: fn(&CommonText) -> &'static str,
    /// Whether the header links to it, beside the first page of the role.
    pub in_header: bool,
    /// Addresses of the application that this one replaces. They redirect.
    pub old_paths: &'static [&'static str],
}

const EVERY_ROLE: &[UserRole] = &[Admin, Provider, User, Researcher];

/// The list, in the order of [`AppRoute`] and of the links in the header.
pub const ROUTES: &[RouteDef] = &[
    RouteDef {
        route: AppRoute::Login,
        path: "/login",
        roles: &[],
        home_of: None,
        words: |text| text.to_login,
        in_header: false,
        old_paths: &[],
    },
    RouteDef {
        route: AppRoute::Admin,
        path: "/admin",
        roles: &[Admin],
        home_of: Some(Admin),
        words: |text| text.nav_admin,
        in_header: false,
        old_paths: &["/admin-dashboard"],
    },
    RouteDef {
        route: AppRoute::Node,
        path: "/nodes/:index",
        roles: &[Admin],
        home_of: None,
        words: |text| text.nav_admin,
        in_header: false,
        old_paths: &[],
    },
    RouteDef {
        route: AppRoute::Provider,
        path: "/provider",
        roles: &[Provider],
        home_of: Some(Provider),
        words: |text| text.nav_provider,
        in_header: false,
        old_paths: &["/provider-dashboard"],
    },
    RouteDef {
        route: AppRoute::User,
        path: "/user",
        roles: &[User],
        home_of: Some(User),
        words: |text| text.nav_user,
        in_header: false,
        old_paths: &["/user-dashboard"],
    },
    RouteDef {
        route: AppRoute::Live,
        path: "/live",
        roles: EVERY_ROLE,
        home_of: None,
        words: |text| text.nav_live,
        in_header: true,
        old_paths: &["/demonstration"],
    },
    RouteDef {
        route: AppRoute::Performance,
        path: "/performance",
        roles: &[Admin, Researcher],
        home_of: None,
        words: |text| text.nav_performance,
        in_header: true,
        old_paths: &["/performance-lab"],
    },
    RouteDef {
        route: AppRoute::Research,
        path: "/research",
        roles: &[Admin, Researcher],
        home_of: Some(Researcher),
        words: |text| text.nav_research,
        in_header: true,
        old_paths: &["/research-dashboard", "/research-classic"],
    },
    RouteDef {
        route: AppRoute::Settings,
        path: "/settings",
        roles: EVERY_ROLE,
        home_of: None,
        words: |text| text.nav_settings,
        in_header: true,
        old_paths: &[],
    },
    RouteDef {
        route: AppRoute::Guide,
        path: "/guide",
        roles: &[],
        home_of: None,
        words: |text| text.nav_guide,
        in_header: false,
        old_paths: &[],
    },
    #[cfg(feature = "gallery")]
    RouteDef {
        route: AppRoute::Gallery,
        path: "/gallery",
        roles: &[],
        home_of: None,
        words: |_| "Gallery",
        in_header: false,
        old_paths: &[],
    },
];

/// Addresses that lead to the first page of whoever comes.
pub const TO_HOME: [&str; 2] = ["/", "/dashboard"];

impl AppRoute {
    const fn definition(self) -> &'static RouteDef {
        &ROUTES[self as usize]
    }

    /// Its address, without what it takes parameters for.
    pub fn path(self) -> &'static str {
        let path = self.definition().path;
        path.split_once("/:").map_or(path, |(path, _)| path)
    }

    /// Who may see it; empty: everybody.
    pub const fn roles(self) -> &'static [UserRole] {
        self.definition().roles
    }

    /// Whether somebody of this role may see it.
    pub fn is_open_to(self, role: UserRole) -> bool {
        self.roles().is_empty() || self.roles().contains(&role)
    }

    /// What it is called.
    pub const fn words(self) -> fn(&CommonText) -> &'static str {
        self.definition().words
    }
}

/// The page that an address of this application leads to, without a redirect.
pub fn route_at(address: &str) -> Option<AppRoute> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let is_at = |def: &&RouteDef| match def.path.split_once("/:") {
        Some((before, _)) => path.strip_prefix(before).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/')),
        None => path == def.path,
    };
    ROUTES.iter().find(is_at).map(|def| def.route)
}

/// Where somebody of this role begins; `None` is nobody.
pub fn home_of(role: Option<UserRole>) -> AppRoute {
    let home = ROUTES.iter().find(|def| role.is_some() && def.home_of == role);
    home.map_or(AppRoute::Login, |def| def.route)
}

/// The pages that the header links to for a role, its own first.
pub fn navigation_of(role: UserRole) -> Vec<AppRoute> {
    let home = home_of(Some(role));
    let others = ROUTES.iter().filter(|def| def.in_header && def.route != home && def.route.is_open_to(role));
    std::iter::once(home).chain(others.map(|def| def.route)).collect()
}

/// Where to go after a login: back to `next` when it is an address of this application, else to the role's page.
pub fn after_login(next: Option<&str>, role: UserRole) -> String {
    next.and_then(within_this_site)
        .filter(|address| !address.starts_with(AppRoute::Login.path()))
        .unwrap_or_else(|| home_of(Some(role)).path().to_owned())
}

/// The path, query and hash of an address that stays on this site. Resolved as a browser does, since what looks like a
/// path may lead elsewhere: `//other.example`, `/\other.example`, or a tab between two slashes.
fn within_this_site(address: &str) -> Option<String> {
    // An empty address is that of the page itself.
    if address.is_empty() {
        return None;
    }
    let (origin, address) = resolved(address)?;
    (origin == own_origin()?).then_some(address)
}

#[cfg(not(all(test, not(target_arch = "wasm32"))))]
fn own_origin() -> Option<String> {
    web_sys::window()?.location().origin().ok()
}

/// The origin of an address, and what stands behind it.
#[cfg(not(all(test, not(target_arch = "wasm32"))))]
fn resolved(address: &str) -> Option<(String, String)> {
    let url = web_sys::Url::new_with_base(address, &own_origin()?).ok()?;
    Some((url.origin(), format!("{}{}{}", url.pathname(), url.search(), url.hash())))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
fn own_origin() -> Option<String> {
    Some("http://localhost:5173".to_owned())
}

/// As the browser's `URL` does, for tests without a browser.
#[cfg(all(test, not(target_arch = "wasm32")))]
fn resolved(address: &str) -> Option<(String, String)> {
    let url = url::Url::parse(&own_origin()?).ok()?.join(address).ok()?;
    Some((url.origin().ascii_serialization(), url[url::Position::BeforePath..].to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_login_a_person_is_back_where_the_session_ended() {
        assert_eq!(after_login(Some("/user?vehicle=3&seat=12"), UserRole::User), "/user?vehicle=3&seat=12");
        assert_eq!(after_login(None, UserRole::Admin), "/admin");
        assert_eq!(after_login(Some("/login"), UserRole::User), "/user");
        assert_eq!(after_login(Some("/user?vehicle=a%26b#seats"), UserRole::User), "/user?vehicle=a%26b#seats");
    }

    #[test]
    fn a_way_back_never_leads_to_another_site() {
        for next in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""] {
            assert_eq!(after_login(Some(next), UserRole::User), "/user", "{next}");
        }
    }

    #[test]
    fn a_way_back_with_what_a_browser_leaves_out_of_an_address_never_leads_to_another_site() {
        for next in ["/\t/evil.example", "/\n/evil.example", "/\r/evil.example", " //evil.example", "\\\\evil.example"]
        {
            assert_eq!(after_login(Some(next), UserRole::User), "/user", "{next:?}");
        }
    }

    #[test]
    fn the_first_page_of_a_role_is_open_to_it() {
        for role in [UserRole::Admin, UserRole::Provider, UserRole::User, UserRole::Researcher] {
            assert!(home_of(Some(role)).roles().contains(&role), "{role:?}");
        }
        assert_eq!(home_of(None), AppRoute::Login);
    }

    #[test]
    fn the_page_of_an_address_is_known_whatever_its_query_is() {
        assert_eq!(route_at("/user?vehicle=3&seat=12"), Some(AppRoute::User));
        assert_eq!(route_at("/nodes/2#journal"), Some(AppRoute::Node));
        assert_eq!(["/nodes", "/nodes/", "/users", "", "https://x/user"].map(route_at), [None; 5]);
    }

    #[test]
    fn the_header_links_to_the_page_of_the_role_and_to_the_others_that_it_may_see() {
        use AppRoute::{Live, Performance, Research, Settings};
        assert_eq!(navigation_of(UserRole::Admin), [AppRoute::Admin, Live, Performance, Research, Settings]);
        assert_eq!(navigation_of(UserRole::User), [AppRoute::User, Live, Settings]);
        assert_eq!(navigation_of(UserRole::Provider), [AppRoute::Provider, Live, Settings]);
        assert_eq!(navigation_of(UserRole::Researcher), [Research, Live, Performance, Settings]);
    }

    #[test]
    fn every_page_is_in_the_list_at_its_own_place_and_no_address_leads_to_two() {
        let mut addresses = TO_HOME.to_vec();
        for (place, def) in ROUTES.iter().enumerate() {
            assert_eq!(def.route as usize, place, "{:?}", def.route);
            addresses.push(def.path);
            addresses.extend(def.old_paths);
        }
        let count = addresses.len();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!(addresses.len(), count);
    }
}
