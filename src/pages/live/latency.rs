//! How long a causal delivery takes, beside how long a consensus takes.

use leptos::prelude::*;
use serde::Deserialize;

use super::badge::{DRAW_MS, ask_without_stream, stream_badge};
use crate::api_service::browser::stream::StreamKind;
use crate::api_service::endpoints::series::Series;
use crate::api_service::endpoints::wire::TimeStamp;
use crate::api_service::sse::SseEvent;
use crate::api_service::{decode, lenient};
use crate::components::chart::geometry::Summary;
use crate::components::chart::series::{Readings, by_number, part, use_series};
use crate::components::chart::trail::Trail;
use crate::components::chart::{Axis, Chart, Line, Point, words};
use crate::components::figures::figures;
use crate::components::section::data_section;
use crate::hooks::{Heard, Remote, StreamState, use_polling, use_stream};
use crate::i18n::live::live;
use crate::i18n::{Lang, format};

/// Origins that are counted, and characters of their names: more nodes are in no chart.
const ORIGINS_AT_MOST: usize = 64;
const NAME_AT_MOST: usize = 40;

/// What the vcube stream brought since the page was opened.
#[derive(Clone)]
struct Deliveries {
    trail: Trail,
    /// Each origin with its messages, in the order of their names.
    origins: Vec<(String, u64)>,
    last_ms: Option<f64>,
    changed: bool,
}

impl Deliveries {
    const fn new() -> Self {
        Self { trail: Trail::new(1_000.0), origins: Vec::new(), last_ms: None, changed: false }
    }

    fn take_in(&mut self, event: &SseEvent, now_ms: f64) {
        // What is no delivery is not shown as one.
        let Some(Delivery { origin, latency_ms, timestamp }) = Delivery::read(&event.data) else { return };
        self.trail.push(timestamp.map_or(now_ms, |at| at.0), latency_ms);
        self.last_ms = Some(latency_ms);
        let origin: String = origin.chars().take(NAME_AT_MOST).collect();
        match self.origins.binary_search_by(|(name, _)| name.cmp(&origin)) {
            Ok(place) => self.origins[place].1 += 1,
            Err(place) if self.origins.len() < ORIGINS_AT_MOST => self.origins.insert(place, (origin, 1)),
            // A stream may name as many as it likes.
            Err(_) => {}
        }
        self.changed = true;
    }
}

/// One causal delivery. Its vector clock is not shown to anyone, and not read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delivery {
    /// The node that sent the message.
    origin: String,
    /// From broadcast to delivery at the node that tells it.
    latency_ms: f64,
    #[serde(default, deserialize_with = "lenient::or_none")]
    timestamp: Option<TimeStamp>,
}

impl Delivery {
    fn read(data: &str) -> Option<Self> {
        decode::from_text(data).ok()
    }
}

/// What is shown of the deliveries, written once a second.
#[derive(Clone, Copy)]
pub struct DeliverySignals {
    pub points: RwSignal<Vec<Point>>,
    pub origins: RwSignal<Vec<(String, u64)>>,
    pub last_ms: RwSignal<Option<f64>>,
    pub state: Signal<StreamState>,
}

fn deliveries() -> DeliverySignals {
    let known = StoredValue::new_local(Deliveries::new());
    let listener = move |heard: Heard<'_>| {
        let now = js_sys::Date::now();
        known.try_update_value(|known| match heard {
            Heard::Event(event) => known.take_in(event, now),
            Heard::Gap | Heard::Silence => {
                known.trail.break_off(now);
                known.changed = true;
            }
        });
    };
    let shown = DeliverySignals {
        points: RwSignal::new(Vec::new()),
        origins: RwSignal::new(Vec::new()),
        last_ms: RwSignal::new(None),
        state: use_stream(StreamKind::Vcube, Box::new(listener)),
    };
    use_polling(DRAW_MS, move || {
        known.try_update_value(|known| {
            if std::mem::take(&mut known.changed) {
                shown.points.set(known.trail.points().to_vec());
                shown.last_ms.set(known.last_ms);
                if shown.origins.with_untracked(|origins| *origins != known.origins) {
                    shown.origins.set(known.origins.clone());
                }
            }
        });
        std::future::ready(())
    });
    shown
}

fn milliseconds(lang: Lang, value: Option<f64>) -> String {
    value.map_or_else(|| format::ABSENT.to_owned(), |value| format!("{}\u{a0}ms", format::measured(lang, value)))
}

