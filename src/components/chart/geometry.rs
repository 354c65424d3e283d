//! The geometry of charts: ticks, scales, outlines, the reading nearest to a place. Pure: numbers in, numbers and
//! path data out.

use std::fmt::Write;

/// Size of the drawing in its own units; it is stretched to the room that the page has.
pub const WIDTH: f64 = 1_000.0;
pub const HEIGHT: f64 = 240.0;

/// A series with more readings than twice this is drawn as the lowest and the highest of each column.
const COLUMNS: usize = 400;

/// A distance above this multiple of the usual one is a gap: one lost reading may be late, two are missing.
const GAP_FACTOR: f64 = 2.5;

/// A highest value below this is none: what is measured here is never so small, and steps below it are lost to rounding.
const SMALLEST: f64 = 1e-12;

/// Share of its place that a bar fills, among many and among few.
const BAR_SHARE: f64 = 0.7;
const WIDE_BAR_SHARE: f64 = 0.4;

/// Up to so many bars are few.
const FEW_BARS: f64 = 6.0;

const SECOND: f64 = 1_000.0;
const MINUTE: f64 = 60.0 * SECOND;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

/// Steps of a time axis, in milliseconds.
const TIME_STEPS: [f64; 19] = [
    SECOND,
    2.0 * SECOND,
    5.0 * SECOND,
    10.0 * SECOND,
    15.0 * SECOND,
    30.0 * SECOND,
    MINUTE,
    2.0 * MINUTE,
    5.0 * MINUTE,
    10.0 * MINUTE,
    15.0 * MINUTE,
    30.0 * MINUTE,
    HOUR,
    2.0 * HOUR,
    3.0 * HOUR,
    6.0 * HOUR,
    12.0 * HOUR,
    DAY,
    2.0 * DAY,
];

/// As many intervals as fit between labels on a time axis, and on an axis of values.
const TIME_INTERVALS: f64 = 6.0;
const VALUE_INTERVALS: f64 = 4.0;

/// One reading; without a value it is a gap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Milliseconds since 1970, the number of the reading, or that of the category, as the axis says.
    pub at: f64,
    pub value: Option<f64>,
}

impl Point {
    pub const fn new(at: f64, value: f64) -> Self {
        Self { at, value: Some(value) }
    }
}

/// What the horizontal axis measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Milliseconds since 1970.
    Time,
    /// The reading's number, counted from 1.
    Sample,
    /// The category's number, counted from 0.
    Category,
}

/// Where values are on the drawing, and which of them are labelled.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scale {
    from: f64,
    to: f64,
    top: f64,
    pub x_ticks: Vec<f64>,
    /// Distance between two labelled places of the horizontal axis.
    pub x_step: f64,
    pub y_ticks: Vec<f64>,
}

impl Scale {
    /// The scale that shows every reading of `series`. Values begin at zero: a height can be compared.
    /// `zone_ms` is what local time is ahead of UTC, so that labels stand on whole local hours.
    pub fn of<'a>(series: impl Iterator<Item = &'a [Point]>, axis: Axis, whole: bool, zone_ms: f64) -> Self {
        let (mut from, mut to, mut highest) = (f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY);
        for point in series.flatten() {
            from = from.min(point.at);
            to = to.max(point.at);
            highest = highest.max(point.value.unwrap_or(f64::NEG_INFINITY));
        }
        // Places alone are nothing to show.
        if highest == f64::NEG_INFINITY {
            return Self::default();
        }
        match axis {
            Axis::Category => {
                from -= 0.5;
                to += 0.5;
            }
            // A single reading stands in the middle.
            Axis::Time if from == to => {
                from -= 30.0 * SECOND;
                to += 30.0 * SECOND;
            }
            Axis::Sample if from == to => {
                from -= 1.0;
                to += 1.0;
            }
            Axis::Time | Axis::Sample => {}
        }
        let (y_ticks, top) = value_ticks(highest, whole);
        let (x_ticks, x_step) = match axis {
            Axis::Time => time_ticks(from, to, zone_ms),
            Axis::Sample => sample_ticks(from, to),
            Axis::Category => category_ticks((to - from) as usize),
        };
        Self { from, to, top, x_ticks, x_step, y_ticks }
    }

    /// How far `at` is from the left edge, 0 to 1.
    pub fn across(&self, at: f64) -> f64 {
        if self.to > self.from { (at - self.from) / (self.to - self.from) } else { 0.5 }
    }

    /// How far `value` is from the upper edge, 0 to 1.
    pub fn down(&self, value: f64) -> f64 {
        if self.top > 0.0 { 1.0 - value / self.top } else { 1.0 }
    }

    /// What stands at `share` of the way from the left edge.
    pub fn at(&self, share: f64) -> f64 {
        self.from + share * (self.to - self.from)
    }

    /// How near two readings must be to count as taken at the same time.
    pub fn tolerance(&self) -> f64 {
        (self.to - self.from) / 200.0
    }

    /// The horizontal lines behind the readings.
    pub fn grid(&self) -> String {
        let mut path = String::new();
        for tick in &self.y_ticks {
            let _ = write!(path, "M0 {}H{}", rounded(self.down(*tick) * HEIGHT), WIDTH);
        }
        path
    }
}

