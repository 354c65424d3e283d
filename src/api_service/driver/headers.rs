//! What a request carries beside its body: who asks, the key of the action, the type of the body.

use std::borrow::Cow;
use std::rc::Rc;

use crate::api_service::endpoints::wire::path_part;
use crate::api_service::request::{Access, ApiRequest};

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
#[derive(Clone, Copy, Debug, Default)]
pub struct HeaderRules {
    /// `X-User-Id` and `X-User-Role`, for the older backend.
    pub legacy_identity: bool,
}

impl HeaderRules {
    /// The headers of `request` when `identity` asks: those of the call itself, and the service's own after them.
    pub(super) fn headers(self, request: &ApiRequest, identity: Option<&Identity>) -> Vec<(Rc<str>, Rc<str>)> {
        let mut headers = request.headers.clone();
        let mut add = |name: &str, value: &str| headers.push((Rc::from(name), Rc::from(value)));
        if request.body.is_some() {
            add("Content-Type", "application/json");
        }
        if let Some(identity) = identity.filter(|_| request.access == Access::Authenticated) {
            if let Some(token) = &identity.token {
                add("Authorization", &format!("Bearer {token}"));
            }
            if self.legacy_identity {
                add("X-User-Id", &header_value(&identity.user_id));
                add("X-User-Role", &identity.role);
            }
        }
        if let Some(key) = &request.idempotency_key {
            add("Idempotency-Key", key);
        }
        headers
    }
}

/// `text` as the value of a header: percent-encoded where a header does not hold it, which a browser would refuse.
fn header_value(text: &str) -> Cow<'_, str> {
    let is_held = |letter: char| matches!(letter, ' '..='~' | '\u{a0}'..='\u{ff}');
    if text.chars().all(is_held) && text.trim() == text { text.into() } else { path_part(text).into() }
}

#[cfg(test)]
mod tests {
    use super::header_value;

    #[test]
    fn a_header_holds_latin_letters_and_all_else_is_percent_encoded() {
        assert_eq!(["u-7", "José", "a b"].map(header_value), ["u-7", "José", "a b"]);
        assert_eq!(["Łukasz", "a\nb", " a"].map(header_value), ["%C5%81ukasz", "a%0Ab", "%20a"]);
    }
}
