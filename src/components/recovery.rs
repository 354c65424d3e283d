//! What failovers cost: figures of this session, taken from the failover's own journal.

use leptos::prelude::*;

use crate::api_service::ApiService;
use crate::api_service::failover::{Duration, Entry, JournalEvent, Timestamp};
use crate::components::chart::{Chart, Line, Point, words};
use crate::components::figures::{Figure, figures};
use crate::i18n::live::{LiveText, live};
use crate::i18n::{Lang, format, use_lang};
use crate::store::cluster::ClusterStore;
use crate::words::{duration, node_name_of};

/// A move of the node in use.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    pub at: Timestamp,
    pub from: String,
    pub to: String,
    /// How long the first caller waited; `None` when nobody did.
    pub waited: Option<Duration>,
}

/// What the journal tells of failures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recovery {
    /// The oldest first.
    pub moves: Vec<Moved>,
    /// Of any request that went on to another node.
    pub longest_wait: Option<Duration>,
    pub calls_failed: u64,
    pub outages: u64,
    pub longest_outage: Option<Duration>,
}

impl Recovery {
    pub fn of(journal: &[Entry]) -> Self {
        let mut found = Self::default();
        for entry in journal {
            match &entry.event {
                JournalEvent::CurrentChanged { from, to, waited, .. } => {
                    found.longest_wait = found.longest_wait.max(*waited);
                    let (from, to) = (from.to_string(), to.to_string());
                    found.moves.push(Moved { at: entry.at, from, to, waited: *waited });
                }
                JournalEvent::RequestMoved { waited, .. } => {
                    found.longest_wait = found.longest_wait.max(Some(*waited));
                }
                JournalEvent::CallFailed { .. } => found.calls_failed += 1,
                JournalEvent::OutageBegan => found.outages += 1,
                JournalEvent::OutageEnded { lasted } => found.longest_outage = found.longest_outage.max(Some(*lasted)),
                _ => {}
            }
        }
        found
    }
}

/// Moves listed at most.
const LISTED: usize = 8;

/// Follows the journal.
pub fn use_recovery() -> Memo<Recovery> {
    let journal = expect_context::<ClusterStore>().journal();
    Memo::new(move |_| journal.with(|journal| Recovery::of(journal)))
}

/// A figure of the session's failovers.
pub fn figure_of(
    lang: Signal<Lang>,
    recovery: Memo<Recovery>,
    name: fn(&LiveText) -> &'static str,
    read: fn(Lang, &Recovery) -> String,
) -> Figure {
    let value = Signal::derive(move || recovery.with(|recovery| read(lang.get(), recovery)));
    (Signal::derive(move || name(live(lang.get())).to_owned()), value)
}

/// Moves, longest wait, requests without an answer.
pub fn move_figures(lang: Signal<Lang>, recovery: Memo<Recovery>) -> Vec<Figure> {
    vec![
        figure_of(lang, recovery, |text| text.moves, |lang, found| format::integer(lang, found.moves.len() as u64)),
        figure_of(lang, recovery, |text| text.longest_wait, |lang, found| optional(lang, found.longest_wait)),
        figure_of(lang, recovery, |text| text.calls_failed, |lang, found| format::integer(lang, found.calls_failed)),
    ]
}

fn optional(lang: Lang, value: Option<Duration>) -> String {
    value.map_or_else(|| format::ABSENT.to_owned(), |value| duration(lang, value))
}