/// The section, and what its stream brings for others.
pub fn latency(lang: Signal<Lang>) -> (impl IntoView, DeliverySignals) {
    let shown = deliveries();
    let remote = use_series(&[Series::Latency, Series::RaftChart, Series::Throughput]);
    ask_without_stream(shown.state, move || remote.refresh());
    let (history, _) = part(remote, 0, lang, |_| "");
    let (consensus, empty) = part(remote, 1, lang, |lang| live(lang).latency_empty);
    let mean = move |points: Signal<Vec<Point>>| {
        Signal::derive(move || {
            let summary = points.with(|points| Summary::of(points.iter().filter_map(|point| point.value)));
            milliseconds(lang.get(), summary.map(|summary| summary.mean))
        })
    };
    let last = Signal::derive(move || {
        let from_history = || history.with(|points| points.iter().rev().find_map(|point| point.value));
        milliseconds(lang.get(), shown.last_ms.get().or_else(from_history))
    });
    let list = vec![
        (words(lang, |lang| live(lang).latency_now), last),
        (words(lang, |lang| live(lang).latency_mean), mean(history)),
        (words(lang, |lang| live(lang).consensus_mean), mean(consensus)),
    ];
    let title = words(lang, |lang| live(lang).latency_chart);
    let lines = move |axis, causal, consensus, steady| {
        let lines = vec![
            Line { name: words(lang, |lang| live(lang).vcube), points: causal, steady: false },
            Line { name: words(lang, |lang| live(lang).raft), points: consensus, steady },
        ];
        Chart::lines("chart-latency", axis, title, words(lang, |_| "ms"), empty).view(lines).into_any()
    };
    let streamed = Memo::new(move |_| shown.state.get() != StreamState::Unsupported);
    let chart = move || {
        if streamed.get() {
            return lines(Axis::Time, shown.points.into(), consensus, true);
        }
        // The history, whose readings carry no time.
        lines(Axis::Sample, by_number(history), by_number(consensus), false)
    };
    let content = view! {
        <p class="muted">{move || live(lang.get()).latency_text}</p>
        {stream_badge(lang, |text| text.stream_vcube, shown.state)}
        <div class="stack">{figures(list)} <div class="charts">{chart} {throughput(lang, remote)}</div></div>
    };
    (data_section("latency", move || live(lang.get()).latency.to_owned(), remote, content.into_any()), shown)
}

/// What the cluster does while it takes that long.
fn throughput(lang: Signal<Lang>, remote: Remote<Vec<Readings>>) -> impl IntoView {
    let (points, empty) = part(remote, 2, lang, |lang| live(lang).history_empty);
    let name = words(lang, |lang| live(lang).throughput);
    let unit = words(lang, |lang| live(lang).throughput_unit);
    let line = Line { name, points: by_number(points), steady: false };
    Chart::lines("chart-throughput", Axis::Sample, name, unit, empty).view(vec![line])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_are_counted_by_origin_and_what_is_none_is_left_out() {
        let mut known = Deliveries::new();
        let event = |data: &str| SseEvent { name: "message".into(), id: None, data: data.into() };
        for data in [
            r#"{"origin":2,"sequence":1,"latencyMs":4.5,"clock":{"0":1},"timestamp":1000}"#,
            r#"{"origin":0,"sequence":7,"latencyMs":2,"clock":[1,2],"timestamp":"1970-01-01T00:00:02Z"}"#,
            r#"{"origin":"2","sequence":2,"latencyMs":3}"#,
            "{}",
            "not JSON",
        ] {
            known.take_in(&event(data), 3_000.0);
        }
        assert_eq!(known.origins, [("0".to_owned(), 1), ("2".to_owned(), 2)]);
        assert_eq!(
            known.trail.points(),
            [Point::new(1_000.0, 4.5), Point::new(2_000.0, 2.0), Point::new(3_000.0, 3.0)]
        );
    }

    #[test]
    fn a_stream_that_names_origins_without_end_takes_no_memory_without_end() {
        let mut known = Deliveries::new();
        for origin in 0..1_000 {
            let data = format!(r#"{{"origin":"{origin}{}","latencyMs":1}}"#, "x".repeat(10_000));
            known.take_in(&SseEvent { name: "message".into(), id: None, data }, 1.0);
        }
        assert_eq!(known.origins.len(), ORIGINS_AT_MOST);
        assert!(known.origins.iter().all(|(name, _)| name.chars().count() == NAME_AT_MOST));
    }
}
