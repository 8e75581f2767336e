//! A chart as a PNG: its SVG, rasterised with the bundled fonts only.

use std::error::Error;
use std::fmt;
use std::io::Write;

use png::{BitDepth, ColorType, DeflateCompression, Encoder, EncodingError, Filter};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::Chart;
use super::fonts;
use super::theme::{HEIGHT, WIDTH};

/// Pixels along one unit of a chart: a PNG is 2,400 by 1,500.
pub const PIXELS_PER_UNIT: u32 = 2;

/// The largest piece of compressed picture in a PNG, in bytes: more than a chart has.
const MOST_PIECE: usize = 1 << 20;

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
///
/// # Errors
/// Only for faults of ours.
pub fn png(chart: &Chart) -> Result<Vec<u8>, ChartError> {
    // The lightest compression takes a tenth of the time of the strongest, for files half as large again.
    raster(chart, PIXELS_PER_UNIT, DeflateCompression::Level(1))
}

/// The same at half the size and in as few bytes as can be, for pages that show many.
///
/// # Errors
/// As for [`png`].
pub fn thumbnail(chart: &Chart) -> Result<Vec<u8>, ChartError> {
    raster(chart, 1, DeflateCompression::Level(9))
}

fn raster(chart: &Chart, pixels_per_unit: u32, compression: DeflateCompression) -> Result<Vec<u8>, ChartError> {
    let fail = |why: String| ChartError { chart: chart.name, why };
    let options = Options { font_family: fonts::FAMILY.into(), fontdb: fonts::database(), ..Options::default() };
    let tree = Tree::from_str(&chart.svg, &options).map_err(|e| fail(e.to_string()))?;
    let pixels = |units: f64| units as u32 * pixels_per_unit;
    let mut picture = Pixmap::new(pixels(WIDTH), pixels(HEIGHT)).ok_or_else(|| fail("no picture of that size".into()))?;
    let scale = pixels_per_unit as f32;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut picture.as_mut());
    encode(&picture, compression).map_err(|e| fail(e.to_string()))
}

/// Every pixel is opaque, because the paper is: no alpha channel. Line by line, so that no second picture is held.
fn encode(picture: &Pixmap, compression: DeflateCompression) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, picture.width(), picture.height());
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_deflate_compression(compression);
    encoder.set_filter(Filter::Up);
    let mut writer = encoder.write_header()?;
    let mut lines = writer.stream_writer_with_size(MOST_PIECE)?;
    let mut colours = vec![0; picture.width() as usize * 3];
    for line in picture.data().chunks_exact(picture.width() as usize * 4) {
        for (colour, pixel) in colours.chunks_exact_mut(3).zip(line.chunks_exact(4)) {
            colour.copy_from_slice(&pixel[..3]);
        }
        lines.write_all(&colours)?;
    }
    lines.finish()?;
    writer.finish()?;
    Ok(bytes)
}
