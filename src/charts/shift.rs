//! `inputs_shift`: where the uncertain inputs lie after histories were weighed again, in ranks of where they lay before.

use super::Chart;
use super::axes::{self, Scale};
use super::canvas::{Align, Canvas, Frame, Span};
use super::labels::shortened;
use super::page::{self, Heading};
use super::theme::{AXIS, INNER_BAND, MAIN, NOISE, PLAIN, REST, SMALL, STRONG, TICK};
use super::words;
use crate::analysis::{InputShift, RANKED, Reweighting, is_moved};

/// More inputs than this are not drawn.
const MOST: usize = 14;
/// Room for keys at the left.
const NAMES: f64 = 330.0;
/// Room for numbers at the right.
const NUMBERS: f64 = 150.0;

const _: () = assert!(RANKED[0] == 0.05 && RANKED[1] == 0.25 && RANKED[2] == 0.5 && RANKED[3] == 0.75 && RANKED[4] == 0.95);

/// Draws the chart.
pub fn draw(found: &Reweighting) -> Chart {
    let heading = Heading {
        name: "inputs_shift",
        title: "What had to change among the uncertain inputs".into(),
        note: "Grey: before, from the 5% to the 95% quantile, the middle half thicker. Blue: after, on the scale of before; dot: median. \
               Right: change of the mean in standard deviations, ±95% Monte Carlo interval, grey where that holds zero."
            .into(),
        alt: alt(&found.inputs),
    };
    page::compose(&found.header, heading, |canvas, frame| match found.inputs.is_empty() {
        true => page::nothing(canvas, frame, "This scenario has no uncertain inputs."),
        false => picture(canvas, frame, &found.inputs),
    })
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, inputs: &[InputShift]) {
    let shown = &inputs[..inputs.len().min(MOST)];
    let plot = Frame { left: frame.left + NAMES, right: frame.right - NUMBERS, top: frame.top, bottom: frame.bottom - 56.0 };
    let panel = canvas.panel(plot, 1.0, (0.0, 1.0));
    axes::grid_up(&panel, &Scale::SHARE);
    let row = (plot.bottom - plot.top) / shown.len() as f64;
    let x = |share: f64| plot.left + (plot.right - plot.left) * share;
    canvas.text(frame.right, plot.top - 18.0, Align::Right, &[Span::new("Shift, in SD", TICK)]);
    for (i, input) in shown.iter().enumerate() {
        let middle = plot.top + (i as f64 + 0.5) * row;
        canvas.text(plot.left - 14.0, middle, Align::Right, &[shortened(&input.moved.name, SMALL, NAMES - 14.0)]);
        for (side, ranks, fill, edge) in [(-1.0, RANKED, REST, NOISE), (1.0, input.ranks, INNER_BAND, MAIN)] {
            let (y, half) = (middle + side * row * 0.16, row * 0.11);
            canvas.rule((x(ranks[0]), y), (x(ranks[4]), y), edge, 1.5);
            canvas.block((x(ranks[1]), y - half), (x(ranks[3]), y + half), fill);
            if side > 0.0 {
                canvas.dot((x(ranks[2]), y), edge, 4.5);
            }
        }
        let style = if is_moved(input.shift) { STRONG } else { PLAIN.in_ink(NOISE) };
        let number = words::change(input.shift.0, Some(input.shift.1), 1.0);
        canvas.text(frame.right, middle, Align::Right, &[Span::new(number, style)]);
    }
    canvas.rule((plot.left, plot.top), (plot.left, plot.bottom), AXIS, 1.25);
    axes::values_below(canvas, &panel, &Scale::SHARE, words::percent_tick);
    let what = "Rank among the worlds of the scenario: 0% is the smallest value, 100% the largest";
    canvas.text((plot.left + plot.right) / 2.0, plot.bottom + 40.0, Align::Centre, &[Span::new(what, TICK)]);
}

fn alt(inputs: &[InputShift]) -> String {
    let say = |i: &InputShift| format!("{} {}", i.moved.name, words::change(i.shift.0, Some(i.shift.1), 1.0));
    let said: Vec<String> = inputs.iter().take(5).map(say).collect();
    format!("Intervals of the uncertain inputs before and after; the most shifted, in standard deviations: {}.", said.join("; "))
}
