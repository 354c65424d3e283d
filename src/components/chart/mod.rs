//! Charts: lines over time and bars by category, drawn as SVG that is stretched to the room there is, with labels in
//! HTML that are not.
//!
//! One tab stop; arrow keys, Page keys, Home and End step through the readings, the pointer points at them; the same
//! readings as a table. New data changes the outlines in their place. A line is known by its dashes, not by its
//! colour alone.

pub mod geometry;
pub mod series;
mod table;
pub mod trail;

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;

pub use geometry::{Axis, Point};

use crate::i18n::chart::chart;
use crate::i18n::{Lang, format, use_lang};
use geometry::{HEIGHT, Scale, Summary, WIDTH};

/// One series of a chart.
#[derive(Clone, Copy)]
pub struct Line {
    pub name: Signal<String>,
    /// From left to right.
    pub points: Signal<Vec<Point>>,
    /// Readings come at a steady pace: a longer distance is a gap. Otherwise gaps are only where they are marked.
    pub steady: bool,
}

/// A chart, as a page describes it.
#[derive(Clone, Copy)]
pub struct Chart {
    /// For tests; unique on the page.
    pub id: &'static str,
    pub title: Signal<String>,
    /// Follows every value: "ms", "%". Empty for counts.
    pub unit: Signal<String>,
    pub axis: Axis,
    pub bars: bool,
    /// Only whole numbers make sense.
    pub whole: bool,
    /// What the categories are called; empty for other axes.
    pub labels: Signal<Vec<String>>,
    /// What is said, and what to do, while there is nothing to show.
    pub empty: Signal<String>,
}

impl Chart {
    /// A line chart.
    pub fn lines(
        id: &'static str,
        axis: Axis,
        title: Signal<String>,
        unit: Signal<String>,
        empty: Signal<String>,
    ) -> Self {
        Self { id, title, unit, axis, bars: false, whole: false, labels: Signal::stored(Vec::new()), empty }
    }

    /// A bar chart of counts by category.
    pub fn bars(
        id: &'static str,
        title: Signal<String>,
        unit: Signal<String>,
        labels: Signal<Vec<String>>,
        empty: Signal<String>,
    ) -> Self {
        Self { bars: true, whole: true, labels, ..Self::lines(id, Axis::Category, title, unit, empty) }
    }

    /// Shows `lines`, at most four of them.
    pub fn view(self, lines: Vec<Line>) -> impl IntoView {
        let lang = use_lang();
        let lines = StoredValue::new(lines);
        let scale = Memo::new(move |_| {
            lines.with_value(|lines| {
                let points: Vec<_> = lines.iter().map(|line| line.points.get()).collect();
                let newest = points.iter().filter_map(|points| points.last()).map(|point| point.at).fold(0.0, f64::max);
                let zone_ms = if self.axis == Axis::Time { format::zone_ms(newest) } else { 0.0 };
                Scale::of(points.iter().map(|points| points.as_slice()), self.axis, self.whole, zone_ms)
            })
        });
        let shown =
            Shown { chart: self, lang, lines, scale, selected: RwSignal::new(None), table: RwSignal::new(false) };
        shown.view()
    }

    /// The words for a place of the horizontal axis.
    fn place(self, lang: Lang, at: f64) -> String {
        match self.axis {
            Axis::Time => format::time_of_day(lang, at),
            Axis::Sample => chart(lang).reading_number.fill([&format::integer(lang, at as u64)]),
            Axis::Category => self.labels.with(|labels| labels.get(at as usize).cloned().unwrap_or_default()),
        }
    }

    /// Short words for a place, for the axis.
    fn tick(self, lang: Lang, at: f64, step: f64) -> String {
        match self.axis {
            Axis::Time => format::time_label(lang, at, step),
            Axis::Sample => format::compact(lang, at),
            Axis::Category => self.place(lang, at),
        }
    }

    fn value(self, lang: Lang, value: f64) -> String {
        let number = format::measured(lang, value);
        self.unit.with(|unit| if unit.is_empty() { number } else { format!("{number}\u{a0}{unit}") })
    }
}

/// A chart that is on the page.
#[derive(Clone, Copy)]
struct Shown {
    chart: Chart,
    lang: Signal<Lang>,
    lines: StoredValue<Vec<Line>>,
    scale: Memo<Scale>,
    /// The place that is read out. Kept by place, not by number: it stays where it is when data comes in.
    selected: RwSignal<Option<f64>>,
    table: RwSignal<bool>,
}

