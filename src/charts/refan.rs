//! `deliveries_updated`: cumulative deliveries before and after histories were weighed again.

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
use crate::analysis::{Marginal, Moved, PROBABILITIES, Reweighting};

/// Positions of the quantiles in [`PROBABILITIES`], from low to high.
const SHOWN: [usize; 5] = [0, 2, 3, 4, 6];
/// How opaque the inner and the outer band are.
const OPACITY: (f64, f64) = (0.30, 0.13);
/// Before: a broken grey line.
const BEFORE: Look = Look { ink: NOISE, dashes: &[7.0, 5.0] };

const _: () = assert!(PROBABILITIES[SHOWN[0]] == 0.05 && PROBABILITIES[SHOWN[2]] == 0.5 && PROBABILITIES[SHOWN[4]] == 0.95);

/// Deliveries under one set of weights.
struct Fan {
    name: &'static str,
    look: Look,
    tracks: Vec<Track>,
    zero: Track,
}

/// Draws the chart.
pub fn draw(found: &Reweighting) -> Chart {
    let fans = [
        fan("Before", BEFORE, &found.deliveries, |moved| &moved.prior),
        fan("After", LOOKS[1], &found.deliveries, |moved| &moved.posterior),
    ];
    let digits = found.header.digits();
    let heading = Heading {
        name: "deliveries_updated",
        title: format!("H200 chips delivered to China since the start of {}: before and after", words::month(found.header.start)),
        note: "Lines: medians. Dark bands: the middle 50% of the weight; light bands and their edges: the middle 90%.".into(),
        alt: alt(&fans, digits),
    };
    page::compose(&found.header, heading, |canvas, frame| picture(canvas, frame, found.header.axis(), &fans, digits))
}

fn fan(name: &'static str, look: Look, deliveries: &[Moved], of: fn(&Moved) -> &Marginal) -> Fan {
    let track = |q: usize| Track(deliveries.iter().map(|moved| of(moved).quantiles[q].map(|q| q.value)).collect());
    let zero = Track(deliveries.iter().map(|moved| of(moved).share_zero.map(|(share, _)| share)).collect());
    Fan { name, look, tracks: SHOWN.map(track).into(), zero }
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, months: Months, fans: &[Fan], digits: i32) {
    let highest = fans.iter().flat_map(|fan| &fan.tracks).map(Track::highest).fold(0.0, f64::max);
    let scale = Scale::of_counts(0.0, highest);
    let ends: Vec<Block> = fans.iter().filter_map(|fan| end_label(fan, digits)).collect();
    let plot = Frame {
        left: frame.left + scale.label_width(words::grouped),
        right: frame.right - blocks::room(&ends),
        bottom: frame.bottom - Months::HEIGHT,
        ..frame
    };
    let panel = canvas.panel(plot, months.end(), (scale.low, scale.high));
    for fan in fans {
        for ((low, high), opacity) in [((0, 4), OPACITY.1), ((1, 3), OPACITY.0)] {
            fan.tracks[high].bands(&fan.tracks[low], 0.0).into_iter().for_each(|band| panel.fill(band, fan.look.ink.mix(opacity)));
        }
    }
    axes::grid(&panel, &scale, months.end());
    months.draw(canvas, &panel);
    for fan in fans {
        scenarios::line(canvas, &panel, &fan.tracks[4], 0.0, fan.look, 1.0);
        scenarios::line(canvas, &panel, &fan.tracks[2], 0.0, fan.look, 3.0);
    }
    axes::values(canvas, &panel, &scale, "Chips, at the end of the month", words::grouped);
    blocks::write_at_end(canvas, plot.right, (plot.top, plot.bottom), &ends, |v| panel.place(0.0, v).1);
}

fn end_label(fan: &Fan, digits: i32) -> Option<Block> {
    let count = |i: usize| Some(words::count(fan.tracks[i].last()?, digits));
    let block = Block::new(fan.tracks[2].last()?, fan.look, fan.name, STRONG, 190.0, 1);
    let block = block.with(vec![Span::new(count(2)?, STRONG), Span::new(" median", PLAIN)]);
    let block = block.with(vec![Span::new(format!("{} to {}", count(0)?, count(4)?), PLAIN)]);
    let zero = fan.zero.last()?;
    Some(block.with(vec![Span::new(words::percent(zero), STRONG), Span::new(" at zero", PLAIN)]))
}

fn alt(fans: &[Fan], digits: i32) -> String {
    let say = |fan: &Fan| {
        let count = |i: usize| Some(words::count(fan.tracks[i].last()?, digits));
        let (low, median, high, zero) = (count(0)?, count(2)?, count(4)?, fan.zero.last()?);
        Some(format!(
            " {}: median {median} chips at the end, nine in ten between {low} and {high}, none in {}.",
            fan.name,
            words::percent(zero)
        ))
    };
    format!("Fans of cumulative deliveries of H200 chips before and after.{}", fans.iter().filter_map(say).collect::<String>())
}