/// One decimal of a unit of the drawing: finer is not seen.
fn rounded(value: f64) -> f64 {
    // Plus zero: the negative one is written with a sign.
    (value * 10.0).round() / 10.0 + 0.0
}

/// 1, 2 or 5 times a power of ten, not below `least`.
fn nice_step(least: f64) -> f64 {
    if !least.is_finite() || least <= 0.0 {
        return 1.0;
    }
    let mut power = 1.0;
    while power > least {
        power /= 10.0;
    }
    while power * 10.0 <= least {
        power *= 10.0;
    }
    // Powers of ten below one are off by their last bit.
    [1.0, 2.0, 5.0, 10.0].iter().map(|digit| digit * power).find(|step| *step >= least * 0.999_999).unwrap_or(power)
}

/// From zero to the first tick that no reading exceeds. `whole`: only whole numbers make sense.
fn value_ticks(highest: f64, whole: bool) -> (Vec<f64>, f64) {
    if highest < SMALLEST {
        return (vec![0.0, 1.0], 1.0);
    }
    let mut step = nice_step(highest / VALUE_INTERVALS);
    if whole {
        step = step.max(1.0);
    }
    let intervals = (highest / step - 1e-9).ceil().max(1.0);
    ((0..=intervals as usize).map(|index| index as f64 * step).collect(), intervals * step)
}

fn ticks_between(first: f64, to: f64, step: f64) -> Vec<f64> {
    let count = ((to - first) / step + 1e-9).floor();
    if count < 0.0 { Vec::new() } else { (0..=count as usize).map(|index| first + index as f64 * step).collect() }
}

fn time_ticks(from: f64, to: f64, zone_ms: f64) -> (Vec<f64>, f64) {
    let range = to - from;
    let fits = |step: &&f64| range / **step <= TIME_INTERVALS;
    let step =
        TIME_STEPS.iter().find(fits).copied().unwrap_or_else(|| nice_step(range / DAY / TIME_INTERVALS).ceil() * DAY);
    let first = ((from + zone_ms) / step).ceil() * step - zone_ms;
    (ticks_between(first, to, step), step)
}

fn sample_ticks(from: f64, to: f64) -> (Vec<f64>, f64) {
    let step = nice_step((to - from) / TIME_INTERVALS).max(1.0);
    let first = (from / step).ceil() * step;
    (ticks_between(first, to, step), step)
}

/// Every category while there are few, else every third.
fn category_ticks(count: usize) -> (Vec<f64>, f64) {
    let step = if count > 8 { 3 } else { 1 };
    ((0..count).step_by(step).map(|index| index as f64).collect(), step as f64)
}

/// The distance above which two readings of `points` are not joined; `None` when there are too few to tell.
pub fn usual_gap(points: &[Point]) -> Option<f64> {
    let mut distances: Vec<f64> = points.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    if distances.len() < 2 {
        return None;
    }
    distances.sort_unstable_by(f64::total_cmp);
    Some(distances[distances.len() / 2] * GAP_FACTOR).filter(|gap| *gap > 0.0)
}

