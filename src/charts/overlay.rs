//! `overlay`: cumulative deliveries of up to four scenarios on one axis, each with its median and the middle half of its paths.

use plotters::style::Color;

use super::Chart;
use super::axes::{self, Months, Scale};
use super::blocks::{self, Block};
use super::canvas::{Canvas, Frame, Span};
use super::page::{self, Heading};
use super::scenarios::{self, LOOKS, Look};
use super::theme::{PLAIN, STRONG};
use super::tracks::Track;
use super::words;
use crate::analysis::{Comparison, PROBABILITIES, Summary};

/// More scenarios than this go into small multiples.
pub const MOST: usize = 4;
/// Positions of the quantiles in [`PROBABILITIES`].
const LOW: usize = 2;
const MEDIAN: usize = 3;
const HIGH: usize = 4;
/// How opaque the bands are: four of them lie on each other.
const OPACITY: f64 = 0.17;
/// Widest name beside a line.
const NAME: f64 = 190.0;

const _: () = assert!(PROBABILITIES[LOW] == 0.25 && PROBABILITIES[MEDIAN] == 0.5 && PROBABILITIES[HIGH] == 0.75);

/// A scenario on the common axis.
struct Fan {
    name: String,
    look: Look,
    low: Track,
    median: Track,
    high: Track,
    /// Share of paths with nothing at the scenario's last month.
    zero: Option<f64>,
    /// Its last month, where that is not the last of the axis.
    ends: Option<String>,
    digits: i32,
}

/// Draws the chart.
pub fn draw(comparison: &Comparison) -> Chart {
    let axis = scenarios::axis(comparison);
    let names = scenarios::names(comparison);
    let all = comparison.scenarios.iter().zip(names).zip(LOOKS).take(MOST);
    let fans: Vec<Fan> = all.filter_map(|((summary, name), look)| fan(summary, axis, name, look)).collect();
    let starts_alike = comparison.scenarios.iter().all(|s| s.header.start == comparison.reference().header.start);
    let since = if starts_alike { format!("the start of {}", words::month(axis.start)) } else { "each scenario’s first month".into() };
    let heading = Heading {
        name: "overlay",
        title: format!("H200 chips delivered to China since {since}, by scenario"),
        note: "Lines: medians. Bands: the middle 50% of a scenario’s paths; where they lie on each other they are darker.".into(),
        alt: alt(axis, &fans),
    };
    page::compose(comparison, heading, |canvas, frame| {
        if fans.is_empty() {
            page::nothing(canvas, frame, "These scenarios have no monthly quantiles of `delivered`.");
        } else {
            picture(canvas, frame, axis, &fans);
        }
    })
}

fn fan(summary: &Summary, axis: Months, name: String, look: Look) -> Option<Fan> {
    let quantile = |q: usize| scenarios::track(summary, axis, "delivered", 0.0, |e| e.quantiles[q]);
    let last = summary.header.axis().last();
    Some(Fan {
        name,
        look,
        low: quantile(LOW)?,
        median: quantile(MEDIAN)?,
        high: quantile(HIGH)?,
        zero: Track::of(summary, "delivered", |e| e.share_zero).and_then(|t| t.last()),
        ends: (last != axis.last()).then(|| words::month(last)),
        digits: summary.header.digits(),
    })
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, axis: Months, fans: &[Fan]) {
    let highest = fans.iter().flat_map(|f| [&f.median, &f.high]).map(Track::highest).fold(0.0, f64::max);
    let scale = Scale::of_counts(0.0, highest);
    let ends: Vec<Block> = fans.iter().filter_map(end_label).collect();
    let plot = Frame {
        left: frame.left + scale.label_width(words::grouped),
        right: frame.right - blocks::room(&ends),
        bottom: frame.bottom - Months::HEIGHT,
        ..frame
    };
    let panel = canvas.panel(plot, axis.end(), (scale.low, scale.high));
    for fan in fans {
        fan.high.bands(&fan.low, 0.0).into_iter().for_each(|band| panel.fill(band, fan.look.ink.mix(OPACITY)));
    }
    axes::grid(&panel, &scale, axis.end());
    axis.draw(canvas, &panel);
    // The reference lies on top.
    for fan in fans.iter().rev() {
        for edge in [&fan.low, &fan.high] {
            edge.lines(0.0).into_iter().for_each(|line| panel.line(line, fan.look.ink.mix(0.45), 1.0));
        }
        scenarios::line(canvas, &panel, &fan.median, 0.0, fan.look, 3.0);
    }
    axes::values(canvas, &panel, &scale, "Chips, at the end of the month", words::grouped);
    blocks::write_at_end(canvas, plot.right, (plot.top, plot.bottom), &ends, |v| panel.place(0.0, v).1);
}

fn end_label(fan: &Fan) -> Option<Block> {
    let median = fan.median.last()?;
    let when = fan.ends.as_ref().map_or(String::new(), |month| format!(" in {month}"));
    let numbers = vec![Span::new(words::count(median, fan.digits), STRONG), Span::new(format!(" median{when}"), PLAIN)];
    let block = Block::new(median, fan.look, &fan.name, STRONG, NAME, 2).ending(fan.ends.is_none()).with(numbers);
    Some(match fan.zero {
        Some(zero) => block.with(vec![Span::new(words::percent(zero), STRONG), Span::new(" of paths at zero", PLAIN)]),
        None => block,
    })
}

fn alt(axis: Months, fans: &[Fan]) -> String {
    let say = |fan: &Fan| {
        let count = |track: &Track| Some(words::count(track.last()?, fan.digits));
        let zero = fan.zero.map_or(String::new(), |z| format!(", nothing at all in {} of paths", words::percent(z)));
        let when = fan.ends.clone().unwrap_or_else(|| words::month(axis.last()));
        let (median, low, high) = (count(&fan.median)?, count(&fan.low)?, count(&fan.high)?);
        Some(format!(" {}, by the end of {when}: median {median} chips, half of the paths between {low} and {high}{zero}.", fan.name))
    };
    if fans.is_empty() {
        return "These scenarios have no monthly quantiles of deliveries to show.".into();
    }
    let said: String = fans.iter().filter_map(say).collect();
    format!("Lines of median cumulative deliveries of H200 chips, with a band for the middle half of paths, one for each scenario.{said}")
}
