//! Event streams: where a stream goes on, and when. The reconnection cases of the same suites.

use vcube_raft_frontend::api_service::failover::{
    ClusterSnapshot, Duration, Failover, NodeState, NodeUrl, Policy, Timestamp,
};
use vcube_raft_frontend::api_service::sse::{self, Backoff, Item, Parser, Resume, Seen, Silence};
use vcube_raft_frontend::api_service::stream_route::{Head, StreamRoute};

use crate::case::{Case, Difference, Tally};

/// One listener over several connections.
#[derive(Default)]
struct Listener {
    parser: Parser,
    resume: Resume,
    heard: Vec<String>,
}

impl Listener {
    fn hears(mut self, text: &str) -> Self {
        for item in self.parser.feed(text.as_bytes()) {
            let Item::Event(event) = item else { continue };
            if self.resume.see(&event) == Seen::New {
                self.heard.push(event.data);
            }
        }
        self.resume.reached(self.parser.position());
        self
    }

    /// The connection breaks off, and another one is made.
    fn connects_again(mut self) -> Self {
        self.parser = Parser::default();
        self
    }

    fn sends(&self) -> Option<&str> {
        self.resume.last_id()
    }
}

fn after(text: &str) -> Listener {
    Listener::default().hears(text).connects_again()
}

fn is_stream(content_type: &str) {
    assert!(sse::is_event_stream(content_type), "{content_type:?}");
}

fn is_none(content_type: &str) {
    assert!(!sse::is_event_stream(content_type), "{content_type:?}");
}

const STREAM: Option<&str> = Some("text/event-stream");

fn all_are(head: Head, statuses: &[u16]) {
    statuses.iter().for_each(|status| assert_eq!(Head::of(*status, STREAM), head, "{status}"));
}

const URLS: [&str; 3] = ["http://a", "http://b", "http://c"];

/// Three nodes, of which the first is in use.
fn cluster() -> ClusterSnapshot {
    let urls = URLS.map(NodeUrl::from_normalized);
    let mut snapshot = Failover::new(&urls, Policy::default(), 1, Timestamp::ZERO).snapshot(Timestamp::ZERO);
    snapshot.current = Some(0);
    snapshot
}

/// The longest waits before a stream is opened again, when each connection broke off after a second, in milliseconds.
fn longest_waits(count: usize) -> Vec<u128> {
    let mut backoff = Backoff::default();
    (0..count).map(|_| backoff.after(Duration::from_secs(1), true, 1.0).as_millis()).collect()
}

const CASES: [Case; 29] = [
    Case { asks: "the first connection sends no id", check: || assert_eq!(Listener::default().sends(), None) },
    Case { asks: "a stream without ids sends none", check: || assert_eq!(after("data: 1\n\n").sends(), None) },
    Case {
        asks: "the id of the last event is sent",
        check: || assert_eq!(after("id: 7\ndata: 1\n\nid: 8\ndata: 2\n\n").sends(), Some("8")),
    },
    Case {
        asks: "the last id is sent although later events had none",
        check: || assert_eq!(after("id: 7\ndata: 1\n\ndata: 2\n\n").sends(), Some("7")),
    },
    Case {
        asks: "an id that was taken back is not sent",
        check: || assert_eq!(after("id: 7\ndata: 1\n\nid:\ndata: 2\n\n").sends(), None),
    },
    Case {
        asks: "an id that came without an event is sent",
        check: || assert_eq!(after("id: 7\n\n").sends(), Some("7")),
    },
    Case {
        asks: "an id that was taken back without an event is not sent",
        check: || assert_eq!(after("id: 7\ndata: 1\n\nid:\n\n").sends(), None),
    },
    Case {
        asks: "the id of an event that did not end is not sent",
        check: || assert_eq!(after("id: 7\ndata: 1\n\nid: 8\ndata: 2\n").sends(), Some("7")),
    },
    Case {
        asks: "an id with NUL is not sent",
        check: || assert_eq!(after("id: 7\ndata: 1\n\nid: 8\0\ndata: 2\n\n").sends(), Some("7")),
    },
    Case {
        asks: "an event that did not end is not told, and nothing of it goes into the next",
        check: || {
            let listener = after("data: 1\n\nevent: seat\nid: 9\ndata: half").hears("data: 2\n\n");
            assert_eq!((listener.heard.join(" ").as_str(), listener.sends()), ("1 2", None));
        },
    },
    Case {
        asks: "a byte order mark is one at the beginning of each connection",
        check: || assert_eq!(after("\u{feff}data: 1\n\n").hears("\u{feff}data: 2\n\n").heard, ["1", "2"]),
    },
    Case {
        asks: "the id is kept over a connection that says nothing",
        check: || assert_eq!(after("id: 7\ndata: 1\n\n").connects_again().sends(), Some("7")),
    },
    Case {
        asks: "the id is kept over a connection that has none",
        check: || assert_eq!(after("id: 7\ndata: 1\n\n").hears("data: 2\n\n").sends(), Some("7")),
    },
    Case {
        asks: "the connection after that goes on from the newer id",
        check: || assert_eq!(after("id: 7\ndata: 1\n\n").hears("id: 8\ndata: 2\n\n").sends(), Some("8")),
    },
    Case {
        asks: "waits grow while connections break off",
        check: || assert!(longest_waits(4).windows(2).all(|two| two[0] < two[1])),
    },
    Case {
        asks: "a connection that held and brought something takes the wait back",
        check: || {
            let mut backoff = Backoff::default();
            for _ in 0..5 {
                backoff.after(Duration::ZERO, false, 1.0);
            }
            assert!(backoff.after(Duration::from_secs(60), true, 1.0) <= Duration::from_secs(2));
        },
    },
    Case {
        asks: "a stream that falls silent is given up",
        check: || assert_eq!(sse::silence(Duration::from_secs(15), true), Silence::Dead),
    },
    Case { asks: "a success with the media type of streams is one", check: || all_are(Head::Stream, &[200]) },
    Case {
        asks: "a success with another media type is none",
        check: || {
            for other in [None, Some("text/plain"), Some("application/json")] {
                assert_eq!(Head::of(200, other), Head::NotOffered);
            }
        },
    },
    Case {
        asks: "only a 200 is a stream, whatever the media type",
        check: || (201..600).for_each(|status| assert_ne!(Head::of(status, STREAM), Head::Stream, "{status}")),
    },
    Case {
        asks: "a node that has no such stream is not asked again",
        check: || {
            let mut route = StreamRoute::default();
            assert_eq!(Head::of(404, None), Head::NotOffered);
            URLS.into_iter().for_each(|url| route.not_offered_at(url.into()));
            assert_eq!((route.choose(&cluster()), route.nobody_offers_it(&cluster())), (None, true));
        },
    },
    Case {
        asks: "a stream that broke off is opened again where there is nobody else",
        check: || {
            let (mut route, mut snapshot) = (StreamRoute::default(), cluster());
            snapshot.nodes[1..].iter_mut().for_each(|node| node.state = NodeState::Failed);
            route.failed_at(URLS[0].into());
            assert_eq!(route.choose(&snapshot), Some(0));
        },
    },
    Case { asks: "the media type of streams", check: || is_stream("text/event-stream") },
    Case { asks: "a media type with a parameter", check: || is_stream("text/event-stream;charset=utf-8") },
    Case { asks: "a media type has no case", check: || is_stream("Text/Event-Stream; Charset=UTF-8") },
    Case { asks: "a media type with blanks and a semicolon alone", check: || is_stream(" text/event-stream ; ") },
    Case { asks: "a longer media type is another", check: || is_none("text/event-streaming") },
    Case { asks: "a media type with a letter too many", check: || is_none("text/x-event-stream") },
    Case {
        asks: "no media type, or another",
        check: || {
            ["", ";", "text/plain", "text/html; a=text/event-stream", "application/json"].into_iter().for_each(is_none)
        },
    },
];

