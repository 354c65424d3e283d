//! Event streams: what bytes mean. After the `eventsource` tests of the web platform, LaunchDarkly's contract tests and the
//! tests of eventsource-parser. Every case is read whole, byte by byte and in twos and threes.

use vcube_raft_frontend::api_service::sse::{Item, Parser, SseEvent};

use crate::case::Tally;
use crate::reconnection;

/// An event: its name, its id (none: empty) and its data. Or a comment.
type Told = (&'static str, &'static str, &'static str);

const COMMENT: Told = (":", "", "");

const fn says(data: &'static str) -> Told {
    ("message", "", data)
}

/// `|` is where the network cuts, beside the cuts that every case is read with.
const CASES: [(&str, &str, &[Told]); 76] = [
    // Events.
    ("one event", "data: yes\n\n", &[says("yes")]),
    ("two events at once", "data: one\n\ndata: two\n\n", &[says("one"), says("two")]),
    ("two lines of data", "data: one\ndata: two\n\n", &[says("one\ntwo")]),
    ("empty data", "data:\n\n", &[says("")]),
    ("two empty lines of data", "data:\ndata:\n\n", &[says("\n")]),
    ("a field without a colon is empty", "data\n\n", &[says("")]),
    ("two fields without a colon", "data\ndata\n\n", &[says("\n")]),
    ("an event that does not end is none", "data: one\n\ndata: two\n", &[says("one")]),
    ("a line that does not end is none", "data: one\n\ndata: two", &[says("one")]),
    ("an event without data is none", "event: seat\nid: 7\n\n", &[]),
    ("its name goes with it", "event: seat\n\ndata: one\n\n", &[says("one")]),
    ("blank lines are no events", "\n\n\ndata: one\n\n\n\n", &[says("one")]),
    ("nothing at all", "", &[]),
    ("a hundred colons", "data: ::::\n\n", &[says("::::")]),
    ("data with a colon", "data: a:b: c\n\n", &[says("a:b: c")]),
    ("JSON", "data: {\"a\": [1, 2]}\n\n", &[says("{\"a\": [1, 2]}")]),
    ("NUL in data", "data: a\0b\n\n", &[says("a\0b")]),
    ("control characters in data", "data: \u{1}\u{7f}\u{85}\u{2028}\n\n", &[says("\u{1}\u{7f}\u{85}\u{2028}")]),
    ("a form feed ends no line", "data: a\u{c}b\u{b}c\n\n", &[says("a\u{c}b\u{b}c")]),
    // Blanks.
    ("no blank after the colon", "data:yes\n\n", &[says("yes")]),
    ("one blank after the colon goes", "data: yes\n\n", &[says("yes")]),
    ("a second one stays", "data:  yes\n\n", &[says(" yes")]),
    ("a tab stays", "data:\tyes\n\n", &[says("\tyes")]),
    ("blanks at the end stay", "data: yes  \n\n", &[says("yes  ")]),
    ("a blank alone is empty", "data: \n\n", &[says("")]),
    ("a blank before a field makes another one", " data: no\n\ndata: yes\n\n", &[says("yes")]),
    ("a blank before the colon makes another one", "data : no\n\ndata: yes\n\n", &[says("yes")]),
    ("a line of blanks ends no event", "data: one\n \ndata: two\n\n", &[says("one\ntwo")]),
    // Names.
    ("a name", "event: seat\ndata: yes\n\n", &[("seat", "", "yes")]),
    ("a name of the next event", "event: seat\ndata: 1\n\ndata: 2\n\n", &[("seat", "", "1"), says("2")]),
    ("an empty name is none", "event:\ndata: yes\n\n", &[says("yes")]),
    ("a name without a colon is none", "event\ndata: yes\n\n", &[says("yes")]),
    ("the last name counts", "event: a\nevent: b\ndata: yes\n\n", &[("b", "", "yes")]),
    ("a name taken back", "event: a\nevent:\ndata: yes\n\n", &[says("yes")]),
    ("a name with blanks", "event:  a b \ndata: yes\n\n", &[(" a b ", "", "yes")]),
    ("a name after the data", "data: yes\nevent: seat\n\n", &[("seat", "", "yes")]),
    ("a name beyond ASCII", "event: siège\ndata: yes\n\n", &[("siège", "", "yes")]),
    ("the name that is the usual one", "event: message\ndata: yes\n\n", &[says("yes")]),
    // Ids.
    ("an id", "id: 7\ndata: yes\n\n", &[("message", "7", "yes")]),
    ("an id holds for what follows", "id: 7\ndata: 1\n\ndata: 2\n\n", &[("message", "7", "1"), ("message", "7", "2")]),
    ("an empty id takes it back", "id: 7\ndata: 1\n\nid:\ndata: 2\n\n", &[("message", "7", "1"), says("2")]),
    ("an id without a colon takes it back", "id: 7\ndata: 1\n\nid\ndata: 2\n\n", &[("message", "7", "1"), says("2")]),
    ("the last id counts", "id: 7\nid: 8\ndata: yes\n\n", &[("message", "8", "yes")]),
    ("an id after the data", "data: yes\nid: 7\n\n", &[("message", "7", "yes")]),
    ("an id with NUL is none", "id: 7\0\ndata: yes\n\n", &[says("yes")]),
    ("an id of NUL alone", "id: \0\ndata: yes\n\n", &[says("yes")]),
    ("an id with NUL leaves the one before", "id: 7\nid: 8\09\ndata: yes\n\n", &[("message", "7", "yes")]),
    ("an id of an event without data holds", "id: 7\n\ndata: yes\n\n", &[("message", "7", "yes")]),
    ("an id that is no number", "id: a-b c\ndata: yes\n\n", &[("message", "a-b c", "yes")]),
    // Other fields.
    ("an unknown field", "colour: red\ndata: yes\n\n", &[says("yes")]),
    ("an unknown field without a colon", "colour\ndata: yes\n\n", &[says("yes")]),
    ("names of fields have a case", "Data: no\nDATA: no\ndata: yes\n\n", &[says("yes")]),
    ("a longer name of a field", "datas: no\ndata: yes\n\n", &[says("yes")]),
    ("a shorter name of a field", "dat: no\ndata: yes\n\n", &[says("yes")]),
    ("a wait that is no number", "retry: soon\ndata: yes\n\n", &[says("yes")]),
    ("a wait without a value", "retry\ndata: yes\n\n", &[says("yes")]),
    ("a wait alone is no event", "retry: 100\n\n", &[]),
    ("a page of HTML", "<!doctype html>\n<p>no</p>\n\n", &[]),
    ("an answer of JSON", "{\"error\": \"no\"}\n\n", &[]),
    // Comments.
    ("a comment", ": still here\n\n", &[COMMENT]),
    ("a colon alone", ":\n", &[COMMENT]),
    ("two comments", ":a\n:b\n", &[COMMENT, COMMENT]),
    ("a comment inside an event", "data: one\n:no\ndata: two\n\n", &[COMMENT, says("one\ntwo")]),
    ("a comment that looks like a field", ":data: no\ndata: yes\n\n", &[COMMENT, says("yes")]),
    ("a comment with NUL", ":\0\ndata: yes\n\n", &[COMMENT, says("yes")]),
    ("a comment is no end of an event", "data: one\n:\n", &[COMMENT]),
    // The mark at the beginning.
    ("a byte order mark at the beginning", "\u{feff}data: yes\n\n", &[says("yes")]),
    ("a byte order mark before a comment", "\u{feff}:no\ndata: yes\n\n", &[COMMENT, says("yes")]),
    ("a byte order mark before a blank line", "\u{feff}\ndata: yes\n\n", &[says("yes")]),
    ("a second byte order mark", "\u{feff}\u{feff}data: no\n\ndata: yes\n\n", &[says("yes")]),
    ("a byte order mark later", "data: one\n\n\u{feff}data: no\n\ndata: two\n\n", &[says("one"), says("two")]),
    ("a byte order mark in data", "data: \u{feff}yes\n\n", &[says("\u{feff}yes")]),
    // Cuts.
    ("a cut between CR and LF", "data: one\r|\ndata: two\r|\n\r|\n", &[says("one\ntwo")]),
    ("a cut after a CR that stands alone", "data: one\r|data: two\r|\r|data: no", &[says("one\ntwo")]),
    ("a cut inside a name", "da|ta: y|es\n|\nda|ta: 2\n\n", &[says("yes"), says("2")]),
    ("letters of many bytes", "data: €豆腐 ☃ 🚌\n\n", &[says("€豆腐 ☃ 🚌")]),
];

/// What every end of a line has to mean. `/` stands for it.
const LINES: [(&str, &str, &[Told]); 7] = [
    ("an event", "data: one//", &[says("one")]),
    ("an event and one of two lines", "data: one//data: two/data: three//", &[says("one"), says("two\nthree")]),
    ("an empty line of data first", "data:/data: two/data: three//", &[says("\ntwo\nthree")]),
    ("an empty line of data between", "data: one/data:/data: three//", &[says("one\n\nthree")]),
    ("a blank line too many", "data: one///data: two//", &[says("one"), says("two")]),
    ("two blank lines too many", "data: one////data: two//", &[says("one"), says("two")]),
    ("a comment, a name and an id", ":c/event: e/id: 1/data: d//", &[COMMENT, ("e", "1", "d")]),
];

const ENDS: [(&str, &str); 3] = [("LF", "\n"), ("CR", "\r"), ("CRLF", "\r\n")];

/// Bytes that are no UTF-8.
const BROKEN: [(&str, &[u8], &[Told]); 6] = [
    ("a byte that begins nothing", b"data: a\xffb\n\n", &[says("a\u{fffd}b")]),
    ("a letter cut off by the end of the line", b"data: a\xe2\x82\n\n", &[says("a\u{fffd}")]),
    ("a letter cut off by another", b"data: \xf0\x9f\x9ax\n\n", &[says("\u{fffd}x")]),
    ("a byte that goes on with nothing", b"data: \x80\n\n", &[says("\u{fffd}")]),
    ("a letter written longer than it is", b"data: \xc0\xaf\n\n", &[says("\u{fffd}\u{fffd}")]),
    ("half a byte order mark", b"\xef\xbbdata: no\n\ndata: yes\n\n", &[says("yes")]),
];

fn event((name, id, data): Told) -> Item {
    if (name, id, data) == COMMENT {
        return Item::Heartbeat;
    }
    let id = Some(id).filter(|id| !id.is_empty());
    Item::Event(SseEvent { name: name.into(), id: id.map(str::to_owned), data: data.into() })
}

fn read<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Vec<Item> {
    let mut parser = Parser::default();
    parts.flat_map(|part| parser.feed(part)).collect()
}

fn check<'a>(parts: impl Iterator<Item = &'a [u8]>, told: &[Told]) {
    let parts: Vec<&[u8]> = parts.collect();
    let told: Vec<Item> = told.iter().copied().map(event).collect();
    assert_eq!(read(parts.iter().copied()), told);
    let whole = parts.concat();
    for size in [whole.len().max(1), 1, 2, 3] {
        assert_eq!(read(whole.chunks(size)), told, "cut into {size}");
    }
}

