//! `thresholds`: the value of the first key at which a chance reaches a level, over the values of the second.

use plotters::style::Color;

use super::super::Chart;
use super::super::axes::{self, Scale};
use super::super::canvas::{Align, Canvas, Frame, Span};
use super::super::labels::shortened;
use super::super::page::{self, Heading};
use super::super::scenarios::LOOKS;
use super::super::theme::{AXIS, STRONG, TICK};
use super::super::words;
use super::{Along, number, origin, subject};
use crate::analysis::grid::plain;
use crate::analysis::{Sweep, Threshold};

/// Room for the values of the second key, and its name.
const BELOW: f64 = 62.0;
/// From one line of the key to the next.
const KEY_LINE: f64 = 22.0;

/// Draws the chart of all measures that have thresholds.
pub fn draw(sweep: &Sweep) -> Chart {
    let [solved, other] = [&sweep.axes[0], &sweep.axes[1]];
    let level = sweep.thresholds.first().map_or(0.5, |threshold| threshold.level);
    let heading = Heading {
        name: "thresholds",
        title: format!("What {} must be for the chance to reach {}, by {}", solved.key, words::percent(level), other.key),
        note:
            "Bars: all values that the Monte Carlo error cannot tell from it (95%, by inverted tests); a bar that ends at the edge goes on \
               beyond what was searched."
                .into(),
        alt: alt(sweep),
    };
    page::compose(origin(sweep), heading, |canvas, frame| picture(canvas, frame, sweep))
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, sweep: &Sweep) {
    let [solved, other] = [&sweep.axes[0], &sweep.axes[1]];
    let Some((low, high)) = solved.numbers.as_ref().and_then(|numbers| Some((*numbers.first()?, *numbers.last()?))) else { return };
    let (scale, along) = (Scale::covering(low, high), Along::new(other));
    let asked: Vec<usize> = (0..sweep.measures.len()).filter(|i| sweep.thresholds.iter().any(|t| t.measure == *i)).collect();
    for (i, (measure, look)) in asked.iter().zip(LOOKS).enumerate() {
        let y = frame.top - 22.0 + KEY_LINE * i as f64;
        canvas.swatch((frame.left + 5.0, y), look.ink);
        canvas.text(frame.left + 17.0, y, Align::Left, &[Span::new(subject(&sweep.measures[*measure]), TICK)]);
    }
    let write = |value: f64| if value.abs() >= 1000.0 { words::grouped(value) } else { plain(value) };
    let top = frame.top + KEY_LINE * asked.len() as f64 + 22.0;
    let plot = Frame { left: frame.left + scale.label_width(write), right: frame.right - 30.0, top, bottom: frame.bottom - BELOW };
    let panel = canvas.panel(plot, 1.0, (scale.low, scale.high));
    axes::grid(&panel, &scale, 1.0);
    axes::values(canvas, &panel, &scale, &solved.key, write);
    for (i, (measure, look)) in asked.iter().zip(LOOKS).enumerate() {
        let mine = || sweep.thresholds.iter().filter(|threshold| threshold.measure == *measure);
        let aside = (i as f64 - (asked.len() - 1) as f64 / 2.0) * 0.008;
        let at = |threshold: &Threshold| along.places[threshold.others[0]] + aside;
        let points: Vec<(f64, f64)> = mine().filter_map(|t| Some((at(t), t.crossing.at?))).collect();
        for threshold in mine().filter(|threshold| threshold.crossing.at.is_some()) {
            let ends = [threshold.crossing.low.unwrap_or(low), threshold.crossing.high.unwrap_or(high)];
            panel.line(ends.map(|end| (at(threshold), end)).into(), look.ink.mix(0.45), 4.0);
        }
        if along.is_number {
            panel.line(points.clone(), look.ink, 2.5);
        }
        points.iter().for_each(|point| panel.dot(*point, look.ink, 5.0));
        for threshold in mine().filter(|threshold| threshold.crossing.at.is_none()) {
            let (y, word) = if threshold.crossing.from_start { (scale.low, "▾") } else { (scale.high, "▴") };
            let (x, y) = panel.place(at(threshold), y);
            canvas.text_with_rim(
                x,
                y + if threshold.crossing.from_start { -9.0 } else { 9.0 },
                Align::Centre,
                &[Span::new(word, STRONG.in_ink(look.ink))],
            );
        }
    }
    canvas.rule((plot.left, plot.bottom), (plot.right, plot.bottom), AXIS, 1.25);
    for (place, text) in &along.ticks {
        let x = plot.left + (plot.right - plot.left) * place;
        canvas.rule((x, plot.bottom), (x, plot.bottom + 5.0), AXIS, 1.0);
        canvas.text(x, plot.bottom + 18.0, Align::Centre, &[shortened(text, TICK, 120.0)]);
    }
    canvas.text((plot.left + plot.right) / 2.0, plot.bottom + 44.0, Align::Centre, &[Span::new(&other.key, TICK)]);
    let unreached = sweep.thresholds.iter().filter(|threshold| threshold.crossing.at.is_none()).count();
    if unreached > 0 {
        let said = "▴ not reached by the highest value   ▾ beyond it from the lowest on";
        canvas.text(plot.right, top - 19.0, Align::Right, &[Span::new(said, TICK)]);
    }
}

fn alt(sweep: &Sweep) -> String {
    let other = &sweep.axes[1];
    let say = |threshold: &Threshold| {
        let value = other.values[threshold.others[0]].trim_matches('"');
        let found = threshold.crossing.at.map_or_else(|| threshold.remark().to_owned(), number);
        format!("{} at {} {value}: {found}", sweep.measures[threshold.measure].text, other.key)
    };
    format!("{}.", sweep.thresholds.iter().map(say).collect::<Vec<_>>().join("; "))
}
