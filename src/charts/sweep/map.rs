//! `sweep` over two keys: the mean of an outcome, or a chance, as a map with contours.

use super::super::Chart;
use super::super::axes::Scale;
use super::super::canvas::{Align, Canvas, Frame, Span};
use super::super::labels::shortened;
use super::super::page::{self, Heading};
use super::super::theme::{INK, NOTHING, PAPER, SMALL, STRONG, TICK, ink_on, ramp};
use super::{Along, number, origin, subject, told};
use crate::analysis::{Measure, Sweep};

/// Room for the values of the first key and its name below, and for those of the second at the left.
const BELOW: f64 = 58.0;
const BESIDE: f64 = 110.0;
/// A cell narrower or lower than this has no number in it.
const LEAST_WIDTH: f64 = 44.0;
const LEAST_HEIGHT: f64 = 17.0;
/// Chances with a contour.
const CHANCES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

/// The means on the grid: columns of the first key, rows of the second.
struct Map<'a> {
    measure: &'a Measure,
    columns: Along,
    rows: Along,
    /// `[column][row]`.
    means: Vec<Vec<Option<f64>>>,
}

/// Draws the chart of one measure.
pub fn draw(sweep: &Sweep, measure: usize, name: &'static str) -> Chart {
    let [first, second] = [&sweep.axes[0], &sweep.axes[1]];
    let mean = |cell: &Vec<crate::analysis::OutcomeSummary>| cell[measure].estimate.mean;
    let means = sweep.cells.chunks(second.values.len()).map(|column| column.iter().map(mean).collect()).collect();
    let map = Map { measure: &sweep.measures[measure], columns: Along::side_by_side(first), rows: Along::side_by_side(second), means };
    let has_contours = first.numbers.is_some() && second.numbers.is_some();
    let what = if map.measure.is_chance() { "Colour and number: share of paths." } else { "Colour and number: mean over paths." };
    let contours = if has_contours { " Lines: contours between the combinations that were simulated." } else { "" };
    let heading = Heading {
        name,
        title: format!("{}, by {} and {}", subject(map.measure), first.key, second.key),
        note: format!("{what}{contours}"),
        alt: alt(sweep, &map),
    };
    page::compose(origin(sweep), heading, |canvas, frame| {
        let frame = Frame { left: frame.left + BESIDE, bottom: frame.bottom - BELOW, top: frame.top - 6.0, ..frame };
        map.cells(canvas, frame);
        if has_contours {
            map.contours(canvas, frame);
        }
        map.labels(canvas, frame, &first.key, &second.key);
    })
}

