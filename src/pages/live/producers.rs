//! Who broadcasts most, and what becomes of reservations meanwhile.

use leptos::prelude::*;

use super::badge::{ask_without_stream, stream_badge};
use super::latency::DeliverySignals;
use crate::api_service::browser::stream::StreamKind;
use crate::api_service::decode;
use crate::api_service::endpoints::auth::UserRole;
use crate::api_service::endpoints::metrics::ReservationMetrics;
use crate::api_service::endpoints::performance::Rate;
use crate::api_service::endpoints::series::Series;
use crate::components::chart::series::{Readings, part, use_series};
use crate::components::chart::{Axis, Chart, Line, Point, words};
use crate::components::figures::{Figure, figures};
use crate::components::section::{data_section, left_out};
use crate::hooks::{Heard, Remote, StreamState, use_remote, use_stream};
use crate::i18n::live::{LiveText, live};
use crate::i18n::{Lang, format};
use crate::store::session::Session;

/// The stream tells at once; this is for backends without it, and for the last test.
const PAUSE_MS: u32 = 30_000;

/// What the section shows of reservations.
#[derive(Clone, Debug, PartialEq)]
struct Reservations {
    metrics: ReservationMetrics,
    /// Of the last performance test, in percent, for those who may see it.
    efficiency: Option<f64>,
}

fn figure(
    lang: Signal<Lang>,
    remote: Remote<Reservations>,
    name: fn(&LiveText) -> &'static str,
    read: fn(Lang, &Reservations) -> Option<String>,
) -> Figure {
    let value = Signal::derive(move || {
        let lang = lang.get();
        let known = remote.value().with(|all| all.as_ref().and_then(|all| read(lang, all)));
        known.unwrap_or_else(|| format::ABSENT.to_owned())
    });
    (Signal::derive(move || name(live(lang.get())).to_owned()), value)
}

fn percent(lang: Lang, percent: Option<f64>) -> Option<String> {
    percent.map(|percent| format::percent(lang, percent / 100.0))
}

/// The section. `deliveries` come from the stream of the section on latency.
pub fn producers(lang: Signal<Lang>, deliveries: DeliverySignals) -> impl IntoView {
    let session = expect_context::<Session>();
    let sees_tests = matches!(session.role().get_untracked(), Some(UserRole::Admin | UserRole::Researcher));
    let remote = use_remote(PAUSE_MS, move |api| async move {
        let metrics = api.reservation_metrics().await?;
        // Without the test the figures still say something.
        let results = if sees_tests { api.test_results().await.ok().flatten() } else { None };
        Ok(Reservations { metrics, efficiency: results.and_then(|results| results.rate(Rate::HotProducerEfficiency)) })
    });
    let listener = move |heard: Heard<'_>| match heard {
        Heard::Event(event) => {
            if let Ok(fresh) = decode::from_text::<ReservationMetrics>(&event.data) {
                remote.value().try_update(|all| {
                    if let Some(all) = all {
                        all.metrics = fresh;
                    }
                });
            }
        }
        Heard::Gap => remote.refresh(),
        Heard::Silence => {}
    };
    let state = use_stream(StreamKind::Reservations, Box::new(listener));
    ask_without_stream(state, move || remote.refresh());
    let mut list = vec![
        figure(
            lang,
            remote,
            |text| text.total,
            |lang, all| Some(format::integer(lang, all.metrics.total_reservations?)),
        ),
        figure(lang, remote, |text| text.success_rate, |lang, all| percent(lang, all.metrics.success_rate)),
        figure(
            lang,
            remote,
            |text| text.failed,
            |lang, all| Some(format::integer(lang, all.metrics.failed_reservations?)),
        ),
        figure(lang, remote, |text| text.redirected, |lang, all| percent(lang, all.metrics.redirection_rate)),
    ];
    if sees_tests {
        list.push(figure(lang, remote, |text| text.efficiency, |lang, all| percent(lang, all.efficiency)));
    }
    let rate = use_series(&[Series::ReservationsChart]);
    let content = view! {
        <p class="muted">{move || live(lang.get()).producers_text}</p>
        {left_out(lang, rate.asking().unreadable())}
        {stream_badge(lang, |text| text.stream_reservations, state)}
        <div class="stack">
            {figures(list)} <div class="charts">{by_origin(lang, deliveries)} {rate_chart(lang, rate)}</div>
        </div>
    };
    data_section("producers", move || live(lang.get()).producers.to_owned(), remote, content.into_any())
}

fn by_origin(lang: Signal<Lang>, deliveries: DeliverySignals) -> impl IntoView {
    let origins = deliveries.origins;
    let counts = Signal::derive(move || {
        let count = |(index, (_, count)): (usize, &(String, u64))| Point::new(index as f64, *count as f64);
        origins.with(|origins| origins.iter().enumerate().map(count).collect::<Vec<_>>())
    });
    let labels = Signal::derive(move || {
        let lang = lang.get();
        let label = |(name, _): &(String, u64)| live(lang).origin.fill([name]);
        origins.with(|origins| origins.iter().map(label).collect::<Vec<_>>())
    });
    let name = words(lang, |lang| live(lang).by_origin);
    let state = deliveries.state;
    let empty = Signal::derive(move || {
        let text = live(lang.get());
        // Only the stream tells who sent a message.
        let words = if state.get() == StreamState::Unsupported { text.origin_unknown } else { text.origin_empty };
        words.to_owned()
    });
    Chart::bars("chart-origins", name, words(lang, |_| ""), labels, empty).view(vec![Line {
        name,
        points: counts,
        steady: false,
    }])
}

fn rate_chart(lang: Signal<Lang>, remote: Remote<Vec<Readings>>) -> impl IntoView {
    let (points, empty) = part(remote, 0, lang, |lang| live(lang).reservations_empty);
    let name = words(lang, |lang| live(lang).reservations_chart);
    let unit = words(lang, |lang| live(lang).per_second);
    Chart::lines("chart-rate", Axis::Time, name, unit, empty).view(vec![Line { name, points, steady: true }])
}
