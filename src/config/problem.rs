//! Why a configuration is refused.

use crate::api_service::HeaderProblem;
use crate::api_service::address::UrlProblem;

/// A value of the file that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigProblem {
    /// The file is not JSON; line and column are where reading stopped.
    NotJson {
        line: usize,
        column: usize,
    },
    /// The file is JSON, but not an object.
    NotAnObject,
    /// `nodes` is there and is not a list.
    NodesNotAList,
    /// `nodes` is an empty list.
    NoNodes,
    /// There is no `nodes`, and the page comes from elsewhere than the machine that the default nodes are on.
    NodesMissing,
    TooManyNodes {
        count: usize,
        most: usize,
    },
    /// An entry of `nodes`, counted from 0, is not a text.
    NodeNotText {
        index: usize,
    },
    Node {
        index: usize,
        text: String,
        problem: UrlProblem,
    },
    /// Two entries of `nodes` are the same node.
    DuplicateNode {
        index: usize,
        first: usize,
        url: String,
    },
    NotANumber {
        field: &'static str,
        text: String,
    },
    OutOfBounds {
        field: &'static str,
        value: String,
        least: u32,
        most: u32,
    },
    NotABoolean {
        field: &'static str,
        text: String,
    },
    /// `order` is neither `listed` nor `spread`.
    UnknownOrder {
        text: String,
    },
    /// `headers`, or a value in it, is not what it should be.
    HeadersNotTexts {
        text: String,
    },
    /// A header that cannot be sent, or is not the deployment's to set.
    Header {
        name: String,
        problem: HeaderProblem,
    },
    /// `currency` is not a code of three letters.
    NotACurrency {
        text: String,
    },
}
