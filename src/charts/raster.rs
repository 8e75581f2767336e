//! A chart as a PNG: its SVG, rasterised with the bundled fonts only.

use std::error::Error;
use std::fmt;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::Chart;
use super::fonts;
use super::theme::{HEIGHT, WIDTH};

/// Pixels along one unit of a chart: a PNG is 2,400 by 1,500.
pub const PIXELS_PER_UNIT: u32 = 2;

/// Why a chart could not become a PNG. Never the fault of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartError {
    chart: &'static str,
    why: String,
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chart `{}` could not be turned into a PNG: {}; its SVG is not affected", self.chart, self.why)
    }
}

impl Error for ChartError {}

/// The chart as the bytes of a PNG file.
pub fn png(chart: &Chart) -> Result<Vec<u8>, ChartError> {
    let fail = |why: String| ChartError { chart: chart.name, why };
    let options = Options { font_family: fonts::FAMILY.into(), fontdb: fonts::database(), ..Options::default() };
    let tree = Tree::from_str(&chart.svg, &options).map_err(|e| fail(e.to_string()))?;
    let size = |units: f64| units as u32 * PIXELS_PER_UNIT;
    let mut pixels = Pixmap::new(size(WIDTH), size(HEIGHT)).ok_or_else(|| fail("no picture of that size".into()))?;
    let scale = PIXELS_PER_UNIT as f32;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| fail(e.to_string()))
}
