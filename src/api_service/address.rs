//! The address of a node: what a person, a file or a node writes, in the one normal form that the browser's `URL` gives
//! it, so that two spellings of one node are one node.

use super::failover::NodeUrl;

/// Why a text is not the base URL of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlProblem {
    Empty,
    /// Neither `http://`, `https://` nor a path that begins with one `/`.
    Scheme,
    /// There is no host between the scheme and the path.
    NoHost,
    /// The host is neither a name nor an address.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
    /// A user or password: they would end up in logs and in the journal.
    Credentials,
    /// A `?` or `#`: a base URL has neither.
    Query,
    /// White space, a backslash or a control character inside.
    Character,
}

/// Stands for the page's own origin, on which a path alone is.
const OWN_ORIGIN: &str = "http://own-origin.invalid";

/// Reads the base URL of a node: scheme, host, port and path, or a path on the page's own origin.
///
/// # Errors
/// Why `text` is none.
pub fn node_url(text: &str) -> Result<NodeUrl, UrlProblem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(UrlProblem::Empty);
    }
    // `URL` drops some of these and takes others for a slash: what is shown would not be what is asked.
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(UrlProblem::Character);
    }
    if text.contains(['?', '#']) {
        return Err(UrlProblem::Query);
    }
    if text.starts_with('/') && !text.starts_with("//") {
        let (_, path) = parts(text).ok_or(UrlProblem::Character)?;
        let path = path.trim_end_matches('/');
        // `/..//a` is a path, and would be another host once something is asked of it.
        return match path {
            "" => Ok(NodeUrl::from_normalized("/")),
            _ if path.starts_with("//") => Err(UrlProblem::Scheme),
            _ => Ok(NodeUrl::from_normalized(path)),
        };
    }
    let authority = authority_of(text).ok_or(UrlProblem::Scheme)?;
    if authority.contains('@') {
        return Err(UrlProblem::Credentials);
    }
    let (host, port) = split_port(authority);
    if host.is_empty() || host == "[]" {
        return Err(UrlProblem::NoHost);
    }
    // `URL` takes port 0, which no server has, and says of no refusal what it is about.
    if port.is_some_and(|port| !port.is_empty() && port.parse::<u16>().is_ok_and(|port| port == 0)) {
        return Err(UrlProblem::Port);
    }
    let Some((origin, path)) = parts(text) else {
        if authority.starts_with('[') && !authority.contains(']') {
            return Err(UrlProblem::Host);
        }
        let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
        return Err(if port.is_none_or(is_port) { UrlProblem::Host } else { UrlProblem::Port });
    };
    // Chromium takes a host with a blank in it, which it encodes, and then asks nobody.
    if origin.contains('%') {
        return Err(UrlProblem::Host);
    }
    Ok(NodeUrl::from_normalized(format!("{origin}{}", path.trim_end_matches('/'))))
}

/// The URL of `path`, which begins with `/`, at the node at `base`.
pub fn at(base: &str, path: &str) -> String {
    // The root of the page's own origin is written `/`.
    format!("{}{path}", base.trim_end_matches('/'))
}

/// What stands between the scheme and the path; `None` for another scheme than http and https.
fn authority_of(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    let known = ["http", "https"].iter().any(|known| known.eq_ignore_ascii_case(scheme));
    known.then(|| rest.split('/').next().unwrap_or_default())
}

/// The host and what stands after its colon.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    // The colons inside an IPv6 address are not the one before the port.
    let after_host = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority[after_host..].find(':') {
        Some(colon) => (&authority[..after_host + colon], Some(&authority[after_host + colon + 1..])),
        None => (authority, None),
    }
}

/// Origin and path of `text`, as the browser reads it.
#[cfg(target_arch = "wasm32")]
fn parts(text: &str) -> Option<(String, String)> {
    super::browser::url_parts(text, OWN_ORIGIN)
}

/// Origin and path of `text`, as the browser would read it: by the same standard.
#[cfg(not(target_arch = "wasm32"))]
fn parts(text: &str) -> Option<(String, String)> {
    let url = url::Url::parse(OWN_ORIGIN).ok()?.join(text).ok()?;
    Some((url.origin().ascii_serialization(), url.path().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> Result<String, UrlProblem> {
        node_url(text).map(|url| url.to_string())
    }

    #[test]
    fn two_spellings_of_a_node_are_one_node() {
        for (text, expected) in [
            (" HTTP://LocalHost:8080/ ", "http://localhost:8080"),
            ("https://a.example:443/api/", "https://a.example/api"),
            ("http://[::1]:8081", "http://[::1]:8081"),
            ("http://[0:0:0:0:0:0:0:1]:8081", "http://[::1]:8081"),
            ("http://127.1:8080", "http://127.0.0.1:8080"),
            ("http://0x7f.0.0.1", "http://127.0.0.1"),
            ("http://bücher.example", "http://xn--bcher-kva.example"),
            ("http://BÜCHER.example:80/é", "http://xn--bcher-kva.example/%C3%A9"),
            ("http://a/api/../x//", "http://a/x"),
            ("http://a:08080", "http://a:8080"),
            ("http://a:", "http://a"),
        ] {
            assert_eq!(normal(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_path_on_the_own_origin_is_a_node_and_so_is_its_root() {
        for (text, expected) in
            [("/node/0/", "/node/0"), ("/", "/"), ("/.", "/"), ("/api/../x", "/x"), ("/../..", "/"), ("/a/./b", "/a/b")]
        {
            assert_eq!(normal(text).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(normal("/..//a.example"), Err(UrlProblem::Scheme), "that would be another host");
    }

    #[test]
    fn what_is_normal_stays_as_it_is() {
        for text in
            ["/", "/node/0", "http://[::1]:8081", "http://xn--bcher-kva.example/%C3%A9", "https://a.example/api"]
        {
            assert_eq!(normal(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_path_is_asked_of_the_node_and_never_of_another_host() {
        assert_eq!(at("http://a:1", "/api/health"), "http://a:1/api/health");
        assert_eq!(at("/node/1", "/api/health"), "/node/1/api/health");
        assert_eq!(at("/", "/api/health"), "/api/health");
    }

    #[test]
    fn every_refusal_has_its_reason() {
        let cases = [
            ("  ", UrlProblem::Empty),
            ("ftp://a", UrlProblem::Scheme),
            ("localhost:8080", UrlProblem::Scheme),
            ("//a.example", UrlProblem::Scheme),
            ("javascript:alert(1)", UrlProblem::Scheme),
            ("http:/a", UrlProblem::Scheme),
            ("http://", UrlProblem::NoHost),
            ("http:///a", UrlProblem::NoHost),
            ("http://:80", UrlProblem::NoHost),
            ("http://256.256.256.256:8080", UrlProblem::Host),
            ("http://1.2.3.4.5", UrlProblem::Host),
            ("http://[::zz]", UrlProblem::Host),
            ("http://[::1", UrlProblem::Host),
            ("http://a<b", UrlProblem::Host),
            ("http://a:0", UrlProblem::Port),
            ("http://a:70000", UrlProblem::Port),
            ("http://a:+80", UrlProblem::Port),
            ("http://a:8o80", UrlProblem::Port),
            ("http://user:secret@a", UrlProblem::Credentials),
            ("http://a/?x=1", UrlProblem::Query),
            ("http://a/#x", UrlProblem::Query),
            ("http://a b", UrlProblem::Character),
            ("http://a\\b", UrlProblem::Character),
        ];
        for (text, problem) in cases {
            assert_eq!(normal(text), Err(problem), "{text}");
        }
    }
}
