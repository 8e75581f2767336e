//! `deliveries`: cumulative deliveries as a fan, with the share of paths still at zero written under the axis.

use super::Chart;
use super::axes::{self, Months, Scale};
use super::canvas::{Align, Canvas, Frame, Panel, Span};
use super::labels::{self, EndLabel};
use super::page::{self, Heading};
use super::theme::{INNER_BAND, MAIN, OUTER_BAND, PLAIN, STRONG, TICK};
use super::tracks::Track;
use super::words;
use crate::analysis::{PROBABILITIES, Summary};

/// The quantiles shown: position in [`PROBABILITIES`] and name, from low to high.
pub(super) const SHOWN: [(usize, &str); 5] = [(0, "5th"), (2, "25th"), (MEDIAN, "median"), (4, "75th"), (6, "95th")];
const MEDIAN: usize = 3;
/// Room for the row of shares under the axis.
const STRIP: f64 = 52.0;

const _: () = assert!(PROBABILITIES[0] == 0.05 && PROBABILITIES[2] == 0.25 && PROBABILITIES[MEDIAN] == 0.5);
const _: () = assert!(PROBABILITIES[4] == 0.75 && PROBABILITIES[6] == 0.95);

/// Draws the chart.
pub fn draw(summary: &Summary) -> Chart {
    let header = &summary.header;
    let fan: Option<Vec<Track>> = SHOWN.iter().map(|(q, _)| Track::of(summary, "delivered", |e| e.quantiles[*q])).collect();
    let zero = Track::of(summary, "delivered", |e| e.share_zero);
    let heading = Heading {
        name: "deliveries",
        title: format!("H200 chips delivered to China since the start of {}", words::month(header.start)),
        note: "Line: median. Dark band: the middle 50% of paths; light band: the middle 90%.".into(),
        alt: alt(header.axis(), fan.as_deref(), zero.as_ref(), header.digits()),
    };
    page::compose(header, heading, |canvas, frame| match &fan {
        Some(fan) => picture(canvas, frame, header.axis(), fan, zero.as_ref(), header.digits()),
        None => page::nothing(canvas, frame, "This run has no monthly quantiles of `delivered`."),
    })
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, months: Months, fan: &[Track], zero: Option<&Track>, digits: i32) {
    let ends = end_labels(fan, digits);
    let scale = Scale::of_counts(0.0, fan.iter().map(Track::highest).fold(0.0, f64::max));
    let plot = Frame {
        left: frame.left + scale.label_width(words::grouped),
        right: frame.right - labels::room(&ends),
        bottom: frame.bottom - Months::HEIGHT - STRIP,
        ..frame
    };
    let panel = canvas.panel(plot, months.end(), (scale.low, scale.high));
    for ((low, high), ink) in [((0, 4), OUTER_BAND), ((1, 3), INNER_BAND)] {
        fan[high].bands(&fan[low], 0.0).into_iter().for_each(|band| panel.fill(band, ink));
    }
    axes::grid(&panel, &scale, months.end());
    months.draw(canvas, &panel);
    fan[2].lines(0.0).into_iter().for_each(|line| panel.line(line, MAIN, 3.0));
    axes::values(canvas, &panel, &scale, "Chips, at the end of the month", words::grouped);
    labels::write_at_end(canvas, plot.right, (plot.top, plot.bottom), &ends, |v| panel.place(0.0, v).1);
    if let Some(zero) = zero {
        strip(canvas, &panel, months, zero);
    }
}

/// The share of paths at zero, as a row of numbers under their months.
fn strip(canvas: &mut Canvas<'_>, panel: &Panel<'_>, months: Months, zero: &Track) {
    let Frame { left, right, bottom, .. } = panel.frame;
    let column = (right - left) / months.end();
    let y = bottom + Months::HEIGHT + 14.0;
    canvas.text(left, y, Align::Left, &[Span::new("Paths in which nothing has been delivered by the end of the month", TICK)]);
    for i in months.spaced(column, 56.0) {
        if let Some(share) = zero.at(i) {
            canvas.text(left + column * (i as f64 + 0.5), y + 21.0, Align::Centre, &[Span::new(words::percent(share), STRONG)]);
        }
    }
}

/// The last values, highest first; quantiles that are written alike share a label.
pub(super) fn end_labels(fan: &[Track], digits: i32) -> Vec<EndLabel> {
    let mut groups: Vec<(String, f64, usize, usize)> = Vec::new();
    for (i, value) in fan.iter().enumerate().filter_map(|(i, track)| Some((i, track.last()?))) {
        let text = words::count(value, digits);
        match groups.last_mut() {
            Some((same, _, _, last)) if *same == text => *last = i,
            _ => groups.push((text, value, i, i)),
        }
    }
    let label = |(text, value, first, last): (String, f64, usize, usize)| {
        let strong = if (first..=last).contains(&2) { STRONG.in_ink(MAIN) } else { STRONG };
        let spans = vec![Span::new(text, strong), Span::new(format!(" {}", name(first, last)), PLAIN)];
        EndLabel { value, spans, swatch: None }
    };
    groups.into_iter().rev().map(label).collect()
}

fn name(first: usize, last: usize) -> String {
    match (SHOWN[first].1, SHOWN[last].1) {
        ("median", "median") => "median".into(),
        (low, high) if low == high => format!("{low} percentile"),
        (low, "median") => format!("{low} to median"),
        ("median", high) => format!("median to {high}"),
        (low, high) => format!("{low} to {high} percentile"),
    }
}

fn alt(months: Months, fan: Option<&[Track]>, zero: Option<&Track>, digits: i32) -> String {
    let end = words::month(months.last());
    let value = |i: usize| Some(words::count(fan?[i].last()?, digits));
    let mut text = format!("Fan chart of cumulative deliveries of H200 chips, {} to {end}.", words::month(months.start));
    if let (Some(p05), Some(p25), Some(p50), Some(p75), Some(p95)) = (value(0), value(1), value(2), value(3), value(4)) {
        text += &format!(
            " By the end, the median is {p50} chips; half of the paths lie between {p25} and {p75}, nine in ten between {p05} and {p95}."
        );
    } else {
        text += " This run has no quantiles to show.";
    }
    if let Some(share) = zero.and_then(Track::last) {
        text += &format!(" Nothing at all has been delivered in {} of paths by {end}.", words::percent(share));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_with_the_same_value_share_a_label() {
        let at = |v: f64| Track(vec![Some(v)]);
        let said = |fan: &[Track]| {
            let text = |l: EndLabel| l.spans.iter().map(|s| s.text.as_str()).collect::<String>();
            end_labels(fan, 3).into_iter().map(text).collect::<Vec<_>>()
        };
        assert_eq!(said(&[0.0, 0.0, 0.0, 120.0, 4_567.0].map(at)), ["4,570 95th percentile", "120 75th percentile", "0 5th to median"]);
        assert_eq!(said(&[0.0; 5].map(at)), ["0 5th to 95th percentile"]);
    }
}
