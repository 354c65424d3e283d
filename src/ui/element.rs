//! Elements of a view, built at once: what `view!` writes as `div().child(…).class(…)` are calls of a few functions
//! that know no type, where Leptos makes a type of every combination of attributes and children.

use std::borrow::Cow;

use leptos::ev::EventDescriptor;
use leptos::prelude::{AddAnyAttr, AnyView, Mountable, Owner, Render, RenderHtml};
use leptos::reactive::effect::RenderEffect;
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::html::element::{ElementType, HtmlElement};
use leptos::tachys::html::node_ref::NodeRefContainer;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::reactive_graph::RenderEffectState;
use leptos::tachys::renderer::{RemoveEventHandler, Rndr};
use leptos::tachys::view::any_view::AnyViewState;
use leptos::tachys::view::{Position, PositionState};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};

use super::child::Child;
use super::list::List;
use super::value::Value;

type Read = Box<dyn FnMut() -> Option<Cow<'static, str>>>;

/// An element, with what keeps it alive and up to date. One pointer: a chain of calls hands it on in a register.
pub struct Element(Box<SendWrapper<Built>>);

struct Built {
    element: web_sys::Element,
    /// Effects and children: what they do ends with the element.
    kept: Vec<Box<dyn Mountable>>,
    effects: Vec<RenderEffect<Option<Cow<'static, str>>>>,
    listeners: Vec<RemoveEventHandler<web_sys::Element>>,
}

/// What of an element is written. It goes with a name, as two arguments: a pair of them would be built in memory first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    Attribute,
    Class,
    Style,
    Property,
}

fn write(element: &web_sys::Element, slot: Slot, name: &'static str, value: Option<&str>) {
    match (slot, value) {
        (Slot::Attribute, Some(value)) => Rndr::set_attribute(element, name, value),
        (Slot::Attribute, None) => Rndr::remove_attribute(element, name),
        (Slot::Class, Some(_)) => Rndr::add_class(&Rndr::class_list(element), name),
        (Slot::Class, None) => Rndr::remove_class(&Rndr::class_list(element), name),
        (Slot::Style, Some(value)) => Rndr::set_css_property(&Rndr::style(element), name, value),
        (Slot::Style, None) => Rndr::remove_css_property(&Rndr::style(element), name),
        (Slot::Property, value) if name == "value" => {
            Rndr::set_property(element, name, &JsValue::from_str(value.unwrap_or_default()));
        }
        (Slot::Property, value) => Rndr::set_property(element, name, &JsValue::from_bool(value.is_some())),
    }
}

impl Element {
    #[inline(never)]
    fn new(tag: &str, namespace: Option<&str>) -> Self {
        Self::made(Rndr::create_element(tag, namespace), Vec::new())
    }

    fn made(element: web_sys::Element, kept: Vec<Box<dyn Mountable>>) -> Self {
        Self(Box::new(SendWrapper::new(Built { element, kept, effects: Vec::new(), listeners: Vec::new() })))
    }

    /// Writes a value that does not change.
    #[inline(never)]
    pub(super) fn fixed(&mut self, slot: Slot, name: &'static str, value: Option<&str>) {
        if value.is_some() || slot == Slot::Property {
            write(&self.0.element, slot, name, value);
        }
    }

    /// Writes a value now, and again whenever it changes.
    #[inline(never)]
    pub(super) fn live(&mut self, slot: Slot, name: &'static str, mut read: Read) {
        let element = self.0.element.clone();
        let effect = RenderEffect::new(move |before: Option<Option<Cow<'static, str>>>| {
            let now = read();
            // What a person typed is overwritten too: a property is written every time.
            if before.as_ref() != Some(&now) || slot == Slot::Property {
                let absent = before.is_none() && now.is_none() && slot != Slot::Property;
                if !absent {
                    write(&element, slot, name, now.as_deref());
                }
            }
            now
        });
        self.0.effects.push(effect);
    }

    /// A child that is an element too.
    #[inline(never)]
    pub(super) fn hold(&mut self, mut child: Self) {
        child.mount(&self.0.element, None);
        self.0.kept.push(Box::new(child));
    }

    /// A text that does not change. It needs nothing: it goes with the element.
    #[inline(never)]
    pub(super) fn text(&mut self, text: &str) {
        Rndr::insert_node(&self.0.element, &Rndr::create_text_node(text), None);
    }

    /// A text that is written again whenever it changes.
    #[inline(never)]
    pub(super) fn live_text(&mut self, text: LiveText) {
        let LiveTextState { node, effect } = text.build();
        Rndr::insert_node(&self.0.element, &node, None);
        self.0.effects.push(effect);
    }

    /// A view that is made again whenever what it is made of changes.
    #[inline(never)]
    pub(super) fn live_view(&mut self, view: LiveView) {
        let mut view = view.build();
        view.mount(&self.0.element, None);
        self.0.kept.push(Box::new(view));
    }

    /// The rows of a list.
    #[inline(never)]
    pub(super) fn live_rows(&mut self, rows: List) {
        // Marks where the rows end.
        let end = Rndr::create_placeholder();
        Rndr::insert_node(&self.0.element, &end, None);
        self.0.effects.push(rows.follow(end.into()));
    }

    /// A view of any kind.
    #[inline(never)]
    pub(super) fn add(&mut self, child: AnyView) {
        let mut child = child.build();
        child.mount(&self.0.element, None);
        self.0.kept.push(Box::new(child));
    }

    /// Runs `handler` in the owner that made the element.
    #[inline(never)]
    fn listen(&mut self, name: &str, mut handler: Box<dyn FnMut(web_sys::Event)>) {
        let owner = Owner::current().unwrap_or_default();
        let run = Box::new(move |event: JsValue| owner.with(|| handler(event.unchecked_into())));
        let listener = Rndr::add_event_listener(&self.0.element, name, run);
        self.0.listeners.push(listener);
    }
}

