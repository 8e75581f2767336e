//! How every chart looks: sizes, colours and type, in this one place.
//!
//! Neighbouring colours differ in lightness, not only in hue, so that a chart survives colour blindness and a black-and-white printer.

use plotters::style::RGBColor;

use super::fonts::Weight;

/// Width of a picture in its own units; a PNG has [`super::PIXELS_PER_UNIT`] times as many pixels.
pub const WIDTH: f64 = 1200.0;
/// Height of a picture.
pub const HEIGHT: f64 = 750.0;
/// White space at the left and right edge.
pub const MARGIN: f64 = 40.0;

/// Text that is read first.
pub const INK: RGBColor = RGBColor(0x16, 0x1d, 0x26);
/// Text that is read second; dark enough to be read on white by anyone.
pub const SOFT_INK: RGBColor = RGBColor(0x55, 0x60, 0x6b);
/// Axis lines and ticks.
pub const AXIS: RGBColor = RGBColor(0x55, 0x60, 0x6b);
/// Gridlines, drawn over areas at [`GRID_STRENGTH`].
pub const GRID: RGBColor = RGBColor(0x16, 0x1d, 0x26);
/// How opaque a gridline is.
pub const GRID_STRENGTH: f64 = 0.11;
/// The paper.
pub const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);

/// One hue from far to done: lightness 90, 78, 64, 47 and 24 of 100.
pub const BLUES: [RGBColor; 5] = [
    RGBColor(0xda, 0xe5, 0xef),
    RGBColor(0xa8, 0xc9, 0xe3),
    RGBColor(0x68, 0xa5, 0xd4),
    RGBColor(0x1f, 0x77, 0xb4),
    RGBColor(0x0a, 0x36, 0x63),
];
/// The main line of a chart.
pub const MAIN: RGBColor = BLUES[4];
/// The inner band around it.
pub const INNER_BAND: RGBColor = RGBColor(0x86, 0xb6, 0xdc);
/// The outer band around it.
pub const OUTER_BAND: RGBColor = RGBColor(0xd3, 0xe4, 0xf2);
/// Doors from shut to open: rust, orange, pale blue, blue; lightness 28, 72, 87, 53.
pub const DOORS: [RGBColor; 4] =
    [RGBColor(0x7c, 0x24, 0x0a), RGBColor(0xe8, 0xa1, 0x5c), RGBColor(0xc3, 0xdd, 0xf0), RGBColor(0x3d, 0x85, 0xc0)];
/// What was lost: rust and pale orange.
pub const LOSSES: [RGBColor; 2] = [RGBColor(0x9a, 0x34, 0x12), RGBColor(0xf0, 0xb5, 0x7d)];

/// Gates that Beijing keeps, in the order a chip meets them: its answer, lots, paired purchases, the border. Lightness 28, 72, 89, 54.
pub const BEIJING_GATES: [RGBColor; 4] = [DOORS[0], DOORS[1], RGBColor(0xf8, 0xdf, 0xc4), RGBColor(0xc9, 0x6f, 0x34)];
/// Gates that Washington keeps: licence, cap per customer, volume ceiling, laboratory. Lightness 24, 78, 47, 90.
pub const WASHINGTON_GATES: [RGBColor; 4] = [BLUES[4], BLUES[1], BLUES[3], BLUES[0]];
/// The gate that Nvidia's stock is. Lightness 47.
pub const STOCK_GATE: RGBColor = RGBColor(0x2f, 0x7d, 0x69);
/// Gates at the buyers: not asked for, terms not accepted. Lightness 82, 42.
pub const BUYER_GATES: [RGBColor; 2] = [RGBColor(0xc6, 0xcc, 0xd2), RGBColor(0x5d, 0x64, 0x6c)];
/// Everything small, together. Lightness 70.
pub const OTHERS: RGBColor = RGBColor(0xb5, 0xa6, 0xc4);
/// Nothing at all. Lightness 96.
pub const NOTHING: RGBColor = RGBColor(0xf1, 0xf3, 0xf5);
/// Where compute comes from: legal, grey market, domestic. Lightness 24, 66, 82.
pub const ROUTES: [RGBColor; 3] = [BLUES[4], RGBColor(0x98, 0x9f, 0xa7), RGBColor(0xf3, 0xc3, 0x8f)];
/// Lines of scenarios side by side, the reference first: lightness 10, 48, 36, 57 and 44 of 100; dashes tell them apart too.
pub const SCENARIOS: [RGBColor; 5] =
    [INK, RGBColor(0x1f, 0x77, 0xb4), RGBColor(0x9a, 0x34, 0x12), RGBColor(0xc2, 0x7a, 0x00), RGBColor(0x76, 0x54, 0xa0)];
