//! `exceedance`: the probability of delivering more than any number of chips, with the paths that deliver none as columns of their own.
//!
//! The curve is that of the paths themselves: nothing is smoothed, so nothing lies below zero.

use plotters::style::RGBColor;

use super::Chart;
use super::axes::{self, Scale};
use super::canvas::{Align, Canvas, Frame, Panel, Span};
use super::page::{self, Heading};
use super::theme::{AXIS, BLUES, MAIN, PLAIN, STRONG, TICK, ink_on};
use super::words;
use crate::analysis::{Header, Summary};
use crate::domain::Month;

/// Position of the median in [`crate::analysis::PROBABILITIES`].
const MEDIAN: usize = 3;
const _: () = assert!(crate::analysis::PROBABILITIES[MEDIAN] == 0.5);
/// Width of the column of paths with none, room around it, and the room for the text below it.
const COLUMN: f64 = 52.0;
const APART: f64 = 34.0;
const BELOW: f64 = 56.0;
/// From one line of the key to the next.
const KEY_LINE: f64 = 24.0;

/// Deliveries by the end of one month.
struct Curve {
    until: Month,
    ink: RGBColor,
    /// Share of paths with none.
    zero: f64,
    /// Median of the other paths.
    median: Option<f64>,
    /// (x, share of paths above x), x rising from zero.
    points: Vec<(f64, f64)>,
}

/// Draws the chart.
pub fn draw(summary: &Summary) -> Chart {
    let header = &summary.header;
    let curves = curves(summary);
    let heading = Heading {
        name: "exceedance",
        title: "Probability of delivering more than a given number of H200 chips to China".into(),
        note: "Lines: share of paths that deliver more than the number on the axis. Columns: share of paths that deliver exactly none. \
               Dots: of the paths that deliver any, half deliver this many or more."
            .into(),
        alt: alt(header, &curves),
    };
    page::compose(header, heading, |canvas, frame| {
        if curves.is_empty() {
            page::nothing(canvas, frame, "This run has no distribution of `delivered_T`.");
        } else {
            picture(canvas, frame, &curves, header.digits());
        }
    })
}

/// The first calendar year, if the run goes on after it, and the whole run.
fn curves(summary: &Summary) -> Vec<Curve> {
    let (start, last) = (summary.header.start, summary.header.axis().last());
    let december = start.plus(12 - start.month() as i32);
    let first_year = (start.year() < last.year()).then(|| (format!("delivered_{}", start.year()), december, BLUES[2]));
    let all = [first_year, Some(("delivered_T".into(), last, MAIN))];
    let curve = |(name, until, ink): (String, Month, RGBColor)| {
        let outcome = summary.outcome(&name, None)?;
        let zero = outcome.estimate.share_zero.filter(|v| v.is_finite())?;
        let points = outcome.exceedance.clone();
        let median = outcome.conditional_quantiles[MEDIAN].filter(|v| v.is_finite());
        (!points.is_empty()).then_some(Curve { until, ink, zero, median, points })
    };
    all.into_iter().flatten().filter_map(curve).collect()
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, curves: &[Curve], digits: i32) {
    let shares = Scale::SHARE;
    let chips = Scale::of_counts(0.0, curves.iter().flat_map(|c| &c.points).map(|(x, _)| *x).fold(0.0, f64::max));
    let top = frame.top + KEY_LINE * curves.len() as f64 + 22.0;
    for (i, curve) in curves.iter().rev().enumerate() {
        key(canvas, (frame.left, frame.top - 20.0 + KEY_LINE * i as f64), curve, digits);
    }
    let left = frame.left + shares.label_width(words::percent_tick);
    let columns = Frame { left, right: left + (COLUMN + APART) * curves.len() as f64, top, bottom: frame.bottom - BELOW };
    let plot = Frame { left: columns.right + APART, right: frame.right - chips.label_width(words::grouped) / 2.0, ..columns };
    let spikes = canvas.panel(columns, curves.len() as f64, (0.0, 1.0));
    let panel = canvas.panel(plot, chips.high, (0.0, 1.0));
    axes::grid(&spikes, &shares, curves.len() as f64);
    axes::grid(&panel, &shares, chips.high);
    axes::values(canvas, &spikes, &shares, "Share of paths", words::percent_tick);
    canvas.rule((columns.left, columns.bottom), (columns.right, columns.bottom), AXIS, 1.25);
    for (i, curve) in curves.iter().enumerate() {
        spike(canvas, &spikes, i as f64 + 0.5, curve);
        line(&panel, curve);
    }
    canvas.rule((plot.left, plot.top), (plot.left, plot.bottom), AXIS, 1.25);
    axes::values_below(canvas, &panel, &chips, words::grouped);
    if curves.iter().all(|curve| curve.zero >= 1.0) {
        page::nothing(canvas, plot, "No path delivers anything.");
    }
    let title = Span::new("More than this many chips", TICK);
    canvas.text((plot.left + plot.right) / 2.0, plot.bottom + 40.0, Align::Centre, &[title]);
}