/// The outline of a line. Gaps stay open; a reading between two gaps is a dot.
pub fn line(points: &[Point], scale: &Scale, gap: Option<f64>) -> String {
    let mut path = String::new();
    let mut run: Vec<(f64, f64)> = Vec::new();
    let mut last = f64::NEG_INFINITY;
    for point in points {
        let far = gap.is_some_and(|gap| point.at - last > gap);
        if far || point.value.is_none() {
            draw_run(&mut path, &mut run, scale);
        }
        if let Some(value) = point.value {
            run.push((point.at, value));
            last = point.at;
        }
    }
    draw_run(&mut path, &mut run, scale);
    path
}

fn draw_run(path: &mut String, run: &mut Vec<(f64, f64)>, scale: &Scale) {
    for (index, (at, value)) in thinned(run, scale).into_iter().enumerate() {
        let (x, y) = (rounded(scale.across(at) * WIDTH), rounded(scale.down(value) * HEIGHT));
        // A line of no length has round ends: a dot.
        let _ = if index == 0 { write!(path, "M{x} {y}h0") } else { write!(path, "L{x} {y}") };
    }
    run.clear();
}

/// The lowest and the highest reading of each column, in their order; all of them while they are few.
fn thinned(run: &[(f64, f64)], scale: &Scale) -> Vec<(f64, f64)> {
    if run.len() <= 2 * COLUMNS {
        return run.to_vec();
    }
    let column = |at: f64| (scale.across(at) * COLUMNS as f64) as usize;
    let mut kept = Vec::with_capacity(2 * COLUMNS);
    for part in run.chunk_by(|a, b| column(a.0) == column(b.0)) {
        let by_value = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let (Some(low), Some(high)) = (part.iter().min_by(by_value), part.iter().max_by(by_value)) else { continue };
        kept.extend(if low.0 <= high.0 { [*low, *high] } else { [*high, *low] });
    }
    kept
}

/// The outlines of bars, one a category.
pub fn bars(points: &[Point], scale: &Scale) -> String {
    let share = if scale.to - scale.from > FEW_BARS { BAR_SHARE } else { WIDE_BAR_SHARE };
    let mut path = String::new();
    for point in points {
        let Some(value) = point.value.filter(|value| *value > 0.0) else { continue };
        let left = rounded(scale.across(point.at - share / 2.0) * WIDTH);
        let right = rounded(scale.across(point.at + share / 2.0) * WIDTH);
        let (floor, top) = (HEIGHT, rounded(scale.down(value) * HEIGHT));
        let _ = write!(path, "M{left} {floor}V{top}H{right}V{floor}Z");
    }
    path
}

/// Every place at which one of `series` has a reading, from left to right.
pub fn positions<'a>(series: impl Iterator<Item = &'a [Point]>) -> Vec<f64> {
    let mut all: Vec<f64> = series.flatten().filter(|point| point.value.is_some()).map(|point| point.at).collect();
    all.sort_unstable_by(f64::total_cmp);
    all.dedup();
    all
}

/// The index of the place nearest to `at`. `None` only when there is none.
pub fn nearest(positions: &[f64], at: f64) -> Option<usize> {
    let after = positions.partition_point(|place| *place < at);
    let candidates = [after.checked_sub(1), Some(after).filter(|index| *index < positions.len())];
    candidates.into_iter().flatten().min_by(|a, b| (positions[*a] - at).abs().total_cmp(&(positions[*b] - at).abs()))
}

/// The reading of `points` at `at`, or so near to it that they count as one.
pub fn reading(points: &[Point], at: f64, tolerance: f64) -> Option<f64> {
    let with_value = |point: &&Point| point.value.is_some() && (point.at - at).abs() <= tolerance;
    let distance = |point: &&Point| (point.at - at).abs();
    points.iter().filter(with_value).min_by(|a, b| distance(a).total_cmp(&distance(b)))?.value
}

/// Where the selection goes on a key. `None` for a key that is not ours, or when there is nothing to select.
pub fn moved(selected: Option<usize>, count: usize, key: &str) -> Option<usize> {
    let last = count.checked_sub(1)?;
    let from = selected.unwrap_or(last).min(last);
    match key {
        "ArrowLeft" | "ArrowDown" => Some(from.saturating_sub(1)),
        "ArrowRight" | "ArrowUp" => Some((from + 1).min(last)),
        "PageDown" => Some(from.saturating_sub(10)),
        "PageUp" => Some((from + 10).min(last)),
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}

/// A series in five figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    pub count: usize,
    pub last: f64,
    pub lowest: f64,
    pub highest: f64,
    pub mean: f64,
}

