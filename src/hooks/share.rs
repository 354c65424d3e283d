//! One stream of a kind in the whole browser: the tab that holds a Web Lock reads it and hands on what it hears; a tab
//! that is closed or hidden lets go, and the next one that waits goes on from where the stream was.
//!
//! The channel is opened by hand: `use_broadcast_channel` of leptos-use 0.20 opens it in an effect, after the first word is
//! said, and gives what it hears as a signal, of which a reader sees the last message only.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use crate::api_service::ApiService;
use crate::api_service::browser::stream::{self, SharedResume, Stream, StreamEvent, StreamKind};
use crate::api_service::sse::Seen;
use crate::lock::Lock;

/// A tab's part in a shared stream. Dropping it leaves the stream to another tab.
pub(super) struct Share {
    part: Rc<Part>,
    /// Given back after everything else.
    _lock: Lock,
    /// Called by the channel for as long as it is open.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

/// What tabs say to each other, as JSON.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
enum Message {
    /// A tab has come that knows nothing yet.
    Hello,
    Stream(StreamEvent),
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
    part.say(&Message::Hello);
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
        self.say(&Message::Stream(event.clone()));
        if !matches!(event, StreamEvent::Event { .. } | StreamEvent::Gap) {
            self.standing.replace(Some(event.clone()));
        }
        (self.hear)(event);
    }

    fn say(&self, message: &Message) {
        if let Ok(text) = serde_json::to_string(message) {
            // Refused only by a channel that is closed: then nobody listens through it.
            let _ = self.channel.post_message(&JsValue::from_str(&text));
        }
    }

    /// Another tab said something. What cannot be read comes from another version of the application.
    fn told(&self, message: &MessageEvent) {
        let message = message.data().as_string().and_then(|text| serde_json::from_str(&text).ok());
        let holds = self.stream.borrow().is_some();
        match message {
            Some(Message::Hello) if holds => {
                let standing = self.standing.borrow().clone();
                if let Some(standing) = standing {
                    self.say(&Message::Stream(standing));
                }
            }
            Some(Message::Stream(event)) if !holds && self.is_news(&event) => (self.hear)(event),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_service::sse::SseEvent;

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
            let said = Message::Stream(said);
            let heard = serde_json::to_string(&said).and_then(|text| serde_json::from_str(&text));
            assert_eq!(heard.ok(), Some(said));
        }
    }
}
