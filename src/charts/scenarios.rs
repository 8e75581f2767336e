//! The scenarios of a comparison as charts show them: what each is called, how its line looks, and its months on a common axis.

use plotters::style::RGBColor;

use super::axes::Months;
use super::canvas::{Canvas, Panel, visible};
use super::page;
use super::theme::{SCENARIOS, Type};
use super::tracks::Track;
use crate::analysis::{Comparison, Estimate, Summary};

/// No axis is longer than this many months; scenarios that lie further apart are not drawn on one.
const LONGEST: i32 = 1200;

/// How the line of a scenario looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Its colour.
    pub ink: RGBColor,
    /// Lengths of strokes and gaps in turn; empty for an unbroken line.
    pub dashes: &'static [f64],
}

/// The looks, the reference first.
pub const LOOKS: [Look; SCENARIOS.len()] = [
    Look { ink: SCENARIOS[0], dashes: &[] },
    Look { ink: SCENARIOS[1], dashes: &[] },
    Look { ink: SCENARIOS[2], dashes: &[14.0, 5.0] },
    Look { ink: SCENARIOS[3], dashes: &[4.0, 4.0] },
    Look { ink: SCENARIOS[4], dashes: &[14.0, 4.0, 4.0, 4.0] },
];

/// What to call each scenario: its title; with its name and place where titles do not tell them apart.
pub fn names(comparison: &Comparison) -> Vec<String> {
    let title = |s: &Summary| {
        let text = visible(&s.header.title);
        if text.trim().is_empty() { visible(&s.header.name) } else { text.trim().to_string() }
    };
    let titles: Vec<String> = comparison.scenarios.iter().map(title).collect();
    let twice = |all: &[String], one: &String| all.iter().filter(|other| *other == one).count() > 1;
    let with_name = |(title, summary): (&String, &Summary)| {
        if twice(&titles, title) { format!("{} – {title}", visible(&summary.header.name)) } else { title.clone() }
    };
    let named: Vec<String> = titles.iter().zip(&comparison.scenarios).map(with_name).collect();
    let with_place = |(i, name): (usize, &String)| if twice(&named, name) { format!("{}. {name}", i + 1) } else { name.clone() };
    named.iter().enumerate().map(with_place).collect()
}

/// A text on one line of at most `width`; what does not fit ends in an ellipsis.
pub fn short(text: &str, style: Type, width: f64) -> String {
    page::wrap(&visible(text), style, width, 1).pop().unwrap_or_default()
}

/// The months from the first that any scenario simulates to the last.
pub fn axis(comparison: &Comparison) -> Months {
    let reference = comparison.reference().header.axis();
    let all = || comparison.scenarios.iter().map(|s| s.header.axis()).filter(|a| a.count > 0);
    let start = all().map(|a| a.start).min().unwrap_or(reference.start);
    let last = all().map(|a| a.last()).max().unwrap_or(reference.start);
    let count = last.since(start) + 1;
    match usize::try_from(count) {
        Ok(months) if count <= LONGEST && all().next().is_some() => Months { start, count: months },
        _ => reference,
    }
}

/// A number of a total series on the common axis; before the scenario begins it is `start`.
pub fn track(summary: &Summary, axis: Months, metric: &str, start: f64, number: impl Fn(&Estimate) -> Option<f64>) -> Option<Track> {
    let own = Track::of(summary, metric, number)?;
    let begins = summary.header.start.since(axis.start);
    let at = |i: usize| {
        let position = i32::try_from(i).ok()? - begins;
        if position == -1 { Some(start) } else { own.at(usize::try_from(position).ok()?) }
    };
    let track = Track((0..axis.count).map(at).collect());
    track.0.iter().any(Option::is_some).then_some(track)
}

/// Draws a track as a scenario's line.
pub fn line(canvas: &Canvas<'_>, panel: &Panel<'_>, track: &Track, start: f64, look: Look, thickness: f64) {
    for points in track.lines(start) {
        let places: Vec<_> = points.iter().map(|(x, y)| panel.place(*x, *y)).collect();
        stroke(canvas, &places, look, thickness);
    }
}

/// Draws a line through places of the picture in a scenario's look.
pub fn stroke(canvas: &Canvas<'_>, places: &[(f64, f64)], look: Look, thickness: f64) {
    if look.dashes.is_empty() {
        canvas.trace(places, look.ink, thickness);
    } else {
        dashed(places, look.dashes).iter().for_each(|piece| canvas.trace(piece, look.ink, thickness));
    }
}

/// The strokes of a broken line along `places`.
fn dashed(places: &[(f64, f64)], dashes: &[f64]) -> Vec<Vec<(f64, f64)>> {
    let mut pieces: Vec<Vec<(f64, f64)>> = vec![places.first().copied().into_iter().collect()];
    let (mut turn, mut left) = (0, dashes[0]);
    for pair in places.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let length = libm::hypot(to.0 - from.0, to.1 - from.1);
        let mut done = 0.0;
        while length - done >= left {
            done += left;
            let part = done / length;
            let here = (from.0 + part * (to.0 - from.0), from.1 + part * (to.1 - from.1));
            match pieces.last_mut() {
                Some(piece) if turn % 2 == 0 => piece.push(here),
                _ => pieces.push(vec![here]),
            }
            turn += 1;
            left = dashes[turn % dashes.len()];
        }
        left -= length - done;
        if let Some(piece) = pieces.last_mut().filter(|_| turn % 2 == 0) {
            piece.push(to);
        }
    }
    pieces.retain(|piece| piece.len() > 1);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::comparison_sample::comparison;
    use crate::domain::Month;

    #[test]
    fn a_broken_line_keeps_its_rhythm_around_corners() {
        // Strokes of 4 and gaps of 2 along 10 to the right and then 5 down.
        let corner = [(0.0, 0.0), (10.0, 0.0), (10.0, 5.0)];
        let pieces = dashed(&corner, &[4.0, 2.0]);
        assert_eq!(pieces, [vec![(0.0, 0.0), (4.0, 0.0)], vec![(6.0, 0.0), (10.0, 0.0)], vec![(10.0, 2.0), (10.0, 5.0)]]);
        assert!(dashed(&[], &[4.0, 2.0]).is_empty());
    }

    #[test]
    fn scenarios_that_call_themselves_alike_are_told_apart() {
        let mut twins = comparison(3, 4);
        for (i, scenario) in twins.scenarios.iter_mut().enumerate() {
            scenario.header.title = if i < 3 { "Same".into() } else { " \n".into() };
            scenario.header.name = ["a", "b", "b", "last"][i].into();
        }
        assert_eq!(names(&twins), ["a – Same", "2. b – Same", "3. b – Same", "last"]);
    }

    #[test]
    fn the_axis_covers_all_scenarios_and_a_late_one_begins_at_its_start() {
        let mut pair = comparison(6, 2);
        pair.scenarios[1].header.start = Month::new(2026, 4).unwrap();
        let months = axis(&pair);
        // January to June, and April to September.
        assert_eq!((months.start, months.count), (Month::new(2026, 1).unwrap(), 9));
        let late = track(&pair.scenarios[1], months, "delivered", 0.0, |e| e.mean).unwrap();
        assert_eq!((late.at(1), late.at(2)), (None, Some(0.0)));
        assert_eq!(late.at(3), pair.scenarios[1].series("delivered", None).unwrap().months[0].mean);
        pair.scenarios[1].header.start = Month::new(9000, 1).unwrap();
        assert_eq!(axis(&pair).count, 6, "too far apart for one axis");
    }
}
