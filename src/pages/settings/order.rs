//! Changes of a list of nodes. Pure.

use crate::api_service::address::{self, UrlProblem};
use crate::api_service::failover::NodeUrl;

/// Where a node goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Up,
    Down,
}

/// `nodes` with the one of this address a place further, and that place; `None` when there is none to go to.
pub fn moved(nodes: &[NodeUrl], url: &str, step: Step) -> Option<(Vec<NodeUrl>, usize)> {
    let from = nodes.iter().position(|node| node.as_str() == url)?;
    let to = match step {
        Step::Up => from.checked_sub(1)?,
        Step::Down => Some(from + 1).filter(|to| *to < nodes.len())?,
    };
    let mut nodes = nodes.to_vec();
    nodes.swap(from, to);
    Some((nodes, to))
}

/// `nodes` without the one of this address; `None` for the last one, and for one that is not there.
pub fn without(nodes: &[NodeUrl], url: &str) -> Option<Vec<NodeUrl>> {
    let rest: Vec<NodeUrl> = nodes.iter().filter(|node| node.as_str() != url).cloned().collect();
    (!rest.is_empty() && rest.len() < nodes.len()).then_some(rest)
}

/// Why a text cannot be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAdded {
    Url(UrlProblem),
    Listed,
}

/// The node that `text` names, when it is not among `nodes` yet.
pub fn new_node(nodes: &[NodeUrl], text: &str) -> Result<NodeUrl, NotAdded> {
    let url = address::node_url(text).map_err(NotAdded::Url)?;
    if nodes.contains(&url) { Err(NotAdded::Listed) } else { Ok(url) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes() -> Vec<NodeUrl> {
        ["http://a", "http://b", "http://c"].iter().map(|url| NodeUrl::from_normalized(*url)).collect()
    }

    fn texts(nodes: &[NodeUrl]) -> Vec<&str> {
        nodes.iter().map(NodeUrl::as_str).collect()
    }

    #[test]
    fn a_node_goes_one_place_and_not_beyond_the_ends() {
        let (up, place) = moved(&nodes(), "http://b", Step::Up).unwrap_or_default();
        assert_eq!((texts(&up), place), (vec!["http://b", "http://a", "http://c"], 0));
        let (down, place) = moved(&nodes(), "http://b", Step::Down).unwrap_or_default();
        assert_eq!((texts(&down), place), (vec!["http://a", "http://c", "http://b"], 2));
        assert_eq!(moved(&nodes(), "http://a", Step::Up), None);
        assert_eq!(moved(&nodes(), "http://c", Step::Down), None);
        assert_eq!(moved(&nodes(), "http://d", Step::Up), None);
    }

    #[test]
    fn the_last_node_stays() {
        assert_eq!(without(&nodes(), "http://b").as_deref().map(texts), Some(vec!["http://a", "http://c"]));
        assert_eq!(without(&nodes(), "http://d"), None);
        assert_eq!(without(&nodes()[..1], "http://a"), None);
    }

    #[test]
    fn a_node_is_added_once_whatever_its_spelling() {
        assert_eq!(new_node(&nodes(), "HTTP://B:80/"), Err(NotAdded::Listed));
        assert_eq!(new_node(&nodes(), "d:80"), Err(NotAdded::Url(UrlProblem::Scheme)));
        assert!(new_node(&nodes(), "http://d").is_ok());
    }
}
