//! `waterfall`: from the mean of the reference to the mean of the scenario, one step for each group of changed assumptions.

use plotters::style::RGBColor;

use super::Chart;
use super::axes::Scale;
use super::canvas::{Align, Canvas, Frame, Panel, Span};
use super::outcomes::{self, Reading};
use super::page::{self, Heading, Origin};
use super::scenarios;
use super::theme::{AXIS, GRID, GRID_STRENGTH, INK, LESS, MAIN, MORE, NOISE, PAPER, REST, SMALL, SOFT_INK, STRONG, TICK};
use super::words;
use crate::analysis::{Averaging, Comparison, Contribution, Explanation, Z95, digits};
use plotters::style::Color;

/// More groups than this are pooled.
const MOST: usize = 10;
/// Room for names at the left.
const NAMES: f64 = 330.0;
/// Part of a row that its bar fills.
const BAR: f64 = 0.56;
/// Tallest row.
const TALLEST: f64 = 74.0;

/// A row of the chart, in the unit of its reading.
struct Step {
    name: String,
    keys: String,
    from: f64,
    to: f64,
    /// Standard error of where it ends.
    error: Option<f64>,
    ink: RGBColor,
    number: String,
}

/// Draws the chart.
pub fn draw(comparison: &Comparison, explanation: &Explanation) -> Chart {
    let last = comparison.reference().header.axis().last();
    let size = explanation.reference.abs().max(explanation.scenario.abs());
    let reading = outcomes::reading(&explanation.outcome, explanation.unit, size, last);
    let names = scenarios::names(comparison);
    let steps = steps(explanation, &reading, &names);
    let defined = steps.iter().all(|s| s.from.is_finite() && s.to.is_finite());
    let heading = Heading {
        name: "waterfall",
        title: format!("Which assumptions make the difference: {}", reading.name),
        note: note(explanation),
        alt: if defined {
            alt(explanation, &reading, &steps)
        } else {
            "The contributions of the changed assumptions are not defined.".into()
        },
    };
    let origin = Origin::from(comparison).resting_on(draws(explanation));
    page::compose(origin, heading, |canvas, frame| {
        if defined {
            picture(canvas, frame, &steps, &reading);
        } else {
            page::nothing(canvas, frame, "The contributions are not defined.");
        }
    })
}

fn draws(explanation: &Explanation) -> String {
    let Explanation { worlds, paths_per_world: each, .. } = *explanation;
    let plural = |n: u64, one: &str, many: &str| format!("{} {}", words::whole(n), if n == 1 { one } else { many });
    format!(
        "{} ({} × {}), the same luck for every set of assumptions.",
        plural(worlds * each, "simulated path", "simulated paths"),
        plural(worlds, "world", "worlds"),
        words::whole(each)
    )
}

fn note(explanation: &Explanation) -> String {
    let orders = match explanation.method {
        Averaging::Exact => "averaged over all orders in which the groups can change",
        Averaging::Sampled => "averaged over one random order in each world",
    };
    format!(
        "Each bar: what a group of changed keys adds to the mean, {orders} (Shapley value). Whiskers and ±: 95% Monte Carlo interval; grey \
         where it holds zero."
    )
}

/// Reference, contributions from the largest, scenario.
fn steps(explanation: &Explanation, reading: &Reading, names: &[String]) -> Vec<Step> {
    let scale = reading.scale;
    let mut groups: Vec<&Contribution> = explanation.groups.iter().collect();
    groups.sort_by(|a, b| b.mean.abs().total_cmp(&a.mean.abs()));
    let pooled = if groups.len() > MOST { groups.split_off(MOST - 1) } else { Vec::new() };
    let name = |i: usize, otherwise: &str| names.get(i).filter(|_| names.len() == 2).cloned().unwrap_or_else(|| otherwise.into());
    let error = explanation.total.std_error * scale;
    let whole = |name: String, keys: &str, mean: f64| Step {
        name,
        keys: keys.into(),
        from: 0.0,
        to: mean * scale,
        error: None,
        ink: MAIN,
        number: words::measured(mean * scale, Some(error)),
    };
    let mut steps = vec![whole(names.first().cloned().unwrap_or_default(), "mean of the reference", explanation.reference)];
    let mut at = explanation.reference * scale;
    for group in groups {
        let to = at + group.mean * scale;
        let number = words::change(group.mean, Some(group.std_error), scale);
        let (name, keys) = (outcomes::group(&group.name), group.keys.join(", "));
        steps.push(Step { name, keys, from: at, to, error: Some(group.std_error * scale), ink: ink(group), number });
        at = to;
    }
    if !pooled.is_empty() {
        let to = at + pooled.iter().map(|g| g.mean).sum::<f64>() * scale;
        let number = words::signed(&digits::rounded(to - at, error));
        let list: Vec<&str> = pooled.iter().map(|g| g.name.as_str()).collect();
        let name = format!("{} others, error not shown", pooled.len());
        steps.push(Step { name, keys: list.join(", "), from: at, to, error: None, ink: REST, number });
    }
    steps.push(whole(name(1, "Scenario"), "mean of the scenario", explanation.scenario));
    steps
}

