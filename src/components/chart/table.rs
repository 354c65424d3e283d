//! The readings of a chart as a table, the newest first.

use leptos::prelude::*;

use super::geometry::{self, Axis};
use super::{Chart, Line};
use crate::i18n::chart::chart;
use crate::i18n::{Lang, format};

/// More rows than this are not read by anybody, and slow the page down.
const ROWS: usize = 120;

/// One row: the place on the axis, and a value for each line.
#[derive(Clone, PartialEq)]
struct Row {
    at: f64,
    values: Vec<Option<f64>>,
}

impl Row {
    fn key(&self) -> Vec<u64> {
        let bits = |value: &Option<f64>| value.map_or(u64::MAX, f64::to_bits);
        std::iter::once(self.at.to_bits()).chain(self.values.iter().map(bits)).collect()
    }
}

/// The newest rows, and how many there are.
fn rows_of(lines: &[Line], axis: Axis) -> (Vec<Row>, usize) {
    let points: Vec<_> = lines.iter().map(|line| line.points.read()).collect();
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

pub(super) fn view(spec: Chart, lang: Signal<Lang>, lines: StoredValue<Vec<Line>>) -> AnyView {
    let all = Memo::new(move |_| lines.with_value(|lines| rows_of(lines, spec.axis)));
    let first = move || {
        let text = chart(lang.get());
        match spec.axis {
            Axis::Time => text.time,
            Axis::Sample => text.reading,
            Axis::Category => "",
        }
    };
    let single = lines.with_value(|lines| lines.len() == 1);
    let heads = lines
        .get_value()
        .into_iter()
        .map(|line| {
            let name = if single { spec.title } else { line.name };
            view! { <th scope="col" class="number">{name}</th> }
        })
        .collect_view();
    let cut = move || all.with(|(rows, count)| (rows.len() < *count).then_some((rows.len(), *count)));
    let note = move || {
        let lang = lang.get();
        let number = |number: usize| format::integer(lang, number as u64);
        cut().map_or_else(String::new, |(shown, count)| (chart(lang).newest_of)(&number(shown), &number(count)))
    };
    view! {
        <div class="table-frame chart-table" tabindex="0" role="group" aria-label=spec.title>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">{first}</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>
                    <For each=move || all.with(|(rows, _)| rows.clone()) key=Row::key let:row>
                        {row_view(spec, lang, row)}
                    </For>
                </tbody>
            </table>
        </div>
        <p class="chart-text" hidden=move || cut().is_none()>
            {note}
        </p>
    }
    .into_any()
}

fn row_view(spec: Chart, lang: Signal<Lang>, row: Row) -> AnyView {
    let at = row.at;
    let cells = row
        .values
        .into_iter()
        .map(|value| {
            let words = move || value.map_or_else(|| format::ABSENT.to_owned(), |value| spec.value(lang.get(), value));
            view! { <td class="number">{words}</td> }
        })
        .collect_view();
    view! {
        <tr>
            <th scope="row">{move || spec.place(lang.get(), at)}</th>
            {cells}
        </tr>
    }
    .into_any()
}
