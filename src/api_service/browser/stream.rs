//! Streams of events over `fetch`: headers, status and breaks are visible, and a stream goes on at another node.
//! The rules are in [`crate::api_service::sse`].

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::{AbortHandle, Either, LocalBoxFuture, abortable, select};
use gloo_timers::future::TimeoutFuture;
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, ReadableStreamDefaultReader};

use super::fetch::{self, AbortOnDrop};
use crate::api_service::failover::{Duration, NodeSnapshot, NodeState, OpenStream, Timestamp};
use crate::api_service::sse::{self, Backoff, Item, Parser, Resume, Seen, Silence, SseEvent};
use crate::api_service::stream_route::{ASKED_AGAIN, Head, StreamRoute};
use crate::api_service::transport::{Cache, Request};
use crate::api_service::{ApiService, address};

/// Headers come within this time, or the node is given up: a healthy one sends them at once.
const CONNECT_MS: u32 = 3_000;

/// How often an open stream is looked after, in milliseconds.
const WATCH_MS: u32 = 1_000;

/// A stream of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamKind {
    Raft,
    Reservations,
    Vcube,
}

impl StreamKind {
    pub const fn path(self) -> &'static str {
        match self {
            Self::Raft => "/api/metrics/raft/events/stream",
            Self::Reservations => "/api/metrics/reservations/events/stream",
            Self::Vcube => "/api/metrics/vcube/events/stream",
        }
    }
}

/// What a listener is told.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub enum StreamEvent {
    /// Connected to the node at this place of the list.
    Opened { node: usize },
    /// Never the same twice, when the stream has ids.
    Event { node: usize, event: SseEvent },
    /// Something may have been lost: read the state again.
    Gap,
    /// The connection ended or did not come about; another one follows.
    Lost,
    /// No node has such a stream. They are asked again after a while.
    Unsupported,
}

/// What was seen of a stream; shared by the connections that follow one another.
pub type SharedResume = Rc<RefCell<Resume>>;

/// An open stream. Dropping it closes the connection.
#[must_use]
pub struct Stream(AbortHandle);

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Opens the stream at `path` on a usable node, and on another one whenever it breaks off, until the answer is dropped.
/// `resume` is where it goes on from.
pub fn open(api: ApiService, path: &str, resume: SharedResume, listener: impl Fn(StreamEvent) + 'static) -> Stream {
    let route = RefCell::default();
    let follower = Follower { api, path: Rc::from(path), resume, route, listener: Rc::new(listener) };
    let (task, handle) = abortable(follower.follow());
    spawn_local(async move {
        // Aborted: nobody listens any more.
        let _ = task.await;
    });
    Stream(handle)
}

struct Follower {
    api: ApiService,
    path: Rc<str>,
    resume: SharedResume,
    route: RefCell<StreamRoute>,
    listener: Rc<dyn Fn(StreamEvent)>,
}

/// Why and after what a connection ended.
struct Ended {
    held: Duration,
    received: bool,
    why: Why,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// No connection, a break, or silence: the node is checked.
    Broken,
    /// The node answered, but not with a stream this time; or it is known to be gone.
    Refused,
    /// The node has no such stream.
    NotOffered,
}

impl Ended {
    const fn at_once(why: Why) -> Self {
        Self { held: Duration::ZERO, received: false, why }
    }
}

/// A connection that is open.
struct Open {
    node: usize,
    url: Arc<str>,
    since: Timestamp,
    last_seen: Timestamp,
    parser: Parser,
    received: bool,
    heartbeats: bool,
    /// The node proved during this silence that it lives.
    proved: bool,
}

/// Takes one of the few sockets that a browser gives an origin, until dropped: the failover sends that many requests
/// less there.
struct Socket {
    api: ApiService,
    /// Handed back when this is dropped.
    stream: Option<OpenStream>,
}

impl Socket {
    fn taken(api: ApiService, index: usize) -> Option<Self> {
        let service = api.service();
        let node = service.driver.read(|core, _| core.node_at(index))?;
        let stream = service.driver.command(|core, _| core.stream_opened(node))?;
        Some(Self { api, stream: Some(stream) })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take() {
            self.api.service().driver.command(|core, now| core.stream_closed(stream, now));
        }
    }
}