/// What a stream would have to hold in memory is bounded.
fn longer_than_a_mebibyte() {
    let long = "x".repeat(5 << 20);
    let text = format!("data: {long}\n\ndata: yes\n\n");
    assert_eq!(read([text.as_bytes()].into_iter()), [event(says("yes"))]);
}

fn a_gap() {
    check([b"event: gap\n\n".as_slice()].into_iter(), &[("gap", "", "")]);
}

pub fn tally() -> Tally {
    let mut tally = Tally::of("event streams");
    for (asks, text, told) in &CASES {
        tally.case(asks, || check(text.split('|').map(str::as_bytes), told));
    }
    for (asks, text, told) in &LINES {
        for (name, end) in ENDS {
            let text = text.replace('/', end);
            tally.case(&format!("{asks}, with {name}"), || check([text.as_bytes()].into_iter(), told));
        }
    }
    for (asks, bytes, told) in &BROKEN {
        tally.case(asks, || check([*bytes].into_iter(), told));
    }
    tally.difference(
        "an event longer than a mebibyte",
        "dropped, so that a stream cannot fill the memory; what follows is read",
        longer_than_a_mebibyte,
    );
    tally.difference(
        "an event `gap` without data",
        "told: it is the contract's word for events that are no longer held",
        a_gap,
    );
    reconnection::add_to(&mut tally);
    tally
}
