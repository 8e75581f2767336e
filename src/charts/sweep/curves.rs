//! `sweep`: an outcome's median and bands, or a chance with its Monte Carlo interval, over the values of one key.

use plotters::style::Color;

use super::super::Chart;
use super::super::axes::{self, Scale};
use super::super::canvas::{Align, Canvas, Frame, Panel, Span};
use super::super::page::{self, Heading};
use super::super::theme::{AXIS, GRID, GRID_STRENGTH, INNER_BAND, LESS, MAIN, OUTER_BAND, STRONG, TICK};
use super::super::words;
use super::{Along, number, origin, subject, tick, told};
use crate::analysis::Axis;
use crate::analysis::{Estimate, Measure, PROBABILITIES, Sweep, Threshold, Z95};

const _: () = assert!(PROBABILITIES[0] == 0.05 && PROBABILITIES[2] == 0.25 && PROBABILITIES[3] == 0.5);
/// Room for the values of the key, and its name.
const BELOW: f64 = 62.0;
/// Half the width of a column of words.
const HALF_COLUMN: f64 = 0.3;

/// What is drawn of one measure.
struct Picture<'a> {
    axis: &'a Axis,
    along: Along,
    measure: &'a Measure,
    estimates: Vec<&'a Estimate>,
    threshold: Option<&'a Threshold>,
}

/// Draws the chart of one measure.
pub fn draw(sweep: &Sweep, measure: usize, name: &'static str) -> Chart {
    let axis = &sweep.axes[0];
    let picture = Picture {
        axis,
        along: Along::new(axis),
        measure: &sweep.measures[measure],
        estimates: sweep.cells.iter().map(|cell| &cell[measure].estimate).collect(),
        threshold: sweep.thresholds.iter().find(|threshold| threshold.measure == measure),
    };
    let note = match picture.measure.test {
        Some(_) => "Line: share of paths; band: its 95% Monte Carlo interval at each value.",
        None => "Line: median; dark band: the middle 50% of paths; light band: the middle 90%. Rings: means.",
    };
    let heading = Heading { name, title: format!("{}, by {}", subject(picture.measure), axis.key), note: note.into(), alt: alt(&picture) };
    page::compose(origin(sweep), heading, |canvas, frame| picture.draw(canvas, frame))
}