impl Shown {
    fn view(self) -> impl IntoView {
        let Self { chart: spec, lang, table, scale, .. } = self;
        let title_id = format!("{}-title", spec.id);
        let empty = Signal::derive(move || scale.with(|scale| scale.y_ticks.is_empty()));
        let heading = Signal::derive(move || {
            let (title, unit) = (spec.title.get(), spec.unit.get());
            if unit.is_empty() { title } else { format!("{title} ({unit})") }
        });
        let rows = move || (table.get() && !empty.get()).then(|| table::view(spec, lang, self.lines));
        view! {
            <figure class="chart" data-testid=spec.id data-empty=move || empty.get().to_string() aria-labelledby=title_id.clone()>
                <div class="chart-head">
                    <h3 class="chart-title" id=title_id.clone()>
                        {heading}
                    </h3>
                    <button
                        type="button"
                        class="btn btn-small"
                        data-testid="chart-table"
                        aria-label=move || format!("{} – {}", self.toggle_words(), spec.title.get())
                        hidden=empty
                        on:click=move |_| table.update(|table| *table = !*table)
                    >
                        {move || self.toggle_words()}
                    </button>
                </div>
                {self.legend()}
                <p class="chart-empty" hidden=move || !empty.get()>
                    {spec.empty}
                </p>
                <div class="chart-frame" hidden=move || empty.get() || table.get()>
                    {self.value_labels()} {self.plot()} {self.place_labels()}
                </div>
                <p class="chart-text" hidden=move || empty.get() || table.get()>
                    {self.words()}
                </p>
                {rows}
            </figure>
        }
    }

