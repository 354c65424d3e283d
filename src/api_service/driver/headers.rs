//! What a request carries beside its body: who asks, the key of the action, the type of the body.

use std::borrow::Cow;
use std::rc::Rc;

use crate::api_service::endpoints::wire::path_part;
use crate::api_service::extra_headers::ExtraHeaders;
use crate::api_service::request::{Access, ApiRequest};
use crate::api_service::transport::Method;

/// Who asks. Kept out of logs: `Debug` shows no token.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    pub user_id: String,
    pub role: String,
    pub token: Option<String>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("user_id", &self.user_id).field("role", &self.role).finish_non_exhaustive()
    }
}

/// Which headers the requests of this page carry beside those of the call.
#[derive(Clone, Debug, Default)]
pub struct HeaderRules {
    /// `X-User-Id` and `X-User-Role`, for the older backend; `None`: in a session whose login gave no token.
    pub legacy_identity: Option<bool>,
    /// What the deployment needs, on every call but health checks.
    pub extra: ExtraHeaders,
}

impl HeaderRules {
    /// `X-User-Id` and `X-User-Role` of `identity`; nothing where a token says it all.
    pub(super) fn caller(&self, identity: Option<&Identity>) -> Vec<(Rc<str>, Rc<str>)> {
        let named = |identity: &&Identity| self.legacy_identity.unwrap_or(identity.token.is_none());
        identity.filter(named).map_or_else(Vec::new, |identity| {
            vec![
                ("X-User-Id".into(), header_value(&identity.user_id).into()),
                ("X-User-Role".into(), identity.role.as_str().into()),
            ]
        })
    }

    /// The headers of `request` when `identity` asks: those of the call itself, and the service's own after them.
    pub(super) fn headers(&self, request: &ApiRequest, identity: Option<&Identity>) -> Vec<(Rc<str>, Rc<str>)> {
        let mut headers = request.headers.clone();
        let mut add = |name: &str, value: &str| headers.push((Rc::from(name), Rc::from(value)));
        if request.body.is_some() {
            add("Content-Type", "application/json");
        }
        if let Some(token) = identity.and_then(|identity| identity.token.as_deref())
            && request.access == Access::Authenticated
        {
            add("Authorization", &format!("Bearer {token}"));
        }
        if let Some(key) = &request.idempotency_key {
            add("Idempotency-Key", key);
        }
        if says_who_asks(request) {
            headers.extend(self.caller(identity));
        }
        headers.extend(self.extra.of_request());
        headers
    }
}

/// The older backend wants to know who asks for whatever it serves. A login, or a registration, is nobody's yet.
fn says_who_asks(request: &ApiRequest) -> bool {
    request.access == Access::Authenticated || request.method == Method::Get
}

/// `text` as the value of a header: percent-encoded where a header does not hold it, which a browser would refuse.
fn header_value(text: &str) -> Cow<'_, str> {
    if is_header_value(text) { text.into() } else { path_part(text).into() }
}

/// Whether a header holds `text` as it is.
pub fn is_header_value(text: &str) -> bool {
    let is_held = |letter: char| matches!(letter, ' '..='~' | '\u{a0}'..='\u{ff}');
    text.chars().all(is_held) && text.trim() == text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_service::request::Repeat;

    fn names(legacy_identity: Option<bool>, token: Option<&str>, request: &ApiRequest) -> Vec<String> {
        let identity = Identity { user_id: "u-7".into(), role: "USER".into(), token: token.map(str::to_owned) };
        let headers = HeaderRules { legacy_identity, ..HeaderRules::default() }.headers(request, Some(&identity));
        headers.iter().map(|(name, _)| name.to_string()).collect()
    }

    /// Login, 401, login, 401: a backend that gives no token refused every call that did not say who asks, public reads too.
    #[test]
    fn a_login_without_a_token_says_who_asks_with_every_call_unless_it_is_forbidden() {
        let own = ApiRequest::read("/reservations/", Access::Authenticated);
        let public = ApiRequest::read("/api/integrated/vehicles", Access::Public);
        let login = ApiRequest::write(Method::Post, "/api/auth/login", None, Repeat::Harmless).public();
        let who = ["X-User-Id", "X-User-Role"];
        for read in [&own, &public] {
            assert_eq!(names(None, None, read), who);
            assert_eq!(names(Some(false), None, read), [""; 0]);
        }
        assert_eq!(names(None, None, &login), [""; 0], "whoever signs in is nobody yet");
        assert_eq!(names(None, Some("t"), &own), ["Authorization"]);
        assert_eq!(names(None, Some("t"), &public), [""; 0]);
        assert_eq!(names(Some(true), Some("t"), &own), ["Authorization", who[0], who[1]]);
        assert_eq!(names(Some(true), Some("t"), &public), who, "the token goes where it is wanted alone");
    }

    #[test]
    fn a_header_holds_latin_letters_and_all_else_is_percent_encoded() {
        assert_eq!(["u-7", "José", "a b"].map(header_value), ["u-7", "José", "a b"]);
        assert_eq!(["Łukasz", "a\nb", " a"].map(header_value), ["%C5%81ukasz", "a%0Ab", "%20a"]);
    }
}
