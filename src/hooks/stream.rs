//! A stream of events for as long as a page shows it.

use std::rc::Rc;

use leptos::prelude::*;

use super::share::{self, Share};
use super::use_visibility;
use crate::api_service::ApiService;
use crate::api_service::browser::stream::{self, SharedResume, Stream, StreamEvent, StreamKind};
use crate::api_service::sse::SseEvent;

/// How a stream does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamState {
    Connecting,
    /// Connected to the node at this place of the list.
    Live {
        node: usize,
    },
    /// It broke off and is being opened again.
    Lost,
    /// The page is hidden: nothing is read.
    Parked,
    /// No node has such a stream, when they were asked last.
    Unsupported,
}

impl StreamState {
    /// The word of `data-stream`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Live { .. } => "live",
            Self::Lost => "lost",
            Self::Parked => "parked",
            Self::Unsupported => "unsupported",
        }
    }
}

/// What a page hears.
#[derive(Clone, Copy, Debug)]
pub enum Heard<'a> {
    Event(&'a SseEvent),
    /// From now on something may be missing: read the state again.
    Gap,
    /// Nothing comes in from now on, until the next event.
    Silence,
}

/// A part in the browser's one stream of a kind, or, where browsers cannot share, a stream of this tab's own.
enum Connection {
    Shared { _until_dropped: Share },
    Own { _until_dropped: Stream },
}

impl Connection {
    fn new(api: ApiService, kind: StreamKind, resume: &SharedResume, hear: &Rc<dyn Fn(StreamEvent)>) -> Self {
        if let Some(share) = share::join(api, kind, resume, hear) {
            return Self::Shared { _until_dropped: share };
        }
        let hear = Rc::clone(hear);
        let own = stream::open(api, kind.path(), Rc::clone(resume), move |event| hear(event));
        Self::Own { _until_dropped: own }
    }
}

/// Listens to the stream while the page is shown, until the owner is cleaned up. What a hidden page missed is asked for
/// again where nodes can tell; else the page hears of a gap.
///
/// # Panics
/// Without an [`ApiService`] in context: a mistake of the caller, not of the world.
pub fn use_stream(kind: StreamKind, listener: Box<dyn Fn(Heard<'_>)>) -> Signal<StreamState> {
    let api = expect_context::<ApiService>();
    let visible = use_visibility();
    let state = RwSignal::new(StreamState::Connecting);
    let connection = StoredValue::new_local(None::<Connection>);
    let resume = SharedResume::default();
    let hear = move |event: StreamEvent| {
        // The owner may have gone in this very moment.
        if state.is_disposed() {
            return;
        }
        match event {
            StreamEvent::Opened { node } => state.set(StreamState::Live { node }),
            StreamEvent::Event { event, .. } => listener(Heard::Event(&event)),
            StreamEvent::Gap => listener(Heard::Gap),
            StreamEvent::Lost => {
                if matches!(state.get_untracked(), StreamState::Live { .. }) {
                    listener(Heard::Silence);
                    state.set(StreamState::Lost);
                }
            }
            StreamEvent::Unsupported => state.set(StreamState::Unsupported),
        }
    };
    let hear: Rc<dyn Fn(StreamEvent)> = Rc::new(hear);
    Effect::new(move |_| {
        if visible.get() {
            state.set(StreamState::Connecting);
            connection.set_value(Some(Connection::new(api, kind, &resume, &hear)));
        } else if connection.with_value(Option::is_some) {
            connection.set_value(None);
            hear(StreamEvent::Lost);
            state.set(StreamState::Parked);
        }
    });
    state.into()
}
