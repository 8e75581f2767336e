//! `tornado`: what each uncertain input does to the mean outcome when it has its 10% and its 90% value and the others are drawn again.

use super::Chart;
use super::axes::Scale;
use super::canvas::{Align, Canvas, Frame, Span};
use super::page::{self, Heading};
use super::sensitivity::{self, Lead, MOST, NAMES, TALLEST};
use super::theme::{BLUES, INK, MAIN, NOISE, REST, SOFT_INK, STRONG, TICK};
use super::waterfall::{axis_above, name_of_row, whisker};
use super::words;
use crate::analysis::sensitivity::{MOST_TORNADO_ROWS, Sensitivity, Tornado};
use plotters::style::RGBColor;

/// Part of a row that its bar fills.
const BAR: f64 = 0.5;
/// The input at its low and at its high value.
const ENDS: [RGBColor; 2] = [BLUES[2], MAIN];

/// Draws the chart.
pub fn draw(found: &Sensitivity, lead: &Lead<'_>) -> Chart {
    let mut rows: Vec<(usize, Tornado)> =
        lead.effects.inputs.iter().enumerate().filter_map(|(i, effects)| Some((i, effects.tornado?))).collect();
    let reach = |tornado: &Tornado| tornado.change.value.abs().max(tornado.low.value.abs()).max(tornado.high.value.abs());
    rows.sort_by(|(_, a), (_, b)| reach(b).total_cmp(&reach(a)));
    rows.truncate(MOST);
    let others = if found.is_dependent { "the others are drawn from what they are then" } else { "the others are drawn again" };
    let heading = Heading {
        name: "tornado",
        title: format!("What each uncertain input does to the mean: {}", lead.reading.name),
        note: format!(
            "Change of the mean with one input at its 10% value (pale) and at its 90% value (dark), while {others}; from {} worlds on the same \
             luck. Whiskers and ±: 95% interval; grey: no change beyond noise.",
            words::whole((found.header.worlds / 2).min(MOST_TORNADO_ROWS as u64))
        ),
        alt: alt(found, lead, &rows),
    };
    page::compose(sensitivity::origin(found), heading, |canvas, frame| {
        if rows.is_empty() {
            page::nothing(canvas, frame, "No input was changed in this run.");
        } else {
            picture(canvas, frame, found, lead, &rows);
        }
    })
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, found: &Sensitivity, lead: &Lead<'_>, rows: &[(usize, Tornado)]) {
    let intervals = || rows.iter().flat_map(|(_, t)| [t.low.interval(), t.high.interval()]);
    let low = intervals().map(|(low, _)| low * lead.scale).fold(0.0, f64::min);
    let high = intervals().map(|(_, high)| high * lead.scale).fold(0.0, f64::max);
    let scale = Scale::of_reals(low, high);
    let write = |value: f64| words::signed(&words::plain(value, scale.step));
    let over_numbers = Span::new("90% less 10%", TICK);
    let numbers = rows.iter().map(|(_, t)| Span::new(number(lead, t), STRONG).width()).fold(over_numbers.width(), f64::max);
    let last_tick = Span::new(write(scale.high), TICK).width() / 2.0;
    let top = frame.top + 16.0;
    let row = ((frame.bottom - top) / rows.len() as f64).min(TALLEST);
    let plot =
        Frame { left: frame.left + NAMES, right: frame.right - numbers - last_tick - 14.0, top, bottom: top + row * rows.len() as f64 };
    let panel = canvas.panel(plot, 1.0, (0.0, 1.0));
    let title = format!("Change of the mean, {}", lead.reading.unit_of_change_or_unit());
    axis_above(canvas, &panel, &scale, (&title, NAMES), write);
    canvas.text(frame.right, top - 12.0, Align::Right, &[over_numbers]);
    let x = |value: f64| plot.left + (value * lead.scale - scale.low) / (scale.high - scale.low) * (plot.right - plot.left);
    for (i, (input, tornado)) in rows.iter().enumerate() {
        let (y, half) = (top + (i as f64 + 0.5) * row, row * BAR / 2.0);
        let is_real = tornado.change.is_real();
        // The shorter of two that point the same way lies on top.
        let mut ends = [(tornado.low, if is_real { ENDS[0] } else { REST }), (tornado.high, if is_real { ENDS[1] } else { NOISE })];
        ends.sort_by(|(a, _), (b, _)| b.value.abs().total_cmp(&a.value.abs()));
        for (measure, ink) in ends {
            let (left, right) = (x(measure.value.min(0.0)), x(measure.value.max(0.0)));
            canvas.block((left, y - half), (right.max(left + 1.0), y + half), ink);
        }
        for (measure, place) in [(tornado.low, y - half / 2.0), (tornado.high, y + half / 2.0)] {
            let (low, high) = measure.interval();
            whisker(canvas, (x(low), x(high)), place);
        }
        let input = &found.inputs[*input];
        let [from, to] = &input.ends;
        let unit = if input.unit == "ratio" { "" } else { &input.unit };
        name_of_row(canvas, frame.left, y, &sensitivity::name(&input.key), format!("{from} to {to} {unit}").trim_end(), NAMES - 24.0);
        let ink = if is_real { INK } else { SOFT_INK };
        canvas.text(frame.right, y, Align::Right, &[Span::new(number(lead, tornado), STRONG.in_ink(ink))]);
    }
}

fn number(lead: &Lead<'_>, tornado: &Tornado) -> String {
    words::change(tornado.change.value, Some(tornado.change.std_error), lead.scale)
}

fn alt(found: &Sensitivity, lead: &Lead<'_>, rows: &[(usize, Tornado)]) -> String {
    let say = |(i, tornado): &(usize, Tornado)| {
        let noise = if tornado.change.is_real() { "" } else { " (no change beyond noise)" };
        format!("{} {}{noise}", sensitivity::name(&found.inputs[*i].key), number(lead, tornado))
    };
    let said: Vec<String> = rows.iter().map(say).collect();
    format!(
        "Tornado of the mean of {}: its value with an input at its 90% value less that at its 10% value, in {}, with 95% intervals: {}.",
        lead.reading.name,
        lead.reading.unit_of_change_or_unit(),
        if said.is_empty() { "none".into() } else { said.join("; ") }
    )
}
