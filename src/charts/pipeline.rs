//! `pipeline`: where requested chips are, as columns of means by month.
//!
//! What is still alive or delivered rises from the axis; what was refused or cancelled hangs below it and is never taken for progress.

use plotters::style::RGBColor;

use super::Chart;
use super::axes::{self, Months, Scale};
use super::canvas::{Canvas, Frame, Span};
use super::labels::{self, EndLabel};
use super::page::{self, Heading};
use super::theme::{AXIS, BLUES, LOSSES, PLAIN, STRONG};
use super::tracks::Track;
use super::words;
use crate::analysis::Summary;

/// One place a chip can be: series, words for its label, colour.
type Stage = (&'static str, &'static str, RGBColor);

/// Above the axis, from the axis upwards.
const ALIVE: [Stage; 5] = [
    ("delivered", "delivered so far", BLUES[4]),
    ("at_border", "at the border", BLUES[3]),
    ("in_transit", "shipped, on the way", BLUES[2]),
    ("backlog", "approved, not shipped", BLUES[1]),
    ("pending", "waiting for Beijing", BLUES[0]),
];
/// Below the axis, from the axis downwards.
const LOST: [Stage; 2] = [("refused", "refused so far", LOSSES[0]), ("cancelled", "cancelled so far", LOSSES[1])];
/// Part of a month's width that stays white, where columns are wide enough to show it.
const GAP: f64 = 0.14;
const WIDE_ENOUGH: f64 = 6.0;

type Stack = Vec<(Stage, Track)>;

/// Draws the chart.
pub fn draw(summary: &Summary) -> Chart {
    let header = &summary.header;
    let stack = |stages: &[Stage]| -> Stack {
        stages.iter().filter_map(|stage| Some((*stage, Track::of(summary, stage.0, |e| e.mean)?))).collect()
    };
    let (alive, lost) = (stack(&ALIVE), stack(&LOST));
    let heading = Heading {
        name: "pipeline",
        title: "Requested H200 chips, by where they are".into(),
        note: format!(
            "Columns: mean over paths at the end of the month, including paths with nothing. \
             Requests that were refused or cancelled hang below the axis.{}",
            missing(&alive, &lost)
        ),
        alt: alt(summary, &alive, &lost),
    };
    page::compose(header, heading, |canvas, frame| {
        if alive.is_empty() && lost.is_empty() {
            page::nothing(canvas, frame, "This run has no monthly means of requested chips.");
        } else {
            picture(canvas, frame, header.axis(), (&alive, &lost), header.digits());
        }
    })
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, months: Months, (alive, lost): (&Stack, &Stack), digits: i32) {
    let height = |stack: &Stack| (0..months.count).map(|i| total(stack, i)).fold(0.0, f64::max);
    let scale = Scale::of_counts(-height(lost), height(alive));
    let write = |v: f64| words::grouped(v.abs());
    let mut ends = end_labels(alive, 1.0, digits);
    ends.reverse();
    ends.extend(end_labels(lost, -1.0, digits));
    let plot = Frame {
        left: frame.left + scale.label_width(write),
        right: frame.right - labels::room(&ends),
        bottom: frame.bottom - Months::HEIGHT,
        ..frame
    };
    let panel = canvas.panel(plot, months.end(), (scale.low, scale.high));
    axes::grid(&panel, &scale, months.end());
    let gap = if (plot.right - plot.left) / months.end() >= WIDE_ENOUGH { GAP } else { 0.0 };
    for i in 0..months.count {
        for (stack, side) in [(alive, 1.0), (lost, -1.0)] {
            let mut base = 0.0;
            for ((_, _, ink), track) in stack {
                let Some(value) = track.at(i).filter(|v| *v > 0.0) else { continue };
                let (left, right) = (i as f64 + gap / 2.0, (i + 1) as f64 - gap / 2.0);
                panel.fill_box((left, side * (base + value)), (right, side * base), *ink);
                base += value;
            }
        }
    }
    months.draw(canvas, &panel);
    panel.line(vec![(0.0, 0.0), (months.end(), 0.0)], AXIS, 1.5);
    axes::values(canvas, &panel, &scale, "Chips, mean over paths", write);
    labels::write_at_end(canvas, plot.right, (plot.top, plot.bottom), &ends, |v| panel.place(0.0, v).1);
}

/// The last values from the axis outwards, each at the middle of its box.
fn end_labels(stack: &Stack, side: f64, digits: i32) -> Vec<EndLabel> {
    let mut base = 0.0;
    let label = |((_, name, ink), track): &(Stage, Track)| {
        let value = track.last()?;
        base += value;
        let spans = vec![Span::new(words::count(value, digits), STRONG), Span::new(format!(" {name}"), PLAIN)];
        Some(EndLabel { value: side * (base - value / 2.0), spans, swatch: Some(*ink) })
    };
    stack.iter().filter_map(label).collect()
}

fn total(stack: &Stack, month: usize) -> f64 {
    stack.iter().filter_map(|(_, track)| track.at(month)).sum()
}

fn missing(alive: &Stack, lost: &Stack) -> String {
    let has = |name: &str| alive.iter().chain(lost).any(|((n, ..), _)| *n == name);
    let absent: Vec<String> = ALIVE.iter().chain(&LOST).filter(|s| !has(s.0)).map(|s| format!("`{}`", s.0)).collect();
    if absent.is_empty() { String::new() } else { format!(" Not recorded: {}.", absent.join(", ")) }
}

fn alt(summary: &Summary, alive: &Stack, lost: &Stack) -> String {
    let digits = summary.header.digits();
    let say = |((_, name, _), track): &(Stage, Track)| Some(format!("{} {name}", words::count(track.last()?, digits)));
    let list = |stack: &Stack| stack.iter().rev().filter_map(say).collect::<Vec<_>>().join(", ");
    let end = words::month(summary.header.axis().last());
    format!(
        "Stacked columns of where requested H200 chips are, mean over paths. At the end of {end}: {}; apart from these {}.",
        list(alive),
        list(lost)
    )
}
