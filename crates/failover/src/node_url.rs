//! The identity of a node: its base URL, in normal form, so that two spellings of one node are one node.

use std::fmt;

/// A node's base URL: scheme, host, port and path prefix, or a path on the page's own origin. No slash at its end, but
/// for `/`, the root of the page's own origin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeUrl(String);

impl NodeUrl {
    /// `base` is in normal form already: whoever knows what a URL is has seen to that. Two texts are two nodes here.
    pub fn from_normalized(base: impl Into<String>) -> Self {
        Self(base.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port; empty for the page's own origin.
    pub fn origin(&self) -> &str {
        let url = self.as_str();
        let host = url.find("://").map_or(0, |colon| colon + "://".len());
        url[host..].find('/').map_or(url, |slash| &url[..host + slash])
    }
}

impl fmt::Display for NodeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_behind_one_host_share_its_origin() {
        let origin = |text: &str| NodeUrl::from_normalized(text).origin().to_owned();
        assert_eq!(origin("http://a:1/node/0"), "http://a:1");
        assert_eq!(origin("https://a"), "https://a");
        assert_eq!(origin("http://[::1]:8081/a"), "http://[::1]:8081");
        assert_eq!((origin("/node/0"), origin("/")), (String::new(), String::new()));
    }
}
