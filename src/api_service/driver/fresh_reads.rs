//! Which reads must not be answered by the HTTP cache alone.
//!
//! A server may allow its lists to be kept for a minute. Whoever books a seat and looks at the list, or wants to know what
//! became of a booking, is to see what is there now: the first read of an address after a change is confirmed by its node.
//! The others may come from the cache, since a read that goes past it asks the browser for another preflight too.

use std::collections::BTreeSet;

use crate::api_service::transport::Cache;

/// Addresses that are remembered; beyond it all are forgotten, and confirmed once more.
const REMEMBERED: usize = 2_000;

/// What is known of the addresses that reads went to.
#[derive(Debug, Default)]
pub(super) struct FreshReads {
    generation: u64,
    /// Read since the last change: what a cache holds of them is newer.
    read_since: BTreeSet<String>,
    /// Whose answers say that no cache may keep them.
    never_kept: BTreeSet<String>,
}

/// A read under way: which changes came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Generation(u64);

impl FreshReads {
    /// Something may be different from now on: a write went out or came back, or somebody else asks.
    pub fn changed(&mut self) {
        self.generation += 1;
        self.read_since.clear();
    }

    /// Whether a cache may answer a read of `url` that begins now.
    pub fn cache_for(&self, url: &str) -> Cache {
        if self.read_since.contains(url) || self.never_kept.contains(url) { Cache::Allowed } else { Cache::Confirmed }
    }

    pub fn began(&self) -> Generation {
        Generation(self.generation)
    }

    /// `url`, asked for at `began`, was answered. `kept`: a cache may keep the answer.
    pub fn answered(&mut self, url: &str, began: Generation, kept: bool) {
        let known = if kept { &mut self.read_since } else { &mut self.never_kept };
        if known.len() >= REMEMBERED {
            known.clear();
        }
        if !kept || began.0 == self.generation {
            known.insert(url.to_owned());
        }
        if kept {
            self.never_kept.remove(url);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_read_of_an_address_after_a_change_is_confirmed_by_its_node() {
        let mut reads = FreshReads::default();
        assert_eq!(reads.cache_for("http://a/list"), Cache::Confirmed, "it may be of an earlier page");
        let began = reads.began();
        reads.answered("http://a/list", began, true);
        assert_eq!(reads.cache_for("http://a/list"), Cache::Allowed);
        assert_eq!(reads.cache_for("http://b/list"), Cache::Confirmed, "another node is another address");
        reads.changed();
        assert_eq!(reads.cache_for("http://a/list"), Cache::Confirmed);
    }

    #[test]
    fn a_read_that_began_before_a_change_confirms_nothing_after_it() {
        let mut reads = FreshReads::default();
        let began = reads.began();
        reads.changed();
        reads.answered("http://a/list", began, true);
        assert_eq!(reads.cache_for("http://a/list"), Cache::Confirmed);
    }

    #[test]
    fn what_no_cache_keeps_needs_no_confirmation_for_as_long_as_that_is_said() {
        let mut reads = FreshReads::default();
        let began = reads.began();
        reads.answered("http://a/list", began, false);
        reads.changed();
        assert_eq!(reads.cache_for("http://a/list"), Cache::Allowed);
        let began = reads.began();
        reads.answered("http://a/list", began, true);
        reads.changed();
        assert_eq!(reads.cache_for("http://a/list"), Cache::Confirmed);
    }

    #[test]
    fn addresses_without_end_take_no_memory_without_end() {
        let mut reads = FreshReads::default();
        for number in 0..3 * REMEMBERED {
            let began = reads.began();
            reads.answered(&format!("http://a/{number}"), began, number % 2 == 0);
        }
        assert!(reads.read_since.len() <= REMEMBERED && reads.never_kept.len() <= REMEMBERED);
    }
}
