//! The streams of events (Server-Sent Events). A reader that does not keep up is disconnected: nothing is kept for it here.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream::poll_fn;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{interval, sleep, timeout};

use super::error::ApiError;
use super::extract::Reader;
use super::{App, Node};
use crate::places::{NoPlace, Places};
use crate::store::recent::Since;
use crate::wire::{CommittedReservation, Gap, ReservationEvent};

/// Where a reader says what it has seen, when it can set headers.
pub const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Where a reader that cannot set headers says it, in the query.
const LAST_EVENT_ID_QUERY: &str = "lastEventId=";

/// Streams that one node serves at once, and how many of them to one address.
const STREAMS_AT_MOST: usize = 512;
const STREAMS_OF_ONE_AT_MOST: usize = 128;
/// Time between two comments that say that the node is there, whatever else is sent.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A reader that takes nothing for this long is disconnected.
const SLOW_READER: Duration = Duration::from_secs(5);
/// Frames on their way to the connection.
const FRAMES_WAITING: usize = 16;
/// Reservations read from the state at once.
const PORTION: usize = 64;
/// The request that made a reservation is counted just after the reservation is applied: the metrics wait for it.
const SETTLE: Duration = Duration::from_millis(20);
/// The Raft metrics change with each heartbeat of the leader: they are told this often, and at once after an election.
const RAFT_EVERY: Duration = Duration::from_secs(1);
/// An index that this node has not heard of after so long does not exist: the data of the cluster are not those of then.
const UNHEARD_OF: Duration = Duration::from_secs(2);

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/metrics/raft/events/stream", get(raft))
        .route("/api/metrics/reservations/events/stream", get(reservations))
        .route("/api/metrics/vcube/events/stream", get(vcube))
        .route("/api/cluster/view/stream", get(view))
}

/// The places for the streams of a node.
pub fn places() -> Places {
    Places::new(STREAMS_AT_MOST, STREAMS_OF_ONE_AT_MOST)
}

/// The reader went away, did not keep up, or cannot be told.
pub struct Over;

/// The near end of a stream.
#[derive(Clone)]
pub struct Sink(mpsc::Sender<Bytes>);

impl Sink {
    async fn send(&self, frame: String) -> Result<(), Over> {
        match timeout(SLOW_READER, self.0.send(frame.into())).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Over),
        }
    }

    pub async fn event(&self, id: Option<u64>, name: Option<&str>, data: &impl Serialize) -> Result<(), Over> {
        let data = serde_json::to_string(data).map_err(|error| {
            tracing::error!(%error, "an event cannot be written as JSON");
            Over
        })?;
        let id = id.map_or_else(String::new, |id| format!("id: {id}\n"));
        let name = name.map_or_else(String::new, |name| format!("event: {name}\n"));
        self.send(format!("{id}{name}data: {data}\n\n")).await
    }

    async fn heartbeats(&self) -> Result<(), Over> {
        let mut beat = interval(HEARTBEAT);
        loop {
            beat.tick().await;
            self.send(": heartbeat\n\n".into()).await?;
        }
    }
}

/// A stream that `produce` fills until it ends, its reader does, or the node does.
pub fn open<F>(app: &App, reader: Reader, produce: impl FnOnce(App, Sink) -> F) -> Result<Response, ApiError>
where
    F: Future<Output = Result<(), Over>> + Send + 'static,
{
    let place = app.streams.take(reader.0).map_err(|none| match none {
        NoPlace::Full => ApiError::TooManyStreams,
        NoPlace::FullForOne => ApiError::TooManyStreamsFromHere,
    })?;
    let (sender, mut frames) = mpsc::channel(FRAMES_WAITING);
    let sink = Sink(sender);
    let produced = produce(app.clone(), sink.clone());
    let mut ending = app.ending.clone();
    tokio::spawn(async move {
        // Whichever comes first; the connection ends once the last sink is dropped.
        tokio::select! {
            _ = ending.wait_for(|ending| *ending) => {}
            () = sink.0.closed() => {}
            _ = sink.heartbeats() => {}
            _ = produced => {}
        }
        drop(place);
    });
    let body = Body::from_stream(poll_fn(move |context| {
        frames.poll_recv(context).map(|frame| frame.map(Ok::<_, std::convert::Infallible>))
    }));
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
        // A proxy that gathers the body before it passes it on would make a stream of nothing.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, body).into_response())
}

async fn raft(State(app): State<App>, reader: Reader) -> Result<Response, ApiError> {
    open(&app, reader, raft_events)
}

async fn raft_events(app: App, sink: Sink) -> Result<(), Over> {
    let mut metrics = app.raft.metrics();
    loop {
        let told = {
            let now = metrics.borrow_and_update();
            (now.current_term, now.current_leader, now.state)
        };
        sink.event(None, None, &app.raft_metrics()).await?;
        let changed = metrics.wait_for(|now| (now.current_term, now.current_leader, now.state) != told);
        if let Ok(Err(_)) = timeout(RAFT_EVERY, changed).await {
            return Err(Over);
        }
    }
}

