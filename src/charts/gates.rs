//! `gates`: what holds volume back, in chips, and how often each gate holds back most.
//!
//! The hue says who keeps a gate: Beijing orange, Washington blue, Nvidia green, buyers grey. The table at the right names both panels' colours.

use plotters::style::RGBColor;

use super::Chart;
use super::axes::{self, Months, Scale};
use super::canvas::{Align, Canvas, Frame, Panel, Span};
use super::labels;
use super::page::{self, Heading};
use super::theme::{
    AXIS, BEIJING_GATES, BUYER_GATES, NOTHING, OTHERS, PANEL, PAPER, PLAIN, STOCK_GATE, STRONG, TICK, WASHINGTON_GATES, ink_on,
};
use super::tracks::Track;
use super::words;
use crate::analysis::{CategorySummary, Header, Summary};
use crate::domain::Gate;

/// A gate that never reaches this share of the chips held or of the paths is pooled with others like it.
const SMALL: f64 = 0.02;
/// Room between the panels.
const GUTTER: f64 = 56.0;
/// From one row of the table to the next.
const TABLE_LINE: f64 = 23.0;

/// From the axis upwards: by who keeps them, and in the order in which a chip meets them.
const STACK: [(Gate, &str, RGBColor); Gate::ALL.len()] = [
    (Gate::Beijing, "Beijing’s approval", BEIJING_GATES[0]),
    (Gate::Lot, "lots on the way", BEIJING_GATES[1]),
    (Gate::Pairing, "paired purchases", BEIJING_GATES[2]),
    (Gate::Clearing, "the border", BEIJING_GATES[3]),
    (Gate::Licence, "US licence", WASHINGTON_GATES[0]),
    (Gate::CustomerCap, "US cap per customer", WASHINGTON_GATES[1]),
    (Gate::UsCeiling, "US volume ceiling", WASHINGTON_GATES[2]),
    (Gate::Laboratory, "US test laboratory", WASHINGTON_GATES[3]),
    (Gate::Stock, "Nvidia’s stock", STOCK_GATE),
    (Gate::Request, "not asked for", BUYER_GATES[0]),
    (Gate::Confirmation, "terms not accepted", BUYER_GATES[1]),
];

/// One layer of both panels: a gate, the small gates together, or nothing held at all.
struct Layer {
    name: &'static str,
    ink: RGBColor,
    /// Mean chips held by month; `None` where the layer has no chips.
    held: Option<Track>,
    /// Share of paths by month in which it holds most.
    binding: Option<Track>,
}

/// What the chart shows.
struct Data {
    layers: Vec<Layer>,
    small: Vec<&'static str>,
}

/// Draws the chart.
pub fn draw(summary: &Summary) -> Chart {
    let header = &summary.header;
    let data = pool(all_layers(summary));
    let heading = Heading {
        name: "gates",
        title: "What holds H200 chips back from China".into(),
        note: format!(
            "Held: chips wanted, asked for or ordered that got no further than this gate in the month; requests count as made, \
             even where buyers ask for more than they need. In each path, the gate that holds most binds.{}",
            small_words(&data.small)
        ),
        alt: alt(header, &data),
    };
    page::compose(header, heading, |canvas, frame| {
        if data.layers.is_empty() {
            page::nothing(canvas, frame, "This run has no record of what held chips back.");
        } else {
            picture(canvas, frame, header, &data.layers);
        }
    })
}

/// Every gate that was recorded, and the months in which nothing was held back.
fn all_layers(summary: &Summary) -> Vec<Layer> {
    let binding = summary.category("binding_gate");
    let layer = |(gate, name, ink): &(Gate, &'static str, RGBColor)| Layer {
        name,
        ink: *ink,
        held: Track::of(summary, &format!("held_{}", gate.word()), |e| e.mean),
        binding: binding.and_then(|c| states(c, gate.word())),
    };
    let none = Layer { name: "nothing held back", ink: NOTHING, held: None, binding: binding.and_then(|c| states(c, "none")) };
    STACK.iter().map(layer).chain([none]).filter(|l| l.held.is_some() || l.binding.is_some()).collect()
}

fn states(category: &CategorySummary, word: &str) -> Option<Track> {
    let state = category.category.states.iter().position(|s| *s == word)?;
    let share = |month: &Vec<f64>| month.get(state).copied().filter(|s| s.is_finite());
    Some(Track(category.shares.iter().map(share).collect())).filter(|track| !track.0.is_empty())
}

