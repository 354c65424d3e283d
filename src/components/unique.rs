//! Rows are kept by key, and a key that comes twice gives a row that never goes, or a panic of the list. What a node
//! sends is made unique before a list sees it.

use std::collections::BTreeSet;

/// `items` without those whose key was there before: of several with one key the first stays, in its place.
pub fn unique_by<T, K: Ord>(mut items: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items.retain(|item| seen.insert(key(item)));
    items
}

#[cfg(test)]
mod tests {
    use super::unique_by;

    #[test]
    fn of_several_items_with_one_key_the_first_stays_in_its_place() {
        let items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (3, 'd'), (1, 'e')];
        assert_eq!(unique_by(items, |(key, _)| *key), [(2, 'a'), (1, 'b'), (3, 'd')]);
    }
}
