//! Collections of a few things: tens of nodes, requests, rows. What the standard library has for thousands is a lot of
//! code, once for every type.

/// Entries in the order of their ids. With tens of entries a sorted list is as quick as a tree, and its code is a
/// tenth of `BTreeMap`'s, which the wasm would hold once for every type of entry. What is in an entry stays where it
/// was put, and its place is used again: nothing is allocated once there were as many entries as there ever are.
#[derive(Clone, Debug)]
pub struct Table<K, V> {
    order: Vec<(K, usize)>,
    slots: Vec<Option<V>>,
    free: Vec<usize>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Copy + Ord, V> Table<K, V> {
    fn place(&self, key: K) -> Result<usize, usize> {
        match self.order.last() {
            // New ones are the youngest.
            Some((last, _)) if *last < key => Err(self.order.len()),
            _ => self.order.binary_search_by(|(known, _)| known.cmp(&key)),
        }
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        let at = self.place(*key).ok()?;
        self.slots[self.order[at].1].as_ref()
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.place(*key).ok()?;
        self.slots[self.order[at].1].as_mut()
    }

    /// Puts `value` in the place of what was there.
    pub fn insert(&mut self, key: K, value: V) {
        let at = match self.place(key) {
            Ok(at) => {
                self.slots[self.order[at].1] = Some(value);
                return;
            }
            Err(at) => at,
        };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot] = Some(value);
                slot
            }
            None => {
                self.slots.push(Some(value));
                self.slots.len() - 1
            }
        };
        self.order.insert(at, (key, slot));
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.place(*key).ok()?;
        let (_, slot) = self.order.remove(at);
        self.free.push(slot);
        self.slots[slot].take()
    }
}

impl<K, V> Table<K, V> {
    pub const fn new() -> Self {
        Self { order: Vec::new(), slots: Vec::new(), free: Vec::new() }
    }

    pub fn values(&self) -> impl Iterator<Item = &V> + Clone {
        self.order.iter().filter_map(|(_, slot)| self.slots[*slot].as_ref())
    }

    /// In no order that means anything.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.slots.iter_mut().flatten()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.order.iter().filter_map(|(key, slot)| Some((key, self.slots[*slot].as_ref()?)))
    }

    pub const fn len(&self) -> usize {
        self.order.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

/// Where each of some texts stands in a list, in the order of the texts: a thousand addresses are found to differ
/// without comparing each with each, which takes a page that begins a tenth of a second.
#[derive(Clone, Debug, Default)]
pub struct Places(Vec<(Box<str>, usize)>);

impl Places {
    /// Where `text` stands: at `next` from now on when it is new.
    pub fn place(&mut self, text: &str, next: usize) -> usize {
        match self.0.binary_search_by(|(known, _)| (**known).cmp(text)) {
            Ok(at) => self.0[at].1,
            Err(at) => {
                self.0.insert(at, (text.into(), next));
                next
            }
        }
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
        table.insert(4, 40);
        assert_eq!(table.values().copied().collect::<Vec<_>>(), [10, 21, 40, 90], "in the place of what was removed");
        assert_eq!(table.slots.len(), 4);
    }

    #[test]
    fn a_text_that_came_before_has_the_place_that_it_had() {
        let mut places = Places::default();
        let found: Vec<usize> =
            ["b", "a", "b", "c", "a"].iter().zip(0..).map(|(text, at)| places.place(text, at)).collect();
        assert_eq!(found, [0, 1, 0, 3, 1]);
    }

    #[test]
    fn equal_ones_keep_their_order() {
        let mut list = [(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')];
        sort_few(&mut list, |a, b| a.0 < b.0);
        assert_eq!(list, [(1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
    }
}
