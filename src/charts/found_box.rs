//! `box`: the ranges of the uncertain inputs in which something happens often.

use super::Chart;
use super::axes::{self, Scale};
use super::canvas::{Align, Canvas, Frame, Span};
use super::labels::shortened;
use super::page::{self, Heading};
use super::theme::{AXIS, INNER_BAND, MAIN, PLAIN, REST, SMALL, STRONG, TICK};
use super::words;
use crate::analysis::Header;
use crate::analysis::prim::{Edge, Factor, Found};

/// Room for keys at the left.
const NAMES: f64 = 330.0;
/// Room for words at the right.
const NUMBERS: f64 = 250.0;
/// Tallest row.
const TALLEST: f64 = 150.0;

/// Draws the chart. `event` is what is to happen.
pub fn draw(header: &Header, event: &str, factors: &[Factor], found: &Found) -> Chart {
    let said: Vec<String> = found.edges.iter().map(|edge| edge.sentence(factors)).collect();
    let percent = words::percent;
    let heading = Heading {
        name: "box",
        title: format!("What would have to be true: {event}"),
        note: format!(
            "Blue: the range of each input inside the box. It happens in {} of the box’s histories and in {} of all; the box holds {} of worlds and covers {} of cases. \
             Whiskers: where nine in ten boxes of resampled worlds have the edge; %: how many have it.",
            percent(found.density),
            percent(found.base),
            percent(found.mass),
            percent(found.coverage)
        ),
        alt: format!(
            "Ranges of inputs in a box that covers {} of cases with density {}: {}.",
            percent(found.coverage),
            percent(found.density),
            said.join("; ")
        ),
    };
    page::compose(header, heading, |canvas, frame| match found.edges.is_empty() {
        true => page::nothing(canvas, frame, "No range of the uncertain inputs makes it more frequent."),
        false => picture(canvas, frame, factors, found),
    })
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, factors: &[Factor], found: &Found) {
    let mut rows: Vec<(usize, Vec<&Edge>)> = Vec::new();
    for edge in &found.edges {
        match rows.iter_mut().find(|(factor, _)| *factor == edge.factor) {
            Some((_, edges)) => edges.push(edge),
            None => rows.push((edge.factor, vec![edge])),
        }
    }
    let row = ((frame.bottom - 56.0 - frame.top) / rows.len() as f64).min(TALLEST);
    let plot =
        Frame { left: frame.left + NAMES, right: frame.right - NUMBERS, top: frame.top, bottom: frame.top + row * rows.len() as f64 };
    let panel = canvas.panel(plot, 1.0, (0.0, 1.0));
    axes::grid_up(&panel, &Scale::SHARE);
    let x = |rank: f64| plot.left + (plot.right - plot.left) * rank;
    for (i, (factor, edges)) in rows.iter().enumerate() {
        let (y, half) = (plot.top + (i as f64 + 0.5) * row, row * 0.2);
        canvas.text(plot.left - 14.0, y, Align::Right, &[shortened(&factors[*factor].key, SMALL, NAMES - 14.0)]);
        let end = |is_lower: bool, otherwise: f64| edges.iter().find(|edge| edge.is_lower == is_lower).map_or(otherwise, |edge| edge.rank);
        canvas.block((x(0.0), y - half), (x(1.0), y + half), REST);
        canvas.block((x(end(true, 0.0)), y - half), (x(end(false, 1.0)), y + half), INNER_BAND);
        for (e, edge) in edges.iter().enumerate() {
            canvas.rule((x(edge.rank), y - half - 5.0), (x(edge.rank), y + half + 5.0), MAIN, 3.0);
            canvas.rule((x(edge.spread.0), y), (x(edge.spread.1), y), MAIN, 1.5);
            for rank in [edge.spread.0, edge.spread.1] {
                canvas.rule((x(rank), y - 5.0), (x(rank), y + 5.0), MAIN, 1.5);
            }
            let side = if edge.is_lower { "at least " } else { "at most " };
            let spans = [
                Span::new(side, PLAIN),
                Span::new(factors[*factor].word(edge.value), STRONG),
                Span::new(format!("  {}", words::percent(edge.stability)), TICK),
            ];
            let line = y + (e as f64 - (edges.len() - 1) as f64 / 2.0) * 20.0;
            canvas.text(plot.right + 16.0, line, Align::Left, &spans);
        }
    }
    canvas.rule((plot.left, plot.top), (plot.left, plot.bottom), AXIS, 1.25);
    axes::values_below(canvas, &panel, &Scale::SHARE, words::percent_tick);
    let what = "Rank among the worlds of the scenario: 0% is the smallest value, 100% the largest";
    canvas.text((plot.left + plot.right) / 2.0, plot.bottom + 40.0, Align::Centre, &[Span::new(what, TICK)]);
}
