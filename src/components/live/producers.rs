//! Who broadcasts most, and what becomes of reservations meanwhile.

use futures_util::future::join;
use leptos::prelude::*;

use super::latency::DeliverySignals;
use super::{PAUSE_MS, stream_badge};
use crate::api_service::endpoints::auth::UserRole;
use crate::api_service::endpoints::metrics::ReservationMetrics;
use crate::api_service::endpoints::performance::Rate;
use crate::api_service::stream::StreamKind;
use crate::components::admin_charts::points;
use crate::components::chart::{Axis, Chart, Line, Point, words};
use crate::components::figures::{Figure, figures};
use crate::components::section::data_section;
use crate::hooks::{Heard, Remote, use_remote, use_stream};
use crate::i18n::live::{LiveText, live};
use crate::i18n::{Lang, format};
use crate::session::Session;

/// What the section shows of reservations.
#[derive(Clone, Debug, PartialEq)]
struct Reservations {
    metrics: ReservationMetrics,
    /// A second, over time.
    rate: Vec<Point>,
}

fn figure(
    lang: Signal<Lang>,
    remote: Remote<Reservations>,
    name: fn(&LiveText) -> &'static str,
    read: fn(Lang, &ReservationMetrics) -> Option<String>,
) -> Figure {
    let value = Memo::new(move |_| {
        let lang = lang.get();
        let known = remote.value().with(|all| all.as_ref().and_then(|all| read(lang, &all.metrics)));
        known.unwrap_or_else(|| format::ABSENT.to_owned())
    });
    (Signal::derive(move || name(live(lang.get())).to_owned()), value.into())
}

fn percent(lang: Lang, percent: Option<f64>) -> Option<String> {
    percent.map(|percent| format::percent(lang, percent / 100.0))
}

/// The figure of the last performance test, for those who may see it.
fn efficiency(lang: Signal<Lang>) -> Option<Figure> {
    let session = expect_context::<Session>();
    let may = matches!(session.role().get_untracked(), Some(UserRole::Admin | UserRole::Researcher));
    may.then(|| {
        let results = use_remote(PAUSE_MS, |api| api.test_results());
        let value = Memo::new(move |_| {
            let known = results.value().with(|results| results.as_ref()?.as_ref()?.rate(Rate::HotProducerEfficiency));
            percent(lang.get(), known).unwrap_or_else(|| format::ABSENT.to_owned())
        });
        (words(lang, |lang| live(lang).efficiency), value.into())
    })
}

/// The section. `deliveries` come from the stream of the section on latency.
pub fn producers(lang: Signal<Lang>, deliveries: DeliverySignals) -> AnyView {
    let remote = use_remote(PAUSE_MS, |api| async move {
        let (metrics, rate) = join(api.reservation_metrics(), api.reservations_chart()).await;
        // Without the chart the figures still say something.
        Ok(Reservations { metrics: metrics?, rate: rate.map(points).unwrap_or_default() })
    });
    let listener = move |heard: Heard<'_>| match heard {
        Heard::Event(event) => {
            if let Ok(fresh) = serde_json::from_str::<ReservationMetrics>(&event.data) {
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
    let mut list = vec![
        figure(lang, remote, |text| text.total, |lang, all| Some(format::integer(lang, all.total_reservations?))),
        figure(lang, remote, |text| text.success_rate, |lang, all| percent(lang, all.success_rate)),
        figure(lang, remote, |text| text.redirected, |lang, all| percent(lang, all.redirection_rate)),
    ];
    list.extend(efficiency(lang));
    let content = view! {
        <p class="muted">{move || live(lang.get()).producers_text}</p>
        {stream_badge(lang, |text| text.stream_reservations, state)}
        <div class="stack">
            {figures(list)} <div class="charts">{by_origin(lang, deliveries)} {rate_chart(lang, remote)}</div>
        </div>
    };
    data_section("producers", move || live(lang.get()).producers.to_owned(), remote, content)
}

fn by_origin(lang: Signal<Lang>, deliveries: DeliverySignals) -> AnyView {
    let origins = deliveries.origins;
    let counts = Memo::new(move |_| {
        let count = |(index, (_, count)): (usize, &(String, u64))| Point::new(index as f64, *count as f64);
        origins.with(|origins| origins.iter().enumerate().map(count).collect::<Vec<_>>())
    });
    let labels = Memo::new(move |_| {
        let lang = lang.get();
        let label = |(name, _): &(String, u64)| (live(lang).origin)(name);
        origins.with(|origins| origins.iter().map(label).collect::<Vec<_>>())
    });
    let name = words(lang, |lang| live(lang).by_origin);
    let empty = words(lang, |lang| live(lang).origin_empty);
    Chart::bars("chart-origins", name, Signal::stored(String::new()), labels.into(), empty).view(vec![Line {
        name,
        points: counts.into(),
        steady: false,
    }])
}

fn rate_chart(lang: Signal<Lang>, remote: Remote<Reservations>) -> AnyView {
    let rate =
        Memo::new(move |_| remote.value().with(|all| all.as_ref().map(|all| all.rate.clone()).unwrap_or_default()));
    let name = words(lang, |lang| live(lang).reservations_chart);
    let empty = words(lang, |lang| live(lang).reservations_empty);
    let unit = words(lang, |lang| live(lang).per_second);
    Chart::lines("chart-rate", Axis::Time, name, unit, empty).view(vec![Line {
        name,
        points: rate.into(),
        steady: true,
    }])
}