/// Puts what is small in every month into one layer, above the other gates.
fn pool(all: Vec<Layer>) -> Data {
    let months = all.iter().flat_map(|l| [&l.held, &l.binding]).flatten().map(|t| t.0.len()).max().unwrap_or(0);
    let total = |i: usize| -> f64 { all.iter().filter_map(|l| l.held.as_ref()?.at(i)).sum() };
    let totals: Vec<f64> = (0..months).map(total).collect();
    let matters = |layer: &Layer| {
        let holds = |i: usize| layer.held.as_ref().and_then(|t| t.at(i)).unwrap_or(0.0);
        let binds = layer.binding.as_ref().map_or(0.0, Track::highest);
        binds >= SMALL || (0..months).any(|i| holds(i) > 0.0 && holds(i) >= SMALL * totals[i])
    };
    let (mut layers, small): (Vec<Layer>, Vec<Layer>) = all.into_iter().partition(matters);
    let names = small.iter().filter(|l| l.held.is_some()).map(|l| l.name).collect();
    let sum = |number: fn(&Layer) -> Option<&Track>| {
        let tracks: Vec<&Track> = small.iter().filter_map(number).collect();
        let sum = Track((0..months).map(|i| tracks.iter().map(|t| t.at(i)).sum()).collect());
        (sum.highest() > 0.0).then_some(sum)
    };
    let others = Layer { name: "other gates", ink: OTHERS, held: sum(|l| l.held.as_ref()), binding: sum(|l| l.binding.as_ref()) };
    if others.held.is_some() || others.binding.is_some() {
        let gates = layers.iter().filter(|l| l.held.is_some()).count();
        layers.insert(gates, others);
    }
    Data { layers, small: names }
}

fn small_words(small: &[&str]) -> String {
    if small.is_empty() {
        return String::new();
    }
    format!(" Other gates, each under {} in every month: {}.", words::percent(SMALL), small.join(", "))
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, header: &Header, layers: &[Layer]) {
    let months = header.axis();
    let table = Table::new(frame, header, layers);
    let total = |i: usize| -> f64 { layers.iter().filter_map(|l| l.held.as_ref()?.at(i)).sum() };
    let chips = Scale::of_counts(0.0, (0..months.count).map(total).fold(0.0, f64::max));
    let ticks = chips.label_width(words::grouped).max(Scale::SHARE.label_width(words::percent_tick));
    let middle = (frame.top + frame.bottom - Months::HEIGHT) / 2.0 + 14.0;
    let plot = Frame { left: frame.left + ticks, right: table.left - 26.0, ..frame };
    let upper = Frame { bottom: middle - GUTTER / 2.0, ..plot };
    let lower = Frame { top: middle + GUTTER / 2.0, bottom: frame.bottom - Months::HEIGHT, ..plot };
    for (place, title) in [(upper, "Chips held, mean over paths"), (lower, "Gate that binds, share of paths")] {
        canvas.text(frame.left, place.top - 21.0, Align::Left, &[Span::new(title, PANEL)]);
    }
    let panel = canvas.panel(upper, months.end(), (0.0, chips.high));
    stack(canvas, &panel, layers, |l| l.held.as_ref());
    axes::grid(&panel, &chips, months.end());
    months.rule(canvas, &panel);
    axes::values(canvas, &panel, &chips, "", words::grouped);
    let panel = canvas.panel(lower, months.end(), (0.0, 1.0));
    if layers.iter().any(|l| l.binding.is_some()) {
        stack(canvas, &panel, layers, |l| l.binding.as_ref());
    } else {
        page::nothing(canvas, lower, "This run has no record of which gate binds.");
    }
    axes::grid(&panel, &Scale::SHARE, months.end());
    months.draw(canvas, &panel);
    axes::values(canvas, &panel, &Scale::SHARE, "", words::percent_tick);
    table.draw(canvas, layers, header.digits());
}

