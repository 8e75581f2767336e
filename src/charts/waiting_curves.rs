//! `first_delivery` of a comparison: the probability that nothing has been delivered yet, a line for each scenario.
//!
//! Of many scenarios five are named: the reference, and of the others the first, the last and two between at the end; the rest are grey.

use plotters::style::Color;

use super::Chart;
use super::axes::{self, Months, Scale};
use super::blocks::{self, Block};
use super::canvas::{Canvas, Frame, Span};
use super::page::{self, Heading};
use super::scenarios::{self, LOOKS, Look};
use super::theme::{NOISE, PLAIN, STRONG};
use super::tracks::Track;
use super::words;
use crate::analysis::{Comparison, Summary, Z95};

/// How opaque an interval is.
const OPACITY: f64 = 0.2;
/// Widest name beside a line.
const NAME: f64 = 190.0;

/// A scenario on the common axis.
struct Curve {
    name: String,
    share: Track,
    error: Option<Track>,
    /// `None` for a line that is only there for comparison.
    look: Option<Look>,
    /// Its last month, where that is not the last of the axis.
    ends: Option<String>,
}

/// Draws the chart.
pub fn draw(comparison: &Comparison) -> Chart {
    let axis = scenarios::axis(comparison);
    let names = scenarios::names(comparison);
    let mut curves: Vec<Curve> = comparison.scenarios.iter().zip(names).filter_map(|(s, name)| curve(s, axis, name)).collect();
    dress(&mut curves);
    let grey = curves.iter().filter(|c| c.look.is_none()).count();
    let rest = if grey > 0 { format!(" Grey lines: the other {grey} scenarios.") } else { String::new() };
    let heading = Heading {
        name: "first_delivery",
        title: "Probability that no H200 has been delivered to China yet, by scenario".into(),
        note: format!("Lines: share of paths at the end of the month. Bands and ±: 95% Monte Carlo interval, in percentage points.{rest}"),
        alt: alt(axis, &curves),
    };
    page::compose(comparison, heading, |canvas, frame| {
        if curves.is_empty() {
            page::nothing(canvas, frame, "These scenarios have no shares of paths with nothing `delivered`.");
        } else {
            picture(canvas, frame, axis, &curves);
        }
    })
}

fn curve(summary: &Summary, axis: Months, name: String) -> Option<Curve> {
    let last = summary.header.axis().last();
    Some(Curve {
        name,
        share: scenarios::track(summary, axis, "delivered", 1.0, |e| e.share_zero)?,
        error: scenarios::track(summary, axis, "delivered", 0.0, |e| e.share_zero_std_error),
        look: None,
        ends: (last != axis.last()).then(|| words::month(last)),
    })
}

/// Gives looks to all curves if there are few, else to the reference and four of the others, evenly by rank at the end.
fn dress(curves: &mut [Curve]) {
    let mut order: Vec<usize> = (1..curves.len()).collect();
    if curves.len() > LOOKS.len() {
        let end = |i: &usize| curves[*i].share.last().unwrap_or(0.0);
        order.sort_by(|a, b| end(b).total_cmp(&end(a)));
        let named = LOOKS.len() - 1;
        order = (0..named).map(|k| order[k * (order.len() - 1) / (named - 1)]).collect();
    }
    for (curve, look) in [0].into_iter().chain(order).zip(LOOKS) {
        if let Some(curve) = curves.get_mut(curve) {
            curve.look = Some(look);
        }
    }
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, axis: Months, curves: &[Curve]) {
    let scale = Scale::SHARE;
    let ends: Vec<Block> = curves.iter().filter_map(end_label).collect();
    let plot = Frame {
        left: frame.left + scale.label_width(words::percent_tick),
        right: frame.right - blocks::room(&ends),
        bottom: frame.bottom - Months::HEIGHT,
        ..frame
    };
    let panel = canvas.panel(plot, axis.end(), (scale.low, scale.high));
    axes::grid(&panel, &scale, axis.end());
    axis.draw(canvas, &panel);
    for curve in curves {
        let (Some(look), Some(error)) = (curve.look, &curve.error) else { continue };
        let edge = |side: f64| {
            let at = |i| Some((curve.share.at(i)? + side * Z95 * error.at(i)?).clamp(0.0, 1.0));
            Track((0..axis.count).map(at).collect())
        };
        edge(1.0).bands(&edge(-1.0), 1.0).into_iter().for_each(|band| panel.fill(band, look.ink.mix(OPACITY)));
    }
    for curve in curves.iter().filter(|c| c.look.is_none()) {
        curve.share.lines(1.0).into_iter().for_each(|line| panel.line(line, NOISE.mix(0.55), 1.25));
    }
    for curve in curves.iter().rev() {
        if let Some(look) = curve.look {
            scenarios::line(canvas, &panel, &curve.share, 1.0, look, 3.0);
        }
    }
    axes::values(canvas, &panel, &scale, "Share of paths", words::percent_tick);
    blocks::write_at_end(canvas, plot.right, (plot.top, plot.bottom), &ends, |v| panel.place(0.0, v).1);
}

fn end_label(curve: &Curve) -> Option<Block> {
    let share = curve.share.last()?;
    let mut numbers = vec![Span::new(words::percent(share), STRONG)];
    if let Some(error) = curve.error.as_ref().and_then(Track::last).filter(|e| *e > 0.0) {
        numbers.push(Span::new(format!(" ±{:.1}", (Z95 * error * 100.0).max(0.1)), PLAIN));
    }
    numbers.extend(curve.ends.as_ref().map(|month| Span::new(format!(" in {month}"), PLAIN)));
    Some(Block::new(share, curve.look?, &curve.name, STRONG, NAME, 2).ending(curve.ends.is_none()).with(numbers))
}

fn alt(axis: Months, curves: &[Curve]) -> String {
    if curves.is_empty() {
        return "These scenarios have no shares of paths with nothing delivered.".into();
    }
    let say = |curve: &Curve| {
        let when = curve.ends.clone().unwrap_or_else(|| words::month(axis.last()));
        Some(format!("{} at the end of {when} in {}", words::percent(curve.share.last()?), curve.name))
    };
    let said: Vec<String> = curves.iter().filter_map(say).collect();
    format!("Lines of the share of paths in which nothing has been delivered yet, one for each scenario: {}.", said.join("; "))
}
