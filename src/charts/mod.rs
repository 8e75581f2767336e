//! Charts of one run and of several side by side: SVG text, and PNG bytes of the same picture.
//!
//! A chart opens no file and computes nothing but where things lie on the page. The same summary gives the same bytes on every machine.
//!
//! To add a chart: one file with a `draw(&Summary) -> Chart`, and a line in `CHARTS`; of a comparison likewise, in [`draw_comparison`].

mod axes;
mod blocks;
mod buyers;
mod canvas;
#[cfg(test)]
mod comparison_sample;
mod compute;
mod decision;
mod deliveries;
mod difference;
mod exceedance;
mod first_delivery;
mod fonts;
mod forest;
mod found_box;
mod gates;
mod governments;
mod labels;
mod money;
mod multiples;
mod outcomes;
mod over_time;
mod overlay;
mod page;
mod pipeline;
mod raster;
mod refan;
#[cfg(test)]
mod sample;
mod scenarios;
mod scores;
mod sensitivity;
#[cfg(test)]
mod sensitivity_sample;
mod shapley;
mod shift;
mod sobol;
mod supply;
mod sweep;
mod theme;
mod tornado;
mod tracks;
mod types;
mod waiting_curves;
mod waterfall;
pub mod words;

pub use canvas::visible;
pub use decision::draw_decision;
pub use raster::{ChartError, PIXELS_PER_UNIT, png, thumbnail};
pub use sweep::{NAMES as SWEEP_NAMES, draw_sweep};

use crate::analysis::prim::{Factor, Found};
use crate::analysis::sensitivity::Sensitivity;
use crate::analysis::{Comparison, Explanation, Reweighting, Scoreboard, Summary};
use crate::model::names;
use std::collections::BTreeSet;

/// One picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// File stem.
    pub name: &'static str,
    /// What is shown.
    pub title: String,
    /// The same in a sentence or two with numbers, for those who do not see it. Plain text: escape it before it enters a page.
    pub alt: String,
    /// The picture.
    pub svg: String,
}

/// Draws one chart of a run.
type Draw = fn(&Summary) -> Chart;

/// The most charts that are drawn of one thing.
pub const MOST: usize = CHARTS.len();

/// The charts of a run, in the order a report shows them, each with the name of what it cannot do without.
const CHARTS: [(Draw, &str); 10] = [
    (deliveries::draw, "delivered"),
    (first_delivery::draw, "delivered"),
    (exceedance::draw, "delivered_T"),
    (pipeline::draw, "pending"),
    (gates::draw, "held_*"),
    (governments::draw, "*"),
    (supply::draw, "stock"),
    (buyers::draw, "delivered_T"),
    (money::draw, "revenue_*"),
    (compute::draw, "compute_legal"),
];

/// Every chart of a run for which enough was recorded, in the order a report shows them.
pub fn draw(summary: &Summary) -> Vec<Chart> {
    let series = summary.monthly.iter().map(|s| s.series.metric.name);
    let known: BTreeSet<&str> = series.chain(summary.outcomes.iter().map(|o| o.outcome.name.as_str())).collect();
    let is_known = |needed: &str| needed == "*" || known.iter().any(|name| names(&[needed], name));
    CHARTS.iter().filter(|(_, needed)| is_known(needed)).map(|(chart, _)| chart(summary)).collect()
}

/// Every chart of a comparison, in the order a report shows them.
pub fn draw_comparison(comparison: &Comparison, explanation: Option<&Explanation>) -> Vec<Chart> {
    let few = comparison.scenarios.len() <= overlay::MOST;
    let mut charts = if few { vec![overlay::draw(comparison), difference::draw(comparison)] } else { vec![multiples::draw(comparison)] };
    charts.extend([forest::draw(comparison), waiting_curves::draw(comparison)]);
    charts.extend(explanation.map(|explanation| waterfall::draw(comparison, explanation)));
    charts
}

/// Every chart of what new weights do, in the order a report shows them.
pub fn draw_reweighting(found: &Reweighting) -> Vec<Chart> {
    vec![refan::draw(found), types::draw(found), shift::draw(found)]
}

/// Every chart of a scoring; `facts` is the title of what was seen.
pub fn draw_scores(board: &Scoreboard, facts: &str) -> Vec<Chart> {
    vec![scores::draw(board, facts)]
}

/// Every chart of a discovery, in the order a report shows them. `event` is what is to happen.
pub fn draw_discovery(given: &Reweighting, event: &str, factors: &[Factor], found: &Found) -> Vec<Chart> {
    vec![found_box::draw(&given.header, event, factors, found), shift::draw(given), types::draw(given)]
}

/// Every chart of a sensitivity analysis, in the order a report shows them. Those of inputs are about its first outcome.
pub fn draw_sensitivity(found: &Sensitivity) -> Vec<Chart> {
    let mut charts: Vec<Chart> =
        sensitivity::leading(found).map(|lead| vec![sobol::draw(found, &lead), tornado::draw(found, &lead)]).unwrap_or_default();
    charts.extend([shapley::draw(found), over_time::draw(found)]);
    charts
}
