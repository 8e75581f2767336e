//! `sobol`: of what is not known about an outcome, how much each uncertain input explains alone and in all.

use super::Chart;
use super::axes::Scale;
use super::canvas::{Align, Canvas, Frame, Span};
use super::page::{self, Heading};
use super::sensitivity::{self, Lead, MOST, NAMES, TALLEST};
use super::theme::{BLUES, INK, MAIN, NOISE, PLAIN, SOFT_INK, STRONG, TICK};
use super::waterfall::{axis_above, name_of_row, whisker};
use super::words;
use crate::analysis::Valued;
use crate::analysis::digits;
use crate::analysis::sensitivity::{Sensitivity, place, ranked};

/// Part of a row that its bars fill.
const BARS: f64 = 0.62;

/// Draws the chart.
pub fn draw(found: &Sensitivity, lead: &Lead<'_>) -> Chart {
    let rows: Vec<usize> =
        ranked(&lead.effects.inputs).into_iter().filter(|i| lead.effects.inputs[*i].total.is_some()).take(MOST).collect();
    let over = if found.is_dependent { " Inputs depend on each other: the shares are of their independent draws." } else { "" };
    let heading = Heading {
        name: "sobol",
        title: format!("Which uncertain inputs drive it: {}", lead.reading.name),
        note: format!(
            "Sobol indices: shares of the variance that is not luck. Dark: with all interactions (total); pale: alone (first order). Whiskers: \
             95% interval. Inputs whose difference is within the noise share their places.{over}"
        ),
        alt: alt(found, lead, &rows),
    };
    page::compose(sensitivity::origin(found), heading, |canvas, frame| {
        if rows.is_empty() {
            page::nothing(canvas, frame, "The mean of this outcome is the same in every world: no input drives it.");
        } else {
            picture(canvas, frame, found, lead, &rows);
        }
    })
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, found: &Sensitivity, lead: &Lead<'_>, rows: &[usize]) {
    let measures = |i: &usize| [lead.effects.inputs[*i].total, lead.effects.inputs[*i].first].into_iter().flatten();
    let low = rows.iter().flat_map(measures).map(|m| m.interval().0).fold(0.0, f64::min);
    let high = rows.iter().flat_map(measures).map(|m| m.interval().1).fold(0.0, f64::max);
    let scale = Scale::of_reals(low, high);
    let top = frame.top + 16.0;
    let row = ((frame.bottom - top) / rows.len() as f64).min(TALLEST);
    let plot = Frame { left: frame.left + NAMES, right: frame.right - 190.0, top, bottom: top + row * rows.len() as f64 };
    let panel = canvas.panel(plot, 1.0, (0.0, 1.0));
    axis_above(canvas, &panel, &scale, ("Share of what is not known", NAMES), |v| format!("{:.0}%", v * 100.0));
    for (right, title) in [(frame.right - 62.0, "total"), (frame.right, "place")] {
        canvas.text(right, top - 12.0, Align::Right, &[Span::new(title, TICK)]);
    }
    let x = |value: f64| plot.left + (value - scale.low) / (scale.high - scale.low) * (plot.right - plot.left);
    for (i, input) in rows.iter().enumerate() {
        let (y, half) = (top + (i as f64 + 0.5) * row, row * BARS / 2.0);
        let effects = &lead.effects.inputs[*input];
        for (measure, ink, (upper, lower)) in [(effects.total, MAIN, (y - half, y)), (effects.first, BLUES[1], (y, y + half))] {
            let Some(measure) = measure else { continue };
            let ink = if measure.is_real() || ink != MAIN { ink } else { NOISE };
            canvas.block((x(measure.value.min(0.0)), upper), (x(measure.value.max(0.0)).max(x(0.0) + 1.0), lower), ink);
            let (low, high) = measure.interval();
            whisker(canvas, (x(low), x(high)), (upper + lower) / 2.0);
        }
        let input = &found.inputs[*input];
        name_of_row(canvas, frame.left, y, &sensitivity::name(&input.key), &input.key, NAMES - 24.0);
        let is_real = effects.total.is_some_and(|total| total.is_real());
        let ink = if is_real { INK } else { SOFT_INK };
        let total = effects.total.map_or_else(String::new, percent);
        canvas.text(frame.right - 62.0, y, Align::Right, &[Span::new(total, STRONG.in_ink(ink))]);
        canvas.text(frame.right, y, Align::Right, &[Span::new(place(effects.place), PLAIN.in_ink(ink))]);
    }
}

/// `41% ±3`.
fn percent(measure: Valued) -> String {
    let reach = measure.interval().1 - measure.value;
    format!("{}% ±{}", words::measured(100.0 * measure.value, Some(100.0 * measure.std_error)), digits::error(100.0 * reach))
}

fn alt(found: &Sensitivity, lead: &Lead<'_>, rows: &[usize]) -> String {
    let say = |i: &usize| {
        let effects = &lead.effects.inputs[*i];
        let part = |measure: Option<Valued>| measure.map_or_else(|| "undefined".into(), percent);
        let name = sensitivity::name(&found.inputs[*i].key);
        format!("{name} {} in all, {} alone, place {}", part(effects.total), part(effects.first), place(effects.place))
    };
    let said: Vec<String> = rows.iter().map(say).collect();
    format!(
        "Bars of Sobol indices of {}, the largest total first, with 95% intervals: {}.",
        lead.reading.name,
        if said.is_empty() { "none".into() } else { said.join("; ") }
    )
}
