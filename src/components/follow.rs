//! What a view follows, as signals of few types. A closure that stands in a view makes code of its own, some kilobytes
//! of it; a signal shares that of all others of its type.

use leptos::prelude::*;

/// A text, for a child or an attribute.
pub fn text<T: Into<String>>(read: impl Fn() -> T + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(move || read().into())
}

/// Whether an attribute such as `hidden` is there.
pub fn flag(read: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    Signal::derive(read)
}

/// `true` in an attribute such as `aria-busy`, which is absent otherwise.
pub fn if_true(read: impl Fn() -> bool + Send + Sync + 'static) -> Signal<Option<&'static str>> {
    Signal::derive(move || read().then_some("true"))
}

/// A part of a page that is made anew when what it reads changes.
pub fn part_of(read: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    fn made(read: Box<dyn Fn() -> AnyView + Send + Sync>) -> AnyView {
        (move || read()).into_any()
    }
    made(Box::new(read))
}

/// Nothing.
pub fn nothing() -> AnyView {
    ().into_any()
}
