//! A picture in the making: plotters draws the shapes, and this sets the type.
//!
//! plotters rounds to whole pixels, so it draws on a grid eight times finer than the picture; its type is too coarse to line labels up.
//! Whatever a scenario calls itself leaves here as inert, visible text.

use std::fmt::Write;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::prelude::{Cartesian2d, SVGBackend};
use plotters::style::{Color, RGBAColor, RGBColor, ShapeStyle};

use super::fonts;
use super::theme::{AXIS, HEIGHT, PAPER, Type, WIDTH};

/// How many of plotters' pixels lie along one unit of the picture.
const GRAIN: f64 = 8.0;

/// A rectangle of the picture, in picture units from the top left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

/// Where a text sits relative to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// It begins there.
    Left,
    /// Its middle is there.
    Centre,
    /// It ends there.
    Right,
}

/// A stretch of text in one type.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// What it says.
    pub text: String,
    /// How it is set.
    pub style: Type,
}

/// The picture so far.
pub struct Canvas<'a> {
    shapes: DrawingArea<SVGBackend<'a>, Shift>,
    words: String,
}

/// A part of the picture with coordinates of its own.
pub struct Panel<'a> {
    area: DrawingArea<SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
    /// The part of the picture it covers.
    pub frame: Frame,
}

/// The SVG of what `draw` draws; `title` and `description` are for those who do not see it. Ids begin with `name`, so that several
/// pictures can stand in one page.
pub fn svg(name: &str, title: &str, description: &str, draw: impl FnOnce(&mut Canvas<'_>)) -> String {
    let mut shapes = String::new();
    let size = ((WIDTH * GRAIN) as u32, (HEIGHT * GRAIN) as u32);
    let words = {
        let mut canvas = Canvas { shapes: SVGBackend::with_string(&mut shapes, size).into_drawing_area(), words: String::new() };
        draw(&mut canvas);
        canvas.words
    };
    // plotters wraps its shapes in an <svg> of its own: keep what is inside.
    let inner = shapes.split_once('\n').map_or("", |(_, rest)| rest).trim_end().trim_end_matches("</svg>");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"{name}-title {name}-desc\">\n\
         <title id=\"{name}-title\">{}</title>\n<desc id=\"{name}-desc\">{}</desc>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"{}\"/>\n\
         <g transform=\"scale({})\" stroke-linejoin=\"round\" stroke-linecap=\"butt\">\n{inner}</g>\n\
         <g font-family=\"{}\">\n{words}</g>\n</svg>\n",
        escape(title),
        escape(description),
        hex(PAPER),
        1.0 / GRAIN,
        fonts::FAMILIES,
    )
}

impl Span {
    /// A text in a type.
    pub fn new(text: impl Into<String>, style: Type) -> Self {
        Self { text: text.into(), style }
    }

    /// How much room it takes.
    pub fn width(&self) -> f64 {
        fonts::width(&visible(&self.text), self.style.size, self.style.weight)
    }
}

/// How much room a line of spans takes.
pub fn line_width(spans: &[Span]) -> f64 {
    spans.iter().map(Span::width).sum()
}

impl<'a> Canvas<'a> {
    /// A part of the picture in which x runs from 0 to `x_end`, and y from `y.0` at the bottom to `y.1` at the top.
    pub fn panel(&self, frame: Frame, x_end: f64, y: (f64, f64)) -> Panel<'a> {
        let pixels = (grain(frame.left)..grain(frame.right), grain(frame.bottom)..grain(frame.top));
        Panel { area: self.shapes.apply_coord_spec(Cartesian2d::new(0.0..x_end, y.0..y.1, pixels)), frame }
    }

    /// A straight line between two places of the picture.
    pub fn rule(&self, from: (f64, f64), to: (f64, f64), ink: impl Color, thickness: f64) {
        self.trace(&[from, to], ink, thickness);
    }

    /// A line through places of the picture.
    pub fn trace(&self, points: &[(f64, f64)], ink: impl Color, thickness: f64) {
        let points: Vec<_> = points.iter().map(|(x, y)| (grain(*x), grain(*y))).collect();
        ignore(self.shapes.draw(&PathElement::new(points, stroke(ink.to_rgba(), thickness))));
    }

    /// A filled box between two opposite corners.
    pub fn block(&self, a: (f64, f64), b: (f64, f64), ink: RGBColor) {
        let corners = [(grain(a.0), grain(a.1)), (grain(b.0), grain(b.1))];
        ignore(self.shapes.draw(&Rectangle::new(corners, ink.filled())));
    }

    /// A dot around a place of the picture.
    pub fn dot(&self, (x, y): (f64, f64), ink: RGBColor, radius: f64) {
        ignore(self.shapes.draw(&Circle::new((grain(x), grain(y)), grain(radius), ink.filled())));
    }

    /// A small square around a place of the picture: the colour a label belongs to.
    pub fn swatch(&self, (x, y): (f64, f64), ink: RGBColor) {
        let corners = [(grain(x - 5.0), grain(y - 5.0)), (grain(x + 5.0), grain(y + 5.0))];
        ignore(self.shapes.draw(&Rectangle::new(corners, ink.filled())));
        ignore(self.shapes.draw(&Rectangle::new(corners, stroke(AXIS.mix(0.5), 0.5))));
    }

    /// A line of text whose letters' middle height is `y`.
    pub fn text(&mut self, x: f64, y: f64, align: Align, spans: &[Span]) {
        self.set(x, y, align, spans, "");
    }

    /// The same with a white rim, for text on top of lines.
    pub fn text_with_rim(&mut self, x: f64, y: f64, align: Align, spans: &[Span]) {
        let rim = format!(" stroke=\"{}\" stroke-width=\"4\" stroke-linejoin=\"round\" paint-order=\"stroke\"", hex(PAPER));
        self.set(x, y, align, spans, &rim);
    }

    fn set(&mut self, x: f64, y: f64, align: Align, spans: &[Span], more: &str) {
        let anchor = match align {
            Align::Left => "start",
            Align::Centre => "middle",
            Align::Right => "end",
        };
        // Half the height of Inter's capitals, 0.727 em, below the middle.
        let baseline = y + 0.3635 * spans.iter().map(|s| s.style.size).fold(0.0, f64::max);
        // Writing into a string cannot fail.
        let _ = write!(self.words, "<text x=\"{x:.1}\" y=\"{baseline:.1}\" text-anchor=\"{anchor}\"{more}>");
        for Span { text, style } in spans {
            let (size, weight, fill) = (style.size, style.weight.css(), hex(style.ink));
            let _ = write!(self.words, "<tspan font-size=\"{size}\" font-weight=\"{weight}\" fill=\"{fill}\">{}</tspan>", escape(text));
        }
        self.words.push_str("</text>\n");
    }
}

