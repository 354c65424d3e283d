//! One file a route, and here the list of routes: paths, who may see them, where a role begins.

pub mod admin;
pub mod forbidden;
#[cfg(feature = "gallery")]
pub mod gallery;
pub mod guide;
pub mod live;
pub mod login;
pub mod node;
pub mod not_found;
pub mod parts;
pub mod performance;
pub mod provider;
pub mod refusal;
pub mod research;
pub mod settings;
pub mod statistics;
pub mod user;

use crate::api_service::endpoints::auth::UserRole;
use crate::i18n::common::CommonText;

/// A page of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
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
}

impl Route {
    pub const fn path(self) -> &'static str {
        match self {
            Self::Login => "/login",
            Self::Admin => "/admin",
            Self::Node => "/nodes",
            Self::Provider => "/provider",
            Self::User => "/user",
            Self::Live => "/live",
            Self::Performance => "/performance",
            Self::Research => "/research",
            Self::Settings => "/settings",
            Self::Guide => "/guide",
        }
    }

    /// What the navigation calls it.
    pub const fn nav_words(self) -> fn(&CommonText) -> &'static str {
        match self {
            Self::Login => |text| text.to_login,
            Self::Admin | Self::Node => |text| text.nav_admin,
            Self::Provider => |text| text.nav_provider,
            Self::User => |text| text.nav_user,
            Self::Live => |text| text.nav_live,
            Self::Performance => |text| text.nav_performance,
            Self::Research => |text| text.nav_research,
            Self::Settings => |text| text.nav_settings,
            Self::Guide => |text| text.nav_guide,
        }
    }

    /// The pages that a role can go to, its own first.
    pub const fn navigation_of(role: UserRole) -> &'static [Self] {
        match role {
            UserRole::Admin => &[Self::Admin, Self::Live, Self::Performance, Self::Research, Self::Settings],
            UserRole::User => &[Self::User, Self::Live, Self::Settings],
            UserRole::Provider => &[Self::Provider, Self::Live, Self::Settings],
            UserRole::Researcher => &[Self::Research, Self::Live, Self::Performance, Self::Settings],
        }
    }

    /// Who may see it; empty: everybody.
    pub const fn roles(self) -> &'static [UserRole] {
        match self {
            Self::Login | Self::Guide => &[],
            Self::Admin | Self::Node => &[UserRole::Admin],
            Self::Provider => &[UserRole::Provider],
            Self::User => &[UserRole::User],
            Self::Live | Self::Settings => &[UserRole::Admin, UserRole::Provider, UserRole::User, UserRole::Researcher],
            Self::Performance | Self::Research => &[UserRole::Admin, UserRole::Researcher],
        }
    }
}

/// Where somebody of this role begins; `None` is nobody.
pub fn home_of(role: Option<UserRole>) -> Route {
    role.and_then(|role| Route::navigation_of(role).first().copied()).unwrap_or(Route::Login)
}

/// Where to go after a login: back to `next` when it is a path of this application, else to the role's page.
pub fn after_login(next: Option<&str>, role: UserRole) -> String {
    let local = |path: &&str| path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    next.filter(local)
        .filter(|path| !path.starts_with(Route::Login.path()))
        .map_or_else(|| home_of(Some(role)).path().to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_login_a_person_is_back_where_the_session_ended() {
        assert_eq!(after_login(Some("/user?vehicle=3&seat=12"), UserRole::User), "/user?vehicle=3&seat=12");
        assert_eq!(after_login(None, UserRole::Admin), "/admin");
        assert_eq!(after_login(Some("/login"), UserRole::User), "/user");
    }

    #[test]
    fn a_way_back_never_leads_to_another_site() {
        for next in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""] {
            assert_eq!(after_login(Some(next), UserRole::User), "/user", "{next}");
        }
    }

    #[test]
    fn the_first_page_of_a_role_is_open_to_it() {
        for role in [UserRole::Admin, UserRole::Provider, UserRole::User, UserRole::Researcher] {
            assert!(home_of(Some(role)).roles().contains(&role), "{role:?}");
        }
        assert_eq!(home_of(None), Route::Login);
    }
}
