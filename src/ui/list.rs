//! Keyed lists: one instance of Leptos' list in the wasm, whatever the rows are made of.

use std::hash::{Hash, Hasher};

use leptos::prelude::{AnyView, IntoAny, IntoView, component};

/// A row of a list.
struct Row {
    key: u64,
    make: Box<dyn FnOnce() -> AnyView + Send>,
}

/// Rows that keep their elements as long as their keys stay. As `For` of Leptos.
#[component]
pub fn For<T, Items, View, Key>(
    /// The items to show; followed.
    each: impl Fn() -> Items + Send + 'static,
    /// What tells an item from the others.
    key: impl Fn(&T) -> Key + Send + 'static,
    /// The row of an item.
    children: impl Fn(T) -> View + Clone + Send + 'static,
) -> impl IntoView
where
    T: Send + 'static,
    Items: IntoIterator<Item = T>,
    View: IntoView + 'static,
    Key: Hash,
{
    rows(Box::new(move || {
        let row = |item: T| {
            let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
            key(&item).hash(&mut hasher);
            let children = children.clone();
            Row { key: hasher.0, make: Box::new(move || children(item).into_any()) }
        };
        each().into_iter().map(row).collect()
    }))
}

/// FNV-1a in 64 bits: keys are told apart by their hash, and two of some thousand are never the same by chance.
struct Fnv(u64);

impl Hasher for Fnv {
    #[inline(never)]
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[inline(never)]
fn rows(each: Box<dyn Fn() -> Vec<Row> + Send>) -> AnyView {
    use leptos::prelude::{For, ForProps};
    For(ForProps { each: move || each(), key: |row: &Row| row.key, children: |row: Row| (row.make)() }).into_any()
}