const DIFFERENCES: [Difference; 8] = [
    Difference {
        asks: "a server error ends the stream for good",
        because: "another node is asked, and this one again: it may only be ill or busy",
        check: || all_are(Head::NotNow, &[408, 425, 429, 500, 502, 503, 504]),
    },
    Difference {
        asks: "404 and 204 end the stream for good",
        because: "only at that node: in a rolling upgrade the others have it, and all are asked again after a minute",
        check: || {
            let (mut route, snapshot) = (StreamRoute::default(), cluster());
            all_are(Head::NotOffered, &[204, 404]);
            assert_eq!(Head::of(204, None), Head::NotOffered);
            route.not_offered_at(URLS[0].into());
            assert_eq!((route.choose(&snapshot), route.nobody_offers_it(&snapshot)), (Some(1), false));
            URLS[1..].iter().for_each(|url| route.not_offered_at((*url).into()));
            route.ask_all_again();
            assert_eq!(route.choose(&snapshot), Some(0));
        },
    },
    Difference {
        asks: "a stream that broke off is opened again at the same server",
        because: "at another node while there is one: this one may be dying",
        check: || {
            let mut route = StreamRoute::default();
            route.failed_at(URLS[0].into());
            assert_eq!(route.choose(&cluster()), Some(1));
        },
    },
    Difference {
        asks: "`retry` sets the wait",
        because: "ignored: after the death of a node its listeners must not come back in step, or at once",
        check: || {
            let mut parser = Parser::default();
            assert_eq!(parser.feed(b"retry: 1\n\n"), []);
            assert_eq!(longest_waits(3), [2_000, 4_000, 8_000]);
        },
    },
    Difference {
        asks: "the wait is the same each time",
        because: "drawn at random below its figure, and never more than 15 seconds",
        check: || {
            let drawn = |chance| Backoff::default().after(Duration::ZERO, false, chance).as_millis();
            assert_eq!([drawn(0.0), drawn(0.5), drawn(1.0)], [0, 1_000, 2_000]);
            assert_eq!(longest_waits(40).last(), Some(&15_000));
        },
    },
    Difference {
        asks: "an id beyond ASCII is sent in UTF-8",
        because: "not sent: a browser refuses some of them and sends others as other bytes",
        check: || {
            for id in ["☃", "é", "…"] {
                assert_eq!(after(&format!("id: {id}\ndata: 1\n\n")).sends(), None);
            }
        },
    },
    Difference {
        asks: "every event is told",
        because: "where ids are indexes of the log, one that was told already is not told again by the next node",
        check: || {
            let listener = after("id: 7\ndata: 1\n\nid: 8\ndata: 2\n\n").hears("id: 8\ndata: 2\n\nid: 9\ndata: 3\n\n");
            assert_eq!(listener.heard, ["1", "2", "3"]);
        },
    },
    Difference {
        asks: "a time without a byte ends the connection",
        because: "only where heartbeats were seen: without them silence is normal",
        check: || assert_eq!(sse::silence(Duration::from_secs(600), false), Silence::No),
    },
];

pub fn add_to(tally: &mut Tally) {
    CASES.iter().for_each(|case| tally.case(case.asks, case.check));
    DIFFERENCES.iter().for_each(|case| tally.difference(case.asks, case.because, case.check));
}
