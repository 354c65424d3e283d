//! What a page of charts needs: series of the cluster, each with the reason when there is none.

use leptos::prelude::*;

use super::Point;
use crate::api_service::ApiError;
use crate::api_service::endpoints::listed::{Partial, Unreadable};
use crate::api_service::endpoints::series::{Sample, Series};
use crate::hooks::{Remote, use_partial};
use crate::i18n::Lang;
use crate::i18n::chart::chart;
use crate::i18n::errors::error_text;

/// Long enough for a node, short enough for a person who watches.
const PAUSE_MS: u32 = 10_000;

/// One series' readings, or why there are none.
pub type Readings = Result<Vec<Point>, ApiError>;

/// Asks for `all` again and again while the page is shown.
pub fn use_series(all: &'static [Series]) -> Remote<Vec<Readings>> {
    use_partial(PAUSE_MS, move |api| async move {
        let mut unreadable: Vec<Unreadable> = Vec::new();
        let mut readings = Vec::with_capacity(all.len());
        for (series, samples) in all.iter().zip(api.several_series(all).await) {
            readings.push(samples.map(|samples| {
                unreadable.extend(samples.unreadable.map(|left_out| left_out.of(series.path())));
                points(samples.entries)
            }));
        }
        Ok(Partial { value: unless_all_fail(readings)?, unreadable })
    })
}

fn points(samples: Vec<Sample>) -> Vec<Point> {
    samples.into_iter().map(|Sample { at, value }| Point { at, value }).collect()
}

/// Whether the backend simply has no such measurement.
const fn is_lacking(error: &ApiError) -> bool {
    matches!(error, ApiError::Refused { status: 404 | 405, .. })
}

/// All or nothing is one failure of the section; a single one that fails or is missing is the chart's own. A session
/// that is over is the page's matter, whichever series found out.
fn unless_all_fail(all: Vec<Readings>) -> Result<Vec<Readings>, ApiError> {
    let failed = |readings: &Readings| readings.as_ref().is_err_and(|error| !is_lacking(error));
    let over = |readings: &Readings| matches!(readings, Err(ApiError::Unauthorized { .. }));
    let all_failed = !all.is_empty() && all.iter().all(failed);
    match all.iter().position(|readings| all_failed || over(readings)) {
        Some(index) => Err(all[index].as_ref().err().cloned().unwrap_or(ApiError::Cancelled)),
        None => Ok(all),
    }
}

/// The readings at `index` of what was asked for, and what to say when there are none.
pub fn part(
    remote: Remote<Vec<Readings>>,
    index: usize,
    lang: Signal<Lang>,
    empty: fn(Lang) -> &'static str,
) -> (Signal<Vec<Point>>, Signal<String>) {
    let points = Memo::new(move |_| {
        remote.value().with(|all| match all.as_ref().and_then(|all| all.get(index)) {
            Some(Ok(points)) => points.clone(),
            _ => Vec::new(),
        })
    });
    let empty = Signal::derive(move || {
        let lang = lang.get();
        remote.value().with(|all| match all.as_ref().and_then(|all| all.get(index)) {
            Some(Err(error)) if is_lacking(error) => chart(lang).lacking.to_owned(),
            Some(Err(error)) => error_text(lang, error),
            _ => empty(lang).to_owned(),
        })
    });
    (points.into(), empty)
}

/// The readings by their number, from 1: for series of which some carry no time.
pub fn by_number(points: Signal<Vec<Point>>) -> Signal<Vec<Point>> {
    Signal::derive(move || {
        let number = |(index, point): (usize, &Point)| Point { at: index as f64 + 1.0, ..*point };
        points.with(|points| points.iter().enumerate().map(number).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_that_fails_alone_leaves_the_others_and_one_that_lacks_is_no_failure() {
        let lacking = || Err(ApiError::Refused { status: 404, code: None, message: None });
        let failed = || Err(ApiError::Server { status: 500 });
        assert!(unless_all_fail(vec![failed(), Ok(Vec::new())]).is_ok());
        assert!(unless_all_fail(vec![lacking(), lacking()]).is_ok());
        assert_eq!(unless_all_fail(vec![failed(), failed()]), Err(ApiError::Server { status: 500 }));
        let over = ApiError::Unauthorized { message: None };
        assert_eq!(unless_all_fail(vec![Ok(Vec::new()), Err(over.clone())]), Err(over));
    }
}
