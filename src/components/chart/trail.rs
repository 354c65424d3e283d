//! Live readings: the last hour of them, one a step of time.

use super::geometry::Point;

/// How much is kept, in milliseconds.
pub const WINDOW_MS: f64 = 3_600_000.0;

/// A window of readings that come in one by one. Those of the same step are one reading: their mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Trail {
    points: Vec<Point>,
    step_ms: f64,
    /// How many readings the last point is the mean of.
    in_last: u32,
}

impl Trail {
    pub const fn new(step_ms: f64) -> Self {
        Self { points: Vec::new(), step_ms, in_last: 0 }
    }

    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Takes in a reading made at `at`, in milliseconds since 1970. One older than the last is left out.
    pub fn push(&mut self, at: f64, value: f64) {
        let at = (at / self.step_ms).floor() * self.step_ms;
        match self.points.last_mut() {
            Some(Point { at: last, value: Some(mean) }) if *last == at => {
                self.in_last += 1;
                *mean += (value - *mean) / f64::from(self.in_last);
            }
            Some(last) if last.at > at => {}
            _ => {
                self.points.push(Point::new(at, value));
                self.in_last = 1;
                self.forget_before(at - WINDOW_MS);
            }
        }
    }

    /// Nothing is known from `at` on, until the next reading.
    pub fn break_off(&mut self, at: f64) {
        if self.points.last().is_some_and(|last| last.value.is_some()) {
            let last = self.points.last().map_or(at, |last| last.at);
            // At the last reading's own time at the earliest: places never go back.
            self.points.push(Point { at: at.max(last), value: None });
        }
    }

    fn forget_before(&mut self, at: f64) {
        let kept = self.points.partition_point(|point| point.at < at);
        self.points.drain(..kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_of_the_same_second_are_their_mean() {
        let mut trail = Trail::new(1_000.0);
        for (at, value) in [(1_100.0, 2.0), (1_900.0, 4.0), (1_950.0, 6.0), (2_000.0, 1.0)] {
            trail.push(at, value);
        }
        assert_eq!(trail.points(), [Point::new(1_000.0, 4.0), Point::new(2_000.0, 1.0)]);
    }

    #[test]
    fn an_hour_is_kept() {
        let mut trail = Trail::new(1_000.0);
        for second in 0..4_000 {
            trail.push(f64::from(second) * 1_000.0, 1.0);
        }
        assert_eq!(trail.points().len(), 3_601);
        assert_eq!(trail.points().first().map(|point| point.at), Some(399_000.0));
    }

    #[test]
    fn a_break_is_a_gap_and_a_late_reading_changes_nothing() {
        let mut trail = Trail::new(1_000.0);
        trail.push(5_000.0, 1.0);
        trail.break_off(6_500.0);
        trail.break_off(7_000.0);
        trail.push(4_000.0, 9.0);
        trail.push(9_000.0, 2.0);
        assert_eq!(
            trail.points(),
            [Point::new(5_000.0, 1.0), Point { at: 6_500.0, value: None }, Point::new(9_000.0, 2.0)]
        );
    }
}