impl Map<'_> {
    fn size(&self) -> (f64, f64) {
        (self.columns.places.len() as f64, self.rows.places.len() as f64)
    }

    /// The lowest and the highest colour.
    fn limits(&self) -> (f64, f64) {
        if self.measure.is_chance() {
            return (0.0, 1.0);
        }
        let known = || self.means.iter().flatten().flatten().copied();
        (known().fold(0.0, f64::min), known().fold(0.0, f64::max))
    }

    fn cells(&self, canvas: &mut Canvas<'_>, frame: Frame) {
        let ((columns, rows), (low, high)) = (self.size(), self.limits());
        let (width, height) = ((frame.right - frame.left) / columns, (frame.bottom - frame.top) / rows);
        for (i, column) in self.means.iter().enumerate() {
            for (j, mean) in column.iter().enumerate() {
                let corner = (frame.left + width * i as f64, frame.bottom - height * (j + 1) as f64);
                let ink = mean.map_or(NOTHING, |mean| ramp(if high > low { (mean - low) / (high - low) } else { 0.0 }));
                canvas.block(corner, (corner.0 + width, corner.1 + height), ink);
                if width >= LEAST_WIDTH && height >= LEAST_HEIGHT {
                    let text = mean.map_or("–".to_owned(), |mean| told(self.measure, mean));
                    let span = Span::new(text, SMALL.in_ink(ink_on(ink)));
                    canvas.text(corner.0 + width / 2.0, corner.1 + height / 2.0, Align::Centre, &[span]);
                }
            }
        }
        for i in 1..self.means.len() {
            let x = frame.left + width * i as f64;
            canvas.rule((x, frame.top), (x, frame.bottom), PAPER, 0.75);
        }
        for j in 1..self.rows.places.len() {
            let y = frame.bottom - height * j as f64;
            canvas.rule((frame.left, y), (frame.right, y), PAPER, 0.75);
        }
    }

    /// Lines of equal value, straight between neighbours.
    fn contours(&self, canvas: &mut Canvas<'_>, frame: Frame) {
        let (low, high) = self.limits();
        let levels: Vec<f64> = match self.measure.test {
            Some(_) => CHANCES.into(),
            None => Scale::covering(low, high).ticks().filter(|level| *level > low && *level < high).collect(),
        };
        let place = |(x, y): (f64, f64)| {
            let (columns, rows) = self.size();
            (frame.left + (x + 0.5) * (frame.right - frame.left) / columns, frame.bottom - (y + 0.5) * (frame.bottom - frame.top) / rows)
        };
        let mut named: Vec<(f64, f64)> = Vec::new();
        for level in levels {
            let segments = segments(&self.means, level);
            segments.iter().for_each(|[a, b]| canvas.trace(&[place(*a), place(*b)], PAPER, 3.5));
            segments.iter().for_each(|[a, b]| canvas.trace(&[place(*a), place(*b)], INK, 1.5));
            // Where it is farthest from the names of the others.
            let middle = |[a, b]: &[(f64, f64); 2]| place(((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0));
            let clear = |at: (f64, f64)| named.iter().map(|n| (n.0 - at.0).abs() + 2.0 * (n.1 - at.1).abs()).fold(f64::MAX, f64::min);
            if let Some(at) = segments.iter().map(middle).max_by(|a, b| clear(*a).min(300.0).total_cmp(&clear(*b).min(300.0))) {
                canvas.text_with_rim(at.0, at.1, Align::Centre, &[Span::new(told(self.measure, level), STRONG)]);
                named.push(at);
            }
        }
    }

    fn labels(&self, canvas: &mut Canvas<'_>, frame: Frame, first: &str, second: &str) {
        let (columns, rows) = self.size();
        let width = (frame.right - frame.left) / columns;
        let every = libm::ceil(48.0 / width).max(1.0) as usize;
        for (place, text) in self.columns.ticks.iter().step_by(every) {
            let x = frame.left + (frame.right - frame.left) * place;
            canvas.text(x, frame.bottom + 16.0, Align::Centre, &[shortened(text, TICK, width * every as f64)]);
        }
        let every = libm::ceil(18.0 * rows / (frame.bottom - frame.top)).max(1.0) as usize;
        for (place, text) in self.rows.ticks.iter().step_by(every) {
            let y = frame.bottom - (frame.bottom - frame.top) * place;
            canvas.text(frame.left - 10.0, y, Align::Right, &[shortened(text, TICK, BESIDE - 14.0)]);
        }
        canvas.text((frame.left + frame.right) / 2.0, frame.bottom + 42.0, Align::Centre, &[Span::new(format!("→ {first}"), TICK)]);
        canvas.text(frame.left - BESIDE, frame.top - 18.0, Align::Left, &[Span::new(format!("↑ {second}"), TICK)]);
    }
}