/// Stacked areas that hold for whole months, with names inside where they fit.
fn stack(canvas: &mut Canvas<'_>, panel: &Panel<'_>, layers: &[Layer], number: impl Fn(&Layer) -> Option<&Track>) {
    let months = layers.iter().filter_map(&number).map(|t| t.0.len()).max().unwrap_or(0);
    let mut below = vec![0.0; months];
    for layer in layers {
        let Some(track) = number(layer) else { continue };
        let upper: Vec<f64> = below.iter().enumerate().map(|(i, low)| low + track.at(i).unwrap_or(0.0).max(0.0)).collect();
        let mut outline = steps(&upper);
        outline.extend(steps(&below).into_iter().rev());
        panel.fill(outline, layer.ink);
        panel.line(steps(&upper), PAPER, 1.25);
        let column = |i: usize| {
            let (x, top) = panel.place(i as f64, upper[i]);
            (x, top, panel.place(0.0, below[i]).1)
        };
        let columns: Vec<_> = (0..months).map(column).collect();
        let name = Span::new(words::label(layer.name), STRONG.in_ink(ink_on(layer.ink)));
        if let Some((x, y)) = labels::inside(&columns, panel.frame.right, name.width() + 12.0, name.style.line_height() + 2.0) {
            canvas.text(x, y, Align::Centre, &[name]);
        }
        below = upper;
    }
}

fn steps(values: &[f64]) -> Vec<(f64, f64)> {
    values.iter().enumerate().flat_map(|(i, v)| [(i as f64, *v), ((i + 1) as f64, *v)]).collect()
}

/// The key to both panels, with the numbers of the last month.
struct Table {
    left: f64,
    /// Right edges of the two columns of numbers.
    held: f64,
    binding: f64,
    top: f64,
    month: String,
}

impl Table {
    fn new(frame: Frame, header: &Header, layers: &[Layer]) -> Self {
        let names = layers.iter().map(|l| Span::new(l.name, PLAIN).width()).fold(0.0, f64::max);
        let numbers = layers.iter().filter_map(|l| l.held.as_ref()?.last());
        let widest = numbers.map(|v| Span::new(words::count(v, header.digits()), STRONG).width()).fold(36.0, f64::max);
        let binding = frame.right;
        let held = binding - 58.0;
        Self { left: held - widest - 14.0 - names - 17.0, held, binding, top: frame.top + 24.0, month: words::month(header.axis().last()) }
    }

    /// Rows in the order of the stack, its top first.
    fn draw(&self, canvas: &mut Canvas<'_>, layers: &[Layer], digits: i32) {
        let y = self.top - 17.0;
        canvas.text(self.left, y, Align::Left, &[Span::new(self.month.as_str(), TICK)]);
        canvas.text(self.held, y, Align::Right, &[Span::new("held", TICK)]);
        canvas.text(self.binding, y, Align::Right, &[Span::new("binds", TICK)]);
        canvas.rule((self.left, y + 12.0), (self.binding, y + 12.0), AXIS, 0.75);
        for (i, layer) in layers.iter().rev().enumerate() {
            let y = self.top + 10.0 + TABLE_LINE * i as f64;
            canvas.swatch((self.left + 5.0, y), layer.ink);
            canvas.text(self.left + 17.0, y, Align::Left, &[Span::new(layer.name, PLAIN)]);
            if let Some(held) = layer.held.as_ref().and_then(Track::last) {
                canvas.text(self.held, y, Align::Right, &[Span::new(words::count(held, digits), STRONG)]);
            }
            if let Some(share) = layer.binding.as_ref().and_then(Track::last) {
                canvas.text(self.binding, y, Align::Right, &[Span::new(words::percent(share), STRONG)]);
            }
        }
    }
}

fn alt(header: &Header, data: &Data) -> String {
    if data.layers.is_empty() {
        return "This run has no record of what held chips back.".into();
    }
    let say = |layer: &Layer| {
        let held = layer.held.as_ref().and_then(Track::last).map(|v| format!("{} chips", words::count(v, header.digits())));
        let binds = layer.binding.as_ref().and_then(Track::last).map(|v| format!("binds in {} of paths", words::percent(v)));
        let said: Vec<String> = held.into_iter().chain(binds).collect();
        (!said.is_empty()).then(|| format!("{}: {}", layer.name, said.join(", ")))
    };
    let said: Vec<String> = data.layers.iter().filter_map(say).collect();
    let end = words::month(header.axis().last());
    format!("Stacked areas of chips held back at each gate, mean over paths, and of the gate that binds. In {end}: {}.", said.join("; "))
}
