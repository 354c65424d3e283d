//! The readings of a chart as a table, the newest first.

use leptos::prelude::*;

use super::geometry::{self, Axis};
use super::{Chart, Line};
use crate::i18n::chart::chart;
use crate::i18n::{Lang, format};

/// More rows than this are not read by anybody, and slow the page down.
const ROWS: usize = 120;

/// One row: the place on the axis, and a value for each line.
struct Row {
    at: f64,
    values: Vec<Option<f64>>,
}

/// The newest rows, and how many there are.
fn rows_of(lines: &[Line], axis: Axis) -> (Vec<Row>, usize) {
    let points: Vec<_> = lines.iter().map(|line| line.points.get()).collect();
    let mut positions = geometry::positions(points.iter().map(|points| points.as_slice()));
    let count = positions.len();
    if axis != Axis::Category {
        positions.reverse();
    }
    positions.truncate(ROWS);
    let row = |at: f64| {
        let values = points.iter().map(|points| geometry::reading(points, at, 0.0)).collect();
        Row { at, values }
    };
    (positions.into_iter().map(row).collect(), count)
}

pub(super) fn view(spec: Chart, lang: Signal<Lang>, lines: StoredValue<Vec<Line>>) -> impl IntoView {
    let first = Signal::derive(move || {
        let text = chart(lang.get());
        match spec.axis {
            Axis::Time => text.time,
            Axis::Sample => text.reading,
            Axis::Category => text.bar,
        }
    });
    let single = lines.with_value(|lines| lines.len() == 1);
    let head = move |line: Line| {
        let name = if single { spec.title } else { line.name };
        view! { <th scope="col" class="number">{name}</th> }.into_any()
    };
    let body = move || {
        let (lang, (rows, count)) = (lang.get(), lines.with_value(|lines| rows_of(lines, spec.axis)));
        let cut = rows.len() < count;
        let number = |number: usize| format::integer(lang, number as u64);
        let note = chart(lang).newest_of.fill([&number(rows.len()), &number(count)]);
        let heads = lines.get_value().into_iter().map(head).collect_view();
        let rows = rows.into_iter().map(|row| row_view(spec, lang, row)).collect_view();
        view! {
            <table class="table">
                <caption class="chart-text" hidden=!cut>{note}</caption>
                <thead>
                    <tr>
                        <th scope="col">{first}</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <div class="table-frame chart-table" tabindex="0" role="group" aria-label=spec.title>
            {body}
        </div>
    }
}

fn row_view(spec: Chart, lang: Lang, row: Row) -> impl IntoView {
    let cell = |value: Option<f64>| {
        let words = value.map_or_else(|| format::ABSENT.to_owned(), |value| spec.value(lang, value));
        view! { <td class="number">{words}</td> }.into_any()
    };
    view! {
        <tr>
            <th scope="row">{spec.place(lang, row.at)}</th>
            {row.values.into_iter().map(cell).collect_view()}
        </tr>
    }
}