    fn toggle_words(self) -> &'static str {
        let text = chart(self.lang.get());
        if self.table.get() { text.as_graph } else { text.as_table }
    }

    /// Names beside a piece of each line.
    fn legend(self) -> AnyView {
        if self.lines.with_value(|lines| lines.len() == 1) {
            return ().into_any();
        }
        let names = self.lines.get_value().into_iter().enumerate().map(|(index, line)| {
            let sample = view! {
                <li>
                    <svg class="chart-sample" viewBox="0 0 28 8" aria-hidden="true" focusable="false">
                        <path class=line_class(index) d="M2 4H26" />
                    </svg>
                    {line.name}
                </li>
            };
            sample.into_any()
        });
        view! { <ul class="chart-legend">{names.collect_view()}</ul> }.into_any()
    }

    fn value_labels(self) -> impl IntoView {
        let Self { lang, scale, .. } = self;
        // The highest first, as they are seen.
        let labels = move || {
            let lang = lang.get();
            let ticks = scale.with(|scale| scale.y_ticks.clone());
            let label = |tick| view! { <span>{format::compact(lang, tick)}</span> }.into_any();
            ticks.into_iter().rev().map(label).collect_view().into_any()
        };
        view! {
            <div class="chart-values" aria-hidden="true">
                {labels}
            </div>
        }
    }

    fn place_labels(self) -> impl IntoView {
        let Self { chart: spec, lang, scale, .. } = self;
        let labels = move || {
            let lang = lang.get();
            scale.with(|scale| {
                let step = scale.x_step;
                let label = |tick: &f64| {
                    let left = percent(scale.across(*tick));
                    view! { <span style:left=left>{spec.tick(lang, *tick, step)}</span> }.into_any()
                };
                scale.x_ticks.iter().map(label).collect_view().into_any()
            })
        };
        view! {
            <div class="chart-places" aria-hidden="true">
                {labels}
            </div>
        }
    }

    fn plot(self) -> impl IntoView {
        let Self { chart: spec, scale, selected, .. } = self;
        let on_point = move |event: PointerEvent| {
            let target: web_sys::Element = event_target(&event);
            let share = f64::from(event.offset_x()) / f64::from(target.client_width().max(1));
            self.select_near(scale.with_untracked(|scale| scale.at(share)));
        };
        let now = move || scale.with(|scale| selected.get().map_or(100.0, |at| scale.across(at) * 100.0));
        let cross = move || selected.get().map(|at| percent(scale.with(|scale| scale.across(at))));
        let marks = (0..self.lines.with_value(Vec::len)).map(|index| self.mark(index)).collect_view();
        view! {
            <div
                class="chart-plot"
                role="slider"
                tabindex="0"
                aria-readonly="true"
                aria-label=spec.title
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=move || now().round().to_string()
                aria-valuetext=self.words()
                on:keydown=move |event: KeyboardEvent| self.on_key(&event)
                on:blur=move |_| selected.set(None)
                on:pointermove=on_point
                on:pointerdown=on_point
                on:pointerleave=move |_| selected.set(None)
            >
                <svg viewBox=format!("0 0 {} {}", WIDTH, HEIGHT) preserveAspectRatio="none" aria-hidden="true" focusable="false">
                    <path class="chart-grid" d=move || scale.with(Scale::grid) />
                    {self.outlines()}
                </svg>
                <span class="chart-cross" style:left=Signal::derive(move || cross().unwrap_or_default()) hidden=move || selected.get().is_none()></span>
                {marks}
            </div>
        }
    }

    fn outlines(self) -> Vec<AnyView> {
        let Self { chart: Chart { bars, .. }, scale, .. } = self;
        let lines = self.lines.get_value().into_iter().enumerate();
        let outline = move |(index, line): (usize, Line)| {
            let d = Signal::derive(move || {
                line.points.with(|points| {
                    scale.with(|scale| {
                        if bars {
                            return geometry::bars(points, scale);
                        }
                        let gap = if line.steady { geometry::usual_gap(points) } else { None };
                        geometry::line(points, scale, gap)
                    })
                })
            });
            let class = if bars { "chart-bars" } else { line_class(index) };
            view! { <path class=class d=d /> }.into_any()
        };
        lines.map(outline).collect()
    }

    /// The point of one line at the selected place.
    fn mark(self, index: usize) -> impl IntoView {
        let Self { scale, selected, .. } = self;
        let place = Memo::new(move |_| {
            let at = selected.get()?;
            let line = self.lines.with_value(|lines| lines.get(index).copied())?;
            scale.with(|scale| {
                let value = line.points.with(|points| geometry::reading(points, at, scale.tolerance()))?;
                Some((percent(scale.across(at)), percent(scale.down(value))))
            })
        });
        let left = Signal::derive(move || place.get().map(|(left, _)| left).unwrap_or_default());
        let top = Signal::derive(move || place.get().map(|(_, top)| top).unwrap_or_default());
        view! { <span class="chart-dot" style:left=left style:top=top hidden=move || place.get().is_none()></span> }
    }

    fn positions(self) -> Vec<f64> {
        self.lines.with_value(|lines| {
            let points: Vec<_> = lines.iter().map(|line| line.points.get_untracked()).collect();
            geometry::positions(points.iter().map(|points| points.as_slice()))
        })
    }

    fn select_near(self, at: f64) {
        let positions = self.positions();
        let near = geometry::nearest(&positions, at).map(|index| positions[index]);
        if self.selected.get_untracked() != near {
            self.selected.set(near);
        }
    }

    fn on_key(self, event: &KeyboardEvent) {
        let positions = self.positions();
        let selected = self.selected.get_untracked().and_then(|at| geometry::nearest(&positions, at));
        if event.key() == "Escape" && selected.is_some() {
            self.selected.set(None);
        } else if let Some(index) = geometry::moved(selected, positions.len(), &event.key()) {
            event.prevent_default();
            self.selected.set(positions.get(index).copied());
        }
    }

    /// The selected reading, else all of them in a sentence.
    fn words(self) -> Signal<String> {
        Signal::derive(move || match self.selected.get() {
            Some(at) => self.reading(at),
            None => self.summary(),
        })
    }

    fn reading(self, at: f64) -> String {
        let lang = self.lang.get();
        let tolerance = self.scale.with(Scale::tolerance);
        let values = self.of_each(move |line| {
            let value = line.points.with(|points| geometry::reading(points, at, tolerance));
            value.map_or_else(|| format::ABSENT.to_owned(), |value| self.chart.value(lang, value))
        });
        format!("{}{values}", chart(lang).lead.fill([&self.chart.place(lang, at)]))
    }

    fn summary(self) -> String {
        let lang = self.lang.get();
        self.of_each(move |line| {
            let summary = line.points.with(|points| Summary::of(points.iter().filter_map(|point| point.value)));
            let Some(summary) = summary else { return format::ABSENT.to_owned() };
            let value = |value| self.chart.value(lang, value);
            let count = format::integer(lang, summary.count as u64);
            let (mean, least, most) = (value(summary.mean), value(summary.lowest), value(summary.highest));
            if self.chart.bars {
                return chart(lang).bars.of(lang, summary.count).fill([&mean, &least, &most, &count]);
            }
            chart(lang).summary.of(lang, summary.count).fill([&value(summary.last), &mean, &least, &most, &count])
        })
    }

    /// What is to be said of each line, with its name when there are several.
    fn of_each(self, words: impl Fn(&Line) -> String) -> String {
        let lang = self.lang.get();
        self.lines.with_value(|lines| {
            let named = |line: &Line| match lines.len() {
                1 => words(line),
                _ => format!("{}{}", chart(lang).lead.fill([&line.name.get()]), words(line)),
            };
            lines.iter().map(named).collect::<Vec<_>>().join(" · ")
        })
    }
}

/// Dashes and colour of a line, by its place.
const fn line_class(index: usize) -> &'static str {
    match index {
        0 => "chart-line chart-line-1",
        1 => "chart-line chart-line-2",
        2 => "chart-line chart-line-3",
        _ => "chart-line chart-line-4",
    }
}

/// A share from 0 to 1 for a style, to a thousandth of a percent: less is not seen.
fn percent(share: f64) -> String {
    format!("{}%", (share * 100_000.0).round() / 1_000.0 + 0.0)
}

/// A text of a page in the language in use.
pub fn words(lang: Signal<Lang>, read: fn(Lang) -> &'static str) -> Signal<String> {
    Signal::derive(move || read(lang.get()).to_owned())
}
