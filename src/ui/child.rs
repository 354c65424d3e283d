//! What stands between the tags of a view. It is added to its element at once, by a way of its own kind: a text as a
//! text, an element as an element, a closure as one effect. Only what is handed on before it has a place becomes an
//! [`AnyView`], each of which brings code of its own for what it was made of.

use std::borrow::Cow;

use leptos::children::{ChildrenOptContainer, ToChildren};
use leptos::prelude::{AnyView, IntoAny as Erase, IntoRender, View};
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::element::{ElementType, HtmlElement};
use leptos::tachys::{html, svg};

use super::element::{Build, Element, LiveText, LiveView};
use super::value::Shown;

/// Something an element may contain.
pub trait Child {
    /// Adds it at the end of `parent`.
    fn append(self, parent: &mut Element);
}

/// Something that can be handed on as a view, whatever it is made of.
pub trait IntoAny {
    /// The view.
    fn into_any(self) -> AnyView;
}

/// What a closure returns that is called again whenever what it read changes.
pub trait Followed: Sized {
    /// What shows it.
    fn follow(read: impl FnMut() -> Self + 'static) -> Live;
}

/// What is written again whenever it changes.
pub enum Live {
    Text(LiveText),
    View(LiveView),
}

impl Live {
    fn view(read: impl FnMut() -> AnyView + 'static) -> Self {
        Self::View(LiveView::new(Box::new(read)))
    }
}

/// What stands between the tags of a component.
pub struct Children(Box<dyn FnOnce(&mut Element)>);

impl<F, C> ToChildren<F> for Children
where
    F: FnOnce() -> C + 'static,
    C: Child,
{
    fn to_children(make: F) -> Self {
        Self(Box::new(move |parent| make().append(parent)))
    }
}

impl<C: Child + 'static> ToChildren<ChildrenOptContainer<C>> for Children {
    fn to_children(ChildrenOptContainer(child): ChildrenOptContainer<C>) -> Self {
        Self(Box::new(move |parent| child.append(parent)))
    }
}

impl IntoRender for Children {
    type Output = Self;

    fn into_render(self) -> Self {
        self
    }
}

impl Child for Children {
    fn append(self, parent: &mut Element) {
        (self.0)(parent);
    }
}

/// As `collect_view` of Leptos: views of the one type there is.
pub trait CollectView {
    /// Collects what an iterator gives.
    fn collect_view(self) -> Vec<AnyView>;
}

impl<I: IntoIterator<Item: IntoAny>> CollectView for I {
    fn collect_view(self) -> Vec<AnyView> {
        self.into_iter().map(IntoAny::into_any).collect()
    }
}

#[inline(never)]
fn erase_element(element: Element) -> AnyView {
    Erase::into_any(element)
}

/// As several views, of which there is one or none: one kind of them less.
#[inline(never)]
fn erase_option(view: Option<AnyView>) -> AnyView {
    erase_all(view.into_iter().collect())
}

#[inline(never)]
fn erase_all(views: Vec<AnyView>) -> AnyView {
    Erase::into_any(views)
}

#[inline(never)]
fn erase_live(live: Live) -> AnyView {
    match live {
        Live::Text(text) => Erase::into_any(text),
        Live::View(view) => Erase::into_any(view),
    }
}

impl Child for () {
    fn append(self, _: &mut Element) {}
}

impl IntoAny for () {
    fn into_any(self) -> AnyView {
        erase_option(None)
    }
}

macro_rules! texts {
    ($($text:ty),*) => {
        $(
            impl Child for $text {
                fn append(self, parent: &mut Element) {
                    parent.text(&self);
                }
            }

            impl IntoAny for $text {
                fn into_any(self) -> AnyView {
                    Erase::into_any(self)
                }
            }

            impl Followed for $text {
                fn follow(mut read: impl FnMut() -> Self + 'static) -> Live {
                    Live::Text(LiveText::new(Box::new(move || read().shown())))
                }
            }
        )*
    };
}

texts!(&'static str, String, Cow<'static, str>);

impl Child for Element {
    fn append(self, parent: &mut Element) {
        parent.hold(self);
    }
}

impl IntoAny for Element {
    fn into_any(self) -> AnyView {
        erase_element(self)
    }
}

impl Followed for Element {
    fn follow(mut read: impl FnMut() -> Self + 'static) -> Live {
        Live::view(move || erase_element(read()))
    }
}

impl<E: ElementType, At: Attribute> Child for HtmlElement<E, At, ()>
where
    At::State: 'static,
{
    fn append(self, parent: &mut Element) {
        parent.hold(self.begun());
    }
}

impl<E: ElementType, At: Attribute> IntoAny for HtmlElement<E, At, ()>
where
    At::State: 'static,
{
    fn into_any(self) -> AnyView {
        erase_element(self.begun())
    }
}

