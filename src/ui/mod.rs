//! What views and stores are made of: Leptos, with doors of our own where Leptos would put one instance of its code
//! into the wasm for every type and every closure.
//!
//! Files write `use crate::ui::*;` in place of `use leptos::prelude::*;` and everything reads as in Leptos:
//! `view!`, `#[component]`, `Memo::new`, `{move || …}`. What differs is behind the names:
//!
//! | name | behind it |
//! |---|---|
//! | `<div class=… on:click=…>` in `view!` | [`Element`]: builds the DOM at once, every attribute by one of two functions |
//! | what stands between the tags | [`Child`]: added to its element at once; every closure by one of two effects |
//! | [`RwSignal`], [`Signal`], [`Memo`] | one signal and one memo of Leptos that hold a boxed value |
//! | [`StoredValue`], [`Callback`], [`use_context`] | a boxed value, kept by the owner or by the page |
//! | [`Effect`] | one effect of Leptos that runs a boxed closure |
//! | [`For`] | one keyed list whose rows are boxed closures |
//!
//! A component returns [`AnyView`]; what it is given between its tags is [`Children`], and `{children}` puts it in place.
//!
//! A closure that reads a memo and another one derived from it reads the first one first: with reactive_graph 0.2.16 it
//! is otherwise not run again when the derived one stays the same.
//!
//! An element that a closure makes again replaces the one before it; it is not patched in place. A closure that should
//! keep its elements returns text, or nothing that can have the focus.

mod child;
mod element;
mod held;
mod list;
mod reactive;
mod value;

pub use leptos::prelude::{
    AddAnyAttr, AnyView, LocalStorage, NodeRef, Owner, component, document, event_target, event_target_checked,
    event_target_value, on_cleanup, request_animation_frame, set_timeout, set_timeout_with_handle, untrack, view,
    window, window_event_listener, window_event_listener_untyped,
};
// The traits by which a `NodeRef` is read.
pub use leptos::prelude::{Get as _, GetUntracked as _};

pub use child::{Child, Children, CollectView, IntoAny};
pub use element::{Build, Element};
pub use held::{Callback, StoredValue, expect_context, provide_context, use_context};
pub use list::{For, ForProps};
pub use reactive::{Effect, Memo, RwSignal, Signal};
pub use value::{Shown, Value};
