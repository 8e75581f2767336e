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
            (Some(0.0), Some(0.0)) => "the same in every path".into(),
            (Some(above), Some(below)) => {
                let same = (1.0 - above - below).clamp(0.0, 1.0);
                let [above, below, same] = [above, below, same].map(words::percent);
                format!("more in {above}, fewer in {below}, same in {same} of paths")
            }
            _ => String::new(),
        };
        Some([format!("{mean} chips by {}{noise}", words::month(self.axis().last())), shares])
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
    mean_line(panel, pair);
}

/// The mean with its interval: grey up to the end of a month whose mean is noise.
fn mean_line(panel: &Panel<'_>, pair: &Pair<'_>) {
    let months = pair.series.map_or(&[][..], |s| s.months.as_slice());
    let mut from = 0;
    while from < months.len() {
        let noise = months[from].is_noise();
        let to = (from..months.len()).find(|i| months[*i].is_noise() != noise).unwrap_or(months.len());
        // A stretch begins where the one before ended, so that the line has no gaps.
        let begin = from.saturating_sub(1);
        let stretch = |number: &dyn Fn(&Difference) -> Option<f64>| {
            let track = pair.track(number);
            Track((0..to).map(|i| track.at(i).filter(|_| i >= begin)).collect())
        };
        let (low, high) = (stretch(&|d| d.interval().map(|i| i.0)), stretch(&|d| d.interval().map(|i| i.1)));
        let ink = if noise { NOISE } else { MAIN };
        // Only the first stretch begins at the origin.
        let own = |corners: Vec<(f64, f64)>| corners.into_iter().filter(|(x, _)| *x >= from as f64).collect();
        high.bands(&low, 0.0).into_iter().for_each(|band| panel.fill(own(band), ink.mix(0.4)));
        stretch(&|d| d.mean).lines(0.0).into_iter().for_each(|line| panel.line(own(line), ink, 3.0));
        from = to;
    }
}

/// Name and numbers above a panel.
fn head(pair: &Pair<'_>, width: f64) -> Vec<Vec<Span>> {
    let set = |text: &str, style: Type, most| page::wrap(text, style, width, most).into_iter().map(move |l| vec![Span::new(l, style)]);
    let mut lines: Vec<Vec<Span>> = set(&pair.name, PANEL, 2).collect();
    let Some([mean, shares]) = pair.said() else { return lines };
    let noise = pair.last().is_some_and(Difference::is_noise);
    let ink = if noise { NOISE } else { STRONG.ink };
    let whole = vec![Span::new(&mean, STRONG.in_ink(ink)), Span::new(format!(": {shares}"), PLAIN)];
    if line_width(&whole) <= width {
        lines.push(whole);
    } else {
        lines.extend(set(&mean, SMALL_STRONG.in_ink(ink), 2));
        lines.extend(set(&shares, SMALL, 2));
    }
    lines
}

/// The last quantiles and mean of the only panel, highest first; quantiles that are written alike share a label.
fn end_labels(pair: &Pair<'_>, digits: i32) -> Vec<EndLabel> {
    let Some(last) = pair.last() else { return Vec::new() };
    let mut groups: Vec<(f64, String, &str, &str)> = Vec::new();
    for (position, name) in [(0, "5th"), (2, "25th"), (4, "75th"), (6, "95th")] {
        let Some(value) = finite(last.quantiles[position]) else { continue };
        let text = words::signed(&words::count(value, digits));
        match groups.last_mut() {
            Some((_, same, _, to)) if *same == text => *to = name,
            _ => groups.push((value, text, name, name)),
        }
    }
    let label = |value, text, style, name| EndLabel { value, spans: vec![Span::new(text, style), Span::new(name, PLAIN)], swatch: None };
    let quantile = |(value, text, first, last): (f64, String, &str, &str)| {
        let name = if first == last { format!(" {first} percentile") } else { format!(" {first} to {last} percentile") };
        label(value, text, TICK.in_ink(STRONG.ink), name)
    };
    let mut labels: Vec<EndLabel> = groups.into_iter().map(quantile).collect();
    if let Some(mean) = finite(last.mean) {
        let ink = if last.is_noise() { NOISE } else { MAIN };
        labels.push(label(mean, words::change(mean, last.std_error, 1.0), STRONG.in_ink(ink), " mean".into()));
    }
    labels.sort_by(|a, b| b.value.total_cmp(&a.value));
    labels
}

fn alt(pairs: &[Pair<'_>], reference: &str) -> String {
    let say = |pair: &Pair<'_>| match pair.said() {
        Some([mean, shares]) => format!(" {}: {mean}; {shares}.", pair.name),
        None => format!(" {}: no monthly differences.", pair.name),
    };
    let said: String = pairs.iter().map(say).collect();
    format!("Fan charts of the difference in cumulative deliveries of H200 chips from {reference}, path by path.{said}")
}
