//! What the attributes and the texts of a view take: fixed values, and values that are followed.

use std::borrow::Cow;

use leptos::prelude::{IntoAttributeValue, IntoRender};

use super::element::{Element, LiveText, Slot};
use super::{Memo, RwSignal, Signal};

/// Something that can be written: `None` takes the attribute away and shows no text.
pub trait Shown {
    fn shown(self) -> Option<Cow<'static, str>>;
}

impl Shown for &'static str {
    fn shown(self) -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(self))
    }
}

impl Shown for String {
    fn shown(self) -> Option<Cow<'static, str>> {
        Some(Cow::Owned(self))
    }
}

impl Shown for Cow<'static, str> {
    fn shown(self) -> Option<Cow<'static, str>> {
        Some(self)
    }
}

/// An attribute that is there, without a value, or not.
impl Shown for bool {
    fn shown(self) -> Option<Cow<'static, str>> {
        self.then_some(Cow::Borrowed(""))
    }
}

impl<T: Shown> Shown for Option<T> {
    fn shown(self) -> Option<Cow<'static, str>> {
        self.and_then(T::shown)
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(
            impl Shown for $number {
                fn shown(self) -> Option<Cow<'static, str>> {
                    Some(Cow::Owned(self.to_string()))
                }
            }
        )*
    };
}

numbers!(i32, u32, u64, usize);

/// A value of an attribute, a class, a style or a property.
pub trait Value {
    fn write(self, element: &mut Element, slot: Slot, name: &'static str);
}

macro_rules! fixed {
    ($($fixed:ty: |$value:ident| $text:expr),* $(,)?) => {
        $(
            impl Value for $fixed {
                fn write(self, element: &mut Element, slot: Slot, name: &'static str) {
                    let $value = self;
                    element.fixed(slot, name, $text);
                }
            }
        )*
    };
}

fixed! {
    &'static str: |text| Some(text),
    String: |text| Some(&text),
    Cow<'static, str>: |text| Some(&text),
    bool: |there| there.then_some(""),
    Option<&'static str>: |text| text,
    Option<String>: |text| text.as_deref(),
    i32: |number| number.shown().as_deref(),
    u32: |number| number.shown().as_deref(),
    u64: |number| number.shown().as_deref(),
    usize: |number| number.shown().as_deref(),
}

impl<T: Shown, F: Fn() -> T + 'static> Value for F {
    fn write(self, element: &mut Element, slot: Slot, name: &'static str) {
        element.live(slot, name, Box::new(move || self().shown()));
    }
}

macro_rules! followed {
    ($($handle:ident),*) => {
        $(
            impl<T: Shown + Clone + 'static> Value for $handle<T> {
                fn write(self, element: &mut Element, slot: Slot, name: &'static str) {
                    element.live(slot, name, Box::new(move || self.get().shown()));
                }
            }

            impl<T> IntoAttributeValue for $handle<T> {
                type Output = Self;

                fn into_attribute_value(self) -> Self {
                    self
                }
            }

            impl<T: Shown + Clone + 'static> IntoRender for $handle<T> {
                type Output = LiveText;

                fn into_render(self) -> LiveText {
                    LiveText::new(Box::new(move || self.get().shown()))
                }
            }
        )*
    };
}

followed!(Memo, RwSignal, Signal);
