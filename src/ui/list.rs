//! Keyed lists: rows that keep their elements as long as their keys stay, whatever the rows are made of.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use leptos::prelude::{AnyView, IntoRender, Mountable, Owner, Render, component};
use leptos::reactive::effect::RenderEffect;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::view::any_view::AnyViewState;

use super::child::{Child, IntoAny};
use super::element::Element;

/// A row that should be there.
struct Row {
    key: u64,
    make: Box<dyn FnOnce() -> AnyView>,
}

/// A row that is there. What it shows ends before its owner does.
struct Shown {
    key: u64,
    view: AnyViewState,
    _owner: Owner,
}

/// The rows of a list before it has a place: they go at the end of the element it is given to.
pub struct List(Box<dyn Fn() -> Vec<Row>>);

/// Rows that keep their elements as long as their keys stay. As `For` of Leptos.
#[component]
pub fn For<T, Items, View, Key>(
    /// The items to show; followed.
    each: impl Fn() -> Items + 'static,
    /// What tells an item from the others.
    key: impl Fn(&T) -> Key + 'static,
    /// The row of an item.
    children: impl Fn(T) -> View + 'static,
) -> List
where
    T: 'static,
    Items: IntoIterator<Item = T>,
    View: IntoAny + 'static,
    Key: Hash,
{
    let children = Rc::new(children);
    List(Box::new(move || {
        let row = |item: T| {
            let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
            key(&item).hash(&mut hasher);
            let children = Rc::clone(&children);
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

impl IntoRender for List {
    type Output = Self;

    fn into_render(self) -> Self {
        self
    }
}

impl Child for List {
    fn append(self, parent: &mut Element) {
        parent.live_rows(self);
    }
}

impl List {
    /// Shows the rows before `end`, and follows them. They are owned by the current owner, not by the effect, which
    /// ends what it owns whenever it runs.
    pub(super) fn follow(self, end: web_sys::Node) -> RenderEffect<Option<Cow<'static, str>>> {
        let owner = Owner::current().unwrap_or_default();
        let mut shown = Vec::new();
        RenderEffect::new(move |_| {
            let rows = (self.0)();
            shown = replace(std::mem::take(&mut shown), rows, &owner);
            place(&mut shown, &end);
            None
        })
    }
}

/// The rows to show: those there were, and new ones. Those that are not wanted any more are gone.
fn replace(before: Vec<Shown>, rows: Vec<Row>, owner: &Owner) -> Vec<Shown> {
    let mut before: Vec<Option<Shown>> = before.into_iter().map(Some).collect();
    let mut kept = Vec::with_capacity(rows.len());
    // Most rows follow the same one as before: it is looked for from there on, and then from the beginning.
    let mut from = 0;
    for row in &rows {
        let is_this = |shown: &Option<Shown>| shown.as_ref().is_some_and(|shown| shown.key == row.key);
        let (first, later) = before.split_at(from);
        let at = later.iter().position(is_this).map(|at| from + at).or_else(|| first.iter().position(is_this));
        kept.push(at.and_then(|at| {
            from = at + 1;
            before[at].take()
        }));
    }
    for shown in before.iter_mut().flatten() {
        shown.view.unmount();
    }
    drop(before);
    let row = |(row, kept): (Row, Option<Shown>)| match kept {
        Some(shown) => shown,
        None => {
            let owner = owner.with(Owner::new);
            let view = owner.with(|| (row.make)().build());
            Shown { key: row.key, view, _owner: owner }
        }
    };
    rows.into_iter().zip(kept).map(row).collect()
}

/// Puts the rows in their order before `end`. A row that is where it belongs is not touched: it may have the focus.
fn place(rows: &mut [Shown], end: &web_sys::Node) {
    let Some(parent) = end.parent_element() else { return };
    let mut next = end.clone();
    for row in rows.iter_mut().rev() {
        let elements = row.view.elements();
        let there = elements.last().and_then(|last| Rndr::next_sibling(last));
        if there.as_ref() != Some(&next) {
            row.view.mount(&parent, Some(&next));
        }
        if let Some(first) = elements.into_iter().next() {
            next = first.into();
        }
    }
}