/// The last moves, the newest first.
///
/// `note`: what is said while there is none; another part of the page may say it.
pub fn move_list(note: bool) -> impl IntoView {
    let (lang, api, store) = (use_lang(), expect_context::<ApiService>(), expect_context::<ClusterStore>());
    let recovery = use_recovery();
    let row = move |lang: Lang, moved: &Moved| {
        let name = |url: &str| node_name_of(lang, &store.urls(), url);
        let waited = match moved.waited {
            Some(waited) => duration(lang, waited),
            None => live(lang).nobody_waited.to_owned(),
        };
        view! {
            <tr data-testid="move">
                <th scope="row">{format::time_of_day(lang, api.wall_clock_ms(moved.at))}</th>
                <td>{name(&moved.from)}</td>
                <td>{name(&moved.to)}</td>
                <td class="number">{waited}</td>
            </tr>
        }
        .into_any()
    };
    let rows = move || {
        let lang = lang.get();
        let newest =
            |found: &Recovery| found.moves.iter().rev().take(LISTED).map(|moved| row(lang, moved)).collect_view();
        recovery.with(newest).into_any()
    };
    let head = move |words: fn(&LiveText) -> &'static str| Signal::derive(move || words(live(lang.get())));
    let none = Signal::derive(move || recovery.with(|found| found.moves.is_empty()));
    view! {
        <p class="muted" hidden=move || !note || !none.get()>
            {head(|text| text.no_moves)}
        </p>
        <div class="table-frame" hidden=none>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">{head(|text| text.move_time)}</th>
                        <th scope="col">{head(|text| text.move_from)}</th>
                        <th scope="col">{head(|text| text.move_to)}</th>
                        <th scope="col" class="number">
                            {head(|text| text.move_wait)}
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {rows}
                </tbody>
            </table>
        </div>
    }
}

/// How long the first caller waited at each move, and what outages cost.
pub fn recovery_content() -> impl IntoView {
    let (lang, api) = (use_lang(), expect_context::<ApiService>());
    let recovery = use_recovery();
    let mut list = move_figures(lang, recovery);
    list.push(figure_of(lang, recovery, |text| text.outages, |lang, found| format::integer(lang, found.outages)));
    list.push(figure_of(
        lang,
        recovery,
        |text| text.longest_outage,
        |lang, found| optional(lang, found.longest_outage),
    ));
    let waits = Signal::derive(move || {
        recovery.with(|found| {
            let wait = |(index, moved): (usize, &Moved)| Point {
                at: index as f64,
                value: moved.waited.map(|waited| waited.as_secs_f64() * 1_000.0),
            };
            found.moves.iter().enumerate().map(wait).collect::<Vec<_>>()
        })
    });
    let labels = Signal::derive(move || {
        let lang = lang.get();
        let time = |moved: &Moved| format::time_of_day(lang, api.wall_clock_ms(moved.at));
        recovery.with(|found| found.moves.iter().map(time).collect::<Vec<_>>())
    });
    let name = words(lang, |lang| live(lang).recovery_chart);
    let empty = words(lang, |lang| live(lang).no_waits);
    let chart = Chart::bars("chart-recovery", name, words(lang, |_| "ms"), labels, empty);
    view! {
        <p class="muted">{move || live(lang.get()).recovery_text}</p>
        <div class="stack">
            {figures(list)}
            {Chart { whole: false, ..chart }.view(vec![Line { name, points: waits, steady: false }])} {move_list(false)}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::api_service::failover::{Actor, FailureReason};

    #[test]
    fn the_journal_tells_what_failures_cost() {
        let ms = Duration::from_millis;
        let changed = JournalEvent::CurrentChanged {
            from: Arc::from("http://a"),
            to: Arc::from("http://b"),
            by: Actor::Automatic,
            waited: Some(ms(40)),
        };
        let moved = JournalEvent::RequestMoved {
            call: crate::api_service::failover::CallId(1),
            from: Arc::from("http://a"),
            to: Arc::from("http://b"),
            reason: FailureReason::Network,
            waited: ms(55),
        };
        let events = [
            changed,
            moved,
            JournalEvent::OutageBegan,
            JournalEvent::OutageEnded { lasted: ms(900) },
            JournalEvent::OutageEnded { lasted: ms(700) },
        ];
        let journal: Vec<Entry> = (0..)
            .zip(events)
            .map(|(sequence, event)| Entry { sequence, at: Timestamp::from_millis(sequence), event })
            .collect();
        let found = Recovery::of(&journal);
        assert_eq!((found.moves.len(), found.longest_wait), (1, Some(ms(55))));
        assert_eq!((found.outages, found.longest_outage, found.calls_failed), (1, Some(ms(900)), 0));
        assert_eq!(Recovery::of(&[]), Recovery::default(), "nothing happened, nothing is invented");
    }
}
