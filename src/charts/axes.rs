//! Value and month axes.
//!
//! A month is a column from its start to its end: what is counted at its end lies on the column's right edge.

use super::canvas::{Align, Canvas, Frame, Panel, Span};
use super::fonts;
use super::theme::{AXIS, GRID, GRID_STRENGTH, STRONG, TICK};
use super::words;
use crate::domain::Month;
use plotters::style::Color;

/// Room between tick labels and the panel.
const GAP: f64 = 10.0;

/// A value axis with round steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Value at the lower end: a whole number of half steps.
    pub low: f64,
    /// Value at the upper end: a whole number of steps.
    pub high: f64,
    /// From one gridline to the next.
    pub step: f64,
}

impl Scale {
    /// The scale of a share.
    pub const SHARE: Self = Self { low: 0.0, high: 1.0, step: 0.25 };

    /// Covers zero and everything from `low` to `high` with about six steps of a whole number.
    pub fn of_counts(low: f64, high: f64) -> Self {
        let (low, high) = (low.min(0.0), high.max(0.0));
        let rough = ((high - low) / 6.0).max(1.0);
        let magnitude = libm::pow(10.0, libm::floor(libm::log10(rough)));
        let step = [1.0, 2.0, 2.5, 5.0].map(|m| m * magnitude).into_iter().find(|s| *s >= rough && *s % 1.0 == 0.0);
        let step = step.unwrap_or(10.0 * magnitude);
        let steps_up = libm::ceil(high / step).max(if low < 0.0 { 0.0 } else { 1.0 });
        Self { low: libm::floor(low / step * 2.0) / 2.0 * step, high: steps_up * step, step }
    }

    /// Covers zero and everything from `low` to `high` with about six round steps of any size.
    pub fn of_reals(low: f64, high: f64) -> Self {
        let range = high.max(0.0) - low.min(0.0);
        let unit = if range > 0.0 { libm::pow(10.0, libm::floor(libm::log10(range)) - 3.0) } else { 1.0 };
        let whole = Self::of_counts(low / unit, high / unit);
        Self { low: whole.low * unit, high: whole.high * unit, step: whole.step * unit }
    }

    /// Covers everything from `low` to `high` with about six steps, round but not whole; zero need not be among them.
    pub fn covering(low: f64, high: f64) -> Self {
        let range = if high > low { high - low } else { low.abs().max(1.0) };
        let rough = range / 6.0;
        let magnitude = libm::pow(10.0, libm::floor(libm::log10(rough)));
        let step = [1.0, 2.0, 2.5, 5.0].map(|m| m * magnitude).into_iter().find(|s| *s >= rough * (1.0 - 1e-9)).unwrap_or(10.0 * magnitude);
        Self { low: libm::floor(low / step + 1e-9) * step, high: libm::ceil((low + range) / step - 1e-9) * step, step }
    }

    /// The values with a gridline.
    pub fn ticks(&self) -> impl Iterator<Item = f64> + use<> {
        let Self { low, step, .. } = *self;
        let first = libm::ceil(low / step);
        let count = libm::round(self.high / step - first) as usize;
        (0..=count).map(move |i| (first + i as f64) * step)
    }

    /// How much room the labels take to the left of the panel.
    pub fn label_width(&self, write: impl Fn(f64) -> String) -> f64 {
        self.ticks().map(|v| fonts::width(&write(v), TICK.size, TICK.weight)).fold(0.0, f64::max) + GAP
    }
}

/// Draws faint lines across the panel; call it after areas and before lines.
pub fn grid(panel: &Panel<'_>, scale: &Scale, x_end: f64) {
    for value in scale.ticks().filter(|v| *v != 0.0) {
        panel.line(vec![(0.0, value), (x_end, value)], GRID.mix(GRID_STRENGTH), 1.0);
    }
}

