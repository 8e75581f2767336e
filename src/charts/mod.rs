//! Charts of one run: SVG text, and PNG bytes of the same picture.
//!
//! A chart opens no file and computes nothing but where things lie on the page. The same summary gives the same bytes on every machine.
//!
//! To add a chart: one file with a `draw(&Summary) -> Chart`, and a line in `CHARTS`.

mod axes;
mod buyers;
mod canvas;
mod compute;
mod deliveries;
mod exceedance;
mod first_delivery;
mod fonts;
mod gates;
mod governments;
mod labels;
mod money;
mod page;
mod pipeline;
mod raster;
#[cfg(test)]
mod sample;
mod supply;
mod theme;
mod tracks;
mod words;

pub use raster::{ChartError, PIXELS_PER_UNIT, png};

use crate::analysis::Summary;

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

/// The charts of a run, in the order a report shows them.
const CHARTS: [Draw; 10] = [
    deliveries::draw,
    first_delivery::draw,
    exceedance::draw,
    pipeline::draw,
    gates::draw,
    governments::draw,
    supply::draw,
    buyers::draw,
    money::draw,
    compute::draw,
];

/// Every chart of a run, in the order a report shows them.
pub fn draw(summary: &Summary) -> Vec<Chart> {
    CHARTS.iter().map(|chart| chart(summary)).collect()
}