macro_rules! attributes {
    ($($method:ident $name:literal),* $(,)?) => {
        $(
            #[doc = concat!("The attribute `", $name, "`.")]
            fn $method(self, value: impl Value) -> Element {
                self.attr($name, value)
            }
        )*
    };
}

/// What `view!` calls on elements.
pub trait Build: Sized {
    /// The element to go on with.
    fn begun(self) -> Element;

    /// A child.
    fn child(self, child: impl Child) -> Element {
        let mut element = self.begun();
        child.append(&mut element);
        element
    }

    /// An attribute by its name.
    fn attr(self, name: &'static str, value: impl Value) -> Element {
        let mut element = self.begun();
        value.write(&mut element, Slot::Attribute, name);
        element
    }

    /// The classes of the element, or one class that comes and goes.
    fn class(self, class: impl Class) -> Element {
        let mut element = self.begun();
        class.write(&mut element);
        element
    }

    /// A property of the element's style.
    fn style(self, (name, value): (&'static str, impl Value)) -> Element {
        let mut element = self.begun();
        value.write(&mut element, Slot::Style, name);
        element
    }

    /// A property of the element: `value`, or one that is true or false.
    fn prop(self, name: &'static str, value: impl Value) -> Element {
        let mut element = self.begun();
        value.write(&mut element, Slot::Property, name);
        element
    }

    /// A listener.
    fn on<E>(self, event: E, mut handler: impl FnMut(E::EventType) + 'static) -> Element
    where
        E: EventDescriptor,
        E::EventType: JsCast,
    {
        let mut element = self.begun();
        element.listen(&event.name(), Box::new(move |event| handler(event.unchecked_into())));
        element
    }

    /// Gives the element to a reference.
    fn node_ref<E: ElementType>(self, reference: impl NodeRefContainer<E>) -> Element {
        let element = self.begun();
        reference.load(&element.0.element);
        element
    }

    attributes! {
        accept "accept",
        aria_busy "aria-busy",
        aria_controls "aria-controls",
        aria_current "aria-current",
        aria_describedby "aria-describedby",
        aria_disabled "aria-disabled",
        aria_expanded "aria-expanded",
        aria_haspopup "aria-haspopup",
        aria_hidden "aria-hidden",
        aria_invalid "aria-invalid",
        aria_label "aria-label",
        aria_labelledby "aria-labelledby",
        aria_live "aria-live",
        aria_posinset "aria-posinset",
        aria_pressed "aria-pressed",
        aria_readonly "aria-readonly",
        aria_required "aria-required",
        aria_selected "aria-selected",
        aria_setsize "aria-setsize",
        aria_sort "aria-sort",
        aria_valuemax "aria-valuemax",
        aria_valuemin "aria-valuemin",
        aria_valuenow "aria-valuenow",
        aria_valuetext "aria-valuetext",
        autocomplete "autocomplete",
        checked "checked",
        colspan "colspan",
        datetime "datetime",
        dir "dir",
        disabled "disabled",
        download "download",
        r#for "for",
        headers "headers",
        height "height",
        hidden "hidden",
        href "href",
        id "id",
        inputmode "inputmode",
        label "label",
        lang "lang",
        max "max",
        maxlength "maxlength",
        method "method",
        min "min",
        minlength "minlength",
        multiple "multiple",
        name "name",
        novalidate "novalidate",
        open "open",
        pattern "pattern",
        placeholder "placeholder",
        readonly "readonly",
        rel "rel",
        required "required",
        role "role",
        rows "rows",
        rowspan "rowspan",
        scope "scope",
        selected "selected",
        spellcheck "spellcheck",
        src "src",
        start "start",
        step "step",
        tabindex "tabindex",
        target "target",
        title "title",
        r#type "type",
        value "value",
        width "width",
    }
}

impl Build for Element {
    fn begun(self) -> Element {
        self
    }
}

/// Attributes that Leptos itself took (the first ones of an element without children) are built by it.
impl<E: ElementType, At: Attribute> Build for HtmlElement<E, At, ()>
where
    At::State: 'static,
{
    fn begun(self) -> Element {
        if size_of::<At>() == 0 {
            return Element::new(E::TAG, E::NAMESPACE);
        }
        let state = self.build();
        let element = web_sys::Element::clone(&state);
        Element::made(element, vec![Box::new(state)])
    }
}

/// Classes: all of them as one text, or one with whether it is there.
pub trait Class {
    fn write(self, element: &mut Element);
}

impl<V: Value> Class for V {
    fn write(self, element: &mut Element) {
        Value::write(self, element, Slot::Attribute, "class");
    }
}

impl<V: Value> Class for (&'static str, V) {
    fn write(self, element: &mut Element) {
        let (name, there) = self;
        there.write(element, Slot::Class, name);
    }
}

impl Render for Element {
    type State = Self;

    fn build(self) -> Self {
        self
    }

    fn rebuild(mut self, state: &mut Self) {
        state.insert_before_this(&mut self);
        state.unmount();
        *state = self;
    }
}

impl Mountable for Element {
    fn unmount(&mut self) {
        Rndr::remove(&self.0.element);
    }

    fn mount(&mut self, parent: &web_sys::Element, marker: Option<&web_sys::Node>) {
        Rndr::insert_node(parent, &self.0.element, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        insert_before(&self.0.element, child)
    }

    fn elements(&self) -> Vec<web_sys::Element> {
        vec![self.0.element.clone()]
    }
}

/// Puts `child` before `node`, when that is in the page.
fn insert_before(node: &web_sys::Node, child: &mut dyn Mountable) -> bool {
    let parent = node.parent_element();
    if let Some(parent) = &parent {
        child.mount(parent, Some(node));
    }
    parent.is_some()
}

/// A text that is written again whenever it changes.
pub struct LiveText(SendWrapper<Read>);

impl LiveText {
    pub(super) fn new(read: Read) -> Self {
        Self(SendWrapper::new(read))
    }
}

/// The node of a text, and the effect that writes it.
pub struct LiveTextState {
    node: SendWrapper<web_sys::Text>,
    effect: RenderEffect<Option<Cow<'static, str>>>,
}

impl Render for LiveText {
    type State = LiveTextState;

    #[inline(never)]
    fn build(self) -> LiveTextState {
        let node = Rndr::create_text_node("");
        let (text, mut read) = (node.clone(), self.0.take());
        let effect = RenderEffect::new(move |before: Option<Option<Cow<'static, str>>>| {
            let now = read();
            if before.as_ref() != Some(&now) {
                Rndr::set_text(&text, now.as_deref().unwrap_or_default());
            }
            now
        });
        LiveTextState { node: SendWrapper::new(node), effect }
    }

    fn rebuild(self, state: &mut LiveTextState) {
        let mut new = self.build();
        state.insert_before_this(&mut new);
        state.unmount();
        *state = new;
    }
}

impl Mountable for LiveTextState {
    fn unmount(&mut self) {
        Rndr::remove(&self.node);
    }

    fn mount(&mut self, parent: &web_sys::Element, marker: Option<&web_sys::Node>) {
        Rndr::insert_node(parent, &self.node, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        insert_before(&self.node, child)
    }

    fn elements(&self) -> Vec<web_sys::Element> {
        Vec::new()
    }
}

/// A view that is made again whenever what it is made of changes: the one effect of Leptos' that does so.
pub struct LiveView(SendWrapper<Box<dyn FnMut() -> AnyView>>);

impl LiveView {
    pub(super) fn new(read: Box<dyn FnMut() -> AnyView>) -> Self {
        Self(SendWrapper::new(read))
    }
}

impl Render for LiveView {
    type State = RenderEffectState<AnyViewState>;

    #[inline(never)]
    fn build(self) -> Self::State {
        let mut read = self.0.take();
        RenderEffect::new(move |before: Option<AnyViewState>| {
            let now = read();
            match before {
                Some(mut state) => {
                    now.rebuild(&mut state);
                    state
                }
                None => now.build(),
            }
        })
        .into()
    }

    fn rebuild(self, state: &mut Self::State) {
        let mut new = self.build();
        state.insert_before_this(&mut new);
        state.unmount();
        *state = new;
    }
}

/// What Leptos asks of a view beside showing it: attributes from outside, and HTML, which this page is never made of.
macro_rules! only_in_the_browser {
    ($view:ty) => {
        impl AddAnyAttr for $view {
            type Output<A: Attribute> = Self;

            fn add_any_attr<A: Attribute>(self, _: A) -> Self {
                self
            }
        }

        impl RenderHtml for $view {
            type AsyncOutput = Self;
            type Owned = Self;

            const MIN_LENGTH: usize = 0;

            fn dry_resolve(&mut self) {}

            async fn resolve(self) -> Self {
                self
            }

            fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

            fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> Self::State {
                self.build()
            }

            fn into_owned(self) -> Self {
                self
            }
        }
    };
}

only_in_the_browser!(Element);
only_in_the_browser!(LiveText);
only_in_the_browser!(LiveView);
