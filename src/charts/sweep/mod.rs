//! Charts of a sweep: curves over one key, maps over two, and where chances reach a level.

mod along;
mod curves;
mod map;
mod thresholds;

use super::Chart;
use super::page::Origin;
use super::words;
use crate::analysis::{Measure, Sweep};
use along::Along;

/// File stems of the charts of the measures; a sweep has no more of them.
pub const NAMES: [&str; 8] = ["sweep", "sweep_2", "sweep_3", "sweep_4", "sweep_5", "sweep_6", "sweep_7", "sweep_8"];

/// Every chart of a sweep, in the order a report shows them; none for more than two keys.
pub fn draw_sweep(sweep: &Sweep) -> Vec<Chart> {
    let one = |(measure, name): (usize, &'static str)| match sweep.axes.len() {
        1 => Some(curves::draw(sweep, measure, name)),
        2 => Some(map::draw(sweep, measure, name)),
        _ => None,
    };
    let mut charts: Vec<Chart> = (0..sweep.measures.len()).zip(NAMES).filter_map(one).collect();
    if sweep.axes.len() == 2 && !sweep.thresholds.is_empty() {
        charts.push(thresholds::draw(sweep));
    }
    charts
}

fn origin(sweep: &Sweep) -> Origin {
    Origin::from(&sweep.header)
        .resting_on(format!("{} simulated paths of each combination, on the same luck.", words::whole(sweep.header.paths())))
}

/// What is told, in words: `delivered_T`, or `Chance that delivered_T ≥ 250,000`.
fn subject(measure: &Measure) -> String {
    if !measure.is_chance() {
        return measure.text.clone();
    }
    let text = measure.text.replace(">=", "≥").replace("<=", "≤").replace("==", "=");
    let (said, number) = text.rsplit_once(' ').unwrap_or(("", &text));
    match number.parse::<f64>() {
        Ok(value) if value >= 1000.0 => format!("Chance that {said} {}", words::grouped(value)),
        _ => format!("Chance of {text}"),
    }
}

/// A mean in words: a percentage of a chance, two digits of anything else.
fn told(measure: &Measure, value: f64) -> String {
    if measure.is_chance() { words::percent(value) } else { number(value) }
}

/// A number with two digits that mean something.
fn number(value: f64) -> String {
    if value.abs() >= 1000.0 { words::count(value, 2) } else { words::significant(value, 2) }
}

/// A value on an axis, with the decimals its step has.
fn tick(value: f64, step: f64) -> String {
    if step >= 1.0 { words::grouped(value) } else { format!("{value:.*}", libm::ceil(-libm::log10(step) - 1e-9) as usize) }
}
