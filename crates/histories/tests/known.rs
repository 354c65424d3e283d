//! Histories whose verdicts are known. The shapes are those that the documentation of public checkers explains their
//! verdicts with (registers, locks, lost and late writes), told here of a seat.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

mod makers;

use histories::report::check_and_write;
use histories::{Freshness, Operation, Violation, check, from_json_lines, name_unanswered, to_json_lines};
use makers::{book, cancel, read, refused, unknown};

fn is_linearizable(history: &[Operation]) -> bool {
    match check(history) {
        Ok(_) => true,
        Err(Violation::NotLinearizable { .. }) => false,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn what_happens_one_after_the_other_is_taken_at_its_word() {
    assert!(is_linearizable(&[]));
    assert!(is_linearizable(&[
        read("a", 0, 1, None),
        book("a", 2, 3, "1"),
        read("b", 4, 5, Some("1")),
        refused(book("b", 6, 7, "2")),
        cancel("a", 8, 9, "1"),
        read("b", 10, 11, None),
        book("b", 12, 13, "2"),
    ]));
}

#[test]
fn a_read_that_overlaps_a_booking_may_show_either_side() {
    for shown in [None, Some("1")] {
        assert!(is_linearizable(&[book("a", 0, 10, "1"), read("b", 2, 3, shown)]), "{shown:?}");
    }
    // First the new holder and then nobody, both while the booking is under way: it cannot have happened in between.
    let back = [book("a", 0, 10, "1"), newest(read("b", 2, 3, Some("1"))), newest(read("c", 4, 5, None))];
    assert!(!is_linearizable(&back));
    let forth = [book("a", 0, 10, "1"), newest(read("b", 2, 3, None)), newest(read("c", 4, 5, Some("1")))];
    assert!(is_linearizable(&forth));
}

fn newest(operation: Operation) -> Operation {
    makers::fresh(operation, Freshness::Newest)
}

#[test]
fn one_seat_is_not_booked_twice() {
    assert!(!is_linearizable(&[book("a", 0, 10, "1"), book("b", 0, 10, "2")]));
    assert!(is_linearizable(&[book("a", 0, 10, "1"), refused(book("b", 0, 10, "2"))]));
    assert!(is_linearizable(&[book("a", 0, 10, "1"), cancel("a", 2, 12, "1"), book("b", 0, 14, "2")]));
}

#[test]
fn nobody_is_refused_a_seat_that_was_free_all_the_time() {
    assert!(!is_linearizable(&[refused(book("a", 0, 1, "1"))]));
    assert!(!is_linearizable(&[refused(book("a", 0, 1, "1")), book("b", 2, 3, "2")]));
    assert!(is_linearizable(&[refused(book("a", 0, 3, "1")), book("b", 2, 3, "2")]));
}

/// What a server does that has forgotten a key: the second time the booking meets itself.
#[test]
fn nobody_is_refused_because_of_their_own_booking() {
    let history = [refused(book("a", 0, 10, "1")), read("a", 11, 12, Some("1"))];
    assert!(!is_linearizable(&history));
    assert!(is_linearizable(&[unknown(book("a", 0, 10, "1")), read("a", 11, 12, Some("1"))]));
}

#[test]
fn what_was_acknowledged_is_not_lost() {
    assert!(!is_linearizable(&[book("a", 0, 1, "1"), read("a", 2, 3, None)]));
    assert!(!is_linearizable(&[book("a", 0, 1, "1"), book("b", 2, 3, "2")]));
}

#[test]
fn what_was_not_answered_may_happen_late_once_or_never() {
    let lost = unknown(book("a", 0, 1, "1"));
    assert!(is_linearizable(&[lost.clone(), read("b", 2, 3, None)]));
    assert!(is_linearizable(&[lost.clone(), read("b", 2, 3, None), read("b", 90, 91, Some("1"))]));
    assert!(!is_linearizable(&[lost.clone(), newest(read("b", 2, 3, Some("1"))), newest(read("c", 4, 5, None))]));
    // It cannot have happened before it was asked for.
    assert!(!is_linearizable(&[read("b", 0, 1, Some("1")), unknown(book("a", 2, 3, "1"))]));
    let twice = [lost, read("b", 2, 3, Some("1")), cancel("b", 4, 5, "1"), read("b", 6, 7, Some("1"))];
    assert!(!is_linearizable(&twice), "it happened twice");
}

/// Of a hundred bookings without an answer any may have the seat; that must not take for ever to find out.
#[test]
fn many_bookings_without_an_answer_are_no_burden() {
    let mut history: Vec<Operation> =
        (0..200).map(|n| unknown(book(&format!("s{n}"), n, n + 1, &format!("{n}")))).collect();
    history.push(refused(book("z", 300, 301, "z")));
    history.push(read("z", 302, 303, Some("7")));
    history.push(cancel("z", 304, 305, "7"));
    history.push(book("y", 306, 307, "y"));
    assert!(is_linearizable(&history));
    history.push(read("x", 308, 309, None));
    history.push(newest(read("w", 310, 311, None)));
    assert!(!is_linearizable(&history), "it was never given back");
}

#[test]
fn a_read_of_a_session_may_miss_what_others_did_and_never_what_its_own_session_saw() {
    let missed = [book("a", 0, 1, "1"), read("b", 5, 6, None)];
    assert!(is_linearizable(&missed));
    let strict = [book("a", 0, 1, "1"), newest(read("b", 5, 6, None))];
    assert!(!is_linearizable(&strict));
    let back = [book("a", 0, 1, "1"), read("b", 5, 6, Some("1")), read("b", 7, 8, None)];
    assert!(!is_linearizable(&back));
    let marked =
        [book("a", 0, 1, "1"), read("b", 5, 6, Some("1")), makers::fresh(read("b", 7, 8, None), Freshness::Marked)];
    assert!(is_linearizable(&marked), "it was shown as old");
    let ahead = [makers::fresh(read("b", 0, 1, Some("1")), Freshness::Marked), book("a", 5, 6, "1")];
    assert!(!is_linearizable(&ahead), "nobody had asked for it yet");
}

#[test]
fn an_index_that_falls_within_a_session_is_found() {
    let at = |operation: Operation, index: u64| Operation { index: Some(index), ..operation };
    let history = [at(read("a", 0, 1, None), 7), at(read("b", 2, 3, None), 5), at(read("a", 2, 3, None), 6)];
    let Err(Violation::Backwards { earlier, later }) = check(&history) else { panic!("6 was shown after 7") };
    assert_eq!((earlier.index, later.index), (Some(7), Some(6)));
    let overlapping = [at(read("a", 0, 4, None), 7), at(read("a", 2, 3, None), 6)];
    assert!(check(&overlapping).is_ok(), "the second was asked before the first was answered");
    let own_write = [at(book("a", 0, 1, "1"), 9), at(makers::elsewhere(read("a", 2, 3, None)), 8)];
    assert!(matches!(check(&own_write), Err(Violation::Backwards { .. })), "over all seats");
}

#[test]
fn a_violation_is_shown_as_the_few_operations_that_contradict_each_other() {
    let mut history: Vec<Operation> = Vec::new();
    for n in 0..60 {
        let name = format!("{n}");
        history.push(book("a", n * 100, n * 100 + 10, &name));
        history.push(read("b", n * 100 + 20, n * 100 + 30, Some(&name)));
        history.push(cancel("a", n * 100 + 40, n * 100 + 50, &name));
        history.push(read("c", n * 100 + 60, n * 100 + 70, None));
    }
    assert!(is_linearizable(&history));
    history.push(read("b", 4_080, 4_090, Some("12")));
    let Err(violation @ Violation::NotLinearizable { .. }) = check(&history) else { panic!("12 was given back") };
    assert!(violation.operations().len() <= 8, "{violation}");
    assert!(violation.to_string().contains("read: 12"), "{violation}");
    let picture = violation.svg();
    assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"), "{picture}");
    assert_eq!(picture.matches("<rect").count(), violation.operations().len() + 1, "a bar each, and the ground");
}

#[test]
fn a_violation_leaves_its_picture_and_the_whole_history_behind() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let history = [book("a", 0, 1, "1"), read("a", 2, 3, Some("1")), book("b", 4, 5, "2"), read("c", 6, 7, None)];
    let told = check_and_write(folder, "twice", &history).expect_err("it was booked twice");
    assert!(told.contains("book 2: done") && !told.contains("read: free"), "{told}");
    for (name, begins) in [("twice.svg", "<svg"), ("twice.jsonl", "{\"session\"")] {
        let path = folder.join(name);
        assert!(told.contains(&path.display().to_string()), "{told}");
        assert!(std::fs::read_to_string(&path).expect("it was written").starts_with(begins));
    }
    let whole = std::fs::read_to_string(folder.join("twice.jsonl")).expect("it was written");
    assert_eq!(from_json_lines(&whole).as_deref(), Ok(&history[..]));
    assert_eq!(check_and_write(folder, "once", &history[..2]).map(|checked| checked.operations), Ok(2));
}

#[test]
fn names_from_outside_are_text_in_the_picture() {
    let name = "<script>&\"\u{7}";
    let history = [book("a", 0, 10, name), book(name, 0, 10, "2")];
    let Err(violation) = check(&history) else { panic!("it was booked twice") };
    assert!(!violation.svg().contains("<script>"));
    assert!(violation.svg().contains("&lt;script&gt;&amp;&quot;\u{fffd}"));
}

#[test]
fn a_history_is_kept_as_lines_of_json() {
    let history = vec![
        book("a", 0, 1, "1"),
        unknown(cancel("a", 2, 3, "1")),
        Operation { index: Some(u64::MAX), ..read("b", 4, 5, None) },
    ];
    let text = to_json_lines(&history).expect("it can be written");
    assert_eq!(text.lines().count(), 3);
    assert_eq!(from_json_lines(&text).as_deref(), Ok(&history[..]));
    let plain = r#"{"session":"tab","seat":"7","began_us":1,"ended_us":2,"act":"read","holder":null}"#;
    assert_eq!(from_json_lines(plain).expect("it is an operation")[0].freshness(), Freshness::Session);
    assert_eq!(from_json_lines("\n{}").expect_err("that is none").line, 2);
}

#[test]
fn the_one_booking_without_an_answer_is_the_one_that_readers_see() {
    let mut history = [unknown(book("a", 0, 1, "mine")), read("b", 5, 6, Some("r-17"))];
    assert!(!is_linearizable(&history));
    name_unanswered(&mut history);
    assert!(is_linearizable(&history));
    let mut two = [unknown(book("a", 0, 1, "mine")), unknown(book("b", 0, 1, "yours")), read("b", 5, 6, Some("r-17"))];
    let before = two.clone();
    name_unanswered(&mut two);
    assert_eq!(two, before, "which of the two, nobody knows");
}

#[test]
fn what_was_checked_is_counted() {
    let checked = check(&[book("a", 0, 4, "1"), read("b", 2, 3, None), makers::elsewhere(read("b", 9, 9, None))]);
    let checked = checked.expect("all is well");
    assert_eq!((checked.operations, checked.seats, checked.most_a_seat, checked.most_at_once), (3, 2, 2, 2));
}