impl Picture<'_> {
    fn draw(&self, canvas: &mut Canvas<'_>, frame: Frame) {
        let highest = self.estimates.iter().flat_map(|e| e.quantiles.iter().flatten().chain(&e.mean)).copied().fold(0.0, f64::max);
        let lowest = self.estimates.iter().flat_map(|e| e.quantiles.iter().flatten().chain(&e.mean)).copied().fold(0.0, f64::min);
        let is_chance = self.measure.is_chance();
        let scale = match is_chance {
            true => Scale::SHARE,
            false if highest - lowest < 12.0 => Scale::covering(lowest, highest),
            false => Scale::of_counts(lowest, highest),
        };
        let write = |value: f64| if is_chance { words::percent_tick(value) } else { tick(value, scale.step) };
        let plot = Frame { left: frame.left + scale.label_width(write), bottom: frame.bottom - BELOW, right: frame.right - 30.0, ..frame };
        let panel = canvas.panel(plot, 1.0, (scale.low, scale.high));
        if let Some(threshold) = self.threshold {
            self.interval(&panel, threshold);
        }
        if is_chance {
            self.chance(&panel)
        } else {
            self.fan(&panel)
        }
        axes::grid(&panel, &scale, 1.0);
        axes::values(canvas, &panel, &scale, if is_chance { "Share of paths" } else { self.measure.unit() }, write);
        self.below(canvas, &panel);
        if let Some(threshold) = self.threshold {
            self.mark(canvas, &panel, threshold);
        }
    }

    /// The number that `pick` finds at each value, with its place; a gap where there is none.
    fn track(&self, pick: impl Fn(&Estimate) -> Option<f64>) -> Vec<(f64, f64)> {
        self.along.places.iter().zip(&self.estimates).filter_map(|(place, estimate)| Some((*place, pick(estimate)?))).collect()
    }

    fn band(&self, panel: &Panel<'_>, low: &[(f64, f64)], high: &[(f64, f64)], ink: impl Color) {
        if self.along.is_number {
            panel.fill(low.iter().chain(high.iter().rev()).copied().collect(), ink);
            return;
        }
        let half = HALF_COLUMN / self.along.places.len() as f64;
        low.iter().zip(high).for_each(|((x, low), (_, high))| panel.fill_box((x - half, *high), (x + half, *low), ink.to_rgba()));
    }

    fn line(&self, panel: &Panel<'_>, points: Vec<(f64, f64)>) {
        if self.along.is_number {
            panel.line(points.clone(), MAIN, 3.0);
            points.into_iter().for_each(|point| panel.dot(point, MAIN, 3.5));
            return;
        }
        let half = HALF_COLUMN / self.along.places.len() as f64;
        points.into_iter().for_each(|(x, y)| panel.line(vec![(x - half, y), (x + half, y)], MAIN, 3.0));
    }

    fn fan(&self, panel: &Panel<'_>) {
        let both = |low: usize, high: usize| {
            let is_known = |e: &Estimate| e.quantiles[low].is_some() && e.quantiles[high].is_some();
            let one = |q: usize| self.track(move |e| e.quantiles[q].filter(|_| is_known(e)));
            (one(low), one(high))
        };
        for ((low, high), ink) in [(both(0, 6), OUTER_BAND), (both(2, 4), INNER_BAND)] {
            self.band(panel, &low, &high, ink);
        }
        self.line(panel, self.track(|e| e.quantiles[3]));
        self.track(|e| e.mean).into_iter().for_each(|point| panel.ring(point, LESS, 5.0));
    }

    fn chance(&self, panel: &Panel<'_>) {
        let end = |sign: f64| self.track(move |e| Some((e.mean? + sign * Z95 * e.std_error?).clamp(0.0, 1.0)));
        self.band(panel, &end(-1.0), &end(1.0), OUTER_BAND);
        self.line(panel, self.track(|e| e.mean));
    }

    /// The values of the key, and its name.
    fn below(&self, canvas: &mut Canvas<'_>, panel: &Panel<'_>) {
        let Frame { left, right, bottom, .. } = panel.frame;
        canvas.rule((left, bottom), (right, bottom), AXIS, 1.25);
        let room = (right - left) / self.along.ticks.len().max(1) as f64;
        for (place, text) in &self.along.ticks {
            let x = left + (right - left) * place;
            canvas.rule((x, bottom), (x, bottom + 5.0), AXIS, 1.0);
            canvas.text(x, bottom + 18.0, Align::Centre, &[super::super::labels::shortened(text, TICK, room.max(60.0))]);
        }
        canvas.text((left + right) / 2.0, bottom + 44.0, Align::Centre, &[Span::new(&self.axis.key, TICK)]);
    }

    /// Where on the axis a value of the key lies.
    fn place(&self, value: f64) -> Option<f64> {
        let numbers = self.axis.numbers.as_ref()?;
        let after = numbers.iter().position(|x| *x >= value)?;
        if after == 0 {
            return Some(self.along.places[0]);
        }
        let share = (value - numbers[after - 1]) / (numbers[after] - numbers[after - 1]);
        Some(self.along.places[after - 1] + share * (self.along.places[after] - self.along.places[after - 1]))
    }

    /// The values that cannot be told from the threshold.
    fn interval(&self, panel: &Panel<'_>, threshold: &Threshold) {
        let crossing = &threshold.crossing;
        if crossing.at.is_some() {
            let [low, high] =
                [(crossing.low, 0.0), (crossing.high, 1.0)].map(|(end, beyond)| end.and_then(|x| self.place(x)).unwrap_or(beyond));
            panel.fill_box((low, 1.0), (high, 0.0), GRID.mix(0.06));
        }
    }

    /// The level, and where it is reached.
    fn mark(&self, canvas: &mut Canvas<'_>, panel: &Panel<'_>, threshold: &Threshold) {
        let level = threshold.level;
        panel.line(vec![(0.0, level), (1.0, level)], LESS, 1.5);
        let said = match threshold.crossing.at {
            Some(x) => format!("{} at {}{}", words::percent(level), number(x), range(threshold)),
            None => format!("{}: {}", words::percent(level), threshold.remark()),
        };
        let x = threshold.crossing.at.and_then(|x| self.place(x));
        if let Some(x) = x {
            panel.line(vec![(x, 0.0), (x, level)], LESS, 1.5);
            panel.line(vec![(x, 0.0), (x, 0.0)], GRID.mix(GRID_STRENGTH), 1.0);
        }
        // At the foot of the mark, away from the curve that crosses at its head.
        let place = panel.place(x.unwrap_or(0.0), level).0;
        let y = if x.is_some() { panel.place(0.0, 0.0).1 - 30.0 } else { panel.place(0.0, level).1 };
        let is_left = x.unwrap_or(0.0) < 0.6;
        let (align, at) = if is_left { (Align::Left, place + 8.0) } else { (Align::Right, place - 8.0) };
        canvas.text_with_rim(at, y + 16.0, align, &[Span::new(said, STRONG.in_ink(LESS))]);
    }
}

/// The interval of a threshold, in words.
fn range(threshold: &Threshold) -> String {
    match (threshold.crossing.low, threshold.crossing.high) {
        (Some(low), Some(high)) => format!(" ({} to {})", number(low), number(high)),
        (Some(low), None) => format!(" ({} or more)", number(low)),
        (None, Some(high)) => format!(" ({} or less)", number(high)),
        (None, None) => String::new(),
    }
}

fn alt(picture: &Picture<'_>) -> String {
    let (axis, measure) = (picture.axis, picture.measure);
    let say =
        |(value, estimate): (&String, &&Estimate)| Some(format!(" at {}: {}", value.trim_matches('"'), told(measure, estimate.mean?)));
    let said: Vec<String> = axis.values.iter().zip(&picture.estimates).filter_map(say).collect();
    let what = if measure.is_chance() { "The chance" } else { "Its mean" };
    format!("{} over values of {}. {what}{}.", subject(measure), axis.key, said.join(";"))
}
