//! The charts of the administrator's page: what the cluster does, second by second and hour by hour.

use leptos::prelude::*;

use crate::api_service::endpoints::series::Series;
use crate::components::chart::series::{part, use_series};
use crate::components::chart::{Axis, Chart, Line, words};
use crate::components::section::data_section;
use crate::i18n::Lang;
use crate::i18n::admin::admin;

/// The section of charts.
pub fn admin_charts(lang: Signal<Lang>) -> impl IntoView {
    let remote =
        use_series(&[Series::AdminReservations, Series::AdminProcessing, Series::AdminConsensus, Series::AdminHours]);
    let lines = move |index: usize, id, title: fn(Lang) -> &'static str, unit: fn(Lang) -> &'static str| {
        let (points, empty) = part(remote, index, lang, |lang| admin(lang).chart_empty);
        let name = words(lang, title);
        let line = Line { name, points, steady: true };
        Chart::lines(id, Axis::Time, name, words(lang, unit), empty).view(vec![line])
    };
    let (hours, empty) = part(remote, 3, lang, |lang| admin(lang).chart_empty);
    let labels = Signal::derive(move || (0..24).map(|hour| (admin(lang.get()).hour)(hour)).collect::<Vec<_>>());
    let name = words(lang, |lang| admin(lang).chart_hours);
    let by_hour = Chart::bars("chart-hours", name, words(lang, |_| ""), labels, empty).view(vec![Line {
        name,
        points: hours,
        steady: false,
    }]);
    let content = view! {
        <div class="charts">
            {lines(0, "chart-reservations", |lang| admin(lang).chart_reservations, |lang| admin(lang).per_second)}
            {lines(1, "chart-processing", |lang| admin(lang).chart_processing, |_| "ms")}
            {lines(2, "chart-consensus", |lang| admin(lang).chart_consensus, |_| "ms")} {by_hour}
        </div>
    };
    data_section("charts", move || admin(lang.get()).charts.to_owned(), remote, content.into_any())
}