/// The column of the paths with none, around `x`.
fn spike(canvas: &mut Canvas<'_>, panel: &Panel<'_>, x: f64, curve: &Curve) {
    let half = COLUMN / (COLUMN + APART) / 2.0;
    panel.fill_box((x - half, curve.zero), (x + half, 0.0), curve.ink);
    let (place, top) = panel.place(x, curve.zero);
    let inside = curve.zero > 0.9;
    let (y, ink) = if inside { (top + 14.0, ink_on(curve.ink)) } else { (top - 13.0, STRONG.ink) };
    let number = Span::new(words::percent(curve.zero), STRONG.in_ink(ink));
    if inside {
        canvas.text(place, y, Align::Centre, &[number])
    } else {
        canvas.text_with_rim(place, y, Align::Centre, &[number])
    }
    let bottom = panel.frame.bottom;
    canvas.text(place, bottom + 18.0, Align::Centre, &[Span::new("none by", TICK)]);
    canvas.text(place, bottom + 37.0, Align::Centre, &[Span::new(short(curve.until), TICK)]);
}

/// The curve, and its point at the median of the paths with any.
fn line(panel: &Panel<'_>, curve: &Curve) {
    panel.line(curve.points.clone(), curve.ink, 3.0);
    if let Some(median) = curve.median {
        let at = (median, (1.0 - curve.zero) / 2.0);
        panel.line(vec![(median, 0.0), at], curve.ink, 1.0);
        panel.dot(at, curve.ink, 5.0);
    }
}

/// One line that names a curve and says its two numbers.
fn key(canvas: &mut Canvas<'_>, (x, y): (f64, f64), curve: &Curve, digits: i32) {
    canvas.swatch((x + 5.0, y), curve.ink);
    let mut spans = vec![
        Span::new(format!("By the end of {}: ", words::month(curve.until)), PLAIN),
        Span::new(words::percent(1.0 - curve.zero), STRONG),
        Span::new(" of paths deliver any", PLAIN),
    ];
    if let Some(median) = curve.median {
        spans.push(Span::new("; half of those deliver ", PLAIN));
        spans.push(Span::new(format!("{} chips", words::count(median, digits)), STRONG));
        spans.push(Span::new(" or more", PLAIN));
    }
    canvas.text(x + 17.0, y, Align::Left, &spans);
}

fn short(month: Month) -> String {
    format!("{} {}", words::short_month(month), month.year())
}

fn alt(header: &Header, curves: &[Curve]) -> String {
    if curves.is_empty() {
        return "This run has no distribution of deliveries.".into();
    }
    let mut text = String::from("Curves of the probability of delivering more than a number of H200 chips.");
    for curve in curves {
        text += &format!(" By the end of {}, {} of paths deliver none", words::month(curve.until), words::percent(curve.zero));
        match curve.median {
            Some(median) => text += &format!("; half of the others deliver {} chips or more.", words::count(median, header.digits())),
            None => text += ".",
        }
    }
    text
}
