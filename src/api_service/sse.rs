//! Server-Sent Events without a browser: the parser, what a stream resumes from, when it is silent for too long, and when
//! it is opened again. On which node stands in [`super::stream_route`].

use serde::{Deserialize, Serialize};

use super::failover::Duration;

/// Silence that makes a node suspect, once heartbeats were seen: 1.2 times the five seconds between two of them.
pub const SILENCE: Duration = Duration::from_millis(6_000);

/// Silence after which the stream moves although its node answers health checks: something between holds it back.
pub const SILENCE_AT_MOST: Duration = Duration::from_millis(15_000);

/// A first reconnection waits up to this: a node that dies has many listeners.
const FIRST_DELAY_MS: f64 = 2_000.0;

/// No wait is longer, in milliseconds.
const LAST_DELAY_MS: f64 = 15_000.0;

/// A connection that held this long and brought something was a good one.
const HELD: Duration = Duration::from_secs(10);

/// A line or an event beyond this, in bytes, is not one of ours: it is dropped, so that memory stays bounded.
const LONGEST: usize = 1 << 20;

/// One event.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct SseEvent {
    /// `message` when the server names none.
    pub name: String,
    /// The last `id:` of the stream, which may be an earlier event's.
    pub id: Option<String>,
    pub data: String,
}

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Event(SseEvent),
    /// A comment: it says only that the server is there.
    Heartbeat,
}

/// Cuts bytes into events, wherever the network cut them.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    /// The last byte was a carriage return: a line feed after it belongs to it.
    after_return: bool,
    begun: bool,
    too_long: bool,
    name: String,
    data: String,
    has_data: bool,
    id: Option<String>,
    position: Option<String>,
}

impl Parser {
    /// The id that the stream has reached, with an event or without one; empty once it was taken back.
    pub fn position(&self) -> Option<&str> {
        self.position.as_deref()
    }

    /// Takes in the next bytes of the stream.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Item> {
        let mut items = Vec::new();
        for &byte in bytes {
            match byte {
                b'\n' if self.after_return => self.after_return = false,
                b'\n' | b'\r' => {
                    self.after_return = byte == b'\r';
                    items.extend(self.end_of_line());
                }
                _ => {
                    self.after_return = false;
                    if self.line.len() < LONGEST {
                        self.line.push(byte);
                    } else {
                        self.too_long = true;
                    }
                }
            }
        }
        items
    }

    fn end_of_line(&mut self) -> Option<Item> {
        let bytes = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&bytes);
        let mut line: &str = &text;
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        if line.is_empty() {
            return self.end_of_event();
        }
        let (field, value) = match line.split_once(':') {
            Some(("", _)) => return Some(Item::Heartbeat),
            Some((field, value)) => (field, value.strip_prefix(' ').unwrap_or(value)),
            None => (line, ""),
        };
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => self.add_data(value),
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            // `retry` too: how to reconnect is ours to say.
            _ => {}
        }
        None
    }

    fn add_data(&mut self, value: &str) {
        if self.data.len() + value.len() > LONGEST {
            self.too_long = true;
            return;
        }
        if self.has_data {
            self.data.push('\n');
        }
        self.data.push_str(value);
        self.has_data = true;
    }

    fn end_of_event(&mut self) -> Option<Item> {
        let (name, data) = (std::mem::take(&mut self.name), std::mem::take(&mut self.data));
        let has_data = std::mem::take(&mut self.has_data);
        if self.position != self.id {
            self.position.clone_from(&self.id);
        }
        if std::mem::take(&mut self.too_long) || !(has_data || name == GAP) {
            return None;
        }
        let name = if name.is_empty() { "message".to_owned() } else { name };
        // An empty id takes the one before back.
        let id = self.id.clone().filter(|id| !id.is_empty());
        Some(Item::Event(SseEvent { name, id, data }))
    }
}

/// The event that says: what was asked for is no longer held.
pub const GAP: &str = "gap";

/// What was seen of a stream, so that it goes on elsewhere with nothing lost and nothing twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    last: Option<String>,
    cluster: Option<String>,
    opened: bool,
}

/// What an event means to whoever listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    New,
    /// It came before, from this node or another.
    Again,
    /// Something was lost: the state has to be read again.
    Gap,
}

impl Resume {
    /// For `Last-Event-ID`; `None` for an id that a browser would refuse to send, or send as other bytes.
    pub fn last_id(&self) -> Option<&str> {
        let is_held = |letter: char| matches!(letter, ' '..='~');
        self.last.as_deref().filter(|id| id.chars().all(is_held))
    }

    /// A connection was opened. Answers whether there was one before.
    pub fn opened(&mut self) -> bool {
        std::mem::replace(&mut self.opened, true)
    }