/// Writes the values beside their gridlines, and what they are above the topmost.
pub fn values(canvas: &mut Canvas<'_>, panel: &Panel<'_>, scale: &Scale, title: &str, write: impl Fn(f64) -> String) {
    let left = panel.frame.left - scale.label_width(&write);
    for value in scale.ticks() {
        let (_, y) = panel.place(0.0, value);
        canvas.text(panel.frame.left - GAP, y, Align::Right, &[Span::new(write(value), TICK)]);
    }
    if !title.is_empty() {
        canvas.text(left, panel.frame.top - 19.0, Align::Left, &[Span::new(title, TICK)]);
    }
}

/// The same for values that run from left to right: faint lines up the panel; call it after areas and before lines.
pub fn grid_up(panel: &Panel<'_>, scale: &Scale) {
    let (low, high) = panel.limits();
    for value in scale.ticks().filter(|v| *v != 0.0) {
        panel.line(vec![(value, low), (value, high)], GRID.mix(GRID_STRENGTH), 1.0);
    }
}

/// Draws the axis of values that run from left to right, and writes as many of them below it as have room.
pub fn values_below(canvas: &mut Canvas<'_>, panel: &Panel<'_>, scale: &Scale, write: impl Fn(f64) -> String) {
    let Frame { left, right, bottom, .. } = panel.frame;
    canvas.rule((left, bottom), (right, bottom), AXIS, 1.25);
    let labels: Vec<Span> = scale.ticks().map(|v| Span::new(write(v), TICK)).collect();
    let room = labels.iter().map(Span::width).fold(0.0, f64::max) + 1.5 * GAP;
    let apart = (right - left) * scale.step / (scale.high - scale.low);
    let every = libm::ceil(room / apart).max(1.0) as usize;
    for (label, value) in labels.into_iter().zip(scale.ticks()).step_by(every) {
        let x = left + (right - left) * (value - scale.low) / (scale.high - scale.low);
        canvas.rule((x, bottom), (x, bottom + 5.0), AXIS, 1.0);
        canvas.text(x, bottom + 18.0, Align::Centre, &[label]);
    }
}

/// The months of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Months {
    /// First month.
    pub start: Month,
    /// Number of months.
    pub count: usize,
}

impl Months {
    /// Room the axis takes below a panel.
    pub const HEIGHT: f64 = 46.0;

    /// The month at a position.
    pub fn at(&self, position: usize) -> Month {
        self.start.plus(i32::try_from(position).unwrap_or(i32::MAX / 2))
    }

    /// The last month.
    pub fn last(&self) -> Month {
        self.at(self.count.saturating_sub(1))
    }

    /// Right end of the axis.
    pub fn end(&self) -> f64 {
        self.count.max(1) as f64
    }

    /// Positions with room for a label of `width` each in columns `column` wide: the last one, and those that lie a whole
    /// number of years, half-years, quarters or months before the end of a year.
    pub fn spaced(&self, column: f64, width: f64) -> Vec<usize> {
        let stride = [1, 2, 3, 6, 12, 24, 60, 120, 600].into_iter().find(|k| f64::from(*k) * column >= width).unwrap_or(600);
        let wanted = |i: &usize| {
            let month = self.at(*i);
            (month.year() * 12 + month.month() as i32) % stride == 0
        };
        let mut positions: Vec<usize> = (0..self.count).filter(wanted).collect();
        let last = self.count.saturating_sub(1);
        if positions.last() != Some(&last) && self.count > 0 {
            positions.retain(|i| (last - i) as f64 * column >= width);
            positions.push(last);
        }
        positions
    }

