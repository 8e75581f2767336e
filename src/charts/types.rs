//! `types`: Beijing's hidden types before and after histories were weighed again.

use super::Chart;
use super::axes::{self, Scale};
use super::canvas::{Align, Canvas, Frame, Span};
use super::page::{self, Heading};
use super::theme::{AXIS, INNER_BAND, MAIN, NOISE, PLAIN, REST, STRONG};
use super::words;
use crate::analysis::{Reweighting, WithError, Z95, digits};

/// Room for names at the left.
const NAMES: f64 = 150.0;
/// Room for numbers at the right of the longest bar.
const NUMBERS: f64 = 170.0;

/// Draws the chart.
pub fn draw(found: &Reweighting) -> Chart {
    let said = |share: WithError| words::percent(share.0);
    let each: Vec<String> = found
        .types
        .iter()
        .map(|t| format!("{} {} before and {} after", words::label(t.kind.word()), said(t.prior), said(t.posterior)))
        .collect();
    let heading = Heading {
        name: "types",
        title: "What kind of policy Beijing is running: before and after".into(),
        note: "Grey: the scenario’s own weights. Blue: after. Whiskers and ±: 95% Monte Carlo interval, in percentage points.".into(),
        alt: format!("Bars of the probability of each hidden type of Beijing: {}.", each.join("; ")),
    };
    page::compose(&found.header, heading, |canvas, frame| picture(canvas, frame, found))
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, found: &Reweighting) {
    let highest = found.types.iter().flat_map(|t| [t.prior.0, t.posterior.0]).fold(0.0, f64::max);
    let scale = Scale { low: 0.0, high: (libm::ceil(highest * 10.0) / 10.0).clamp(0.1, 1.0), step: 0.1 };
    let plot = Frame { left: frame.left + NAMES, right: frame.right - NUMBERS, top: frame.top, bottom: frame.bottom - 34.0 };
    let panel = canvas.panel(plot, scale.high, (0.0, 1.0));
    axes::grid_up(&panel, &scale);
    let row = (plot.bottom - plot.top) / found.types.len() as f64;
    let x = |share: f64| plot.left + (plot.right - plot.left) * share / scale.high;
    for (i, share) in found.types.iter().enumerate() {
        let middle = plot.top + (i as f64 + 0.5) * row;
        canvas.text(plot.left - 14.0, middle, Align::Right, &[Span::new(words::label(share.kind.word()), STRONG)]);
        for (side, estimate, fill, edge) in [(-1.0, share.prior, REST, NOISE), (1.0, share.posterior, INNER_BAND, MAIN)] {
            let (y, half) = (middle + side * row * 0.19, row * 0.16);
            let (value, error) = estimate;
            let reach = if error.is_finite() { Z95 * error } else { 0.0 };
            canvas.block((x(0.0), y - half), (x(value), y + half), fill);
            canvas.rule((x(value), y - half), (x(value), y + half), edge, 2.5);
            canvas.rule((x((value - reach).max(0.0)), y), (x(value + reach), y), edge, 1.5);
            let number =
                Span::new(words::measured(value * 100.0, Some(error * 100.0)) + "%", if side > 0.0 { STRONG.in_ink(MAIN) } else { PLAIN });
            let margin = Span::new(if reach > 0.0 { format!(" ±{}", digits::error(reach * 100.0)) } else { String::new() }, PLAIN);
            canvas.text(x(value + reach) + 10.0, y, Align::Left, &[number, margin]);
        }
    }
    canvas.rule((plot.left, plot.top), (plot.left, plot.bottom), AXIS, 1.25);
    axes::values_below(canvas, &panel, &scale, words::percent_tick);
}