type Chunk<'a> = LocalBoxFuture<'a, Option<Vec<u8>>>;

impl Follower {
    async fn follow(self) {
        let mut backoff = Backoff::default();
        loop {
            let snapshot = self.api.snapshot();
            let chosen = self.route.borrow().choose(&snapshot).map(|index| snapshot.nodes[index].clone());
            let ended = match &chosen {
                None => Ended::at_once(Why::Refused),
                Some(node) => self.connect(node).await,
            };
            let wait = match (ended.why, chosen) {
                (Why::NotOffered, Some(node)) => {
                    self.route.borrow_mut().not_offered_at(node.url);
                    if !self.route.borrow().nobody_offers_it(&self.api.snapshot()) {
                        continue;
                    }
                    self.route.borrow_mut().ask_all_again();
                    (self.listener)(StreamEvent::Unsupported);
                    ASKED_AGAIN
                }
                (why, node) => {
                    (self.listener)(StreamEvent::Lost);
                    match node {
                        Some(node) => {
                            if why == Why::Broken {
                                self.check(Arc::clone(&node.url));
                            }
                            self.route.borrow_mut().failed_at(node.url);
                        }
                        // Those that may have had it have left the list.
                        None => self.route.borrow_mut().ask_all_again(),
                    }
                    backoff.after(ended.held, ended.received, js_sys::Math::random())
                }
            };
            TimeoutFuture::new(u32::try_from(wait.as_millis()).unwrap_or(u32::MAX)).await;
        }
    }

    /// Lets the failover find out about the node: its verdict moves requests too.
    fn check(&self, url: Arc<str>) {
        let api = self.api;
        spawn_local(async move {
            if let Some((index, ..)) = api.find(&url) {
                let _ = api.probe_node(index).await;
            }
        });
    }

    async fn connect(&self, node: &NodeSnapshot) -> Ended {
        let health = node.health.as_ref();
        self.resume.borrow_mut().cluster_is(health.and_then(|health| health.cluster_id.as_deref()));
        let resumes = health.is_some_and(|health| health.features.event_id);
        let last_id = self.resume.borrow().last_id().filter(|_| resumes).map(str::to_owned);
        let resumed = last_id.is_some();
        // Both until the end of this connection, however it ends.
        let _socket = Socket::taken(self.api, node.index);
        let guard = AbortOnDrop(AbortController::new().ok());
        let carried = self.api.service().driver.standing_headers();
        let request = request(address::at(&node.url, &self.path), last_id, carried);
        let sending = fetch::send(&request, guard.0.as_ref());
        let response = match select(Box::pin(sending), TimeoutFuture::new(CONNECT_MS)).await {
            Either::Left((Ok(response), _)) => response,
            Either::Left((Err(_), _)) | Either::Right(_) => return Ended::at_once(Why::Broken),
        };
        let kind = response.headers().get("Content-Type");
        match Head::of(response.status(), kind.as_deref()) {
            Head::Stream => {}
            Head::NotNow => return Ended::at_once(Why::Refused),
            Head::NotOffered => return Ended::at_once(Why::NotOffered),
        }
        let Some(reader) = response.body().and_then(|body| ReadableStreamDefaultReader::new(&body).ok()) else {
            return Ended::at_once(Why::NotOffered);
        };
        (self.listener)(StreamEvent::Opened { node: node.index });
        let again = self.resume.borrow_mut().opened();
        if again && !resumed {
            (self.listener)(StreamEvent::Gap);
        }
        let now = self.api.now();
        let mut open = Open {
            node: node.index,
            url: Arc::clone(&node.url),
            since: now,
            last_seen: now,
            parser: Parser::default(),
            received: false,
            heartbeats: false,
            proved: false,
        };
        let why = self.read(&reader, &mut open).await;
        Ended { held: self.api.now().since(open.since), received: open.received, why }
    }

