//! Request headers that a deployment needs, such as the key of a gateway before the nodes: sent with every call to a node
//! but health checks, which stay requests without a preflight.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use super::driver::is_header_value;

/// Names and values, as they are sent. Kept out of logs and exports, since a value may be a secret: `Debug` shows names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ExtraHeaders(Arc<[(Arc<str>, Arc<str>)]>);

impl fmt::Debug for ExtraHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Why a header cannot be one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderProblem {
    /// The name is empty, or has a letter that no header's name has.
    Name,
    /// Browsers let no page set it.
    Forbidden,
    /// The application sets it itself.
    Own,
    /// Another one has the same name: names are the same in any case.
    Twice,
    /// The value is empty, too long, begins or ends with a space, or has a letter that no header holds.
    Value,
}

/// More than these are no header but a mistake.
const LETTERS_AT_MOST: usize = 4_096;

/// What the Fetch standard forbids pages to set, beside the names that begin with `proxy-` or `sec-`; and what would make
/// a call another one on its way.
const FORBIDDEN: [&str; 26] = [
    "accept-charset",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
];

/// What the application sets by itself on some call.
const OWN: [&str; 10] = [
    "accept",
    "authorization",
    "cache-control",
    "content-type",
    "idempotency-key",
    "last-event-id",
    "pragma",
    "x-raft-min-index",
    "x-user-id",
    "x-user-role",
];

impl ExtraHeaders {
    /// # Errors
    /// Each name with the reason why it, or its value, cannot be sent.
    pub fn new(headers: impl IntoIterator<Item = (String, String)>) -> Result<Self, Vec<(String, HeaderProblem)>> {
        let (mut taken, mut problems) = (Vec::<(Arc<str>, Arc<str>)>::new(), Vec::new());
        for (name, value) in headers {
            let twice = taken.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name));
            match problem_of(&name, &value).or_else(|| twice.then_some(HeaderProblem::Twice)) {
                Some(problem) => problems.push((name, problem)),
                None => taken.push((name.into(), value.into())),
            }
        }
        if problems.is_empty() { Ok(Self(taken.into())) } else { Err(problems) }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As a request carries them.
    pub(super) fn of_request(&self) -> impl Iterator<Item = (Rc<str>, Rc<str>)> {
        self.0.iter().map(|(name, value)| (Rc::from(&**name), Rc::from(&**value)))
    }
}

fn problem_of(name: &str, value: &str) -> Option<HeaderProblem> {
    // A token of HTTP.
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_letter) {
        return Some(HeaderProblem::Name);
    }
    let lower = name.to_ascii_lowercase();
    if FORBIDDEN.contains(&&*lower) || lower.starts_with("proxy-") || lower.starts_with("sec-") {
        return Some(HeaderProblem::Forbidden);
    }
    if OWN.contains(&&*lower) {
        return Some(HeaderProblem::Own);
    }
    let is_value = !value.is_empty() && value.len() <= LETTERS_AT_MOST && is_header_value(value);
    (!is_value).then_some(HeaderProblem::Value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(headers: &[(&str, &str)]) -> Result<ExtraHeaders, Vec<(String, HeaderProblem)>> {
        ExtraHeaders::new(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn names_that_browsers_keep_or_that_the_application_sets_are_refused_in_any_case() {
        use HeaderProblem::{Forbidden, Name, Own};
        let cases = [
            ("Cookie", Forbidden),
            ("SEC-Fetch-Mode", Forbidden),
            ("proxy-authorization", Forbidden),
            ("X-HTTP-Method-Override", Forbidden),
            ("AUTHORIZATION", Own),
            ("x-user-id", Own),
            ("Idempotency-Key", Own),
            ("X Key", Name),
            ("X-Clé", Name),
            ("X:Key", Name),
            ("", Name),
        ];
        for (name, problem) in cases {
            assert_eq!(made(&[(name, "v")]), Err(vec![(name.to_owned(), problem)]), "{name}");
        }
        assert!(made(&[("X-Api-Key", "k-1"), ("x-tenant", "Société")]).is_ok());
    }

    #[test]
    fn a_value_that_no_header_holds_and_a_name_that_comes_twice_are_refused_and_all_is_said_at_once() {
        for value in ["", " a", "a\nb", "a\u{0}", "ł", &"x".repeat(4_097)] {
            assert_eq!(made(&[("X-Key", value)]), Err(vec![("X-Key".to_owned(), HeaderProblem::Value)]), "{value:?}");
        }
        let found = made(&[("X-Key", "a"), ("x-key", "b"), ("Host", "c")]);
        let expected = vec![("x-key".to_owned(), HeaderProblem::Twice), ("Host".to_owned(), HeaderProblem::Forbidden)];
        assert_eq!(found, Err(expected));
    }

    #[test]
    fn what_is_printed_of_them_holds_no_value() {
        let headers = made(&[("X-Api-Key", "secret")]).unwrap_or_default();
        assert_eq!(format!("{headers:?}"), r#"["X-Api-Key"]"#);
    }
}
