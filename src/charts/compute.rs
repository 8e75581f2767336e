//! `compute`: compute added since the start by the three ways a chip reaches a Chinese buyer, as stacked areas of means.
//!
//! Everything is in H100-equivalents by the same measure, so that areas may be added.

use plotters::style::RGBColor;

use super::Chart;
use super::axes::{self, Months, Scale};
use super::canvas::{Align, Canvas, Frame, Span};
use super::labels::{self, EndLabel};
use super::page::{self, Heading};
use super::theme::{PAPER, PLAIN, ROUTES, STRONG, ink_on};
use super::tracks::Track;
use super::words;
use crate::analysis::{Header, Summary};

/// One way: series, words for its label, colour.
type Route = (&'static str, &'static str, RGBColor);

/// From the axis upwards.
const WAYS: [Route; 3] = [
    ("compute_legal", "legal H200", ROUTES[0]),
    ("compute_grey", "grey-market H200", ROUTES[1]),
    ("compute_domestic", "Chinese chips", ROUTES[2]),
];

/// One way with its means, and the sums of the means up to it.
struct Layer {
    route: Route,
    mean: Track,
    upper: Track,
}

/// Draws the chart.
pub fn draw(summary: &Summary) -> Chart {
    let header = &summary.header;
    let layers = layers(summary);
    let heading = Heading {
        name: "compute",
        title: "Compute added in China since the start, by where it comes from".into(),
        note: format!(
            "Areas: mean over paths at the end of the month, in H100s of equal peak arithmetic (TPP); memory and links are left out. \
             Percentages: share of the sum of means.{}",
            spread(summary)
        ),
        alt: alt(header, &layers),
    };
    page::compose(header, heading, |canvas, frame| {
        if layers.is_empty() {
            page::nothing(canvas, frame, "This run has no monthly means of compute.");
        } else {
            picture(canvas, frame, header.axis(), &layers, header.digits());
        }
    })
}

/// The layers that were recorded; the sum is unknown where one of them is.
fn layers(summary: &Summary) -> Vec<Layer> {
    let mut below = Track(vec![Some(0.0); summary.header.months]);
    let mut layers = Vec::new();
    for route in WAYS {
        let Some(mean) = Track::of(summary, route.0, |e| e.mean) else { continue };
        let upper = Track((0..below.0.len()).map(|i| Some(below.at(i)? + mean.at(i)?)).collect());
        below = upper.clone();
        layers.push(Layer { route, mean, upper });
    }
    layers
}

/// How far the paths lie apart, in words: a mean does not stand alone.
fn spread(summary: &Summary) -> String {
    let last = summary.series("compute_legal", None).and_then(|s| s.months.last());
    let known = |v: Option<f64>| v.filter(|v| v.is_finite());
    let Some(last) = last else { return String::new() };
    let count = |value: f64| words::count(value, summary.header.digits());
    let none = known(last.share_zero).filter(|share| *share > 0.0);
    let nothing = none.map(|share| format!("add nothing in {} of paths", words::percent(share)));
    let ends = known(last.quantiles[0]).zip(known(last.quantiles[6])).map(|(low, high)| (count(low), count(high)));
    let range = ends.filter(|(low, high)| low != high).map(|(low, high)| format!("add {low} to {high} in the middle 90%"));
    let said: Vec<String> = nothing.into_iter().chain(range).collect();
    if said.is_empty() { String::new() } else { format!(" By the end, legal H200s {}.", said.join(", and ")) }
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, months: Months, layers: &[Layer], digits: i32) {
    let ends = end_labels(layers, digits);
    let scale = Scale::of_counts(0.0, layers.iter().map(|l| l.upper.highest()).fold(0.0, f64::max));
    let plot = Frame {
        left: frame.left + scale.label_width(words::grouped),
        right: frame.right - labels::room(&ends),
        bottom: frame.bottom - Months::HEIGHT,
        ..frame
    };
    let panel = canvas.panel(plot, months.end(), (0.0, scale.high));
    let mut below = Track(vec![Some(0.0); months.count]);
    let mut names = Vec::new();
    for Layer { route: (_, name, ink), upper, .. } in layers {
        upper.bands(&below, 0.0).into_iter().for_each(|area| panel.fill(area, *ink));
        // The upper edge rises towards the right: what fits under its left end fits.
        let column = |i: usize| {
            let top = |i: usize| upper.at(i).unwrap_or(0.0);
            let bottom = |i: usize| below.at(i).unwrap_or(0.0);
            let before = i.checked_sub(1);
            let (x, upper_edge) = panel.place(i as f64, top(i).min(before.map_or(0.0, top)));
            (x, upper_edge, panel.place(0.0, bottom(i).max(before.map_or(0.0, bottom))).1)
        };
        let columns: Vec<_> = (0..months.count).map(column).collect();
        let span = Span::new(words::label(name), STRONG.in_ink(ink_on(*ink)));
        names.extend(labels::inside(&columns, plot.right, span.width() + 16.0, 24.0).map(|place| (place, span)));
        below = upper.clone();
    }
    for layer in &layers[..layers.len() - 1] {
        layer.upper.lines(0.0).into_iter().for_each(|edge| panel.line(edge, PAPER, 1.5));
    }
    axes::grid(&panel, &scale, months.end());
    months.draw(canvas, &panel);
    axes::values(canvas, &panel, &scale, "H100-equivalents, mean over paths", words::grouped);
    for ((x, y), name) in names {
        canvas.text(x, y, Align::Centre, &[name]);
    }
    labels::write_at_end(canvas, plot.right, (plot.top, plot.bottom), &ends, |v| panel.place(0.0, v).1);
}

/// The last values with their shares, each at the middle of its layer.
fn end_labels(layers: &[Layer], digits: i32) -> Vec<EndLabel> {
    let label = |layer: &Layer| {
        let (_, name, ink) = layer.route;
        let (value, top) = (layer.mean.last()?, layer.upper.last()?);
        let spans =
            vec![Span::new(words::count(value, digits), STRONG), Span::new(format!(" {name}{}", in_brackets(layers, value)), PLAIN)];
        Some(EndLabel { value: top - value / 2.0, spans, swatch: Some(ink) })
    };
    layers.iter().rev().filter_map(label).collect()
}

/// ` (12%)` of all compute at the end, or nothing where there is none.
fn in_brackets(layers: &[Layer], value: f64) -> String {
    let all = layers.last().and_then(|l| l.upper.last()).filter(|all| *all > 0.0);
    all.map_or_else(String::new, |all| format!(" ({})", words::percent(value / all)))
}

fn alt(header: &Header, layers: &[Layer]) -> String {
    let end = words::month(header.axis().last());
    let say = |layer: &Layer| {
        let value = layer.mean.last()?;
        Some(format!("{} {}{}", layer.route.1, words::count(value, header.digits()), in_brackets(layers, value)))
    };
    let said: Vec<String> = layers.iter().filter_map(say).collect();
    match said.len() {
        0 => "This run has no monthly means of compute.".into(),
        _ => format!("Stacked areas of compute added in China by the end of {end}, in H100-equivalents, means: {}.", said.join(", ")),
    }
}