    /// The next node belongs to `cluster`: ids of another one mean nothing there.
    pub fn cluster_is(&mut self, cluster: Option<&str>) {
        let Some(cluster) = cluster else { return };
        if self.cluster.as_deref().is_some_and(|known| known != cluster) {
            self.last = None;
        }
        self.cluster = Some(cluster.to_owned());
    }

    /// Another tab heard of a gap: what was seen before says nothing of what follows.
    pub fn forget(&mut self) {
        self.last = None;
    }

    /// The stream has come to this id, with an event or without one: from there it goes on. An empty one takes back what
    /// was said before.
    pub fn reached(&mut self, position: Option<&str>) {
        let Some(id) = position else { return };
        if id.is_empty() {
            self.last = None;
        } else if self.last.as_deref().is_none_or(|last| is_after(id, last)) {
            self.last = Some(id.to_owned());
        }
    }

    /// Takes note of an event.
    pub fn see(&mut self, event: &SseEvent) -> Seen {
        if event.name == GAP {
            // The events after it count from where the node still knows them.
            self.last.clone_from(&event.id);
            return Seen::Gap;
        }
        let Some(id) = &event.id else { return Seen::New };
        if self.last.as_ref().is_some_and(|last| !is_after(id, last)) {
            return Seen::Again;
        }
        self.last = Some(id.clone());
        Seen::New
    }
}

/// Ids are indexes of the Raft log, which only grow. Of other texts only the same one is told apart.
fn is_after(id: &str, last: &str) -> bool {
    match (id.parse::<u64>(), last.parse::<u64>()) {
        (Ok(id), Ok(last)) => id > last,
        _ => id != last,
    }
}

/// How long to wait before the stream is opened again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// A connection ended after `held`; `received` tells whether anything came in, a heartbeat included.
    /// Answers the wait; `chance` is uniform in 0 to 1.
    pub fn after(&mut self, held: Duration, received: bool, chance: f64) -> Duration {
        if held >= HELD && received {
            self.failures = 0;
        }
        let delay = if self.failures == 0 {
            FIRST_DELAY_MS * chance
        } else {
            let doubled = FIRST_DELAY_MS * f64::from(1_u32 << self.failures.min(5));
            doubled.min(LAST_DELAY_MS) * (0.5 + 0.5 * chance)
        };
        self.failures += 1;
        Duration::from_millis(delay as u64)
    }
}

/// Whether the node is given up, told from the time since anything came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Nothing wrong.
    No,
    /// The node has to prove that it lives.
    Suspicious,
    /// The stream is dead, whatever the node says.
    Dead,
}

/// What `silent` means on a stream that has, or has not, sent heartbeats. Without them silence means nothing.
pub fn silence(silent: Duration, heartbeats: bool) -> Silence {
    if !heartbeats || silent < SILENCE {
        Silence::No
    } else if silent < SILENCE_AT_MOST {
        Silence::Suspicious
    } else {
        Silence::Dead
    }
}

