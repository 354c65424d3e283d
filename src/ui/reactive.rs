//! Signals, memos and effects of Leptos behind boxed values: one instance of each in the wasm, whatever they hold.

use std::any::Any;
use std::marker::PhantomData;
use std::rc::Rc;

use ::leptos::reactive::owner::ArenaItem;
use leptos::prelude as leptos;
use leptos::{ArcMemo, ArcRwSignal, Get as _, GetUntracked as _, IsDisposed as _, LocalStorage, Set as _};
use send_wrapper::SendWrapper;

/// What a signal holds. Readers share it, so that a value is read outside of the signal's lock.
pub(super) type Held = Rc<dyn Any>;

/// What a handle stands for.
enum Node {
    Cell(ArcRwSignal<Held>),
    Memo(ArcMemo<Computed>),
    Derived(Box<dyn Fn() -> Held>),
    /// Not followed.
    Kept(Held),
}

/// Where the value of a signal is, whatever its kind: one number of 64 bits, since closures copy handles everywhere.
#[derive(Clone, Copy)]
pub(super) struct Source(ArenaItem<Rc<Node>, LocalStorage>);

impl Source {
    /// A node that lives as long as the current owner.
    #[inline(never)]
    fn new(node: Node) -> Self {
        Self(ArenaItem::new_with_storage(Rc::new(node)))
    }

    #[inline(never)]
    fn node(self) -> Rc<Node> {
        match self.0.try_get_value() {
            Some(node) => node,
            None => unreachable!("a signal is read after its owner is gone"),
        }
    }

    /// Keeps a value that is not followed.
    #[inline(never)]
    pub(super) fn keep(value: Held) -> Self {
        Self::new(Node::Kept(value))
    }

    /// The value that is kept; `None` when its owner is gone.
    #[inline(never)]
    pub(super) fn kept(self) -> Option<Held> {
        match &*self.0.try_get_value()? {
            Node::Kept(value) => Some(Rc::clone(value)),
            _ => None,
        }
    }

    /// The value, followed.
    #[inline(never)]
    fn value(self) -> Held {
        match &*self.node() {
            Node::Cell(cell) => cell.get(),
            Node::Memo(memo) => memo.get().held(),
            Node::Derived(derive) => derive(),
            Node::Kept(value) => Rc::clone(value),
        }
    }

    #[inline(never)]
    fn value_untracked(self) -> Held {
        match &*self.node() {
            Node::Cell(cell) => cell.get_untracked(),
            Node::Memo(memo) => memo.get_untracked().held(),
            Node::Derived(derive) => leptos::untrack(derive),
            Node::Kept(value) => Rc::clone(value),
        }
    }

    /// Writes the value of a cell.
    #[inline(never)]
    fn set(self, value: Held) {
        match &*self.node() {
            Node::Cell(cell) => cell.set(value),
            Node::Memo(_) | Node::Derived(_) | Node::Kept(_) => unreachable!("only cells are written"),
        }
    }

    #[inline(never)]
    fn is_disposed(self) -> bool {
        self.0.is_disposed()
    }
}

/// What a memo holds: a value, and how it is told from another one.
#[derive(Clone)]
struct Computed {
    value: SendWrapper<Held>,
    same: fn(&dyn Any, &dyn Any) -> bool,
}

impl PartialEq for Computed {
    fn eq(&self, other: &Self) -> bool {
        (self.same)(&**self.value, &**other.value)
    }
}

impl Computed {
    fn new<T: PartialEq + 'static>(value: T) -> Self {
        fn same<T: PartialEq + 'static>(a: &dyn Any, b: &dyn Any) -> bool {
            typed::<T>(a) == typed::<T>(b)
        }
        Self { value: SendWrapper::new(Rc::new(value)), same: same::<T> }
    }

    fn held(self) -> Held {
        self.value.take()
    }
}

/// The value of a handle: of type `T`, since the handle was made with one.
#[inline(never)]
pub(super) fn typed<T: 'static>(value: &dyn Any) -> &T {
    match value.downcast_ref() {
        Some(value) => value,
        None => unreachable!("a handle of another type"),
    }
}

/// Not inlined, so that every reader calls it.
#[inline(never)]
fn release(value: Held) {
    drop(value);
}

/// The methods of a handle that can be read.
macro_rules! readable {
    () => {
        /// The value now; followed when called in a reactive place.
        pub fn get(&self) -> T
        where
            T: Clone,
        {
            cloned(self.source().value())
        }

        /// The value now.
        pub fn get_untracked(&self) -> T
        where
            T: Clone,
        {
            cloned(self.source().value_untracked())
        }

        /// Reads the value; followed when called in a reactive place.
        pub fn with<U>(&self, read: impl FnOnce(&T) -> U) -> U {
            let value = self.source().value();
            let result = read(typed(&*value));
            release(value);
            result
        }

        /// Reads the value.
        pub fn with_untracked<U>(&self, read: impl FnOnce(&T) -> U) -> U {
            let value = self.source().value_untracked();
            let result = read(typed(&*value));
            release(value);
            result
        }

        /// The value now, unless its owner is gone.
        pub fn try_get_untracked(&self) -> Option<T>
        where
            T: Clone,
        {
            (!self.is_disposed()).then(|| self.get_untracked())
        }

        /// Follows the value without reading it.
        pub fn track(&self) {
            release(self.source().value());
        }

        /// Whether the owner is gone, and the value with it.
        pub fn is_disposed(&self) -> bool {
            self.source().is_disposed()
        }
    };
}

