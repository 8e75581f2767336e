//! `difference`: how many more chips a scenario delivers than the reference, path by path on the same luck.
//!
//! A month whose mean cannot be told from zero is drawn grey.

use plotters::style::Color;

use super::Chart;
use super::axes::{self, Months, Scale};
use super::canvas::{Align, Canvas, Frame, Panel, Span, line_width};
use super::labels::{self, EndLabel};
use super::page::{self, Heading};
use super::scenarios;
use super::theme::{AXIS, INNER_BAND, MAIN, NOISE, OUTER_BAND, PANEL, PLAIN, SMALL, SMALL_STRONG, STRONG, TICK, Type};
use super::tracks::Track;
use super::words;
use crate::analysis::{Comparison, Contrast, Difference, MonthlyDifference, PROBABILITIES};

/// Bands as positions in [`PROBABILITIES`]: the middle 90% and the middle 50%.
const OUTER: (usize, usize) = (0, 6);
const INNER: (usize, usize) = (2, 4);
/// Room between panels.
const GUTTER: f64 = 34.0;

const _: () = assert!(PROBABILITIES[0] == 0.05 && PROBABILITIES[6] == 0.95 && PROBABILITIES[2] == 0.25 && PROBABILITIES[4] == 0.75);

/// One scenario against the reference.
struct Pair<'a> {
    name: String,
    contrast: &'a Contrast,
    series: Option<&'a MonthlyDifference>,
}

/// Draws the chart.
pub fn draw(comparison: &Comparison) -> Chart {
    let names = scenarios::names(comparison).into_iter().skip(1);
    let pairs: Vec<Pair<'_>> = names.zip(&comparison.contrasts).map(|(name, contrast)| pair(name, contrast)).collect();
    let reference = scenarios::names(comparison).swap_remove(0);
    let heading = Heading {
        name: "difference",
        title: "H200 chips delivered: difference from the reference, path by path".into(),
        note:
            "Differences between paths with the same luck. Line: mean, with its 95% Monte Carlo interval; grey where zero lies inside it. \
               Dark band: the middle 50% of the paths’ differences; light band: the middle 90%."
                .into(),
        alt: alt(&pairs, &reference),
    };
    page::compose(comparison, heading, |canvas, frame| picture(canvas, frame, &pairs, comparison.reference().header.digits()))
}

fn pair(name: String, contrast: &Contrast) -> Pair<'_> {
    let known = |s: &&MonthlyDifference| s.months.iter().any(|d| finite(d.mean).is_some());
    Pair { name, contrast, series: contrast.series("delivered", None).filter(known) }
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|v| v.is_finite())
}

impl Pair<'_> {
    fn axis(&self) -> Months {
        Months { start: self.contrast.start, count: self.contrast.months }
    }

    fn track(&self, number: impl Fn(&Difference) -> Option<f64>) -> Track {
        let months = self.series.map_or(&[][..], |s| s.months.as_slice());
        Track(months.iter().map(|d| finite(number(d))).collect())
    }

    fn last(&self) -> Option<&Difference> {
        self.series?.months.iter().rev().find(|d| finite(d.mean).is_some())
    }

    /// The mean at the end with its interval, and in how many paths the scenario delivers more.
    fn said(&self) -> Option<[String; 2]> {
        let last = self.last()?;
        let mean = words::change(last.mean?, last.std_error, 1.0);
        let noise = if last.is_noise() { ", no difference beyond noise" } else { "" };
        let shares = match (finite(last.above), finite(last.below)) {
            (Some(above), Some(below)) => {
                let same = (1.0 - above - below).clamp(0.0, 1.0);
                let [above, below, same] = [above, below, same].map(words::percent);
                format!("more in {above}, fewer in {below}, same in {same} of paths")
            }
            _ => String::new(),
        };
        Some([format!("{mean} chips{noise}"), shares])
    }
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, pairs: &[Pair<'_>], digits: i32) {
    let scale = common_scale(pairs);
    let write = |v: f64| words::signed(&words::grouped(v));
    let left = frame.left + scale.label_width(write);
    let ends = if let [only] = pairs { end_labels(only, digits) } else { Vec::new() };
    let right = if ends.is_empty() { frame.right } else { frame.right - labels::room(&ends) };
    let width = (right - left - GUTTER * (pairs.len() as f64 - 1.0)) / pairs.len().max(1) as f64;
    let heads: Vec<Vec<Vec<Span>>> =
        pairs.iter().map(|p| head(p, if pairs.len() > 1 { width } else { frame.right - frame.left })).collect();
    let tallest = heads.iter().map(|lines| lines.iter().map(|l| height(l)).sum::<f64>()).fold(0.0, f64::max);
    for (i, (pair, head)) in pairs.iter().zip(&heads).enumerate() {
        let x = left + i as f64 * (width + GUTTER);
        let mut y = frame.top - 26.0;
        for line in head {
            canvas.text(if pairs.len() > 1 { x } else { frame.left }, y + height(line) / 2.0, Align::Left, line);
            y += height(line);
        }
        let plot = Frame { left: x, right: x + width, top: frame.top - 26.0 + tallest + 34.0, bottom: frame.bottom - Months::HEIGHT };
        if pair.series.is_none() || pair.contrast.months == 0 {
            page::nothing(canvas, plot, "No monthly differences of `delivered`.");
            continue;
        }
        let panel = canvas.panel(plot, pair.axis().end(), (scale.low, scale.high));
        fan(canvas, &panel, pair, &scale);
        if i == 0 {
            axes::values(canvas, &panel, &scale, "Chips more or fewer, at the end of the month", write);
            labels::write_at_end(canvas, plot.right, (plot.top, plot.bottom), &ends, |v| panel.place(0.0, v).1);
        }
    }
}