fn ink(group: &Contribution) -> RGBColor {
    match group {
        g if g.mean.abs() <= Z95 * g.std_error || g.mean == 0.0 => NOISE,
        g if g.mean > 0.0 => MORE,
        _ => LESS,
    }
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, steps: &[Step], reading: &Reading) {
    let reach = |s: &Step| s.error.filter(|e| e.is_finite()).map_or(0.0, |e| Z95 * e);
    let low = steps.iter().map(|s| s.from.min(s.to - reach(s))).fold(0.0, f64::min);
    let high = steps.iter().map(|s| s.from.max(s.to + reach(s))).fold(0.0, f64::max);
    let scale = Scale::of_counts(low, high);
    let numbers = steps.iter().map(|s| Span::new(&s.number, STRONG).width()).fold(0.0, f64::max);
    let top = frame.top + 4.0;
    let row = ((frame.bottom - 8.0 - top) / steps.len() as f64).min(TALLEST);
    let plot = Frame { left: frame.left + NAMES, right: frame.right - numbers - 26.0, top, bottom: top + row * steps.len() as f64 };
    let panel = canvas.panel(plot, 1.0, (0.0, 1.0));
    let x = |value: f64| plot.left + (value - scale.low) / (scale.high - scale.low) * (plot.right - plot.left);
    let unit = format!("Mean over paths, {}", reading.unit);
    axis_above(canvas, &panel, &scale, (&unit, NAMES), words::grouped);
    for (i, step) in steps.iter().enumerate() {
        let y = top + (i as f64 + 0.5) * row;
        let half = row * BAR / 2.0;
        bar(canvas, (x(step.from), x(step.to)), (y - half, y + half), step.ink);
        if i + 1 < steps.len() {
            canvas.rule((x(step.to), y + half), (x(step.to), y + row - half), AXIS, 1.0);
        }
        if reach(step) > 0.0 {
            whisker(canvas, (x(step.to - reach(step)), x(step.to + reach(step))), y);
        }
        name_of_row(canvas, frame.left, y, &step.name, &step.keys, NAMES - 24.0);
        let ink = if [NOISE, REST].contains(&step.ink) { SOFT_INK } else { step.ink };
        canvas.text(frame.right, y, Align::Right, &[Span::new(&step.number, STRONG.in_ink(ink))]);
    }
}

/// Values along the top, as many as have room, faint lines down from them, and what they are in the room at their left.
pub(super) fn axis_above(
    canvas: &mut Canvas<'_>,
    panel: &Panel<'_>,
    scale: &Scale,
    (title, room): (&str, f64),
    write: impl Fn(f64) -> String,
) {
    let Frame { top, bottom, left, right } = panel.frame;
    let mut free = f64::MIN;
    for value in scale.ticks() {
        let x = left + (value - scale.low) / (scale.high - scale.low) * (right - left);
        let label = Span::new(write(value), TICK);
        let ink = if value == 0.0 { AXIS.mix(1.0) } else { GRID.mix(GRID_STRENGTH) };
        canvas.trace(&[(x, top), (x, bottom)], ink, if value == 0.0 { 1.5 } else { 1.0 });
        if x - label.width() / 2.0 >= free {
            free = x + label.width() / 2.0 + 12.0;
            canvas.text(x, top - 12.0, Align::Centre, &[label]);
        }
    }
    let title = scenarios::short(title, TICK, room - 40.0);
    canvas.text(left - room, top - 12.0, Align::Left, &[Span::new(title, TICK)]);
}

fn bar(canvas: &Canvas<'_>, (from, to): (f64, f64), (top, bottom): (f64, f64), ink: RGBColor) {
    // A step of nothing still shows where it is.
    let (left, right) = (from.min(to) - 0.5, from.max(to) + 0.5);
    canvas.block((left, top), (right, bottom), ink);
}

/// A line from end to end of an interval.
pub(super) fn whisker(canvas: &Canvas<'_>, (left, right): (f64, f64), y: f64) {
    canvas.rule((left, y), (right, y), PAPER, 3.5);
    canvas.rule((left, y), (right, y), INK, 1.75);
    for end in [left, right] {
        canvas.rule((end, y - 5.0), (end, y + 5.0), INK, 1.75);
    }
}

/// The name of a row, and what belongs to it in a second line.
pub(super) fn name_of_row(canvas: &mut Canvas<'_>, left: f64, y: f64, name: &str, more: &str, room: f64) {
    let title = Span::new(scenarios::short(name, STRONG, room), STRONG);
    if more.is_empty() {
        canvas.text(left, y, Align::Left, &[title]);
        return;
    }
    let more = Span::new(scenarios::short(more, SMALL, room), SMALL.in_ink(SOFT_INK));
    canvas.text(left, y - 8.5, Align::Left, &[title]);
    canvas.text(left, y + 9.5, Align::Left, &[more]);
}

fn alt(explanation: &Explanation, reading: &Reading, steps: &[Step]) -> String {
    let [reference, inner @ .., scenario] = steps else { return String::new() };
    let say = |s: &Step| {
        let noise = if s.ink == NOISE { " (no difference beyond noise)" } else { "" };
        format!("{} {}{noise}", s.name, s.number)
    };
    let said: Vec<String> = inner.iter().map(say).collect();
    let orders = match explanation.method {
        Averaging::Exact => "over all orders",
        Averaging::Sampled => "over sampled orders",
    };
    format!(
        "Waterfall of {}, mean over paths in {}: from {} in the reference to {} in the scenario. Contributions, averaged {orders}, with \
         95% Monte Carlo intervals: {}.",
        reading.name,
        reading.unit,
        reference.number,
        scenario.number,
        if said.is_empty() { "none".into() } else { said.join("; ") }
    )
}
