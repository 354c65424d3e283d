//! Values that are kept without being followed: what everything on the page may ask for, what an owner keeps, and what
//! is called back. Leptos makes its code for each of their types; here the types are told apart where they are read.

use std::any::TypeId;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use super::reactive::{Held, Source, cloned, typed};

thread_local! {
    static KNOWN: RefCell<Vec<Held>> = const { RefCell::new(Vec::new()) };
}

/// Makes a value known to everything on the page, in place of the one of its type.
pub fn provide_context<T: 'static>(value: T) {
    provide(Rc::new(value));
}

#[inline(never)]
fn provide(value: Held) {
    KNOWN.with_borrow_mut(|known| {
        known.retain(|other| (**other).type_id() != (*value).type_id());
        known.push(value);
    });
}

/// The value of this type that everything on the page knows.
pub fn use_context<T: Clone + 'static>() -> Option<T> {
    find(TypeId::of::<T>()).map(cloned)
}

#[inline(never)]
fn find(wanted: TypeId) -> Option<Held> {
    KNOWN.with_borrow(|known| known.iter().find(|value| (***value).type_id() == wanted).cloned())
}

/// The same, where the application cannot be without it.
pub fn expect_context<T: Clone + 'static>() -> T {
    match find(TypeId::of::<T>()) {
        Some(value) => cloned(value),
        None => unreachable!("provided before anything is shown: {}", std::any::type_name::<T>()),
    }
}

/// A value that lives as long as the owner it was made in, and is not followed.
pub struct StoredValue<T, Storage = ()> {
    source: Source,
    holds: PhantomData<fn() -> (T, Storage)>,
}

impl<T, Storage> Clone for StoredValue<T, Storage> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, Storage> Copy for StoredValue<T, Storage> {}

impl<T, Storage> std::fmt::Debug for StoredValue<T, Storage> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoredValue")
    }
}

impl<T: 'static> StoredValue<T> {
    /// A value of the current owner.
    pub fn new(value: T) -> Self {
        Self { source: Source::keep(Rc::new(RefCell::new(value))), holds: PhantomData }
    }
}

impl<T: 'static> StoredValue<T, super::LocalStorage> {
    /// The same, of a type that stays on its thread.
    pub fn new_local(value: T) -> Self {
        Self { source: Source::keep(Rc::new(RefCell::new(value))), holds: PhantomData }
    }
}

impl<T: 'static, Storage> StoredValue<T, Storage> {
    /// Reads the value; `None` when its owner is gone.
    pub fn try_with_value<U>(&self, read: impl FnOnce(&T) -> U) -> Option<U> {
        let held = self.source.kept()?;
        Some(read(&typed::<RefCell<T>>(&*held).borrow()))
    }

    /// Reads the value.
    pub fn with_value<U>(&self, read: impl FnOnce(&T) -> U) -> U {
        read(&typed::<RefCell<T>>(&*present(self.source)).borrow())
    }

    /// A copy of the value; `None` when its owner is gone.
    pub fn try_get_value(&self) -> Option<T>
    where
        T: Clone,
    {
        self.try_with_value(T::clone)
    }

    /// A copy of the value.
    pub fn get_value(&self) -> T
    where
        T: Clone,
    {
        self.with_value(T::clone)
    }

    /// Changes the value; `None` when its owner is gone.
    pub fn try_update_value<U>(&self, change: impl FnOnce(&mut T) -> U) -> Option<U> {
        let held = self.source.kept()?;
        Some(change(&mut typed::<RefCell<T>>(&*held).borrow_mut()))
    }

    /// Changes the value.
    pub fn update_value(&self, change: impl FnOnce(&mut T)) {
        change(&mut typed::<RefCell<T>>(&*present(self.source)).borrow_mut());
    }

    /// Puts a value in place of the one there was.
    pub fn set_value(&self, value: T) {
        typed::<RefCell<T>>(&*present(self.source)).replace(value);
    }

    /// The same; gives the value back when its owner is gone.
    pub fn try_set_value(&self, value: T) -> Option<T> {
        let Some(held) = self.source.kept() else { return Some(value) };
        typed::<RefCell<T>>(&*held).replace(value);
        None
    }
}

#[inline(never)]
fn present(source: Source) -> Held {
    match source.kept() {
        Some(held) => held,
        None => unreachable!("a value is read after its owner is gone"),
    }
}

/// Something to call, that is copied and lives as long as the owner it was made in.
pub struct Callback<In, Out = ()> {
    source: Source,
    takes: PhantomData<fn(In) -> Out>,
}

impl<In, Out> Clone for Callback<In, Out> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<In, Out> Copy for Callback<In, Out> {}

impl<In, Out> std::fmt::Debug for Callback<In, Out> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Callback")
    }
}

/// What a callback holds.
type Call<In, Out> = Box<dyn Fn(In) -> Out>;

impl<In: 'static, Out: 'static> Callback<In, Out> {
    /// A callback of the current owner.
    pub fn new(call: impl Fn(In) -> Out + 'static) -> Self {
        let call: Call<In, Out> = Box::new(call);
        Self { source: Source::keep(Rc::new(call)), takes: PhantomData }
    }

    /// Calls it.
    pub fn run(&self, input: In) -> Out {
        typed::<Call<In, Out>>(&*present(self.source))(input)
    }
}

impl<In: 'static, Out: 'static, F: Fn(In) -> Out + 'static> From<F> for Callback<In, Out> {
    fn from(call: F) -> Self {
        Self::new(call)
    }
}