fn height(line: &[Span]) -> f64 {
    line.iter().map(|s| s.style.line_height()).fold(0.0, f64::max)
}

fn common_scale(pairs: &[Pair<'_>]) -> Scale {
    let numbers = |pair: &Pair<'_>| {
        let quantiles = [OUTER.0, OUTER.1].into_iter().flat_map(|q| pair.track(|d| d.quantiles[q]).0);
        let ends = pair.track(|d| d.interval().map(|i| i.0)).0.into_iter().chain(pair.track(|d| d.interval().map(|i| i.1)).0);
        quantiles.chain(ends).chain(pair.track(|d| d.mean).0).flatten().collect::<Vec<_>>()
    };
    let all: Vec<f64> = pairs.iter().flat_map(numbers).collect();
    let (low, high) = all.iter().fold((0.0, 0.0), |(low, high): (f64, f64), v| (low.min(*v), high.max(*v)));
    Scale::of_counts(low, high)
}

fn fan(canvas: &mut Canvas<'_>, panel: &Panel<'_>, pair: &Pair<'_>, scale: &Scale) {
    let end = pair.axis().end();
    for ((low, high), ink) in [(OUTER, OUTER_BAND), (INNER, INNER_BAND)] {
        let (low, high) = (pair.track(|d| d.quantiles[low]), pair.track(|d| d.quantiles[high]));
        high.bands(&low, 0.0).into_iter().for_each(|band| panel.fill(band, ink));
    }
    axes::grid(panel, scale, end);
    pair.axis().draw(canvas, panel);
    panel.line(vec![(0.0, 0.0), (end, 0.0)], AXIS, 1.5);
    let (low, high) = (pair.track(|d| d.interval().map(|i| i.0)), pair.track(|d| d.interval().map(|i| i.1)));
    high.bands(&low, 0.0).into_iter().for_each(|band| panel.fill(band, MAIN.mix(0.4)));
    mean_line(panel, pair);
}

/// The mean, month by month: grey up to the end of a month whose mean is noise.
fn mean_line(panel: &Panel<'_>, pair: &Pair<'_>) {
    let months = pair.series.map_or(&[][..], |s| s.months.as_slice());
    let mut from = Some((0.0, 0.0));
    for (i, month) in months.iter().enumerate() {
        let to = finite(month.mean).map(|mean| ((i + 1) as f64, mean));
        let ink = if month.is_noise() { NOISE } else { MAIN };
        match (from, to) {
            (Some(from), Some(to)) => panel.line(vec![from, to], ink, 3.0),
            (None, Some(to)) => panel.dot(to, ink, 2.0),
            _ => {}
        }
        from = to;
    }
}

/// Name and numbers above a panel.
fn head(pair: &Pair<'_>, width: f64) -> Vec<Vec<Span>> {
    let set = |text: &str, style: Type, most| page::wrap(text, style, width, most).into_iter().map(move |l| vec![Span::new(l, style)]);
    let mut lines: Vec<Vec<Span>> = set(&pair.name, PANEL, 2).collect();
    let Some([mean, shares]) = pair.said() else { return lines };
    let noise = pair.last().is_some_and(Difference::is_noise);
    let strong = if noise { STRONG.in_ink(NOISE) } else { STRONG };
    let at = format!(" by {}", words::month(pair.axis().last()));
    let whole = vec![Span::new(mean.clone(), strong), Span::new(format!("{at}: {shares}"), PLAIN)];
    if line_width(&whole) <= width {
        lines.push(whole);
    } else {
        let ink = strong.ink;
        lines.extend(set(&format!("{mean}{at}"), SMALL_STRONG.in_ink(ink), 2));
        lines.extend(set(&shares, SMALL, 2));
    }
    lines
}

/// The last quantiles and mean of the only panel, highest first.
fn end_labels(pair: &Pair<'_>, digits: i32) -> Vec<EndLabel> {
    let Some(last) = pair.last() else { return Vec::new() };
    let mut labels = Vec::new();
    for (position, name) in [(0, "5th percentile"), (2, "25th percentile"), (4, "75th percentile"), (6, "95th percentile")] {
        if let Some(value) = finite(last.quantiles[position]) {
            labels.push((value, words::signed(&words::count(value, digits)), name, TICK.in_ink(STRONG.ink)));
        }
    }
    if let Some(mean) = finite(last.mean) {
        let ink = if last.is_noise() { NOISE } else { MAIN };
        labels.push((mean, words::change(mean, last.std_error, 1.0), "mean", STRONG.in_ink(ink)));
    }
    labels.sort_by(|a, b| b.0.total_cmp(&a.0));
    let label = |(value, text, name, style)| EndLabel {
        value,
        spans: vec![Span::new(text, style), Span::new(format!(" {name}"), PLAIN)],
        swatch: None,
    };
    labels.into_iter().map(label).collect()
}

fn alt(pairs: &[Pair<'_>], reference: &str) -> String {
    let say = |pair: &Pair<'_>| match pair.said() {
        Some([mean, shares]) => format!(" {}: {mean} by {}; {shares}.", pair.name, words::month(pair.axis().last())),
        None => format!(" {}: no monthly differences.", pair.name),
    };
    let said: String = pairs.iter().map(say).collect();
    format!("Fan charts of the difference in cumulative deliveries of H200 chips from {reference}, path by path.{said}")
}