impl Child for AnyView {
    fn append(self, parent: &mut Element) {
        parent.add(self);
    }
}

impl IntoAny for AnyView {
    fn into_any(self) -> AnyView {
        self
    }
}

impl Followed for AnyView {
    fn follow(read: impl FnMut() -> Self + 'static) -> Live {
        Live::view(read)
    }
}

/// What `view!` makes of what it is given.
impl<T: Child> Child for View<T> {
    fn append(self, parent: &mut Element) {
        self.into_inner().append(parent);
    }
}

impl<T: IntoAny> IntoAny for View<T> {
    fn into_any(self) -> AnyView {
        self.into_inner().into_any()
    }
}

impl<T: IntoAny> Followed for View<T> {
    fn follow(mut read: impl FnMut() -> Self + 'static) -> Live {
        Live::view(move || read().into_any())
    }
}

impl<T: Child> Child for Option<T> {
    fn append(self, parent: &mut Element) {
        if let Some(child) = self {
            child.append(parent);
        }
    }
}

impl<T: IntoAny> IntoAny for Option<T> {
    fn into_any(self) -> AnyView {
        erase_option(self.map(T::into_any))
    }
}

impl<T: IntoAny> Followed for Option<T> {
    fn follow(mut read: impl FnMut() -> Self + 'static) -> Live {
        Live::view(move || read().into_any())
    }
}

impl<T: Child> Child for Vec<T> {
    fn append(self, parent: &mut Element) {
        for child in self {
            child.append(parent);
        }
    }
}

impl<T: IntoAny> IntoAny for Vec<T> {
    fn into_any(self) -> AnyView {
        erase_all(self.collect_view())
    }
}

impl<T: IntoAny> Followed for Vec<T> {
    fn follow(mut read: impl FnMut() -> Self + 'static) -> Live {
        Live::view(move || read().into_any())
    }
}

impl<T: Child, const N: usize> Child for [T; N] {
    fn append(self, parent: &mut Element) {
        for child in self {
            child.append(parent);
        }
    }
}

impl<T: IntoAny, const N: usize> IntoAny for [T; N] {
    fn into_any(self) -> AnyView {
        erase_all(self.collect_view())
    }
}

impl Child for LiveText {
    fn append(self, parent: &mut Element) {
        parent.live_text(self);
    }
}

impl IntoAny for LiveText {
    fn into_any(self) -> AnyView {
        erase_live(Live::Text(self))
    }
}

/// What `view!` makes of `{move || …}`.
impl<T: Followed, F: FnMut() -> T + 'static> Child for F {
    fn append(self, parent: &mut Element) {
        match T::follow(self) {
            Live::Text(text) => parent.live_text(text),
            Live::View(view) => parent.live_view(view),
        }
    }
}

impl<T: Followed, F: FnMut() -> T + 'static> IntoAny for F {
    fn into_any(self) -> AnyView {
        erase_live(T::follow(self))
    }
}

/// What `view!` makes of elements without anything that follows a value.
macro_rules! inert {
    ($($inert:ty),*) => {
        $(
            impl Child for $inert {
                fn append(self, parent: &mut Element) {
                    parent.add(Erase::into_any(self));
                }
            }

            impl IntoAny for $inert {
                fn into_any(self) -> AnyView {
                    Erase::into_any(self)
                }
            }
        )*
    };
}

inert!(html::InertElement, svg::InertElement);

/// Several children; `view!` nests them from the seventeenth on.
macro_rules! several {
    ($($child:ident),*) => {
        #[expect(non_snake_case, reason = "named as their types")]
        impl<$($child: Child),*> Child for ($($child,)*) {
            fn append(self, parent: &mut Element) {
                let ($($child,)*) = self;
                $($child.append(parent);)*
            }
        }

        #[expect(non_snake_case, reason = "named as their types")]
        impl<$($child: IntoAny),*> IntoAny for ($($child,)*) {
            fn into_any(self) -> AnyView {
                let ($($child,)*) = self;
                erase_all(vec![$($child.into_any()),*])
            }
        }
    };
}

several!(A, B);
several!(A, B, C);
several!(A, B, C, D);
several!(A, B, C, D, E);
several!(A, B, C, D, E, F);
several!(A, B, C, D, E, F, G);
several!(A, B, C, D, E, F, G, H);
several!(A, B, C, D, E, F, G, H, I);
several!(A, B, C, D, E, F, G, H, I, J);
several!(A, B, C, D, E, F, G, H, I, J, K);
several!(A, B, C, D, E, F, G, H, I, J, K, L);
several!(A, B, C, D, E, F, G, H, I, J, K, L, M);
several!(A, B, C, D, E, F, G, H, I, J, K, L, M, N);
several!(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O);
several!(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P);
