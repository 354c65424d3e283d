//! One stream of a kind in the whole browser: the tab that holds a Web Lock reads it and hands on what it hears; a tab
//! that is closed or hidden lets go, and the next one that waits goes on from where the stream was.
//!
//! The channel is opened by hand: `use_broadcast_channel` of leptos-use 0.20 opens it in an effect, after the first word is
//! said, and gives what it hears as a signal, of which a reader sees the last message only.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use crate::api_service::ApiService;
use crate::api_service::json::{self, Field, Value};
use crate::api_service::sse::{Seen, SseEvent};
use crate::api_service::stream::{self, SharedResume, Stream, StreamEvent, StreamKind};
use crate::lock::Lock;

/// A tab's part in a shared stream. Dropping it leaves the stream to another tab.
pub(super) struct Share {
    part: Rc<Part>,
    /// Given back after everything else.
    _lock: Lock,
    /// Called by the channel for as long as it is open.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

struct Part {
    api: ApiService,
    kind: StreamKind,
    resume: SharedResume,
    hear: Rc<dyn Fn(StreamEvent)>,
    channel: BroadcastChannel,
    left: Cell<bool>,
    /// While this tab holds the lock.
    stream: RefCell<Option<Stream>>,
    /// How the stream that this tab reads does, for tabs that come later.
    standing: RefCell<Option<StreamEvent>>,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.part.left.set(true);
        self.part.stream.take();
        self.part.channel.set_onmessage(None);
        self.part.channel.close();
    }
}

/// Takes part in the stream. `None` where the browser has no locks (plain http on a LAN) or no channels: each tab then
/// has a stream of its own.
pub(super) fn join(
    api: ApiService,
    kind: StreamKind,
    resume: &SharedResume,
    hear: &Rc<dyn Fn(StreamEvent)>,
) -> Option<Share> {
    let name = format!("vcube.stream{}", kind.path());
    let part = Rc::new(Part {
        api,
        kind,
        resume: Rc::clone(resume),
        hear: Rc::clone(hear),
        channel: BroadcastChannel::new(&name).ok()?,
        left: Cell::new(false),
        stream: RefCell::default(),
        standing: RefCell::default(),
    });
    let listener = Rc::clone(&part);
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| listener.told(&message));
    part.channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    let holder = Rc::clone(&part);
    let Some(lock) = Lock::claim(&name, move || holder.hold()) else {
        part.channel.set_onmessage(None);
        part.channel.close();
        return None;
    };
    part.say(&Field::List(vec!["hello".into()]));
    Some(Share { part, _lock: lock, _on_message: on_message })
}

impl Part {
    /// The lock is ours, until the share is dropped.
    fn hold(self: Rc<Self>) {
        let reader = Rc::clone(&self);
        let opened = stream::open(self.api, self.kind.path(), Rc::clone(&self.resume), move |event| reader.read(event));
        self.stream.replace(Some(opened));
    }

    /// This tab's own stream says something: all tabs hear it.
    fn read(&self, event: StreamEvent) {
        if self.left.get() {
            return;
        }
        self.say(&to_json(&event));
        if !matches!(event, StreamEvent::Event { .. } | StreamEvent::Gap) {
            self.standing.replace(Some(event.clone()));
        }
        (self.hear)(event);
    }

    fn say(&self, message: &Field) {
        // Refused only by a channel that is closed: then nobody listens through it.
        let _ = self.channel.post_message(&JsValue::from_str(&message.to_json()));
    }

    /// Another tab said something.
    fn told(&self, message: &MessageEvent) {
        let Some(message) = message.data().as_string().and_then(|text| json::parse(&text).ok()) else {
            return;
        };
        let holds = self.stream.borrow().is_some();
        match from_json(&message) {
            None if holds => {
                let standing = self.standing.borrow().as_ref().map(to_json);
                if let Some(standing) = standing {
                    self.say(&standing);
                }
            }
            Some(event) if !holds && self.is_news(&event) => (self.hear)(event),
            _ => {}
        }
    }

    /// Takes note of what another tab read, so that this one can go on from there.
    fn is_news(&self, event: &StreamEvent) -> bool {
        let mut resume = self.resume.borrow_mut();
        match event {
            StreamEvent::Event { event, .. } => resume.see(event) == Seen::New,
            StreamEvent::Opened { .. } => {
                resume.opened();
                true
            }
            StreamEvent::Gap => {
                resume.forget();
                true
            }
            StreamEvent::Lost | StreamEvent::Unsupported => true,
        }
    }
}

fn to_json(event: &StreamEvent) -> Field {
    Field::List(match event {
        StreamEvent::Opened { node } => vec!["opened".into(), (*node).into()],
        StreamEvent::Event { node, event } => vec![
            "event".into(),
            (*node).into(),
            event.name.as_str().into(),
            event.id.as_deref().into(),
            event.data.as_str().into(),
        ],
        StreamEvent::Gap => vec!["gap".into()],
        StreamEvent::Lost => vec!["lost".into()],
        StreamEvent::Unsupported => vec!["unsupported".into()],
    })
}

fn from_json(message: &Value) -> Option<StreamEvent> {
    let at = |place: usize| message.entries().get(place);
    let text = |place: usize| at(place).and_then(Value::as_text).map(str::to_owned);
    let node = at(1).and_then(Value::as_u64).and_then(|node| usize::try_from(node).ok()).unwrap_or_default();
    match text(0)?.as_str() {
        "opened" => Some(StreamEvent::Opened { node }),
        "event" => {
            let event = SseEvent { name: text(2)?, id: text(3), data: text(4)? };
            Some(StreamEvent::Event { node, event })
        }
        "gap" => Some(StreamEvent::Gap),
        "lost" => Some(StreamEvent::Lost),
        "unsupported" => Some(StreamEvent::Unsupported),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_tab_says_another_hears() {
        let event = SseEvent { name: "message".into(), id: Some("7".into()), data: "{\"x\":\"é\"}".into() };
        let bare = SseEvent { id: None, ..event.clone() };
        for said in [
            StreamEvent::Opened { node: 2 },
            StreamEvent::Event { node: 1, event },
            StreamEvent::Event { node: 0, event: bare },
            StreamEvent::Gap,
            StreamEvent::Lost,
            StreamEvent::Unsupported,
        ] {
            let heard = json::parse(&to_json(&said).to_json());
            assert_eq!(heard.ok().and_then(|heard| from_json(&heard)), Some(said));
        }
        assert_eq!(from_json(&Value::List(vec![Value::Text("hello".into())])), None);
        assert_eq!(from_json(&Value::Text("?".into())), None);
    }
}
