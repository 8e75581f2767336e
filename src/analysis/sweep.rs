//! What a sweep found out: outcomes and chances at every combination of values, and where chances reach a level.

use super::crossing::Crossing;
use super::{HALF_OF_95, Header, Measure, OutcomeSummary, digits};
use crate::scenario::grid::{self, Axis};
use crate::stats::Z95;

/// Everything one sweep found out.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Which scenario, and how many draws in each cell.
    pub header: Header,
    /// The keys that vary.
    pub axes: Vec<Axis>,
    /// What is asked of every path.
    pub measures: Vec<Measure>,
    /// One for each combination of values, the last axis fastest, with a summary of each measure.
    pub cells: Vec<Vec<OutcomeSummary>>,
    /// Where measures reach levels.
    pub thresholds: Vec<Threshold>,
}

/// The value of the first key at which a measure's mean first reaches a level, at one combination of the other keys.
#[derive(Clone, Debug)]
pub struct Threshold {
    /// Position of the measure.
    pub measure: usize,
    /// The level.
    pub level: f64,
    /// Positions along the other axes.
    pub others: Vec<usize>,
    /// Where.
    pub crossing: Crossing,
}

impl Sweep {
    /// Positions along the axes of every cell.
    pub fn places(&self) -> Vec<Vec<usize>> {
        grid::combinations(&self.axes)
    }
}

impl Threshold {
    /// What became of the search, in a word or two.
    pub fn remark(&self) -> &'static str {
        match self.crossing {
            Crossing { at: Some(_), .. } => "reached",
            Crossing { from_start: true, .. } => "beyond it from the start",
            _ => "not reached",
        }
    }
}

/// The means of the sweep as text with aligned columns, and the thresholds below them. A long sweep is shown in part.
pub fn sweep_table(sweep: &Sweep) -> String {
    let mut lines: Vec<Vec<String>> = vec![sweep.axes.iter().map(|axis| axis.key.clone()).collect()];
    lines[0].extend(sweep.measures.iter().map(|measure| measure.text.clone()));
    for (place, cell) in sweep.places().iter().zip(&sweep.cells).take(MOST_LINES) {
        let values = sweep.axes.iter().zip(place).map(|(axis, at)| axis.values[*at].trim_matches('"').to_owned());
        lines.push(values.chain(sweep.measures.iter().zip(cell).map(|(measure, found)| told(measure, found))).collect());
    }
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
        text += &format!("{}\n", cells.join("  ").trim_end());
    }
    if sweep.cells.len() > MOST_LINES {
        text += &format!("and {} more combinations\n", sweep.cells.len() - MOST_LINES);
    }
    text += HALF_OF_95;
    for threshold in &sweep.thresholds {
        let (measure, level) = (&sweep.measures[threshold.measure].text, 100.0 * threshold.level);
        let (solved, others) = (&sweep.axes[0].key, sweep.axes[1..].iter().zip(&threshold.others));
        let where_: Vec<String> = others.map(|(axis, at)| format!(", {} = {}", axis.key, axis.values[*at].trim_matches('"'))).collect();
        let Crossing { at, low, high, .. } = threshold.crossing;
        let three = |value: f64| digits::rounded(value, digits::rough_error(value) / 10.0);
        let end = |end: Option<f64>| end.map_or("beyond".to_owned(), three);
        let found =
            at.map_or_else(|| threshold.remark().to_owned(), |at| format!("at {solved} = {} ({} to {})", three(at), end(low), end(high)));
        text += &format!("{measure} with a chance of {level}%{}: {found}\n", where_.concat());
    }
    text
}

/// More lines than this are no help on a terminal.
const MOST_LINES: usize = 40;

/// A mean or a chance, with half of its 95% interval.
fn told(measure: &Measure, found: &OutcomeSummary) -> String {
    let (percent, sign) = if measure.is_chance() { (100.0, "%") } else { (1.0, "") };
    match (found.estimate.mean, found.estimate.std_error) {
        (Some(mean), Some(error)) => {
            let error = percent * error;
            format!("{}{sign} ± {}{sign}", digits::rounded(percent * mean, error), digits::error(Z95 * error))
        }
        (Some(mean), None) => digits::rounded(percent * mean, f64::NAN) + sign,
        _ => "–".to_owned(),
    }
}
