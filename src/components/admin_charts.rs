//! The charts of the administrator's page: what the cluster does, second by second and hour by hour.

use futures_util::future::join4;
use leptos::prelude::*;

use super::chart::{Axis, Chart, Line, Point, words};
use super::section::data_section;
use crate::api_service::endpoints::metrics::Sample;
use crate::api_service::{ApiError, ApiService};
use crate::hooks::{Remote, use_remote};
use crate::i18n::Lang;
use crate::i18n::admin::admin;
use crate::i18n::chart::chart;
use crate::i18n::errors::error_text;

/// As often as the other figures of the page.
const PAUSE_MS: u32 = 10_000;

const CHARTS: usize = 4;

/// One chart's readings, or why there are none.
type Readings = Result<Vec<Point>, ApiError>;

/// Samples as readings.
pub fn points(samples: Vec<Sample>) -> Vec<Point> {
    let mut points: Vec<Point> =
        samples.into_iter().map(|sample| Point { at: sample.timestamp.0, value: sample.value }).collect();
    points.sort_by(|a, b| a.at.total_cmp(&b.at));
    points
}

/// Whether the backend simply has no such measurement.
const fn is_lacking(error: &ApiError) -> bool {
    matches!(error, ApiError::Refused { status: 404 | 405, .. })
}

/// All or nothing is one failure of the section; a single one that fails, or that lacks, is the chart's own.
pub fn unless_all_fail<const N: usize>(all: [Readings; N]) -> Result<[Readings; N], ApiError> {
    let failed = |readings: &Readings| readings.as_ref().is_err_and(|error| !is_lacking(error));
    if all.iter().all(failed) {
        return Err(all.into_iter().find_map(Result::err).unwrap_or(ApiError::Cancelled));
    }
    // A session that is over is the page's matter, whichever chart found out.
    match all.iter().find_map(|readings| readings.as_ref().err().filter(|error| ends_session(error))) {
        Some(error) => Err(error.clone()),
        None => Ok(all),
    }
}

const fn ends_session(error: &ApiError) -> bool {
    matches!(error, ApiError::Unauthorized { .. })
}

async fn read(api: ApiService) -> Result<[Readings; CHARTS], ApiError> {
    let (reservations, processing, consensus, hours) =
        join4(api.reservations_per_second(), api.processing_times(), api.consensus_times(), api.reservations_by_hour())
            .await;
    let hours = hours.map(|hours| (0_u8..).zip(hours).map(|(hour, value)| Point { at: hour.into(), value }).collect());
    unless_all_fail([reservations.map(points), processing.map(points), consensus.map(points), hours])
}

/// The readings at `index` of what was read, and what to say when there are none.
pub fn part<const N: usize>(
    remote: Remote<[Readings; N]>,
    index: usize,
    lang: Signal<Lang>,
    empty: fn(Lang) -> &'static str,
) -> (Signal<Vec<Point>>, Signal<String>) {
    let points = Memo::new(move |_| {
        remote.value().with(|all| all.as_ref().and_then(|all| all[index].as_ref().ok().cloned()).unwrap_or_default())
    });
    let empty = Memo::new(move |_| {
        let lang = lang.get();
        remote.value().with(|all| match all.as_ref().map(|all| &all[index]) {
            Some(Err(error)) if is_lacking(error) => chart(lang).lacking.to_owned(),
            Some(Err(error)) => error_text(lang, error),
            _ => empty(lang).to_owned(),
        })
    });
    (points.into(), empty.into())
}

/// The section of charts.
pub fn admin_charts(lang: Signal<Lang>) -> AnyView {
    let remote = use_remote(PAUSE_MS, read);
    let lines = move |index: usize, id, title: fn(Lang) -> &'static str, unit: fn(Lang) -> &'static str| {
        let (points, empty) = part(remote, index, lang, |lang| admin(lang).chart_empty);
        let name = words(lang, title);
        let line = Line { name, points, steady: true };
        Chart::lines(id, Axis::Time, name, words(lang, unit), empty).view(vec![line])
    };
    let (hours, empty) = part(remote, 3, lang, |lang| admin(lang).chart_empty);
    let labels = Memo::new(move |_| (0..24).map(|hour| (admin(lang.get()).hour)(hour)).collect::<Vec<_>>());
    let name = words(lang, |lang| admin(lang).chart_hours);
    let by_hour = Chart::bars("chart-hours", name, Signal::stored(String::new()), labels.into(), empty)
        .view(vec![Line { name, points: hours, steady: false }]);
    let content = view! {
        <div class="charts">
            {lines(0, "chart-reservations", |lang| admin(lang).chart_reservations, |lang| admin(lang).per_second)}
            {lines(1, "chart-processing", |lang| admin(lang).chart_processing, |_| "ms")}
            {lines(2, "chart-consensus", |lang| admin(lang).chart_consensus, |_| "ms")} {by_hour}
        </div>
    };
    data_section("charts", move || admin(lang.get()).charts.to_owned(), remote, content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_that_fails_alone_leaves_the_others_and_one_that_lacks_is_no_failure() {
        let lacking = || Err(ApiError::Refused { status: 404, code: None, message: None });
        let failed = || Err(ApiError::Server { status: 500 });
        assert!(unless_all_fail([failed(), Ok(Vec::new())]).is_ok());
        assert!(unless_all_fail([lacking(), lacking()]).is_ok());
        assert_eq!(unless_all_fail([failed(), failed()]), Err(ApiError::Server { status: 500 }));
        let over = ApiError::Unauthorized { message: None };
        assert_eq!(unless_all_fail([Ok(Vec::new()), Err(over.clone())]), Err(over));
    }
}
