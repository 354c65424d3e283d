//! The cluster that the page is in, for as long as the tab lives. Another cluster that answers at the same addresses after
//! a reload is not followed unasked.

use std::cell::RefCell;
use std::sync::Arc;

use leptos::prelude::*;

use crate::api_service::ApiService;
use crate::storage::{self, Area};

const STORAGE_KEY: &str = "vcube.cluster";

/// Goes on in the cluster of before the reload, when the list of nodes is the one of then, and keeps every later one.
pub fn keep_cluster(api: ApiService) {
    let kept = storage::read(Area::Tab, STORAGE_KEY);
    if let Some(cluster) = kept.as_deref().and_then(|kept| cluster_of(kept, &nodes(api))) {
        api.resume_cluster(cluster);
    }
    let known = RefCell::new(api.cluster());
    let subscription = api.on_change(move || {
        let cluster = api.cluster();
        if *known.borrow() == cluster {
            return;
        }
        if let Some(cluster) = &cluster {
            storage::write(Area::Tab, STORAGE_KEY, &format!("{cluster}\n{}", nodes(api)));
        }
        known.replace(cluster);
    });
    StoredValue::new_local(subscription);
}

/// The addresses of the list, one a line.
fn nodes(api: ApiService) -> String {
    let urls: Vec<Arc<str>> = api.snapshot().nodes.into_iter().map(|node| node.url).collect();
    urls.join("\n")
}

/// What was kept: the cluster in the first line, in the others the list that it was found in.
fn cluster_of<'a>(kept: &'a str, nodes: &str) -> Option<&'a str> {
    let (cluster, listed) = kept.split_once('\n')?;
    (listed == nodes).then_some(cluster)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_remembered_for_the_list_that_it_was_found_in() {
        assert_eq!(cluster_of("c1\nhttp://a\nhttp://b", "http://a\nhttp://b"), Some("c1"));
        assert_eq!(cluster_of("c1\nhttp://a", "http://a\nhttp://b"), None);
        assert_eq!(cluster_of("c1", ""), None);
    }
}