impl Panel<'_> {
    /// The values at its lower and upper edge.
    pub fn limits(&self) -> (f64, f64) {
        let range = self.area.get_y_range();
        (range.start, range.end)
    }

    /// Where in the picture a point lies.
    pub fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = self.area.map_coordinate(&(x, y));
        (f64::from(x) / GRAIN, f64::from(y) / GRAIN)
    }

    /// Fills the shape that `corners` go around.
    pub fn fill(&self, corners: Vec<(f64, f64)>, ink: impl Color) {
        ignore(self.area.draw(&Polygon::new(corners, ink.to_rgba().filled())));
    }

    /// Fills a box between two opposite corners.
    pub fn fill_box(&self, a: (f64, f64), b: (f64, f64), ink: impl Color) {
        ignore(self.area.draw(&Rectangle::new([a, b], ink.to_rgba().filled())));
    }

    /// Draws a line along `points`.
    pub fn line(&self, points: Vec<(f64, f64)>, ink: impl Color, thickness: f64) {
        ignore(self.area.draw(&PathElement::new(points, stroke(ink.to_rgba(), thickness))));
    }

    /// Draws a dot with a white rim.
    pub fn dot(&self, at: (f64, f64), ink: RGBColor, radius: f64) {
        ignore(self.area.draw(&Circle::new(at, grain(radius + 1.5), PAPER.filled())));
        ignore(self.area.draw(&Circle::new(at, grain(radius), ink.filled())));
    }

    /// Draws a ring: a mark that is not taken for a dot, in black and white either.
    pub fn ring(&self, at: (f64, f64), ink: RGBColor, radius: f64) {
        ignore(self.area.draw(&Circle::new(at, grain(radius), stroke(ink.to_rgba(), 2.0))));
    }
}

/// plotters reports what its backend reports, and this backend writes into a string, which cannot fail.
fn ignore<E>(_: Result<(), E>) {}

fn grain(units: f64) -> i32 {
    libm::round(units * GRAIN) as i32
}

fn stroke(ink: RGBAColor, thickness: f64) -> ShapeStyle {
    ink.stroke_width(grain(thickness).unsigned_abs())
}

fn hex(ink: RGBColor) -> String {
    format!("#{:02x}{:02x}{:02x}", ink.0, ink.1, ink.2)
}

/// The text with everything invisible made visible: controls, changes of direction and characters XML forbids become U+FFFD.
pub fn visible(text: &str) -> String {
    let show = |c: char| match c {
        '\t' | '\n' | '\r' => ' ',
        '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => '\u{fffd}',
        '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}' => '\u{fffd}',
        c if c.is_control() || u32::from(c) & 0xfffe == 0xfffe => '\u{fffd}',
        c => c,
    };
    text.chars().map(show).collect()
}

/// The visible text as XML writes it.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::theme::PLAIN;

    #[test]
    fn hostile_text_becomes_inert_and_visible() {
        assert_eq!(escape("<script>\"'&\u{1b}[31m\u{202e}x\u{0}"), "&lt;script&gt;&quot;&#39;&amp;\u{fffd}[31m\u{fffd}x\u{fffd}");
        assert_eq!(escape("two\nlines"), "two lines");
        assert_eq!(escape("腾讯 Crédit Œuvre 🚀"), "腾讯 Crédit Œuvre 🚀");
    }

    #[test]
    fn a_panel_maps_its_corners_to_its_frame() {
        let frame = Frame { left: 100.0, top: 50.0, right: 1100.0, bottom: 650.0 };
        let svg = svg("n", "t", "d", |canvas| {
            let panel = canvas.panel(frame, 24.0, (0.0, 1.0));
            assert_eq!(panel.place(0.0, 0.0), (100.0, 650.0));
            assert_eq!(panel.place(24.0, 1.0), (1100.0, 50.0));
            assert_eq!(panel.place(12.0, 0.5), (600.0, 350.0));
            panel.line(vec![(0.0, 0.0), (24.0, 1.0)], PAPER, 1.0);
            canvas.text(1.0, 2.0, Align::Left, &[Span::new("a<b", PLAIN)]);
        });
        assert!(svg.contains("points=\"800,5200 8800,400 \""));
        assert!(svg.contains("a&lt;b</tspan></text>"));
    }
}