async fn vcube(State(app): State<App>, reader: Reader) -> Result<Response, ApiError> {
    let mut deliveries = app.vcube.deliveries();
    open(&app, reader, move |_, sink| async move {
        loop {
            match deliveries.recv().await {
                Ok(delivered) => {
                    if let Some(told) = delivered.told {
                        sink.event(None, None, &told).await?;
                    }
                }
                // The newest are what counts.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Err(Over),
            }
        }
    })
}

async fn view(State(app): State<App>, reader: Reader) -> Result<Response, ApiError> {
    open(&app, reader, view_events)
}

/// What this node thinks of the others, at once and after each change of it, of the term or of the leader.
async fn view_events(app: App, sink: Sink) -> Result<(), Over> {
    let (mut changes, mut metrics) = (app.diagnosis.changes(), app.raft.metrics());
    loop {
        changes.borrow_and_update();
        let told = {
            let now = metrics.borrow_and_update();
            (now.current_term, now.current_leader)
        };
        sink.event(None, None, &app.cluster_view()).await?;
        tokio::select! {
            changed = changes.changed() => changed.map_err(|_| Over)?,
            elected = metrics.wait_for(|now| (now.current_term, now.current_leader) != told) => {
                elected.map_err(|_| Over)?;
            }
        }
    }
}

async fn reservations(State(app): State<App>, reader: Reader, request: Request) -> Result<Response, ApiError> {
    let after = last_event_id(&request)?;
    open(&app, reader, move |app, sink| reservation_events(app, sink, after))
}

/// The index after which the reader wants to go on, in its header or its query.
fn last_event_id(request: &Request) -> Result<Option<u64>, ApiError> {
    let header = request.headers().get(LAST_EVENT_ID).map(|value| value.to_str().unwrap_or("?"));
    let query = request.uri().query().unwrap_or("");
    let wanted = header.or_else(|| query.split('&').find_map(|pair| pair.strip_prefix(LAST_EVENT_ID_QUERY)));
    let parsed = wanted.filter(|id| !id.is_empty()).map(str::parse).transpose();
    parsed.map_err(|_| ApiError::Invalid("The last event id must be a number.".into()))
}

impl Node {
    fn reservation_event(&self, reservation: Option<CommittedReservation>) -> ReservationEvent {
        ReservationEvent { metrics: self.meters.reservation_metrics(), reservation }
    }

    /// Whether no log of this cluster reaches `index`, as far as this node can tell.
    fn beyond_the_log(&self, index: u64) -> bool {
        let last_log_index = self.raft.metrics().borrow().last_log_index.unwrap_or(0);
        index > last_log_index.max(self.state.applied_index()) && self.standing().quorum
    }
}

/// Every reservation committed after `after`, each once, whichever node tells them. Without `after` the stream begins
/// with the metrics of now under the index of now, so that even a reader that has seen no reservation can go on
/// elsewhere.
async fn reservation_events(app: App, sink: Sink, after: Option<u64>) -> Result<(), Over> {
    let mut applied = app.state.applied();
    let mut last = match after {
        Some(index) => index,
        None => {
            let now = app.state.applied_index();
            sink.event(Some(now), None, &app.reservation_event(None)).await?;
            now
        }
    };
    loop {
        applied.borrow_and_update();
        match app.state.read(|state| state.recent.since(last, PORTION)) {
            Since::Gap => last = gap(&app, &sink).await?,
            Since::Events(events) if events.is_empty() => match timeout(UNHEARD_OF, applied.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(Over),
                Err(_) if app.beyond_the_log(last) => last = gap(&app, &sink).await?,
                Err(_) => {}
            },
            Since::Events(events) => {
                sleep(SETTLE).await;
                for event in events {
                    let data = app.reservation_event(Some(event.reservation));
                    sink.event(Some(event.index), None, &data).await?;
                    last = event.index;
                }
            }
        }
    }
}

/// Says that something was missed; gives the index after which the stream goes on.
async fn gap(app: &Node, sink: &Sink) -> Result<u64, Over> {
    let index = app.state.applied_index();
    sink.event(Some(index), Some("gap"), &Gap { index }).await?;
    Ok(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reader_that_takes_nothing_is_let_go_and_nothing_is_gathered_for_it() {
        let (sender, frames) = mpsc::channel(2);
        let sink = Sink(sender);
        let started = tokio::time::Instant::now();
        let mut sent = 0;
        while sink.event(Some(sent), None, &Gap { index: sent }).await.is_ok() {
            sent += 1;
        }
        assert!(started.elapsed() >= SLOW_READER);
        assert_eq!((sent, frames.len()), (2, 2));
    }
}