impl Summary {
    /// `None` without a reading.
    pub fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut summary: Option<(Self, f64)> = None;
        for value in values {
            let (known, sum) = summary
                .get_or_insert((Self { count: 0, last: value, lowest: value, highest: value, mean: value }, 0.0));
            known.count += 1;
            known.last = value;
            known.lowest = known.lowest.min(value);
            known.highest = known.highest.max(value);
            *sum += value;
        }
        summary.map(|(known, sum)| Self { mean: sum / known.count as f64, ..known })
    }
}

/// Numbers without times, as the readings 1, 2, 3 …
pub fn numbered(values: &[f64]) -> Vec<Point> {
    values.iter().enumerate().map(|(index, value)| Point::new(index as f64 + 1.0, *value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &[(f64, f64)]) -> Vec<Point> {
        values.iter().map(|(at, value)| Point::new(*at, *value)).collect()
    }

    fn scale(points: &[Point], axis: Axis) -> Scale {
        Scale::of([points].into_iter(), axis, false, 0.0)
    }

    #[test]
    fn value_ticks_are_round_begin_at_zero_and_reach_over_every_reading() {
        assert_eq!(value_ticks(9.3, false), (vec![0.0, 5.0, 10.0], 10.0));
        assert_eq!(value_ticks(100.0, false), (vec![0.0, 50.0, 100.0], 100.0));
        assert_eq!(value_ticks(0.07, false).1, 0.08);
        assert_eq!(value_ticks(1_234.0, false).0, [0.0, 500.0, 1_000.0, 1_500.0]);
        for highest in [0.001, 0.3, 1.0, 7.0, 42.0, 99.9, 1e9] {
            let (ticks, top) = value_ticks(highest, false);
            assert!(top >= highest * 0.999 && (2..=6).contains(&ticks.len()), "{highest}: {ticks:?}");
        }
    }

    #[test]
    fn counts_have_no_ticks_between_whole_numbers() {
        assert_eq!(value_ticks(2.0, true).0, [0.0, 1.0, 2.0]);
        assert_eq!(value_ticks(0.0, true).0, [0.0, 1.0]);
    }

    #[test]
    fn values_and_times_at_the_ends_of_what_a_number_holds_have_few_ticks() {
        for highest in [2e-323, f64::MIN_POSITIVE, 1e-13] {
            assert_eq!(value_ticks(highest, false), (vec![0.0, 1.0], 1.0), "{highest} is none");
        }
        for highest in [1e-11, 1e25, 1.7e308, f64::MAX] {
            assert!(value_ticks(highest, false).0.len() < 9 && value_ticks(highest, true).0.len() < 9, "{highest}");
            assert!(sample_ticks(0.0, highest).0.len() < 9, "{highest}");
        }
        let last = 8.64e15;
        assert!(time_ticks(-last, last, 0.0).0.len() < 9 && time_ticks(last, last + 1.0, 0.0).0.len() < 9);
        let points = [Point::new(0.0, 2e-323), Point::new(1.0, 5e-324)];
        let scale = Scale::of([&points[..]].into_iter(), Axis::Time, false, 0.0);
        assert_eq!(scale.down(2e-323), 1.0);
    }

    #[test]
    fn times_are_labelled_on_whole_local_minutes_and_hours() {
        let (ticks, step) = time_ticks(10.0 * HOUR + 2.0 * MINUTE, 11.0 * HOUR, 0.0);
        assert_eq!((ticks.first(), step), (Some(&(10.0 * HOUR + 10.0 * MINUTE)), 10.0 * MINUTE));
        let (ticks, step) = time_ticks(0.0, 60.0 * HOUR, 5.5 * HOUR);
        assert_eq!(step, 12.0 * HOUR);
        assert!(ticks.iter().all(|tick| (tick + 5.5 * HOUR) % step == 0.0), "{ticks:?}");
        assert!(time_ticks(0.0, 4_000.0 * DAY, 0.0).0.len() < 9);
    }

    #[test]
    fn readings_are_numbered_from_one_and_labelled_by_round_numbers() {
        assert_eq!(sample_ticks(1.0, 60.0).0, [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]);
        assert_eq!(sample_ticks(1.0, 3.0).0, [1.0, 2.0, 3.0]);
        assert_eq!(numbered(&[4.0]), points(&[(1.0, 4.0)]));
    }

    #[test]
    fn a_line_is_open_where_readings_lack_and_a_lone_reading_is_a_dot() {
        let line_of = |points: &[Point]| line(points, &scale(points, Axis::Sample), usual_gap(points));
        let whole = line_of(&points(&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)]));
        assert_eq!(whole, "M0 240h0L500 120L1000 0");
        let torn = line_of(&points(&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (10.0, 2.0)]));
        assert_eq!(torn.matches('M').count(), 2);
        assert!(torn.ends_with("M1000 0h0"), "{torn}");
        let mut marked = points(&[(0.0, 1.0), (1.0, 1.0), (2.0, 1.0)]);
        marked[1].value = None;
        assert_eq!(line_of(&marked).matches('M').count(), 2);
    }

    #[test]
    fn an_hour_of_seconds_keeps_its_peaks_in_a_short_outline() {
        let many: Vec<Point> = (0..3_600)
            .map(|second| Point::new(f64::from(second) * SECOND, if second == 1_800 { 9.0 } else { 1.0 }))
            .collect();
        let path = line(&many, &scale(&many, Axis::Time), usual_gap(&many));
        assert_eq!(path.matches('M').count(), 1, "thinning makes no gaps");
        assert!(path.matches('L').count() < 2 * COLUMNS + 2);
        assert!(path.contains(&format!(" {}", rounded((1.0 - 9.0 / 10.0) * HEIGHT))), "the peak is there");
    }

    #[test]
    fn every_category_has_a_bar_of_its_height_and_zero_has_none() {
        let hours = points(&[(0.0, 4.0), (1.0, 0.0), (2.0, 2.0)]);
        let path = bars(&hours, &scale(&hours, Axis::Category));
        assert_eq!(path.matches('M').count(), 2);
        assert!(path.contains("V0H") && path.contains("V120H"), "{path}");
    }

    #[test]
    fn the_nearest_reading_is_found_on_both_sides_and_at_the_ends() {
        let places = [0.0, 10.0, 20.0];
        let found: Vec<_> = [-5.0, 4.0, 6.0, 99.0].iter().map(|at| nearest(&places, *at)).collect();
        assert_eq!(found, [Some(0), Some(0), Some(1), Some(2)]);
        assert_eq!(nearest(&[], 1.0), None);
        assert_eq!(reading(&points(&[(0.0, 1.0), (9.0, 2.0)]), 10.0, 2.0), Some(2.0));
        assert_eq!(reading(&points(&[(0.0, 1.0)]), 10.0, 2.0), None);
    }

    #[test]
    fn keys_step_through_the_readings_and_stop_at_the_ends() {
        assert_eq!(moved(None, 3, "ArrowLeft"), Some(1));
        assert_eq!(moved(Some(0), 3, "ArrowLeft"), Some(0));
        assert_eq!(moved(Some(0), 30, "PageUp"), Some(10));
        assert_eq!(moved(Some(0), 3, "Tab"), None);
        assert_eq!(moved(None, 0, "End"), None);
    }

    #[test]
    fn nothing_to_show_makes_no_scale_and_a_single_reading_stands_in_the_middle() {
        assert_eq!(scale(&[], Axis::Time), Scale::default());
        assert_eq!(scale(&[Point { at: 1.0, value: None }], Axis::Category), Scale::default());
        let one = points(&[(5_000.0, 3.0)]);
        assert_eq!(scale(&one, Axis::Time).across(5_000.0), 0.5);
    }

    #[test]
    fn a_summary_tells_last_least_most_and_mean() {
        let summary = Summary::of([4.0, 1.0, 7.0].into_iter());
        assert_eq!(summary, Some(Summary { count: 3, last: 7.0, lowest: 1.0, highest: 7.0, mean: 4.0 }));
        assert_eq!(Summary::of([].into_iter()), None);
    }
}