/// Whether `content_type` is that of a stream: a media type has no case, and may have parameters.
pub fn is_event_stream(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("text/event-stream")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &str) -> Vec<Item> {
        Parser::default().feed(text.as_bytes())
    }

    fn event(name: &str, id: Option<&str>, data: &str) -> SseEvent {
        SseEvent { name: name.into(), id: id.map(str::to_owned), data: data.into() }
    }

    #[test]
    fn events_comments_and_ids_are_read_as_the_standard_says() {
        let text = "\u{feff}: hello\n\nid: 7\nevent: vote\ndata: a\ndata:b\n\ndata: {\"x\":1}\r\n\r\nid\ndata\n\n";
        assert_eq!(
            events(text),
            [
                Item::Heartbeat,
                Item::Event(event("vote", Some("7"), "a\nb")),
                Item::Event(event("message", Some("7"), "{\"x\":1}")),
                Item::Event(event("message", None, "")),
            ]
        );
        assert_eq!(events("retry: 5\nfoo: bar\n\n"), [], "an event without data is none");
    }

    #[test]
    fn it_does_not_matter_where_the_network_cuts() {
        let text = "event: é\r\ndata: ‹œuf›\r\nid: 3\r\n\r\n: beat\r\r";
        let whole = events(text);
        assert_eq!(whole.len(), 2);
        for size in 1..7 {
            let mut parser = Parser::default();
            let parts: Vec<Item> = text.as_bytes().chunks(size).flat_map(|part| parser.feed(part)).collect();
            assert_eq!(parts, whole, "cut into {size}");
        }
    }

    #[test]
    fn an_event_without_end_takes_no_memory_without_end() {
        let mut parser = Parser::default();
        parser.feed(b"data: ");
        for _ in 0..40 {
            assert_eq!(parser.feed(&[b'x'; 65_536]), []);
        }
        assert!(parser.line.len() <= LONGEST);
        assert_eq!(parser.feed(b"\n\n"), [], "what was cut off is not shown");
        assert_eq!(parser.feed(b"data: y\n\n"), [Item::Event(event("message", None, "y"))]);
    }

    #[test]
    fn a_stream_that_moves_shows_nothing_twice() {
        let mut resume = Resume::default();
        let seen: Vec<Seen> =
            ["5", "6", "5", "6", "7", "10"].iter().map(|id| resume.see(&event("message", Some(id), ""))).collect();
        assert_eq!(seen, [Seen::New, Seen::New, Seen::Again, Seen::Again, Seen::New, Seen::New]);
        assert_eq!(resume.last_id(), Some("10"));
        assert_eq!(resume.see(&event("message", None, "")), Seen::New, "without an id everything is new");
    }

    #[test]
    fn after_a_gap_the_stream_goes_on_from_where_the_node_says() {
        let mut resume = Resume::default();
        resume.see(&event("message", Some("90"), ""));
        assert_eq!(resume.see(&event(GAP, Some("11"), "")), Seen::Gap);
        assert_eq!(resume.last_id(), Some("11"), "where the node goes on from");
        assert_eq!(resume.see(&event("message", Some("12"), "")), Seen::New);
        assert_eq!(resume.see(&event(GAP, None, "")), Seen::Gap);
        assert_eq!(resume.last_id(), None);
        assert_eq!(events("event: gap\n\n"), [Item::Event(event(GAP, None, ""))], "a gap needs no data");
    }

    /// The stream was dead until a reload.
    #[test]
    fn an_id_that_no_header_holds_is_not_sent() {
        let mut resume = Resume::default();
        for id in ["☃", "é"] {
            assert_eq!(resume.see(&event("message", Some(id), "")), Seen::New);
            assert_eq!(resume.last_id(), None);
        }
        assert_eq!(resume.see(&event("message", Some("8"), "")), Seen::New);
        assert_eq!(resume.last_id(), Some("8"));
    }

    #[test]
    fn a_stream_goes_on_from_an_id_that_came_without_an_event_and_from_none_that_was_taken_back() {
        let (mut parser, mut resume) = (Parser::default(), Resume::default());
        let mut feed = |text: &str| {
            parser.feed(text.as_bytes());
            resume.reached(parser.position());
            resume.last_id().map(str::to_owned)
        };
        assert_eq!(feed("id: 7\n\n").as_deref(), Some("7"));
        assert_eq!(feed("id: 8\ndata: x\n").as_deref(), Some("7"), "the event has not ended");
        assert_eq!(feed("\n").as_deref(), Some("8"));
        assert_eq!(feed("id: 3\ndata: y\n\n").as_deref(), Some("8"), "indexes only grow");
        assert_eq!(feed("id\ndata: z\n\n"), None);
    }

    #[test]
    fn ids_of_another_cluster_mean_nothing() {
        let mut resume = Resume::default();
        resume.cluster_is(Some("one"));
        resume.see(&event("message", Some("90"), ""));
        resume.cluster_is(None);
        assert_eq!(resume.last_id(), Some("90"));
        resume.cluster_is(Some("two"));
        assert_eq!(resume.last_id(), None);
    }

    #[test]
    fn waits_grow_until_a_connection_held_and_brought_something() {
        let mut backoff = Backoff::default();
        let short = Duration::from_secs(1);
        let waits: Vec<u128> = (0..6).map(|_| backoff.after(short, true, 1.0).as_millis()).collect();
        assert_eq!(waits, [2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
        assert_eq!(backoff.after(HELD, false, 0.0), Duration::from_millis(7_500), "it held but said nothing");
        assert_eq!(backoff.after(HELD, true, 0.25), Duration::from_millis(500));
    }

    #[test]
    fn silence_means_something_only_after_a_heartbeat() {
        assert_eq!(silence(Duration::from_secs(60), false), Silence::No);
        let verdicts = [5, 6, 14, 15].map(|seconds| silence(Duration::from_secs(seconds), true));
        assert_eq!(verdicts, [Silence::No, Silence::Suspicious, Silence::Suspicious, Silence::Dead]);
    }

    #[test]
    fn a_media_type_has_no_case_and_may_have_parameters() {
        for stream in [
            "text/event-stream",
            "Text/Event-Stream; Charset=UTF-8",
            "text/event-stream;charset=utf-8",
            " TEXT/EVENT-STREAM ",
        ] {
            assert!(is_event_stream(stream), "{stream}");
        }
        for other in
            ["", "text/event-streaming", "text/html", "text/html; text/event-stream", "text/event-stream-x;a=b"]
        {
            assert!(!is_event_stream(other), "{other}");
        }
    }
}
