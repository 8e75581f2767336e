//! Charts of a sweep: curves over one key, maps over two, and where chances reach a level.

mod along;
mod curves;
mod map;
mod thresholds;

use super::Chart;
use super::page::Origin;
use super::words;
use crate::analysis::{Condition, Measure, Relation, Sweep};
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
    match measure.condition {
        None => measure.text.clone(),
        Some(Condition { relation, bound }) => {
            let sign = match relation {
                Relation::AtLeast => "≥",
                Relation::AtMost => "≤",
                Relation::Above => ">",
                Relation::Below => "<",
                Relation::Equal => "=",
            };
            let written = measure.text.rsplit(' ').next().unwrap_or_default();
            // A month stays as it was written.
            let number = if written.contains('-') && bound > 0.0 || bound < 1000.0 { written.to_owned() } else { words::grouped(bound) };
            format!("Chance that {} {sign} {number}", measure.text.split(' ').next().unwrap_or_default())
        }
    }
}

/// A mean in words: a percentage of a chance, two digits of anything else.
fn told(measure: &Measure, value: f64) -> String {
    if measure.condition.is_some() { words::percent(value) } else { number(value) }
}

/// A number with two digits that mean something.
fn number(value: f64) -> String {
    if value.abs() >= 1000.0 { words::count(value, 2) } else { words::significant(value, 2) }
}
