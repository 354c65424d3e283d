//! The identity of a node: its base URL, normalised, so that two spellings of one node are one node.

use std::fmt;

/// A node's base URL: scheme, host, port and path prefix, or a path on the page's own origin. No slash at its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeUrl(String);

/// With the port that is not written.
const SCHEMES: [(&str, u16); 2] = [("http://", 80), ("https://", 443)];

/// Why a text is not the base URL of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlProblem {
    Empty,
    /// Neither `http://`, `https://` nor a path that begins with one `/`.
    Scheme,
    /// There is no host between the scheme and the path.
    NoHost,
    /// The port is not a number from 1 to 65535.
    Port,
    /// A user or password: they would end up in logs and in the journal.
    Credentials,
    /// A `?` or `#`: a base URL has neither.
    Query,
    /// White space or a control character inside.
    Character,
}

impl NodeUrl {
    /// Normalises `text`: scheme and host in lower case, no default port, no slash at the end.
    pub fn parse(text: &str) -> Result<Self, UrlProblem> {
        let text = text.trim();
        if text.is_empty() {
            return Err(UrlProblem::Empty);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err(UrlProblem::Character);
        }
        if text.contains(['?', '#']) {
            return Err(UrlProblem::Query);
        }
        if text.starts_with('/') && !text.starts_with("//") {
            return Ok(Self(text.trim_end_matches('/').to_owned()));
        }
        let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
        let (scheme, default_port) =
            SCHEMES.into_iter().find(|(scheme, _)| begins(scheme)).ok_or(UrlProblem::Scheme)?;
        let rest = &text[scheme.len()..];
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        if authority.contains('@') {
            return Err(UrlProblem::Credentials);
        }
        let (host, port) = split_port(authority)?;
        if host.is_empty() || host == "[]" {
            return Err(UrlProblem::NoHost);
        }
        let mut url = format!("{scheme}{}", host.to_ascii_lowercase());
        if let Some(port) = port.filter(|port| *port != default_port) {
            url.push(':');
            url.push_str(&port.to_string());
        }
        url.push_str(path.trim_end_matches('/'));
        Ok(Self(url))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port; empty for the page's own origin.
    pub fn origin(&self) -> &str {
        let url = self.as_str();
        let host =
            SCHEMES.into_iter().find(|(scheme, _)| url.starts_with(scheme)).map_or(0, |(scheme, _)| scheme.len());
        url[host..].find('/').map_or(url, |slash| &url[..host + slash])
    }
}

impl fmt::Display for NodeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), UrlProblem> {
    // The colons inside an IPv6 address are not the one before the port.
    let after_host = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority[after_host..].find(':') {
        None => Ok((authority, None)),
        Some(colon) => {
            let (host, port) = authority.split_at(after_host + colon);
            let port: u16 = port[1..].parse().map_err(|_| UrlProblem::Port)?;
            if port == 0 { Err(UrlProblem::Port) } else { Ok((host, Some(port))) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> Result<String, UrlProblem> {
        NodeUrl::parse(text).map(|url| url.0)
    }

    #[test]
    fn two_spellings_of_a_node_are_one_node() {
        assert_eq!(normal(" HTTP://LocalHost:8080/ "), Ok("http://localhost:8080".into()));
        assert_eq!(normal("https://a.example:443/api/"), Ok("https://a.example/api".into()));
        assert_eq!(normal("http://[::1]:8081"), Ok("http://[::1]:8081".into()));
    }

    #[test]
    fn a_path_on_the_own_origin_is_a_node() {
        assert_eq!(normal("/node/0/"), Ok("/node/0".into()));
    }

    #[test]
    fn nodes_behind_one_host_share_its_origin() {
        let origin = |text| NodeUrl::parse(text).map(|url| url.origin().to_owned());
        assert_eq!(origin("http://a:1/node/0"), Ok("http://a:1".into()));
        assert_eq!(origin("https://a"), Ok("https://a".into()));
        assert_eq!(origin("/node/0"), Ok(String::new()));
    }

    #[test]
    fn every_refusal_has_its_reason() {
        let cases = [
            ("  ", UrlProblem::Empty),
            ("ftp://a", UrlProblem::Scheme),
            ("localhost:8080", UrlProblem::Scheme),
            ("//a.example", UrlProblem::Scheme),
            ("javascript:alert(1)", UrlProblem::Scheme),
            ("http://", UrlProblem::NoHost),
            ("http://:80", UrlProblem::NoHost),
            ("http://a:0", UrlProblem::Port),
            ("http://a:70000", UrlProblem::Port),
            ("http://user:secret@a", UrlProblem::Credentials),
            ("http://a/?x=1", UrlProblem::Query),
            ("http://a b", UrlProblem::Character),
        ];
        for (text, problem) in cases {
            assert_eq!(normal(text), Err(problem), "{text}");
        }
    }
}
