//! Labels of several lines beside the ends of lines, each with a sample of the line it names.

use super::canvas::{Align, Canvas, Span, line_width};
use super::labels::{self, LEAD};
use super::page;
use super::scenarios::{self, Look};
use super::theme::{AXIS, Type};

/// Length of the sample.
const SAMPLE: f64 = 26.0;
/// Room between sample and text.
const GAP: f64 = 7.0;
/// Room between blocks.
const APART: f64 = 7.0;

/// A label of several lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The value it belongs to.
    pub value: f64,
    /// The line it names.
    pub look: Look,
    /// Whether the line ends where the panel does.
    at_edge: bool,
    /// What it says.
    lines: Vec<Vec<Span>>,
}

impl Block {
    /// Begins with a name on at most `most` lines of `width`.
    pub fn new(value: f64, look: Look, name: &str, style: Type, width: f64, most: usize) -> Self {
        let lines = page::wrap(name, style.in_ink(look.ink), width, most);
        Self { value, look, at_edge: true, lines: lines.into_iter().map(|line| vec![Span::new(line, style.in_ink(look.ink))]).collect() }
    }

    /// Says whether its line ends where the panel does; one that ended before is not tied to the edge.
    pub fn ending(mut self, at_edge: bool) -> Self {
        self.at_edge = at_edge;
        self
    }

    /// With one more line.
    pub fn with(mut self, spans: Vec<Span>) -> Self {
        self.lines.push(spans);
        self
    }

    fn step(&self) -> f64 {
        self.lines.iter().flatten().map(|s| s.style.line_height()).fold(0.0, f64::max)
    }

    fn height(&self) -> f64 {
        self.step() * self.lines.len() as f64
    }
}

/// How much room the blocks take at the right of a panel.
pub fn room(blocks: &[Block]) -> f64 {
    blocks.iter().flat_map(|b| &b.lines).map(|l| line_width(l)).fold(0.0, f64::max) + LEAD + SAMPLE + GAP
}

/// Writes the blocks at the right of `x`, each as near to the place of its value as the others allow, between `ceiling` and `floor`.
pub fn write_at_end(canvas: &mut Canvas<'_>, x: f64, (ceiling, floor): (f64, f64), blocks: &[Block], place: impl Fn(f64) -> f64) {
    let mut order: Vec<&Block> = blocks.iter().collect();
    order.sort_by(|a, b| place(a.value).total_cmp(&place(b.value)));
    let wanted: Vec<f64> = order.iter().map(|b| place(b.value)).collect();
    // Blocks differ in height: take from each place what lies above it, spread without a gap, and give it back.
    let mut above = vec![0.0];
    above.extend(order.iter().scan(0.0, |sum, b| {
        *sum += b.height() + APART;
        Some(*sum)
    }));
    let half = order.first().map_or(0.0, |b| b.step() / 2.0);
    let shifted: Vec<f64> = wanted.iter().zip(&above).map(|(want, above)| want - above).collect();
    let room = floor + half + APART - above.last().copied().unwrap_or(0.0);
    let places = labels::spread(&shifted, 0.0, ceiling - half, room);
    for (((block, place), above), from) in order.iter().zip(places).zip(above).zip(wanted) {
        let first = place + above;
        if block.at_edge && (first - from).abs() > 4.0 {
            canvas.rule((x + 2.0, from), (x + LEAD - 3.0, first), AXIS, 0.75);
        }
        scenarios::stroke(canvas, &[(x + LEAD, first), (x + LEAD + SAMPLE, first)], block.look, 3.0);
        for (i, line) in block.lines.iter().enumerate() {
            canvas.text(x + LEAD + SAMPLE + GAP, first + i as f64 * block.step(), Align::Left, line);
        }
    }
}