/// More than the reference.
pub const MORE: RGBColor = RGBColor(0x1f, 0x77, 0xb4);
/// Less than the reference.
pub const LESS: RGBColor = RGBColor(0x9a, 0x34, 0x12);
/// What cannot be told from nothing, and what is there for comparison only; dark enough to be read on white.
pub const NOISE: RGBColor = RGBColor(0x73, 0x7c, 0x85);

/// What is left over, as an area.
pub const REST: RGBColor = RGBColor(0xd5, 0xda, 0xdf);

/// A way to set type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Type {
    /// Size in picture units.
    pub size: f64,
    /// Thickness.
    pub weight: Weight,
    /// Colour.
    pub ink: RGBColor,
}

impl Type {
    /// The same type in another colour.
    pub const fn in_ink(self, ink: RGBColor) -> Self {
        Self { ink, ..self }
    }

    /// From one line to the next.
    pub const fn line_height(self) -> f64 {
        self.size * 1.3
    }
}

/// What the chart shows.
pub const TITLE: Type = Type { size: 27.0, weight: Weight::SemiBold, ink: INK };
/// For which scenario.
pub const SUBTITLE: Type = Type { size: 18.0, weight: Weight::Regular, ink: INK };
/// How to read it.
pub const NOTE: Type = Type { size: 15.0, weight: Weight::Regular, ink: SOFT_INK };
/// Title of a panel.
pub const PANEL: Type = Type { size: 17.0, weight: Weight::SemiBold, ink: INK };
/// Numbers and months along an axis.
pub const TICK: Type = Type { size: 15.0, weight: Weight::Regular, ink: SOFT_INK };
/// Years along an axis, and numbers to be noticed.
pub const STRONG: Type = Type { size: 15.0, weight: Weight::SemiBold, ink: INK };
/// Words beside such numbers.
pub const PLAIN: Type = Type { size: 15.0, weight: Weight::Regular, ink: INK };
/// Numbers and words in a small panel or a table.
pub const SMALL: Type = Type { size: 13.5, weight: Weight::Regular, ink: INK };
/// The same, to be noticed.
pub const SMALL_STRONG: Type = Type { size: 13.5, weight: Weight::SemiBold, ink: INK };
/// The last line.
pub const FOOTER: Type = Type { size: 13.0, weight: Weight::Regular, ink: SOFT_INK };

/// White or dark type, whichever can be read on `ground`.
pub fn ink_on(ground: RGBColor) -> RGBColor {
    let luma = 0.299 * f64::from(ground.0) + 0.587 * f64::from(ground.1) + 0.114 * f64::from(ground.2);
    if luma < 140.0 { PAPER } else { INK }
}

/// The colour of a share from 0 to 1: from the palest to the darkest of the blues.
pub fn ramp(share: f64) -> RGBColor {
    let steps = (BLUES.len() - 1) as f64;
    let at = share.clamp(0.0, 1.0) * steps;
    let (below, rest) = (libm::floor(at).min(steps - 1.0), at - libm::floor(at).min(steps - 1.0));
    let (a, b) = (BLUES[below as usize], BLUES[below as usize + 1]);
    let mix = |a: u8, b: u8| (f64::from(a) + rest * (f64::from(b) - f64::from(a)) + 0.5) as u8;
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}