    /// Draws the axis along the foot of a panel: months, years below them, and a faint line where a year begins.
    pub fn draw(&self, canvas: &mut Canvas<'_>, panel: &Panel<'_>) {
        let Frame { left, right, bottom, .. } = panel.frame;
        let (low, high) = panel.limits();
        let column = (right - left) / self.end();
        let years = every(column);
        let x = |position: usize| left + column * position as f64;
        canvas.rule((left, bottom), (right, bottom), AXIS, 1.25);
        for i in 0..=self.count {
            let year_begins = self.at(i).month() == 1;
            if year_begins && i > 0 && i < self.count && self.at(i).year() % years == 0 {
                panel.line(vec![(i as f64, low), (i as f64, high)], GRID.mix(GRID_STRENGTH), 1.0);
            }
            if column >= 7.0 || year_begins {
                let length = if year_begins || i == 0 { 9.0 } else { 5.0 };
                canvas.rule((x(i), bottom), (x(i), bottom + length), AXIS, 1.0);
            }
        }
        let letters = match column {
            c if c >= 34.0 => 3,
            c if c >= 15.0 => 1,
            _ => 0,
        };
        for i in (0..self.count).filter(|_| letters > 0) {
            let name = &words::short_month(self.at(i))[..letters];
            canvas.text(x(i) + column / 2.0, bottom + 18.0, Align::Centre, &[Span::new(name, TICK)]);
        }
        self.write_years(canvas, column, bottom + if letters > 0 { 37.0 } else { 22.0 }, x);
    }

    /// Draws only the axis and its ticks, for a panel above another one with the same months.
    pub fn rule(&self, canvas: &Canvas<'_>, panel: &Panel<'_>) {
        let Frame { left, right, bottom, .. } = panel.frame;
        let (low, high) = panel.limits();
        let column = (right - left) / self.end();
        canvas.rule((left, bottom), (right, bottom), AXIS, 1.25);
        for i in (1..self.count).filter(|i| self.at(*i).month() == 1 && self.at(*i).year() % every(column) == 0) {
            panel.line(vec![(i as f64, low), (i as f64, high)], GRID.mix(GRID_STRENGTH), 1.0);
        }
    }

    fn write_years(&self, canvas: &mut Canvas<'_>, column: f64, y: f64, x: impl Fn(usize) -> f64) {
        let years = every(column);
        let mut begin = 0;
        while begin < self.count {
            let year = self.at(begin).year();
            let end = (begin..self.count).find(|i| self.at(*i).year() != year).unwrap_or(self.count);
            let label = Span::new(year.to_string(), STRONG);
            let fits = years > 1 || x(end) - x(begin) >= label.width() || self.count <= 12;
            if year % years == 0 && fits {
                canvas.text((x(begin) + x(end)) / 2.0, y, Align::Centre, &[label]);
            }
            begin = end;
        }
    }
}

/// Every how many years there is room for a label.
fn every(column: f64) -> i32 {
    let needed = Span::new("2028", STRONG).width() + 8.0;
    [1, 2, 5, 10, 20, 50].into_iter().find(|years| f64::from(*years) * 12.0 * column >= needed).unwrap_or(50)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_cover_the_data() {
        let ticks = |low, high| Scale::of_counts(low, high).ticks().collect::<Vec<_>>();
        assert_eq!(ticks(0.0, 702_311.0), [0.0, 200_000.0, 400_000.0, 600_000.0, 800_000.0]);
        assert_eq!(ticks(0.0, 0.0), [0.0, 1.0]);
        assert_eq!(ticks(0.0, 12.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0]);
        assert_eq!(ticks(-90.0, 400.0), [-100.0, 0.0, 100.0, 200.0, 300.0, 400.0]);
        assert_eq!(ticks(-40.0, 400.0), [0.0, 100.0, 200.0, 300.0, 400.0]);
        assert_eq!(Scale::of_counts(-40.0, 400.0).low, -50.0);
        assert_eq!(ticks(-90.0, 0.0), [-80.0, -60.0, -40.0, -20.0, 0.0]);
    }

    #[test]
    fn labelled_months_end_quarters_and_never_crowd() {
        let months = |year, month, count| Months { start: Month::new(year, month).unwrap(), count };
        assert_eq!(months(2026, 1, 12).spaced(20.0, 60.0), [2, 5, 8, 11]);
        assert_eq!(months(2026, 1, 11).spaced(20.0, 60.0), [2, 5, 10]);
        assert_eq!(months(2026, 1, 1).spaced(1000.0, 60.0), [0]);
        assert!(months(2026, 1, 0).spaced(1000.0, 60.0).is_empty());
    }
}
