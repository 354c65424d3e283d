//! Collections of a few things: tens of nodes, requests, rows. What the standard library has for thousands is a lot of
//! code, once for every type.

/// Entries in the order of their ids. With tens of entries a sorted list is as quick as a tree, and its code is a
/// tenth of `BTreeMap`'s, which the wasm would hold once for every type of entry.
#[derive(Clone, Debug)]
pub struct Table<K, V>(Vec<(K, Box<V>)>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Copy + Ord, V> Table<K, V> {
    fn place(&self, key: K) -> Result<usize, usize> {
        match self.0.last() {
            // New ones are the youngest.
            Some((last, _)) if *last < key => Err(self.0.len()),
            _ => self.0.binary_search_by(|(known, _)| known.cmp(&key)),
        }
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        self.place(*key).ok().map(|at| &*self.0[at].1)
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.place(*key).ok().map(|at| &mut *self.0[at].1)
    }

    /// Puts `value` in the place of what was there.
    pub fn insert(&mut self, key: K, value: V) {
        let value = Box::new(value);
        match self.place(key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.place(*key).ok().map(|at| *self.0.remove(at).1)
    }
}

impl<K, V> Table<K, V> {
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    pub fn values(&self) -> impl Iterator<Item = &V> + Clone {
        self.0.iter().map(|(_, value)| &**value)
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| &mut **value)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, &**value))
    }

    pub const fn len(&self) -> usize {
        self.0.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Sorts in place; equal ones keep their order. Quick for what is short or nearly sorted, as lists of nodes are.
pub fn sort_few<T>(list: &mut [T], is_before: impl Fn(&T, &T) -> bool) {
    for end in 1..list.len() {
        let mut at = end;
        while at > 0 && is_before(&list[at], &list[at - 1]) {
            list.swap(at, at - 1);
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_their_ids_in_whatever_order_they_came() {
        let mut table = Table::new();
        for id in [3_u64, 1, 2, 9] {
            table.insert(id, id * 10);
        }
        table.insert(2, 21);
        assert_eq!(table.values().copied().collect::<Vec<_>>(), [10, 21, 30, 90]);
        assert_eq!(table.remove(&3), Some(30));
        assert_eq!(table.remove(&3), None);
        assert_eq!(table.get(&9), Some(&90));
        assert_eq!((table.len(), table.get(&4)), (3, None));
    }

    #[test]
    fn equal_ones_keep_their_order() {
        let mut list = [(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')];
        sort_few(&mut list, |a, b| a.0 < b.0);
        assert_eq!(list, [(1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
    }
}