    async fn read(&self, reader: &ReadableStreamDefaultReader, open: &mut Open) -> Why {
        let mut next: Chunk<'_> = Box::pin(chunk(reader));
        loop {
            let bytes = match select(next, TimeoutFuture::new(WATCH_MS)).await {
                Either::Left((bytes, _)) => bytes,
                Either::Right(((), unread)) => match self.look_after(unread, open).await {
                    Ok(Either::Left(bytes)) => bytes,
                    Ok(Either::Right(unread)) => {
                        next = unread;
                        continue;
                    }
                    Err(why) => return why,
                },
            };
            let Some(bytes) = bytes else { return Why::Broken };
            self.take_in(&bytes, open);
            next = Box::pin(chunk(reader));
        }
    }

    fn take_in(&self, bytes: &[u8], open: &mut Open) {
        open.last_seen = self.api.now();
        if !std::mem::replace(&mut open.received, true) {
            self.route.borrow_mut().heard_from(&open.url);
        }
        open.proved = false;
        let ids_mean_nothing = self.api.gives_no_event_ids(open.node);
        for item in open.parser.feed(bytes) {
            let Item::Event(mut event) = item else {
                open.heartbeats = true;
                continue;
            };
            if ids_mean_nothing {
                // They may begin anew with each connection: nothing is told from them.
                event.id = None;
            }
            let seen = self.resume.borrow_mut().see(&event);
            match seen {
                Seen::New => (self.listener)(StreamEvent::Event { node: open.node, event }),
                Seen::Again => {}
                Seen::Gap => (self.listener)(StreamEvent::Gap),
            }
        }
        if !ids_mean_nothing {
            self.resume.borrow_mut().reached(open.parser.position());
        }
    }

    /// Nothing came in for a while: is that still well? Answers what was read meanwhile, or what is still to be read.
    async fn look_after<'a>(
        &self,
        unread: Chunk<'a>,
        open: &mut Open,
    ) -> Result<Either<Option<Vec<u8>>, Chunk<'a>>, Why> {
        let now = self.api.now();
        // Not in the list any more, or failed since the stream was opened.
        let Some((index, state, since)) = self.api.find(&open.url) else { return Err(Why::Refused) };
        open.node = index;
        if state == NodeState::Failed && since.since(open.since) > Duration::ZERO {
            return Err(Why::Refused);
        }
        let held = now.since(open.since);
        if !open.received && self.route.borrow_mut().leaves_mute(&self.api.snapshot(), &open.url, held) {
            return Err(Why::Refused);
        }
        match sse::silence(now.since(open.last_seen), open.heartbeats) {
            Silence::No => Ok(Either::Right(unread)),
            Silence::Dead => Err(Why::Refused),
            Silence::Suspicious if open.proved => Ok(Either::Right(unread)),
            Silence::Suspicious => match select(unread, Box::pin(self.api.probe_node(index))).await {
                Either::Left((bytes, _)) => Ok(Either::Left(bytes)),
                Either::Right((Ok(Some(check)), unread)) if check.result.is_ok() => {
                    open.proved = true;
                    Ok(Either::Right(unread))
                }
                Either::Right(_) => Err(Why::Broken),
            },
        }
    }
}

/// With neither `last_id` nor `carried` headers this is a simple request: no preflight, which could hang.
fn request(url: String, last_id: Option<String>, carried: Vec<(Rc<str>, Rc<str>)>) -> Request {
    let simple = last_id.is_none() && carried.is_empty();
    let mut headers = carried;
    headers.push(("Accept".into(), "text/event-stream".into()));
    headers.extend(last_id.map(|id| ("Last-Event-ID".into(), id.into())));
    let cache = if simple { Cache::Bypassed } else { Cache::Allowed };
    Request { headers, cache, ..Request::simple(url) }
}

/// The next bytes; `None` at the end, however it came.
async fn chunk(reader: &ReadableStreamDefaultReader) -> Option<Vec<u8>> {
    Some(fetch::next_chunk(reader).await.ok()??.to_vec())
}