/// The straight pieces at a level between neighbours of a grid, by marching squares; a corner that is not known has no piece.
/// Coordinates are positions along both axes.
fn segments(grid: &[Vec<Option<f64>>], level: f64) -> Vec<[(f64, f64); 2]> {
    let mut found = Vec::new();
    for i in 1..grid.len() {
        for j in 1..grid[i].len() {
            let corners = [(i - 1, j - 1), (i, j - 1), (i, j), (i - 1, j)];
            let values: Vec<f64> = corners.iter().filter_map(|(a, b)| grid[*a][*b]).collect();
            if values.len() < 4 {
                continue;
            }
            let crossed = |k: usize| {
                let (a, b) = (values[k], values[(k + 1) % 4]);
                let share = (level - a) / (b - a);
                let ((ax, ay), (bx, by)) = (corners[k], corners[(k + 1) % 4]);
                let between = |p: usize, q: usize| p as f64 + share * (q as f64 - p as f64);
                ((a >= level) != (b >= level)).then(|| (between(ax, bx), between(ay, by)))
            };
            let points: Vec<(f64, f64)> = (0..4).filter_map(crossed).collect();
            // Two pieces where the middle decides which corners belong together.
            match points.as_slice() {
                [a, b] => found.push([*a, *b]),
                [a, b, c, d] => {
                    let middle_is_high = values.iter().sum::<f64>() / 4.0 >= level;
                    let pairs = if middle_is_high == (values[0] >= level) { [[*a, *b], [*c, *d]] } else { [[*d, *a], [*b, *c]] };
                    found.extend(pairs);
                }
                _ => {}
            }
        }
    }
    found
}

fn alt(sweep: &Sweep, map: &Map<'_>) -> String {
    let known = || sweep.places().into_iter().zip(map.means.iter().flatten()).filter_map(|(place, mean)| Some((place, (*mean)?)));
    let say = |(place, mean): (Vec<usize>, f64)| {
        let values: Vec<String> =
            sweep.axes.iter().zip(&place).map(|(axis, at)| format!("{} {}", axis.key, axis.values[*at].trim_matches('"'))).collect();
        format!("{} at {}", if map.measure.is_chance() { told(map.measure, mean) } else { number(mean) }, values.join(" and "))
    };
    let least = known().min_by(|a, b| a.1.total_cmp(&b.1)).map(say);
    let most = known().max_by(|a, b| a.1.total_cmp(&b.1)).map(say);
    match (least, most) {
        (Some(least), Some(most)) => format!("A map of {} over two keys: from {least} to {most}.", subject(map.measure)),
        _ => format!("A map of {} over two keys, of which nothing is known.", subject(map.measure)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(values: &[&[f64]]) -> Vec<Vec<Option<f64>>> {
        values.iter().map(|column| column.iter().map(|v| Some(*v)).collect()).collect()
    }

    #[test]
    fn a_plane_has_straight_contours() {
        // Value = x: the line at .25 runs up the grid at x = .25.
        let found = segments(&grid(&[&[0.0, 0.0], &[1.0, 1.0]]), 0.25);
        assert_eq!(found.len(), 1);
        assert!(found[0].iter().all(|(x, _)| *x == 0.25), "{found:?}");
        // Value = x + y: at .5 from (.5, 0) to (0, .5).
        let mut ends: Vec<(f64, f64)> = segments(&grid(&[&[0.0, 1.0], &[1.0, 2.0]]), 0.5).concat();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert_eq!(ends, [(0.0, 0.5), (0.5, 0.0)]);
    }

    #[test]
    fn a_saddle_has_two_pieces_and_the_unknown_none() {
        assert_eq!(segments(&grid(&[&[1.0, 0.0], &[0.0, 1.0]]), 0.4).len(), 2);
        assert_eq!(segments(&grid(&[&[0.0, 0.0], &[0.0, 0.0]]), 0.5).len(), 0);
        let unknown = vec![vec![Some(0.0), None], vec![Some(1.0), Some(1.0)]];
        assert_eq!(segments(&unknown, 0.5).len(), 0);
    }

    #[test]
    fn the_middle_of_a_saddle_decides_which_corners_belong_together() {
        // High corners at (0,0) and (1,1), middle .5 ≥ .4: the low corners are cut off, (1,0) and (0,1).
        let found = segments(&grid(&[&[1.0, 0.0], &[0.0, 1.0]]), 0.4);
        let near =
            |piece: &[(f64, f64); 2], corner: (f64, f64)| piece.iter().all(|p| (p.0 - corner.0).abs() + (p.1 - corner.1).abs() < 0.75);
        assert!(found.iter().any(|piece| near(piece, (1.0, 0.0))) && found.iter().any(|piece| near(piece, (0.0, 1.0))), "{found:?}");
    }
}