#[inline(never)]
pub(super) fn cloned<T: Clone + 'static>(value: Held) -> T {
    let copy = typed::<T>(&*value).clone();
    release(value);
    copy
}

/// A handle is copied whatever its value is.
macro_rules! copied {
    ($handle:ident) => {
        impl<T> Clone for $handle<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $handle<T> {}

        impl<T> std::fmt::Debug for $handle<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($handle))
            }
        }
    };
}

/// A value that is written, and followed by those who read it.
pub struct RwSignal<T> {
    source: Source,
    holds: PhantomData<fn() -> T>,
}

copied!(RwSignal);

impl<T: 'static> RwSignal<T> {
    /// A signal that lives as long as the current owner.
    pub fn new(value: T) -> Self {
        Self { source: new_cell(Rc::new(value)), holds: PhantomData }
    }

    const fn source(self) -> Source {
        self.source
    }

    readable!();

    /// Writes a value and tells those who follow it.
    pub fn set(&self, value: T) {
        self.source.set(Rc::new(value));
    }

    /// The same; gives the value back when the owner is gone.
    pub fn try_set(&self, value: T) -> Option<T> {
        if self.is_disposed() {
            return Some(value);
        }
        self.set(value);
        None
    }

    /// The same, unless the owner is gone.
    pub fn try_update(&self, change: impl FnOnce(&mut T))
    where
        T: Clone,
    {
        if !self.is_disposed() {
            self.update(change);
        }
    }

    /// Changes the value and tells those who follow it.
    pub fn update(&self, change: impl FnOnce(&mut T))
    where
        T: Clone,
    {
        let mut value = self.get_untracked();
        change(&mut value);
        self.set(value);
    }
}

#[inline(never)]
fn new_cell(value: Held) -> Source {
    Source::new(Node::Cell(ArcRwSignal::new(value)))
}

/// A value that follows others, computed when it is read and told to those who follow it only when it changed.
pub struct Memo<T> {
    source: Source,
    holds: PhantomData<fn() -> T>,
}

copied!(Memo);

impl<T: 'static> Memo<T> {
    /// A memo that lives as long as the current owner. `compute` gets the value before.
    pub fn new(compute: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Self
    where
        T: PartialEq + Send + Sync,
    {
        let compute =
            move |before: Option<&Computed>| Computed::new(compute(before.map(|before| typed(&**before.value))));
        Self { source: new_memo(Box::new(compute)), holds: PhantomData }
    }

    const fn source(self) -> Source {
        self.source
    }

    readable!();
}

type Compute = Box<dyn Fn(Option<&Computed>) -> Computed + Send + Sync>;

#[inline(never)]
fn new_memo(compute: Compute) -> Source {
    Source::new(Node::Memo(ArcMemo::new(compute)))
}

/// A value that is read and followed, wherever it comes from.
pub struct Signal<T> {
    source: Source,
    holds: PhantomData<fn() -> T>,
}

copied!(Signal);

impl<T: 'static> Signal<T> {
    /// A value that is computed whenever it is read.
    pub fn derive(compute: impl Fn() -> T + 'static) -> Self {
        Self::of(new_derived(Box::new(move || Rc::new(compute()))))
    }

    /// A value that never changes.
    pub fn stored(value: T) -> Self {
        RwSignal::new(value).into()
    }

    const fn of(source: Source) -> Self {
        Self { source, holds: PhantomData }
    }

    const fn source(self) -> Source {
        self.source
    }

    readable!();
}

#[inline(never)]
fn new_derived(compute: Box<dyn Fn() -> Held>) -> Source {
    Source::new(Node::Derived(compute))
}

impl<T: 'static> From<RwSignal<T>> for Signal<T> {
    fn from(signal: RwSignal<T>) -> Self {
        Self::of(signal.source())
    }
}

impl<T: 'static> From<Memo<T>> for Signal<T> {
    fn from(memo: Memo<T>) -> Self {
        Self::of(memo.source())
    }
}

impl<T: 'static> From<T> for Signal<T> {
    fn from(value: T) -> Self {
        Self::stored(value)
    }
}

impl From<&str> for Signal<String> {
    fn from(value: &str) -> Self {
        Self::stored(value.to_owned())
    }
}

impl<T: Default + 'static> Default for Signal<T> {
    fn default() -> Self {
        Self::stored(T::default())
    }
}

/// Something that is done again whenever what it reads changes, until the current owner is gone.
pub struct Effect;

impl Effect {
    /// Runs `run` soon, and again after every change. It gets what it returned before.
    #[expect(clippy::new_ret_no_self, reason = "as in Leptos: the effect lives with its owner")]
    pub fn new<T: 'static>(mut run: impl FnMut(Option<T>) -> T + 'static) {
        let mut before = None;
        new_effect(Box::new(move || before = Some(run(before.take()))));
    }

    /// Runs `react` with the value of `watch` now and before, whenever it changed; the first time only when
    /// `immediate`. What `react` reads is not followed.
    pub fn watch<T: 'static>(
        mut watch: impl FnMut() -> T + 'static,
        mut react: impl FnMut(&T, Option<&T>) + 'static,
        immediate: bool,
    ) {
        Self::new(move |before: Option<T>| {
            let now = watch();
            if immediate || before.is_some() {
                leptos::untrack(|| react(&now, before.as_ref()));
            }
            now
        });
    }
}

#[inline(never)]
fn new_effect(mut run: Box<dyn FnMut()>) {
    leptos::Effect::new(move |_: Option<()>| run());
}
